/* interval.h - the times that the live charges of a month take, in lists of small chunks.
 *
 * Services begin and end with a minute as a rule: those take half the memory of the others. A chunk
 * holds times of one kind, and only the first of a list is added to. One thread. */
#ifndef LEDGER_INTERVAL_H
#define LEDGER_INTERVAL_H

#include "ledger/state.h"

#define INTERVAL_MINUTE_MS UINT32_C(60000)

/* A list is an item of the ledger's chunks, 0: empty. There must be room for a chunk. */
void intervals_add(struct ledger *l, uint32_t *list, struct interval i);
/* One that is equal. False: there is none. */
bool intervals_remove(struct ledger *l, uint32_t *list, struct interval i);
bool intervals_overlap(const struct ledger *l, uint32_t list, struct interval i);
void intervals_drop(struct ledger *l, uint32_t list);
/* Chunks that so many take at most where none was removed. */
static inline uint32_t intervals_chunks(uint32_t count)
{
    return count / INTERVALS_PER_CHUNK + 1;
}

static inline const struct interval_chunk *interval_chunk(const struct ledger *l, uint32_t item)
{
    return pool_at(&l->chunks, item);
}

static inline struct interval interval_at(const struct interval_chunk *k, uint32_t n)
{
    if (!k->in_minutes)
        return k->exact[n];
    return (struct interval){k->minute[n].from * INTERVAL_MINUTE_MS,
                             k->minute[n].to * INTERVAL_MINUTE_MS};
}

#endif
