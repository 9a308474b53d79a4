/* paper.h - a report as one HTML file: for the screen down to a phone, and for A4.
 *
 * Nothing is loaded from anywhere and nothing runs: the style is inside, charts are inline SVG.
 * Whatever comes from the ledger goes through paper_text(). Written as it comes; errors of the
 * stream stay in it, for whoever owns it. One thread. */
#ifndef TOOLS_REPORT_PAPER_H
#define TOOLS_REPORT_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/figures.h"
#include "report/words.h"

struct paper_column {
    enum word title;
    bool number; /* to the right */
};

struct paper_table {
    enum word caption;
    const struct paper_column *columns;
    size_t count;
    bool wide; /* on a phone each row becomes a card */
};

struct paper {
    FILE *file; /* borrowed */
    enum language language;
    const struct paper_table *table; /* that is open; borrowed */
    size_t column;                   /* cells of the row so far */
    bool in_group, in_row, in_cell;
};

/* What stands at the top. */
struct paper_head {
    enum word title;
    const char *name;   /* whose report it is */
    const char *period; /* below the title */
    bool simulated;
};
void paper_begin(struct paper *p, const struct paper_head *head);
/* `foot` ends the page: what the report was made from. */
void paper_end(struct paper *p, const char *foot);

void paper_text(struct paper *p, const char *text); /* escaped */
void paper_word(struct paper *p, enum word w);
void paper_euros(struct paper *p, int64_t cents);
void paper_count(struct paper *p, int64_t count);
void paper_day(struct paper *p, int32_t day);
void paper_note(struct paper *p, const char *text); /* a paragraph in small print */

/* A list of names and values: facts in lines, or figures large. */
enum paper_list { PAPER_FACTS, PAPER_FIGURES };
void paper_list(struct paper *p, enum paper_list kind);
void paper_item(struct paper *p, enum word name, const char *value);
void paper_list_end(struct paper *p);

/* A table: rows, and cells in the order of its columns, each open until the next call. */
enum paper_row { PAPER_ROW, PAPER_SUM, PAPER_TOTAL };
void paper_table(struct paper *p, const struct paper_table *table);
void paper_group(struct paper *p); /* rows that belong together, under a heading: then its text */
void paper_row(struct paper *p, enum paper_row kind);
void paper_cell(struct paper *p);
void paper_cells(struct paper *p, size_t count); /* so many empty ones */
void paper_table_end(struct paper *p);

void paper_cell_text(struct paper *p, const char *text);
void paper_cell_euros(struct paper *p, int64_t cents);
void paper_cell_count(struct paper *p, int64_t count);
void paper_cell_small(struct paper *p, const char *text); /* below what the cell has */
void paper_cell_id(struct paper *p, const char *text);    /* smaller still: for machines */

extern const char paper_style[]; /* CSS; style.c */
extern const char paper_fills[]; /* SVG patterns that charts refer to; style.c */

#endif
