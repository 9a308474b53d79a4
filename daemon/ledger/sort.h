/* sort.h - sorting in place, without memory of its own.
 *
 * A heap sort: the C library's qsort may allocate, and the ledger must not. Equal items may change
 * their order, so a comparison has to be total over what is written. Pure. */
#ifndef LEDGER_SORT_H
#define LEDGER_SORT_H

#include <stddef.h>

#define SORT_ITEM_MAX 64 /* bytes of one item */

/* Negative, 0 or positive, as memcmp. */
typedef int sort_compare(const void *context, const void *a, const void *b);

void sort_items(void *items, size_t count, size_t item_size, sort_compare *compare,
                const void *context);

#endif
