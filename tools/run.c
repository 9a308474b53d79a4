/* saldo run - payout runs: look at them, start one, and let it go by four eyes. */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "outcome.h"
#include "pager.h"
#include "payees.h"
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

static int write_runs(struct session *s, void *arg)
{
    const Saldo__V1__RunsQuery *query = arg;
    static const char *const columns[] = {
        "run_day",     "execution_day", "organiser",      "payouts",        "cents",    "state",
        "prepared_by", "released_by",   "prepared_entry", "released_entry", "released", "payees"};
    size_t shown = COUNT(columns) - (s->tool->format == OUTPUT_PEOPLE);
    struct output *o =
        output_open(stdout, s->tool->format, &(struct output_shape){columns, shown, false});
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
        if (s->tool->format != OUTPUT_PEOPLE) /* longer than all the rest */
            output_hex(o, r->payees.data, r->payees.len < 64 ? r->payees.len : 64);
    }
    int rc = pager_end(&pager);
    int written = tool_written(output_close(o));
    return rc != TOOL_OK ? rc : written;
}

static int run_list(struct tool *tool, int argc, char **argv)
{
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
    return session_ask(tool, write_runs, &runs);
}

/* ---- payees -----------------------------------------------------------------------------------
 */

static void write_payee(void *arg, const Saldo__V1__Payout *p)
{
    struct output *o = arg;

    output_text(o, p->provider);
    output_text(o, p->account_name);
    output_text(o, p->iban);
    output_text(o, p->business_id);
    output_cents(o, p->cents);
    output_text(o, p->reference);
    output_text(o, p->end_to_end_id);
}

static int write_payees(struct session *s, void *arg)
{
    struct payees_run_now *run = arg;
    static const char *const columns[] = {"provider", "account_name", "iban",         "business_id",
                                          "cents",    "reference",    "end_to_end_id"};
    char euros[TEXT_EUROS_MAX], hash[TEXT_HEX_MAX];
    struct output *o = output_open(stdout, s->tool->format,
                                   &(struct output_shape){columns, COUNT(columns), false});
    int rc = payees_ask(s, run, write_payee, o);
    int written = tool_written(output_close(o));

    if (rc == TOOL_OK) /* apart from the rows, that programs can read those */
        fprintf(s->tool->format == OUTPUT_PEOPLE ? stdout : stderr,
                "%lld payouts, %s euros, payees %s\n", (long long)run->payouts,
                text_euros(run->cents, euros), text_hex(run->hash, sizeof(run->hash), hash));
    return rc != TOOL_OK ? rc : written;
}

static int run_payees(struct tool *tool, int argc, char **argv)
{
    struct payees_run_now run = {0};
    const struct argument table[] = {
        {"ORGANISER", ARGUMENT_TEXT, &run.organiser, "whose run", 0, 0},
        {"DAY", ARGUMENT_DAY, &run.run_day, "of the run, as in saldo run list", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"run payees",
                            "Whom a run would pay how much on which account, and the hash of it "
                            "that officers sign.",
                            table, COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    return session_ask(tool, write_payees, &run);
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

/* What is signed. What was not given on the command line is what the ledger shows now. */
struct signing {
    struct payees_run_now run;
    const char *payees; /* hexadecimal; NULL: not given */
};

static void say_signing(const struct payees_run_now *run)
{
    char euros[TEXT_EUROS_MAX], hash[TEXT_HEX_MAX];

    fprintf(stderr, "signing %lld payouts, %s euros, payees %s\n", (long long)run->payouts,
            text_euros(run->cents, euros), text_hex(run->hash, sizeof(run->hash), hash));
}

static int read_payees(struct session *s, void *run)
{
    return payees_ask(s, run, NULL, NULL);
}

static int fill_signing(struct tool *tool, struct signing *g)
{
    struct payees_run_now now = g->run;

    if (g->payees != NULL && !text_unhex(g->payees, g->run.hash, sizeof(g->run.hash)))
        return tool_fail(TOOL_USAGE, "--payees: \"%s\" is not a hash of 64 hexadecimal digits",
                         g->payees);
    if (g->run.payouts >= 0 && g->run.cents >= 0 && g->payees != NULL)
        return TOOL_OK;
    int rc = session_ask(tool, read_payees, &now);
    if (rc != TOOL_OK)
        return rc;
    g->run.payouts = g->run.payouts < 0 ? now.payouts : g->run.payouts;
    g->run.cents = g->run.cents < 0 ? now.cents : g->run.cents;
    if (g->payees == NULL)
        memcpy(g->run.hash, now.hash, sizeof(now.hash));
    if (!tool->quiet)
        say_signing(&g->run);
    return TOOL_OK;
}

static int send_signing(struct tool *tool, struct signing *g, bool release)
{
    Saldo__V1__PreparePayoutRun first = SALDO__V1__PREPARE_PAYOUT_RUN__INIT;
    Saldo__V1__ReleasePayoutRun second = SALDO__V1__RELEASE_PAYOUT_RUN__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    struct saldo_answer answer;

    first.organiser = second.organiser = tool_lend(g->run.organiser);
    first.run_day = second.run_day = g->run.run_day;
    first.payouts = second.payouts = g->run.payouts;
    first.cents = second.cents = g->run.cents;
    first.payees = second.payees = (ProtobufCBinaryData){sizeof(g->run.hash), g->run.hash};
    if (release) {
        command.body_case = SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN;
        command.release_payout_run = &second;
    } else {
        command.body_case = SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN;
        command.prepare_payout_run = &first;
    }
    int rc = session_act_answer(tool, NULL, &command, &answer);
    if (rc == TOOL_REFUSED && answer.code == OUTCOME_PAYOUT_STATE)
        fprintf(stderr, release ? "the run is not prepared, or no longer what was: a payee, an "
                                  "account or an amount has changed; see saldo run payees, and "
                                  "let it be prepared again\n"
                                : "the run is released already, or its payees are no longer those "
                                  "that were signed; see saldo run payees\n");
    return rc;
}

static int sign(struct tool *tool, const char *name, const char *summary, int argc, char **argv)
{
    struct signing g = {.run = {.payouts = -1, .cents = -1}};
    const struct argument table[] = {
        {"ORGANISER", ARGUMENT_TEXT, &g.run.organiser, "whose run", 0, 0},
        {"DAY", ARGUMENT_DAY, &g.run.run_day, "of the run, as in saldo run list", 0, 0},
        {"--payouts", ARGUMENT_NUMBER, &g.run.payouts, "how many they must be", 0, "N"},
        {"--cents", ARGUMENT_NUMBER, &g.run.cents, "what they must come to", 0, "N"},
        {"--payees", ARGUMENT_TEXT, &g.payees, "who they must be for, see saldo run payees", 0,
         "HASH"},
    };
    enum arguments_result parsed =
        arguments_parse(tool, &(struct arguments){name, summary, table, COUNT(table)}, argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    int rc = fill_signing(tool, &g);
    return rc == TOOL_OK ? send_signing(tool, &g, strcmp(name, "run release") == 0) : rc;
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
    {"payees", "whom a run pays, and the hash to sign", run_payees},
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
