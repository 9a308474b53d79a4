/* model_payment.c - payouts, and the officers who let them go. What is owed, on its way or paid is
 * summed over all batches and payouts each time. */
#include "tests/support/model_state.h"

#include <stdio.h>

#include "payment.h"

static bool in_state(const struct model_payout *p, const char *one, const char *other)
{
    return strcmp(p->state, one) == 0 || strcmp(p->state, other) == 0;
}

bool model_payout_under_way(const struct model_payout *p)
{
    return in_state(p, "EXPORTED", "ACCEPTED") ||
           (strcmp(p->state, "HELD") == 0 && strcmp(p->reason, "NAME") == 0);
}

enum place { WAITING, UNDER_WAY, PAID, NOWHERE };

static enum place place_of(const struct model_payout *p)
{
    if (model_payout_under_way(p))
        return UNDER_WAY;
    return in_state(p, "PLANNED", "HELD") ? WAITING : in_state(p, "PAID", "PAID") ? PAID : NOWHERE;
}

static int64_t cents_at(const struct model *m, const char *organiser, const char *provider,
                        enum place place)
{
    int64_t cents = 0;
    for (size_t i = 0; i < m->payouts_count; i++) {
        const struct model_payout *p = &m->payouts[i];
        if (strcmp(p->organiser, organiser) == 0 &&
            (provider == NULL || strcmp(p->provider, provider) == 0) && place_of(p) == place)
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
    p.in_payouts = cents_at(m, organiser, provider, WAITING);
    p.cents = cents_settled(m, organiser, provider) - p.in_payouts -
              cents_at(m, organiser, provider, UNDER_WAY) - cents_at(m, organiser, provider, PAID);
    return p;
}

struct model_money model_money(const struct model *m, const char *organiser)
{
    struct model_money money;
    money.in_transit = cents_at(m, organiser, NULL, UNDER_WAY);
    money.bank = cents_at(m, organiser, NULL, PAID);
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
    const size_t first = m->payouts_count;
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
    }
    if (m->payouts_count != first)
        *ADD(m->runs) = (struct m_run){
            .day = day, .organiser = organiser, .first = first, .end = m->payouts_count};
}

struct m_run *m_find_run(struct model *m, int organiser, int day)
{
    for (size_t i = 0; i < m->runs_count; i++)
        if (m->runs[i].organiser == organiser && m->runs[i].day == day)
            return &m->runs[i];
    return NULL;
}

struct figures {
    int64_t payouts, cents;
};

static struct figures planned(const struct model *m, const struct m_run *r)
{
    struct figures f = {0, 0};
    for (size_t i = r->first; i < r->end; i++) {
        if (strcmp(m->payouts[i].state, "PLANNED") == 0) {
            f.payouts++;
            f.cents += m->payouts[i].cents;
        }
    }
    return f;
}

static struct text text_of(const char *s)
{
    return (struct text){s, (uint32_t)strlen(s)};
}

/* In the order in which the providers came in: their numbers are those of the references. */
static void hash_payees(const struct model *m, const struct m_run *r, uint8_t out[LIMIT_HASH_BYTES])
{
    const struct m_organiser *payer = &m->organisers[r->organiser];
    struct payment names = {m->genesis.ledger_id, r->day, text_of(payer->code), {"", 0}};
    char id[PAYMENT_ID_SIZE], reference[PAYMENT_REFERENCE_SIZE];
    struct payees hash;
    payees_begin(&hash, &(struct payees_run){names.organiser, names.run_day, text_of(payer->iban)});
    for (size_t n = 0; n < m->providers_count; n++) {
        const struct m_provider *to = &m->providers[n];
        for (size_t i = r->first; i < r->end; i++) {
            const struct model_payout *p = &m->payouts[i];
            if (strcmp(p->provider, to->id) != 0 || strcmp(p->state, "PLANNED") != 0)
                continue;
            names.provider = text_of(to->id);
            payment_end_to_end_id(&names, id);
            payment_reference(r->day, (uint32_t)n + 1, reference);
            payees_add(&hash, &(struct payee){names.provider, p->cents, text_of(to->iban),
                                              text_of(to->account_name), text_of(to->business_id),
                                              text_of(id), text_of(reference)});
        }
    }
    payees_end(&hash, out);
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
    if (m_find_run(m, organiser, m->settled_through) != NULL)
        return OUTCOME_ROW_CONFLICT;
    m_run_payouts(m, organiser, m->settled_through);
    return OUTCOME_ACCEPTED;
}

