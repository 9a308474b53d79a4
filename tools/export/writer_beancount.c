/* writer_beancount.c - books for beancount: ids are links, so that one finds what belongs together.
 */
#include <string.h>

#include "export/writer.h"
#include "text.h"

static void begin(struct writer *w)
{
    const struct book *b = w->book;
    char date[TEXT_DAY_MAX];

    text_day(b->from, date);
    fprintf(w->file,
            "option \"title\" \"Saldo\"\n"
            "option \"operating_currency\" \"EUR\"\n"
            "plugin \"beancount.plugins.pedantic\"\n\n"
            "%s commodity EUR\n",
            date);
    for (size_t i = 0; i < b->count; i++)
        fprintf(w->file, "%s open %s EUR\n", date, b->accounts[i]->name);
}

static void entry(struct writer *w, const struct book_entry *e)
{
    struct writer_tag tags[WRITER_TAGS];
    char number[24], euros[TEXT_EUROS_MAX], date[TEXT_DAY_MAX];

    fprintf(w->file, "\n%s * \"%s\" \"%s\"", text_day(e->day, date), e->payee, e->text);
    if (e->request_id[0] != '\0')
        fprintf(w->file, " ^%s", e->request_id);
    if (e->end_to_end_id[0] != '\0')
        fprintf(w->file, " ^%s", e->end_to_end_id);
    fputc('\n', w->file);
    writer_tags(e, number, tags);
    for (size_t i = 0; i < WRITER_TAGS; i++)
        if (tags[i].text[0] != '\0')
            fprintf(w->file, "  %s: \"%s\"\n", tags[i].name, tags[i].text);
    for (size_t i = 0; i < e->count; i++)
        fprintf(w->file, "  %s  %s EUR\n", e->postings[i].account->name,
                text_euros(e->postings[i].cents, euros));
}

/* A balance is one of the morning: that of the day after is the closing one. */
static void end(struct writer *w)
{
    const struct book *b = w->book;
    char euros[TEXT_EUROS_MAX], date[TEXT_DAY_MAX];

    fputc('\n', w->file);
    text_day(b->to + 1, date);
    for (size_t i = 0; i < b->count; i++)
        fprintf(w->file, "%s balance %s  %s ~ 0 EUR\n", date, b->accounts[i]->name,
                text_euros(book_balance(b->accounts[i]), euros));
}

const struct writer_format writer_beancount = {"beancount", begin, entry, end};
