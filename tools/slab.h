/* slab.h - many small pieces of memory that are given back all at once.
 *
 * One thread. Pieces are cleared, aligned to 16 bytes and never move. */
#ifndef TOOLS_SLAB_H
#define TOOLS_SLAB_H

#include <stddef.h>

struct slab_block;

/* Start it with all zeros. */
struct slab {
    struct slab_block *newest;
    size_t used; /* bytes of the newest block */
};

void *slab_alloc(struct slab *s, size_t size); /* never NULL, as tool_alloc() */
void slab_free(struct slab *s);                /* every piece is gone; the slab can be used again */

#endif
