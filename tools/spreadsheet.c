#include "spreadsheet.h"

#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

#include "base/check.h"
#include "tool.h"

enum {
    DAY_OF_1970 = 25569, /* as a workbook counts days */
    CHART_ROWS_MAX = 31, /* more cannot be told apart: tables have the rest */
    PAPER_A4 = 9,
};

/* What a cell is, and its format. */
enum look { LOOK_TEXT, LOOK_BOLD, LOOK_EUROS, LOOK_COUNT, LOOK_SHARE, LOOK_DAY, LOOKS };

struct spreadsheet {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *plain[LOOKS]; /* NULL for LOOK_TEXT */
    lxw_format *sum[LOOKS];   /* those of the last row */
    char name[LXW_SHEETNAME_MAX * 4 + 1];
    lxw_row_t row;
    lxw_col_t column, columns;
    enum look looks[SPREADSHEET_COLUMNS_MAX]; /* of the last cells */
    int64_t sums[SPREADSHEET_COLUMNS_MAX];    /* of amounts and counts */
};

static lxw_format *make_format(struct spreadsheet *s, const char *number, bool sum)
{
    lxw_format *f = workbook_add_format(s->book);

    if (f == NULL)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    if (number[0] != '\0')
        format_set_num_format(f, number);
    if (sum) {
        format_set_bold(f);
        format_set_top(f, LXW_BORDER_THIN);
    }
    return f;
}

struct spreadsheet *spreadsheet_open(const char *path, int64_t made_ms, enum spreadsheet_mode mode)
{
    static const char *const numbers[LOOKS] = {
        [LOOK_TEXT] = "",       [LOOK_BOLD] = "",      [LOOK_EUROS] = "#,##0.00 \"€\"",
        [LOOK_COUNT] = "#,##0", [LOOK_SHARE] = "0.0%", [LOOK_DAY] = "d.m.yyyy",
    };
    struct spreadsheet *s = tool_alloc(1, sizeof(*s));
    lxw_workbook_options options = {.constant_memory =
                                        mode == SPREADSHEET_STREAMED ? LXW_TRUE : LXW_FALSE};
    lxw_doc_properties properties = {.created = (time_t)(made_ms / 1000)};

    s->book = workbook_new_opt(path, &options);
    if (s->book == NULL)
        exit(tool_fail(TOOL_INTERNAL, "%s: cannot be written", path));
    workbook_set_properties(s->book, &properties);
    for (int look = LOOK_BOLD; look < LOOKS; look++)
        s->plain[look] = make_format(s, numbers[look], false);
    for (int look = 0; look < LOOKS; look++)
        s->sum[look] = make_format(s, numbers[look], true);
    format_set_bold(s->plain[LOOK_BOLD]);
    return s;
}

int spreadsheet_close(struct spreadsheet *s)
{
    lxw_error error = workbook_close(s->book); /* frees it in any case */

    free(s);
    if (error == LXW_NO_ERROR)
        return TOOL_OK;
    return tool_fail(TOOL_INTERNAL, "the workbook cannot be written: %s", lxw_strerror(error));
}

/* ---- Sheets ---------------------------------------------------------------------------------- */

static void set_paper(lxw_worksheet *sheet)
{
    worksheet_set_paper(sheet, PAPER_A4);
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_repeat_rows(sheet, 0, 0);
    worksheet_set_footer(sheet, "&L&A&R&P / &N");
}

/* At most 31 characters, not bytes. */
static void cut_name(const char *name, char *out, size_t size)
{
    size_t len = 0, characters = 0;

    for (; name[len] != '\0' && len + 1 < size; len++) {
        if (((unsigned char)name[len] & 0xc0) != 0x80 && characters++ == LXW_SHEETNAME_MAX)
            break;
        out[len] = name[len];
    }
    out[len] = '\0';
}

void spreadsheet_sheet(struct spreadsheet *s, const char *name,
                       const struct spreadsheet_column *columns, size_t count)
{
    lxw_format *title = make_format(s, "", false);

    CHECK(count <= SPREADSHEET_COLUMNS_MAX);
    format_set_bold(title);
    format_set_bottom(title, LXW_BORDER_MEDIUM);
    cut_name(name, s->name, sizeof(s->name));
    s->sheet = workbook_add_worksheet(s->book, s->name);
    if (s->sheet == NULL)
        exit(tool_fail(TOOL_INTERNAL, "the sheet %s cannot be made", name));
    s->columns = (lxw_col_t)count;
    memset(s->looks, 0, sizeof(s->looks));
    memset(s->sums, 0, sizeof(s->sums));
    for (lxw_col_t i = 0; i < s->columns; i++) {
        worksheet_set_column(s->sheet, i, i, columns[i].width, NULL);
        worksheet_write_string(s->sheet, 0, i, columns[i].name, title);
    }
    worksheet_freeze_panes(s->sheet, 1, 0);
    set_paper(s->sheet);
    s->row = 1;
    s->column = 0;
}

size_t spreadsheet_rows(const struct spreadsheet *s)
{
    return s->row;
}

/* ---- Cells ----------------------------------------------------------------------------------- */

/* A spreadsheet has no other numbers than floating point; cents up to 2^53 are exact in it until
 * they are divided, and show two decimals. */
