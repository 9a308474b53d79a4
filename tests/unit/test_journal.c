/* The journal: what was acknowledged is there, whole and provable; what was changed is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/journal.h"
#include "tests/support/folder.h"
#include "tests/support/groups.h"

enum { PAYLOAD = 20, MAP = 4 << 20 };

static int setup(void **state)
{
    *state = folder_make();
    return 0;
}

static int teardown(void **state)
{
    folder_remove(*state);
    return 0;
}

static struct journal *must_open(const char *path, size_t map_bytes)
{
    const struct journal_options o = {.map_bytes = map_bytes, .allow_unsafe_fs = true};
    struct journal *j;
    assert_int_equal(journal_open(path, &o, &j), FAULT_NONE);
    return j;
}

/* Append `count` entries after what is there. */
static enum journal_result append(struct journal *j, uint64_t epoch, uint32_t count, size_t payload)
{
    struct group_spec spec = {.epoch = epoch, .count = count, .payload_bytes = payload};
    struct made_group g;
    assert_int_equal(journal_tail(j, &spec.last, &spec.previous), FAULT_NONE);
    group_make(&spec, &g);
    const enum journal_result result = journal_append(j, &g.group);
    group_drop(&g);
    return result;
}

struct seen {
    uint64_t next;
    uint64_t stop; /* refuse this one; 0: none */
    size_t payload;
};

static bool see(void *arg, const struct journal_record *r)
{
    struct seen *seen = arg;
    assert_int_equal(r->number, seen->next);
    assert_true(group_record_is_made(r, seen->payload));
    if (r->number == seen->stop)
        return false;
    seen->next++;
    return true;
}

static bool pass(void *arg, const struct journal_record *r)
{
    (void)arg;
    (void)r;
    return true;
}

/* ---- What is kept ---------------------------------------------------------------------------- */

static void test_append_read_tail(void **state)
{
    struct journal *j = must_open(*state, MAP);
    struct hash head, none = {{0}};
    uint64_t last, epoch;
    assert_int_equal(journal_tail(j, &last, &head), FAULT_NONE);
    assert_int_equal(last, 0);
    assert_memory_equal(&head, &none, sizeof(head));
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    assert_int_equal(epoch, 1);

    static const uint32_t counts[] = {1, 3, 1, 300, 2};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(append(j, epoch, counts[i], PAYLOAD), JOURNAL_OK);
    journal_close(j);

    j = must_open(*state, MAP);
    assert_int_equal(journal_tail(j, &last, &head), FAULT_NONE);
    assert_int_equal(last, 307);
    for (uint64_t from = 1; from <= 308; from += 17) {
        struct seen seen = {.next = from, .payload = PAYLOAD};
        assert_int_equal(journal_read(j, from, from % 2 == 1, see, &seen), FAULT_NONE);
        assert_int_equal(seen.next, 308);
    }
    struct seen seen = {.next = 3, .stop = 100, .payload = PAYLOAD};
    assert_int_equal(journal_read(j, 3, true, see, &seen), FAULT_NONE);
    assert_int_equal(seen.next, 100);
    assert_int_equal(journal_read(j, 400, true, see, &seen), FAULT_NONE);
    assert_int_equal(seen.next, 100);
    journal_close(j);
}

static void test_large_entries(void **state)
{
    struct journal *j = must_open(*state, 64 << 20);
    uint64_t epoch;
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(append(j, epoch, 4, 1000000), JOURNAL_OK);
    struct seen seen = {.next = 1, .payload = 1000000};
    assert_int_equal(journal_read(j, 1, true, see, &seen), FAULT_NONE);
    assert_int_equal(seen.next, 13);
    journal_close(j);
}

