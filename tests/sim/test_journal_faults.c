/* A disk that fails in the middle of a commit: nothing that was acknowledged is lost.
 *
 * The test runs itself under strace, which makes the Nth call of a kind fail; the run appends
 * groups and writes down how far it was acknowledged. Then the journal is opened without faults and
 * read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/journal.h"
#include "tests/support/folder.h"
#include "tests/support/groups.h"

enum { GROUPS = 8, PER_GROUP = 3, PAYLOAD = 1500 };

static const struct journal_options options = {.map_bytes = 4 << 20, .allow_unsafe_fs = true};

/* ---- The run that meets the fault ---------------------------------------------------------------
 */

/* One byte an entry, by a call that strace leaves alone. */
static bool acknowledge(int fd)
{
    static const uint8_t bytes[PER_GROUP];
    return write(fd, bytes, sizeof(bytes)) == sizeof(bytes);
}

enum { RUN_DONE = 0, RUN_UNKNOWN = 10, RUN_WRONG = 20 };

/* Exit status: all done; stopped at a fault; or a wrong answer after one. */
static int run(const char *path, const char *acknowledged)
{
    struct journal *j;
    struct group_spec spec = {.count = PER_GROUP, .payload_bytes = PAYLOAD};
    uint64_t ignored;
    struct hash head;
    const int fd = open(acknowledged, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return RUN_WRONG;
    if (journal_open(path, &options, &j) != FAULT_NONE)
        return RUN_UNKNOWN;
    if (journal_claim(j, &spec.epoch) != FAULT_NONE)
        return journal_claim(j, &spec.epoch) == FAULT_UNKNOWN ? RUN_UNKNOWN : RUN_WRONG;
    if (journal_tail(j, &spec.last, &spec.previous) != FAULT_NONE)
        return RUN_WRONG;
    for (int i = 0; i < GROUPS; i++) {
        struct made_group g;
        group_make(&spec, &g);
        if (journal_append(j, &g.group) != JOURNAL_OK) {
            /* The fault is over, but the journal must stay shut. */
            const bool shut = journal_append(j, &g.group) == JOURNAL_UNKNOWN &&
                              journal_tail(j, &ignored, &head) == FAULT_UNKNOWN &&
                              journal_claim(j, &ignored) == FAULT_UNKNOWN;
            return shut ? RUN_UNKNOWN : RUN_WRONG;
        }
        spec.last += PER_GROUP;
        spec.previous = g.hash;
        group_drop(&g);
        if (!acknowledge(fd))
            return RUN_WRONG;
    }
    journal_close(j);
    return RUN_DONE;
}

/* ---- The test -----------------------------------------------------------------------------------
 */

struct fault_kind {
    const char *call;
    const char *effect;
};

/* Runs under strace with the Nth call failing; returns the exit status, -1 where strace failed. */
static int run_with_fault(const char *path, const char *acknowledged, const struct fault_kind *k,
                          unsigned n)
{
    char self[512], trace[64], inject[128];
    const ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    assert_true(len > 0);
    self[len] = '\0';
    snprintf(trace, sizeof(trace), "trace=%s", k->call);
    snprintf(inject, sizeof(inject), "inject=%s:%s:when=%u", k->call, k->effect, n);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* the leak check is a tracer itself */
        execlp("strace", "strace", "-f", "-qq", "-o", "/dev/null", "-e", trace, "-e", inject, self,
               "--run", path, acknowledged, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool strace_works(void)
{
    static const struct fault_kind none = {"fdatasync", "error=EIO"};
    char *folder = folder_make();
    char path[256], acknowledged[256];
    snprintf(path, sizeof(path), "%s/journal", folder);
    snprintf(acknowledged, sizeof(acknowledged), "%s/acknowledged", folder);
    close(open(acknowledged, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const int status = run_with_fault(path, acknowledged, &none, 60000);
    folder_remove(folder);
    return status == RUN_DONE;
}

static bool see(void *arg, const struct journal_record *r)
{
    uint64_t *next = arg;
    assert_int_equal(r->number, *next);
    assert_true(group_record_is_made(r, PAYLOAD));
    ++*next;
    return true;
}

/* What was acknowledged is there; beyond it at most the one group whose answer was UNKNOWN. */
static void check_journal(const char *path, uint64_t acknowledged)
{
    struct journal *j;
    uint64_t next = 1, last, epoch;
    struct hash head;
    assert_int_equal(journal_open(path, &options, &j), FAULT_NONE);
    assert_int_equal(journal_tail(j, &last, &head), FAULT_NONE);
    assert_true(last >= acknowledged);
    assert_true(last <= acknowledged + PER_GROUP);
    assert_int_equal(last % PER_GROUP, 0);
    assert_int_equal(journal_read(j, 1, true, see, &next), FAULT_NONE);
    assert_int_equal(next, last + 1);

    struct made_group g; /* and the journal goes on */
    struct group_spec spec = {.last = last, .previous = head, .count = 2, .payload_bytes = PAYLOAD};
    assert_int_equal(journal_claim(j, &epoch), FAULT_NONE);
    spec.epoch = epoch;
    group_make(&spec, &g);
    assert_int_equal(journal_append(j, &g.group), JOURNAL_OK);
    group_drop(&g);
    journal_close(j);
}

/* Fail the first, second, ... call until a run gets through; every one must have been met. */
static void fault_everywhere(const struct fault_kind *k)
{
    for (unsigned n = 1;; n++) {
        char *folder = folder_make();
        char path[256], acknowledged[256];
        snprintf(path, sizeof(path), "%s/journal", folder);
        snprintf(acknowledged, sizeof(acknowledged), "%s/acknowledged", folder);
        const int fd = open(acknowledged, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        const int status = run_with_fault(path, acknowledged, k, n);
        const off_t count = lseek(fd, 0, SEEK_END);
        close(fd);
        if (status != RUN_DONE && status != RUN_UNKNOWN)
            print_error("%s %s at %u: status %d\n", k->call, k->effect, n, status);
        assert_true(status == RUN_DONE || status == RUN_UNKNOWN);
        /* A journal that failed while it was first made is made anew. */
        if (count > 0)
            check_journal(path, (uint64_t)count);
        folder_remove(folder);
        if (status == RUN_DONE) {
            assert_int_equal(count, GROUPS * PER_GROUP);
            assert_true(n > GROUPS);
            break;
        }
    }
}

#define FAULT_TEST(name, call, effect)                                                             \
    static void name(void **state)                                                                 \
    {                                                                                              \
        static const struct fault_kind kind = {call, effect};                                      \
        (void)state;                                                                               \
        if (!strace_works()) {                                                                     \
            print_message("strace cannot inject faults here\n");                                   \
            skip();                                                                                \
        }                                                                                          \
        fault_everywhere(&kind);                                                                   \
    }

FAULT_TEST(test_sync_fails, "fdatasync", "error=EIO")
FAULT_TEST(test_page_write_fails, "writev", "error=EIO")
FAULT_TEST(test_disk_is_full, "writev", "error=ENOSPC")
FAULT_TEST(test_page_write_is_short, "writev", "retval=512")
FAULT_TEST(test_head_write_fails, "pwrite64", "error=EIO")
FAULT_TEST(test_head_write_is_short, "pwrite64", "retval=16")

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--run") == 0)
        return run(argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync_fails),       cmocka_unit_test(test_page_write_fails),
        cmocka_unit_test(test_disk_is_full),     cmocka_unit_test(test_page_write_is_short),
        cmocka_unit_test(test_head_write_fails), cmocka_unit_test(test_head_write_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
