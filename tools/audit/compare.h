/* compare.h - the auditor's sums against the books that deciding again has made.
 *
 * Every bucket, commitment, batch line, batch, account, payout and run of the ledger, and none more
 * or less; that each organiser's accounts sum to zero, and that what the nights settled is owed, on
 * its way or paid. What differs is a finding. Looks into the ledger's memory (ledger/state.h), and
 * into the rows over which it stands. One thread. */
#ifndef AUDIT_COMPARE_H
#define AUDIT_COMPARE_H

#include <stdint.h>

#include "audit/sums.h"
#include "ledger/ledger.h"

struct compare_counts {
    uint64_t buckets, commitments, lines, batches, accounts, payouts, runs;
};

/* May be asked again. A fault is one of the rows. */
enum fault compare_ledger(struct sums *s, const struct ledger *l,
                          const struct ledger_source *source, struct compare_counts *out);

/* A copy of the tables against the ledger's rows as of the copy's watermark, byte for byte. */
struct compare_tables {
    uint64_t rows; /* that are the same */
};
enum fault compare_tables(const struct ledger_source *rows, const struct ledger_source *copy,
                          struct flaws *f, struct compare_tables *out);

#endif
