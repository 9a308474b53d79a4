/* query_correction.c - what was done to charges after they were decided, a page at a time.
 *
 * A provider sees what was done to its own. The text that an officer wrote, and who it was, are for
 * the offices: the text may tell why, and that may be a stay in hospital or a death. */
#include "ledger/query_page.h"

#define CORRECTION_BYTES 12 /* of a correction's key */

struct corrections {
    struct page page;
    int32_t day;
    uint32_t provider;     /* 0: all */
    const uint8_t *charge; /* NULL: all */
};

static bool correction_wanted(const struct corrections *s, const struct correction *c)
{
    if (!query_in_scope(s->page.q, c->organiser) ||
        (s->provider != 0 && s->provider != c->provider))
        return false;
    return s->charge == NULL || memcmp(s->charge, c->charge, sizeof(c->charge)) == 0;
}

static void correction_key(int32_t day, uint64_t number, uint8_t key[PAGE_KEY])
{
    struct writer w = {key, 0, PAGE_KEY, false};

    memset(key, 0, PAGE_KEY);
    put_i32(&w, day);
    put_u64(&w, number);
}

static bool correction_seen(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                            size_t value_len)
{
    struct corrections *s = arg;
    struct query *q = s->page.q;
    uint8_t place[PAGE_KEY];
    struct correction c;

    if (!query_peek(q, ROW_CORRECTION, (struct row_bytes){key, key_len, value, value_len}, &c))
        return false;
    page_key(place, key, key_len);
    uint32_t item = correction_find(q->ledger, c.number);
    if (page_wants(&s->page, place) && correction_wanted(s, &c) &&
        !query_row_changed(q, ROW_CORRECTION, item))
        page_add(&s->page, place, &c, sizeof(c));
    return page_look(&s->page, place);
}

static void correction_changed(struct query *q, uint32_t item, void *arg)
{
    struct corrections *s = arg;
    const struct correction *c = ROW_AT(correction, q->ledger, ROW_CORRECTION, item);
    uint8_t place[PAGE_KEY];

    if (c->business_day != s->day || !correction_wanted(s, c))
        return;
    correction_key(c->business_day, c->number, place);
    if (page_wants(&s->page, place))
        page_add(&s->page, place, c, sizeof(*c));
}

static void corrections_scan(struct corrections *s)
{
    const uint8_t *start = s->page.after; /* its first four bytes are the day */

    page_fill(&s->page,
              (struct scan){ROW_CORRECTION, start, sizeof(s->day), start, CORRECTION_BYTES},
              correction_seen, correction_changed, s);
}

static Saldo__V1__Correction *correction_of(struct query *q, const struct correction *c)
{
    Saldo__V1__Correction *out = QUERY_NEW(q, correction);
    bool person = (c->by & LEDGER_OWNER_PERSON) != 0;

    if (out == NULL)
        return NULL;
    out->number = c->number >> LEDGER_INDEX_BITS;
    out->index = (int32_t)(c->number & ((1U << LEDGER_INDEX_BITS) - 1));
    out->kind = (Saldo__V1__CorrectionKind)c->kind;
    out->organiser = query_organiser(q, c->organiser);
    out->provider = query_provider(q, c->provider);
    out->charge = query_bytes(q, c->charge, sizeof(c->charge));
    out->charge_number = c->charge_number >> LEDGER_INDEX_BITS;
    out->voucher = query_number(q, c->digits);
    out->cents = c->cents;
    out->quantity = c->quantity;
    out->reason = (Saldo__V1__CreditReason)c->reason;
    out->business_day = c->business_day;
    out->settle_day = c->settle_day;
    out->time_ms = c->time_ms;
    out->service = query_service(q, c->service);
    if (!person)
        out->by = query_provider(q, c->by);
    if (query_is_provider(q))
        return out;
    if (person)
        out->by = query_person(q, c->by);
    out->text = query_text(q, c->text);
    return out;
}

enum outcome query_corrections(struct query *q, const Saldo__V1__CorrectionsQuery *in,
                               Saldo__V1__Reply *reply)
{
    struct corrections s = {.page = {.q = q, .started = true}, .day = in->business_day};
    Saldo__V1__Corrections *out = QUERY_NEW(q, corrections);
    struct pile pile = {NULL, 0, 0};
    const uint8_t *next;
    size_t limit;

    if (!query_is_office(q) && !query_is_provider(q))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (s.day < LIMIT_DAY_FIRST || s.day > LIMIT_DAY_LAST || !page_limit(in->limit, &limit) ||
        (in->charge.len != 0 && in->charge.len != LIMIT_REQUEST_ID_BYTES))
        return OUTCOME_FIELD_INVALID;
    enum outcome o = query_provider_asked(q, in->provider, &s.provider);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (out == NULL || !page_begin(&s.page, limit, sizeof(struct correction)))
        return OUTCOME_LIMIT_REACHED;
    s.charge = in->charge.len != 0 ? in->charge.data : NULL;
    correction_key(s.day, in->after_number, s.page.after);
    corrections_scan(&s);
    for (size_t i = 0; i < s.page.count; i++)
        pile_add(q, &pile, correction_of(q, s.page.rows[i]->row));
    out->n_corrections = pile.count;
    out->corrections = (Saldo__V1__Correction **)pile.items;
    if ((next = page_next(&s.page)) != NULL) {
        struct reader r = {next, CORRECTION_BYTES, sizeof(s.day), false};
        out->next = get_u64(&r);
    }
    reply->result_case = SALDO__V1__REPLY__RESULT_CORRECTIONS;
    reply->corrections = out;
    return OUTCOME_ACCEPTED;
}
