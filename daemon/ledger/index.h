/* index.h - hash -> item for as many items as a day has charges; it grows with what it holds.
 *
 * Open addressing over one stretch of memory, in the order of the hashes: a slot's place is its
 * hash as a part of all there are. When three quarters of the slots are taken their number grows by
 * a half, a few slots with every item that is put in, from the last to the first, so that no entry
 * ever waits for a whole index to be sorted anew; meanwhile what belongs at `split` or behind has
 * its place among the larger number. A slot keeps
 * 32 bits of the hash: growing and removing need no look at the rows, and a search seldom looks at
 * a wrong one. Address space is reserved for the largest size by ledger_new(); pages come into
 * being as it grows. One thread. */
#ifndef LEDGER_INDEX_H
#define LEDGER_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_slot {
    uint32_t item; /* 0: empty */
    uint32_t tag;  /* the first bits of the hash */
};

struct index {
    struct index_slot *slots; /* index_slots() of them */
    struct index_slot *aside; /* INDEX_ASIDE: what moves to its new places */
    uint32_t most;            /* items that the slots are made for */
    uint32_t held;
    uint32_t places;
    uint32_t split; /* of them: from here on there are half as many more */
    uint32_t use;             /* bits of a tag: all, but where tests want rows to meet */
};

#define INDEX_ASIDE 32768

/* Slots for so many items. */
size_t index_slots(uint32_t items);
/* Over zeroed memory that the caller has set in, with `most`: empty. */
void index_init(struct index *ix);
/* Forget all items. */
void index_clear(struct index *ix);
/* CHECKs that there are not `most` items, and that no run of taken slots is longer than chance
 * makes it: all hashes are keyed, so that nobody can aim. */
void index_put(struct index *ix, uint64_t hash, uint32_t item);
/* Both CHECK that it is there. */
void index_remove(struct index *ix, uint64_t hash, uint32_t item);
void index_replace(struct index *ix, uint64_t hash, uint32_t item, uint32_t by);

/* The items that may have a hash: for (w = index_walk(ix, hash); (item = index_next(&w)) != 0;) */
struct index_walk {
    const struct index_slot *at;
    uint32_t tag;
};

/* How many places so many become. */
static inline uint32_t index_grown(uint32_t places)
{
    return places + places / 2;
}

static inline uint32_t index_place(const struct index *ix, uint32_t tag)
{
    const uint32_t place = (uint32_t)((uint64_t)tag * ix->places >> 32);
    return place < ix->split ? place
                             : (uint32_t)((uint64_t)tag * index_grown(ix->places) >> 32);
}

static inline struct index_walk index_walk(const struct index *ix, uint64_t hash)
{
    const uint32_t tag = (uint32_t)(hash >> 32) & ix->use;
    return (struct index_walk){ix->slots + index_place(ix, tag), tag};
}

static inline uint32_t index_next(struct index_walk *w)
{
    for (;;) {
        const struct index_slot *s = w->at++;
        if (s->item == 0 || s->tag == w->tag)
            return s->item;
    }
}

/* Ask for the memory that a search will read first. */
static inline void index_ask(const struct index *ix, uint64_t hash)
{
    __builtin_prefetch(index_walk(ix, hash).at);
}

#endif
