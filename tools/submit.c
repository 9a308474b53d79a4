/* saldo submit - a file of charges and deletions, signed with their providers' keys and sent in the
 * order of the file.
 *
 * Nothing is sent before the whole file has been read and every provider's key is there. Refusals
 * are answers, not errors. The same file sends the same request ids, so a run that was
 * interrupted is repeated as it is: what was answered before is answered alike. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "answers.h"
#include "arguments.h"
#include "base/check.h"
#include "events.h"
#include "progress.h"
#include "session.h"
#include "wires.h"

enum { SUBMIT_WINDOW_MAX = 64 };

struct submit;

/* One request under way. */
struct flight {
    struct submit *submit; /* NULL: free */
    struct wire *wire;
    size_t first, count; /* events */
};

struct submit {
    struct tool *tool;
    const char *path;
    int64_t batch, window;
    struct events events;
    struct answers *answers;
    struct wires wires;
    struct flight flights[SUBMIT_WINDOW_MAX];
    struct saldo_charge *charges; /* of the request being made, room for a batch */
    struct progress progress;
    int rc;
};

/* ---- Answers --------------------------------------------------------------------------------- */

/* The first error ends the run; what it means for the event is said with its line. */
static void stop(struct submit *s, size_t index, int rc)
{
    if (s->rc == TOOL_OK)
        tool_fail(0, "stopped at %s:%zu: run it again, the same requests get the same answers",
                  s->path, s->events.list[index].line);
    s->rc = rc;
}

/* What a request's end means for its events. */
static void finish(struct submit *s, const struct flight *f, enum saldo_error error,
                   const struct saldo_answer *answers)
{
    struct saldo *saldo = f->wire->saldo;
    struct saldo_answer refused = {0};

    if (error == SALDO_ERROR_REFUSED)
        refused.code = saldo_error_code(saldo);
    else if (error != SALDO_OK)
        stop(s, f->first, session_fail(saldo, error));
    for (size_t i = 0; i < f->count && s->rc == TOOL_OK; i++) {
        const struct saldo_answer *answer = error == SALDO_OK ? &answers[i] : &refused;
        answers_give(s->answers, f->first + i, answer);
        if (error == SALDO_OK && !answers_receipt(s->answers, f->first + i, saldo, answer->number))
            stop(s, f->first + i, TOOL_INTERNAL);
    }
    progress_add(&s->progress, f->count);
}

