#include "report/allotment.h"

#include "calendar.h"

/* An open end is far away. */
static int32_t last_day(const Saldo__V1__Voucher *v)
{
    int32_t day = v->n_versions > 0 ? v->versions[v->n_versions - 1]->valid_to : 0;

    return day != 0 ? day : CALENDAR_DAY_OPEN;
}

/* Days of the month on which version `i` is in force: until the next one that starts by then. */
static int64_t days_in_force(const Saldo__V1__Voucher *v, size_t i, int32_t month)
{
    int32_t from = calendar_month_first(month);
    int32_t to = calendar_month_last(month);

    if (from < v->valid_from)
        from = v->valid_from;
    if (from < v->versions[i]->effective_from)
        from = v->versions[i]->effective_from;
    if (to > last_day(v))
        to = last_day(v);
    for (size_t newer = i + 1; newer < v->n_versions; newer++)
        if (to >= v->versions[newer]->effective_from)
            to = v->versions[newer]->effective_from - 1;
    return to < from ? 0 : (int64_t)to - from + 1;
}

static int64_t month_amount(const Saldo__V1__Voucher *v, int32_t month)
{
    int64_t days = calendar_month_last(month) - calendar_month_first(month) + 1;
    int64_t sum = 0;

    for (size_t i = 0; i < v->n_versions; i++)
        sum += v->versions[i]->amount_cents * days_in_force(v, i, month);
    return (2 * sum + days) / (2 * days);
}

static int64_t month_quota(const Saldo__V1__Voucher *v, int32_t month)
{
    for (size_t i = v->n_versions; i-- > 0;)
        if (days_in_force(v, i, month) > 0)
            return v->versions[i]->quota;
    return 0;
}

int64_t allotment_of(const Saldo__V1__Voucher *v, int32_t month)
{
    bool units = v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    int64_t sum = 0;

    if (v->n_versions == 0)
        return 0;
    const Saldo__V1__VoucherVersion *newest = v->versions[v->n_versions - 1];
    if (v->period == SALDO__V1__PERIOD__WHOLE)
        return units ? newest->quota : newest->amount_cents;
    if (units)
        return month_quota(v, month);
    if (!v->carry_over)
        return month_amount(v, month);
    int32_t last = calendar_month(last_day(v));
    for (int32_t m = calendar_month(v->valid_from); m <= month && m <= last; m++)
        sum += month_amount(v, m);
    return sum;
}

bool allotment_touches(const Saldo__V1__Voucher *v, int32_t month)
{
    return v->valid_from <= calendar_month_last(month) &&
           last_day(v) >= calendar_month_first(month);
}
