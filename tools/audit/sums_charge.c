/* sums_charge.c - what charges take, and what takes it back. */
#include <inttypes.h>
#include <string.h>

#include "audit/sums_state.h"
#include "calendar.h"
#include "identifier.h"
#include "outcome.h"
#include "tool.h"

/* ---- By id -------------------------------------------------------------------------------- */

static uint32_t id_hash(const struct sums *s, const uint8_t *id, uint32_t provider)
{
    uint64_t a, b;

    memcpy(&a, id, sizeof(a));
    memcpy(&b, id + sizeof(a), sizeof(b));
    return hash_number((a ^ s->seed) * UINT64_C(0xff51afd7ed558ccd) ^ (b + provider));
}

static uint32_t find_charge(const struct sums *s, const uint8_t *id, uint32_t provider,
                            uint32_t hash)
{
    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->charge_ids, hash, &at);
        if (i == NONE || (s->charges[i].provider == provider &&
                          memcmp(s->charges[i].id, id, LIMIT_REQUEST_ID_BYTES) == 0))
            return i;
    }
}

struct s_day *sums_day(struct sums *s, int32_t day)
{
    for (size_t i = s->days_count; i > 0; i--)
        if (s->days[i - 1].day == day)
            return &s->days[i - 1];
    struct s_day *d = S_ADD(s, days);
    d->day = day;
    return d;
}

static void join_batch(struct sums *s, uint32_t place)
{
    struct s_day *d = sums_day(s, s->day);

    d->charges = tool_grow(d->charges, d->charge_count, &d->charge_room, sizeof(*d->charges));
    d->charges[d->charge_count++] = place;
    s->charges[place].state = S_APPROVED;
    s->charges[place].batch_day = s->day;
}

/* What a charge counts in its bucket. */
static int64_t in_bucket(const struct s_charge *c)
{
    return c->units ? c->quantity : c->county;
}

static const char *id_text(const uint8_t *id, char text[2 * LIMIT_REQUEST_ID_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < LIMIT_REQUEST_ID_BYTES; i++) {
        text[2 * i] = digits[id[i] >> 4];
        text[2 * i + 1] = digits[id[i] & 15];
    }
    text[2 * LIMIT_REQUEST_ID_BYTES] = '\0';
    return text;
}

/* ---- Accepted ----------------------------------------------------------------------------- */

/* Cents of a commitment are used at once, and free at once. */
static void use_commitment(struct sums *s, const struct s_charge *c, int64_t cents)
{
    const struct s_voucher *v = &s->vouchers[s->buckets[c->bucket].voucher];

    if (v->cost == NONE)
        return;
    char code[LIMIT_CODE_BYTES + 1];
    memcpy(code, s->commitments[v->cost].code, sizeof(code)); /* the list may move */
    struct s_commitment *k = sums_commitment(s, v->organiser, code, calendar_date(c->day).year);
    k->used += cents;
    if (cents > 0 && k->limit >= 0 && k->used > k->limit)
        sums_wrong(s, "commitment %s of %" PRId32 " is overdrawn by %" PRId64 " cents", k->code,
                   k->year, k->used - k->limit);
}

/* Is there as much as was taken, and was the provider told what is left? */
static void check_bucket(struct sums *s, const struct s_charge *c, const struct answer *a)
{
    struct s_bucket *b = &s->buckets[c->bucket];
    int64_t left = sums_allotment(s, b, calendar_month(c->day)) - b->settled - b->pending;
    int64_t need = in_bucket(c);
    char id[2 * LIMIT_REQUEST_ID_BYTES + 1];

    if (left < 0)
        sums_wrong(s, "charge %s takes %" PRId64 " more than voucher %09" PRId32 " has",
                   id_text(c->id, id), -left, s->vouchers[b->voucher].digits);
    else if (a->have != left || a->need != need)
        sums_wrong(s,
                   "charge %s: answered have %" PRId64 " and need %" PRId64 ", it is %" PRId64
                   " and %" PRId64,
                   id_text(c->id, id), a->have, a->need, left, need);
}

