/* scratch.h - room on the disk for what an audit may need again, and seldom does.
 *
 * In $TMPDIR, or /var/tmp, which is on a disk where /tmp may be memory. Files lose their names as
 * soon as they are open: however the process ends, nothing is left. One thread. */
#ifndef AUDIT_SCRATCH_H
#define AUDIT_SCRATCH_H

#include <stddef.h>

/* A list that never moves and stands in a file: the system may take back the memory of what is not
 * looked at. Start it with all zeros. */
struct scratch_list {
    void *items;
    size_t count, most;
    size_t bytes; /* that the file has blocks for */
    size_t item_size;
    int file; /* -1: there is none */
};

/* TOOL_OK, or a complaint and TOOL_INTERNAL. */
int scratch_list_start(struct scratch_list *l, size_t most, size_t item_size);
/* `count` new items, cleared: the first. The process ends with TOOL_INTERNAL where the disk is
 * full, or the list. */
void *scratch_list_add(struct scratch_list *l, size_t count);
/* Let go of the memory, not of the items. */
void scratch_list_rest(const struct scratch_list *l);
void scratch_list_free(struct scratch_list *l);

#endif
