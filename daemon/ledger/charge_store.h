/* charge_store.h - answered charges and commands in memory, each in as few bytes as it needs.
 *
 * A charge of the day is written once and seldom read again: for a retry, a correction, a question,
 * and by the next checkpoint. So it is kept as a cell: what finds it as it is, the rest packed.
 * Cells stand one after another in segments, oldest first; a segment whose cells have all gone is
 * used again. An item is the number of the cell's first unit of 8 bytes. One thread. */
#ifndef LEDGER_CHARGE_STORE_H
#define LEDGER_CHARGE_STORE_H

#include "ledger/charge_row.h"

#define CHARGE_UNIT          8
#define CHARGE_SEGMENT_UNITS 8192
#define CHARGE_UNITS_MOST    20 /* of a cell */

/* What a charge is found and told apart by. */
struct charge_cell {
    struct row_head head;
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    uint64_t digest;
    uint32_t owner;
    uint8_t units;
    bool from_tables : 1; /* its ROW_ID is already there */
    bool in_minutes : 1;  /* both times of the service */
    bool has_end : 1;
    uint8_t packed[];
};

static inline struct charge_cell *charge_cell(const struct ledger *l, uint32_t item)
{
    return pool_at(&l->table[ROW_CHARGE].pool, item);
}

/* Segments for so many charges, whatever is in them. */
uint32_t charge_store_segments(uint32_t charges);
/* A new cell, on no list and in no index; CHECKs that there is room. */
uint32_t charge_store_add(struct ledger *l, const struct charge_row *c);
void charge_store_read(const struct ledger *l, uint32_t item, struct charge_row *out);
/* False: it has become too long for its place, and is as it was. */
bool charge_store_rewrite(struct ledger *l, uint32_t item, const struct charge_row *c);
/* From the oldest (l->charges.oldest) to the newest; 0: there is none after it. */
uint32_t charge_store_next(const struct ledger *l, uint32_t item);
void charge_store_drop_oldest(struct ledger *l);

#endif
