/* keys.c - seeds are hashes of names. */
#include "tests/support/keys.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define REMEMBERED     256
#define NAME_MAX_BYTES 63

/* Making a pair costs more than judging a charge, so pairs made once are kept. */
struct remembered {
    char name[NAME_MAX_BYTES + 1];
    struct test_key key;
};
static struct remembered remembered[REMEMBERED];

static void make_key(const char *name, struct test_key *out)
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

void test_key(const char *name, struct test_key *out)
{
    if (name[0] == '\0' || strlen(name) > NAME_MAX_BYTES)
        abort();
    for (size_t i = 0; i < REMEMBERED; i++) {
        struct remembered *r = &remembered[i];
        if (r->name[0] == '\0') {
            memcpy(r->name, name, strlen(name) + 1);
            make_key(name, &r->key);
        }
        if (strcmp(r->name, name) == 0) {
            *out = r->key;
            return;
        }
    }
    make_key(name, out);
}
