/* arena.h - memory of fixed size that is handed out in one direction and taken back at once.
 *
 * One thread at a time. When it is full it hands out NULL, which protobuf-c takes as a clean
 * failure to unpack. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

struct arena {
    unsigned char *memory; /* owned by the caller */
    size_t size;
    size_t used;
    ProtobufCAllocator allocator; /* hands out of this arena; valid after arena_init */
};

/* The memory stays the caller's. */
void arena_init(struct arena *a, void *memory, size_t size);
/* 16-byte aligned; NULL when full. Not cleared. */
void *arena_alloc(struct arena *a, size_t size);
/* Everything handed out is gone. */
void arena_reset(struct arena *a);

#endif
