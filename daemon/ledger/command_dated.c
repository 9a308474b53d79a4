/* command_dated.c - rates, approvals and prices: a change adds a row, nothing is overwritten. */
#include "ledger/command.h"

static uint32_t dated_from(const struct ledger *l, uint32_t list, int32_t from)
{
    while (list != 0 && ROW_AT(dated, l, ROW_DATED, list)->from != from)
        list = ROW_AT(dated, l, ROW_DATED, list)->next;
    return list;
}

static bool dated_same(const struct dated *d, const struct dated *other)
{
    return d->to == other->to && d->value == other->value && d->cap == other->cap &&
           d->copay == other->copay && text_is(text_of(d->source.text), other->source.text);
}

static enum outcome dated_add(struct ledger *l, const struct act *a, const struct dated *wanted)
{
    uint32_t list = dated_list(l, (enum dated_kind)wanted->kind, wanted->provider, wanted->service,
                               wanted->rate_class);
    uint32_t item = dated_from(l, list, wanted->from);
    if (item != 0)
        return dated_same(ROW_AT(dated, l, ROW_DATED, item), wanted) ? OUTCOME_ACCEPTED
                                                                     : OUTCOME_ROW_CONFLICT;
    if (pool_left(&l->table[ROW_DATED].pool) == 0)
        return OUTCOME_LIMIT_REACHED;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    item = row_new(l, ROW_DATED);
    struct dated *d = ROW_AT(dated, l, ROW_DATED, item);
    struct row_head head = d->head;
    *d = *wanted;
    d->head = head;
    catalogue_index(l, ROW_DATED, item);
    return OUTCOME_ACCEPTED;
}

/* ---- AddRate --------------------------------------------------------------------------------- */

static bool rate_fields(const Saldo__V1__AddRate *c)
{
    return field_code(c->organiser) && field_code(c->service) && field_class(c->rate_class) &&
           field_span((struct span){c->valid_from, c->valid_to}) &&
           field_value(c->unit_value_cents, LIMIT_CHARGE_CENTS) &&
           field_value(c->price_cap_cents, LIMIT_CHARGE_CENTS) &&
           field_value(c->copay_cents, LIMIT_CHARGE_CENTS);
}

enum outcome command_add_rate(struct ledger *l, const struct act *a, const Saldo__V1__AddRate *c,
                              struct answer *out)
{
    (void)out;
    struct offer offer;
    if (!rate_fields(c))
        return OUTCOME_FIELD_INVALID;
    enum outcome named = offer_named(
        l, a, (struct offer_names){NULL, c->organiser, c->service, c->rate_class}, &offer);
    if (named != OUTCOME_ACCEPTED)
        return named;
    struct dated rate = {
        .kind = DATED_RATE,
        .service = offer.service,
        .rate_class = offer.rate_class,
        .from = c->valid_from,
        .to = span_end(c->valid_to),
        .value = value_or(c->unit_value_cents, -1),
        .cap = value_or(c->price_cap_cents, -1),
        .copay = value_or(c->copay_cents, -1),
    };
    return dated_add(l, a, &rate);
}

/* ---- AddPrice -------------------------------------------------------------------------------- */

static bool price_fields(const Saldo__V1__AddPrice *c)
{
    return field_code(c->provider) && field_code(c->organiser) && field_code(c->service) &&
           field_class(c->rate_class) && field_span((struct span){c->valid_from, c->valid_to}) &&
           field_amount(c->price_cents, LIMIT_CHARGE_CENTS);
}

enum outcome command_add_price(struct ledger *l, const struct act *a, const Saldo__V1__AddPrice *c,
                               struct answer *out)
{
    (void)out;
    struct offer offer;
    if (!price_fields(c))
        return OUTCOME_FIELD_INVALID;
    enum outcome named = offer_named(
        l, a, (struct offer_names){c->provider, c->organiser, c->service, c->rate_class}, &offer);
    if (named != OUTCOME_ACCEPTED)
        return named;
    struct dated price = {
        .kind = DATED_PRICE,
        .provider = offer.provider,
        .service = offer.service,
        .rate_class = offer.rate_class,
        .from = c->valid_from,
        .to = span_end(c->valid_to),
        .value = c->price_cents,
        .cap = -1,
        .copay = -1,
    };
    return dated_add(l, a, &price);
}

/* ---- AddApproval, EndApproval ---------------------------------------------------------------- */

static bool approval_fields(const Saldo__V1__AddApproval *c)
{
    return field_code(c->provider) && field_code(c->organiser) && field_code(c->service) &&
           field_span((struct span){c->valid_from, c->valid_to}) && field_reference(c->register_);
}

enum outcome command_add_approval(struct ledger *l, const struct act *a,
                                  const Saldo__V1__AddApproval *c, struct answer *out)
{
    (void)out;
    struct offer offer;
    if (!approval_fields(c))
        return OUTCOME_FIELD_INVALID;
    enum outcome named = offer_named(
        l, a, (struct offer_names){c->provider, c->organiser, c->service, NULL}, &offer);
    if (named != OUTCOME_ACCEPTED)
        return named;
    struct dated approval = {
        .kind = DATED_APPROVAL,
        .provider = offer.provider,
        .service = offer.service,
        .from = c->valid_from,
        .to = span_end(c->valid_to),
        .value = -1,
        .cap = -1,
        .copay = -1,
    };
    text_copy(approval.source.text, sizeof(approval.source.text), text_of(c->register_));
    return dated_add(l, a, &approval);
}

static bool end_fields(const Saldo__V1__EndApproval *c)
{
    return field_code(c->provider) && field_code(c->organiser) && field_code(c->service) &&
           field_day(c->valid_to) && field_span((struct span){c->valid_from, c->valid_to});
}

enum outcome command_end_approval(struct ledger *l, const struct act *a,
                                  const Saldo__V1__EndApproval *c, struct answer *out)
{
    (void)out;
    struct offer offer;
    if (!end_fields(c))
        return OUTCOME_FIELD_INVALID;
    enum outcome named = offer_named(
        l, a, (struct offer_names){c->provider, c->organiser, c->service, NULL}, &offer);
    if (named != OUTCOME_ACCEPTED)
        return named;
    uint32_t list = dated_list(l, DATED_APPROVAL, offer.provider, offer.service, 0);
    uint32_t item = dated_from(l, list, c->valid_from);
    if (item == 0)
        return OUTCOME_ROW_UNKNOWN;
    struct dated *approval = ROW_AT(dated, l, ROW_DATED, item);
    if (approval->to == c->valid_to)
        return OUTCOME_ACCEPTED;
    if (c->valid_to < a->window_first - 1)
        return OUTCOME_FIELD_INVALID;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    row_touch(l, ROW_DATED, item);
    approval->to = c->valid_to;
    return OUTCOME_ACCEPTED;
}
