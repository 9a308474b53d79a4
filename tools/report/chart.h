/* chart.h - bars as inline SVG: patterns instead of colours, text that does not shrink with the
 * page. The figures behind a chart always stand in a table too. One thread. */
#ifndef TOOLS_REPORT_CHART_H
#define TOOLS_REPORT_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "report/paper.h"

enum chart_fill { CHART_SOLID, CHART_HATCH, CHART_DOTS };

/* One bar and the ratio in percent, where the paper stands: in a cell. The longest bar of a column
 * fills it; as shares of the whole all would be short where there are many. */
void chart_bar(struct paper *p, struct ratio r, int64_t longest);

struct chart_slice {
    enum word name;
    int64_t value;
    enum chart_fill fill;
};

/* Bars of slices: a figure with a legend, a label and a last word for each bar. The slices of a bar
 * are drawn as shares of its whole; negative ones are left out. */
void chart_stack(struct paper *p, enum word caption, const struct chart_slice *legend,
                 size_t slices);
void chart_stack_bar(struct paper *p, const char *label, const char *last,
                     const struct chart_slice *list, size_t slices);
void chart_stack_end(struct paper *p);

/* Upright columns, one a day from `first` on, in cents; those below zero are hatched and hang. */
struct chart_days {
    enum word caption;
    int32_t first;
    const int64_t *cents;
    size_t count;
};
void chart_days(struct paper *p, const struct chart_days *c);

#endif
