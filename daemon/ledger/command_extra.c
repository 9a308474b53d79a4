/* command_extra.c - what hangs on a voucher beside its versions: the provider it is booked to, its
 * suspensions and its prior approvals. None of these asks for the voucher's state. */
#include "ledger/command.h"

_Static_assert(sizeof(((struct extra *)0)->approved_by.text) > LIMIT_REFERENCE_BYTES,
               "an approver fits");

/* ---- ReserveVoucher -------------------------------------------------------------------------- */

enum outcome command_reserve_voucher(struct ledger *l, const struct act *a,
                                     const Saldo__V1__ReserveVoucher *c, struct answer *out)
{
    (void)out;
    if (!field_code_optional(c->provider))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = voucher_named(l, c->number);
    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    uint32_t provider = provider_find(l, text_of(c->provider));
    if (provider == 0 && c->provider[0] != '\0')
        return OUTCOME_PROVIDER_UNKNOWN;
    struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    if (!act_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (a->dry_run || v->reserved_for == provider)
        return OUTCOME_ACCEPTED;
    row_touch(l, ROW_VOUCHER, item);
    v->reserved_for = provider;
    return OUTCOME_ACCEPTED;
}

/* ---- Suspensions and prior approvals --------------------------------------------------------- */

static struct extra *extra_find(const struct ledger *l, const struct voucher *v,
                                const struct extra *wanted)
{
    for (uint32_t item = v->extras; item != 0;) {
        struct extra *e = pool_at(&l->extras, item);
        if (e->kind == wanted->kind && e->service == wanted->service && e->from == wanted->from)
            return e;
        item = e->next;
    }
    return NULL;
}

static bool extra_same(const struct extra *e, const struct extra *other)
{
    return e->to == other->to && text_is(text_of(e->approved_by.text), other->approved_by.text);
}

static uint32_t extra_count(const struct ledger *l, const struct voucher *v)
{
    uint32_t count = 0;
    for (uint32_t item = v->extras; item != 0;) {
        const struct extra *e = pool_at(&l->extras, item);
        item = e->next;
        count++;
    }
    return count;
}

static enum outcome extra_add(struct ledger *l, const struct act *a, uint32_t voucher,
                              const struct extra *wanted)
{
    struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, voucher);
    const struct extra *known = extra_find(l, v, wanted);
    if (known != NULL)
        return extra_same(known, wanted) ? OUTCOME_ACCEPTED : OUTCOME_ROW_CONFLICT;
    if (extra_count(l, v) >= LIMIT_VOUCHER_EXTRAS)
        return OUTCOME_LIMIT_REACHED;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    row_touch(l, ROW_VOUCHER, voucher);
    uint32_t item = pool_take(&l->extras);
    struct extra *e = pool_at(&l->extras, item);
    *e = *wanted;
    e->next = v->extras;
    v->extras = item;
    return OUTCOME_ACCEPTED;
}

enum outcome command_add_suspension(struct ledger *l, const struct act *a,
                                    const Saldo__V1__AddSuspension *c, struct answer *out)
{
    (void)out;
    if (!field_span((struct span){c->from_day, c->to_day}))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = voucher_named(l, c->number);
    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    if (!act_in_scope(a, ROW_AT(voucher, l, ROW_VOUCHER, item)->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct extra suspension = {
        .kind = EXTRA_SUSPENSION,
        .from = c->from_day,
        .to = span_end(c->to_day),
    };
    return extra_add(l, a, item, &suspension);
}

enum outcome command_end_suspension(struct ledger *l, const struct act *a,
                                    const Saldo__V1__EndSuspension *c, struct answer *out)
{
    (void)out;
    if (!field_day(c->to_day) || !field_span((struct span){c->from_day, c->to_day}))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = voucher_named(l, c->number);
    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    const struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    if (!act_in_scope(a, v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct extra wanted = {.kind = EXTRA_SUSPENSION, .from = c->from_day};
    struct extra *suspension = extra_find(l, v, &wanted);
    if (suspension == NULL)
        return OUTCOME_ROW_UNKNOWN;
    if (a->dry_run || suspension->to == c->to_day)
        return OUTCOME_ACCEPTED;
    row_touch(l, ROW_VOUCHER, item);
    suspension->to = c->to_day;
    return OUTCOME_ACCEPTED;
}

enum outcome command_add_prior_approval(struct ledger *l, const struct act *a,
                                        const Saldo__V1__AddPriorApproval *c, struct answer *out)
{
    (void)out;
    if (!field_code(c->service) || !field_span((struct span){c->valid_from, c->valid_to}) ||
        !field_reference(c->approved_by))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = voucher_named(l, c->number);
    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    uint32_t organiser = ROW_AT(voucher, l, ROW_VOUCHER, item)->organiser;
    struct extra approval = {
        .kind = EXTRA_PRIOR_APPROVAL,
        .service = service_find(l, organiser, text_of(c->service)),
        .from = c->valid_from,
        .to = span_end(c->valid_to),
    };
    if (approval.service == 0)
        return OUTCOME_SERVICE_UNKNOWN;
    if (!act_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    text_copy(approval.approved_by.text, sizeof(approval.approved_by.text),
              text_of(c->approved_by));
    return extra_add(l, a, item, &approval);
}
