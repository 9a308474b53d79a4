/* keys.h - key pairs that follow from a name, so that every test signs as the same people. */
#ifndef TESTS_SUPPORT_KEYS_H
#define TESTS_SUPPORT_KEYS_H

#include <stdint.h>

#include "base/limits.h"

struct test_key {
    uint8_t secret[64]; /* of libsodium: seed and public half */
    uint8_t public[LIMIT_KEY_BYTES];
    uint8_t id[LIMIT_KEY_ID_BYTES];
};

/* The key pair of a name; the same name gives the same keys for ever. */
void test_key(const char *name, struct test_key *out);

#endif
