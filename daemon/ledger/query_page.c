/* query_page.c - long lists, a page at a time: the charges of a day and the lines of the bank.
 *
 * A page keeps the lowest keys above the place to go on from, wherever their rows are. The charges
 * of a day stand by voucher in the tables, so each page of them walks the whole day; keys that are
 * on another page are passed over without a look at their rows. */
#include "ledger/bank_line.h"
#include "ledger/query.h"
#include "ledger/sort.h"

struct page_row {
    uint8_t key[LIMIT_HASH_BYTES]; /* the kind's own; the rest is zero */
    union {
        struct charge_row charge;
        struct bank_line line;
    } row;
};

struct page {
    struct query *q;
    int32_t day; /* of charges */
    bool started;
    uint8_t after[LIMIT_HASH_BYTES]; /* where the last page ended, if it has started */
    size_t limit;
    size_t count;
    bool more; /* than the limit */
    struct page_row *
        *rows; /* room for twice the limit; sorted up to the limit once `more` is set */
};

static bool page_begin(struct page *p, int32_t limit)
{
    p->limit = limit == 0 ? LIMIT_QUERY_ROWS : (size_t)limit;
    struct page_row *rows = query_alloc(p->q, 2 * p->limit * sizeof(*rows));
    p->rows = query_alloc(p->q, 2 * p->limit * sizeof(struct page_row *));
    if (rows == NULL || p->rows == NULL)
        return false;
    for (size_t i = 0; i < 2 * p->limit; i++)
        p->rows[i] = &rows[i];
    return true;
}

static int compare_rows(const void *context, const void *a, const void *b)
{
    (void)context;
    return memcmp((*(struct page_row *const *)a)->key, (*(struct page_row *const *)b)->key,
                  LIMIT_HASH_BYTES);
}

/* The lowest keys first, and no more than the limit. */
static void page_cut(struct page *p)
{
    sort_items(p->rows, p->count, sizeof(struct page_row *), compare_rows, NULL);
    if (p->count <= p->limit)
        return;
    p->count = p->limit;
    p->more = true;
}

static bool page_beyond(const struct page *p, const uint8_t key[LIMIT_HASH_BYTES])
{
    return p->more && memcmp(key, p->rows[p->limit - 1]->key, LIMIT_HASH_BYTES) > 0;
}

static bool page_wants(const struct page *p, const uint8_t key[LIMIT_HASH_BYTES])
{
    return (!p->started || memcmp(key, p->after, LIMIT_HASH_BYTES) > 0) && !page_beyond(p, key);
}

static struct page_row *page_add(struct page *p, const uint8_t key[LIMIT_HASH_BYTES])
{
    if (p->count == 2 * p->limit)
        page_cut(p);
    struct page_row *row = p->rows[p->count++];
    memcpy(row->key, key, sizeof(row->key));
    return row;
}

/* ---- Charges ----------------------------------------------------------------------------------
 */

static void key_of_number(uint64_t number, uint8_t key[LIMIT_HASH_BYTES])
{
    struct writer w = {key, 0, LIMIT_HASH_BYTES, false};

    memset(key, 0, LIMIT_HASH_BYTES);
    put_u64(&w, number);
}

/* Of a scoped key's charges those with a service are told here, the others with their vouchers. */
static bool charge_wanted(const struct query *q, const struct charge_row *c)
{
    if (c->is_command || (query_is_provider(q) && c->owner != q->key->provider))
        return false;
    return c->service == 0 || !row_exists(q->ledger, ROW_SERVICE, c->service) ||
           query_in_scope(q, ROW_AT(service, q->ledger, ROW_SERVICE, c->service)->organiser);
}

