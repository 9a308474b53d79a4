/* settle.c - the night: a day's running totals become posted balances, payables and payouts.
 *
 * It costs what the day touched - buckets and providers - and never looks at a charge. */
#include "ledger/state.h"

/* ---- Judging
 * -------------------------------------------------------------------------------------- */

/* Nothing was settled yet: does an approved charge or credit of an earlier day wait? */
static bool earlier_day_waits(const struct ledger *l, int32_t day)
{
    for (uint32_t at = l->open_days; at != 0;) {
        const struct open_day *d = pool_at(&l->days, at);
        if (d->day >= day)
            return false;
        for (uint32_t t = d->tallies; t != 0; t = ROW_AT(tally, l, ROW_TALLY, t)->next_of_day)
            if (ROW_AT(tally, l, ROW_TALLY, t)->rows > 0)
                return true;
        at = d->next;
    }
    return false;
}

static void summarise(const struct batch *b, struct batch_summary *out)
{
    out->present = true;
    out->day = b->day;
    out->rows = b->rows;
    out->cents = b->cents;
    out->number = b->number;
    memcpy(out->hash, b->hash, sizeof(out->hash));
}

/* ---- Buckets
 * ---------------------------------------------------------------------------------------- */

static void write_history(struct ledger *l, const struct bucket *b, int32_t day)
{
    struct history *h = history_make(l, b->period, b->digits, day);
    h->posted = b->allotment - b->settled;
    h->pending = b->pending;
    h->settled = b->settled;
}

/* COMMITMENT -> ALLOTTED for what is credited to a bucket that people still can use. The credit's
 * PAYABLE -> COMMITMENT is release_credits(). */
static void credit_bucket(struct ledger *l, const struct bucket *b, int64_t credit, int32_t day)
{
    if (credit == 0 || b->lapse_day <= day + 1) /* mutation: it would lapse this very night */
        return;
    uint32_t item = voucher_find(l, b->digits);
    CHECK(item != 0); /* prepare has fetched the vouchers of credited buckets */
    const struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    if (v->kind != SALDO__V1__VOUCHER_KIND__BALANCE)
        return; /* units carry no euros */
    struct account *own = account_make(l, v->organiser, 0);
    own->allotted += credit;
    own->commitment -= credit;
    lapse_add(l, v->organiser, b->lapse_day, credit);
}

static void unlink_total(const struct ledger *l, struct bucket *b, uint32_t total)
{
    uint32_t *link = &b->open;
    while (*link != total) {
        CHECK(*link != 0);
        link = &((struct open_total *)pool_at(&l->totals, *link))->next_of_bucket;
    }
    *link = ((struct open_total *)pool_at(&l->totals, total))->next_of_bucket;
}

static void settle_buckets(struct ledger *l, struct open_day *d)
{
    for (uint32_t at = d->totals; at != 0;) {
        struct open_total *t = pool_at(&l->totals, at);
        struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, t->bucket);
        uint32_t next = t->next_of_day;
        row_touch(l, ROW_BUCKET, t->bucket);
        b->pending -= t->taken;
        b->settled += t->taken - t->credit;
        CHECK(b->pending >= 0);
        credit_bucket(l, b, t->credit, d->day);
        write_history(l, b, d->day);
        unlink_total(l, b, at);
        pool_give(&l->totals, at);
        at = next;
    }
    d->totals = 0;
}

/* ---- Providers
 * --------------------------------------------------------------------------------------- */

/* Order of the batch's lines: organiser code, provider id. */
static int tally_compare(const struct ledger *l, uint32_t x, uint32_t y)
{
    const struct tally *a = ROW_AT(tally, l, ROW_TALLY, x);
    const struct tally *b = ROW_AT(tally, l, ROW_TALLY, y);
    int order = strcmp(ROW_AT(organiser, l, ROW_ORGANISER, a->organiser)->code.text,
                       ROW_AT(organiser, l, ROW_ORGANISER, b->organiser)->code.text);
    if (order != 0)
        return order;
    return strcmp(ROW_AT(provider, l, ROW_PROVIDER, a->provider)->id.text,
                  ROW_AT(provider, l, ROW_PROVIDER, b->provider)->id.text);
}

static uint32_t *tally_next(const struct ledger *l, uint32_t item)
{
    return &ROW_AT(tally, l, ROW_TALLY, item)->next_of_day;
}

static uint32_t tally_merge(const struct ledger *l, uint32_t x, uint32_t y)
{
    uint32_t first = 0;
    uint32_t *link = &first;
    while (x != 0 && y != 0) {
        uint32_t *take = tally_compare(l, x, y) <= 0 ? &x : &y; /* mutation: no two are alike */
        *link = *take;
        link = tally_next(l, *take);
        *take = *link;
    }
    *link = x != 0 ? x : y;
    return first;
}

/* Bottom-up merge sort of a list: runs[i] is empty or holds 2^i lines. */
static uint32_t tally_sort(const struct ledger *l, uint32_t list)
{
    uint32_t runs[32] = {0};
    while (list != 0) {
        uint32_t run = list;
        list = *tally_next(l, run);
        *tally_next(l, run) = 0;
        unsigned i = 0;
        for (; runs[i] != 0; i++) {
            run = tally_merge(l, runs[i], run);
            runs[i] = 0;
        }
        runs[i] = run;
    }
    uint32_t all = 0;
    for (unsigned i = 0; i < 32; i++)
        all = tally_merge(l, runs[i], all);
    return all;
}

