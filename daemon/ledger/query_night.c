/* query_night.c - what the nights brought: batches with their lines, a page at a time. */
#include "ledger/query_page.h"

#define LINE_BYTES 12 /* of a tally's key */

struct lines {
    struct page page;
    int32_t day;
};

static void offer(struct lines *b, const uint8_t place[PAGE_KEY], const struct tally *t)
{
    if (t->rows != 0 && page_wants(&b->page, place) &&
        query_may_see(b->page.q, t->organiser, t->provider))
        page_add(&b->page, place, t, sizeof(*t));
}

static bool line_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct lines *b = arg;
    struct query *q = b->page.q;
    uint8_t place[PAGE_KEY];
    struct tally t;

    if (!query_peek(q, ROW_TALLY, (struct row_bytes){key, key_len, value, value_len}, &t))
        return false;
    page_key(place, key, key_len);
    uint32_t item = tally_find(q->ledger, t.day, t.organiser, t.provider);
    if (!query_row_changed(q, ROW_TALLY, item))
        offer(b, place, &t);
    return page_look(&b->page, place);
}

static void line_changed(struct query *q, uint32_t item, void *arg)
{
    struct lines *b = arg;
    const struct tally *t = ROW_AT(tally, q->ledger, ROW_TALLY, item);
    uint8_t place[PAGE_KEY] = {0};
    struct writer w = {place, 0, sizeof(place), false};

    if (t->day != b->day)
        return;
    put_i32(&w, t->day); /* as its key in the tables */
    put_u32(&w, t->organiser);
    put_u32(&w, t->provider);
    offer(b, place, t);
}

static void lines_scan(struct lines *b)
{
    uint8_t first[PAGE_KEY] = {0};
    struct writer w = {first, 0, sizeof(first), false};
    const uint8_t *start = first;

    put_i32(&w, b->day);
    if (b->page.started && memcmp(b->page.after, first, PAGE_KEY) > 0)
        start = b->page.after;
    page_fill(&b->page, (struct scan){ROW_TALLY, first, w.len, start, LINE_BYTES}, line_row,
              line_changed, b);
}

static Saldo__V1__BatchLine *line_of(struct query *q, const struct tally *t)
{
    Saldo__V1__BatchLine *line = QUERY_NEW(q, batch_line);

    if (line == NULL)
        return NULL;
    line->organiser = query_organiser(q, t->organiser);
    line->provider = query_provider(q, t->provider);
    line->rows = t->rows;
    line->cents = t->cents;
    line->credit_rows = t->credit_rows;
    line->credit_cents = t->credit_cents;
    return line;
}

static void add_lines(struct lines *b, Saldo__V1__Batch *out)
{
    struct pile pile = {NULL, 0, 0};
    const uint8_t *next;

    lines_scan(b);
    for (size_t i = 0; i < b->page.count; i++)
        pile_add(b->page.q, &pile, line_of(b->page.q, b->page.rows[i]->row));
    out->n_lines = pile.count;
    out->lines = (Saldo__V1__BatchLine **)pile.items;
    if ((next = page_next(&b->page)) != NULL)
        out->next = page_text(b->page.q, next, LINE_BYTES);
}

enum outcome query_batch(struct query *q, const Saldo__V1__BatchQuery *in, Saldo__V1__Reply *reply)
{
    struct lines lines = {.page = {.q = q}, .day = in->day};
    Saldo__V1__Batch *out = QUERY_NEW(q, batch);
    size_t limit;

    if (in->day < LIMIT_DAY_FIRST || in->day > LIMIT_DAY_LAST || !page_limit(in->limit, &limit) ||
        !page_from_text(&lines.page, in->after, LINE_BYTES))
        return OUTCOME_FIELD_INVALID;
    if (in->day > q->ledger->meta.settled_through)
        return OUTCOME_ROW_UNKNOWN;
    uint32_t item = query_batch_row(q, in->day);
    if (item == 0)
        return OUTCOME_ROW_UNKNOWN;
    if (out == NULL || !page_begin(&lines.page, limit, sizeof(struct tally)))
        return OUTCOME_LIMIT_REACHED;
    const struct batch *b = ROW_AT(batch, q->ledger, ROW_BATCH, item);
    out->day = b->day;
    out->rows = b->rows;
    out->cents = b->cents;
    out->number = b->number;
    out->hash = query_bytes(q, b->hash, sizeof(b->hash));
    add_lines(&lines, out);
    reply->result_case = SALDO__V1__REPLY__RESULT_BATCH;
    reply->batch = out;
    return OUTCOME_ACCEPTED;
}
