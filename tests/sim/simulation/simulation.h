/* simulation.h - a county, its network and its disk in one process and one thread, on one seed.
 *
 * Real: client library, intake, verification, sequence, ledger, commit, checkpoint, replay,
 * replies. Simulated: the clocks, randomness, threads (clockwork.c), the network between client and
 * ledger (network.c), the journal's and the tables' disk (disk.c). machine.c is the daemon's
 * threads taken one step at a time, people.c sends the random county of traffic.h through all of
 * this and lets the providers' software retry, die and come back.
 *
 * The model (model.h) is fed from what the disk has made durable, so it is the truth that every
 * answer and every figure is compared with. What is wrong ends the process with exit code 1 and a
 * line that repeats it. There is one simulation a process, `sim`; nothing here is for threads. */
#ifndef TESTS_SIM_SIMULATION_H
#define TESTS_SIM_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/ledger.h"
#include "merkle.h"
#include "tests/support/dice.h"
#include "tests/support/keys.h"
#include "tests/support/traffic.h"

/* Bugs on purpose, to show that they are found. */
enum sim_plant {
    PLANT_NONE,
    PLANT_EARLY_ANSWER, /* the disk says durable and may forget at the next crash */
    PLANT_LOST_TABLES,  /* a checkpoint's rows go missing, its watermark does not */
};

/* How often things go wrong: in a million steps, or of a million chances. */
struct sim_faults {
    uint32_t drop, repeat, slow, mangle; /* of a message */
    uint32_t write_fails, write_unknown; /* of a commit */
    uint32_t checkpoint_fails;           /* of a checkpoint */
    uint32_t read_fails;                 /* of a row read */
    uint32_t crash, crash_inside;        /* of a step; of a write, in its middle */
    uint32_t client_dies;                /* of a step */
    uint32_t disk_full;                  /* of a step */
    uint32_t clock_jumps;                /* of a step */
};

struct simulation {
    uint64_t seed;
    enum sim_plant plant;
    struct dice dice;   /* faults and the order of steps */
    struct dice random; /* what libsodium hands out */
    struct sim_faults faults;
    struct traffic *traffic;
    struct model *model;
    int64_t mono_us;      /* since the beginning */
    int64_t wall_base_ms; /* wall clock at the beginning */
    int64_t skew_ms;      /* how far the wall clock was set since */
    uint64_t steps;
    struct {
        uint64_t crashes, crashes_inside, boots, commits, lost_commits, unknown_commits;
        uint64_t checkpoints, messages, dropped, repeated, mangled, clients_died, disk_full, jumps;
        uint64_t answers, retried, compared;
    } count;
};
extern struct simulation sim;

bool sim_chance(uint32_t of_a_million);
uint32_t sim_below(uint32_t below);
/* Print what is wrong and how to repeat it, and end the process. */
__attribute__((noreturn, format(printf, 1, 2))) void sim_fail(const char *format, ...);

/* ---- clockwork.c: time, randomness, the one thread that the daemon makes --------------------- */

int64_t sim_wall_ms(void);
void clockwork_begin(int32_t day);
/* Run the checkpoint writer that was started. False: there is none. */
bool clockwork_writer(void);
void clockwork_forget_writer(void);

/* ---- disk.c: the journal and the tables ------------------------------------------------------ */

struct sim_record {
    uint64_t number;
    uint8_t *request, *decision; /* owned */
    size_t request_len, decision_len;
    struct hash leaf;
};

void disk_begin(const uint8_t *genesis, size_t len, const uint8_t ledger_secret[64],
                const uint8_t ledger_id[LEDGER_ID_BYTES]);
void disk_end(void);
uint64_t disk_last(void);
const struct sim_record *disk_record(uint64_t number); /* NULL: not durable */
/* The machine has died: what was not yet synced is gone. */
void disk_crashed(void);
void disk_forget_tables(void);
/* Every hash, chain link and signature of the journal. */
void disk_audit(const uint8_t ledger_id[LEDGER_ID_BYTES],
                const uint8_t ledger_key[LIMIT_KEY_BYTES]);
struct hash disk_head(void);

/* ---- network.c ------------------------------------------------------------------------------- */

/* One end of a connection; a new life is a new connection. */
struct sim_line {
    uint8_t number; /* 0: the raw one of people.c */
    uint32_t life;
    uint8_t transport_key[LIMIT_KEY_BYTES];
};

void network_begin(void);
void network_end(void);
void network_send(const struct sim_line *from, uint64_t ticket, const void *bytes, size_t len);
/* The next reply that has arrived for this life; malloc'ed. NULL: none. */
uint8_t *network_take(const struct sim_line *to, uint64_t *ticket, size_t *len);
bool network_waits(const struct sim_line *to);
bool network_quiet(void);
/* Where the client library's next saldo_open() connects as. */
void network_next_line(struct sim_line *line);

/* ---- machine.c: saldod, step by step --------------------------------------------------------- */

void machine_begin(const struct test_key *ledger_key);
void machine_end(void);
bool machine_up(void);
void machine_boot(void);
void machine_crash(void);
/* One step of one of its threads. */
void machine_step(void);
/* For clockwork.c and disk.c: the process ends here. Does not return. */
__attribute__((noreturn)) void machine_die(int code);
/* The ledger against the model, if all that it has applied is durable. */
void machine_compare(struct world *w);

/* ---- people.c -------------------------------------------------------------------------------- */

void people_begin(const char *home);
void people_end(void);
/* A turn of one provider's software. */
void people_step(void);
/* Submissions that have no answer yet. */
size_t people_waiting(void);
/* From the disk, for each entry that has become durable: the model decides it too. */
void people_durable(const struct sim_record *r);

/* ---- The world goes on by one step ----------------------------------------------------------- */

void sim_step(void);

#endif
