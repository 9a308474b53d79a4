/* spreadsheet.h - a workbook of tables: sheets with a row of titles, cells one after the other, and
 * sums below them.
 *
 * Ids are texts; numbers are amounts, counts, shares and dates, in the format of each. Sums are
 * formulas that carry their values too, for readers that do not compute. Equal calls give equal
 * bytes. The process ends with TOOL_INTERNAL where a workbook or a sheet cannot be made. One
 * thread. */
#ifndef TOOLS_SPREADSHEET_H
#define TOOLS_SPREADSHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spreadsheet; /* opaque */

struct spreadsheet_column {
    const char *name;
    double width; /* in characters */
};

enum spreadsheet_mode {
    SPREADSHEET_KEPT,    /* whole in memory: charts know their figures */
    SPREADSHEET_STREAMED /* rows leave memory at once, for files without an upper bound */
};

enum { SPREADSHEET_ROWS = 1000000, SPREADSHEET_COLUMNS_MAX = 24 };

/* Writes to `path`, which is there until spreadsheet_close(). `made_ms` stands in the file as the
 * instant it was made. */
struct spreadsheet *spreadsheet_open(const char *path, int64_t made_ms, enum spreadsheet_mode mode);
/* Exit code; `s` is gone in any case. */
int spreadsheet_close(struct spreadsheet *s);

/* The next sheet, with its titles in bold. At most SPREADSHEET_COLUMNS_MAX columns. A name is cut
 * to the 31 characters that a workbook allows. */
void spreadsheet_sheet(struct spreadsheet *s, const char *name,
                       const struct spreadsheet_column *columns, size_t count);
size_t spreadsheet_rows(const struct spreadsheet *s); /* of the sheet, titles included */

/* The next cell of the row, or the next row. An empty text leaves the cell empty. */
void spreadsheet_text(struct spreadsheet *s, const char *text);
void spreadsheet_bold(struct spreadsheet *s, const char *text);
void spreadsheet_euros(struct spreadsheet *s, int64_t cents);
void spreadsheet_count(struct spreadsheet *s, int64_t count);
void spreadsheet_share(struct spreadsheet *s, int64_t hundredths_of_a_percent);
void spreadsheet_day(struct spreadsheet *s, int32_t day); /* 0: empty */
void spreadsheet_row(struct spreadsheet *s);

/* A row with `label` and below each column of amounts or counts its sum; none without rows. */
void spreadsheet_sum(struct spreadsheet *s, const char *label);

/* A chart of the rows so far, to the right of them: their first column against others, each in a
 * pattern of its own that is told apart without colour. */
enum spreadsheet_chart { SPREADSHEET_BARS, SPREADSHEET_STACKED, SPREADSHEET_UPRIGHT };
struct spreadsheet_drawing {
    enum spreadsheet_chart kind;
    const char *title;
    const size_t *columns; /* 0 is the first one */
    size_t count;
};
void spreadsheet_draw(struct spreadsheet *s, const struct spreadsheet_drawing *d);

#endif
