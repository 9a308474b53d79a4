/* charge_store.h - answered charges and commands in memory, each in as few bytes as it needs.
 *
 * A charge of the day is written once and seldom read again: for a retry, a correction, a question,
 * and by the next checkpoint. So it is kept as a cell: what finds it as it is, the rest packed.
 * Cells stand one after another in segments, oldest first; a segment whose cells have all gone is
 * used again. An item is the number of the cell's first unit of 8 bytes. One thread.
 *
 * The order is the list of the next checkpoint, too: what was changed since the last freeze stands
 * behind what was frozen, and that behind what the tables have. So a charge that is changed after
 * a freeze gets a new cell, and the old one stays as it was then. */
#ifndef LEDGER_CHARGE_STORE_H
#define LEDGER_CHARGE_STORE_H

#include "ledger/charge_row.h"

#define CHARGE_UNIT          8
#define CHARGE_SEGMENT_UNITS 8192
#define CHARGE_UNITS_MOST    18 /* of a cell */

/* What a charge is found and told apart by. */
struct charge_cell {
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    uint64_t digest;
    int32_t digits;
    uint8_t units;
    bool id_told : 1;    /* the tables have its ROW_ID, or get it from an older cell */
    bool told : 1;       /* they need nothing else of it: as they have it, or left */
    bool left : 1;       /* the charge stands in a later cell */
    bool in_minutes : 1; /* both times of the service */
    bool has_end : 1;
    uint8_t packed[];
};

static inline struct charge_cell *charge_cell(const struct ledger *l, uint32_t item)
{
    return pool_at(&l->table[ROW_CHARGE].pool, item);
}

/* Segments for so many charges, whatever is in them. */
uint32_t charge_store_segments(uint32_t charges);
/* A new cell, in no index; CHECKs that there is room. */
uint32_t charge_store_add(struct ledger *l, const struct charge_row *c);
uint32_t charge_store_owner(const struct ledger *l, uint32_t item);
void charge_store_read(const struct ledger *l, uint32_t item, struct charge_row *out);
/* False: it has become too long for its place, and is as it was. */
bool charge_store_rewrite(struct ledger *l, uint32_t item, const struct charge_row *c);
/* From the oldest (l->charges.oldest) to the newest; 0: there is none after it. */
uint32_t charge_store_next(const struct ledger *l, uint32_t item);
void charge_store_drop_oldest(struct ledger *l);

/* Was the cell made since the last freeze? Is it one that the tables do not have? */
bool charge_store_new(const struct ledger *l, uint32_t item);
bool charge_store_unsaved(const struct ledger *l, uint32_t item);
/* May it go? An unsaved one only where the tables need nothing of it, and between freezes: queries
 * may bring in more than there is room for, and no checkpoint follows where no entry does. */
bool charge_store_clean(const struct ledger *l, uint32_t item);
/* The oldest of those that the tables do not have, by charge_store_next() up to the newest. */
uint32_t charge_store_first_unsaved(const struct ledger *l);
/* ledger_freeze(), and the next cell that it hands out, 0: all are out; ledger_thaw(). */
void charge_store_freeze(struct ledger *l);
uint32_t charge_store_frozen(struct ledger *l);
void charge_store_thaw(struct ledger *l);

#endif
