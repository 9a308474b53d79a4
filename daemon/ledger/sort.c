/* sort.c - a heap sort. */
#include "ledger/sort.h"

#include <stdbool.h>
#include <string.h>

#include "base/check.h"

struct heap {
    unsigned char *items;
    size_t size; /* of an item */
    sort_compare *compare;
    const void *context;
};

static bool less(const struct heap *h, size_t a, size_t b)
{
    return h->compare(h->context, h->items + a * h->size, h->items + b * h->size) < 0;
}

static void swap(const struct heap *h, size_t a, size_t b)
{
    unsigned char kept[SORT_ITEM_MAX];
    memcpy(kept, h->items + a * h->size, h->size);
    memcpy(h->items + a * h->size, h->items + b * h->size, h->size);
    memcpy(h->items + b * h->size, kept, h->size);
}

/* Let the item at `root` sink to its place among the first `count`. */
static void sink(const struct heap *h, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && less(h, child, child + 1))
            child++;
        if (!less(h, root, child))
            return;
        swap(h, root, child);
    }
}

/* Most lists come in order already: one look costs less than a heap. */
static bool in_order(const struct heap *h, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (less(h, i, i - 1))
            return false;
    return true;
}

void sort_items(void *items, size_t count, size_t item_size, sort_compare *compare,
                const void *context)
{
    CHECK(item_size > 0);
    CHECK(item_size <= SORT_ITEM_MAX);
    struct heap h = {items, item_size, compare, context};

    if (count < 2 || in_order(&h, count)) /* mutation: sorting it again would only cost time */
        return;
    for (size_t i = count / 2; i-- > 0;)
        sink(&h, i, count);
    for (size_t end = count - 1; end > 0; end--) {
        swap(&h, 0, end);
        sink(&h, 0, end);
    }
}
