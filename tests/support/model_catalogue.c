/* model_catalogue.c - organisers, services, windows, providers and dated rows. */
#include "tests/support/model_state.h"

/* A payment file can be written with it. */
static bool holder_ok(const char *name)
{
    static const char carried[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    return m_text_ok(name, LIMIT_NAME_BYTES) && (name[0] == '\0' || strpbrk(name, carried) != NULL);
}

static bool account_ok(const char *business_id, const char *iban)
{
    return (business_id[0] == '\0' || m_business_id_valid(business_id)) &&
           (iban[0] == '\0' || m_iban_valid(iban));
}

static bool payout_ok(const Saldo__V1__SetOrganiser *c)
{
    switch (c->payout_calendar) {
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_ON_COMMAND:
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY:
        return true;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_WEEKLY:
        return c->payout_day >= 1 && c->payout_day <= 7;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY:
        return c->payout_day >= 1 && c->payout_day <= 28;
    case _SALDO__V1__PAYOUT_CALENDAR_IS_INT_SIZE:
    default:
        return false;
    }
}

/* The IBAN that is replaced stands first among the former ones, the new one not among them. */
static void remember_iban(struct m_organiser *o, const char *next)
{
    struct m_organiser was = *o;
    int count = 0;
    for (int i = 0; i < LIMIT_FORMER_IBANS; i++)
        o->former[i][0] = '\0';
    for (int i = -1; i < LIMIT_FORMER_IBANS && count < LIMIT_FORMER_IBANS; i++) {
        const char *iban = i < 0 ? was.iban : was.former[i];
        if (iban[0] != '\0' && strcmp(iban, next) != 0)
            m_copy(o->former[count++], iban);
    }
}

const char *model_former_iban(const struct model *m, const char *organiser, size_t index)
{
    const struct m_organiser *o = &m->organisers[m_organiser(m, organiser)];
    return index < LIMIT_FORMER_IBANS && o->former[index][0] != '\0' ? o->former[index] : NULL;
}

static enum outcome set_organiser(struct model *m, const struct m_act *a,
                                  const Saldo__V1__SetOrganiser *c)
{
    if (!m_code_ok(c->code) || !m_text_ok(c->name, LIMIT_NAME_BYTES) ||
        !holder_ok(c->account_name) || !account_ok(c->business_id, c->iban) || !payout_ok(c) ||
        c->payout_minimum_cents < 0 || c->payout_minimum_cents > LIMIT_VOUCHER_CENTS ||
        !m_value_ok(c->grace_days, 3650))
        return OUTCOME_FIELD_INVALID;
    int index = m_organiser(m, c->code);
    if (a->key->organiser != NOBODY && a->key->organiser != index)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    int grace = c->grace_days == NULL ? 30 : (int)c->grace_days->value;
    if (index != NOBODY && (strcmp(m->organisers[index].business_id, c->business_id) != 0 ||
                            m->organisers[index].grace != grace))
        return OUTCOME_ROW_CONFLICT;
    struct m_organiser *o = index == NOBODY ? ADD(m->organisers) : &m->organisers[index];
    m_copy(o->code, c->code);
    m_copy(o->name, c->name);
    m_copy(o->business_id, c->business_id);
    if (strcmp(o->iban, c->iban) != 0)
        remember_iban(o, c->iban);
    m_copy(o->iban, c->iban);
    m_copy(o->account_name, c->account_name);
    o->calendar = (int)c->payout_calendar;
    o->payout_day = c->payout_day;
    o->minimum = c->payout_minimum_cents;
    o->grace = grace;
    return OUTCOME_ACCEPTED;
}

static enum outcome set_service(struct model *m, const struct m_act *a,
                                const Saldo__V1__SetService *c)
{
    if (!m_code_ok(c->organiser) || !m_code_ok(c->code) || !m_text_ok(c->group, LIMIT_NAME_BYTES) ||
        !m_text_ok(c->name_fi, LIMIT_NAME_BYTES) || !m_text_ok(c->name_en, LIMIT_NAME_BYTES) ||
        c->unit == SALDO__V1__UNIT__UNIT_NONE || c->increment < 1 ||
        c->increment > LIMIT_QUANTITY || !m_value_ok(c->max_charge_cents, LIMIT_CHARGE_CENTS))
        return OUTCOME_FIELD_INVALID;
    int organiser = m_organiser(m, c->organiser);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    int index = m_service(m, organiser, c->code);
    if (index != NOBODY && m->services[index].unit != (int)c->unit)
        return OUTCOME_ROW_CONFLICT;
    struct m_service *s = index == NOBODY ? ADD(m->services) : &m->services[index];
    s->organiser = organiser;
    m_copy(s->code, c->code);
    s->unit = (int)c->unit;
    s->increment = c->increment;
    s->copay_allowed = c->copay_allowed;
    s->prior_approval = c->prior_approval;
    s->review = c->review;
    s->overlap_allowed = c->overlap_allowed;
    s->share_rule = (int)c->share_rule;
    s->max_charge = m_value(c->max_charge_cents);
    return OUTCOME_ACCEPTED;
}

static enum outcome add_rate_window(struct model *m, const struct m_act *a,
                                    const Saldo__V1__AddRateWindow *c)
{
    if (!m_code_ok(c->organiser) || c->rate_class[0] == '\0' || !m_class_ok(c->rate_class) ||
        c->day_kind == SALDO__V1__DAY_KIND__DAY_KIND_NONE || c->from_minute < 0 ||
        c->to_minute > 1440 || c->from_minute >= c->to_minute)
        return OUTCOME_FIELD_INVALID;
    int organiser = m_organiser(m, c->organiser);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct m_window *w = ADD(m->windows); /* the same twice does no harm */
    w->organiser = organiser;
    m_copy(w->rate_class, c->rate_class);
    w->kind = (int)c->day_kind;
    w->from = c->from_minute;
    w->to = c->to_minute;
    return OUTCOME_ACCEPTED;
}

static enum outcome set_provider(struct model *m, const struct m_act *a,
                                 const Saldo__V1__SetProvider *c)
{
    if (!m_code_ok(c->id) || !m_text_ok(c->name, LIMIT_NAME_BYTES) || !holder_ok(c->account_name) ||
        !account_ok(c->business_id, c->iban))
        return OUTCOME_FIELD_INVALID;
    if (a->key->organiser != NOBODY)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    int index = m_provider(m, c->id);
    if (index != NOBODY && (strcmp(m->providers[index].iban, c->iban) != 0 ||
                            strcmp(m->providers[index].account_name, c->account_name) != 0))
        return OUTCOME_SECOND_OFFICER_REQUIRED;
    struct m_provider *p = index == NOBODY ? ADD(m->providers) : &m->providers[index];
    m_copy(p->id, c->id);
    m_copy(p->name, c->name);
    m_copy(p->business_id, c->business_id);
    m_copy(p->iban, c->iban);
    m_copy(p->account_name, c->account_name);
    p->blocked = c->blocked;
    m_hold_again(m);
    return OUTCOME_ACCEPTED;
}

static enum outcome change_provider_account(struct model *m, const struct m_act *a,
                                            const Saldo__V1__ChangeProviderAccount *c)
{
    if (!m_code_ok(c->provider) || !holder_ok(c->account_name) || !account_ok("", c->iban))
        return OUTCOME_FIELD_INVALID;
    int index = m_provider(m, c->provider);
    if (index == NOBODY)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (a->key->organiser != NOBODY)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct m_provider *p = &m->providers[index];
    if (!p->noted && strcmp(p->iban, c->iban) == 0 && strcmp(p->account_name, c->account_name) == 0)
        return OUTCOME_ACCEPTED;
    bool same = p->noted && strcmp(p->noted_iban, c->iban) == 0 &&
                strcmp(p->noted_name, c->account_name) == 0;
    if (same && !m_same_person(a, p->noted_by)) {
        m_copy(p->iban, c->iban);
        m_copy(p->account_name, c->account_name);
        p->noted = false;
        p->bank_hold = false;
        m_hold_again(m);
        return OUTCOME_ACCEPTED;
    }
    if (!same) {
        p->noted = true;
        m_copy(p->noted_iban, c->iban);
        m_copy(p->noted_name, c->account_name);
        m_copy(p->noted_by, a->key->owner);
        m_hold_again(m);
    }
    return OUTCOME_SECOND_OFFICER_REQUIRED;
}

/* What rates, approvals and prices have in common: references, scope, and the dated key. */
struct dated {
    struct m_row row;
    const char *provider; /* NULL for rates */
    const char *organiser;
};

static struct m_row *same_key(struct model *m, const struct m_row *key)
{
    for (size_t i = 0; i < m->rows_count; i++) {
        struct m_row *r = &m->rows[i];
        if (r->kind == key->kind && r->provider == key->provider &&
            r->organiser == key->organiser && r->from == key->from &&
            strcmp(r->service, key->service) == 0 && strcmp(r->rate_class, key->rate_class) == 0)
            return r;
    }
    return NULL;
}

static enum outcome find_references(const struct model *m, const struct m_act *a, struct dated *d)
{
    struct m_row *row = &d->row;
    row->provider = d->provider == NULL ? NOBODY : m_provider(m, d->provider);
    if (d->provider != NULL && row->provider == NOBODY)
        return OUTCOME_PROVIDER_UNKNOWN;
    row->organiser = m_organiser(m, d->organiser);
    if (row->organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (m_service(m, row->organiser, row->service) == NOBODY)
        return OUTCOME_SERVICE_UNKNOWN;
    if (!m_class_known(m, row->organiser, row->rate_class))
        return OUTCOME_RATE_CLASS_UNKNOWN;
    return m_in_scope(a, row->organiser) ? OUTCOME_ACCEPTED : OUTCOME_SCOPE_NOT_ALLOWED;
}

static enum outcome add_row(struct model *m, const struct m_act *a, struct dated *d)
{
    enum outcome o = find_references(m, a, d);
    if (o != OUTCOME_ACCEPTED)
        return o;
    const struct m_row *row = &d->row;
    const struct m_row *old = same_key(m, row);
    if (old == NULL) {
        *ADD(m->rows) = *row;
        return OUTCOME_ACCEPTED;
    }
    bool same = old->to == row->to && old->value == row->value && old->cap == row->cap &&
                old->copay == row->copay && strcmp(old->source, row->source) == 0;
    return same ? OUTCOME_ACCEPTED : OUTCOME_ROW_CONFLICT;
}

static enum outcome add_rate(struct model *m, const struct m_act *a, const Saldo__V1__AddRate *c)
{
    if (!m_code_ok(c->organiser) || !m_code_ok(c->service) || !m_class_ok(c->rate_class) ||
        !m_span_ok(c->valid_from, c->valid_to) ||
        !m_value_ok(c->unit_value_cents, LIMIT_CHARGE_CENTS) ||
        !m_value_ok(c->price_cap_cents, LIMIT_CHARGE_CENTS) ||
        !m_value_ok(c->copay_cents, LIMIT_CHARGE_CENTS))
        return OUTCOME_FIELD_INVALID;
    struct dated d = {.organiser = c->organiser,
                      .row = {.kind = M_RATE,
                              .from = c->valid_from,
                              .to = m_last_day(c->valid_to),
                              .value = m_value(c->unit_value_cents),
                              .cap = m_value(c->price_cap_cents),
                              .copay = m_value(c->copay_cents)}};
    m_copy(d.row.service, c->service);
    m_copy(d.row.rate_class, c->rate_class);
    return add_row(m, a, &d);
}

static enum outcome add_approval(struct model *m, const struct m_act *a,
                                 const Saldo__V1__AddApproval *c)
{
    if (!m_code_ok(c->provider) || !m_code_ok(c->organiser) || !m_code_ok(c->service) ||
        !m_span_ok(c->valid_from, c->valid_to) || !m_text_ok(c->register_, LIMIT_CODE_BYTES))
        return OUTCOME_FIELD_INVALID;
    struct dated d = {
        .provider = c->provider,
        .organiser = c->organiser,
        .row = {.kind = M_APPROVAL, .from = c->valid_from, .to = m_last_day(c->valid_to)}};
    m_copy(d.row.service, c->service);
    m_copy(d.row.source, c->register_);
    return add_row(m, a, &d);
}

static enum outcome end_approval(struct model *m, const struct m_act *a,
                                 const Saldo__V1__EndApproval *c)
{
    if (!m_code_ok(c->provider) || !m_code_ok(c->organiser) || !m_code_ok(c->service) ||
        !m_span_ok(c->valid_from, c->valid_to) || c->valid_to == 0)
        return OUTCOME_FIELD_INVALID;
    struct dated d = {.provider = c->provider,
                      .organiser = c->organiser,
                      .row = {.kind = M_APPROVAL, .from = c->valid_from}};
    m_copy(d.row.service, c->service);
    enum outcome o = find_references(m, a, &d);
    if (o != OUTCOME_ACCEPTED)
        return o;
    struct m_row *old = same_key(m, &d.row);
    if (old == NULL)
        return OUTCOME_ROW_UNKNOWN;
    if (c->valid_to != old->to && c->valid_to < m_window_first(a->day) - 1)
        return OUTCOME_FIELD_INVALID;
    old->to = c->valid_to;
    return OUTCOME_ACCEPTED;
}

static enum outcome add_price(struct model *m, const struct m_act *a, const Saldo__V1__AddPrice *c)
{
    if (!m_code_ok(c->provider) || !m_code_ok(c->organiser) || !m_code_ok(c->service) ||
        !m_class_ok(c->rate_class) || !m_span_ok(c->valid_from, c->valid_to) ||
        c->price_cents < 0 || c->price_cents > LIMIT_CHARGE_CENTS)
        return OUTCOME_FIELD_INVALID;
    struct dated d = {.provider = c->provider,
                      .organiser = c->organiser,
                      .row = {.kind = M_PRICE,
                              .from = c->valid_from,
                              .to = m_last_day(c->valid_to),
                              .value = c->price_cents}};
    m_copy(d.row.service, c->service);
    m_copy(d.row.rate_class, c->rate_class);
    return add_row(m, a, &d);
}

enum outcome m_catalogue_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    Saldo__V1__Command__BodyCase body = c->body_case;
    if (body == SALDO__V1__COMMAND__BODY_SET_ORGANISER)
        return set_organiser(m, a, c->set_organiser);
    if (body == SALDO__V1__COMMAND__BODY_SET_SERVICE)
        return set_service(m, a, c->set_service);
    if (body == SALDO__V1__COMMAND__BODY_ADD_RATE_WINDOW)
        return add_rate_window(m, a, c->add_rate_window);
    if (body == SALDO__V1__COMMAND__BODY_ADD_RATE)
        return add_rate(m, a, c->add_rate);
    if (body == SALDO__V1__COMMAND__BODY_SET_PROVIDER)
        return set_provider(m, a, c->set_provider);
    if (body == SALDO__V1__COMMAND__BODY_CHANGE_PROVIDER_ACCOUNT)
        return change_provider_account(m, a, c->change_provider_account);
    if (body == SALDO__V1__COMMAND__BODY_ADD_APPROVAL)
        return add_approval(m, a, c->add_approval);
    if (body == SALDO__V1__COMMAND__BODY_END_APPROVAL)
        return end_approval(m, a, c->end_approval);
    return add_price(m, a, c->add_price);
}
