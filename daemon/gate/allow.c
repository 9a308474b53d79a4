#include "gate/gate.h"

#include <stdlib.h>
#include <string.h>

struct allow {
    uint8_t *keys; /* sorted */
    size_t count;
};

static int key_order(const void *a, const void *b)
{
    return memcmp(a, b, LIMIT_KEY_BYTES);
}

struct allow *allow_new(void)
{
    return calloc(1, sizeof(struct allow));
}

void allow_free(struct allow *a)
{
    if (a == NULL)
        return;
    free(a->keys);
    free(a);
}

bool allow_set(struct allow *a, const uint8_t *keys, size_t count)
{
    if (count > LIMIT_KEYS)
        return false;
    uint8_t *copy = malloc(count * LIMIT_KEY_BYTES + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, keys, count * LIMIT_KEY_BYTES);
    qsort(copy, count, LIMIT_KEY_BYTES, key_order);
    free(a->keys);
    a->keys = copy;
    a->count = count;
    return true;
}

bool allow_empty(const struct allow *a)
{
    return a->count == 0;
}

bool allow_has(const struct allow *a, const uint8_t key[LIMIT_KEY_BYTES])
{
    if (a->count == 0)
        return false;
    return bsearch(key, a->keys, a->count, LIMIT_KEY_BYTES, key_order) != NULL;
}