static bool charge_row_seen(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                            size_t value_len)
{
    struct page *p = arg;
    const struct ledger *l = p->q->ledger;
    struct reader number = {key, key_len, key_len < 8 ? 0 : key_len - 8, false};
    uint8_t place[LIMIT_HASH_BYTES];
    struct charge_row c;

    key_of_number(get_u64(&number), place);
    if (!page_wants(p, place))
        return true;
    if (!row_peek(l, ROW_CHARGE, (struct row_bytes){key, key_len, value, value_len}, &c)) {
        p->q->fault = FAULT_CORRUPT;
        return false;
    }
    uint32_t item = charge_find(l, c.id, c.owner);
    if ((item == 0 || !query_row_changed(p->q, ROW_CHARGE, item)) && charge_wanted(p->q, &c))
        page_add(p, place)->row.charge = c;
    return true;
}

static void charge_changed(struct query *q, uint32_t item, void *arg)
{
    struct page *p = arg;
    const struct charge_row *c = ROW_AT(charge_row, q->ledger, ROW_CHARGE, item);
    uint8_t place[LIMIT_HASH_BYTES];

    key_of_number(c->number, place);
    if (page_wants(p, place) && charge_wanted(q, c) && calendar_local_day(c->recorded_ms) == p->day)
        page_add(p, place)->row.charge = *c;
}

static Saldo__V1__ChargeStatus *charge_of(struct query *q, const struct charge_row *c)
{
    Saldo__V1__ChargeStatus *out = NULL;

    if (query_charge_in_scope(q, c) && (out = QUERY_NEW(q, charge_status)) != NULL)
        query_charge_fill(q, c, out);
    return out;
}

enum outcome query_charges(struct query *q, const Saldo__V1__ChargesQuery *in,
                           Saldo__V1__Reply *reply)
{
    struct page p = {.q = q, .day = in->business_day, .started = in->after_number != 0};
    Saldo__V1__Charges *out = QUERY_NEW(q, charges);
    struct pile pile = {NULL, 0, 0};

    if (!query_is_office(q) && !query_is_provider(q))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (in->business_day < LIMIT_DAY_FIRST || in->business_day > LIMIT_DAY_LAST || in->limit < 0 ||
        in->limit > LIMIT_QUERY_ROWS)
        return OUTCOME_FIELD_INVALID;
    if (out == NULL || !page_begin(&p, in->limit))
        return OUTCOME_LIMIT_REACHED;
    key_of_number(in->after_number, p.after);
    query_scan_days(q, (struct days){ROW_CHARGE, p.day, true}, charge_row_seen, &p);
    query_changed_rows(q, ROW_CHARGE, charge_changed, &p);
    page_cut(&p);
    for (size_t i = 0; i < p.count; i++)
        pile_add(q, &pile, charge_of(q, &p.rows[i]->row.charge));
    out->n_charges = pile.count;
    out->charges = (Saldo__V1__ChargeStatus **)pile.items;
    out->next = p.more ? p.rows[p.limit - 1]->row.charge.number : 0;
    reply->result_case = SALDO__V1__REPLY__RESULT_CHARGES;
    reply->charges = out;
    return OUTCOME_ACCEPTED;
}

/* ---- Lines of the bank ------------------------------------------------------------------------
 */

static bool bank_line_seen(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                           size_t value_len)
{
    struct page *p = arg;
    const struct ledger *l = p->q->ledger;
    struct bank_line b;

    if (!row_peek(l, ROW_BANK_LINE, (struct row_bytes){key, key_len, value, value_len}, &b)) {
        p->q->fault = FAULT_CORRUPT;
        return false;
    }
    uint32_t item = bank_line_find(l, b.line);
    if (page_wants(p, b.line) && query_in_scope(p->q, b.organiser) &&
        (item == 0 || !query_row_changed(p->q, ROW_BANK_LINE, item)))
        page_add(p, b.line)->row.line = b;
    return !page_beyond(p, b.line); /* they come in their order */
}

static void bank_line_changed(struct query *q, uint32_t item, void *arg)
{
    struct page *p = arg;
    const struct bank_line *b = ROW_AT(bank_line, q->ledger, ROW_BANK_LINE, item);

    if (page_wants(p, b->line) && query_in_scope(q, b->organiser))
        page_add(p, b->line)->row.line = *b;
}

