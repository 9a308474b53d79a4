#include "money.h"

#include <stddef.h>

#include "base/check.h"

typedef unsigned __int128 wide;

/* round(value * count / of), half up. Exact in 128 bits, so only the result itself can be too
 * large, never a step on the way to it. */
static bool scale(int64_t value, int64_t count, int64_t of, int64_t *out)
{
    if (value < 0 || count < 0)
        return false;
    wide result = (2 * (wide)(uint64_t)value * (uint64_t)count + (uint64_t)of) / (2 * (wide)of);
    if (result > INT64_MAX)
        return false;
    *out = (int64_t)result;
    return true;
}

bool money_times(int64_t cents_per_unit, int64_t quantity, bool is_hour, int64_t *cents)
{
    CHECK(cents != NULL);
    return scale(cents_per_unit, quantity, is_hour ? 60 : 1, cents);
}

bool money_part(int64_t cents, int64_t days, int64_t of_days, int64_t *part)
{
    CHECK(part != NULL);
    CHECK(of_days > 0);
    return scale(cents, days, of_days, part);
}

/* round(per_unit * quantity), at most the total. */
static bool share_up_to(const struct share_terms *t, int64_t per_unit, int64_t total,
                        int64_t *share)
{
    int64_t wanted;
    if (!money_times(per_unit, t->quantity, t->is_hour, &wanted))
        return false;
    *share = wanted < total ? wanted : total;
    return true;
}

bool shares_of(const struct share_terms *terms, struct shares *out)
{
    CHECK(terms != NULL);
    CHECK(out != NULL);
    int64_t total;
    int64_t county;
    int64_t copay = 0;

    if (!money_times(terms->price_cents, terms->quantity, terms->is_hour, &total))
        return false;
    county = total;
    if (terms->rule == SHARE_COPAY_FIRST) {
        if (terms->copay_cents != -1 && !share_up_to(terms, terms->copay_cents, total, &copay))
            return false;
        county = total - copay;
    } else if (terms->unit_value_cents != -1) {
        if (!share_up_to(terms, terms->unit_value_cents, total, &county))
            return false;
    }
    *out = (struct shares){.total = total, .county = county, .copay = total - county};
    return true;
}
