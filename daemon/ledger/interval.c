/* interval.c - lists of intervals, in whole minutes where they are. */
#include "ledger/interval.h"

static struct interval_chunk *chunk_at(struct ledger *l, uint32_t item)
{
    return pool_at(&l->chunks, item);
}

static bool in_minutes(struct interval i)
{
    return i.from % INTERVAL_MINUTE_MS == 0 && i.to % INTERVAL_MINUTE_MS == 0 &&
           i.to / INTERVAL_MINUTE_MS <= UINT16_MAX;
}

static void put(struct interval_chunk *k, uint32_t n, struct interval i)
{
    if (k->in_minutes)
        k->minute[n] = (struct interval_minutes){(uint16_t)(i.from / INTERVAL_MINUTE_MS),
                                                 (uint16_t)(i.to / INTERVAL_MINUTE_MS)};
    else
        k->exact[n] = i;
}

/* From minutes; there are few enough of them. */
static void make_exact(struct interval_chunk *k)
{
    struct interval all[INTERVALS_PER_CHUNK];

    for (uint32_t n = 0; n < k->count; n++)
        all[n] = interval_at(k, n);
    k->in_minutes = false;
    for (uint32_t n = 0; n < k->count; n++)
        put(k, n, all[n]);
}

/* A chunk that has no room holds INTERVALS_PER_CHUNK at least. */
static bool has_room(const struct interval_chunk *k, bool minutes)
{
    return k->count < (k->in_minutes && minutes ? 2 : 1) * INTERVALS_PER_CHUNK;
}

void intervals_add(struct ledger *l, uint32_t *list, struct interval i)
{
    const bool minutes = in_minutes(i);

    if (*list == 0 || !has_room(chunk_at(l, *list), minutes)) {
        const uint32_t item = pool_take(&l->chunks);
        chunk_at(l, item)->next = *list;
        chunk_at(l, item)->in_minutes = minutes;
        *list = item;
    }
    struct interval_chunk *k = chunk_at(l, *list);
    if (k->in_minutes && !minutes)
        make_exact(k);
    put(k, k->count++, i);
}

static bool remove_from(struct interval_chunk *k, struct interval i)
{
    for (uint32_t n = 0; n < k->count; n++) {
        const struct interval it = interval_at(k, n);
        if (it.from != i.from || it.to != i.to)
            continue;
        k->count--;
        put(k, n, interval_at(k, k->count));
        return true;
    }
    return false;
}

bool intervals_remove(struct ledger *l, uint32_t *list, struct interval i)
{
    for (uint32_t *link = list; *link != 0; link = &chunk_at(l, *link)->next) {
        const uint32_t item = *link;
        struct interval_chunk *k = chunk_at(l, item);
        if (!remove_from(k, i))
            continue;
        if (k->count == 0) {
            *link = k->next;
            pool_give(&l->chunks, item);
        }
        return true;
    }
    return false;
}

bool intervals_overlap(const struct ledger *l, uint32_t list, struct interval i)
{
    for (uint32_t at = list; at != 0;) {
        const struct interval_chunk *k = interval_chunk(l, at);
        for (uint32_t n = 0; n < k->count; n++) {
            const struct interval it = interval_at(k, n);
            if (i.from < it.to && it.from < i.to)
                return true;
        }
        at = k->next;
    }
    return false;
}

void intervals_drop(struct ledger *l, uint32_t list)
{
    for (uint32_t next; list != 0; list = next) {
        next = interval_chunk(l, list)->next;
        pool_give(&l->chunks, list);
    }
}
