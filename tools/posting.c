#include "posting.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

#include "base/check.h"
#include "text.h"

#define POSTING_WORD(name, word) word,
static const char *const WORDS[POSTING_SOURCES_COUNT] = {POSTING_SOURCES(POSTING_WORD)};
#undef POSTING_WORD

static struct posting_column *add_column(struct posting *p, const char *heading,
                                         enum posting_source source)
{
    CHECK(p->count < POSTING_COLUMNS_MAX);
    struct posting_column *c = &p->columns[p->count++];

    *c = (struct posting_column){.source = source};
    snprintf(c->heading, sizeof(c->heading), "%s", heading);
    return c;
}

void posting_defaults(struct posting *p)
{
    static const enum posting_source usual[] = {
        POSTING_ORGANISER,   POSTING_RUN_DAY,       POSTING_ACCOUNT,   POSTING_COST_CODE,
        POSTING_BUSINESS_ID, POSTING_PROVIDER_NAME, POSTING_REFERENCE, POSTING_END_TO_END_ID,
        POSTING_EUROS,       POSTING_TEXT,
    };

    *p = (struct posting){
        .separator = ',', .decimal = '.', .header = true, .text = "Palvelusetelit"};
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        add_column(p, WORDS[usual[i]], usual[i]);
}

/* ---- Settings ------------------------------------------------------------------------------ */

struct reading {
    struct posting *posting;
    bool own_columns;
    char error[256];
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct reading *r, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsnprintf(r->error, sizeof(r->error), format, list);
    va_end(list);
    return false;
}

static bool fits(char out[POSTING_TEXT_MAX], const char *text)
{
    int len = snprintf(out, POSTING_TEXT_MAX, "%s", text);

    return len >= 0 && len < POSTING_TEXT_MAX;
}

struct word {
    const char *text;
    char means;
};

/* The last word has no text. */
static bool take_word(const struct word *words, const char *value, char *out)
{
    for (; words->text != NULL; words++) {
        if (strcmp(words->text, value) == 0) {
            *out = words->means;
            return true;
        }
    }
    return false;
}

static bool set(struct posting *p, const char *name, const char *value)
{
    static const struct word separators[] = {
        {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {NULL, 0}};
    static const struct word decimals[] = {{"comma", ','}, {"point", '.'}, {NULL, 0}};
    static const struct word answers[] = {{"yes", 1}, {"no", 0}, {NULL, 0}};
    char answer;

    if (strcmp(name, "separator") == 0)
        return take_word(separators, value, &p->separator);
    if (strcmp(name, "decimal") == 0)
        return take_word(decimals, value, &p->decimal);
    if (strcmp(name, "header") == 0 && take_word(answers, value, &answer)) {
        p->header = answer != 0;
        return true;
    }
    if (strcmp(name, "account") == 0)
        return fits(p->account, value);
    if (strcmp(name, "cost_code") == 0)
        return fits(p->cost_code, value);
    return strcmp(name, "text") == 0 && fits(p->text, value);
}

static bool column(struct reading *r, const char *heading, const char *value)
{
    struct posting *p = r->posting;
    size_t len = strlen(value);

    if (!r->own_columns)
        p->count = 0;
    r->own_columns = true;
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->columns[i].heading, heading) == 0)
            return refuse(r, "the heading %.60s stands twice", heading);
    if (p->count == POSTING_COLUMNS_MAX || strlen(heading) >= POSTING_TEXT_MAX)
        return refuse(r, "too many columns, or a heading too long");
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"' && len < POSTING_TEXT_MAX) {
        memcpy(add_column(p, heading, POSTING_FIXED)->fixed, value + 1, len - 2);
        return true;
    }
    for (unsigned i = 0; i < POSTING_SOURCES_COUNT; i++) {
        if (strcmp(WORDS[i], value) == 0) {
            add_column(p, heading, (enum posting_source)i);
            return true;
        }
    }
    return refuse(r, "%.60s is nothing that a column can hold; saldo(1) lists what there is",
                  value);
}

/* Returns what ini_parse() wants: 0 is an error. */
static int on_setting(void *arg, const char *section, const char *name, const char *value)
{
    struct reading *r = arg;

    if (r->error[0] != '\0')
        return 0;
    if (strcmp(section, "columns") == 0)
        return column(r, name, value);
    if (strcmp(section, "posting") == 0 && set(r->posting, name, value))
        return 1;
    return refuse(r, "[%.40s] %.60s = %.60s is not understood", section, name, value);
}

bool posting_read(struct posting *p, const char *path, struct report *report)
{
    struct reading r = {.posting = p};
    int line = ini_parse(path, on_setting, &r);

    if (line < 0)
        report_at(report, 0, NULL, "cannot be read: %s", strerror(errno));
    else if (line > 0)
        report_at(report, (size_t)line, NULL, "%s",
                  r.error[0] != '\0' ? r.error : "not name = value");
    return line == 0;
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static void write_field(const struct posting *p, size_t column, const char *text, FILE *file)
{
    const char special[] = {p->separator, '"', '\r', '\n', '\0'};
    size_t len = strlen(text);
    bool quoted =
        strpbrk(text, special) != NULL || (len > 0 && (text[0] == ' ' || text[len - 1] == ' '));

    if (quoted)
        fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    if (quoted)
        fputc('"', file);
    fputs(column + 1 < p->count ? (const char[]){p->separator, '\0'} : "\r\n", file);
}

void posting_header(const struct posting *p, FILE *file)
{
    for (size_t i = 0; p->header && i < p->count; i++)
        write_field(p, i, p->columns[i].heading, file);
}

struct rendered {
    char run_day[TEXT_DAY_MAX], execution_day[TEXT_DAY_MAX];
    char euros[TEXT_EUROS_MAX];
    char text[POSTING_TEXT_MAX + TEXT_DAY_MAX];
};

static void render(const struct posting *p, const struct posting_row *row, struct rendered *out)
{
    text_day(row->run_day, out->run_day);
    text_day(row->execution_day, out->execution_day);
    text_euros(row->cents, out->euros);
    *strchr(out->euros, '.') = p->decimal;
    snprintf(out->text, sizeof(out->text), "%s%s%s", p->text, p->text[0] != '\0' ? " " : "",
             out->run_day);
}

void posting_line(const struct posting *p, const struct posting_row *row, FILE *file)
{
    struct rendered r;

    render(p, row, &r);
    const char *const values[POSTING_SOURCES_COUNT] = {
        [POSTING_ORGANISER] = row->organiser,
        [POSTING_ORGANISER_NAME] = row->organiser_name,
        [POSTING_RUN_DAY] = r.run_day,
        [POSTING_EXECUTION_DAY] = r.execution_day,
        [POSTING_ACCOUNT] = p->account,
        [POSTING_COST_CODE] = p->cost_code,
        [POSTING_PROVIDER] = row->provider,
        [POSTING_BUSINESS_ID] = row->business_id,
        [POSTING_PROVIDER_NAME] = row->provider_name,
        [POSTING_IBAN] = row->iban,
        [POSTING_REFERENCE] = row->reference,
        [POSTING_END_TO_END_ID] = row->end_to_end_id,
        [POSTING_EUROS] = r.euros,
        [POSTING_TEXT] = r.text,
    };
    for (size_t i = 0; i < p->count; i++) {
        const struct posting_column *c = &p->columns[i];
        write_field(p, i, c->source == POSTING_FIXED ? c->fixed : values[c->source], file);
    }
}
