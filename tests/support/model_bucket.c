/* model_bucket.c - what a voucher is allotted and what was taken, summed anew each time. */
#include "tests/support/model_state.h"

int64_t m_round_part(__int128 numerator, int64_t denominator)
{
    return (int64_t)((2 * numerator + denominator) / (2 * (__int128)denominator));
}

static int last_valid(const struct m_voucher *v)
{
    return v->versions[v->version_count - 1].valid_to;
}

int m_end(const struct m_voucher *v)
{
    int to = last_valid(v);
    return v->closed_on != 0 && v->closed_on < to ? v->closed_on : to;
}

int m_final_day(const struct model *m, const struct m_voucher *v)
{
    return m_end(v) + m->organisers[v->organiser].grace + 1;
}

const struct m_version *m_version_on(const struct m_voucher *v, int day)
{
    const struct m_version *in_force = &v->versions[0];
    for (size_t i = 0; i < v->version_count; i++)
        if (v->versions[i].from <= day)
            in_force = &v->versions[i];
    return in_force;
}

/* The month a service date is taken from, 0 for the one bucket of a WHOLE voucher. */
int m_period(const struct m_voucher *v, int service_day)
{
    return v->period == SALDO__V1__PERIOD__WHOLE ? 0 : m_month(service_day);
}

/* Of one month, day by day. */
static int64_t month_allotment(const struct m_voucher *v, int month)
{
    int days = m_month_days(month);
    __int128 sum = 0;
    int64_t quota = 0;
    for (int day = m_month_first(month); day < m_month_first(month) + days; day++) {
        if (day < v->valid_from || day > last_valid(v))
            continue;
        int64_t allotment = m_version_on(v, day)->allotment;
        sum += allotment;
        quota = allotment;
    }
    return v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY ? quota : m_round_part(sum, days);
}

int64_t m_allotment(const struct m_voucher *v, int month)
{
    if (v->period == SALDO__V1__PERIOD__WHOLE)
        return v->versions[v->version_count - 1].allotment;
    if (!v->carry_over)
        return month_allotment(v, month);
    int64_t sum = 0;
    for (int i = m_month(v->valid_from); i <= month && i <= m_month(last_valid(v)); i++)
        sum += month_allotment(v, i);
    return sum;
}

static bool same_bucket(const struct m_voucher *v, const struct m_charge *c, int month)
{
    return v->period == SALDO__V1__PERIOD__WHOLE || v->carry_over ||
           m_month(c->service_day) == month;
}

struct m_used m_used(const struct model *m, const struct m_voucher *v, int month)
{
    bool units = v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    struct m_used used = {0, 0};
    for (int i = v->newest_charge; i != NOBODY; i = m->charges[i].older) {
        const struct m_charge *c = &m->charges[i];
        if (c->state == M_DELETED || c->state == M_REFUSED || !same_bucket(v, c, month))
            continue;
        int64_t taken = units ? c->quantity : c->county;
        if (c->settled)
            used.settled += taken - (units ? c->credit_settled_quantity : c->credit_settled_cents);
        else
            used.pending += taken;
    }
    return used;
}

int64_t m_available(const struct model *m, const struct m_voucher *v, int month)
{
    struct m_used used = m_used(m, v, month);
    int64_t left = m_allotment(v, month) - used.settled - used.pending;
    return left > 0 ? left : 0;
}

bool m_live(const struct m_charge *c)
{
    return (c->state == M_APPROVED || c->state == M_IN_REVIEW) &&
           (c->county == 0 || c->credited_cents < c->county);
}

int m_live_count(const struct model *m, const struct m_voucher *v)
{
    int count = 0;
    for (int i = v->newest_charge; i != NOBODY; i = m->charges[i].older)
        count += m_live(&m->charges[i]) ? 1 : 0;
    return count;
}

const char *m_voucher_state(const struct model *m, const struct m_voucher *v, int today)
{
    if (v->voided)
        return "VOID";
    if (today >= m_final_day(m, v))
        return "FINAL";
    if (today > m_end(v))
        return "CLOSED";
    return v->opened ? "OPEN" : "GRANTED";
}

int64_t m_committed(const struct model *m, int organiser, const char *cost_code, int year)
{
    int64_t sum = 0;
    for (size_t i = 0; i < m->vouchers_count; i++) {
        const struct m_voucher *v = &m->vouchers[i];
        if (v->organiser != organiser || strcmp(v->cost_code, cost_code) != 0)
            continue;
        for (int j = v->newest_charge; j != NOBODY; j = m->charges[j].older) {
            const struct m_charge *c = &m->charges[j];
            if (m_date_of(c->service_day).year == year && c->state != M_DELETED &&
                c->state != M_REFUSED)
                sum += c->county - c->credited_cents;
        }
    }
    return sum;
}

bool m_overdrawn(const struct model *m, const struct m_voucher *v, int today)
{
    if (v->period == SALDO__V1__PERIOD__WHOLE || v->carry_over) {
        struct m_used used = m_used(m, v, m_month(today));
        return used.settled + used.pending > m_allotment(v, m_month(today));
    }
    for (int i = v->newest_charge; i != NOBODY; i = m->charges[i].older) {
        int month = m_month(m->charges[i].service_day);
        if (today >= m_lapse_day(month))
            continue;
        struct m_used used = m_used(m, v, month);
        if (used.settled + used.pending > m_allotment(v, month))
            return true;
    }
    return false;
}

size_t model_voucher_count(const struct model *m)
{
    return m->vouchers_count;
}

void model_voucher(const struct model *m, size_t voucher, int32_t today, struct model_voucher *out)
{
    const struct m_voucher *v = &m->vouchers[voucher];
    memcpy(out->number, v->number, sizeof(out->number));
    out->state = m_voucher_state(m, v, today);
    out->closed_on = v->closed_on;
    out->live_charges = m_live_count(m, v);
}

void model_balance(const struct model *m, size_t voucher, int32_t day, int32_t today,
                   struct model_balance *out)
{
    const struct m_voucher *v = &m->vouchers[voucher];
    int month = m_month(day);
    struct m_used used = m_used(m, v, month);
    bool monthly = v->period == SALDO__V1__PERIOD__MONTHLY;
    bool lapsed = v->voided || today >= m_final_day(m, v) ||
                  (monthly && !v->carry_over && today >= m_lapse_day(month));
    memcpy(out->voucher, v->number, sizeof(out->voucher));
    out->bucket = monthly ? month : 0;
    out->units = v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    out->pending = used.pending;
    out->posted = lapsed ? 0 : m_allotment(v, month) - used.settled;
    out->available = lapsed ? 0 : out->posted - used.pending;
}
