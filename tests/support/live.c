#include "tests/support/live.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

#define LOG_LOOK_BYTES (256 * 1024) /* a run that logs more has other troubles */

int64_t live_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void live_sleep_us(int64_t us)
{
    struct timespec t = {us / 1000000, us % 1000000 * 1000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

void live_init(struct live *l, const char *saldod, const char *dir)
{
    *l = (struct live){.saldod = saldod, .dir = dir};
    int len = snprintf(l->log, sizeof(l->log), "%s.log", dir);
    CHECK(len > 0);
    CHECK((size_t)len < sizeof(l->log));
}

static off_t log_size(const struct live *l)
{
    struct stat st;
    return stat(l->log, &st) == 0 ? st.st_size : 0;
}

/* In the child; `arguments` end in NULL. */
__attribute__((noreturn)) static void become(const struct live *l, char *const arguments[])
{
    int log = open(l->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log >= 0 && dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0 &&
        prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
        execv(l->saldod, arguments);
    _exit(127);
}

static pid_t spawn(const struct live *l, const char *command, const char *option)
{
    char *const arguments[] = {(char *)(uintptr_t)l->saldod, (char *)(uintptr_t)command,
                               (char *)(uintptr_t)l->dir, (char *)(uintptr_t)option, NULL};
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        become(l, arguments);
    return pid;
}

void live_start(struct live *l)
{
    CHECK(l->pid == 0);
    l->log_begin = log_size(l);
    l->pid = spawn(l, "run", NULL);
}

/* The lines of this run; static, until the next call. */
static const char *log_lines(const struct live *l)
{
    static char lines[LOG_LOOK_BYTES + 1];
    ssize_t len = -1;
    int log = open(l->log, O_RDONLY | O_CLOEXEC);
    if (log >= 0) {
        len = pread(log, lines, LOG_LOOK_BYTES, l->log_begin);
        close(log);
    }
    lines[len > 0 ? len : 0] = '\0';
    return lines;
}

bool live_wait_ready(struct live *l, int timeout_ms)
{
    int64_t deadline = live_now_us() + (int64_t)timeout_ms * 1000;
    int status;
    while (!live_ended(l, &status)) {
        if (strstr(log_lines(l), "ready last=") != NULL)
            return true;
        if (live_now_us() > deadline)
            return false;
        live_sleep_us(1000);
    }
    return false;
}

pid_t live_gate(const struct live *l)
{
    static const char event[] = "gate-started pid=";
    pid_t pid = 0;
    for (const char *at = log_lines(l); (at = strstr(at, event)) != NULL; at += sizeof(event) - 1)
        pid = (pid_t)strtol(at + sizeof(event) - 1, NULL, 10);
    return pid;
}

bool live_ended(struct live *l, int *status)
{
    if (l->pid != 0 && waitpid(l->pid, status, WNOHANG) == 0)
        return false;
    l->pid = 0;
    return true;
}

void live_kill(struct live *l)
{
    int status;
    if (l->pid == 0)
        return;
    kill(l->pid, SIGKILL);
    CHECK(waitpid(l->pid, &status, 0) == l->pid);
    l->pid = 0;
}

static int exit_code(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int live_stop(struct live *l, int timeout_ms)
{
    int64_t deadline = live_now_us() + (int64_t)timeout_ms * 1000;
    int status = -1;
    CHECK(l->pid != 0);
    kill(l->pid, SIGTERM);
    while (!live_ended(l, &status)) {
        if (live_now_us() > deadline) {
            live_kill(l);
            return -1;
        }
        live_sleep_us(1000);
    }
    return exit_code(status);
}

int live_command(const struct live *l, const char *command, const char *option)
{
    int status;
    pid_t pid = spawn(l, command, option);
    CHECK(waitpid(pid, &status, 0) == pid);
    return exit_code(status);
}
