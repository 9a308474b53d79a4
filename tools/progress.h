/* progress.h - a bar on standard error for work that takes longer than a moment.
 *
 * Shown only where standard error is a terminal; it never touches standard output. One thread. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    const char *label; /* borrowed */
    size_t total;
    size_t done;
    int64_t start_ms; /* of a clock that only runs forward */
    int64_t drawn_ms; /* 0: not yet */
    bool shown;
};

/* `total` 0: nobody knows how many there will be, and only those that are done are counted. */
void progress_start(struct progress *p, const char *label, size_t total, bool quiet);
void progress_add(struct progress *p, size_t done);
void progress_end(struct progress *p); /* wipes the bar */

#endif
