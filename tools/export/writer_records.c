/* writer_records.c - the same books for programs: a posting a line as CSV, an entry a line as JSON.
 * Amounts are texts with two decimals: nobody has to turn them into floating point. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "export/writer.h"
#include "text.h"
#include "tool.h"

/* ---- CSV ------------------------------------------------------------------------------------- */

static void field(FILE *file, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fprintf(file, "%s,", text);
        return;
    }
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputs("\",", file);
}

static void csv_begin(struct writer *w)
{
    struct writer_tag tags[WRITER_TAGS];
    char number[24];

    writer_tags(&(struct book_entry){0}, number, tags);
    fputs("date,transaction,payee,text,", w->file);
    for (size_t i = 0; i < WRITER_TAGS; i++)
        fprintf(w->file, "%s,", tags[i].name);
    fputs("account,organiser,provider,amount\n", w->file);
}

static void csv_account(const struct writer *w, const struct book_account *a, int64_t cents)
{
    char euros[TEXT_EUROS_MAX];

    field(w->file, a->name);
    field(w->file, a->organiser);
    field(w->file, a->provider);
    fprintf(w->file, "%s\n", text_euros(cents, euros));
}

static void csv_entry(struct writer *w, const struct book_entry *e)
{
    struct writer_tag tags[WRITER_TAGS];
    char number[24], date[TEXT_DAY_MAX];

    w->entries++;
    writer_tags(e, number, tags);
    text_day(e->day, date);
    for (size_t i = 0; i < e->count; i++) {
        fprintf(w->file, "%s,%" PRIu64 ",", date, w->entries);
        field(w->file, e->payee);
        field(w->file, e->text);
        for (size_t k = 0; k < WRITER_TAGS; k++)
            field(w->file, tags[k].text);
        csv_account(w, e->postings[i].account, e->postings[i].cents);
    }
}

static void csv_end(struct writer *w)
{
    char date[TEXT_DAY_MAX];

    text_day(w->book->to, date);
    for (size_t i = 0; i < w->book->count; i++) {
        fprintf(w->file, "%s,," WRITER_PAYEE ",Closing balance,balance,,,,,,,,", date);
        csv_account(w, w->book->accounts[i], book_balance(w->book->accounts[i]));
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void set(json_t *object, const char *name, json_t *value)
{
    if (object == NULL || json_object_set_new(object, name, value) != 0)
        exit(tool_fail(TOOL_INTERNAL, "out of memory, or a text that is not UTF-8"));
}

static json_t *posting(const struct book_account *a, int64_t cents)
{
    char euros[TEXT_EUROS_MAX];
    json_t *out = json_object();

    set(out, "account", json_string(a->name));
    set(out, "organiser", json_string(a->organiser));
    if (a->provider[0] != '\0')
        set(out, "provider", json_string(a->provider));
    set(out, "amount", json_string(text_euros(cents, euros)));
    return out;
}

static void json_line(const struct writer *w, json_t *object)
{
    (void)json_dumpf(object, w->file, JSON_COMPACT); /* the stream remembers a failure */
    fputc('\n', w->file);
    json_decref(object);
}

static void ndjson_begin(struct writer *w)
{
    (void)w; /* every line stands for itself */
}

static void ndjson_entry(struct writer *w, const struct book_entry *e)
{
    struct writer_tag tags[WRITER_TAGS];
    char number[24], date[TEXT_DAY_MAX];
    json_t *object = json_object(), *postings = json_array();

    writer_tags(e, number, tags);
    set(object, "date", json_string(text_day(e->day, date)));
    set(object, "transaction", json_integer((json_int_t)++w->entries));
    set(object, "payee", json_string(e->payee));
    set(object, "text", json_string(e->text));
    for (size_t i = 0; i < WRITER_TAGS; i++)
        if (tags[i].text[0] != '\0')
            set(object, tags[i].name, json_string(tags[i].text));
    for (size_t i = 0; i < e->count; i++)
        if (json_array_append_new(postings,
                                  posting(e->postings[i].account, e->postings[i].cents)) != 0)
            exit(tool_fail(TOOL_INTERNAL, "out of memory"));
    set(object, "postings", postings);
    json_line(w, object);
}

static void ndjson_end(struct writer *w)
{
    char date[TEXT_DAY_MAX];

    text_day(w->book->to, date);
    for (size_t i = 0; i < w->book->count; i++) {
        json_t *object = posting(w->book->accounts[i], book_balance(w->book->accounts[i]));
        set(object, "date", json_string(date));
        set(object, "kind", json_string("balance"));
        json_line(w, object);
    }
}

const struct writer_format writer_csv = {"csv", csv_begin, csv_entry, csv_end};
const struct writer_format writer_ndjson = {"ndjson", ndjson_begin, ndjson_entry, ndjson_end};
