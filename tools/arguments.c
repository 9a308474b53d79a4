#include "arguments.h"

#include <stdio.h>
#include <string.h>

#include "saldo.h"
#include "text.h"

enum { GLOBALS = 6 };

static void global_table(struct tool *tool, struct argument out[GLOBALS])
{
    const struct argument table[GLOBALS] = {
        {"--home", ARGUMENT_TEXT, &tool->home, "folder with saldo.conf and keys/", 0, "DIR"},
        {"--key", ARGUMENT_TEXT, &tool->key, "sign with keys/NAME.key of it", 0, "NAME"},
        {"--deadline", ARGUMENT_NUMBER, &tool->deadline_s, "wait so long for an answer", 0,
         "SECONDS"},
        {"--json", ARGUMENT_FLAG, &tool->json, "results as JSON", 0, NULL},
        {"--csv", ARGUMENT_FLAG, &tool->csv, "results as CSV", 0, NULL},
        {"-q", ARGUMENT_FLAG, &tool->quiet, "no progress bar, no remarks", 0, NULL},
    };

    memcpy(out, table, sizeof(table));
}

/* ---- Help ---------------------------------------------------------------------------------- */

static void help_line(const struct argument *a)
{
    char left[64];

    snprintf(left, sizeof(left), "%s%s%s", a->name, a->value != NULL ? " " : "",
             a->value != NULL ? a->value : "");
    printf("  %-24s %s\n", left, a->help);
}

static void help(const struct arguments *a, const struct argument globals[GLOBALS])
{
    printf("usage: saldo [option ...] %s", a->command);
    for (size_t i = 0; i < a->count; i++)
        if (a->table[i].name[0] != '-')
            printf(a->table[i].optional ? " [%s]" : " %s", a->table[i].name);
    printf("\n%s\n\n", a->summary);
    for (size_t i = 0; i < a->count; i++)
        help_line(&a->table[i]);
    printf("\nfor every subcommand:\n");
    for (size_t i = 0; i < GLOBALS; i++)
        help_line(&globals[i]);
}

/* ---- Values -------------------------------------------------------------------------------- */

static void add_word(struct argument_words *words, const char *text)
{
    words->list = tool_grow(words->list, words->count, &words->room, sizeof(*words->list));
    words->list[words->count++] = text;
}

static bool set_value(const struct argument *a, const char *text)
{
    switch (a->kind) {
    case ARGUMENT_FLAG:
        *(bool *)a->target = true;
        return true;
    case ARGUMENT_TEXT:
        *(const char **)a->target = text;
        return true;
    case ARGUMENT_VOUCHER:
        *(const char **)a->target = text;
        if (saldo_voucher_valid(text))
            return true;
        tool_fail(0, "%s: \"%s\" is no voucher number: look for a typing error", a->name, text);
        return false;
    case ARGUMENT_WORDS:
        add_word(a->target, text);
        return true;
    case ARGUMENT_DAY:
        if (saldo_day_parse(text, a->target))
            return true;
        tool_fail(0, "%s: \"%s\" is not a date: write it as YYYY-MM-DD", a->name, text);
        return false;
    case ARGUMENT_NUMBER:
        if (text_integer(text, 0, INT64_MAX, a->target))
            return true;
        tool_fail(0, "%s: \"%s\" is not a whole number", a->name, text);
        return false;
    case ARGUMENT_ID:
        if (text_unhex(text, a->target, 16))
            return true;
        tool_fail(0, "%s: \"%s\" is not a request id of 32 hexadecimal digits", a->name, text);
        return false;
    }
    return false;
}

/* ---- Words --------------------------------------------------------------------------------- */

struct words {
    int argc;
    char **argv;
    int at;
};

static const struct argument *find_option(const struct argument *table, size_t count,
                                          const char *word)
{
    size_t len = strcspn(word, "=");

    for (size_t i = 0; i < count; i++)
        if (table[i].name[0] == '-' && strlen(table[i].name) == len &&
            memcmp(table[i].name, word, len) == 0)
            return &table[i];
    return NULL;
}

