/* charge_store.c - segments of cells, and how a charge is packed into one. */
#include "ledger/charge_store.h"

#include <stddef.h>

#define MINUTE_MS    INT64_C(60000)
#define DAY_MS       INT64_C(86400000)
#define PACKED_AT    offsetof(struct charge_cell, packed)
#define PACKED_MOST  (CHARGE_UNITS_MOST * CHARGE_UNIT - PACKED_AT)
#define SEGMENT_NONE UINT32_MAX

/* ---- Packing ---------------------------------------------------------------------------------
 *
 * Each value as a difference to something near it, small numbers in few bytes: seven bits a byte,
 * lowest first. Zeros at the end are left out. */

enum value {
    VALUE_NUMBER,
    VALUE_RECORDED,
    VALUE_START,
    VALUE_LENGTH,
    VALUE_DIGITS,
    VALUE_CODE,
    VALUE_HAVE,
    VALUE_NEED,
    VALUE_PAYS_ON,
    VALUE_COUNTY,
    VALUE_QUANTITY,
    VALUE_COPAY,
    VALUE_STATE,
    VALUE_SETTLE_DAY,
    VALUE_SERVICE,
    VALUE_CLASS,
    VALUE_CREDITED_CENTS,
    VALUE_CREDITED_QUANTITY,
    VALUES,
};
/* 64 bits take ten bytes at most, 32 five, 16 three. */
_Static_assert(PACKED_MOST >= 6 * 10 + 8 * 5 + 4 * 3, "the longest charge fits");

/* Numbers near zero of either sign become small ones; differences may wrap, and wrap back. */
static uint64_t fold(uint64_t x)
{
    return x << 1 ^ (0 - (x >> 63));
}

static uint64_t unfold(uint64_t x)
{
    return x >> 1 ^ (0 - (x & 1));
}

static uint64_t fold32(int32_t x)
{
    return fold((uint64_t)(int64_t)x);
}

static int32_t unfold32(uint64_t x)
{
    return (int32_t)(int64_t)unfold(x);
}

static bool in_minutes(const struct charge_row *c)
{
    return c->start_ms % MINUTE_MS == 0 && c->end_ms % MINUTE_MS == 0;
}

static void values_of(const struct charge_row *c, uint64_t v[VALUES])
{
    const int64_t unit = in_minutes(c) ? MINUTE_MS : 1;
    const uint64_t id_ms = request_id_ms(c->id);
    const uint64_t start = (uint64_t)(c->start_ms / unit);
    const int32_t day = (int32_t)(id_ms / (uint64_t)DAY_MS);

    v[VALUE_NUMBER] = c->number;
    v[VALUE_RECORDED] = fold((uint64_t)c->recorded_ms - id_ms);
    v[VALUE_START] = fold(start - id_ms / (uint64_t)unit);
    v[VALUE_LENGTH] = c->end_ms == 0 ? 0 : fold((uint64_t)(c->end_ms / unit) - start);
    v[VALUE_DIGITS] = fold32(c->digits);
    v[VALUE_CODE] = c->code;
    v[VALUE_HAVE] = fold((uint64_t)c->have);
    v[VALUE_NEED] = fold((uint64_t)c->need - (uint64_t)(int64_t)c->county);
    v[VALUE_PAYS_ON] = fold((uint64_t)((int64_t)c->pays_on - day));
    v[VALUE_COUNTY] = fold32(c->county);
    v[VALUE_QUANTITY] = fold32(c->quantity);
    v[VALUE_COPAY] = fold32(c->copay);
    v[VALUE_STATE] = (uint64_t)c->state << 1 | c->is_command;
    v[VALUE_SETTLE_DAY] = fold((uint64_t)((int64_t)c->settle_day - day));
    v[VALUE_SERVICE] = c->service;
    v[VALUE_CLASS] = c->rate_class;
    v[VALUE_CREDITED_CENTS] = fold32(c->credited_cents);
    v[VALUE_CREDITED_QUANTITY] = fold32(c->credited_quantity);
}

