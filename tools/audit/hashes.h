/* hashes.h - from a hash to the places that may be meant. Grows; nothing is ever taken out.
 *
 * A slot keeps 32 bits of the hash and the place, so that nothing else is looked at on the way. The
 * caller compares what stands at the places. */
#ifndef AUDIT_HASHES_H
#define AUDIT_HASHES_H

#include <stddef.h>
#include <stdint.h>

struct hashes {
    uint64_t *slots; /* hash << 32 | place + 1; 0: free */
    uint64_t mask;
    uint64_t used;
};

#define HASHES_NONE UINT32_MAX

void hashes_add(struct hashes *t, uint32_t hash, uint32_t place);
void hashes_free(struct hashes *t);

/* The next place with this hash; HASHES_NONE: no more. `at` starts as the hash. */
static inline uint32_t hashes_next(const struct hashes *t, uint32_t hash, uint64_t *at)
{
    if (t->slots == NULL)
        return HASHES_NONE;
    for (;; (*at)++) {
        uint64_t slot = t->slots[*at & t->mask];
        if (slot == 0)
            return HASHES_NONE;
        if (slot >> 32 == hash) {
            (*at)++;
            return (uint32_t)slot - 1;
        }
    }
}

static inline void hashes_fetch(const struct hashes *t, uint32_t hash)
{
    if (t->slots != NULL)
        __builtin_prefetch(&t->slots[hash & t->mask]);
}

static inline uint32_t hash_number(uint64_t value)
{
    value = (value ^ value >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(value >> 32);
}

uint32_t hash_text(const char *text, size_t len);

#endif
