/* live.h - a real daemon under test: started, killed and stopped by its own process id.
 *
 * It dies with the thread that started it, so that a test that is killed leaves nothing behind.
 * What it logs is appended to DIR.log; a line of it says when a run is ready. One thread. */
#ifndef TESTS_SUPPORT_LIVE_H
#define TESTS_SUPPORT_LIVE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct live {
    const char *saldod; /* the program */
    const char *dir;    /* the ledger */
    char log[PATH_MAX];
    off_t log_begin; /* where the lines of this run begin */
    pid_t pid;       /* 0: not running */
};

void live_init(struct live *l, const char *saldod, const char *dir);
/* Does not wait for anything. */
void live_start(struct live *l);
/* False: it ended, or so much time has passed. */
bool live_wait_ready(struct live *l, int timeout_ms);
/* Process id of this run's newest gate, 0 if none was started yet. */
pid_t live_gate(const struct live *l);
/* Has the process that was started ended by itself? Then pid is 0, and *status is waitpid's. */
bool live_ended(struct live *l, int *status);
void live_kill(struct live *l); /* SIGKILL, and reaped; nothing where it does not run */
/* SIGTERM: its exit code, or -1 where a signal ended it or it took longer (it is killed then). */
int live_stop(struct live *l, int timeout_ms);
/* `saldod COMMAND DIR [OPTION]`: the exit code. Its output goes to the log. */
int live_command(const struct live *l, const char *command, const char *option);

void live_sleep_us(int64_t us);
int64_t live_now_us(void); /* monotonic */

#endif
