/* saldo account - where a provider is paid to. It takes two finance officers. */
#include <stdio.h>

#include "arguments.h"
#include "outcome.h"
#include "session.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int run_account(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__ChangeProviderAccount change = SALDO__V1__CHANGE_PROVIDER_ACCOUNT__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    struct saldo_answer answer;
    const char *provider, *iban, *name;
    const struct argument table[] = {
        {"PROVIDER", ARGUMENT_TEXT, &provider, "its id", 0, 0},
        {"IBAN", ARGUMENT_TEXT, &iban, "where it is paid to from now on, without spaces", 0, 0},
        {"NAME", ARGUMENT_TEXT, &name, "the account holder, exactly as the bank has it", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"account",
                            "Change a provider's account, once two officers have said the same.",
                            table, COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    change.provider = tool_lend(provider);
    change.iban = tool_lend(iban);
    change.account_name = tool_lend(name);
    command.body_case = SALDO__V1__COMMAND__BODY_CHANGE_PROVIDER_ACCOUNT;
    command.change_provider_account = &change;
    int rc = session_act_answer(tool, NULL, &command, &answer);
    if (rc != TOOL_REFUSED || answer.code != OUTCOME_SECOND_OFFICER_REQUIRED)
        return rc;
    if (!tool->quiet) /* that is how a first signature is answered */
        fprintf(stderr, "noted: nothing is paid to %s until another officer sends the same\n",
                provider);
    return TOOL_OK;
}
