/* lookup.c - what the charges of an entry lead to: days, vouchers and buckets, found once.
 *
 * Rows lie in no order, so finding them one after another is waiting for memory. A block of charges
 * is taken through the steps together: what a step will read was asked for by the step before, and
 * comes while the others are worked on. ledger_apply() asks for the rows again in the same way,
 * some charges ahead, and needs no search. */
#include "ledger/charge_row.h"
#include "ledger/state.h"

#define BLOCK   32 /* charges on their way together: what they read fits the first-level cache */
#define AHEAD   12 /* charges between asking for a row and judging by it */
#define LINE    64
#define DAY_MS  INT64_C(86400000)
#define WEST_MS (2 * INT64_C(3600000)) /* winter's midnight comes so long before UTC's */

/* ---- Days ------------------------------------------------------------------------------------ */

static void span_fill(struct day_span *s, int64_t time_ms)
{
    s->day = calendar_local_day(time_ms);
    s->month = calendar_month(s->day);
    s->from_ms = calendar_midnight_ms(s->day);
    s->to_ms = calendar_midnight_ms(s->day + 1);
    s->month_ms = calendar_midnight_ms(calendar_month_first(s->month));
    s->month_end_ms = calendar_midnight_ms(calendar_month_last(s->month) + 1);
}

/* The local day of an instant. The services of a batch fall on few days, so they are remembered. */
static const struct day_span *span_of(struct ledger *l, int64_t time_ms)
{
    uint64_t place = ((uint64_t)time_ms + (uint64_t)WEST_MS) / (uint64_t)DAY_MS;
    struct day_span *s = &l->spans[place % LEDGER_DAY_SPANS];
    if (time_ms < s->from_ms || time_ms >= s->to_ms)
        span_fill(s, time_ms);
    return s;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* The part of a voucher that charges look at. */
static void ask_voucher(const struct ledger *l, uint32_t item)
{
    const char *row = pool_at(&l->table[ROW_VOUCHER].pool, item);
    __builtin_prefetch(row);
    __builtin_prefetch(row + LINE);
    __builtin_prefetch(row + 2 * LINE);
}

static void ask_bucket(const struct ledger *l, uint32_t item)
{
    __builtin_prefetch(pool_at(&l->table[ROW_BUCKET].pool, item));
}

/* The row that a hash most likely leads to; item 0 does no harm. */
static uint32_t likely(const struct index *ix, uint64_t hash)
{
    struct index_walk w = index_walk(ix, hash);
    return index_next(&w);
}

static void ask_voucher_of(const struct ledger *l, int32_t digits)
{
    ask_voucher(l, likely(&l->table[ROW_VOUCHER].index, voucher_hash(l, digits)));
}

static void ask_bucket_of(const struct ledger *l, int32_t period, int32_t digits)
{
    ask_bucket(l, likely(&l->table[ROW_BUCKET].index, bucket_hash(l, period, digits)));
}

void lookup_ahead(const struct ledger *l, uint32_t index, uint32_t count)
{
    if (index + AHEAD < count) {
        const struct lookup *far = &l->lookups[index + AHEAD];
        index_ask(&l->table[ROW_CHARGE].index, far->id_hash);
        ask_voucher(l, far->voucher);
        ask_bucket(l, far->bucket);
        ask_bucket(l, far->month_bucket);
    }
    if (index + AHEAD / 2 < count) {
        const struct lookup *near = &l->lookups[index + AHEAD / 2];
        __builtin_prefetch(pool_at(&l->totals, ROW_AT(bucket, l, ROW_BUCKET, near->bucket)->open));
        __builtin_prefetch(
            pool_at(&l->chunks, ROW_AT(bucket, l, ROW_BUCKET, near->month_bucket)->intervals));
    }
}

/* ---- The steps ------------------------------------------------------------------------------- */

static void look_at_day(struct ledger *l, const struct charge *c, uint32_t owner, struct lookup *k)
{
    *k = (struct lookup){
        .digits = identifier_voucher_digits(c->voucher.bytes, c->voucher.len),
        .id_hash = charge_hash(l, c->id, owner),
    };
    index_ask(&l->table[ROW_CHARGE].index, k->id_hash);
    if (k->digits < 0)
        return;
    index_ask(&l->table[ROW_VOUCHER].index, voucher_hash(l, k->digits));
    if (c->start_ms == 0)
        return;
    const struct day_span *s = span_of(l, c->start_ms);
    k->has_day = true;
    k->day = s->day;
    k->month = s->month;
    k->month_ms = s->month_ms;
    k->month_end_ms = s->month_end_ms;
    index_ask(&l->table[ROW_BUCKET].index, bucket_hash(l, k->month, k->digits));
}

static enum fault look_at_voucher(struct ledger *l, const struct ledger_source *source,
                                  const struct charge *c, uint32_t owner, struct lookup *k)
{
    uint32_t item;
    enum fault f = FAULT_NONE;
    if (request_id_ms(c->id) <= l->evicted_id_ms) /* younger ones: in memory, or never seen */
        f = fetch_charge(l, source, c->id, owner, &item);
    if (f == FAULT_NONE && k->digits >= 0)
        f = fetch_voucher(l, source, k->digits, &k->voucher);
    if (k->voucher == 0 || !k->has_day)
        return f;
    k->period = voucher_period(ROW_AT(voucher, l, ROW_VOUCHER, k->voucher), k->month);
    ask_bucket_of(l, k->month, k->digits);
    if (k->period != k->month)
        index_ask(&l->table[ROW_BUCKET].index, bucket_hash(l, k->period, k->digits));
    return f;
}

/* The one with the money, and the one with the time; often they are the same. */
static enum fault look_at_buckets(struct ledger *l, const struct ledger_source *source,
                                  struct lookup *k)
{
    if (k->voucher == 0 || !k->has_day)
        return FAULT_NONE;
    enum fault f = fetch_bucket(l, source, k->month, k->digits, &k->month_bucket);
    k->bucket = k->month_bucket;
    if (f == FAULT_NONE && k->period != k->month)
        f = fetch_bucket(l, source, k->period, k->digits, &k->bucket);
    return f;
}

static enum fault look_up_block(struct ledger *l, const struct ledger_source *source,
                                const struct charge *charges, uint32_t owner, struct lookup *k,
                                uint32_t count)
{
    enum fault f = FAULT_NONE;
    for (uint32_t i = 0; i < count; i++)
        look_at_day(l, &charges[i], owner, &k[i]);
    for (uint32_t i = 0; i < count; i++)
        ask_voucher_of(l, k[i].digits);
    for (uint32_t i = 0; i < count && f == FAULT_NONE; i++)
        f = look_at_voucher(l, source, &charges[i], owner, &k[i]);
    for (uint32_t i = 0; i < count && f == FAULT_NONE; i++)
        f = look_at_buckets(l, source, &k[i]);
    return f;
}

enum fault lookup_charges(struct ledger *l, const struct ledger_source *source,
                          const struct request *r, uint32_t owner)
{
    CHECK(r->count <= LIMIT_BATCH_ITEMS);
    enum fault f = FAULT_NONE;
    for (uint32_t at = 0; at < r->count && f == FAULT_NONE; at += BLOCK) {
        uint32_t count = r->count - at < BLOCK ? r->count - at : BLOCK;
        f = look_up_block(l, source, &r->charges[at], owner, &l->lookups[at], count);
    }
    return f;
}
