#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "tables/inside.h"

/* Each commit's fsync competes with the journal's. Transactions of 500,000 rows pushed the
 * journal's p99 from 0.9 to 20 ms; with these it went from 0.95 to 3.4 ms (p50 from 0.53 to 0.57).
 * The disk is left to the journal three quarters of the time: one that slows down under the load
 * makes a transaction longer, and with it the pause. With pauses of 2 ms a checkpoint took half
 * the time, and disks then stood still for half a second. */
enum {
    AHEAD_ROWS = 2000,
    AHEAD_BYTES = 256 << 10,
    AHEAD_SHARE = 4, /* one part of the time in so many */
    AHEAD_PAUSE_MAX_NS = 100000000,
};

/* Writes rows of one kind in key order within one transaction. */
struct row_writer {
    struct tables *tables;
    MDB_txn *txn;
    MDB_cursor *cursor;
    enum row_kind kind;
    uint8_t last[LEDGER_KEY_MAX]; /* of the database when the transaction began */
    size_t last_len;              /* 0: it was empty */
    size_t rows;
    size_t bytes;
};

static int writer_open(struct row_writer *w, struct tables *t, MDB_txn *txn, enum row_kind kind)
{
    MDB_val last, value;
    *w = (struct row_writer){.tables = t, .txn = txn, .kind = kind};
    int rc = mdb_cursor_open(txn, store_database(t->store, kind), &w->cursor);
    if (rc != 0)
        return rc;
    rc = mdb_cursor_get(w->cursor, &last, &value, MDB_LAST);
    if (rc == 0 && last.mv_size > sizeof(w->last))
        rc = MDB_CORRUPTED;
    if (rc == 0) {
        memcpy(w->last, last.mv_data, last.mv_size);
        w->last_len = last.mv_size;
    }
    if (rc == 0 || rc == MDB_NOTFOUND)
        return 0;
    mdb_cursor_close(w->cursor);
    return rc;
}

/* Does the key go past the end of the database? Then MDB_APPEND fills whole pages. Rows come in
 * order, so what was written since does not matter. */
static bool writer_past_end(const struct row_writer *w, const MDB_val *key)
{
    const MDB_val last = store_view(w->last, w->last_len);
    return w->last_len == 0 ||
           mdb_cmp(w->txn, store_database(w->tables->store, w->kind), key, &last) > 0;
}

static MDB_val row_value(const struct row *row)
{
    return store_view(row->bytes + row->key_len, row->value_len);
}

