/* The log: one line a fact, none that breaks in two, and not too many. */
#include <fcntl.h>
#include <unistd.h>

#include "log.h"
#include "tests/support/folder.h"
#include "tests/support/unit.h"

struct fixture {
    char *folder;
    char path[512];
    int saved; /* standard error */
    char text[256 * 1024];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->folder = folder_make();
    snprintf(f->path, sizeof(f->path), "%s/log", f->folder);
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

static void begin(struct fixture *f)
{
    int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    f->saved = dup(STDERR_FILENO);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
}

/* Standard error is itself again, and `text` has what was written. */
static size_t end(struct fixture *f)
{
    assert_int_equal(dup2(f->saved, STDERR_FILENO), STDERR_FILENO);
    close(f->saved);
    FILE *file = fopen(f->path, "r");
    assert_non_null(file);
    size_t len = fread(f->text, 1, sizeof(f->text) - 1, file);
    fclose(file);
    f->text[len] = '\0';
    size_t lines = 0;
    for (size_t i = 0; i < len; i++)
        lines += f->text[i] == '\n';
    return lines;
}

static void test_line(void **state)
{
    struct fixture *f = *state;
    unsetenv("JOURNAL_STREAM");
    begin(f);
    log_info("thing a=%d b=\"%s\"", 7, "x");
    log_debug("unseen");
    log_error("bad name=\"%s\"", "one\ntwo\x1b[31m\x7f");
    setenv("JOURNAL_STREAM", "1:2", 1);
    log_warning("thing");
    unsetenv("JOURNAL_STREAM");
    assert_int_equal(end(f), 3);
    assert_string_equal(f->text, "level=info event=thing a=7 b=\"x\"\n"
                                 "level=error event=bad name=\"one?two?[31m?\"\n"
                                 "<4>level=warning event=thing\n");
}

static void test_long(void **state)
{
    struct fixture *f = *state;
    char value[3000];
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    begin(f);
    log_error("long value=%s", value);
    log_error("next");
    assert_int_equal(end(f), 2);
    assert_non_null(strstr(f->text, "x\nlevel=error event=next\n"));
}

/* What a client can cause is written at a bounded rate; errors always are. */
static void test_flood(void **state)
{
    struct fixture *f = *state;
    begin(f);
    for (int i = 0; i < 5000; i++)
        log_warning("flood n=%d", i);
    for (int i = 0; i < 200; i++)
        log_error("error n=%d", i);
    usleep(300000);
    log_info("after");
    size_t lines = end(f);
    assert_in_range(lines, 200 + 2, 200 + 2 + LOG_BURST + 10 * LOG_RATE);
    assert_non_null(strstr(f->text, "event=error n=199\n"));
    const char *left_out = strstr(f->text, "level=warning event=log-left-out lines=");
    assert_non_null(left_out);
    assert_in_range(strtoul(strchr(strstr(left_out, "lines="), '=') + 1, NULL, 10),
                    5000 - LOG_BURST - 10 * LOG_RATE, 5000);
    assert_non_null(strstr(f->text, "event=after\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
