#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "exits.h"
#include "log.h"

#define FILES_MIN  64 /* ZeroMQ aborts where it gets none */
#define MAPS_BYTES (256 * 1024)

/* Name of the file that is mapped at an address, in what is left of `maps`; it is cut into lines.
 */
static const char *file_at(char *maps, uintptr_t address)
{
    char *next;
    for (char *line = maps; line != NULL && *line != '\0'; line = next) {
        char *end;
        if ((next = strchr(line, '\n')) != NULL)
            *next++ = '\0';
        const uintptr_t from = strtoul(line, &end, 16);
        const uintptr_t to = *end == '-' ? strtoul(end + 1, NULL, 16) : 0;
        const char *path = strchr(line, '/');
        if (address >= from && address < to)
            return path == NULL ? "unknown" : path;
    }
    return "unknown";
}

/* A page of journal or tables that cannot be read: the disk fails, or the file was cut. Nothing can
 * go on after that, but people must learn which file it is. Only calls that a handler may make. */
static void on_bus_error(int signal, siginfo_t *info, void *context)
{
    static char maps[MAPS_BYTES + 1];
    static atomic_flag taken = ATOMIC_FLAG_INIT;
    static const char before[] = "level=error event=page-unreadable file=";
    static const char after[] = " detail=\"the disk cannot read it, or the file was cut\" do=\"see "
                                "to the disk, run saldod check, or go back to a copy\"\n";
    size_t len = 0;
    ssize_t got = 0;
    (void)signal;
    (void)context;
    while (atomic_flag_test_and_set(&taken))
        pause(); /* another thread has met one too, and is saying so */
    const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && len < MAPS_BYTES && (got = read(fd, maps + len, MAPS_BYTES - len)) > 0)
        len += (size_t)got;
    maps[len] = '\0';
    const char *path = file_at(maps, (uintptr_t)info->si_addr);
    const bool told = write(STDERR_FILENO, before, sizeof(before) - 1) > 0 &&
                      write(STDERR_FILENO, path, strlen(path)) > 0 &&
                      write(STDERR_FILENO, after, sizeof(after) - 1) > 0;
    (void)told; /* it ends the same where nobody could be told */
    _exit(EXITS_DAMAGED);
}

static bool signals(void)
{
    struct sigaction bus = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    struct sigaction size = {.sa_handler = SIG_IGN}; /* a write that is too long then says so */
    return sigaction(SIGBUS, &bus, NULL) == 0 && sigaction(SIGXFSZ, &size, NULL) == 0;
}

static bool files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    if (limit.rlim_cur < FILES_MIN)
        limit.rlim_cur = limit.rlim_max < FILES_MIN ? limit.rlim_max : FILES_MIN;
    if (limit.rlim_cur >= FILES_MIN)
        return setrlimit(RLIMIT_NOFILE, &limit) == 0;
    log_error("open-files limit=%lu need=%d do=\"raise RLIMIT_NOFILE (ulimit -n)\"",
              (unsigned long)limit.rlim_cur, FILES_MIN);
    return false;
}

bool command_harden(void)
{
    const struct rlimit no_core = {0, 0};
    umask(077);
    if (!files())
        return false;
    if (sodium_init() < 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &no_core) != 0 || !signals()) {
        log_error("harden detail=\"libsodium or the process limits could not be set up\"");
        return false;
    }
    return true;
}
