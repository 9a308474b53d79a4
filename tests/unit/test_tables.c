/* The tables: one checkpoint at a time, whole, in key order, and nothing of the next one. */
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/tables_kit.h"

/* ---- Tests ------------------------------------------------------------------------------------
 */

static void test_get_and_scan(void **state)
{
    struct tables *t = must_open(*state, TABLES_MAP);
    assert_int_equal(watermark(t), 0);
    assert_null(get(t, ROW_META, "\0", 1));

    struct checkpoint *c = checkpoint_new();
    static const char *const keys[] = {"b", "ab", "aab", "a", "abc", "b1", "aba", "\xff", "abcd"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        put(c, ROW_BUCKET, keys[i], "old");
    put(c, ROW_BUCKET, "ab", "new"); /* the later one wins */
    put(c, ROW_BUCKET, "zz", NULL);  /* was never there */
    checkpoint_put(c, ROW_META, (const uint8_t *)"\0", 1, (const uint8_t *)"facts", 5);
    finish(t, c, 7);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    assert_int_equal(watermark(t), 7);
    assert_string_equal(get(t, ROW_META, "\0", 1), "facts");
    assert_null(get(t, ROW_BUCKET, "abcde", 5));
    assert_null(get(t, ROW_VOUCHER, "ab", 2));
    assert_string_equal(scan(t, "", ""),
                        "a=old aab=old ab=new aba=old abc=old abcd=old b=old b1=old \xff=old ");
    assert_string_equal(scan(t, "ab", ""), "ab=new aba=old abc=old abcd=old ");
    assert_string_equal(scan(t, "ab", "abb"), "abc=old abcd=old ");
    assert_string_equal(scan(t, "ab", "a"), "ab=new aba=old abc=old abcd=old ");
    assert_string_equal(scan(t, "ab", "b"), "");
    assert_string_equal(scan(t, "c", ""), "");

    c = checkpoint_new();
    put(c, ROW_BUCKET, "aba", "stop");
    put(c, ROW_BUCKET, "a", "none");
    put(c, ROW_BUCKET, "a", NULL);
    put(c, ROW_BUCKET, "\xff", NULL);
    put(c, ROW_BUCKET, "\xff\xff", "end");
    put(c, ROW_BUCKET, "b", NULL);
    put(c, ROW_BUCKET, "b", "again");
    finish(t, c, 7); /* nothing happened since but a change of rows: allowed */
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    assert_string_equal(scan(t, "", "abc"), "abc=old abcd=old b=again b1=old \xff\xff=end ");
    assert_string_equal(scan(t, "", ""), "aab=old ab=new aba=stop ");
    tables_close(t);
}

static void test_a_value_of_every_size(void **state)
{
    static uint8_t value[LEDGER_ROW_MAX], back[LEDGER_ROW_MAX];
    static const size_t sizes[] = {0, 1, 2000, 2100, 4096, LEDGER_ROW_MAX};
    struct tables *t = must_open(*state, TABLES_MAP);
    struct checkpoint *c = checkpoint_new();
    memset(value, 'x', sizeof(value));
    for (uint8_t i = 0; i < 6; i++)
        checkpoint_put(c, ROW_VOUCHER, &i, 1, value, sizes[i]);
    finish(t, c, 1);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    const struct ledger_source s = tables_source(t);
    for (uint8_t i = 0; i < 6; i++) {
        size_t len;
        assert_int_equal(s.get(t, ROW_VOUCHER, &i, 1, back, &len), FAULT_NONE);
        assert_int_equal(len, sizes[i]);
        assert_memory_equal(back, value, len);
    }
    tables_close(t);
}

static void test_the_view_changes_with_refresh_only(void **state)
{
    uint8_t key[16], id[20];
    struct tables *t = must_open(*state, TABLES_MAP);
    struct checkpoint *c = checkpoint_new();
    put(c, ROW_BUCKET, "b", "one");
    put_charge(c, 5, 0, "recorded");
    finish(t, c, 5);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    const struct hash before = digest(t);

    c = checkpoint_new();
    put(c, ROW_BUCKET, "b", "two");
    put_charge(c, 5, 0, "deleted");
    put_charge(c, 6, 3, "recorded");
    put_id(c, 1, 6);
    finish(t, c, 6);
    charge_key(row_number(6, 3), key);
    id_key(1, id);
    assert_int_equal(watermark(t), 5);
    assert_string_equal(get(t, ROW_BUCKET, "b", 1), "one");
    assert_null(get(t, ROW_CHARGE, key, sizeof(key)));
    assert_null(get(t, ROW_ID, id, sizeof(id)));
    const struct hash still = digest(t);
    assert_memory_equal(&before, &still, sizeof(before));

    assert_int_equal(tables_refresh(t), FAULT_NONE);
    assert_int_equal(watermark(t), 6);
    assert_string_equal(get(t, ROW_BUCKET, "b", 1), "two");
    assert_string_equal(get(t, ROW_CHARGE, key, sizeof(key)), "recorded");
    assert_non_null(get(t, ROW_ID, id, sizeof(id)));
    tables_close(t);
}

/* ---- A crash between the two steps -------------------------------------------------------------
 */

/* How many rows of a kind stand in the file, visible or not. */
static size_t stored_rows(const char *path, const char *name)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_stat stat;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 32), 0);
    assert_int_equal(mdb_env_open(env, path, MDB_RDONLY, 0), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, name, 0, &dbi), 0);
    assert_int_equal(mdb_stat(txn, dbi, &stat), 0);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return stat.ms_entries;
}

