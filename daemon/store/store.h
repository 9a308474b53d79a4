/* store.h - an LMDB environment, opened and written the one way we trust.
 *
 * Invariants
 *  1. Durable: no flag but MDB_NOTLS, MDB_RDONLY and, for a reader of a copy, MDB_NOLOCK is ever
 *     set; a commit that returned is on disk.
 *  2. One writer: "writer.lock" is held by flock; a second one gets FAULT_LOCKED and never waits.
 *  3. One handle of a directory a process: LMDB's locks belong to the process, and closing one
 *     handle drops them for all. A second is FAULT_LOCKED. Open after fork, never before.
 *  4. After the first failed write no other is begun: LMDB would go on happily over pages that
 *     never reached the disk. Close, open again, and read what is there.
 *
 * Threads: any for reading, each with its own transaction (MDB_NOTLS binds a reader's slot to the
 * transaction); one thread writes. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

struct store;

struct store_options {
    size_t map_bytes; /* most it may grow to; sparse. A reader takes what the writer set. */
    bool read_only;
    bool allow_unsafe_fs; /* tests only: file systems without a journal of their own */
    bool unlocked;        /* with read_only: a copy nobody writes; nothing is written there */
    uint32_t format; /* version of what is kept; on disk an older one is FAULT_VERSION, a newer one
                        FAULT_NEWER */
    const char *const *names; /* of the databases; "meta" is always there as well */
    unsigned names_count;
};

/* Open, or create unless read-only (the parent directory must exist). Nobody else may read it:
 * modes 0700 and 0600. On a fault *out is NULL. FAULT_UNSAFE, _LOCKED, _ABSENT (a reader finds
 * nothing), _VERSION, _NEWER, _CORRUPT (cut file), _CONFIG, _MEMORY, _FULL, _IO. */
enum fault store_open(const char *path, const struct store_options *options, struct store **out);
void store_close(struct store *s); /* NULL is fine; no transaction may be live */

MDB_env *store_env(const struct store *s);
MDB_dbi store_database(const struct store *s, unsigned index); /* of names[index] */
MDB_dbi store_meta(const struct store *s);

/* Bytes as LMDB takes them for a key; it does not write through them. */
static inline MDB_val store_view(const void *bytes, size_t len)
{
    return (MDB_val){len, (void *)(uintptr_t)bytes};
}

/* Begin a read transaction, or renew *txn where it is one that was reset. */
enum fault store_read_begin(struct store *s, MDB_txn **txn);
void store_read_end(MDB_txn *txn); /* reset it */

/* Write. A begun transaction ends in exactly one of commit, fail, or drop where nothing was wrong.
 * All three take the transaction in any case. */
enum fault store_write_begin(struct store *s, MDB_txn **txn);
void store_write_drop(MDB_txn *txn);
enum fault store_write_commit(struct store *s, MDB_txn *txn);
enum fault store_write_fail(struct store *s, MDB_txn *txn, int rc, const char *what);
bool store_failed(const struct store *s); /* a write has failed; any thread */

struct store_space {
    uint64_t used_bytes;
    uint64_t map_bytes;
    uint64_t disk_free_bytes;
    uint64_t reader_lag; /* commits since the oldest live reader began; each keeps pages from use */
};
/* Also frees the slots of readers that were killed. */
enum fault store_space(struct store *s, struct store_space *out);

/* What an LMDB or system error is to us; sets the text of store_error(). */
enum fault store_fault(int rc, const char *what);
/* Set the text and hand back the fault. */
enum fault store_say(enum fault fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What went wrong last on this thread; never NULL. */
const char *store_error(void);

/* LMDB trusts its pages, so a damaged one can lead it anywhere: path of the file that this thread
 * is reading or writing, NULL: none. For the handler of the signal that ends it, which is SIGABRT
 * where LMDB has seen it by itself: store_asserted(). */
const char *store_in_use(void);
bool store_asserted(void);
/* Between begin and end of a transaction this is said already; `s` NULL: none any more. */
void store_use(const struct store *s);

struct store_version {
    int major, minor, patch;
};
/* 0.9.24 was measured; 0.9.26 to 0.9.31 carry a faulty change to the mutexes. */
bool store_version_safe(struct store_version v);

#endif
