/* commands.h - the subcommands of saldod: arguments after the name, result an exit code. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>

int command_init(int argc, char **argv);
int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_gate(int argc, char **argv); /* started by run, not by people */

/* Before anything else: libraries, umask, no core files, no tracing, files enough. From then on a
 * page that cannot be read ends the process with EXITS_DAMAGED and the file's name. False: said in
 * the log. */
bool command_harden(void);

#endif
