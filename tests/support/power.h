/* power.h - the power of a file system cut off below the programs that use it, and put on again.
 *
 * What was written and not synced is gone, as with the machine's power: the file system is told to
 * shut down without writing its log (ext4, xfs), is taken down, and recovers when it is mounted
 * again. Needs a file system of its own, and the right to mount. One thread. */
#ifndef TESTS_SUPPORT_POWER_H
#define TESTS_SUPPORT_POWER_H

#include <stdbool.h>

struct power {
    const char *device; /* a block device */
    const char *type;   /* ext4, xfs */
    const char *folder; /* where it is mounted */
};

/* From POWER="DEVICE TYPE FOLDER" in the environment. False: there is none, so no power to cut. */
bool power_of_environment(struct power *out);
/* Processes that use it meet errors from now on. Aborts where it cannot be done. */
void power_cut(const struct power *p);
/* When no process uses it any more: aborts otherwise, or where it does not recover. */
void power_on(const struct power *p);

#endif
