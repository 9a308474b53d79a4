/* query_run.c - payout runs, a page at a time.
 *
 * What a run that is not released would pay depends on its payouts as they stand now. They are
 * summed up where they are, and none is brought into memory: a run may have as many as there are
 * providers. A page ends with the run whose payouts make it LIMIT_QUERY_EXAMINED rows or more. */
#include "ledger/query_page.h"

#define RUN_BYTES 8 /* of a run's key */

struct runs {
    struct page page;
    int32_t from;
    int32_t to;
    struct run_figures *figures; /* of the rows of the page, as they are listed */
};

/* ---- The runs ------------------------------------------------------------------------------- */

static bool run_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                    size_t value_len)
{
    struct runs *s = arg;
    struct query *q = s->page.q;
    uint8_t place[PAGE_KEY];
    struct run r;

    if (!query_peek(q, ROW_RUN, (struct row_bytes){key, key_len, value, value_len}, &r))
        return false;
    page_key(place, key, key_len);
    if (r.day > s->to)
        return false;
    uint32_t item = run_find(q->ledger, r.day, r.organiser);
    if (page_wants(&s->page, place) && query_in_scope(q, r.organiser) &&
        !query_row_changed(q, ROW_RUN, item))
        page_add(&s->page, place, &r, sizeof(r));
    return page_look(&s->page, place);
}

static void run_changed(struct query *q, uint32_t item, void *arg)
{
    struct runs *s = arg;
    const struct run *r = ROW_AT(run, q->ledger, ROW_RUN, item);
    uint8_t bytes[LEDGER_KEY_MAX];
    uint8_t place[PAGE_KEY];

    if (r->day < s->from || r->day > s->to || !query_in_scope(q, r->organiser))
        return;
    page_key(place, bytes, row_key_run(r->day, r->organiser, bytes));
    if (page_wants(&s->page, place))
        page_add(&s->page, place, r, sizeof(*r));
}

static void runs_scan(struct runs *s)
{
    uint8_t first[PAGE_KEY] = {0};
    struct writer w = {first, 0, sizeof(first), false};

    put_i32(&w, s->from);
    const uint8_t *start = first;
    if (s->page.started && memcmp(s->page.after, first, PAGE_KEY) > 0)
        start = s->page.after;
    page_fill(&s->page, (struct scan){ROW_RUN, NULL, 0, start, RUN_BYTES}, run_row, run_changed, s);
}

/* ---- Their figures -------------------------------------------------------------------------- */

static void figures_add(const struct ledger *l, const struct payout *p, struct run_figures *f)
{
    if (payout_standing(l, p).state != PAYOUT_PLANNED)
        return;
    f->payouts++;
    f->cents += p->cents;
}

struct summing {
    struct query *q;
    struct run_figures *figures;
    size_t examined;
};

static bool summed_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                       size_t value_len)
{
    struct summing *s = arg;
    const struct ledger *l = s->q->ledger;
    struct payout p;

    s->examined++;
    if (!query_peek(s->q, ROW_PAYOUT, (struct row_bytes){key, key_len, value, value_len}, &p))
        return false;
    uint32_t item = payout_find(l, p.run_day, p.organiser, p.provider);
    if (!query_row_changed(s->q, ROW_PAYOUT, item))
        figures_add(l, &p, s->figures);
    return true;
}

