#include "report/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "saldo.pb-c.h"

#define SPACE "\u00a0"
#define MINUS "\u2212"
#define DASH  "\u2013"

static uint64_t size_of(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* Digits in threes. */
static const char *grouped(enum language l, uint64_t value, char *out)
{
    const char *gap = l == LANGUAGE_FI ? SPACE : ",";
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, value);
    size_t at = 0;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            for (const char *g = gap; *g != '\0'; g++)
                out[at++] = *g;
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *figure_euros(enum language l, int64_t cents, char *out)
{
    uint64_t size = size_of(cents);
    const char *minus = cents < 0 ? MINUS : "";
    char euros[FIGURE_MAX];

    grouped(l, size / 100, euros);
    if (l == LANGUAGE_FI)
        snprintf(out, FIGURE_MAX, "%s%.40s,%02u" SPACE "€", minus, euros, (unsigned)(size % 100));
    else
        snprintf(out, FIGURE_MAX, "%s€%.40s.%02u", minus, euros, (unsigned)(size % 100));
    return out;
}

const char *figure_whole_euros(enum language l, int64_t cents, char *out)
{
    const char *minus = cents < 0 ? MINUS : "";
    char euros[FIGURE_MAX];

    grouped(l, (size_of(cents) + 50) / 100, euros);
    if (l == LANGUAGE_FI)
        snprintf(out, FIGURE_MAX, "%s%.40s" SPACE "€", minus, euros);
    else
        snprintf(out, FIGURE_MAX, "%s€%.40s", minus, euros);
    return out;
}

const char *figure_count(enum language l, int64_t count, char *out)
{
    char digits[FIGURE_MAX];

    snprintf(out, FIGURE_MAX, "%s%.48s", count < 0 ? MINUS : "",
             grouped(l, size_of(count), digits));
    return out;
}

int64_t figure_share(struct ratio r)
{
    if (r.whole <= 0)
        return 0;
    __int128 scaled = (__int128)r.part * 20000 + r.whole;
    __int128 whole = (__int128)r.whole * 2;
    return (int64_t)((scaled - (scaled < 0 ? whole - 1 : 0)) / whole);
}

const char *figure_percent(enum language l, struct ratio r, char *out)
{
    int64_t tenths = (figure_share(r) + (r.part < 0 ? -5 : 5)) / 10;
    uint64_t size = size_of(tenths);

    if (r.whole <= 0)
        snprintf(out, FIGURE_MAX, DASH);
    else
        snprintf(out, FIGURE_MAX, "%s%" PRIu64 "%c%u%s", tenths < 0 ? MINUS : "", size / 10,
                 l == LANGUAGE_FI ? ',' : '.', (unsigned)(size % 10),
                 l == LANGUAGE_FI ? SPACE "%" : "%");
    return out;
}

const char *figure_day(enum language l, int32_t day, char *out)
{
    struct date d = calendar_date(day);

    out[0] = '\0';
    if (day == 0)
        return out;
    if (l == LANGUAGE_FI)
        snprintf(out, FIGURE_MAX, "%d.%d.%d", d.day, d.month, d.year);
    else
        snprintf(out, FIGURE_MAX, "%d" SPACE "%.3s" SPACE "%d", d.day, word_month(l, d.month),
                 d.year);
    return out;
}

const char *figure_month(enum language l, int32_t month, char *out)
{
    snprintf(out, FIGURE_MAX, "%s %d", word_month(l, month % 12 + 1), month / 12);
    return out;
}

static void clock_time(enum language l, int64_t time_ms, char out[16])
{
    unsigned minute = (unsigned)(calendar_local_ms(time_ms) / 60000) % 1440;

    snprintf(out, 16, l == LANGUAGE_FI ? "%u.%02u" : "%02u:%02u", minute / 60, minute % 60);
}

const char *figure_span(enum language l, struct span s, char *out)
{
    char start[16], end[16];

    out[0] = '\0';
    if (s.start_ms == 0 || (s.end_ms == 0 && calendar_local_ms(s.start_ms) == 0))
        return out; /* a date alone is kept as its midnight */
    clock_time(l, s.start_ms, start);
    clock_time(l, s.end_ms, end);
    if (s.end_ms == 0)
        snprintf(out, FIGURE_MAX, "%s", start);
    else
        snprintf(out, FIGURE_MAX, "%s" DASH "%s", start, end);
    return out;
}

static const char *hours(enum language l, int64_t minutes, char *out)
{
    const char *minus = minutes < 0 ? MINUS : "";
    uint64_t size = size_of(minutes);
    char digits[FIGURE_MAX];

    grouped(l, size / 60, digits);
    if (size < 60)
        snprintf(out, FIGURE_MAX, "%s%u" SPACE "%s", minus, (unsigned)size,
                 word(l, WORD_MINUTE_MARK));
    else if (size % 60 == 0)
        snprintf(out, FIGURE_MAX, "%s%.40s" SPACE "%s", minus, digits, word(l, WORD_HOUR_MARK));
    else
        snprintf(out, FIGURE_MAX, "%s%.32s" SPACE "%s" SPACE "%u" SPACE "%s", minus, digits,
                 word(l, WORD_HOUR_MARK), (unsigned)(size % 60), word(l, WORD_MINUTE_MARK));
    return out;
}

const char *figure_quantity(enum language l, struct amount a, char *out)
{
    static const enum word names[][2] = {
        [SALDO__V1__UNIT__DAY] = {WORD_DAY_ONE, WORD_DAY_MANY},
        [SALDO__V1__UNIT__VISIT] = {WORD_VISIT_ONE, WORD_VISIT_MANY},
        [SALDO__V1__UNIT__WEEK] = {WORD_WEEK_ONE, WORD_WEEK_MANY},
        [SALDO__V1__UNIT__MONTH] = {WORD_MONTH_ONE, WORD_MONTH_MANY},
        [SALDO__V1__UNIT__PIECE] = {WORD_PIECE_ONE, WORD_PIECE_MANY},
    };
    char digits[FIGURE_MAX];

    if (a.unit == SALDO__V1__UNIT__HOUR)
        return hours(l, a.quantity, out);
    figure_count(l, a.quantity, digits);
    if (a.unit < SALDO__V1__UNIT__DAY || a.unit > SALDO__V1__UNIT__PIECE)
        snprintf(out, FIGURE_MAX, "%s", digits); /* the service is not in the catalogue */
    else
        snprintf(out, FIGURE_MAX, "%.40s" SPACE "%s", digits,
                 word(l, names[a.unit][a.quantity != 1]));
    return out;
}
