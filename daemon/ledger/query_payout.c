/* query_payout.c - payouts and their runs, and what is owed. */
#include "ledger/query.h"
#include "ledger/sort.h"
#include "payment.h"

/* ---- Payouts -------------------------------------------------------------------------------- */

struct payouts {
    struct query *q;
    int32_t from;
    int32_t to;
    struct pile pile;
};

static const char *payout_state_text(enum payout_state state)
{
    switch (state) {
    case PAYOUT_PLANNED:
        return "PLANNED";
    case PAYOUT_HELD:
        return "HELD";
    case PAYOUT_CARRIED:
        return "CARRIED";
    case PAYOUT_EXPORTED:
        return "EXPORTED";
    case PAYOUT_ACCEPTED:
        return "ACCEPTED";
    case PAYOUT_PAID:
        return "PAID";
    case PAYOUT_REJECTED:
        return "REJECTED";
    case PAYOUT_RETURNED:
        return "RETURNED";
    }
    return "";
}

static const char *payout_reason_text(enum payout_reason reason)
{
    switch (reason) {
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
    case PAYOUT_REASON_BANK:
        return "BANK";
    case PAYOUT_REASON_NAME:
        return "NAME";
    }
    return "";
}

/* What the bank calls it. */
static void add_names(struct query *q, const struct payout *p, Saldo__V1__Payout *out)
{
    char id[PAYMENT_ID_SIZE];
    char reference[PAYMENT_REFERENCE_SIZE];
    const struct payment names = {
        .ledger_id = q->ledger->genesis.ledger_id,
        .run_day = p->run_day,
        .organiser = text_of(ROW_AT(organiser, q->ledger, ROW_ORGANISER, p->organiser)->code.text),
        .provider = text_of(ROW_AT(provider, q->ledger, ROW_PROVIDER, p->provider)->id.text),
    };

    payment_end_to_end_id(&names, id);
    payment_reference(p->run_day, p->provider, reference);
    out->end_to_end_id = query_text(q, id);
    out->reference = query_text(q, reference);
}

/* Of the moment when it left; before, as it stands now. */
static void add_payee(struct query *q, const struct payout *p, Saldo__V1__Payout *out)
{
    const struct provider *now = ROW_AT(provider, q->ledger, ROW_PROVIDER, p->provider);
    bool left = payout_left(p);

    out->iban = query_text(q, left ? p->iban : now->iban);
    out->account_name = query_text(q, left ? p->account_name.text : now->account_name.text);
    out->business_id = query_text(q, left ? p->business_id : now->business_id);
}

static void add_payout(struct payouts *r, const struct payout *p)
{
    struct payout_standing now = payout_standing(r->q->ledger, p);

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
    out->state = query_text(r->q, payout_state_text(now.state));
    out->reason = query_text(r->q, payout_reason_text(now.reason));
    out->bank_reason = query_text(r->q, p->bank_reason.text);
    out->booked_day = p->booked_day;
    out->in_transit = payout_in_transit(p);
    out->booked_by_statement = p->booked_by[TOLD_BY_STATEMENT];
    out->booked_by_notification = p->booked_by[TOLD_BY_NOTIFICATION];
    out->returned_by_statement = p->returned_by[TOLD_BY_STATEMENT];
    out->returned_by_notification = p->returned_by[TOLD_BY_NOTIFICATION];
    add_names(r->q, p, out);
    add_payee(r->q, p, out);
    pile_add(r->q, &r->pile, out);
}

static bool payout_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                       size_t value_len)
{
    struct payouts *r = arg;
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
    struct payouts *r = arg;
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
    struct payouts runs = {.q = q, .from = in->from_day, .to = in->to_day};
    Saldo__V1__Payouts *out = QUERY_NEW(q, payouts);

    if (runs.to == 0)
        runs.to = LIMIT_DAY_LAST;
    if (runs.from < 0 || runs.to < runs.from)
        return OUTCOME_FIELD_INVALID;
    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    query_scan_days(q, (struct days){ROW_PAYOUT, runs.from, false}, payout_row, &runs);
    query_changed_rows(q, ROW_PAYOUT, payout_changed, &runs);
    sort_items(runs.pile.items, runs.pile.count, sizeof(void *), compare_payouts, NULL);
    out->n_payouts = runs.pile.count;
    out->payouts = (Saldo__V1__Payout **)runs.pile.items;
    reply->result_case = SALDO__V1__REPLY__RESULT_PAYOUTS;
    reply->payouts = out;
    return OUTCOME_ACCEPTED;
}

