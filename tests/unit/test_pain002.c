/* What a bank says about a payment file, at its three levels. */
#include "tests/support/unit.h"

#include "iso20022/pain002.h"

static char *complaints;

static bool read_text(struct pain002_file *f, const char *xml)
{
    size_t size;
    free(complaints);
    FILE *out = open_memstream(&complaints, &size);
    struct report report = {.out = out, .file = "f"};

    bool good = pain002_read_bytes(f, xml, strlen(xml), &report);
    fclose(out);
    return good;
}

static int forget(void **state)
{
    (void)state;
    free(complaints);
    complaints = NULL;
    return 0;
}

#define REPORT(version, inside)                                                                    \
    "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001." version                       \
    "\">\n<CstmrPmtStsRpt><GrpHdr><MsgId>B1</MsgId></GrpHdr>\n" inside                             \
    "</CstmrPmtStsRpt></Document>"
#define GROUP(inside)                                                                              \
    "<OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId>" inside "</OrgnlGrpInfAndSts>\n"
#define PAYMENT(inside)                                                                            \
    "<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId>" inside "</OrgnlPmtInfAndSts>\n"
#define TRANSACTION(inside)                                                                        \
    "<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId>" inside "</TxInfAndSts>"
#define REASON(code) "<StsRsnInf><Rsn><Cd>" code "</Cd></Rsn></StsRsnInf>"

static void test_verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *inside;
        enum pain002_verdict verdict;
        const char *reason;
    } rows[] = {
        {"<TxSts>ACCP</TxSts>", PAIN002_ACCEPTED, ""},
        {"<TxSts>ACTC</TxSts>", PAIN002_ACCEPTED, ""},
        {"<TxSts>ACSC</TxSts>", PAIN002_ACCEPTED, ""},
        {"<TxSts>PDNG</TxSts>", PAIN002_SILENT, ""},
        {"<TxSts>RCVD</TxSts>", PAIN002_SILENT, ""},
        {"", PAIN002_SILENT, ""},
        {"<TxSts>RJCT</TxSts>" REASON("AC01"), PAIN002_REJECTED, "AC01"},
        {"<TxSts>RJCT</TxSts>" REASON("RVNM"), PAIN002_REJECTED, "RVNM"},
        {"<TxSts>ACCP</TxSts>" REASON("AC01") REASON("RVMC"), PAIN002_NAME_MISMATCH, "RVMC"},
        {"<TxSts>RVNM</TxSts>", PAIN002_NAME_MISMATCH, ""},
        {"<TxSts>RJCT</TxSts>" REASON("AM05"), PAIN002_COPY, "AM05"},
        {"<TxSts>RJCT</TxSts>" REASON("NARR") REASON("DU04"), PAIN002_COPY, "NARR"},
        {"<TxSts>ACCP</TxSts>" REASON("AM05"), PAIN002_ACCEPTED, "AM05"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char xml[2048];
        struct pain002_file f;
        snprintf(xml, sizeof(xml), REPORT("10", GROUP("") PAYMENT(TRANSACTION("%s"))),
                 rows[i].inside);
        assert_true(read_text(&f, xml));
        assert_int_equal(f.count, 3);
        assert_int_equal(f.list[2].level, PAIN002_TRANSACTION);
        assert_int_equal(f.list[2].verdict, rows[i].verdict);
        assert_string_equal(f.list[2].reason, rows[i].reason);
        pain002_free(&f);
    }
}

