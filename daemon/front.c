#include "front.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "clock.h"
#include "log.h"

#define AGAIN_US      100000 /* a gate that has served is back at once */
#define AGAIN_SOON_US 500000 /* one that dies again and again must not use up the machine */

void front_link(const struct config *c, char endpoint[CONFIG_TEXT_MAX])
{
    int len = snprintf(endpoint, CONFIG_TEXT_MAX, "ipc://%s/run/gate.ipc", c->dir);
    CHECK(len > 0);
    CHECK(len < CONFIG_TEXT_MAX);
}

/* Nothing is inherited but the standard streams; no signal is blocked or ignored. */
static int spawn(struct front *f, char *const argv[])
{
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    sigset_t none;
    sigset_t all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attr);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    int rc = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    if (rc == 0)
        rc = posix_spawn(&f->gate, "/proc/self/exe", &files, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return rc;
}

bool front_start(struct front *f)
{
    char name[] = "saldod";
    char command[] = "gate";
    char dir[CONFIG_DIR_MAX + 1];
    char incarnation[2 * LINK_GATE_BYTES + 1];
    char parent[32];
    char *argv[] = {name, command, dir, incarnation, parent, NULL};

    if (f->gate != 0 || clock_monotonic_us() < f->start_at_us)
        return true;
    randombytes_buf(f->incarnation, sizeof(f->incarnation));
    f->incarnation[0] |= 1; /* routing ids that begin with 0 are ZeroMQ's */
    sodium_bin2hex(incarnation, sizeof(incarnation), f->incarnation, sizeof(f->incarnation));
    snprintf(dir, sizeof(dir), "%s", f->config->dir);
    snprintf(parent, sizeof(parent), "%d", getpid());
    f->ready = false;
    f->started_us = clock_monotonic_us();
    int rc = spawn(f, argv);
    if (rc != 0) {
        f->gate = 0;
        f->start_at_us = f->started_us + AGAIN_SOON_US;
        log_error("gate-start error=\"%s\"", strerror(rc));
        return false;
    }
    f->starts++;
    log_info("gate-started pid=%d", f->gate);
    return true;
}

bool front_reap(struct front *f)
{
    int status = 0;
    if (f->gate == 0 || waitpid(f->gate, &status, WNOHANG) != f->gate)
        return false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        log_info("gate-stopped pid=%d", f->gate);
    else
        log_warning("gate-ended pid=%d exit=%d signal=%d", f->gate,
                    WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    int64_t now_us = clock_monotonic_us();
    f->start_at_us = now_us + (now_us - f->started_us > 1000000 ? AGAIN_US : AGAIN_SOON_US);
    f->gate = 0;
    f->ready = false;
    return true;
}

int64_t front_wait_ms(const struct front *f, int64_t most)
{
    if (f->gate != 0)
        return most;
    int64_t left_ms = (f->start_at_us - clock_monotonic_us()) / 1000 + 1;
    return left_ms < 1 ? 1 : left_ms < most ? left_ms : most;
}

void front_kill(struct front *f)
{
    int status;
    if (f->gate == 0)
        return;
    kill(f->gate, SIGKILL);
    waitpid(f->gate, &status, 0);
    f->gate = 0;
}
