/* view.h - a screen of figures: text for a terminal of a size, from what two scrapes say.
 *
 * Pure but for memory: it asks for no clock and no terminal. Lines end with "\n" and are never
 * wider than asked for; with less than VIEW_ROWS_MIN rows the last ones are left out. One thread.
 */
#ifndef TOOLS_TOP_VIEW_H
#define TOOLS_TOP_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "top/scrape.h"

enum { VIEW_HISTORY = 240, VIEW_COLUMNS_MIN = 60, VIEW_COLUMNS_MAX = 240 };

struct view {
    int columns;
    int rows;
    bool colour;
    bool utf8;
    int64_t time_ms; /* UTC, for ages */
    /* Charges a second of the intervals so far, the newest last. */
    double history[VIEW_HISTORY];
    int history_count;
};

/* Take the interval between two scrapes into the history. */
void view_note(struct view *v, const struct scrape *before, const struct scrape *now);
/* `before` may be NULL or not good: then there are no rates. */
void view_write(const struct view *v, const struct scrape *before, const struct scrape *now,
                FILE *out);

#endif
