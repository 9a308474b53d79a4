/* csv.h - reading the small CSV files of the pilots in tests: a header line, quotes, no newlines
 * inside fields. Aborts on anything else; only for files of this repository. */
#ifndef TESTS_SUPPORT_CSV_H
#define TESTS_SUPPORT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CSV_FIELDS_MAX 24
#define CSV_LINE_MAX   4096

struct csv {
    FILE *file;
    char header_line[CSV_LINE_MAX];
    char line[CSV_LINE_MAX];
    char *header[CSV_FIELDS_MAX];
    char *field[CSV_FIELDS_MAX];
    size_t columns;
    size_t number; /* of the line, from 1, header not counted */
};

void csv_open(struct csv *c, const char *folder, const char *name);
bool csv_next(struct csv *c); /* false at the end, and the file is closed */
/* The named field; "" where the file has no such column. Valid until csv_next. */
char *csv_text(const struct csv *c, const char *column);
int64_t csv_number(const struct csv *c, const char *column); /* empty: 0 */

#endif
