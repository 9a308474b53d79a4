#include "bank/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bank/texts.h"
#include "base/limits.h"
#include "text.h"
#include "tool.h"

/* ---- Identity -------------------------------------------------------------------------------- */

/* Everything but the place among equal lines. The bank's own reference names an entry in whatever
 * statement it is told; only without one the statement has to. Statements and notifications tell
 * the same entry in lines of their own. */
static void identify(struct match_line *line, const struct camt_statement *s,
                     const struct camt_entry *n, const char *detail_ref)
{
    bool named = n->refs.account_ref[0] != '\0';
    char cents[24], day[16];

    snprintf(cents, sizeof(cents), "%s%lld", line->credit ? "" : "-", (long long)line->cents);
    snprintf(day, sizeof(day), "%d", (int)line->day);
    texts_identity("saldo/v1/bank-line",
                   (const char *const[]){
                       line->notification ? "054" : "053", s->account, n->refs.account_ref,
                       named ? "" : s->id, named ? "" : s->sequence, named ? "" : n->entry_ref,
                       detail_ref, line->end_to_end_id, line->instruction_id, cents, day, NULL},
                   line->id);
}

/* By identity; equal ones by what else they say, so that their order in the file does not count. */
static int compare_order(const void *a, const void *b)
{
    const struct match_line *const *x = a, *const *y = b;
    const char *const of_x[] = {(*x)->reference, (*x)->iban, (*x)->payment_id, (*x)->entry_ref};
    const char *const of_y[] = {(*y)->reference, (*y)->iban, (*y)->payment_id, (*y)->entry_ref};
    int order = memcmp((*x)->id, (*y)->id, MATCH_LINE_BYTES);

    for (size_t i = 0; order == 0 && i < sizeof(of_x) / sizeof(of_x[0]); i++)
        order = strcmp(of_x[i], of_y[i]);
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Equal lines of one statement are told apart by their place among each other. */
static void tell_apart(struct match_line *first, size_t count)
{
    struct match_line **order = tool_alloc(count, sizeof(struct match_line *));
    uint8_t before[MATCH_LINE_BYTES] = {0};
    unsigned place = 0;

    for (size_t i = 0; i < count; i++)
        order[i] = &first[i];
    qsort(order, count, sizeof(struct match_line *), compare_order);
    for (size_t i = 0; i < count; i++) {
        char text[TEXT_HEX_MAX], number[16];
        place = i > 0 && memcmp(before, order[i]->id, MATCH_LINE_BYTES) == 0 ? place + 1 : 0;
        memcpy(before, order[i]->id, MATCH_LINE_BYTES);
        snprintf(number, sizeof(number), "%u", place);
        if (place > 0)
            texts_identity(
                "saldo/v1/bank-line-again",
                (const char *const[]){text_hex(before, MATCH_LINE_BYTES, text), number, NULL},
                order[i]->id);
    }
    free(order);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static const char *name_of(struct slab *slab, const struct camt_file *file,
                           const struct camt_statement *s)
{
    size_t size = strlen(s->id) + strlen(s->sequence) + 16;
    char *name = slab_alloc(slab, size);

    snprintf(name, size, "camt.05%d %s%s%s", file->notification ? 4 : 3, s->id,
             s->sequence[0] != '\0' ? "/" : "", s->sequence);
    return texts_cut(slab, name);
}

/* The ledger keeps so many bytes of a text; what is longer is compared as it is kept. */
static const char *reference_of(struct slab *slab, const char *reference)
{
    size_t size = strlen(reference) + 1;

    if (size <= LIMIT_REFERENCE_BYTES + 1)
        return reference;
    return texts_cut(slab, match_reference(reference, slab_alloc(slab, size), size));
}

static struct match_line line_of(struct slab *slab, const struct camt_file *file,
                                 const struct camt_statement *s, const struct camt_entry *n,
                                 const struct camt_detail *d)
{
    const struct camt_refs *refs = d != NULL ? &d->refs : &n->refs;

    struct match_line line = {
        .notification = file->notification,
        .credit = d != NULL ? d->credit : n->credit,
        .returned = d != NULL ? d->returned : n->returned,
        .whole = d == NULL,
        .account = s->account,
        .currency = s->currency,
        .end_to_end_id = refs->end_to_end_id,
        .instruction_id = refs->instruction_id,
        .payment_id = refs->payment_id[0] != '\0' ? refs->payment_id : n->refs.payment_id,
        .reference = reference_of(slab, refs->reference),
        .iban = refs->iban,
        .entry_ref = n->refs.account_ref,
        .entry_cents = n->cents > 0 || d == NULL ? n->cents : d->cents,
        .cents = d != NULL ? d->cents : n->cents,
        .day = n->day,
        .record = MATCH_NEW,
        .assigned = MATCH_NONE,
        .payout = MATCH_NONE,
        .run = MATCH_NONE,
        .same_as = MATCH_NONE,
        .note = "",
    };
    const char **texts[] = {&line.account,    &line.end_to_end_id, &line.instruction_id,
                            &line.payment_id, &line.iban,          &line.entry_ref};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = texts_cut(slab, *texts[i]);
    return line;
}

void lines_put(struct bank_lines *lines, const struct match_line *line,
               const struct line_place *place)
{
    lines->list = tool_grow(lines->list, lines->count, &lines->room, sizeof(*lines->list));
    lines->places =
        tool_grow(lines->places, lines->count, &lines->places_room, sizeof(*lines->places));
    lines->list[lines->count] = *line;
    lines->places[lines->count++] = *place;
}

static void add_entry(struct bank_lines *lines, const struct camt_file *file,
                      const struct camt_statement *s, const struct camt_entry *n,
                      struct line_place place)
{
    place.line = n->line;
    place.reason = texts_cut(&lines->slab, n->reason);
    if (n->detail_count == 0) {
        struct match_line line = line_of(&lines->slab, file, s, n, NULL);
        identify(&line, s, n, "");
        lines_put(lines, &line, &place);
    }
    for (size_t i = n->detail_first; i < n->detail_first + n->detail_count; i++) {
        const struct camt_detail *d = &file->details[i];
        struct match_line line = line_of(&lines->slab, file, s, n, d);
        place.reason = texts_cut(&lines->slab, d->reason);
        identify(&line, s, n, d->refs.account_ref);
        lines_put(lines, &line, &place);
    }
}

void lines_add(struct bank_lines *lines, const struct camt_file *file, const char *path)
{
    for (size_t i = 0; i < file->statement_count; i++) {
        const struct camt_statement *s = &file->statements[i];
        size_t before = lines->count;
        struct line_place place = {.path = path, .name = name_of(&lines->slab, file, s)};
        for (size_t e = s->entry_first; e < s->entry_first + s->entry_count; e++)
            if (file->entries[e].booked)
                add_entry(lines, file, s, &file->entries[e], place);
        if (lines->count > before)
            tell_apart(lines->list + before, lines->count - before);
    }
}

void lines_free(struct bank_lines *lines)
{
    free(lines->list);
    free(lines->places);
    slab_free(&lines->slab);
    *lines = (struct bank_lines){0};
}
