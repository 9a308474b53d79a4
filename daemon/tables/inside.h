/* inside.h - what the files of the tables share; not for others.
 *
 * One database for each row kind; "meta" holds
 *   "watermark"  -> number(8) head(32)
 *   "ahead-<kind>" -> the lowest key that was written ahead and not yet made visible
 * A row written ahead belongs to an entry past the watermark, and readers take it as absent. */
#ifndef TABLES_INSIDE_H
#define TABLES_INSIDE_H

#include <lmdb.h>
#include <pthread.h>

#include "store/store.h"
#include "tables/tables.h"

/* A row's number is entry number << 13 | index within its request. */
#define TABLES_INDEX_BITS 13
_Static_assert(LIMIT_BATCH_ITEMS == 1 << TABLES_INDEX_BITS, "an index fits its bits");

struct tables {
    struct store *store;
    bool read_only;
    /* The reader's transaction is live only during a call, so that it parks no pages. From the last
     * step of a checkpoint to tables_refresh() it is pinned, for the old state to stay in view. */
    pthread_mutex_t lock; /* of the next four: the reader's thread and the writer's */
    MDB_txn *reader;
    bool live;
    bool pinned;
    bool switching;     /* the last transaction of a checkpoint is under way */
    unsigned depth;     /* calls within calls; the reader's thread */
    uint64_t watermark; /* as of the last refresh; the reader's thread */
    struct hash head;
};

/* ---- Tags ---------------------------------------------------------------------------------- */

/* Behind each value stands a tag over kind, key and value: LMDB looks at no content, so a disk that
 * gives back other bytes would change a balance without a word. */
#define ROW_TAG_BYTES 4

void row_tag(enum row_kind kind, const MDB_val *key, const MDB_val *value,
             uint8_t tag[ROW_TAG_BYTES]);
/* Takes the tag off the value. False: this is not the row that was written. */
bool row_untag(enum row_kind kind, const MDB_val *key, MDB_val *value);

/* ---- Visibility ---------------------------------------------------------------------------- */

/* Charges and ids say which entry they are from, so they can be written ahead. */
static inline bool kind_has_number(enum row_kind kind)
{
    return kind == ROW_CHARGE || kind == ROW_ID;
}
/* The entry a row is from: the last 8 bytes of a charge's key, the first 8 of an id's value without
 * its tag; 0 for other kinds. False: too short. */
bool row_entry(enum row_kind kind, const MDB_val *key, const MDB_val *value, uint64_t *entry);

/* Number and head as of a transaction; zeros in empty tables. */
int watermark_read(struct tables *t, MDB_txn *txn, uint64_t *number, struct hash *head);
int watermark_write(struct tables *t, MDB_txn *txn, uint64_t number, const struct hash *head);

/* ---- The checkpoint's two steps ------------------------------------------------------------ */

/* A copied row; key and value follow. */
struct row {
    size_t order; /* of the put: the last of a key wins */
    uint32_t value_len;
    uint8_t key_len;
    bool deleted;
    bool written;    /* ahead */
    uint8_t bytes[]; /* key, value, and room for the tag */
};

/* What is sorted: the key's first 16 bytes as numbers, so that few comparisons touch the row. */
struct row_ref {
    uint64_t high;
    uint64_t low;
    struct row *row;
};

struct row_list {
    struct row_ref *refs;
    size_t count;
    size_t size;
};

/* Sort by key and keep the last put of each; then the rows of a kind. */
void checkpoint_sort(struct checkpoint *c);
struct row_list *checkpoint_rows(struct checkpoint *c, enum row_kind kind);
bool checkpoint_hurries(const struct checkpoint *c); /* any thread */

/* Write what can go ahead, in small paced transactions, invisible. A crash after it loses nothing
 * but the work. */
enum fault checkpoint_write_ahead(struct tables *t, struct checkpoint *c);
/* Write the rest and the watermark in one transaction. */
enum fault checkpoint_write_last(struct tables *t, struct checkpoint *c, uint64_t number,
                                 const struct hash *head);
/* Remove what a crashed checkpoint left ahead: another history could reuse its numbers. */
enum fault checkpoint_clear_ahead(struct tables *t);

/* Keep the reader's view of the old state while the last transaction commits; and let go. */
enum fault tables_pin(struct tables *t);
void tables_unpin(struct tables *t);

#endif