static bool usable(const struct charge *c)
{
    return c->county_cents >= 0 && c->county_cents <= LIMIT_CHARGE_CENTS && c->copay_cents >= 0 &&
           c->quantity > 0 && c->quantity <= LIMIT_QUANTITY;
}

/* What is looked up ahead of a charge, so that nothing waits for memory. */
struct ahead {
    uint32_t hash; /* of its id */
    int32_t digits;
    uint32_t voucher;
};

static void accept(struct sums *s, const struct charge *c, const struct answer *a,
                   uint32_t provider, const struct ahead *ahead)
{
    uint32_t voucher = ahead->voucher, hash = ahead->hash;
    char id[2 * LIMIT_REQUEST_ID_BYTES + 1];

    if (provider == NONE || voucher == NONE || !usable(c)) {
        sums_wrong(s, "charge %s was accepted for an unknown provider or voucher, or amount",
                   id_text(c->id, id));
        return;
    }
    if (find_charge(s, c->id, provider, hash) != NONE) {
        sums_wrong(s, "charge %s was accepted a second time", id_text(c->id, id));
        return;
    }
    int32_t day = calendar_local_day(c->start_ms);
    uint32_t bucket = sums_bucket(s, voucher, calendar_month(day));
    struct s_charge *charge = scratch_list_add(&s->charge_list, 1);
    uint32_t place = S_PLACE(s, charges, charge);
    memcpy(charge->id, c->id, sizeof(charge->id));
    charge->provider = provider;
    charge->bucket = bucket;
    charge->county = (int32_t)c->county_cents;
    charge->quantity = (int32_t)c->quantity;
    charge->day = day;
    charge->organiser = (uint8_t)s->vouchers[voucher].organiser;
    charge->units = s->vouchers[voucher].units;
    hashes_add(&s->charge_ids, hash, place);

    s->buckets[bucket].pending += in_bucket(charge);
    s->organisers[charge->organiser].pending += charge->county;
    s->totals.charges++;
    s->totals.charged_cents += charge->county;
    use_commitment(s, charge, charge->county);
    check_bucket(s, charge, a);
    charge->state = S_IN_REVIEW;
    if (!sums_review(s, s->vouchers[voucher].organiser, c->service))
        join_batch(s, place);
}

enum { AHEAD = 32 };

/* In steps, each for a charge some places further on than the next step. */
static void look_ahead(struct sums *s, const struct request *r, uint32_t provider, uint32_t at,
                       struct ahead ring[AHEAD])
{
    const uint32_t step = AHEAD / 3;

    if (at < r->count) {
        const struct charge *c = &r->charges[at];
        struct ahead *a = &ring[at % AHEAD];
        a->hash = id_hash(s, c->id, provider);
        a->digits = identifier_voucher_digits(c->voucher.bytes, c->voucher.len);
        hashes_fetch(&s->charge_ids, a->hash);
        hashes_fetch(&s->voucher_digits, sums_voucher_hash(a->digits));
    }
    if (at >= step && at - step < r->count) {
        struct ahead *a = &ring[(at - step) % AHEAD];
        a->voucher = a->digits < 0 ? NONE : sums_voucher(s, a->digits);
    }
    if (at >= 2 * step && at - 2 * step < r->count) {
        const struct ahead *a = &ring[(at - 2 * step) % AHEAD];
        if (a->voucher != NONE && s->vouchers[a->voucher].bucket != NONE)
            __builtin_prefetch(&s->buckets[s->vouchers[a->voucher].bucket]);
    }
}

