/* query_voucher.c - a voucher as people see it, and a charge with its story. */
#include "ledger/charge_row.h"
#include "ledger/query.h"

/* ---- Vouchers ------------------------------------------------------------------------------- */

static Saldo__V1__VoucherVersion *version_of(struct query *q, const struct voucher *v,
                                             const struct version *n)
{
    Saldo__V1__VoucherVersion *out = QUERY_NEW(q, voucher_version);
    struct pile services = {NULL, 0, 0};

    if (out == NULL)
        return NULL;
    out->effective_from = n->effective_from;
    out->valid_to = n->valid_to;
    if (v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY)
        out->quota = n->amount;
    else
        out->amount_cents = n->amount;
    out->unit_value_cents = query_value(q, n->unit_value);
    for (uint32_t i = 0; i < n->service_count; i++)
        pile_add(q, &services, query_service(q, n->services[i]));
    out->n_services = services.count;
    out->services = (char **)services.items;
    return out;
}

static void reverse(struct pile *p)
{
    for (size_t i = 0; i < p->count / 2; i++) {
        void *kept = p->items[i];
        p->items[i] = p->items[p->count - 1 - i];
        p->items[p->count - 1 - i] = kept;
    }
}

/* Oldest first, where the ledger has the newest first. */
static void fill_versions(struct query *q, const struct voucher *v, Saldo__V1__Voucher *out)
{
    struct pile pile = {NULL, 0, 0};
    const struct version *n = &v->now;

    pile_add(q, &pile, version_of(q, v, n));
    while (n->older != 0) {
        n = pool_at(&q->ledger->versions, n->older);
        pile_add(q, &pile, version_of(q, v, n));
    }
    reverse(&pile);
    out->n_versions = pile.count;
    out->versions = (Saldo__V1__VoucherVersion **)pile.items;
}

static Saldo__V1__Interval *suspension_of(struct query *q, const struct extra *x)
{
    Saldo__V1__Interval *out = QUERY_NEW(q, interval);

    if (out != NULL) {
        out->from_day = x->from;
        out->to_day = query_day(x->to);
    }
    return out;
}

static Saldo__V1__PriorApproval *approval_of(struct query *q, const struct extra *x)
{
    Saldo__V1__PriorApproval *out = QUERY_NEW(q, prior_approval);

    if (out == NULL)
        return NULL;
    out->service = query_service(q, x->service);
    out->valid_from = x->from;
    out->valid_to = query_day(x->to);
    if (!query_is_provider(q))
        out->approved_by = query_text(q, x->approved_by.text);
    return out;
}

static void fill_extras(struct query *q, const struct voucher *v, Saldo__V1__Voucher *out)
{
    struct pile suspensions = {NULL, 0, 0};
    struct pile approvals = {NULL, 0, 0};

    for (uint32_t at = v->extras; at != 0;) {
        const struct extra *x = pool_at(&q->ledger->extras, at);
        if (x->kind == EXTRA_PRIOR_APPROVAL)
            pile_add(q, &approvals, approval_of(q, x));
        else if (!query_is_provider(q)) /* a hospital stay is nobody else's business */
            pile_add(q, &suspensions, suspension_of(q, x));
        at = x->next;
    }
    reverse(&suspensions);
    reverse(&approvals);
    out->n_suspensions = suspensions.count;
    out->suspensions = (Saldo__V1__Interval **)suspensions.items;
    out->n_prior_approvals = approvals.count;
    out->prior_approvals = (Saldo__V1__PriorApproval **)approvals.items;
}

/* What only the county sees. A provider sees a reservation that is its own, and a voucher that was
 * closed as if it were not: a move or a death is nobody else's business either. */
static void fill_confidential(struct query *q, const struct voucher *v, Saldo__V1__Voucher *out)
{
    struct voucher seen = *v;

    if (query_is_provider(q))
        seen.closed_on = CALENDAR_DAY_OPEN;
    out->state = query_text(q, voucher_state(q->ledger, &seen, q->today));
    if (!query_is_provider(q) || v->reserved_for == q->key->provider)
        out->reserved_for = query_provider(q, v->reserved_for);
    if (query_is_provider(q))
        return;
    out->closed_on = query_day(v->closed_on);
    out->live_charges = (int32_t)v->live_charges;
    out->client = query_text(q, v->client);
    out->decision = query_text(q, v->decision);
    out->cost_code =
        query_text(q, ROW_AT(cost_code, q->ledger, ROW_COST_CODE, v->cost_code)->code.text);
}

