#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "envelope.h"
#include "journal/journal.h"
#include "journal/record.h"

/* One group copied out of the map, so that no transaction is open while somebody looks at it:
 * a parked reader lets the file grow with every commit. */
struct group {
    struct stored_head stored;
    struct hash previous;           /* hash of the head before it */
    uint64_t epoch_floor;           /* of the head before it */
    uint32_t level_floor;           /* of the entry before it */
    struct journal_record *records; /* LIMIT_GROUP_ENTRIES */
    struct hash *leaves;            /* twice LIMIT_GROUP_ENTRIES: leaves and scratch */
    uint8_t *bytes;
    size_t bytes_size;
};

/* ---- Walking ------------------------------------------------------------------------------- */

/* What was read after a failed write may not be on disk, so nobody may act on it. */
static enum fault read_begin(struct journal *j)
{
    if (store_failed(j->store))
        return store_say(FAULT_UNKNOWN, "a write has failed before; open again");
    return store_read_begin(j->store, &j->reader);
}

/* Move to an entry (MDB_SET_KEY), or on to it (MDB_NEXT). Borrows from the map. */
static enum fault entry_at(MDB_cursor *cursor, MDB_cursor_op op, struct journal_record *r)
{
    uint8_t bytes[RECORD_NUMBER_BYTES];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    uint64_t number;
    number_write(r->number, bytes);
    const int rc = mdb_cursor_get(cursor, &key, &value, op);
    if (rc == MDB_NOTFOUND || (rc == 0 && (!number_read(&key, &number) || number != r->number)))
        return store_say(FAULT_CORRUPT, "entry %" PRIu64 " is missing", r->number);
    if (rc != 0)
        return store_fault(rc, "read of an entry");
    if (!record_read(&value, r))
        return store_say(FAULT_CORRUPT, "entry %" PRIu64 " is damaged", r->number);
    return FAULT_NONE;
}

/* The head of the group that holds a number; FAULT_ABSENT past the end of the journal. */
static enum fault head_of(struct journal *j, uint64_t number, struct stored_head *h)
{
    uint8_t bytes[RECORD_NUMBER_BYTES];
    MDB_val key = {sizeof(bytes), bytes};
    MDB_val value;
    MDB_cursor *cursor;
    uint64_t last;
    number_write(number, bytes);
    int rc = mdb_cursor_open(j->reader, store_database(j->store, DATABASE_HEADS), &cursor);
    if (rc != 0)
        return store_fault(rc, "read of a head");
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    mdb_cursor_close(cursor);
    if (rc == MDB_NOTFOUND) { /* then the entries must end here too */
        const enum fault fault = journal_last_head(j, j->reader, h);
        return fault != FAULT_NONE ? fault : FAULT_ABSENT;
    }
    if (rc != 0)
        return store_fault(rc, "read of a head");
    if (!number_read(&key, &last) || !head_read(&value, h) ||
        h->head.first + h->head.count - 1 != last || h->head.first > number)
        return store_say(FAULT_CORRUPT, "head of entry %" PRIu64 " is damaged", number);
    return FAULT_NONE;
}

/* ---- Loading and verifying a group
 * --------------------------------------------------------------- */

static void group_free(struct group *g)
{
    free(g->records);
    free(g->leaves);
    free(g->bytes);
    memset(g, 0, sizeof(*g));
}

static enum fault group_new(struct group *g)
{
    memset(g, 0, sizeof(*g));
    g->records = calloc(LIMIT_GROUP_ENTRIES, sizeof(*g->records));
    g->leaves = calloc(2 * (size_t)LIMIT_GROUP_ENTRIES, sizeof(*g->leaves));
    if (g->records != NULL && g->leaves != NULL)
        return FAULT_NONE;
    group_free(g);
    return store_say(FAULT_MEMORY, "out of memory");
}

