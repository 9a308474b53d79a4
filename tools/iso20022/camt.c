#include "iso20022/camt.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "iso20022/camt_inside.h"
#include "saldo.h"
#include "text.h"
#include "tool.h"

/* ---- What an element may hold ---------------------------------------------------------------- */

enum kind {
    KIND_TEXT,   /* const char *; NOTPROVIDED and the like count as not there */
    KIND_AMOUNT, /* struct amount */
    KIND_SIGN,   /* enum camt_sign */
    KIND_DAY,    /* int32_t, of a date or a date and time */
    KIND_COUNT,  /* int64_t */
    KIND_MARK,   /* bool: the element is there */
};

/* An element by its path below Stmt or Ntfctn, and where in the reader it goes. */
struct leaf {
    const char *path;
    enum kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct camt_reader, member)

static const struct leaf leaves[] = {
    {"ElctrncSeqNb", KIND_TEXT, AT(statement.electronic)},
    {"LglSeqNb", KIND_TEXT, AT(statement.legal)},
    {"Acct/Id/Othr/Id", KIND_TEXT, AT(statement.other_id)},
    {"Bal/Tp/CdOrPrtry/Cd", KIND_TEXT, AT(statement.balance.code)},
    {"Bal/Amt", KIND_AMOUNT, AT(statement.balance.amount)},
    {"Bal/CdtDbtInd", KIND_SIGN, AT(statement.balance.sign)},
    {"Bal/Dt/Dt", KIND_DAY, AT(statement.balance.day)},
    {"Bal/Dt/DtTm", KIND_DAY, AT(statement.balance.day)},
    {"TxsSummry/TtlNtries/NbOfNtries", KIND_COUNT, AT(statement.all.count)},
    {"TxsSummry/TtlNtries/Sum", KIND_AMOUNT, AT(statement.all.sum)},
    {"TxsSummry/TtlCdtNtries/NbOfNtries", KIND_COUNT, AT(statement.credits.count)},
    {"TxsSummry/TtlCdtNtries/Sum", KIND_AMOUNT, AT(statement.credits.sum)},
    {"TxsSummry/TtlDbtNtries/NbOfNtries", KIND_COUNT, AT(statement.debits.count)},
    {"TxsSummry/TtlDbtNtries/Sum", KIND_AMOUNT, AT(statement.debits.sum)},
    {"Ntry/NtryRef", KIND_TEXT, AT(entry.entry_ref)},
    {"Ntry/Amt", KIND_AMOUNT, AT(entry.amount)},
    {"Ntry/CdtDbtInd", KIND_SIGN, AT(entry.sign)},
    {"Ntry/Sts", KIND_TEXT, AT(entry.status)},
    {"Ntry/Sts/Cd", KIND_TEXT, AT(entry.status)},
    {"Ntry/BookgDt/Dt", KIND_DAY, AT(entry.day)},
    {"Ntry/BookgDt/DtTm", KIND_DAY, AT(entry.day)},
    {"Ntry/AcctSvcrRef", KIND_TEXT, AT(entry.refs.account_ref)},
    {"Ntry/BkTxCd/Domn/Fmly/SubFmlyCd", KIND_TEXT, AT(entry.family)},
    {"Ntry/NtryDtls/Btch/PmtInfId", KIND_TEXT, AT(entry.batch.payment_id)},
    {"Ntry/NtryDtls/Btch/NbOfTxs", KIND_COUNT, AT(entry.batch.count)},
    {"Ntry/NtryDtls/Btch/TtlAmt", KIND_AMOUNT, AT(entry.batch.total)},
};

/* The same below Ntry/NtryDtls/TxDtls. */
static const struct leaf detail_leaves[] = {
    {"Refs/AcctSvcrRef", KIND_TEXT, AT(detail.refs.account_ref)},
    {"Refs/EndToEndId", KIND_TEXT, AT(detail.refs.end_to_end_id)},
    {"Refs/InstrId", KIND_TEXT, AT(detail.refs.instruction_id)},
    {"Refs/PmtInfId", KIND_TEXT, AT(detail.refs.payment_id)},
    {"Amt", KIND_AMOUNT, AT(detail.amount)},
    {"CdtDbtInd", KIND_SIGN, AT(detail.sign)},
    {"AmtDtls/TxAmt/Amt", KIND_AMOUNT, AT(detail.transaction)},
    {"AmtDtls/InstdAmt/Amt", KIND_AMOUNT, AT(detail.instructed)},
    {"BkTxCd/Domn/Fmly/SubFmlyCd", KIND_TEXT, AT(detail.family)},
    {"RltdPties/CdtrAcct/Id/IBAN", KIND_TEXT, AT(detail.refs.iban)},
    {"RltdPties/DbtrAcct/Id/IBAN", KIND_TEXT, AT(detail.debtor_iban)},
    {"RmtInf/Strd/CdtrRefInf/Ref", KIND_TEXT, AT(detail.refs.reference)},
    {"RtrInf", KIND_MARK, AT(detail.returned)},
    {"RtrInf/Rsn/Cd", KIND_TEXT, AT(detail.return_code)},
    {"RtrInf/Rsn/Prtry", KIND_TEXT, AT(detail.return_text)},
};

