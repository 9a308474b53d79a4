/* Reading ahead: the journal's entries come decoded, in order and each once, with a thread and
 * without; what is wrong is told in its place, and whoever has had enough is left alone. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ahead.h"
#include "tests/support/folder.h"
#include "tests/support/groups.h"
#include "tests/support/unit.h"

enum { MAP = 64 << 20, BATCH = 8000, BATCH_BYTES = 200000, SINGLE_BYTES = 100 };

static const uint8_t digest_key[16] = {1, 2, 3};

/* ---- Calls that may fail, and are counted ---- */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __real_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool no_threads;
static unsigned threads_made, threads_joined;
static size_t refused_count; /* what asks for so many things gets none; 0: all get some */

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg)
{
    threads_made += !no_threads;
    return no_threads ? 11 : __real_pthread_create(thread, attr, run, arg);
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    threads_joined++;
    return __real_pthread_join(thread, result);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused_count != 0 && count == refused_count ? NULL : __real_calloc(count, size);
}

/* ---- A journal ---- */

struct rig {
    char *path;
    struct journal *journal;
    struct group_spec spec; /* of the next group */
};

static int setup(void **state)
{
    const struct journal_options o = {.map_bytes = MAP, .allow_unsafe_fs = true};
    struct rig *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->path = folder_make();
    assert_int_equal(journal_open(f->path, &o, &f->journal), FAULT_NONE);
    assert_int_equal(journal_claim(f->journal, &f->spec.epoch), FAULT_NONE);
    f->spec.payload_bytes = SINGLE_BYTES;
    f->spec.charges = 1;
    no_threads = false;
    threads_made = threads_joined = 0;
    refused_count = 0;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct rig *f = *state;
    journal_close(f->journal);
    folder_remove(f->path);
    free(f);
    return 0;
}

/* Append a group; the request of the entry `damaged` (0: none) is not the one of its leaf. */
static void group(struct rig *f, uint32_t count, uint64_t damaged)
{
    struct made_group g;
    f->spec.count = count;
    group_make(&f->spec, &g);
    if (damaged > 0)
        g.bytes[(size_t)(g.records[damaged - f->spec.last - 1].request - g.bytes) + 20] ^= 1;
    assert_int_equal(journal_append(f->journal, &g.group), JOURNAL_OK);
    f->spec.last += count;
    f->spec.previous = g.hash;
    group_drop(&g);
}

static void batches(struct rig *f, uint32_t count)
{
    const struct group_spec singles = f->spec;
    f->spec.charges = BATCH;
    f->spec.payload_bytes = BATCH_BYTES;
    group(f, count, 0);
    f->spec.charges = singles.charges;
    f->spec.payload_bytes = singles.payload_bytes;
}

/* ---- A visitor ---- */

struct seen {
    uint64_t next;
    uint64_t stop;       /* had enough after this one; 0: never */
    uint64_t unreadable; /* the one that is; 0: none */
    uint64_t charges;
    pthread_t thread;
    char detail[AHEAD_DETAIL_BYTES];
};

static bool see(void *arg, const struct ahead_entry *e)
{
    struct seen *seen = arg;
    assert_int_equal(e->applied.number, seen->next);
    assert_true(pthread_equal(pthread_self(), seen->thread));
    assert_int_equal(e->readable, seen->next != seen->unreadable);
    seen->next++;
    if (!e->readable)
        return true; /* nothing comes, whatever is said */
    struct decision d;
    static struct answer answers[LIMIT_BATCH_ITEMS];
    assert_true(codec_decision_read(e->decision, e->decision_len, &d, answers));
    assert_int_equal(d.number, e->applied.number);
    assert_int_equal(e->applied.time_ms, 1000 * e->applied.number);
    assert_ptr_equal(e->applied.request, &e->request);
    assert_int_equal(e->request.count, d.count);
    assert_int_equal(e->request.purpose, PURPOSE_CHARGE);
    for (uint32_t i = 0; i < d.count; i++)
        assert_int_equal(e->request.charges[i].quantity, e->applied.number);
    seen->charges += d.count;
    return e->applied.number != seen->stop;
}

