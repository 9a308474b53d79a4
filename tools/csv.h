/* csv.h - a reader of comma separated files as RFC 4180 has them.
 *
 * Taken: UTF-8 with or without a byte order mark, lines ended by LF or CRLF, the last one also by
 * the end of the file, quoted fields with commas, doubled quotes and line ends in them, empty
 * lines (skipped). The first line names the columns; every other one has as many fields.
 * Refused, each with its line: NUL bytes, bad UTF-8, a carriage return alone, a quote inside a
 * plain field, text after a closing quote, a quote that is never closed, too few or too many
 * fields, a row over CSV_ROW_BYTES_MAX. A refused line is reported and skipped, so that one run
 * finds everything that is wrong with a file.
 * One thread. Fields point into the reader's memory and live as long as it. */
#ifndef TOOLS_CSV_H
#define TOOLS_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

enum {
    CSV_FILE_BYTES_MAX = 1 << 30,
    CSV_ROW_BYTES_MAX = 1 << 16,
    CSV_FIELDS_MAX = 64,
};

struct csv_reader; /* opaque */

struct csv_row {
    size_t line; /* of its first character, from 1 */
    size_t count;
    char *fields[CSV_FIELDS_MAX]; /* NUL-terminated; may be changed in place */
};

/* Read a whole file and its header line. NULL after a complaint to `report`, which must outlive
 * the reader. The caller owns the result and must csv_reader_close() it. */
struct csv_reader *csv_reader_open(const char *path, struct report *report);
/* The same of bytes in memory, which are copied. */
struct csv_reader *csv_reader_from(const void *bytes, size_t len, struct report *report);
void csv_reader_close(struct csv_reader *c); /* NULL is fine */

const struct csv_row *csv_reader_header(const struct csv_reader *c);

/* The next good row; false at the end. Complaints raise the report's count. */
bool csv_reader_next(struct csv_reader *c, struct csv_row *row);

#endif