Saldo__V1__Voucher *query_voucher_shown(struct query *q, uint32_t item)
{
    Saldo__V1__Voucher *out = QUERY_NEW(q, voucher);
    const struct voucher *v = ROW_AT(voucher, q->ledger, ROW_VOUCHER, item);

    if (out == NULL)
        return NULL;
    out->number = query_number(q, v->digits);
    out->organiser = query_organiser(q, v->organiser);
    out->kind = (Saldo__V1__VoucherKind)v->kind;
    out->period = (Saldo__V1__Period)v->period;
    out->valid_from = v->valid_from;
    out->carry_over = v->carry_over;
    fill_confidential(q, v, out);
    fill_versions(q, v, out);
    fill_extras(q, v, out);
    return out;
}

enum outcome query_voucher(struct query *q, const Saldo__V1__VoucherQuery *in,
                           Saldo__V1__Reply *reply)
{
    uint32_t item = query_voucher_named(q, in->number);

    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    reply->voucher = query_voucher_shown(q, item);
    if (reply->voucher == NULL)
        return OUTCOME_LIMIT_REACHED;
    reply->result_case = SALDO__V1__REPLY__RESULT_VOUCHER;
    return OUTCOME_ACCEPTED;
}

/* ---- Charges -------------------------------------------------------------------------------- */

static const char *charge_state_text(const struct ledger *l, const struct charge_row *c)
{
    switch ((enum charge_state)c->state) {
    case CHARGE_REJECTED:
        return "REJECTED";
    case CHARGE_IN_REVIEW:
        return "IN_REVIEW";
    case CHARGE_APPROVED:
        return charge_settled(l, c) ? "SETTLED" : "APPROVED";
    case CHARGE_DELETED:
        return "DELETED";
    case CHARGE_REFUSED:
        return "REFUSED";
    }
    return "";
}

/* A copy: what is asked for next may let the row go. False: no such charge. */
static bool find_charge(struct query *q, const uint8_t *id, uint32_t provider,
                        struct charge_row *out)
{
    uint32_t item = query_charge_row(q, id, provider);

    if (item == 0)
        return false;
    charge_read(q->ledger, item, out);
    return !out->is_command;
}

bool query_charge_in_scope(struct query *q, const struct charge_row *c)
{
    if (q->key->organiser == 0)
        return true;
    uint32_t item = c->digits < 0 ? 0 : query_voucher_row(q, c->digits);
    return item != 0 && query_in_scope(q, ROW_AT(voucher, q->ledger, ROW_VOUCHER, item)->organiser);
}

void query_charge_fill(struct query *q, const struct charge_row *c, Saldo__V1__ChargeStatus *out)
{
    const struct ledger *l = q->ledger;

    if ((c->owner & LEDGER_OWNER_PERSON) == 0) /* a person's are refused, but listed */
        out->provider = query_provider(q, c->owner);
    out->charge = query_bytes(q, c->id, sizeof(c->id));
    out->number = c->number >> LEDGER_INDEX_BITS;
    out->index = (int32_t)(c->number & ((1U << LEDGER_INDEX_BITS) - 1));
    out->code = c->code;
    out->have = c->have;
    out->need = c->need;
    out->state = query_text(q, charge_state_text(l, c));
    out->business_day = calendar_local_day(c->recorded_ms);
    out->settle_day = charge_settled(l, c) ? c->settle_day : 0;
    out->voucher = query_number(q, c->digits);
    out->service = query_service(q, c->service);
    if (row_exists(l, ROW_CLASS, c->rate_class)) /* of a refused charge it may be none */
        out->rate_class = query_text(q, ROW_AT(rate_class, l, ROW_CLASS, c->rate_class)->code.text);
    out->start_ms = c->start_ms;
    out->end_ms = c->end_ms;
    out->quantity = c->quantity;
    out->county_cents = c->county;
    out->copay_cents = c->copay;
    out->credited_cents = c->credited_cents;
    out->credited_quantity = c->credited_quantity;
    out->recorded_ms = c->recorded_ms;
}

enum outcome query_charge(struct query *q, const Saldo__V1__ChargeQuery *in,
                          Saldo__V1__Reply *reply)
{
    Saldo__V1__ChargeStatus *out = QUERY_NEW(q, charge_status);
    uint32_t provider = provider_find(q->ledger, text_of(in->provider));
    struct charge_row c;

    if (in->charge.len != LIMIT_REQUEST_ID_BYTES)
        return OUTCOME_FIELD_INVALID;
    if (query_is_provider(q)) {
        if (in->provider[0] != '\0' && provider != q->key->provider)
            return OUTCOME_CHARGE_UNKNOWN;
        provider = q->key->provider;
    }
    if (provider == 0 || !find_charge(q, in->charge.data, provider, &c) ||
        !query_charge_in_scope(q, &c))
        return OUTCOME_CHARGE_UNKNOWN;
    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    query_charge_fill(q, &c, out);
    reply->result_case = SALDO__V1__REPLY__RESULT_CHARGE;
    reply->charge = out;
    return OUTCOME_ACCEPTED;
}