static void row_of(const struct charge_cell *cell, const uint64_t v[VALUES], struct charge_row *c)
{
    const uint64_t unit = cell->in_minutes ? (uint64_t)MINUTE_MS : 1;
    const uint64_t id_ms = request_id_ms(cell->id);
    const uint64_t start = unfold(v[VALUE_START]) + id_ms / unit;
    const uint64_t end = cell->has_end ? unfold(v[VALUE_LENGTH]) + start : 0;
    const int64_t day = (int64_t)(id_ms / (uint64_t)DAY_MS);

    memcpy(c->id, cell->id, sizeof(c->id));
    c->digest = cell->digest;
    c->owner = cell->owner;
    c->number = v[VALUE_NUMBER];
    c->recorded_ms = (int64_t)(unfold(v[VALUE_RECORDED]) + id_ms);
    c->start_ms = (int64_t)(start * unit);
    c->end_ms = (int64_t)(end * unit);
    c->digits = unfold32(v[VALUE_DIGITS]);
    c->code = (uint16_t)v[VALUE_CODE];
    c->have = (int64_t)unfold(v[VALUE_HAVE]);
    c->county = unfold32(v[VALUE_COUNTY]);
    c->need = (int64_t)(unfold(v[VALUE_NEED]) + (uint64_t)(int64_t)c->county);
    c->pays_on = (int32_t)((int64_t)unfold(v[VALUE_PAYS_ON]) + day);
    c->quantity = unfold32(v[VALUE_QUANTITY]);
    c->copay = unfold32(v[VALUE_COPAY]);
    c->state = (uint8_t)(v[VALUE_STATE] >> 1);
    c->is_command = (v[VALUE_STATE] & 1) != 0;
    c->settle_day = (int32_t)((int64_t)unfold(v[VALUE_SETTLE_DAY]) + day);
    c->service = (uint16_t)v[VALUE_SERVICE];
    c->rate_class = (uint16_t)v[VALUE_CLASS];
    c->credited_cents = unfold32(v[VALUE_CREDITED_CENTS]);
    c->credited_quantity = unfold32(v[VALUE_CREDITED_QUANTITY]);
}

/* Returns the bytes it takes. */
static uint32_t pack(const struct charge_row *c, uint8_t packed[PACKED_MOST])
{
    uint64_t v[VALUES];
    uint8_t *to = packed;
    int last = VALUES - 1;

    values_of(c, v);
    while (last > 0 && v[last] == 0)
        last--;
    for (int i = 0; i <= last; i++) {
        uint64_t x = v[i];
        for (; x > 0x7f; x >>= 7)
            *to++ = (uint8_t)(x | 0x80);
        *to++ = (uint8_t)x;
    }
    return (uint32_t)(to - packed);
}

static void unpack(const struct charge_cell *cell, uint64_t v[VALUES])
{
    const uint8_t *from = cell->packed;
    const uint8_t *end = (const uint8_t *)cell + cell->units * CHARGE_UNIT;

    for (int i = 0; i < VALUES; i++) {
        v[i] = 0;
        for (unsigned shift = 0; from < end; shift += 7) {
            const uint8_t byte = *from++;
            v[i] |= (uint64_t)(byte & 0x7f) << shift;
            if (byte <= 0x7f)
                break;
        }
    }
}

static uint32_t units_for(uint32_t len)
{
    return ((uint32_t)PACKED_AT + len + CHARGE_UNIT - 1) / CHARGE_UNIT;
}

static void fill(struct charge_cell *cell, const struct charge_row *c, const uint8_t *packed,
                 uint32_t len)
{
    memcpy(cell->id, c->id, sizeof(cell->id));
    cell->digest = c->digest;
    cell->owner = c->owner;
    cell->in_minutes = in_minutes(c);
    cell->has_end = c->end_ms != 0;
    memcpy(cell->packed, packed, len);
    memset(cell->packed + len, 0, cell->units * CHARGE_UNIT - PACKED_AT - len);
}

void charge_store_read(const struct ledger *l, uint32_t item, struct charge_row *out)
{
    const struct charge_cell *cell = charge_cell(l, item);
    uint64_t v[VALUES];

    unpack(cell, v);
    row_of(cell, v, out);
}

