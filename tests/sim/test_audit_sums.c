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
#include "audit/sums.h"
#include "ledger/state.h"
#include "tests/support/dice.h"
#include "tests/support/keys.h"
#include "tests/support/traffic.h"

enum { STEPS_DEFAULT = 40000 };

struct audit {
    struct ledger *ledger; /* nothing is ever evicted from it */
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
    if (ledger_prepare(a->ledger, &r.entry, &ledger_no_rows) != FAULT_NONE)
        abort();
    ledger_apply(a->ledger, &r.entry, a->answers, &d);
    sums_entry(a->sums,
               &(struct sums_entry){&d, &r.request, signers_find(&a->signers, r.request.key_id)});
    signers_learn(&a->signers, &r.request, a->answers, r.entry.number);
    tape_release(&r);
}

static void open_audit(struct audit *a, const struct world *w)
{
    const struct ledger_limits limits = {.charges = 400000, .vouchers = 8192, .buckets = 400000};
    struct test_key administrator;

    test_key("administrator", &administrator);
    if (ledger_new(&limits, &w->genesis, &a->ledger) != FAULT_NONE)
        abort();
    signers_start(&a->signers, administrator.public);
    a->sums = sums_new(w->genesis.ledger_id, &a->flaws);
    for (size_t i = 0; i < w->tape.count; i++)
        apply(a, &w->tape.entries[i]);
}

static void close_audit(struct audit *a)
{
    sums_free(a->sums);
    signers_free(&a->signers);
    ledger_free(a->ledger);
    flaws_free(&a->flaws);
}

static bool agrees(struct audit *a)
{
    struct compare_counts counts;

    compare_ledger(a->sums, a->ledger, &counts);
    for (size_t i = 0; i < a->flaws.count && i < 10; i++)
        fprintf(stderr, "entry %" PRIu64 ": %s\n", a->flaws.list[i].number, a->flaws.list[i].text);
    printf("%" PRIu64 " buckets, %" PRIu64 " commitments, %" PRIu64 " lines, %" PRIu64
           " batches, %" PRIu64 " accounts, %" PRIu64 " payouts, %" PRIu64 " runs\n",
           counts.buckets, counts.commitments, counts.lines, counts.batches, counts.accounts,
           counts.payouts, counts.runs);
    return a->flaws.total == 0;
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
    compare_ledger(a->sums, a->ledger, &counts);
    *figure -= change;
    if (a->flaws.total > before)
        return true;
    fprintf(stderr, "nobody noticed: %s\n", what);
    return false;
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
        close_audit(a);
    }
    if (!good)
        fprintf(stderr, "repeat with SEED=%" PRIu64 " STEPS=%" PRIu64 "\n", seed, steps);
    traffic_free(t);
    free(a);
    return good ? 0 : 1;
}
