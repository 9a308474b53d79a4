/* model_time.c - the model's calendar: libc's time zone and the holidays by their definitions. */
#include <time.h>

#include "tests/support/model_state.h"

#define MS_PER_MINUTE 60000
#define MS_PER_DAY    86400000

/* Days by counting months and years one by one would be slowest; UTC of libc is slow enough. */
int32_t model_day(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return (int32_t)(timegm(&tm) / 86400);
}

struct m_date m_date_of(int day)
{
    time_t t = (time_t)day * 86400;
    struct tm tm;
    gmtime_r(&t, &tm);
    return (struct m_date){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
}

int m_month(int day)
{
    struct m_date d = m_date_of(day);
    return d.year * 12 + d.month - 1;
}

int m_month_first(int month)
{
    return model_day(month / 12, month % 12 + 1, 1);
}

int m_month_days(int month)
{
    return m_month_first(month + 1) - m_month_first(month);
}

int m_weekday(int day)
{
    time_t t = (time_t)day * 86400;
    struct tm tm;
    gmtime_r(&t, &tm);
    return tm.tm_wday == 0 ? 7 : tm.tm_wday;
}

static bool local(int64_t time_ms, struct tm *tm)
{
    int64_t seconds = time_ms / 1000 - (time_ms % 1000 < 0 ? 1 : 0);
    time_t t = (time_t)seconds;
    return localtime_r(&t, tm) != NULL;
}

int m_local_day(int64_t time_ms)
{
    if (time_ms < (int64_t)(LIMIT_DAY_FIRST + 1) * MS_PER_DAY)
        return -DAY_OPEN;
    if (time_ms > (int64_t)LIMIT_DAY_LAST * MS_PER_DAY)
        return DAY_OPEN - 1;
    struct tm tm;
    if (!local(time_ms, &tm))
        abort();
    return model_day(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

int32_t model_local_day(int64_t time_ms)
{
    return m_local_day(time_ms);
}

int64_t model_instant(int32_t day, int hour, int minute)
{
    struct m_date d = m_date_of(day);
    struct tm tm = {.tm_year = d.year - 1900,
                    .tm_mon = d.month - 1,
                    .tm_mday = d.day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_isdst = -1};
    return (int64_t)mktime(&tm) * 1000;
}

int64_t m_midnight(int day)
{
    return model_instant(day, 0, 0);
}

/* Gauss's Easter Sunday, in the form of the Nautical Almanac. */
static int easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int n = (a + 11 * h + 22 * l) / 451;
    int sum = h + l - 7 * n + 114;
    return model_day(year, sum / 31, sum % 31 + 1);
}

/* The first `weekday` on or after a date. */
static int first_on(int day, int weekday)
{
    while (m_weekday(day) != weekday)
        day++;
    return day;
}

static bool public_holiday(int day)
{
    int year = m_date_of(day).year;
    int easter_day = easter(year);
    const int holidays[] = {
        model_day(year, 1, 1),                /* New Year */
        model_day(year, 1, 6),                /* Epiphany */
        easter_day - 2,                       /* Good Friday */
        easter_day,                           /* Easter Sunday */
        easter_day + 1,                       /* Easter Monday */
        model_day(year, 5, 1),                /* May Day */
        easter_day + 39,                      /* Ascension */
        easter_day + 49,                      /* Whit Sunday */
        first_on(model_day(year, 6, 20), 6),  /* Midsummer Day */
        first_on(model_day(year, 10, 31), 6), /* All Saints */
        model_day(year, 12, 6),               /* Independence Day */
        model_day(year, 12, 25),
        model_day(year, 12, 26),
    };
    for (size_t i = 0; i < sizeof(holidays) / sizeof(holidays[0]); i++)
        if (holidays[i] == day)
            return true;
    return false;
}

int m_day_kind(int day)
{
    if (m_weekday(day) == 7 || public_holiday(day))
        return SALDO__V1__DAY_KIND__HOLIDAY;
    if (m_weekday(day + 1) != 7 && public_holiday(day + 1))
        return SALDO__V1__DAY_KIND__HOLIDAY_EVE;
    if (m_weekday(day) == 6)
        return SALDO__V1__DAY_KIND__SATURDAY;
    return SALDO__V1__DAY_KIND__WEEKDAY;
}

static bool bank_day(int day)
{
    int year = m_date_of(day).year;
    int midsummer_eve = first_on(model_day(year, 6, 20), 6) - 1;
    return m_weekday(day) <= 5 && !public_holiday(day) && day != model_day(year, 12, 24) &&
           day != midsummer_eve;
}

int m_bank_day_from(int day)
{
    while (!bank_day(day))
        day++;
    return day;
}

int m_window_first(int day)
{
    return m_month_first(m_month(day)) - 60;
}

/* The first of the first month whose window starts behind the last day of `month`. */
int m_lapse_day(int month)
{
    int last = m_month_first(month + 1) - 1;
    int later = month + 1;
    while (m_window_first(m_month_first(later)) <= last)
        later++;
    return m_month_first(later);
}

static bool minute_in_windows(const struct model *m, int organiser, const char *rate_class,
                              int kind, int minute)
{
    for (size_t i = 0; i < m->windows_count; i++) {
        const struct m_window *w = &m->windows[i];
        if (w->organiser == organiser && strcmp(w->rate_class, rate_class) == 0 &&
            w->kind == kind && w->from <= minute && minute < w->to)
            return true;
    }
    return false;
}

/* Clocks change on the hour, so one question to libc serves the minutes up to the next one. */
bool m_minutes_in_windows(const struct model *m, int organiser, const char *rate_class,
                          int64_t start_ms, int64_t end_ms)
{
    if (end_ms - start_ms > (int64_t)62 * MS_PER_DAY)
        return false;
    struct tm tm = {.tm_min = 59};
    int kind = 0;
    for (int64_t t = start_ms - start_ms % MS_PER_MINUTE; t < end_ms; t += MS_PER_MINUTE) {
        if (++tm.tm_min == 60 || kind == 0) {
            if (!local(t, &tm))
                return false;
            kind = m_day_kind(m_local_day(t));
        }
        if (!minute_in_windows(m, organiser, rate_class, kind, tm.tm_hour * 60 + tm.tm_min))
            return false;
    }
    return true;
}
