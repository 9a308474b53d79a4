#include "audit/flaws.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

#define FLAW_WORD(name, word, todo) [name] = word,
#define FLAW_TODO(name, word, todo) [name] = todo,

static const char *const words[FLAW_KINDS] = {FLAW_LIST(FLAW_WORD)};
static const char *const todos[FLAW_KINDS] = {FLAW_LIST(FLAW_TODO)};

void flaws_add(struct flaws *f, struct flaw_place place, const char *format, ...)
{
    va_list list;

    f->total++;
    f->of_kind[place.kind]++;
    if (f->count == FLAWS_MAX)
        return;
    f->list = tool_grow(f->list, f->count, &f->room, sizeof(*f->list));
    struct flaw *one = &f->list[f->count++];
    *one = (struct flaw){.kind = place.kind, .number = place.number};
    va_start(list, format);
    (void)vsnprintf(one->text, sizeof(one->text), format, list);
    va_end(list);
}

static int by_number(const void *a, const void *b)
{
    const struct flaw *x = a, *y = b;
    uint64_t first = x->number == 0 ? UINT64_MAX : x->number;
    uint64_t second = y->number == 0 ? UINT64_MAX : y->number;

    if (first != second)
        return first < second ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

void flaws_sort(struct flaws *f)
{
    if (f->count > 1)
        qsort(f->list, f->count, sizeof(*f->list), by_number);
}

void flaws_free(struct flaws *f)
{
    free(f->list);
    *f = (struct flaws){0};
}

const char *flaw_word(enum flaw_kind kind)
{
    return words[kind];
}

const char *flaw_todo(enum flaw_kind kind)
{
    return todos[kind];
}
