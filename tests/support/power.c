#include "tests/support/power.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/check.h"
#include "tests/support/live.h"

#define GOING_DOWN _IOR('X', 125, uint32_t) /* of xfs, and since Linux 4.11 of ext4 */
#define NO_LOG     2u                       /* without flushing the log */

bool power_of_environment(struct power *out)
{
    static char text[512];
    char *save = NULL;
    const char *value = getenv("POWER");
    if (value == NULL)
        return false;
    CHECK(snprintf(text, sizeof(text), "%s", value) < (int)sizeof(text));
    out->device = strtok_r(text, " ", &save);
    out->type = strtok_r(NULL, " ", &save);
    out->folder = strtok_r(NULL, " ", &save);
    CHECK(out->folder != NULL);
    return true;
}

void power_cut(const struct power *p)
{
    const uint32_t how = NO_LOG;
    int fd = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(ioctl(fd, GOING_DOWN, &how) == 0);
    close(fd);
}

void power_on(const struct power *p)
{
    int tries = 200;
    while (umount2(p->folder, 0) != 0) { /* a process that was just killed may still hold a file */
        CHECK(errno == EBUSY);
        CHECK(tries-- > 0);
        live_sleep_us(10000);
    }
    CHECK(mount(p->device, p->folder, p->type, 0, NULL) == 0);
}
