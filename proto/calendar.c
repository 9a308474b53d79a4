#include "calendar.h"

#include "base/check.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

enum {
    RECORDING_DAYS = 60, /* back from the first of the month */
    DAY_FAR = 2000000,   /* about the year 7445; instants beyond are taken for this one */
    MINUTES_A_DAY = 1440,
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

static int32_t clamp(int64_t v)
{
    return v < INT32_MIN ? INT32_MIN : v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

/* Days from civil and back: Howard Hinnant's algorithms, with years that begin in March so that
 * the leap day is the last one of its year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = floor_div(year, 400);
    int64_t yoe = year - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

int32_t calendar_day(struct date d)
{
    return clamp(days_of(d.year, d.month, d.day));
}

struct date calendar_date(int32_t day)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t march = (5 * doy + 2) / 153; /* 0 is March */
    int64_t month = march < 10 ? march + 3 : march - 9;
    return (struct date){
        .year = (int32_t)(yoe + era * 400 + (month <= 2 ? 1 : 0)),
        .month = (int32_t)month,
        .day = (int32_t)(doy - (153 * march + 2) / 5 + 1),
    };
}

bool calendar_date_valid(struct date d)
{
    if (d.year < 1 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1)
        return false;
    return d.day <= calendar_date(calendar_month_last(d.year * 12 + d.month - 1)).day;
}

int32_t calendar_month(int32_t day)
{
    struct date d = calendar_date(day);
    return d.year * 12 + d.month - 1;
}

static int64_t month_first(int64_t month)
{
    int64_t year = floor_div(month, 12);
    return days_of(year, month - year * 12 + 1, 1);
}

int32_t calendar_month_first(int32_t month)
{
    return clamp(month_first(month));
}

int32_t calendar_month_last(int32_t month)
{
    return clamp(month_first((int64_t)month + 1) - 1);
}

int32_t calendar_weekday(int32_t day)
{
    int64_t since_monday = (int64_t)day + 3; /* 1970-01-01 was a Thursday */
    return (int32_t)(since_monday - floor_div(since_monday, 7) * 7) + 1;
}

/* Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on that of October. */
static bool is_summer(int64_t time_ms)
{
    struct date d = calendar_date((int32_t)floor_div(time_ms, DAY_MS));
    if (d.month < 3 || d.month > 10)
        return false;
    if (d.month > 3 && d.month < 10)
        return true;
    int32_t last = calendar_day((struct date){d.year, d.month, 31});
    int32_t last_sunday = last - calendar_weekday(last) % 7;
    bool changed = time_ms >= last_sunday * DAY_MS + HOUR_MS;
    return changed == (d.month == 3);
}

/* Local wall time as milliseconds since 1970-01-01 00:00 local. Instants come from outside and
 * may be anything; far ones are brought near enough that all arithmetic fits. */
static int64_t wall_ms(int64_t time_ms)
{
    if (time_ms > DAY_FAR * DAY_MS)
        time_ms = DAY_FAR * DAY_MS;
    if (time_ms < -DAY_FAR * DAY_MS)
        time_ms = -DAY_FAR * DAY_MS;
    return time_ms + (is_summer(time_ms) ? 3 : 2) * HOUR_MS;
}

int32_t calendar_local_day(int64_t time_ms)
{
    return (int32_t)floor_div(wall_ms(time_ms), DAY_MS);
}

int32_t calendar_local_ms(int64_t time_ms)
{
    int64_t wall = wall_ms(time_ms);
    return (int32_t)(wall - floor_div(wall, DAY_MS) * DAY_MS);
}

int64_t calendar_instant_ms(int32_t day, int32_t minute)
{
    CHECK(minute >= 0);
    CHECK(minute < MINUTES_A_DAY);
    if (day > DAY_FAR)
        day = DAY_FAR;
    if (day < -DAY_FAR)
        day = -DAY_FAR;
    int64_t wall = day * DAY_MS + minute * INT64_C(60000);
    /* Summer first: it is the earlier of two, and in the gap it does not hold. */
    int64_t summer = wall - 3 * HOUR_MS;
    return is_summer(summer) ? summer : wall - 2 * HOUR_MS;
}

int64_t calendar_midnight_ms(int32_t day)
{
    return calendar_instant_ms(day, 0);
}

/* The anonymous Gregorian computus (Meeus, Jones, Butcher). */
static int32_t easter_sunday(int32_t year)
{
    int32_t a = year % 19;
    int32_t b = year / 100;
    int32_t c = year % 100;
    int32_t h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int32_t l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int32_t m = (a + 11 * h + 22 * l) / 451;
    int32_t n = h + l - 7 * m + 114;
    return calendar_day((struct date){year, n / 31, n % 31 + 1});
}

static bool is_fixed_holiday(int32_t month, int32_t day)
{
    switch (month * 100 + day) {
    case 101:  /* New Year */
    case 106:  /* Epiphany */
    case 501:  /* May Day */
    case 1206: /* Independence Day */
    case 1225:
    case 1226:
        return true;
    default:
        return false;
    }
}

static bool is_easter_holiday(int32_t after_easter)
{
    switch (after_easter) {
    case -2: /* Good Friday */
    case 0:
    case 1:
    case 39: /* Ascension */
    case 49: /* Pentecost */
        return true;
    default:
        return false;
    }
}

/* Midsummer Day is the Saturday of 20-26 June, All Saints' that of 31 October-6 November. */
static bool is_saturday_holiday(int32_t day, struct date d)
{
    if (calendar_weekday(day) != 6)
        return false;
    return (d.month == 6 && d.day >= 20 && d.day <= 26) || (d.month == 10 && d.day == 31) ||
           (d.month == 11 && d.day <= 6);
}

bool calendar_is_public_holiday(int32_t day)
{
    struct date d = calendar_date(day);
    if (d.year < 1 || d.year > 9999)
        return false;
    return is_fixed_holiday(d.month, d.day) || is_easter_holiday(day - easter_sunday(d.year)) ||
           is_saturday_holiday(day, d);
}

enum day_kind calendar_day_kind(int32_t day)
{
    int32_t weekday = calendar_weekday(day);
    if (weekday == 7 || calendar_is_public_holiday(day))
        return DAY_KIND_HOLIDAY;
    /* Saturday: a holiday on the next day falls on a Sunday and has no eve. */
    if (weekday == 6)
        return DAY_KIND_SATURDAY;
    if (day < INT32_MAX && calendar_is_public_holiday(day + 1))
        return DAY_KIND_EVE;
    return DAY_KIND_WEEKDAY;
}

/* What TARGET closes is closed in Finland too, so the Finnish list is the whole list. */
bool calendar_is_bank_day(int32_t day)
{
    struct date d = calendar_date(day);
    bool christmas_eve = d.month == 12 && d.day == 24;
    bool midsummer_eve = calendar_weekday(day) == 5 && d.month == 6 && d.day >= 19 && d.day <= 25;
    return calendar_weekday(day) <= 5 && !calendar_is_public_holiday(day) && !christmas_eve &&
           !midsummer_eve;
}

int32_t calendar_next_bank_day(int32_t day)
{
    while (day < INT32_MAX && !calendar_is_bank_day(day))
        day++;
    return day;
}

int32_t calendar_window_first(int32_t day)
{
    return clamp(month_first(calendar_month(day)) - RECORDING_DAYS);
}

int32_t calendar_month_lapse(int32_t month)
{
    /* The first of a month with which the window has moved past the last day of this one. */
    int32_t last_window = clamp(month_first((int64_t)month + 1) - 1 + RECORDING_DAYS);
    return clamp(month_first((int64_t)calendar_month(last_window) + 1));
}
