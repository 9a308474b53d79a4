/* query_night.c - what the nights brought: batches with their lines. */
#include "ledger/query.h"
#include "ledger/sort.h"

/* ---- Batches -------------------------------------------------------------------------------- */

struct lines {
    struct query *q;
    int32_t day;
    struct pile pile;
};

static void add_line(struct lines *b, const struct tally *t)
{
    if (t->rows == 0 || !query_may_see(b->q, t->organiser, t->provider))
        return;
    Saldo__V1__BatchLine *line = QUERY_NEW(b->q, batch_line);
    if (line == NULL)
        return;
    line->organiser = query_organiser(b->q, t->organiser);
    line->provider = query_provider(b->q, t->provider);
    line->rows = t->rows;
    line->cents = t->cents;
    line->credit_rows = t->credit_rows;
    line->credit_cents = t->credit_cents;
    pile_add(b->q, &b->pile, line);
}

static bool line_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct lines *b = arg;
    struct tally t;

    if (!query_peek(b->q, ROW_TALLY, (struct row_bytes){key, key_len, value, value_len}, &t))
        return false;
    uint32_t item = tally_find(b->q->ledger, t.day, t.organiser, t.provider);
    if (!query_row_changed(b->q, ROW_TALLY, item))
        add_line(b, &t);
    return !b->q->full;
}

static void line_changed(struct query *q, uint32_t item, void *arg)
{
    struct lines *b = arg;
    const struct tally *t = ROW_AT(tally, q->ledger, ROW_TALLY, item);

    if (t->day == b->day)
        add_line(b, t);
}

static int compare_lines(const void *context, const void *a, const void *b)
{
    const Saldo__V1__BatchLine *x = *(Saldo__V1__BatchLine *const *)a;
    const Saldo__V1__BatchLine *y = *(Saldo__V1__BatchLine *const *)b;
    int order = strcmp(x->organiser, y->organiser);

    (void)context;
    return order != 0 ? order : strcmp(x->provider, y->provider);
}

enum outcome query_batch(struct query *q, const Saldo__V1__BatchQuery *in, Saldo__V1__Reply *reply)
{
    struct lines lines = {.q = q, .day = in->day};
    Saldo__V1__Batch *out = QUERY_NEW(q, batch);

    if (in->day < LIMIT_DAY_FIRST || in->day > LIMIT_DAY_LAST)
        return OUTCOME_FIELD_INVALID;
    if (in->day > q->ledger->meta.settled_through)
        return OUTCOME_ROW_UNKNOWN;
    uint32_t item = query_batch_row(q, in->day);
    if (item == 0)
        return OUTCOME_ROW_UNKNOWN;
    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    const struct batch *b = ROW_AT(batch, q->ledger, ROW_BATCH, item);
    out->day = b->day;
    out->rows = b->rows;
    out->cents = b->cents;
    out->number = b->number;
    out->hash = query_bytes(q, b->hash, sizeof(b->hash));
    query_scan_days(q, (struct days){ROW_TALLY, in->day, true}, line_row, &lines);
    query_changed_rows(q, ROW_TALLY, line_changed, &lines);
    sort_items(lines.pile.items, lines.pile.count, sizeof(void *), compare_lines, NULL);
    out->n_lines = lines.pile.count;
    out->lines = (Saldo__V1__BatchLine **)lines.pile.items;
    reply->result_case = SALDO__V1__REPLY__RESULT_BATCH;
    reply->batch = out;
    return OUTCOME_ACCEPTED;
}
