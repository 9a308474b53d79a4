#include "tables/tables.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "tables/inside.h"

enum { TABLES_FORMAT = 6 };

static const char *const names[ROW_KIND_COUNT] = {
    [ROW_META] = "facts",
    [ROW_ORGANISER] = "organiser",
    [ROW_SERVICE] = "service",
    [ROW_CLASS] = "class",
    [ROW_WINDOW] = "window",
    [ROW_PROVIDER] = "provider",
    [ROW_DATED] = "dated",
    [ROW_KEY] = "key",
    [ROW_COMMITMENT] = "commitment",
    [ROW_VOUCHER] = "voucher",
    [ROW_BUCKET] = "bucket",
    [ROW_HISTORY] = "history",
    [ROW_COST_CODE] = "cost-code",
    [ROW_TALLY] = "tally",
    [ROW_BATCH] = "batch",
    [ROW_ACCOUNT] = "account",
    [ROW_PAYOUT] = "payout",
    [ROW_LAPSE] = "lapse",
    [ROW_CHARGE] = "charge",
    [ROW_ID] = "id",
    [ROW_RUN] = "run",
    [ROW_BANK_LINE] = "bank-line",
    [ROW_OPEN_LINE] = "open-line",
    [ROW_CORRECTION] = "correction",
};

/* ---- Tags and visibility ------------------------------------------------------------------- */

/* Against damage, not against people: whoever can write here needs no collision. */
void row_tag(enum row_kind kind, const MDB_val *key, const MDB_val *value,
             uint8_t tag[ROW_TAG_BYTES])
{
    uint8_t secret[crypto_shorthash_KEYBYTES] = {(uint8_t)kind};
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, key->mv_data, key->mv_size, secret);
    memcpy(secret, hash, sizeof(hash)); /* the value's hash is keyed with the key's */
    crypto_shorthash(hash, value->mv_data, value->mv_size, secret);
    memcpy(tag, hash, ROW_TAG_BYTES);
}

bool row_untag(enum row_kind kind, const MDB_val *key, MDB_val *value)
{
    uint8_t tag[ROW_TAG_BYTES];
    if (value->mv_size < ROW_TAG_BYTES || value->mv_size > LEDGER_ROW_MAX + ROW_TAG_BYTES ||
        key->mv_size > LEDGER_KEY_MAX)
        return false;
    value->mv_size -= ROW_TAG_BYTES;
    row_tag(kind, key, value, tag);
    return memcmp(tag, (const uint8_t *)value->mv_data + value->mv_size, ROW_TAG_BYTES) == 0;
}

bool row_entry(enum row_kind kind, const MDB_val *key, const MDB_val *value, uint64_t *entry)
{
    *entry = 0;
    if (!kind_has_number(kind))
        return true;
    const MDB_val *in = kind == ROW_CHARGE ? key : value;
    if (in->mv_size < 8)
        return false;
    const size_t at = kind == ROW_CHARGE ? in->mv_size - 8 : 0;
    struct reader r = {.bytes = in->mv_data, .len = in->mv_size, .at = at};
    *entry = get_u64(&r) >> TABLES_INDEX_BITS;
    return true;
}

int watermark_read(struct tables *t, MDB_txn *txn, uint64_t *number, struct hash *head)
{
    MDB_val key = store_view("watermark", 9);
    MDB_val value;
    *number = 0;
    memset(head, 0, sizeof(*head));
    const int rc = mdb_get(txn, store_meta(t->store), &key, &value);
    if (rc != 0)
        return rc == MDB_NOTFOUND ? 0 : rc;
    if (value.mv_size != 8 + LIMIT_HASH_BYTES)
        return MDB_CORRUPTED;
    struct reader r = {.bytes = value.mv_data, .len = value.mv_size};
    *number = get_u64(&r);
    memcpy(head->bytes, get_bytes(&r, LIMIT_HASH_BYTES), LIMIT_HASH_BYTES);
    return 0;
}

