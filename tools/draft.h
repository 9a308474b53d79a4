/* draft.h - a file that appears whole or not at all.
 *
 * It is written under another name in the folder where it belongs, brought to the disk, and only
 * then gets its name. Readable by its owner only. One thread. */
#ifndef TOOLS_DRAFT_H
#define TOOLS_DRAFT_H

#include <stdbool.h>
#include <stdio.h>

struct draft; /* opaque */

/* NULL after a message. The caller owns the result, until draft_publish() or draft_drop(). */
struct draft *draft_open(const char *path);
FILE *draft_file(struct draft *d);
/* Where it stands until it is published, to read it back; fflush() first. */
const char *draft_where(const struct draft *d);

enum draft_rule {
    DRAFT_REPLACE, /* a file that has the name already makes way */
    DRAFT_SAME,    /* such a file must have the same bytes, or nothing is changed */
};

/* Give it its name. An exit code, after a message if it is not TOOL_OK; `d` is gone and on any
 * failure the draft too. */
int draft_publish(struct draft *d, enum draft_rule rule);
void draft_drop(struct draft *d); /* NULL is fine */

#endif
