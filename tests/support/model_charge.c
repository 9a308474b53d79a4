/* model_charge.c - judging one charge, check after check in the order of daemon/RULES.md. */
#include "tests/support/model_state.h"

#define MS_PER_MINUTE       60000
#define MONTH_INTERVALS_MAX 4096 /* of a voucher */

/* Everything the checks ask for, looked up before the first of them. */
struct case_file {
    const struct charge *c;
    int provider;
    int voucher;
    struct m_voucher *v;
    int service_day;
    char service_code[NAME_SIZE];
    char rate_class[NAME_SIZE];
    int service_index;
    const struct m_service *service;
    const struct m_version *version;
    const struct m_row *rate;
    int64_t total, county, copay; /* what the rules give; county is NOT_SET where nothing fits */
};

/* A borrowed text as a string; one that is too long for any code becomes one that matches none. */
static void string_of(struct text t, char out[NAME_SIZE])
{
    memset(out, 0, NAME_SIZE);
    if (t.len < NAME_SIZE && t.len > 0)
        memcpy(out, t.bytes, t.len);
    else if (t.len > 0)
        out[0] = '?';
}

static enum outcome refuse(struct answer *out, enum outcome code, int64_t have, int64_t need)
{
    out->have = have;
    out->need = need;
    return code;
}

static int64_t times(int64_t cents, int64_t quantity, bool hour)
{
    return hour ? m_round_part((__int128)cents * quantity, 60) : cents * quantity;
}

static void compute_shares(struct case_file *f)
{
    const struct charge *c = f->c;
    f->county = NOT_SET;
    if (c->price_cents > LIMIT_CHARGE_CENTS)
        return;
    bool hour = f->service->unit == SALDO__V1__UNIT__HOUR;
    f->total = times(c->price_cents, c->quantity, hour);
    if (f->service->share_rule == SALDO__V1__SHARE_RULE__COPAY_FIRST) {
        int64_t per_unit = f->rate != NULL && f->rate->copay != NOT_SET ? f->rate->copay : 0;
        int64_t copay = times(per_unit, c->quantity, hour);
        f->copay = copay < f->total ? copay : f->total;
        f->county = f->total - f->copay;
        return;
    }
    int64_t value = f->version->unit_value;
    if (value == NOT_SET && f->rate != NULL)
        value = f->rate->value;
    f->county = f->total;
    if (value != NOT_SET && times(value, c->quantity, hour) < f->total)
        f->county = times(value, c->quantity, hour);
    f->copay = f->total - f->county;
}

static bool suspended(const struct m_voucher *v, int day)
{
    for (size_t i = 0; i < v->suspension_count; i++)
        if (v->suspensions[i].from <= day && day <= v->suspensions[i].to)
            return true;
    return false;
}

static bool covered(const struct m_version *version, int service)
{
    for (int i = 0; i < version->service_count; i++)
        if (version->services[i] == service)
            return true;
    return false;
}

static bool approved_before(const struct case_file *f)
{
    for (size_t i = 0; i < f->v->prior_count; i++) {
        const struct m_interval *p = &f->v->priors[i];
        if (p->service == f->service_index && p->from <= f->service_day && f->service_day <= p->to)
            return true;
    }
    return false;
}

static enum outcome judge_provider_and_voucher(const struct model *m, const struct m_act *a,
                                               struct case_file *f)
{
    const struct charge *c = f->c;
    const struct m_voucher *v = f->v;
    if (m->providers[f->provider].blocked)
        return OUTCOME_PROVIDER_BLOCKED;
    if (v == NULL)
        return OUTCOME_VOUCHER_UNKNOWN;
    if (!m_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (c->start_ms == 0)
        return v->voided ? OUTCOME_VOUCHER_VOID : OUTCOME_TIME_REQUIRED;
    struct m_row key = {.kind = M_APPROVAL, .provider = f->provider, .organiser = v->organiser};
    m_copy(key.service, f->service_code);
    if (f->service == NULL || m_row_on(m, &key, f->service_day) == NULL)
        return OUTCOME_PROVIDER_NOT_APPROVED;
    if (v->voided)
        return OUTCOME_VOUCHER_VOID;
    if (f->service_day < v->valid_from || f->service_day > m_end(v) ||
        suspended(v, f->service_day) || a->day >= m_final_day(m, v))
        return OUTCOME_VOUCHER_NOT_VALID;
    if (v->reserved_for != NOBODY && v->reserved_for != f->provider)
        return OUTCOME_VOUCHER_RESERVED;
    return OUTCOME_ACCEPTED;
}

static enum outcome judge_service(const struct model *m, struct case_file *f, struct answer *out)
{
    const struct charge *c = f->c;
    const struct m_voucher *v = f->v;
    f->version = m_version_on(v, f->service_day);
    if (!covered(f->version, f->service_index))
        return OUTCOME_SERVICE_NOT_COVERED;
    if (c->unit != f->service->unit)
        return OUTCOME_UNIT_MISMATCH;
    if (f->service->prior_approval && !approved_before(f))
        return OUTCOME_PRIOR_APPROVAL_REQUIRED;
    if (strcmp(f->rate_class, CLASS_ALL) != 0 && c->end_ms != 0 && c->end_ms > c->start_ms &&
        !m_minutes_in_windows(m, v->organiser, f->rate_class, c->start_ms, c->end_ms))
        return OUTCOME_RATE_CLASS_MISMATCH;

