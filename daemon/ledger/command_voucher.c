/* command_voucher.c - the ways a voucher ends: closed, withdrawn, converted into others. */
#include "ledger/command.h"

/* ---- CloseVoucher ---------------------------------------------------------------------------- */

static enum outcome close_judge(const struct ledger *l, const struct act *a,
                                const struct voucher *v, int32_t closed_on)
{
    if (v->voided)
        return OUTCOME_VOUCHER_STATE;
    if (v->closed_on == closed_on)
        return OUTCOME_ACCEPTED;
    if (v->closed_on != CALENDAR_DAY_OPEN || a->day >= voucher_final_day(l, v))
        return OUTCOME_VOUCHER_STATE;
    if (closed_on < v->valid_from || closed_on > v->now.valid_to)
        return OUTCOME_FIELD_INVALID;
    if (v->live_charges > 0 && closed_on < v->last_service_day)
        return OUTCOME_VOUCHER_STATE;
    return OUTCOME_ACCEPTED;
}

static void close_apply(struct ledger *l, const struct act *a, uint32_t item, int32_t closed_on)
{
    struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    if (v->closed_on == closed_on)
        return;
    row_touch(l, ROW_VOUCHER, item);
    v->closed_on = closed_on;
    voucher_reallot(l, a, v); /* what is left lapses earlier */
}

enum outcome command_close_voucher(struct ledger *l, const struct act *a,
                                   const Saldo__V1__CloseVoucher *c, struct answer *out)
{
    (void)out;
    if (!field_day(c->closed_on))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = voucher_named(l, c->number);
    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    const struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    if (!act_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    enum outcome o = close_judge(l, a, v, c->closed_on);
    if (o == OUTCOME_ACCEPTED && !a->dry_run)
        close_apply(l, a, item, c->closed_on);
    return o;
}

/* ---- VoidVoucher ----------------------------------------------------------------------------- */

static enum outcome void_judge(const struct act *a, const struct voucher *v)
{
    if (v->voided)
        return OUTCOME_ACCEPTED;
    if (v->live_charges > 0 || a->day > voucher_end(v))
        return OUTCOME_VOUCHER_STATE;
    return OUTCOME_ACCEPTED;
}

static void void_apply(struct ledger *l, uint32_t item)
{
    struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    if (v->voided)
        return;
    row_touch(l, ROW_VOUCHER, item);
    v->voided = true;
}

enum outcome command_void_voucher(struct ledger *l, const struct act *a,
                                  const Saldo__V1__VoidVoucher *c, struct answer *out)
{
    (void)out;
    uint32_t item = voucher_named(l, c->number);
    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    const struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    if (!act_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    enum outcome o = void_judge(a, v);
    if (o == OUTCOME_ACCEPTED && !a->dry_run)
        void_apply(l, item);
    return o;
}

/* ---- ConvertVoucher -------------------------------------------------------------------------- */

/* The voucher's own number and those of the new ones all differ. */
static bool numbers_differ(const Saldo__V1__ConvertVoucher *c)
{
    for (size_t i = 0; i < c->n_into; i++) {
        struct text number = text_of(c->into[i]->number);
        if (text_is(number, c->number))
            return false;
        for (size_t before = 0; before < i; before++) {
            if (text_is(number, c->into[before]->number))
                return false;
        }
    }
    return true;
}

static bool convert_fields(const Saldo__V1__ConvertVoucher *c)
{
    if (!field_day(c->from_day) || c->n_into < 1 || c->n_into > LIMIT_CONVERT_INTO)
        return false;
    for (size_t i = 0; i < c->n_into; i++) {
        if (!grant_fields(c->into[i]) || c->into[i]->valid_from != c->from_day)
            return false;
    }
    return numbers_differ(c);
}

struct conversion {
    uint32_t item;
    bool whole; /* nothing of the old voucher remains: it is withdrawn, not closed */
    struct grant into[LIMIT_CONVERT_INTO];
};

static enum outcome convert_named(const struct ledger *l, const Saldo__V1__ConvertVoucher *c,
                                  struct conversion *out)
{
    out->item = voucher_named(l, c->number);
    if (out->item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    out->whole = ROW_AT(voucher, l, ROW_VOUCHER, out->item)->valid_from == c->from_day;
    for (size_t i = 0; i < c->n_into; i++) {
        enum outcome o = grant_named(l, c->into[i], &out->into[i]);
        if (o != OUTCOME_ACCEPTED)
            return o;
    }
    return OUTCOME_ACCEPTED;
}

static enum outcome convert_judge(const struct ledger *l, const struct act *a,
                                  const Saldo__V1__ConvertVoucher *c,
                                  const struct conversion *conversion)
{
    const struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, conversion->item);
    if (!act_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    for (size_t i = 0; i < c->n_into; i++) {
        if (!act_in_scope(a, conversion->into[i].organiser))
            return OUTCOME_SCOPE_NOT_ALLOWED;
    }
    enum outcome o = conversion->whole ? void_judge(a, v) : close_judge(l, a, v, c->from_day - 1);
    for (size_t i = 0; i < c->n_into && o == OUTCOME_ACCEPTED; i++) {
        if (conversion->into[i].organiser != v->organiser ||
            !text_is(text_of(c->into[i]->client), v->client))
            return OUTCOME_FIELD_INVALID;
        o = grant_judge(l, &conversion->into[i]);
    }
    if (o == OUTCOME_ACCEPTED && !grants_fit(l, conversion->into, c->n_into))
        o = OUTCOME_LIMIT_REACHED;
    return o;
}

enum outcome command_convert_voucher(struct ledger *l, const struct act *a,
                                     const Saldo__V1__ConvertVoucher *c, struct answer *out)
{
    (void)out;
    struct conversion conversion;
    if (!convert_fields(c))
        return OUTCOME_FIELD_INVALID;
    enum outcome o = convert_named(l, c, &conversion);
    if (o == OUTCOME_ACCEPTED)
        o = convert_judge(l, a, c, &conversion);
    if (o != OUTCOME_ACCEPTED || a->dry_run)
        return o;
    if (conversion.whole)
        void_apply(l, conversion.item);
    else
        close_apply(l, a, conversion.item, c->from_day - 1);
    for (size_t i = 0; i < c->n_into; i++)
        grant_apply(l, a, &conversion.into[i]);
    return OUTCOME_ACCEPTED;
}
