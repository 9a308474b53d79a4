/* sums_voucher.c - what vouchers are allotted, counted day by day. */
#include <inttypes.h>
#include <string.h>

#include "audit/sums_state.h"
#include "calendar.h"
#include "identifier.h"
#include "tool.h"

uint32_t sums_voucher_hash(int32_t digits)
{
    return hash_number((uint32_t)digits);
}

uint32_t sums_voucher(const struct sums *s, int32_t digits)
{
    uint32_t hash = sums_voucher_hash(digits);

    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->voucher_digits, hash, &at);
        if (i == NONE || s->vouchers[i].digits == digits)
            return i;
    }
}

static uint32_t voucher_named(const struct sums *s, const char *number)
{
    int32_t digits = identifier_voucher_digits(number, strlen(number));

    return digits < 0 ? NONE : sums_voucher(s, digits);
}

static int32_t last_day(const struct s_voucher *v)
{
    int32_t to = v->now.valid_to;

    return v->closed_on != 0 && v->closed_on < to ? v->closed_on : to;
}

/* ---- Allotments --------------------------------------------------------------------------- */

/* The version in force on a day: the last one that has begun; before the first the first. */
static const struct s_version *version_on(const struct s_voucher *v, int32_t day)
{
    if (v->now.from <= day || v->older_count == 0)
        return &v->now;
    for (size_t i = v->older_count; i > 1; i--)
        if (v->older[i - 1].from <= day)
            return &v->older[i - 1];
    return &v->older[0];
}

/* Of one month: every day of the validity brings its part of the amount, and the sum is rounded
 * once, half up; a quota is that of the last such day. */
static int64_t month_allotment(const struct s_voucher *v, int32_t month)
{
    int32_t first = calendar_month_first(month), last = calendar_month_last(month);
    int64_t sum = 0, quota = 0, days = last - first + 1;

    for (int32_t day = first; day <= last; day++) {
        if (day < v->valid_from || day > v->now.valid_to)
            continue;
        quota = version_on(v, day)->amount;
        sum += quota;
    }
    return v->units ? quota : (2 * sum + days) / (2 * days);
}

static int64_t count_allotment(const struct s_voucher *v, int32_t month)
{
    int64_t sum = 0;

    if (v->whole)
        return v->now.amount;
    if (!v->carry_over)
        return month_allotment(v, month);
    int32_t last = calendar_month(v->now.valid_to);
    for (int32_t m = calendar_month(v->valid_from); m <= month && m <= last; m++)
        sum += month_allotment(v, m);
    return sum;
}

int64_t sums_allotment(struct sums *s, struct s_bucket *b, int32_t month)
{
    const struct s_voucher *v = &s->vouchers[b->voucher];

    if (b->fresh && b->changes == v->changes && (b->month == month || !v->carry_over))
        return b->allotment;
    b->allotment = count_allotment(v, b->period != 0 ? b->period : month);
    b->changes = v->changes;
    b->month = month;
    b->fresh = true;
    return b->allotment;
}

int32_t sums_lapse_day(const struct sums *s, const struct s_bucket *b)
{
    const struct s_voucher *v = &s->vouchers[b->voucher];
    int32_t final = last_day(v) + s->organisers[v->organiser].grace + 1;

    if (b->period == 0)
        return final;
    int32_t month = calendar_month_lapse(b->period);
    return month < final ? month : final;
}

/* ---- Buckets ------------------------------------------------------------------------------ */

uint32_t sums_bucket_find(const struct sums *s, uint32_t voucher, int32_t period)
{
    uint32_t hash = hash_number((uint64_t)voucher << 32 | (uint32_t)period);

    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->bucket_keys, hash, &at);
        if (i == NONE || (s->buckets[i].voucher == voucher && s->buckets[i].period == period))
            return i;
    }
}

uint32_t sums_bucket(struct sums *s, uint32_t voucher, int32_t month)
{
    struct s_voucher *v = &s->vouchers[voucher];
    int32_t period = v->whole || v->carry_over ? 0 : month;

    if (v->bucket != NONE && s->buckets[v->bucket].period == period)
        return v->bucket;
    uint32_t place = sums_bucket_find(s, voucher, period);
    if (place == NONE) {
        struct s_bucket *b = scratch_list_add(&s->bucket_list, 1);
        place = S_PLACE(s, buckets, b);
        b->voucher = voucher;
        b->period = period;
        hashes_add(&s->bucket_keys, hash_number((uint64_t)voucher << 32 | (uint32_t)period), place);
    }
    v->bucket = place;
    return place;
}

