/* keys.c - seeds are hashes of names. */
#include "tests/support/keys.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void test_key(const char *name, struct test_key *out)
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    uint8_t hash[32];
    if (sodium_init() < 0)
        abort();
    crypto_generichash(seed, sizeof(seed), (const uint8_t *)name, strlen(name), NULL, 0);
    crypto_sign_seed_keypair(out->public, out->secret, seed);
    crypto_generichash(hash, sizeof(hash), out->public, sizeof(out->public), NULL, 0);
    memcpy(out->id, hash, sizeof(out->id));
}
