#include "bank/index.h"

#include <stdlib.h>
#include <string.h>

#include "tool.h"

static int compare(const void *a, const void *b)
{
    const struct index_key *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    if (order == 0)
        order = (x->cents > y->cents) - (x->cents < y->cents);
    return order != 0 ? order : (x->item > y->item) - (x->item < y->item);
}

void index_add(struct index *x, struct index_key key)
{
    if (key.text[0] == '\0')
        return;
    x->keys = tool_grow(x->keys, x->count, &x->room, sizeof(*x->keys));
    x->keys[x->count++] = key;
}

void index_sort(struct index *x)
{
    if (x->count > 0)
        qsort(x->keys, x->count, sizeof(*x->keys), compare);
}

void index_free(struct index *x)
{
    free(x->keys);
    *x = (struct index){0};
}

const struct index_key *index_find(const struct index *x, const char *text, int64_t cents,
                                   size_t *count)
{
    const struct index_key wanted = {text, cents, 0};
    size_t low = 0, high = x->count;

    *count = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&x->keys[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + *count < x->count && strcmp(x->keys[low + *count].text, text) == 0 &&
           x->keys[low + *count].cents == cents)
        ++*count;
    return *count > 0 ? &x->keys[low] : NULL;
}
