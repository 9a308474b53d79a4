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

enum { SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]) };

static void help(FILE *file)
{
    fprintf(file, "usage: saldo bank subcommand [word ...]\n\n");
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(file, "  %-7s %s\n", subcommands[i].name, subcommands[i].summary);
    fprintf(file, "\nsaldo bank SUBCOMMAND --help tells what it takes.\n");
}

int run_bank(struct tool *tool, int argc, char **argv)
{
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        help(stdout);
        return TOOL_OK;
    }
    for (size_t i = 0; argc > 0 && i < SUBCOMMANDS; i++)
        if (strcmp(argv[0], subcommands[i].name) == 0)
            return subcommands[i].run(tool, argc - 1, argv + 1);
    help(stderr);
    return TOOL_USAGE;
}
