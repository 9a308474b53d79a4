/* account.c - double entry by organiser and provider, the lines of open days, and lapses. */
#include "ledger/state.h"

uint64_t account_hash(const struct ledger *l, uint32_t organiser, uint32_t provider)
{
    return hash_mix(l->seed ^ ((uint64_t)organiser << 32 | provider));
}

uint32_t account_find(const struct ledger *l, uint32_t organiser, uint32_t provider)
{
    const struct index *ix = &l->table[ROW_ACCOUNT].index;
    uint32_t item;
    for (struct index_walk w = index_walk(ix, account_hash(l, organiser, provider));
         (item = index_next(&w)) != 0;) {
        const struct account *a = ROW_AT(account, l, ROW_ACCOUNT, item);
        if (a->organiser == organiser && a->provider == provider)
            return item;
    }
    return 0;
}

struct account *account_make(struct ledger *l, uint32_t organiser, uint32_t provider)
{
    uint32_t item = account_find(l, organiser, provider);
    if (item != 0) {
        row_touch(l, ROW_ACCOUNT, item);
        return ROW_AT(account, l, ROW_ACCOUNT, item);
    }
    item = row_new(l, ROW_ACCOUNT);
    struct account *a = ROW_AT(account, l, ROW_ACCOUNT, item);
    a->organiser = organiser;
    a->provider = provider;
    row_index(l, ROW_ACCOUNT, item);
    return a;
}

/* Days are few (today, and yesterday until it is settled), so a list in order will do. */
struct open_day *day_make(struct ledger *l, int32_t day)
{
    uint32_t *link = &l->open_days;
    while (*link != 0) {
        struct open_day *d = pool_at(&l->days, *link);
        if (d->day == day)
            return d;
        if (d->day > day) /* mutation: the same day is found above */
            break;
        link = &d->next;
    }
    uint32_t item = pool_take(&l->days);
    struct open_day *d = pool_at(&l->days, item);
    d->day = day;
    d->next = *link;
    *link = item;
    return d;
}

uint64_t tally_hash(const struct ledger *l, int32_t day, uint32_t organiser, uint32_t provider)
{
    return hash_mix(account_hash(l, organiser, provider) + (uint32_t)day);
}

uint32_t tally_find(const struct ledger *l, int32_t day, uint32_t organiser, uint32_t provider)
{
    const struct index *ix = &l->table[ROW_TALLY].index;
    uint32_t item;
    for (struct index_walk w = index_walk(ix, tally_hash(l, day, organiser, provider));
         (item = index_next(&w)) != 0;) {
        const struct tally *t = ROW_AT(tally, l, ROW_TALLY, item);
        if (t->day == day && t->organiser == organiser && t->provider == provider)
            return item;
    }
    return 0;
}

struct tally *tally_make(struct ledger *l, int32_t day, uint32_t organiser, uint32_t provider)
{
    CHECK(day > l->meta.settled_through);
    uint32_t item = tally_find(l, day, organiser, provider);
    if (item != 0) {
        row_touch(l, ROW_TALLY, item);
        return ROW_AT(tally, l, ROW_TALLY, item);
    }
    item = row_new(l, ROW_TALLY);
    struct tally *t = ROW_AT(tally, l, ROW_TALLY, item);
    struct open_day *d = day_make(l, day);
    t->day = day;
    t->organiser = organiser;
    t->provider = provider;
    t->next_of_day = d->tallies;
    d->tallies = item;
    row_index(l, ROW_TALLY, item);
    return t;
}

uint64_t lapse_hash(const struct ledger *l, uint32_t organiser, int32_t day)
{
    return hash_mix(l->seed ^ ((uint64_t)organiser << 32 | (uint32_t)day));
}

uint32_t lapse_find(const struct ledger *l, uint32_t organiser, int32_t day)
{
    const struct index *ix = &l->table[ROW_LAPSE].index;
    uint32_t item;
    for (struct index_walk w = index_walk(ix, lapse_hash(l, organiser, day));
         (item = index_next(&w)) != 0;) {
        const struct lapse *p = ROW_AT(lapse, l, ROW_LAPSE, item);
        if (p->organiser == organiser && p->day == day)
            return item;
    }
    return 0;
}

bool lapse_posted(const struct ledger *l, int32_t day)
{
    return l->meta.settled_through != 0 && day <= l->meta.settled_through + 1;
}

void lapse_add(struct ledger *l, uint32_t organiser, int32_t day, int64_t cents)
{
    if (cents == 0)
        return;
    if (lapse_posted(l, day)) { /* its night is over: it goes straight back to the county */
        struct account *a = account_make(l, organiser, 0);
        a->allotted -= cents;
        a->commitment += cents;
        return;
    }
    uint32_t item = lapse_find(l, organiser, day);
    if (item == 0) {
        item = row_new(l, ROW_LAPSE);
        struct lapse *p = ROW_AT(lapse, l, ROW_LAPSE, item);
        p->organiser = organiser;
        p->day = day;
        row_index(l, ROW_LAPSE, item);
    } else {
        row_touch(l, ROW_LAPSE, item);
    }
    ROW_AT(lapse, l, ROW_LAPSE, item)->cents += cents;
}

/* Is `settle_day` one whose night makes the organiser's payout run? */
bool account_run_day(const struct organiser *o, int32_t settle_day)
{
    int32_t next = settle_day + 1;
    switch ((Saldo__V1__PayoutCalendar)o->payout_calendar) {
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY:
        return true;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_WEEKLY:
        return calendar_weekday(next) == o->payout_day;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY:
        return calendar_date(next).day == o->payout_day;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_ON_COMMAND:
    case _SALDO__V1__PAYOUT_CALENDAR_IS_INT_SIZE:
        break;
    }
    return false;
}

/* The cache saves the walk to the next run for every charge of a day; SetOrganiser clears it. */
int32_t account_pays_on(struct ledger *l, uint32_t organiser, int32_t settle_day)
{
    struct organiser *o = ROW_AT(organiser, l, ROW_ORGANISER, organiser);
    if (o->payout_calendar == SALDO__V1__PAYOUT_CALENDAR__PAYOUT_ON_COMMAND)
        return 0;
    if (o->pays_on_from == settle_day && o->pays_on != 0)
        return o->pays_on;
    int32_t day = settle_day;
    while (!account_run_day(o, day))
        day++;
    o->pays_on_from = settle_day;
    o->pays_on = calendar_next_bank_day(day + 1);
    return o->pays_on;
}
