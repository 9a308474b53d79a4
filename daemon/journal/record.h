/* record.h - what stands in the journal's databases, byte by byte; inside of the journal only.
 *
 * entries: number(8) -> level(1), request_len(4) request, decision_len(4) decision, leaf(32)
 * heads:   number of the group's last entry(8) -> first(8) count(4) time_ms(8) root(32)
 *          previous(32) signature(64) epoch(8)
 * meta:    "epoch" -> epoch(8), "level" -> level(8)
 * All big-endian, so that LMDB's own order is that of the numbers. */
#ifndef JOURNAL_RECORD_H
#define JOURNAL_RECORD_H

#include <lmdb.h>

#include "journal/journal.h"
#include "store/store.h"

enum { DATABASE_ENTRIES, DATABASE_HEADS, DATABASE_COUNT };

struct journal {
    struct store *store;
    bool read_only;
    MDB_txn *reader; /* reset whenever no call is under way */
};

struct stored_head {
    struct head head;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    uint64_t epoch;
};

#define RECORD_NUMBER_BYTES 8
#define RECORD_HEAD_BYTES   (8 + 4 + 8 + 32 + 32 + LIMIT_SIGNATURE_BYTES + 8)

void number_write(uint64_t number, uint8_t bytes[RECORD_NUMBER_BYTES]);
/* False: not a number. */
bool number_read(const MDB_val *value, uint64_t *number);

size_t record_size(const struct journal_record *r);
void record_write(const struct journal_record *r, uint8_t *bytes, size_t size);
/* Borrows from the value. False: not a record. The number is the caller's. */
bool record_read(const MDB_val *value, struct journal_record *r);

void head_write(const struct stored_head *h, uint8_t bytes[RECORD_HEAD_BYTES]);
bool head_read(const MDB_val *value, struct stored_head *h);

/* The last group, or count 0 and zeros in an empty journal. FAULT_CORRUPT unless the entries end
 * where the heads do. */
enum fault journal_last_head(struct journal *j, MDB_txn *txn, struct stored_head *h);
/* FAULT_NEWER: a program of a higher level than JOURNAL_LEVEL has written here. */
enum fault journal_check_level(const struct store *s, MDB_txn *txn);
/* The hash that the next head names as the previous one: zeros for count 0. */
void head_hash(const struct stored_head *h, struct hash *out);

#endif
