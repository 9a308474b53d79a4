#include "audit/hashes.h"

#include <stdlib.h>

#include "base/check.h"
#include "tool.h"

enum { SLOTS_FIRST = 1024 };

static void put(struct hashes *t, uint64_t slot)
{
    uint64_t at = hashes_home(t, (uint32_t)(slot >> 32));

    while (t->slots[at] != 0)
        at = at + 1 == t->size ? 0 : at + 1;
    t->slots[at] = slot;
}

static void resize(struct hashes *t, uint64_t size)
{
    const struct hashes old = *t;

    CHECK(size <= UINT32_MAX);
    t->size = size;
    t->slots = tool_alloc(size, sizeof(*t->slots));
    for (uint64_t i = 0; i < old.size; i++)
        if (old.slots[i] != 0)
            put(t, old.slots[i]);
    free(old.slots);
}

void hashes_reserve(struct hashes *t, uint64_t count)
{
    CHECK(t->slots == NULL);
    resize(t, count / 3 * 4 + SLOTS_FIRST);
}

void hashes_add(struct hashes *t, uint32_t hash, uint32_t place)
{
    CHECK(place != HASHES_NONE);
    if (t->used * 4 >= t->size * 3)
        resize(t, t->size == 0 ? SLOTS_FIRST : 2 * t->size);
    put(t, (uint64_t)hash << 32 | (place + 1));
    t->used++;
}

void hashes_replace(struct hashes *t, uint32_t hash, uint32_t place, uint32_t with)
{
    const uint64_t slot = (uint64_t)hash << 32 | (place + 1);
    uint64_t at = hashes_home(t, hash);

    CHECK(with != HASHES_NONE);
    while (t->slots[at] != slot) {
        CHECK(t->slots[at] != 0); /* it is there */
        at = at + 1 == t->size ? 0 : at + 1;
    }
    t->slots[at] = (uint64_t)hash << 32 | (with + 1);
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
