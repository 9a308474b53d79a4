/* saldo bank close, assign, reject - what a person has found out. Each is a signed command. */
#include <string.h>

#include "arguments.h"
#include "bank/commands.h"
#include "bank/holdings.h"
#include "bank/texts.h"

/* ---- Closing --------------------------------------------------------------------------------- */

static int find_line(struct tool *tool, const char *digits, uint8_t id[MATCH_LINE_BYTES])
{
    struct session session;
    struct holdings h = {0};
    size_t line = 0;
    int rc = session_open(&session, tool, NULL);

    if (rc == TOOL_OK)
        rc = holdings_open(&h, &session);
    if (rc == TOOL_OK)
        rc = holdings_find_open(&h, digits, &line);
    if (rc == TOOL_OK)
        memcpy(id, h.lines[line]->line.data, MATCH_LINE_BYTES);
    session_close(&session);
    holdings_free(&h);
    return rc;
}

int run_bank_close(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__CloseBankLine close = SALDO__V1__CLOSE_BANK_LINE__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const char *digits = NULL, *reason = "";
    uint8_t id[MATCH_LINE_BYTES];
    const struct argument table[] = {
        {"LINE", ARGUMENT_TEXT, &digits, "the first digits of an open line, at least 8", 0, 0},
        {"--reason", ARGUMENT_TEXT, &reason, "what it is, for whoever reads it later", 0, "TEXT"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"bank close", "An open line is explained, and is no payout.", table, 2},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    int rc = find_line(tool, digits, id);
    if (rc != TOOL_OK)
        return rc;
    close.line = (ProtobufCBinaryData){sizeof(id), id};
    close.reason = tool_lend(reason);
    command.body_case = SALDO__V1__COMMAND__BODY_CLOSE_BANK_LINE;
    command.close_bank_line = &close;
    return session_act(tool, NULL, &command);
}

/* ---- Assigning ------------------------------------------------------------------------------- */

int run_bank_assign(struct tool *tool, int argc, char **argv)
{
    const char *word = NULL;
    char digits[2 * MATCH_LINE_BYTES + 1];
    const struct argument table[] = {
        {"LINE=ENDTOENDID", ARGUMENT_TEXT, &word, "an open line by its first digits, and a payout",
         0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool, &(struct arguments){"bank assign", "An open line is about this payout.", table, 1},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    const char *sign = strchr(word, '=');
    if (sign == NULL || sign[1] == '\0' || (size_t)(sign - word) >= sizeof(digits))
        return tool_fail(TOOL_USAGE, "bank assign: write LINE=ENDTOENDID");
    memcpy(digits, word, (size_t)(sign - word));
    digits[sign - word] = '\0';
    return bank_assign(tool, digits, sign + 1);
}

/* ---- Rejecting ------------------------------------------------------------------------------- */

/* The payout of the id, as an event; its texts live in the holdings. */
static int find_payout(struct tool *tool, const char *end_to_end_id, struct holdings *h,
                       Saldo__V1__RecordBankEvent *event)
{
    struct session session;
    struct wanted wanted = {0};
    int rc = session_open(&session, tool, NULL);

    wanted_name(&wanted, end_to_end_id);
    if (rc == TOOL_OK)
        rc = holdings_open(h, &session);
    if (rc == TOOL_OK)
        rc = holdings_ask(h, &session, &wanted);
    session_close(&session);
    wanted_free(&wanted);
    for (size_t i = 0; rc == TOOL_OK && i < h->payout_count; i++) {
        const Saldo__V1__Payout *p = h->payouts[i];
        if (strcmp(p->end_to_end_id, end_to_end_id) != 0)
            continue;
        event->organiser = p->organiser;
        event->provider = p->provider;
        event->run_day = p->run_day;
        event->cents = p->cents;
        return TOOL_OK;
    }
    return rc != TOOL_OK
               ? rc
               : tool_fail(TOOL_REFUSED, "no payout of a run has the EndToEndId %s", end_to_end_id);
}

int run_bank_reject(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__RecordBankEvent event = SALDO__V1__RECORD_BANK_EVENT__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const char *end_to_end_id = NULL, *reason = "";
    uint8_t id[TEXTS_IDENTITY_BYTES];
    struct holdings h = {0};
    const struct argument table[] = {
        {"ENDTOENDID", ARGUMENT_TEXT, &end_to_end_id, "of a payment that is on its way", 0, 0},
        {"--reason", ARGUMENT_TEXT, &reason, "how you know, at most 40 bytes", 0, "TEXT"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"bank reject",
                            "The bank never executed this payment: the next run pays it again.",
                            table, 2},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    int rc = find_payout(tool, end_to_end_id, &h, &event);
    if (rc == TOOL_OK) {
        texts_identity("saldo/v1/by-hand", (const char *const[]){end_to_end_id, reason, NULL}, id);
        event.line = (ProtobufCBinaryData){sizeof(id), id};
        event.kind = SALDO__V1__BANK_EVENT_KIND__BANK_REJECTED;
        event.reason = tool_lend(reason);
        event.by_hand = true;
        command.body_case = SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT;
        command.record_bank_event = &event;
        rc = session_act(tool, NULL, &command);
    }
    holdings_free(&h);
    return rc;
}
