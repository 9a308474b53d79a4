/* metrics.h - the figures as Prometheus' text format, and what they say about health as JSON.
 *
 * Any thread. Both read the figures and nothing else; neither allocates. */
#ifndef MONITOR_METRICS_H
#define MONITOR_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/figures.h"
#include "request.h"

#define METRICS_BYTES 65536 /* more than either text can take */

/* What does not change while the daemon runs. */
struct metrics_facts {
    const char *version;   /* borrowed */
    uint8_t ledger_id[16]; /* public: it is in every receipt */
    bool simulated;
    int32_t first_day;    /* local day on which the ledger was made */
    uint64_t charges_max; /* the overlay's bounds */
    uint64_t vouchers_max;
    uint64_t buckets_max;
    uint64_t disk_free_min_bytes;
    int64_t night_late_ms; /* after midnight; a night not settled by then is an alarm */
    int64_t started_ms;    /* UTC */
};

struct metrics_now {
    int64_t time_ms;      /* UTC */
    int64_t monotonic_us; /* the clock of the figures */
};

/* Milliseconds since the earliest unsettled day could have been settled; 0 or less: none can.
 * A simulated ledger settles its own nights by its own clock: always 0. */
int64_t metrics_night_late_ms(const struct figures *f, const struct metrics_facts *facts,
                              int64_t time_ms);

/* Why the daemon is not healthy, bit by bit. */
enum metrics_ill {
    METRICS_LEDGER_STUCK = 1 << 0,
    METRICS_JOURNAL_STUCK = 1 << 1,
    METRICS_NETWORK_STUCK = 1 << 2,
    METRICS_QUEUE_STUCK = 1 << 3, /* requests wait, and none has been answered for long */
    METRICS_GATE_DOWN = 1 << 4,
    METRICS_READ_ONLY = 1 << 5, /* disk or journal is too full */
    METRICS_NIGHT_LATE = 1 << 6,
    METRICS_STOPPING = 1 << 7,
};
/* 0: healthy. */
uint32_t metrics_health(const struct figures *f, const struct metrics_facts *facts,
                        const struct metrics_now *now);

/* Write into METRICS_BYTES; return the length. */
size_t metrics_write(const struct figures *f, const struct metrics_facts *facts,
                     const struct metrics_now *now, char *out);
size_t metrics_health_write(uint32_t ill, char *out);

#endif
