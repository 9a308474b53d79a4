/* charge_row.h - answered charges and commands: found by request id and owner, kept, changed. */
#ifndef LEDGER_CHARGE_ROW_H
#define LEDGER_CHARGE_ROW_H

#include <endian.h>

#include "ledger/state.h"

uint32_t charge_find(const struct ledger *l, const uint8_t id[LIMIT_REQUEST_ID_BYTES],
                     uint32_t owner);
bool charge_settled(const struct ledger *l, const struct charge_row *c);
/* Accepted, and neither deleted, refused nor credited in full. */
bool charge_live(const struct charge_row *c);
/* A new row: packed into a cell, for the next checkpoint and in the index. Returns the item. */
uint32_t charge_keep(struct ledger *l, const struct charge_row *c);
/* The same for one that is in the tables: clean. Returns the item. */
uint32_t charge_take_in(struct ledger *l, const struct charge_row *c);
/* A copy. */
void charge_read(const struct ledger *l, uint32_t item, struct charge_row *out);
/* What row_touch() is for others, and the new content. Afterwards the item may be another's. */
void charge_change(struct ledger *l, uint32_t item, const struct charge_row *c);
uint64_t charge_hash(const struct ledger *l, const uint8_t id[LIMIT_REQUEST_ID_BYTES],
                     uint32_t owner);

/* The 48 bits of time. */
static inline uint64_t request_id_ms(const uint8_t id[LIMIT_REQUEST_ID_BYTES])
{
    uint64_t first;
    memcpy(&first, id, sizeof(first));
    return be64toh(first) >> 16;
}

/* A request's id, the same for charges and commands. */
struct request_id {
    const uint8_t *bytes; /* LIMIT_REQUEST_ID_BYTES */
    uint64_t hash;        /* charge_hash() of it */
    uint64_t digest;
    uint32_t index; /* in its request */
};
/* CLOCK_SKEW or ACCEPTED. */
enum outcome request_id_judge(const struct ledger *l, const struct act *a,
                              const uint8_t id[LIMIT_REQUEST_ID_BYTES]);
/* True when the id was used: `out` is the first answer again, or ID_CONFLICT. */
bool request_id_seen(const struct ledger *l, const struct act *a, struct request_id id,
                     struct answer *out);
/* Use the id up for an answer: fill in what charges and commands share, and keep the row. */
void request_id_use(struct ledger *l, const struct act *a, struct request_id id,
                    const struct answer *answer, struct charge_row *c);

#endif
