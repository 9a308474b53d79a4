/* audit.c - every invariant that can be seen in memory, checked the slow way. */
#include "ledger/bank_line.h"
#include "ledger/charge_store.h"
#include "ledger/interval.h"

/* ---- Tables: what is live is found, and nothing else is counted ----------------------------- */

static void audit_table(const struct ledger *l, enum row_kind kind)
{
    const struct table *t = &l->table[kind];
    uint32_t live = 0;

    for (uint32_t item = 1; item < t->pool.used; item++) {
        if (!row_live(l, kind, item))
            continue;
        live++;
        CHECK(row_indexed(l, kind, item));
        const struct row_head *head = pool_at(&t->pool, item);
        CHECK(head->dirty <= l->epoch);
    }
    CHECK(live == t->pool.live);
    CHECK(t->dirty.count <= t->pool.live);
    for (uint32_t i = 0; i < t->dirty.count; i++) {
        const struct row_head *head = pool_at(&t->pool, t->dirty.items[i]);
        CHECK(row_live(l, kind, t->dirty.items[i]));
        CHECK(head->dirty == l->epoch);
    }
}

/* Cells of charges, also those that charges have left: the new behind the frozen, and those behind
 * what the tables have. */
static void audit_charge_cells(const struct ledger *l)
{
    const struct table *t = &l->table[ROW_CHARGE];
    uint32_t cells = 0;
    uint32_t held = 0;
    uint32_t unsaved = 0;

    for (uint32_t item = l->charges.oldest; item != 0; item = charge_store_next(l, item)) {
        cells++;
        unsaved += unsaved > 0 || charge_store_unsaved(l, item);
        CHECK(charge_store_unsaved(l, item) == (unsaved > 0));
        CHECK((item == charge_store_first_unsaved(l)) == (unsaved == 1));
        if (!row_live(l, ROW_CHARGE, item))
            continue;
        held++;
        CHECK(row_indexed(l, ROW_CHARGE, item));
    }
    CHECK(cells == t->pool.live);
    CHECK(held == t->index.held);
}

static void audit_free_list(const struct pool *p)
{
    uint32_t free_items = 0;

    for (uint32_t item = p->free; item != 0;) {
        CHECK(item < p->used);
        free_items++;
        CHECK(free_items < p->used);
        memcpy(&item, pool_at(p, item), sizeof(item));
    }
    CHECK(p->live + free_items == p->used - 1);
}

static void audit_tables(const struct ledger *l)
{
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++) {
        const struct pool *p = &l->table[kind].pool;
        if (p->items == NULL)
            continue; /* META and ID have none */
        if (kind == ROW_CHARGE)
            continue;
        audit_table(l, (enum row_kind)kind);
        audit_free_list(p);
    }
    audit_charge_cells(l);
    audit_free_list(&l->versions);
    audit_free_list(&l->extras);
    audit_free_list(&l->totals);
    audit_free_list(&l->chunks);
    audit_free_list(&l->days);
}

/* ---- Vouchers and buckets ------------------------------------------------------------------- */

static uint32_t audit_voucher(const struct ledger *l, const struct voucher *v)
{
    uint32_t versions = 1;

    for (uint32_t at = v->now.older; at != 0; versions++) {
        const struct version *n = pool_at(&l->versions, at);
        CHECK(versions < LIMIT_VOUCHER_VERSIONS);
        at = n->older;
    }
    CHECK(versions == v->version_count);
    CHECK(v->now.service_count <= LIMIT_VOUCHER_SERVICES);
    CHECK(v->organiser != 0);
    CHECK(v->live_charges == 0 || v->opened);
    return versions - 1; /* the newest stands in the voucher */
}

static uint32_t audit_intervals(const struct ledger *l, const struct bucket *b)
{
    uint32_t chunks = 0;
    uint32_t count = 0;

    for (uint32_t at = b->intervals; at != 0; chunks++) {
        const struct interval_chunk *k = interval_chunk(l, at);
        CHECK(k->count > 0);
        CHECK(k->count <= (k->in_minutes ? 2 : 1) * INTERVALS_PER_CHUNK);
        for (uint32_t n = 0; n < k->count; n++) {
            const struct interval i = interval_at(k, n);
            CHECK(i.from < i.to);
            CHECK(i.to <= b->busy_until);
        }
        count += k->count;
        at = k->next;
    }
    CHECK(count == b->interval_count);
    CHECK(count <= LEDGER_INTERVALS_MAX);
    return chunks;
}

static uint32_t audit_totals(const struct ledger *l, const struct bucket *b, uint32_t bucket)
{
    int64_t taken = 0;
    uint32_t totals = 0;

    for (uint32_t at = b->open; at != 0; totals++) {
        const struct open_total *t = pool_at(&l->totals, at);
        CHECK(t->bucket == bucket);
        CHECK(t->day > l->meta.settled_through);
        CHECK(t->taken >= 0);
        CHECK(t->credit >= 0);
        taken += t->taken;
        at = t->next_of_bucket;
    }
    CHECK(taken <= b->pending); /* what is in review is pending without a total */
    return totals;
}

