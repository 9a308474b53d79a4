/* bucket.c - what a voucher has for a month or for its whole validity, and what took from it. */
#include "ledger/interval.h"
#include "ledger/state.h"

uint64_t bucket_hash(const struct ledger *l, int32_t period, int32_t digits)
{
    return hash_mix(l->seed ^ ((uint64_t)(uint32_t)period << 32 | (uint32_t)digits));
}

uint32_t bucket_find(const struct ledger *l, int32_t period, int32_t digits)
{
    const struct index *ix = &l->table[ROW_BUCKET].index;
    uint32_t item;
    for (struct index_walk w = index_walk(ix, bucket_hash(l, period, digits));
         (item = index_next(&w)) != 0;) {
        const struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, item);
        if (b->digits == digits && b->period == period)
            return item;
    }
    return 0;
}

static bool holds_euros(const struct voucher *v)
{
    return v->kind == SALDO__V1__VOUCHER_KIND__BALANCE;
}

/* A whole or carry-over voucher keeps its money in period 0, the others in the month. */
static bool holds_money(const struct voucher *v, int32_t period)
{
    bool whole = v->period == SALDO__V1__PERIOD__WHOLE || v->carry_over;
    return whole == (period == 0);
}

static int32_t lapse_day_of(const struct ledger *l, const struct voucher *v, int32_t period)
{
    int32_t final = voucher_final_day(l, v);
    if (period == 0)
        return final;
    return calendar_earlier(calendar_month_lapse(period), final);
}

static int64_t rest_of(const struct bucket *b)
{
    return b->allotment - b->settled - b->pending;
}

/* Move the allotment to `allotment`, from or to the county's commitment. */
static void allot(struct ledger *l, const struct voucher *v, struct bucket *b, int64_t allotment)
{
    int64_t more = allotment - b->allotment;
    b->allotment = allotment;
    if (!holds_euros(v) || more == 0)
        return;
    struct account *a = account_make(l, v->organiser, 0);
    a->commitment -= more;
    a->allotted += more;
    lapse_add(l, v->organiser, b->lapse_day, more);
}

static uint32_t bucket_new(struct ledger *l, int32_t period, int32_t digits)
{
    uint32_t item = row_new(l, ROW_BUCKET);
    struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, item);
    b->period = period;
    b->digits = digits;
    b->lapse_day = CALENDAR_DAY_OPEN;
    row_index(l, ROW_BUCKET, item);
    return item;
}

void bucket_open(struct ledger *l, struct voucher *v, uint32_t bucket, int32_t month)
{
    struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, bucket);
    b->used = true;
    if (!holds_money(v, b->period) || (b->allotted && !v->carry_over))
        return;
    int64_t allotment = voucher_allotment(l, v, month, CALENDAR_DAY_OPEN);
    /* carry-over: an earlier month brings nothing new */
    if (b->allotted && allotment <= b->allotment) /* mutation: the same is put in its place */
        return;
    row_touch(l, ROW_BUCKET, bucket);
    if (!b->allotted)
        b->lapse_day = lapse_day_of(l, v, b->period);
    b->allotted = true;
    allot(l, v, b, allotment);
}

uint32_t bucket_make(struct ledger *l, struct voucher *v, int32_t period, int32_t month)
{
    uint32_t item = bucket_find(l, period, v->digits);
    if (item == 0)
        item = bucket_new(l, period, v->digits);
    bucket_open(l, v, item, month);
    return item;
}

int64_t bucket_available(const struct ledger *l, const struct voucher *v, uint32_t bucket,
                         int32_t month)
{
    const struct bucket *b = bucket == 0 ? NULL : ROW_AT(bucket, l, ROW_BUCKET, bucket);
    if (b == NULL || !b->allotted)
        return voucher_allotment(l, v, month, CALENDAR_DAY_OPEN);
    if (!v->carry_over)
        return rest_of(b);
    int64_t left = voucher_allotment(l, v, month, CALENDAR_DAY_OPEN) - b->settled - b->pending;
    return left > 0 ? left : 0; /* mutation: 0 either way */
}

void bucket_take(struct ledger *l, struct voucher *v, uint32_t bucket, int64_t amount,
                 int64_t cents)
{
    struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, bucket);
    struct account *a = account_make(l, v->organiser, 0);

    row_touch(l, ROW_BUCKET, bucket);
    b->pending += amount;
    a->pending += cents;
    if (!holds_euros(v)) {
        a->commitment -= cents;
        return;
    }
    CHECK(amount == cents);
    a->allotted -= cents;
    lapse_add(l, v->organiser, b->lapse_day, -cents);
    CHECK(b->pending >= 0);
}

struct open_total *bucket_total(struct ledger *l, uint32_t bucket, int32_t day)
{
    CHECK(day > l->meta.settled_through);
    struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, bucket);
    row_touch(l, ROW_BUCKET, bucket);
    for (uint32_t at = b->open; at != 0;) {
        struct open_total *t = pool_at(&l->totals, at);
        if (t->day == day)
            return t;
        at = t->next_of_bucket;
    }
    uint32_t item = pool_take(&l->totals);
    struct open_total *t = pool_at(&l->totals, item);
    struct open_day *d = day_make(l, day);
    t->bucket = bucket;
    t->day = day;
    t->next_of_bucket = b->open;
    t->next_of_day = d->totals;
    b->open = item;
    d->totals = item;
    return t;
}

void bucket_reallot(struct ledger *l, struct voucher *v, uint32_t bucket)
{
    struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, bucket);
    /* only intervals, or lapsed for ever */
    if (!b->allotted || b->lapse_day <= l->meta.day) /* mutation: no open month lapses today */
        return;
    int32_t month = b->period != 0 ? b->period : calendar_month(l->meta.day);

    bucket_total(l, bucket, l->meta.day); /* so that this night writes its history; touches */
    if (holds_euros(v))
        lapse_add(l, v->organiser, b->lapse_day, -rest_of(b));
    b->lapse_day = lapse_day_of(l, v, b->period);
    if (holds_euros(v))
        lapse_add(l, v->organiser, b->lapse_day, rest_of(b));
    allot(l, v, b, voucher_allotment(l, v, month, CALENDAR_DAY_OPEN));
    CHECK(v->carry_over || rest_of(b) >= 0);
}

/* ---- Intervals ------------------------------------------------------------------------------- */

bool bucket_overlaps(const struct ledger *l, uint32_t bucket, struct interval i)
{
    const struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, bucket);
    if (bucket == 0 || i.from >= b->busy_until)
        return false; /* most charges come in the order of the services */
    return intervals_overlap(l, b->intervals, i);
}

void bucket_interval_hold(struct ledger *l, struct bucket *b, struct interval i)
{
    intervals_add(l, &b->intervals, i);
    b->interval_count++;
    if (i.to > b->busy_until)
        b->busy_until = i.to;
}

void bucket_interval_add(struct ledger *l, uint32_t bucket, struct interval i)
{
    CHECK(i.from < i.to);
    row_touch(l, ROW_BUCKET, bucket);
    bucket_interval_hold(l, ROW_AT(bucket, l, ROW_BUCKET, bucket), i);
}

void bucket_interval_remove(struct ledger *l, uint32_t bucket, struct interval i)
{
    struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, bucket);
    row_touch(l, ROW_BUCKET, bucket);
    const bool removed = intervals_remove(l, &b->intervals, i);
    CHECK(removed); /* the interval of a live charge is always in its bucket */
    b->interval_count--;
}
