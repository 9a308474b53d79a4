/* voucher.c - what a voucher says about a day: its version, its end, its state, its allotment. */
#include "ledger/state.h"

uint64_t voucher_hash(const struct ledger *l, int32_t digits)
{
    return hash_mix(l->seed ^ (uint32_t)digits);
}

uint32_t voucher_find(const struct ledger *l, int32_t digits)
{
    const struct index *ix = &l->table[ROW_VOUCHER].index;
    uint32_t item;
    if (digits < 0)
        return 0;
    for (struct index_walk w = index_walk(ix, voucher_hash(l, digits));
         (item = index_next(&w)) != 0;) {
        if (ROW_AT(voucher, l, ROW_VOUCHER, item)->digits == digits)
            return item;
    }
    return 0;
}

uint32_t voucher_make(struct ledger *l, int32_t digits)
{
    CHECK(digits >= 0);
    CHECK(voucher_find(l, digits) == 0);
    uint32_t item = row_new(l, ROW_VOUCHER);
    struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    v->digits = digits;
    v->closed_on = CALENDAR_DAY_OPEN;
    v->used = true;
    v->version_count = 1;
    v->now.unit_value = -1;
    catalogue_index(l, ROW_VOUCHER, item);
    return item;
}

/* ---- A day ----------------------------------------------------------------------------------- */

int32_t voucher_end(const struct voucher *v)
{
    return calendar_earlier(v->now.valid_to, v->closed_on);
}

int32_t voucher_final_day(const struct ledger *l, const struct voucher *v)
{
    return voucher_end(v) + ROW_AT(organiser, l, ROW_ORGANISER, v->organiser)->grace_days + 1;
}

static const struct version *older_than(const struct ledger *l, const struct version *version)
{
    return version->older == 0 ? NULL : pool_at(&l->versions, version->older);
}

const struct version *voucher_version_on(const struct ledger *l, const struct voucher *v,
                                         int32_t day)
{
    const struct version *at = &v->now;
    while (at->effective_from > day && at->older != 0)
        at = older_than(l, at);
    return at;
}

bool voucher_suspended(const struct ledger *l, const struct voucher *v, int32_t day)
{
    for (uint32_t item = v->extras; item != 0;) {
        const struct extra *e = pool_at(&l->extras, item);
        if (e->kind == EXTRA_SUSPENSION && e->from <= day && day <= e->to)
            return true;
        item = e->next;
    }
    return false;
}

bool voucher_prior_approval(const struct ledger *l, const struct voucher *v, uint32_t service,
                            int32_t day)
{
    for (uint32_t item = v->extras; item != 0;) {
        const struct extra *e = pool_at(&l->extras, item);
        if (e->kind == EXTRA_PRIOR_APPROVAL && e->service == service && e->from <= day &&
            day <= e->to)
            return true;
        item = e->next;
    }
    return false;
}

int32_t voucher_period(const struct voucher *v, int32_t month)
{
    bool whole = v->period == SALDO__V1__PERIOD__WHOLE || v->carry_over;
    return whole ? 0 : month;
}

const char *voucher_state(const struct ledger *l, const struct voucher *v, int32_t day)
{
    if (v->voided)
        return "VOID";
    if (day >= voucher_final_day(l, v))
        return "FINAL";
    if (day > voucher_end(v))
        return "CLOSED";
    return v->opened ? "OPEN" : "GRANTED";
}

/* ---- Allotment ------------------------------------------------------------------------------- */

/* Versions side by side, newest first: those of a voucher, or also one that is only considered. */
struct versions {
    const struct voucher *voucher;
    uint32_t count;
    const struct version *at[LIMIT_VOUCHER_VERSIONS + 1];
};

static void collect(struct versions *all, const struct ledger *l, const struct voucher *v,
                    int32_t recorded_day)
{
    for (const struct version *at = &v->now; at != NULL; at = older_than(l, at)) {
        if (at->recorded_day > recorded_day)
            continue;
        CHECK(all->count <= LIMIT_VOUCHER_VERSIONS);
        all->at[all->count++] = at;
    }
}

/* Days of the month on which version `i` is in force, within the validity; 0 or less: none. */
static int64_t days_in_force(const struct versions *all, uint32_t i, int32_t month)
{
    int32_t from = calendar_later(calendar_month_first(month), all->voucher->valid_from);
    from = calendar_later(from, all->at[i]->effective_from);
    int32_t to = calendar_earlier(calendar_month_last(month), all->at[0]->valid_to);
    for (uint32_t newer = 0; newer < i; newer++)
        to = calendar_earlier(to, all->at[newer]->effective_from - 1);
    return (int64_t)to - from + 1;
}

/* Each version's amount for the days it is in force, rounded once. */
static int64_t month_amount(const struct versions *all, int32_t month)
{
    int64_t sum = 0;
    int64_t amount;
    int32_t days = calendar_month_last(month) - calendar_month_first(month) + 1;
    for (uint32_t i = 0; i < all->count; i++) {
        int64_t in_force = days_in_force(all, i, month);
        if (in_force > 0) /* mutation: nothing for no day */
            sum += all->at[i]->amount * in_force;
    }
    bool fits = money_part(sum, 1, days, &amount);
    CHECK(fits); /* at most LIMIT_VOUCHER_CENTS a day */
    return amount;
}

/* A quota is not cut: the last version in force in the month gives it whole. */
static int64_t month_quota(const struct versions *all, int32_t month)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (days_in_force(all, i, month) > 0)
            return all->at[i]->amount;
    }
    return 0;
}

static int64_t months_amount(const struct versions *all, int32_t month)
{
    int64_t sum = 0;
    int32_t last = calendar_earlier(calendar_month(all->at[0]->valid_to), month);
    for (int32_t m = calendar_month(all->voucher->valid_from); m <= last; m++)
        sum += month_amount(all, m);
    return sum;
}

static int64_t allotment(const struct versions *all, int32_t month)
{
    if (all->count == 0)
        return 0; /* not granted yet */
    if (all->voucher->period == SALDO__V1__PERIOD__WHOLE)
        return all->at[0]->amount;
    if (all->voucher->kind == SALDO__V1__VOUCHER_KIND__QUANTITY)
        return month_quota(all, month);
    return all->voucher->carry_over ? months_amount(all, month) : month_amount(all, month);
}

int64_t voucher_allotment(const struct ledger *l, const struct voucher *v, int32_t month,
                          int32_t recorded_day)
{
    struct versions all;
    all.voucher = v;
    all.count = 0;
    collect(&all, l, v, recorded_day);
    return allotment(&all, month);
}

int64_t voucher_allotment_amended(const struct ledger *l, const struct voucher *v,
                                  const struct version *newest, int32_t month)
{
    struct versions all;
    all.voucher = v;
    all.count = 1;
    all.at[0] = newest;
    collect(&all, l, v, CALENDAR_DAY_OPEN);
    return allotment(&all, month);
}