static void test_group_of(void **state)
{
    static struct hash leaves[LIMIT_GROUP_ENTRIES];
    struct journal *j = must_open(*state, MAP);
    struct made_group g;
    struct group_spec spec = {.count = 1, .payload_bytes = PAYLOAD};
    struct head head;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    uint32_t count;
    assert_int_equal(journal_group_of(j, 1, &head, signature, leaves, &count), FAULT_ABSENT);
    assert_int_equal(journal_claim(j, &spec.epoch), FAULT_NONE);
    for (uint32_t i = 1; i <= 4; i++) {
        spec.count = i;
        group_make(&spec, &g);
        assert_int_equal(journal_append(j, &g.group), JOURNAL_OK);
        for (uint64_t n = spec.last + 1; n <= spec.last + i; n++) {
            assert_int_equal(journal_group_of(j, n, &head, signature, leaves, &count), FAULT_NONE);
            assert_int_equal(count, i);
            assert_int_equal(head.first, g.group.head.first);
            assert_int_equal(head.count, i);
            assert_int_equal(head.time_ms, g.group.head.time_ms);
            assert_memory_equal(&head.root, &g.group.head.root, sizeof(head.root));
            assert_memory_equal(&head.previous, &spec.previous, sizeof(head.previous));
            assert_memory_equal(signature, g.group.signature, sizeof(signature));
            for (uint32_t k = 0; k < i; k++)
                assert_memory_equal(&leaves[k], &g.records[k].leaf, sizeof(leaves[k]));
        }
        spec.last += i;
        spec.previous = g.hash;
        group_drop(&g);
    }
    assert_int_equal(journal_group_of(j, 11, &head, signature, leaves, &count), FAULT_ABSENT);
    assert_int_equal(journal_group_of(j, 0, &head, signature, leaves, &count), FAULT_ABSENT);
    journal_close(j);
}

static void test_reader_beside_the_writer(void **state)
{
    const struct journal_options o = {.read_only = true, .allow_unsafe_fs = true};
    struct journal *j = must_open(*state, MAP);
    uint64_t epoch;
    int status;
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    assert_int_equal(append(j, epoch, 5, PAYLOAD), JOURNAL_OK);
    journal_close(j);

    int go[2];
    assert_int_equal(pipe(go), 0);
    const pid_t pid = fork();
    if (pid == 0) { /* the reader: must see what the writer has said is durable */
        char byte;
        struct seen seen = {.next = 1, .payload = PAYLOAD};
        const bool good = journal_open(*state, &o, &j) == FAULT_NONE &&
                          read(go[0], &byte, 1) == 1 &&
                          journal_read(j, 1, true, see, &seen) == FAULT_NONE && seen.next == 9;
        _exit(good ? 0 : 1);
    }
    j = must_open(*state, MAP);
    assert_int_equal(append(j, epoch, 3, PAYLOAD), JOURNAL_OK);
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(go[0]);
    close(go[1]);
    journal_close(j);
}

/* ---- Fencing ------------------------------------------------------------------------------------
 */

static void test_stale(void **state)
{
    struct journal *j = must_open(*state, MAP);
    uint64_t old, epoch, last;
    struct hash head;
    assert_int_equal(journal_claim(j, &old), FAULT_NONE);
    assert_int_equal(append(j, old, 2, PAYLOAD), JOURNAL_OK);
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    assert_int_equal(epoch, old + 1);
    assert_int_equal(append(j, old, 1, PAYLOAD), JOURNAL_STALE);

    static const uint64_t lasts[] = {0, 1, 3, 1000};
    for (size_t i = 0; i < 4; i++) {
        struct made_group g;
        const struct group_spec spec = {
            .epoch = epoch, .last = lasts[i], .count = 1, .payload_bytes = PAYLOAD};
        group_make(&spec, &g);
        assert_int_equal(journal_append(j, &g.group), JOURNAL_STALE);
        group_drop(&g);
    }
    assert_int_equal(journal_tail(j, &last, &head), FAULT_NONE);
    assert_int_equal(last, 2);
    assert_int_equal(append(j, epoch, 1, PAYLOAD), JOURNAL_OK); /* a refusal is no failure */
    journal_close(j);
}