static struct checkpoint *second_checkpoint(void)
{
    struct checkpoint *c = checkpoint_new();
    put(c, ROW_BUCKET, "b", "two");
    for (uint64_t e = 11; e <= 20; e++)
        for (uint64_t i = 0; i < 500; i++) { /* more than fits one slice */
            put_charge(c, e, i, "recorded");
            put_id(c, 1000 * e + i, e);
        }
    put_charge(c, 3, 0, "deleted"); /* a row that was visible before */
    put_id(c, 5, 20);               /* a visible id that another entry takes over */
    return c;
}

static void crash_in_the_middle(const char *path)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        const struct tables_options o = {.map_bytes = TABLES_MAP, .allow_unsafe_fs = true};
        struct tables *t;
        struct checkpoint *c = second_checkpoint();
        if (tables_open(path, &o, &t) != FAULT_NONE)
            _exit(1);
        const struct hash before = digest(t);
        checkpoint_sort(c);
        if (checkpoint_write_ahead(t, c) != FAULT_NONE || tables_refresh(t) != FAULT_NONE)
            _exit(1);
        const struct hash after = digest(t);
        _exit(memcmp(&before, &after, sizeof(after)) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_crash_between_ahead_and_last(void **state)
{
    uint8_t key[16];
    struct tables *t = must_open(*state, TABLES_MAP);
    struct checkpoint *c = checkpoint_new();
    put(c, ROW_BUCKET, "b", "one");
    for (uint64_t e = 1; e <= 10; e++) {
        put_charge(c, e, 0, "recorded");
        put_id(c, e, e);
    }
    finish(t, c, 10);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    const struct hash before = digest(t);
    tables_close(t);

    crash_in_the_middle(*state);
    assert_int_equal(stored_rows(*state, "charge"), 10 + 5000);
    assert_int_equal(stored_rows(*state, "id"), 10 + 5000);

    t = must_open(*state, 0); /* another process that looks on */
    assert_int_equal(watermark(t), 10);
    struct hash after = digest(t);
    assert_memory_equal(&before, &after, sizeof(before));
    charge_key(row_number(11, 0), key);
    assert_null(get(t, ROW_CHARGE, key, sizeof(key)));
    charge_key(row_number(3, 0), key);
    assert_string_equal(get(t, ROW_CHARGE, key, sizeof(key)), "recorded");
    tables_close(t);

    t = must_open(*state, TABLES_MAP); /* the daemon comes back and clears up */
    after = digest(t);
    assert_memory_equal(&before, &after, sizeof(before));
    tables_close(t);
    assert_int_equal(stored_rows(*state, "charge"), 10);
    assert_int_equal(stored_rows(*state, "id"), 10);

    t = must_open(*state, TABLES_MAP);
    finish(t, second_checkpoint(), 20);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    assert_string_equal(get(t, ROW_CHARGE, key, sizeof(key)), "deleted");
    charge_key(row_number(20, 499), key);
    assert_string_equal(get(t, ROW_CHARGE, key, sizeof(key)), "recorded");
    tables_close(t);
    assert_int_equal(stored_rows(*state, "charge"), 5010);
    assert_int_equal(stored_rows(*state, "id"), 5010);
}

static void test_full_map_leaves_the_old_state(void **state)
{
    struct tables *t = must_open(*state, 1 << 20);
    struct checkpoint *c = checkpoint_new();
    put(c, ROW_BUCKET, "b", "one");
    finish(t, c, 1);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    const struct hash before = digest(t), head = {{2}};
    c = checkpoint_new();
    put(c, ROW_BUCKET, "b", "two");
    for (uint32_t i = 0; i < 20000; i++)
        checkpoint_put(c, ROW_HISTORY, (const uint8_t *)&i, sizeof(i), (const uint8_t[60]){0}, 60);
    assert_int_equal(checkpoint_write(t, c, 2, &head), FAULT_FULL);
    assert_non_null(strstr(tables_error(t), "MDB_MAP_FULL"));
    assert_int_equal(checkpoint_write(t, c, 2, &head), FAULT_UNKNOWN);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    struct hash after = digest(t);
    assert_memory_equal(&before, &after, sizeof(before));
    tables_close(t);
    t = must_open(*state, TABLES_MAP);
    assert_int_equal(watermark(t), 1);
    finish(t, c, 2);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    assert_string_equal(get(t, ROW_BUCKET, "b", 1), "two");
    tables_close(t);
}

/* ---- A reader beside the writer ----------------------------------------------------------------
 */

struct beside {
    struct tables *t;
    _Atomic uint32_t written; /* checkpoints that are durable */
    _Atomic bool failed;
};

static bool write_pair(struct beside *b, uint32_t round)
{
    char text[16];
    const struct hash head = {{(uint8_t)round}};
    struct checkpoint *c = checkpoint_new();
    snprintf(text, sizeof(text), "%u", round);
    put(c, ROW_BUCKET, "left", text);
    put(c, ROW_VOUCHER, "right", text);
    for (uint64_t i = 0; i < 300; i++)
        put_charge(c, round, i, text);
    const bool good = checkpoint_write(b->t, c, round, &head) == FAULT_NONE;
    checkpoint_free(c);
    return good;
}

static void *write_pairs(void *arg)
{
    struct beside *b = arg;
    for (uint32_t round = 2; round <= 60; round++) {
        if (!write_pair(b, round))
            b->failed = true;
        b->written = round;
    }
    return NULL;
}

/* Both rows and the watermark always tell of the same checkpoint. */
static void test_a_reader_sees_one_checkpoint(void **state)
{
    struct beside b = {.t = must_open(*state, TABLES_MAP), .written = 1};
    pthread_t writer;
    uint8_t key[16];
    assert_true(write_pair(&b, 1));
    assert_int_equal(tables_refresh(b.t), FAULT_NONE);
    assert_int_equal(pthread_create(&writer, NULL, write_pairs, &b), 0);
    uint64_t seen = 1, views = 0;
    while (seen < 60 && !b.failed) {
        const uint32_t written = b.written;
        assert_int_equal(tables_refresh(b.t), FAULT_NONE);
        assert_true(watermark(b.t) >= written);
        assert_true(watermark(b.t) >= seen);
        seen = watermark(b.t);
        for (int i = 0; i < 20; i++, views++) {
            assert_int_equal(strtoul(get(b.t, ROW_BUCKET, "left", 4), NULL, 10), seen);
            usleep(50);
            assert_int_equal(strtoul(get(b.t, ROW_VOUCHER, "right", 5), NULL, 10), seen);
            charge_key(row_number(seen, 299), key);
            assert_non_null(get(b.t, ROW_CHARGE, key, sizeof(key)));
            charge_key(row_number(seen + 1, 0), key);
            assert_null(get(b.t, ROW_CHARGE, key, sizeof(key)));
        }
    }
    pthread_join(writer, NULL);
    assert_false(b.failed);
    assert_true(views > 100);
    tables_close(b.t);
}

/* ---- How it shares the disk --------------------------------------------------------------------
 */

/* The pauses that were asked for; none is kept. */
static struct {
    uint32_t pauses;
    int64_t longest_ns;
} paused;

int __wrap_nanosleep(const struct timespec *pause, struct timespec *left);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
    (void)left;
    const int64_t ns = pause->tv_sec * INT64_C(1000000000) + pause->tv_nsec;
    paused.pauses++;
    if (ns > paused.longest_ns)
        paused.longest_ns = ns;
    return 0;
}

