/* model_payment.c - payouts, the officers who let them go, and the lines of the bank. What is owed,
 * on its way or paid is summed over all batches and payouts each time. */
#include "tests/support/model_state.h"

static bool in_state(const struct model_payout *p, const char *one, const char *other)
{
    return strcmp(p->state, one) == 0 || strcmp(p->state, other) == 0;
}

static int64_t cents_in(const struct model *m, const char *organiser, const char *provider,
                        const char *one, const char *other)
{
    int64_t cents = 0;
    for (size_t i = 0; i < m->payouts_count; i++) {
        const struct model_payout *p = &m->payouts[i];
        if (strcmp(p->organiser, organiser) == 0 &&
            (provider == NULL || strcmp(p->provider, provider) == 0) && in_state(p, one, other))
            cents += p->cents;
    }
    return cents;
}

/* All batches; `provider` NULL: of all. */
static int64_t cents_settled(const struct model *m, const char *organiser, const char *provider)
{
    int64_t cents = 0;
    for (size_t i = 0; i < m->lines_count; i++)
        if (strcmp(m->lines[i].organiser, organiser) == 0 &&
            (provider == NULL || strcmp(m->lines[i].provider, provider) == 0))
            cents += m->lines[i].cents;
    return cents;
}

struct model_payable model_payable(const struct model *m, const char *organiser,
                                   const char *provider)
{
    struct model_payable p;
    p.in_payouts = cents_in(m, organiser, provider, "PLANNED", "HELD");
    p.cents = cents_settled(m, organiser, provider) - p.in_payouts -
              cents_in(m, organiser, provider, "EXPORTED", "ACCEPTED") -
              cents_in(m, organiser, provider, "PAID", "PAID");
    return p;
}

struct model_money model_money(const struct model *m, const char *organiser)
{
    struct model_money money;
    money.in_transit = cents_in(m, organiser, NULL, "EXPORTED", "ACCEPTED");
    money.bank = cents_in(m, organiser, NULL, "PAID", "PAID");
    money.payable = cents_settled(m, organiser, NULL) - money.in_transit - money.bank;
    return money;
}

/* ---- Runs -------------------------------------------------------------------------------------
 */

static const char *why_held(const struct m_provider *p)
{
    if (p->blocked)
        return "BLOCKED";
    if (p->noted)
        return "ACCOUNT_CHANGE";
    if (p->iban[0] == '\0' || p->account_name[0] == '\0' || p->business_id[0] == '\0')
        return "NO_ACCOUNT";
    return p->bank_hold ? "BANK" : "";
}

static void hold_or_plan(const struct model *m, struct model_payout *p)
{
    p->reason = why_held(&m->providers[m_provider(m, p->provider)]);
    p->state = p->reason[0] == '\0' ? "PLANNED" : "HELD";
}

void m_hold_again(struct model *m)
{
    for (size_t i = 0; i < m->payouts_count; i++)
        if (m->payouts[i].planned)
            hold_or_plan(m, &m->payouts[i]);
}

static void decide(const struct model *m, struct model_payout *p, int64_t minimum)
{
    p->state = "CARRIED";
    p->reason = p->cents <= 0 ? "NOT_POSITIVE" : "MINIMUM";
    if (p->cents > 0 && p->cents >= minimum) {
        hold_or_plan(m, p);
        p->planned = strcmp(p->state, "PLANNED") == 0;
    }
}

void m_run_payouts(struct model *m, int organiser, int day)
{
    const struct m_organiser *o = &m->organisers[organiser];
    bool any = false;
    for (size_t i = 0; i < m->providers_count; i++) {
        int64_t cents = model_payable(m, o->code, m->providers[i].id).cents;
        if (cents == 0)
            continue;
        struct model_payout *p = ADD(m->payouts);
        p->run_day = day;
        p->execution_day = m_bank_day_from(day + 1);
        p->cents = cents;
        memcpy(p->organiser, o->code, sizeof(p->organiser));
        memcpy(p->provider, m->providers[i].id, sizeof(p->provider));
        decide(m, p, o->minimum);
        any = true;
    }
    if (any)
        *ADD(m->runs) = (struct m_run){.day = day, .organiser = organiser};
}

static struct m_run *find_run(struct model *m, int organiser, int day)
{
    for (size_t i = 0; i < m->runs_count; i++)
        if (m->runs[i].organiser == organiser && m->runs[i].day == day)
            return &m->runs[i];
    return NULL;
}

static bool belongs(const struct model *m, const struct m_run *r, const struct model_payout *p)
{
    return p->run_day == r->day && strcmp(p->organiser, m->organisers[r->organiser].code) == 0;
}