bool charge_store_rewrite(struct ledger *l, uint32_t item, const struct charge_row *c)
{
    struct charge_cell *cell = charge_cell(l, item);
    uint8_t packed[PACKED_MOST];
    const uint32_t len = pack(c, packed);

    if (units_for(len) > cell->units)
        return false;
    fill(cell, c, packed, len);
    return true;
}

/* ---- Segments --------------------------------------------------------------------------------
 *
 * The first unit of a segment says where it ends and which one follows. */

struct segment {
    uint32_t end;  /* units in use */
    uint32_t next; /* segment; SEGMENT_NONE */
};
_Static_assert(sizeof(struct segment) == CHARGE_UNIT, "it takes a cell's unit");

static struct segment *segment_at(const struct ledger *l, uint32_t segment)
{
    return pool_at(&l->table[ROW_CHARGE].pool, segment * CHARGE_SEGMENT_UNITS);
}

/* The oldest may be all but empty, and so may the last; those between them are full. */
uint32_t charge_store_segments(uint32_t charges)
{
    return charges / ((CHARGE_SEGMENT_UNITS - 1) / CHARGE_UNITS_MOST) + 2;
}

static void segment_take(struct ledger *l)
{
    struct charge_store *s = &l->charges;
    uint32_t segment = s->spare;

    CHECK(s->free_segments > 0);
    s->free_segments--;
    if (s->spare_count > 0) {
        s->spare_count--;
        s->spare = segment_at(l, segment)->next;
    } else {
        segment = s->fresh++;
        l->table[ROW_CHARGE].pool.used = s->fresh * CHARGE_SEGMENT_UNITS;
    }
    *segment_at(l, segment) = (struct segment){1, SEGMENT_NONE};
    if (s->oldest != 0)
        segment_at(l, s->last)->next = segment;
    s->last = segment;
}

static void segment_give(struct ledger *l, uint32_t segment)
{
    struct charge_store *s = &l->charges;

    segment_at(l, segment)->next = s->spare;
    s->spare = segment;
    s->spare_count++;
    s->free_segments++;
}

uint32_t charge_store_add(struct ledger *l, const struct charge_row *c)
{
    struct charge_store *s = &l->charges;
    uint8_t packed[PACKED_MOST];
    const uint32_t len = pack(c, packed);
    const uint32_t units = units_for(len);

    CHECK(pool_left(&l->table[ROW_CHARGE].pool) > 0);
    if (s->oldest == 0 || segment_at(l, s->last)->end + units > CHARGE_SEGMENT_UNITS)
        segment_take(l);
    struct segment *at = segment_at(l, s->last);
    const uint32_t item = s->last * CHARGE_SEGMENT_UNITS + at->end;
    struct charge_cell *cell = charge_cell(l, item);
    at->end += units;
    cell->head = (struct row_head){0, 0};
    cell->units = (uint8_t)units;
    cell->from_tables = false;
    fill(cell, c, packed, len);
    if (s->oldest == 0)
        s->oldest = item;
    l->table[ROW_CHARGE].pool.live++;
    return item;
}

uint32_t charge_store_next(const struct ledger *l, uint32_t item)
{
    const uint32_t segment = item / CHARGE_SEGMENT_UNITS;
    const uint32_t after = item + charge_cell(l, item)->units;
    const struct segment *at = segment_at(l, segment);

    if (after < segment * CHARGE_SEGMENT_UNITS + at->end)
        return after;
    return at->next == SEGMENT_NONE ? 0 : at->next * CHARGE_SEGMENT_UNITS + 1;
}

void charge_store_drop_oldest(struct ledger *l)
{
    struct charge_store *s = &l->charges;
    const uint32_t segment = s->oldest / CHARGE_SEGMENT_UNITS;

    CHECK(s->oldest != 0);
    s->oldest = charge_store_next(l, s->oldest);
    l->table[ROW_CHARGE].pool.live--;
    if (s->oldest == 0 || s->oldest / CHARGE_SEGMENT_UNITS != segment)
        segment_give(l, segment);
}
