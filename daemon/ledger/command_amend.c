/* command_amend.c - a new dated version of a voucher, and what it does to the buckets. */
#include "ledger/command.h"

/* ---- Buckets that can still change ----------------------------------------------------------- */

struct months months_open(const struct act *a, const struct voucher *v)
{
    int32_t first = calendar_later(a->window_first, v->valid_from);
    return (struct months){calendar_month(first), calendar_month(a->day)};
}

void voucher_reallot(struct ledger *l, const struct act *a, struct voucher *v)
{
    struct months open = months_open(a, v);
    uint32_t bucket;
    for (int32_t month = open.first; month <= open.last; month++) {
        if ((bucket = bucket_find(l, month, v->digits)) != 0)
            bucket_reallot(l, v, bucket);
    }
    if ((bucket = bucket_find(l, 0, v->digits)) != 0)
        bucket_reallot(l, v, bucket);
}

/* Would the bucket hold less than what it gave? Lapsed ones are not asked: their rest is gone. */
static bool too_low(const struct ledger *l, const struct act *a, const struct voucher *v,
                    const struct version *next, int32_t period)
{
    uint32_t item = bucket_find(l, period, v->digits);
    if (item == 0)
        return false;
    const struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, item);
    if (!b->allotted || a->day >= b->lapse_day)
        return false;
    int32_t month = period != 0 ? period : calendar_month(a->day);
    return voucher_allotment_amended(l, v, next, month) < b->settled + b->pending;
}

static bool any_too_low(const struct ledger *l, const struct act *a, const struct voucher *v,
                        const struct version *next)
{
    struct months open = months_open(a, v);
    for (int32_t month = open.first; month <= open.last; month++) {
        if (too_low(l, a, v, next, month))
            return true;
    }
    return too_low(l, a, v, next, 0);
}

/* ---- AmendVoucher ---------------------------------------------------------------------------- */

static bool amend_fields(const Saldo__V1__AmendVoucher *c)
{
    return field_span((struct span){c->effective_from, c->valid_to}) &&
           field_services(c->services, c->n_services) &&
           field_value(c->amount_cents, LIMIT_VOUCHER_CENTS) &&
           field_value(c->quota, LIMIT_QUOTA) &&
           field_value(c->unit_value_cents, LIMIT_CHARGE_CENTS) && field_reference(c->decision);
}

/* The new version: what is not set stays as it was. False: an unknown service. */
static bool amend_named(const struct ledger *l, const Saldo__V1__AmendVoucher *c,
                        const struct voucher *v, struct version *next)
{
    *next = v->now;
    next->effective_from = c->effective_from;
    next->amount = value_or(c->amount_cents, value_or(c->quota, v->now.amount));
    next->unit_value = value_or(c->unit_value_cents, v->now.unit_value);
    if (c->valid_to != 0)
        next->valid_to = c->valid_to;
    struct service_names names = {c->n_services, c->services};
    return c->n_services == 0 || services_named(l, v->organiser, names, next);
}

/* An amount for the other kind is never what the voucher says. */
static bool kind_matches(const Saldo__V1__AmendVoucher *c, const struct voucher *v)
{
    bool balance = v->kind == SALDO__V1__VOUCHER_KIND__BALANCE;
    return (balance ? c->quota : c->amount_cents) == NULL;
}

static bool amend_same(const Saldo__V1__AmendVoucher *c, const struct voucher *v,
                       const struct version *next)
{
    const struct version *now = &v->now;
    return kind_matches(c, v) && next->effective_from == now->effective_from &&
           next->amount == now->amount && next->unit_value == now->unit_value &&
           next->valid_to == now->valid_to && next->service_count == now->service_count &&
           memcmp(next->services, now->services, sizeof(now->services)) == 0 &&
           (c->decision[0] == '\0' || text_is(text_of(c->decision), v->decision));
}

static enum outcome amend_judge(const struct ledger *l, const struct act *a,
                                const Saldo__V1__AmendVoucher *c, const struct voucher *v,
                                const struct version *next)
{
    if (v->voided || a->day >= voucher_final_day(l, v))
        return OUTCOME_VOUCHER_STATE;
    if (!kind_matches(c, v) || next->effective_from < a->window_first ||
        next->effective_from < v->now.effective_from || next->valid_to < next->effective_from)
        return OUTCOME_FIELD_INVALID;
    /* A quota goes on being counted in the unit it was granted in. */
    if (v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY &&
        services_unit(l, next) != services_unit(l, &v->now))
        return OUTCOME_FIELD_INVALID;
    if (any_too_low(l, a, v, next))
        return OUTCOME_ALLOTMENT_TOO_LOW;
    return v->version_count >= LIMIT_VOUCHER_VERSIONS ? OUTCOME_LIMIT_REACHED : OUTCOME_ACCEPTED;
}

static void amend_apply(struct ledger *l, const struct act *a, uint32_t item,
                        const Saldo__V1__AmendVoucher *c, const struct version *next)
{
    struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    row_touch(l, ROW_VOUCHER, item);
    uint32_t older = pool_take(&l->versions);
    *(struct version *)pool_at(&l->versions, older) = v->now;
    v->now = *next;
    v->now.older = older;
    v->now.recorded_day = a->day;
    v->version_count++;
    if (c->decision[0] != '\0')
        text_copy(v->decision, sizeof(v->decision), text_of(c->decision));
    voucher_reallot(l, a, v);
}

enum outcome command_amend_voucher(struct ledger *l, const struct act *a,
                                   const Saldo__V1__AmendVoucher *c, struct answer *out)
{
    (void)out;
    struct version next;
    if (!amend_fields(c))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = voucher_named(l, c->number);
    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    const struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    if (!amend_named(l, c, v, &next))
        return OUTCOME_SERVICE_UNKNOWN;
    if (!act_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (amend_same(c, v, &next))
        return OUTCOME_ACCEPTED;
    enum outcome o = amend_judge(l, a, c, v, &next);
    if (o == OUTCOME_ACCEPTED && !a->dry_run)
        amend_apply(l, a, item, c, &next);
    return o;
}
