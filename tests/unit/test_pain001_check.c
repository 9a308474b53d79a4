/* Damaged payment files: a row is a change to a good file, and what must be said about it. */
#include "tests/support/unit.h"

#include <sodium.h>

#include "tests/support/pain.h"

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    char *out;

    if (at == NULL)
        fail_msg("\"%s\" is not in the file", from);
    assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
    return out;
}

/* ---- Damaged files ------------------------------------------------------------------------- */

struct damage {
    const char *from, *to;
    const char *want;
};

static void try_damage(const struct damage *d, enum pain_version version)
{
    struct pain_run run = pain_example();
    struct pain_totals totals;
    size_t len;
    char *good = pain_written(&run, version, &len);
    char *bad = replaced(good, d->from, d->to);
    char *text = pain_findings(bad, strlen(bad), &totals);

    if (strstr(text, d->want) == NULL)
        fail_msg("%s -> %s: \"%s\" lacks \"%s\"", d->from, d->to, text, d->want);
    free(text);
    free(bad);
    free(good);
}

static void test_damaged_files(void **state)
{
    static const struct damage table[] = {
        {"<CtrlSum>292.28", "<CtrlSum>292.29", "CtrlSum in line 8 says 292.29"},
        {"<NbOfTxs>2", "<NbOfTxs>3", "NbOfTxs in line 7 says 3, but there are 2"},
        {"<NbOfTxs>2", "<NbOfTxs>two", "is no number of payments"},
        {"<CtrlSum>292.28", "<CtrlSum>292.280", "is no sum"},
        {">248.28<", ">248.27<", "but the payments come to 292.27"},
        {">248.28<", ">248.280<", "is no amount"},
        {">248.28<", ">-1.00<", "is no amount"},
        {">248.28<", ">0.00<", "is no amount"},
        {">248.28<", ">1000000000.00<", "is no amount"},
        {">248.28<", "><", "is no amount"},
        {"\"EUR\"", "\"SEK\"", "the currency is \"SEK\""},
        {" Ccy=\"EUR\"", "", "the currency is \"\""},
        {"0000002</EndToEndId>", "0000001</EndToEndId>",
         "CdtTrfTxInf[2]/PmtId/EndToEndId: the id stands already in line 4"},
        {"0000002</EndToEndId>", "000000ä</EndToEndId>", "an id has 1 to 35"},
        {"FI5850001510000026", "FI5850001510000027",
         "PmtInf/CdtTrfTxInf[2]/CdtrAcct/Id/IBAN: \"FI5850001510000027\" is no account number"},
        {"<IBAN>FI2112345600000785</IBAN>", "<Othr><Id>1</Id></Othr>",
         "PmtInf/DbtrAcct/Id/IBAN is missing"},
        {"RF341234561", "RF351234561", "is no reference number"},
        {"<Ref>1234561", "<Ref>1234562", "is no reference number"},
        {"<Issr>ISO</Issr>", "", "has the issuer ISO"},
        {"<Cd>SCOR</Cd></CdOrPrtry></Tp>", "<Cd>SCOR</Cd></CdOrPrtry><Issr>ISO</Issr></Tp>",
         "has no issuer"},
        {"<Cd>SCOR</Cd>", "<Cd>RADM</Cd>", "it is SCOR"},
        {"<Cd>SCOR</Cd>", "<Prtry>X</Prtry>", "the reference has no type"},
        {"<ChrgBr>SLEV", "<ChrgBr>SHAR", "it is SLEV"},
        {"<ChrgBr>SLEV</ChrgBr>", "", "ChrgBr is missing"},
        {"<PmtMtd>TRF", "<PmtMtd>CHK", "it is TRF"},
        {"<Cd>SEPA", "<Cd>URGP", "it is SEPA"},
        {"<BtchBookg>true", "<BtchBookg>yes", "write true"},
        {"<Nm>Kotihoiva Säde Oy</Nm>", "<Nm></Nm>", "a name has 1 to 70"},
        {"<Nm>Kotihoiva Säde Oy</Nm>", "<Nm>Wör\xc5\xa0</Nm>", "a name has 1 to 70"},
        {"<Nm>Kotihoiva Säde Oy</Nm>", "", "PmtInf/CdtTrfTxInf/Cdtr/Nm is missing"},
        {"<CreDtTm>2026-04-03T", "<CreDtTm>2026-04-31T", "is no date and time"},
        {"<MsgId>", "<MsgId>123456789", "an id has 1 to 35"},
        {"</Cdtr>", "<PstlAdr><AdrLine>Katu 1</AdrLine></PstlAdr></Cdtr>", "without town"},
        {"</CstmrCdtTrfInitn>", "<PmtInf/></CstmrCdtTrfInitn>", "PmtInf/PmtInfId is missing"},
        {"</CstmrCdtTrfInitn>", "<GrpHdr/></CstmrCdtTrfInitn>", "GrpHdr stands 2 times"},
        {"<BtchBookg>", "<BtchBookg>true</BtchBookg><BtchBookg>", "it stands twice"},
        {"pain.001.001.", "pain.008.001.", "this is no pain.001.001.03"},
        {"CstmrCdtTrfInitn>", "CstmrDrctDbtInitn>", "this is no credit transfer"},
        {"</Document>", "", "ends in the middle"},
        {"</Document>", "</Document><x/>", "not well-formed"},
        {"<Nm>Kotihoiva", "<Nm>\x01", "not well-formed"},
        {"<Nm>Kotihoiva", "<Nm>\xff", "not well-formed"},
        {"<Document", "<!DOCTYPE Document><Document", "a DOCTYPE is refused"},
        {"<Document",
         "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
         "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><Document",
         "a DOCTYPE is refused"},
        {"<Document", "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><Document",
         "a DOCTYPE is refused"},
        {"<Nm>Kotihoiva", "<Nm>&c;", "not well-formed"},
        {"UTF-8", "UTF-7", "the encoding is not one of"},
        {"UTF-8", "UTF-16", "not well-formed"},
        {"UTF-8", "ISO-8859-1", "a name has 1 to 70"},
        {"<Nm>Kotihoiva", "text<Nm>", "a text stands beside child elements"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        try_damage(&table[i], PAIN_VERSION_09);
        try_damage(&table[i], PAIN_VERSION_03);
    }
}

static void test_days(void **state)
{
    static const struct damage table[] = {
        {"2026-04-07", "2026-04-06", "no bank day in Finland and TARGET: the next one is"},
        {"2026-04-07", "2026-04-11", "the next one is 2026-04-13"},
        {"2026-04-07", "2026-12-24", "no bank day"},
        {"2026-04-07", "2026-02-30", "is no date"},
        {"2026-04-07", "2026-04-07Z", "is no date"},
    };
    static const struct damage with_time = {"<Dt>2026-04-07</Dt>",
                                            "<DtTm>2026-04-07T10:00:00</DtTm>", "give a date"};

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        try_damage(&table[i], PAIN_VERSION_09);
        try_damage(&table[i], PAIN_VERSION_03);
    }
    try_damage(&with_time, PAIN_VERSION_09);
}

