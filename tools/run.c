/* saldo run - payout runs: look at them, start one, and let it go by four eyes. */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "pager.h"
#include "text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* ---- list -------------------------------------------------------------------------------------
 */

/* Entry numbers start at 1: there is none yet. */
static void write_entry(struct output *o, uint64_t number)
{
    if (number == 0)
        output_empty(o);
    else
        output_number(o, (int64_t)number);
}

static int write_runs(struct session *s, const Saldo__V1__RunsQuery *query)
{
    static const char *const columns[] = {
        "run_day",     "execution_day", "organiser",      "payouts",        "cents",   "state",
        "prepared_by", "released_by",   "prepared_entry", "released_entry", "released"};
    struct output *o = output_open(stdout, s->tool->format,
                                   &(struct output_shape){columns, COUNT(columns), false});
    const Saldo__V1__Run *r;
    struct pager pager;

    pager_ask_runs(&pager, s, query);
    while ((r = pager_run(&pager)) != NULL) {
        output_day(o, r->run_day);
        output_day(o, r->execution_day);
        output_text(o, r->organiser);
        output_number(o, r->payouts);
        output_cents(o, r->cents);
        output_text(o, r->state);
        output_text(o, r->prepared_by);
        output_text(o, r->released_by);
        write_entry(o, r->prepared_number);
        write_entry(o, r->released_number);
        output_time(o, r->released_ms);
    }
    int rc = pager_end(&pager);
    int written = tool_written(output_close(o));
    return rc != TOOL_OK ? rc : written;
}

