/* What a bank takes in the single elements of a payment file. */
#include <inttypes.h>
#include <string.h>

#include "calendar.h"
#include "identifier.h"
#include "iso20022/charset.h"
#include "iso20022/pain001_inside.h"
#include "saldo.h"
#include "text.h"

static void check_id(struct pain_checker *c, const struct xml_element *e)
{
    char quote[REPORT_QUOTE_BYTES];

    (void)c;
    if (!charset_id_valid(e->text))
        xml_complain(e,
                     "%s: an id has 1 to %d of a-z A-Z 0-9 - ? : ( ) . , ' + and single / and "
                     "spaces inside",
                     report_quote(e->text, quote), CHARSET_ID_MAX);
}

static void check_unique_id(struct pain_checker *c, const struct xml_element *e)
{
    struct idset_place here = {(uint32_t)c->files_count, e->line > 0 ? (uint32_t)e->line : 1};

    check_id(c, e);
    /* ids of one kind differ; the first letter tells M(sgId), P(mtInfId) and E(ndToEndId) apart */
    struct idset_place before = idset_add(&c->ids, e->name[0], e->text, here);
    if (before.line == 0)
        return;
    if (before.file == here.file)
        xml_complain(e, "the id stands already in line %" PRIu32 ": give each its own",
                     before.line);
    else
        xml_complain(e,
                     "the id stands already in %s, line %" PRIu32
                     ": a bank takes each once, send one of the files only",
                     c->files[before.file - 1], before.line);
}

static void check_name(struct pain_checker *c, const struct xml_element *e)
{
    char quote[REPORT_QUOTE_BYTES];

    (void)c;
    if (!charset_text_valid(e->text, CHARSET_NAME_MAX))
        xml_complain(e, "%s: a name has 1 to %d characters of the bank's set",
                     report_quote(e->text, quote), CHARSET_NAME_MAX);
}

static void check_text(struct pain_checker *c, const struct xml_element *e)
{
    char quote[REPORT_QUOTE_BYTES];

    (void)c;
    if (!charset_text_valid(e->text, CHARSET_TEXT_MAX))
        xml_complain(e, "%s: a text has 1 to %d characters of the bank's set",
                     report_quote(e->text, quote), CHARSET_TEXT_MAX);
}

static void check_iban(struct pain_checker *c, const struct xml_element *e)
{
    char quote[REPORT_QUOTE_BYTES];

    (void)c;
    if (!identifier_iban_valid(e->text, strlen(e->text)))
        xml_complain(e, "%s is no account number: its length or a check digit is wrong",
                     report_quote(e->text, quote));
}

static void check_created(struct pain_checker *c, const struct xml_element *e)
{
    char quote[REPORT_QUOTE_BYTES], utc[64];
    int64_t time_ms;

    (void)c;
    snprintf(utc, sizeof(utc), "%.60sZ", e->text);
    if (!saldo_time_parse(e->text, &time_ms) && !saldo_time_parse(utc, &time_ms))
        xml_complain(e, "%s is no date and time: write YYYY-MM-DDThh:mm:ss",
                     report_quote(e->text, quote));
}

static void check_day(struct pain_checker *c, const struct xml_element *e)
{
    char quote[REPORT_QUOTE_BYTES], next[TEXT_DAY_MAX];
    int32_t day;

    (void)c;
    if (!saldo_day_parse(e->text, &day))
        xml_complain(e, "%s is no date: write YYYY-MM-DD", report_quote(e->text, quote));
    else if (!calendar_is_bank_day(day))
        xml_complain(e, "%s is no bank day in Finland and TARGET: the next one is %s", e->text,
                     text_day(calendar_next_bank_day(day), next));
}

static void check_day_time(struct pain_checker *c, const struct xml_element *e)
{
    (void)c;
    xml_complain(e, "an execution time makes an instant payment of it: give a date (Dt)");
}

static struct sums *sums_at(struct pain_checker *c, const struct xml_element *e)
{
    return strncmp(e->path + sizeof(PAIN_ROOT), "GrpHdr/", 7) == 0 ? &c->group : &c->information;
}

