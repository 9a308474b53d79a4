/* index.h - payouts by a text and an amount, for match.c. One thread. */
#ifndef TOOLS_BANK_INDEX_H
#define TOOLS_BANK_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "bank/match.h"
#include "slab.h"

struct index_key {
    const char *text;
    int64_t cents; /* 0 where the text alone is the key */
    size_t item;
};

struct index {
    struct index_key *keys; /* owned */
    size_t count, room;
};

void index_add(struct index *x, struct index_key key); /* an empty text is left out */
void index_sort(struct index *x);                      /* once, before the first search */
void index_free(struct index *x);

/* The first of the keys with this text and amount; *count of them follow each other. */
const struct index_key *index_find(const struct index *x, const char *text, int64_t cents,
                                   size_t *count);

#endif
