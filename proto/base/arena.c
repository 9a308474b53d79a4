#include "base/arena.h"

#include "base/check.h"

static void *arena_hook_alloc(void *a, size_t size)
{
    return arena_alloc(a, size);
}

static void arena_hook_free(void *a, void *memory)
{
    (void)a;
    (void)memory; /* all at once, by arena_reset */
}

void arena_init(struct arena *a, void *memory, size_t size)
{
    CHECK(a != NULL);
    CHECK(memory != NULL);
    a->memory = memory;
    a->size = size;
    a->used = 0;
    a->allocator = (ProtobufCAllocator){arena_hook_alloc, arena_hook_free, a};
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t at = (a->used + 15) & ~(size_t)15;
    if (at > a->size || size > a->size - at)
        return NULL;
    a->used = at + size;
    return a->memory + at;
}

void arena_reset(struct arena *a)
{
    a->used = 0;
}
