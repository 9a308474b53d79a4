/* The calendar against the C library's time zones, a walk through every day, and the vectors. */
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "calendar.h"
#include "tests/support/unit.h"
#include "tests/support/vectors.h"

#define DAY_MS INT64_C(86400000)

static int32_t day_of(int32_t year, int32_t month, int32_t day)
{
    return calendar_day((struct date){year, month, day});
}

/* ---- Every day, counted on the fingers --------------------------------------------------------
 */

struct walk {
    int32_t day;
    int year;
    int month;
    int date;
    int weekday;
};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static void walk_on(struct walk *w)
{
    w->day++;
    w->weekday = w->weekday % 7 + 1;
    if (++w->date <= month_days(w->year, w->month))
        return;
    w->date = 1;
    if (++w->month <= 12)
        return;
    w->month = 1;
    w->year++;
}

static const struct walk WALK_START = {LIMIT_DAY_FIRST, 1996, 1, 1, 1};

static void test_every_day(void **state)
{
    (void)state;
    struct walk w = WALK_START;
    for (; w.day <= LIMIT_DAY_LAST; walk_on(&w)) {
        struct date d = calendar_date(w.day);
        assert_int_equal(d.year, w.year);
        assert_int_equal(d.month, w.month);
        assert_int_equal(d.day, w.date);
        assert_int_equal(calendar_day(d), w.day);
        assert_int_equal(calendar_weekday(w.day), w.weekday);
        assert_true(calendar_date_valid(d));
        int32_t month = w.year * 12 + w.month - 1;
        assert_int_equal(calendar_month(w.day), month);
        assert_int_equal(calendar_month_first(month), w.day - w.date + 1);
        assert_int_equal(calendar_month_last(month), w.day - w.date + month_days(w.year, w.month));
    }
    assert_int_equal(w.year, 2101);
    assert_int_equal(w.month * 100 + w.date, 101);
}

static void test_date_valid(void **state)
{
    (void)state;
    static const struct date wrong[] = {{2026, 0, 1},  {2026, 13, 1},  {2026, 1, 0},
                                        {2026, 1, 32}, {2026, 2, 29},  {1900, 2, 29},
                                        {2026, 4, 31}, {2026, -1, 10}, {0, 1, 1}};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(calendar_date_valid(wrong[i]));
    assert_true(calendar_date_valid((struct date){2000, 2, 29}));
    assert_true(calendar_date_valid((struct date){2028, 2, 29}));
}

/* ---- Holidays ---------------------------------------------------------------------------------
 */

/* Gauss's rule, with his constants for 1900-2099 and 2100-2199 and both exceptions. */
static int32_t gauss_easter(int year)
{
    int n = year < 2100 ? 5 : 6;
    int a = year % 19;
    int d = (19 * a + 24) % 30;
    int e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + n) % 7;
    int march = 22 + d + e;
    if (march == 31 + 26 || (march == 31 + 25 && d == 28 && e == 6 && a > 10))
        march -= 7;
    return march <= 31 ? day_of(year, 3, march) : day_of(year, 4, march - 31);
}

/* The first Saturday on or after a date. */
static int32_t saturday_from(int32_t day)
{
    while ((day + 3) % 7 != 5)
        day++;
    return day;
}

static int holidays_of(int year, int32_t out[16])
{
    int32_t easter = gauss_easter(year);
    const int32_t days[] = {
        day_of(year, 1, 1),
        day_of(year, 1, 6),
        day_of(year, 5, 1),
        day_of(year, 12, 6),
        day_of(year, 12, 25),
        day_of(year, 12, 26),
        easter - 2,
        easter,
        easter + 1,
        easter + 39,
        easter + 49,
        saturday_from(day_of(year, 6, 20)),
        saturday_from(day_of(year, 10, 31)),
    };
    memcpy(out, days, sizeof(days));
    return (int)COUNT(days);
}

static bool listed(int year, int32_t day)
{
    int32_t days[16];
    int count = holidays_of(year, days);
    for (int i = 0; i < count; i++) {
        if (days[i] == day)
            return true;
    }
    return false;
}

static enum day_kind kind_by_rule(const struct walk *w)
{
    bool next_holiday = listed(w->year, w->day + 1) || listed(w->year + 1, w->day + 1);
    if (w->weekday == 7 || listed(w->year, w->day))
        return DAY_KIND_HOLIDAY;
    if (next_holiday && w->weekday != 6)
        return DAY_KIND_EVE;
    return w->weekday == 6 ? DAY_KIND_SATURDAY : DAY_KIND_WEEKDAY;
}

