/* saldo batch - what the nights settled, a line for each organiser and provider. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "outcome.h"
#include "session.h"
#include "text.h"

struct batch {
    struct session session;
    int32_t from, to;
};

static int compare_lines(const void *a, const void *b)
{
    const Saldo__V1__BatchLine *const *x = a, *const *y = b;
    int order = strcmp((*x)->organiser, (*y)->organiser);

    return order != 0 ? order : strcmp((*x)->provider, (*y)->provider);
}

static void write_lines(const Saldo__V1__Batch *batch, struct output *o)
{
    qsort(batch->lines, batch->n_lines, sizeof(*batch->lines), compare_lines);
    for (size_t i = 0; i < batch->n_lines; i++) {
        const Saldo__V1__BatchLine *line = batch->lines[i];
        output_day(o, batch->day);
        output_text(o, line->organiser);
        output_text(o, line->provider);
        output_number(o, line->rows);
        output_cents(o, line->cents);
    }
}

/* One figure for all lines, and what pins them down: people compare these with the receipt. */
static void write_total(const Saldo__V1__Batch *batch)
{
    char day[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX], hex[TEXT_HEX_MAX];
    size_t len = batch->hash.len < 64 ? batch->hash.len : 64;

    printf("%s: %lld rows, %s euros, entry %llu, hash %s\n", text_day(batch->day, day),
           (long long)batch->rows, text_euros(batch->cents, euros),
           (unsigned long long)batch->number, text_hex(batch->hash.data, len, hex));
}

static int query_day(struct batch *b, int32_t day)
{
    Saldo__V1__BatchQuery batch = SALDO__V1__BATCH_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    char text[TEXT_DAY_MAX];
    int code;

    batch.day = day;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_BATCH;
    query.batch = &batch;
    int rc = session_try(&b->session, &query, SALDO__V1__REPLY__RESULT_BATCH, &code);
    if (rc == TOOL_REFUSED && code == OUTCOME_ROW_UNKNOWN)
        return tool_fail(rc, "%s is not settled", text_day(day, text));
    return rc == TOOL_REFUSED ? session_fail(b->session.saldo, SALDO_ERROR_REFUSED) : rc;
}

/* Days one after the other; people see each day's lines and its total, programs one list. */
static int write_days(struct batch *b)
{
    static const char *const columns[] = {"day", "organiser", "provider", "rows", "cents"};
    const struct output_shape shape = {columns, 5, false};
    enum output_format format = b->session.tool->format;
    struct output *o = NULL;
    bool good = true;
    int rc = TOOL_OK;

    for (int32_t day = b->from; day <= b->to && rc == TOOL_OK; day++) {
        rc = query_day(b, day);
        if (rc != TOOL_OK)
            break;
        if (o == NULL)
            o = output_open(stdout, format, &shape);
        write_lines(b->session.reply->batch, o);
        if (format == OUTPUT_PEOPLE) {
            good = output_close(o) && good;
            o = NULL;
            write_total(b->session.reply->batch);
        }
    }
    if (o != NULL)
        good = output_close(o) && good;
    return good || rc != TOOL_OK ? rc : tool_fail(TOOL_INTERNAL, "the result cannot be written");
}

int run_batch(struct tool *tool, int argc, char **argv)
{
    struct batch b = {0};
    const struct argument table[] = {
        {"DAY", ARGUMENT_DAY, &b.from, "a settled day", 0, 0},
        {"--to", ARGUMENT_DAY, &b.to, "and every day up to this one", 0, "DAY"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"batch", "What a night settled, by organiser and provider.", table, 2},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (b.to == 0)
        b.to = b.from;
    if (b.to < b.from)
        return tool_fail(TOOL_USAGE, "batch: the last day lies before the first");
    int rc = session_open(&b.session, tool, NULL);
    if (rc == TOOL_OK)
        rc = write_days(&b);
    session_close(&b.session);
    return rc;
}
