/* query_charges.c - the charges of a day, a page at a time, by voucher and number.
 *
 * That is how they stand in the tables, so a page costs what is on it, and looks besides at every
 * charge in memory that the tables do not have yet. A filter looks at LIMIT_QUERY_EXAMINED rows and
 * tells those that it lets through. */
#include "identifier.h"
#include "ledger/charge_row.h"
#include "ledger/query_page.h"

enum {
    DAY_BYTES = 4, /* of a charge's key, which is the same for all */
    PLACE_BYTES = 12,
};

struct charges {
    struct page page;
    int32_t day;
    uint32_t provider; /* 0: all */
    int32_t digits;    /* of the voucher; -1: all */
    bool filtered;
};

static bool charge_row_seen(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                            size_t value_len)
{
    struct charges *s = arg;
    struct page *p = &s->page;
    const struct ledger *l = p->q->ledger;
    uint8_t place[PAGE_KEY];
    struct charge_row c;

    if (!query_peek(p->q, ROW_CHARGE, (struct row_bytes){key, key_len, value, value_len}, &c))
        return false;
    page_key(place, key + DAY_BYTES, PLACE_BYTES);
    uint32_t item = charge_find(l, c.id, c.owner);
    if (page_wants(p, place) && !query_row_changed(p->q, ROW_CHARGE, item) && !c.is_command)
        page_add(p, place, &c, sizeof(c));
    return page_look(p, place);
}

static void charge_changed(struct query *q, uint32_t item, void *arg)
{
    struct charges *s = arg;
    struct charge_row c;
    uint8_t key[LEDGER_KEY_MAX], place[PAGE_KEY];

    charge_read(q->ledger, item, &c);
    if (c.is_command || (s->digits >= 0 && c.digits != s->digits))
        return;
    row_key_charge(s->day, c.digits, c.number, key);
    page_key(place, key + DAY_BYTES, PLACE_BYTES);
    if (page_wants(&s->page, place) && calendar_local_day(c.recorded_ms) == s->day)
        page_add(&s->page, place, &c, sizeof(c));
}

/* Of a scoped key's charges those with a service are told here, the others with their vouchers. */
static bool charge_wanted(struct query *q, const struct charges *s, const struct charge_row *c)
{
    if (s->provider != 0 && c->owner != s->provider)
        return false;
    if (c->service != 0 && row_exists(q->ledger, ROW_SERVICE, c->service) &&
        !query_in_scope(q, ROW_AT(service, q->ledger, ROW_SERVICE, c->service)->organiser))
        return false;
    return query_charge_in_scope(q, c);
}

static enum outcome charges_ask(struct query *q, const Saldo__V1__ChargesQuery *in,
                                struct charges *s)
{
    s->digits = -1;
    if (in->voucher[0] != '\0') {
        s->digits = identifier_voucher_digits(in->voucher, strlen(in->voucher));
        if (s->digits < 0)
            return OUTCOME_VOUCHER_UNKNOWN;
    }
    enum outcome o = query_provider_asked(q, in->provider, &s->provider);
    s->filtered = q->key->organiser != 0 || s->digits >= 0 || s->provider != 0;
    return o;
}

static void charges_scan(struct charges *s)
{
    uint8_t prefix[DAY_BYTES + PAGE_KEY] = {0};
    struct writer w = {prefix, 0, sizeof(prefix), false};

    put_i32(&w, s->day);
    uint8_t start[DAY_BYTES + PAGE_KEY];
    if (s->digits >= 0)
        put_i32(&w, s->digits);
    memcpy(start, prefix, sizeof(start));
    if (s->page.started && memcmp(s->page.after, prefix + DAY_BYTES, PAGE_KEY) > 0)
        memcpy(start + DAY_BYTES, s->page.after, PAGE_KEY);
    page_fill(&s->page, (struct scan){ROW_CHARGE, prefix, w.len, start, DAY_BYTES + PLACE_BYTES},
              charge_row_seen, charge_changed, s);
}

static Saldo__V1__ChargeStatus *charge_of(struct query *q, const struct charge_row *c)
{
    Saldo__V1__ChargeStatus *out = QUERY_NEW(q, charge_status);

    if (out != NULL)
        query_charge_fill(q, c, out);
    return out;
}

enum outcome query_charges(struct query *q, const Saldo__V1__ChargesQuery *in,
                           Saldo__V1__Reply *reply)
{
    struct charges s = {.page = {.q = q}, .day = in->business_day};
    Saldo__V1__Charges *out = QUERY_NEW(q, charges);
    struct page *p = &s.page;
    struct pile pile = {NULL, 0, 0};
    const uint8_t *next;
    size_t limit;
    size_t seen = 0;

    if (!query_is_office(q) && !query_is_provider(q))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (s.day < LIMIT_DAY_FIRST || s.day > LIMIT_DAY_LAST || !page_limit(in->limit, &limit) ||
        !page_from_text(p, in->after, PLACE_BYTES))
        return OUTCOME_FIELD_INVALID;
    enum outcome o = charges_ask(q, in, &s);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (out == NULL ||
        !page_begin(p, s.filtered ? LIMIT_QUERY_EXAMINED : limit, sizeof(struct charge_row)))
        return OUTCOME_LIMIT_REACHED;
    charges_scan(&s);
    for (; seen < p->count && pile.count < limit; seen++)
        if (charge_wanted(q, &s, p->rows[seen]->row))
            pile_add(q, &pile, charge_of(q, p->rows[seen]->row));
    out->n_charges = pile.count;
    out->charges = (Saldo__V1__ChargeStatus **)pile.items;
    next = seen < p->count ? p->rows[seen - 1]->key : page_next(p);
    if (next != NULL)
        out->next = page_text(q, next, PLACE_BYTES);
    reply->result_case = SALDO__V1__REPLY__RESULT_CHARGES;
    reply->charges = out;
    return OUTCOME_ACCEPTED;
}
