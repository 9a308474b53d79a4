/* memory_source.h - the ledger's tables in memory: a ledger_source, and a sink for checkpoints.
 *
 * As with the real tables, rows that a checkpoint hands out are not seen before the checkpoint
 * is committed; until then a crash (memory_source_abandon) forgets them.
 * Aborts when memory runs out. One thread. */
#ifndef TESTS_SUPPORT_MEMORY_SOURCE_H
#define TESTS_SUPPORT_MEMORY_SOURCE_H

#include "ledger/ledger.h"

struct memory_source; /* opaque */

struct memory_source *memory_source_new(void);
void memory_source_free(struct memory_source *s);

/* Reads the last commit; valid as long as `s`. */
struct ledger_source memory_source_reader(struct memory_source *s);

/* A ledger_put: keeps a copy for the next commit. */
void memory_source_put(void *source, enum row_kind kind, const uint8_t *key, size_t key_len,
                       const uint8_t *value, size_t value_len);
void memory_source_commit(struct memory_source *s);
void memory_source_abandon(struct memory_source *s);

/* BLAKE2b-256 over all committed rows in key order. */
void memory_source_digest(const struct memory_source *s, uint8_t hash[LIMIT_HASH_BYTES]);
size_t memory_source_count(const struct memory_source *s, enum row_kind kind);
/* Print the first row in which two differ. */
void memory_source_diff(const struct memory_source *a, const struct memory_source *b);

#endif