struct figures {
    int64_t payouts, cents;
};

static struct figures planned(const struct model *m, const struct m_run *r)
{
    struct figures f = {0, 0};
    for (size_t i = 0; i < m->payouts_count; i++) {
        if (belongs(m, r, &m->payouts[i]) && strcmp(m->payouts[i].state, "PLANNED") == 0) {
            f.payouts++;
            f.cents += m->payouts[i].cents;
        }
    }
    return f;
}

/* ---- Commands ---------------------------------------------------------------------------------
 */

static enum outcome start_run(struct model *m, const struct m_act *a,
                              const Saldo__V1__StartPayoutRun *c)
{
    if (!m_code_ok(c->organiser))
        return OUTCOME_FIELD_INVALID;
    int organiser = m_organiser(m, c->organiser);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (m->settled_through == 0)
        return OUTCOME_ROW_UNKNOWN;
    if (find_run(m, organiser, m->settled_through) != NULL)
        return OUTCOME_ROW_CONFLICT;
    m_run_payouts(m, organiser, m->settled_through);
    return OUTCOME_ACCEPTED;
}

struct signed_run {
    const char *organiser;
    int day;
    struct figures figures;
};

static enum outcome named_run(struct model *m, const struct m_act *a, const struct signed_run *s,
                              struct m_run **run)
{
    if (!m_code_ok(s->organiser) || !m_day_ok(s->day) || s->figures.payouts < 0 ||
        s->figures.cents < 0)
        return OUTCOME_FIELD_INVALID;
    int organiser = m_organiser(m, s->organiser);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    *run = find_run(m, organiser, s->day);
    return *run == NULL ? OUTCOME_ROW_UNKNOWN : OUTCOME_ACCEPTED;
}

static bool agree(struct m_act *a, struct figures has, struct figures says)
{
    if (has.payouts == says.payouts && has.cents == says.cents)
        return true;
    a->have = has.cents;
    a->need = says.cents;
    return false;
}

static enum outcome prepare_run(struct model *m, struct m_act *a,
                                const Saldo__V1__PreparePayoutRun *c)
{
    struct signed_run s = {c->organiser, c->run_day, {c->payouts, c->cents}};
    struct m_run *r = NULL;
    enum outcome o = named_run(m, a, &s, &r);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (r->released_by[0] != '\0')
        return OUTCOME_PAYOUT_STATE;
    if (!agree(a, planned(m, r), s.figures))
        return OUTCOME_AMOUNT_MISMATCH;
    m_copy(r->prepared_by, a->key->owner);
    r->payouts = c->payouts;
    r->cents = c->cents;
    for (size_t i = 0; i < m->payouts_count; i++)
        if (belongs(m, r, &m->payouts[i]))
            m->payouts[i].prepared = strcmp(m->payouts[i].state, "PLANNED") == 0;
    return OUTCOME_ACCEPTED;
}

/* Planned now are those, and only those, that were prepared. */
static bool as_prepared(const struct model *m, const struct m_run *r)
{
    for (size_t i = 0; i < m->payouts_count; i++) {
        const struct model_payout *p = &m->payouts[i];
        if (belongs(m, r, p) && p->prepared != (strcmp(p->state, "PLANNED") == 0))
            return false;
    }
    return r->prepared_by[0] != '\0';
}

static enum outcome release_run(struct model *m, struct m_act *a,
                                const Saldo__V1__ReleasePayoutRun *c)
{
    struct signed_run s = {c->organiser, c->run_day, {c->payouts, c->cents}};
    struct m_run *r = NULL;
    enum outcome o = named_run(m, a, &s, &r);
    if (o != OUTCOME_ACCEPTED)
        return o;
    bool before = r->released_by[0] != '\0';
    if (before && strcmp(r->released_by, a->key->owner) != 0)
        return OUTCOME_PAYOUT_STATE;
    if (!before && !as_prepared(m, r))
        return OUTCOME_PAYOUT_STATE;
    if (!agree(a, (struct figures){r->payouts, r->cents}, s.figures))
        return OUTCOME_AMOUNT_MISMATCH;
    if (strcmp(r->prepared_by, a->key->owner) == 0)
        return OUTCOME_SECOND_OFFICER_REQUIRED;
    if (before)
        return OUTCOME_ACCEPTED;
    m_copy(r->released_by, a->key->owner);
    for (size_t i = 0; i < m->payouts_count; i++) {
        struct model_payout *p = &m->payouts[i];
        if (!belongs(m, r, p))
            continue;
        p->planned = false;
        if (strcmp(p->state, "PLANNED") == 0) {
            p->state = "EXPORTED";
            if (p->execution_day < a->day)
                p->execution_day = m_bank_day_from(a->day);
        }
    }
    return OUTCOME_ACCEPTED;
}

