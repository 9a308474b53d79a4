/* saldo report - pages for people: the provider's statement, the client's balance, and what a night
 * or a month came to. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "calendar.h"
#include "draft.h"
#include "report/kinds.h"
#include "text.h"

struct request {
    int (*write)(struct inquiry *s, struct paper *p, const struct report_order *o);
    struct report_order order;
    const char *month; /* YYYY-MM */
    const char *language;
    const char *format; /* html, xlsx; NULL: there are only pages */
    const char *path;   /* NULL: standard output */
};

void report_foot(const struct inquiry *s, struct paper *p)
{
    char day[FIGURE_MAX], text[512];

    snprintf(text, sizeof(text), "%s %.40s \u00b7 %s %s \u00b7 %s %" PRIu64,
             word(p->language, WORD_LEDGER), s->ledger_id, word(p->language, WORD_SETTLED_UNTIL),
             figure_day(p->language, s->settled_through, day), word(p->language, WORD_ENTRY),
             s->last_number);
    paper_end(p, text);
}

const char *report_period(enum language language, const struct report_order *o, char *out)
{
    char from[FIGURE_MAX], to[FIGURE_MAX];

    if (o->month)
        return figure_month(language, calendar_month(o->from), out);
    figure_day(language, o->from, from);
    figure_day(language, o->to, to);
    if (o->from == o->to)
        snprintf(out, sizeof(from) + sizeof(to), "%s", from);
    else
        snprintf(out, sizeof(from) + sizeof(to), "%.60s\u2013%.60s", from, to);
    return out;
}

/* ---- Where it goes --------------------------------------------------------------------------- */

/* Nothing is left of a report that could not be finished, on standard output neither: the page is
 * made in a file without a name, and then copied. */
static int to_output(struct request *q, struct inquiry *s, struct paper *p)
{
    char bytes[65536];
    size_t len;

    p->file = tmpfile();
    if (p->file == NULL)
        return tool_fail(TOOL_INTERNAL, "a temporary file cannot be made");
    int rc = q->write(s, p, &q->order);
    bool good = fflush(p->file) == 0 && !ferror(p->file);
    rewind(p->file);
    while (rc == TOOL_OK && good && (len = fread(bytes, 1, sizeof(bytes), p->file)) > 0)
        good = fwrite(bytes, 1, len, stdout) == len;
    good = fclose(p->file) == 0 && good;
    return rc == TOOL_OK ? tool_written(good && fflush(stdout) == 0) : rc;
}

static bool is_workbook(const struct request *q)
{
    return q->format != NULL && strcmp(q->format, "xlsx") == 0;
}

static int to_file(struct request *q, struct inquiry *s, struct paper *p)
{
    struct draft *draft = draft_open(q->path);
    int rc;

    if (draft == NULL)
        return TOOL_INTERNAL;
    p->file = draft_file(draft);
    if (is_workbook(q))
        rc = report_workbook(s, p->language, draft_where(draft), &q->order);
    else
        rc = q->write(s, p, &q->order);
    if (rc == TOOL_OK)
        return draft_publish(draft, DRAFT_REPLACE);
    draft_drop(draft);
    return rc;
}

static int write_report(struct request *q, struct tool *tool)
{
    struct paper paper = {0};
    struct inquiry inquiry;

    if (!language_parse(q->language, &paper.language))
        return tool_fail(TOOL_USAGE, "report: the language is fi or en");
    if (q->order.to < q->order.from)
        return tool_fail(TOOL_USAGE, "report: the last day lies before the first");
    if (q->format != NULL && !is_workbook(q) && strcmp(q->format, "html") != 0)
        return tool_fail(TOOL_USAGE, "report: the format is html or xlsx");
    if (is_workbook(q) && q->path == NULL)
        return tool_fail(TOOL_USAGE, "report: a workbook needs --out FILE");
    int rc = inquiry_open(&inquiry, tool);
    if (rc == TOOL_OK)
        rc = q->path != NULL ? to_file(q, &inquiry, &paper) : to_output(q, &inquiry, &paper);
    inquiry_close(&inquiry);
    return rc;
}

/* ---- The command line ------------------------------------------------------------------------ */

static int month_days(const char *text, struct report_order *o)
{
    char first[TEXT_DAY_MAX];

    if (text == NULL)
        return tool_fail(TOOL_USAGE, "report: a month is missing");
    snprintf(first, sizeof(first), "%.7s-01", text);
    if (strlen(text) != 7 || !saldo_day_parse(first, &o->from))
        return tool_fail(TOOL_USAGE, "\"%s\" is not a month: write it as YYYY-MM", text);
    o->to = calendar_month_last(calendar_month(o->from));
    o->month = true;
    return TOOL_OK;
}

