/* idset.h - a set of texts that remembers where each was seen first: 24 bytes a text.
 *
 * Texts are kept as their BLAKE2b-128, so that no file can make two of them meet. One thread. */
#ifndef TOOLS_ISO20022_IDSET_H
#define TOOLS_ISO20022_IDSET_H

#include <stddef.h>
#include <stdint.h>

struct idset_place {
    uint32_t file; /* a number of the caller's own */
    uint32_t line; /* from 1 */
};

struct idset_entry;

/* Start it with all zeros. */
struct idset {
    struct idset_entry *entries; /* owned; a power of two, never full */
    size_t room, count;
};

/* Put it in. The place where it was seen before; line 0: it is new. `kind` keeps texts of
 * different kinds apart. */
struct idset_place idset_add(struct idset *s, char kind, const char *text,
                             struct idset_place place);
void idset_free(struct idset *s);

#endif