    struct m_row key = {.kind = M_PRICE, .provider = f->provider, .organiser = v->organiser};
    m_copy(key.service, f->service_code);
    m_copy(key.rate_class, f->rate_class);
    const struct m_row *price = m_row_on(m, &key, f->service_day);
    if (price == NULL || price->value != c->price_cents)
        return OUTCOME_PRICE_NOT_LISTED;
    key.kind = M_RATE;
    key.provider = NOBODY;
    f->rate = m_row_on(m, &key, f->service_day);
    if (f->rate != NULL && f->rate->cap != NOT_SET && c->price_cents > f->rate->cap)
        return refuse(out, OUTCOME_PRICE_ABOVE_CAP, f->rate->cap, c->price_cents);
    if (c->copay_cents > 0 && !f->service->copay_allowed)
        return refuse(out, OUTCOME_COPAY_NOT_ALLOWED, 0, c->copay_cents);
    return OUTCOME_ACCEPTED;
}

/* Of the live charges of the voucher with a start and an end: meets one of them, and has the month
 * room for one more? */
static enum outcome judge_interval(const struct model *m, const struct case_file *f)
{
    int of_month = 0;
    if (f->c->end_ms == 0)
        return OUTCOME_ACCEPTED;
    for (int i = f->v->newest_charge; i != NOBODY; i = m->charges[i].older) {
        const struct m_charge *other = &m->charges[i];
        if (!m_live(other) || other->end_ms == 0)
            continue;
        if (!f->service->overlap_allowed && f->c->start_ms < other->end_ms &&
            other->start_ms < f->c->end_ms)
            return OUTCOME_OVERLAP;
        of_month += m_month(other->service_day) == m_month(f->service_day);
    }
    return of_month < MONTH_INTERVALS_MAX ? OUTCOME_ACCEPTED : OUTCOME_LIMIT_REACHED;
}

static enum outcome judge_time(const struct model *m, const struct m_act *a, struct case_file *f,
                               struct answer *out)
{
    const struct charge *c = f->c;
    bool hour = f->service->unit == SALDO__V1__UNIT__HOUR;
    bool ends = c->end_ms != 0;
    if (hour && !ends)
        return OUTCOME_TIME_REQUIRED;
    if (ends && c->end_ms <= c->start_ms)
        return OUTCOME_END_BEFORE_START;
    if ((ends ? c->end_ms : c->start_ms) > a->time_ms)
        return OUTCOME_SERVICE_IN_FUTURE;
    if (f->service_day < m_window_first(a->day))
        return OUTCOME_RECORDING_WINDOW;
    if (ends && m_month(m_local_day(c->end_ms - 1)) != m_month(f->service_day))
        return OUTCOME_SPANS_PERIODS;
    if (c->quantity <= 0 || c->quantity > LIMIT_QUANTITY ||
        c->quantity % f->service->increment != 0)
        return OUTCOME_QUANTITY_INVALID;
    int64_t elapsed = (c->end_ms - c->start_ms) / MS_PER_MINUTE;
    if (hour && c->quantity > elapsed)
        return refuse(out, OUTCOME_QUANTITY_TIME_MISMATCH, elapsed, c->quantity);
    return judge_interval(m, f);
}

static const struct m_commitment *commitment_of(const struct model *m, const struct case_file *f)
{
    int year = m_date_of(f->service_day).year;
    for (size_t i = 0; i < m->commitments_count; i++) {
        const struct m_commitment *k = &m->commitments[i];
        if (k->organiser == f->v->organiser && k->year == year &&
            strcmp(k->cost_code, f->v->cost_code) == 0)
            return k;
    }
    return NULL;
}

static enum outcome judge_money(const struct model *m, struct case_file *f, struct answer *out)
{
    const struct charge *c = f->c;
    const struct m_voucher *v = f->v;
    compute_shares(f);
    if (f->county == NOT_SET)
        return refuse(out, OUTCOME_AMOUNT_MISMATCH, c->county_cents, 0);
    if (c->county_cents != f->county || c->copay_cents != f->copay)
        return refuse(out, OUTCOME_AMOUNT_MISMATCH, c->county_cents, f->county);
    if (f->service->max_charge != NOT_SET && f->county > f->service->max_charge)
        return refuse(out, OUTCOME_AMOUNT_LIMIT, f->service->max_charge, f->county);

