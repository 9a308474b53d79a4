#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int tool_fail(int code, const char *format, ...)
{
    va_list list;

    fputs("saldo: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return code;
}

int tool_written(bool good)
{
    return good ? TOOL_OK : tool_fail(TOOL_INTERNAL, "the result cannot be written");
}

char *tool_lend(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void *need(void *memory)
{
    if (memory == NULL)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    return memory;
}

void *tool_alloc(size_t count, size_t size)
{
    return need(calloc(count > 0 ? count : 1, size));
}

void *tool_grow(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room > 0 ? *room * 2 : 64;
    return need(reallocarray(list, *room, size));
}
