/* saldo review, credit - what case workers and finance officers do to a charge. Each sends one
 * signed command and writes the ledger's answer. */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "session.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int run_review(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__ReviewCharge review = SALDO__V1__REVIEW_CHARGE__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const char *provider = NULL, *verdict, *reason = NULL;
    uint8_t id[16];
    const struct argument table[] = {
        {"ID", ARGUMENT_ID, id, "the charge's request id", 0, 0},
        {"VERDICT", ARGUMENT_TEXT, &verdict, "accept or refuse", 0, 0},
        {"REASON", ARGUMENT_TEXT, &reason, "needed for a refusal", true, 0},
        {"--provider", ARGUMENT_TEXT, &provider, "whose charge it is", 0, "ID"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"review", "Accept or refuse a charge that is in review.", table,
                            COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    review.accept = strcmp(verdict, "accept") == 0;
    if (!review.accept && strcmp(verdict, "refuse") != 0)
        return tool_fail(TOOL_USAGE, "review: say accept or refuse, not \"%s\"", verdict);
    if (provider == NULL)
        return tool_fail(TOOL_USAGE, "review: --provider is missing");
    review.provider = tool_lend(provider);
    review.charge = (ProtobufCBinaryData){sizeof(id), id};
    if (reason != NULL)
        review.reason = tool_lend(reason);
    command.body_case = SALDO__V1__COMMAND__BODY_REVIEW_CHARGE;
    command.review_charge = &review;
    return session_act(tool, NULL, &command);
}

static bool find_reason(const char *name, Saldo__V1__CreditReason *reason)
{
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value_by_name(&saldo__v1__credit_reason__descriptor, name);

    if (v == NULL || v->value == SALDO__V1__CREDIT_REASON__CREDIT_REASON_NONE)
        return false;
    *reason = (Saldo__V1__CreditReason)v->value;
    return true;
}

int run_credit(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__CreditCharge credit = SALDO__V1__CREDIT_CHARGE__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const char *provider = NULL, *reason, *text = NULL;
    uint8_t id[16];
    const struct argument table[] = {
        {"ID", ARGUMENT_ID, id, "the charge's request id", 0, 0},
        {"CENTS", ARGUMENT_NUMBER, &credit.cents, "of the county's share to take back", 0, 0},
        {"REASON", ARGUMENT_TEXT, &reason, "NOT_DELIVERED, WRONG_PRICE, ... see saldo(1)", 0, 0},
        {"TEXT", ARGUMENT_TEXT, &text, "an explanation, needed for OTHER", true, 0},
        {"--provider", ARGUMENT_TEXT, &provider, "whose charge it is", 0, "ID"},
        {"--quantity", ARGUMENT_NUMBER, &credit.quantity, "units to give back to a unit voucher", 0,
         "N"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"credit", "Take back a settled charge, in full or in part.", table,
                            COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (!find_reason(reason, &credit.reason))
        return tool_fail(TOOL_USAGE,
                         "credit: \"%s\" is none of WRONG_VOUCHER WRONG_SERVICE WRONG_QUANTITY "
                         "WRONG_TIME WRONG_PRICE NOT_DELIVERED DUPLICATE DECISION_CHANGED OTHER",
                         reason);
    if (provider == NULL)
        return tool_fail(TOOL_USAGE, "credit: --provider is missing");
    credit.provider = tool_lend(provider);
    credit.charge = (ProtobufCBinaryData){sizeof(id), id};
    if (text != NULL)
        credit.text = tool_lend(text);
    command.body_case = SALDO__V1__COMMAND__BODY_CREDIT_CHARGE;
    command.credit_charge = &credit;
    return session_act(tool, NULL, &command);
}