static void test_levels(void **state)
{
    (void)state;
    struct pain002_file f;
    assert_true(read_text(
        &f, REPORT("03", GROUP("<GrpSts>PART</GrpSts>") PAYMENT(
                             "<PmtInfSts>ACCP</PmtInfSts>"
                             "<TxInfAndSts><OrgnlInstrId>I1</OrgnlInstrId><OrgnlEndToEndId>"
                             "NOTPROVIDED</OrgnlEndToEndId><TxSts>RJCT</TxSts><OrgnlTxRef><Amt>"
                             "<InstdAmt Ccy=\"EUR\">90.08</InstdAmt></Amt></OrgnlTxRef>"
                             "</TxInfAndSts>" TRANSACTION("")))));
    assert_string_equal(f.message_id, "B1");
    assert_string_equal(f.original_id, "M1");
    assert_int_equal(f.count, 4);
    assert_int_equal(f.list[0].verdict, PAIN002_SILENT);
    assert_int_equal(f.list[1].verdict, PAIN002_ACCEPTED);
    assert_int_equal(f.list[2].verdict, PAIN002_REJECTED);
    assert_string_equal(f.list[2].payment_id, "P1");
    assert_string_equal(f.list[2].instruction_id, "I1");
    assert_string_equal(f.list[2].end_to_end_id, "");
    assert_int_equal(f.list[2].cents, 9008);
    assert_int_equal(f.list[3].cents, -1);
    assert_string_equal(f.list[3].end_to_end_id, "E1");
    pain002_free(&f);
}

/* A file that was sent twice: what is refused of it at any level is the second one. */
static void test_copies(void **state)
{
    (void)state;
    static const char *const rows[] = {
        REPORT("10", GROUP("<GrpSts>RJCT</GrpSts>" REASON("DU01"))
                         PAYMENT("<PmtInfSts>RJCT</PmtInfSts>"
                                 TRANSACTION("<TxSts>RJCT</TxSts>" REASON("NARR")))),
        REPORT("03", GROUP("") PAYMENT("<PmtInfSts>RJCT</PmtInfSts>" REASON("DU02")
                                       TRANSACTION("<TxSts>RJCT</TxSts>"))),
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pain002_file f;
        assert_true(read_text(&f, rows[i]));
        assert_int_equal(f.count, 3);
        for (size_t s = 0; s < f.count; s++)
            assert_int_equal(f.list[s].verdict,
                             f.list[s].status[0] != '\0' ? PAIN002_COPY : PAIN002_SILENT);
        pain002_free(&f);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *complaint;
    } rows[] = {
        {REPORT("11", GROUP("")), "f:1:Document: a message of the kind"},
        {REPORT("10", ""), "there is no status in it"},
        {REPORT("10", "<OrgnlGrpInfAndSts/>"), "there is no OrgnlMsgId"},
        {REPORT("10", GROUP("") PAYMENT(
                          TRANSACTION("<OrgnlTxRef><Amt><InstdAmt Ccy=\"EUR\">x</InstdAmt></Amt>"
                                      "</OrgnlTxRef>"))),
         "TxInfAndSts/OrgnlTxRef/Amt/InstdAmt: \"x\" is no amount"},
        {"<!DOCTYPE x>" REPORT("10", GROUP("")), "a DOCTYPE is refused"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pain002_file f;
        assert_false(read_text(&f, rows[i].xml));
        if (strstr(complaints, rows[i].complaint) == NULL)
            fail_msg("row %zu: %s", i, complaints);
        pain002_free(&f);
    }
}

static void test_samples(void **state)
{
    (void)state;
    static const struct {
        const char *name, *original;
        size_t count;
        enum pain002_verdict last;
    } rows[] = {
        {"nnarhinen_pain.002.001.03_1.xml", "20110102-0000001", 1, PAIN002_ACCEPTED},
        {"nnarhinen_pain.002.001.03_3.xml", "20140102-0000001", 3, PAIN002_SILENT},
    };
    const char *root = getenv("SALDO_ISO20022");
    struct report report = {.out = stderr};
    char path[4096];

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pain002_file f;
        snprintf(path, sizeof(path), "%s/samples/%s", root != NULL ? root : "../shared/iso20022",
                 rows[i].name);
        FILE *file = fopen(path, "r");
        if (file == NULL) {
            print_message("%s is not there: it is not read\n", path);
            skip();
        }
        fclose(file);
        report.file = rows[i].name;
        assert_true(pain002_read(&f, path, &report));
        assert_string_equal(f.original_id, rows[i].original);
        assert_int_equal(f.count, rows[i].count);
        assert_int_equal(f.list[f.count - 1].verdict, rows[i].last);
        pain002_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_verdicts, forget),
        cmocka_unit_test_teardown(test_levels, forget),
        cmocka_unit_test_teardown(test_copies, forget),
        cmocka_unit_test_teardown(test_refused, forget),
        cmocka_unit_test(test_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
