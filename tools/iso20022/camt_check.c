/* camt_check.c - from collected elements to the lists, and the arithmetic that they must stand. */
#include <string.h>

#include "iso20022/camt_inside.h"
#include "text.h"
#include "tool.h"

static struct camt_statement *statement(struct camt_reader *c)
{
    return &c->file->statements[c->file->statement_count - 1];
}

/* Does the bank's transaction code say that a payment came back? */
static bool is_return(const char *family)
{
    return strcmp(family, "RRTN") == 0 || strcmp(family, "RPCR") == 0;
}

/* ---- Balances -------------------------------------------------------------------------------- */

/* The booked balances are the ones that add up; a later page of a statement has interim ones, and
 * some banks give available ones only. */
static unsigned rank_of(const char *code, const char *const order[4])
{
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(code, order[i]) == 0)
            return 4 - i;
    return 0;
}

void camt_end_balance(struct camt_reader *c, const struct xml_element *e)
{
    static const char *const first[] = {"OPBD", "PRCD", "ITBD", "OPAV"};
    static const char *const last[] = {"CLBD", "ITBD", "ITBD", "CLAV"};
    struct balance *b = &c->statement.balance;
    unsigned first_rank = rank_of(b->code, first), last_rank = rank_of(b->code, last);

    if (first_rank + last_rank > 0 && b->amount.cents < 0)
        xml_complain(e, "the balance has no amount");
    if (first_rank + last_rank > 0 && b->sign == CAMT_UNSIGNED)
        camt_note(c, e, "the balance has no CdtDbtInd and is taken for a credit");
    if (b->sign == CAMT_DEBIT)
        b->amount.cents = -b->amount.cents;
    if (first_rank > c->statement.first_rank) {
        c->statement.first = *b;
        c->statement.first_rank = first_rank;
    }
    if (last_rank > 0 && last_rank >= c->statement.last_rank) {
        c->statement.last = *b;
        c->statement.last_rank = last_rank;
    }
    *b = (struct balance){.amount = {.cents = -1}, .code = ""};
}

/* ---- Details --------------------------------------------------------------------------------- */

static bool in_currency(const struct amount *a, const struct amount *of)
{
    return a->cents >= 0 && strcmp(a->currency, of->currency) == 0;
}

static int64_t detail_cents(const struct camt_reader *c)
{
    const struct amount *in_order[] = {&c->detail.amount, &c->detail.transaction,
                                       &c->detail.instructed};

    for (size_t i = 0; i < 3; i++)
        if (in_currency(in_order[i], &c->entry.amount))
            return in_order[i]->cents;
    return -1;
}

void camt_end_detail(struct camt_reader *c, const struct xml_element *e)
{
    struct camt_file *f = c->file;
    bool credit = (c->detail.sign != CAMT_UNSIGNED ? c->detail.sign : c->entry.sign) == CAMT_CREDIT;
    const char *code = c->detail.return_code;

    if (f->detail_count == CAMT_DETAILS_MAX) {
        xml_refuse(e, "there are more than %d transactions in the file", CAMT_DETAILS_MAX);
        return;
    }
    struct camt_detail d = {
        .refs = c->detail.refs,
        .cents = detail_cents(c),
        .credit = credit,
        .returned = c->detail.returned || is_return(c->detail.family),
        .reason = *code != '\0' ? code : c->detail.return_text,
    };
    if (*d.refs.payment_id == '\0')
        d.refs.payment_id = c->entry.batch.payment_id;
    if (credit)
        d.refs.iban = c->detail.debtor_iban;
    if (d.cents < 0)
        c->entry.details_whole = false;
    else
        c->entry.details_sum += credit ? d.cents : -d.cents;
    f->details = tool_grow(f->details, f->detail_count, &f->detail_room, sizeof(*f->details));
    f->details[f->detail_count++] = d;
}

