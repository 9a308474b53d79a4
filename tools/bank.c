/* saldo bank - what the bank says, and what a person says of it. */
#include <stdio.h>
#include <string.h>

#include "bank/commands.h"

static const struct subcommand subcommands[] = {
    {"read", "match the bank's files with the payouts, and tell the ledger", run_bank_read},
    {"lines", "what the ledger has of the bank's lines", run_bank_lines},
    {"assign", "an open line is about this payout: your decision", run_bank_assign},
    {"close", "an open line is no payout: a fee, an interest", run_bank_close},
    {"reject", "the bank never executed a payment: your decision", run_bank_reject},
};

int run_bank(struct tool *tool, int argc, char **argv)
{
    const struct subcommands of = {"bank subcommand", "bank SUBCOMMAND", subcommands,
                                   sizeof(subcommands) / sizeof(subcommands[0]), 7};

    return tool_dispatch(&of, tool, argc, argv);
}
