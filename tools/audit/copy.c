#include "audit/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/record.h"
#include "store/store.h"
#include "tool.h"

enum { JOURNAL_FORMAT = 1 };

struct copy {
    struct store *store;
    bool live;
    MDB_txn *txn;
    uint64_t last;
    uint64_t next; /* number of the next entry */
    MDB_cursor *heads, *entries;
    struct journal_record *records; /* LIMIT_GROUP_ENTRIES */
};

/* ---- Opening ------------------------------------------------------------------------------ */

static bool is_folder_of_journal(const char *path)
{
    char file[PATH_MAX];
    struct stat st;
    int len = snprintf(file, sizeof(file), "%s/data.mdb", path);

    return len > 0 && len < PATH_MAX && stat(file, &st) == 0;
}

/* A daemon that writes holds the lock; asking for it changes nothing. */
static bool is_written(const char *path)
{
    char file[PATH_MAX];
    int len = snprintf(file, sizeof(file), "%s/writer.lock", path);

    if (len < 0 || len >= PATH_MAX)
        return false;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return held;
}

static int begin(struct copy *c)
{
    enum fault fault = store_read_begin(c->store, &c->txn);
    int rc = fault == FAULT_NONE ? 0 : EIO;

    if (rc == 0)
        rc = c->heads != NULL
                 ? mdb_cursor_renew(c->txn, c->heads)
                 : mdb_cursor_open(c->txn, store_database(c->store, DATABASE_HEADS), &c->heads);
    if (rc == 0)
        rc = c->entries != NULL
                 ? mdb_cursor_renew(c->txn, c->entries)
                 : mdb_cursor_open(c->txn, store_database(c->store, DATABASE_ENTRIES), &c->entries);
    return rc;
}

/* The last number that an entry or a head has. */
static int find_last(struct copy *c)
{
    MDB_cursor *const cursors[] = {c->heads, c->entries};
    MDB_val key, value;
    uint64_t number;

    c->last = 0;
    for (size_t i = 0; i < 2; i++) {
        int rc = mdb_cursor_get(cursors[i], &key, &value, MDB_LAST);
        if (rc != 0 && rc != MDB_NOTFOUND)
            return rc;
        if (rc == 0 && number_read(&key, &number) && number > c->last)
            c->last = number;
    }
    return 0;
}

static int open_at(const char *path, bool live, struct copy *c)
{
    static const char *const names[DATABASE_COUNT] = {
        [DATABASE_ENTRIES] = "entries",
        [DATABASE_HEADS] = "heads",
    };
    const struct store_options o = {
        .read_only = true,
        .allow_unsafe_fs = true,
        .unlocked = !live,
        .format = JOURNAL_FORMAT,
        .names = names,
        .names_count = DATABASE_COUNT,
    };

    if (!live && is_written(path))
        return tool_fail(TOOL_USAGE,
                         "%s: a daemon writes here; audit a copy (mdb_copy makes one), or say "
                         "--live to read it through its locks",
                         path);
    enum fault fault = store_open(path, &o, &c->store);
    if (fault != FAULT_NONE)
        return tool_fail(TOOL_USAGE, "%s: %s: %s", path, fault_text(fault), store_error());
    int rc = begin(c);
    fault = rc == 0 ? journal_check_level(c->store, c->txn) : FAULT_NONE;
    if (fault != FAULT_NONE)
        return tool_fail(TOOL_USAGE, "%s: %s: %s", path, fault_text(fault), store_error());
    if (rc == 0)
        rc = find_last(c);
    return rc == 0 ? TOOL_OK : tool_fail(TOOL_USAGE, "%s: %s", path, mdb_strerror(rc));
}

int copy_open(const char *path, bool live, struct copy **out)
{
    char inside[PATH_MAX];
    struct copy *c = tool_alloc(1, sizeof(*c));
    int len = snprintf(inside, sizeof(inside), "%s/journal", path);

    c->live = live;
    c->next = 1;
    c->records = tool_alloc(LIMIT_GROUP_ENTRIES, sizeof(*c->records));
    if (len > 0 && len < PATH_MAX && is_folder_of_journal(inside))
        path = inside;
    int rc = open_at(path, live, c);
    if (rc != TOOL_OK) {
        copy_close(c);
        c = NULL;
    }
    *out = c;
    return rc;
}

