/* saldo batch - what the nights settled, a line for each organiser and provider. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "settled_day.h"
#include "slab.h"
#include "text.h"

struct batch {
    struct session session;
    int32_t from, to;
};

/* The lines of a day, which people want by code and not as they were registered. */
struct line {
    const char *organiser, *provider;
    int64_t rows, cents;
};
struct lines {
    struct line *list;
    size_t count, room;
    struct slab slab;
};

static const char *keep_text(struct slab *slab, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(slab_alloc(slab, size), text, size);
}

static int keep_line(void *arg, const Saldo__V1__BatchLine *line, int32_t day)
{
    struct lines *l = arg;

    (void)day;
    l->list = tool_grow(l->list, l->count, &l->room, sizeof(*l->list));
    l->list[l->count++] =
        (struct line){keep_text(&l->slab, line->organiser), keep_text(&l->slab, line->provider),
                      line->rows, line->cents};
    return TOOL_OK;
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = strcmp(x->organiser, y->organiser);

    return order != 0 ? order : strcmp(x->provider, y->provider);
}

static void write_lines(struct lines *l, int32_t day, struct output *o)
{
    if (l->count > 0)
        qsort(l->list, l->count, sizeof(*l->list), compare_lines);
    for (size_t i = 0; i < l->count; i++) {
        output_day(o, day);
        output_text(o, l->list[i].organiser);
        output_text(o, l->list[i].provider);
        output_number(o, l->list[i].rows);
        output_cents(o, l->list[i].cents);
    }
    free(l->list);
    slab_free(&l->slab);
}

/* One figure for all lines, and what pins them down: people compare these with the receipt. */
static void write_total(const struct settled_day *batch, int32_t day)
{
    char text[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX], hex[TEXT_HEX_MAX];

    printf("%s: %lld rows, %s euros, entry %llu, hash %s\n", text_day(day, text),
           (long long)batch->rows, text_euros(batch->cents, euros),
           (unsigned long long)batch->number, text_hex(batch->hash, batch->hash_len, hex));
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
        struct settled_day batch;
        struct lines lines = {0};
        char text[TEXT_DAY_MAX];
        rc = settled_day_ask(&b->session, day, &batch, keep_line, &lines);
        if (rc == TOOL_OK && !batch.known)
            rc = tool_fail(TOOL_REFUSED, "%s is not settled", text_day(day, text));
        if (rc == TOOL_OK && o == NULL)
            o = output_open(stdout, format, &shape);
        if (rc != TOOL_OK)
            lines.count = 0; /* half a day is none */
        write_lines(&lines, day, o);
        if (rc == TOOL_OK && format == OUTPUT_PEOPLE) {
            good = output_close(o) && good;
            o = NULL;
            write_total(&batch, day);
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
