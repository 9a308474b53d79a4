/* query_payout.c - payouts, and what is owed. */
#include "ledger/query_page.h"
#include "payment.h"

/* ---- Payouts -------------------------------------------------------------------------------- */

/* In the order of their rows: by run day, then as organisers and providers were registered. */
struct place {
    int32_t day;
    uint32_t organiser;
    uint32_t provider;
};
#define PLACE_BYTES 12 /* of a payout's key */

struct payouts {
    struct page page;
    int32_t from;
    int32_t to;
    uint32_t organiser; /* 0: all */
    uint32_t provider;
    struct place at; /* where to go on in the tables */
    bool jump;       /* to `at`, over rows that are not asked for */
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

static Saldo__V1__Payout *payout_of(struct query *q, const struct payout *p)
{
    struct payout_standing now = payout_standing(q->ledger, p);
    Saldo__V1__Payout *out = QUERY_NEW(q, payout);

    if (out == NULL)
        return NULL;
    out->organiser = query_organiser(q, p->organiser);
    out->provider = query_provider(q, p->provider);
    out->run_day = p->run_day;
    out->execution_day = p->execution_day;
    out->cents = p->cents;
    out->state = query_text(q, payout_state_text(now.state));
    out->reason = query_text(q, payout_reason_text(now.reason));
    out->bank_reason = query_text(q, p->bank_reason.text);
    out->booked_day = p->booked_day;
    out->in_transit = payout_in_transit(p);
    out->booked_by_statement = p->booked_by[TOLD_BY_STATEMENT];
    out->booked_by_notification = p->booked_by[TOLD_BY_NOTIFICATION];
    out->returned_by_statement = p->returned_by[TOLD_BY_STATEMENT];
    out->returned_by_notification = p->returned_by[TOLD_BY_NOTIFICATION];
    add_names(q, p, out);
    add_payee(q, p, out);
    return out;
}

/* The first place from this one on where a payout can be that is asked for. */
static struct place place_lift(const struct payouts *s, struct place at)
{
    if (at.day < s->from)
        at = (struct place){s->from, 0, 0};
    if (s->organiser != 0 && at.organiser != s->organiser) {
        at.day += at.organiser > s->organiser;
        at.organiser = s->organiser;
        at.provider = 0;
    }
    if (s->provider == 0)
        return at;
    if (at.provider > s->provider && s->organiser != 0)
        at.day++;
    else if (at.provider > s->provider)
        at.organiser++;
    at.provider = s->provider;
    return at;
}

static bool payout_wanted(const struct payouts *s, const struct payout *p)
{
    return p->run_day >= s->from && p->run_day <= s->to &&
           (s->organiser == 0 || s->organiser == p->organiser) &&
           (s->provider == 0 || s->provider == p->provider);
}

static void place_key(struct place at, uint8_t key[PAGE_KEY])
{
    uint8_t bytes[LEDGER_KEY_MAX];

    page_key(key, bytes, row_key_payout(at.day, at.organiser, at.provider, bytes));
}

/* Go on at the next place that can be asked for, unless enough was looked at; the next page then
 * begins there. */
static void jump_to(struct payouts *s, struct place next)
{
    uint8_t before[PAGE_KEY];

    s->at = next;
    if (next.provider > 0)
        next.provider--; /* nothing has provider 0 */
    place_key(next, before);
    s->jump = page_look(&s->page, before);
}

static bool payout_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                       size_t value_len)
{
    struct payouts *s = arg;
    struct query *q = s->page.q;
    uint8_t place[PAGE_KEY];
    struct payout p;

    if (!query_peek(q, ROW_PAYOUT, (struct row_bytes){key, key_len, value, value_len}, &p))
        return false;
    page_key(place, key, key_len);
    if (p.run_day > s->to || page_beyond(&s->page, place))
        return false;
    if (!payout_wanted(s, &p)) {
        jump_to(s, place_lift(s, (struct place){p.run_day, p.organiser, p.provider}));
        return false;
    }
    uint32_t item = payout_find(q->ledger, p.run_day, p.organiser, p.provider);
    if (page_wants(&s->page, place) && !query_row_changed(q, ROW_PAYOUT, item))
        page_add(&s->page, place, &p, sizeof(p));
    return page_look(&s->page, place);
}

static void payout_changed(struct query *q, uint32_t item, void *arg)
{
    struct payouts *s = arg;
    const struct payout *p = ROW_AT(payout, q->ledger, ROW_PAYOUT, item);
    uint8_t place[PAGE_KEY];

    if (!payout_wanted(s, p))
        return;
    place_key((struct place){p->run_day, p->organiser, p->provider}, place);
    if (page_wants(&s->page, place))
        page_add(&s->page, place, p, sizeof(*p));
}

