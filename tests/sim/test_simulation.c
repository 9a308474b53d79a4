/* Client library, daemon and nights in one process on a virtual clock, with everything going wrong
 * that can: see simulation/simulation.h.
 *
 * SEED=n repeats a run, SEEDS=n says how many (4), STEPS=n how much traffic each has (300). After
 * them two bugs are planted, one after the other, and have to be found. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "tests/sim/simulation/simulation.h"
#include "tests/support/dice.h"
#include "tests/support/folder.h"

enum { SEEDS_DEFAULT = 4, PLANT_SEEDS = 10 };

struct simulation sim;

static uint64_t traffic_steps;

bool sim_chance(uint32_t of_a_million)
{
    return of_a_million > 0 && dice_below(&sim.dice, 1000000) < of_a_million;
}

uint32_t sim_below(uint32_t below)
{
    return dice_below(&sim.dice, below);
}

void sim_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "simulation: ");
    vfprintf(stderr, format, args);
    fprintf(stderr,
            "\n  at step %" PRIu64 ", entry %" PRIu64 "; repeat with SEED=%" PRIu64
            " STEPS=%" PRIu64 "\n",
            sim.steps, disk_last(), sim.seed, traffic_steps);
    va_end(args);
    exit(1);
}

/* ---- One step ---------------------------------------------------------------------------------
 */

/* Some runs are calm, some are rough in one way, some in all. */
static struct sim_faults weather(void)
{
    struct sim_faults f = {0};
    uint32_t kind = sim_below(8);
    if (kind == 0)
        return f;
    if (kind == 1 || kind > 3)
        f = (struct sim_faults){.drop = 1 + sim_below(200000),
                                .repeat = 1 + sim_below(200000),
                                .slow = sim_below(30000),
                                .mangle = sim_below(100000),
                                .client_dies = sim_below(300)};
    if (kind == 2 || kind > 3) {
        f.crash = sim_below(200);
        f.crash_inside = sim_below(20000);
        f.write_fails = sim_below(10000);
        f.write_unknown = sim_below(10000);
        f.checkpoint_fails = sim_below(200000);
        f.read_fails = sim_below(300);
    }
    if (kind == 3 || kind > 3) {
        f.disk_full = sim_below(300000);
        f.clock_jumps = sim_below(100);
    }
    return f;
}

static void set_clock(void)
{
    static const int64_t most_ms[] = {200, 5000, 300000, 7200000};
    int64_t by = (int64_t)sim_below((uint32_t)most_ms[sim_below(4)]);
    sim.skew_ms += sim_below(2) == 0 ? by : -by;
    sim.count.jumps++;
}

void sim_step(void)
{
    sim.steps++;
    sim.mono_us += sim_below(200);
    if (!machine_up()) {
        if (sim_below(50) == 0)
            machine_boot();
        sim.mono_us += sim_below(20000); /* a start takes its time */
    } else if (sim_chance(sim.faults.crash)) {
        machine_crash();
    }
    if (sim_chance(sim.faults.clock_jumps))
        set_clock();
    if (sim_below(6) == 0)
        people_step();
    else
        machine_step();
}

/* ---- A run ------------------------------------------------------------------------------------
 */

/* The storm is over: everything that is under way must come to its end. */
static void calm_down(struct world *w)
{
    sim.faults = (struct sim_faults){0};
    for (uint64_t from = sim.steps; people_waiting() > 0 || !machine_up() || !network_quiet();) {
        sim_step();
        if (sim.steps - from > 4000000)
            sim_fail("%zu submissions have no answer", people_waiting());
        if (sim.steps % 64 == 0)
            sim.mono_us += 20000;
    }
    w->now_ms = sim_wall_ms() > w->now_ms ? sim_wall_ms() : w->now_ms;
}

static void prove(struct world *w)
{
    struct test_key ledger_key;
    test_key("ledger", &ledger_key);
    disk_audit(w->genesis.ledger_id, ledger_key.public);
    machine_compare(w);
    machine_crash();
    if (sim_below(2) == 0)
        disk_forget_tables();
    machine_boot();
    machine_compare(w);
    if (sim.count.compared == 0)
        sim_fail("nothing was ever compared");
}

static void one_run(uint64_t seed, const char *home)
{
    struct test_key ledger_key;
    int32_t day = 20500 + (int32_t)(seed % 700);
    sim.seed = seed;
    sim.dice.state = seed * 31 + 7;
    sim.mono_us = 1000000;
    sim.traffic = traffic_new(seed, day);
    clockwork_begin(day);
    test_key("ledger", &ledger_key);
    network_begin();
    machine_begin(&ledger_key);
    if (!traffic_begin(sim.traffic))
        sim_fail("the county cannot be set up");
    people_begin(home);
    for (uint64_t i = 0; i < traffic_steps; i++) {
        if (i % 100 == 0)
            sim.faults = weather();
        if (!traffic_step(sim.traffic))
            sim_fail("traffic step %" PRIu64, i);
        if (sim_below(25) == 0)
            machine_compare(sim.traffic->w);
    }
    calm_down(sim.traffic->w);
    prove(sim.traffic->w);
    struct hash head = disk_head();
    printf("SEED=%-10" PRIu64 " %6" PRIu64 " entries %5" PRIu64 " answers %4" PRIu64
           " crashes %4" PRIu64 " boots %3" PRIu64 " checkpoints %5" PRIu64 " dropped %4" PRIu64
           " retried  head %02x%02x%02x%02x\n",
           seed, disk_last(), sim.count.answers, sim.count.crashes + sim.count.crashes_inside,
           sim.count.boots, sim.count.checkpoints, sim.count.dropped, sim.count.retried,
           head.bytes[0], head.bytes[1], head.bytes[2], head.bytes[3]);
    people_end();
    machine_end();
    network_end();
    traffic_free(sim.traffic);
}

/* ---- Many runs ---------------------------------------------------------------------------------
 */

/* Each in a process of its own: one that fails leaves nothing behind for the next. */
static bool run_apart(uint64_t seed)
{
    int status = 0;
    char *home = folder_make();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        one_run(seed, home);
        fflush(NULL);
        exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    folder_remove(home);
    if (WIFSIGNALED(status))
        fprintf(stderr, "ended by signal %d; repeat with SEED=%" PRIu64 " STEPS=%" PRIu64 "\n",
                WTERMSIG(status), seed, traffic_steps);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* True: no seed has failed; a planted bug: some seed has. */
static bool run_all(uint64_t first, uint64_t seeds, enum sim_plant plant)
{
    bool failed = false;
    sim.plant = plant;
    if (plant != PLANT_NONE)
        printf("with a planted bug, which has to be found:\n");
    for (uint64_t i = 0; i < seeds && !failed; i++)
        failed = !run_apart(first + i);
    if (plant != PLANT_NONE && !failed)
        fprintf(stderr,
                "the planted bug was not found by SEED=%" PRIu64 " and %" PRIu64 " after it\n",
                first, seeds - 1);
    return failed == (plant != PLANT_NONE);
}

int main(void)
{
    const uint64_t first = dice_seed();
    traffic_steps = dice_number("STEPS", 300);
    uint64_t seeds = dice_number("SEEDS", getenv("SEED") != NULL ? 1 : SEEDS_DEFAULT);
    return !run_all(first, seeds, PLANT_NONE) || !run_all(first, PLANT_SEEDS, PLANT_EARLY_ANSWER) ||
           !run_all(first, PLANT_SEEDS, PLANT_LOST_TABLES);
}
