/* tables.h - the ledger's rows in LMDB as of one journal number, the watermark.
 *
 * Invariants: what a reader sees is one checkpoint, whole; the watermark moves in the same
 * transaction as the rows; a row that is not the one that was written is FAULT_CORRUPT, never
 * handed out. The tables are a cache: without them the journal rebuilds them.
 * Threads: reads (one read transaction, renewed by tables_refresh) belong to one thread, the
 * writing of a checkpoint to another. Other processes open read-only. */
#ifndef TABLES_TABLES_H
#define TABLES_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "ledger/ledger.h"

struct tables;

struct tables_options {
    size_t map_bytes;
    bool read_only;
    bool allow_unsafe_fs;
    bool unlocked; /* as in struct store_options */
};

enum fault tables_open(const char *path, const struct tables_options *options, struct tables **out);
void tables_close(struct tables *t);

/* Number of the last entry whose effects are in (0: empty), with its head's hash, as of the last
 * refresh. Reader's thread. */
enum fault tables_watermark(struct tables *t, uint64_t *number, struct hash *head);

/* Look at the newest checkpoint from now on. Until then every read sees the same one. In a process
 * that opened read-only this holds one transaction, which keeps the writer from using pages again:
 * refresh at least once a second, or work on a copy. Reader's thread; not from within a scan. */
enum fault tables_refresh(struct tables *t);

/* A source for the ledger that reads this table. Reader's thread; valid while `t` is. */
struct ledger_source tables_source(struct tables *t);

/* ---- Writing a checkpoint, on the writer's thread ------------------------------------------ */

struct checkpoint; /* collects rows, then writes them in key order */

struct checkpoint *checkpoint_new(void); /* NULL: out of memory */
/* A ledger_put: copies the row. Called on the ledger's thread, before checkpoint_write. */
void checkpoint_put(void *checkpoint, enum row_kind kind, const uint8_t *key, size_t key_len,
                    const uint8_t *value, size_t value_len);
/* FAULT_MEMORY if a copy failed, and nothing must be written. */
enum fault checkpoint_ready(const struct checkpoint *c);
/* From now on without a pause: somebody waits for it. Until then it leaves the disk to the journal
 * three quarters of the time. Any thread, until checkpoint_free(). */
void checkpoint_hurry(struct checkpoint *c);
/* Sort and write everything: charge and id rows ahead in small paced transactions, then one last
 * transaction with the rest and the watermark. Every entry up to `number` must be durable in the
 * journal before the call. Durable on FAULT_NONE; else the old state stands, and nothing more can
 * be written before the tables are opened again. */
enum fault checkpoint_write(struct tables *t, struct checkpoint *c, uint64_t number,
                            const struct hash *head);
void checkpoint_free(struct checkpoint *c);

/* BLAKE2b-256 over all rows in order of kind and key, each as kind(1) key_len(4) key value_len(4)
 * value: equal for equal states (tests, `saldod check`). FAULT_CORRUPT where a row is another one,
 * or cannot be found, or is missing. Reader's thread. */
enum fault tables_digest(struct tables *t, struct hash *out);

/* What went wrong last on this thread; never NULL. After a failed tables_open() ask with NULL. */
const char *tables_error(const struct tables *t);

#endif
