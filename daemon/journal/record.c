#include "journal/record.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

void number_write(uint64_t number, uint8_t bytes[RECORD_NUMBER_BYTES])
{
    struct writer w = {.bytes = bytes, .size = RECORD_NUMBER_BYTES};
    put_u64(&w, number);
    CHECK(!w.failed);
}

bool number_read(const MDB_val *value, uint64_t *number)
{
    struct reader r = {.bytes = value->mv_data, .len = value->mv_size};
    *number = get_u64(&r);
    return !r.failed && r.at == r.len;
}

size_t record_size(const struct journal_record *r)
{
    return 1 + 4 + r->request_len + 4 + r->decision_len + LIMIT_HASH_BYTES;
}

void record_write(const struct journal_record *r, uint8_t *bytes, size_t size)
{
    CHECK(r->request_len <= UINT32_MAX);
    CHECK(r->decision_len <= UINT32_MAX);
    struct writer w = {.bytes = bytes, .size = size};
    put_u8(&w, JOURNAL_LEVEL);
    put_u32(&w, (uint32_t)r->request_len);
    put_bytes(&w, r->request, r->request_len);
    put_u32(&w, (uint32_t)r->decision_len);
    put_bytes(&w, r->decision, r->decision_len);
    put_bytes(&w, r->leaf.bytes, sizeof(r->leaf.bytes));
    CHECK(!w.failed);
    CHECK(w.len == size);
}

bool record_read(const MDB_val *value, struct journal_record *out)
{
    struct reader r = {.bytes = value->mv_data, .len = value->mv_size};
    out->level = get_u8(&r);
    out->request_len = get_u32(&r);
    out->request = get_bytes(&r, out->request_len);
    out->decision_len = get_u32(&r);
    out->decision = get_bytes(&r, out->decision_len);
    const uint8_t *leaf = get_bytes(&r, LIMIT_HASH_BYTES);
    if (r.failed || r.at != r.len || out->level < 1 || out->level > JOURNAL_LEVEL)
        return false;
    memcpy(out->leaf.bytes, leaf, LIMIT_HASH_BYTES);
    return true;
}

void head_write(const struct stored_head *h, uint8_t bytes[RECORD_HEAD_BYTES])
{
    struct writer w = {.bytes = bytes, .size = RECORD_HEAD_BYTES};
    put_u64(&w, h->head.first);
    put_u32(&w, h->head.count);
    put_i64(&w, h->head.time_ms);
    put_bytes(&w, h->head.root.bytes, LIMIT_HASH_BYTES);
    put_bytes(&w, h->head.previous.bytes, LIMIT_HASH_BYTES);
    put_bytes(&w, h->signature, LIMIT_SIGNATURE_BYTES);
    put_u64(&w, h->epoch);
    CHECK(!w.failed);
    CHECK(w.len == RECORD_HEAD_BYTES);
}

bool head_read(const MDB_val *value, struct stored_head *h)
{
    if (value->mv_size != RECORD_HEAD_BYTES)
        return false;
    struct reader r = {.bytes = value->mv_data, .len = value->mv_size};
    h->head.first = get_u64(&r);
    h->head.count = get_u32(&r);
    h->head.time_ms = get_i64(&r);
    memcpy(h->head.root.bytes, get_bytes(&r, LIMIT_HASH_BYTES), LIMIT_HASH_BYTES);
    memcpy(h->head.previous.bytes, get_bytes(&r, LIMIT_HASH_BYTES), LIMIT_HASH_BYTES);
    memcpy(h->signature, get_bytes(&r, LIMIT_SIGNATURE_BYTES), LIMIT_SIGNATURE_BYTES);
    h->epoch = get_u64(&r);
    return h->head.first > 0 && h->head.count > 0 && h->head.count <= LIMIT_GROUP_ENTRIES;
}

void head_hash(const struct stored_head *h, struct hash *out)
{
    if (h->head.count == 0)
        memset(out, 0, sizeof(*out));
    else
        merkle_head(&h->head, out);
}

/* The number of the last row of a database; 0 where there is none. */
static int last_row(MDB_txn *txn, MDB_dbi database, uint64_t *number, MDB_val *value)
{
    MDB_cursor *cursor;
    MDB_val key;
    *number = 0;
    int rc = mdb_cursor_open(txn, database, &cursor);
    if (rc != 0)
        return rc;
    rc = mdb_cursor_get(cursor, &key, value, MDB_LAST);
    if (rc == 0 && (!number_read(&key, number) || *number == 0))
        rc = MDB_CORRUPTED;
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

enum fault journal_last_head(struct journal *j, MDB_txn *txn, struct stored_head *h)
{
    uint64_t last, entry;
    MDB_val value, ignored;
    memset(h, 0, sizeof(*h));
    int rc = last_row(txn, store_database(j->store, DATABASE_ENTRIES), &entry, &ignored);
    if (rc == 0)
        rc = last_row(txn, store_database(j->store, DATABASE_HEADS), &last, &value);
    if (rc != 0)
        return store_fault(rc, "end of the journal");
    if (last > 0 && (!head_read(&value, h) || h->head.first + h->head.count - 1 != last))
        return store_say(FAULT_CORRUPT, "head %" PRIu64 " is damaged", last);
    if (entry != last)
        return store_say(FAULT_CORRUPT, "entries end at %" PRIu64 ", heads at %" PRIu64, entry,
                         last);
    return FAULT_NONE;
}