/* PENDING -> PAYABLE for the charges; the provider's own account gets the net. */
static void post_line(struct ledger *l, const struct tally *t)
{
    struct account *own = account_make(l, t->organiser, 0);
    struct account *pair = account_make(l, t->organiser, t->provider);
    int64_t charges = t->cents + t->credit_cents;
    own->pending -= charges;
    own->payable += charges;
    pair->payable += t->cents;
    own->settled += t->cents;
    pair->settled += t->cents;
    CHECK(own->pending >= 0);
}

static void hash_line(const struct ledger *l, const struct tally *t, struct merkle_batch *hash)
{
    struct merkle_batch_line line = {
        .organiser = text_of(ROW_AT(organiser, l, ROW_ORGANISER, t->organiser)->code.text),
        .provider = text_of(ROW_AT(provider, l, ROW_PROVIDER, t->provider)->id.text),
        .rows = t->rows,
        .cents = t->cents,
        .credit_rows = t->credit_rows,
        .credit_cents = t->credit_cents,
    };
    merkle_batch_line(hash, &line);
}

static void settle_lines(struct ledger *l, const struct act *a, uint32_t tallies, int32_t day)
{
    int64_t rows = 0;
    int64_t cents = 0;
    struct merkle_batch hash;
    merkle_batch_begin(&hash, l->genesis.ledger_id, day);
    for (uint32_t at = tally_sort(l, tallies); at != 0; at = *tally_next(l, at)) {
        const struct tally *t = ROW_AT(tally, l, ROW_TALLY, at);
        if (t->rows == 0)
            continue; /* all its charges were deleted */
        rows += t->rows;
        cents += t->cents;
        hash_line(l, t, &hash);
        post_line(l, t);
    }
    struct batch *b = batch_make(l, day);
    b->number = a->number;
    b->rows = rows;
    b->cents = cents;
    merkle_batch_end(&hash, b->hash);
}

/* PAYABLE -> COMMITMENT for the day's credits. */
static void release_credits(struct ledger *l, uint32_t tallies)
{
    for (uint32_t at = tallies; at != 0; at = *tally_next(l, at)) {
        const struct tally *t = ROW_AT(tally, l, ROW_TALLY, at);
        if (t->credit_cents == 0)
            continue;
        struct account *own = account_make(l, t->organiser, 0);
        own->payable -= t->credit_cents;
        own->commitment += t->credit_cents;
    }
}

/* ---- Lapse
 * -------------------------------------------------------------------------------------------- */

static void post_lapses(struct ledger *l, int32_t first, int32_t last)
{
    uint32_t organisers = l->table[ROW_ORGANISER].pool.used;
    for (int32_t day = first; day <= last; day++) {
        for (uint32_t o = 1; o < organisers; o++) {
            uint32_t item = lapse_find(l, o, day);
            if (item == 0)
                continue;
            row_touch(l, ROW_LAPSE, item);
            struct lapse *p = ROW_AT(lapse, l, ROW_LAPSE, item);
            struct account *own = account_make(l, o, 0);
            own->allotted -= p->cents;
            own->commitment += p->cents;
            p->cents = 0;
        }
    }
}

/* ---- The night
 * -------------------------------------------------------------------------------------------- */

/* Open days before `day` have nothing but touched buckets (see earlier_day_waits). */
static uint32_t settle_days(struct ledger *l, int32_t day)
{
    uint32_t tallies = 0;
    while (l->open_days != 0) {
        uint32_t item = l->open_days;
        struct open_day *d = pool_at(&l->days, item);
        if (d->day > day)
            break;
        settle_buckets(l, d);
        if (d->day == day)
            tallies = d->tallies;
        l->open_days = d->next;
        pool_give(&l->days, item);
    }
    return tallies;
}

static void settle(struct ledger *l, const struct act *a, int32_t day)
{
    bool first = l->meta.settled_through == 0; /* whatever lapsed before it lapses now */
    int32_t lapse_from = first ? LIMIT_DAY_FIRST : l->meta.settled_through + 2;
    uint32_t tallies = settle_days(l, day);
    release_credits(l, tallies);
    settle_lines(l, a, tallies, day);
    post_lapses(l, lapse_from, day + 1);
    uint32_t organisers = l->table[ROW_ORGANISER].pool.used;
    for (uint32_t o = 1; o < organisers; o++) /* mutation: the next one is all 0, on command */
        if (account_run_day(ROW_AT(organiser, l, ROW_ORGANISER, o), day))
            run_decide(l, o, day);
    l->meta.settled_through = day;
}

enum outcome command_settle_day(struct ledger *l, const struct act *a,
                                const Saldo__V1__SettleDay *c, struct answer *out)
{
    (void)out;
    int32_t through = l->meta.settled_through;
    if (c->day < LIMIT_DAY_FIRST || c->day > LIMIT_DAY_LAST)
        return OUTCOME_FIELD_INVALID;
    if (a->key->organiser != 0)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (a->day <= c->day)
        return OUTCOME_DAY_NOT_CLOSED;
    uint32_t settled = batch_find(l, c->day);
    if (settled != 0) {
        if (a->batch != NULL)
            summarise(ROW_AT(batch, l, ROW_BATCH, settled), a->batch);
        return OUTCOME_ACCEPTED;
    }
    if (through != 0 ? c->day != through + 1 : earlier_day_waits(l, c->day))
        return OUTCOME_DAY_OUT_OF_ORDER;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    settle(l, a, c->day);
    if (a->batch != NULL)
        summarise(ROW_AT(batch, l, ROW_BATCH, batch_find(l, c->day)), a->batch);
    return OUTCOME_ACCEPTED;
}
