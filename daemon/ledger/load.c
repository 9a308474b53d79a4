/* load.c - from the tables into memory at start.
 *
 * Loaded are the catalogue, the accounts, and whatever belongs to a day that is not settled yet;
 * vouchers, settled buckets and answered charges come when they are asked for. */
#include "ledger/rows.h"

struct loading {
    struct ledger *ledger;
    enum row_kind kind;
    enum fault fault;
};

static void link_tally(struct ledger *l, uint32_t item)
{
    struct tally *t = ROW_AT(tally, l, ROW_TALLY, item);
    struct open_day *d = day_make(l, t->day);

    t->next_of_day = d->tallies;
    d->tallies = item;
}

static bool load_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct loading *s = arg;

    if (s->kind == ROW_BUCKET && !row_bucket_is_open(value, value_len))
        return true;
    if (!row_fits(s->ledger, s->kind, value, value_len)) {
        s->fault = FAULT_FULL;
        return false;
    }
    uint32_t item = row_decode(s->ledger, s->kind, key, key_len, value, value_len);
    if (item == 0)
        s->fault = FAULT_CORRUPT;
    else if (s->kind == ROW_TALLY)
        link_tally(s->ledger, item);
    else if (s->kind == ROW_OPEN_LINE)
        s->ledger->open_lines++;
    return item != 0;
}

static enum fault load_kind(struct ledger *l, const struct ledger_source *source,
                            enum row_kind kind, int32_t first_day)
{
    struct loading s = {l, kind, FAULT_NONE};
    uint8_t start[4];
    struct writer w = {start, 0, sizeof(start), false};

    put_i32(&w, first_day);
    size_t start_len = first_day == 0 ? 0 : w.len;
    enum fault f = source->scan(source->context, kind, NULL, 0, start, start_len, load_row, &s);
    return f != FAULT_NONE ? f : s.fault;
}

/* The keys of the tables hold the first administrator too, and maybe revoked: forget the one that
 * ledger_new() registered. */
static void forget_genesis(struct ledger *l)
{
    struct table *keys = &l->table[ROW_KEY];

    keys->pool.used = 1;
    keys->pool.free = 0;
    keys->pool.live = 0;
    keys->dirty.count = 0;
    index_clear(&keys->index);
    index_clear(&l->names);
}

static enum fault load_meta(struct ledger *l, const struct ledger_source *source)
{
    const uint8_t key[1] = {0};
    size_t len = 0;
    enum fault f = source->get(source->context, ROW_META, key, sizeof(key), l->scratch, &len);

    if (f != FAULT_NONE)
        return f;
    return row_decode(l, ROW_META, key, sizeof(key), l->scratch, len) == 0 ? FAULT_CORRUPT
                                                                           : FAULT_NONE;
}

enum fault ledger_load(struct ledger *l, const struct ledger_source *source)
{
    CHECK(l != NULL);
    CHECK(source != NULL);
    CHECK(l->meta.last_number == 0);
    static const enum row_kind kinds[] = {
        ROW_ORGANISER, ROW_SERVICE, ROW_CLASS,     ROW_WINDOW,     ROW_PROVIDER,
        ROW_DATED,     ROW_KEY,     ROW_COST_CODE, ROW_COMMITMENT, ROW_ACCOUNT,
        ROW_LAPSE,     ROW_BUCKET,  ROW_OPEN_LINE,
    };

    enum fault f = load_meta(l, source);
    if (f == FAULT_ABSENT)
        return FAULT_NONE; /* no checkpoint yet: the journal begins with the empty ledger */
    if (f != FAULT_NONE)
        return f;
    forget_genesis(l);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if ((f = load_kind(l, source, kinds[i], 0)) != FAULT_NONE)
            return f;
    int32_t settled = l->meta.settled_through;
    f = load_kind(l, source, ROW_TALLY, settled == 0 ? 0 : settled + 1);
    l->evicted_id_ms = l->meta.max_id_ms; /* all older ids may be in the tables only */
    return f;
}