static int run_list(struct tool *tool, int argc, char **argv)
{
    struct session s;
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    const struct argument table[] = {
        {"--from", ARGUMENT_DAY, &runs.from_day, "runs of this day and later", 0, "DAY"},
        {"--to", ARGUMENT_DAY, &runs.to_day, "runs of this day and earlier", 0, "DAY"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"run list", "The payout runs: OPEN, PREPARED or RELEASED, and by whom.",
                            table, COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    int rc = session_open(&s, tool, NULL);
    if (rc == TOOL_OK)
        rc = write_runs(&s, &runs);
    session_close(&s);
    return rc;
}

/* ---- start ------------------------------------------------------------------------------------
 */

static int run_start(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__StartPayoutRun start = SALDO__V1__START_PAYOUT_RUN__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const char *organiser;
    const struct argument table[] = {
        {"ORGANISER", ARGUMENT_TEXT, &organiser, "whose payables", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"run start",
                            "Make payouts of all that is payable, as of the last settled day.",
                            table, COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    start.organiser = tool_lend(organiser);
    command.body_case = SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN;
    command.start_payout_run = &start;
    return session_act(tool, NULL, &command);
}

/* ---- prepare and release ----------------------------------------------------------------------
 */

/* What is signed: the figures of the run as the ledger has it now. */
struct figures {
    const char *organiser;
    int32_t day;
    int64_t payouts;
    int64_t cents;
};

static int find_figures(struct session *s, struct figures *f, bool *found)
{
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    const Saldo__V1__Run *r;
    struct pager pager;

    runs.from_day = f->day;
    runs.to_day = f->day;
    pager_ask_runs(&pager, s, &runs);
    while ((r = pager_run(&pager)) != NULL) {
        if (strcmp(r->organiser, f->organiser) != 0)
            continue;
        f->payouts = r->payouts;
        f->cents = r->cents;
        *found = true;
    }
    return pager_end(&pager);
}

static int ask_figures(struct tool *tool, struct figures *f)
{
    struct session s;
    bool found = false;
    int rc = session_open(&s, tool, NULL);

    if (rc == TOOL_OK)
        rc = find_figures(&s, f, &found);
    session_close(&s);
    if (rc == TOOL_OK && !found)
        rc = tool_fail(TOOL_REFUSED, "%s has no payout run of that day", f->organiser);
    return rc;
}

/* What was not given on the command line is what the ledger says, and is shown. */
static int fill_figures(struct tool *tool, struct figures *f)
{
    struct figures has = *f;
    char euros[TEXT_EUROS_MAX];

    if (f->payouts >= 0 && f->cents >= 0)
        return TOOL_OK;
    int rc = ask_figures(tool, &has);
    if (rc != TOOL_OK)
        return rc;
    f->payouts = f->payouts < 0 ? has.payouts : f->payouts;
    f->cents = f->cents < 0 ? has.cents : f->cents;
    if (!tool->quiet)
        fprintf(stderr, "signing %lld payouts, %s euros\n", (long long)f->payouts,
                text_euros(f->cents, euros));
    return TOOL_OK;
}

static int send_figures(struct tool *tool, const struct figures *f, bool release)
{
    Saldo__V1__PreparePayoutRun first = SALDO__V1__PREPARE_PAYOUT_RUN__INIT;
    Saldo__V1__ReleasePayoutRun second = SALDO__V1__RELEASE_PAYOUT_RUN__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;

    first.organiser = second.organiser = tool_lend(f->organiser);
    first.run_day = second.run_day = f->day;
    first.payouts = second.payouts = f->payouts;
    first.cents = second.cents = f->cents;
    if (release) {
        command.body_case = SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN;
        command.release_payout_run = &second;
    } else {
        command.body_case = SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN;
        command.prepare_payout_run = &first;
    }
    return session_act(tool, NULL, &command);
}

static int sign(struct tool *tool, const char *name, const char *summary, int argc, char **argv)
{
    struct figures f = {.payouts = -1, .cents = -1};
    const struct argument table[] = {
        {"ORGANISER", ARGUMENT_TEXT, &f.organiser, "whose run", 0, 0},
        {"DAY", ARGUMENT_DAY, &f.day, "of the run, as in saldo run list", 0, 0},
        {"--payouts", ARGUMENT_NUMBER, &f.payouts, "how many they must be", 0, "N"},
        {"--cents", ARGUMENT_NUMBER, &f.cents, "what they must come to", 0, "N"},
    };
    enum arguments_result parsed =
        arguments_parse(tool, &(struct arguments){name, summary, table, COUNT(table)}, argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    int rc = fill_figures(tool, &f);
    return rc == TOOL_OK ? send_figures(tool, &f, strcmp(name, "run release") == 0) : rc;
}

static int run_prepare(struct tool *tool, int argc, char **argv)
{
    return sign(tool, "run prepare", "Sign a run as the first of two finance officers.", argc,
                argv);
}

static int run_release(struct tool *tool, int argc, char **argv)
{
    return sign(tool, "run release", "Sign a prepared run as the second officer: it is paid.", argc,
                argv);
}

/* ---- unhold -----------------------------------------------------------------------------------
 */

static int run_unhold(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__ReleaseHeldPayout held = SALDO__V1__RELEASE_HELD_PAYOUT__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const char *organiser, *provider, *reason;
    const struct argument table[] = {
        {"ORGANISER", ARGUMENT_TEXT, &organiser, "whose run", 0, 0},
        {"PROVIDER", ARGUMENT_TEXT, &provider, "whose payout is held", 0, 0},
        {"DAY", ARGUMENT_DAY, &held.run_day, "of the run", 0, 0},
        {"REASON", ARGUMENT_TEXT, &reason, "why it may go", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"run unhold",
                            "Let a held payout go: in its run, or in the next if that has left.",
                            table, COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    held.organiser = tool_lend(organiser);
    held.provider = tool_lend(provider);
    held.reason = tool_lend(reason);
    command.body_case = SALDO__V1__COMMAND__BODY_RELEASE_HELD_PAYOUT;
    command.release_held_payout = &held;
    return session_act(tool, NULL, &command);
}

/* ---- saldo run --------------------------------------------------------------------------------
 */

static const struct subcommand subcommands[] = {
    {"list", "payout runs, and who signed them", run_list},
    {"start", "make payouts of all that is payable", run_start},
    {"prepare", "sign a run as the first officer", run_prepare},
    {"release", "sign a run as the second: it is paid", run_release},
    {"unhold", "let a held payout go", run_unhold},
};

int run_run(struct tool *tool, int argc, char **argv)
{
    const struct subcommands of = {"run subcommand", "run SUBCOMMAND", subcommands,
                                   sizeof(subcommands) / sizeof(subcommands[0]), 9};

    return tool_dispatch(&of, tool, argc, argv);
}