struct signed_run {
    const char *organiser;
    int day;
    struct figures figures;
    const ProtobufCBinaryData *payees;
};

static enum outcome named_run(struct model *m, const struct m_act *a, const struct signed_run *s,
                              struct m_run **run)
{
    if (!m_code_ok(s->organiser) || !m_day_ok(s->day) || s->figures.payouts < 0 ||
        s->figures.cents < 0 || (a->level >= 2 && s->payees->len != LIMIT_HASH_BYTES))
        return OUTCOME_FIELD_INVALID;
    int organiser = m_organiser(m, s->organiser);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    *run = m_find_run(m, organiser, s->day);
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

static bool signs(const struct m_act *a, const struct signed_run *s,
                  const uint8_t payees[LIMIT_HASH_BYTES])
{
    return a->level < 2 || memcmp(s->payees->data, payees, LIMIT_HASH_BYTES) == 0;
}

static enum outcome prepare_run(struct model *m, struct m_act *a,
                                const Saldo__V1__PreparePayoutRun *c)
{
    struct signed_run s = {c->organiser, c->run_day, {c->payouts, c->cents}, &c->payees};
    struct m_run *r = NULL;
    uint8_t now[LIMIT_HASH_BYTES];
    enum outcome o = named_run(m, a, &s, &r);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (r->released_by[0] != '\0')
        return OUTCOME_PAYOUT_STATE;
    if (!agree(a, planned(m, r), s.figures))
        return OUTCOME_AMOUNT_MISMATCH;
    hash_payees(m, r, now);
    if (!signs(a, &s, now))
        return OUTCOME_PAYOUT_STATE;
    m_copy(r->prepared_by, a->key->owner);
    memset(r->payees, 0, sizeof(r->payees));
    if (a->level >= 2)
        memcpy(r->payees, now, sizeof(now));
    r->payouts = c->payouts;
    r->cents = c->cents;
    for (size_t i = r->first; i < r->end; i++)
        m->payouts[i].prepared = strcmp(m->payouts[i].state, "PLANNED") == 0;
    return OUTCOME_ACCEPTED;
}

/* Planned now are those, and only those, that were prepared, and nothing of them has changed. */
static bool as_prepared(const struct model *m, const struct m_act *a, const struct m_run *r)
{
    uint8_t now[LIMIT_HASH_BYTES];
    for (size_t i = r->first; i < r->end; i++)
        if (m->payouts[i].prepared != (strcmp(m->payouts[i].state, "PLANNED") == 0))
            return false;
    hash_payees(m, r, now);
    return r->prepared_by[0] != '\0' && (a->level < 2 || memcmp(now, r->payees, sizeof(now)) == 0);
}

static void write_payee(const struct model *m, struct model_payout *p)
{
    const struct m_provider *to = &m->providers[m_provider(m, p->provider)];
    memcpy(p->iban, to->iban, strlen(to->iban) + 1);
    memcpy(p->account_name, to->account_name, strlen(to->account_name) + 1);
    memcpy(p->business_id, to->business_id, strlen(to->business_id) + 1);
}

static enum outcome release_run(struct model *m, struct m_act *a,
                                const Saldo__V1__ReleasePayoutRun *c)
{
    struct signed_run s = {c->organiser, c->run_day, {c->payouts, c->cents}, &c->payees};
    struct m_run *r = NULL;
    enum outcome o = named_run(m, a, &s, &r);
    if (o != OUTCOME_ACCEPTED)
        return o;
    bool before = r->released_by[0] != '\0';
    if (before && strcmp(r->released_by, a->key->owner) != 0)
        return OUTCOME_PAYOUT_STATE;
    if (!before && !as_prepared(m, a, r))
        return OUTCOME_PAYOUT_STATE;
    if (!agree(a, (struct figures){r->payouts, r->cents}, s.figures))
        return OUTCOME_AMOUNT_MISMATCH;
    if (!signs(a, &s, r->payees))
        return OUTCOME_PAYOUT_STATE;
    if (m_same_person(a, r->prepared_by))
        return OUTCOME_SECOND_OFFICER_REQUIRED;
    if (before)
        return OUTCOME_ACCEPTED;
    const struct m_organiser *payer = &m->organisers[r->organiser];
    if (payer->iban[0] == '\0')
        return OUTCOME_PAYOUT_STATE;
    m_copy(r->released_by, a->key->owner);
    m_copy(r->iban, payer->iban);
    m_copy(r->account_name, payer->account_name[0] != '\0' ? payer->account_name : payer->name);
    for (size_t i = r->first; i < r->end; i++) {
        struct model_payout *p = &m->payouts[i];
        p->planned = false;
        if (strcmp(p->state, "PLANNED") == 0) {
            p->state = "EXPORTED";
            p->left = true;
            write_payee(m, p);
            if (p->execution_day < a->day)
                p->execution_day = m_bank_day_from(a->day);
        }
    }
    return OUTCOME_ACCEPTED;
}

struct model_payout *m_find_payout(struct model *m, const char *organiser, const char *provider,
                                   int day)
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
    struct model_payout *p = m_find_payout(m, c->organiser, c->provider, c->run_day);
    if (p == NULL)
        return OUTCOME_ROW_UNKNOWN;
    if (strcmp(p->state, "HELD") != 0)
        return OUTCOME_PAYOUT_STATE;
    struct m_run *r = m_find_run(m, organiser, c->run_day);
    const char *why = why_held(&m->providers[provider]);
    bool open = r->released_by[0] == '\0';
    if (open && why[0] != '\0' && strcmp(why, "BANK") != 0)
        return OUTCOME_PAYOUT_STATE; /* it would be held again at once */
    if (c->reason[0] == '\0')
        return OUTCOME_REASON_REQUIRED;
    m->providers[provider].bank_hold = false;
    p->planned = open;
    if (model_payout_under_way(p)) {
        p->state = "EXPORTED";
        p->reason = "";
    } else if (open)
        r->prepared_by[0] = '\0';
    else
        p->state = "CARRIED";
    m_hold_again(m);
    return OUTCOME_ACCEPTED;
}

