#include "draft.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

struct draft {
    char path[PATH_MAX];
    char temporary[PATH_MAX];
    FILE *file;
};

struct draft *draft_open(const char *path)
{
    struct draft *d = tool_alloc(1, sizeof(*d));
    int len = snprintf(d->temporary, sizeof(d->temporary), "%s.XXXXXX", path);
    int fd = -1;

    errno = ENAMETOOLONG;
    if (len > 0 && (size_t)len < sizeof(d->temporary)) {
        memcpy(d->path, path, strlen(path) + 1);
        fd = mkostemp(d->temporary, O_CLOEXEC); /* mode 0600 */
    }
    d->file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (d->file != NULL)
        return d;
    tool_fail(0, "%s: cannot be written: %s", path, strerror(errno));
    if (fd >= 0) {
        close(fd);
        unlink(d->temporary);
    }
    free(d);
    return NULL;
}

FILE *draft_file(struct draft *d)
{
    return d->file;
}

const char *draft_where(const struct draft *d)
{
    return d->temporary;
}

void draft_drop(struct draft *d)
{
    if (d == NULL)
        return;
    if (d->file != NULL)
        fclose(d->file);
    unlink(d->temporary);
    free(d);
}

/* Are the bytes of `old` those of the draft? */
static bool is_same(FILE *old, FILE *new)
{
    int a, b;

    rewind(new);
    do {
        a = getc(old);
        b = getc(new);
    } while (a == b && a != EOF);
    return a == b && !ferror(old) && !ferror(new);
}

/* A new name is on the disk when its folder is. */
static bool sync_folder(const char *path)
{
    char copy[PATH_MAX];

    memcpy(copy, path, strlen(path) + 1);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

static int fail(struct draft *d)
{
    int code = tool_fail(TOOL_INTERNAL, "%s: cannot be written: %s", d->path, strerror(errno));

    draft_drop(d);
    return code;
}

int draft_publish(struct draft *d, enum draft_rule rule)
{
    if (ferror(d->file)) {
        errno = EIO;
        return fail(d);
    }
    if (fflush(d->file) != 0 || fsync(fileno(d->file)) != 0)
        return fail(d);
    FILE *old = rule == DRAFT_SAME ? fopen(d->path, "re") : NULL;
    if (old == NULL && rule == DRAFT_SAME && errno != ENOENT)
        return fail(d);
    if (old != NULL) {
        bool same = is_same(old, d->file);
        fclose(old);
        int code = same ? TOOL_OK
                        : tool_fail(TOOL_INPUT,
                                    "%s is there with other content and stays as it is: compare, "
                                    "and move it away or choose another name",
                                    d->path);
        draft_drop(d);
        return code;
    }
    if (rename(d->temporary, d->path) != 0 || !sync_folder(d->path))
        return fail(d);
    fclose(d->file); /* all of it is on the disk */
    free(d);
    return TOOL_OK;
}
