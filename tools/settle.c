/* saldo settle - every unsettled day up to one, in order. */
#include <stdio.h>
#include <time.h>

#include "arguments.h"
#include "calendar.h"
#include "outcome.h"
#include "settled_day.h"
#include "text.h"

enum { SETTLE_DAYS_MAX = 3660 }; /* ten years: further back is a typing error */

struct settle {
    struct session session;
    int32_t last; /* the day asked for */
    bool simulated;
    int64_t time_ms; /* the ledger's */
};

/* Send SettleDay. A simulated ledger's clock is moved behind the day's end, if it is not there. */
static int settle_day(struct settle *s, int32_t day, struct saldo_answer *answer)
{
    Saldo__V1__SettleDay settle = SALDO__V1__SETTLE_DAY__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    Saldo__V1__Command *list = &command;
    struct session_commands commands = {.list = &list, .count = 1, .settlement = true};
    uint8_t id[16];

    if (s->simulated) {
        int64_t end_ms = calendar_midnight_ms(day + 1);
        s->time_ms = s->time_ms > end_ms ? s->time_ms : end_ms;
        s->session.id_time_ms = s->time_ms;
        commands.recorded_at_ms = s->time_ms;
    }
    settle.day = day;
    session_id(&s->session, id);
    command.request_id = (ProtobufCBinaryData){sizeof(id), id};
    command.body_case = SALDO__V1__COMMAND__BODY_SETTLE_DAY;
    command.settle_day = &settle;
    return session_commands(&s->session, &commands, answer);
}

/* On a ledger that has settled nothing yet only its charges know the first day: go back from the
 * last one until the ledger agrees. The day found is settled. */
static int find_first(struct settle *s, int32_t *first)
{
    struct saldo_answer answer = {.code = OUTCOME_DAY_OUT_OF_ORDER};
    int rc = TOOL_OK;

    for (*first = s->last; rc == TOOL_OK && s->last - *first < SETTLE_DAYS_MAX; (*first)--) {
        rc = settle_day(s, *first, &answer);
        if (rc == TOOL_OK && answer.code != OUTCOME_DAY_OUT_OF_ORDER)
            break;
    }
    if (rc == TOOL_OK && answer.code != OUTCOME_ACCEPTED)
        rc =
            tool_fail(TOOL_REFUSED, "%s: %s", outcome_name(answer.code), outcome_text(answer.code));
    return rc;
}

static int settle_one(struct settle *s, int32_t day)
{
    struct saldo_answer answer = {0};
    char text[TEXT_DAY_MAX];
    int rc = settle_day(s, day, &answer);

    if (rc == TOOL_OK && answer.code != OUTCOME_ACCEPTED)
        rc = tool_fail(TOOL_REFUSED, "%s: %s: %s", text_day(day, text), outcome_name(answer.code),
                       outcome_text(answer.code));
    return rc;
}

static int write_batch(struct settle *s, int32_t day, struct output *o)
{
    struct settled_day b;
    int rc = settled_day_ask(&s->session, day, &b, NULL, NULL);

    if (rc == TOOL_OK && !b.known)
        rc = tool_fail(TOOL_INTERNAL, "a settled day is no longer there");
    if (rc != TOOL_OK)
        return rc;
    output_day(o, day);
    output_number(o, b.rows);
    output_cents(o, b.cents);
    output_number(o, (int64_t)b.number);
    output_hex(o, b.hash, b.hash_len);
    return TOOL_OK;
}

static int settle_all(struct settle *s)
{
    static const char *const columns[] = {"day", "rows", "cents", "entry", "hash"};
    const Saldo__V1__Status *status = s->session.reply->status;
    int32_t through = status->settled_through;
    int32_t first = through + 1;
    int32_t found = 0;
    int rc = TOOL_OK;

    s->simulated = status->simulated;
    s->time_ms = status->time_ms;
    if (through == 0) {
        rc = find_first(s, &first);
        found = first;
    } else if (first > s->last) {
        first = s->last; /* settled before: its stored batch is shown */
    }
    struct output *o =
        output_open(stdout, s->session.tool->format, &(struct output_shape){columns, 5, false});
    for (int32_t day = first; day <= s->last && rc == TOOL_OK; day++) {
        if (day != found)
            rc = settle_one(s, day);
        if (rc == TOOL_OK)
            rc = write_batch(s, day, o);
    }
    if (!output_close(o) && rc == TOOL_OK)
        rc = tool_fail(TOOL_INTERNAL, "the result cannot be written");
    return rc;
}

/* By the machine's clock, which only a real ledger goes by. */
static int set_yesterday(struct settle *s)
{
    if (s->session.reply->status->simulated)
        return tool_fail(TOOL_USAGE, "settle: a simulated ledger needs the DAY");
    s->last = calendar_local_day((int64_t)time(NULL) * 1000) - 1;
    return TOOL_OK;
}

int run_settle(struct tool *tool, int argc, char **argv)
{
    struct settle s = {0};
    const struct argument table[] = {
        {"DAY", ARGUMENT_DAY, &s.last, "the last day to settle; yesterday unless given", true, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){
            "settle", "Settle every unsettled day up to DAY, by the key \"settlement\".", table, 1},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    int rc = session_open(&s.session, tool, "settlement");
    if (rc == TOOL_OK)
        rc = session_status(&s.session);
    if (rc == TOOL_OK && s.last == 0)
        rc = set_yesterday(&s);
    if (rc == TOOL_OK)
        rc = settle_all(&s);
    session_close(&s.session);
    return rc;
}