/* Copy what the records borrow from the map. */
static enum fault group_copy(struct group *g)
{
    size_t size = 0;
    for (uint32_t i = 0; i < g->stored.head.count; i++)
        size += g->records[i].request_len + g->records[i].decision_len;
    if (g->bytes == NULL || size > g->bytes_size) {
        free(g->bytes);
        g->bytes_size = 0;
        g->bytes = malloc(size + 1);
        if (g->bytes == NULL)
            return store_say(FAULT_MEMORY, "out of memory");
        g->bytes_size = size;
    }
    uint8_t *at = g->bytes;
    for (uint32_t i = 0; i < g->stored.head.count; i++) {
        struct journal_record *r = &g->records[i];
        memcpy(at, r->request, r->request_len);
        r->request = at;
        at += r->request_len;
        memcpy(at, r->decision, r->decision_len);
        r->decision = at;
        at += r->decision_len;
    }
    return FAULT_NONE;
}

static enum fault group_read(struct journal *j, struct group *g)
{
    const struct head *head = &g->stored.head;
    struct stored_head before = {0};
    struct journal_record prior = {.number = head->first - 1};
    MDB_cursor *cursor;
    enum fault fault = head->first > 1 ? head_of(j, head->first - 1, &before) : FAULT_NONE;
    if (fault != FAULT_NONE)
        return fault;
    if (head->first > 1 && before.head.first + before.head.count != head->first)
        return store_say(FAULT_CORRUPT, "head of entry %" PRIu64 " does not follow", head->first);
    head_hash(&before, &g->previous);
    g->epoch_floor = before.epoch;

    const int rc = mdb_cursor_open(j->reader, store_database(j->store, DATABASE_ENTRIES), &cursor);
    if (rc != 0)
        return store_fault(rc, "read of an entry");
    if (prior.number > 0)
        fault = entry_at(cursor, MDB_SET_KEY, &prior);
    g->level_floor = prior.level;
    for (uint32_t i = 0; fault == FAULT_NONE && i < head->count; i++) {
        g->records[i].number = head->first + i;
        fault = entry_at(cursor, head->first + i == 1 ? MDB_SET_KEY : MDB_NEXT, &g->records[i]);
    }
    if (fault == FAULT_NONE)
        fault = group_copy(g);
    mdb_cursor_close(cursor);
    return fault;
}

/* The group that holds `number`, within one short transaction. */
static enum fault group_load(struct journal *j, uint64_t number, struct group *g)
{
    enum fault fault = read_begin(j);
    if (fault != FAULT_NONE)
        return fault;
    fault = head_of(j, number, &g->stored);
    if (fault == FAULT_NONE)
        fault = group_read(j, g);
    store_read_end(j->reader);
    return fault;
}

static bool leaf_of(const struct journal_record *r, struct hash *leaf)
{
    struct hash request;
    if (r->number == 1) { /* the genesis is no envelope */
        envelope_hash(r->request, r->request_len, request.bytes);
    } else {
        struct envelope e;
        struct hash payload;
        if (!envelope_parse(r->request, r->request_len, &e))
            return false;
        envelope_hash(e.payload, e.payload_len, payload.bytes);
        merkle_request_hash(&e, &payload, &request);
    }
    merkle_leaf(&request, r->decision, r->decision_len, leaf);
    return true;
}

static enum fault group_verify(struct group *g)
{
    const struct head *head = &g->stored.head;
    struct hash root;
    uint32_t level = g->level_floor;
    for (uint32_t i = 0; i < head->count; i++) {
        const struct journal_record *r = &g->records[i];
        if (r->level < level)
            return store_say(FAULT_CORRUPT, "level runs back at entry %" PRIu64, r->number);
        level = r->level;
        if (!leaf_of(r, &g->leaves[i]) || memcmp(&g->leaves[i], &r->leaf, sizeof(r->leaf)) != 0)
            return store_say(FAULT_CORRUPT, "entry %" PRIu64 " does not match its leaf", r->number);
    }
    merkle_root(g->leaves, head->count, g->leaves + LIMIT_GROUP_ENTRIES, &root);
    if (memcmp(&root, &head->root, sizeof(root)) != 0)
        return store_say(FAULT_CORRUPT, "root of entry %" PRIu64 " does not match", head->first);
    if (memcmp(&g->previous, &head->previous, sizeof(root)) != 0)
        return store_say(FAULT_CORRUPT, "chain is broken before entry %" PRIu64, head->first);
    if (g->stored.epoch < g->epoch_floor)
        return store_say(FAULT_CORRUPT, "epoch runs back at entry %" PRIu64, head->first);
    return FAULT_NONE;
}

