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
#include "store/store.h"

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

/* ---- Pages --------------------------------------------------------------------------------- */

static struct sigaction before[_NSIG]; /* what was to happen at a signal without us */

/* Only calls that a handler may make. */
static void end_for(const char *event, const char *path, const char *advice)
{
    const char *const words[] = {"level=error event=", event, " file=", path, advice};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (write(STDERR_FILENO, words[i], strlen(words[i])) < 0)
            break; /* it ends the same where nobody can be told */
    _exit(EXITS_DAMAGED);
}

/* A page of journal or tables that cannot be read: the disk fails, or the file was cut. Nothing can
 * go on after that, but people must learn which file it is. */
static void end_unreadable(const void *address)
{
    static char maps[MAPS_BYTES + 1];
    size_t len = 0;
    ssize_t got = 0;
    const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && len < MAPS_BYTES && (got = read(fd, maps + len, MAPS_BYTES - len)) > 0)
        len += (size_t)got;
    maps[len] = '\0';
    end_for("page-unreadable", file_at(maps, (uintptr_t)address),
            " detail=\"the disk cannot read it, or the file was cut\" do=\"see to the disk, run "
            "saldod check, or go back to a copy\"\n");
}

/* And one that can be read but says nonsense: LMDB follows it out of its file, or sees it and
 * aborts. Whatever else ends in these signals is a bug, and ends as it would without us. */
static void on_bad_page(int signal, siginfo_t *info, void *context)
{
    static atomic_flag taken = ATOMIC_FLAG_INIT;
    const char *file = store_in_use();
    (void)context;
    if (signal != SIGBUS && (file == NULL || (signal == SIGABRT && !store_asserted()))) {
        sigaction(signal, &before[signal], NULL);
        return;
    }
    while (atomic_flag_test_and_set(&taken))
        pause(); /* another thread has met one too, and is saying so */
    if (signal == SIGBUS)
        end_unreadable(info->si_addr);
    end_for("page-damaged", file,
            " detail=\"LMDB cannot follow what stands there\" do=\"tables: move the folder away, "
            "the next start makes them again from the journal; journal: go back to a copy\"\n");
}

static bool signals(void)
{
    struct sigaction page = {.sa_sigaction = on_bad_page, .sa_flags = SA_SIGINFO};
    struct sigaction size = {.sa_handler = SIG_IGN}; /* a write that is too long then says so */
    return sigaction(SIGBUS, &page, &before[SIGBUS]) == 0 &&
           sigaction(SIGSEGV, &page, &before[SIGSEGV]) == 0 &&
           sigaction(SIGABRT, &page, &before[SIGABRT]) == 0 && sigaction(SIGXFSZ, &size, NULL) == 0;
}

/* ---- The rest ------------------------------------------------------------------------------ */

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
