/* freeze.c - a checkpoint seen from memory: hand out what changed, then let go of what is clean.
 *
 * A freeze takes the lists of changed rows and starts a new epoch. Frozen rows go out in slices;
 * one that an entry is about to change goes out before the change (row_touch), so that the tables
 * get the state of one moment although the entries never wait. */
#include "ledger/freeze.h"

#include "ledger/charge_store.h"

/* ---- Out ------------------------------------------------------------------------------------ */

static void put_row(struct ledger *l, enum row_kind kind, uint32_t item)
{
    uint8_t key[LEDGER_KEY_MAX];
    size_t key_len;
    size_t len = row_encode(l, kind, item, key, &key_len, l->scratch);

    l->put(l->put_arg, kind, key, key_len, len == 0 ? NULL : l->scratch, len);
}

void freeze_hand_out(struct ledger *l, enum row_kind kind, uint32_t item)
{
    CHECK(l->freezing);
    struct row_head *head = pool_at(&l->table[kind].pool, item);

    head->out = l->epoch - 1;
    put_row(l, kind, item);
}

static void hand_out_charge(struct ledger *l, uint32_t item)
{
    struct charge_cell *c = charge_cell(l, item);

    put_row(l, ROW_CHARGE, item);
    if (!c->id_told)
        put_row(l, ROW_ID, item); /* never changes, so once is enough */
    c->id_told = true;
}

void ledger_freeze_sink(struct ledger *l, ledger_put *put, void *arg)
{
    CHECK(!l->freezing);
    CHECK(put != NULL);
    l->put = put;
    l->put_arg = arg;
}

static void list_freeze(struct dirty_list *list)
{
    uint32_t *items = list->items;

    CHECK(list->frozen_at == list->frozen_count); /* the last freeze is all out */
    list->items = list->frozen;
    list->frozen = items;
    list->frozen_count = list->count;
    list->frozen_at = 0;
    list->count = 0;
}

void ledger_freeze(struct ledger *l)
{
    CHECK(!l->freezing);
    CHECK(l->put != NULL);

    put_row(l, ROW_META, 0);
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
        list_freeze(&l->table[kind].dirty);
    charge_store_freeze(l);
    l->freeze_kind = 0;
    l->epoch++;
    l->freezing = true;
}

static bool step_charges(struct ledger *l, uint32_t *rows_max)
{
    for (; *rows_max > 0; (*rows_max)--) {
        const uint32_t item = charge_store_frozen(l);
        if (item == 0)
            return true;
        if (!charge_cell(l, item)->told)
            hand_out_charge(l, item);
    }
    return false;
}

static bool step_rows(struct ledger *l, enum row_kind kind, uint32_t *rows_max)
{
    struct dirty_list *list = &l->table[kind].dirty;

    for (; list->frozen_at < list->frozen_count; list->frozen_at++) {
        uint32_t item = list->frozen[list->frozen_at];
        const struct row_head *head = pool_at(&l->table[kind].pool, item);
        if (head->out == l->epoch - 1 || !row_live(l, kind, item))
            continue;
        if (*rows_max == 0)
            return false;
        (*rows_max)--;
        CHECK(head->dirty == l->epoch - 1);
        freeze_hand_out(l, kind, item);
    }
    return true;
}

bool ledger_freeze_step(struct ledger *l, uint32_t rows_max)
{
    CHECK(l->freezing);
    for (; l->freeze_kind < ROW_KIND_COUNT; l->freeze_kind++) {
        enum row_kind kind = (enum row_kind)l->freeze_kind;
        if (kind == ROW_CHARGE ? !step_charges(l, &rows_max) : !step_rows(l, kind, &rows_max))
            return false;
    }
    return true;
}

void ledger_thaw(struct ledger *l)
{
    CHECK(l->freezing);
    CHECK(l->freeze_kind == ROW_KIND_COUNT); /* all were handed out */
    charge_store_thaw(l);
    l->persisted = l->epoch - 1;
    l->freezing = false;
    l->evict_kind = 0;
    l->evict_at = 0;
}

/* ---- Eviction ------------------------------------------------------------------------------- */