void sums_charges(struct sums *s, const struct sums_entry *e)
{
    struct ahead ring[AHEAD];
    const struct request *r = e->request;
    uint32_t provider = e->signer->provider ? sums_provider(s, e->signer->owner) : NONE;

    memset(ring, 0, sizeof(ring));
    for (uint32_t at = 0; at < r->count + AHEAD - 1; at++) {
        look_ahead(s, r, provider, at, ring);
        if (at < AHEAD - 1)
            continue;
        uint32_t i = at - (AHEAD - 1);
        const struct answer *a = &e->decision->answers[i];
        if (a->duplicate)
            s->totals.repeated++;
        else if (a->code != OUTCOME_ACCEPTED)
            s->totals.refused++;
        else
            accept(s, &r->charges[i], a, provider, &ring[i % AHEAD]);
    }
}

/* ---- Taken back --------------------------------------------------------------------------- */

/* An unsettled charge gives everything back. */
static void withdraw(struct sums *s, struct s_charge *c, enum s_state state)
{
    struct s_bucket *b = &s->buckets[c->bucket];

    c->state = (uint8_t)state;
    b->pending -= in_bucket(c);
    s->organisers[c->organiser].pending -= c->county;
    use_commitment(s, c, -(int64_t)c->county);
}

static void credit(struct sums *s, uint32_t place, const Saldo__V1__CreditCharge *k)
{
    struct s_charge *c = &s->charges[place];
    int64_t left = (int64_t)c->county - c->credited_cents;
    int32_t units = c->quantity - c->credited_quantity;

    if (c->state != S_SETTLED || k->cents < 1 || k->cents > left || k->quantity < 0 ||
        k->quantity > units) {
        sums_wrong(s, "more was credited than is left of a charge, or before it was settled");
        return;
    }
    struct s_day *d = sums_day(s, s->day);
    d->credits = tool_grow(d->credits, d->credit_count, &d->credit_room, sizeof(*d->credits));
    struct s_credit *out = &d->credits[d->credit_count++];
    *out = (struct s_credit){place, (int32_t)k->cents,
                             k->cents == left ? units : (int32_t)k->quantity};
    c->credited_cents += out->cents;
    c->credited_quantity += out->quantity;
    use_commitment(s, c, -k->cents);
}

static uint32_t charge_named(const struct sums *s, const char *provider,
                             const ProtobufCBinaryData *id)
{
    uint32_t p = provider != NULL ? sums_provider(s, provider) : NONE;

    if (p == NONE || id->len != LIMIT_REQUEST_ID_BYTES)
        return NONE;
    return find_charge(s, id->data, p, id_hash(s, id->data, p));
}

static void review(struct sums *s, uint32_t place, bool accepted)
{
    if (s->charges[place].state != S_IN_REVIEW)
        sums_wrong(s, "a charge was reviewed that waits for no review");
    else if (accepted)
        join_batch(s, place);
    else
        withdraw(s, &s->charges[place], S_REFUSED);
}

void sums_charge_command(struct sums *s, const Saldo__V1__Command *c)
{
    uint32_t place = NONE;

    if (c->body_case == SALDO__V1__COMMAND__BODY_DELETE_CHARGE)
        place = charge_named(s, s->signer->provider ? s->signer->owner : NULL,
                             &c->delete_charge->charge);
    else if (c->body_case == SALDO__V1__COMMAND__BODY_REVIEW_CHARGE)
        place = charge_named(s, c->review_charge->provider, &c->review_charge->charge);
    else
        place = charge_named(s, c->credit_charge->provider, &c->credit_charge->charge);
    if (place == NONE) {
        sums_wrong(s, "a charge was deleted, reviewed or credited that was never accepted");
        return;
    }
    struct s_charge *charge = &s->charges[place];
    if (c->body_case == SALDO__V1__COMMAND__BODY_REVIEW_CHARGE)
        review(s, place, c->review_charge->accept != 0);
    else if (c->body_case == SALDO__V1__COMMAND__BODY_CREDIT_CHARGE)
        credit(s, place, c->credit_charge);
    else if (charge->state == S_IN_REVIEW || charge->state == S_APPROVED)
        withdraw(s, charge, S_DELETED);
    else
        sums_wrong(s, "a charge was deleted that was deleted, refused or settled before");
}
