/* witness.h - what the journal says, held against what clients were told.
 *
 * A small ledger of its own: it takes the recorded decisions as they stand and only adds them up.
 * What does not fit is printed and counted:
 *   - an acknowledged answer whose receipt does not verify, or whose entry the journal has not
 *   - an id that was counted twice, or a repetition answered otherwise than at first
 *   - something decided that no client was told of, once all of them have their answers
 *   - a balance that is not the sum of what was accepted
 * One thread. */
#ifndef TESTS_SUPPORT_WITNESS_H
#define TESTS_SUPPORT_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/acks.h"

#define WITNESS_VOUCHER_FIRST 100000000 /* digits of the first voucher; the others follow it */

struct witness;

/* For the ledger of a client's home folder; aborts where that cannot be read. */
struct witness *witness_new(const char *home);
void witness_free(struct witness *w);

/* Read on in the journal of the ledger in `dir`, verifying its leaves, heads and chain. */
void witness_read(struct witness *w, const char *dir);
/* An answer that a client has; the journal was read up to there. */
void witness_ack(struct witness *w, const struct ack *a);
/* An answer to a charge whose receipt nobody kept. */
void witness_told(struct witness *w, const uint8_t id[16], int32_t code);
/* All of a file of them. Returns how many items they were. */
uint64_t witness_acks(struct witness *w, const char *path);
/* Every charge and deletion of the journal was in some ack. */
void witness_nothing_else(struct witness *w);

struct witness_balance {
    int32_t voucher; /* its nine digits */
    int64_t posted;
    int64_t pending;
};
/* Balances as the ledger gives them, in the order of the vouchers: all of them. */
void witness_balances(struct witness *w, const struct witness_balance *rows, uint32_t count);

struct witness_count {
    uint64_t entries;
    uint64_t accepted; /* charges */
    uint64_t refused;
    uint64_t deleted;
    uint64_t repeated; /* answered as duplicates */
    uint64_t nights;
    uint32_t vouchers;
    uint64_t wrong; /* what was printed */
};
struct witness_count witness_count(const struct witness *w);

#endif
