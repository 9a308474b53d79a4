/* shelf.h - the ledger's rows that have left its memory: a sink for them, and their source.
 *
 * What the tables are for the daemon, without a disk that has to be waited for: rows stand in
 * scratch files (scratch.h) in the order in which they came, and a hash of the key leads to each.
 * What is put is seen at once. One thread. */
#ifndef AUDIT_SHELF_H
#define AUDIT_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/ledger.h"

struct shelf; /* opaque */

struct shelf_size {
    uint64_t charges; /* for which memory is taken at once: 22 bytes each */
    uint64_t bytes;   /* of each kind of rows, at most */
    bool all;         /* also the kinds that no decision reads */
};

/* NULL after a complaint. */
struct shelf *shelf_new(struct shelf_size size);
void shelf_free(struct shelf *s); /* NULL is fine */

/* A ledger_put. */
void shelf_put(void *shelf, enum row_kind kind, const uint8_t *key, size_t key_len,
               const uint8_t *value, size_t value_len);
/* Let go of the memory of the files. */
void shelf_rest(const struct shelf *s);

struct ledger_source shelf_source(struct shelf *s);
/* The same for whoever wants all rows of a kind: a scan without a prefix is in no order. */
struct ledger_source shelf_rows(struct shelf *s);

#endif