/* ---- The calls
 * ----------------------------------------------------------------------------------- */

enum fault journal_read(struct journal *j, uint64_t from, bool verify,
                        bool (*visit)(void *arg, const struct journal_record *r), void *arg)
{
    CHECK(from > 0);
    struct group g;
    enum fault fault = group_new(&g);
    if (fault != FAULT_NONE)
        return fault;
    for (uint64_t next = from;;) {
        fault = group_load(j, next, &g);
        if (fault == FAULT_NONE && verify)
            fault = group_verify(&g);
        if (fault != FAULT_NONE)
            break;
        const uint64_t end = g.stored.head.first + g.stored.head.count;
        while (next < end && visit(arg, &g.records[next - g.stored.head.first]))
            next++;
        if (next < end)
            break;
    }
    group_free(&g);
    return fault == FAULT_ABSENT ? FAULT_NONE : fault;
}

enum fault journal_entry(struct journal *j, uint64_t number,
                         void (*visit)(void *arg, const struct journal_record *r), void *arg)
{
    uint8_t bytes[RECORD_NUMBER_BYTES];
    MDB_val key = {sizeof(bytes), bytes};
    struct journal_record r = {.number = number};
    MDB_val value;
    enum fault fault = read_begin(j);
    if (fault != FAULT_NONE)
        return fault;
    number_write(number, bytes);
    const int rc = mdb_get(j->reader, store_database(j->store, DATABASE_ENTRIES), &key, &value);
    if (rc == MDB_NOTFOUND)
        fault = FAULT_ABSENT;
    else if (rc != 0)
        fault = store_fault(rc, "read of an entry");
    else if (!record_read(&value, &r))
        fault = store_say(FAULT_CORRUPT, "entry %" PRIu64 " is damaged", number);
    else
        visit(arg, &r);
    store_read_end(j->reader);
    return fault;
}

enum fault journal_group_of(struct journal *j, uint64_t number, struct head *head,
                            uint8_t signature[LIMIT_SIGNATURE_BYTES], struct hash *leaves,
                            uint32_t *count)
{
    struct stored_head stored = {0};
    MDB_cursor *cursor = NULL;
    enum fault fault = read_begin(j);
    if (fault != FAULT_NONE)
        return fault;
    fault = number == 0 ? FAULT_ABSENT : head_of(j, number, &stored);
    if (fault == FAULT_NONE)
        fault = store_fault(
            mdb_cursor_open(j->reader, store_database(j->store, DATABASE_ENTRIES), &cursor),
            "read of a group");
    for (uint32_t i = 0; fault == FAULT_NONE && i < stored.head.count; i++) {
        struct journal_record r = {.number = stored.head.first + i};
        fault = entry_at(cursor, i == 0 ? MDB_SET_KEY : MDB_NEXT, &r);
        if (fault == FAULT_NONE)
            leaves[i] = r.leaf;
    }
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    store_read_end(j->reader);
    if (fault != FAULT_NONE)
        return fault;
    *head = stored.head;
    *count = stored.head.count;
    memcpy(signature, stored.signature, sizeof(stored.signature));
    return FAULT_NONE;
}

enum fault journal_tail(struct journal *j, uint64_t *last, struct hash *head)
{
    struct stored_head stored;
    enum fault fault = read_begin(j);
    if (fault != FAULT_NONE)
        return fault;
    fault = journal_last_head(j, j->reader, &stored);
    store_read_end(j->reader);
    if (fault != FAULT_NONE)
        return fault;
    *last = stored.head.count == 0 ? 0 : stored.head.first + stored.head.count - 1;
    head_hash(&stored, head);
    return FAULT_NONE;
}
