/* report.h - complaints about an input file, one a line: "file:line:field: what is wrong".
 *
 * Every complaint is written at once and counted; whoever reads the file goes on to find the
 * rest, and nothing is sent while the count is not 0. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <stddef.h>
#include <stdio.h>

struct report {
    FILE *out;        /* standard error, or a test's buffer */
    const char *file; /* as the user named it; changes from file to file */
    size_t count;
};

/* `line` 0 leaves the line out, `field` NULL the field. */
__attribute__((format(printf, 4, 5))) void report_at(struct report *r, size_t line,
                                                     const char *field, const char *format, ...);

#define REPORT_QUOTE_BYTES 64

/* A value in quotes for a message, shortened at a character's end; returns `out`. */
const char *report_quote(const char *text, char out[REPORT_QUOTE_BYTES]);

#endif
