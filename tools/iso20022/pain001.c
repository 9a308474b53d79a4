#include "iso20022/pain001.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "calendar.h"
#include "identifier.h"
#include "iso20022/charset.h"
#include "iso20022/xml.h"
#include "saldo.h"
#include "text.h"

enum { ID_HASH_CHARACTERS = 20, KEY_BYTES_MAX = 320 };

/* ---- Ids ----------------------------------------------------------------------------------- */

static void make_id(const struct pain_key *key, const char *prefix, const char *purpose,
                    char id[PAIN_ID_BYTES])
{
    static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t bytes[KEY_BYTES_MAX], hash[32];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    struct date date = calendar_date(key->run_day);
    size_t code_len = strlen(key->organiser);

    put_bytes(&w, purpose, strlen(purpose) + 1);
    put_bytes(&w, key->ledger_id, sizeof(key->ledger_id));
    put_i32(&w, key->run_day);
    put_u8(&w, (uint8_t)code_len);
    put_bytes(&w, key->organiser, code_len);
    CHECK(!w.failed);
    CHECK(code_len <= UINT8_MAX);
    crypto_generichash(hash, sizeof(hash), bytes, w.len, NULL, 0);

    int len = snprintf(id, PAIN_ID_BYTES, "%s%02d%02d%02d", prefix, date.year % 100, date.month,
                       date.day);
    CHECK(len + ID_HASH_CHARACTERS < PAIN_ID_BYTES);
    for (size_t i = 0; i < ID_HASH_CHARACTERS; i++) {
        size_t bit = i * 5; /* five bits lie in two bytes at most */
        unsigned two = (unsigned)hash[bit / 8] << 8 | hash[bit / 8 + 1];
        id[(size_t)len + i] = base32[two >> (11 - bit % 8) & 31];
    }
    id[len + ID_HASH_CHARACTERS] = '\0';
}

void pain001_ids(const struct pain_key *key, struct pain_ids *ids)
{
    make_id(key, "SLDM", "saldo/v1/message", ids->message);
    make_id(key, "SLDP", "saldo/v1/payment", ids->information);
}

/* ---- Judging ------------------------------------------------------------------------------- */

static bool is_rf(const char *reference)
{
    return reference[0] == 'R' && reference[1] == 'F';
}

static bool is_reference(const char *text)
{
    size_t len = strlen(text);

    return is_rf(text) ? identifier_rf_valid(text, len) : identifier_reference_valid(text, len);
}

static void judge_payment(const struct pain_payment *p, struct report *report)
{
    char quote[REPORT_QUOTE_BYTES], name[CHARSET_NAME_BYTES];

    if (!identifier_iban_valid(p->iban, strlen(p->iban)))
        report_at(report, 0, p->provider, "%s is no account number: correct the provider's account",
                  report_quote(p->iban, quote));
    if (!charset_name(p->name, name))
        report_at(report, 0, p->provider, "%s is no name: give the provider its account name",
                  report_quote(p->name, quote));
    if (!is_reference(p->reference))
        report_at(report, 0, p->provider, "%s is no reference number",
                  report_quote(p->reference, quote));
    if (!charset_id_valid(p->end_to_end_id))
        report_at(report, 0, p->provider, "%s is no EndToEndId",
                  report_quote(p->end_to_end_id, quote));
    if (p->cents < 1 || p->cents > PAIN_PAYMENT_CENTS_MAX)
        report_at(report, 0, p->provider, "%" PRId64 " cents cannot be paid in one payment",
                  p->cents);
}

static void judge_debtor(const struct pain_run *run, struct report *report)
{
    char quote[REPORT_QUOTE_BYTES], name[CHARSET_NAME_BYTES], day[TEXT_DAY_MAX];

    if (!identifier_iban_valid(run->iban, strlen(run->iban)))
        report_at(report, 0, "organiser", "%s is no account number: set the organiser's IBAN",
                  report_quote(run->iban, quote));
    if (!charset_name(run->name, name))
        report_at(report, 0, "organiser", "%s is no name: set the organiser's account name",
                  report_quote(run->name, quote));
    if (!calendar_is_bank_day(run->execution_day))
        report_at(report, 0, "run", "the execution day %s is no bank day",
                  text_day(run->execution_day, day));
    if (run->created_ms <= 0)
        report_at(report, 0, "run", "the time of the release is not known");
}

