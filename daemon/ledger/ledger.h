/* ledger.h - the deterministic state machine: what is owed, to whom, and why not.
 *
 * Invariants
 *  1. ledger_apply() reads nothing but its arguments: no clock, no randomness, no I/O, no
 *     allocation, no floating point, no iteration in hash order.
 *  2. The same entries in the same order give the same decisions and the same rows, wherever
 *     checkpoints and restarts fall between them.
 *  3. Judge first, change afterwards: a refusal changes nothing but the use of its request id.
 *  4. allotted and pending of a bucket are never negative; every posting sums to zero.
 *  5. State = rows of the tables as of the watermark, and over them the overlay in here.
 *
 * A row that an entry needs and the overlay does not hold is fetched by ledger_prepare() from
 * the source the caller hands in; after that ledger_apply() has everything in memory.
 *
 * Threads: none of its own; one thread at a time. All memory is reserved by ledger_new(). */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "codec.h"
#include "merkle.h"
#include "request.h"

struct ledger; /* opaque */

/* ---- Rows: what the tables keep. Keys are big-endian and sort as the night writes them. ---- */

enum row_kind {
    ROW_META = 0,      /* 0(1) one row: time, day, settled-through, counters */
    ROW_ORGANISER = 1, /* index(4) */
    ROW_SERVICE = 2,
    ROW_CLASS = 3,
    ROW_WINDOW = 4,
    ROW_PROVIDER = 5,
    ROW_DATED = 6,      /* index(4): a rate, approval or price */
    ROW_KEY = 7,        /* index(4): a registered signing key */
    ROW_COMMITMENT = 8, /* cost code(4) year(4) */
    ROW_VOUCHER = 9,    /* digits(4) */
    ROW_BUCKET = 10,    /* period(4) digits(4); period 0 is WHOLE */
    ROW_HISTORY = 11,   /* period(4) digits(4) day(4): posted, pending, settled after that night */
    ROW_COST_CODE = 12, /* index(4) */
    ROW_TALLY = 13, /* day(4) organiser(4) provider(4): a provider's line of an open day or batch */
    ROW_BATCH = 14, /* day(4) */
    ROW_ACCOUNT = 15, /* organiser(4) provider(4): payable, in payouts; and organiser accounts */
    ROW_PAYOUT = 16,  /* run day(4) organiser(4) provider(4) */
    ROW_LAPSE = 17,   /* organiser(4) day(4): cents that lapse on that day */
    /* business day(4) digits(4) number(8): every answered charge and command, refused too;
     * number = entry number << 13 | index in its request */
    ROW_CHARGE = 18,
    ROW_ID = 19,         /* request id(16) owner(4) -> number(8) business day(4) digits(4) */
    ROW_RUN = 20,        /* run day(4) organiser(4): a payout run that made payouts */
    ROW_BANK_LINE = 21,  /* line(32): one line of a bank's file */
    ROW_OPEN_LINE = 22,  /* line(32): a booked one that nobody has explained yet */
    ROW_CORRECTION = 23, /* business day(4) number(8): what was done to a charge after its answer */
    ROW_KIND_COUNT = 24,
};

#define LEDGER_KEY_MAX 32
#define LEDGER_ROW_MAX 65536

/* Where rows of the tables come from. `get` copies the value into `value` (LEDGER_ROW_MAX bytes)
 * and gives its length; FAULT_ABSENT if there is no such row; any other fault ends the daemon.
 * `scan` calls `row` for each row of a kind whose key starts with `prefix` and is not before
 * `start` (start_len 0: from the first), in key order, until it returns false. */
struct ledger_source {
    void *context;
    enum fault (*get)(void *context, enum row_kind kind, const uint8_t *key, size_t key_len,
                      uint8_t *value, size_t *value_len);
    enum fault (*scan)(void *context, enum row_kind kind, const uint8_t *prefix, size_t prefix_len,
                       const uint8_t *start, size_t start_len,
                       bool (*row)(void *arg, const uint8_t *key, size_t key_len,
                                   const uint8_t *value, size_t value_len),
                       void *arg);
};
/* No rows at all: of a ledger that is made from its first entry on and never evicts. */
extern const struct ledger_source ledger_no_rows;

/* How much is reserved (address space; pages are used as they fill). */
struct ledger_limits {
    uint32_t charges;  /* of the overlay: answered since the last checkpoint */
    uint32_t vouchers; /* held in memory */
    uint32_t buckets;
    uint64_t seed; /* of hashes: secret, lest anyone choose what meets in one place */
};

/* The facts of the genesis entry; the same for the life of the ledger. */
struct ledger_genesis {
    uint8_t ledger_id[LEDGER_ID_BYTES];
    uint8_t public_key[LIMIT_KEY_BYTES]; /* the ledger's own, signs heads */
    bool simulated;
    int32_t clock_skew_ms; /* how far ahead a request id may be */
    /* The first administrator, who signs everything that follows. */
    uint8_t administrator_key[LIMIT_KEY_BYTES];
    uint8_t administrator_transport_key[LIMIT_KEY_BYTES];
};

/* An empty ledger. FAULT_MEMORY if the address space is not to be had. */
enum fault ledger_new(const struct ledger_limits *limits, const struct ledger_genesis *genesis,
                      struct ledger **out);
void ledger_free(struct ledger *l); /* NULL is fine */

/* Load meta, catalogue, open buckets and accounts from the tables (at start; once). */
enum fault ledger_load(struct ledger *l, const struct ledger_source *source);

