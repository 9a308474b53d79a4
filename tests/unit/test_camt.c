/* Statements and notifications: what is read of them, and the arithmetic that refuses the rest. */
#include "tests/support/unit.h"

#include <dirent.h>

#include "calendar.h"
#include "iso20022/camt.h"

static char *complaints, *noted;

/* Reads `xml`; complaints and notes stay until the next call. */
static bool read_text(struct camt_file *f, const char *xml)
{
    size_t size;
    free(complaints);
    free(noted);
    FILE *out = open_memstream(&complaints, &size), *notes_out = open_memstream(&noted, &size);
    struct report report = {.out = out, .file = "f"}, notes = {.out = notes_out, .file = "f"};

    bool good = camt_read_bytes(f, xml, strlen(xml), &report, &notes);
    fclose(out);
    fclose(notes_out);
    return good;
}

static int forget(void **state)
{
    (void)state;
    free(complaints);
    free(noted);
    complaints = noted = NULL;
    return 0;
}

#define STATEMENT(version, inside)                                                                 \
    "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001." version                       \
    "\">\n<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>\n<Stmt><Id>S1</Id>"                    \
    "<ElctrncSeqNb>7</ElctrncSeqNb><Acct><Id><IBAN>FI2112345600000785</IBAN></Id></Acct>\n" inside \
    "</Stmt></BkToCstmrStmt></Document>"
#define NOTIFICATION(inside)                                                                       \
    "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.02\">\n"                        \
    "<BkToCstmrDbtCdtNtfctn><Ntfctn><Id>N1</Id><Acct><Id><IBAN>FI2112345600000785</IBAN></Id>"     \
    "</Acct>\n" inside "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
#define BALANCE(code, cents, sign)                                                                 \
    "<Bal><Tp><CdOrPrtry><Cd>" code "</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">" cents                \
    "</Amt><CdtDbtInd>" sign "</CdtDbtInd><Dt><Dt>2018-10-05</Dt></Dt></Bal>\n"
#define ENTRY(cents, sign, status, inside)                                                         \
    "<Ntry><Amt Ccy=\"EUR\">" cents "</Amt><CdtDbtInd>" sign "</CdtDbtInd>" status                 \
    "<BookgDt><Dt>2018-10-05</Dt></BookgDt>" inside "</Ntry>\n"
#define BOOK "<Sts>BOOK</Sts>"
#define DETAIL(cents, refs)                                                                        \
    "<TxDtls><Refs>" refs "</Refs><AmtDtls><TxAmt><Amt Ccy=\"EUR\">" cents                         \
    "</Amt></TxAmt></AmtDtls></TxDtls>"

static void test_statement(void **state)
{
    (void)state;
    struct camt_file f;
    assert_true(read_text(
        &f, STATEMENT(
                "02",
                BALANCE("OPBD", "100.00", "CRDT") BALANCE("CLBD", "30.00", "DBIT") ENTRY(
                    "130.00", "DBIT", BOOK,
                    "<AcctSvcrRef>R1</AcctSvcrRef><NtryDtls><Btch><PmtInfId>P1</PmtInfId><NbOfTxs>2"
                    "</NbOfTxs></Btch>" DETAIL("100.00", "<EndToEndId> E1 </EndToEndId>") DETAIL(
                        "30.00",
                        "<EndToEndId>NOTPROVIDED</EndToEndId><InstrId>I2</InstrId>") "</NtryDtls>")
                    ENTRY("5.00", "CRDT", "<Sts>PDNG</Sts>", ""))));
    assert_string_equal(complaints, "");
    assert_string_equal(noted, "");
    assert_false(f.notification);
    assert_int_equal(f.statement_count, 1);
    assert_string_equal(f.statements[0].id, "S1");
    assert_string_equal(f.statements[0].sequence, "7");
    assert_string_equal(f.statements[0].account, "FI2112345600000785");
    assert_string_equal(f.statements[0].currency, "EUR");
    assert_int_equal(f.statements[0].opening, 10000);
    assert_int_equal(f.statements[0].closing, -3000);
    assert_int_equal(f.entry_count, 2);
    assert_true(f.entries[0].booked);
    assert_false(f.entries[0].credit);
    assert_int_equal(f.entries[0].day, calendar_day((struct date){2018, 10, 5}));
    assert_string_equal(f.entries[0].refs.account_ref, "R1");
    assert_string_equal(f.entries[0].refs.payment_id, "P1");
    assert_false(f.entries[1].booked);
    assert_int_equal(f.detail_count, 2);
    assert_string_equal(f.details[0].refs.end_to_end_id, "E1");
    assert_string_equal(f.details[0].refs.payment_id, "P1");
    assert_int_equal(f.details[1].cents, 3000);
    assert_string_equal(f.details[1].refs.end_to_end_id, "");
    assert_string_equal(f.details[1].refs.instruction_id, "I2");
    camt_free(&f);
}

