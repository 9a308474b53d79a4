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
    VALUE_OWNER,
    VALUE_NUMBER,
    VALUE_RECORDED,
    VALUE_START,
    VALUE_LENGTH,
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

/* Persons' highest bit becomes the lowest. */
static uint64_t owner_packed(uint32_t owner)
{
    return owner << 1 | owner >> 31;
}

static uint32_t owner_of(uint64_t packed)
{
    return (uint32_t)packed >> 1 | (uint32_t)packed << 31;
}

/* Numbers are near `base`, the number of the segment's first. */
static void values_of(const struct charge_row *c, uint64_t base, uint64_t v[VALUES])
{
    const int64_t unit = in_minutes(c) ? MINUTE_MS : 1;
    const uint64_t id_ms = request_id_ms(c->id);
    const uint64_t start = (uint64_t)(c->start_ms / unit);
    const int32_t day = (int32_t)(id_ms / (uint64_t)DAY_MS);

    v[VALUE_OWNER] = owner_packed(c->owner);
    v[VALUE_NUMBER] = fold(c->number - base);
    v[VALUE_RECORDED] = fold((uint64_t)c->recorded_ms - id_ms);
    v[VALUE_START] = fold(start - id_ms / (uint64_t)unit);
    v[VALUE_LENGTH] = c->end_ms == 0 ? 0 : fold((uint64_t)(c->end_ms / unit) - start);
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

static void row_of(const struct charge_cell *cell, uint64_t base, const uint64_t v[VALUES],
                   struct charge_row *c)
{
    const uint64_t unit = cell->in_minutes ? (uint64_t)MINUTE_MS : 1;
    const uint64_t id_ms = request_id_ms(cell->id);
    const uint64_t start = unfold(v[VALUE_START]) + id_ms / unit;
    const uint64_t end = cell->has_end ? unfold(v[VALUE_LENGTH]) + start : 0;
    const int64_t day = (int64_t)(id_ms / (uint64_t)DAY_MS);

    memcpy(c->id, cell->id, sizeof(c->id));
    c->digest = cell->digest;
    c->owner = owner_of(v[VALUE_OWNER]);
    c->number = unfold(v[VALUE_NUMBER]) + base;
    c->recorded_ms = (int64_t)(unfold(v[VALUE_RECORDED]) + id_ms);
    c->start_ms = (int64_t)(start * unit);
    c->end_ms = (int64_t)(end * unit);
    c->digits = cell->digits;
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
static uint32_t pack(const struct charge_row *c, uint64_t base, uint8_t packed[PACKED_MOST])
{
    uint64_t v[VALUES];
    uint8_t *to = packed;
    int last = VALUES - 1;

    values_of(c, base, v);
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

/* The first `count` values. */
static void unpack(const struct charge_cell *cell, int count, uint64_t *v)
{
    const uint8_t *from = cell->packed;
    const uint8_t *end = (const uint8_t *)cell + cell->units * CHARGE_UNIT;

    for (int i = 0; i < count; i++) {
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
    cell->digits = c->digits;
    cell->in_minutes = in_minutes(c);
    cell->has_end = c->end_ms != 0;
    memcpy(cell->packed, packed, len);
    memset(cell->packed + len, 0, cell->units * CHARGE_UNIT - PACKED_AT - len);
}

/* ---- Segments --------------------------------------------------------------------------------
 *
 * The first units of a segment say where it ends and which one follows. */

struct segment {
    uint32_t end;    /* units in use */
    uint32_t next;   /* segment; SEGMENT_NONE */
    uint64_t place;  /* grows from segment to segment, by its units */
    uint64_t number; /* of its first charge */
};
#define SEGMENT_UNITS_OWN ((uint32_t)sizeof(struct segment) / CHARGE_UNIT)
_Static_assert(sizeof(struct segment) % CHARGE_UNIT == 0, "cells begin at a unit");

static struct segment *segment_at(const struct ledger *l, uint32_t segment)
{
    return pool_at(&l->table[ROW_CHARGE].pool, segment * CHARGE_SEGMENT_UNITS);
}

static struct segment *segment_of(const struct ledger *l, uint32_t item)
{
    return segment_at(l, item / CHARGE_SEGMENT_UNITS);
}

/* The oldest may be all but empty, and so may the last; those between them are full. */
uint32_t charge_store_segments(uint32_t charges)
{
    return charges / ((CHARGE_SEGMENT_UNITS - SEGMENT_UNITS_OWN) / CHARGE_UNITS_MOST) + 2;
}

static void segment_take(struct ledger *l, uint64_t number)
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
    s->place += CHARGE_SEGMENT_UNITS;
    *segment_at(l, segment) = (struct segment){SEGMENT_UNITS_OWN, SEGMENT_NONE, s->place, number};
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

/* ---- Cells ----------------------------------------------------------------------------------- */

void charge_store_read(const struct ledger *l, uint32_t item, struct charge_row *out)
{
    const struct charge_cell *cell = charge_cell(l, item);
    uint64_t v[VALUES];

    unpack(cell, VALUES, v);
    row_of(cell, segment_of(l, item)->number, v, out);
}

uint32_t charge_store_owner(const struct ledger *l, uint32_t item)
{
    uint64_t owner;

    _Static_assert(VALUE_OWNER == 0, "the first one");
    unpack(charge_cell(l, item), 1, &owner);
    return owner_of(owner);
}

bool charge_store_rewrite(struct ledger *l, uint32_t item, const struct charge_row *c)
{
    struct charge_cell *cell = charge_cell(l, item);
    uint8_t packed[PACKED_MOST];
    const uint32_t len = pack(c, segment_of(l, item)->number, packed);

    if (units_for(len) > cell->units)
        return false;
    fill(cell, c, packed, len);
    return true;
}

/* Room for a charge at the end of the last segment, and the charge packed for there. */
static bool pack_into_last(const struct ledger *l, const struct charge_row *c,
                           uint8_t packed[PACKED_MOST], uint32_t *len)
{
    const struct segment *last = segment_at(l, l->charges.last);

    *len = pack(c, last->number, packed);
    return last->end + units_for(*len) <= CHARGE_SEGMENT_UNITS;
}

uint32_t charge_store_add(struct ledger *l, const struct charge_row *c)
{
    struct charge_store *s = &l->charges;
    uint8_t packed[PACKED_MOST];
    uint32_t len;

    CHECK(pool_left(&l->table[ROW_CHARGE].pool) > 0);
    bool fits = s->oldest != 0 && pack_into_last(l, c, packed, &len);
    if (!fits) {
        segment_take(l, c->number);
        fits = pack_into_last(l, c, packed, &len);
    }
    CHECK(fits);
    struct segment *at = segment_at(l, s->last);
    const uint32_t item = s->last * CHARGE_SEGMENT_UNITS + at->end;
    struct charge_cell *cell = charge_cell(l, item);
    cell->units = (uint8_t)units_for(len);
    at->end += cell->units;
    cell->id_told = cell->told = cell->left = false;
    fill(cell, c, packed, len);
    if (s->oldest == 0)
        s->oldest = item;
    if (s->first_new == 0)
        s->first_new = item;
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
    return at->next == SEGMENT_NONE ? 0 : at->next * CHARGE_SEGMENT_UNITS + SEGMENT_UNITS_OWN;
}

void charge_store_drop_oldest(struct ledger *l)
{
    struct charge_store *s = &l->charges;
    const uint32_t dropped = s->oldest;

    CHECK(dropped != 0);
    CHECK(charge_store_clean(l, dropped));
    s->oldest = charge_store_next(l, dropped);
    if (s->first_new == dropped)
        s->first_new = s->oldest;
    l->table[ROW_CHARGE].pool.live--;
    if (s->oldest == 0 || s->oldest / CHARGE_SEGMENT_UNITS != dropped / CHARGE_SEGMENT_UNITS)
        segment_give(l, dropped / CHARGE_SEGMENT_UNITS);
}

/* ---- What a checkpoint wants ----------------------------------------------------------------- */

/* Of all cells that ever were, in their order. */
static uint64_t place_of(const struct ledger *l, uint32_t item)
{
    return segment_of(l, item)->place + item % CHARGE_SEGMENT_UNITS;
}

bool charge_store_new(const struct ledger *l, uint32_t item)
{
    return place_of(l, item) >= l->charges.new_from;
}

bool charge_store_unsaved(const struct ledger *l, uint32_t item)
{
    return place_of(l, item) >= l->charges.unsaved_from;
}

bool charge_store_clean(const struct ledger *l, uint32_t item)
{
    return !charge_store_unsaved(l, item) || (charge_cell(l, item)->told && !l->freezing);
}

uint32_t charge_store_first_unsaved(const struct ledger *l)
{
    const struct charge_store *s = &l->charges;

    return s->first_frozen != 0 ? s->first_frozen : s->first_new;
}

void charge_store_freeze(struct ledger *l)
{
    struct charge_store *s = &l->charges;

    s->first_frozen = s->to_hand_out = s->first_new;
    s->first_new = 0;
    s->unsaved_from = s->new_from;
    s->new_from = s->oldest == 0 ? 0 : s->place + segment_at(l, s->last)->end;
}

uint32_t charge_store_frozen(struct ledger *l)
{
    struct charge_store *s = &l->charges;
    const uint32_t item = s->to_hand_out;

    if (item == 0 || charge_store_new(l, item))
        return s->to_hand_out = 0;
    s->to_hand_out = charge_store_next(l, item);
    return item;
}

void charge_store_thaw(struct ledger *l)
{
    struct charge_store *s = &l->charges;

    s->first_frozen = 0;
    s->unsaved_from = s->new_from;
}