static struct model_payout *find_payout(struct model *m, const char *organiser,
                                        const char *provider, int day)
{
    for (size_t i = 0; i < m->payouts_count; i++) {
        struct model_payout *p = &m->payouts[i];
        if (p->run_day == day && strcmp(p->organiser, organiser) == 0 &&
            strcmp(p->provider, provider) == 0)
            return p;
    }
    return NULL;
}

static enum outcome release_held(struct model *m, const struct m_act *a,
                                 const Saldo__V1__ReleaseHeldPayout *c)
{
    if (!m_code_ok(c->organiser) || !m_code_ok(c->provider) || !m_day_ok(c->run_day) ||
        !m_text_ok(c->reason, LIMIT_TEXT_BYTES))
        return OUTCOME_FIELD_INVALID;
    int organiser = m_organiser(m, c->organiser);
    int provider = m_provider(m, c->provider);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (provider == NOBODY)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct model_payout *p = find_payout(m, c->organiser, c->provider, c->run_day);
    if (p == NULL)
        return OUTCOME_ROW_UNKNOWN;
    if (strcmp(p->state, "HELD") != 0)
        return OUTCOME_PAYOUT_STATE;
    struct m_run *r = find_run(m, organiser, c->run_day);
    const char *why = why_held(&m->providers[provider]);
    bool open = r->released_by[0] == '\0';
    if (open && why[0] != '\0' && strcmp(why, "BANK") != 0)
        return OUTCOME_PAYOUT_STATE; /* it would be held again at once */
    if (c->reason[0] == '\0')
        return OUTCOME_REASON_REQUIRED;
    m->providers[provider].bank_hold = false;
    p->planned = open;
    if (open)
        r->prepared_by[0] = '\0';
    else
        p->state = "CARRIED";
    m_hold_again(m);
    return OUTCOME_ACCEPTED;
}

/* ---- The bank ---------------------------------------------------------------------------------
 */

static bool event_fields(const Saldo__V1__RecordBankEvent *c)
{
    bool payout_named = m_code_ok(c->provider) && m_day_ok(c->run_day);
    if (c->line.len != LIMIT_HASH_BYTES || !m_code_ok(c->organiser) || c->cents < 1 ||
        c->cents > LIMIT_VOUCHER_CENTS || !m_text_ok(c->reason, 40) || !m_text_ok(c->file, 40))
        return false;
    switch ((int)c->kind) {
    case SALDO__V1__BANK_EVENT_KIND__BANK_ACCEPTED:
    case SALDO__V1__BANK_EVENT_KIND__BANK_REJECTED:
    case SALDO__V1__BANK_EVENT_KIND__BANK_NAME_MISMATCH:
        return payout_named && !c->credit && c->day == 0;
    case SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED:
        return payout_named && !c->credit && m_day_ok(c->day);
    case SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED:
        return payout_named && c->credit && m_day_ok(c->day);
    case SALDO__V1__BANK_EVENT_KIND__BANK_UNMATCHED:
        return c->provider[0] == '\0' && c->run_day == 0 && m_day_ok(c->day);
    default:
        return false;
    }
}

static const struct model_bank_line *find_line(const struct model *m, const uint8_t *line)
{
    for (size_t i = 0; i < m->bank_lines_count; i++)
        if (memcmp(m->bank_lines[i].line, line, LIMIT_HASH_BYTES) == 0)
            return &m->bank_lines[i];
    return NULL;
}

static bool says_the_same(const struct model_bank_line *l, const Saldo__V1__RecordBankEvent *c)
{
    return l->kind == (int)c->kind && strcmp(l->organiser, c->organiser) == 0 &&
           strcmp(l->provider, c->provider) == 0 && l->run_day == c->run_day &&
           l->cents == c->cents && l->credit == (c->credit != 0) && l->day == c->day &&
           strcmp(l->reason, c->reason) == 0;
}

/* What becomes of a payout in a state; NULL: that cannot be. */
static const char *next_state(const struct model_payout *p, Saldo__V1__BankEventKind kind)
{
    bool out = in_state(p, "EXPORTED", "ACCEPTED");
    switch ((int)kind) {
    case SALDO__V1__BANK_EVENT_KIND__BANK_ACCEPTED:
        return out ? "ACCEPTED" : in_state(p, "PAID", "RETURNED") ? p->state : NULL;
    case SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED:
        return out ? "PAID" : NULL;
    case SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED:
        return in_state(p, "PAID", "PAID") ? "RETURNED" : NULL;
    default:
        return out ? "REJECTED" : NULL;
    }
}