static void test_holidays(void **state)
{
    (void)state;
    for (struct walk w = WALK_START; w.day <= LIMIT_DAY_LAST; walk_on(&w)) {
        assert_int_equal(calendar_is_public_holiday(w.day), listed(w.year, w.day));
        assert_int_equal(calendar_day_kind(w.day), kind_by_rule(&w));
        bool midsummer_eve = w.day == saturday_from(day_of(w.year, 6, 20)) - 1;
        bool christmas_eve = w.month == 12 && w.date == 24;
        bool open = w.weekday <= 5 && !listed(w.year, w.day) && !midsummer_eve && !christmas_eve;
        assert_int_equal(calendar_is_bank_day(w.day), open);
    }
}

static void test_known_days(void **state)
{
    (void)state;
    static const struct {
        struct date date;
        enum day_kind kind;
    } rows[] = {
        {{2026, 4, 2}, DAY_KIND_EVE},       {{2026, 4, 3}, DAY_KIND_HOLIDAY},
        {{2026, 4, 4}, DAY_KIND_SATURDAY},  {{2026, 4, 5}, DAY_KIND_HOLIDAY},
        {{2026, 4, 6}, DAY_KIND_HOLIDAY},   {{2026, 4, 7}, DAY_KIND_WEEKDAY},
        {{2026, 6, 19}, DAY_KIND_EVE},      {{2026, 6, 20}, DAY_KIND_HOLIDAY},
        {{2026, 12, 5}, DAY_KIND_SATURDAY}, {{2026, 12, 24}, DAY_KIND_EVE},
        {{2026, 12, 31}, DAY_KIND_EVE},     {{2018, 11, 2}, DAY_KIND_EVE},
        {{2018, 11, 3}, DAY_KIND_HOLIDAY},  {{2018, 12, 5}, DAY_KIND_EVE},
        {{2038, 4, 25}, DAY_KIND_HOLIDAY},  {{2100, 3, 26}, DAY_KIND_HOLIDAY},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(calendar_day_kind(calendar_day(rows[i].date)), rows[i].kind);
}

/* ---- The clock on the wall --------------------------------------------------------------------
 */

static void check_instant(int64_t time_ms)
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm tm;
    localtime_r(&seconds, &tm);
    assert_int_equal(calendar_local_day(time_ms),
                     day_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday));
    assert_int_equal(calendar_local_ms(time_ms),
                     ((tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec) * 1000 + time_ms % 1000);
}

/* A local time as the C library understands it; it, too, shifts forward in the gap. */
static int64_t libc_instant(const struct walk *w, int minute, int is_dst)
{
    struct tm tm = {.tm_year = w->year - 1900,
                    .tm_mon = w->month - 1,
                    .tm_mday = w->date,
                    .tm_hour = minute / 60,
                    .tm_min = minute % 60,
                    .tm_isdst = is_dst};
    return (int64_t)mktime(&tm) * 1000;
}

/* The first of two instants, and after the gap when there is none. */
static int64_t libc_first(const struct walk *w, int minute)
{
    int64_t summer = libc_instant(w, minute, 1);
    time_t seconds = (time_t)(summer / 1000);
    struct tm tm;
    localtime_r(&seconds, &tm);
    return tm.tm_isdst > 0 && tm.tm_hour == minute / 60 ? summer : libc_instant(w, minute, 0);
}

static void check_day(const struct walk *w)
{
    int64_t midnight = calendar_midnight_ms(w->day);
    int64_t next = calendar_midnight_ms(w->day + 1);
    int64_t hours = (next - midnight) / 3600000;

    assert_int_equal(midnight, libc_instant(w, 0, -1));
    assert_int_equal((next - midnight) % 3600000, 0);
    check_instant(midnight - 1);
    check_instant(midnight);
    check_instant(midnight + DAY_MS / 2 + 123);
    if (hours == 24)
        return;
    assert_true(hours == (w->month == 3 ? 23 : 25));
    assert_true(w->month == 3 || w->month == 10);
    for (int64_t t = midnight; t < next; t += 600000)
        check_instant(t);
    for (int minute = 0; minute < 1440; minute += 10)
        assert_int_equal(calendar_instant_ms(w->day, minute), libc_first(w, minute));
}

