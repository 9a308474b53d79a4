/* output.h - results as a table for people, as CSV or as JSON.
 *
 * A table has named columns; cells are given one after the other, row after row. CSV and JSON
 * are written as they come; the people's table waits for its widths. In the people's table cents
 * are euros, in CSV and JSON they stay cents. A record is a table of one row: people see a line a
 * field, JSON is an object instead of a list. One thread. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum output_format { OUTPUT_PEOPLE, OUTPUT_CSV, OUTPUT_JSON };

enum { OUTPUT_COLUMNS_MAX = 32 };

struct output; /* opaque */

struct output_shape {
    const char *const *columns; /* names; borrowed until output_close() */
    size_t count;               /* 1..OUTPUT_COLUMNS_MAX */
    bool record;
};

struct output *output_open(FILE *file, enum output_format format, const struct output_shape *shape);

void output_text(struct output *o, const char *text); /* copied */
void output_number(struct output *o, int64_t number);
void output_cents(struct output *o, int64_t cents);
void output_flag(struct output *o, bool flag);  /* yes/no, 1/0, true/false */
void output_day(struct output *o, int32_t day); /* 0 is empty */
void output_time(struct output *o, int64_t time_ms);
void output_hex(struct output *o, const void *bytes, size_t len); /* at most 64 bytes */
void output_empty(struct output *o);

/* Write what is left. False: writing failed. `o` is gone in any case. */
bool output_close(struct output *o);

#endif