static Saldo__V1__BankLineFacts *facts_of(struct query *q, const struct bank_facts *f)
{
    Saldo__V1__BankLineFacts *out = NULL;

    if (f->entry_cents == 0 || (out = QUERY_NEW(q, bank_line_facts)) == NULL)
        return NULL;
    out->notification = f->notification;
    out->returned = f->returned;
    out->whole = f->whole;
    out->account = query_text(q, f->text[FACT_ACCOUNT].text);
    out->end_to_end_id = query_text(q, f->text[FACT_END_TO_END_ID].text);
    out->instruction_id = query_text(q, f->text[FACT_INSTRUCTION_ID].text);
    out->payment_id = query_text(q, f->text[FACT_PAYMENT_ID].text);
    out->reference = query_text(q, f->text[FACT_REFERENCE].text);
    out->iban = query_text(q, f->text[FACT_IBAN].text);
    out->entry_ref = query_text(q, f->text[FACT_ENTRY_REF].text);
    out->entry_cents = f->entry_cents;
    return out;
}

static Saldo__V1__BankLine *bank_line_of(struct query *q, const struct bank_line *b)
{
    Saldo__V1__BankLine *out = QUERY_NEW(q, bank_line);

    if (out == NULL)
        return NULL;
    out->line = query_bytes(q, b->line, sizeof(b->line));
    out->kind = (Saldo__V1__BankEventKind)b->kind;
    out->organiser = query_organiser(q, b->organiser);
    out->provider = query_provider(q, b->provider);
    out->run_day = b->run_day;
    out->cents = b->cents;
    out->credit = b->credit;
    out->day = b->day;
    out->reason = query_text(q, b->reason.text);
    out->file = query_text(q, b->file.text);
    out->number = b->number;
    out->facts = facts_of(q, &b->facts);
    out->by_hand = b->by_hand;
    out->decided_number = b->decided_number;
    out->closed = b->closed_by != 0;
    out->closed_reason = query_text(q, b->closed_reason.text);
    out->closed_by = query_person(q, b->closed_by);
    return out;
}

enum outcome query_bank_lines(struct query *q, const Saldo__V1__BankLinesQuery *in,
                              Saldo__V1__Reply *reply)
{
    struct page p = {.q = q, .started = in->after.len != 0};
    Saldo__V1__BankLines *out = QUERY_NEW(q, bank_lines);
    struct pile pile = {NULL, 0, 0};

    if (!query_is_office(q))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if ((p.started && in->after.len != LIMIT_HASH_BYTES) || in->limit < 0 ||
        in->limit > LIMIT_QUERY_ROWS)
        return OUTCOME_FIELD_INVALID;
    if (out == NULL || !page_begin(&p, in->limit))
        return OUTCOME_LIMIT_REACHED;
    if (p.started)
        memcpy(p.after, in->after.data, sizeof(p.after));
    enum fault f = q->source->scan(q->source->context, ROW_BANK_LINE, NULL, 0, p.after,
                                   in->after.len, bank_line_seen, &p);
    if (f != FAULT_NONE && q->fault == FAULT_NONE)
        q->fault = f;
    query_changed_rows(q, ROW_BANK_LINE, bank_line_changed, &p);
    page_cut(&p);
    for (size_t i = 0; i < p.count; i++)
        pile_add(q, &pile, bank_line_of(q, &p.rows[i]->row.line));
    out->n_lines = pile.count;
    out->lines = (Saldo__V1__BankLine **)pile.items;
    if (p.more)
        out->next = query_bytes(q, p.rows[p.limit - 1]->key, LIMIT_HASH_BYTES);
    reply->result_case = SALDO__V1__REPLY__RESULT_BANK_LINES;
    reply->bank_lines = out;
    return OUTCOME_ACCEPTED;
}
