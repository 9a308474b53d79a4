/* query_terms.c - what a charge of a day is judged by: approval, price and rate, as listed now. */
#include "ledger/query.h"

struct wanted {
    uint32_t provider;
    uint32_t organiser;
    uint32_t service;
    uint32_t rate_class;
};

static enum outcome terms_named(struct query *q, const Saldo__V1__TermsQuery *in, struct wanted *w)
{
    enum outcome o = query_provider_asked(q, in->provider, &w->provider);

    if (o != OUTCOME_ACCEPTED)
        return o;
    if (w->provider == 0)
        return OUTCOME_PROVIDER_UNKNOWN;
    o = query_organiser_asked(q, in->organiser, &w->organiser);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (w->organiser == 0)
        return OUTCOME_ORGANISER_UNKNOWN;
    w->service = service_find(q->ledger, w->organiser, text_of(in->service));
    if (w->service == 0)
        return OUTCOME_SERVICE_UNKNOWN;
    w->rate_class = class_find(q->ledger, w->organiser, text_of(in->rate_class));
    return w->rate_class == UINT32_MAX ? OUTCOME_RATE_CLASS_UNKNOWN : OUTCOME_ACCEPTED;
}

/* The days of a row; NULL gives zeros: there is no such row. */
static Saldo__V1__Interval *days_of(struct query *q, const struct dated *d)
{
    Saldo__V1__Interval *out = QUERY_NEW(q, interval);

    if (out == NULL || d == NULL)
        return out;
    out->from_day = d->from;
    out->to_day = query_day(d->to);
    return out;
}

static const struct dated *row_on(const struct query *q, enum dated_kind kind, struct wanted w,
                                  int32_t day)
{
    uint32_t list = dated_list(q->ledger, kind, w.provider, w.service, w.rate_class);

    return dated_on(q->ledger, list, day);
}

enum outcome query_terms(struct query *q, const Saldo__V1__TermsQuery *in, Saldo__V1__Reply *reply)
{
    Saldo__V1__Terms *out = QUERY_NEW(q, terms);
    struct wanted w;

    if (in->day < LIMIT_DAY_FIRST || in->day > LIMIT_DAY_LAST)
        return OUTCOME_FIELD_INVALID;
    enum outcome o = terms_named(q, in, &w);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    const struct service *s = ROW_AT(service, q->ledger, ROW_SERVICE, w.service);
    const struct dated *approval = row_on(
        q, DATED_APPROVAL, (struct wanted){.provider = w.provider, .service = w.service}, in->day);
    const struct dated *price = row_on(q, DATED_PRICE, w, in->day);
    const struct dated *rate = row_on(
        q, DATED_RATE, (struct wanted){.service = w.service, .rate_class = w.rate_class}, in->day);
    out->approval = days_of(q, approval);
    out->price = days_of(q, price);
    out->rate = days_of(q, rate);
    if (approval != NULL)
        out->approval_register = query_text(q, approval->source.text);
    if (price != NULL)
        out->price_cents = price->value;
    if (rate != NULL) {
        out->unit_value_cents = query_value(q, rate->value);
        out->price_cap_cents = query_value(q, rate->cap);
        out->copay_cents = query_value(q, rate->copay);
    }
    out->max_charge_cents = query_value(q, s->max_charge);
    out->share_rule = (Saldo__V1__ShareRule)s->share_rule;
    out->unit = (Saldo__V1__Unit)s->unit;
    out->increment = s->increment;
    reply->result_case = SALDO__V1__REPLY__RESULT_TERMS;
    reply->terms = out;
    return OUTCOME_ACCEPTED;
}
