/* pipeline_inside.h - what pipeline.c and serve.c share. */
#ifndef PIPELINE_INSIDE_H
#define PIPELINE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "clock.h"
#include "commit.h"
#include "merge.h"
#include "monitor/figures.h"
#include "pipeline.h"
#include "sequence/sequence.h"
#include "verify/verify.h"

struct pipeline {
    struct books *books;
    struct ring *ring;
    const struct secret *night_key;

    /* workers */
    struct verify verify;
    pthread_t workers[64];
    uint32_t workers_started;
    /* journal thread; the ledger thread looks at it while the journal is idle */
    struct commit commit;
    pthread_t journal_thread;
    bool journal_started;
    int64_t half_full_us; /* when it was last said; 0: not so */
    int64_t reader_us;
    /* ledger thread */
    pthread_t ledger_thread;
    bool ledger_started;
    struct sequence sequence;
    struct clock_watch clock;
    struct merge merge;
    struct answer *answers; /* LIMIT_BATCH_ITEMS */
    struct arena query_arena;
    void *query_memory;
    int32_t settled_through;
    int32_t night_refused; /* a night that could not be settled is not tried again and again */
    uint64_t keys_version; /* of the copies below */
    int64_t group_began_us;
    int64_t submitted_us; /* when the group before it was */
    struct hash head;     /* of the newest group known to be durable */

    /* transport keys, for the network thread */
    pthread_mutex_t keys_lock;
    uint8_t *transport_keys;
    size_t transport_count;
    _Atomic uint64_t transport_version;

    atomic_bool read_only;
    atomic_bool clock_wrong; /* set while the daemon runs: no entries until it is right again */
    atomic_bool finish; /* the ledger thread may end */
    struct figures *figures;
    int64_t counted_us; /* ledger thread: when the figures that cost a walk were taken */
};

/* pipeline.c: what the journal thread does with a group, and once a second. */
void pipeline_commit(struct pipeline *p, struct flow_group *g); /* durable, or the process ends */
void pipeline_guard(struct pipeline *p); /* takes no entries while disk or map are nearly full */

/* serve.c */
void *serve_main(void *pipeline);
/* One turn of the ledger thread. True: something was done, look again at once. Otherwise `*wait_us`
 * says how long to wait, and `*patient` that a commit is due anyway: single requests need not wake
 * anybody until then. */
bool serve_turn(struct pipeline *p, uint32_t *wait_us, bool *patient);
/* Copy the keys to where workers and network thread look them up. */
enum fault serve_publish_keys(struct pipeline *p);

#endif