/* Where the last page ended, if there was one. */
static struct place place_begin(const struct page *p)
{
    struct reader r = {p->after, PLACE_BYTES, 0, false};
    struct place at;

    at.day = get_i32(&r);
    at.organiser = get_u32(&r);
    at.provider = get_u32(&r);
    return at;
}

static void payouts_scan(struct query *q, struct payouts *s)
{
    uint8_t start[PAGE_KEY];

    s->at = place_lift(s, place_begin(&s->page));
    do {
        s->jump = false;
        if (s->at.day > s->to)
            break;
        place_key(s->at, start);
        query_scan(q, (struct scan){ROW_PAYOUT, NULL, 0, start, PLACE_BYTES}, payout_row, s);
    } while (s->jump && q->fault == FAULT_NONE);
    query_changed_rows(q, ROW_PAYOUT, payout_changed, s);
    page_cut(&s->page);
}

static enum outcome payouts_ask(struct query *q, const Saldo__V1__PayoutsQuery *in,
                                struct payouts *s)
{
    if (!query_days(in->from_day, in->to_day, &s->from, &s->to) ||
        !page_from_text(&s->page, in->after, PLACE_BYTES))
        return OUTCOME_FIELD_INVALID;
    enum outcome o = query_provider_asked(q, in->provider, &s->provider);
    return o != OUTCOME_ACCEPTED ? o : query_organiser_asked(q, in->organiser, &s->organiser);
}

enum outcome query_payouts(struct query *q, const Saldo__V1__PayoutsQuery *in,
                           Saldo__V1__Reply *reply)
{
    struct payouts s = {.page = {.q = q}};
    Saldo__V1__Payouts *out = QUERY_NEW(q, payouts);
    struct pile pile = {NULL, 0, 0};
    const uint8_t *next;
    size_t limit;

    if (!page_limit(in->limit, &limit))
        return OUTCOME_FIELD_INVALID;
    enum outcome o = payouts_ask(q, in, &s);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (out == NULL || !page_begin(&s.page, limit, sizeof(struct payout)))
        return OUTCOME_LIMIT_REACHED;
    payouts_scan(q, &s);
    for (size_t i = 0; i < s.page.count; i++)
        pile_add(q, &pile, payout_of(q, s.page.rows[i]->row));
    out->n_payouts = pile.count;
    out->payouts = (Saldo__V1__Payout **)pile.items;
    if ((next = page_next(&s.page)) != NULL)
        out->next = page_text(q, next, PLACE_BYTES);
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

#define PAYABLE_BYTES 8 /* of an account's key */

static void payables_fill(struct page *p)
{
    const struct ledger *l = p->q->ledger;

    for (uint32_t item = 1; item < l->table[ROW_ACCOUNT].pool.used; item++) {
        const struct account *a = ROW_AT(account, l, ROW_ACCOUNT, item);
        uint8_t place[PAGE_KEY] = {0};
        struct writer w = {place, 0, sizeof(place), false};
        if (a->provider == 0 || !query_may_see(p->q, a->organiser, a->provider) ||
            (a->payable == 0 && a->in_payouts == 0))
            continue;
        put_u32(&w, a->organiser);
        put_u32(&w, a->provider);
        if (page_wants(p, place))
            page_add(p, place, a, sizeof(*a));
    }
    page_cut(p);
}

enum outcome query_payables(struct query *q, const Saldo__V1__PayablesQuery *in,
                            Saldo__V1__Reply *reply)
{
    Saldo__V1__Payables *out = QUERY_NEW(q, payables);
    struct page page = {.q = q};
    struct pile pile = {NULL, 0, 0};
    const uint8_t *next;
    size_t limit;

    if (!page_limit(in->limit, &limit) || !page_from_text(&page, in->after, PAYABLE_BYTES))
        return OUTCOME_FIELD_INVALID;
    if (out == NULL || !page_begin(&page, limit, sizeof(struct account)))
        return OUTCOME_LIMIT_REACHED;
    payables_fill(&page);
    for (size_t i = 0; i < page.count; i++)
        pile_add(q, &pile, payable_of(q, page.rows[i]->row));
    out->n_payables = pile.count;
    out->payables = (Saldo__V1__Payable **)pile.items;
    if ((next = page_next(&page)) != NULL)
        out->next = page_text(q, next, PAYABLE_BYTES);
    reply->result_case = SALDO__V1__REPLY__RESULT_PAYABLES;
    reply->payables = out;
    return OUTCOME_ACCEPTED;
}