static void on_done(void *arg, uint64_t ticket, enum saldo_error error,
                    const struct saldo_answer *answers, size_t count)
{
    struct flight *f = arg;
    struct submit *s = f->submit;

    (void)ticket;
    CHECK(error != SALDO_OK || count == f->count);
    f->wire->under_way--;
    s->wires.under_way--;
    finish(s, f, error, answers);
    f->submit = NULL;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* At most `most` requests stay under way. */
static void wait_until(struct submit *s, size_t most)
{
    while (s->rc == TOOL_OK && s->wires.under_way > most) {
        int rc = wires_wait(&s->wires);
        if (rc != TOOL_OK && s->rc == TOOL_OK)
            s->rc = rc;
    }
}

static struct wire *wire_of(struct submit *s, const struct event *e)
{
    struct wire *wire = NULL;

    while (s->rc == TOOL_OK && wire == NULL) {
        s->rc = wires_get(&s->wires, e->provider, &wire);
        if (s->rc == TOOL_OK && wire == NULL)
            wait_until(s, s->wires.under_way - 1);
    }
    if (s->rc == TOOL_OK && saldo_is_simulated(wire->saldo))
        saldo_set_recorded_at(wire->saldo, e->recorded_at_ms);
    return wire;
}

static void send_deletion(struct submit *s, size_t index)
{
    const struct event *e = &s->events.list[index];
    struct saldo_answer answer = {0};
    uint8_t id[16];

    wait_until(s, 0); /* it may be about any charge before it */
    struct wire *wire = wire_of(s, e);
    if (s->rc != TOOL_OK)
        return;
    event_command_id(e, id);
    enum saldo_error error = saldo_delete(wire->saldo, id, e->charge.request_id, &answer);
    finish(s, &(struct flight){s, wire, index, 1}, error, &answer);
}

static struct flight *free_flight(struct submit *s)
{
    for (size_t i = 0; i < SUBMIT_WINDOW_MAX; i++)
        if (s->flights[i].submit == NULL)
            return &s->flights[i];
    return NULL;
}

static void send_charges(struct submit *s, size_t first, size_t count)
{
    wait_until(s, (size_t)s->window - 1);
    struct wire *wire = wire_of(s, &s->events.list[first]);
    if (s->rc != TOOL_OK)
        return;
    struct flight *f = free_flight(s);
    CHECK(f != NULL);
    *f = (struct flight){s, wire, first, count};
    for (size_t i = 0; i < count; i++)
        s->charges[i] = s->events.list[first + i].charge;
    uint64_t ticket;
    wire->under_way++;
    s->wires.under_way++;
    enum saldo_error error = saldo_start(wire->saldo, s->charges, count, on_done, f, &ticket);
    if (error != SALDO_OK)
        on_done(f, 0, error, NULL, 0);
    if (s->window == 1)
        wait_until(s, 0);
}

/* How many events from `first` on go under one signature: charges of one provider in a row, on a
 * simulated ledger of one instant, because a request has only one. */
static size_t run_length(const struct submit *s, size_t first, bool simulated)
{
    const struct event *a = &s->events.list[first];
    size_t n = 1;

    for (; n < (size_t)s->batch && first + n < s->events.count; n++) {
        const struct event *b = &s->events.list[first + n];
        if (b->deletes || strcmp(a->provider, b->provider) != 0 ||
            (simulated && a->recorded_at_ms != b->recorded_at_ms))
            break;
    }
    return n;
}

static void send_all(struct submit *s)
{
    bool simulated = false;

    if (s->events.count > 0) {
        struct wire *wire = wire_of(s, &s->events.list[0]);
        simulated = s->rc == TOOL_OK && saldo_is_simulated(wire->saldo);
    }
    s->charges = tool_alloc((size_t)s->batch, sizeof(*s->charges));
    progress_start(&s->progress, "events", s->events.count, s->tool->quiet);
    for (size_t at = 0; at < s->events.count && s->rc == TOOL_OK;) {
        size_t count = 1;
        if (s->events.list[at].deletes) {
            send_deletion(s, at);
        } else {
            count = run_length(s, at, simulated);
            send_charges(s, at, count);
        }
        at += count;
    }
    wait_until(s, 0);
    progress_end(&s->progress);
    free(s->charges);
}

/* ---- Before anything is sent --------------------------------------------------------------------
 */

static int compare_provider(const void *a, const void *b)
{
    const struct event *const *x = a, *const *y = b;
    int order = strcmp((*x)->provider, (*y)->provider);

    return order != 0 ? order : (*x)->line < (*y)->line ? -1 : 1;
}

static void check_key(const struct submit *s, const struct event *e, struct report *report)
{
    uint8_t signing[32], transport[32];

    if (saldo_key_public(s->tool->home, e->provider, signing, transport) == SALDO_OK)
        return;
    report_at(report, e->line, "provider",
              "keys/%s.key: %s: make it with saldo keygen or saldo import --enrol", e->provider,
              strerror(errno));
}

/* Each provider's key must be there; complaints name the provider's first line. */
static void check_keys(const struct submit *s, struct report *report)
{
    const struct event **sorted = tool_alloc(s->events.count, sizeof(*sorted));

    for (size_t i = 0; i < s->events.count; i++)
        sorted[i] = &s->events.list[i];
    qsort(sorted, s->events.count, sizeof(*sorted), compare_provider);
    for (size_t i = 0; i < s->events.count; i++)
        if (i == 0 || strcmp(sorted[i - 1]->provider, sorted[i]->provider) != 0)
            check_key(s, sorted[i], report);
    free(sorted);
}

static int read_events(struct submit *s)
{
    struct report report = {.out = stderr, .file = s->path};

    if (events_read(&s->events, s->path, &report))
        check_keys(s, &report);
    if (report.count == 0)
        return TOOL_OK;
    return tool_fail(TOOL_INPUT, "%zu error%s: nothing was sent", report.count,
                     report.count == 1 ? "" : "s");
}

/* ---- The subcommand ----------------------------------------------------------------------------
 */

static int submit_to(struct submit *s, const struct answers_options *options)
{
    s->answers = answers_open(&s->events, options);
    s->wires.tool = s->tool;
    send_all(s);
    wires_close(&s->wires);
    bool good = options->file == stdout || answers_counts(s->answers, stdout, s->tool->format);
    good = answers_close(s->answers) && good;
    if (!good && s->rc == TOOL_OK)
        return tool_fail(TOOL_INTERNAL, "the answers cannot be written");
    return s->rc;
}

static int submit_file(struct submit *s, const char *answers, const char *receipts)
{
    struct answers_options options = {.file = stdout, .receipts = receipts};
    int rc = read_events(s);

    if (rc != TOOL_OK)
        return rc;
    options.format = answers == NULL && s->tool->json ? OUTPUT_JSON : OUTPUT_CSV;
    if (receipts != NULL && mkdir(receipts, 0755) != 0 && errno != EEXIST)
        return tool_fail(TOOL_USAGE, "%s: %s", receipts, strerror(errno));
    if (answers != NULL && (options.file = fopen(answers, "we")) == NULL)
        return tool_fail(TOOL_USAGE, "%s: %s", answers, strerror(errno));
    rc = submit_to(s, &options);
    if (answers != NULL && fclose(options.file) != 0 && rc == TOOL_OK)
        rc = tool_fail(TOOL_INTERNAL, "%s: %s", answers, strerror(errno));
    return rc;
}

int run_submit(struct tool *tool, int argc, char **argv)
{
    struct submit s = {.tool = tool, .batch = 1, .window = 1};
    const char *answers = NULL, *receipts = NULL;
    const struct argument table[] = {
        {"FILE", ARGUMENT_TEXT, &s.path, "events as CSV: charges and deletions", 0, 0},
        {"--answers", ARGUMENT_TEXT, &answers, "the answers go there, not to the output", 0, "OUT"},
        {"--receipts", ARGUMENT_TEXT, &receipts, "keep each receipt in DIR/ID.receipt", 0, "DIR"},
        {"--batch", ARGUMENT_NUMBER, &s.batch, "charges under one signature, 1 to 8192", 0, "N"},
        {"--window", ARGUMENT_NUMBER, &s.window, "requests under way, 1 (exact order) to 64", 0,
         "N"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"submit", "Send charges and deletions, each signed by its provider.",
                            table, sizeof(table) / sizeof(table[0])},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (s.batch < 1 || s.batch > SALDO_BATCH_MAX || s.window < 1 || s.window > SUBMIT_WINDOW_MAX)
        return tool_fail(TOOL_USAGE, "submit: --batch is 1 to 8192, --window 1 to 64");
    int rc = submit_file(&s, answers, receipts);
    events_free(&s.events);
    return rc;
}
