/* night.h - the settlement rows of one night after the other, held against the batch's lines.
 *
 * A charge settles in the night after it was approved. One without review is found among the
 * charges of that business day; one with review among those of an earlier day. Every business day
 * is asked for once: charges that settle on a later day of the period are kept until then. Charges
 * recorded before the period are looked for only when a line lacks rows, from the day before the
 * period backwards, until nothing is missing. So memory holds what waits for a review at one time.
 *
 * Credits are rows of the batch of the day on which they were decided, and are read from its
 * corrections. One thread. */
#ifndef TOOLS_EXPORT_NIGHT_H
#define TOOLS_EXPORT_NIGHT_H

#include "export/source.h"
#include "export/writer.h"

struct night_line {
    char *organiser, *provider; /* owned */
    int64_t charges_rows, charges_cents;
    int64_t credits_rows, credits_cents;
    int64_t found_rows, found_cents;
    int64_t found_credit_rows, found_credit_cents;
};

struct night_charge;
struct night_place;

/* All zeros but source, writer and rows: before the first night. */
struct night {
    struct source *source;
    struct writer *writer;
    bool rows;   /* an entry for each charge; else one for each line */
    int32_t day; /* the one that is written */
    uint64_t number;
    int32_t looked;           /* business days from here to the last one were asked for; 0: none */
    struct night_line *lines; /* owned; by provider and organiser */
    size_t lines_count, lines_room;
    struct night_charge *waiting; /* owned; settle on a later day */
    size_t waiting_count, waiting_room;
    struct night_place *places; /* owned cache: organisers of vouchers */
};

/* Write a settled day. An exit code; TOOL_REFUSED after a message for each line whose rows are not
 * what was settled. */
int night_write(struct night *n, int32_t day);
void night_free(struct night *n);

/* Do the rows that were found make up the line? Complains if not. Pure, but for the complaint. */
bool night_line_agrees(const struct night_line *line, int32_t day);

#endif
