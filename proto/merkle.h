/* merkle.h - the tree over the entries of one commit, and the chain of its heads.
 *
 * leaf  = BLAKE2b-256(0x00 request-hash decision-hash)
 *         request-hash = BLAKE2b-256(key id, purpose byte, BLAKE2b-256(payload), signature)
 * node  = BLAKE2b-256(0x01 left right); a last node without a sibling moves up unchanged
 * head  = BLAKE2b-256(0x02 first(8) count(4) time_ms(8) root(32) previous-head(32)), big-endian
 * The ledger key signs the head with purpose "head"; its statement's hash is the head.
 * Pure; any thread. */
#ifndef PROTO_MERKLE_H
#define PROTO_MERKLE_H

#include <sodium/crypto_generichash.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "envelope.h"

#define MERKLE_PATH_MAX 13 /* 2^12 entries in a commit */

struct hash {
    uint8_t bytes[LIMIT_HASH_BYTES];
};

struct head {
    uint64_t first; /* number of the first entry */
    uint32_t count;
    int64_t time_ms;
    struct hash root;
    struct hash previous;
};

void merkle_request_hash(const struct envelope *e, const struct hash *payload, struct hash *out);
void merkle_leaf(const struct hash *request, const void *decision, size_t decision_len,
                 struct hash *out);

/* Root of `count` (1..LIMIT_GROUP_ENTRIES) leaves; `scratch` has room for `count`. */
void merkle_root(const struct hash *leaves, uint32_t count, struct hash *scratch,
                 struct hash *root);

/* All levels at once, for many paths: `nodes` has room for 2 * count + 16 hashes. */
struct merkle_tree {
    uint32_t count;
    struct hash *nodes; /* level after level, leaves first; borrowed */
    uint32_t offset[MERKLE_PATH_MAX + 2];
    uint32_t levels;
};
void merkle_build(struct merkle_tree *t, const struct hash *leaves, uint32_t count,
                  struct hash *nodes);
/* Siblings from the leaf up; returns how many (0..MERKLE_PATH_MAX). */
uint32_t merkle_path(const struct merkle_tree *t, uint32_t index,
                     struct hash path[MERKLE_PATH_MAX]);
/* Does the path lead from the leaf to the root? */
bool merkle_check(const struct hash *leaf, uint32_t index, uint32_t count, const struct hash *path,
                  uint32_t path_len, const struct hash *root);

void merkle_head(const struct head *h, struct hash *out);

/* The hash of a settled batch: begin, every line in order of (organiser, provider), end.
 * Bytes in FORMAT.md. Nothing to free; a struct that was begun may be dropped. */
struct merkle_batch {
    crypto_generichash_state state; /* nobody else looks inside */
};

struct merkle_batch_line {
    struct text organiser; /* code; at most LIMIT_CODE_BYTES, as is the provider's id */
    struct text provider;
    int64_t rows;
    int64_t cents;
    int64_t credit_rows;
    int64_t credit_cents;
};

void merkle_batch_begin(struct merkle_batch *b, const uint8_t ledger_id[LEDGER_ID_BYTES],
                        int32_t day);
void merkle_batch_line(struct merkle_batch *b, const struct merkle_batch_line *line);
void merkle_batch_end(struct merkle_batch *b, uint8_t hash[LIMIT_HASH_BYTES]);

#endif
