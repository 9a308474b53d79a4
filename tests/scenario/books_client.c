/* books_client HOME KEY ORGANISER RUN_DAY BOOKING_DAY: a bank's answers to a released run. The
 * first payout is rejected, the others are booked on the booking day, and of these the first comes
 * back two days later. Exit 1: the ledger refused one of them, or there is no such run. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "pager.h"

static int record(struct session *s, const Saldo__V1__RecordBankEvent *event)
{
    Saldo__V1__RecordBankEvent copy = *event;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT, *list = &command;
    struct saldo_answer answer;
    uint8_t line[32], id[16];

    crypto_generichash(line, sizeof(line), (const uint8_t *)event->provider,
                       strlen(event->provider), (const uint8_t *)&event->kind, sizeof(event->kind));
    copy.line = (ProtobufCBinaryData){sizeof(line), line};
    session_id(s, id);
    command.request_id = (ProtobufCBinaryData){sizeof(id), id};
    command.body_case = SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT;
    command.record_bank_event = &copy;
    int rc = session_commands(s, &(struct session_commands){.list = &list, .count = 1}, &answer);
    if (rc == TOOL_OK && answer.code != OUTCOME_ACCEPTED)
        rc = tool_fail(TOOL_REFUSED, "%s: %s", event->provider, saldo_outcome_name(answer.code));
    return rc;
}

static int answer_payout(struct session *s, const Saldo__V1__Payout *p, int32_t day, size_t place)
{
    Saldo__V1__RecordBankEvent event = SALDO__V1__RECORD_BANK_EVENT__INIT;
    Saldo__V1__BankLineFacts facts = SALDO__V1__BANK_LINE_FACTS__INIT;

    event.organiser = p->organiser;
    event.provider = p->provider;
    event.run_day = p->run_day;
    event.cents = p->cents;
    event.file = tool_lend("camt.053");
    if (place == 0) {
        event.kind = SALDO__V1__BANK_EVENT_KIND__BANK_REJECTED;
        event.reason = tool_lend("AC04");
        return record(s, &event);
    }
    facts.entry_cents = p->cents;
    event.facts = &facts;
    event.kind = SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED;
    event.day = day;
    int rc = record(s, &event);
    if (rc != TOOL_OK || place > 1)
        return rc;
    event.kind = SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED;
    event.credit = 1;
    event.day = day + 2;
    event.reason = tool_lend("AC06");
    return record(s, &event);
}

int main(int argc, char **argv)
{
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *payout;
    struct session s;
    struct pager pager;
    int32_t run_day, day;
    size_t place = 0;

    if (argc != 6 || sodium_init() < 0 || !saldo_day_parse(argv[4], &run_day) ||
        !saldo_day_parse(argv[5], &day))
        return TOOL_USAGE;
    struct tool tool = {.home = argv[1], .key = argv[2]};
    payouts.from_day = payouts.to_day = run_day;
    payouts.organiser = argv[3];
    int rc = session_open(&s, &tool, NULL);
    if (rc == TOOL_OK)
        rc = session_status(&s);
    if (rc == TOOL_OK) {
        pager_ask_payouts(&pager, &s, &payouts);
        while ((payout = pager_payout(&pager)) != NULL)
            if (strcmp(payout->state, "EXPORTED") == 0)
                pager_took(&pager, answer_payout(&s, payout, day, place++));
        rc = pager_end(&pager);
    }
    session_close(&s);
    return rc == TOOL_OK && place < 3 ? TOOL_REFUSED : rc;
}
