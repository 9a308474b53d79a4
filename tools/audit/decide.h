/* decide.h - every entry through the rules again; the decision must come out byte for byte.
 *
 * The rules are the daemon's own (daemon/ledger): they are what the county has agreed to, and the
 * tests hold them against a model that shares no code with them. The sums (sums.h) are not.
 * As in the daemon, what has been decided leaves the memory after some million charges; it goes
 * onto a shelf (shelf.h), where a charge takes 22 bytes of memory and some 200 of files. One
 * thread. */
#ifndef AUDIT_DECIDE_H
#define AUDIT_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "codec.h"
#include "genesis.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

struct decide; /* opaque */

/* What the journal holds, at most: how much has to be reserved. */
struct decide_size {
    uint64_t charges;
    uint64_t vouchers;
    uint64_t journal_bytes;
    bool tables; /* the rows will be held against tables */
};

/* FAULT_FULL: more than one ledger in memory can hold; FAULT_MEMORY; FAULT_IO after a complaint. */
enum fault decide_new(const struct genesis *g, struct decide_size size, struct decide **out);
void decide_free(struct decide *d); /* NULL is fine */

/* Decide an entry by the rules of its record's level. `recorded` gives number, time and day, which
 * the caller has judged. False: the bytes differ from those of the record, and nothing further can
 * be decided. FAULT_FULL and others end the audit. */
enum fault decide_entry(struct decide *d, const struct decision *recorded,
                        const struct request *request, const struct journal_record *record,
                        bool *same);

/* Between two entries: put onto the shelf what was decided, if it has become much. */
bool decide_is_much(const struct decide *d);
void decide_put_away(struct decide *d);

/* The first answer that differs from the recorded one, in words; for a decision that was not the
 * same. `text` has room for `size`. */
void decide_difference(const struct decide *d, const struct decision *recorded, char *text,
                       size_t size);

/* The books as decided up to now: what is in memory, and the rows over which it stands; the same
 * where the order of all rows of a kind does not matter. */
const struct ledger *decide_ledger(const struct decide *d);
struct ledger_source decide_source(const struct decide *d);
struct ledger_source decide_rows(const struct decide *d);

#endif