static void check_count(struct pain_checker *c, const struct xml_element *e)
{
    struct sums *s = sums_at(c, e);
    char quote[REPORT_QUOTE_BYTES];

    s->said_count_line = e->line;
    s->has_count = e->text[0] != '-' && strlen(e->text) <= 15 &&
                   text_integer(e->text, 1, INT64_MAX, &s->said_count);
    if (!s->has_count)
        xml_complain(e, "%s is no number of payments", report_quote(e->text, quote));
}

static bool has_cents_only(const char *text)
{
    const char *point = strchr(text, '.');

    return point == NULL || strlen(point) <= 3;
}

static void check_sum(struct pain_checker *c, const struct xml_element *e)
{
    struct sums *s = sums_at(c, e);
    char quote[REPORT_QUOTE_BYTES];

    s->said_cents_line = e->line;
    s->has_cents = xml_cents(e->text, &s->said_cents) && has_cents_only(e->text);
    if (!s->has_cents)
        xml_complain(e, "%s is no sum in euros with at most two decimals",
                     report_quote(e->text, quote));
}

static void check_amount(struct pain_checker *c, const struct xml_element *e)
{
    char quote[REPORT_QUOTE_BYTES];
    int64_t cents;

    if (strcmp(e->currency, "EUR") != 0)
        xml_complain(e, "the currency is %s: a SEPA payment is in EUR",
                     report_quote(e->currency, quote));
    if (!xml_cents(e->text, &cents) || !has_cents_only(e->text) || cents < 1 ||
        cents > PAIN_PAYMENT_CENTS_MAX) {
        xml_complain(e, "%s is no amount from 0.01 to 999999999.99 with at most two decimals",
                     report_quote(e->text, quote));
        c->information.unreadable = true;
        return;
    }
    c->information.cents += cents;
}

static void check_equivalent(struct pain_checker *c, const struct xml_element *e)
{
    c->information.unreadable = true;
    xml_complain(e, "an amount of another currency: give InstdAmt in EUR");
}

static void check_reference(struct pain_checker *c, const struct xml_element *e)
{
    char quote[REPORT_QUOTE_BYTES];
    size_t len = strlen(e->text);

    c->reference_rf = strncmp(e->text, "RF", 2) == 0;
    if (c->reference_rf ? !identifier_rf_valid(e->text, len)
                        : !identifier_reference_valid(e->text, len))
        xml_complain(e, "%s is no reference number: a check digit or the length is wrong",
                     report_quote(e->text, quote));
}

static void check_issuer(struct pain_checker *c, const struct xml_element *e)
{
    c->issuer_iso = strcmp(e->text, "ISO") == 0;
    check_id(c, e);
}

/* Elements for which SEPA leaves one word. */
static void must_be(const struct xml_element *e, const char *word)
{
    char quote[REPORT_QUOTE_BYTES];

    if (strcmp(e->text, word) != 0)
        xml_complain(e, "%s: in a SEPA payment it is %s", report_quote(e->text, quote), word);
}

static void check_slev(struct pain_checker *c, const struct xml_element *e)
{
    (void)c;
    must_be(e, "SLEV");
}

static void check_trf(struct pain_checker *c, const struct xml_element *e)
{
    (void)c;
    must_be(e, "TRF");
}

static void check_sepa(struct pain_checker *c, const struct xml_element *e)
{
    (void)c;
    must_be(e, "SEPA");
}

static void check_euro(struct pain_checker *c, const struct xml_element *e)
{
    (void)c;
    must_be(e, "EUR");
}

static void check_scor(struct pain_checker *c, const struct xml_element *e)
{
    (void)c;
    must_be(e, "SCOR");
}