int watermark_write(struct tables *t, MDB_txn *txn, uint64_t number, const struct hash *head)
{
    uint8_t bytes[8 + LIMIT_HASH_BYTES];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    put_u64(&w, number);
    put_bytes(&w, head->bytes, LIMIT_HASH_BYTES);
    CHECK(!w.failed);
    MDB_val key = store_view("watermark", 9);
    MDB_val value = {sizeof(bytes), bytes};
    return mdb_put(txn, store_meta(t->store), &key, &value, 0);
}

/* ---- The reader's view --------------------------------------------------------------------- */

static enum fault reader_wake(struct tables *t)
{
    if (t->live)
        return FAULT_NONE;
    const enum fault fault = store_read_begin(t->store, &t->reader);
    t->live = fault == FAULT_NONE;
    return fault;
}

static void reader_rest(struct tables *t)
{
    if (t->live)
        store_read_end(t->reader);
    t->live = false;
}

static enum fault read_begin(struct tables *t)
{
    if (t->depth > 0) {
        t->depth++;
        return FAULT_NONE;
    }
    pthread_mutex_lock(&t->lock);
    const enum fault fault = reader_wake(t);
    pthread_mutex_unlock(&t->lock);
    if (fault != FAULT_NONE)
        return fault;
    store_use(t->store); /* a reader that was awake did not say so */
    t->depth = 1;
    return FAULT_NONE;
}

static void read_end(struct tables *t)
{
    CHECK(t->depth > 0);
    if (--t->depth > 0)
        return;
    pthread_mutex_lock(&t->lock);
    if (!t->pinned)
        reader_rest(t);
    pthread_mutex_unlock(&t->lock);
    store_use(NULL);
}

enum fault tables_pin(struct tables *t)
{
    pthread_mutex_lock(&t->lock);
    const enum fault fault = reader_wake(t);
    if (fault == FAULT_NONE) {
        t->pinned = true;
        t->switching = true;
    }
    pthread_mutex_unlock(&t->lock);
    return fault;
}

void tables_unpin(struct tables *t)
{
    pthread_mutex_lock(&t->lock);
    t->switching = false;
    pthread_mutex_unlock(&t->lock);
}

enum fault tables_refresh(struct tables *t)
{
    CHECK(t->depth == 0);
    pthread_mutex_lock(&t->lock);
    reader_rest(t);
    /* While a checkpoint commits, the state before or after it may be what we see: hold on to it.
     */
    t->pinned = t->read_only || t->switching;
    enum fault fault = reader_wake(t);
    pthread_mutex_unlock(&t->lock);
    if (fault == FAULT_NONE)
        fault = read_begin(t);
    if (fault != FAULT_NONE)
        return fault;
    const int rc = watermark_read(t, t->reader, &t->watermark, &t->head);
    read_end(t);
    return store_fault(rc, "watermark");
}

/* ---- Open and close ------------------------------------------------------------------------ */

enum fault tables_open(const char *path, const struct tables_options *options, struct tables **out)
{
    CHECK(path != NULL);
    *out = NULL;
    struct tables *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return store_say(FAULT_MEMORY, "out of memory");
    t->read_only = options->read_only;
    pthread_mutex_init(&t->lock, NULL);
    const struct store_options o = {
        .map_bytes = options->map_bytes,
        .read_only = options->read_only,
        .allow_unsafe_fs = options->allow_unsafe_fs,
        .unlocked = options->unlocked,
        .format = TABLES_FORMAT,
        .names = names,
        .names_count = ROW_KIND_COUNT,
    };
    enum fault fault = store_open(path, &o, &t->store);
    if (fault == FAULT_NONE && !t->read_only)
        fault = checkpoint_clear_ahead(t);
    if (fault == FAULT_NONE)
        fault = tables_refresh(t);
    if (fault != FAULT_NONE) {
        tables_close(t);
        return fault;
    }
    *out = t;
    return FAULT_NONE;
}

