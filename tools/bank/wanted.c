#include "bank/wanted.h"

#include <stdlib.h>
#include <string.h>

#include "saldo.h"
#include "tool.h"

enum { DAY_DIGITS = 6, REFERENCE_DIGITS = 12 };

static void add(struct wanted_days *d, int32_t day)
{
    if (d->count > 0 && d->list[d->count - 1] == day)
        return; /* lines of a day stand together */
    d->list = tool_grow(d->list, d->count, &d->room, sizeof(*d->list));
    d->list[d->count++] = day;
}

/* yymmdd; whatever else stands there names no run. */
static void add_date(struct wanted *w, const char *digits)
{
    int32_t day;
    char text[16] = "20yy-mm-dd";

    for (size_t i = 0; i < DAY_DIGITS; i++)
        if (digits[i] < '0' || digits[i] > '9')
            return;
    for (size_t i = 0; i < 3; i++)
        memcpy(text + 2 + 3 * i, digits + 2 * i, 2);
    if (saldo_day_parse(text, &day))
        add(&w->runs, day);
}

void wanted_name(struct wanted *w, const char *name)
{
    size_t prefix = strncmp(name, "SLDM", 4) == 0 || strncmp(name, "SLDP", 4) == 0 ? 4 : 3;

    if (strncmp(name, "SLD", 3) == 0 && strlen(name) >= prefix + DAY_DIGITS)
        add_date(w, name + prefix);
}

/* A reference is compared without its leading zeros, which the years before 2010 have. */
static void add_reference(struct wanted *w, const char *reference)
{
    char text[REFERENCE_DIGITS + 2], padded[REFERENCE_DIGITS + 1];
    size_t len = strlen(match_reference(reference, text, sizeof(text)));

    if (len == 0 || len > REFERENCE_DIGITS)
        return;
    memset(padded, '0', sizeof(padded));
    memcpy(padded + REFERENCE_DIGITS - len, text, len);
    add_date(w, padded);
}

void wanted_line(struct wanted *w, const struct match_line *line)
{
    add(&w->booked, line->day);
    wanted_name(w, line->end_to_end_id);
    wanted_name(w, line->instruction_id);
    wanted_name(w, line->payment_id);
    add_reference(w, line->reference);
}

void wanted_file(struct wanted *w, const struct pain002_file *file)
{
    wanted_name(w, file->original_id);
    for (size_t i = 0; i < file->count; i++) {
        wanted_name(w, file->list[i].payment_id);
        wanted_name(w, file->list[i].end_to_end_id);
        wanted_name(w, file->list[i].instruction_id);
    }
}

void wanted_run(struct wanted *w, int32_t run_day)
{
    if (run_day != 0)
        add(&w->runs, run_day);
}

static int compare(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void sort(struct wanted_days *d)
{
    size_t kept = 0;

    if (d->count > 0)
        qsort(d->list, d->count, sizeof(*d->list), compare);
    for (size_t i = 0; i < d->count; i++)
        if (kept == 0 || d->list[kept - 1] != d->list[i])
            d->list[kept++] = d->list[i];
    d->count = kept;
}

void wanted_sort(struct wanted *w)
{
    sort(&w->booked);
    sort(&w->runs);
}

void wanted_free(struct wanted *w)
{
    free(w->booked.list);
    free(w->runs.list);
    *w = (struct wanted){0};
}

/* Is there one within [from, to]? */
static bool has(const struct wanted_days *d, int32_t from, int32_t to)
{
    size_t low = 0, high = d->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->list[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->count && d->list[low] <= to;
}

bool wanted_has_line(const struct wanted *w, int32_t booked_day)
{
    return has(&w->booked, booked_day, booked_day);
}

bool wanted_has_run(const struct wanted *w, int32_t run_day, int32_t execution_day)
{
    return has(&w->runs, run_day, run_day) ||
           has(&w->booked, execution_day - MATCH_SUGGEST_DAYS, execution_day + MATCH_SUGGEST_DAYS);
}
