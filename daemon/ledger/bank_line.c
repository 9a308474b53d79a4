/* bank_line.c - the lines of the bank's files, and the list of those that are open. */
#include "ledger/bank_line.h"

struct bank_line *bank_line_make(struct ledger *l, const uint8_t line[LIMIT_HASH_BYTES])
{
    uint32_t item = row_new(l, ROW_BANK_LINE);
    struct bank_line *b = ROW_AT(bank_line, l, ROW_BANK_LINE, item);

    memcpy(b->line, line, sizeof(b->line));
    row_index(l, ROW_BANK_LINE, item);
    return b;
}

uint64_t bank_line_hash(const struct ledger *l, const uint8_t line[LIMIT_HASH_BYTES])
{
    return hash_bytes(line, LIMIT_HASH_BYTES, l->seed);
}

uint32_t bank_line_find(const struct ledger *l, const uint8_t line[LIMIT_HASH_BYTES])
{
    const struct index *ix = &l->table[ROW_BANK_LINE].index;
    uint32_t item;

    for (struct index_walk w = index_walk(ix, bank_line_hash(l, line));
         (item = index_next(&w)) != 0;)
        if (memcmp(ROW_AT(bank_line, l, ROW_BANK_LINE, item)->line, line, LIMIT_HASH_BYTES) == 0)
            return item;
    return 0;
}

bool bank_line_open(const struct bank_line *b)
{
    return b->kind == SALDO__V1__BANK_EVENT_KIND__BANK_UNMATCHED && b->closed_by == 0;
}

/* ---- Open lines ------------------------------------------------------------------------------ */

static bool open_line_held(const struct ledger *l, uint32_t item)
{
    return row_live(l, ROW_OPEN_LINE, item) && !ROW_AT(open_line, l, ROW_OPEN_LINE, item)->gone;
}

uint32_t open_line_next(const struct ledger *l, uint32_t *at)
{
    uint32_t used = l->table[ROW_OPEN_LINE].pool.used;

    while (*at < used) {
        uint32_t item = (*at)++;
        if (open_line_held(l, item))
            return item;
    }
    return 0;
}

uint32_t open_line_find(const struct ledger *l, const uint8_t line[LIMIT_HASH_BYTES])
{
    const struct index *ix = &l->table[ROW_OPEN_LINE].index;
    uint32_t item;

    for (struct index_walk w = index_walk(ix, bank_line_hash(l, line));
         (item = index_next(&w)) != 0;)
        if (memcmp(ROW_AT(open_line, l, ROW_OPEN_LINE, item)->line, line, LIMIT_HASH_BYTES) == 0)
            return open_line_held(l, item) ? item : 0;
    return 0;
}

void open_line_add(struct ledger *l, const struct bank_line *b)
{
    CHECK(bank_line_open(b));
    uint32_t item = row_new(l, ROW_OPEN_LINE);
    struct open_line *o = ROW_AT(open_line, l, ROW_OPEN_LINE, item);

    memcpy(o->line, b->line, sizeof(o->line));
    o->organiser = b->organiser;
    o->day = b->day;
    row_index(l, ROW_OPEN_LINE, item);
    l->open_lines++;
}

void open_line_end(struct ledger *l, const struct bank_line *b)
{
    uint32_t item = open_line_find(l, b->line);

    CHECK(item != 0);
    CHECK(l->open_lines > 0);
    row_touch(l, ROW_OPEN_LINE, item);
    ROW_AT(open_line, l, ROW_OPEN_LINE, item)->gone = true;
    l->open_lines--;
}
