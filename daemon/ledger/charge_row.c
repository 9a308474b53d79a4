/* charge_row.c - answered charges and commands by request id and owner. */
#include "ledger/charge_store.h"

uint64_t charge_hash(const struct ledger *l, const uint8_t id[LIMIT_REQUEST_ID_BYTES],
                     uint32_t owner)
{
    return hash_bytes(id, LIMIT_REQUEST_ID_BYTES, l->seed + owner);
}

static uint32_t find_hashed(const struct ledger *l, const uint8_t id[LIMIT_REQUEST_ID_BYTES],
                            uint32_t owner, uint64_t hash)
{
    struct index_walk w = index_walk(&l->table[ROW_CHARGE].index, hash);
    uint32_t item;
    while ((item = index_next(&w)) != 0) {
        if (memcmp(charge_cell(l, item)->id, id, LIMIT_REQUEST_ID_BYTES) == 0 &&
            charge_store_owner(l, item) == owner)
            return item;
    }
    return 0;
}

uint32_t charge_find(const struct ledger *l, const uint8_t id[LIMIT_REQUEST_ID_BYTES],
                     uint32_t owner)
{
    return find_hashed(l, id, owner, charge_hash(l, id, owner));
}

static uint32_t keep_hashed(struct ledger *l, const struct charge_row *c, uint64_t hash)
{
    const uint32_t item = charge_store_add(l, c);
    index_put(&l->table[ROW_CHARGE].index, hash, item);
    return item;
}

uint32_t charge_keep(struct ledger *l, const struct charge_row *c)
{
    return keep_hashed(l, c, charge_hash(l, c->id, c->owner));
}

uint32_t charge_take_in(struct ledger *l, const struct charge_row *c)
{
    const uint32_t item = charge_keep(l, c);
    struct charge_cell *cell = charge_cell(l, item);
    cell->id_told = cell->told = true;
    return item;
}

void charge_read(const struct ledger *l, uint32_t item, struct charge_row *out)
{
    charge_store_read(l, item, out);
}

void charge_change(struct ledger *l, uint32_t item, const struct charge_row *c)
{
    struct charge_cell *cell = charge_cell(l, item);
    const bool new = charge_store_new(l, item);
    if (new && charge_store_rewrite(l, item, c)) {
        cell->told = false;
        return;
    }
    const uint32_t moved = charge_store_add(l, c);
    index_replace(&l->table[ROW_CHARGE].index, charge_hash(l, c->id, c->owner), item, moved);
    struct charge_cell *next = charge_cell(l, moved);
    next->id_told = cell->id_told || !new; /* a frozen one tells it; mutation: twice does no harm */
    cell->left = true;
    cell->told = cell->told || new;
}

bool charge_settled(const struct ledger *l, const struct charge_row *c)
{
    return c->state == CHARGE_APPROVED && c->settle_day <= l->meta.settled_through;
}

bool charge_live(const struct charge_row *c)
{
    if (c->state != CHARGE_IN_REVIEW && c->state != CHARGE_APPROVED)
        return false;
    return c->county == 0 || c->credited_cents < c->county;
}

enum outcome request_id_judge(const struct ledger *l, const struct act *a,
                              const uint8_t id[LIMIT_REQUEST_ID_BYTES])
{
    int64_t ms = (int64_t)request_id_ms(id);
    if (ms > a->time_ms + l->genesis.clock_skew_ms || ms < a->window_ms)
        return OUTCOME_CLOCK_SKEW;
    return OUTCOME_ACCEPTED;
}

bool request_id_seen(const struct ledger *l, const struct act *a, struct request_id id,
                     struct answer *out)
{
    uint32_t item = find_hashed(l, id.bytes, a->owner, id.hash);
    if (item == 0)
        return false;
    if (charge_cell(l, item)->digest != id.digest) {
        out->code = OUTCOME_ID_CONFLICT;
        return true;
    }
    struct charge_row c;
    charge_read(l, item, &c);
    out->code = c.code;
    out->have = c.have;
    out->need = c.need;
    out->pays_on = c.pays_on;
    out->duplicate = true;
    return true;
}

void request_id_use(struct ledger *l, const struct act *a, struct request_id id,
                    const struct answer *answer, struct charge_row *c)
{
    memcpy(c->id, id.bytes, LIMIT_REQUEST_ID_BYTES);
    c->owner = a->owner;
    c->digest = id.digest;
    c->number = a->number << LEDGER_INDEX_BITS | id.index;
    c->recorded_ms = a->time_ms;
    c->have = answer->have;
    c->need = answer->need;
    c->pays_on = answer->pays_on;
    c->code = (uint16_t)answer->code;
    (void)keep_hashed(l, c, id.hash);
    if (request_id_ms(id.bytes) > l->meta.max_id_ms)
        l->meta.max_id_ms = request_id_ms(id.bytes);
}
