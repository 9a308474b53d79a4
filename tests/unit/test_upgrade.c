/* Versions: older tables are made again from the journal, and what a newer program has written is
 * refused, untouched, and says so. */
#include <dirent.h>
#include <getopt.h>
#include <lmdb.h>

#include "audit/copy.h"
#include "base/bytes.h"
#include "books.h"
#include "commands.h"
#include "journal/journal.h"
#include "store/store.h"
#include "tests/support/folder.h"
#include "tests/support/unit.h"
#include "tool.h"

struct fixture {
    char *folder;
    char dir[CONFIG_TEXT_MAX - 64];
    struct config config;
    char tables[CONFIG_TEXT_MAX];
    struct books books;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char error[CONFIG_TEXT_MAX];
    assert_non_null(f);
    f->folder = folder_make();
    snprintf(f->dir, sizeof(f->dir), "%s/l", f->folder);
    char *argv[] = {"saldod", "init", f->dir, "--simulated", "--allow-unsafe-fs", NULL};
    optind = 0; /* start over */
    assert_int_equal(command_init(3, argv + 2), 0);
    assert_int_equal(config_read(f->dir, &f->config, error), FAULT_NONE);
    config_path(&f->config, "tables", f->tables);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    folder_remove(f->folder);
    free(f);
    return 0;
}

/* Open as the daemon does at a start, and close again. */
static enum fault start(struct fixture *f)
{
    const struct books_options options = {.tables = f->tables, .verify = true, .repair = true};
    enum fault fault = books_open(&f->config, &options, &f->books);
    if (fault == FAULT_NONE) {
        assert_int_equal(f->books.last, 2);
        assert_int_equal(books_checkpoint(&f->books, 2), FAULT_NONE);
        books_close(&f->books);
    }
    return fault;
}

/* Write a number of the meta database, as another version would have. */
static void set_meta(struct fixture *f, const char *environment, const char *name, uint64_t number,
                     size_t bytes)
{
    char path[CONFIG_TEXT_MAX];
    uint8_t big[8];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    for (size_t i = 0; i < bytes; i++)
        big[i] = (uint8_t)(number >> (8 * (bytes - 1 - i)));
    MDB_val key = store_view(name, strlen(name));
    MDB_val value = {bytes, big};
    config_path(&f->config, environment, path);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static uint64_t get_level(struct fixture *f)
{
    char path[CONFIG_TEXT_MAX];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    MDB_val key = store_view("level", 5);
    MDB_val value;
    config_path(&f->config, "journal", path);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    assert_int_equal(mdb_env_open(env, path, MDB_RDONLY, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_get(txn, meta, &key, &value), 0);
    struct reader r = {.bytes = value.mv_data, .len = value.mv_size};
    const uint64_t level = get_u64(&r);
    assert_false(r.failed);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return level;
}

/* Folders of tables that were put aside. */
static int aside(const struct fixture *f)
{
    int count = 0;
    DIR *dir = opendir(f->dir);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        count += strncmp(e->d_name, "tables.bad-", 11) == 0;
    closedir(dir);
    return count;
}

static void test_older_tables_are_made_again(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(start(f), FAULT_NONE);
    assert_int_equal(aside(f), 0);
    set_meta(f, "tables", "format", 1, 4);
    assert_int_equal(start(f), FAULT_NONE);
    assert_int_equal(aside(f), 1);
    assert_int_equal(start(f), FAULT_NONE); /* and are of this program now */
    assert_int_equal(aside(f), 1);
}

static void test_newer_tables_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(start(f), FAULT_NONE);
    set_meta(f, "tables", "format", 1000, 4);
    assert_int_equal(start(f), FAULT_NEWER);
    assert_int_equal(aside(f), 0); /* the newer program finds them as it left them */
    assert_non_null(strstr(store_error(), "format is 1000"));
}

static void test_newer_journal_is_refused(void **state)
{
    struct fixture *f = *state;
    set_meta(f, "journal", "format", 1000, 4);
    assert_int_equal(start(f), FAULT_NEWER);
    assert_non_null(strstr(store_error(), "use a newer one"));
}

/* The bytes are as ever, but a newer program may have written commands that this one cannot judge.
 */
static void test_higher_level_is_refused(void **state)
{
    struct fixture *f = *state;
    set_meta(f, "journal", "level", JOURNAL_LEVEL + 1, 8);
    assert_int_equal(start(f), FAULT_NEWER);
    assert_non_null(strstr(store_error(), "level"));
    set_meta(f, "journal", "level", JOURNAL_LEVEL, 8);
    assert_int_equal(start(f), FAULT_NONE);
}

/* An audit by an old program would call unknown commands forged. */
static void test_audit_wants_a_newer_program(void **state)
{
    struct fixture *f = *state;
    struct copy *copy;
    assert_int_equal(copy_open(f->dir, false, &copy), TOOL_OK);
    assert_int_equal(copy_last(copy), 2);
    copy_close(copy);
    set_meta(f, "journal", "level", JOURNAL_LEVEL + 1, 8);
    for (int live = 0; live < 2; live++) {
        assert_int_equal(copy_open(f->dir, live != 0, &copy), TOOL_USAGE);
        assert_null(copy);
        assert_non_null(strstr(store_error(), "use a newer one"));
    }
    set_meta(f, "journal", "level", JOURNAL_LEVEL, 4); /* no level at all */
    assert_int_equal(copy_open(f->dir, false, &copy), TOOL_USAGE);
}

static void test_claim_raises_the_level(void **state)
{
    struct fixture *f = *state;
    const struct journal_options options = {.map_bytes = 1 << 24, .allow_unsafe_fs = true};
    char path[CONFIG_TEXT_MAX];
    struct journal *j;
    uint64_t epoch;
    set_meta(f, "journal", "level", 0, 8); /* as an older program would have left it */
    config_path(&f->config, "journal", path);
    assert_int_equal(journal_open(path, &options, &j), FAULT_NONE);
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    journal_close(j);
    assert_int_equal(get_level(f), JOURNAL_LEVEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_older_tables_are_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newer_tables_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newer_journal_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_higher_level_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_audit_wants_a_newer_program, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claim_raises_the_level, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