/* The option at w->at, which is in the table. */
static bool take_option(const struct argument *a, struct words *w)
{
    const char *word = w->argv[w->at++];
    const char *value = strchr(word, '=');

    if (a->kind == ARGUMENT_FLAG && value != NULL) {
        tool_fail(0, "%s takes no value", a->name);
        return false;
    }
    if (a->kind == ARGUMENT_FLAG)
        return set_value(a, NULL);
    if (value != NULL)
        return set_value(a, value + 1);
    if (w->at == w->argc) {
        tool_fail(0, "%s needs a value: %s", a->name, a->value);
        return false;
    }
    return set_value(a, w->argv[w->at++]);
}

static enum arguments_result settle_format(struct tool *tool)
{
    if (tool->json && tool->csv) {
        tool_fail(0, "choose one of --json and --csv");
        return ARGUMENTS_BAD;
    }
    tool->format = tool->json ? OUTPUT_JSON : tool->csv ? OUTPUT_CSV : OUTPUT_PEOPLE;
    return ARGUMENTS_GO;
}

/* The plain word that is due; the one of many words stays due. */
static const struct argument *next_plain(const struct arguments *a, size_t *at)
{
    for (; *at < a->count; (*at)++)
        if (a->table[*at].name[0] != '-')
            return &a->table[a->table[*at].kind == ARGUMENT_WORDS ? *at : (*at)++];
    return NULL;
}

static bool is_missing(const struct argument *plain)
{
    if (plain == NULL || plain->optional)
        return false;
    return plain->kind != ARGUMENT_WORDS ||
           ((const struct argument_words *)plain->target)->count == 0;
}

static bool take_plain(const struct arguments *a, size_t *at, const char *word)
{
    const struct argument *plain = next_plain(a, at);

    if (plain != NULL)
        return set_value(plain, word);
    tool_fail(0, "%s: one word too many: \"%s\"", a->command, word);
    return false;
}

enum arguments_result arguments_parse(struct tool *tool, const struct arguments *a, int argc,
                                      char **argv)
{
    struct argument globals[GLOBALS];
    struct words w = {argc, argv, 0};
    bool only_plain = false;
    size_t plain_at = 0;

    global_table(tool, globals);
    while (w.at < argc) {
        const char *word = argv[w.at];
        const struct argument *option = NULL;
        if (!only_plain && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            help(a, globals);
            return ARGUMENTS_HELP;
        }
        if (only_plain || word[0] != '-' || word[1] == '\0') {
            w.at++;
            if (!take_plain(a, &plain_at, word))
                return ARGUMENTS_BAD;
        } else if (strcmp(word, "--") == 0) {
            w.at++;
            only_plain = true;
        } else if ((option = find_option(a->table, a->count, word)) != NULL ||
                   (option = find_option(globals, GLOBALS, word)) != NULL) {
            if (!take_option(option, &w))
                return ARGUMENTS_BAD;
        } else {
            tool_fail(0, "%s: unknown option %s; see saldo %s --help", a->command, word,
                      a->command);
            return ARGUMENTS_BAD;
        }
    }
    const struct argument *missing = next_plain(a, &plain_at);
    if (is_missing(missing)) {
        tool_fail(0, "%s: %s is missing; see saldo %s --help", a->command, missing->name,
                  a->command);
        return ARGUMENTS_BAD;
    }
    return settle_format(tool);
}

enum arguments_result arguments_global(struct tool *tool, int argc, char **argv, int *used)
{
    struct argument globals[GLOBALS];
    struct words w = {argc, argv, 0};

    global_table(tool, globals);
    while (w.at < argc && argv[w.at][0] == '-') {
        const struct argument *option = find_option(globals, GLOBALS, argv[w.at]);
        if (option == NULL) {
            tool_fail(0, "unknown option %s; see saldo --help", argv[w.at]);
            return ARGUMENTS_BAD;
        }
        if (!take_option(option, &w))
            return ARGUMENTS_BAD;
    }
    *used = w.at;
    return ARGUMENTS_GO;
}

int arguments_exit(enum arguments_result result)
{
    return result == ARGUMENTS_HELP ? TOOL_OK : TOOL_USAGE;
}
