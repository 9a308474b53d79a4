/* saldo charge - one charge: what was asked, what was decided and why, what became of it. */
#include <inttypes.h>
#include <stdio.h>

#include "arguments.h"
#include "outcome.h"
#include "session.h"
#include "text.h"

enum { WORDS_MAX = 160 };

/* have and need mean something else with each code; people get a sentence. */
static void explain(const Saldo__V1__ChargeStatus *c, char out[WORDS_MAX])
{
    char have[TEXT_EUROS_MAX], need[TEXT_EUROS_MAX];

    text_euros(c->have, have);
    text_euros(c->need, need);
    out[0] = '\0';
    switch (c->code) {
    case OUTCOME_ACCEPTED:
        if (c->need == c->county_cents)
            snprintf(out, WORDS_MAX, "it took %s, %s were available after it", need, have);
        else
            snprintf(out, WORDS_MAX, "it took %" PRId64 " units, %" PRId64 " were left after it",
                     c->need, c->have);
        break;
    case OUTCOME_INSUFFICIENT_BALANCE:
        snprintf(out, WORDS_MAX, "%s were available, %s were wanted", have, need);
        break;
    case OUTCOME_QUOTA_EXCEEDED:
        snprintf(out, WORDS_MAX, "%" PRId64 " units were left, %" PRId64 " were wanted", c->have,
                 c->need);
        break;
    case OUTCOME_PRICE_ABOVE_CAP:
        snprintf(out, WORDS_MAX, "the cap was %s, the price %s", have, need);
        break;
    case OUTCOME_COPAY_NOT_ALLOWED:
        snprintf(out, WORDS_MAX, "a copay of %s was asked", need);
        break;
    case OUTCOME_QUANTITY_TIME_MISMATCH:
        snprintf(out, WORDS_MAX, "%" PRId64 " minutes passed, %" PRId64 " were charged", c->have,
                 c->need);
        break;
    case OUTCOME_AMOUNT_MISMATCH:
        snprintf(out, WORDS_MAX, "the county share signed was %s, the rules give %s", have, need);
        break;
    case OUTCOME_AMOUNT_LIMIT:
        snprintf(out, WORDS_MAX, "the limit was %s, the county share %s", have, need);
        break;
    default:
        break;
    }
}

static bool write_facts(const struct tool *tool, const Saldo__V1__ChargeStatus *c)
{
    static const char *const columns[] = {
        "request_id",
        "provider",
        "state",
        "code",
        "meaning",
        "have",
        "need",
        "figures",
        "entry",
        "place",
        "recorded",
        "business_day",
        "settle_day",
        "voucher",
        "service",
        "class",
        "start",
        "end",
        "quantity",
        "county_cents",
        "copay_cents",
        "credited_cents",
        "credited_quantity",
    };
    char words[WORDS_MAX];
    struct output *o = output_open(stdout, tool->format, &(struct output_shape){columns, 23, true});

    explain(c, words);
    output_hex(o, c->charge.data, c->charge.len < 64 ? c->charge.len : 64);
    output_text(o, c->provider);
    output_text(o, c->state);
    output_text(o, outcome_name(c->code));
    output_text(o, outcome_text(c->code));
    output_number(o, c->have);
    output_number(o, c->need);
    output_text(o, words);
    output_number(o, (int64_t)c->number);
    output_number(o, c->index);
    output_time(o, c->recorded_ms);
    output_day(o, c->business_day);
    output_day(o, c->settle_day);
    output_text(o, c->voucher);
    output_text(o, c->service);
    output_text(o, c->rate_class[0] != '\0' ? c->rate_class : "ALL");
    output_time(o, c->start_ms);
    output_time(o, c->end_ms);
    output_number(o, c->quantity);
    output_cents(o, c->county_cents);
    output_cents(o, c->copay_cents);
    output_cents(o, c->credited_cents);
    output_number(o, c->credited_quantity);
    return output_close(o);
}

/* The charge's life in sentences, in the order in which it happened. */
static void write_history(const Saldo__V1__ChargeStatus *c)
{
    char time[TEXT_TIME_MAX], day[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX], words[WORDS_MAX];

    explain(c, words);
    printf("\nhistory\n");
    printf("%s  recorded as entry %" PRIu64 ": %s%s%s\n", text_time(c->recorded_ms, time),
           c->number, outcome_text(c->code), words[0] != '\0' ? "; " : "", words);
    if (c->settle_day != 0)
        printf("%-29s  settled to the provider\n", text_day(c->settle_day, day));
    if (c->credited_cents > 0)
        printf("%-29s  credited %s, %" PRId64 " units\n", "later",
               text_euros(c->credited_cents, euros), c->credited_quantity);
    if (c->code == OUTCOME_ACCEPTED && c->settle_day == 0)
        printf("%-29s  %s\n", "now", c->state);
}

static int ask_charge(struct session *s, void *arg)
{
    const Saldo__V1__QueryRequest *query = arg;
    int rc = session_query(s, query, SALDO__V1__REPLY__RESULT_CHARGE);

    if (rc == TOOL_OK && !write_facts(s->tool, s->reply->charge))
        rc = tool_fail(TOOL_INTERNAL, "the result cannot be written");
    if (rc == TOOL_OK && s->tool->format == OUTPUT_PEOPLE)
        write_history(s->reply->charge);
    return rc;
}

int run_charge(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__ChargeQuery charge = SALDO__V1__CHARGE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    const char *provider = NULL;
    uint8_t id[16];
    const struct argument table[] = {
        {"ID", ARGUMENT_ID, id, "the charge's request id", 0, 0},
        {"--provider", ARGUMENT_TEXT, &provider, "whose charge it is, for other keys than its own",
         0, "ID"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"charge", "One charge, its history and why it was refused.", table, 2},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    charge.charge = (ProtobufCBinaryData){sizeof(id), id};
    if (provider != NULL)
        charge.provider = tool_lend(provider);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CHARGE;
    query.charge = &charge;
    return session_ask(tool, ask_charge, &query);
}
