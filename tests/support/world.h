/* world.h - a ledger and the model side by side: every entry goes to both, every answer and every
 * figure is compared.
 *
 * The ledger's tables are a memory_source; checkpoints can stand still half-way, and the ledger can
 * be thrown away and built again at any place. A request of one item is checked (ledger_check())
 * before it is applied, and has to get what the check said. Everyone signs with test_key(name):
 * "administrator" (the first one), and whoever world_register() lets in; a provider's key has the
 * provider's id. One thread. */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include "ledger/ledger.h"
#include "outcome.h"
#include "tests/support/memory_source.h"
#include "tests/support/model.h"
#include "tests/support/tape.h"

struct world {
    struct ledger_genesis genesis;
    struct ledger_limits limits;
    struct ledger *ledger;
    struct model *model;
    struct memory_source *tables;
    struct ledger_source source;
    struct tape tape;
    struct answer **decided; /* of each entry on the tape, first time round */
    int64_t now_ms;          /* of the next entry; never moved back */
    uint32_t level;          /* of its rules; LEDGER_LEVEL unless a test sets it back at once */
    uint64_t ids;            /* counts the ids given so far */
    uint64_t applied;        /* entries the ledger in memory has seen */
    uint64_t watermark;      /* the tables hold the entries up to here */
    uint64_t frozen_at;
    bool freezing; /* a checkpoint stands half-way */
    bool evicting;
    bool crowded; /* by world_crowd() */
    /* Of the last entry. */
    struct answer answers[LIMIT_BATCH_ITEMS];
    struct answer expected[LIMIT_BATCH_ITEMS];
    struct decision decision;
    struct batch_summary expected_batch;
    struct answer trial; /* what its check said */
    bool checked;
};

#define WORLD_LIMITS ((struct ledger_limits){.charges = 100000, .vouchers = 4096, .buckets = 65536})

/* The clock stands at 00:00 local of `day`. */
struct world *world_new(const struct ledger_limits *limits, int32_t day);
void world_free(struct world *w);
/* Before the first entry: make the indexes of what is never many so small that rows stand in each
 * other's way, in this ledger and those that come after it. */
void world_crowd(struct world *w);

/* One entry. True: ledger and model agree. Otherwise both answers are on standard error. */
bool world_apply(struct world *w, const char *key, enum purpose purpose,
                 const ProtobufCMessage *message);
/* The same for one item; an empty id gets one of the present moment. */
bool world_apply_command(struct world *w, const char *key, Saldo__V1__Command *c);
bool world_apply_charge(struct world *w, const char *provider, Saldo__V1__Charge *c);

/* Do ledger and model agree about an entry that both have just decided? For those who do not use
 * world_apply(): by w->answers, ->expected, ->decision, ->expected_batch, and, where ->checked,
 * ->trial. Otherwise both are on standard error. */
bool world_agree(const struct world *w, const struct ledger_entry *e);

/* A new id of 16 bytes: the time and a number never used before. */
void world_id(struct world *w, int64_t time_ms, uint8_t id[LIMIT_REQUEST_ID_BYTES]);

/* ---- Checkpoints and restarts ------------------------------------------------------------------
 */

void world_freeze(struct world *w);                     /* nothing if one is under way */
void world_freeze_step(struct world *w, uint32_t rows); /* finishes by commit and thaw */
void world_evict_step(struct world *w, uint32_t rows);
void world_checkpoint(struct world *w); /* from wherever it stands to the end, with eviction */
/* Throw the ledger away, load the tables, replay. False: some decision came out otherwise. */
bool world_restart(struct world *w);

/* Digest of all rows after a whole checkpoint. */
void world_digest(struct world *w, uint8_t hash[LIMIT_HASH_BYTES]);
/* True: a ledger that applies the whole tape from the beginning, without a checkpoint but at the
 * end, decides the same and has the same rows. */
bool world_replays(struct world *w);

/* ---- Comparing figures (world_compare.c)
 * --------------------------------------------------------- */

/* All balances, payables, payouts and batches as of now; false with the first difference printed.
 */
bool world_compare(struct world *w);
bool world_compare_balances(struct world *w);
/* The part about runs, payouts, the bank and the last day's charges (world_compare_payments.c). */
bool world_compare_payments(struct world *w);
bool world_compare_corrections(struct world *w, struct arena *arena);
/* Ask as the first administrator, who sees everything. False: no result. */
bool world_ask(struct world *w, const Saldo__V1__QueryRequest *query, struct arena *arena,
               Saldo__V1__Reply *reply);

#endif
