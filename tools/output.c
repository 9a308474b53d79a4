#include "output.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "text.h"
#include "tool.h"

enum { OUTPUT_HEADING_MAX = 40 };

struct cell {
    char *text;
    bool right; /* a number stands to the right */
};

struct output {
    FILE *file;
    enum output_format format;
    struct output_shape shape;
    size_t at; /* column of the next cell */
    size_t rows;
    json_t *object; /* JSON: the row under way */
    struct cell *cells;
    size_t cells_count, cells_room;
};

struct output *output_open(FILE *file, enum output_format format, const struct output_shape *shape)
{
    CHECK(shape->count > 0);
    CHECK(shape->count <= OUTPUT_COLUMNS_MAX);
    struct output *o = tool_alloc(1, sizeof(*o));

    *o = (struct output){.file = file, .format = format, .shape = *shape};
    for (size_t i = 0; format == OUTPUT_CSV && i < shape->count; i++)
        fprintf(file, "%s%s", shape->columns[i], i + 1 < shape->count ? "," : "\n");
    return o;
}

/* ---- Cells --------------------------------------------------------------------------------- */

static void write_csv(FILE *file, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static void end_json_row(struct output *o)
{
    if (!o->shape.record)
        fputs(o->rows == 0 ? "[\n" : ",\n", o->file);
    json_dumpf(o->object, o->file, o->shape.record ? JSON_INDENT(2) : JSON_COMPACT);
    json_decref(o->object);
    o->object = NULL;
}

static void keep_cell(struct output *o, const char *text, bool right)
{
    o->cells = tool_grow(o->cells, o->cells_count, &o->cells_room, sizeof(*o->cells));
    char *copy = strdup(text);
    if (copy == NULL)
        exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    o->cells[o->cells_count++] = (struct cell){copy, right};
}

/* Every kind of cell ends here: `text` is what CSV and people read, `value` is what JSON gets and
 * is taken over. */
static void put(struct output *o, const char *text, bool right, json_t *value)
{
    bool last = o->at + 1 == o->shape.count;

    switch (o->format) {
    case OUTPUT_CSV:
        write_csv(o->file, text);
        fputc(last ? '\n' : ',', o->file);
        break;
    case OUTPUT_JSON:
        if (o->object == NULL)
            o->object = json_object();
        if (json_object_set_new(o->object, o->shape.columns[o->at], json_incref(value)) != 0)
            exit(tool_fail(TOOL_INTERNAL, "out of memory, or a text that is not UTF-8"));
        if (last)
            end_json_row(o);
        break;
    case OUTPUT_PEOPLE:
        keep_cell(o, text, right);
        break;
    }
    json_decref(value);
    o->rows += last;
    o->at = last ? 0 : o->at + 1;
}

void output_text(struct output *o, const char *text)
{
    put(o, text, false, json_string(text));
}

void output_number(struct output *o, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    put(o, text, true, json_integer(number));
}

void output_cents(struct output *o, int64_t cents)
{
    char text[TEXT_EUROS_MAX];

    if (o->format != OUTPUT_PEOPLE)
        output_number(o, cents);
    else
        put(o, text_euros(cents, text), true, NULL);
}

void output_flag(struct output *o, bool flag)
{
    static const char *const words[2][2] = {{"0", "1"}, {"no", "yes"}};

    put(o, words[o->format == OUTPUT_PEOPLE][flag], false, json_boolean(flag));
}

void output_empty(struct output *o)
{
    put(o, "", false, json_null());
}

void output_day(struct output *o, int32_t day)
{
    char text[TEXT_DAY_MAX];

    if (day == 0)
        output_empty(o);
    else
        output_text(o, text_day(day, text));
}

void output_time(struct output *o, int64_t time_ms)
{
    char text[TEXT_TIME_MAX];

    if (time_ms == 0)
        output_empty(o);
    else
        output_text(o, text_time(time_ms, text));
}

void output_hex(struct output *o, const void *bytes, size_t len)
{
    char text[TEXT_HEX_MAX];

    CHECK(2 * len < sizeof(text));
    output_text(o, text_hex(bytes, len, text));
}

/* ---- The people's table -------------------------------------------------------------------- */

static void pad(FILE *file, size_t width, size_t wanted)
{
    for (; width < wanted; width++)
        fputc(' ', file);
}

static void write_cell(FILE *file, const struct cell *c, size_t width, bool last)
{
    size_t own = text_width(c->text);

    if (c->right)
        pad(file, own, width);
    fputs(c->text, file);
    if (!c->right && !last)
        pad(file, own, width);
    fputs(last ? "\n" : "  ", file);
}

/* What programs get in cents people get in euros, and the heading must say so. */
static const char *heading(const struct output *o, size_t column, char out[OUTPUT_HEADING_MAX])
{
    const char *name = o->shape.columns[column];
    const char *unit = strstr(name, "cents");
    if (unit == NULL)
        snprintf(out, OUTPUT_HEADING_MAX, "%s", name);
    else
        snprintf(out, OUTPUT_HEADING_MAX, "%.*seuros%s", (int)(unit - name), name,
                 unit + strlen("cents"));
    return out;
}

static void write_table(const struct output *o)
{
    size_t count = o->shape.count;
    size_t width[OUTPUT_COLUMNS_MAX];
    char title[OUTPUT_HEADING_MAX];

    CHECK(count > 0);
    for (size_t i = 0; i < count; i++)
        width[i] = text_width(o->shape.columns[i]);
    for (size_t i = 0; i < o->cells_count; i++) {
        size_t own = text_width(o->cells[i].text);
        if (own > width[i % count])
            width[i % count] = own;
    }
    for (size_t i = 0; i < count; i++) {
        /* a title stands over its numbers: the first row says which columns have them */
        heading(o, i, title);
        struct cell cell = {title, i < o->cells_count && o->cells[i].right};
        write_cell(o->file, &cell, width[i], i + 1 == count);
    }
    for (size_t i = 0; i < o->cells_count; i++)
        write_cell(o->file, &o->cells[i], width[i % count], i % count + 1 == count);
}

static void write_record(const struct output *o)
{
    size_t width = 0;
    char title[OUTPUT_HEADING_MAX];

    for (size_t i = 0; i < o->shape.count; i++)
        if (text_width(o->shape.columns[i]) > width)
            width = text_width(o->shape.columns[i]);
    for (size_t i = 0; i < o->cells_count; i++) {
        if (o->cells[i].text[0] == '\0')
            continue;
        fputs(heading(o, i, title), o->file);
        pad(o->file, text_width(o->shape.columns[i]), width + 2);
        fprintf(o->file, "%s\n", o->cells[i].text);
    }
}

bool output_close(struct output *o)
{
    CHECK(o->at == 0);
    if (o->format == OUTPUT_JSON && o->shape.record)
        fputc('\n', o->file);
    else if (o->format == OUTPUT_JSON)
        fputs(o->rows == 0 ? "[]\n" : "\n]\n", o->file);
    else if (o->format == OUTPUT_PEOPLE && o->shape.record)
        write_record(o);
    else if (o->format == OUTPUT_PEOPLE)
        write_table(o);

    bool good = fflush(o->file) == 0 && !ferror(o->file);
    for (size_t i = 0; i < o->cells_count; i++)
        free(o->cells[i].text);
    free(o->cells);
    free(o);
    return good;
}
