#include "verify/verify.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct verify_keys {
    pthread_rwlock_t lock;
    struct verify_key *keys; /* by key id */
    uint32_t *transport;     /* indexes into keys, by transport key */
    uint32_t count;
};

struct verify_keys *verify_keys_new(void)
{
    struct verify_keys *k = calloc(1, sizeof(*k));
    if (k != NULL)
        pthread_rwlock_init(&k->lock, NULL);
    return k;
}

void verify_keys_free(struct verify_keys *k)
{
    if (k == NULL)
        return;
    pthread_rwlock_destroy(&k->lock);
    free(k->keys);
    free(k->transport);
    free(k);
}

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct verify_key *)a)->key_id, ((const struct verify_key *)b)->key_id,
                  LIMIT_KEY_ID_BYTES);
}

static int by_transport(const void *a, const void *b, void *arg)
{
    const struct verify_key *keys = arg;
    return memcmp(keys[*(const uint32_t *)a].transport_key,
                  keys[*(const uint32_t *)b].transport_key, LIMIT_KEY_BYTES);
}

enum fault verify_keys_replace(struct verify_keys *k, struct verify_key *keys, uint32_t count)
{
    uint32_t *transport = calloc((size_t)count + 1, sizeof(*transport));
    if (transport == NULL) {
        free(keys);
        return FAULT_MEMORY;
    }
    qsort(keys, count, sizeof(*keys), by_id);
    for (uint32_t i = 0; i < count; i++)
        transport[i] = i;
    qsort_r(transport, count, sizeof(*transport), by_transport, keys);

    pthread_rwlock_wrlock(&k->lock);
    struct verify_key *old_keys = k->keys;
    uint32_t *old_transport = k->transport;
    k->keys = keys;
    k->transport = transport;
    k->count = count;
    pthread_rwlock_unlock(&k->lock);
    free(old_keys);
    free(old_transport);
    return FAULT_NONE;
}

static bool same_owner(const struct verify_key *a, const struct verify_key *b)
{
    return a->is_provider == b->is_provider && strcmp(a->owner, b->owner) == 0;
}

/* First place in `transport` whose key is not before this one. */
static uint32_t transport_first(const struct verify_keys *k, const uint8_t *key)
{
    uint32_t low = 0;
    uint32_t high = k->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(k->keys[k->transport[middle]].transport_key, key, LIMIT_KEY_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Usually a key comes with its own transport key; else with another key's of the same owner. */
static bool may_use(const struct verify_keys *k, const struct verify_key *key,
                    const uint8_t *transport_key)
{
    if (memcmp(key->transport_key, transport_key, LIMIT_KEY_BYTES) == 0)
        return true;
    for (uint32_t i = transport_first(k, transport_key); i < k->count; i++) {
        const struct verify_key *other = &k->keys[k->transport[i]];
        if (memcmp(other->transport_key, transport_key, LIMIT_KEY_BYTES) != 0)
            return false;
        if (!other->revoked && same_owner(key, other))
            return true;
    }
    return false;
}

bool verify_keys_find(struct verify_keys *k, const uint8_t key_id[LIMIT_KEY_ID_BYTES],
                      const uint8_t transport_key[LIMIT_KEY_BYTES],
                      uint8_t signing_key[LIMIT_KEY_BYTES])
{
    struct verify_key wanted = {0};
    bool found = false;
    memcpy(wanted.key_id, key_id, LIMIT_KEY_ID_BYTES);
    pthread_rwlock_rdlock(&k->lock);
    if (k->count > 0) {
        const struct verify_key *key = bsearch(&wanted, k->keys, k->count, sizeof(wanted), by_id);
        found = key != NULL && !key->revoked && may_use(k, key, transport_key);
        if (found)
            memcpy(signing_key, key->signing_key, LIMIT_KEY_BYTES);
    }
    pthread_rwlock_unlock(&k->lock);
    return found;
}
