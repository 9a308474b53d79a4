/* saldo - the command: finds the subcommand and runs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "arguments.h"
#include "saldo.h"
#include "tool.h"

static const struct subcommand subcommands[] = {
    {"import", "CSV files of the county's data into the ledger", run_import},
    {"submit", "send charges and deletions from a CSV file", run_submit},
    {"settle", "settle every day up to one", run_settle},
    {"balance", "balances of one voucher or of all", run_balance},
    {"batch", "what a night settled, by provider", run_batch},
    {"payouts", "what payout runs made", run_payouts},
    {"run", "payout runs: list, payees, start, prepare, release, unhold", run_run},
    {"payables", "what is owed and in no payout yet", run_payables},
    {"bank", "match the bank's files with the payouts", run_bank},
    {"reconcile", "explain every cent between charge and bank", run_reconcile},
    {"pay", "payment and posting files of released runs", run_pay},
    {"account", "where a provider is paid to, by two officers", run_account},
    {"export", "the books of a period, for other programs", run_export},
    {"report", "pages for people: statements, balances, overviews", run_report},
    {"voucher", "one voucher with its versions", run_voucher},
    {"charge", "one charge, its history and why it was refused", run_charge},
    {"why", "a charge's whole story in plain words", run_why},
    {"close", "end a voucher", run_close},
    {"void", "withdraw a voucher that was never used", run_void},
    {"suspend", "interrupt a voucher for some days", run_suspend},
    {"reserve", "book a voucher to one provider, or release it", run_reserve},
    {"amend", "change a voucher from a day on", run_amend},
    {"review", "accept or refuse a charge in review", run_review},
    {"credit", "take back a settled charge, in full or in part", run_credit},
    {"status", "the ledger's state", run_status},
    {"top", "the running daemon in figures", run_top},
    {"backup", "copy a ledger while it is served", run_backup},
    {"restore", "make a ledger of a backup, and prove it", run_restore},
    {"keys", "the registered keys", run_keys},
    {"keygen", "make a key", run_keygen},
    {"enrol", "register a key", run_enrol},
    {"revoke", "revoke a key", run_revoke},
    {"receipt", "verify a stored receipt, without a connection", run_receipt},
    {"audit", "check a copy of the journal, trusting nobody", run_audit},
};

enum { SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]) };

static int help(void)
{
    printf("usage: saldo [option ...] subcommand [word ...]\n\n");
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        printf("  %-9s %s\n", subcommands[i].name, subcommands[i].summary);
    printf("\nsaldo SUBCOMMAND --help tells what it takes; saldo(1) is the manual.\n");
    return TOOL_OK;
}

static const struct subcommand *find(const char *name)
{
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    return NULL;
}

int main(int argc, char **argv)
{
    struct tool tool = {0};
    int used;

    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, which is reported */
    if (sodium_init() < 0)
        return tool_fail(TOOL_INTERNAL, "libsodium cannot start");
    if (argc < 2) {
        help();
        return TOOL_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0)
        return printf("saldo %s\n", SALDO_VERSION) < 0 ? TOOL_INTERNAL : TOOL_OK;
    if (arguments_global(&tool, argc - 1, argv + 1, &used) != ARGUMENTS_GO)
        return TOOL_USAGE;
    if (used + 1 == argc)
        return tool_fail(TOOL_USAGE, "a subcommand is missing; see saldo --help");
    const struct subcommand *sub = find(argv[used + 1]);
    if (sub == NULL)
        return tool_fail(TOOL_USAGE, "unknown subcommand %s; see saldo --help", argv[used + 1]);
    return sub->run(&tool, argc - used - 2, argv + used + 2);
}