static void audit_vouchers(const struct ledger *l)
{
    uint32_t versions = 0;

    for (uint32_t item = 1; item < l->table[ROW_VOUCHER].pool.used; item++)
        if (row_live(l, ROW_VOUCHER, item))
            versions += audit_voucher(l, ROW_AT(voucher, l, ROW_VOUCHER, item));
    CHECK(versions == l->versions.live);
}

static void audit_buckets(const struct ledger *l)
{
    uint32_t chunks = 0;
    uint32_t totals = 0;

    for (uint32_t item = 1; item < l->table[ROW_BUCKET].pool.used; item++) {
        if (!row_live(l, ROW_BUCKET, item))
            continue;
        const struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, item);
        CHECK(b->pending >= 0);
        CHECK(b->allotment >= 0);
        if (b->lapse_day > l->meta.day)
            CHECK(b->allotment - b->settled - b->pending >= 0);
        chunks += audit_intervals(l, b);
        totals += audit_totals(l, b, item);
    }
    CHECK(chunks == l->chunks.live);
    CHECK(totals == l->totals.live);
}

/* ---- Open days ------------------------------------------------------------------------------ */

static uint32_t audit_day_tallies(const struct ledger *l, const struct open_day *d)
{
    uint32_t count = 0;

    for (uint32_t at = d->tallies; at != 0; count++) {
        const struct tally *t = ROW_AT(tally, l, ROW_TALLY, at);
        CHECK(t->day == d->day);
        CHECK(t->rows >= t->credit_rows);
        CHECK(t->credit_rows >= 0);
        CHECK(t->credit_cents >= 0);
        CHECK(t->cents + t->credit_cents >= 0); /* its charges */
        at = t->next_of_day;
    }
    return count;
}

static uint32_t audit_day_totals(const struct ledger *l, const struct open_day *d)
{
    uint32_t count = 0;

    for (uint32_t at = d->totals; at != 0; count++) {
        const struct open_total *t = pool_at(&l->totals, at);
        CHECK(t->day == d->day);
        at = t->next_of_day;
    }
    return count;
}

static void audit_days(const struct ledger *l)
{
    int32_t last = l->meta.settled_through;
    uint32_t tallies = 0;
    uint32_t totals = 0;

    for (uint32_t at = l->open_days; at != 0;) {
        const struct open_day *d = pool_at(&l->days, at);
        CHECK(d->day > last);
        last = d->day;
        tallies += audit_day_tallies(l, d);
        totals += audit_day_totals(l, d);
        at = d->next;
    }
    CHECK(totals == l->totals.live);
    for (uint32_t item = 1; item < l->table[ROW_TALLY].pool.used; item++)
        if (row_live(l, ROW_TALLY, item) &&
            ROW_AT(tally, l, ROW_TALLY, item)->day > l->meta.settled_through)
            tallies--;
    CHECK(tallies == 0); /* each unsettled line is in its day's list */
}

/* The charges of a day that waits for its night make up its lines, where all are still in memory.
 */
static void audit_day_charges(const struct ledger *l, int32_t day)
{
    int64_t cents = 0;
    int64_t rows = 0;

    for (uint32_t item = l->charges.oldest; item != 0; item = charge_store_next(l, item)) {
        struct charge_row c;
        charge_read(l, item, &c);
        if (!row_live(l, ROW_CHARGE, item) || c.state != CHARGE_APPROVED || c.settle_day != day)
            continue;
        cents += c.county;
        rows++;
    }
    for (uint32_t item = 1; item < l->table[ROW_TALLY].pool.used; item++) {
        const struct tally *t = ROW_AT(tally, l, ROW_TALLY, item);
        if (!row_live(l, ROW_TALLY, item) || t->day != day)
            continue;
        cents -= t->cents + t->credit_cents;
        rows -= t->rows - t->credit_rows;
    }
    CHECK(cents == 0);
    CHECK(rows == 0);
}

static void audit_charges(const struct ledger *l)
{
    if (l->evicted_id_ms != 0)
        return; /* some may be in the tables only */
    for (uint32_t at = l->open_days; at != 0;) {
        const struct open_day *d = pool_at(&l->days, at);
        audit_day_charges(l, d->day);
        at = d->next;
    }
}

/* ---- Accounts ------------------------------------------------------------------------------- */

/* Of an organiser: what its own sheet says less what its providers' sheets say. */
struct sheets {
    int64_t payable;
    int64_t in_transit;
    int64_t bank;
    int64_t in_payouts; /* of the providers alone */
};

static void sheets_add(struct sheets *s, const struct account *a)
{
    int64_t sign = a->provider == 0 ? 1 : -1;

    s->payable += sign * a->payable;
    s->in_transit += sign * a->in_transit;
    s->bank += sign * a->bank;
    s->in_payouts += a->in_payouts;
}

