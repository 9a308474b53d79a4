/* saldo payouts, saldo payables - what payout runs made, and what waits for one. */
#include <stdio.h>

#include "arguments.h"
#include "pager.h"

static int write_payouts(struct session *s, void *arg)
{
    const Saldo__V1__PayoutsQuery *query = arg;
    static const char *const columns[] = {
        "run_day", "execution_day", "organiser",  "provider",  "cents",        "state",
        "reason",  "bank_reason",   "booked_day", "reference", "end_to_end_id"};
    struct output *o =
        output_open(stdout, s->tool->format, &(struct output_shape){columns, 11, false});
    const Saldo__V1__Payout *p;
    struct pager pager;

    pager_ask_payouts(&pager, s, query);
    while ((p = pager_payout(&pager)) != NULL) {
        output_day(o, p->run_day);
        output_day(o, p->execution_day);
        output_text(o, p->organiser);
        output_text(o, p->provider);
        output_cents(o, p->cents);
        output_text(o, p->state);
        output_text(o, p->reason);
        output_text(o, p->bank_reason);
        output_day(o, p->booked_day);
        output_text(o, p->reference);
        output_text(o, p->end_to_end_id);
    }
    int rc = pager_end(&pager);
    int written = tool_written(output_close(o));
    return rc != TOOL_OK ? rc : written;
}

int run_payouts(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    const char *provider = "";
    const struct argument table[] = {
        {"--from", ARGUMENT_DAY, &payouts.from_day, "runs of this day and later", 0, "DAY"},
        {"--to", ARGUMENT_DAY, &payouts.to_day, "runs of this day and earlier", 0, "DAY"},
        {"--provider", ARGUMENT_TEXT, &provider, "only this one's", 0, "ID"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"payouts", "What the payout runs made, and what became of it.", table,
                            3},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    payouts.provider = tool_lend(provider);
    return session_ask(tool, write_payouts, &payouts);
}

static int write_payables(struct session *s, void *arg)
{
    static const char *const columns[] = {"organiser", "provider", "cents", "in_payouts"};
    Saldo__V1__PayablesQuery query = SALDO__V1__PAYABLES_QUERY__INIT;
    const Saldo__V1__Payable *p;
    struct pager pager;
    struct output *o =
        output_open(stdout, s->tool->format, &(struct output_shape){columns, 4, false});

    (void)arg;
    pager_ask_payables(&pager, s, &query);
    while ((p = pager_payable(&pager)) != NULL) {
        output_text(o, p->organiser);
        output_text(o, p->provider);
        output_cents(o, p->cents);
        output_cents(o, p->in_payouts);
    }
    int rc = pager_end(&pager);
    int written = tool_written(output_close(o));
    return rc != TOOL_OK ? rc : written;
}

int run_payables(struct tool *tool, int argc, char **argv)
{
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"payables",
                            "What is settled and in no payout yet, and what stands in payouts.",
                            NULL, 0},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    return session_ask(tool, write_payables, NULL);
}
