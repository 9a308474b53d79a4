/* pay_client HOME KEY prepare|release ORGANISER DAY: one officer's signature under a payout run, as
 * the ledger shows it to that officer. Exit 1: the ledger refused. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "session.h"

static int find_run(struct session *s, const char *organiser, int32_t day,
                    Saldo__V1__PreparePayoutRun *out)
{
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;

    runs.from_day = runs.to_day = day;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_RUNS;
    query.runs = &runs;
    int rc = session_query(s, &query, SALDO__V1__REPLY__RESULT_RUNS);
    if (rc != TOOL_OK)
        return rc;
    for (size_t i = 0; i < s->reply->runs->n_runs; i++) {
        const Saldo__V1__Run *run = s->reply->runs->runs[i];
        if (strcmp(run->organiser, organiser) != 0)
            continue;
        out->run_day = run->run_day;
        out->payouts = run->payouts;
        out->cents = run->cents;
        return TOOL_OK;
    }
    return tool_fail(TOOL_REFUSED, "no such run");
}

int main(int argc, char **argv)
{
    Saldo__V1__PreparePayoutRun prepare = SALDO__V1__PREPARE_PAYOUT_RUN__INIT;
    Saldo__V1__ReleasePayoutRun release = SALDO__V1__RELEASE_PAYOUT_RUN__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    struct session s;
    int32_t day;

    if (argc != 6 || sodium_init() < 0 || !saldo_day_parse(argv[5], &day))
        return TOOL_USAGE;
    struct tool tool = {.home = argv[1], .key = argv[2]};
    prepare.organiser = argv[4];
    int rc = session_open(&s, &tool, NULL);
    if (rc == TOOL_OK)
        rc = find_run(&s, argv[4], day, &prepare);
    session_close(&s);
    if (rc != TOOL_OK)
        return rc;
    release.organiser = prepare.organiser;
    release.run_day = prepare.run_day;
    release.payouts = prepare.payouts;
    release.cents = prepare.cents;
    if (strcmp(argv[3], "prepare") == 0) {
        command.body_case = SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN;
        command.prepare_payout_run = &prepare;
    } else {
        command.body_case = SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN;
        command.release_payout_run = &release;
    }
    return session_act(&tool, NULL, &command);
}
