/* arguments.h - the words of a command line, by table.
 *
 * One table says what a subcommand takes; its help text comes from the same table. Options may
 * stand before, between and after the other words, as "--name value" or "--name=value"; after
 * "--" everything is a plain word. The global options are understood everywhere. */
#ifndef TOOLS_ARGUMENTS_H
#define TOOLS_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool.h"

enum argument_kind {
    ARGUMENT_FLAG,    /* bool */
    ARGUMENT_TEXT,    /* const char * */
    ARGUMENT_DAY,     /* int32_t */
    ARGUMENT_NUMBER,  /* int64_t, 0 or more */
    ARGUMENT_VOUCHER, /* const char *, with a check character that fits */
    ARGUMENT_ID,      /* uint8_t[16], as 32 hexadecimal digits */
    ARGUMENT_WORDS,   /* struct argument_words: all plain words that are left; the last one */
};

/* The list is the caller's to free; its texts belong to the command line. */
struct argument_words {
    const char **list;
    size_t count, room;
};

/* A name that begins with '-' is an option, any other a plain word that must be there, or may
 * be missing if `optional`. Targets keep what they hold when the word is missing. */
struct argument {
    const char *name;
    enum argument_kind kind;
    void *target;
    const char *help;
    bool optional;     /* of a plain word */
    const char *value; /* an option's value in the help text, "DAY" */
};

struct arguments {
    const char *command; /* "balance"; NULL for the words before the subcommand */
    const char *summary;
    const struct argument *table;
    size_t count;
};

enum arguments_result {
    ARGUMENTS_GO,   /* every target is set */
    ARGUMENTS_HELP, /* the help text was written: end with TOOL_OK */
    ARGUMENTS_BAD,  /* a message was written: end with TOOL_USAGE */
};

enum arguments_result arguments_parse(struct tool *tool, const struct arguments *a, int argc,
                                      char **argv);
/* The global options before the subcommand. *used counts the words taken. */
enum arguments_result arguments_global(struct tool *tool, int argc, char **argv, int *used);

/* What a run function returns when arguments_parse() did not say GO. */
int arguments_exit(enum arguments_result result);

#endif
