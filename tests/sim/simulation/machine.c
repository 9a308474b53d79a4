/* machine.c - saldod without its threads: each call is one turn of one of them. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "exits.h"
#include "genesis.h"
#include "intake/intake.h"
#include "log.h"
#include "pipeline_inside.h"
#include "reply/reply.h"
#include "tests/sim/simulation/simulation.h"

void __real_ring_receive(struct ring *r);
void __wrap_ring_receive(struct ring *r);
void __real_ring_applied(struct ring *r);
void __wrap_ring_applied(struct ring *r);

/* Claimed at most at a time: more than a worker a core would have, fewer than there are arenas, so
 * that ring_claim() never waits. */
enum { CLAIMED_MAX = 8 };

static struct {
    struct config config;
    struct secret ledger_key;
    struct books books;
    struct pipeline *pipeline;
    struct intake intake;
    uint64_t received, claimed, applied; /* slots, since the boot */
    jmp_buf end;
    bool running; /* inside a step: machine_die() may jump */
    bool up;
} m;

/* ---- Life -------------------------------------------------------------------------------------
 */

static void write_genesis(const struct test_key *ledger_key)
{
    struct genesis g = {.clock_skew_ms = 300000, .created_ms = sim_wall_ms()};
    uint8_t bytes[GENESIS_BYTES];
    struct test_key administrator;
    test_key("administrator", &administrator);
    memcpy(g.ledger_id, sim.traffic->w->genesis.ledger_id, sizeof(g.ledger_id));
    memcpy(g.ledger_key, ledger_key->public, sizeof(g.ledger_key));
    memcpy(g.administrator_signing_key, administrator.public, LIMIT_KEY_BYTES);
    memcpy(g.administrator_transport_key, administrator.public, LIMIT_KEY_BYTES);
    genesis_write(&g, bytes);
    disk_begin(bytes, sizeof(bytes), ledger_key->secret, g.ledger_id);
}

void machine_begin(const struct test_key *ledger_key)
{
    memset(&m, 0, sizeof(m));
    CHECK(config_defaults("simulated", &m.config) == FAULT_NONE);
    m.config.workers = 1;
    m.config.limits = sim.traffic->w->limits;
    m.config.limits.charges = 500 + sim_below(2000); /* full before night, now and then */
    memcpy(m.ledger_key.signing_secret, ledger_key->secret, sizeof(m.ledger_key.signing_secret));
    memcpy(m.ledger_key.signing_key, ledger_key->public, LIMIT_KEY_BYTES);
    log_level_set((enum log_level)0); /* it is told to fail often enough */
    write_genesis(ledger_key);
}

void machine_end(void)
{
    if (m.up)
        machine_crash();
    disk_end();
}

bool machine_up(void)
{
    return m.up;
}

static void start(void)
{
    const struct books_options options = {.tables = "simulated", .verify = true};
    const struct pipeline_options pipeline = {.books = &m.books, .ledger_key = &m.ledger_key};
    enum fault f = books_open(&m.config, &options, &m.books);
    if (f == FAULT_NONE)
        f = pipeline_new(&pipeline, &m.pipeline);
    if (f != FAULT_NONE && f != FAULT_IO)
        sim_fail("the ledger does not start: %s", fault_text(f));
    m.up = f == FAULT_NONE;
    if (!m.up)
        return;
    m.intake = (struct intake){.ring = pipeline_ring(m.pipeline)};
    m.received = m.claimed = m.applied = 0;
    sim.traffic->w->ledger = m.books.ledger;
    sim.traffic->w->source = m.books.source;
    sim.count.boots++;
}

static void lie_dead(void)
{
    if (m.pipeline != NULL)
        checkpoint_free(m.pipeline->merge.rows);
    pipeline_free(m.pipeline);
    m.pipeline = NULL;
    clockwork_forget_writer();
    books_close(&m.books);
    disk_crashed();
    sim.traffic->w->ledger = NULL;
    m.up = false;
}

/* A step, or the end of the process. Nothing that jumps holds a lock. */
static void live(void (*step)(void))
{
    m.running = true;
    if (setjmp(m.end) == 0)
        step();
    else
        lie_dead();
    m.running = false;
}

void machine_die(int code)
{
    CHECK(m.running);
    if (code == EXITS_DAMAGED || code == EXITS_FENCED)
        sim_fail("the ledger stopped with exit code %d", code);
    longjmp(m.end, 1);
}

void machine_boot(void)
{
    CHECK(!m.up);
    live(start);
    if (!m.up && m.books.journal != NULL)
        lie_dead();
}

void machine_crash(void)
{
    CHECK(m.up);
    sim.count.crashes++;
    lie_dead();
}

/* ---- Steps ------------------------------------------------------------------------------------
 */

void __wrap_ring_receive(struct ring *r)
{
    m.received++;
    __real_ring_receive(r);
}

void __wrap_ring_applied(struct ring *r)
{
    m.applied++;
    __real_ring_applied(r);
}

static void no_gate(void *arg, const struct link_header *said)
{
    (void)arg;
    (void)said;
}

static void step_intake(void)
{
    intake_take(&m.intake, 1 + sim_below(4), no_gate, NULL);
}

static void step_worker(void)
{
    if (m.claimed == m.received || m.claimed - m.applied >= CLAIMED_MAX)
        return;
    struct flow_slot *s = ring_claim(m.intake.ring);
    CHECK(s != NULL);
    m.claimed++;
    verify_slot(&m.pipeline->verify, s);
    ring_verified(m.intake.ring, s);
}

static void step_ledger(void)
{
    uint32_t wait_us;
    bool patient;
    serve_turn(m.pipeline, &wait_us, &patient);
}

static void step_journal(void)
{
    struct flow_group *g;
    if (ring_journal_idle(m.intake.ring))
        return;
    CHECK(ring_take(m.intake.ring, 0, &g) == RING_GROUP);
    pipeline_commit(m.pipeline, g);
}

static void step_replies(void)
{
    struct flow_slot *s;
    for (uint32_t i = sim_below(4); i < 4 && (s = ring_done(m.intake.ring)) != NULL; i++) {
        CHECK(reply_send(NULL, s));
        ring_release(m.intake.ring);
    }
}

static void step_writer(void)
{
    clockwork_writer();
}

static void step_guard(void)
{
    pipeline_guard(m.pipeline);
}

static void step_audit(void)
{
    ledger_audit(m.books.ledger);
}

void machine_step(void)
{
    static void (*const steps[])(void) = {step_intake,  step_worker,  step_ledger, step_ledger,
                                          step_journal, step_replies, step_writer};
    uint32_t which = sim_below(700);
    if (!m.up)
        return;
    if (which == 0)
        live(step_guard);
    else if (which == 1)
        live(step_audit);
    else
        live(steps[which % 7]);
}

void machine_compare(struct world *w)
{
    struct ledger_stats stats;
    if (!m.up)
        return;
    ledger_stats(m.books.ledger, &stats);
    if (stats.last_number != disk_last())
        return; /* it knows more than is durable */
    if (w->now_ms < stats.time_ms)
        w->now_ms = stats.time_ms;
    const struct sim_faults faults = sim.faults;
    sim.faults.read_fails = 0; /* the comparison itself does not retry */
    if (!world_compare(w))
        sim_fail("ledger and model differ at entry %llu", (unsigned long long)disk_last());
    sim.faults = faults;
    sim.count.compared++;
}
