/* lines.h - from what the bank's files hold to the lines that are matched. One thread. */
#ifndef TOOLS_BANK_LINES_H
#define TOOLS_BANK_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "bank/match.h"
#include "iso20022/camt.h"

/* Where a line stands, for people and for the ledger's record. */
struct line_place {
    const char *path; /* of the file; borrowed from the caller */
    size_t line;
    const char *reason; /* of a return, "" */
    const char *name;   /* "camt.053 ID/SEQUENCE", cut to what the ledger keeps */
};

/* Texts point into the files, which must outlive the list. All zeros: empty. */
struct bank_lines {
    struct match_line *list;   /* owned */
    struct line_place *places; /* one for each; owned */
    size_t count, room, places_room;
    struct slab slab;
};

/* Add the booked lines of a file: the details of an entry, or the entry where it has none. Each
 * gets the identity of FORMAT.md. */
void lines_add(struct bank_lines *lines, const struct camt_file *file, const char *path);
/* Add one as it is. */
void lines_put(struct bank_lines *lines, const struct match_line *line,
               const struct line_place *place);
void lines_free(struct bank_lines *lines);

#endif
