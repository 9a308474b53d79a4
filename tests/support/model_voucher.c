/* model_voucher.c - granting vouchers and everything that happens to them later. */
#include "tests/support/model_state.h"

/* ---- Granting ----------------------------------------------------------------------------------
 */

static bool services_ok(char *const *services, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!m_code_ok(services[i]))
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(services[i], services[j]) == 0)
                return false;
    }
    return count <= LIMIT_VOUCHER_SERVICES;
}

static bool allotment_ok(const Saldo__V1__GrantVoucher *g)
{
    bool balance = g->kind == SALDO__V1__VOUCHER_KIND__BALANCE;
    if (g->amount_cents < 0 || g->amount_cents > LIMIT_VOUCHER_CENTS || g->quota < 0 ||
        g->quota > LIMIT_QUOTA)
        return false;
    if (g->carry_over && (!balance || g->period != SALDO__V1__PERIOD__MONTHLY))
        return false;
    return balance ? g->quota == 0 : g->amount_cents == 0;
}

static bool grant_fields_ok(const Saldo__V1__GrantVoucher *g)
{
    return m_voucher_number_valid(g->number) && m_code_ok(g->organiser) &&
           m_text_ok(g->client, LIMIT_REFERENCE_BYTES) &&
           g->kind != SALDO__V1__VOUCHER_KIND__VOUCHER_KIND_NONE && g->n_services > 0 &&
           services_ok(g->services, g->n_services) && allotment_ok(g) &&
           g->period != SALDO__V1__PERIOD__PERIOD_NONE && m_span_ok(g->valid_from, g->valid_to) &&
           g->valid_to != 0 && m_text_ok(g->decision, LIMIT_REFERENCE_BYTES) &&
           m_code_or_none(g->cost_code) && m_value_ok(g->unit_value_cents, LIMIT_CHARGE_CENTS) &&
           m_code_or_none(g->reserved_for);
}

static enum outcome find_services(const struct model *m, int organiser, char *const *codes,
                                  size_t count, struct m_version *out)
{
    out->service_count = 0;
    for (size_t i = 0; i < count; i++) {
        int service = m_service(m, organiser, codes[i]);
        if (service == NOBODY)
            return OUTCOME_SERVICE_UNKNOWN;
        out->services[out->service_count++] = service;
    }
    return OUTCOME_ACCEPTED;
}

static bool one_unit(const struct model *m, const struct m_version *version)
{
    for (int i = 1; i < version->service_count; i++)
        if (m->services[version->services[i]].unit != m->services[version->services[0]].unit)
            return false;
    return true;
}

/* The voucher a grant describes, with one version; nothing of it in the model yet. */
struct grant {
    struct m_voucher voucher;
    struct m_version version;
};

