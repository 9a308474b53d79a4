/* bank_line.h - the lines of the bank's files, and the list of those that are open. Private to
 * daemon/ledger. */
#ifndef LEDGER_BANK_LINE_H
#define LEDGER_BANK_LINE_H

#include "ledger/state.h"

struct bank_line *bank_line_make(struct ledger *l, const uint8_t line[LIMIT_HASH_BYTES]);
uint32_t bank_line_find(const struct ledger *l, const uint8_t line[LIMIT_HASH_BYTES]);
bool bank_line_open(const struct bank_line *b); /* UNMATCHED and not closed */

/* The open lines, each with organiser and day, are always in memory, however old; the bank lines
 * themselves are fetched by fetch_bank_line(). To walk them, in no order:
 *     for (uint32_t at = 1, item; (item = open_line_next(l, &at)) != 0;)
 *         const struct open_line *o = ROW_AT(open_line, l, ROW_OPEN_LINE, item);
 * 0: that was the last one. What is open now is told; the tables may not know it yet. */
uint32_t open_line_next(const struct ledger *l, uint32_t *at);
uint32_t open_line_find(const struct ledger *l, const uint8_t line[LIMIT_HASH_BYTES]);
/* A line is open from now on; it was decided or closed. */
void open_line_add(struct ledger *l, const struct bank_line *b);
void open_line_end(struct ledger *l, const struct bank_line *b);

#endif
