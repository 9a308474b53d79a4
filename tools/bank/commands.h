/* commands.h - the subcommands of `saldo bank`. */
#ifndef TOOLS_BANK_COMMANDS_H
#define TOOLS_BANK_COMMANDS_H

#include "tool.h"

tool_run run_bank_read;                                    /* read.c */
tool_run run_bank_lines;                                   /* list.c */
tool_run run_bank_close, run_bank_assign, run_bank_reject; /* acts.c */

/* Match the ledger's open lines anew, tell it nothing, and list them. An exit code. */
int bank_open_lines(struct tool *tool);

/* The open line that begins with these digits is about this payout. Tells the ledger that, and
 * what else is explained by now. An exit code. */
int bank_assign(struct tool *tool, const char *line, const char *end_to_end_id);

#endif
