/* The store refuses what is not safe, and stays refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"
#include "tests/support/folder.h"

static const char *const names[] = {"rows"};

static struct store_options options(void)
{
    return (struct store_options){.map_bytes = 1 << 20,
                                  .allow_unsafe_fs = true,
                                  .format = 1,
                                  .names = names,
                                  .names_count = 1};
}

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

static enum fault open_and_close(const char *path, const struct store_options *o)
{
    struct store *s;
    const enum fault fault = store_open(path, o, &s);
    store_close(s);
    return fault;
}

/* One row in a commit of its own. */
static enum fault put(struct store *s, uint32_t key, size_t len)
{
    static uint8_t bytes[65536];
    MDB_txn *txn;
    enum fault fault = store_write_begin(s, &txn);
    if (fault != FAULT_NONE)
        return fault;
    MDB_val k = {sizeof(key), &key}, v = {len, bytes};
    const int rc = mdb_put(txn, store_database(s, 0), &k, &v, 0);
    return rc != 0 ? store_write_fail(s, txn, rc, "put") : store_write_commit(s, txn);
}

static void test_flags(void **state)
{
    struct store_options o = options();
    struct store *s;
    unsigned flags;
    assert_int_equal(store_open(*state, &o, &s), FAULT_NONE);
    assert_int_equal(mdb_env_get_flags(store_env(s), &flags), 0);
    assert_int_equal(flags, MDB_NOTLS);
    store_close(s);
    o.read_only = true;
    assert_int_equal(store_open(*state, &o, &s), FAULT_NONE);
    assert_int_equal(mdb_env_get_flags(store_env(s), &flags), 0);
    assert_int_equal(flags, MDB_NOTLS | MDB_RDONLY);
    store_close(s);
}

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        struct store_version v;
        bool safe;
    } rows[] = {
        {{0, 9, 23}, false}, {{0, 9, 24}, true},  {{0, 9, 25}, true},  {{0, 9, 26}, false},
        {{0, 9, 31}, false}, {{0, 9, 32}, true},  {{0, 9, 70}, false}, {{0, 8, 24}, false},
        {{1, 0, 0}, false},  {{1, 9, 24}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(store_version_safe(rows[i].v), rows[i].safe);
}

static void test_file_systems(void **state)
{
    struct store_options o = options();
    struct statfs fs;
    o.allow_unsafe_fs = false;
    assert_int_equal(statfs(*state, &fs), 0);
    if (fs.f_type == EXT4_SUPER_MAGIC)
        assert_int_equal(open_and_close(*state, &o), FAULT_NONE);

    if (statfs("/dev/shm", &fs) != 0 || fs.f_type != TMPFS_MAGIC) {
        print_message("no tmpfs at /dev/shm to refuse\n");
        skip();
    }
    char path[] = "/dev/shm/saldo-test-XXXXXX";
    assert_non_null(mkdtemp(path));
    const enum fault refused = open_and_close(path, &o);
    o.allow_unsafe_fs = true;
    const enum fault allowed = open_and_close(path, &o);
    folder_remove(strdup(path));
    assert_int_equal(refused, FAULT_UNSAFE);
    assert_int_equal(allowed, FAULT_NONE);
}

static void test_nobody_else_may_read(void **state)
{
    const struct store_options o = options();
    char path[256], file[300];
    struct stat st;
    snprintf(path, sizeof(path), "%s/new", (char *)*state);
    const mode_t old = umask(0);
    const enum fault fault = open_and_close(path, &o);
    umask(old);
    assert_int_equal(fault, FAULT_NONE);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    static const char *const files[] = {"data.mdb", "lock.mdb", "writer.lock"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(file, sizeof(file), "%s/%s", path, files[i]);
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void test_one_handle_a_process(void **state)
{
    struct store_options o = options();
    struct store *s;
    assert_int_equal(store_open(*state, &o, &s), FAULT_NONE);
    assert_int_equal(open_and_close(*state, &o), FAULT_LOCKED);
    o.read_only = true;
    assert_int_equal(open_and_close(*state, &o), FAULT_LOCKED);
    store_close(s);
    assert_int_equal(open_and_close(*state, &o), FAULT_NONE);
}

/* A process of its own that opens the store, does `work`, says so and waits to be killed. */
static pid_t other_process(const char *path, const struct store_options *o,
                           void (*work)(struct store *s))
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct store *s;
        if (store_open(path, o, &s) != FAULT_NONE)
            _exit(1);
        if (work != NULL)
            work(s);
        if (write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    const ssize_t got = read(ready[0], &byte, 1);
    close(ready[0]);
    assert_int_equal(got, 1);
    return pid;
}

static void end_process(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_one_writer(void **state)
{
    struct store_options o = options(), reader = o;
    reader.read_only = true;
    const pid_t pid = other_process(*state, &o, NULL);
    const enum fault second = open_and_close(*state, &o);
    const enum fault beside = open_and_close(*state, &reader);
    end_process(pid);
    assert_int_equal(second, FAULT_LOCKED);
    assert_int_equal(beside, FAULT_NONE);
    assert_int_equal(open_and_close(*state, &o), FAULT_NONE);
}

static void begin_read(struct store *s)
{
    MDB_txn *txn = NULL;
    if (store_read_begin(s, &txn) != FAULT_NONE)
        _exit(1);
}

static void test_parked_reader_is_seen(void **state)
{
    struct store_options o = options(), reader = o;
    struct store_space space;
    struct store *s;
    reader.read_only = true;
    assert_int_equal(open_and_close(*state, &o), FAULT_NONE);
    const pid_t pid = other_process(*state, &reader, begin_read);
    assert_int_equal(store_open(*state, &o, &s), FAULT_NONE);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(put(s, i, 10), FAULT_NONE);
    assert_int_equal(store_space(s, &space), FAULT_NONE);
    assert_int_equal(space.reader_lag, 3);
    end_process(pid);
    assert_int_equal(store_space(s, &space), FAULT_NONE);
    assert_int_equal(space.reader_lag, 0); /* a killed reader's slot was freed */
    assert_int_equal(space.map_bytes, 1 << 20);
    assert_true(space.used_bytes > 0);
    assert_true(space.used_bytes < space.map_bytes);
    assert_true(space.disk_free_bytes > 0);
    store_close(s);
}

static void test_a_reader_follows_a_larger_map(void **state)
{
    struct store_options o = options(), larger = o;
    MDB_txn *txn = NULL;
    MDB_stat stat;
    struct store *s;
    assert_int_equal(open_and_close(*state, &o), FAULT_NONE);
    int go[2];
    assert_int_equal(pipe(go), 0);
    const pid_t pid = fork(); /* a writer that comes with a larger map, when told */
    if (pid == 0) {
        char byte;
        larger.map_bytes = 8 << 20;
        bool good = read(go[0], &byte, 1) == 1 && store_open(*state, &larger, &s) == FAULT_NONE;
        for (uint32_t i = 0; good && i < 64; i++)
            good = put(s, i, 65536) == FAULT_NONE;
        _exit(good ? 0 : 1);
    }
    o.read_only = true;
    assert_int_equal(store_open(*state, &o, &s), FAULT_NONE);
    int status;
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(go[0]);
    close(go[1]);
    assert_int_equal(store_read_begin(s, &txn), FAULT_NONE);
    assert_int_equal(mdb_stat(txn, store_database(s, 0), &stat), 0);
    assert_int_equal(stat.ms_entries, 64);
    mdb_txn_abort(txn);
    store_close(s);
}

static void test_other_format_and_nothing(void **state)
{
    struct store_options o = options();
    char path[256];
    snprintf(path, sizeof(path), "%s/none", (char *)*state);
    assert_int_equal(open_and_close(*state, &o), FAULT_NONE);
    o.format = 2;
    assert_int_equal(open_and_close(*state, &o), FAULT_VERSION);
    o.read_only = true;
    assert_int_equal(open_and_close(*state, &o), FAULT_VERSION);
    o.format = 0;
    assert_int_equal(open_and_close(*state, &o), FAULT_NEWER);
    assert_non_null(strstr(store_error(), "use a newer one"));
    assert_int_equal(open_and_close(path, &o), FAULT_ABSENT);
}

static void test_after_a_failed_write_no_other(void **state)
{
    struct store_options o = options();
    struct store *s;
    assert_int_equal(store_open(*state, &o, &s), FAULT_NONE);
    enum fault fault = FAULT_NONE;
    uint32_t kept = 0;
    while (kept < 1000 && (fault = put(s, kept, 65536)) == FAULT_NONE)
        kept++;
    assert_int_equal(fault, FAULT_FULL);
    assert_true(store_failed(s));
    assert_int_equal(put(s, 0, 1), FAULT_UNKNOWN);
    store_close(s);
    assert_int_equal(store_open(*state, &o, &s), FAULT_NONE);
    assert_false(store_failed(s));
    store_close(s);
}

/* Where even the list of free pages is cut off, the end may be a SIGBUS: no success either. */
static bool opens_in_a_child(const char *path, const struct store_options *o)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGBUS, SIG_DFL); /* cmocka's handler would go on with the tests */
        _exit(open_and_close(path, o) == FAULT_NONE ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status == 0;
}

static void test_cut_file(void **state)
{
    const struct store_options o = options();
    char path[256];
    struct store *s;
    struct stat st;
    snprintf(path, sizeof(path), "%s/data.mdb", (char *)*state);
    assert_int_equal(store_open(*state, &o, &s), FAULT_NONE);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(put(s, i, 20000), FAULT_NONE);
    store_close(s);
    assert_int_equal(open_and_close(*state, &o), FAULT_NONE);
    assert_int_equal(stat(path, &st), 0);
    assert_true(opens_in_a_child(*state, &o));
    assert_int_equal(truncate(path, st.st_size - 4096), 0);
    assert_false(opens_in_a_child(*state, &o));
    assert_int_equal(truncate(path, 5000), 0);
    assert_false(opens_in_a_child(*state, &o));
    assert_int_equal(truncate(path, 0), 0); /* LMDB would begin anew */
    assert_int_equal(open_and_close(*state, &o), FAULT_CORRUPT);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_flags),
        CASE(test_versions),
        CASE(test_file_systems),
        CASE(test_nobody_else_may_read),
        CASE(test_one_handle_a_process),
        CASE(test_one_writer),
        CASE(test_parked_reader_is_seen),
        CASE(test_a_reader_follows_a_larger_map),
        CASE(test_other_format_and_nothing),
        CASE(test_after_a_failed_write_no_other),
        CASE(test_cut_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