static void check_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
    int changes = 0;
    for (struct walk w = WALK_START; w.day <= LIMIT_DAY_LAST; walk_on(&w)) {
        check_day(&w);
        changes += calendar_midnight_ms(w.day + 1) - calendar_midnight_ms(w.day) != DAY_MS;
    }
    assert_int_equal(changes, 2 * (2100 - 1996 + 1));
}

static void test_against_libc(void **state)
{
    (void)state;
    check_zone("EET-2EEST,M3.5.0/3,M10.5.0/4");
    if (access("/usr/share/zoneinfo/Europe/Helsinki", R_OK) == 0)
        check_zone("Europe/Helsinki");
    else
        print_message("no tzdata here: only the rule of the European Union was compared\n");
}

/* ---- Windows and vectors ----------------------------------------------------------------------
 */

static int32_t parse_day(const char *text)
{
    struct date d;
    assert_int_equal(sscanf(text, "%d-%d-%d", &d.year, &d.month, &d.day), 3);
    return calendar_day(d);
}

static int64_t parse_local(const char *text)
{
    int hour;
    int minute;
    assert_int_equal(sscanf(text + 11, "%d:%d", &hour, &minute), 2);
    return calendar_instant_ms(parse_day(text), hour * 60 + minute);
}

static void bank_day_row(const struct vector *v)
{
    assert_int_equal(calendar_next_bank_day(parse_day(v->value)), parse_day(v->expect));
}

static void dst_row(const struct vector *v)
{
    const char *slash = strchr(v->value, '/');
    int64_t from = slash ? parse_local(v->value) : calendar_midnight_ms(parse_day(v->value));
    int64_t to = slash ? parse_local(slash + 1) : calendar_midnight_ms(parse_day(v->value) + 1);
    int hours = atoi(v->expect + strcspn(v->expect, "0123456789"));
    assert_int_equal(to - from, hours * INT64_C(3600000));
}

static void window_row(const struct vector *v)
{
    assert_int_equal(calendar_window_first(parse_day(v->value)),
                     parse_day(v->expect + strlen("first=")));
}

static void test_vectors(void **state)
{
    (void)state;
    assert_int_equal(vectors_each("bankday", bank_day_row), 5);
    assert_int_equal(vectors_each("dst", dst_row), 4);
    assert_int_equal(vectors_each("window", window_row), 3);
}

/* A month lapses on the first day whose window begins after it. */
static void test_lapse(void **state)
{
    (void)state;
    assert_int_equal(calendar_month_lapse(2026 * 12 + 2), day_of(2026, 6, 1));
    for (int32_t month = 1996 * 12; month < 2100 * 12; month++) {
        int32_t lapse = calendar_month_lapse(month);
        assert_true(calendar_window_first(lapse) > calendar_month_last(month));
        assert_true(calendar_window_first(lapse - 1) <= calendar_month_last(month));
    }
}

/* Anything may stand in a signed request; nothing in here may trap on it. */
static void test_any_argument(void **state)
{
    (void)state;
    static const int32_t days[] = {INT32_MIN, INT32_MIN + 1, -1, 0, INT32_MAX - 1, INT32_MAX};
    static const int64_t times[] = {INT64_MIN, -1, 0, INT64_MAX};
    for (size_t i = 0; i < COUNT(days); i++) {
        int32_t month = calendar_month(days[i]);
        assert_int_equal(calendar_day(calendar_date(days[i])), days[i]);
        assert_in_range(calendar_weekday(days[i]), 1, 7);
        assert_true(calendar_month_first(month) <= days[i]);
        assert_true(calendar_month_last(month) >= days[i]);
        (void)calendar_month_first(days[i]);
        (void)calendar_month_last(days[i]);
        (void)calendar_month_lapse(days[i]);
        (void)calendar_window_first(days[i]);
        (void)calendar_midnight_ms(days[i]);
        (void)calendar_day_kind(days[i]);
        (void)calendar_next_bank_day(days[i]);
        (void)calendar_day((struct date){days[i], 13, 99});
    }
    for (size_t i = 0; i < COUNT(times); i++) {
        (void)calendar_local_day(times[i]);
        assert_in_range(calendar_local_ms(times[i]), 0, DAY_MS - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),    cmocka_unit_test(test_date_valid),
        cmocka_unit_test(test_holidays),     cmocka_unit_test(test_known_days),
        cmocka_unit_test(test_against_libc), cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_lapse),        cmocka_unit_test(test_any_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
