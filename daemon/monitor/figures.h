/* figures.h - what the running daemon counts about itself.
 *
 * Invariants: each figure is written by one thread, named above it, and read by any; a counter
 * only grows. Writing is a plain load and store without a lock or a barrier, so that counting
 * costs the hot path nothing that can be measured; figures read together may be some microseconds
 * apart. Nothing in here says who did what: no voucher, no provider, no key. */
#ifndef MONITOR_FIGURES_H
#define MONITOR_FIGURES_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    FIGURES_CODES = 128,      /* enum outcome is below */
    FIGURES_STEPS = 14,       /* of a histogram, and one for all that is above */
    FIGURES_LINE_BYTES = 128, /* of a cache, and the one it fetches ahead */
};

/* What was answered, by what was asked. */
enum figures_kind { FIGURES_CHARGE, FIGURES_COMMAND, FIGURES_SETTLEMENT, FIGURES_KINDS };

/* Upper bounds stand in metrics.c; `sum` is in the unit of the values that were put in. */
struct figures_histogram {
    _Atomic uint64_t steps[FIGURES_STEPS + 1];
    _Atomic uint64_t sum;
};

struct figures {
    /* network thread (run.c) */
    _Atomic uint64_t refused[FIGURES_CODES]; /* replies without a decision, by code */
    _Atomic uint64_t refused_early;   /* answered BUSY before there was a place; not in `refused` */
    _Atomic uint64_t replies;         /* all others that were sent */
    _Atomic uint64_t replies_dropped; /* that no gate took */
    _Atomic uint64_t frames_dropped;  /* not from our gate */
    _Atomic uint64_t gate_starts;
    _Atomic uint64_t gate_dropped; /* frames of no use, and replies that no client took */
    _Atomic uint64_t gate_connections;
    _Atomic uint64_t gate_ready; /* 0 or 1 */
    _Atomic uint64_t stopping;   /* 0 or 1 */
    _Atomic uint64_t queue_requests;
    _Atomic int64_t queue_moved_us; /* the queue was empty or a reply left it; monotonic */
    _Atomic int64_t network_seen_us;
    char apart1[FIGURES_LINE_BYTES];

    /* ledger thread (serve.c) */
    _Atomic uint64_t answers[FIGURES_KINDS][FIGURES_CODES]; /* decided items, by code */
    _Atomic uint64_t requests[FIGURES_KINDS];
    _Atomic uint64_t queries;
    _Atomic uint64_t duplicates; /* items that were answered before */
    _Atomic uint64_t last;       /* number of the last applied entry */
    _Atomic uint64_t watermark;
    _Atomic uint64_t overlay_charges;
    _Atomic uint64_t overlay_vouchers;
    _Atomic uint64_t overlay_buckets;
    _Atomic uint64_t memory_bytes; /* of the ledger's rows */
    _Atomic int64_t settled_through;
    _Atomic uint64_t night_refused; /* 0 or 1: a simulated ledger's night could not be settled */
    _Atomic uint64_t checkpoints;
    _Atomic uint64_t checkpoint_us;      /* what the last one took */
    _Atomic int64_t checkpoint_ms;       /* when it ended; UTC, 0: none since the start */
    _Atomic int64_t checkpoint_began_us; /* 0: none is under way; monotonic */
    _Atomic int64_t ledger_seen_us;
    char apart2[FIGURES_LINE_BYTES];

    /* journal thread (pipeline.c) */
    struct figures_histogram commit_us;
    struct figures_histogram commit_entries;
    _Atomic uint64_t durable; /* number of the last durable entry */
    _Atomic uint64_t journal_used_bytes;
    _Atomic uint64_t journal_map_bytes;
    _Atomic uint64_t disk_free_bytes;
    _Atomic uint64_t reader_lag;
    _Atomic uint64_t read_only; /* 0 or 1 */
    _Atomic int64_t journal_seen_us;
};

/* All zero, apart from other memory. NULL: out of memory. Freed with free(). */
struct figures *figures_new(void);

#define FIGURES_GET(figure)        atomic_load_explicit((figure), memory_order_relaxed)
#define FIGURES_SET(figure, value) atomic_store_explicit((figure), (value), memory_order_relaxed)

/* Only the figure's own thread. */
static inline void figures_add(_Atomic uint64_t *figure, uint64_t n)
{
    FIGURES_SET(figure, FIGURES_GET(figure) + n);
}

/* `bounds` has FIGURES_STEPS values, ascending. */
void figures_put(struct figures_histogram *h, const uint64_t *bounds, uint64_t value);

/* Upper bounds of the two histograms. */
extern const uint64_t figures_commit_us_bounds[FIGURES_STEPS];
extern const uint64_t figures_commit_entries_bounds[FIGURES_STEPS];

#endif