/* ---- Applying -------------------------------------------------------------------------------- */

/* The rules that an entry was, or is, judged by. They only grow; an entry keeps those of the day
 * when it was recorded, so that every journal gives its decisions again. RULES.md lists them. */
enum ledger_level {
    LEVEL_FIRST = 1,
    LEVEL_PAYEES = 2, /* officers sign the payees, and are told apart without regard to case */
    LEDGER_LEVEL = LEVEL_PAYEES,
};

/* What the sequencer adds to a request. */
struct ledger_entry {
    uint64_t number;               /* last + 1 */
    int64_t time_ms;               /* never before the last */
    int32_t day;                   /* local day of time_ms */
    const struct request *request; /* CHARGE, COMMAND or SETTLEMENT */
    uint32_t level;                /* LEDGER_LEVEL for what is new; never below the last entry's */
};

/* Fetch what ledger_apply() will need. FAULT_FULL: the overlay has no room: answer BUSY and ask
 * for a checkpoint; the entry must not be applied. FAULT_CORRUPT: stop. */
enum fault ledger_prepare(struct ledger *l, const struct ledger_entry *e,
                          const struct ledger_source *source);

/* Decide and apply, `answers` with room for request->count. Fills `out` (which borrows answers).
 * Domain section 5 gives the order of the checks. Cannot fail. */
void ledger_apply(struct ledger *l, const struct ledger_entry *e, struct answer *answers,
                  struct decision *out);

/* The same judgement without changing anything: for CheckQuery. */
void ledger_check(struct ledger *l, const struct ledger_entry *e, uint32_t owner_provider,
                  struct answer *answers);

/* ---- Keys: what verify and the gate ask, answered from a copy they hold -------------------- */

struct ledger_key {
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    uint8_t signing_key[LIMIT_KEY_BYTES];
    uint8_t transport_key[LIMIT_KEY_BYTES];
    char owner[LIMIT_CODE_BYTES + 1];
    int32_t role;       /* Saldo__V1__Role */
    uint32_t organiser; /* item; 0 = all */
    uint32_t provider;  /* item, for PROVIDER; 0 otherwise */
    int64_t valid_from_ms;
    int64_t valid_to_ms; /* exclusive; INT64_MAX = open */
    bool revoked;
};
/* A role that sees all money of its scope: finance officer, auditor, administrator, settlement. */
bool ledger_key_is_office(const struct ledger_key *key);
/* Counts up with every change of the keys. */
uint64_t ledger_keys_version(const struct ledger *l);
uint32_t ledger_key_count(const struct ledger *l);
const struct ledger_key *ledger_key_at(const struct ledger *l, uint32_t index);
/* The key that signed, if it exists (valid or not); NULL otherwise. */
const struct ledger_key *ledger_key_find(const struct ledger *l,
                                         const uint8_t key_id[LIMIT_KEY_ID_BYTES]);

/* ---- Checkpoint: handing changed rows to the tables, in slices ------------------------------- */

/* Freeze: from now on the changed rows of all entries up to the last one are handed out, while
 * later entries go on changing theirs. CHECKs that no freeze is under way. */
void ledger_freeze(struct ledger *l);
/* Hand out up to `rows_max` frozen rows to `put` (value NULL: delete the row). Returns true when
 * all are out. Rows that a later entry is about to change are handed out before the change, by
 * ledger_apply() itself, through the same `put` given here at freeze time. */
typedef void ledger_put(void *arg, enum row_kind kind, const uint8_t *key, size_t key_len,
                        const uint8_t *value, size_t value_len);
void ledger_freeze_sink(struct ledger *l, ledger_put *put, void *arg); /* before ledger_freeze */
bool ledger_freeze_step(struct ledger *l, uint32_t rows_max);
/* The tables hold it all and the source reads the new state: what is clean may go. In slices;
 * true when done. */
void ledger_thaw(struct ledger *l);
bool ledger_evict_step(struct ledger *l, uint32_t rows_max);

/* Numbers for the pipeline's decisions and for Status. */
struct ledger_stats {
    uint64_t last_number;
    int64_t time_ms;
    int32_t day;             /* business day of the last entry; 0 before the first */
    int32_t settled_through; /* 0 before the first */
    int64_t charges_accepted;
    int64_t charges_refused;
    uint32_t overlay_charges;
    uint32_t overlay_vouchers;
    uint32_t overlay_buckets;
    uint32_t full_percent; /* of the fullest part of the overlay */
};
void ledger_stats(const struct ledger *l, struct ledger_stats *out);
/* Bytes that rows and their lists have taken so far; the indexes' are not in it. */
uint64_t ledger_memory(const struct ledger *l);

/* ---- Reading, for queries -------------------------------------------------------------------- */

/* Answer a query for a key at a moment into `reply` (its result, or its code). Messages and texts
 * are allocated from `arena`. The source is asked for rows that are not in memory. A provider
 * sees its own charges, payables and payouts, and of vouchers only what charging needs. */
enum fault ledger_query(struct ledger *l, const struct ledger_source *source,
                        const struct ledger_key *key, int64_t time_ms,
                        const Saldo__V1__QueryRequest *query, struct arena *arena,
                        Saldo__V1__Reply *reply);

/* ---- Proof of health ------------------------------------------------------------------------- */

/* CHECK every invariant over the overlay: sums of postings, buckets, tallies, accounts. Slow. */
void ledger_audit(const struct ledger *l);

#endif
