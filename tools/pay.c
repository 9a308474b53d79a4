/* saldo pay - from a released run to the bank and to the bookkeeping. */
#include "pay.h"

#include <stdio.h>
#include <string.h>

static const struct subcommand subcommands[] = {
    {"export", "the payment file of a released run, for the bank", run_pay_export},
    {"posting", "the posting file of released runs, for the bookkeeping", run_pay_posting},
    {"check", "what a bank would refuse in a payment file", run_pay_check},
};

int run_pay(struct tool *tool, int argc, char **argv)
{
    const struct subcommands of = {"pay subcommand", "pay SUBCOMMAND", subcommands,
                                   sizeof(subcommands) / sizeof(subcommands[0]), 9};

    return tool_dispatch(&of, tool, argc, argv);
}