static void payout_becomes(struct model *m, struct model_payout *p, const char *state,
                           const Saldo__V1__RecordBankEvent *c)
{
    p->state = state;
    if (c->day != 0)
        p->booked_day = c->day;
    if (strcmp(state,
               c->kind == SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED ? "RETURNED" : "REJECTED") != 0)
        return;
    memset(p->bank_reason, 0, sizeof(p->bank_reason));
    memcpy(p->bank_reason, c->reason, strlen(c->reason));
    m->providers[m_provider(m, p->provider)].bank_hold = true;
    m_hold_again(m);
}

static void keep_line(struct model *m, const Saldo__V1__RecordBankEvent *c)
{
    struct model_bank_line *l = ADD(m->bank_lines);
    memcpy(l->line, c->line.data, sizeof(l->line));
    l->kind = (int)c->kind;
    memcpy(l->organiser, c->organiser, strlen(c->organiser));
    memcpy(l->provider, c->provider, strlen(c->provider));
    l->run_day = c->run_day;
    l->cents = c->cents;
    l->credit = c->credit;
    l->day = c->day;
    memcpy(l->reason, c->reason, strlen(c->reason));
}

static enum outcome record_event(struct model *m, struct m_act *a,
                                 const Saldo__V1__RecordBankEvent *c)
{
    if (!event_fields(c))
        return OUTCOME_FIELD_INVALID;
    bool matched = c->kind != SALDO__V1__BANK_EVENT_KIND__BANK_UNMATCHED;
    int organiser = m_organiser(m, c->organiser);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (matched && m_provider(m, c->provider) == NOBODY)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct model_payout *p = find_payout(m, c->organiser, c->provider, c->run_day);
    if (matched && p == NULL)
        return OUTCOME_ROW_UNKNOWN;
    const struct model_bank_line *known = find_line(m, c->line.data);
    if (known != NULL)
        return says_the_same(known, c) ? OUTCOME_ACCEPTED : OUTCOME_ROW_CONFLICT;
    if (matched && p->cents != c->cents) {
        a->have = p->cents;
        a->need = c->cents;
        return OUTCOME_AMOUNT_MISMATCH;
    }
    const char *next = matched ? next_state(p, c->kind) : NULL;
    if (matched && next == NULL)
        return OUTCOME_PAYOUT_STATE;
    if (matched && strcmp(next, p->state) != 0)
        payout_becomes(m, p, next, c);
    keep_line(m, c);
    return OUTCOME_ACCEPTED;
}

enum outcome m_payment_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    if (c->body_case == SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN)
        return start_run(m, a, c->start_payout_run);
    if (c->body_case == SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN)
        return prepare_run(m, a, c->prepare_payout_run);
    if (c->body_case == SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN)
        return release_run(m, a, c->release_payout_run);
    if (c->body_case == SALDO__V1__COMMAND__BODY_RELEASE_HELD_PAYOUT)
        return release_held(m, a, c->release_held_payout);
    return record_event(m, a, c->record_bank_event);
}

/* ---- What it knows ----------------------------------------------------------------------------
 */

const struct model_payout *model_payout(const struct model *m, size_t index)
{
    return index < m->payouts_count ? &m->payouts[index] : NULL;
}

const struct model_bank_line *model_bank_line(const struct model *m, size_t index)
{
    return index < m->bank_lines_count ? &m->bank_lines[index] : NULL;
}

size_t model_run_count(const struct model *m)
{
    return m->runs_count;
}

bool model_run(const struct model *m, size_t index, struct model_run *out)
{
    if (index >= m->runs_count)
        return false;
    const struct m_run *r = &m->runs[index];
    bool released = r->released_by[0] != '\0';
    struct figures now = planned(m, r);
    memset(out, 0, sizeof(*out));
    out->day = r->day;
    memcpy(out->organiser, m->organisers[r->organiser].code, sizeof(out->organiser));
    out->payouts = released ? r->payouts : now.payouts;
    out->cents = released ? r->cents : now.cents;
    out->state = released ? "RELEASED" : r->prepared_by[0] != '\0' ? "PREPARED" : "OPEN";
    out->prepared_by = r->prepared_by;
    out->released_by = r->released_by;
    return true;
}
