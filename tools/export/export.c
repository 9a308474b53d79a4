/* saldo export - the books of a period, for hledger, ledger, beancount, spreadsheets and programs.
 */
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "draft.h"
#include "export/night.h"
#include "export/source.h"
#include "export/writer.h"
#include "progress.h"
#include "session.h"

struct export
{
    struct session session;
    struct book book;
    struct source source;
    struct writer writer;
    struct night night;
    struct draft *draft; /* NULL: standard output */
    const char *format, *detail, *out;
};

/* Where the period begins the accounts have what came before; together it is zero. */
static void write_opening(struct export *x)
{
    const struct book *b = &x->book;
    struct book_entry e = {.day = b->from,
                           .kind = "opening",
                           .text = "Opening balances",
                           .payee = WRITER_PAYEE,
                           .voucher = "",
                           .service = "",
                           .request_id = "",
                           .end_to_end_id = "",
                           .reference = "",
                           .reason = ""};

    e.postings = tool_alloc(b->count, sizeof(*e.postings));
    for (size_t i = 0; i < b->count; i++)
        if (b->accounts[i]->opening != 0)
            e.postings[e.count++] = (struct book_posting){b->accounts[i], b->accounts[i]->opening};
    if (e.count > 0)
        x->writer.format->entry(&x->writer, &e);
    free(e.postings);
}

/* The payouts and bank lines of a day; *next is the first event that is not written. */
static void write_events(struct export *x, int32_t day, size_t *next)
{
    struct book_posting postings[2];
    struct book_entry e;

    for (; *next < x->source.events_count && x->source.events[*next].day <= day; ++*next) {
        source_event_entry(&x->book, &x->source.events[*next], &e, postings);
        book_post(&x->book, &e);
        x->writer.format->entry(&x->writer, &e);
    }
}

static int write_days(struct export *x)
{
    struct progress progress;
    size_t next = 0;
    int rc = TOOL_OK;

    progress_start(&progress, "days", (size_t)((int64_t)x->book.to - x->book.from + 1),
                   x->session.tool->quiet);
    for (int32_t day = x->book.from; rc == TOOL_OK && day <= x->book.to; day++) {
        if (day >= x->source.first)
            rc = night_write(&x->night, day);
        if (rc == TOOL_OK)
            write_events(x, day, &next);
        progress_add(&progress, 1);
    }
    progress_end(&progress);
    return rc;
}

static int write_book(struct export *x)
{
    x->source = (struct source){.session = &x->session, .book = &x->book};
    int rc = source_nights(&x->source);
    book_sort(&x->book);
    if (rc == TOOL_OK)
        rc = source_payouts(&x->source);
    book_sort(&x->book);
    if (rc != TOOL_OK)
        return rc;
    x->night = (struct night){
        .source = &x->source, .writer = &x->writer, .rows = strcmp(x->detail, "rows") == 0};
    x->writer.book = &x->book;
    x->writer.made_ms = x->source.made_ms;
    x->writer.format->begin(&x->writer);
    write_opening(x);
    rc = write_days(x);
    x->writer.format->end(&x->writer);
    if (rc == TOOL_OK && x->writer.failed)
        rc = TOOL_INTERNAL;
    return rc == TOOL_OK ? source_agrees(&x->source) : rc;
}

/* A file appears when all of it is right; on standard output only the exit code can tell. */
static int run(struct export *x, struct tool *tool)
{
    if (x->out != NULL && (x->draft = draft_open(x->out)) == NULL)
        return TOOL_INTERNAL;
    x->writer.file = x->draft != NULL ? draft_file(x->draft) : stdout;
    x->writer.path = x->draft != NULL ? draft_where(x->draft) : "-";
    int rc = session_open(&x->session, tool, NULL);
    if (rc == TOOL_OK)
        rc = write_book(x);
    if (rc == TOOL_OK && x->draft == NULL)
        rc = tool_written(fflush(stdout) == 0 && !ferror(stdout));
    if (rc == TOOL_OK && x->draft != NULL)
        rc = draft_publish(x->draft, DRAFT_REPLACE);
    else
        draft_drop(x->draft);
    night_free(&x->night);
    source_free(&x->source);
    book_free(&x->book);
    session_close(&x->session);
    return rc;
}

int run_export(struct tool *tool, int argc, char **argv)
{
    struct export x = {.detail = "rows"};
    const struct argument table[] = {
        {"--format", ARGUMENT_TEXT, &x.format, "hledger, ledger, beancount, csv, ndjson or xlsx", 0,
         "NAME"},
        {"--from", ARGUMENT_DAY, &x.book.from, "first day of the period", 0, "DAY"},
        {"--to", ARGUMENT_DAY, &x.book.to, "last day, which must be settled", 0, "DAY"},
        {"--detail", ARGUMENT_TEXT, &x.detail, "rows: an entry for each charge; or days", 0,
         "rows|days"},
        {"--out", ARGUMENT_TEXT, &x.out, "write to FILE instead of standard output", 0, "FILE"},
    };
    enum arguments_result parsed =
        arguments_parse(tool,
                        &(struct arguments){"export", "The books of a period in full double entry.",
                                            table, sizeof(table) / sizeof(table[0])},
                        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (x.format == NULL || x.book.from == 0 || x.book.to == 0)
        return tool_fail(TOOL_USAGE, "export: --format, --from and --to are needed");
    if ((x.writer.format = writer_format(x.format)) == NULL)
        return tool_fail(TOOL_USAGE, "export: there is no format %s", x.format);
    if (x.book.to < x.book.from)
        return tool_fail(TOOL_USAGE, "export: the last day lies before the first");
    if (strcmp(x.detail, "rows") != 0 && strcmp(x.detail, "days") != 0)
        return tool_fail(TOOL_USAGE, "export: --detail is rows or days");
    if (x.writer.format == &writer_xlsx && x.out == NULL)
        return tool_fail(TOOL_USAGE, "export: a workbook needs --out FILE");
    return run(&x, tool);
}
