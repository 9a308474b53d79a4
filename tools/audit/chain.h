/* chain.h - are the bytes those that the ledger hashed, chained and signed?
 *
 * Each entry's leaf from its bytes, each head's root from its leaves, each head from the one
 * before, each head's signature with the ledger's public key. One thread. */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "audit/copy.h"
#include "audit/flaws.h"
#include "envelope.h"
#include "genesis.h"
#include "merkle.h"

struct chain {
    uint8_t ledger_id[LEDGER_ID_BYTES];
    uint8_t public_key[LIMIT_KEY_BYTES];
    struct hash head; /* of the last group; zeros before the first */
    uint64_t last;    /* its last entry */
    uint64_t epoch;
    uint64_t heads; /* counted: heads whose chain and signature are right */
    uint64_t entries;
};

/* A record taken apart; of the genesis only `payload` is set, its own hash. */
struct chain_item {
    struct envelope envelope; /* borrows from the record */
    struct hash payload;
    bool parsed;
};

/* Room for LIMIT_GROUP_ENTRIES each. */
struct chain_room {
    struct chain_item *items;
    struct hash *leaves;
    struct hash *scratch;
};

/* Check a group, fill room->items for its records. */
void chain_group(struct chain *c, const struct copy_group *g, const struct chain_room *room,
                 struct flaws *f);

#endif