static enum fault read_on(struct rig *f, struct seen *seen, uint64_t to, bool threaded)
{
    const struct ahead_options o = {.journal = f->journal,
                                    .digest_key = digest_key,
                                    .from = seen->next,
                                    .to = to,
                                    .verify = true,
                                    .threaded = threaded};
    const unsigned made = threads_made;
    seen->thread = pthread_self();
    enum fault fault = ahead_read(&o, see, seen, seen->detail);
    assert_int_equal(threads_made - made, threaded && !no_threads);
    assert_int_equal(threads_joined, threads_made);
    return fault;
}

/* ---- Tests ---- */

static void test_order(void **state)
{
    struct rig *f = *state;
    group(f, 1, 0); /* the genesis */
    for (int i = 0; i < 3; i++) {
        group(f, 1, 0);
        group(f, 1500, 0); /* several pieces by their number */
        batches(f, 4);     /* and by their bytes */
        group(f, 2, 0);
    }
    const uint64_t last = f->spec.last;
    static const uint64_t froms[] = {2, 3, 700, 1503};
    for (int threaded = 0; threaded < 2; threaded++) {
        for (size_t i = 0; i < COUNT(froms); i++) {
            struct seen seen = {.next = froms[i]};
            assert_int_equal(read_on(f, &seen, last, threaded), FAULT_NONE);
            assert_int_equal(seen.next, last + 1);
            assert_int_equal(seen.charges, last + 1 - froms[i] + 12 * (BATCH - 1));
        }
        struct seen seen = {.next = last};
        assert_int_equal(read_on(f, &seen, last, threaded), FAULT_NONE);
        assert_int_equal(seen.next, last + 1);
        /* Where the journal ends before `to`, and where nothing is left of it. */
        seen = (struct seen){.next = last - 1};
        assert_int_equal(read_on(f, &seen, last + 5, threaded), FAULT_NONE);
        assert_int_equal(seen.next, last + 1);
        assert_int_equal(read_on(f, &seen, last + 5, threaded), FAULT_NONE);
        assert_int_equal(seen.next, last + 1);
    }
}

/* The end of what is wanted, in and between groups and pieces. */
static void test_to(void **state)
{
    struct rig *f = *state;
    static const uint64_t tos[] = {2, 3, 512, 513, 514, 1025, 1501, 1502, 1503, 1504};
    group(f, 1, 0);
    group(f, 1500, 0);
    batches(f, 2);
    group(f, 10, 0);
    for (int threaded = 0; threaded < 2; threaded++)
        for (size_t i = 0; i < COUNT(tos); i++) {
            struct seen seen = {.next = 2};
            assert_int_equal(read_on(f, &seen, tos[i], threaded), FAULT_NONE);
            assert_int_equal(seen.next, tos[i] + 1);
        }
}

/* Stopped early, while the reader waits for room, and at the last entry; then on from there. */
static void test_enough(void **state)
{
    struct rig *f = *state;
    static const uint64_t stops[] = {2, 10, 513, 514, 1502, 1505, 1512};
    group(f, 1, 0);
    group(f, 1500, 0);
    batches(f, 6);
    group(f, 5, 0);
    for (int threaded = 0; threaded < 2; threaded++)
        for (size_t i = 0; i < COUNT(stops); i++) {
            struct seen seen = {.next = 2, .stop = stops[i]};
            assert_int_equal(read_on(f, &seen, f->spec.last, threaded), FAULT_NONE);
            assert_int_equal(seen.next, stops[i] + 1);
            if (stops[i] < f->spec.last)
                assert_int_equal(read_on(f, &seen, f->spec.last, threaded), FAULT_NONE);
            assert_int_equal(seen.next, f->spec.last + 1);
        }
}

static void unreadable(struct rig *f)
{
    group(f, 3, 0);
    f->spec.charges = 1;
    f->spec.shift = 0;
    group(f, 600, 0);
    for (int threaded = 0; threaded < 2; threaded++) {
        struct seen seen = {.next = 2, .unreadable = 602};
        assert_int_equal(read_on(f, &seen, f->spec.last, threaded), FAULT_NONE);
        assert_int_equal(seen.next, 603);
    }
}

/* Hashes that are right, over what nobody can decode. */
static void test_unreadable(void **state)
{
    struct rig *f = *state;
    group(f, 1, 0);
    group(f, 600, 0);
    f->spec.charges = 0;
    unreadable(f);
}

