/* writer_plain.c - books for hledger and ledger, which read nearly the same. */
#include "export/writer.h"
#include "text.h"

static void begin(struct writer *w)
{
    const struct book *b = w->book;
    bool hledger = w->format == &writer_hledger;
    struct writer_tag tags[WRITER_TAGS];
    char number[24];

    fputs(hledger ? "decimal-mark .\ncommodity 1000.00 EUR\n"
                  : "commodity EUR\n    format 1000.00 EUR\n",
          w->file);
    writer_tags(&(struct book_entry){0}, number, tags);
    for (size_t i = 0; i < WRITER_TAGS; i++)
        fprintf(w->file, "tag %s\n", tags[i].name);
    fputs("payee " WRITER_PAYEE "\n", w->file);
    for (size_t i = 0; i < b->payees_count; i++)
        fprintf(w->file, "payee %s\n", b->payees[i].text);
    for (size_t i = 0; i < b->count; i++) {
        char root = b->accounts[i]->name[0]; /* of Assets, Expenses, Liabilities */
        if (hledger)
            fprintf(w->file, "account %s  ; type:%c\n", b->accounts[i]->name,
                    root == 'E' ? 'X' : root);
        else
            fprintf(w->file, "account %s\n", b->accounts[i]->name);
    }
}

static void head(const struct writer *w, int32_t day, const char *payee, const char *text)
{
    char date[TEXT_DAY_MAX];

    text_day(day, date);
    if (w->format == &writer_hledger)
        fprintf(w->file, "\n%s * %s | %s\n", date, payee, text);
    else
        fprintf(w->file, "\n%s * %s\n    ; %s\n", date, payee, text);
}

static void entry(struct writer *w, const struct book_entry *e)
{
    struct writer_tag tags[WRITER_TAGS];
    char number[24], euros[TEXT_EUROS_MAX];

    head(w, e->day, e->payee, e->text);
    writer_tags(e, number, tags);
    for (size_t i = 0; i < WRITER_TAGS; i++)
        if (tags[i].text[0] != '\0')
            fprintf(w->file, "    ; %s: %s\n", tags[i].name, tags[i].text);
    for (size_t i = 0; i < e->count; i++)
        fprintf(w->file, "    %s  %s EUR\n", e->postings[i].account->name,
                text_euros(e->postings[i].cents, euros));
}

static void end(struct writer *w)
{
    const struct book *b = w->book;
    char euros[TEXT_EUROS_MAX];

    if (b->count == 0)
        return;
    head(w, b->to, WRITER_PAYEE, "Closing balances");
    for (size_t i = 0; i < b->count; i++)
        fprintf(w->file, "    %s  0.00 EUR = %s EUR\n", b->accounts[i]->name,
                text_euros(book_balance(b->accounts[i]), euros));
}

const struct writer_format writer_hledger = {"hledger", begin, entry, end};
const struct writer_format writer_ledger = {"ledger", begin, entry, end};
