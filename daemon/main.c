/* saldod - the voucher ledger. See saldod(8). */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exits.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"init", command_init},
    {"run", command_run},
    {"check", command_check},
    {"gate", command_gate},
};

static int usage(FILE *out)
{
    fprintf(out, "usage: saldod init DIR [--simulated] [--listen ENDPOINT]\n"
                 "                   [--organiser CODE --organiser-name NAME --business-id ID]\n"
                 "       saldod run DIR\n"
                 "       saldod check DIR [--from-tables] [--json]\n"
                 "       saldod --version\n");
    return out == stdout ? EXITS_OK : EXITS_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return usage(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("saldod %s\n", SALDOD_VERSION);
        return EXITS_OK;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    return usage(stderr);
}
