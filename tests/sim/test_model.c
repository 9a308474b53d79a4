/* The ledger against the model over a random county, with checkpoints, evictions and restarts at
 * random places.
 *
 * SEED=n repeats a run, STEPS=n makes it longer or shorter (100,000 by default). On a difference
 * the step, the command and both answers are printed, and the program fails. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/dice.h"
#include "tests/support/traffic.h"

#define STEPS_DEFAULT       100000
#define STEPS_FOR_ALL_CODES 100000 /* shorter runs may miss some */

/* What the machine does meanwhile: slices of a checkpoint, a crash, a look at all figures. */
static bool housekeeping(struct traffic *t)
{
    struct world *w = t->w;
    uint32_t what = roll(t, 10000);
    if (what < 30)
        world_freeze(w);
    if (what < 2000) {
        world_freeze_step(w, 1 + roll(t, 200));
        world_evict_step(w, 1 + roll(t, 400));
    }
    if (what >= 2000 && what < 2002)
        return world_restart(w);
    if (what >= 3000 && what < 3020)
        return world_compare(w);
    if (what == 4000)
        ledger_audit(w->ledger);
    return true;
}

/* Codes that no entry can get: they are given before the ledger is asked, or by the daemon. */
static bool from_elsewhere(int code)
{
    return code == OUTCOME_BAD_FRAME || code == OUTCOME_BUSY || code == OUTCOME_READ_ONLY ||
           code == OUTCOME_INTERNAL;
}

static bool all_codes_seen(const struct traffic *t)
{
    bool all = true;
#define SEEN(name, number, text)                                                                   \
    if (t->seen[number] == 0 && !from_elsewhere(number)) {                                         \
        fprintf(stderr, "no answer was %s\n", #name);                                              \
        all = false;                                                                               \
    }
    OUTCOME_LIST(SEEN)
#undef SEEN
    return all;
}

/* Every kind of the bank's lines was accepted, a run in one sum, and an open line decided or closed
 * by somebody; and a name has held a payout. */
static bool all_lines_seen(const struct traffic *t)
{
    static const char *const names[] = {"lump of a run", "decided line", "closed line",
                                        "held for its name"};
    enum { LUMP_OF_RUN, DECIDED, CLOSED, NAMED, THINGS };
    size_t kinds[SALDO__V1__BANK_EVENT_KIND__BANK_LUMP + 1] = {0}, things[THINGS] = {0};
    const struct model_bank_line *l;
    const struct model_payout *p;
    bool all = true;
    for (size_t i = 0; (l = model_bank_line(t->w->model, i)) != NULL; i++) {
        kinds[l->kind]++;
        things[LUMP_OF_RUN] += l->kind == SALDO__V1__BANK_EVENT_KIND__BANK_LUMP && l->run_day != 0;
        things[DECIDED] += l->decided_number != 0 && !l->closed;
        things[CLOSED] += l->closed;
    }
    for (size_t i = 0; (p = model_payout(t->w->model, i)) != NULL; i++)
        things[NAMED] += strcmp(p->reason, "NAME") == 0;
    for (size_t k = SALDO__V1__BANK_EVENT_KIND__BANK_ACCEPTED; k < sizeof(kinds) / sizeof(*kinds);
         k++) {
        printf("  %9zu lines of kind %zu\n", kinds[k], k);
        all = all && kinds[k] != 0;
    }
    for (size_t k = 0; k < THINGS; k++) {
        printf("  %9zu %s\n", things[k], names[k]);
        all = all && things[k] != 0;
    }
    return all;
}

static void print_codes(const struct traffic *t)
{
    for (int code = 0; code < TRAFFIC_CODES; code++)
        if (t->seen[code] != 0)
            printf("  %9" PRId64 " %s\n", t->seen[code], outcome_name(code));
}

static bool run(struct traffic *t, uint64_t steps)
{
    t->w->level = LEVEL_FIRST; /* and after a quarter today's rules, as after an upgrade */
    if (!traffic_begin(t))
        return false;
    for (uint64_t i = 1; i <= steps; i++) {
        if (i == steps / 4)
            t->w->level = LEDGER_LEVEL;
        if (!traffic_step(t) || !housekeeping(t)) {
            fprintf(stderr, "at step %" PRIu64 "\n", i);
            return false;
        }
    }
    ledger_audit(t->w->ledger);
    return world_compare(t->w) && world_restart(t->w) && world_compare(t->w) &&
           world_replays(t->w) &&
           (steps < STEPS_FOR_ALL_CODES || (all_codes_seen(t) && all_lines_seen(t)));
}

int main(void)
{
    uint64_t seed = dice_seed();
    uint64_t steps = dice_number("STEPS", STEPS_DEFAULT);
    printf("SEED=%" PRIu64 " STEPS=%" PRIu64 "\n", seed, steps);
    fflush(stdout);
    struct traffic *t = traffic_new(seed, 20500 + (int32_t)(seed % 700));
    bool good = run(t, steps);
    printf("%zu entries, %u vouchers, settled through day %d\n", t->w->tape.count, t->voucher_count,
           model_settled_through(t->w->model));
    print_codes(t);
    if (!good)
        fprintf(stderr, "repeat with SEED=%" PRIu64 " STEPS=%" PRIu64 "\n", seed, steps);
    traffic_free(t);
    return good ? 0 : 1;
}
