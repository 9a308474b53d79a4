/* command_grant.c - granting a voucher, alone or as what another one is converted into. */
#include "ledger/command.h"

/* Exactly the amount of its kind, and carry-over only where months follow each other in euros. */
static bool terms_fields(const Saldo__V1__GrantVoucher *c)
{
    bool balance = c->kind == SALDO__V1__VOUCHER_KIND__BALANCE;
    bool monthly = c->period == SALDO__V1__PERIOD__MONTHLY;
    if (!balance && c->kind != SALDO__V1__VOUCHER_KIND__QUANTITY)
        return false;
    if (!monthly && c->period != SALDO__V1__PERIOD__WHOLE)
        return false;
    if (c->carry_over && !(balance && monthly))
        return false;
    if ((balance ? c->quota : c->amount_cents) != 0)
        return false;
    return balance ? field_amount(c->amount_cents, LIMIT_VOUCHER_CENTS)
                   : field_amount(c->quota, LIMIT_QUOTA);
}

bool grant_fields(const Saldo__V1__GrantVoucher *c)
{
    return identifier_voucher_valid(c->number, strlen(c->number)) && field_code(c->organiser) &&
           field_reference(c->client) && c->n_services > 0 &&
           field_services(c->services, c->n_services) && terms_fields(c) &&
           field_day(c->valid_to) && field_span((struct span){c->valid_from, c->valid_to}) &&
           field_reference(c->decision) && field_code_optional(c->cost_code) &&
           field_value(c->unit_value_cents, LIMIT_CHARGE_CENTS) &&
           field_code_optional(c->reserved_for);
}

enum outcome grant_named(const struct ledger *l, const Saldo__V1__GrantVoucher *c,
                         struct grant *out)
{
    struct version *version = &out->version;
    *out = (struct grant){
        .c = c,
        .digits = identifier_voucher_digits(c->number, strlen(c->number)),
        .organiser = organiser_find(l, text_of(c->organiser)),
        .reserved_for = provider_find(l, text_of(c->reserved_for)),
    };
    if (out->organiser == 0)
        return OUTCOME_ORGANISER_UNKNOWN;
    struct service_names names = {c->n_services, c->services};
    if (!services_named(l, out->organiser, names, version))
        return OUTCOME_SERVICE_UNKNOWN;
    if (out->reserved_for == 0 && c->reserved_for[0] != '\0')
        return OUTCOME_PROVIDER_UNKNOWN;
    version->effective_from = c->valid_from;
    version->valid_to = c->valid_to;
    version->amount = c->kind == SALDO__V1__VOUCHER_KIND__BALANCE ? c->amount_cents : c->quota;
    version->unit_value = value_or(c->unit_value_cents, -1);
    return OUTCOME_ACCEPTED;
}

/* ---- Judging --------------------------------------------------------------------------------- */

static bool version_granted(const struct version *oldest, const struct version *version)
{
    return oldest->valid_to == version->valid_to && oldest->amount == version->amount &&
           oldest->unit_value == version->unit_value &&
           oldest->service_count == version->service_count &&
           memcmp(oldest->services, version->services, sizeof(oldest->services)) == 0;
}

/* Is the voucher the one that this grants, whatever became of it since? */
static bool grant_same(const struct ledger *l, const struct grant *g, const struct voucher *v)
{
    const Saldo__V1__GrantVoucher *c = g->c;
    uint32_t cost_code = 0;
    if (c->cost_code[0] != '\0') {
        cost_code = cost_code_find(l, g->organiser, text_of(c->cost_code));
        if (cost_code == 0)
            return false;
    }
    return v->organiser == g->organiser && text_is(text_of(c->client), v->client) &&
           v->kind == (uint8_t)c->kind && v->period == (uint8_t)c->period &&
           v->carry_over == (c->carry_over != 0) && v->valid_from == c->valid_from &&
           text_is(text_of(c->decision), v->granted_decision) && v->cost_code == cost_code &&
           v->granted_for == g->reserved_for &&
           version_granted(voucher_version_on(l, v, INT32_MIN), &g->version);
}

enum outcome grant_judge(const struct ledger *l, const struct grant *g)
{
    uint32_t item = voucher_find(l, g->digits);
    if (item != 0)
        return grant_same(l, g, ROW_AT(voucher, l, ROW_VOUCHER, item)) ? OUTCOME_ACCEPTED
                                                                       : OUTCOME_ROW_CONFLICT;
    if (g->c->kind == SALDO__V1__VOUCHER_KIND__QUANTITY &&
        services_unit(l, &g->version) == SALDO__V1__UNIT__UNIT_NONE)
        return OUTCOME_FIELD_INVALID;
    return OUTCOME_ACCEPTED;
}

static bool cost_code_new(const struct ledger *l, const struct grant *g)
{
    struct text code = text_of(g->c->cost_code);
    return code.len > 0 && cost_code_find(l, g->organiser, code) == 0;
}

bool grants_fit(const struct ledger *l, const struct grant *grants, size_t count)
{
    uint32_t cost_codes = 0;
    for (size_t i = 0; i < count; i++)
        cost_codes += cost_code_new(l, &grants[i]) ? 1 : 0;
    return cost_codes <= pool_left(&l->table[ROW_COST_CODE].pool);
}

/* ---- Applying -------------------------------------------------------------------------------- */

void grant_apply(struct ledger *l, const struct act *a, const struct grant *g)
{
    const Saldo__V1__GrantVoucher *c = g->c;
    if (voucher_find(l, g->digits) != 0)
        return;
    uint32_t cost_code = cost_code_make(l, g->organiser, text_of(c->cost_code));
    uint32_t item = voucher_make(l, g->digits);
    struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    v->organiser = g->organiser;
    v->kind = (uint8_t)c->kind;
    v->period = (uint8_t)c->period;
    v->carry_over = c->carry_over != 0;
    v->valid_from = c->valid_from;
    v->reserved_for = g->reserved_for;
    v->granted_for = g->reserved_for;
    v->cost_code = cost_code;
    v->now = g->version;
    v->now.recorded_day = a->day;
    text_copy(v->client, sizeof(v->client), text_of(c->client));
    text_copy(v->decision, sizeof(v->decision), text_of(c->decision));
    text_copy(v->granted_decision, sizeof(v->granted_decision), text_of(c->decision));
}

enum outcome command_grant_voucher(struct ledger *l, const struct act *a,
                                   const Saldo__V1__GrantVoucher *c, struct answer *out)
{
    (void)out;
    struct grant grant;
    if (!grant_fields(c))
        return OUTCOME_FIELD_INVALID;
    enum outcome o = grant_named(l, c, &grant);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (!act_in_scope(a, grant.organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    o = grant_judge(l, &grant);
    if (o == OUTCOME_ACCEPTED && !grants_fit(l, &grant, 1))
        o = OUTCOME_LIMIT_REACHED;
    if (o == OUTCOME_ACCEPTED && !a->dry_run)
        grant_apply(l, a, &grant);
    return o;
}