/* What banks write where they have nothing to say. */
static bool is_absent(const char *text)
{
    static const char *const words[] = {"", "NOTPROVIDED", "NONREF", "NOT PROVIDED"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

/* The first of several counts: a second reference of the same line is not its key. */
static void take_text(struct camt_reader *c, const struct xml_element *e, const char **target)
{
    const char *text = xml_line(e->text);

    if (**target != '\0' || is_absent(text))
        return;
    size_t len = strlen(text) + 1;
    char *copy = slab_alloc(&c->file->slab, len);
    memcpy(copy, text, len);
    *target = copy;
}

static void take_amount(const struct xml_element *e, struct amount *target)
{
    int64_t cents;
    char quoted[REPORT_QUOTE_BYTES];

    if (!xml_cents(xml_trim(e->text), &cents) || cents > CAMT_CENTS_MAX) {
        xml_complain(e, "%s is no amount", report_quote(e->text, quoted));
        return;
    }
    target->cents = cents;
    memcpy(target->currency, e->currency, sizeof(target->currency));
}

static void take_day(const struct xml_element *e, int32_t *target)
{
    char date[TEXT_DAY_MAX], quoted[REPORT_QUOTE_BYTES];
    const char *text = xml_trim(e->text);

    snprintf(date, sizeof(date), "%.10s", text);
    if (!saldo_day_parse(date, target))
        xml_complain(e, "%s is no date", report_quote(text, quoted));
}

static void take_sign(const struct xml_element *e, enum camt_sign *target)
{
    const char *text = xml_trim(e->text);
    char quoted[REPORT_QUOTE_BYTES];

    if (strcmp(text, "CRDT") == 0)
        *target = CAMT_CREDIT;
    else if (strcmp(text, "DBIT") == 0)
        *target = CAMT_DEBIT;
    else
        xml_complain(e, "%s is neither CRDT nor DBIT", report_quote(text, quoted));
}

static void take_count(const struct xml_element *e, int64_t *target)
{
    char quoted[REPORT_QUOTE_BYTES];

    if (!text_integer(xml_trim(e->text), 0, INT32_MAX, target))
        xml_complain(e, "%s is no count", report_quote(e->text, quoted));
}

static void take(struct camt_reader *c, const struct xml_element *e, const struct leaf *leaf)
{
    void *target = (char *)c + leaf->offset;

    switch (leaf->kind) {
    case KIND_TEXT:
        take_text(c, e, target);
        break;
    case KIND_AMOUNT:
        take_amount(e, target);
        break;
    case KIND_SIGN:
        take_sign(e, target);
        break;
    case KIND_DAY:
        take_day(e, target);
        break;
    case KIND_COUNT:
        take_count(e, target);
        break;
    case KIND_MARK:
        *(bool *)target = true;
        break;
    }
}

static void take_from(struct camt_reader *c, const struct xml_element *e, const char *path,
                      const struct leaf *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(path, table[i].path) == 0)
            take(c, e, &table[i]);
}

/* ---- Elements -------------------------------------------------------------------------------- */

/* What follows `prefix` and a slash, "" for the prefix itself; NULL: something else. */
static const char *below(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);

    if (strncmp(path, prefix, len) != 0)
        return NULL;
    if (path[len] == '\0')
        return path + len;
    return path[len] == '/' ? path + len + 1 : NULL;
}

static const char stmt[] = "Document/BkToCstmrStmt/Stmt";
static const char ntfctn[] = "Document/BkToCstmrDbtCdtNtfctn/Ntfctn";

static const char *inside(const struct camt_reader *c, const struct xml_element *e)
{
    return below(e->path, c->file->notification ? ntfctn : stmt);
}

static void begin_document(struct camt_reader *c, const struct xml_element *e)
{
    static const char *const known[] = {"053.001.02", "053.001.04", "053.001.08",
                                        "054.001.02", "054.001.04", "054.001.08"};
    static const char prefix[] = "urn:iso:std:iso:20022:tech:xsd:camt.";
    const char *version = e->name_space + sizeof(prefix) - 1;
    char quoted[REPORT_QUOTE_BYTES];

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strncmp(e->name_space, prefix, sizeof(prefix) - 1) == 0 &&
            strcmp(e->name, "Document") == 0 && strcmp(version, known[i]) == 0) {
            c->file->notification = known[i][2] == '4';
            return;
        }
    xml_refuse(e,
               "a message of the kind %s is not read here; camt.053 and camt.054 are, .02, .04 "
               "and .08",
               report_quote(e->name_space, quoted));
}