static double number_of(enum look look, int64_t value)
{
    switch (look) {
    case LOOK_EUROS:
        return (double)value / 100;
    case LOOK_SHARE:
        return (double)value / 10000;
    case LOOK_DAY:
        return (double)value + DAY_OF_1970;
    case LOOK_COUNT:
    case LOOK_TEXT:
    case LOOK_BOLD:
    case LOOKS:
        break;
    }
    return (double)value;
}

static void put_number(struct spreadsheet *s, enum look look, int64_t value)
{
    CHECK(s->column < s->columns);
    worksheet_write_number(s->sheet, s->row, s->column, number_of(look, value), s->plain[look]);
    s->looks[s->column] = look;
    s->sums[s->column++] += value;
}

static void put_text(struct spreadsheet *s, enum look look, const char *text)
{
    CHECK(s->column < s->columns);
    if (text[0] != '\0')
        worksheet_write_string(s->sheet, s->row, s->column, text, s->plain[look]);
    s->column++;
}

void spreadsheet_text(struct spreadsheet *s, const char *text)
{
    put_text(s, LOOK_TEXT, text);
}

void spreadsheet_bold(struct spreadsheet *s, const char *text)
{
    put_text(s, LOOK_BOLD, text);
}

void spreadsheet_euros(struct spreadsheet *s, int64_t cents)
{
    put_number(s, LOOK_EUROS, cents);
}

void spreadsheet_count(struct spreadsheet *s, int64_t count)
{
    put_number(s, LOOK_COUNT, count);
}

void spreadsheet_share(struct spreadsheet *s, int64_t hundredths_of_a_percent)
{
    put_number(s, LOOK_SHARE, hundredths_of_a_percent);
}

void spreadsheet_day(struct spreadsheet *s, int32_t day)
{
    if (day == 0)
        put_text(s, LOOK_TEXT, "");
    else
        put_number(s, LOOK_DAY, day);
}

void spreadsheet_row(struct spreadsheet *s)
{
    s->row++;
    s->column = 0;
}

void spreadsheet_sum(struct spreadsheet *s, const char *label)
{
    char formula[64];

    if (s->row == 1)
        return; /* nothing to sum */
    for (lxw_col_t i = 0; i < s->columns; i++) {
        enum look look = s->looks[i];
        if (i == 0)
            worksheet_write_string(s->sheet, s->row, i, label, s->sum[LOOK_TEXT]);
        else if (look != LOOK_EUROS && look != LOOK_COUNT)
            worksheet_write_blank(s->sheet, s->row, i, s->sum[LOOK_TEXT]);
        else {
            char letter = (char)('A' + i);
            snprintf(formula, sizeof(formula), "=SUM(%c2:%c%u)", letter, letter, (unsigned)s->row);
            worksheet_write_formula_num(s->sheet, s->row, i, formula, s->sum[look],
                                        number_of(look, s->sums[i]));
        }
    }
    spreadsheet_row(s);
}

/* ---- Charts ---------------------------------------------------------------------------------- */

/* Dark, hatched and dotted, as the charts on the pages are. */
static void paint(lxw_chart_series *series, size_t i)
{
    static const uint8_t types[] = {LXW_CHART_PATTERN_PERCENT_90,
                                    LXW_CHART_PATTERN_WIDE_UPWARD_DIAGONAL,
                                    LXW_CHART_PATTERN_PERCENT_10};
    lxw_chart_pattern pattern = {
        .fg_color = 0x1c3d5e, .bg_color = LXW_COLOR_WHITE, .type = types[i % 3]};
    lxw_chart_fill fill = {.color = 0x1c3d5e};
    lxw_chart_line line = {.color = 0x1c3d5e, .width = 0.75F};

    if (i == 0)
        chart_series_set_fill(series, &fill);
    else
        chart_series_set_pattern(series, &pattern);
    chart_series_set_line(series, &line);
}

void spreadsheet_draw(struct spreadsheet *s, const struct spreadsheet_drawing *d)
{
    static const uint8_t kinds[] = {[SPREADSHEET_BARS] = LXW_CHART_BAR,
                                    [SPREADSHEET_STACKED] = LXW_CHART_BAR_STACKED,
                                    [SPREADSHEET_UPRIGHT] = LXW_CHART_COLUMN};
    lxw_row_t last = s->row > CHART_ROWS_MAX ? CHART_ROWS_MAX : s->row - 1;

    if (s->row == 1)
        return;
    lxw_chart *chart = workbook_add_chart(s->book, kinds[d->kind]);
    if (chart == NULL)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    for (size_t i = 0; i < d->count; i++) {
        lxw_col_t column = (lxw_col_t)d->columns[i];
        lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
        chart_series_set_categories(series, s->name, 1, 0, last, 0);
        chart_series_set_values(series, s->name, 1, column, last, column);
        chart_series_set_name_range(series, s->name, 0, column);
        paint(series, i);
    }
    chart_title_set_name(chart, d->title);
    if (d->kind != SPREADSHEET_UPRIGHT)
        chart_axis_set_reverse(chart->x_axis); /* the first row on top */
    if (d->count == 1)
        chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    else
        chart_legend_set_position(chart, LXW_CHART_LEGEND_BOTTOM);
    lxw_chart_options options = {.x_scale = 1.4, .y_scale = 1.0 + 0.03 * last};
    worksheet_insert_chart_opt(s->sheet, 1, (lxw_col_t)(s->columns + 1), chart, &options);
}