/* Every second byte 0, after a byte order mark; the caller frees it. */
static uint8_t *utf16_of(const char *text, size_t *len)
{
    uint8_t *out = calloc(strlen(text) + 1, 2);

    assert_non_null(out);
    out[0] = 0xff;
    out[1] = 0xfe;
    *len = 2;
    for (; *text != '\0'; text++, *len += 2)
        out[*len] = (uint8_t)*text;
    return out;
}

/* libxml2 ends at a byte that is not of the encoding, and calls what it has seen well-formed. */
static void test_encoding_that_breaks_off(void **state)
{
    struct pain_run run = pain_example();
    struct pain_totals totals;
    size_t len;
    char *good = pain_written(&run, PAIN_VERSION_09, &len);

    (void)state;
    for (char *at = good; *at != '\0'; at++)
        *at = (unsigned char)*at < 0x80 ? *at : 'x';
    char *labelled = replaced(good, "UTF-8", "UTF-16");
    uint8_t *bytes = utf16_of(labelled, &len);
    char *text = pain_findings(bytes, len, &totals);
    assert_string_equal(text, "");
    free(text);
    bytes[1001] = 0xd8; /* half a character */
    text = pain_findings(bytes, len, &totals);
    if (strstr(text, "not of the encoding that the message declares") == NULL)
        fail_msg("\"%s\"", text);
    free(text);
    free(bytes);
    free(labelled);
    free(good);
}

static void test_depth_and_length(void **state)
{
    struct damage deep = {"<Nm>Kotihoiva", NULL, "nested deeper than 32"};
    struct damage long_text = {"<Nm>Kotihoiva", NULL, "a text is longer than 65536"};
    static char text[70000];

    (void)state;
    for (size_t i = 0; i < 40; i++)
        memcpy(text + 3 * i, "<a>", 4);
    deep.to = text;
    try_damage(&deep, PAIN_VERSION_09);
    memcpy(text, "<Nm>", 4);
    memset(text + 4, 'x', sizeof(text) - 5);
    long_text.to = text;
    try_damage(&long_text, PAIN_VERSION_09);
}

/* Both versions of a run are one message to the bank: whoever sends both pays twice. */
static void test_ids_differ_between_files(void **state)
{
    struct pain_run run = pain_example();
    struct pain_totals totals;
    size_t len_09, len_03, text_len;
    char *text;
    char *bytes_09 = pain_written(&run, PAIN_VERSION_09, &len_09);
    char *bytes_03 = pain_written(&run, PAIN_VERSION_03, &len_03);
    struct report report = {.out = open_memstream(&text, &text_len), .file = "first"};
    struct pain_checker *checker = pain_checker_open(&report);

    (void)state;
    assert_true(pain_check_bytes(checker, bytes_09, len_09, &totals));
    report.file = "second";
    assert_false(pain_check_bytes(checker, bytes_03, len_03, &totals));
    fflush(report.out);
    assert_int_equal(report.count, 4); /* MsgId, PmtInfId and two payments */
    assert_non_null(strstr(text, "MsgId: the id stands already in first, line 5"));
    pain_checker_close(checker);
    fclose(report.out);
    free(text);
    free(bytes_03);
    free(bytes_09);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_encoding_that_breaks_off),
        cmocka_unit_test(test_depth_and_length),
        cmocka_unit_test(test_ids_differ_between_files),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