    bool units = v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    int64_t wanted = units ? c->quantity : f->county;
    int64_t available = m_available(m, v, m_month(f->service_day));
    if (wanted > available)
        return refuse(out, units ? OUTCOME_QUOTA_EXCEEDED : OUTCOME_INSUFFICIENT_BALANCE, available,
                      wanted);
    if (f->county > LIMIT_CHARGE_CENTS || f->copay > LIMIT_CHARGE_CENTS)
        return refuse(out, OUTCOME_AMOUNT_LIMIT, LIMIT_CHARGE_CENTS, f->county);
    const struct m_commitment *k = commitment_of(m, f);
    if (k != NULL && m_committed(m, k->organiser, k->cost_code, k->year) + f->county > k->cents)
        return OUTCOME_COUNTY_BUDGET;
    return refuse(out, OUTCOME_ACCEPTED, available - wanted, wanted);
}

static enum outcome judge(const struct model *m, const struct m_act *a, struct case_file *f,
                          struct answer *out)
{
    enum outcome o = judge_provider_and_voucher(m, a, f);
    if (o == OUTCOME_ACCEPTED)
        o = judge_service(m, f, out);
    if (o == OUTCOME_ACCEPTED)
        o = judge_time(m, a, f, out);
    if (o == OUTCOME_ACCEPTED)
        o = judge_money(m, f, out);
    return o;
}

static void record(struct model *m, struct m_act *a, const struct case_file *f)
{
    struct m_charge *n = ADD(m->charges);
    int index = (int)m->charges_count - 1;
    *n = (struct m_charge){.provider = f->provider,
                           .voucher = f->voucher,
                           .older = f->v->newest_charge,
                           .service_day = f->service_day,
                           .start_ms = f->c->start_ms,
                           .end_ms = f->c->end_ms,
                           .quantity = f->c->quantity,
                           .county = f->county,
                           .state = f->service->review ? M_IN_REVIEW : M_APPROVED,
                           .batch_day = a->day};
    memcpy(n->id, f->c->id, sizeof(n->id));
    memcpy(n->service, f->c->service.bytes, f->c->service.len); /* it is known, so it fits */
    f->v->newest_charge = index;
    f->v->opened = true;
    if (f->service_day > f->v->last_service_day)
        f->v->last_service_day = f->service_day;
    a->accepted_charge = index;
}

void model_quote(const struct model *m, const char *provider, Saldo__V1__Charge *c)
{
    struct charge plain = {.quantity = c->quantity, .price_cents = c->price_cents};
    struct case_file f = {.c = &plain, .voucher = m_voucher(m, c->voucher)};
    if (f.voucher == NOBODY)
        return;
    f.v = &m->vouchers[f.voucher];
    f.service_index = m_service(m, f.v->organiser, c->service);
    if (f.service_index == NOBODY)
        return;
    f.service = &m->services[f.service_index];
    int day = m_local_day(c->start_ms);
    f.version = m_version_on(f.v, day);
    struct m_row key = {
        .kind = M_PRICE, .provider = m_provider(m, provider), .organiser = f.v->organiser};
    m_copy(key.service, c->service);
    m_copy(key.rate_class, c->rate_class);
    const struct m_row *price = m_row_on(m, &key, day);
    if (price != NULL)
        plain.price_cents = price->value;
    key.kind = M_RATE;
    key.provider = NOBODY;
    f.rate = m_row_on(m, &key, day);
    compute_shares(&f);
    c->price_cents = plain.price_cents;
    c->county_cents = f.county == NOT_SET ? 0 : f.county;
    c->copay_cents = f.county == NOT_SET ? 0 : f.copay;
}

void m_charge(struct model *m, struct m_act *a, const struct charge *c, struct answer *out)
{
    struct case_file f = {.c = c, .voucher = NOBODY};
    char number[NAME_SIZE];
    string_of(c->voucher, number);
    string_of(c->service, f.service_code);
    string_of(c->rate_class, f.rate_class);
    f.provider = m_provider(m, a->key->owner);
    f.voucher = m_voucher(m, number);
    if (f.voucher != NOBODY) {
        f.v = &m->vouchers[f.voucher];
        f.service_index = m_service(m, f.v->organiser, f.service_code);
        f.service = f.service_index == NOBODY ? NULL : &m->services[f.service_index];
    }
    f.service_day = m_local_day(c->start_ms);
    enum outcome o = judge(m, a, &f, out);
    out->code = (int32_t)o;
    if (o != OUTCOME_ACCEPTED)
        return;
    if (!f.service->review) /* who knows when it is approved */
        out->pays_on = m_pays_on(&m->organisers[f.v->organiser], a->day);
    record(m, a, &f);
}