static void audit_account(const struct account *a)
{
    CHECK(a->settled == a->payable + a->in_transit + a->bank);
    CHECK(a->in_transit >= 0);
    CHECK(a->bank >= 0);
    if (a->provider != 0) {
        CHECK(a->commitment == 0 && a->allotted == 0 && a->pending == 0);
        CHECK(a->in_payouts >= 0);
        return;
    }
    CHECK(a->commitment + a->allotted + a->pending + a->payable + a->in_transit + a->bank == 0);
    CHECK(a->allotted >= 0);
    CHECK(a->pending >= 0);
    CHECK(a->in_payouts == 0);
}

/* What is allotted lapses some day, and the lapses to come say when. */
static void audit_lapses(const struct ledger *l, uint32_t organiser)
{
    int64_t left = ROW_AT(account, l, ROW_ACCOUNT, account_find(l, organiser, 0))->allotted;

    for (uint32_t item = 1; item < l->table[ROW_LAPSE].pool.used; item++) {
        const struct lapse *p = ROW_AT(lapse, l, ROW_LAPSE, item);
        if (row_live(l, ROW_LAPSE, item) && p->organiser == organiser)
            left -= p->cents;
    }
    CHECK(left == 0);
}

/* Every payout's money is where its state says, where all are still in memory. */
static void audit_payouts(const struct ledger *l, uint32_t organiser, int64_t in_payouts)
{
    const struct account *own =
        ROW_AT(account, l, ROW_ACCOUNT, account_find(l, organiser, 0)); /* 0: all zero */
    int64_t at[PAYOUT_RETURNED + 1] = {0};
    int64_t in_transit = 0;
    int64_t moving = 0; /* as their runs count them */
    int64_t booked = 0;

    for (uint32_t item = 1; item < l->table[ROW_RUN].pool.used; item++) {
        const struct run *r = ROW_AT(run, l, ROW_RUN, item);
        if (!row_live(l, ROW_RUN, item) || r->organiser != organiser)
            continue;
        moving += r->in_transit;
        booked += r->booked;
    }
    for (uint32_t item = 1; item < l->table[ROW_PAYOUT].pool.used; item++) {
        const struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
        if (!row_live(l, ROW_PAYOUT, item) || p->organiser != organiser)
            continue;
        CHECK(p->state >= PAYOUT_PLANNED && p->state <= PAYOUT_RETURNED);
        CHECK(run_find(l, p->run_day, organiser) != 0);
        CHECK(payout_left(p) == (p->state >= PAYOUT_EXPORTED || payout_in_transit(p)));
        *(payout_in_transit(p) ? &in_transit : &at[p->state]) += p->cents;
        moving -= payout_in_transit(p);
    }
    CHECK(moving == 0);
    CHECK(booked == at[PAYOUT_PAID] + at[PAYOUT_RETURNED]);
    CHECK(at[PAYOUT_PLANNED] + at[PAYOUT_HELD] == in_payouts);
    CHECK(in_transit == own->in_transit);
    CHECK(at[PAYOUT_PAID] == own->bank);
}

static void audit_accounts(const struct ledger *l)
{
    struct sheets sheets[LIMIT_ORGANISERS + 1] = {0};
    const struct pool *p = &l->table[ROW_ACCOUNT].pool;

    for (uint32_t item = 1; item < p->used; item++) {
        const struct account *a = ROW_AT(account, l, ROW_ACCOUNT, item);
        CHECK(a->organiser <= LIMIT_ORGANISERS);
        audit_account(a);
        sheets_add(&sheets[a->organiser], a);
    }
    for (uint32_t o = 0; o <= LIMIT_ORGANISERS; o++) {
        audit_lapses(l, o);
        CHECK(sheets[o].payable == 0);
        CHECK(sheets[o].in_transit == 0);
        CHECK(sheets[o].bank == 0);
        if (l->evicted_id_ms == 0) /* else some payouts may be in the tables only */
            audit_payouts(l, o, sheets[o].in_payouts);
    }
}

/* ---- Lines of the bank ---------------------------------------------------------------------- */

static void audit_bank_lines(const struct ledger *l)
{
    uint32_t open = 0;
    uint32_t item;

    for (uint32_t at = 1; (item = open_line_next(l, &at)) != 0; open++) {
        const struct open_line *o = ROW_AT(open_line, l, ROW_OPEN_LINE, item);
        uint32_t line = bank_line_find(l, o->line); /* 0: in the tables only */
        if (line == 0)
            continue;
        const struct bank_line *b = ROW_AT(bank_line, l, ROW_BANK_LINE, line);
        CHECK(b->organiser == o->organiser);
        CHECK(b->day == o->day);
    }
    CHECK(open == l->open_lines);
    CHECK(open <= LIMIT_OPEN_LINES);
    for (item = 1; item < l->table[ROW_BANK_LINE].pool.used; item++) {
        const struct bank_line *b = ROW_AT(bank_line, l, ROW_BANK_LINE, item);
        if (row_live(l, ROW_BANK_LINE, item))
            CHECK(bank_line_open(b) == (open_line_find(l, b->line) != 0));
    }
}

void ledger_audit(const struct ledger *l)
{
    CHECK(l != NULL);
    audit_tables(l);
    audit_vouchers(l);
    audit_buckets(l);
    audit_days(l);
    audit_charges(l);
    audit_accounts(l);
    audit_bank_lines(l);
}
