/* import_rows.h - the files of `saldo import`: which there are, and their rows as commands.
 *
 * Reading a file finds everything that is wrong with it as long as one can tell without the
 * ledger: columns, values, ranges, check digits, dates in the wrong order, two rows of one key
 * with different content. One thread. */
#ifndef TOOLS_IMPORT_ROWS_H
#define TOOLS_IMPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "csv.h"
#include "saldo.pb-c.h"
#include "slab.h"

struct import_kind; /* opaque: one of the files */

/* In the order in which they are imported; NULL behind the last. */
const struct import_kind *import_kind(size_t index);
const char *import_kind_name(const struct import_kind *kind); /* "vouchers.csv" */

struct import_row {
    size_t line;
    const char *key;            /* the texts of the key's fields, each ended by 0x1f */
    Saldo__V1__Command command; /* without its request id */
};

/* Rows live in the slab and the reader. All zeros: empty. */
struct import_table {
    const struct import_kind *kind;
    struct csv_reader *csv; /* owned */
    struct slab slab;
    struct import_row *rows; /* owned */
    size_t count, room;
};

/* Takes the reader. False after complaints; import_free() in any case. */
bool import_read(struct import_table *t, const struct import_kind *kind, struct csv_reader *csv,
                 struct report *report);
void import_free(struct import_table *t);

/* The column that a refusal is about; the first one where it is about the row as a whole. */
const char *import_field_of(const struct import_kind *kind, int outcome);

#endif