static void test_decision_of_another(void **state)
{
    struct rig *f = *state;
    group(f, 1, 0);
    group(f, 600, 0);
    f->spec.shift = 1;
    unreadable(f);
}

static void test_damage(void **state)
{
    struct rig *f = *state;
    group(f, 1, 0);
    group(f, 700, 0);
    batches(f, 3);
    group(f, 5, 0);
    group(f, 9, 712); /* the third of them */
    group(f, 700, 0);
    for (int threaded = 0; threaded < 2; threaded++) {
        struct seen seen = {.next = 2};
        assert_int_equal(read_on(f, &seen, f->spec.last, threaded), FAULT_CORRUPT);
        assert_int_equal(seen.next, 710); /* all before its group */
        assert_string_equal(seen.detail, "entry 712 does not match its leaf");

        /* Nobody hears of it who had enough before, be it at the last entry in front. */
        static const uint64_t stops[] = {2, 514, 701, 704, 709};
        for (size_t i = 0; i < COUNT(stops); i++) {
            seen = (struct seen){.next = 2, .stop = stops[i]};
            assert_int_equal(read_on(f, &seen, f->spec.last, threaded), FAULT_NONE);
            assert_int_equal(seen.next, stops[i] + 1);
        }
        seen = (struct seen){.next = 709};
        assert_int_equal(read_on(f, &seen, 709, threaded), FAULT_NONE);
        assert_int_equal(seen.next, 710);
    }
}

static void leave(int signal)
{
    (void)signal;
    _exit(5);
}

static bool nothing(void *arg, const struct ahead_entry *e)
{
    (void)arg;
    return e->readable;
}

/* Open the journal, have its file cut, and read: never returns. */
static void read_cut(const struct rig *f, bool threaded)
{
    const struct journal_options o = {.map_bytes = MAP, .allow_unsafe_fs = true};
    struct sigaction bus = {.sa_handler = leave};
    struct ahead_options read = {
        .digest_key = digest_key, .from = 2, .to = f->spec.last, .threaded = threaded};
    char detail[AHEAD_DETAIL_BYTES], file[512];
    snprintf(file, sizeof(file), "%s/data.mdb", f->path);
    if (sigaction(SIGBUS, &bus, NULL) != 0 || journal_open(f->path, &o, &read.journal) != 0 ||
        truncate(file, 16384) != 0)
        _exit(1);
    (void)ahead_read(&read, nothing, NULL, detail);
    _exit(2);
}

/* A page that cannot be read ends the process in whatever thread it is met. */
static void bus_error(struct rig *f, bool threaded)
{
    int status;
    group(f, 1, 0);
    batches(f, 9);
    journal_close(f->journal);
    f->journal = NULL;
    const pid_t pid = fork();
    if (pid == 0)
        read_cut(f, threaded);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
}

static void test_bus_error(void **state)
{
    bus_error(*state, false);
}

static void test_bus_error_ahead(void **state)
{
    bus_error(*state, true);
}

/* Memory and threads that are not to be had, for the caller and for the reader. */
static void test_out_of_memory(void **state)
{
    struct rig *f = *state;
    static const size_t refused[] = {1, LIMIT_BATCH_ITEMS, LIMIT_GROUP_ENTRIES};
    group(f, 1, 0);
    group(f, 20, 0);
    for (int threaded = 0; threaded < 2; threaded++)
        for (size_t i = 0; i < COUNT(refused); i++) {
            struct seen seen = {.next = 2};
            refused_count = refused[i];
            no_threads = refused[i] != LIMIT_GROUP_ENTRIES; /* it does not come so far */
            assert_int_equal(read_on(f, &seen, 21, threaded), FAULT_MEMORY);
            assert_string_equal(seen.detail, "out of memory");
            assert_int_equal(seen.next, 2);
        }
    struct seen seen = {.next = 2};
    refused_count = 0;
    no_threads = true;
    assert_int_equal(read_on(f, &seen, 21, true), FAULT_MEMORY);
    assert_int_equal(seen.next, 2);
    assert_int_equal(read_on(f, &seen, 21, false), FAULT_NONE);
    assert_int_equal(seen.next, 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_to, setup, teardown),
        cmocka_unit_test_setup_teardown(test_enough, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decision_of_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bus_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bus_error_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
