/* columns.h - from the texts of a CSV row to the members of a struct, by table.
 *
 * A column has a name, a way to read it and a place to go. What cannot be read is reported as
 * file:line:field with what to do about it, and reading goes on with the next field. Texts are
 * not copied: they point into the reader's row. One thread. */
#ifndef TOOLS_COLUMNS_H
#define TOOLS_COLUMNS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv.h"
#include "slab.h"

struct column;

/* What a reading function needs beside the text. */
struct column_site {
    struct report *report;
    size_t line;
    struct slab *slab; /* for what a text alone cannot hold */
};

/* Reads a text that is not empty into `target`. False after a complaint. */
typedef bool column_read(const struct column *f, char *text, void *target,
                         const struct column_site *site);

enum column_flags {
    COLUMN_NEEDED = 1, /* the column must be there and its fields may not be empty */
    COLUMN_KEY = 2,    /* part of what identifies a row */
};

struct column {
    const char *name;
    column_read *read;
    size_t offset; /* of the member in the struct */
    unsigned flags;
    int64_t low, high; /* range of a number; high: most bytes of a text */
    const ProtobufCEnumDescriptor *words;
};

enum { COLUMNS_MAX = CSV_FIELDS_MAX };

/* Where in a file's rows the columns of the table stand. */
struct column_map {
    const struct column *columns;
    size_t count;
    size_t place[COLUMNS_MAX]; /* of each in a row; COLUMN_ABSENT: the file has no such column */
};
#define COLUMN_ABSENT SIZE_MAX

/* Match a header line with a table. False after complaints: an unknown column, one twice, or a
 * needed one missing. The order of the columns is free. */
bool column_map(struct column_map *map, const struct column *columns, size_t count,
                const struct csv_row *header, struct report *report);
/* Read a row into `target`, which holds the defaults. False after complaints. */
bool column_row(const struct column_map *map, const struct csv_row *row, void *target,
                struct report *report, struct slab *slab);
/* The text of one column, "" where the column is absent. Some readers normalise it in place. */
const char *column_text_of(const struct column_map *map, size_t index, const struct csv_row *row);

/* Readers, with the type of the member they fill. */
column_read column_text;        /* char *, at most `high` bytes, no control characters */
column_read column_code;        /* char *, letters, digits and -_. at most `high` bytes */
column_read column_class;       /* char *, as column_code; "ALL" becomes "" */
column_read column_voucher;     /* char *, nine digits and the check character that fits */
column_read column_iban;        /* char * */
column_read column_business_id; /* char * */
column_read column_int32;       /* int32_t */
column_read column_int64;       /* int64_t */
column_read column_value;       /* Saldo__V1__Value * */
column_read column_day;         /* int32_t, YYYY-MM-DD */
column_read column_time;        /* int64_t, an instant with its offset */
column_read column_minute;      /* int32_t, HH:MM up to 24:00 */
column_read column_flag;        /* protobuf_c_boolean, 1 or 0 */
column_read column_word;        /* an enum, by the names of `words` */
column_read column_id;          /* uint8_t[16], 32 hexadecimal digits */

#endif
