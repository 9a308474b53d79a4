#include "audit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "tool.h"

enum { PATH_BYTES = 4096, GROWTH_LEAST = 64 << 10, GROWTH_MOST = 16 << 20 };

static const char *scratch_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder == NULL || folder[0] == '\0' ? "/var/tmp" : folder;
}

static bool make_path(char path[PATH_BYTES])
{
    int len = snprintf(path, PATH_BYTES, "%s/saldo-audit-XXXXXX", scratch_folder());

    if (len > 0 && len < PATH_BYTES)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

int scratch_list_start(struct scratch_list *l, size_t most, size_t item_size)
{
    char path[PATH_BYTES];

    *l = (struct scratch_list){.most = most, .item_size = item_size, .file = -1};
    if (most == 0)
        return TOOL_OK;
    if (make_path(path) && (l->file = mkostemp(path, O_CLOEXEC)) >= 0) {
        (void)unlink(path);
        void *map = mmap(NULL, most * item_size, PROT_READ | PROT_WRITE, MAP_SHARED, l->file, 0);
        if (map != MAP_FAILED) {
            l->items = map;
            return TOOL_OK;
        }
    }
    return tool_fail(TOOL_INTERNAL, "%s: %s", scratch_folder(), strerror(errno));
}

static _Noreturn void no_room(const char *why)
{
    exit(tool_fail(TOOL_INTERNAL, "audit: %s: %s: set TMPDIR to a folder with more room",
                   scratch_folder(), why));
}

/* Blocks first: a page that finds none would end the process without a word. */
static void grow(struct scratch_list *l, size_t need)
{
    size_t growth = l->bytes / 4;

    growth = growth < GROWTH_LEAST ? GROWTH_LEAST : growth > GROWTH_MOST ? GROWTH_MOST : growth;
    growth = growth < need ? need : growth;
    const int rc = posix_fallocate(l->file, (off_t)l->bytes, (off_t)growth);
    if (rc != 0)
        no_room(strerror(rc));
    l->bytes += growth;
}

void *scratch_list_add(struct scratch_list *l, size_t count)
{
    const size_t need = count * l->item_size, used = l->count * l->item_size;

    if (l->most - l->count < count)
        no_room("there is more of the journal than was expected");
    if (l->bytes - used < need)
        grow(l, need);
    l->count += count;
    return (char *)l->items + used;
}

void scratch_list_rest(const struct scratch_list *l)
{
    if (l->items != NULL)
        (void)madvise(l->items, l->count * l->item_size, MADV_DONTNEED);
}

void scratch_list_free(struct scratch_list *l)
{
    if (l->items != NULL)
        munmap(l->items, l->most * l->item_size);
    if (l->most > 0 && l->file >= 0)
        close(l->file);
    *l = (struct scratch_list){.file = -1};
}
