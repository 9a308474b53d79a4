/* query_night.c - what the nights brought: batches, payouts, and what is owed. */
#include "ledger/query.h"
#include "ledger/sort.h"

static enum fault scan_from(struct query *q, enum row_kind kind, int32_t day, int32_t prefix_day,
                            bool (*row)(void *arg, const uint8_t *key, size_t key_len,
                                        const uint8_t *value, size_t value_len),
                            void *arg)
{
    uint8_t prefix[4];
    uint8_t start[4];
    struct writer p = {prefix, 0, sizeof(prefix), false};
    struct writer s = {start, 0, sizeof(start), false};

    if (prefix_day != 0)
        put_i32(&p, prefix_day);
    put_i32(&s, day);
    enum fault f = q->source->scan(q->source->context, kind, prefix, p.len, start, s.len, row, arg);
    if (f != FAULT_NONE && q->fault == FAULT_NONE)
        q->fault = f;
    return f;
}

/* ---- Batches -------------------------------------------------------------------------------- */

struct lines {
    struct query *q;
    int32_t day;
    struct pile pile;
};

static void add_line(struct lines *b, const struct tally *t)
{
    if (t->rows == 0 || !query_may_see(b->q, t->organiser, t->provider))
        return;
    Saldo__V1__BatchLine *line = QUERY_NEW(b->q, batch_line);
    if (line == NULL)
        return;
    line->organiser = query_organiser(b->q, t->organiser);
    line->provider = query_provider(b->q, t->provider);
    line->rows = t->rows;
    line->cents = t->cents;
    line->credit_rows = t->credit_rows;
    line->credit_cents = t->credit_cents;
    pile_add(b->q, &b->pile, line);
}

static bool line_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct lines *b = arg;
    struct tally t;

    if (!row_peek(b->q->ledger, ROW_TALLY, (struct row_bytes){key, key_len, value, value_len},
                  &t)) {
        b->q->fault = FAULT_CORRUPT;
        return false;
    }
    uint32_t item = tally_find(b->q->ledger, t.day, t.organiser, t.provider);
    if (item == 0 || !query_row_changed(b->q, ROW_TALLY, item))
        add_line(b, &t);
    return !b->q->full;
}

static void line_changed(struct query *q, uint32_t item, void *arg)
{
    struct lines *b = arg;
    const struct tally *t = ROW_AT(tally, q->ledger, ROW_TALLY, item);

    if (t->day == b->day)
        add_line(b, t);
}

static int compare_lines(const void *context, const void *a, const void *b)
{
    const Saldo__V1__BatchLine *x = *(Saldo__V1__BatchLine *const *)a;
    const Saldo__V1__BatchLine *y = *(Saldo__V1__BatchLine *const *)b;
    int order = strcmp(x->organiser, y->organiser);

    (void)context;
    return order != 0 ? order : strcmp(x->provider, y->provider);
}

enum outcome query_batch(struct query *q, const Saldo__V1__BatchQuery *in, Saldo__V1__Reply *reply)
{
    struct lines lines = {.q = q, .day = in->day};
    Saldo__V1__Batch *out = QUERY_NEW(q, batch);

    if (in->day < LIMIT_DAY_FIRST || in->day > LIMIT_DAY_LAST)
        return OUTCOME_FIELD_INVALID;
    if (in->day > q->ledger->meta.settled_through)
        return OUTCOME_ROW_UNKNOWN;
    uint32_t item = query_batch_row(q, in->day);
    if (item == 0)
        return OUTCOME_ROW_UNKNOWN;
    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    const struct batch *b = ROW_AT(batch, q->ledger, ROW_BATCH, item);
    out->day = b->day;
    out->rows = b->rows;
    out->cents = b->cents;
    out->number = b->number;
    out->hash = query_bytes(q, b->hash, sizeof(b->hash));
    scan_from(q, ROW_TALLY, in->day, in->day, line_row, &lines);
    query_changed_rows(q, ROW_TALLY, line_changed, &lines);
    sort_items(lines.pile.items, lines.pile.count, sizeof(void *), compare_lines, NULL);
    out->n_lines = lines.pile.count;
    out->lines = (Saldo__V1__BatchLine **)lines.pile.items;
    reply->result_case = SALDO__V1__REPLY__RESULT_BATCH;
    reply->batch = out;
    return OUTCOME_ACCEPTED;
}

/* ---- Payouts -------------------------------------------------------------------------------- */

struct runs {
    struct query *q;
    int32_t from;
    int32_t to;
    struct pile pile;
};

static const char *payout_state_text(int32_t state)
{
    switch ((enum payout_state)state) {
    case PAYOUT_PLANNED:
        return "PLANNED";
    case PAYOUT_HELD:
        return "HELD";
    case PAYOUT_CARRIED:
        return "CARRIED";
    }
    return "";
}

static const char *payout_reason_text(int32_t reason)
{
    switch ((enum payout_reason)reason) {
    case PAYOUT_REASON_NONE:
        return "";
    case PAYOUT_REASON_BLOCKED:
        return "BLOCKED";
    case PAYOUT_REASON_NO_ACCOUNT:
        return "NO_ACCOUNT";
    case PAYOUT_REASON_ACCOUNT_CHANGE:
        return "ACCOUNT_CHANGE";
    case PAYOUT_REASON_NOT_POSITIVE:
        return "NOT_POSITIVE";
    case PAYOUT_REASON_MINIMUM:
        return "MINIMUM";
    }
    return "";
}

