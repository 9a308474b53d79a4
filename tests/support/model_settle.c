/* model_settle.c - the night: batches, summed over everything ever charged, and when payouts run.
 */
#include "tests/support/model_state.h"

static bool waits_before(const struct model *m, int day)
{
    for (size_t i = 0; i < m->charges_count; i++)
        if (m->charges[i].state == M_APPROVED && !m->charges[i].settled &&
            m->charges[i].batch_day < day)
            return true;
    for (size_t i = 0; i < m->credits_count; i++)
        if (!m->credits[i].settled && m->credits[i].day < day)
            return true;
    return false;
}

static const struct m_batch *find_batch(const struct model *m, int day)
{
    for (size_t i = 0; i < m->batches_count; i++)
        if (m->batches[i].summary.day == day)
            return &m->batches[i];
    return NULL;
}

/* The line of a charge's organiser and provider in the night under way. */
static struct model_line *line_of(struct model *m, int day, const struct m_charge *c)
{
    const char *organiser = m->organisers[m->vouchers[c->voucher].organiser].code;
    const char *provider = m->providers[c->provider].id;
    for (size_t i = m->lines_count; i > 0 && m->lines[i - 1].day == day; i--) {
        struct model_line *l = &m->lines[i - 1];
        if (strcmp(l->organiser, organiser) == 0 && strcmp(l->provider, provider) == 0)
            return l;
    }
    struct model_line *l = ADD(m->lines);
    l->day = day;
    memcpy(l->organiser, organiser, sizeof(l->organiser));
    memcpy(l->provider, provider, sizeof(l->provider));
    return l;
}

static void settle_charges(struct model *m, int day)
{
    for (size_t i = 0; i < m->charges_count; i++) {
        struct m_charge *c = &m->charges[i];
        if (c->state != M_APPROVED || c->settled || c->batch_day != day)
            continue;
        struct model_line *l = line_of(m, day, c);
        l->rows++;
        l->cents += c->county;
        c->settled = true;
    }
}

static void settle_credits(struct model *m, int day)
{
    for (size_t i = 0; i < m->credits_count; i++) {
        struct m_credit *k = &m->credits[i];
        if (k->settled || k->day != day)
            continue;
        struct m_charge *c = &m->charges[k->charge];
        struct model_line *l = line_of(m, day, c);
        l->rows++;
        l->cents -= k->cents;
        l->credit_rows++;
        l->credit_cents += k->cents;
        c->credit_settled_cents += k->cents;
        c->credit_settled_quantity += k->quantity;
        k->settled = true;
    }
}

/* Does the organiser's payout run follow the night of `day`? */
static bool run_day(const struct m_organiser *o, int day)
{
    switch (o->calendar) {
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY:
        return true;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_WEEKLY:
        return m_weekday(day + 1) == o->payout_day;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY:
        return m_date_of(day + 1).day == o->payout_day;
    default:
        return false;
    }
}

int m_pays_on(const struct m_organiser *o, int day)
{
    if (o->calendar == SALDO__V1__PAYOUT_CALENDAR__PAYOUT_ON_COMMAND)
        return 0;
    while (!run_day(o, day))
        day++;
    return m_bank_day_from(day + 1);
}

static void settle(struct model *m, int day, struct batch_summary *batch)
{
    size_t first_line = m->lines_count;
    settle_charges(m, day);
    settle_credits(m, day);
    *batch = (struct batch_summary){.present = true, .day = day};
    for (size_t i = first_line; i < m->lines_count; i++) {
        batch->rows += m->lines[i].rows;
        batch->cents += m->lines[i].cents;
    }
    struct m_batch *b = ADD(m->batches);
    b->summary = *batch;
    m->settled_through = day;
    for (size_t i = 0; i < m->organisers_count; i++)
        if (run_day(&m->organisers[i], day))
            m_run_payouts(m, (int)i, day);
}

enum outcome m_settle_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    int day = c->settle_day->day;
    if (!m_day_ok(day))
        return OUTCOME_FIELD_INVALID;
    if (a->key->organiser != NOBODY)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (day >= a->day)
        return OUTCOME_DAY_NOT_CLOSED;
    const struct m_batch *old = find_batch(m, day);
    if (old != NULL) {
        *a->batch = old->summary;
        return OUTCOME_ACCEPTED;
    }
    if (m->settled_through != 0 ? day != m->settled_through + 1 : waits_before(m, day))
        return OUTCOME_DAY_OUT_OF_ORDER;
    settle(m, day, a->batch);
    return OUTCOME_ACCEPTED;
}

const struct model_line *model_line(const struct model *m, size_t index)
{
    return index < m->lines_count ? &m->lines[index] : NULL;
}

int32_t model_settled_through(const struct model *m)
{
    return m->settled_through;
}
