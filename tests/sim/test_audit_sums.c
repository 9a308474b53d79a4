/* The auditor's sums over a random county: commands and charges of every kind, nights, payouts and
 * the bank. They must agree with the ledger in every figure; and where one figure of the ledger is
 * changed, they must say so.
 *
 * SEED=n repeats a run, STEPS=n makes it longer or shorter (40,000 by default). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/compare.h"
#include "audit/shelf.h"
#include "audit/sums.h"
#include "ledger/state.h"
#include "tests/support/dice.h"
#include "tests/support/keys.h"
#include "tests/support/traffic.h"

enum { STEPS_DEFAULT = 40000, CHARGES_MOST = 1 << 22, PUT_AWAY_EVERY = 1000 };

struct audit {
    struct ledger *ledger;
    struct shelf *rows; /* what has left it */
    struct ledger_source source;
    struct sums *sums;
    struct signers signers;
    struct flaws flaws;
    struct answer answers[LIMIT_BATCH_ITEMS];
};

/* ---- The same entries once more ----------------------------------------------------------- */

static void apply(struct audit *a, const struct tape_entry *entry)
{
    struct tape_request r;
    struct decision d;

    tape_unpack(entry, &r);
    if (ledger_prepare(a->ledger, &r.entry, &a->source) != FAULT_NONE)
        abort();
    ledger_apply(a->ledger, &r.entry, a->answers, &d);
    sums_entry(a->sums,
               &(struct sums_entry){&d, &r.request, signers_find(&a->signers, r.request.key_id)});
    signers_learn(&a->signers, &r.request, a->answers, r.entry.number);
    tape_release(&r);
}

static void put_away(struct audit *a)
{
    ledger_freeze_sink(a->ledger, shelf_put, a->rows);
    ledger_freeze(a->ledger);
    while (!ledger_freeze_step(a->ledger, UINT32_MAX))
        ;
    ledger_thaw(a->ledger);
    while (!ledger_evict_step(a->ledger, UINT32_MAX))
        ;
    shelf_rest(a->rows);
    sums_rest(a->sums);
}

static void open_audit(struct audit *a, const struct world *w)
{
    const struct ledger_limits limits = {.charges = 400000, .vouchers = 8192, .buckets = 16384};
    struct test_key administrator;

    test_key("administrator", &administrator);
    if (ledger_new(&limits, &w->genesis, &a->ledger) != FAULT_NONE)
        abort();
    signers_start(&a->signers, administrator.public);
    a->sums = sums_new(w->genesis.ledger_id, CHARGES_MOST, &a->flaws);
    if (a->sums == NULL)
        abort();
    a->rows = shelf_new((struct shelf_size){.charges = 1000, .bytes = 1 << 30});
    if (a->rows == NULL)
        abort();
    a->source = shelf_source(a->rows);
    for (size_t i = 0; i < w->tape.count; i++) {
        apply(a, &w->tape.entries[i]);
        if (i % PUT_AWAY_EVERY == PUT_AWAY_EVERY - 1 && i < w->tape.count / 2)
            put_away(a);
    }
}

static void close_audit(struct audit *a)
{
    sums_free(a->sums);
    signers_free(&a->signers);
    ledger_free(a->ledger);
    shelf_free(a->rows);
    flaws_free(&a->flaws);
}

static void compare(struct audit *a, struct compare_counts *counts)
{
    if (compare_ledger(a->sums, a->ledger, &a->source, counts) != FAULT_NONE)
        abort();
}

static bool agrees(struct audit *a)
{
    struct compare_counts counts;

    uint64_t before = a->flaws.total;

    compare(a, &counts);
    for (uint64_t i = before; i < a->flaws.count && i < before + 10; i++)
        fprintf(stderr, "entry %" PRIu64 ": %s\n", a->flaws.list[i].number, a->flaws.list[i].text);
    printf("%" PRIu64 " buckets, %" PRIu64 " commitments, %" PRIu64 " lines, %" PRIu64
           " batches, %" PRIu64 " accounts, %" PRIu64 " payouts, %" PRIu64 " runs\n",
           counts.buckets, counts.commitments, counts.lines, counts.batches, counts.accounts,
           counts.payouts, counts.runs);
    return a->flaws.total == before;
}

/* ---- Planted faults ----------------------------------------------------------------------- */

/* A figure of the first row of a kind that is worth changing. */
static void *first_row(struct audit *a, enum row_kind kind)
{
    for (uint32_t i = a->ledger->table[kind].pool.used - 1; i > 0; i--)
        if (row_live(a->ledger, kind, i))
            return pool_at(&a->ledger->table[kind].pool, i);
    fprintf(stderr, "no row of kind %d\n", (int)kind);
    abort();
}