bool pain001_judge(const struct pain_run *run, struct report *report)
{
    size_t before = report->count;
    int64_t cents = 0;

    judge_debtor(run, report);
    if (run->count == 0 || run->count > PAIN_PAYMENTS_MAX) {
        report_at(report, 0, "run", "%zu payments: a file has 1 to %d", run->count,
                  PAIN_PAYMENTS_MAX);
        return false;
    }
    for (size_t i = 0; i < run->count && report->count - before < PAIN_FINDINGS_MAX; i++) {
        struct pain_payment p;
        size_t known = report->count;
        if (!run->payment(run->arg, i, &p))
            return false;
        judge_payment(&p, report);
        if (report->count == known)
            cents += p.cents; /* a million times 10^11 fit */
    }
    if (report->count == before && cents != run->cents)
        report_at(report, 0, "run",
                  "%" PRId64 " cents were released, but the payments come to %" PRId64, run->cents,
                  cents);
    return report->count == before;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static void write_number(struct xml_writer *w, const char *name, size_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%zu", number);
    xml_leaf(w, name, text);
}

static void write_cents(struct xml_writer *w, const char *name, int64_t cents)
{
    char text[TEXT_EUROS_MAX];

    xml_leaf(w, name, text_euros(cents, text));
}

static void write_name(struct xml_writer *w, const char *party, const char *name)
{
    char text[CHARSET_NAME_BYTES];

    CHECK(charset_name(name, text)); /* pain001_judge() has seen it */
    xml_begin(w, party);
    xml_leaf(w, "Nm", text);
    xml_end(w);
}

static void write_account(struct xml_writer *w, const char *account, const char *iban)
{
    xml_begin(w, account);
    xml_begin(w, "Id");
    xml_leaf(w, "IBAN", iban);
    xml_end(w);
    xml_end(w);
}

/* The message came to be when the run was released, however often it is written. */
static void write_created(struct xml_writer *w, int64_t created_ms)
{
    char local[TEXT_TIME_MAX], text[TEXT_TIME_MAX];

    text_time(created_ms, local); /* 2026-04-03T09:15:00.000+03:00: seconds are enough */
    snprintf(text, sizeof(text), "%.19s%s", local, local + 23);
    xml_leaf(w, "CreDtTm", text);
}

static void write_header(struct xml_writer *w, const struct pain_run *run)
{
    xml_begin(w, "GrpHdr");
    xml_leaf(w, "MsgId", run->ids.message);
    write_created(w, run->created_ms);
    write_number(w, "NbOfTxs", run->count);
    write_cents(w, "CtrlSum", run->cents);
    write_name(w, "InitgPty", run->name);
    xml_end(w);
}

static void write_execution_day(struct xml_writer *w, const struct pain_run *run,
                                enum pain_version version)
{
    char day[TEXT_DAY_MAX];

    text_day(run->execution_day, day);
    if (version == PAIN_VERSION_03) {
        xml_leaf(w, "ReqdExctnDt", day);
        return;
    }
    xml_begin(w, "ReqdExctnDt");
    xml_leaf(w, "Dt", day);
    xml_end(w);
}

static void write_type(struct xml_writer *w)
{
    xml_begin(w, "PmtTpInf");
    xml_begin(w, "SvcLvl");
    xml_leaf(w, "Cd", "SEPA");
    xml_end(w);
    xml_end(w);
}

/* The debtor's bank knows itself by the account. */
static void write_agent(struct xml_writer *w)
{
    xml_begin(w, "DbtrAgt");
    xml_begin(w, "FinInstnId");
    xml_begin(w, "Othr");
    xml_leaf(w, "Id", "NOTPROVIDED");
    xml_end(w);
    xml_end(w);
    xml_end(w);
}

/* At most 140 characters with the tags within Strd, by the rules of SEPA: no white space. */
static void write_reference(struct xml_writer *w, const char *reference)
{
    xml_begin(w, "RmtInf");
    xml_lines(w, false);
    xml_begin(w, "Strd");
    xml_begin(w, "CdtrRefInf");
    xml_begin(w, "Tp");
    xml_begin(w, "CdOrPrtry");
    xml_leaf(w, "Cd", "SCOR");
    xml_end(w);
    if (is_rf(reference))
        xml_leaf(w, "Issr", "ISO");
    xml_end(w);
    xml_leaf(w, "Ref", reference);
    xml_end(w);
    xml_end(w);
    xml_lines(w, true);
    xml_end(w);
}

static void write_payment(struct xml_writer *w, const struct pain_payment *p)
{
    char euros[TEXT_EUROS_MAX];

    xml_begin(w, "CdtTrfTxInf");
    xml_begin(w, "PmtId");
    xml_leaf(w, "EndToEndId", p->end_to_end_id);
    xml_end(w);
    xml_begin(w, "Amt");
    xml_begin(w, "InstdAmt");
    xml_attribute(w, "Ccy", "EUR");
    xml_text(w, text_euros(p->cents, euros));
    xml_end(w);
    xml_end(w);
    write_name(w, "Cdtr", p->name);
    write_account(w, "CdtrAcct", p->iban);
    write_reference(w, p->reference);
    xml_end(w);
}

bool pain001_write(const struct pain_run *run, enum pain_version version, FILE *file,
                   struct progress *progress)
{
    struct xml_writer *w = xml_writer_open(file, "Document",
                                           version == PAIN_VERSION_03
                                               ? "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"
                                               : "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09");

    xml_begin(w, "CstmrCdtTrfInitn");
    write_header(w, run);
    xml_begin(w, "PmtInf");
    xml_leaf(w, "PmtInfId", run->ids.information);
    xml_leaf(w, "PmtMtd", "TRF");
    xml_leaf(w, "BtchBookg", "true");
    write_number(w, "NbOfTxs", run->count);
    write_cents(w, "CtrlSum", run->cents);
    write_type(w);
    write_execution_day(w, run, version);
    write_name(w, "Dbtr", run->name);
    write_account(w, "DbtrAcct", run->iban);
    write_agent(w);
    xml_leaf(w, "ChrgBr", "SLEV");
    struct pain_payment p;
    size_t written = 0;
    for (; written < run->count && run->payment(run->arg, written, &p); written++) {
        write_payment(w, &p);
        progress_add(progress, 1);
    }
    xml_end(w);
    xml_end(w);
    return xml_writer_close(w) && written == run->count;
}
