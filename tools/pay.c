/* saldo pay - from a released run to the bank and to the bookkeeping. */
#include "pay.h"

#include <stdio.h>
#include <string.h>

static const struct subcommand subcommands[] = {
    {"export", "the payment file of a released run, for the bank", run_pay_export},
    {"posting", "the posting file of released runs, for the bookkeeping", run_pay_posting},
    {"check", "what a bank would refuse in a payment file", run_pay_check},
};

enum { SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]) };

static void help(FILE *file)
{
    fprintf(file, "usage: saldo pay subcommand [word ...]\n\n");
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(file, "  %-9s %s\n", subcommands[i].name, subcommands[i].summary);
    fprintf(file, "\nsaldo pay SUBCOMMAND --help tells what it takes.\n");
}

int run_pay(struct tool *tool, int argc, char **argv)
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