/* The run as a text, or an empty one. */
static void run_text(const Saldo__V1__Command *c, char *out, size_t size)
{
    const Saldo__V1__PreparePayoutRun *p = c->prepare_payout_run;
    const Saldo__V1__ReleasePayoutRun *r = c->release_payout_run;
    out[0] = '\0';
    if (c->body_case == SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN)
        snprintf(out, size, "%d %s", p->run_day, p->organiser);
    if (c->body_case == SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN)
        snprintf(out, size, "%d %s", r->run_day, r->organiser);
}

static bool named_before(const struct request *r, uint32_t index, const char *run)
{
    char other[NAME_SIZE];
    for (uint32_t i = 0; i < index; i++) {
        run_text(r->commands[i].message, other, sizeof(other));
        if (strcmp(other, run) == 0)
            return true;
    }
    return false;
}

/* Counts the runs that are named for the first time before this one is. */
bool m_run_too_many(const struct request *r, uint32_t index)
{
    char run[NAME_SIZE], other[NAME_SIZE];
    int first_times = 0;
    run_text(r->commands[index].message, run, sizeof(run));
    for (uint32_t i = 0; run[0] != '\0' && i < index; i++) {
        run_text(r->commands[i].message, other, sizeof(other));
        if (strcmp(other, run) == 0)
            break;
        first_times += other[0] != '\0' && !named_before(r, i, other);
    }
    return first_times >= LIMIT_REQUEST_RUNS;
}

enum outcome m_payment_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    if (c->body_case == SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN)
        return start_run(m, a, c->start_payout_run);
    if (c->body_case == SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN)
        return prepare_run(m, a, c->prepare_payout_run);
    if (c->body_case == SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN)
        return release_run(m, a, c->release_payout_run);
    return release_held(m, a, c->release_held_payout);
}

/* ---- What it knows ----------------------------------------------------------------------------
 */

const struct model_payout *model_payout(const struct model *m, size_t index)
{
    if (index >= m->payouts_count)
        return NULL;
    if (!m->payouts[index].left)
        write_payee(m, &m->payouts[index]);
    return &m->payouts[index];
}

size_t model_run_count(const struct model *m)
{
    return m->runs_count;
}

void model_payees(const struct model *m, size_t index, uint8_t hash[LIMIT_HASH_BYTES])
{
    const struct m_run *r = &m->runs[index];
    if (r->released_by[0] != '\0')
        memcpy(hash, r->payees, sizeof(r->payees));
    else
        hash_payees(m, r, hash);
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
    out->iban = released ? r->iban : m->organisers[r->organiser].iban;
    out->account_name = released ? r->account_name : m->organisers[r->organiser].account_name;
    memcpy(out->debited_by, r->debited_by, sizeof(out->debited_by));
    if (r->prepared_by[0] != '\0')
        memcpy(out->prepared, r->payees, sizeof(r->payees));
    return true;
}
