#include "registry.h"

#include <stdlib.h>
#include <string.h>

enum fault registry_publish(const struct ledger *l, struct verify_keys *out)
{
    const uint32_t count = ledger_key_count(l);
    struct verify_key *keys = calloc((size_t)count + 1, sizeof(*keys));
    if (keys == NULL)
        return FAULT_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        const struct ledger_key *k = ledger_key_at(l, i);
        memcpy(keys[i].key_id, k->key_id, LIMIT_KEY_ID_BYTES);
        memcpy(keys[i].signing_key, k->signing_key, LIMIT_KEY_BYTES);
        memcpy(keys[i].transport_key, k->transport_key, LIMIT_KEY_BYTES);
        memcpy(keys[i].owner, k->owner, sizeof(keys[i].owner));
        keys[i].is_provider = k->role == SALDO__V1__ROLE__PROVIDER;
        keys[i].revoked = k->revoked;
    }
    return verify_keys_replace(out, keys, count);
}
