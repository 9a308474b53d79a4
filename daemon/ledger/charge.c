/* charge.c - one charge: judged in the order of RULES.md, and recorded.
 *
 * The judge_ functions read and never write; each is one group of the domain's section 5. What
 * they find out on the way (rows, dates, shares) stands in struct quote, for the groups after them
 * and for the recording. */
#include "ledger/charge_row.h"
#include "ledger/state.h"

#define MINUTE_MS INT64_C(60000)
#define CLASS_SPAN_MS                                                                              \
    (62 * INT64_C(86400000)) /* longer services are not walked minute by minute                    \
                              */

struct quote {
    const struct charge *c;
    struct lookup *k;         /* voucher, days and buckets as of now */
    struct voucher *v;        /* NULL: unknown */
    const struct terms *t;    /* NULL: no voucher, no terms */
    const struct dated *rate; /* NULL: none */
    const struct version *version;
    bool has_interval;
    struct interval interval;
    struct shares shares;
    int64_t amount; /* cents or units */
};

static bool has_interval(const struct charge *c)
{
    return c->start_ms != 0 && c->end_ms != 0 && c->end_ms > c->start_ms;
}

/* ---- Provider and voucher ---------------------------------------------------------------------
 */

/* Charges before this one may have made its buckets since the lookup. */
static void look_again(const struct ledger *l, struct lookup *k)
{
    if (k->month_bucket == 0)
        k->month_bucket = bucket_find(l, k->month, k->digits);
    if (k->bucket == 0)
        k->bucket = bucket_find(l, k->period, k->digits);
}

static void quote_voucher(const struct ledger *l, const struct act *a, struct quote *q)
{
    if (q->k->voucher == 0)
        return;
    q->v = ROW_AT(voucher, l, ROW_VOUCHER, q->k->voucher);
    q->t = terms_of(l, a->terms, a->provider, q->v->organiser, q->c);
    if (!q->k->has_day)
        return;
    look_again(l, q->k);
    q->version = voucher_version_on(l, q->v, q->k->day);
}

static bool approved(const struct ledger *l, const struct quote *q)
{
    return dated_on(l, q->t->approvals, q->k->day) != NULL;
}

static bool voucher_valid(const struct ledger *l, const struct act *a, const struct quote *q)
{
    const struct voucher *v = q->v;
    return q->k->day >= v->valid_from && q->k->day <= voucher_end(v) &&
           a->day < voucher_final_day(l, v) && !voucher_suspended(l, v, q->k->day);
}