/* The order in which memory is taken back. Vouchers and buckets come twice: the first look only
 * takes what nobody has used since the last time. */
static const enum row_kind evict_order[] = {
    ROW_CHARGE, ROW_HISTORY, ROW_PAYOUT,    ROW_BATCH,   ROW_RUN,    ROW_BANK_LINE, ROW_CORRECTION,
    ROW_TALLY,  ROW_LAPSE,   ROW_OPEN_LINE, ROW_VOUCHER, ROW_BUCKET, ROW_VOUCHER,   ROW_BUCKET};
#define EVICT_STEPS (sizeof(evict_order) / sizeof(evict_order[0]))

static bool half_full(const struct pool *p)
{
    return p->live > p->capacity / 2;
}

/* Vouchers and buckets are worth keeping while there is room. */
static bool wanted_back(const struct ledger *l, enum row_kind kind)
{
    if (kind == ROW_VOUCHER)
        return half_full(&l->table[kind].pool) || half_full(&l->versions) || half_full(&l->extras);
    if (kind == ROW_BUCKET)
        return half_full(&l->table[kind].pool) || half_full(&l->chunks);
    if (kind == ROW_OPEN_LINE)
        return l->table[kind].pool.live > l->open_lines; /* some are gone */
    return l->table[kind].pool.live > 0;
}

/* May this clean row go? */
static bool dispensable(struct ledger *l, enum row_kind kind, uint32_t item)
{
    if (kind == ROW_TALLY) /* the lines of open days are summed up at night */
        return ROW_AT(tally, l, kind, item)->day <= l->meta.settled_through;
    if (kind == ROW_LAPSE)
        return ROW_AT(lapse, l, kind, item)->cents == 0;
    if (kind == ROW_OPEN_LINE)
        return ROW_AT(open_line, l, kind, item)->gone;
    if (kind == ROW_VOUCHER) {
        struct voucher *v = ROW_AT(voucher, l, kind, item);
        bool used = v->used;
        v->used = false;
        return !used;
    }
    if (kind == ROW_BUCKET) {
        struct bucket *b = ROW_AT(bucket, l, kind, item);
        bool used = b->used;
        b->used = false;
        return !used && b->open == 0;
    }
    return true;
}

/* From the oldest on, up to the first that is not in the tables yet. */
static bool evict_charges(struct ledger *l, uint32_t *rows_max)
{
    for (uint32_t item; (item = l->charges.oldest) != 0; (*rows_max)--) {
        const struct charge_cell *c = charge_cell(l, item);
        if (!charge_store_clean(l, item))
            return true;
        if (*rows_max == 0)
            return false;
        if (!c->left) { /* else it stands elsewhere by now */
            if (request_id_ms(c->id) > l->evicted_id_ms)
                l->evicted_id_ms = request_id_ms(c->id);
            index_remove(&l->table[ROW_CHARGE].index,
                         charge_hash(l, c->id, charge_store_owner(l, item)), item);
        }
        charge_store_drop_oldest(l);
    }
    return true;
}

static bool evict_rows(struct ledger *l, enum row_kind kind, uint32_t *rows_max)
{
    const struct pool *p = &l->table[kind].pool;

    for (; l->evict_at + 1 < p->used && wanted_back(l, kind); l->evict_at++) {
        uint32_t item = l->evict_at + 1;
        if (*rows_max == 0)
            return false;
        (*rows_max)--;
        if (row_live(l, kind, item) && row_clean(l, pool_at(p, item)) && dispensable(l, kind, item))
            row_drop(l, kind, item);
    }
    l->evict_at = 0;
    return true;
}

bool ledger_evict_step(struct ledger *l, uint32_t rows_max)
{
    while (l->evict_kind < EVICT_STEPS) {
        enum row_kind kind = evict_order[l->evict_kind];
        bool done =
            kind == ROW_CHARGE ? evict_charges(l, &rows_max) : evict_rows(l, kind, &rows_max);
        if (!done)
            return false;
        l->evict_kind++;
    }
    l->evict_kind = 0;
    return true;
}
