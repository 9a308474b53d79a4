/* sheet.h - reading the small CSV files of the pilots in tests: a header line, quotes, no newlines
 * inside fields. Aborts on anything else; only for files of this repository. */
#ifndef TESTS_SUPPORT_SHEET_H
#define TESTS_SUPPORT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SHEET_FIELDS_MAX 24
#define SHEET_LINE_MAX   4096

struct sheet {
    FILE *file;
    char header_line[SHEET_LINE_MAX];
    char line[SHEET_LINE_MAX];
    char *header[SHEET_FIELDS_MAX];
    char *field[SHEET_FIELDS_MAX];
    size_t columns;
    size_t number; /* of the line, from 1, header not counted */
};

void sheet_open(struct sheet *c, const char *folder, const char *name);
bool sheet_next(struct sheet *c); /* false at the end, and the file is closed */
/* The named field; "" where the file has no such column. Valid until sheet_next. */
char *sheet_text(const struct sheet *c, const char *column);
int64_t sheet_number(const struct sheet *c, const char *column); /* empty: 0 */

#endif