static enum outcome judge_voucher(const struct ledger *l, const struct act *a,
                                  const struct quote *q)
{
    if (ROW_AT(provider, l, ROW_PROVIDER, a->provider)->blocked)
        return OUTCOME_PROVIDER_BLOCKED;
    if (q->v == NULL)
        return OUTCOME_VOUCHER_UNKNOWN;
    if (!act_in_scope(a, q->v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (q->c->start_ms == 0)
        return q->v->voided ? OUTCOME_VOUCHER_VOID : OUTCOME_TIME_REQUIRED;
    if (!approved(l, q))
        return OUTCOME_PROVIDER_NOT_APPROVED;
    if (q->v->voided)
        return OUTCOME_VOUCHER_VOID;
    if (!voucher_valid(l, a, q))
        return OUTCOME_VOUCHER_NOT_VALID;
    if (q->v->reserved_for != 0 && q->v->reserved_for != a->provider)
        return OUTCOME_VOUCHER_RESERVED;
    return OUTCOME_ACCEPTED;
}

/* ---- Service ------------------------------------------------------------------------------------
 */

static bool covered(const struct quote *q)
{
    for (uint32_t i = 0; i < q->version->service_count; i++)
        if (q->version->services[i] == q->t->service_item)
            return true;
    return false;
}

/* The window of a class that holds a local minute; NULL: none. */
static const struct window *window_at(const struct ledger *l, uint32_t rate_class, int32_t kind,
                                      int32_t minute)
{
    uint32_t at = ROW_AT(rate_class, l, ROW_CLASS, rate_class)->windows;
    while (at != 0) {
        const struct window *w = ROW_AT(window, l, ROW_WINDOW, at);
        if (w->day_kind == kind && minute >= w->from_minute && minute < w->to_minute)
            return w;
        at = w->next;
    }
    return NULL;
}

/* Walks from window to window, and at full hours looks at the clock again: it may have been put
 * forward or back. */
static bool class_covers(const struct ledger *l, uint32_t rate_class, int64_t start_ms,
                         int64_t end_ms)
{
    if (rate_class == UINT32_MAX || end_ms - start_ms > CLASS_SPAN_MS)
        return false;
    int64_t at = start_ms - calendar_local_ms(start_ms) % MINUTE_MS;
    int64_t midnight = INT64_MIN; /* of the day after the one whose kind is known */
    int32_t kind = 0;
    while (at < end_ms) {
        if (at >= midnight) {
            int32_t day = calendar_local_day(at);
            kind = (int32_t)calendar_day_kind(day);
            midnight = calendar_midnight_ms(day + 1);
        }
        int32_t minute = calendar_local_ms(at) / (int32_t)MINUTE_MS;
        const struct window *w = window_at(l, rate_class, kind, minute);
        if (w == NULL)
            return false;
        int32_t to_hour = 60 - minute % 60;
        int32_t to_end = w->to_minute - minute;
        at += (to_end < to_hour ? to_end : to_hour) * MINUTE_MS;
    }
    return true;
}

static bool price_listed(const struct ledger *l, const struct quote *q)
{
    const struct dated *price = dated_on(l, q->t->prices, q->k->day);
    return price != NULL && price->value == q->c->price_cents;
}

static enum outcome judge_service(const struct ledger *l, struct quote *q, struct answer *out)
{
    const struct charge *c = q->c;
    if (!covered(q))
        return OUTCOME_SERVICE_NOT_COVERED;
    if (c->unit != q->t->service->unit)
        return OUTCOME_UNIT_MISMATCH;
    if (q->t->service->prior_approval &&
        !voucher_prior_approval(l, q->v, q->t->service_item, q->k->day))
        return OUTCOME_PRIOR_APPROVAL_REQUIRED;
    if (q->t->rate_class != 0 && has_interval(c) &&
        !class_covers(l, q->t->rate_class, c->start_ms, c->end_ms))
        return OUTCOME_RATE_CLASS_MISMATCH;
    if (!price_listed(l, q))
        return OUTCOME_PRICE_NOT_LISTED;
    q->rate = dated_on(l, q->t->rates, q->k->day);
    if (q->rate != NULL && q->rate->cap >= 0 && c->price_cents > q->rate->cap) {
        out->have = q->rate->cap;
        out->need = c->price_cents;
        return OUTCOME_PRICE_ABOVE_CAP;
    }
    if (!q->t->service->copay_allowed && c->copay_cents > 0) {
        out->need = c->copay_cents;
        return OUTCOME_COPAY_NOT_ALLOWED;
    }
    return OUTCOME_ACCEPTED;
}

/* ---- Time
 * ----------------------------------------------------------------------------------------- */

static enum outcome judge_quantity(const struct quote *q, struct answer *out)
{
    const struct charge *c = q->c;
    if (c->quantity <= 0 || c->quantity > LIMIT_QUANTITY ||
        c->quantity % q->t->service->increment != 0)
        return OUTCOME_QUANTITY_INVALID;
    if (c->unit != SALDO__V1__UNIT__HOUR)
        return OUTCOME_ACCEPTED;
    int64_t elapsed = (c->end_ms - c->start_ms) / MINUTE_MS;
    if (c->quantity > elapsed) {
        out->have = elapsed;
        out->need = c->quantity;
        return OUTCOME_QUANTITY_TIME_MISMATCH;
    }
    return OUTCOME_ACCEPTED;
}

/* Where the interval lies in its month; SPANS_PERIODS was asked before, so it fits. */
static void quote_interval(struct quote *q)
{
    q->has_interval = has_interval(q->c);
    if (!q->has_interval)
        return;
    q->interval.from = (uint32_t)(q->c->start_ms - q->k->month_ms);
    q->interval.to = (uint32_t)(q->c->end_ms - q->k->month_ms);
}

static enum outcome judge_time(const struct ledger *l, const struct act *a, struct quote *q,
                               struct answer *out)
{
    const struct charge *c = q->c;
    if (c->unit == SALDO__V1__UNIT__HOUR && c->end_ms == 0)
        return OUTCOME_TIME_REQUIRED;
    if (c->end_ms != 0 && c->end_ms <= c->start_ms)
        return OUTCOME_END_BEFORE_START;
    if ((c->end_ms != 0 ? c->end_ms : c->start_ms) > a->time_ms)
        return OUTCOME_SERVICE_IN_FUTURE;
    if (q->k->day < a->window_first)
        return OUTCOME_RECORDING_WINDOW;
    if (c->end_ms > q->k->month_end_ms)
        return OUTCOME_SPANS_PERIODS;
    enum outcome o = judge_quantity(q, out);
    if (o != OUTCOME_ACCEPTED)
        return o;
    quote_interval(q);
    uint32_t month = q->k->month_bucket;
    if (!q->has_interval || month == 0)
        return OUTCOME_ACCEPTED;
    if (!q->t->service->overlap_allowed && bucket_overlaps(l, month, q->interval))
        return OUTCOME_OVERLAP;
    if (ROW_AT(bucket, l, ROW_BUCKET, month)->interval_count >= LEDGER_INTERVALS_MAX)
        return OUTCOME_LIMIT_REACHED;
    return OUTCOME_ACCEPTED;
}

/* ---- Money
 * ------------------------------------------------------------------------------------------ */

static bool quote_shares(struct quote *q)
{
    const struct charge *c = q->c;
    if (c->price_cents > LIMIT_CHARGE_CENTS)
        return false;
    int64_t value = q->rate != NULL ? q->rate->value : -1;
    if (q->version->unit_value >= 0)
        value = q->version->unit_value;
    struct share_terms terms = {
        .rule = (enum share_rule)q->t->service->share_rule,
        .is_hour = c->unit == SALDO__V1__UNIT__HOUR,
        .price_cents = c->price_cents,
        .unit_value_cents = value,
        .copay_cents = q->rate != NULL ? q->rate->copay : -1,
        .quantity = c->quantity,
    };
    return shares_of(&terms, &q->shares);
}

static enum outcome over_limit(const struct quote *q, int64_t limit, struct answer *out)
{
    out->have = limit;
    out->need = q->shares.county;
    return OUTCOME_AMOUNT_LIMIT;
}

/* Of the service; months count from the year 0. */
static int32_t year_of(const struct lookup *k)
{
    return k->month / 12;
}

static bool over_commitment(const struct ledger *l, const struct quote *q)
{
    if (q->v->cost_code == 0)
        return false;
    uint32_t item = commitment_find(l, q->v->cost_code, year_of(q->k));
    if (item == 0)
        return false;
    const struct commitment *k = ROW_AT(commitment, l, ROW_COMMITMENT, item);
    return k->limit >= 0 && k->used + q->shares.county > k->limit;
}

static enum outcome judge_money(const struct ledger *l, struct quote *q, struct answer *out)
{
    const struct charge *c = q->c;
    bool fits = quote_shares(q);
    if (!fits || c->county_cents != q->shares.county || c->copay_cents != q->shares.copay) {
        out->have = c->county_cents;
        out->need = fits ? q->shares.county : 0;
        return OUTCOME_AMOUNT_MISMATCH;
    }
    int64_t limit = q->t->service->max_charge;
    if (limit >= 0 && q->shares.county > limit)
        return over_limit(q, limit, out);
    bool units = q->v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    q->amount = units ? c->quantity : q->shares.county;
    int64_t have = bucket_available(l, q->v, q->k->bucket, q->k->month);
    if (q->amount > have) {
        out->have = have;
        out->need = q->amount;
        return units ? OUTCOME_QUOTA_EXCEEDED : OUTCOME_INSUFFICIENT_BALANCE;
    }
    if (q->shares.county > LIMIT_CHARGE_CENTS || q->shares.copay > LIMIT_CHARGE_CENTS)
        return over_limit(q, LIMIT_CHARGE_CENTS, out);
    return over_commitment(l, q) ? OUTCOME_COUNTY_BUDGET : OUTCOME_ACCEPTED;
}

static enum outcome judge(const struct ledger *l, const struct act *a, struct quote *q,
                          struct answer *out)
{
    if (a->provider == 0)
        return OUTCOME_ROLE_NOT_ALLOWED;
    quote_voucher(l, a, q);
    enum outcome o = judge_voucher(l, a, q);
    if (o == OUTCOME_ACCEPTED)
        o = judge_service(l, q, out);
    if (o == OUTCOME_ACCEPTED)
        o = judge_time(l, a, q, out);
    if (o == OUTCOME_ACCEPTED)
        o = judge_money(l, q, out);
    return o;
}

/* ---- Recording
 * ---------------------------------------------------------------------------------------- */

static int32_t clamp(int64_t x)
{
    if (x > INT32_MAX) /* mutation: at the end it is x */
        return INT32_MAX;
    return x < INT32_MIN ? INT32_MIN : (int32_t)x; /* mutation: at the end it is x */
}

/* The bucket with the money, and the one with the time where there is an interval. */
static void make_buckets(struct ledger *l, const struct quote *q)
{
    struct lookup *k = q->k;
    if (k->bucket == 0)
        k->bucket = bucket_make(l, q->v, k->period, k->month);
    else
        bucket_open(l, q->v, k->bucket, k->month);
    if (k->period == k->month)
        k->month_bucket = k->bucket;
    else if (k->month_bucket == 0 && q->has_interval)
        k->month_bucket = bucket_make(l, q->v, k->month, k->month);
}

/* 0 for a charge that somebody has to look at first. */
static int32_t pays_on(struct ledger *l, const struct act *a, const struct quote *q)
{
    return q->t->service->review ? 0 : account_pays_on(l, q->v->organiser, a->day);
}

static void accept(struct ledger *l, const struct act *a, struct quote *q, struct answer *out)
{
    struct voucher *v = q->v;
    row_touch(l, ROW_VOUCHER, q->k->voucher);
    v->opened = true;
    v->used = true;
    v->live_charges++;
    if (q->k->day > v->last_service_day)
        v->last_service_day = q->k->day;

    make_buckets(l, q);
    bucket_take(l, v, q->k->bucket, q->amount, q->shares.county);
    if (q->has_interval)
        bucket_interval_add(l, q->k->month_bucket, q->interval);
    if (v->cost_code != 0) {
        uint32_t item = commitment_make(l, v->cost_code, year_of(q->k));
        ROW_AT(commitment, l, ROW_COMMITMENT, item)->used += q->shares.county;
    }
    if (q->t->service->review)
        bucket_total(l, q->k->bucket, a->day); /* so that this night's history has it pending */
    else
        charge_join_batch(l, v->organiser, a, q->k->bucket, q->amount, q->shares.county);
    out->pays_on = pays_on(l, a, q);
    out->have = bucket_available(l, v, q->k->bucket, q->k->month);
    out->need = q->amount;
}

static void record(struct ledger *l, const struct act *a, const struct quote *q,
                   struct request_id id, const struct answer *answer)
{
    const struct charge *c = q->c;
    const bool accepted = answer->code == OUTCOME_ACCEPTED;
    struct charge_row row = {
        .start_ms = c->start_ms,
        .end_ms = c->end_ms,
        .digits = q->v != NULL ? q->k->digits : -1,
        .quantity = clamp(c->quantity),
        .county = clamp(c->county_cents),
        .copay = clamp(c->copay_cents),
        .settle_day = CALENDAR_DAY_OPEN,
        .state = CHARGE_REJECTED,
    };
    CHECK(q->t != NULL || !accepted);
    if (q->t != NULL) {
        row.service = (uint16_t)q->t->service_item;
        row.rate_class = (uint16_t)q->t->rate_class;
    }
    if (accepted && q->t->service->review) {
        row.state = CHARGE_IN_REVIEW;
    } else if (accepted) {
        row.state = CHARGE_APPROVED;
        row.settle_day = a->day;
    }
    *(accepted ? &l->meta.accepted : &l->meta.refused) += 1;
    request_id_use(l, a, id, answer, &row);
}

void charge_act(struct ledger *l, const struct act *a, const struct charge *c, uint32_t index,
                struct answer *out)
{
    struct quote q = {.c = c, .k = &l->lookups[index]};
    /* An office may ask on behalf of a provider: it was looked up as the office's own. */
    const uint64_t hash = a->dry_run ? charge_hash(l, c->id, a->owner) : q.k->id_hash;
    const struct request_id id = {c->id, hash, c->digest, index};
    *out = (struct answer){.code = (int32_t)request_id_judge(l, a, c->id)};
    if (out->code != OUTCOME_ACCEPTED || request_id_seen(l, a, id, out))
        return;
    out->code = (int32_t)judge(l, a, &q, out);
    if (a->dry_run) {
        if (out->code == OUTCOME_ACCEPTED) {
            out->have = bucket_available(l, q.v, q.k->bucket, q.k->month) - q.amount;
            out->need = q.amount;
            out->pays_on = pays_on(l, a, &q);
        }
        return;
    }
    if (out->code == OUTCOME_ACCEPTED)
        accept(l, a, &q, out);
    record(l, a, &q, id, out);
}
