/* books.h - the journal, the tables and the ledger of one directory, opened and brought in step.
 *
 * state = tables + overlay: the tables say where to begin, the journal is replayed from there, and
 * every decision must come out again as it was recorded. Tables that do not fit the journal are
 * moved aside and made again from the start.
 * Threads: none of its own but while it replays; the thread that serves the ledger. */
#ifndef BOOKS_H
#define BOOKS_H

#include "config.h"
#include "genesis.h"
#include "journal/journal.h"
#include "ledger/ledger.h"
#include "tables/tables.h"

struct books_options {
    const char *tables; /* directory of the tables */
    bool read_only;     /* of the journal; the tables are always written */
    bool verify;        /* the journal's leaves, heads and chain */
    bool repair;        /* move tables aside that do not fit; otherwise they are a fault */
};

struct books {
    const struct config *config;
    struct genesis genesis;
    uint8_t digest_key[16];
    struct journal *journal;
    struct tables *tables;
    struct ledger *ledger;
    struct ledger_source source;
    uint64_t last; /* number of the journal's last entry, and of the ledger's */
};

/* What goes wrong is in the log. FAULT_CORRUPT: a decision does not come out again, or the
 * journal is damaged. On a fault nothing is left open. */
enum fault books_open(const struct config *config, const struct books_options *options,
                      struct books *out);
void books_close(struct books *b);

/* Everything up to entry `number`, which must be the ledger's last and end a group, goes into the
 * tables: at rest, while nothing is served. */
enum fault books_checkpoint(struct books *b, uint64_t number);

/* Replay entries `from` to `to`; with more than one worker another thread reads ahead, and is gone
 * at the end. (replay.c) */
enum fault books_replay(struct books *b, uint64_t from, uint64_t to, bool verify);

#endif
