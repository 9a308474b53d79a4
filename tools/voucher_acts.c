/* saldo close, void, suspend, reserve, amend - what a case worker does to a voucher. Each sends one
 * signed command and writes the ledger's answer. */
#include <string.h>

#include "arguments.h"
#include "session.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int run_close(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__CloseVoucher close = SALDO__V1__CLOSE_VOUCHER__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const struct argument table[] = {
        {"NUMBER", ARGUMENT_VOUCHER, &close.number, "the voucher", 0, 0},
        {"DAY", ARGUMENT_DAY, &close.closed_on, "the last day of service", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool, &(struct arguments){"close", "End a voucher.", table, COUNT(table)}, argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    command.body_case = SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER;
    command.close_voucher = &close;
    return session_act(tool, NULL, &command);
}

int run_void(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__VoidVoucher withdraw = SALDO__V1__VOID_VOUCHER__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const struct argument table[] = {
        {"NUMBER", ARGUMENT_VOUCHER, &withdraw.number, "the voucher", 0, 0},
    };
    enum arguments_result parsed =
        arguments_parse(tool,
                        &(struct arguments){"void", "Withdraw a voucher that has no live charge.",
                                            table, COUNT(table)},
                        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    command.body_case = SALDO__V1__COMMAND__BODY_VOID_VOUCHER;
    command.void_voucher = &withdraw;
    return session_act(tool, NULL, &command);
}

int run_suspend(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__AddSuspension add = SALDO__V1__ADD_SUSPENSION__INIT;
    Saldo__V1__EndSuspension end = SALDO__V1__END_SUSPENSION__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    bool change = false;
    const struct argument table[] = {
        {"NUMBER", ARGUMENT_VOUCHER, &add.number, "the voucher", 0, 0},
        {"FROM", ARGUMENT_DAY, &add.from_day, "the first day without service", 0, 0},
        {"TO", ARGUMENT_DAY, &add.to_day, "the last one; until further notice without it", true, 0},
        {"--end", ARGUMENT_FLAG, &change, "the suspension is there: only give it this last day", 0,
         0},
    };
    enum arguments_result parsed =
        arguments_parse(tool,
                        &(struct arguments){"suspend", "Interrupt a voucher, both days included.",
                                            table, COUNT(table)},
                        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (change && add.to_day == 0)
        return tool_fail(TOOL_USAGE, "suspend: --end needs the last day");
    if (change) {
        end.number = add.number;
        end.from_day = add.from_day;
        end.to_day = add.to_day;
        command.body_case = SALDO__V1__COMMAND__BODY_END_SUSPENSION;
        command.end_suspension = &end;
    } else {
        command.body_case = SALDO__V1__COMMAND__BODY_ADD_SUSPENSION;
        command.add_suspension = &add;
    }
    return session_act(tool, NULL, &command);
}

int run_reserve(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__ReserveVoucher reserve = SALDO__V1__RESERVE_VOUCHER__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    const char *provider = NULL;
    const struct argument table[] = {
        {"NUMBER", ARGUMENT_VOUCHER, &reserve.number, "the voucher", 0, 0},
        {"PROVIDER", ARGUMENT_TEXT, &provider, "its id; without it the voucher is released", true,
         0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"reserve", "Book a voucher to one provider.", table, COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (provider != NULL)
        reserve.provider = tool_lend(provider);
    command.body_case = SALDO__V1__COMMAND__BODY_RESERVE_VOUCHER;
    command.reserve_voucher = &reserve;
    return session_act(tool, NULL, &command);
}

/* What an amendment may change; -1 is unchanged. */
struct amendment {
    int64_t amount, quota, unit_value;
    const char *decision;
};

static int send_amendment(struct tool *tool, Saldo__V1__AmendVoucher *amend,
                          const struct amendment *a)
{
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    Saldo__V1__Value amount = SALDO__V1__VALUE__INIT;
    Saldo__V1__Value quota = SALDO__V1__VALUE__INIT;
    Saldo__V1__Value unit_value = SALDO__V1__VALUE__INIT;

    amount.value = a->amount;
    quota.value = a->quota;
    unit_value.value = a->unit_value;
    amend->amount_cents = a->amount >= 0 ? &amount : NULL;
    amend->quota = a->quota >= 0 ? &quota : NULL;
    amend->unit_value_cents = a->unit_value >= 0 ? &unit_value : NULL;
    if (a->decision != NULL)
        amend->decision = tool_lend(a->decision);
    command.body_case = SALDO__V1__COMMAND__BODY_AMEND_VOUCHER;
    command.amend_voucher = amend;
    return session_act(tool, NULL, &command);
}

int run_amend(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__AmendVoucher amend = SALDO__V1__AMEND_VOUCHER__INIT;
    struct amendment a = {-1, -1, -1, NULL};
    const struct argument table[] = {
        {"NUMBER", ARGUMENT_VOUCHER, &amend.number, "the voucher", 0, 0},
        {"--from", ARGUMENT_DAY, &amend.effective_from, "in force from this day on", 0, "DAY"},
        {"--amount", ARGUMENT_NUMBER, &a.amount, "of a balance voucher", 0, "CENTS"},
        {"--quota", ARGUMENT_NUMBER, &a.quota, "of a unit voucher", 0, "N"},
        {"--unit-value", ARGUMENT_NUMBER, &a.unit_value, "the most the county pays a unit", 0,
         "CENTS"},
        {"--valid-to", ARGUMENT_DAY, &amend.valid_to, "the last day of validity", 0, "DAY"},
        {"--decision", ARGUMENT_TEXT, &a.decision, "the decision it rests on", 0, "TEXT"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"amend", "Change a voucher from a day on; what is not named stays.",
                            table, COUNT(table)},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (amend.effective_from == 0)
        return tool_fail(TOOL_USAGE, "amend: --from is missing");
    if (a.amount < 0 && a.quota < 0 && a.unit_value < 0 && amend.valid_to == 0)
        return tool_fail(TOOL_USAGE, "amend: nothing to change was named");
    return send_amendment(tool, &amend, &a);
}
