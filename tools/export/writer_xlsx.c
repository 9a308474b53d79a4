/* writer_xlsx.c - a workbook: all postings, and the accounts with their sums.
 *
 * Rows are written as they come and not kept. Ids are texts: a spreadsheet makes numbers of
 * nothing here but of amounts. A sheet is full after a million rows; then the next one begins. */
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

#include "export/writer.h"
#include "text.h"
#include "tool.h"

enum { SHEET_ROWS = 1000000, COLUMN_AMOUNT = 14 };

struct workbook {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *bold, *euros, *sum;
    lxw_row_t row; /* the next one of the sheet */
    unsigned sheets;
};

struct column {
    const char *name;
    double width;
};

static void start_sheet(struct workbook *x, const char *name, const struct column *columns,
                        lxw_col_t count)
{
    x->sheet = workbook_add_worksheet(x->book, name);
    if (x->sheet == NULL)
        exit(tool_fail(TOOL_INTERNAL, "the sheet %s cannot be made", name));
    for (lxw_col_t i = 0; i < count; i++) {
        worksheet_set_column(x->sheet, i, i, columns[i].width, NULL);
        worksheet_write_string(x->sheet, 0, i, columns[i].name, x->bold);
    }
    worksheet_freeze_panes(x->sheet, 1, 0);
    x->row = 1;
}

static void start_postings(struct workbook *x)
{
    static const struct column columns[] = {
        {"date", 11},    {"transaction", 11}, {"payee", 34},   {"text", 30},     {"kind", 10},
        {"voucher", 12}, {"service", 26},     {"request", 35}, {"e2e", 32},      {"reference", 24},
        {"reason", 10},  {"entry", 10},       {"account", 46}, {"provider", 10}, {"amount", 14},
    };
    char name[32];

    x->sheets++;
    snprintf(name, sizeof(name), x->sheets == 1 ? "Postings" : "Postings %u", x->sheets);
    start_sheet(x, name, columns, sizeof(columns) / sizeof(columns[0]));
}

/* The sums are there as values too, for readers that do not compute. */
static void sum_columns(struct workbook *x, lxw_col_t first, const int64_t *sums, lxw_col_t count)
{
    char formula[64];

    if (x->row == 1)
        return; /* nothing to sum */
    worksheet_write_string(x->sheet, x->row, 0, "Sum", x->bold);
    for (lxw_col_t i = 0; i < count; i++) {
        char letter = (char)('A' + first + i);
        snprintf(formula, sizeof(formula), "=SUM(%c2:%c%u)", letter, letter, (unsigned)x->row);
        worksheet_write_formula_num(x->sheet, x->row, (lxw_col_t)(first + i), formula, x->sum,
                                    (double)sums[i] / 100);
    }
}

/* Whole entries stand on a sheet, so what is posted on one sums to zero. */
static void end_postings(struct workbook *x)
{
    const int64_t zero = 0;

    sum_columns(x, COLUMN_AMOUNT, &zero, 1);
}

static void begin(struct writer *w)
{
    struct workbook *x = tool_alloc(1, sizeof(*x));
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};

    x->book = workbook_new_opt(w->path, &options);
    if (x->book == NULL)
        exit(tool_fail(TOOL_INTERNAL, "%s: cannot be written", w->path));
    x->bold = workbook_add_format(x->book);
    x->euros = workbook_add_format(x->book);
    x->sum = workbook_add_format(x->book);
    format_set_bold(x->bold);
    format_set_bold(x->sum);
    format_set_num_format(x->euros, "#,##0.00");
    format_set_num_format(x->sum, "#,##0.00");
    w->workbook = x;
    start_postings(x);
}

/* A spreadsheet has no other numbers than floating point; cents up to 2^53 are exact in it until
 * they are divided, and show two decimals. */
static void write_euros(struct workbook *x, lxw_col_t column, int64_t cents)
{
    worksheet_write_number(x->sheet, x->row, column, (double)cents / 100, x->euros);
}

static void write_posting(struct workbook *x, const char *const texts[12],
                          const struct book_posting *p)
{
    for (lxw_col_t i = 0; i < 12; i++)
        if (texts[i][0] != '\0')
            worksheet_write_string(x->sheet, x->row, i, texts[i], NULL);
    worksheet_write_string(x->sheet, x->row, 12, p->account->name, NULL);
    worksheet_write_string(x->sheet, x->row, 13, p->account->provider, NULL);
    write_euros(x, COLUMN_AMOUNT, p->cents);
    x->row++;
}

static void entry(struct writer *w, const struct book_entry *e)
{
    struct workbook *x = w->workbook;
    struct writer_tag tags[WRITER_TAGS];
    char number[24], transaction[24], date[TEXT_DAY_MAX];
    const char *texts[4 + WRITER_TAGS] = {date, transaction, e->payee, e->text};

    text_day(e->day, date);
    snprintf(transaction, sizeof(transaction), "%llu", (unsigned long long)++w->entries);
    writer_tags(e, number, tags);
    for (size_t i = 0; i < WRITER_TAGS; i++)
        texts[4 + i] = tags[i].text;
    if (x->row + e->count > SHEET_ROWS) {
        end_postings(x);
        start_postings(x);
    }
    for (size_t i = 0; i < e->count; i++)
        write_posting(x, texts, &e->postings[i]);
}

static void write_balances(struct workbook *x, const struct book *b)
{
    static const struct column columns[] = {
        {"account", 46}, {"opening", 14}, {"debit", 14}, {"credit", 14}, {"closing", 14}};

    int64_t sums[4] = {0};

    start_sheet(x, "Balances", columns, 5);
    for (size_t i = 0; i < b->count; i++, x->row++) {
        const struct book_account *a = b->accounts[i];
        worksheet_write_string(x->sheet, x->row, 0, a->name, NULL);
        const int64_t figures[4] = {a->opening, a->debit, a->credit, book_balance(a)};
        for (lxw_col_t k = 0; k < 4; k++) {
            write_euros(x, (lxw_col_t)(k + 1), figures[k]);
            sums[k] += figures[k];
        }
    }
    sum_columns(x, 1, sums, 4);
}

static void end(struct writer *w)
{
    struct workbook *x = w->workbook;

    end_postings(x);
    write_balances(x, w->book);
    lxw_error error = workbook_close(x->book); /* frees it in any case */
    free(x);
    w->workbook = NULL;
    if (error != LXW_NO_ERROR)
        exit(tool_fail(TOOL_INTERNAL, "%s: cannot be written: %s", w->path, lxw_strerror(error)));
}

const struct writer_format writer_xlsx = {"xlsx", begin, entry, end};
