/* genesis.h - the first record of every journal: which ledger this is, for good.
 *
 * Written by `saldod init`, never changed. Bytes in FORMAT.md. Pure; any thread. */
#ifndef PROTO_GENESIS_H
#define PROTO_GENESIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "merkle.h"

enum {
    GENESIS_VERSION = 1,
    GENESIS_BYTES = 17 + 2 + 1 + LEDGER_ID_BYTES + LIMIT_KEY_BYTES + 4 + 2 * LIMIT_KEY_BYTES + 8,
};

struct genesis {
    bool simulated; /* time comes from the requests; a ledger can never become a real one */
    uint8_t ledger_id[LEDGER_ID_BYTES];
    uint8_t ledger_key[LIMIT_KEY_BYTES]; /* Ed25519 public key that signs heads */
    uint32_t clock_skew_ms;
    uint8_t administrator_signing_key[LIMIT_KEY_BYTES];
    uint8_t administrator_transport_key[LIMIT_KEY_BYTES];
    int64_t created_ms;
};

void genesis_write(const struct genesis *g, uint8_t bytes[GENESIS_BYTES]);
/* False: another length, label, version or flag. */
bool genesis_read(const uint8_t *bytes, size_t len, struct genesis *out);

/* Its leaf in the receipt tree: the request hash is that of the genesis bytes, the decision is
 * empty. */
void genesis_leaf(const uint8_t bytes[GENESIS_BYTES], struct hash *leaf);

#endif