/* ---- Runs -------------------------------------------------------------------------------------
 */

struct runs {
    struct query *q;
    int32_t from;
    int32_t to;
    struct pile pile; /* of struct run: their payouts are asked for after the scan */
};

static void add_run(struct runs *s, const struct run *r)
{
    struct run *copy;

    if (!query_in_scope(s->q, r->organiser) || (copy = query_alloc(s->q, sizeof(*copy))) == NULL)
        return;
    *copy = *r;
    pile_add(s->q, &s->pile, copy);
}

static bool run_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                    size_t value_len)
{
    struct runs *s = arg;
    struct run r;

    if (!row_peek(s->q->ledger, ROW_RUN, (struct row_bytes){key, key_len, value, value_len}, &r)) {
        s->q->fault = FAULT_CORRUPT;
        return false;
    }
    if (r.day > s->to)
        return false;
    uint32_t item = run_find(s->q->ledger, r.day, r.organiser);
    if (item == 0 || !query_row_changed(s->q, ROW_RUN, item))
        add_run(s, &r);
    return !s->q->full;
}

static void run_changed(struct query *q, uint32_t item, void *arg)
{
    struct runs *s = arg;
    const struct run *r = ROW_AT(run, q->ledger, ROW_RUN, item);

    if (r->day >= s->from && r->day <= s->to)
        add_run(s, r);
}

static void add_payer(struct query *q, const struct run *r, Saldo__V1__Run *out)
{
    const struct organiser *now = ROW_AT(organiser, q->ledger, ROW_ORGANISER, r->organiser);
    bool released = r->released_by != 0;

    out->iban = query_text(q, released ? r->iban : now->iban);
    out->account_name = query_text(q, released ? r->account_name.text : now->account_name.text);
}

static Saldo__V1__Run *run_of(struct query *q, const struct run *r)
{
    Saldo__V1__Run *out = QUERY_NEW(q, run);
    struct run_figures figures = r->prepared;

    if (out == NULL)
        return NULL;
    if (r->released_by == 0 && query_run_payouts(q, r))
        figures = run_figures(q->ledger, r);
    out->organiser = query_organiser(q, r->organiser);
    out->run_day = r->day;
    out->execution_day = r->execution_day;
    out->payouts = figures.payouts;
    out->cents = figures.cents;
    out->state = query_text(q, r->released_by != 0   ? "RELEASED"
                               : r->prepared_by != 0 ? "PREPARED"
                                                     : "OPEN");
    out->prepared_by = query_person(q, r->prepared_by);
    out->released_by = query_person(q, r->released_by);
    out->prepared_number = r->prepared_number;
    out->released_number = r->released_number;
    out->released_ms = r->released_ms;
    out->debited_by_statement = r->debited_by[TOLD_BY_STATEMENT];
    out->debited_by_notification = r->debited_by[TOLD_BY_NOTIFICATION];
    add_payer(q, r, out);
    return out;
}

static int compare_runs(const void *context, const void *a, const void *b)
{
    const struct ledger *l = context;
    const struct run *x = *(struct run *const *)a;
    const struct run *y = *(struct run *const *)b;

    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return strcmp(ROW_AT(organiser, l, ROW_ORGANISER, x->organiser)->code.text,
                  ROW_AT(organiser, l, ROW_ORGANISER, y->organiser)->code.text);
}

enum outcome query_runs(struct query *q, const Saldo__V1__RunsQuery *in, Saldo__V1__Reply *reply)
{
    struct runs runs = {.q = q, .from = in->from_day, .to = in->to_day};
    Saldo__V1__Runs *out = QUERY_NEW(q, runs);

    if (!query_is_office(q))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (runs.to == 0)
        runs.to = LIMIT_DAY_LAST;
    if (runs.from < 0 || runs.to < runs.from)
        return OUTCOME_FIELD_INVALID;
    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    query_scan_days(q, (struct days){ROW_RUN, runs.from, false}, run_row, &runs);
    query_changed_rows(q, ROW_RUN, run_changed, &runs);
    sort_items(runs.pile.items, runs.pile.count, sizeof(void *), compare_runs, q->ledger);
    for (size_t i = 0; i < runs.pile.count && q->fault == FAULT_NONE && !q->full; i++)
        runs.pile.items[i] = run_of(q, runs.pile.items[i]);
    out->n_runs = runs.pile.count;
    out->runs = (Saldo__V1__Run **)runs.pile.items;
    reply->result_case = SALDO__V1__REPLY__RESULT_RUNS;
    reply->runs = out;
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
