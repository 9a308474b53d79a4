/* journal.h - the append-only record of every sequenced request. The journal is the truth.
 *
 * Invariants
 *  1. Numbers start at 1 without gap; a committed record never changes.
 *  2. journal_append() is durable once it returns JOURNAL_OK, and nobody is answered before.
 *  3. A group is appended whole or not at all, with the head that the ledger key signed over it.
 *  4. A newer epoch fences every older writer.
 *  5. A program that does not know everything that a newer one may have written does not open it.
 * Record 1 is the genesis: its request is the genesis text (FORMAT.md), its decision is empty.
 *
 * Threads: one writer thread owns the handle for claim and append; reads may come from one other,
 * or from that one while no other reads.
 * Other processes open their own, read-only. One handle of an environment a process. */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "merkle.h"

struct journal;

struct journal_record {
    uint64_t number;
    const uint8_t *request; /* the envelope exactly as it was received; borrowed */
    size_t request_len;
    const uint8_t *decision; /* the Decision message */
    size_t decision_len;
    struct hash leaf;
    uint32_t level; /* of the program that decided it; only read, writing takes JOURNAL_LEVEL */
};

struct journal_group {
    uint64_t epoch;
    uint64_t expected_last; /* number the journal must end with */
    const struct journal_record *records;
    uint32_t count;
    struct head head;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
};

enum journal_result {
    JOURNAL_OK,      /* durable */
    JOURNAL_STALE,   /* somebody else has written: stop */
    JOURNAL_UNKNOWN, /* a failure in between: stop answering, reopen, claim, compare */
};

struct journal_options {
    size_t map_bytes; /* most it may grow to; sparse */
    bool read_only;
    bool allow_unsafe_fs; /* tests only: tmpfs, overlay */
};

/* Raised whenever an older program could no longer replay what this one may write: a new command,
 * outcome or field, or another rule. FORMAT.md lists the levels. */
enum { JOURNAL_LEVEL = 2 };

/* Open or create (unless read-only) in a directory. FAULT_NEWER: a program of a higher level has
 * claimed it. Checks library version, file system, flags,
 * and takes the writer's lock (FAULT_LOCKED if another daemon holds it). */
enum fault journal_open(const char *path, const struct journal_options *options,
                        struct journal **out);
void journal_close(struct journal *j); /* NULL is fine */

/* A new epoch, durable, with this program's level; fences older writers and programs. */
enum fault journal_claim(struct journal *j, uint64_t *epoch);

enum journal_result journal_append(struct journal *j, const struct journal_group *group);

/* Reads: FAULT_CORRUPT, _IO, _MEMORY, and _UNKNOWN after a failed claim or append, for what they
 * would show may not be on disk. Nothing is held open between calls, nor while a record is
 * visited. */

/* Number of the last record (0: empty) and its head (hash; zeros when empty). */
enum fault journal_tail(struct journal *j, uint64_t *last, struct hash *head);

/* Read records from `from` on, in order, until `visit` returns false or the end; records are
 * borrowed for the call. Leaves, heads and chain are verified where `verify` is set (signatures
 * are the auditor's; only they cover the time in the last head). FAULT_CORRUPT names a record that
 * does not match, in journal_error(). */
enum fault journal_read(struct journal *j, uint64_t from, bool verify,
                        bool (*visit)(void *arg, const struct journal_record *r), void *arg);
/* One record, borrowed for the call of `visit`, in which the journal is not to be asked: no matter
 * how large its group is, this reads it alone. Nothing is verified but its form. FAULT_ABSENT where
 * there is none. */
enum fault journal_entry(struct journal *j, uint64_t number,
                         void (*visit)(void *arg, const struct journal_record *r), void *arg);
/* The group that holds a record: its head, signature and leaves (room for LIMIT_GROUP_ENTRIES).
 * FAULT_ABSENT past the end. */
enum fault journal_group_of(struct journal *j, uint64_t number, struct head *head,
                            uint8_t signature[LIMIT_SIGNATURE_BYTES], struct hash *leaves,
                            uint32_t *count);

/* Bytes used and available in the map, for the space guard; ask once a second: it also frees the
 * slots of readers that were killed. */
struct journal_space {
    uint64_t used_bytes;
    uint64_t map_bytes;
    uint64_t disk_free_bytes;
    uint64_t reader_lag; /* commits since the oldest live reader began; should stay near 0 */
};
enum fault journal_space(struct journal *j, struct journal_space *out);

/* What went wrong last on this thread, for the log; never NULL. After a failed journal_open() ask
 * with NULL. */
const char *journal_error(const struct journal *j);

#endif
