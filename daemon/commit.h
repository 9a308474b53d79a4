/* commit.h - a group of entries made durable: tree, head, signature, journal.
 *
 * One thread owns it: the journal thread, or `saldod init`. It alone sees the ledger key. */
#ifndef COMMIT_H
#define COMMIT_H

#include "flow/flow.h"
#include "journal/journal.h"
#include "secret.h"

struct commit {
    struct journal *journal;
    uint64_t epoch;
    uint64_t last;        /* number the journal ends with */
    struct hash previous; /* and its head */
    uint8_t ledger_id[LEDGER_ID_BYTES];
    const struct secret *key;       /* the ledger's */
    struct journal_record *records; /* LIMIT_GROUP_ENTRIES */
};

/* Claim the journal and look at its end. On a fault there is nothing to close. */
enum fault commit_open(struct journal *j, const uint8_t ledger_id[LEDGER_ID_BYTES],
                       const struct secret *key, struct commit *out);
void commit_close(struct commit *c);

/* Append the group's entries (at least one). After JOURNAL_OK its tree, head and signature are
 * set for the receipts; after anything else nothing may be answered any more. */
enum journal_result commit_group(struct commit *c, struct flow_group *g);

#endif
