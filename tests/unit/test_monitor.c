/* The monitor's thread beside those that count: pages are read by several at once while figures are
 * written, no counter runs backwards, and a stop in the middle of it ends. `make tsan` looks at it
 * too. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "monitor/monitor.h"
#include "tests/support/unit.h"
#include "top/scrape.h"

enum { READERS = 3, SCRAPES = 60 };

struct fixture {
    struct figures *figures;
    struct monitor *monitor;
    char address[32];
    atomic_bool stop;
};

/* A port that was free a moment ago. */
static void free_address(char address[32])
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&a, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    snprintf(address, 32, "127.0.0.1:%u", ntohs(a.sin_port));
}

static int setup(void **state)
{
    static const struct metrics_facts facts = {.version = "1", .first_day = 20000};
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->figures = figures_new();
    assert_non_null(f->figures);
    free_address(f->address);
    assert_int_equal(monitor_start(f->address, f->figures, &facts, &f->monitor), FAULT_NONE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    monitor_stop(f->monitor);
    free(f->figures);
    free(f);
    return 0;
}

/* ---- Who counts: a thread for each part of the figures ---- */

static void *network(void *arg)
{
    struct fixture *f = arg;
    struct figures *g = f->figures;
    for (int64_t i = 1; !atomic_load(&f->stop); i++) {
        figures_add(&g->replies, 1);
        figures_add(&g->refused[i % FIGURES_CODES], 1);
        FIGURES_SET(&g->queue_moved_us, i);
        FIGURES_SET(&g->network_seen_us, i);
    }
    return NULL;
}

static void *ledger(void *arg)
{
    struct fixture *f = arg;
    struct figures *g = f->figures;
    for (int64_t i = 1; !atomic_load(&f->stop); i++) {
        figures_add(&g->answers[FIGURES_CHARGE][i % FIGURES_CODES], 1);
        figures_add(&g->duplicates, 1);
        FIGURES_SET(&g->last, (uint64_t)i);
        FIGURES_SET(&g->ledger_seen_us, i);
    }
    return NULL;
}

static void *journal(void *arg)
{
    struct fixture *f = arg;
    struct figures *g = f->figures;
    for (uint64_t i = 1; !atomic_load(&f->stop); i++) {
        figures_put(&g->commit_us, figures_commit_us_bounds, i % 100000);
        figures_put(&g->commit_entries, figures_commit_entries_bounds, i % 5000);
        FIGURES_SET(&g->durable, i);
        FIGURES_SET(&g->journal_seen_us, (int64_t)i);
    }
    return NULL;
}

typedef void *thread_body(void *);
static thread_body *const writers[] = {network, ledger, journal};

/* ---- Who reads ---- */

/* What only grows, one of each writer. */
static const char *const counters[] = {"saldo_replies_total", "saldo_duplicates_total",
                                       "saldo_commit_seconds_count"};

static void *reader(void *arg)
{
    const struct fixture *f = arg;
    struct scrape *s = calloc(1, sizeof(*s));
    double seen[COUNT(counters)] = {0};
    uintptr_t good = s != NULL;
    for (int i = 0; good && i < SCRAPES; i++) {
        good = scrape_take(s, f->address);
        if (!good)
            fprintf(stderr, "%s\n", s->error);
        for (size_t c = 0; good && c < COUNT(counters); c++) {
            const double now = scrape_value(s, counters[c]);
            good = now >= seen[c];
            seen[c] = now;
        }
    }
    good = good && seen[0] > 0 && seen[1] > 0 && seen[2] > 0;
    free(s);
    return (void *)good;
}

/* Asks until nobody answers. */
static void *reader_to_the_end(void *arg)
{
    const struct fixture *f = arg;
    struct scrape *s = calloc(1, sizeof(*s));
    while (s != NULL && scrape_take(s, f->address))
        ;
    free(s);
    return NULL;
}

static void test_read_while_written(void **state)
{
    struct fixture *f = *state;
    pthread_t w[COUNT(writers)], r[READERS];
    void *good;
    for (size_t i = 0; i < COUNT(writers); i++)
        assert_int_equal(pthread_create(&w[i], NULL, writers[i], f), 0);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&r[i], NULL, reader, f), 0);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(r[i], &good), 0);
        assert_non_null(good);
    }
    atomic_store(&f->stop, true);
    for (size_t i = 0; i < COUNT(writers); i++)
        assert_int_equal(pthread_join(w[i], NULL), 0);
}

static void test_stopped_while_read(void **state)
{
    struct fixture *f = *state;
    const struct timespec pause = {0, 200000000};
    pthread_t w, r;
    assert_int_equal(pthread_create(&w, NULL, ledger, f), 0);
    assert_int_equal(pthread_create(&r, NULL, reader_to_the_end, f), 0);
    nanosleep(&pause, NULL);
    monitor_stop(f->monitor);
    f->monitor = NULL;
    assert_int_equal(pthread_join(r, NULL), 0);
    atomic_store(&f->stop, true);
    assert_int_equal(pthread_join(w, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read_while_written, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stopped_while_read, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