/* A payout in memory belongs to one of the page's runs, or to none. */
static void summed_changed(struct query *q, uint32_t item, void *arg)
{
    struct runs *s = arg;
    const struct payout *p = ROW_AT(payout, q->ledger, ROW_PAYOUT, item);
    uint8_t bytes[LEDGER_KEY_MAX];
    uint8_t key[PAGE_KEY];
    size_t low = 0, high = s->page.count;

    page_key(key, bytes, row_key_run(p->run_day, p->organiser, bytes));
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = memcmp(s->page.rows[mid]->key, key, PAGE_KEY);
        if (order == 0) {
            const struct run *r = s->page.rows[mid]->row;
            if (r->released_by == 0)
                figures_add(q->ledger, p, &s->figures[mid]);
            return;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
}

/* False: no room. */
static bool runs_sum(struct query *q, struct runs *s)
{
    struct summing sum = {.q = q};
    struct page *p = &s->page;

    s->figures = query_alloc(q, (p->count + 1) * sizeof(*s->figures));
    if (s->figures == NULL)
        return false;
    for (size_t i = 0; i < p->count; i++) {
        const struct run *r = p->rows[i]->row;
        s->figures[i] = r->released_by != 0 ? r->prepared : (struct run_figures){0};
        if (r->released_by != 0)
            continue;
        uint8_t prefix[LEDGER_KEY_MAX];
        size_t len = row_key_run(r->day, r->organiser, prefix);
        sum.figures = &s->figures[i];
        query_scan(q, (struct scan){ROW_PAYOUT, prefix, len, prefix, len}, summed_row, &sum);
        if (sum.examined >= LIMIT_QUERY_EXAMINED && i + 1 < p->count)
            page_shorten(p, i + 1);
    }
    query_changed_rows(q, ROW_PAYOUT, summed_changed, s);
    return true;
}

/* ---- The answer ----------------------------------------------------------------------------- */

static void add_payer(struct query *q, const struct run *r, Saldo__V1__Run *out)
{
    const struct organiser *now = ROW_AT(organiser, q->ledger, ROW_ORGANISER, r->organiser);
    bool released = r->released_by != 0;

    out->iban = query_text(q, released ? r->iban : now->iban);
    out->account_name = query_text(q, released ? r->account_name.text : now->account_name.text);
}

static Saldo__V1__Run *run_of(struct query *q, const struct run *r, struct run_figures figures)
{
    static const uint8_t unsigned_payees[LIMIT_HASH_BYTES];
    Saldo__V1__Run *out = QUERY_NEW(q, run);

    if (out == NULL)
        return NULL;
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
    if (memcmp(r->prepared.payees, unsigned_payees, sizeof(unsigned_payees)) != 0)
        out->payees = query_bytes(q, r->prepared.payees, sizeof(r->prepared.payees));
    out->debited_by_statement = r->debited_by[TOLD_BY_STATEMENT];
    out->debited_by_notification = r->debited_by[TOLD_BY_NOTIFICATION];
    add_payer(q, r, out);
    return out;
}

enum outcome query_runs(struct query *q, const Saldo__V1__RunsQuery *in, Saldo__V1__Reply *reply)
{
    struct runs s = {.page = {.q = q}};
    Saldo__V1__Runs *out = QUERY_NEW(q, runs);
    struct pile pile = {NULL, 0, 0};
    const uint8_t *next;
    size_t limit;

    if (!query_is_office(q))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (!page_limit(in->limit, &limit) || !query_days(in->from_day, in->to_day, &s.from, &s.to) ||
        !page_from_text(&s.page, in->after, RUN_BYTES))
        return OUTCOME_FIELD_INVALID;
    if (out == NULL || !page_begin(&s.page, limit, sizeof(struct run)))
        return OUTCOME_LIMIT_REACHED;
    runs_scan(&s);
    if (!runs_sum(q, &s))
        return OUTCOME_LIMIT_REACHED;
    for (size_t i = 0; i < s.page.count; i++)
        pile_add(q, &pile, run_of(q, s.page.rows[i]->row, s.figures[i]));
    out->n_runs = pile.count;
    out->runs = (Saldo__V1__Run **)pile.items;
    if ((next = page_next(&s.page)) != NULL)
        out->next = page_text(q, next, RUN_BYTES);
    reply->result_case = SALDO__V1__REPLY__RESULT_RUNS;
    reply->runs = out;
    return OUTCOME_ACCEPTED;
}
