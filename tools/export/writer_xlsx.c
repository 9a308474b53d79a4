/* writer_xlsx.c - a workbook: all postings, and the accounts with their sums.
 *
 * Rows are written as they come and not kept. A sheet is full after a million rows; then the next
 * one begins: whole entries stand on a sheet, so what is posted on one sums to zero. */
#include "export/writer.h"
#include "spreadsheet.h"
#include "text.h"
#include "tool.h"

static void start_postings(struct writer *w)
{
    static const struct spreadsheet_column columns[] = {
        {"date", 11},    {"transaction", 11}, {"payee", 34},   {"text", 30},     {"kind", 10},
        {"voucher", 12}, {"service", 26},     {"request", 35}, {"e2e", 32},      {"reference", 24},
        {"reason", 10},  {"entry", 10},       {"account", 46}, {"provider", 10}, {"amount", 14},
    };
    char name[32];

    w->sheets++;
    snprintf(name, sizeof(name), w->sheets == 1 ? "Postings" : "Postings %u", w->sheets);
    spreadsheet_sheet(w->workbook, name, columns, sizeof(columns) / sizeof(columns[0]));
}

static void begin(struct writer *w)
{
    w->workbook = spreadsheet_open(w->path, w->made_ms, SPREADSHEET_STREAMED);
    start_postings(w);
}

static void write_posting(struct spreadsheet *x, const char *const texts[], size_t count,
                          const struct book_posting *p)
{
    for (size_t i = 0; i < count; i++)
        spreadsheet_text(x, texts[i]);
    spreadsheet_text(x, p->account->name);
    spreadsheet_text(x, p->account->provider);
    spreadsheet_euros(x, p->cents);
    spreadsheet_row(x);
}

static void entry(struct writer *w, const struct book_entry *e)
{
    struct writer_tag tags[WRITER_TAGS];
    char number[24], transaction[24], date[TEXT_DAY_MAX];
    const char *texts[4 + WRITER_TAGS] = {date, transaction, e->payee, e->text};

    text_day(e->day, date);
    snprintf(transaction, sizeof(transaction), "%llu", (unsigned long long)++w->entries);
    writer_tags(e, number, tags);
    for (size_t i = 0; i < WRITER_TAGS; i++)
        texts[4 + i] = tags[i].text;
    if (spreadsheet_rows(w->workbook) + e->count > SPREADSHEET_ROWS) {
        spreadsheet_sum(w->workbook, "Sum");
        start_postings(w);
    }
    for (size_t i = 0; i < e->count; i++)
        write_posting(w->workbook, texts, 4 + WRITER_TAGS, &e->postings[i]);
}

static void write_balances(struct spreadsheet *x, const struct book *b)
{
    static const struct spreadsheet_column columns[] = {
        {"account", 46}, {"opening", 14}, {"debit", 14}, {"credit", 14}, {"closing", 14}};

    spreadsheet_sheet(x, "Balances", columns, 5);
    for (size_t i = 0; i < b->count; i++) {
        const struct book_account *a = b->accounts[i];
        spreadsheet_text(x, a->name);
        spreadsheet_euros(x, a->opening);
        spreadsheet_euros(x, a->debit);
        spreadsheet_euros(x, a->credit);
        spreadsheet_euros(x, book_balance(a));
        spreadsheet_row(x);
    }
    spreadsheet_sum(x, "Sum");
}

static void end(struct writer *w)
{
    spreadsheet_sum(w->workbook, "Sum");
    write_balances(w->workbook, w->book);
    w->failed = spreadsheet_close(w->workbook) != TOOL_OK;
    w->workbook = NULL;
}

const struct writer_format writer_xlsx = {"xlsx", begin, entry, end};
