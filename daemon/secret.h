/* secret.h - key files: a seed, and the signing and transport key pairs made from it.
 *
 * A key file is INI: [key] version=1, seed=64 hex digits. The same in a ledger's keys/ and in a
 * client's home/keys/. A struct secret is locked in memory and wiped by secret_wipe(). */
#ifndef SECRET_H
#define SECRET_H

#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"

struct secret {
    uint8_t seed[32];
    uint8_t signing_secret[64]; /* libsodium's form: seed and public key */
    uint8_t signing_key[LIMIT_KEY_BYTES];
    uint8_t transport_secret[LIMIT_KEY_BYTES];
    uint8_t transport_key[LIMIT_KEY_BYTES];
};

/* A fresh one. FAULT_MEMORY: it cannot be locked in memory. */
enum fault secret_make(struct secret *out);
/* FAULT_ABSENT: no such file. FAULT_CORRUPT: not a key file. FAULT_UNSAFE: others may read it. */
enum fault secret_read(const char *path, struct secret *out);
/* Mode 0600, synced, never over an existing file (FAULT_LOCKED). FAULT_FULL, _IO: there is none. */
enum fault secret_write(const char *path, const struct secret *s);
void secret_wipe(struct secret *s);

#endif
