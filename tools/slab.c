#include "slab.h"

#include <stdalign.h>
#include <stdlib.h>

#include "tool.h"

enum { SLAB_BLOCK_BYTES = 1 << 20, SLAB_ALIGN = 16 };

struct slab_block {
    struct slab_block *older;
    size_t size;
    alignas(SLAB_ALIGN) unsigned char bytes[];
};

void *slab_alloc(struct slab *s, size_t size)
{
    size = (size + SLAB_ALIGN - 1) & ~(size_t)(SLAB_ALIGN - 1);
    if (s->newest == NULL || s->newest->size - s->used < size) {
        size_t room = size > SLAB_BLOCK_BYTES ? size : SLAB_BLOCK_BYTES;
        struct slab_block *block = tool_alloc(1, sizeof(*block) + room);
        block->older = s->newest;
        block->size = room;
        s->newest = block;
        s->used = 0;
    }
    void *piece = s->newest->bytes + s->used;
    s->used += size;
    return piece;
}

void slab_free(struct slab *s)
{
    while (s->newest != NULL) {
        struct slab_block *block = s->newest;
        s->newest = block->older;
        free(block);
    }
    s->used = 0;
}
