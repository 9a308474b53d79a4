#include "audit/hashes.h"

#include <stdlib.h>

#include "base/check.h"
#include "tool.h"

enum { SLOTS_FIRST = 1024 };

static void put(struct hashes *t, uint64_t slot)
{
    uint64_t at = slot >> 32;

    while (t->slots[at & t->mask] != 0)
        at++;
    t->slots[at & t->mask] = slot;
}

static void grow(struct hashes *t)
{
    uint64_t *old = t->slots, slots = old == NULL ? 0 : t->mask + 1;

    t->mask = (slots == 0 ? SLOTS_FIRST : 2 * slots) - 1;
    t->slots = tool_alloc(t->mask + 1, sizeof(*t->slots));
    for (uint64_t i = 0; i < slots; i++)
        if (old[i] != 0)
            put(t, old[i]);
    free(old);
}

void hashes_add(struct hashes *t, uint32_t hash, uint32_t place)
{
    CHECK(place != HASHES_NONE);
    if (t->slots == NULL || t->used * 3 >= t->mask * 2)
        grow(t);
    put(t, (uint64_t)hash << 32 | (place + 1));
    t->used++;
}

void hashes_free(struct hashes *t)
{
    free(t->slots);
    *t = (struct hashes){0};
}

/* FNV-1a, mixed: for the few codes of a county. */
uint32_t hash_text(const char *text, size_t len)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < len; i++)
        value = (value ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    return hash_number(value);
}
