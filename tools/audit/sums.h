/* sums.h - the auditor's own arithmetic: what the journal's answers add up to.
 *
 * It knows nothing of the ledger's code or rows. From requests and recorded answers alone it keeps
 * what every voucher was granted and what was taken from it, the lines of every night, what every
 * provider is owed, and where each payout is. It keeps every charge and sums charges, where the
 * ledger keeps running totals. Days, months and cents of a part month are counted day by day.
 *
 * What it shows by itself, entry for entry: that no charge is counted twice or taken from more than
 * there is, that `have` and `need` of an accepted charge are right, that each batch has the rows,
 * the cents and the hash that the charges give, and that officers signed the payouts there were.
 * compare.h holds the rest against the ledger's rows. A charge takes 11 bytes of memory, and 52
 * of a file (scratch.h), of which what is looked at is in memory until sums_rest(). One thread. */
#ifndef AUDIT_SUMS_H
#define AUDIT_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/flaws.h"
#include "audit/signers.h"
#include "codec.h"
#include "envelope.h"

struct sums; /* opaque; sums_state.h for compare.c */

/* For no more than `charges` accepted ones. NULL after a complaint: there is no room. */
struct sums *sums_new(const uint8_t ledger_id[LEDGER_ID_BYTES], uint64_t charges, struct flaws *f);
void sums_free(struct sums *s); /* NULL is fine */
/* Let go of the memory of what stands in the file. */
void sums_rest(const struct sums *s);

struct sums_entry {
    const struct decision *decision; /* as recorded, with one answer for each item */
    const struct request *request;
    const struct signer *signer; /* NULL: nobody knows the key, so nothing counts */
};
void sums_entry(struct sums *s, const struct sums_entry *e);

struct sums_totals {
    uint64_t charges;  /* accepted, each once */
    uint64_t refused;  /* refused, repeated ones apart */
    uint64_t repeated; /* answered again with the first answer */
    uint64_t commands; /* accepted */
    uint64_t vouchers, buckets, batches, lines, payouts;
    int64_t charged_cents; /* county shares of all accepted charges */
    int64_t settled_cents; /* of all batches */
    int64_t paid_cents;    /* booked by the bank and not returned */
    int32_t settled_through;
};
void sums_totals(const struct sums *s, struct sums_totals *out);

#endif