void copy_close(struct copy *c)
{
    if (c == NULL)
        return;
    if (c->heads != NULL)
        mdb_cursor_close(c->heads);
    if (c->entries != NULL)
        mdb_cursor_close(c->entries);
    mdb_txn_abort(c->txn); /* NULL is fine */
    store_close(c->store);
    free(c->records);
    free(c);
}

uint64_t copy_last(const struct copy *c)
{
    return c->last;
}

void copy_rewind(struct copy *c)
{
    c->next = 1;
}

/* ---- Reading ------------------------------------------------------------------------------ */

#define DAMAGED(n) ((struct flaw_place){FLAW_RECORD, (n)})

/* One short transaction a group where a daemon waits for the pages. */
static int renew(struct copy *c)
{
    if (!c->live)
        return 0;
    store_read_end(c->txn);
    return begin(c);
}

/* Read an entry into its place; its request stays NULL where it cannot be. */
static bool read_entry(struct copy *c, struct flaws *f, struct journal_record *r)
{
    uint8_t bytes[RECORD_NUMBER_BYTES];
    MDB_val key = {sizeof(bytes), bytes}, value;
    uint64_t number;

    number_write(r->number, bytes);
    int rc = mdb_cursor_get(c->entries, &key, &value, MDB_NEXT); /* where it nearly always is */
    if (rc != 0 || !number_read(&key, &number) || number != r->number) {
        key = (MDB_val){sizeof(bytes), bytes};
        rc = mdb_cursor_get(c->entries, &key, &value, MDB_SET_KEY);
    }
    if (rc == MDB_NOTFOUND)
        flaws_add(f, DAMAGED(r->number), "the entry is missing");
    else if (rc != 0)
        flaws_add(f, DAMAGED(r->number), "the entry cannot be read: %s", mdb_strerror(rc));
    else if (!record_read(&value, r))
        flaws_add(f, DAMAGED(r->number), "the entry's record is damaged");
    else
        return true;
    r->request = NULL;
    return false;
}

static void read_entries(struct copy *c, struct flaws *f, struct copy_group *g)
{
    g->whole = true;
    g->records = c->records;
    for (uint32_t i = 0; i < g->head.count; i++) {
        c->records[i] = (struct journal_record){.number = g->head.first + i};
        g->whole = read_entry(c, f, &c->records[i]) && g->whole;
    }
}

/* The head at or behind the next entry. 0, MDB_NOTFOUND at the end, or an error. */
static int read_head(struct copy *c, MDB_val *value, uint64_t *last)
{
    uint8_t bytes[RECORD_NUMBER_BYTES];
    MDB_val key = {sizeof(bytes), bytes};

    number_write(c->next, bytes);
    int rc = mdb_cursor_get(c->heads, &key, value, MDB_SET_RANGE);
    return rc == 0 && !number_read(&key, last) ? MDB_CORRUPTED : rc;
}

/* A head that agrees with its place, and with the one before. */
static bool take_head(struct copy *c, struct flaws *f, const MDB_val *value, uint64_t last,
                      struct copy_group *g)
{
    struct stored_head stored;

    if (!head_read(value, &stored) || stored.head.first + stored.head.count - 1 != last ||
        stored.head.first != c->next) {
        flaws_add(f, DAMAGED(last),
                  "the head of entries %" PRIu64 " to %" PRIu64 " is damaged or missing", c->next,
                  last);
        c->next = last + 1;
        return false;
    }
    g->head = stored.head;
    g->epoch = stored.epoch;
    g->last = last;
    memcpy(g->signature, stored.signature, sizeof(g->signature));
    c->next = last + 1;
    return true;
}

bool copy_next(struct copy *c, struct flaws *f, struct copy_group *out)
{
    MDB_val value;
    uint64_t last;

    while (c->next <= c->last) {
        int rc = renew(c);
        if (rc == 0)
            rc = read_head(c, &value, &last);
        if (rc == MDB_NOTFOUND) {
            flaws_add(f, DAMAGED(c->next), "entries %" PRIu64 " to %" PRIu64 " stand under no head",
                      c->next, c->last);
            break;
        }
        if (rc != 0) {
            flaws_add(f, DAMAGED(c->next), "the journal cannot be read further: %s",
                      mdb_strerror(rc));
            break;
        }
        if (last > c->last)
            break; /* written after it was opened */
        if (!take_head(c, f, &value, last, out))
            continue;
        read_entries(c, f, out);
        return true;
    }
    c->next = c->last + 1;
    return false;
}
