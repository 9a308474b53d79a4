/* merge.h - a checkpoint beside the intake: the overlay goes into the tables.
 *
 * Its steps, taken in slices on the ledger thread so that nobody waits for long:
 *
 *   idle -> handing out frozen rows -> written by a thread of its own -> evicting -> idle
 *
 * The frozen state ends with a submitted group, and nothing is written before that group is
 * durable: the tables never run ahead of the journal.
 * Threads: the ledger thread's, but for the writing. */
#ifndef MERGE_H
#define MERGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "books.h"
#include "flow/ring.h"

enum merge_state { MERGE_IDLE, MERGE_HANDING, MERGE_DURABLE, MERGE_WRITING, MERGE_EVICTING };

struct merge {
    struct books *books;
    struct ring *ring; /* told when the writing has ended */
    enum merge_state state;
    bool wanted;        /* begin when the next group is empty */
    uint64_t number;    /* the frozen state's last entry */
    uint64_t watermark; /* of the tables now */
    struct hash head;   /* of `number` */
    bool head_known;
    int64_t began_us;
    uint64_t ended; /* checkpoints since the start; of the last one: */
    int64_t took_us;
    int64_t ended_ms; /* UTC */
    struct checkpoint *rows;
    pthread_t writer;
    pthread_mutex_t lock;
    bool written; /* under the lock: the writer has ended, with `write_fault` */
    enum fault write_fault;
    enum fault fault; /* the ledger thread's: nothing can be checkpointed any more */
};

void merge_init(struct merge *m, struct books *books, struct ring *ring);
void merge_close(struct merge *m); /* idle again */
/* Freeze the state as of entry `number`, the ledger's last. False: no memory for it now. */
bool merge_begin(struct merge *m, uint64_t number);
/* The journal is idle and ends with `number`, whose head this is. */
void merge_durable(struct merge *m, uint64_t number, const struct hash *head);
/* Do not spare the disk any more: memory fills, or a stop waits for the one under way (if any). */
void merge_hurry(struct merge *m);
/* One slice of about `rows` rows. False: nothing to do at the moment. A failed write is fatal
 * (`fault` is set): the tables stay as they were. */
bool merge_step(struct merge *m, uint32_t rows);

#endif
