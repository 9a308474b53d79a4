/* money.h - integer cents, shares, and the only rounding there is.
 *
 * Pure; any thread. All functions fail closed: a result that does not fit is `false`. */
#ifndef PROTO_MONEY_H
#define PROTO_MONEY_H

#include <stdbool.h>
#include <stdint.h>

/* round(cents_per_unit * quantity) half up; for an hour unit the quantity is minutes and the
 * result is (cents * minutes + 30) / 60. Domain section 3. False on negative input or overflow. */
__attribute__((warn_unused_result)) bool money_times(int64_t cents_per_unit, int64_t quantity,
                                                     bool is_hour, int64_t *cents);

/* round(cents * days / of_days) half up, for part months. of_days > 0. False as above. */
__attribute__((warn_unused_result)) bool money_part(int64_t cents, int64_t days, int64_t of_days,
                                                    int64_t *part);

enum share_rule { SHARE_VALUE_FIRST = 0, SHARE_COPAY_FIRST = 1 };

/* What the shares follow from. -1 in unit_value or copay_per_unit means "none". */
struct share_terms {
    enum share_rule rule;
    bool is_hour;
    int64_t price_cents;       /* per unit, >= 0 */
    int64_t unit_value_cents;  /* per unit: the voucher's own, else the rate's, else -1 */
    int64_t copay_cents;       /* per unit, for COPAY_FIRST; -1 counts as 0 */
    int64_t quantity;          /* minutes for an hour unit */
};

struct shares {
    int64_t total;
    int64_t county;
    int64_t copay; /* always total - county */
};

/* Domain section 3, "Shares". False where an amount does not fit. */
__attribute__((warn_unused_result)) bool shares_of(const struct share_terms *terms,
                                                   struct shares *out);

#endif
