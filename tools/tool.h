/* tool.h - what the subcommands of `saldo` share: options, exit codes, memory, complaints.
 *
 * The command is a short-lived process of one thread: it ends itself when memory runs out, and
 * says what went wrong on standard error, where results never go. */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output.h"

/* The exit codes of the manual page; scripts rely on them. */
enum tool_exit {
    TOOL_OK = 0,
    TOOL_REFUSED = 1,  /* the ledger refused something */
    TOOL_USAGE = 2,    /* the command line or the home folder is not usable */
    TOOL_INPUT = 3,    /* an input file is bad; nothing was sent */
    TOOL_NETWORK = 4,  /* no connection, or no answer before the deadline */
    TOOL_PROOF = 5,    /* a reply or a receipt does not verify */
    TOOL_INTERNAL = 6, /* the machine failed: memory, disk, a reply that makes no sense */
};

/* What the global options said. */
struct tool {
    const char *home; /* NULL: $SALDO_HOME or ~/.saldo */
    const char *key;  /* NULL: the subcommand's default, else that of saldo.conf */
    int64_t deadline_s;
    enum output_format format;
    bool json;
    bool csv;
    bool quiet;
};

/* A subcommand runs with the words after its name; returns an exit code. */
typedef int tool_run(struct tool *tool, int argc, char **argv);

struct subcommand {
    const char *name;
    const char *summary;
    tool_run *run;
};

/* The words that a subcommand of its own takes next: `saldo pay export`. */
struct subcommands {
    const char *usage; /* "pay subcommand" */
    const char *hint;  /* "pay SUBCOMMAND" */
    const struct subcommand *list;
    size_t count;
    int width; /* of the column of names in the help */
};
/* Run the one that the first word names, with the words after it; help for --help, and for a word
 * that names none (TOOL_USAGE). Returns an exit code. */
int tool_dispatch(const struct subcommands *of, struct tool *tool, int argc, char **argv);

tool_run run_keygen, run_enrol, run_revoke, run_keys;              /* keys.c, enrol.c */
tool_run run_import;                                               /* import.c */
tool_run run_submit;                                               /* submit.c */
tool_run run_settle;                                               /* settle.c */
tool_run run_balance, run_batch;                                   /* balance.c, batch.c */
tool_run run_payouts, run_payables;                                /* payouts.c */
tool_run run_bank, run_reconcile;                                  /* bank.c, reconcile.c */
tool_run run_run;                                                  /* run.c */
tool_run run_pay, run_account;                                     /* pay.c, account.c */
tool_run run_export, run_why;                                      /* export/, why/ */
tool_run run_report;                                               /* report/ */
tool_run run_voucher, run_charge;                                  /* voucher.c, charge.c */
tool_run run_top;                                                  /* top/ */
tool_run run_backup, run_restore;                                  /* backup/ */
tool_run run_status, run_receipt;                                  /* status.c, receipt.c */
tool_run run_audit;                                                /* audit/ */
tool_run run_close, run_void, run_suspend, run_reserve, run_amend; /* voucher_acts.c */
tool_run run_review, run_credit;                                   /* charge_acts.c */

/* "saldo: " and the message on standard error. Returns `code`, so that callers can return it. */
__attribute__((format(printf, 2, 3))) int tool_fail(int code, const char *format, ...);

/* TOOL_OK, or a complaint and TOOL_INTERNAL: what every subcommand ends with. */
int tool_written(bool good);

/* A text for a member of a protobuf-c message: they are not const, but sending only reads them. */
char *tool_lend(const char *text);

/* LMDB trusts its file: one that was overwritten can lead it out of the map. From now on SIGBUS,
 * SIGSEGV and SIGABRT end the process with these words, and a line end, and this code. */
void tool_expect_damage(const char *words, int code);

/* Cleared memory; never NULL: the process ends with TOOL_INTERNAL when there is none. */
void *tool_alloc(size_t count, size_t size);
/* Room for one more item of `size` bytes in a list that doubles. `*room` counts items. */
void *tool_grow(void *list, size_t count, size_t *room, size_t size);

#endif
