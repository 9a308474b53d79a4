/* copy.h - a copy of the journal, read group by group and never written.
 *
 * A copy is opened without LMDB's locks, so that nothing in its folder changes and a read-only
 * medium will do; a journal whose daemon runs is refused, unless `live` says to read it through the
 * locks (which does write to lock.mdb). Then the audit ends where the journal ended when it was
 * opened, and no transaction is held longer than a group takes.
 *
 * Damage is a finding, and reading goes on behind it. One thread. */
#ifndef AUDIT_COPY_H
#define AUDIT_COPY_H

#include "audit/flaws.h"
#include "journal/journal.h"

struct copy; /* opaque */

struct copy_group {
    struct head head;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    uint64_t epoch;
    uint64_t last;                        /* number of its last entry */
    const struct journal_record *records; /* `head.count` of them; borrowed until the next call */
    bool whole;                           /* every record is there and can be read */
};

/* TOOL_OK, or a complaint and TOOL_USAGE. `path` is a journal's folder, or a ledger's with one in
 * it. */
int copy_open(const char *path, bool live, struct copy **out);
void copy_close(struct copy *c); /* NULL is fine */

uint64_t copy_last(const struct copy *c); /* number of the last entry when it was opened */

/* The next group. False at the end, or where the file cannot be read further, which is a
 * finding. A record that cannot be read has a request of NULL. */
bool copy_next(struct copy *c, struct flaws *f, struct copy_group *out);
/* From the first group again. */
void copy_rewind(struct copy *c);

#endif
