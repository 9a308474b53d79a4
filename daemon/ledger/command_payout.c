/* command_payout.c - payout runs on command, and the four eyes that let them go. */
#include "ledger/command.h"

/* ---- StartPayoutRun ---------------------------------------------------------------------------
 */

enum outcome command_start_payout_run(struct ledger *l, const struct act *a,
                                      const Saldo__V1__StartPayoutRun *c, struct answer *out)
{
    (void)out;
    if (!field_code(c->organiser))
        return OUTCOME_FIELD_INVALID;
    uint32_t organiser;
    enum outcome named = organiser_named(l, a, c->organiser, &organiser);
    if (named != OUTCOME_ACCEPTED)
        return named;
    int32_t day = l->meta.settled_through;
    if (day == 0)
        return OUTCOME_ROW_UNKNOWN;
    if (run_find(l, day, organiser) != 0)
        return OUTCOME_ROW_CONFLICT;
    if (!a->dry_run)
        run_decide(l, organiser, day);
    return OUTCOME_ACCEPTED;
}

/* ---- Four eyes --------------------------------------------------------------------------------
 */

/* PreparePayoutRun and ReleasePayoutRun say the same. */
struct signed_run {
    const char *organiser;
    int32_t day;
    int64_t payouts;
    int64_t cents;
    const ProtobufCBinaryData *payees;
};

/* Officers of level 1 signed no payees. */
static bool signs_payees(const struct act *a)
{
    return a->level >= LEVEL_PAYEES;
}

/* The run, or why it is none that the key may sign. */
static enum outcome run_named(const struct ledger *l, const struct act *a,
                              const struct signed_run *s, uint32_t *run)
{
    if (!field_code(s->organiser) || !field_day(s->day) || s->payouts < 0 || s->cents < 0 ||
        (signs_payees(a) && s->payees->len != LIMIT_HASH_BYTES))
        return OUTCOME_FIELD_INVALID;
    uint32_t organiser;
    enum outcome named = organiser_named(l, a, s->organiser, &organiser);
    if (named != OUTCOME_ACCEPTED)
        return named;
    *run = run_find(l, s->day, organiser);
    return *run == 0 ? OUTCOME_ROW_UNKNOWN : OUTCOME_ACCEPTED;
}

/* Is what an officer has signed what the run has? */
static enum outcome signed_is(const struct act *a, const struct signed_run *s,
                              const struct run_figures *f, struct answer *out)
{
    if (s->payouts != f->payouts || s->cents != f->cents) {
        out->have = f->cents;
        out->need = s->cents;
        return OUTCOME_AMOUNT_MISMATCH;
    }
    bool same = !signs_payees(a) || memcmp(s->payees->data, f->payees, sizeof(f->payees)) == 0;
    return same ? OUTCOME_ACCEPTED : OUTCOME_PAYOUT_STATE;
}

enum outcome command_prepare_payout_run(struct ledger *l, const struct act *a,
                                        const Saldo__V1__PreparePayoutRun *c, struct answer *out)
{
    const struct signed_run s = {c->organiser, c->run_day, c->payouts, c->cents, &c->payees};
    uint32_t item;
    enum outcome o = run_named(l, a, &s, &item);
    if (o != OUTCOME_ACCEPTED)
        return o;
    struct run *r = ROW_AT(run, l, ROW_RUN, item);
    if (r->released_by != 0)
        return OUTCOME_PAYOUT_STATE;
    struct run_figures now = run_figures(l, r);
    o = signed_is(a, &s, &now, out);
    if (o != OUTCOME_ACCEPTED || a->dry_run)
        return o;
    row_touch(l, ROW_RUN, item);
    r->prepared = now;
    if (!signs_payees(a))
        memset(r->prepared.payees, 0, sizeof(r->prepared.payees));
    r->prepared_by = a->owner;
    r->prepared_number = a->number;
    return OUTCOME_ACCEPTED;
}

static bool still_prepared(const struct ledger *l, const struct act *a, const struct run *r)
{
    struct run_figures now = run_figures(l, r);
    return r->prepared_by != 0 && now.payouts == r->prepared.payouts &&
           now.cents == r->prepared.cents && now.mark == r->prepared.mark &&
           (!signs_payees(a) || memcmp(now.payees, r->prepared.payees, sizeof(now.payees)) == 0);
}

