/* index.c - linear probing without going round; removal shifts back; growing in small steps. */
#include "ledger/index.h"

#include <string.h>

#include "base/check.h"

#define PLACES_FIRST 256
#define MOVED        16   /* slots with each item, while the index grows */
#define RUN_MOST     8192 /* taken slots one after another: chance makes some hundreds */
#define AT_ONCE      (2 * (MOVED + RUN_MOST)) /* half of so many is longer than a run */

size_t index_slots(uint32_t items)
{
    uint32_t places = PLACES_FIRST;
    while (places / 4 * 3 < items)
        places = index_grown(places);
    return (size_t)places + RUN_MOST; /* the last run has to end, too */
}

void index_init(struct index *ix)
{
    ix->places = ix->split = PLACES_FIRST;
    ix->held = 0;
    ix->use = UINT32_MAX;
}

void index_clear(struct index *ix)
{
    const size_t slots = (size_t)index_grown(ix->places) + RUN_MOST;
    for (size_t i = 0; i < slots && ix->held > 0; i++)
        /* writing only where something stands keeps pages untouched */
        if (ix->slots[i].item != 0) {
            ix->slots[i] = (struct index_slot){0, 0};
            ix->held--;
        }
    index_init(ix);
}

static void put(struct index *ix, struct index_slot s)
{
    const uint32_t place = index_place(ix, s.tag);
    uint32_t at = place;
    while (ix->slots[at].item != 0)
        at++;
    CHECK(at - place < RUN_MOST);
    ix->slots[at] = s;
}

/* What belongs at from..split gets its place among more. No run crosses `from`; what ran over
 * `split` is taken along: up to where the new places begin, half as far again, all is empty. */
static void split_from(struct index *ix, uint32_t from)
{
    uint32_t count = 0;
    for (uint32_t at = from; at < ix->split || ix->slots[at].item != 0; at++) {
        if (ix->slots[at].item == 0)
            continue;
        CHECK(count < INDEX_ASIDE);
        ix->aside[count++] = ix->slots[at];
        ix->slots[at] = (struct index_slot){0, 0};
    }
    ix->split = from;
    for (uint32_t i = 0; i < count; i++)
        put(ix, ix->aside[i]);
    if (from == 0)
        ix->places = ix->split = index_grown(ix->places);
}

/* The last places at once: what runs over them must not meet the new ones. */
static void split_some(struct index *ix)
{
    uint32_t from = ix->split > AT_ONCE ? ix->split - MOVED : 0;
    while (from > 0 && ix->slots[from - 1].item != 0)
        from--;
    split_from(ix, from);
}

void index_put(struct index *ix, uint64_t hash, uint32_t item)
{
    CHECK(ix->held < ix->most);
    if (ix->split < ix->places || ix->held >= ix->places / 4 * 3)
        split_some(ix);
    ix->held++;
    put(ix, (struct index_slot){item, (uint32_t)(hash >> 32) & ix->use});
}

static struct index_slot *slot_of(struct index *ix, uint64_t hash, uint32_t item)
{
    struct index_slot *s = ix->slots + index_place(ix, (uint32_t)(hash >> 32) & ix->use);
    for (; s->item != item; s++)
        CHECK(s->item != 0);
    return s;
}

void index_replace(struct index *ix, uint64_t hash, uint32_t item, uint32_t by)
{
    slot_of(ix, hash, item)->item = by;
}

void index_remove(struct index *ix, uint64_t hash, uint32_t item)
{
    struct index_slot *hole = slot_of(ix, hash, item);

    for (struct index_slot *s = hole + 1; s->item != 0; s++) {
        if (ix->slots + index_place(ix, s->tag) <= hole) {
            *hole = *s;
            hole = s;
        }
    }
    *hole = (struct index_slot){0, 0};
    ix->held--;
}
