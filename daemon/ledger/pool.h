/* pool.h - arrays of reserved size with a free list.
 *
 * Item 0 of a pool is never handed out: 0 means "none". No allocation: the memory is reserved by
 * ledger_new(). What prepare has made room for cannot fail here; running out is a CHECK. */
#ifndef LEDGER_POOL_H
#define LEDGER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

struct pool {
    unsigned char *items;
    uint32_t item_size;
    uint32_t capacity; /* items 1..capacity - 1 */
    uint32_t used;     /* highest item ever handed out + 1 */
    uint32_t free;     /* list through the first 4 bytes of a freed item */
    uint32_t live;
};

static inline void *pool_at(const struct pool *p, uint32_t item)
{
    return p->items + (size_t)item * p->item_size;
}

static inline uint32_t pool_left(const struct pool *p)
{
    return p->capacity - 1 - p->live;
}

/* A zeroed item. */
static inline uint32_t pool_take(struct pool *p)
{
    uint32_t item = p->free;
    if (item != 0) {
        memcpy(&p->free, pool_at(p, item), sizeof(p->free));
    } else {
        CHECK(p->used < p->capacity);
        item = p->used++;
    }
    memset(pool_at(p, item), 0, p->item_size);
    p->live++;
    return item;
}

static inline void pool_give(struct pool *p, uint32_t item)
{
    CHECK(item != 0);
    CHECK(item < p->used);
    memcpy(pool_at(p, item), &p->free, sizeof(p->free));
    p->free = item;
    p->live--;
}

/* ---- Hashes ---------------------------------------------------------------------------------- */

static inline uint64_t hash_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    return x;
}

static inline uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
    const unsigned char *b = bytes;
    uint64_t h = hash_mix(seed ^ len);
    while (len >= 8) {
        uint64_t word;
        memcpy(&word, b, 8);
        h = hash_mix(h ^ word);
        b += 8;
        len -= 8;
    }
    uint64_t rest = 0;
    if (len > 0)
        memcpy(&rest, b, len);
    return hash_mix(h ^ rest);
}

#endif
