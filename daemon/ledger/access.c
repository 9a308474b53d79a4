/* access.c - what the pipeline looks at: keys and figures. */
#include "ledger/state.h"

bool ledger_key_is_office(const struct ledger_key *key)
{
    return key->role == SALDO__V1__ROLE__FINANCE_OFFICER || key->role == SALDO__V1__ROLE__AUDITOR ||
           key->role == SALDO__V1__ROLE__ADMINISTRATOR ||
           key->role == SALDO__V1__ROLE__SETTLEMENT_JOB;
}

uint64_t ledger_keys_version(const struct ledger *l)
{
    return l->meta.keys_version;
}

uint32_t ledger_key_count(const struct ledger *l)
{
    return l->table[ROW_KEY].pool.live;
}

const struct ledger_key *ledger_key_at(const struct ledger *l, uint32_t index)
{
    CHECK(index < ledger_key_count(l));
    return &ROW_AT(signing_key, l, ROW_KEY, index + 1)->key; /* keys are never freed */
}

const struct ledger_key *ledger_key_find(const struct ledger *l,
                                         const uint8_t key_id[LIMIT_KEY_ID_BYTES])
{
    uint32_t item = key_find(l, key_id);

    return item == 0 ? NULL : &ROW_AT(signing_key, l, ROW_KEY, item)->key;
}

#define LISTS_FULL_PERCENT 75

/* Rows that a checkpoint would let go. Vouchers and buckets fill up with clean ones, which make
 * room by themselves; open days wait for a night, not for a checkpoint. */
static uint64_t held(const struct ledger *l, enum row_kind kind)
{
    const struct table *t = &l->table[kind];

    if (kind == ROW_VOUCHER || kind == ROW_BUCKET || kind == ROW_TALLY)
        return (uint64_t)t->dirty.count + (l->freezing ? t->dirty.frozen_count : 0);
    return t->pool.live;
}

/* Lists of vouchers: those of clean ones go by half with every checkpoint, so nothing is said
 * before much more than that is taken. */
static uint64_t list_percent(const struct pool *p)
{
    uint64_t percent = (uint64_t)p->live * 100 / (p->capacity - 1);

    return percent < LISTS_FULL_PERCENT ? 0 : percent;
}

static uint32_t full_percent(const struct ledger *l)
{
    static const enum row_kind kinds[] = {ROW_CHARGE, ROW_VOUCHER,   ROW_BUCKET,
                                          ROW_TALLY,  ROW_HISTORY,   ROW_PAYOUT,
                                          ROW_BATCH,  ROW_BANK_LINE, ROW_CORRECTION};
    uint64_t most = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        uint64_t percent = held(l, kinds[i]) * 100 / (l->table[kinds[i]].pool.capacity - 1);
        if (percent > most) /* mutation: as much either way */
            most = percent;
    }
    uint64_t lists[] = {list_percent(&l->versions), list_percent(&l->extras)};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        most = lists[i] > most ? lists[i] : most; /* mutation: as much either way */
    return most > 100 ? 100 : (uint32_t)most;     /* mutation: 100 either way */
}

void ledger_stats(const struct ledger *l, struct ledger_stats *out)
{
    CHECK(out != NULL);
    *out = (struct ledger_stats){
        .last_number = l->meta.last_number,
        .time_ms = l->meta.time_ms,
        .day = l->meta.day,
        .settled_through = l->meta.settled_through,
        .charges_accepted = l->meta.accepted,
        .charges_refused = l->meta.refused,
        .overlay_charges = l->table[ROW_CHARGE].pool.live,
        .overlay_vouchers = l->table[ROW_VOUCHER].pool.live,
        .overlay_buckets = l->table[ROW_BUCKET].pool.live,
        .full_percent = full_percent(l),
    };
}

uint64_t ledger_memory(const struct ledger *l)
{
    const struct pool *lists[] = {&l->versions, &l->extras, &l->totals, &l->chunks, &l->days};
    uint64_t bytes = 0;
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
        bytes += (uint64_t)l->table[kind].pool.used * l->table[kind].pool.item_size;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        bytes += (uint64_t)lists[i]->used * lists[i]->item_size;
    return bytes;
}