static void check_booking(struct pain_checker *c, const struct xml_element *e)
{
    (void)c;
    if (strcmp(e->text, "true") != 0 && strcmp(e->text, "false") != 0)
        xml_complain(e, "write true for one booking of the whole batch, or false");
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

void pain_rule_other(struct pain_checker *c, const struct xml_element *e)
{
    c->town = c->town || strcmp(e->name, "TwnNm") == 0;
    c->country = c->country || strcmp(e->name, "Ctry") == 0;
    if (ends_with(e->name, "Id"))
        check_id(c, e);
    else if (ends_with(e->name, "Nm"))
        check_name(c, e);
    else
        check_text(c, e);
}

const struct pain_row pain_rows[PAIN_ROWS] = {
    [PAIN_INFORMATION_CHARGES] = {"PmtInf/ChrgBr", check_slev, PAIN_INFORMATION, 0, false},
    [PAIN_PAYMENT_CHARGES] = {"PmtInf/CdtTrfTxInf/ChrgBr", check_slev, PAIN_PAYMENT, 0, false},
    [PAIN_UNSTRUCTURED] = {"PmtInf/CdtTrfTxInf/RmtInf/Ustrd", check_text, PAIN_PAYMENT, 0, false},
    [PAIN_REFERENCE] = {"PmtInf/CdtTrfTxInf/RmtInf/Strd/CdtrRefInf/Ref", check_reference,
                        PAIN_PAYMENT, 0, false},
    [PAIN_REFERENCE_CODE] = {"PmtInf/CdtTrfTxInf/RmtInf/Strd/CdtrRefInf/Tp/CdOrPrtry/Cd",
                             check_scor, PAIN_PAYMENT, 0, false},
    [PAIN_ISSUER] = {"PmtInf/CdtTrfTxInf/RmtInf/Strd/CdtrRefInf/Tp/Issr", check_issuer,
                     PAIN_PAYMENT, 0, false},
    {"GrpHdr/MsgId", check_unique_id, PAIN_GROUP, 0, true},
    {"GrpHdr/CreDtTm", check_created, PAIN_GROUP, 0, true},
    {"GrpHdr/NbOfTxs", check_count, PAIN_GROUP, 0, true},
    {"GrpHdr/CtrlSum", check_sum, PAIN_GROUP, 0, true},
    {"PmtInf/PmtInfId", check_unique_id, PAIN_INFORMATION, 0, true},
    {"PmtInf/PmtMtd", check_trf, PAIN_INFORMATION, 0, true},
    {"PmtInf/BtchBookg", check_booking, PAIN_INFORMATION, 0, false},
    {"PmtInf/NbOfTxs", check_count, PAIN_INFORMATION, 0, true},
    {"PmtInf/CtrlSum", check_sum, PAIN_INFORMATION, 0, true},
    {"PmtInf/PmtTpInf/SvcLvl/Cd", check_sepa, PAIN_INFORMATION, 0, false},
    {"PmtInf/ReqdExctnDt", check_day, PAIN_INFORMATION, 3, true},
    {"PmtInf/ReqdExctnDt/Dt", check_day, PAIN_INFORMATION, 9, true},
    {"PmtInf/ReqdExctnDt/DtTm", check_day_time, PAIN_INFORMATION, 9, false},
    {"PmtInf/Dbtr/Nm", check_name, PAIN_INFORMATION, 0, true},
    {"PmtInf/DbtrAcct/Id/IBAN", check_iban, PAIN_INFORMATION, 0, true},
    {"PmtInf/DbtrAcct/Ccy", check_euro, PAIN_INFORMATION, 0, false},
    {"PmtInf/CdtTrfTxInf/PmtId/EndToEndId", check_unique_id, PAIN_PAYMENT, 0, true},
    {"PmtInf/CdtTrfTxInf/PmtTpInf/SvcLvl/Cd", check_sepa, PAIN_PAYMENT, 0, false},
    {"PmtInf/CdtTrfTxInf/Amt/InstdAmt", check_amount, PAIN_PAYMENT, 0, true},
    {"PmtInf/CdtTrfTxInf/Amt/EqvtAmt", check_equivalent, PAIN_PAYMENT, 0, false},
    {"PmtInf/CdtTrfTxInf/Cdtr/Nm", check_name, PAIN_PAYMENT, 0, true},
    {"PmtInf/CdtTrfTxInf/CdtrAcct/Id/IBAN", check_iban, PAIN_PAYMENT, 0, true},
};
