/* writer.h - a book in one of the formats.
 *
 * Order of calls: begin, an entry after the other in the order of their days, end. All accounts and
 * payees are in the book, sorted, before begin; opening balances are its first entry, and end
 * asserts every closing balance. Amounts have two decimals always. One thread. */
#ifndef TOOLS_EXPORT_WRITER_H
#define TOOLS_EXPORT_WRITER_H

#include <stdbool.h>
#include <stdio.h>

#include "export/book.h"

#define WRITER_PAYEE "Saldo" /* of the opening balances and of the assertions */

struct writer {
    const struct writer_format *format;
    const struct book *book;
    FILE *file;
    const char *path;             /* of the file */
    int64_t made_ms;              /* the ledger's time, for formats that say when they were made */
    uint64_t entries;             /* written so far */
    struct spreadsheet *workbook; /* xlsx: owned from begin to end */
    unsigned sheets;              /* of postings */
    bool failed;                  /* after end: the workbook could not be finished */
};

struct writer_format {
    const char *name;
    void (*begin)(struct writer *w);
    void (*entry)(struct writer *w, const struct book_entry *e);
    void (*end)(struct writer *w);
};

/* By its name on the command line; NULL: there is none. */
const struct writer_format *writer_format(const char *name);

/* The formats, a file each. */
extern const struct writer_format writer_hledger, writer_ledger; /* writer_plain.c */
extern const struct writer_format writer_beancount;              /* writer_beancount.c */
extern const struct writer_format writer_csv, writer_ndjson;     /* writer_records.c */
extern const struct writer_format writer_xlsx;                   /* writer_xlsx.c */

/* A tag of an entry: those with a text are written by all the formats, under these names. */
struct writer_tag {
    const char *name;
    const char *text;
};
enum { WRITER_TAGS = 8 };
void writer_tags(const struct book_entry *e, char number[24], struct writer_tag tags[WRITER_TAGS]);

#endif
