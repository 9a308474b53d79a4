/* saldod.conf: defaults, every setting, and what is refused with which line. */
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "secret.h"
#include "tests/support/folder.h"
#include "tests/support/unit.h"

#include <sodium.h>

struct fixture {
    char *folder;
    struct config config;
    char error[CONFIG_TEXT_MAX];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->folder = folder_make();
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

static enum fault read_text(struct fixture *f, const char *text)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/saldod.conf", f->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return config_read(f->folder, &f->config, f->error);
}

static void test_defaults(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(read_text(f, "[saldod]\nlisten=tcp://127.0.0.1:7447\n"), FAULT_NONE);
    assert_int_equal(f->config.listen_count, 1);
    assert_string_equal(f->config.listen[0], "tcp://127.0.0.1:7447");
    assert_in_range(f->config.workers, 1, 64);
    assert_true(f->config.final_checkpoint);
    assert_false(f->config.allow_unsafe_fs);
    assert_int_equal(f->config.log_level, LOG_LEVEL_INFO);
    assert_string_equal(f->config.monitor, "");
    assert_int_equal(f->config.disk_free_min_bytes, UINT64_C(512) << 20);
    assert_non_null(strstr(f->config.ipc, "/run/saldod.ipc"));
}

static void test_every_setting(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(read_text(f, "# comment\n[saldod]\nlisten=tcp://127.0.0.1:1\n"
                                  "listen=tcp://[::1]:2\nipc=ipc:///tmp/x\nworkers=3\n"
                                  "overlay_charges=500000\noverlay_vouchers=300000\n"
                                  "overlay_buckets=600000\njournal_map_gb=2\ntables_map_gb=3\n"
                                  "disk_free_min_mb=7\nallow_unsafe_fs=1\nfinal_checkpoint=0\n"
                                  "log_level=debug\nmonitor=[::1]:7448\nnight_late_hours=3\n"),
                     FAULT_NONE);
    const struct config *c = &f->config;
    assert_int_equal(c->listen_count, 2);
    assert_string_equal(c->listen[1], "tcp://[::1]:2");
    assert_string_equal(c->ipc, "ipc:///tmp/x");
    assert_int_equal(c->workers, 3);
    assert_int_equal(c->limits.charges, 500000);
    assert_int_equal(c->limits.vouchers, 300000);
    assert_int_equal(c->limits.buckets, 600000);
    assert_int_equal(c->journal_map_bytes, UINT64_C(2) << 30);
    assert_int_equal(c->tables_map_bytes, UINT64_C(3) << 30);
    assert_int_equal(c->disk_free_min_bytes, UINT64_C(7) << 20);
    assert_true(c->allow_unsafe_fs);
    assert_false(c->final_checkpoint);
    assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
    assert_string_equal(c->monitor, "[::1]:7448");
    assert_int_equal(c->night_late_h, 3);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        const char *error; /* some of it */
    } rows[] = {
        {"[saldod]\nipc=none\n", "neither listen nor ipc"},
        {"[saldod]\nmonitor=localhost:80\n", "saldod.conf:2: monitor has no usable value"},
        {"[saldod]\nmonitor=127.0.0.1\n", "monitor has no usable value"},
        {"[saldod]\nmonitor=127.0.0.1:65536\n", "monitor has no usable value"},
        {"[saldod]\nmonitor=127.0.0.1:0\n", "monitor has no usable value"},
        {"[saldod]\nmonitor=::1:80\n", "monitor has no usable value"},
        {"[saldod]\nmonitor=[::1:80\n", "monitor has no usable value"},
        {"[saldod]\nmonitor=:80\n", "monitor has no usable value"},
        {"[saldod]\nnight_late_hours=0\n", "night_late_hours has no usable value"},
        {"[other]\nx=1\n", "unknown section [other]"},
        {"[saldod]\nlisten=tcp://a:1\nspeed=9\n", "saldod.conf:3: unknown setting speed"},
        {"[saldod]\nworkers=0\n", "saldod.conf:2: workers has no usable value"},
        {"[saldod]\nworkers=65\n", "workers has no usable value"},
        {"[saldod]\nworkers=-1\n", "workers has no usable value"},
        {"[saldod]\nworkers=2x\n", "workers has no usable value"},
        {"[saldod]\nworkers=\n", "workers has no usable value"},
        {"[saldod]\nworkers=99999999999999999999\n", "workers has no usable value"},
        {"[saldod]\nfinal_checkpoint=yes\n", "final_checkpoint has no usable value"},
        {"[saldod]\nlisten=udp://a:1\n", "listen has no usable value"},
        {"[saldod]\nipc=/tmp/x\n", "ipc has no usable value"},
        {"[saldod]\nlog_level=loud\n", "log_level has no usable value"},
        {"[saldod]\njust words\n", "saldod.conf:2: not name=value"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(read_text(*state, rows[i].text), FAULT_CONFIG);
        const struct fixture *f = *state;
        if (strstr(f->error, rows[i].error) == NULL)
            fail_msg("row %zu: \"%s\" instead of \"%s\"", i, f->error, rows[i].error);
    }
}