static int writer_put(struct row_writer *w, struct row *row)
{
    MDB_val key = store_view(row->bytes, row->key_len);
    MDB_val value = row_value(row);
    w->rows++;
    w->bytes += key.mv_size + value.mv_size;
    if (!row->deleted) {
        row_tag(w->kind, &key, &value, row->bytes + row->key_len + row->value_len);
        value.mv_size += ROW_TAG_BYTES;
        return mdb_cursor_put(w->cursor, &key, &value, writer_past_end(w, &key) ? MDB_APPEND : 0);
    }
    const int rc = mdb_cursor_get(w->cursor, &key, &value, MDB_SET);
    if (rc == 0)
        return mdb_cursor_del(w->cursor, 0);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* ---- Ahead --------------------------------------------------------------------------------- */

/* May the row be written before its watermark? Only if it is a new one of a later entry and no
 * visible row has its key: what a reader sees must stay. */
static int row_goes_ahead(const struct row_writer *w, const struct row *row, uint64_t watermark,
                          bool *ahead)
{
    MDB_val key = store_view(row->bytes, row->key_len);
    MDB_val value = row_value(row), old;
    uint64_t entry;
    *ahead = false;
    if (row->deleted)
        return 0;
    CHECK(row_entry(w->kind, &key, &value, &entry));
    *ahead = entry > watermark;
    /* A charge's key holds its number, so only an id can meet an older row. */
    if (!*ahead || w->kind == ROW_CHARGE || writer_past_end(w, &key))
        return 0;
    const int rc = mdb_get(w->txn, store_database(w->tables->store, w->kind), &key, &old);
    if (rc != 0)
        return rc == MDB_NOTFOUND ? 0 : rc;
    if (!row_untag(w->kind, &key, &old) || !row_entry(w->kind, &key, &old, &entry))
        return MDB_CORRUPTED;
    *ahead = entry > watermark;
    return 0;
}

/* Key of the mark in "meta" that says where this kind's rows ahead begin. */
static MDB_val mark_key(enum row_kind kind, char text[16])
{
    const int len = snprintf(text, 16, "ahead-%u", (unsigned)kind);
    CHECK(len > 0 && len < 16);
    return (MDB_val){(size_t)len, text};
}

/* Set the mark, once per checkpoint, in the transaction of the first row ahead. Rows come in key
 * order, so the first one is the lowest. */
static int mark_ahead(const struct row_writer *w, const struct row *row)
{
    char text[16];
    MDB_val key = mark_key(w->kind, text);
    MDB_val value = store_view(row->bytes, row->key_len);
    return mdb_put(w->txn, store_meta(w->tables->store), &key, &value, 0);
}

/* One transaction's worth of rows from *at on. */
static int write_slice(struct row_writer *w, struct row_list *list, uint64_t watermark, size_t *at,
                       bool *marked)
{
    int rc = 0;
    for (; rc == 0 && *at < list->count && w->rows < AHEAD_ROWS && w->bytes < AHEAD_BYTES; ++*at) {
        struct row *row = list->refs[*at].row;
        bool ahead;
        rc = row_goes_ahead(w, row, watermark, &ahead);
        if (rc != 0 || !ahead)
            continue;
        if (!*marked)
            rc = mark_ahead(w, row);
        *marked = true;
        if (rc == 0)
            rc = writer_put(w, row);
        row->written = true;
    }
    return rc;
}

static int64_t now_ns(void)
{
    struct timespec t;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Leave the disk to the journal for a while after a transaction that began then. */
static void pause_since(const struct checkpoint *c, int64_t began_ns)
{
    int64_t pause_ns = (now_ns() - began_ns) * (AHEAD_SHARE - 1);
    if (pause_ns > AHEAD_PAUSE_MAX_NS)
        pause_ns = AHEAD_PAUSE_MAX_NS;
    const struct timespec pause = {0, (long)pause_ns};
    if (!checkpoint_hurries(c))
        nanosleep(&pause, NULL);
}

static enum fault write_kind_ahead(struct tables *t, struct checkpoint *c, enum row_kind kind)
{
    struct row_list *list = checkpoint_rows(c, kind);
    bool marked = false;
    for (size_t at = 0; at < list->count;) {
        const int64_t began_ns = now_ns();
        MDB_txn *txn;
        struct row_writer w;
        struct hash head;
        uint64_t watermark;
        enum fault fault = store_write_begin(t->store, &txn);
        if (fault != FAULT_NONE)
            return fault;
        int rc = watermark_read(t, txn, &watermark, &head);
        if (rc == 0)
            rc = writer_open(&w, t, txn, kind);
        if (rc == 0) {
            rc = write_slice(&w, list, watermark, &at, &marked);
            mdb_cursor_close(w.cursor);
        }
        if (rc != 0)
            return store_write_fail(t->store, txn, rc, "rows ahead");
        if ((fault = store_write_commit(t->store, txn)) != FAULT_NONE)
            return fault;
        pause_since(c, began_ns);
    }
    return FAULT_NONE;
}

enum fault checkpoint_write_ahead(struct tables *t, struct checkpoint *c)
{
    enum fault fault = FAULT_NONE;
    for (unsigned i = 0; fault == FAULT_NONE && i < ROW_KIND_COUNT; i++) {
        const enum row_kind kind = (enum row_kind)i;
        if (kind_has_number(kind))
            fault = write_kind_ahead(t, c, kind);
    }
    return fault;
}

/* ---- Last ---------------------------------------------------------------------------------- */

static int write_kind(struct tables *t, MDB_txn *txn, struct row_list *list, enum row_kind kind)
{
    struct row_writer w;
    int rc = writer_open(&w, t, txn, kind);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < list->count; i++)
        if (!list->refs[i].row->written)
            rc = writer_put(&w, list->refs[i].row);
    mdb_cursor_close(w.cursor);
    return rc;
}

static int clear_mark(struct tables *t, MDB_txn *txn, enum row_kind kind)
{
    char text[16];
    MDB_val key = mark_key(kind, text);
    const int rc = mdb_del(txn, store_meta(t->store), &key, NULL);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

enum fault checkpoint_write_last(struct tables *t, struct checkpoint *c, uint64_t number,
                                 const struct hash *head)
{
    MDB_txn *txn;
    struct hash old_head;
    uint64_t old;
    enum fault fault = tables_pin(t);
    if (fault != FAULT_NONE)
        return fault;
    if ((fault = store_write_begin(t->store, &txn)) != FAULT_NONE)
        goto err_pin;
    int rc = watermark_read(t, txn, &old, &old_head);
    CHECK(rc != 0 || number >= old);
    for (unsigned i = 0; rc == 0 && i < ROW_KIND_COUNT; i++) {
        const enum row_kind kind = (enum row_kind)i;
        rc = write_kind(t, txn, checkpoint_rows(c, kind), kind);
        if (rc == 0 && kind_has_number(kind))
            rc = clear_mark(t, txn, kind);
    }
    if (rc == 0)
        rc = watermark_write(t, txn, number, head);
    fault = rc != 0 ? store_write_fail(t->store, txn, rc, "checkpoint")
                    : store_write_commit(t->store, txn);
err_pin:
    tables_unpin(t);
    return fault;
}

enum fault checkpoint_write(struct tables *t, struct checkpoint *c, uint64_t number,
                            const struct hash *head)
{
    struct store_space space;
    enum fault fault = checkpoint_ready(c);
    if (fault != FAULT_NONE)
        return fault;
    /* Frees what killed readers hold, so that their pages can be used. */
    if ((fault = store_space(t->store, &space)) != FAULT_NONE)
        return fault;
    checkpoint_sort(c);
    if ((fault = checkpoint_write_ahead(t, c)) != FAULT_NONE)
        return fault;
    return checkpoint_write_last(t, c, number, head);
}

/* ---- After a crash ------------------------------------------------------------------------- */

/* Delete the rows of one kind that are past the watermark, from the mark on. */
static int clear_kind(struct tables *t, MDB_txn *txn, enum row_kind kind, uint64_t watermark)
{
    char text[16];
    MDB_val key = mark_key(kind, text), value;
    MDB_cursor *cursor;
    int rc = mdb_get(txn, store_meta(t->store), &key, &value);
    if (rc != 0)
        return rc == MDB_NOTFOUND ? 0 : rc;
    if (value.mv_size == 0 || value.mv_size > LEDGER_KEY_MAX)
        return MDB_CORRUPTED;
    key = value; /* where to begin */
    if ((rc = mdb_cursor_open(txn, store_database(t->store, kind), &cursor)) != 0)
        return rc;
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0) {
        uint64_t entry;
        if (!row_untag(kind, &key, &value) || !row_entry(kind, &key, &value, &entry))
            rc = MDB_CORRUPTED;
        else if (entry > watermark)
            rc = mdb_cursor_del(cursor, 0);
        if (rc == 0)
            rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? clear_mark(t, txn, kind) : rc;
}

enum fault checkpoint_clear_ahead(struct tables *t)
{
    MDB_txn *txn;
    struct hash head;
    uint64_t watermark;
    const enum fault fault = store_write_begin(t->store, &txn);
    if (fault != FAULT_NONE)
        return fault;
    int rc = watermark_read(t, txn, &watermark, &head);
    for (unsigned i = 0; rc == 0 && i < ROW_KIND_COUNT; i++)
        if (kind_has_number((enum row_kind)i))
            rc = clear_kind(t, txn, (enum row_kind)i, watermark);
    if (rc != 0)
        return store_write_fail(t->store, txn, rc, "rows of a broken checkpoint");
    return store_write_commit(t->store, txn);
}
