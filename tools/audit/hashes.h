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
    uint64_t size;
    uint64_t used;
};

#define HASHES_NONE UINT32_MAX

/* Room for so many, in 11 bytes each; before the first. */
void hashes_reserve(struct hashes *t, uint64_t count);
void hashes_add(struct hashes *t, uint32_t hash, uint32_t place);
void hashes_replace(struct hashes *t, uint32_t hash, uint32_t place, uint32_t with);
void hashes_free(struct hashes *t);

/* Slots are in the order of the hashes. */
static inline uint64_t hashes_home(const struct hashes *t, uint32_t hash)
{
    return hash * t->size >> 32;
}

/* The next place with this hash; HASHES_NONE: no more. `steps` starts as 0. */
static inline uint32_t hashes_next(const struct hashes *t, uint32_t hash, uint64_t *steps)
{
    if (t->slots == NULL)
        return HASHES_NONE;
    uint64_t at = hashes_home(t, hash) + *steps;
    if (at >= t->size)
        at -= t->size;
    for (;;) {
        const uint64_t slot = t->slots[at];
        if (slot == 0)
            return HASHES_NONE;
        (*steps)++;
        if (slot >> 32 == hash)
            return (uint32_t)slot - 1;
        if (++at == t->size)
            at = 0;
    }
}

static inline void hashes_fetch(const struct hashes *t, uint32_t hash)
{
    if (t->slots != NULL)
        __builtin_prefetch(&t->slots[hashes_home(t, hash)]);
}

static inline uint32_t hash_number(uint64_t value)
{
    value = (value ^ value >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(value >> 32);
}

uint32_t hash_text(const char *text, size_t len);

#endif
