#include "tool.h"

#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static void help(const struct subcommands *of, FILE *file)
{
    fprintf(file, "usage: saldo %s [word ...]\n\n", of->usage);
    for (size_t i = 0; i < of->count; i++)
        fprintf(file, "  %-*s %s\n", of->width, of->list[i].name, of->list[i].summary);
    fprintf(file, "\nsaldo %s --help tells what it takes.\n", of->hint);
}

int tool_dispatch(const struct subcommands *of, struct tool *tool, int argc, char **argv)
{
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        help(of, stdout);
        return TOOL_OK;
    }
    for (size_t i = 0; argc > 0 && i < of->count; i++)
        if (strcmp(argv[0], of->list[i].name) == 0)
            return of->list[i].run(tool, argc - 1, argv + 1);
    help(of, stderr);
    return TOOL_USAGE;
}

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

/* ---- Damaged files --------------------------------------------------------------------------- */

static struct iovec damage_words[2];
static int damage_code;

static void on_damage(int number)
{
    (void)number;
    if (writev(STDERR_FILENO, damage_words, 2) < 0)
        _exit(TOOL_INTERNAL);
    _exit(damage_code);
}

void tool_expect_damage(const char *words, int code)
{
    static const int signals[] = {SIGBUS, SIGSEGV, SIGABRT};
    static char end[] = "\n";
    const struct sigaction action = {.sa_handler = on_damage};

    damage_words[0] = (struct iovec){(void *)(uintptr_t)words, strlen(words)};
    damage_words[1] = (struct iovec){end, 1};
    damage_code = code;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
}
