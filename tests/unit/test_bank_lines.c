/* Lines of the bank's files: the same again has the same identity, equal ones have different ones.
 */
#include "tests/support/unit.h"

#include "bank/lines.h"
#include "iso20022/camt.h"

#define ENTRY(ref, detail)                                                                         \
    "<Ntry><Amt Ccy=\"EUR\">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>"     \
    "2018-10-05</Dt></BookgDt>" ref "<NtryDtls>" detail "</NtryDtls></Ntry>"
#define REF       "<AcctSvcrRef>A1</AcctSvcrRef>"
#define DETAIL(e) "<TxDtls><Refs><EndToEndId>" e "</EndToEndId></Refs></TxDtls>"

static const char *const kinds[2][2] = {
    {"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt><Stmt>",
     "</Stmt></BkToCstmrStmt></Document>"},
    {"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.02\"><BkToCstmrDbtCdtNtfctn>"
     "<Ntfctn>",
     "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"},
};

struct sample {
    bool notification;
    const char *id; /* of the statement */
    const char *entries;
    size_t count;
};

static void read_sample(const struct sample *s, struct camt_file *f, struct bank_lines *lines)
{
    char xml[4096];
    struct report report = {.out = stderr, .file = "f"}, notes = {.out = stderr, .file = "f"};
    snprintf(xml, sizeof(xml),
             "%s<Id>%s</Id><Acct><Id><IBAN>FI2112345600000785</IBAN></Id></Acct>"
             "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt>0</Amt><CdtDbtInd>CRDT"
             "</CdtDbtInd></Bal><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt>%zu.00</Amt>"
             "<CdtDbtInd>DBIT</CdtDbtInd></Bal>%s%s",
             kinds[s->notification][0], s->id, 3 * s->count, s->entries, kinds[s->notification][1]);
    assert_true(camt_read_bytes(f, xml, strlen(xml), &report, &notes));
    *lines = (struct bank_lines){0};
    lines_add(lines, f, "f");
    assert_int_equal(lines->count, s->count);
}

static void test_identity(void **state)
{
    (void)state;
    static const struct {
        struct sample a, b;
        bool same; /* line 0 of both */
    } rows[] = {
        /* named by the bank: whatever statement tells it */
        {{false, "S1", ENTRY(REF, ""), 1}, {false, "S2", ENTRY(REF, ""), 1}, true},
        {{true, "N1", ENTRY(REF, DETAIL("E1")), 1},
         {true, "N2", ENTRY(REF, DETAIL("E1")), 1},
         true},
        /* statements and notifications tell it each in a line of its own */
        {{false, "S1", ENTRY(REF, ""), 1}, {true, "S1", ENTRY(REF, ""), 1}, false},
        {{false, "S1", ENTRY(REF, DETAIL("E1")), 1},
         {true, "S1", ENTRY(REF, DETAIL("E1")), 1},
         false},
        {{false, "S1", ENTRY(REF, DETAIL("E1")), 1},
         {false, "S1", ENTRY(REF, DETAIL("E2")), 1},
         false},
        {{false, "S1", ENTRY(REF, ""), 1}, {false, "S1", ENTRY(REF, DETAIL("E2")), 1}, false},
        /* not named: by the statement */
        {{false, "S1", ENTRY("", ""), 1}, {false, "S1", ENTRY("", ""), 1}, true},
        {{false, "S1", ENTRY("", ""), 1}, {false, "S2", ENTRY("", ""), 1}, false},
        {{false, "S1", ENTRY("", DETAIL("NOTPROVIDED")), 1}, {false, "S1", ENTRY("", ""), 1}, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct camt_file a, b;
        struct bank_lines in_a, in_b;
        read_sample(&rows[i].a, &a, &in_a);
        read_sample(&rows[i].b, &b, &in_b);
        if ((memcmp(in_a.list[0].id, in_b.list[0].id, MATCH_LINE_BYTES) == 0) != rows[i].same)
            fail_msg("row %zu", i);
        lines_free(&in_a);
        lines_free(&in_b);
        camt_free(&a);
        camt_free(&b);
    }
}

static void test_equal_lines(void **state)
{
    (void)state;
    static const struct sample sample = {
        false, "S1", ENTRY("", "") ENTRY("", "") ENTRY("<NtryRef>9</NtryRef>", "") ENTRY("", ""),
        4};
    struct camt_file a, b;
    struct bank_lines in_a, in_b;
    read_sample(&sample, &a, &in_a);
    read_sample(&sample, &b, &in_b);
    for (size_t i = 0; i < 4; i++) {
        assert_memory_equal(in_a.list[i].id, in_b.list[i].id, MATCH_LINE_BYTES);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(in_a.list[i].id, in_a.list[j].id, MATCH_LINE_BYTES);
    }
    assert_string_equal(in_a.places[0].name, "camt.053 S1");
    lines_free(&in_a);
    lines_free(&in_b);
    camt_free(&a);
    camt_free(&b);
}

/* What the ledger keeps is cut at a character's end, never within one. */
static void test_long_names(void **state)
{
    (void)state;
    static const struct sample sample = {
        true, "1234567890123456789012345678\xc3\xa4\xc3\xa4\xc3\xa4", ENTRY(REF, ""), 1};
    struct camt_file f;
    struct bank_lines lines;
    read_sample(&sample, &f, &lines);
    assert_string_equal(lines.places[0].name, "camt.054 1234567890123456789012345678\xc3\xa4");
    lines_free(&lines);
    camt_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_equal_lines),
        cmocka_unit_test(test_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