void tables_close(struct tables *t)
{
    if (t == NULL)
        return;
    CHECK(t->depth == 0);
    mdb_txn_abort(t->reader); /* NULL is fine */
    store_close(t->store);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

enum fault tables_watermark(struct tables *t, uint64_t *number, struct hash *head)
{
    *number = t->watermark;
    *head = t->head;
    return FAULT_NONE;
}

/* ---- Rows ---------------------------------------------------------------------------------- */

/* Takes the tag off the value. FAULT_ABSENT for a row written ahead. */
static enum fault row_visible(const struct tables *t, enum row_kind kind, const MDB_val *key,
                              MDB_val *value)
{
    uint64_t entry;
    if (!row_untag(kind, key, value) || !row_entry(kind, key, value, &entry))
        return store_say(FAULT_CORRUPT, "a row of kind %s is damaged", names[kind]);
    return entry <= t->watermark ? FAULT_NONE : FAULT_ABSENT;
}

static enum fault tables_get(void *context, enum row_kind kind, const uint8_t *key, size_t key_len,
                             uint8_t *value, size_t *value_len)
{
    CHECK(kind < ROW_KIND_COUNT);
    CHECK(key_len > 0);
    struct tables *t = context;
    MDB_val k = store_view(key, key_len);
    MDB_val v;
    enum fault fault = read_begin(t);
    if (fault != FAULT_NONE)
        return fault;
    const int rc = mdb_get(t->reader, store_database(t->store, kind), &k, &v);
    fault = rc == MDB_NOTFOUND ? FAULT_ABSENT : store_fault(rc, names[kind]);
    if (fault == FAULT_NONE)
        fault = row_visible(t, kind, &k, &v);
    if (fault == FAULT_NONE) {
        memcpy(value, v.mv_data, v.mv_size);
        *value_len = v.mv_size;
    }
    read_end(t);
    return fault;
}

typedef bool visit_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                       size_t value_len);

static int key_order(const MDB_val *a, const MDB_val *b)
{
    const size_t len = a->mv_size < b->mv_size ? a->mv_size : b->mv_size;
    const int order = len > 0 ? memcmp(a->mv_data, b->mv_data, len) : 0;
    return order != 0 ? order : (a->mv_size > b->mv_size) - (a->mv_size < b->mv_size);
}

static enum fault scan_rows(const struct tables *t, enum row_kind kind, const MDB_val *prefix,
                            const MDB_val *start, visit_row *row, void *arg)
{
    MDB_cursor *cursor;
    MDB_val k = *start, v;
    enum fault fault = FAULT_NONE;
    int rc = mdb_cursor_open(t->reader, store_database(t->store, kind), &cursor);
    if (rc != 0)
        return store_fault(rc, names[kind]);
    rc = mdb_cursor_get(cursor, &k, &v, start->mv_size > 0 ? MDB_SET_RANGE : MDB_FIRST);
    for (; rc == 0; rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        if (k.mv_size < prefix->mv_size ||
            (prefix->mv_size > 0 && memcmp(k.mv_data, prefix->mv_data, prefix->mv_size) != 0))
            break;
        fault = row_visible(t, kind, &k, &v);
        if (fault == FAULT_CORRUPT)
            break;
        if (fault == FAULT_NONE && !row(arg, k.mv_data, k.mv_size, v.mv_data, v.mv_size))
            break;
        fault = FAULT_NONE;
    }
    mdb_cursor_close(cursor);
    if (fault != FAULT_NONE)
        return fault;
    return rc == MDB_NOTFOUND ? FAULT_NONE : store_fault(rc, names[kind]);
}

static enum fault tables_scan(void *context, enum row_kind kind, const uint8_t *prefix,
                              size_t prefix_len, const uint8_t *start, size_t start_len,
                              visit_row *row, void *arg)
{
    CHECK(kind < ROW_KIND_COUNT);
    struct tables *t = context;
    MDB_val first = store_view(start, start_len);
    MDB_val p = store_view(prefix, prefix_len);
    /* A start before the prefix's own rows, or none, is the prefix. */
    if (key_order(&first, &p) < 0)
        first = p;
    enum fault fault = read_begin(t);
    if (fault != FAULT_NONE)
        return fault;
    fault = scan_rows(t, kind, &p, &first, row, arg);
    read_end(t);
    return fault;
}