static void test_too_many_endpoints(void **state)
{
    char text[1024] = "[saldod]\n";
    for (int i = 0; i <= CONFIG_LISTEN_MAX; i++)
        strncat(text, "listen=tcp://127.0.0.1:1\n", sizeof(text) - strlen(text) - 1);
    assert_int_equal(read_text(*state, text), FAULT_CONFIG);
}

static void test_absent_and_too_long(void **state)
{
    struct fixture *f = *state;
    char path[CONFIG_DIR_MAX + 2];
    assert_int_equal(config_read(f->folder, &f->config, f->error), FAULT_ABSENT);
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(config_read(path, &f->config, f->error), FAULT_CONFIG);
    assert_int_equal(config_defaults("/some/ledger//", &f->config), FAULT_NONE);
    assert_string_equal(f->config.dir, "/some/ledger");
}

/* ---- Key files ---- */

static void test_secret_round_trip(void **state)
{
    struct fixture *f = *state;
    struct secret made;
    struct secret read;
    char path[512];
    snprintf(path, sizeof(path), "%s/a.key", f->folder);
    assert_int_equal(secret_make(&made), FAULT_NONE);
    assert_int_equal(secret_write(path, &made), FAULT_NONE);
    assert_int_equal(secret_write(path, &made), FAULT_LOCKED); /* never over another key */
    assert_int_equal(secret_read(path, &read), FAULT_NONE);
    assert_memory_equal(&made, &read, sizeof(made));
    assert_int_equal(chmod(path, 0640), 0);
    secret_wipe(&read);
    assert_int_equal(secret_read(path, &read), FAULT_UNSAFE);
    secret_wipe(&made);
    assert_true(sodium_is_zero((const uint8_t *)&made, sizeof(made)));
}

static void test_secret_damaged(void **state)
{
    static const char *const rows[] = {
        "",
        "[key]\nversion=1\n",
        "[key]\nversion=2\nseed=0000000000000000000000000000000000000000000000000000000000000000\n",
        "[key]\nseed=0000000000000000000000000000000000000000000000000000000000000000\n",
        "[key]\nversion=1\nseed=00\n",
        "[key]\nversion=1\nseed=zz00000000000000000000000000000000000000000000000000000000000000\n",
        "[other]\nversion=1\n",
    };
    struct fixture *f = *state;
    struct secret s;
    char path[512];
    snprintf(path, sizeof(path), "%s/a.key", f->folder);
    assert_int_equal(secret_read(path, &s), FAULT_ABSENT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(rows[i], file);
        fclose(file);
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(secret_read(path, &s), FAULT_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_setting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_endpoints, setup, teardown),
        cmocka_unit_test_setup_teardown(test_absent_and_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_secret_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_secret_damaged, setup, teardown),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