static enum outcome grant_references(const struct model *m, const Saldo__V1__GrantVoucher *g,
                                     struct grant *out)
{
    struct m_voucher *v = &out->voucher;
    memset(out, 0, sizeof(*out));
    v->organiser = m_organiser(m, g->organiser);
    if (v->organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    enum outcome o = find_services(m, v->organiser, g->services, g->n_services, &out->version);
    if (o != OUTCOME_ACCEPTED)
        return o;
    v->reserved_for = g->reserved_for[0] == '\0' ? NOBODY : m_provider(m, g->reserved_for);
    if (g->reserved_for[0] != '\0' && v->reserved_for == NOBODY)
        return OUTCOME_PROVIDER_UNKNOWN;
    v->granted_for = v->reserved_for;
    m_copy(v->number, g->number);
    m_copy(v->client, g->client);
    m_copy(v->cost_code, g->cost_code);
    v->kind = (int)g->kind;
    v->period = (int)g->period;
    v->valid_from = g->valid_from;
    v->carry_over = g->carry_over;
    v->newest_charge = NOBODY;
    out->version.from = g->valid_from;
    out->version.valid_to = g->valid_to;
    out->version.allotment =
        g->kind == SALDO__V1__VOUCHER_KIND__BALANCE ? g->amount_cents : g->quota;
    out->version.unit_value = m_value(g->unit_value_cents);
    m_copy(out->version.decision, g->decision);
    return OUTCOME_ACCEPTED;
}

static bool same_version(const struct m_version *a, const struct m_version *b)
{
    return a->from == b->from && a->valid_to == b->valid_to && a->allotment == b->allotment &&
           a->unit_value == b->unit_value && a->service_count == b->service_count &&
           memcmp(a->services, b->services, (size_t)a->service_count * sizeof(int)) == 0 &&
           strcmp(a->decision, b->decision) == 0;
}

static bool same_grant(const struct m_voucher *old, const struct grant *g)
{
    const struct m_voucher *v = &g->voucher;
    return old->organiser == v->organiser && strcmp(old->client, v->client) == 0 &&
           strcmp(old->cost_code, v->cost_code) == 0 && old->kind == v->kind &&
           old->period == v->period && old->valid_from == v->valid_from &&
           old->carry_over == v->carry_over && old->granted_for == v->granted_for &&
           same_version(&old->versions[0], &g->version);
}

/* `is_new` says whether there is something to add. */
static enum outcome grant_judge(const struct model *m, const struct grant *g, bool *is_new)
{
    int old = m_voucher(m, g->voucher.number);
    *is_new = old == NOBODY;
    if (old != NOBODY)
        return same_grant(&m->vouchers[old], g) ? OUTCOME_ACCEPTED : OUTCOME_ROW_CONFLICT;
    if (g->voucher.kind == SALDO__V1__VOUCHER_KIND__QUANTITY && !one_unit(m, &g->version))
        return OUTCOME_FIELD_INVALID;
    return OUTCOME_ACCEPTED;
}

static void grant_add(struct model *m, const struct grant *g)
{
    struct m_voucher *v = ADD(m->vouchers);
    *v = g->voucher;
    v->versions = m_grow(NULL, &v->version_count, sizeof(*v->versions));
    v->versions[0] = g->version;
}

static enum outcome grant_voucher(struct model *m, const struct m_act *a,
                                  const Saldo__V1__GrantVoucher *c)
{
    if (!grant_fields_ok(c))
        return OUTCOME_FIELD_INVALID;
    static struct grant g;
    bool is_new = false;
    enum outcome o = grant_references(m, c, &g);
    if (o == OUTCOME_ACCEPTED && !m_in_scope(a, g.voucher.organiser))
        o = OUTCOME_SCOPE_NOT_ALLOWED;
    if (o == OUTCOME_ACCEPTED)
        o = grant_judge(m, &g, &is_new);
    if (o == OUTCOME_ACCEPTED && is_new)
        grant_add(m, &g);
    return o;
}

/* ---- Amending -----------------------------------------------------------------------------------
 */

static bool amend_fields_ok(const Saldo__V1__AmendVoucher *c)
{
    return m_day_ok(c->effective_from) && m_value_ok(c->amount_cents, LIMIT_VOUCHER_CENTS) &&
           m_value_ok(c->quota, LIMIT_QUOTA) && services_ok(c->services, c->n_services) &&
           (c->valid_to == 0 || m_day_ok(c->valid_to)) &&
           (c->valid_to == 0 || c->valid_to >= c->effective_from) &&
           m_value_ok(c->unit_value_cents, LIMIT_CHARGE_CENTS) &&
           m_text_ok(c->decision, LIMIT_REFERENCE_BYTES);
}

static void amended(const Saldo__V1__AmendVoucher *c, struct m_version *next)
{
    next->from = c->effective_from;
    if (c->amount_cents != NULL)
        next->allotment = c->amount_cents->value;
    if (c->quota != NULL)
        next->allotment = c->quota->value;
    if (c->valid_to != 0)
        next->valid_to = c->valid_to;
    if (c->unit_value_cents != NULL)
        next->unit_value = c->unit_value_cents->value;
    if (c->decision[0] != '\0')
        m_copy(next->decision, c->decision);
}

/* Cents for a BALANCE voucher, units for a QUANTITY one. */
static bool own_kind(const struct m_voucher *v, const Saldo__V1__AmendVoucher *c)
{
    return v->kind == SALDO__V1__VOUCHER_KIND__BALANCE ? c->quota == NULL : c->amount_cents == NULL;
}

/* A quota goes on being counted in hours, days or whatever it was granted in. */
static bool unit_of_grant(const struct model *m, const struct m_voucher *v,
                          const struct m_version *next)
{
    return one_unit(m, next) &&
           m->services[next->services[0]].unit == m->services[v->versions[0].services[0]].unit;
}

static enum outcome amend_judge(const struct model *m, const struct m_act *a,
                                const struct m_voucher *v, const Saldo__V1__AmendVoucher *c,
                                const struct m_version *next)
{
    if (v->voided || a->day >= m_final_day(m, v))
        return OUTCOME_VOUCHER_STATE;
    if (!own_kind(v, c))
        return OUTCOME_FIELD_INVALID;
    if (v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY && !unit_of_grant(m, v, next))
        return OUTCOME_FIELD_INVALID;
    if (c->effective_from < m_window_first(a->day) ||
        c->effective_from < v->versions[v->version_count - 1].from ||
        next->valid_to < c->effective_from)
        return OUTCOME_FIELD_INVALID;
    return OUTCOME_ACCEPTED;
}

static enum outcome amend_voucher(struct model *m, const struct m_act *a,
                                  const Saldo__V1__AmendVoucher *c)
{
    if (!amend_fields_ok(c))
        return OUTCOME_FIELD_INVALID;
    int index = m_voucher(m, c->number);
    if (index == NOBODY)
        return OUTCOME_VOUCHER_UNKNOWN;
    struct m_voucher *v = &m->vouchers[index];
    static struct m_version next;
    next = v->versions[v->version_count - 1];
    if (c->n_services > 0) {
        enum outcome found = find_services(m, v->organiser, c->services, c->n_services, &next);
        if (found != OUTCOME_ACCEPTED)
            return found;
    }
    if (!m_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    amended(c, &next);
    if (own_kind(v, c) && same_version(&next, &v->versions[v->version_count - 1]))
        return OUTCOME_ACCEPTED;
    enum outcome o = amend_judge(m, a, v, c, &next);
    if (o != OUTCOME_ACCEPTED)
        return o;
    /* Try it, look whether anything is overdrawn, and take it back if so. */
    v->versions = m_grow(v->versions, &v->version_count, sizeof(*v->versions));
    v->versions[v->version_count - 1] = next;
    bool overdrawn = m_overdrawn(m, v, a->day);
    if (!overdrawn && v->version_count <= LIMIT_VOUCHER_VERSIONS)
        return OUTCOME_ACCEPTED;
    v->version_count--;
    return overdrawn ? OUTCOME_ALLOTMENT_TOO_LOW : OUTCOME_LIMIT_REACHED;
}

/* ---- Ending
 * -------------------------------------------------------------------------------------- */

static enum outcome close_judge(const struct model *m, const struct m_act *a,
                                const struct m_voucher *v, int closed_on)
{
    if (v->voided)
        return OUTCOME_VOUCHER_STATE;
    if (v->closed_on != 0)
        return v->closed_on == closed_on ? OUTCOME_ACCEPTED : OUTCOME_VOUCHER_STATE;
    if (a->day >= m_final_day(m, v))
        return OUTCOME_VOUCHER_STATE;
    if (closed_on < v->valid_from || closed_on > m_end(v))
        return OUTCOME_FIELD_INVALID;
    if (m_live_count(m, v) > 0 && closed_on < v->last_service_day)
        return OUTCOME_VOUCHER_STATE;
    return OUTCOME_ACCEPTED;
}

static enum outcome void_judge(const struct model *m, const struct m_act *a,
                               const struct m_voucher *v)
{
    if (v->voided)
        return OUTCOME_ACCEPTED;
    if (m_live_count(m, v) > 0 || a->day > m_end(v))
        return OUTCOME_VOUCHER_STATE;
    return OUTCOME_ACCEPTED;
}

static enum outcome close_voucher(struct model *m, const struct m_act *a, struct m_voucher *v,
                                  int closed_on)
{
    enum outcome o = close_judge(m, a, v, closed_on);
    if (o == OUTCOME_ACCEPTED)
        v->closed_on = closed_on;
    return o;
}

static enum outcome void_voucher(struct model *m, const struct m_act *a, struct m_voucher *v)
{
    enum outcome o = void_judge(m, a, v);
    if (o == OUTCOME_ACCEPTED)
        v->voided = true;
    return o;
}

static bool convert_fields_ok(const Saldo__V1__ConvertVoucher *c)
{
    if (!m_day_ok(c->from_day) || c->n_into < 1 || c->n_into > LIMIT_CONVERT_INTO)
        return false;
    for (size_t i = 0; i < c->n_into; i++) {
        if (!grant_fields_ok(c->into[i]) || c->into[i]->valid_from != c->from_day ||
            strcmp(c->into[i]->number, c->number) == 0)
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(c->into[i]->number, c->into[j]->number) == 0)
                return false;
    }
    return true;
}

static enum outcome convert_voucher(struct model *m, const struct m_act *a,
                                    const Saldo__V1__ConvertVoucher *c)
{
    static struct grant grants[LIMIT_CONVERT_INTO];
    bool is_new[LIMIT_CONVERT_INTO] = {false};
    if (!convert_fields_ok(c))
        return OUTCOME_FIELD_INVALID;
    int index = m_voucher(m, c->number);
    if (index == NOBODY)
        return OUTCOME_VOUCHER_UNKNOWN;
    struct m_voucher *v = &m->vouchers[index];
    enum outcome o = OUTCOME_ACCEPTED;
    for (size_t i = 0; o == OUTCOME_ACCEPTED && i < c->n_into; i++)
        o = grant_references(m, c->into[i], &grants[i]);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (!m_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    for (size_t i = 0; i < c->n_into; i++)
        if (!m_in_scope(a, grants[i].voucher.organiser))
            return OUTCOME_SCOPE_NOT_ALLOWED;
    bool from_start = c->from_day == v->valid_from;
    o = from_start ? void_judge(m, a, v) : close_judge(m, a, v, c->from_day - 1);
    for (size_t i = 0; o == OUTCOME_ACCEPTED && i < c->n_into; i++) {
        if (grants[i].voucher.organiser != v->organiser ||
            strcmp(grants[i].voucher.client, v->client) != 0)
            return OUTCOME_FIELD_INVALID;
        o = grant_judge(m, &grants[i], &is_new[i]);
    }
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (from_start)
        v->voided = true;
    else
        v->closed_on = c->from_day - 1;
    for (size_t i = 0; i < c->n_into; i++)
        if (is_new[i])
            grant_add(m, &grants[i]);
    return OUTCOME_ACCEPTED;
}

/* ---- Reservations, suspensions, prior approvals
 * ---------------------------------------------------- */

static enum outcome reserve_voucher(const struct model *m, const struct m_act *a,
                                    struct m_voucher *v, const char *provider)
{
    int index = provider[0] == '\0' ? NOBODY : m_provider(m, provider);
    if (provider[0] != '\0' && index == NOBODY)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (!m_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    v->reserved_for = index;
    return OUTCOME_ACCEPTED;
}

static enum outcome add_suspension(struct m_voucher *v, const Saldo__V1__AddSuspension *c)
{
    for (size_t i = 0; i < v->suspension_count; i++)
        if (v->suspensions[i].from == c->from_day)
            return v->suspensions[i].to == m_last_day(c->to_day) ? OUTCOME_ACCEPTED
                                                                 : OUTCOME_ROW_CONFLICT;
    if (v->suspension_count + v->prior_count == LIMIT_VOUCHER_EXTRAS)
        return OUTCOME_LIMIT_REACHED;
    v->suspensions = m_grow(v->suspensions, &v->suspension_count, sizeof(*v->suspensions));
    struct m_interval *s = &v->suspensions[v->suspension_count - 1];
    s->from = c->from_day;
    s->to = m_last_day(c->to_day);
    return OUTCOME_ACCEPTED;
}

static enum outcome end_suspension(struct m_voucher *v, const Saldo__V1__EndSuspension *c)
{
    for (size_t i = 0; i < v->suspension_count; i++) {
        if (v->suspensions[i].from == c->from_day) {
            v->suspensions[i].to = c->to_day;
            return OUTCOME_ACCEPTED;
        }
    }
    return OUTCOME_ROW_UNKNOWN;
}

static enum outcome add_prior_approval(const struct model *m, const struct m_act *a,
                                       struct m_voucher *v, const Saldo__V1__AddPriorApproval *c)
{
    int service = m_service(m, v->organiser, c->service);
    if (service == NOBODY)
        return OUTCOME_SERVICE_UNKNOWN;
    if (!m_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    int to = m_last_day(c->valid_to);
    for (size_t i = 0; i < v->prior_count; i++) {
        const struct m_interval *p = &v->priors[i];
        if (p->service == service && p->from == c->valid_from)
            return p->to == to && strcmp(p->by, c->approved_by) == 0 ? OUTCOME_ACCEPTED
                                                                     : OUTCOME_ROW_CONFLICT;
    }
    if (v->suspension_count + v->prior_count == LIMIT_VOUCHER_EXTRAS)
        return OUTCOME_LIMIT_REACHED;
    v->priors = m_grow(v->priors, &v->prior_count, sizeof(*v->priors));
    struct m_interval *p = &v->priors[v->prior_count - 1];
    p->service = service;
    p->from = c->valid_from;
    p->to = to;
    m_copy(p->by, c->approved_by);
    return OUTCOME_ACCEPTED;
}

/* ---- Which
 * --------------------------------------------------------------------------------------------- */

/* The voucher a command names, and whether its own fields can be right at all. */
static bool fields_ok(const Saldo__V1__Command *c, const char **number)
{
    if (c->body_case == SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER) {
        *number = c->close_voucher->number;
        return m_day_ok(c->close_voucher->closed_on);
    }
    if (c->body_case == SALDO__V1__COMMAND__BODY_VOID_VOUCHER) {
        *number = c->void_voucher->number;
        return true;
    }
    if (c->body_case == SALDO__V1__COMMAND__BODY_RESERVE_VOUCHER) {
        *number = c->reserve_voucher->number;
        return m_code_or_none(c->reserve_voucher->provider);
    }
    if (c->body_case == SALDO__V1__COMMAND__BODY_ADD_SUSPENSION) {
        *number = c->add_suspension->number;
        return m_span_ok(c->add_suspension->from_day, c->add_suspension->to_day);
    }
    if (c->body_case == SALDO__V1__COMMAND__BODY_END_SUSPENSION) {
        *number = c->end_suspension->number;
        return m_span_ok(c->end_suspension->from_day, c->end_suspension->to_day) &&
               c->end_suspension->to_day != 0;
    }
    *number = c->add_prior_approval->number;
    return m_code_ok(c->add_prior_approval->service) &&
           m_span_ok(c->add_prior_approval->valid_from, c->add_prior_approval->valid_to) &&
           m_text_ok(c->add_prior_approval->approved_by, LIMIT_CODE_BYTES);
}

enum outcome m_voucher_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    Saldo__V1__Command__BodyCase body = c->body_case;
    if (body == SALDO__V1__COMMAND__BODY_GRANT_VOUCHER)
        return grant_voucher(m, a, c->grant_voucher);
    if (body == SALDO__V1__COMMAND__BODY_AMEND_VOUCHER)
        return amend_voucher(m, a, c->amend_voucher);
    if (body == SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER)
        return convert_voucher(m, a, c->convert_voucher);

    const char *number = NULL;
    if (!fields_ok(c, &number))
        return OUTCOME_FIELD_INVALID;
    int index = m_voucher(m, number);
    if (index == NOBODY)
        return OUTCOME_VOUCHER_UNKNOWN;
    struct m_voucher *v = &m->vouchers[index];
    if (body == SALDO__V1__COMMAND__BODY_RESERVE_VOUCHER)
        return reserve_voucher(m, a, v, c->reserve_voucher->provider);
    if (body == SALDO__V1__COMMAND__BODY_ADD_PRIOR_APPROVAL)
        return add_prior_approval(m, a, v, c->add_prior_approval);
    if (!m_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (body == SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER)
        return close_voucher(m, a, v, c->close_voucher->closed_on);
    if (body == SALDO__V1__COMMAND__BODY_VOID_VOUCHER)
        return void_voucher(m, a, v);
    if (body == SALDO__V1__COMMAND__BODY_ADD_SUSPENSION)
        return add_suspension(v, c->add_suspension);
    return end_suspension(v, c->end_suspension);
}
