/* Shares, voucher numbers, days, instants and ids, as a caller of libsaldo sees them. */
#include <limits.h>
#include <time.h>

#include "saldo.h"
#include "tests/support/unit.h"

/* The worked examples of the rules, in cents and minutes. */
static void test_shares(void **state)
{
    static const struct {
        struct saldo_terms terms;
        int64_t county;
        int64_t copay;
    } rows[] = {
        {{false, false, 2500, 1500, 0, 1}, 1500, 1000},
        {{false, false, 11000, 12000, 0, 1}, 11000, 0},
        {{false, false, 13000, 12000, 0, 1}, 12000, 1000},
        {{false, true, 3800, -1, 0, 120}, 7600, 0},
        {{false, true, 4000, 2283, 0, 150}, 5708, 4292},
        {{false, true, 4500, 4320, 0, 60}, 4320, 180},
        {{false, true, 8000, 7200, 0, 60}, 7200, 800},
        {{false, false, 17000, 12000, 0, 1}, 12000, 5000},
        {{true, false, 17000, -1, 4150, 1}, 12850, 4150},
        {{true, false, 3000, -1, 4150, 1}, 0, 3000},
        {{true, false, 3000, -1, -1, 1}, 3000, 0},
        {{false, true, 3200, 3200, 0, 180}, 9600, 0},
        {{false, true, 3999, 3601, 0, 20}, 1200, 133},
        {{false, true, 3999, 3601, 0, 60}, 3601, 398},
        {{false, false, 0, 0, 0, 5}, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t county = -1;
        int64_t copay = -1;
        assert_true(saldo_shares(&rows[i].terms, &county, &copay));
        assert_int_equal(county, rows[i].county);
        assert_int_equal(copay, rows[i].copay);
    }
}

static void test_shares_that_do_not_fit(void **state)
{
    static const struct saldo_terms rows[] = {
        {false, false, INT64_MAX, -1, 0, 2},
        {false, false, -1, -1, 0, 1},
        {false, false, 100, -1, 0, -1},
        {false, false, 100, INT64_MAX, 0, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t county = 7;
        int64_t copay = 7;
        assert_false(saldo_shares(&rows[i], &county, &copay));
        assert_int_equal(county, 7);
        assert_int_equal(copay, 7);
    }
}

static void test_voucher(void **state)
{
    static const char *const wrong[] = {"000100116X", "000100116j", "00010011J", "0001001166J",
                                        "000100161J", "",           "00010011 J"};
    (void)state;
    assert_true(saldo_voucher_valid("000100116J"));
    assert_true(saldo_voucher_valid("0001000370"));
    assert_true(saldo_voucher_valid("000100278S"));
    assert_false(saldo_voucher_valid(NULL));
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(saldo_voucher_valid(wrong[i]));
}

static void test_days(void **state)
{
    static const struct {
        const char *text;
        int32_t day;
    } rows[] = {{"1970-01-01", 0},
                {"2018-09-01", 17775},
                {"2024-02-29", 19782},
                {"2100-12-31", 47846},
                {"1969-12-31", -1}};
    static const char *const wrong[] = {
        "2018-9-1",    "2018-02-29", "2018-13-01", "2018-00-10", "2018-09-31", "2018-09-01 ",
        " 2018-09-01", "20180901",   "2018-09-0a", "",           "0000-01-01"};
    char text[11];
    int32_t day;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(saldo_day_parse(rows[i].text, &day));
        assert_int_equal(day, rows[i].day);
        saldo_day_format(day, text);
        assert_string_equal(text, rows[i].text);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(saldo_day_parse(wrong[i], &day));
    assert_false(saldo_day_parse(NULL, &day));
    saldo_day_format(INT32_MAX, text); /* no date of four digits: not half of one */
    assert_string_equal(text, "0000-00-00");
}

static void test_every_day_comes_back(void **state)
{
    (void)state;
    for (int32_t day = 9496; day <= 47846; day++) {
        char text[11];
        int32_t back;
        saldo_day_format(day, text);
        assert_true(saldo_day_parse(text, &back));
        assert_int_equal(back, day);
    }
}

static void test_instants(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2018-09-01T00:00:00+03:00", 1535749200000},
        {"2018-08-31T21:00:00Z", 1535749200000},
        {"2018-08-31T17:30:00-03:30", 1535749200000},
        {"2018-08-31T21:00:00.5Z", 1535749200500},
        {"2018-08-31T21:00:00.123456789Z", 1535749200123},
        {"1969-12-31T23:59:59.999Z", -1},
    };
    static const char *const wrong[] = {"2018-09-01",
                                        "2018-09-01T00:00:00",
                                        "2018-09-01 00:00:00Z",
                                        "2018-09-01T24:00:00Z",
                                        "2018-09-01T00:60:00Z",
                                        "2018-09-01T00:00:60Z",
                                        "2018-09-01T00:00:00+3:00",
                                        "2018-09-01T00:00:00+03:60",
                                        "2018-09-01T00:00:00+24:00",
                                        "2018-09-01T00:00:00.Z",
                                        "2018-09-01T00:00:00.1234567890Z",
                                        "2018-09-01T00:00:00ZZ",
                                        "2018-02-30T00:00:00Z",
                                        "2018-09-01T00:00:00+0300",
                                        "",
                                        "T"};
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(saldo_time_parse(rows[i].text, &ms));
        assert_int_equal(ms, rows[i].ms);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(saldo_time_parse(wrong[i], &ms));
    assert_false(saldo_time_parse(NULL, &ms));
}

static int64_t time_of(const uint8_t id[16])
{
    int64_t ms = 0;
    for (unsigned i = 0; i < 6; i++)
        ms = ms << 8 | id[i];
    return ms;
}

static void test_request_ids(void **state)
{
    uint8_t a[16];
    uint8_t b[16];
    (void)state;
    saldo_request_id_at(1535749200123, a);
    saldo_request_id_at(1535749200123, b);
    assert_int_equal(time_of(a), 1535749200123);
    assert_memory_equal(a, b, 6);
    assert_memory_not_equal(a + 6, b + 6, 10);
    int64_t before = (int64_t)time(NULL) * 1000 - 1000;
    saldo_request_id(a);
    assert_in_range(time_of(a), before, before + 60000);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(saldo_outcome_name(0), "ACCEPTED");
    assert_string_equal(saldo_outcome_name(53), "INSUFFICIENT_BALANCE");
    assert_string_equal(saldo_outcome_name(9999), "UNKNOWN");
    assert_non_null(saldo_outcome_text(-1));
    for (int e = SALDO_OK; e <= SALDO_ERROR_PROTOCOL; e++)
        assert_string_not_equal(saldo_error_text((enum saldo_error)e), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_shares_that_do_not_fit),
        cmocka_unit_test(test_voucher),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_every_day_comes_back),
        cmocka_unit_test(test_instants),
        cmocka_unit_test(test_request_ids),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
