/* time.c - request ids, and days and instants as text. */
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "calendar.h"
#include "internal.h"

int64_t client_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void saldo_request_id_at(int64_t time_ms, uint8_t id[16])
{
    if (!client_init()) { /* an id that no ledger takes is better than one that repeats */
        memset(id, 0, 16);
        return;
    }
    for (unsigned i = 0; i < 6; i++)
        id[i] = (uint8_t)((uint64_t)time_ms >> (40 - 8 * i));
    randombytes_buf(id + 6, 10);
}

void saldo_request_id(uint8_t id[16])
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    saldo_request_id_at((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000, id);
}

/* `count` digits at *at, which moves behind them. */
static bool digits(const char **at, unsigned count, int32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *value = *value * 10 + (**at - '0');
    }
    return true;
}

static bool literal(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool date(const char **at, int32_t *day)
{
    struct date d;
    if (!digits(at, 4, &d.year) || !literal(at, '-') || !digits(at, 2, &d.month) ||
        !literal(at, '-') || !digits(at, 2, &d.day) || !calendar_date_valid(d))
        return false;
    *day = calendar_day(d);
    return true;
}

bool saldo_day_parse(const char *text, int32_t *day)
{
    int32_t parsed;
    if (text == NULL || !date(&text, &parsed) || *text != '\0')
        return false;
    *day = parsed;
    return true;
}

void saldo_day_format(int32_t day, char text[11])
{
    struct date d = calendar_date(day);
    memcpy(text, "0000-00-00", 11);
    if (d.year < 0 || d.year > 9999)
        return;
    for (int i = 3; i >= 0; i--, d.year /= 10)
        text[i] = (char)('0' + d.year % 10);
    text[5] = (char)('0' + d.month / 10);
    text[6] = (char)('0' + d.month % 10);
    text[8] = (char)('0' + d.day / 10);
    text[9] = (char)('0' + d.day % 10);
}

/* ".123": 1 to 9 digits, of which milliseconds are kept. */
static bool fraction(const char **at, int64_t *ms)
{
    int64_t unit = 100;
    unsigned count = 0;
    *ms = 0;
    if (!literal(at, '.'))
        return true;
    for (; **at >= '0' && **at <= '9'; (*at)++, count++, unit /= 10)
        *ms += (**at - '0') * unit;
    return count >= 1 && count <= 9;
}

/* "Z", "+03:00" or "-03:00", in minutes. */
static bool offset(const char **at, int32_t *minutes)
{
    int32_t hour;
    int32_t minute;
    *minutes = 0;
    if (literal(at, 'Z'))
        return true;
    int32_t sign = **at == '-' ? -1 : 1;
    if (!literal(at, '+') && !literal(at, '-'))
        return false;
    if (!digits(at, 2, &hour) || !literal(at, ':') || !digits(at, 2, &minute) || hour > 23 ||
        minute > 59)
        return false;
    *minutes = sign * (hour * 60 + minute);
    return true;
}

bool saldo_time_parse(const char *text, int64_t *time_ms)
{
    int32_t day;
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t shift;
    int64_t ms;
    if (text == NULL || !date(&text, &day) || !literal(&text, 'T') || !digits(&text, 2, &hour) ||
        !literal(&text, ':') || !digits(&text, 2, &minute) || !literal(&text, ':') ||
        !digits(&text, 2, &second) || !fraction(&text, &ms) || !offset(&text, &shift) ||
        *text != '\0')
        return false;
    if (hour > 23 || minute > 59 || second > 59) /* UTC milliseconds know no leap second */
        return false;
    *time_ms = (((int64_t)day * 24 + hour) * 60 + minute - shift) * 60000 + second * 1000 + ms;
    return true;
}
