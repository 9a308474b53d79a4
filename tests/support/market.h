/* market.h - services to charge for, and what a night must have made of the charges. */
#ifndef TESTS_SUPPORT_MARKET_H
#define TESTS_SUPPORT_MARKET_H

#include "tests/support/town.h"

/* "sentti" costs one cent a piece at P1, P2 and P3, which makes charges of any amount. */
void sell_cents(struct world *w);
struct charge_of cents_of(const char *voucher, int64_t start_ms, int64_t amount);

/* "siivous" costs 38.00 an hour at P1, in steps of 15 minutes, all of it paid by the county. */
void sell_cleaning(struct world *w);
struct charge_of cleaning(const char *voucher, int64_t start_ms, int64_t minutes);

/* A provider's line in the batch of a day; rows 0: there is none. */
void expect_line(const struct world *w, int32_t day, const char *provider, int64_t rows,
                 int64_t cents);
void expect_payout(const struct world *w, int32_t day, const char *provider, const char *state,
                   int64_t cents);

#endif