static void add_payout(struct runs *r, const struct payout *p)
{
    if (!query_may_see(r->q, p->organiser, p->provider))
        return;
    Saldo__V1__Payout *out = QUERY_NEW(r->q, payout);
    if (out == NULL)
        return;
    out->organiser = query_organiser(r->q, p->organiser);
    out->provider = query_provider(r->q, p->provider);
    out->run_day = p->run_day;
    out->execution_day = p->execution_day;
    out->cents = p->cents;
    out->state = query_text(r->q, payout_state_text(p->state));
    out->reason = query_text(r->q, payout_reason_text(p->reason));
    pile_add(r->q, &r->pile, out);
}

static bool payout_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                       size_t value_len)
{
    struct runs *r = arg;
    struct payout p;

    if (!row_peek(r->q->ledger, ROW_PAYOUT, (struct row_bytes){key, key_len, value, value_len},
                  &p)) {
        r->q->fault = FAULT_CORRUPT;
        return false;
    }
    if (p.run_day > r->to)
        return false;
    uint32_t item = payout_find(r->q->ledger, p.run_day, p.organiser, p.provider);
    if (item == 0 || !query_row_changed(r->q, ROW_PAYOUT, item))
        add_payout(r, &p);
    return !r->q->full;
}

static void payout_changed(struct query *q, uint32_t item, void *arg)
{
    struct runs *r = arg;
    const struct payout *p = ROW_AT(payout, q->ledger, ROW_PAYOUT, item);

    if (p->run_day >= r->from && p->run_day <= r->to)
        add_payout(r, p);
}

static int compare_payouts(const void *context, const void *a, const void *b)
{
    const Saldo__V1__Payout *x = *(Saldo__V1__Payout *const *)a;
    const Saldo__V1__Payout *y = *(Saldo__V1__Payout *const *)b;

    (void)context;
    if (x->run_day != y->run_day)
        return x->run_day < y->run_day ? -1 : 1;
    int order = strcmp(x->organiser, y->organiser);
    return order != 0 ? order : strcmp(x->provider, y->provider);
}

enum outcome query_payouts(struct query *q, const Saldo__V1__PayoutsQuery *in,
                           Saldo__V1__Reply *reply)
{
    struct runs runs = {.q = q, .from = in->from_day, .to = in->to_day};
    Saldo__V1__Payouts *out = QUERY_NEW(q, payouts);

    if (runs.to == 0)
        runs.to = LIMIT_DAY_LAST;
    if (runs.from < 0 || runs.to < runs.from)
        return OUTCOME_FIELD_INVALID;
    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    scan_from(q, ROW_PAYOUT, runs.from, 0, payout_row, &runs);
    query_changed_rows(q, ROW_PAYOUT, payout_changed, &runs);
    sort_items(runs.pile.items, runs.pile.count, sizeof(void *), compare_payouts, NULL);
    out->n_payouts = runs.pile.count;
    out->payouts = (Saldo__V1__Payout **)runs.pile.items;
    reply->result_case = SALDO__V1__REPLY__RESULT_PAYOUTS;
    reply->payouts = out;
    return OUTCOME_ACCEPTED;
}

/* ---- Payables: always in memory ------------------------------------------------------------- */

static Saldo__V1__Payable *payable_of(struct query *q, const struct account *a)
{
    Saldo__V1__Payable *out = QUERY_NEW(q, payable);

    if (out == NULL)
        return NULL;
    out->organiser = query_organiser(q, a->organiser);
    out->provider = query_provider(q, a->provider);
    out->cents = a->payable - a->in_payouts;
    out->in_payouts = a->in_payouts;
    return out;
}

static int compare_payables(const void *context, const void *a, const void *b)
{
    const Saldo__V1__Payable *x = *(Saldo__V1__Payable *const *)a;
    const Saldo__V1__Payable *y = *(Saldo__V1__Payable *const *)b;
    int order = strcmp(x->organiser, y->organiser);

    (void)context;
    return order != 0 ? order : strcmp(x->provider, y->provider);
}

enum outcome query_payables(struct query *q, Saldo__V1__Reply *reply)
{
    const struct ledger *l = q->ledger;
    Saldo__V1__Payables *out = QUERY_NEW(q, payables);
    struct pile pile = {NULL, 0, 0};

    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    for (uint32_t item = 1; item < l->table[ROW_ACCOUNT].pool.used; item++) {
        const struct account *a = ROW_AT(account, l, ROW_ACCOUNT, item);
        if (a->provider == 0 || !query_may_see(q, a->organiser, a->provider))
            continue;
        if (a->payable != 0 || a->in_payouts != 0)
            pile_add(q, &pile, payable_of(q, a));
    }
    sort_items(pile.items, pile.count, sizeof(void *), compare_payables, NULL);
    out->n_payables = pile.count;
    out->payables = (Saldo__V1__Payable **)pile.items;
    reply->result_case = SALDO__V1__REPLY__RESULT_PAYABLES;
    reply->payables = out;
    return OUTCOME_ACCEPTED;
}