/* Whatever RvslInd says: the return's code or its RtrInf decides. */
static void test_return(void **state)
{
    (void)state;
    static const struct {
        const char *inside;
        bool returned;
        const char *reason;
    } rows[] = {
        {"<TxDtls><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>", true, "AC04"},
        {"<TxDtls><RtrInf><Rsn><Prtry>closed</Prtry></Rsn></RtrInf></TxDtls>", true, "closed"},
        {"<TxDtls><BkTxCd><Domn><Fmly><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd></TxDtls>",
         true, ""},
        {"<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs></TxDtls>", false, ""},
    };
    static const char *const reversal[] = {"", "<RvslInd>true</RvslInd>",
                                           "<RvslInd>false</RvslInd>"};
    for (size_t i = 0; i < COUNT(rows) * COUNT(reversal); i++) {
        const char *inside = rows[i % COUNT(rows)].inside;
        char xml[4096];
        struct camt_file f;
        snprintf(xml, sizeof(xml),
                 NOTIFICATION("<Ntry><Amt Ccy=\"EUR\">4.00</Amt><CdtDbtInd>CRDT"
                              "</CdtDbtInd>%s<Sts>BOOK</Sts><BookgDt><DtTm>"
                              "2018-10-05T10:00:00</DtTm></BookgDt><NtryDtls>%s"
                              "</NtryDtls></Ntry>"),
                 reversal[i / COUNT(rows)], inside);
        assert_true(read_text(&f, xml));
        assert_true(f.notification);
        assert_int_equal(f.details[0].returned, rows[i % COUNT(rows)].returned);
        assert_string_equal(f.details[0].reason, rows[i % COUNT(rows)].reason);
        assert_int_equal(f.details[0].cents, 400); /* the entry's: the bank gave none */
        camt_free(&f);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *complaint;
    } rows[] = {
        {STATEMENT("08", BALANCE("OPBD", "1.00", "CRDT") BALANCE("CLBD", "1.01", "CRDT")),
         "f:6:Document/BkToCstmrStmt/Stmt: opening 1.00 and entries 0.00 do not make closing 1.01"},
        {STATEMENT("04", BALANCE("CLBD", "1.00", "CRDT")), "Stmt: there is no opening balance"},
        {STATEMENT("03", ""), "f:1:Document: a message of the kind"},
        {NOTIFICATION(ENTRY("3.00", "DBIT", BOOK,
                            "<NtryDtls>" DETAIL("1.00", "") DETAIL("1.99", "") "</NtryDtls>")),
         "Ntfctn/Ntry: the entry is -3.00, and its transactions make -2.99"},
        {NOTIFICATION(ENTRY("1.00", "DBIT", BOOK, "")
                          ENTRY("3.00", "DBIT", BOOK,
                                "<NtryDtls><Btch><TtlAmt Ccy=\"EUR\">4.00</TtlAmt></Btch>" DETAIL(
                                    "3.00", "") "</NtryDtls>")),
         "f:4:Document/BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry[2]/NtryDtls: Btch/TtlAmt is 4.00"},
        {NOTIFICATION("<TxsSummry><TtlNtries><Sum>2.00</Sum></TtlNtries></TxsSummry>" ENTRY(
             "1.00", "DBIT", BOOK, "")),
         "TxsSummry says 2.00, and the entries make 1.00"},
        {NOTIFICATION(ENTRY("-1.00", "DBIT", BOOK, "")), "Ntry/Amt: \"-1.00\" is no amount"},
        {NOTIFICATION(ENTRY("1.001", "DBIT", BOOK, "")), "Ntry/Amt: \"1.001\" is no amount"},
        {NOTIFICATION(ENTRY("1.00", "BOTH", BOOK, "")), "CdtDbtInd: \"BOTH\" is neither"},
        {NOTIFICATION("<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>"), "the entry has no amount"},
        {NOTIFICATION("<Ntry><Amt>1</Amt></Ntry>"), "the entry has no CdtDbtInd"},
        {NOTIFICATION("<Ntry><Amt>1</Amt><CdtDbtInd>CRDT</CdtDbtInd>" BOOK "</Ntry>"),
         "the entry has no booking day"},
        {NOTIFICATION("<Ntry><BookgDt><Dt>2018-13-05</Dt></BookgDt></Ntry>"), "is no date"},
        {"<!DOCTYPE x [<!ENTITY a \"b\">]>" NOTIFICATION(""), "a DOCTYPE is refused"},
        {NOTIFICATION("") "<x/>", "not well-formed"},
        {"", "not well-formed"},
        {"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.02\"/>",
         "there is no statement or notification in it"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct camt_file f;
        assert_false(read_text(&f, rows[i].xml));
        if (strstr(complaints, rows[i].complaint) == NULL)
            fail_msg("row %zu: %s", i, complaints);
        camt_free(&f);
    }
}

/* What real banks leave out or count wrong is noted, where the sums hold. */
static void test_noted(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *note;
    } rows[] = {
        {NOTIFICATION(ENTRY(
             "3.00", "DBIT", BOOK,
             "<NtryDtls><Btch><NbOfTxs>70</NbOfTxs></Btch>" DETAIL("3.00", "") "</NtryDtls>")),
         "Btch/NbOfTxs is 70, and 1 transactions follow"},
        {STATEMENT("02", BALANCE("OPBD", "1", "CRDT") BALANCE("CLBD", "0", "CRDT")
                             ENTRY("1.0", "DBIT", "", "")),
         "the entry has no status and is taken for booked"},
        {STATEMENT("02", BALANCE("OPBD", "1", "CRDT") BALANCE(
                             "CLBD", "1",
                             "CRDT") "<TxsSummry><TtlNtries><NbOfNtries>4</NbOfNtries></TtlNtries>"
                                     "</TxsSummry>"),
         "TxsSummry says 4 entries, and there are 0"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct camt_file f;
        if (!read_text(&f, rows[i].xml))
            fail_msg("row %zu: %s", i, complaints);
        if (strstr(noted, rows[i].note) == NULL)
            fail_msg("row %zu: %s", i, noted);
        camt_free(&f);
    }
}

/* ---- Files of real banks --------------------------------------------------------------------- */

/* A complaint names an element by its path: "file:line:Document/...". */
static bool names_element(const char *text)
{
    const char *at = strstr(text, ":Document");
    return at != NULL && at > text && at[-1] >= '0' && at[-1] <= '9';
}

/* What the library would take minutes over, had a message megabytes of it. */
static void test_many_attributes_and_names(void **state)
{
    static char text[200000];
    struct camt_file f;

    (void)state;
    snprintf(text, sizeof(text), "%s", STATEMENT("02", "<Ntry "));
    const size_t head = (size_t)(strstr(text, "</Stmt>") - text);
    for (size_t i = 0, len = head; i < 9000; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "a%zu='' ", i);
    assert_false(read_text(&f, text));
    assert_non_null(strstr(complaints, "a tag or a comment is longer than 8192 bytes"));
    camt_free(&f);
    for (size_t i = 0, len = head - strlen("<Ntry "); i < 9000; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "<A%zu/>", i);
    assert_false(read_text(&f, text));
    assert_non_null(strstr(complaints, "more than 8192 different names"));
    camt_free(&f);
}

static void test_samples(void **state)
{
    (void)state;
    static const char swiss[] =
        "moov_camt.053_P_CH2909000000250094239_1110092698_0_2020112503071366.xml";
    static const char *const refused[] = {
        "moov_FI_camt_052_sample.xml.xml",     /* intra-day */
        "newinn_error-camt053.xml",            /* does not add up, as the next one */
        swiss, "newinn_example-camt053-b.xml", /* an entry in another currency than the account's */
    };
    const char *root = getenv("SALDO_ISO20022");
    char folder[2048], path[4096];
    snprintf(folder, sizeof(folder), "%s/samples", root != NULL ? root : "../shared/iso20022");
    DIR *d = opendir(folder);
    if (d == NULL) {
        print_message("%s is not there: the samples of banks are not read\n", folder);
        skip();
    }
    size_t good = 0, bad = 0;
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        if (strstr(entry->d_name, "pain.002") != NULL || entry->d_name[0] == '.')
            continue;
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size), *null = fopen("/dev/null", "w");
        struct report report = {.out = out, .file = entry->d_name};
        struct report notes = {.out = null, .file = entry->d_name};
        struct camt_file f;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        bool read = camt_read(&f, path, &report, &notes), wanted = true;
        fclose(out);
        fclose(null);
        for (size_t i = 0; i < COUNT(refused); i++)
            wanted = wanted && strcmp(refused[i], entry->d_name) != 0;
        if (read != wanted)
            fail_msg("%s: %s", entry->d_name, text);
        assert_true(read || names_element(text));
        *(read ? &good : &bad) += 1;
        free(text);
        camt_free(&f);
    }
    closedir(d);
    assert_true(good >= 8);
    assert_int_equal(bad, COUNT(refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_statement, forget),
        cmocka_unit_test_teardown(test_return, forget),
        cmocka_unit_test_teardown(test_refused, forget),
        cmocka_unit_test_teardown(test_noted, forget),
        cmocka_unit_test_teardown(test_many_attributes_and_names, forget),
        cmocka_unit_test(test_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