static void test_a_wrong_head_is_a_bug(void **state)
{
    struct journal *j = must_open(*state, MAP);
    uint64_t epoch, last;
    struct hash head;
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    assert_int_equal(append(j, epoch, 2, PAYLOAD), JOURNAL_OK);
    journal_close(j);
    for (int fault = 0; fault < 4; fault++) {
        int status;
        const pid_t pid = fork();
        if (pid == 0) {
            struct group_spec spec = {.epoch = epoch, .count = 2, .payload_bytes = PAYLOAD};
            struct made_group g;
            signal(SIGABRT, SIG_DFL);
            if (freopen("/dev/null", "w", stderr) == NULL)
                _exit(1);
            j = must_open(*state, MAP);
            if (journal_tail(j, &spec.last, &spec.previous) != FAULT_NONE)
                _exit(1);
            group_make(&spec, &g);
            if (fault == 0)
                g.group.head.previous.bytes[31] ^= 1;
            if (fault == 1)
                g.group.head.first++;
            if (fault == 2)
                g.group.head.count--;
            if (fault == 3)
                g.records[1].number++;
            journal_append(j, &g.group);
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
    }
    j = must_open(*state, MAP);
    assert_int_equal(journal_tail(j, &last, &head), FAULT_NONE);
    assert_int_equal(last, 2);
    journal_close(j);
}

static void test_full_map(void **state)
{
    struct journal *j = must_open(*state, 256 << 10);
    uint64_t epoch, last, kept = 0;
    struct hash head;
    enum journal_result result = JOURNAL_OK;
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    while (kept < 1000 && (result = append(j, epoch, 3, 3000)) == JOURNAL_OK)
        kept += 3;
    assert_true(kept > 3);
    assert_int_equal(result, JOURNAL_UNKNOWN);
    assert_non_null(strstr(journal_error(j), "MDB_MAP_FULL"));
    assert_int_equal(journal_tail(j, &last, &head), FAULT_UNKNOWN); /* until it is opened again */
    assert_int_equal(journal_claim(j, &epoch), FAULT_UNKNOWN);
    journal_close(j);

    j = must_open(*state, 1 << 20); /* grown at the restart */
    assert_int_equal(journal_tail(j, &last, &head), FAULT_NONE);
    assert_int_equal(last, kept);
    struct seen seen = {.next = 1, .payload = 3000};
    assert_int_equal(journal_read(j, 1, true, see, &seen), FAULT_NONE);
    assert_int_equal(seen.next, kept + 1);
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    assert_int_equal(append(j, epoch, 3, 3000), JOURNAL_OK);
    struct journal_space space;
    assert_int_equal(journal_space(j, &space), FAULT_NONE);
    assert_int_equal(space.map_bytes, 1 << 20);
    assert_true(space.used_bytes > 200 << 10);
    assert_true(space.used_bytes < space.map_bytes);
    journal_close(j);
}

/* ---- Damage -------------------------------------------------------------------------------------
 */

static const char *const databases[] = {"entries", "heads"};
enum { ENTRIES, HEADS };

/* Change a value behind the journal's back: put the byte at `at` of row `row` through XOR. Returns
 * the value's length, 0 past the last row. */
static size_t flip(const char *path, int database, unsigned row, size_t at, uint8_t bits)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key, value;
    size_t len = 0;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
    assert_int_equal(mdb_env_open(env, path, MDB_NOSYNC, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, databases[database], 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (unsigned i = 0; rc == 0 && i < row; i++)
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    if (rc == 0) {
        uint8_t *copy = malloc(value.mv_size);
        assert_non_null(copy);
        len = value.mv_size;
        memcpy(copy, value.mv_data, len);
        copy[at] ^= bits;
        value.mv_data = copy;
        assert_int_equal(mdb_cursor_put(cursor, &key, &value, MDB_CURRENT), 0);
        free(copy);
    }
    mdb_cursor_close(cursor);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    return len;
}

static enum fault read_all(const char *path)
{
    struct journal *j = must_open(path, MAP);
    const enum fault fault = journal_read(j, 1, true, pass, NULL);
    journal_close(j);
    return fault;
}

static void make_small(const char *path)
{
    struct journal *j = must_open(path, MAP);
    uint64_t epoch;
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    static const uint32_t counts[] = {1, 2, 1};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(append(j, epoch, counts[i], PAYLOAD), JOURNAL_OK);
    journal_close(j);
    assert_int_equal(read_all(path), FAULT_NONE);
}

/* Every byte of every value, but for a head's signature, which is for who holds the public key, and
 * the time in the last head, which stands under that signature only until the next head names it.
 * A changed epoch shows where it would run back. */
static void test_every_flipped_byte_is_found(void **state)
{
    const size_t head_checked = 8 + 4 + 8 + 32 + 32;
    unsigned flips = 0;
    make_small(*state);
    for (int database = ENTRIES; database <= HEADS; database++) {
        size_t len;
        for (unsigned row = 0; (len = flip(*state, database, row, 0, 0)) > 0; row++) {
            const size_t end = database == HEADS ? head_checked : len;
            for (size_t at = 0; at < end; at++, flips++) {
                if (database == HEADS && row == 2 && at >= 12 && at < 20)
                    continue;
                const uint8_t bits = (uint8_t)(1 << (at % 8));
                flip(*state, database, row, at, bits);
                const enum fault fault = read_all(*state);
                if (fault != FAULT_CORRUPT)
                    print_error("%s row %u byte %zu\n", databases[database], row, at);
                assert_int_equal(fault, FAULT_CORRUPT);
                flip(*state, database, row, at, bits);
            }
        }
    }
    assert_true(flips > 600);
    flip(*state, HEADS, 1, head_checked + LIMIT_SIGNATURE_BYTES + 7, 0x40);
    assert_int_equal(read_all(*state), FAULT_CORRUPT);
    flip(*state, HEADS, 1, head_checked + LIMIT_SIGNATURE_BYTES + 7, 0x40);
    assert_int_equal(read_all(*state), FAULT_NONE);
}

static void drop_row(const char *path, int database, uint8_t number)
{
    uint8_t bytes[8] = {0, 0, 0, 0, 0, 0, 0, number};
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val key = {sizeof(bytes), bytes};
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
    assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, databases[database], 0, &dbi), 0);
    assert_int_equal(mdb_del(txn, dbi, &key, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void test_a_missing_row_is_found(void **state)
{
    static const struct {
        int database;
        uint8_t number;
    } rows[] = {{ENTRIES, 1}, {ENTRIES, 2}, {ENTRIES, 3}, {ENTRIES, 4},
                {HEADS, 1},   {HEADS, 3},   {HEADS, 4}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[256];
        snprintf(path, sizeof(path), "%s/%zu", (char *)*state, i);
        make_small(path);
        drop_row(path, rows[i].database, rows[i].number);
        assert_int_equal(read_all(path), FAULT_CORRUPT);
    }
}

/* Runs in a child, because a cut map may end in SIGBUS: that is no success either. */
static bool reads_well(const char *path)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        const struct journal_options o = {.map_bytes = 64 << 20, .allow_unsafe_fs = true};
        struct journal *j;
        signal(SIGBUS, SIG_DFL);
        signal(SIGSEGV, SIG_DFL);
        if (freopen("/dev/null", "w", stderr) == NULL || journal_open(path, &o, &j) != FAULT_NONE)
            _exit(1);
        _exit(journal_read(j, 1, true, pass, NULL) == FAULT_NONE ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status == 0;
}

static void test_damage_in_the_file(void **state)
{
    char path[256];
    struct stat st;
    uint64_t epoch;
    struct journal *j = must_open(*state, 64 << 20);
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    for (int i = 0; i < 4; i++)
        assert_int_equal(append(j, epoch, 1, 50000), JOURNAL_OK);
    journal_close(j);
    snprintf(path, sizeof(path), "%s/data.mdb", (char *)*state);
    assert_true(reads_well(*state));
    assert_int_equal(stat(path, &st), 0);

    /* A byte inside each page that large entries fill: there are no page checksums. */
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    unsigned found = 0;
    for (off_t at = 4096 * 3 + 2000; at < st.st_size; at += 4096) {
        uint8_t byte, changed;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        changed = byte ^ 0x10;
        assert_int_equal(pwrite(fd, &changed, 1, at), 1);
        found += !reads_well(*state);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    close(fd);
    assert_true(found >= 4 * 12); /* 12 whole pages an entry; the others hold no entry there */
    assert_true(reads_well(*state));

    for (off_t size = st.st_size - 4096; size > 0; size -= 5 * 4096) {
        assert_int_equal(truncate(path, size), 0);
        assert_false(reads_well(*state));
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_append_read_tail),
        CASE(test_large_entries),
        CASE(test_group_of),
        CASE(test_reader_beside_the_writer),
        CASE(test_stale),
        CASE(test_a_wrong_head_is_a_bug),
        CASE(test_full_map),
        CASE(test_every_flipped_byte_is_found),
        CASE(test_a_missing_row_is_found),
        CASE(test_damage_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