static void begin_statement(struct camt_reader *c, const struct xml_element *e)
{
    struct camt_file *f = c->file;
    static const struct amount none = {.cents = -1};

    f->statements =
        tool_grow(f->statements, f->statement_count, &f->statement_room, sizeof(*f->statements));
    f->statements[f->statement_count++] = (struct camt_statement){
        .id = "",
        .sequence = "",
        .account = "",
        .currency = "",
        .line = e->line,
        .entry_first = f->entry_count,
    };
    memset(&c->statement, 0, sizeof(c->statement));
    c->statement.electronic = c->statement.legal = c->statement.other_id = "";
    c->statement.balance = (struct balance){.amount = none, .code = ""};
    c->statement.all = c->statement.credits = c->statement.debits = (struct summary){-1, none};
}

static void begin_entry(struct camt_reader *c, const struct xml_element *e)
{
    memset(&c->entry, 0, sizeof(c->entry));
    c->entry.refs = (struct camt_refs){"", "", "", "", "", ""};
    c->entry.entry_ref = c->entry.status = c->entry.family = "";
    c->entry.return_code = c->entry.return_text = "";
    c->entry.amount.cents = -1;
    c->entry.line = e->line;
    c->entry.details_whole = true;
    c->entry.batch.payment_id = "";
}

static void begin_detail(struct camt_reader *c)
{
    static const struct amount none = {.cents = -1};

    memset(&c->detail, 0, sizeof(c->detail));
    c->detail.refs = (struct camt_refs){"", "", "", "", "", ""};
    c->detail.family = c->detail.debtor_iban = "";
    c->detail.return_code = c->detail.return_text = "";
    c->detail.amount = c->detail.transaction = c->detail.instructed = none;
}

static void on_begin(void *arg, const struct xml_element *e)
{
    struct camt_reader *c = arg;

    if (e->depth == 1)
        begin_document(c, e);
    const char *path = inside(c, e);
    if (path == NULL)
        return;
    if (*path == '\0')
        begin_statement(c, e);
    else if (strcmp(path, "Ntry") == 0)
        begin_entry(c, e);
    else if (strcmp(path, "Ntry/NtryDtls") == 0)
        c->entry.batch = (struct batch){"", -1, {.cents = -1}, c->file->detail_count};
    else if (strcmp(path, "Ntry/NtryDtls/TxDtls") == 0)
        begin_detail(c);
}

static void on_end(void *arg, const struct xml_element *e)
{
    struct camt_reader *c = arg;
    const char *path = inside(c, e);

    if (path == NULL) {
        if (strcmp(e->name, "MsgId") == 0 && e->depth == 4)
            take_text(c, e, &c->file->message_id);
        return;
    }
    struct camt_statement *s = &c->file->statements[c->file->statement_count - 1];
    const char *detail = below(path, "Ntry/NtryDtls/TxDtls");
    if (detail != NULL && *detail != '\0')
        take_from(c, e, detail, detail_leaves, sizeof(detail_leaves) / sizeof(leaves[0]));
    else if (detail != NULL)
        camt_end_detail(c, e);
    else if (strcmp(path, "Ntry/NtryDtls") == 0)
        camt_end_details(c, e);
    else if (strcmp(path, "Ntry") == 0)
        camt_end_entry(c, e);
    else if (strcmp(path, "Bal") == 0)
        camt_end_balance(c, e);
    else if (*path == '\0')
        camt_end_statement(c, e);
    else if (strcmp(path, "Id") == 0)
        take_text(c, e, &s->id);
    else if (strcmp(path, "Acct/Id/IBAN") == 0)
        take_text(c, e, &s->account);
    else if (strcmp(path, "Acct/Ccy") == 0)
        take_text(c, e, &s->currency);
    else
        take_from(c, e, path, leaves, sizeof(leaves) / sizeof(leaves[0]));
}

void camt_note(const struct camt_reader *c, const struct xml_element *e, const char *format, ...)
{
    char where[XML_WHERE_MAX], text[512];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    report_at(c->notes, e->line, xml_where(e, where), "%s", text);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static struct xml_handler start(struct camt_reader *c, struct camt_file *f, struct report *notes)
{
    *f = (struct camt_file){.message_id = ""};
    memset(c, 0, sizeof(*c));
    c->file = f;
    c->notes = notes;
    return (struct xml_handler){on_begin, on_end, c};
}

static bool finish(const struct camt_file *f, bool good, size_t before, struct report *report)
{
    if (good && report->count == before && f->statement_count == 0)
        report_at(report, 0, "Document", "there is no statement or notification in it");
    return good && report->count == before;
}

bool camt_read(struct camt_file *f, const char *path, struct report *report, struct report *notes)
{
    struct camt_reader c;
    struct xml_handler handler = start(&c, f, notes);
    size_t before = report->count;

    return finish(f, xml_read_file(path, &handler, report), before, report);
}

bool camt_read_bytes(struct camt_file *f, const void *bytes, size_t len, struct report *report,
                     struct report *notes)
{
    struct camt_reader c;
    struct xml_handler handler = start(&c, f, notes);
    size_t before = report->count;

    return finish(f, xml_read_bytes(bytes, len, &handler, report), before, report);
}

void camt_free(struct camt_file *f)
{
    free(f->statements);
    free(f->entries);
    free(f->details);
    slab_free(&f->slab);
    *f = (struct camt_file){0};
}