/* ---- Commands ----------------------------------------------------------------------------- */

/* No rule lets anything else through; said so, the sums stay far from the end of 64 bits. */
static bool usable(const struct s_version *v)
{
    return v->amount >= 0 && v->amount <= LIMIT_VOUCHER_CENTS && v->from >= LIMIT_DAY_FIRST &&
           v->valid_to <= LIMIT_DAY_LAST;
}

static void grant(struct sums *s, const Saldo__V1__GrantVoucher *c)
{
    int32_t digits = identifier_voucher_digits(c->number, strlen(c->number));
    uint32_t organiser = sums_organiser(s, c->organiser);

    bool units = c->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    struct s_version first = {c->valid_from, c->valid_to, units ? c->quota : c->amount_cents};

    if (digits < 0 || organiser == NONE || !usable(&first)) {
        sums_wrong(s, "a voucher was granted without a usable number, organiser, amount or time");
        return;
    }
    if (sums_voucher(s, digits) != NONE)
        return; /* granted again: the same */
    struct s_voucher *v = S_ADD(s, vouchers);
    v->digits = digits;
    v->organiser = organiser;
    v->units = units;
    v->whole = c->period == SALDO__V1__PERIOD__WHOLE;
    v->carry_over = c->carry_over != 0;
    v->valid_from = c->valid_from;
    v->bucket = NONE;
    v->cost = NONE;
    v->now = first;
    hashes_add(&s->voucher_digits, sums_voucher_hash(digits), S_PLACE(s, vouchers, v));
    if (c->cost_code[0] != '\0')
        v->cost = S_PLACE(s, commitments, sums_commitment(s, organiser, c->cost_code, 0));
}

/* Said again, a version is the same: a second one like it changes nothing of what is allotted. */
static void amend(struct sums *s, struct s_voucher *v, const Saldo__V1__AmendVoucher *c)
{
    struct s_version next = v->now;

    next.from = c->effective_from;
    if (c->valid_to != 0)
        next.valid_to = c->valid_to;
    if (v->units ? c->quota != NULL : c->amount_cents != NULL)
        next.amount = v->units ? c->quota->value : c->amount_cents->value;
    if (next.from < v->now.from || !usable(&next)) {
        sums_wrong(s, "a voucher was amended to an unusable time or amount");
        return;
    }
    v->older = tool_grow(v->older, v->older_count, &v->older_room, sizeof(*v->older));
    v->older[v->older_count++] = v->now;
    v->now = next;
    v->changes++;
}

static void convert(struct sums *s, struct s_voucher *v, const Saldo__V1__ConvertVoucher *c)
{
    if (c->from_day > v->valid_from) { /* from its first day on: it was withdrawn, not closed */
        v->closed_on = c->from_day - 1;
        v->changes++;
    }
    for (size_t i = 0; i < c->n_into; i++)
        grant(s, c->into[i]);
}

void sums_voucher_command(struct sums *s, const Saldo__V1__Command *c)
{
    if (c->body_case == SALDO__V1__COMMAND__BODY_GRANT_VOUCHER) {
        grant(s, c->grant_voucher);
        return;
    }
    bool amended = c->body_case == SALDO__V1__COMMAND__BODY_AMEND_VOUCHER;
    bool closed = c->body_case == SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER;
    const char *number = amended  ? c->amend_voucher->number
                         : closed ? c->close_voucher->number
                                  : c->convert_voucher->number;
    uint32_t place = voucher_named(s, number);
    if (place == NONE) {
        sums_wrong(s, "voucher %s was changed, but never granted", number);
        return;
    }
    struct s_voucher *v = &s->vouchers[place];
    if (amended) {
        amend(s, v, c->amend_voucher);
    } else if (closed) {
        v->closed_on = c->close_voucher->closed_on;
        v->changes++;
    } else {
        convert(s, v, c->convert_voucher);
    }
}
