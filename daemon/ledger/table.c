/* table.c - the life of a row in memory: new, about to change, indexed, dropped. */
#include "ledger/charge_store.h"
#include "ledger/freeze.h"
#include "ledger/interval.h"
#include "ledger/state.h"

/* Stands in `out` of a freed row, where the free list does not write. */
#define ROW_FREED UINT32_MAX

static struct row_head *head_at(const struct ledger *l, enum row_kind kind, uint32_t item)
{
    return pool_at(&l->table[kind].pool, item);
}

/* Put a row on the dirty list. */
static void row_made(struct ledger *l, enum row_kind kind, uint32_t item)
{
    struct dirty_list *list = &l->table[kind].dirty;

    CHECK(list->count < l->table[kind].pool.capacity);
    head_at(l, kind, item)->dirty = l->epoch;
    list->items[list->count++] = item;
}

void row_touch(struct ledger *l, enum row_kind kind, uint32_t item)
{
    CHECK(item != 0);
    struct row_head *head = head_at(l, kind, item);

    if (head->dirty == l->epoch)
        return;
    CHECK(head->out != ROW_FREED);
    if (l->freezing && head->dirty == l->epoch - 1 && head->out != l->epoch - 1)
        freeze_hand_out(l, kind, item); /* as it was when the freeze began */
    row_made(l, kind, item);
}

uint32_t row_new(struct ledger *l, enum row_kind kind)
{
    CHECK(kind != ROW_CHARGE);
    uint32_t item = pool_take(&l->table[kind].pool);

    row_made(l, kind, item);
    return item;
}

bool row_changed(const struct ledger *l, enum row_kind kind, uint32_t item)
{
    if (kind == ROW_CHARGE)
        return charge_store_unsaved(l, item) && !charge_cell(l, item)->told;
    return !row_clean(l, head_at(l, kind, item));
}

/* ---- Indexes -------------------------------------------------------------------------------- */

/* The hash a row is found by, of the tables that are indexed here. */
static uint64_t hash_voucher(const struct ledger *l, uint32_t item)
{
    return voucher_hash(l, ROW_AT(voucher, l, ROW_VOUCHER, item)->digits);
}

static uint64_t hash_bucket(const struct ledger *l, uint32_t item)
{
    const struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, item);
    return bucket_hash(l, b->period, b->digits);
}

static uint64_t hash_history(const struct ledger *l, uint32_t item)
{
    const struct history *h = ROW_AT(history, l, ROW_HISTORY, item);
    return bucket_hash(l, h->period, h->digits); /* all nights of a bucket together */
}

static uint64_t hash_tally(const struct ledger *l, uint32_t item)
{
    const struct tally *t = ROW_AT(tally, l, ROW_TALLY, item);
    return tally_hash(l, t->day, t->organiser, t->provider);
}

static uint64_t hash_batch(const struct ledger *l, uint32_t item)
{
    return batch_hash(l, ROW_AT(batch, l, ROW_BATCH, item)->day);
}

static uint64_t hash_account(const struct ledger *l, uint32_t item)
{
    const struct account *a = ROW_AT(account, l, ROW_ACCOUNT, item);
    return account_hash(l, a->organiser, a->provider);
}

static uint64_t hash_payout(const struct ledger *l, uint32_t item)
{
    const struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
    return tally_hash(l, p->run_day, p->organiser, p->provider);
}

static uint64_t hash_lapse(const struct ledger *l, uint32_t item)
{
    const struct lapse *p = ROW_AT(lapse, l, ROW_LAPSE, item);
    return lapse_hash(l, p->organiser, p->day);
}

static uint64_t hash_run(const struct ledger *l, uint32_t item)
{
    const struct run *r = ROW_AT(run, l, ROW_RUN, item);
    return lapse_hash(l, r->organiser, r->day);
}

static uint64_t hash_bank_line(const struct ledger *l, uint32_t item)
{
    return bank_line_hash(l, ROW_AT(bank_line, l, ROW_BANK_LINE, item)->line);
}

static uint64_t hash_open_line(const struct ledger *l, uint32_t item)
{
    return bank_line_hash(l, ROW_AT(open_line, l, ROW_OPEN_LINE, item)->line);
}

static uint64_t hash_correction(const struct ledger *l, uint32_t item)
{
    const struct correction *c = ROW_AT(correction, l, ROW_CORRECTION, item);
    return correction_hash(l, c->number);
}

typedef uint64_t hash_function(const struct ledger *l, uint32_t item);

static hash_function *const hash_of[ROW_KIND_COUNT] = {
    [ROW_VOUCHER] = hash_voucher,
    [ROW_BUCKET] = hash_bucket,
    [ROW_HISTORY] = hash_history,
    [ROW_TALLY] = hash_tally,
    [ROW_BATCH] = hash_batch,
    [ROW_ACCOUNT] = hash_account,
    [ROW_PAYOUT] = hash_payout,
    [ROW_LAPSE] = hash_lapse,
    [ROW_RUN] = hash_run,
    [ROW_BANK_LINE] = hash_bank_line,
    [ROW_OPEN_LINE] = hash_open_line,
    [ROW_CORRECTION] = hash_correction,
};

void row_index(struct ledger *l, enum row_kind kind, uint32_t item)
{
    CHECK(hash_of[kind] != NULL);
    index_put(&l->table[kind].index, hash_of[kind](l, item), item);
}

bool row_indexed(const struct ledger *l, enum row_kind kind, uint32_t item)
{
    if (kind == ROW_CHARGE)
        return charge_find(l, charge_cell(l, item)->id, charge_store_owner(l, item)) == item;
    if (hash_of[kind] == NULL)
        return true; /* the catalogue looks after its own */
    const struct index *ix = &l->table[kind].index;
    uint32_t found;
    for (struct index_walk w = index_walk(ix, hash_of[kind](l, item));
         (found = index_next(&w)) != 0;)
        if (found == item)
            return true;
    return false;
}

/* ---- The end of a row ----------------------------------------------------------------------- */

bool row_live(const struct ledger *l, enum row_kind kind, uint32_t item)
{
    if (kind == ROW_CHARGE)
        return !charge_cell(l, item)->left;
    return head_at(l, kind, item)->out != ROW_FREED;
}

static void drop_voucher_lists(struct ledger *l, const struct voucher *v)
{
    for (uint32_t at = v->now.older, older; at != 0; at = older) {
        older = ((struct version *)pool_at(&l->versions, at))->older;
        pool_give(&l->versions, at);
    }
    for (uint32_t at = v->extras, next; at != 0; at = next) {
        next = ((struct extra *)pool_at(&l->extras, at))->next;
        pool_give(&l->extras, at);
    }
}

static void drop_bucket_lists(struct ledger *l, const struct bucket *b)
{
    CHECK(b->open == 0);
    intervals_drop(l, b->intervals);
}

void row_drop(struct ledger *l, enum row_kind kind, uint32_t item)
{
    struct row_head *head = head_at(l, kind, item);
    CHECK(row_clean(l, head));
    CHECK(hash_of[kind] != NULL);

    index_remove(&l->table[kind].index, hash_of[kind](l, item), item);
    if (kind == ROW_VOUCHER)
        drop_voucher_lists(l, ROW_AT(voucher, l, kind, item));
    if (kind == ROW_BUCKET)
        drop_bucket_lists(l, ROW_AT(bucket, l, kind, item));
    head->out = ROW_FREED;
    pool_give(&l->table[kind].pool, item);
}
