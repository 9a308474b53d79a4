/* receipts.h - receipts that providers kept, held against the journal.
 *
 * A receipt that verifies is the ledger's own word, signed, that an entry stood in its history
 * under a certain head. So the journal must have that head at that number: where it ends before,
 * entries were left out or the copy is cut; where it has another head, the ledger has signed two
 * histories. One thread. */
#ifndef AUDIT_RECEIPTS_H
#define AUDIT_RECEIPTS_H

#include "audit/copy.h"
#include "audit/flaws.h"
#include "merkle.h"

struct receipts {
    struct receipt_kept *list; /* by number */
    size_t count, room;
    size_t next;      /* the first that no group was asked about */
    uint64_t files;   /* that are receipts */
    uint64_t others;  /* that are none: left alone */
    uint64_t found;   /* in the journal */
    uint64_t highest; /* entry of the last one */
};

struct receipts_ledger {
    const uint8_t *ledger_id;
    const uint8_t *public_key;
};

/* Read every file of a folder. A file that calls itself a receipt and does not verify is a finding.
 * TOOL_OK, or a complaint and TOOL_USAGE: the folder, or a file, cannot be read. */
int receipts_read(struct receipts *r, const char *folder, const struct receipts_ledger *ledger,
                  struct flaws *f);
void receipts_free(struct receipts *r);

/* Groups are handed in in order; `head` is the group's hash, `leaves` those of its records. */
void receipts_group(struct receipts *r, const struct copy_group *g, const struct hash *head,
                    const struct hash *leaves, struct flaws *f);
/* After the last group, which ended with entry `last`. */
void receipts_end(struct receipts *r, uint64_t last, struct flaws *f);

#endif
