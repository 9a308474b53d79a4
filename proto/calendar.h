/* calendar.h - Europe/Helsinki, Finnish holidays and bank days as arithmetic.
 *
 * No system time zone, no tables on disk, no state: pure, any thread. Valid from 1996-01-01,
 * when the European Union's present summer-time rule began, to 2100-12-31. Any argument is safe:
 * far outside, results are merely not history, and instants and days beyond about the years
 * -3500 and 7445 are taken for the last one there.
 * A "day" is a number of days since 1970-01-01 and names a local calendar date; a "month" is
 * year * 12 + (month - 1); an instant is UTC milliseconds since 1970. */
#ifndef PROTO_CALENDAR_H
#define PROTO_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_DAY_OPEN INT32_MAX /* "no last day" */

struct date {
    int32_t year;
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
};

int32_t calendar_day(struct date d); /* any proleptic Gregorian date */
struct date calendar_date(int32_t day);
bool calendar_date_valid(struct date d);

int32_t calendar_month(int32_t day);         /* of a day */
int32_t calendar_month_first(int32_t month); /* first day of it */
int32_t calendar_month_last(int32_t month);  /* last day of it */
int32_t calendar_weekday(int32_t day);       /* 1 Monday .. 7 Sunday */

/* Local date, and milliseconds of local wall time since its 00:00, of an instant. */
int32_t calendar_local_day(int64_t time_ms);
int32_t calendar_local_ms(int64_t time_ms);
/* The instant of 00:00 local on that day: the cut-off. A day has 23, 24 or 25 hours. */
int64_t calendar_midnight_ms(int32_t day);
/* The instant of a local wall time (minute 0..1439): the first of two where it is ambiguous in
 * autumn, the moment shifted forward where it does not exist in spring. */
int64_t calendar_instant_ms(int32_t day, int32_t minute);

enum day_kind {
    DAY_KIND_WEEKDAY = 1,
    DAY_KIND_SATURDAY = 2,
    DAY_KIND_EVE = 3,
    DAY_KIND_HOLIDAY = 4,
};

/* Sundays and public holidays are HOLIDAY; the day before a public holiday that does not fall
 * on a Sunday is EVE; then SATURDAY, else WEEKDAY. Domain section 3. */
enum day_kind calendar_day_kind(int32_t day);
bool calendar_is_public_holiday(int32_t day);

/* Finnish public holidays, weekends, Christmas Eve, Midsummer Eve and May Day are closed in
 * Finland; weekends, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December in TARGET. */
bool calendar_is_bank_day(int32_t day);      /* open in both */
int32_t calendar_next_bank_day(int32_t day); /* that day or the first later one */

/* First service date that can still be recorded on `day`: first of its month less 60 days. */
int32_t calendar_window_first(int32_t day);
/* First day on which nothing of `month` can be recorded any more. */
int32_t calendar_month_lapse(int32_t month);

/* Of two days, or of two months. */
static inline int32_t calendar_earlier(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t calendar_later(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

#endif