static bool notices(struct audit *a, const char *what, int64_t *figure, int64_t change)
{
    struct compare_counts counts;
    uint64_t before = a->flaws.total;

    *figure += change;
    compare(a, &counts);
    *figure -= change;
    if (a->flaws.total > before)
        return true;
    fprintf(stderr, "nobody noticed: %s\n", what);
    return false;
}

/* Everything that may leave the memory does; buckets would only where they are many. */
static void put_all_away(struct audit *a)
{
    struct ledger *l = a->ledger;

    put_away(a);
    for (uint32_t i = 1; i < l->table[ROW_BUCKET].pool.used; i++)
        if (row_live(l, ROW_BUCKET, i) && ROW_AT(bucket, l, ROW_BUCKET, i)->open == 0)
            row_drop(l, ROW_BUCKET, i);
}

/* Rows of one kind that have left the memory, and are nowhere now. */
static enum row_kind lost;

static enum fault scan_without(void *context, enum row_kind kind, const uint8_t *prefix,
                               size_t prefix_len, const uint8_t *start, size_t start_len,
                               bool (*row)(void *arg, const uint8_t *key, size_t key_len,
                                           const uint8_t *value, size_t value_len),
                               void *arg)
{
    struct audit *a = context;
    const struct ledger_source source = shelf_rows(a->rows);

    if (kind == lost)
        return FAULT_NONE;
    return source.scan(source.context, kind, prefix, prefix_len, start, start_len, row, arg);
}

static bool notices_lost(struct audit *a)
{
    static const enum row_kind kinds[] = {ROW_BUCKET, ROW_TALLY, ROW_BATCH, ROW_PAYOUT, ROW_RUN};
    bool all = true;

    a->source = (struct ledger_source){.context = a, .scan = scan_without};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct compare_counts counts;
        uint64_t before = a->flaws.total;
        lost = kinds[i];
        compare(a, &counts);
        if (a->flaws.total > before)
            continue;
        fprintf(stderr, "nobody noticed: rows of kind %d are lost\n", (int)lost);
        all = false;
    }
    return all;
}

static bool notices_all(struct audit *a)
{
    struct bucket *bucket = first_row(a, ROW_BUCKET);
    struct tally *tally = first_row(a, ROW_TALLY);
    struct batch *batch = first_row(a, ROW_BATCH);
    struct account *account = first_row(a, ROW_ACCOUNT);
    struct payout *payout = first_row(a, ROW_PAYOUT);
    struct commitment *commitment = first_row(a, ROW_COMMITMENT);
    struct account *own = ROW_AT(account, a->ledger, ROW_ACCOUNT, account_find(a->ledger, 1, 0));
    bool all = true;

    all = notices(a, "settled of a bucket", &bucket->settled, 1) && all;
    all = notices(a, "pending of a bucket", &bucket->pending, -1) && all;
    all = notices(a, "rows of a line", &tally->rows, 1) && all;
    all = notices(a, "cents of a line", &tally->cents, 1) && all;
    all = notices(a, "cents of a batch", &batch->cents, 1) && all;
    all = notices(a, "payable", &account->payable, 1) && all;
    all = notices(a, "payable in payouts", &account->in_payouts, 1) && all;
    all = notices(a, "cents of a payout", &payout->cents, 1) && all;
    all = notices(a, "used of a commitment", &commitment->used, -1) && all;
    all = notices(a, "commitment of an organiser", &own->commitment, 1) && all;
    all = notices(a, "allotted of an organiser", &own->allotted, 1) && all;
    all = notices(a, "paid by an organiser", &own->bank, 1) && all;
    return all;
}

int main(void)
{
    uint64_t seed = dice_seed();
    uint64_t steps = dice_number("STEPS", STEPS_DEFAULT);
    struct audit *a = calloc(1, sizeof(*a));
    struct traffic *t = traffic_new(seed, 20500 + (int32_t)(seed % 700));

    if (a == NULL)
        abort();
    printf("SEED=%" PRIu64 " STEPS=%" PRIu64 "\n", seed, steps);
    fflush(stdout);
    bool good = traffic_begin(t);
    for (uint64_t i = 0; good && i < steps; i++) {
        good = traffic_step(t);
        if (i % 1000 == 999) /* room for the ledger that serves */
            world_checkpoint(t->w);
    }
    if (good) {
        open_audit(a, t->w);
        good = agrees(a) && notices_all(a);
        put_all_away(a);
        good = good && agrees(a) && notices_lost(a);
        close_audit(a);
    }
    if (!good)
        fprintf(stderr, "repeat with SEED=%" PRIu64 " STEPS=%" PRIu64 "\n", seed, steps);
    traffic_free(t);
    free(a);
    return good ? 0 : 1;
}
