#include "journal/journal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "journal/record.h"
#include "store/store.h"

enum { JOURNAL_FORMAT = 1 };

static const char *const names[DATABASE_COUNT] = {
    [DATABASE_ENTRIES] = "entries",
    [DATABASE_HEADS] = "heads",
};

/* A number of the meta database; 0 before it was written first. */
static int read_meta(const struct store *s, MDB_txn *txn, const char *name, uint64_t *number)
{
    MDB_val key = store_view(name, strlen(name));
    MDB_val value;
    *number = 0;
    const int rc = mdb_get(txn, store_meta(s), &key, &value);
    if (rc == 0 && !number_read(&value, number))
        return MDB_CORRUPTED;
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int write_meta(struct journal *j, MDB_txn *txn, const char *name, uint64_t number)
{
    uint8_t bytes[RECORD_NUMBER_BYTES];
    MDB_val key = store_view(name, strlen(name));
    MDB_val value = {sizeof(bytes), bytes};
    number_write(number, bytes);
    return mdb_put(txn, store_meta(j->store), &key, &value, 0);
}

static int read_epoch(struct journal *j, MDB_txn *txn, uint64_t *epoch)
{
    return read_meta(j->store, txn, "epoch", epoch);
}

enum fault journal_check_level(const struct store *s, MDB_txn *txn)
{
    uint64_t level = 0;
    const int rc = read_meta(s, txn, "level", &level);
    if (rc != 0)
        return store_fault(rc, "level");
    if (level > JOURNAL_LEVEL)
        return store_say(FAULT_NEWER,
                         "a program of level %" PRIu64
                         " has written here, and this one knows up to %d: "
                         "use a newer one",
                         level, JOURNAL_LEVEL);
    return FAULT_NONE;
}

static enum fault check_level(struct journal *j)
{
    enum fault fault = store_read_begin(j->store, &j->reader);
    if (fault != FAULT_NONE)
        return fault;
    fault = journal_check_level(j->store, j->reader);
    store_read_end(j->reader);
    return fault;
}

enum fault journal_open(const char *path, const struct journal_options *options,
                        struct journal **out)
{
    CHECK(path != NULL);
    *out = NULL;
    struct journal *j = calloc(1, sizeof(*j));
    if (j == NULL)
        return store_say(FAULT_MEMORY, "out of memory");
    j->read_only = options->read_only;
    const struct store_options o = {
        .map_bytes = options->map_bytes,
        .read_only = options->read_only,
        .allow_unsafe_fs = options->allow_unsafe_fs,
        .format = JOURNAL_FORMAT,
        .names = names,
        .names_count = DATABASE_COUNT,
    };
    const enum fault fault = store_open(path, &o, &j->store);
    if (fault != FAULT_NONE) {
        free(j);
        return fault;
    }
    const enum fault level = check_level(j);
    if (level != FAULT_NONE) {
        journal_close(j);
        return level;
    }
    *out = j;
    return FAULT_NONE;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    mdb_txn_abort(j->reader); /* NULL is fine */
    store_close(j->store);
    free(j);
}

enum fault journal_claim(struct journal *j, uint64_t *epoch)
{
    CHECK(!j->read_only);
    MDB_txn *txn;
    enum fault fault = store_write_begin(j->store, &txn);
    if (fault != FAULT_NONE)
        return fault;
    uint64_t old;
    int rc = read_epoch(j, txn, &old);
    if (rc == 0)
        rc = write_meta(j, txn, "epoch", old + 1);
    if (rc == 0)
        rc = write_meta(j, txn, "level", JOURNAL_LEVEL);
    if (rc != 0)
        return store_write_fail(j->store, txn, rc, "claim");
    if ((fault = store_write_commit(j->store, txn)) == FAULT_NONE)
        *epoch = old + 1;
    return fault;
}

/* ---- Append -------------------------------------------------------------------------------- */

/* The caller's promises: numbers and head follow what is there. Broken ones are bugs. */
static void group_check(const struct journal_group *g, const struct stored_head *last)
{
    struct hash previous;
    head_hash(last, &previous);
    CHECK(memcmp(&g->head.previous, &previous, sizeof(previous)) == 0);
    CHECK(g->head.first == g->expected_last + 1);
    CHECK(g->head.count == g->count);
    for (uint32_t i = 0; i < g->count; i++) {
        CHECK(g->records[i].number == g->head.first + i);
        CHECK(g->records[i].request_len > 0);
        CHECK(g->records[i].decision_len > 0 || g->records[i].number == 1);
    }
}

static int group_put(struct journal *j, MDB_txn *txn, const struct journal_group *g)
{
    uint8_t number[RECORD_NUMBER_BYTES], head[RECORD_HEAD_BYTES];
    MDB_val key = {sizeof(number), number};
    for (uint32_t i = 0; i < g->count; i++) {
        const struct journal_record *r = &g->records[i];
        MDB_val value = {record_size(r), NULL};
        number_write(r->number, number);
        /* Reserved and written in place: a copy less of up to 4 MiB. */
        const int rc = mdb_put(txn, store_database(j->store, DATABASE_ENTRIES), &key, &value,
                               MDB_APPEND | MDB_RESERVE);
        CHECK(rc != MDB_KEYEXIST); /* the end was looked at in this transaction */
        if (rc != 0)
            return rc;
        record_write(r, value.mv_data, value.mv_size);
    }
    struct stored_head stored = {.head = g->head, .epoch = g->epoch};
    memcpy(stored.signature, g->signature, sizeof(stored.signature));
    head_write(&stored, head);
    MDB_val value = {sizeof(head), head};
    const int rc = mdb_put(txn, store_database(j->store, DATABASE_HEADS), &key, &value, MDB_APPEND);
    CHECK(rc != MDB_KEYEXIST);
    return rc;
}

enum journal_result journal_append(struct journal *j, const struct journal_group *g)
{
    CHECK(!j->read_only);
    CHECK(g->count > 0);
    CHECK(g->count <= LIMIT_GROUP_ENTRIES);
    MDB_txn *txn;
    struct stored_head last;
    uint64_t epoch;
    if (store_write_begin(j->store, &txn) != FAULT_NONE)
        return JOURNAL_UNKNOWN;

    int rc = read_epoch(j, txn, &epoch);
    if (rc == 0 && journal_last_head(j, txn, &last) != FAULT_NONE)
        rc = MDB_CORRUPTED;
    if (rc != 0)
        goto err_txn;
    const uint64_t last_number = last.head.count == 0 ? 0 : last.head.first + last.head.count - 1;
    if (epoch != g->epoch || last_number != g->expected_last) {
        store_write_drop(txn);
        (void)store_say(FAULT_STALE, "epoch %" PRIu64 " and end %" PRIu64, epoch, last_number);
        return JOURNAL_STALE;
    }
    group_check(g, &last);
    if ((rc = group_put(j, txn, g)) != 0)
        goto err_txn;
    return store_write_commit(j->store, txn) == FAULT_NONE ? JOURNAL_OK : JOURNAL_UNKNOWN;

err_txn:
    (void)store_write_fail(j->store, txn, rc, "append");
    return JOURNAL_UNKNOWN;
}

/* ---- Looking ------------------------------------------------------------------------------- */

enum fault journal_space(struct journal *j, struct journal_space *out)
{
    struct store_space space;
    const enum fault fault = store_space(j->store, &space);
    if (fault == FAULT_NONE)
        *out = (struct journal_space){
            .used_bytes = space.used_bytes,
            .map_bytes = space.map_bytes,
            .disk_free_bytes = space.disk_free_bytes,
            .reader_lag = space.reader_lag,
        };
    return fault;
}

const char *journal_error(const struct journal *j)
{
    (void)j; /* the text belongs to the thread, so that a failed open has one too */
    return store_error();
}
