/* charge_row.c - answered charges and commands by request id and owner. */
#include "ledger/state.h"

uint64_t charge_hash(const uint8_t id[LIMIT_REQUEST_ID_BYTES], uint32_t owner)
{
    return hash_bytes(id, LIMIT_REQUEST_ID_BYTES, owner);
}

uint32_t charge_find(const struct ledger *l, const uint8_t id[LIMIT_REQUEST_ID_BYTES],
                     uint32_t owner)
{
    const struct index *ix = &l->table[ROW_CHARGE].index;
    uint32_t item;
    for (uint64_t at = charge_hash(id, owner); (item = index_item(ix, at)) != 0; at++) {
        const struct charge_row *c = ROW_AT(charge_row, l, ROW_CHARGE, item);
        if (c->owner == owner && memcmp(c->id, id, LIMIT_REQUEST_ID_BYTES) == 0)
            return item;
    }
    return 0;
}

static uint32_t charge_make(struct ledger *l, const uint8_t id[LIMIT_REQUEST_ID_BYTES],
                            uint32_t owner)
{
    uint32_t item = row_new(l, ROW_CHARGE);
    struct charge_row *c = ROW_AT(charge_row, l, ROW_CHARGE, item);
    memcpy(c->id, id, LIMIT_REQUEST_ID_BYTES);
    c->owner = owner;
    c->digits = -1;
    c->settle_day = CALENDAR_DAY_OPEN;
    row_index(l, ROW_CHARGE, item);
    return item;
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

uint64_t request_id_ms(const uint8_t id[LIMIT_REQUEST_ID_BYTES])
{
    uint64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id[i];
    return ms;
}

enum outcome request_id_judge(const struct ledger *l, const struct act *a,
                              const uint8_t id[LIMIT_REQUEST_ID_BYTES])
{
    int64_t ms = (int64_t)request_id_ms(id);
    if (ms > a->time_ms + l->genesis.clock_skew_ms || ms < a->window_ms)
        return OUTCOME_CLOCK_SKEW;
    return OUTCOME_ACCEPTED;
}

bool request_id_seen(const struct ledger *l, const uint8_t id[LIMIT_REQUEST_ID_BYTES],
                     uint32_t owner, uint64_t digest, struct answer *out)
{
    uint32_t item = charge_find(l, id, owner);
    if (item == 0)
        return false;
    const struct charge_row *c = ROW_AT(charge_row, l, ROW_CHARGE, item);
    if (c->digest != digest) {
        out->code = OUTCOME_ID_CONFLICT;
        return true;
    }
    out->code = c->code;
    out->have = c->have;
    out->need = c->need;
    out->pays_on = c->pays_on;
    out->duplicate = true;
    return true;
}

struct charge_row *request_id_use(struct ledger *l, const struct act *a, uint32_t index,
                                  const uint8_t id[LIMIT_REQUEST_ID_BYTES], uint64_t digest,
                                  const struct answer *answer)
{
    struct charge_row *c = ROW_AT(charge_row, l, ROW_CHARGE, charge_make(l, id, a->owner));
    c->digest = digest;
    c->number = a->number << LEDGER_INDEX_BITS | index;
    c->recorded_ms = a->time_ms;
    c->have = answer->have;
    c->need = answer->need;
    c->pays_on = answer->pays_on;
    c->code = (uint16_t)answer->code;
    if (request_id_ms(id) > l->meta.max_id_ms)
        l->meta.max_id_ms = request_id_ms(id);
    return c;
}
