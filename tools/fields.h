/* fields.h - from the texts of a CSV row to the members of a struct, by table.
 *
 * A field names its column, how to read it and where it goes. What cannot be read is reported as
 * file:line:field with what to do about it, and reading goes on with the next field. Texts are
 * not copied: they point into the reader's row. One thread. */
#ifndef TOOLS_FIELDS_H
#define TOOLS_FIELDS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv.h"
#include "slab.h"

struct field;

/* What a reading function needs beside the text. */
struct field_site {
    struct report *report;
    size_t line;
    struct slab *slab; /* for what a text alone cannot hold */
};

/* Reads a text that is not empty into `target`. False after a complaint. */
typedef bool field_read(const struct field *f, char *text, void *target,
                        const struct field_site *site);

enum field_flags {
    FIELD_NEEDED = 1, /* the column must be there and its fields may not be empty */
    FIELD_KEY = 2,    /* part of what identifies a row */
};

struct field {
    const char *name;
    field_read *read;
    size_t offset; /* of the member in the struct */
    unsigned flags;
    int64_t low, high; /* range of a number; high: most bytes of a text */
    const ProtobufCEnumDescriptor *words;
};

enum { FIELDS_MAX = CSV_FIELDS_MAX };

/* Which column of the file each field of the table is. */
struct field_map {
    const struct field *fields;
    size_t count;
    size_t column[FIELDS_MAX]; /* FIELD_ABSENT: the file has no such column */
};
#define FIELD_ABSENT SIZE_MAX

/* Match a header line with a table. False after complaints: an unknown column, one twice, or a
 * needed one missing. The order of the columns is free. */
bool field_map(struct field_map *map, const struct field *fields, size_t count,
               const struct csv_row *header, struct report *report);
/* Read a row into `target`, which holds the defaults. False after complaints. */
bool field_row(const struct field_map *map, const struct csv_row *row, void *target,
               struct report *report, struct slab *slab);
/* The text of one field, "" where the column is absent. Some readers normalise it in place. */
const char *field_text_of(const struct field_map *map, size_t field, const struct csv_row *row);

/* Readers, with the type of the member they fill. */
field_read field_text;        /* char *, at most `high` bytes, no control characters */
field_read field_code;        /* char *, letters, digits and -_. at most `high` bytes */
field_read field_class;       /* char *, as field_code; "ALL" becomes "" */
field_read field_voucher;     /* char *, nine digits and the check character that fits */
field_read field_iban;        /* char * */
field_read field_business_id; /* char * */
field_read field_int32;       /* int32_t */
field_read field_int64;       /* int64_t */
field_read field_value;       /* Saldo__V1__Value * */
field_read field_day;         /* int32_t, YYYY-MM-DD */
field_read field_time;        /* int64_t, an instant with its offset */
field_read field_minute;      /* int32_t, HH:MM up to 24:00 */
field_read field_flag;        /* protobuf_c_boolean, 1 or 0 */
field_read field_word;        /* an enum, by the names of `words` */
field_read field_id;          /* uint8_t[16], 32 hexadecimal digits */

#endif
