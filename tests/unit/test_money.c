/* Rounding and shares: the worked examples of the rules, the edges, and what must hold always. */
#include "money.h"
#include "tests/support/dice.h"
#include "tests/support/unit.h"

static void test_times(void **state)
{
    (void)state;
    static const struct {
        int64_t per_unit;
        int64_t quantity;
        bool is_hour;
        int64_t want; /* -1: refused */
    } rows[] = {
        {3800, 120, true, 7600},
        {2283, 150, true, 5708}, /* 57.075 half up */
        {3601, 20, true, 1200},  /* 12.00333 */
        {3999, 20, true, 1333},
        {3601, 60, true, 3601},
        {1, 29, true, 0},
        {1, 30, true, 1},
        {1, 89, true, 1},
        {1, 90, true, 2},
        {2500, 1, false, 2500},
        {0, 5, false, 0},
        {5, 0, true, 0},
        {-1, 1, false, -1},
        {1, -1, false, -1},
        {INT64_MAX, 1, false, INT64_MAX},
        {INT64_MAX, 2, false, -1},
        {INT64_MAX, 60, true, INT64_MAX}, /* only the result has to fit */
        {INT64_MAX, 61, true, -1},
        {INT64_MAX, INT64_MAX, true, -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t cents = -1;
        bool fits = money_times(rows[i].per_unit, rows[i].quantity, rows[i].is_hour, &cents);
        assert_int_equal(fits, rows[i].want >= 0);
        assert_int_equal(cents, rows[i].want);
    }
}

static void test_part(void **state)
{
    (void)state;
    int64_t part;
    assert_true(money_part(6390, 16, 31, &part));
    assert_int_equal(part, 3298);
    assert_true(money_part(1, 1, 2, &part));
    assert_int_equal(part, 1);
    assert_true(money_part(1, 1, 3, &part));
    assert_int_equal(part, 0);
    assert_true(money_part(10000, 31, 31, &part));
    assert_int_equal(part, 10000);
    assert_false(money_part(-1, 1, 31, &part));
    assert_false(money_part(1, -1, 31, &part));
    assert_false(money_part(INT64_MAX, 32, 31, &part));
}

/* The result is the whole number nearest to the exact one, and the upper of two. */
static void test_part_is_nearest(void **state)
{
    (void)state;
    struct dice d = dice_of_environment();
    for (int i = 0; i < 200000; i++) {
        int64_t cents = dice_below(&d, 1000000);
        int64_t days = dice_below(&d, 400);
        int64_t of_days = 1 + dice_below(&d, 366);
        int64_t part;
        assert_true(money_part(cents, days, of_days, &part));
        assert_true(of_days * (2 * part - 1) <= 2 * cents * days);
        assert_true(2 * cents * days < of_days * (2 * part + 1));
    }
}

static void test_shares(void **state)
{
    (void)state;
    static const struct {
        struct share_terms terms;
        int64_t county;
        int64_t copay;
    } rows[] = {
        /* rule, hour, price, unit value, copay, quantity */
        {{SHARE_VALUE_FIRST, false, 2500, 1500, -1, 1}, 1500, 1000},
        {{SHARE_VALUE_FIRST, false, 11000, 12000, -1, 1}, 11000, 0},
        {{SHARE_VALUE_FIRST, false, 13000, 12000, -1, 1}, 12000, 1000},
        {{SHARE_VALUE_FIRST, true, 4000, 2283, -1, 150}, 5708, 4292},
        {{SHARE_VALUE_FIRST, true, 4500, 4320, -1, 60}, 4320, 180},
        {{SHARE_VALUE_FIRST, true, 8000, 7200, -1, 60}, 7200, 800},
        {{SHARE_VALUE_FIRST, false, 17000, 12000, -1, 1}, 12000, 5000},
        {{SHARE_COPAY_FIRST, false, 17000, 12000, 4150, 1}, 12850, 4150},
        {{SHARE_VALUE_FIRST, true, 3200, 3200, -1, 180}, 9600, 0},
        {{SHARE_VALUE_FIRST, true, 3999, 3601, -1, 20}, 1200, 133},
        {{SHARE_VALUE_FIRST, true, 3999, 3601, -1, 60}, 3601, 398},
        {{SHARE_VALUE_FIRST, true, 3800, -1, -1, 120}, 7600, 0}, /* no value: all of it */
        {{SHARE_VALUE_FIRST, false, 3800, 0, -1, 2}, 0, 7600},   /* a value of nothing is one */
        {{SHARE_COPAY_FIRST, false, 3800, 100, -1, 2}, 7600, 0},
        {{SHARE_COPAY_FIRST, false, 3800, 100, 5000, 2}, 0, 7600}, /* at most the total */
        {{SHARE_COPAY_FIRST, true, 4000, -1, 999, 25}, 1251, 416},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shares s;
        assert_true(shares_of(&rows[i].terms, &s));
        assert_int_equal(s.county, rows[i].county);
        assert_int_equal(s.copay, rows[i].copay);
        assert_int_equal(s.total, rows[i].county + rows[i].copay);
    }
}

static void test_shares_refused(void **state)
{
    (void)state;
    static const struct share_terms rows[] = {
        {SHARE_VALUE_FIRST, false, -1, -1, -1, 1},
        {SHARE_VALUE_FIRST, false, 100, -1, -1, -1},
        {SHARE_VALUE_FIRST, false, INT64_MAX, -1, -1, 2},
        {SHARE_VALUE_FIRST, false, 100, -2, -1, 1},
        {SHARE_VALUE_FIRST, false, 100, INT64_MAX, -1, 2},
        {SHARE_COPAY_FIRST, false, 100, -1, -2, 1},
        {SHARE_COPAY_FIRST, false, 100, -1, INT64_MAX, 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shares s = {7, 7, 7};
        assert_false(shares_of(&rows[i], &s));
        assert_int_equal(s.total + s.county + s.copay, 21); /* nothing half-written */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),           cmocka_unit_test(test_part),
        cmocka_unit_test(test_part_is_nearest), cmocka_unit_test(test_shares),
        cmocka_unit_test(test_shares_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
