/* ahead.h - the journal's entries, read, checked and decoded ahead of whoever applies them.
 *
 * A reader goes through the journal and fills pieces of some megabytes; another thread visits the
 * entries of those that are full. Nothing but time is different from journal_read(): entries come
 * in order, each after its whole group was verified, and a fault is told when all that stands
 * before it was visited. Threads: the caller's, which visits, and one of its own that has ended
 * when the call returns. Nobody else may ask the journal until then, not even `visit`. */
#ifndef AHEAD_H
#define AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

enum { AHEAD_DETAIL_BYTES = 256 };

struct ahead_options {
    struct journal *journal;
    const uint8_t *digest_key; /* 16 bytes: codec_digest_key() */
    uint64_t from;             /* 2 or more: the genesis is no request */
    uint64_t to;               /* the last one to visit, `from` or more */
    bool verify;               /* as for journal_read() */
    bool threaded;             /* false: the caller's thread reads too */
};

/* One entry; borrowed for the visit. */
struct ahead_entry {
    struct ledger_entry applied; /* as it stands in the decision; its request is `request` */
    struct request request;
    const uint8_t *decision; /* the Decision message as it was recorded */
    size_t decision_len;
    bool readable; /* false: the number is right, the rest is no request with a decision */
};

/* Visit entries until `visit` returns false, `to` was visited, or the journal ends; nothing follows
 * an entry that is not readable. The faults of journal_read(), with its journal_error() in
 * `detail`, or FAULT_MEMORY; a visitor who has had enough hears of no fault that lies behind. */
enum fault ahead_read(const struct ahead_options *o,
                      bool (*visit)(void *arg, const struct ahead_entry *e), void *arg,
                      char detail[AHEAD_DETAIL_BYTES]);

#endif