struct ledger_source tables_source(struct tables *t)
{
    return (struct ledger_source){.context = t, .get = tables_get, .scan = tables_scan};
}

/* ---- Digest -------------------------------------------------------------------------------- */

/* Key and value can be found where they stand. Asked where a page begins, for within a page LMDB
 * searches among keys that are in order. */
static bool row_found(const struct tables *t, enum row_kind kind, const MDB_val *key,
                      const MDB_val *value)
{
    MDB_val k = *key, v;
    return mdb_get(t->reader, store_database(t->store, kind), &k, &v) == 0 &&
           v.mv_data == value->mv_data;
}

static void digest_row(crypto_generichash_state *state, enum row_kind kind, const MDB_val *key,
                       const MDB_val *value)
{
    uint8_t bytes[1 + 4 + LEDGER_KEY_MAX + 4];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    put_u8(&w, (uint8_t)kind);
    put_u32(&w, (uint32_t)key->mv_size);
    put_bytes(&w, key->mv_data, key->mv_size);
    put_u32(&w, (uint32_t)value->mv_size);
    CHECK(!w.failed);
    crypto_generichash_update(state, bytes, w.len);
    crypto_generichash_update(state, value->mv_data, value->mv_size);
}

/* Walks all rows of a kind: in order, each one findable, and as many as LMDB has counted. */
static enum fault digest_kind(const struct tables *t, enum row_kind kind, MDB_cursor *cursor,
                              crypto_generichash_state *state)
{
    MDB_stat stat;
    MDB_val before = {0, NULL}, k, v;
    size_t count = 0;
    int rc = mdb_stat(t->reader, store_database(t->store, kind), &stat);
    if (rc == 0)
        rc = mdb_cursor_get(cursor, &k, &v, MDB_FIRST);
    for (; rc == 0; rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT), count++) {
        const bool page = ((uintptr_t)k.mv_data ^ (uintptr_t)before.mv_data) >= stat.ms_psize;
        if ((count > 0 && key_order(&before, &k) >= 0) || (page && !row_found(t, kind, &k, &v)))
            return store_say(FAULT_CORRUPT, "rows of kind %s are not in order", names[kind]);
        before = k;
        const enum fault fault = row_visible(t, kind, &k, &v);
        if (fault == FAULT_NONE)
            digest_row(state, kind, &k, &v);
        else if (fault != FAULT_ABSENT)
            return fault;
    }
    if (rc != MDB_NOTFOUND)
        return store_fault(rc, names[kind]);
    if (count != stat.ms_entries)
        return store_say(FAULT_CORRUPT, "%zu rows of kind %s, not %zu as there should be", count,
                         names[kind], stat.ms_entries);
    return FAULT_NONE;
}

enum fault tables_digest(struct tables *t, struct hash *out)
{
    crypto_generichash_state state;
    MDB_cursor *cursor;
    enum fault fault = read_begin(t); /* one view over all kinds */
    if (fault != FAULT_NONE)
        return fault;
    crypto_generichash_init(&state, NULL, 0, LIMIT_HASH_BYTES);
    for (unsigned i = 0; fault == FAULT_NONE && i < ROW_KIND_COUNT; i++) {
        const enum row_kind kind = (enum row_kind)i;
        fault = store_fault(mdb_cursor_open(t->reader, store_database(t->store, i), &cursor),
                            names[kind]);
        if (fault != FAULT_NONE)
            break;
        fault = digest_kind(t, kind, cursor, &state);
        mdb_cursor_close(cursor);
    }
    read_end(t);
    crypto_generichash_final(&state, out->bytes, LIMIT_HASH_BYTES);
    return fault;
}

const char *tables_error(const struct tables *t)
{
    (void)t; /* the text belongs to the thread, so that a failed open has one too */
    return store_error();
}