static struct checkpoint *five_slices(uint64_t entry)
{
    struct checkpoint *c = checkpoint_new();
    for (uint64_t i = 0; i < 8000; i++)
        put_charge(c, entry, i, "charged");
    put_charge(c, entry + 1, 0, "charged");
    return c;
}

/* After each transaction ahead the journal has the disk for itself; not where somebody waits. */
static void test_it_pauses_unless_it_hurries(void **state)
{
    struct tables *t = must_open(*state, TABLES_MAP);
    paused.pauses = 0;
    finish(t, five_slices(1), 2);
    assert_int_equal(paused.pauses, 5);
    assert_true(paused.longest_ns > 0);
    assert_true(paused.longest_ns <= 100000000);

    struct checkpoint *c = five_slices(3);
    checkpoint_hurry(c);
    paused.pauses = 0;
    finish(t, c, 4);
    assert_int_equal(paused.pauses, 0);
    assert_int_equal(tables_refresh(t), FAULT_NONE);
    assert_int_equal(watermark(t), 4);
    tables_close(t);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_get_and_scan),
        CASE(test_a_value_of_every_size),
        CASE(test_the_view_changes_with_refresh_only),
        CASE(test_crash_between_ahead_and_last),
        CASE(test_full_map_leaves_the_old_state),
        CASE(test_a_reader_sees_one_checkpoint),
        CASE(test_it_pauses_unless_it_hurries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
