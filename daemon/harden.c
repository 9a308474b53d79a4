#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "commands.h"
#include "log.h"

bool command_harden(void)
{
    const struct rlimit no_core = {0, 0};
    umask(077);
    if (sodium_init() < 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &no_core) != 0) {
        log_error("harden detail=\"libsodium or the process limits could not be set up\"");
        return false;
    }
    return true;
}
