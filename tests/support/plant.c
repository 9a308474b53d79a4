#include "tests/support/plant.h"

#include <limits.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "tests/support/acks.h"

static void must(int rc, const char *what)
{
    if (rc == 0)
        return;
    fprintf(stderr, "plant: %s: %s\n", what, mdb_strerror(rc));
    exit(2);
}

/* Of the last record of the file. */
static uint64_t last_acked(const char *path)
{
    static struct ack a;
    FILE *in = fopen(path, "rbe");
    CHECK(in != NULL);
    while (acks_next(in, &a))
        ;
    fclose(in);
    return a.answers[0].number;
}

static uint64_t number_at(const MDB_val *key)
{
    struct reader r = {.bytes = key->mv_data, .len = key->mv_size};
    return get_u64(&r);
}

/* All of a database from the last commit that `number` belongs to on. */
static void cut(MDB_txn *txn, MDB_dbi database, uint64_t number)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    must(mdb_cursor_open(txn, database, &cursor), "cursor");
    must(mdb_cursor_get(cursor, &key, &value, MDB_LAST), "last");
    while (number_at(&key) >= number) {
        must(mdb_cursor_del(cursor, 0), "delete");
        must(mdb_cursor_get(cursor, &key, &value, MDB_LAST), "last");
    }
    mdb_cursor_close(cursor);
}

/* One bit of a recorded answer. */
static void flip(MDB_txn *txn, MDB_dbi entries, uint64_t number)
{
    uint8_t bytes[8];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    put_u64(&w, number);
    must(mdb_get(txn, entries, &key, &value), "entry");
    uint8_t *copy = malloc(value.mv_size);
    CHECK(copy != NULL);
    memcpy(copy, value.mv_data, value.mv_size);
    copy[value.mv_size - LIMIT_HASH_BYTES - 1] ^= 1; /* the decision's end; the leaf follows */
    value.mv_data = copy;
    must(mdb_put(txn, entries, &key, &value, 0), "put");
    free(copy);
}

int plant(const char *bug, const char *dir, const char *acks)
{
    uint64_t number = last_acked(acks);
    char path[PATH_MAX];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi heads, entries;
    MDB_cursor *cursor;
    MDB_val key = {0, NULL};
    MDB_val value;
    snprintf(path, sizeof(path), "%s/journal", dir);
    must(mdb_env_create(&env), "create");
    must(mdb_env_set_maxdbs(env, 8), "maxdbs");
    must(mdb_env_open(env, path, 0, 0600), path);
    must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    must(mdb_dbi_open(txn, "heads", 0, &heads), "heads");
    must(mdb_dbi_open(txn, "entries", 0, &entries), "entries");
    if (strcmp(bug, "cut") == 0) {
        uint8_t bytes[8];
        struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
        put_u64(&w, number);
        key = (MDB_val){sizeof(bytes), bytes};
        must(mdb_cursor_open(txn, heads, &cursor), "cursor");
        must(mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE), "head");
        uint64_t first = number_at(&value); /* a head begins with its first entry */
        mdb_cursor_close(cursor);
        cut(txn, heads, first);
        cut(txn, entries, first);
    } else {
        flip(txn, entries, number);
    }
    must(mdb_txn_commit(txn), "commit");
    mdb_env_close(env);
    return 0;
}