enum outcome command_release_payout_run(struct ledger *l, const struct act *a,
                                        const Saldo__V1__ReleasePayoutRun *c, struct answer *out)
{
    const struct signed_run s = {c->organiser, c->run_day, c->payouts, c->cents, &c->payees};
    uint32_t item;
    enum outcome o = run_named(l, a, &s, &item);
    if (o != OUTCOME_ACCEPTED)
        return o;
    struct run *r = ROW_AT(run, l, ROW_RUN, item);
    if (r->released_by != 0 ? r->released_by != a->owner : !still_prepared(l, a, r))
        return OUTCOME_PAYOUT_STATE;
    o = signed_is(a, &s, &r->prepared, out);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (act_is_of(l, a, r->prepared_by))
        return OUTCOME_SECOND_OFFICER_REQUIRED;
    if (r->released_by != 0)
        return OUTCOME_ACCEPTED;
    if (ROW_AT(organiser, l, ROW_ORGANISER, r->organiser)->iban[0] == '\0')
        return OUTCOME_PAYOUT_STATE; /* no file could ever be written */
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    row_touch(l, ROW_RUN, item);
    /* No bank executes in the past. */
    if (r->execution_day < a->day) /* mutation: today is a bank day where it is one */
        r->execution_day = calendar_next_bank_day(a->day);
    run_release(l, r);
    r->released_by = a->owner;
    r->released_number = a->number;
    r->released_ms = a->time_ms;
    return OUTCOME_ACCEPTED;
}

/* ---- ReleaseHeldPayout ------------------------------------------------------------------------
 */

/* What the bank has said is over once an officer says so; the other holds end when their ground
 * does. A payout that goes back to payable meets them again in the next run. */
static bool may_go(const struct ledger *l, const struct payout *p, const struct run *r)
{
    enum payout_reason hold = payout_hold(l, p->provider);
    return r->released_by != 0 || hold == PAYOUT_REASON_NONE || hold == PAYOUT_REASON_BANK;
}

static void held_release(struct ledger *l, uint32_t payout, uint32_t run)
{
    struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, payout);
    struct run *r = ROW_AT(run, l, ROW_RUN, run);

    row_touch(l, ROW_PROVIDER, p->provider);
    ROW_AT(provider, l, ROW_PROVIDER, p->provider)->bank_hold = false;
    row_touch(l, ROW_PAYOUT, payout);
    if (payout_in_transit(p)) { /* the bank has it, and may still book it */
        p->state = PAYOUT_EXPORTED;
        p->reason = PAYOUT_REASON_NONE;
        return;
    }
    if (r->released_by != 0) {
        p->state = PAYOUT_CARRIED;
        account_make(l, p->organiser, p->provider)->in_payouts -= p->cents;
        return;
    }
    p->state = PAYOUT_PLANNED;
    p->reason = PAYOUT_REASON_NONE;
    row_touch(l, ROW_RUN, run);
    r->prepared = (struct run_figures){0};
    r->prepared_by = 0;
    r->prepared_number = 0;
}

enum outcome command_release_held_payout(struct ledger *l, const struct act *a,
                                         const Saldo__V1__ReleaseHeldPayout *c, struct answer *out)
{
    (void)out;
    if (!field_code(c->organiser) || !field_code(c->provider) || !field_day(c->run_day) ||
        strlen(c->reason) > LIMIT_TEXT_BYTES)
        return OUTCOME_FIELD_INVALID;
    uint32_t organiser = organiser_find(l, text_of(c->organiser));
    if (organiser == 0)
        return OUTCOME_ORGANISER_UNKNOWN;
    uint32_t provider = provider_find(l, text_of(c->provider));
    if (provider == 0)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (!act_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    uint32_t item = payout_find(l, c->run_day, organiser, provider);
    if (item == 0)
        return OUTCOME_ROW_UNKNOWN;
    uint32_t run = run_find(l, c->run_day, organiser);
    CHECK(run != 0); /* prepare has fetched it with its payout */
    const struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
    if (payout_standing(l, p).state != PAYOUT_HELD || !may_go(l, p, ROW_AT(run, l, ROW_RUN, run)))
        return OUTCOME_PAYOUT_STATE;
    if (c->reason[0] == '\0')
        return OUTCOME_REASON_REQUIRED;
    if (!a->dry_run)
        held_release(l, item, run);
    return OUTCOME_ACCEPTED;
}