/* A batch's total is gross or net: both are what it says of its own details. */
void camt_end_details(struct camt_reader *c, const struct xml_element *e)
{
    const struct camt_file *f = c->file;
    const struct batch *b = &c->entry.batch;
    size_t count = f->detail_count - b->detail_first;
    int64_t gross = 0, net = 0;

    for (size_t i = b->detail_first; i < f->detail_count; i++) {
        const struct camt_detail *d = &f->details[i];
        if (d->cents < 0)
            return;
        gross += d->cents;
        net += d->credit ? d->cents : -d->cents;
    }
    if (count > 0 && b->count >= 0 && (size_t)b->count != count)
        camt_note(c, e, "Btch/NbOfTxs is %lld, and %zu transactions follow", (long long)b->count,
                  count);
    int64_t total = b->total.cents;
    if (count > 0 && in_currency(&b->total, &c->entry.amount) && total != gross && total != net &&
        total != -net) {
        char own[TEXT_EUROS_MAX], said[TEXT_EUROS_MAX];
        xml_complain(e, "Btch/TtlAmt is %s, and its transactions make %s", text_euros(total, said),
                     text_euros(gross, own));
    }
    if (*c->entry.refs.payment_id == '\0')
        c->entry.refs.payment_id = b->payment_id;
}

/* ---- Entries --------------------------------------------------------------------------------- */

static bool entry_complete(struct camt_reader *c, const struct xml_element *e)
{
    struct camt_statement *s = statement(c);

    if (c->entry.amount.cents < 0)
        xml_complain(e, "the entry has no amount");
    else if (c->entry.sign == CAMT_UNSIGNED)
        xml_complain(e, "the entry has no CdtDbtInd");
    else if (*s->currency != '\0' && strcmp(s->currency, c->entry.amount.currency) != 0)
        xml_complain(e, "the entry is in %s and the account in %s", c->entry.amount.currency,
                     s->currency);
    else if (c->file->entry_count == CAMT_DETAILS_MAX)
        xml_refuse(e, "there are more than %d entries in the file", CAMT_DETAILS_MAX);
    else
        return true;
    return false;
}

/* Booked, and on what day. */
static bool entry_booked(struct camt_reader *c, const struct xml_element *e)
{
    bool booked = strcmp(c->entry.status, "BOOK") == 0;

    if (*c->entry.status == '\0') {
        booked = !c->file->notification;
        camt_note(c, e, "the entry has no status and is taken for %s",
                  booked ? "booked" : "not booked");
    }
    if (booked && c->entry.day == 0) {
        c->entry.day = c->statement.last.day;
        camt_note(c, e, "the entry has no booking day: that of the closing balance is taken");
    }
    if (booked && c->entry.day == 0)
        xml_complain(e, "the entry has no booking day");
    return booked;
}

/* Details make the entry: net, or the one detail whatever sign the bank gave it. */
static void check_details(struct camt_reader *c, const struct xml_element *e, size_t count)
{
    int64_t wanted = c->entry.sign == CAMT_CREDIT ? c->entry.amount.cents : -c->entry.amount.cents;
    char own[TEXT_EUROS_MAX], sum[TEXT_EUROS_MAX];

    if (count == 0 || !c->entry.details_whole || c->entry.details_sum == wanted)
        return;
    if (count == 1 && c->file->details[c->file->detail_count - 1].cents == c->entry.amount.cents)
        return;
    xml_complain(e, "the entry is %s, and its transactions make %s", text_euros(wanted, own),
                 text_euros(c->entry.details_sum, sum));
}

/* A lone transaction is the entry, whatever it says of its amount and side; several of which some
 * have no amount only name the lump. */
static size_t settle_details(struct camt_reader *c, struct camt_entry *n)
{
    struct camt_file *f = c->file;
    size_t count = f->detail_count - n->detail_first;

    for (size_t i = n->detail_first; i < f->detail_count; i++) {
        n->returned = n->returned || f->details[i].returned;
        if (*n->refs.payment_id == '\0')
            n->refs.payment_id = f->details[i].refs.payment_id;
        if (*n->reason == '\0')
            n->reason = f->details[i].reason;
    }
    if (count == 1) {
        f->details[n->detail_first].cents = n->cents;
        f->details[n->detail_first].credit = n->credit;
    }
    return count <= 1 || c->entry.details_whole ? count : 0;
}

