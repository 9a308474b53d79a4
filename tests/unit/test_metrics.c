/* Figures: histograms, what they say about health, and when a night is late. The whole page is
 * parsed strictly by scenario/test_monitor.sh. */
#include "calendar.h"
#include "monitor/metrics.h"
#include "outcome.h"
#include "tests/support/unit.h"

#define MADE 20000 /* local day on which the ledger was made */
#define HOUR 3600000

struct fixture {
    struct figures *figures;
    struct metrics_facts facts;
    struct metrics_now now;
    char *page;
};

/* Everything well: an hour after the midnight that ended the first day, which is not settled. */
static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->figures = figures_new();
    f->page = malloc(METRICS_BYTES);
    assert_non_null(f->figures);
    assert_non_null(f->page);
    f->facts = (struct metrics_facts){
        .version = "1", .first_day = MADE, .night_late_ms = (int64_t)6 * HOUR};
    f->now = (struct metrics_now){calendar_midnight_ms(MADE + 1) + HOUR, 100000000};
    FIGURES_SET(&f->figures->ledger_seen_us, 99000000);
    FIGURES_SET(&f->figures->journal_seen_us, 99000000);
    FIGURES_SET(&f->figures->network_seen_us, 99000000);
    FIGURES_SET(&f->figures->queue_moved_us, 99000000);
    FIGURES_SET(&f->figures->gate_ready, 1);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->figures);
    free(f->page);
    free(f);
    return 0;
}

static uint32_t health(const struct fixture *f)
{
    return metrics_health(f->figures, &f->facts, &f->now);
}

static void test_healthy(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(health(f), 0);
    size_t len = metrics_health_write(0, f->page);
    assert_int_equal(len, strlen(f->page));
    assert_string_equal(f->page, "{\"healthy\":true,\"reasons\":[]}\n");
}

static void test_each_ill(void **state)
{
    struct fixture *f = *state;
    struct figures *g = f->figures;
    FIGURES_SET(&g->ledger_seen_us, 84999999);
    assert_int_equal(health(f), METRICS_LEDGER_STUCK);
    FIGURES_SET(&g->ledger_seen_us, 85000000);
    FIGURES_SET(&g->journal_seen_us, 1);
    assert_int_equal(health(f), METRICS_JOURNAL_STUCK);
    FIGURES_SET(&g->journal_seen_us, 99000000);
    FIGURES_SET(&g->queue_moved_us, 1);
    assert_int_equal(health(f), METRICS_QUEUE_STUCK);
    FIGURES_SET(&g->network_seen_us, 1); /* then the queue's figure is old for that reason */
    assert_int_equal(health(f), METRICS_NETWORK_STUCK);
    FIGURES_SET(&g->network_seen_us, 99000000);
    FIGURES_SET(&g->queue_moved_us, 99000000);
    FIGURES_SET(&g->gate_ready, 0);
    FIGURES_SET(&g->read_only, 1);
    FIGURES_SET(&g->stopping, 1);
    assert_int_equal(health(f), METRICS_GATE_DOWN | METRICS_READ_ONLY | METRICS_STOPPING);
    metrics_health_write(health(f), f->page);
    assert_non_null(strstr(f->page, "{\"healthy\":false,\"reasons\":[{\"reason\":\"gate-down\","));
    assert_non_null(strstr(f->page, "},{\"reason\":\"read-only\","));
}

static void test_night(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(metrics_night_late_ms(f->figures, &f->facts, f->now.time_ms), HOUR);
    f->now.time_ms += 5 * HOUR;
    assert_int_equal(health(f), 0);
    f->now.time_ms += 1;
    assert_int_equal(health(f), METRICS_NIGHT_LATE);
    FIGURES_SET(&f->figures->settled_through, MADE);
    assert_int_equal(health(f), 0);
    assert_int_equal(metrics_night_late_ms(f->figures, &f->facts, f->now.time_ms), 0);
    f->now.time_ms = calendar_midnight_ms(MADE + 2) + 6 * HOUR + 1;
    assert_int_equal(health(f), METRICS_NIGHT_LATE);
    f->facts.simulated = true; /* it settles its nights itself ... */
    assert_int_equal(health(f), 0);
    FIGURES_SET(&f->figures->night_refused, 1); /* ... unless it cannot */
    assert_int_equal(health(f), METRICS_NIGHT_LATE);
}

/* The nights in which clocks change: midnight to midnight is 23 or 25 hours. */
static void test_night_of_summer_time(void **state)
{
    struct fixture *f = *state;
    const int32_t spring = calendar_day((struct date){2026, 3, 29});
    const int32_t autumn = calendar_day((struct date){2026, 10, 25});
    FIGURES_SET(&f->figures->settled_through, spring - 1);
    assert_int_equal(
        metrics_night_late_ms(f->figures, &f->facts, calendar_midnight_ms(spring) + 23 * HOUR + 5),
        5);
    FIGURES_SET(&f->figures->settled_through, autumn - 1);
    assert_int_equal(
        metrics_night_late_ms(f->figures, &f->facts, calendar_midnight_ms(autumn) + 25 * HOUR), 0);
}

static void test_histogram(void **state)
{
    struct fixture *f = *state;
    static const uint64_t values[] = {0, 1, 2, 3, 4096, 4097, 1000000};
    for (size_t i = 0; i < COUNT(values); i++)
        figures_put(&f->figures->commit_entries, figures_commit_entries_bounds, values[i]);
    metrics_write(f->figures, &f->facts, &f->now, f->page);
    assert_non_null(strstr(f->page, "saldo_commit_entries_bucket{le=\"1\"} 2\n"));
    assert_non_null(strstr(f->page, "saldo_commit_entries_bucket{le=\"2\"} 3\n"));
    assert_non_null(strstr(f->page, "saldo_commit_entries_bucket{le=\"4\"} 4\n"));
    assert_non_null(strstr(f->page, "saldo_commit_entries_bucket{le=\"4096\"} 5\n"));
    assert_non_null(strstr(f->page, "saldo_commit_entries_bucket{le=\"+Inf\"} 7\n"));
    assert_non_null(strstr(f->page, "saldo_commit_entries_sum 1008199.000000\n"));
    assert_non_null(strstr(f->page, "saldo_commit_entries_count 7\n"));
}

/* The largest page there can be fits. */
static void test_room(void **state)
{
    struct fixture *f = *state;
    f->facts.version = "999.999.999";
    const size_t empty = metrics_write(f->figures, &f->facts, &f->now, f->page);
    memset((void *)f->figures, 0x7f, sizeof(*f->figures));
    const size_t full = metrics_write(f->figures, &f->facts, &f->now, f->page);
    assert_true(full > empty);
    assert_true(full < METRICS_BYTES);
    assert_int_equal(strlen(f->page), full);
    assert_true(metrics_health_write(UINT32_MAX, f->page) < METRICS_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_healthy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_ill, setup, teardown),
        cmocka_unit_test_setup_teardown(test_night, setup, teardown),
        cmocka_unit_test_setup_teardown(test_night_of_summer_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_histogram, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
