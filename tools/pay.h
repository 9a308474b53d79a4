/* pay.h - the subcommands of `saldo pay`. */
#ifndef TOOLS_PAY_H
#define TOOLS_PAY_H

#include "tool.h"

tool_run run_pay_export, run_pay_check; /* pay_export.c, pay_check.c */
tool_run run_pay_posting;               /* pay_posting.c */

#endif
