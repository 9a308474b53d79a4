#include "iso20022/idset.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

struct idset_entry {
    uint8_t hash[16];
    struct idset_place place; /* line 0: the entry is free */
};

/* The entry of the hash, or the free one where it belongs. */
static struct idset_entry *find(const struct idset *s, const uint8_t hash[16])
{
    size_t at;

    memcpy(&at, hash, sizeof(at));
    for (at &= s->room - 1;; at = (at + 1) & (s->room - 1)) {
        struct idset_entry *e = &s->entries[at];
        if (e->place.line == 0 || memcmp(e->hash, hash, sizeof(e->hash)) == 0)
            return e;
    }
}

static void grow(struct idset *s)
{
    struct idset old = *s;

    s->room = old.room > 0 ? old.room * 2 : 256;
    s->entries = tool_alloc(s->room, sizeof(*s->entries));
    for (size_t i = 0; i < old.room; i++)
        if (old.entries[i].place.line > 0)
            *find(s, old.entries[i].hash) = old.entries[i];
    free(old.entries);
}

struct idset_place idset_add(struct idset *s, char kind, const char *text, struct idset_place place)
{
    crypto_generichash_state state;
    uint8_t hash[16];

    if (s->count * 2 >= s->room)
        grow(s);
    crypto_generichash_init(&state, NULL, 0, sizeof(hash));
    crypto_generichash_update(&state, (const uint8_t *)&kind, 1);
    crypto_generichash_update(&state, (const uint8_t *)text, strlen(text));
    crypto_generichash_final(&state, hash, sizeof(hash));
    struct idset_entry *e = find(s, hash);
    if (e->place.line > 0)
        return e->place;
    memcpy(e->hash, hash, sizeof(e->hash));
    e->place = place;
    s->count++;
    return (struct idset_place){0};
}

void idset_free(struct idset *s)
{
    free(s->entries);
    *s = (struct idset){0};
}