/* Ends with an exit code; the days are those of the month where one is asked for. */
static int run(struct request *q, struct tool *tool, enum arguments_result parsed)
{
    int rc = parsed == ARGUMENTS_GO ? TOOL_OK : arguments_exit(parsed);

    if (parsed == ARGUMENTS_GO && q->order.month)
        rc = month_days(q->month, &q->order);
    else if (parsed == ARGUMENTS_GO && q->order.to == 0)
        q->order.to = q->order.from;
    return parsed == ARGUMENTS_GO && rc == TOOL_OK ? write_report(q, tool) : rc;
}

static int run_statement(struct tool *tool, int argc, char **argv)
{
    struct request q = {.write = report_statement, .language = "fi"};
    const struct argument table[] = {
        {"ORGANISER", ARGUMENT_TEXT, &q.order.organiser, "its code", 0, 0},
        {"PROVIDER", ARGUMENT_TEXT, &q.order.provider, "its id", 0, 0},
        {"--from", ARGUMENT_DAY, &q.order.from, "first settled day", 0, "DAY"},
        {"--to", ARGUMENT_DAY, &q.order.to, "last settled day; the first unless given", 0, "DAY"},
        {"--lang", ARGUMENT_TEXT, &q.language, "fi (default) or en", 0, "LANG"},
        {"--out", ARGUMENT_TEXT, &q.path, "instead of standard output", 0, "FILE"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"report statement", "A provider's settled charges, as an HTML page.",
                            table, 6},
        argc, argv);

    if (parsed == ARGUMENTS_GO && q.order.from == 0)
        return tool_fail(TOOL_USAGE, "report statement: --from is missing");
    return run(&q, tool, parsed);
}

static int run_client(struct tool *tool, int argc, char **argv)
{
    struct request q = {.write = report_client, .language = "fi", .order.month = true};
    const struct argument table[] = {
        {"VOUCHER", ARGUMENT_VOUCHER, &q.order.voucher, "its number", 0, 0},
        {"--month", ARGUMENT_TEXT, &q.month, "the month of the services", 0, "YYYY-MM"},
        {"--lang", ARGUMENT_TEXT, &q.language, "fi (default) or en", 0, "LANG"},
        {"--out", ARGUMENT_TEXT, &q.path, "instead of standard output", 0, "FILE"},
    };

    return run(&q, tool,
               arguments_parse(tool,
                               &(struct arguments){"report client",
                                                   "What a client's voucher had and what was used "
                                                   "of it, as an HTML page.",
                                                   table, 4},
                               argc, argv));
}

static int run_night(struct tool *tool, int argc, char **argv)
{
    struct request q = {.write = report_overview, .language = "fi", .format = "html"};
    const struct argument table[] = {
        {"DAY", ARGUMENT_DAY, &q.order.from, "a settled day", 0, 0},
        {"--organiser", ARGUMENT_TEXT, &q.order.organiser, "only this one", 0, "CODE"},
        {"--format", ARGUMENT_TEXT, &q.format, "html (default) or xlsx", 0, "NAME"},
        {"--lang", ARGUMENT_TEXT, &q.language, "fi (default) or en", 0, "LANG"},
        {"--out", ARGUMENT_TEXT, &q.path, "instead of standard output", 0, "FILE"},
    };

    return run(&q, tool,
               arguments_parse(tool,
                               &(struct arguments){"report night",
                                                   "What a night settled, as a page or a workbook.",
                                                   table, 5},
                               argc, argv));
}

static int run_month(struct tool *tool, int argc, char **argv)
{
    struct request q = {
        .write = report_overview, .language = "fi", .format = "html", .order.month = true};
    const struct argument table[] = {
        {"MONTH", ARGUMENT_TEXT, &q.month, "YYYY-MM", 0, 0},
        {"--organiser", ARGUMENT_TEXT, &q.order.organiser, "only this one", 0, "CODE"},
        {"--format", ARGUMENT_TEXT, &q.format, "html (default) or xlsx", 0, "NAME"},
        {"--lang", ARGUMENT_TEXT, &q.language, "fi (default) or en", 0, "LANG"},
        {"--out", ARGUMENT_TEXT, &q.path, "instead of standard output", 0, "FILE"},
    };

    return run(&q, tool,
               arguments_parse(tool,
                               &(struct arguments){"report month",
                                                   "What a month settled, as a page or a workbook.",
                                                   table, 5},
                               argc, argv));
}

static const struct subcommand kinds[] = {
    {"statement", "a provider's settled charges", run_statement},
    {"client", "a client's balance and charges of a month", run_client},
    {"night", "what a night settled", run_night},
    {"month", "what a month settled", run_month},
};

int run_report(struct tool *tool, int argc, char **argv)
{
    const struct subcommands of = {"report kind", "report KIND", kinds,
                                   sizeof(kinds) / sizeof(kinds[0]), 10};

    return tool_dispatch(&of, tool, argc, argv);
}