void camt_end_entry(struct camt_reader *c, const struct xml_element *e)
{
    struct camt_file *f = c->file;
    size_t entered = f->entry_count > 0 ? f->entries[f->entry_count - 1].detail_first +
                                              f->entries[f->entry_count - 1].detail_count
                                        : 0;

    if (!entry_complete(c, e))
        return;
    struct camt_entry n = {
        .refs = c->entry.refs,
        .entry_ref = c->entry.entry_ref,
        .cents = c->entry.amount.cents,
        .credit = c->entry.sign == CAMT_CREDIT,
        .returned = is_return(c->entry.family),
        .reason = "",
        .line = c->entry.line,
        .detail_first = entered,
    };
    check_details(c, e, f->detail_count - entered);
    n.booked = entry_booked(c, e);
    n.day = c->entry.day;
    bool of_returns = n.returned;
    n.detail_count = settle_details(c, &n);
    for (size_t i = 0; of_returns && i < n.detail_count; i++)
        f->details[n.detail_first + i].returned = true;
    f->detail_count = n.detail_first + n.detail_count;
    f->entries = tool_grow(f->entries, f->entry_count, &f->entry_room, sizeof(*f->entries));
    f->entries[f->entry_count++] = n;
    if (*statement(c)->currency == '\0') {
        char *copy = slab_alloc(&f->slab, sizeof(c->entry.amount.currency));
        memcpy(copy, c->entry.amount.currency, sizeof(c->entry.amount.currency));
        statement(c)->currency = copy;
    }
}

/* ---- Statements ------------------------------------------------------------------------------ */

struct totals {
    int64_t count, sum;
};

/* Of a sign, or of both; `all` counts entries that are not booked too. */
static struct totals total_of(const struct camt_reader *c, enum camt_sign sign, bool all)
{
    const struct camt_file *f = c->file;
    struct totals t = {0, 0};

    for (size_t i = f->statements[f->statement_count - 1].entry_first; i < f->entry_count; i++) {
        const struct camt_entry *n = &f->entries[i];
        if ((!all && !n->booked) || (sign != CAMT_UNSIGNED && n->credit != (sign == CAMT_CREDIT)))
            continue;
        t.count++;
        t.sum += n->cents;
    }
    return t;
}

/* A statement's balances hold by then, so its summary is only noted; a notification has no other
 * proof. */
static void check_summary(struct camt_reader *c, const struct xml_element *e, enum camt_sign sign,
                          const struct summary *s)
{
    struct totals booked = total_of(c, sign, false), all = total_of(c, sign, true);
    char said[TEXT_EUROS_MAX], own[TEXT_EUROS_MAX];

    if (s->count >= 0 && s->count != booked.count && s->count != all.count)
        camt_note(c, e, "TxsSummry says %lld entries, and there are %lld", (long long)s->count,
                  (long long)all.count);
    if (s->sum.cents < 0 || s->sum.cents == booked.sum || s->sum.cents == all.sum)
        return;
    text_euros(s->sum.cents, said);
    text_euros(all.sum, own);
    if (c->file->notification)
        xml_complain(e, "TxsSummry says %s, and the entries make %s", said, own);
    else
        camt_note(c, e, "TxsSummry says %s, and the entries make %s", said, own);
}

static void check_balances(struct camt_reader *c, const struct xml_element *e)
{
    int64_t sum = total_of(c, CAMT_CREDIT, false).sum - total_of(c, CAMT_DEBIT, false).sum;
    const struct balance *first = &c->statement.first, *last = &c->statement.last;
    char opening[TEXT_EUROS_MAX], entries[TEXT_EUROS_MAX], closing[TEXT_EUROS_MAX];

    if (c->statement.first_rank == 0 || c->statement.last_rank == 0) {
        xml_complain(e, "there is no %s balance",
                     c->statement.first_rank == 0 ? "opening" : "closing");
        return;
    }
    statement(c)->opening = first->amount.cents;
    statement(c)->closing = last->amount.cents;
    if (first->amount.cents + sum != last->amount.cents)
        xml_complain(e, "opening %s and entries %s do not make closing %s",
                     text_euros(first->amount.cents, opening), text_euros(sum, entries),
                     text_euros(last->amount.cents, closing));
}

void camt_end_statement(struct camt_reader *c, const struct xml_element *e)
{
    struct camt_statement *s = statement(c);

    s->entry_count = c->file->entry_count - s->entry_first;
    s->sequence = *c->statement.electronic != '\0' ? c->statement.electronic : c->statement.legal;
    if (*s->account == '\0')
        s->account = c->statement.other_id;
    if (*s->account == '\0')
        xml_complain(e, "there is no account");
    if (!c->file->notification)
        check_balances(c, e);
    check_summary(c, e, CAMT_UNSIGNED, &c->statement.all);
    check_summary(c, e, CAMT_CREDIT, &c->statement.credits);
    check_summary(c, e, CAMT_DEBIT, &c->statement.debits);
}
