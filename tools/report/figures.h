/* figures.h - amounts, counts, dates and quantities as a language writes them. Pure.
 *
 * Figures never break at the end of a line: their spaces are U+00A0, their minus is U+2212. */
#ifndef TOOLS_REPORT_FIGURES_H
#define TOOLS_REPORT_FIGURES_H

#include <stdint.h>

#include "report/words.h"

enum { FIGURE_MAX = 64 };

/* Each returns `out`, of FIGURE_MAX bytes. */
/* "1 234,56 €", "€1,234.56" */
const char *figure_euros(enum language l, int64_t cents, char *out);
const char *figure_whole_euros(enum language l, int64_t cents, char *out); /* "1 235 €" */
const char *figure_count(enum language l, int64_t count, char *out); /* "12 345", "12,345" */
/* part of whole, with one decimal: "45,3 %", "45.3%"; a whole of 0 gives a dash. */
struct ratio {
    int64_t part, whole;
};
const char *figure_percent(enum language l, struct ratio r, char *out);
const char *figure_day(enum language l, int32_t day, char *out);     /* "5.9.2018" "5 Sep 2018" */
const char *figure_month(enum language l, int32_t month, char *out); /* "syyskuu 2018" */
/* Local wall time: "9.15–10.00", "09:15–10:00"; only the start where there is no end, and
 * nothing where there is no time of day. */
struct span {
    int64_t start_ms, end_ms;
};
const char *figure_span(enum language l, struct span s, char *out);
/* `unit` is the protocol's number. Minutes of HOUR: "1 t 15 min"; others "3 käyntiä". */
struct amount {
    int unit;
    int64_t quantity;
};
const char *figure_quantity(enum language l, struct amount a, char *out);

/* part * 10,000 / whole, rounded half up, for any amounts; 0 for a whole of 0 or less. */
int64_t figure_share(struct ratio r);

#endif
