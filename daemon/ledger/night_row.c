/* night_row.c - what a night writes, and what becomes of it: histories, batches, payout runs. */
#include "ledger/state.h"

struct history *history_make(struct ledger *l, int32_t period, int32_t digits, int32_t day)
{
    uint32_t item = row_new(l, ROW_HISTORY);
    struct history *h = ROW_AT(history, l, ROW_HISTORY, item);

    h->period = period;
    h->digits = digits;
    h->day = day;
    row_index(l, ROW_HISTORY, item);
    return h;
}

uint32_t history_last(const struct ledger *l, int32_t period, int32_t digits, int32_t day)
{
    const struct index *ix = &l->table[ROW_HISTORY].index;
    uint32_t best = 0;
    int32_t best_day = -1;
    uint32_t item;

    for (struct index_walk w = index_walk(ix, bucket_hash(l, period, digits));
         (item = index_next(&w)) != 0;) {
        const struct history *h = ROW_AT(history, l, ROW_HISTORY, item);
        if (h->period != period || h->digits != digits || h->day > day || h->day <= best_day)
            continue;
        best = item;
        best_day = h->day;
    }
    return best;
}

struct batch *batch_make(struct ledger *l, int32_t day)
{
    uint32_t item = row_new(l, ROW_BATCH);
    struct batch *b = ROW_AT(batch, l, ROW_BATCH, item);

    b->day = day;
    row_index(l, ROW_BATCH, item);
    return b;
}

uint64_t batch_hash(const struct ledger *l, int32_t day)
{
    return hash_mix(l->seed ^ (uint32_t)day);
}

uint32_t batch_find(const struct ledger *l, int32_t day)
{
    const struct index *ix = &l->table[ROW_BATCH].index;
    uint32_t item;

    for (struct index_walk w = index_walk(ix, batch_hash(l, day)); (item = index_next(&w)) != 0;)
        if (ROW_AT(batch, l, ROW_BATCH, item)->day == day)
            return item;
    return 0;
}

struct payout *payout_make(struct ledger *l, int32_t run_day, uint32_t organiser, uint32_t provider)
{
    uint32_t item = row_new(l, ROW_PAYOUT);
    struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);

    p->run_day = run_day;
    p->organiser = organiser;
    p->provider = provider;
    row_index(l, ROW_PAYOUT, item);
    return p;
}

uint32_t payout_find(const struct ledger *l, int32_t run_day, uint32_t organiser, uint32_t provider)
{
    const struct index *ix = &l->table[ROW_PAYOUT].index;
    uint32_t item;

    for (struct index_walk w = index_walk(ix, tally_hash(l, run_day, organiser, provider));
         (item = index_next(&w)) != 0;) {
        const struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
        if (p->run_day == run_day && p->organiser == organiser && p->provider == provider)
            return item;
    }
    return 0;
}

struct run *run_make(struct ledger *l, int32_t day, uint32_t organiser)
{
    uint32_t item = row_new(l, ROW_RUN);
    struct run *r = ROW_AT(run, l, ROW_RUN, item);

    r->day = day;
    r->organiser = organiser;
    row_index(l, ROW_RUN, item);
    return r;
}

uint32_t run_find(const struct ledger *l, int32_t day, uint32_t organiser)
{
    const struct index *ix = &l->table[ROW_RUN].index;
    uint32_t item;

    for (struct index_walk w = index_walk(ix, lapse_hash(l, organiser, day));
         (item = index_next(&w)) != 0;) {
        const struct run *r = ROW_AT(run, l, ROW_RUN, item);
        if (r->day == day && r->organiser == organiser)
            return item;
    }
    return 0;
}
