/* A row of the tables that is not the one that was written: nobody gets it. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/tables_kit.h"

enum { ROWS = 300 };

static void write_rows(const char *path)
{
    struct tables *t = must_open(path, TABLES_MAP);
    struct checkpoint *c = checkpoint_new();
    for (int i = 0; i < ROWS; i++) {
        char key[32], value[64];
        snprintf(key, sizeof(key), "bucket-%03d", i);
        snprintf(value, sizeof(value), "has %03d euros", i);
        put(c, ROW_BUCKET, key, value);
    }
    finish(t, c, 3);
    tables_close(t);
}

/* In the file, wherever `what` stands: its byte `at` becomes another one. */
static void damage(const char *path, const char *what, size_t at, char byte)
{
    char name[400];
    struct stat st;
    int times = 0;
    snprintf(name, sizeof(name), "%s/data.mdb", path);
    const int fd = open(name, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    char *file = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(file, MAP_FAILED);
    char *const end = file + st.st_size;
    for (char *f = file; (f = memmem(f, (size_t)(end - f), what, strlen(what))) != NULL; times++)
        f++[at] = byte;
    assert_int_not_equal(times, 0);
    munmap(file, (size_t)st.st_size);
    close(fd);
}

static bool nothing(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                    size_t value_len)
{
    (void)arg;
    (void)key;
    (void)key_len;
    (void)value;
    (void)value_len;
    return true;
}

/* Reading the row that `key` finds, all rows, and the digest. */
static void expect(const char *path, const char *key, enum fault got, enum fault others)
{
    static uint8_t value[LEDGER_ROW_MAX];
    struct tables *t = must_open(path, TABLES_MAP);
    const struct ledger_source s = tables_source(t);
    struct hash hash;
    size_t len;
    assert_int_equal(s.get(t, ROW_BUCKET, (const uint8_t *)key, strlen(key), value, &len), got);
    assert_int_equal(s.scan(t, ROW_BUCKET, NULL, 0, NULL, 0, nothing, NULL), others);
    assert_int_equal(tables_digest(t, &hash), others);
    if (others != FAULT_NONE)
        assert_non_null(strstr(tables_error(t), "bucket"));
    tables_close(t);
}

static void test_a_changed_value(void **state)
{
    write_rows(*state);
    expect(*state, "bucket-123", FAULT_NONE, FAULT_NONE);
    damage(*state, "has 123 euros", 4, '9');
    expect(*state, "bucket-123", FAULT_CORRUPT, FAULT_CORRUPT);
    expect(*state, "bucket-124", FAULT_NONE, FAULT_CORRUPT);
    damage(*state, "has 923 euros", 4, '1');
    expect(*state, "bucket-123", FAULT_NONE, FAULT_NONE);
}

/* The value of one row under the key of another; the order stays right. */
static void test_a_changed_key(void **state)
{
    write_rows(*state);
    damage(*state, "bucket-129", 9, ':');
    expect(*state, "bucket-129", FAULT_ABSENT, FAULT_CORRUPT);
    expect(*state, "bucket-12:", FAULT_CORRUPT, FAULT_CORRUPT);
}

/* A count that does not fit is the page that went missing; here the count is what is wrong. */
static void test_a_missing_row(void **state)
{
    static const uint8_t all[8] = {ROWS & 0xff, ROWS >> 8}; /* as LMDB writes a number here */
    char name[400];
    write_rows(*state);
    snprintf(name, sizeof(name), "%s/data.mdb", (const char *)*state);
    const int fd = open(name, O_RDWR);
    static uint8_t file[1 << 20];
    const ssize_t len = read(fd, file, sizeof(file));
    int times = 0;
    assert_true(len > 0);
    for (uint8_t *f = file; (f = memmem(f, (size_t)(file + len - f), all, sizeof(all))) != NULL;
         times++)
        (*f++)++;
    assert_int_not_equal(times, 0);
    assert_int_equal(pwrite(fd, file, (size_t)len, 0), len);
    close(fd);
    struct tables *t = must_open(*state, TABLES_MAP);
    struct hash hash;
    assert_int_equal(tables_digest(t, &hash), FAULT_CORRUPT);
    assert_non_null(strstr(tables_error(t), "300 rows of kind bucket, not 301"));
    tables_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_changed_value, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_changed_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_missing_row, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
