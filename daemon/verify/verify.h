/* verify.h - is a frame what its signer signed? Signature over the exact bytes, then decoding.
 *
 * A slot comes out with code 0 and a decoded request, or with BAD_FRAME or BAD_SIGNATURE; nothing
 * else is judged here. The key must be known and not revoked, and belong to the owner of the
 * transport key that the gate authenticated. Expiry is a matter of time and asked later.
 * Threads: verify_slot() any number of them; verify_keys_replace() one at a time. */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "flow/flow.h"

/* What has to be known of a registered key. */
struct verify_key {
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    uint8_t signing_key[LIMIT_KEY_BYTES];
    uint8_t transport_key[LIMIT_KEY_BYTES];
    char owner[LIMIT_CODE_BYTES + 1];
    bool is_provider; /* a provider and a login may have the same name and are two owners */
    bool revoked;
};

struct verify_keys; /* the registry's copy */

struct verify_keys *verify_keys_new(void); /* empty; NULL: out of memory */
void verify_keys_free(struct verify_keys *k);
/* Take over `keys` (malloc'ed) in place of the present ones, even on a fault. */
enum fault verify_keys_replace(struct verify_keys *k, struct verify_key *keys, uint32_t count);
/* The signing key of `key_id`, if it may be used over a connection with `transport_key`. */
bool verify_keys_find(struct verify_keys *k, const uint8_t key_id[LIMIT_KEY_ID_BYTES],
                      const uint8_t transport_key[LIMIT_KEY_BYTES],
                      uint8_t signing_key[LIMIT_KEY_BYTES]);

struct verify {
    struct verify_keys *keys;
    uint8_t ledger_id[LEDGER_ID_BYTES];
    uint8_t digest_key[16];
    bool simulated; /* whether requests may carry a time */
};

void verify_slot(const struct verify *v, struct flow_slot *s);

#endif
