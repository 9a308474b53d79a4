/* rows_catalogue.c - the bytes of organisers, services, providers, keys and commitments. */
#include "ledger/rows.h"

static void organiser_value(const struct fields *f, void *row)
{
    struct organiser *o = row;
    FIELD_TEXT(f, o->code.text);
    FIELD_TEXT(f, o->name.text);
    FIELD_TEXT(f, o->account_name.text);
    FIELD_TEXT(f, o->business_id);
    FIELD_TEXT(f, o->iban);
    for (size_t i = 0; i < LIMIT_FORMER_IBANS; i++)
        FIELD_TEXT(f, o->former[i]);
    field_i32(f, &o->payout_calendar);
    field_i32(f, &o->payout_day);
    field_i64(f, &o->payout_minimum);
    field_i32(f, &o->grace_days);
}

const struct row_shape shape_organiser = {sizeof(struct organiser), NULL, organiser_value, NULL};

static void service_value(const struct fields *f, void *row)
{
    struct service *s = row;
    FIELD_TEXT(f, s->code.text);
    FIELD_TEXT(f, s->group.text);
    FIELD_TEXT(f, s->name_fi.text);
    FIELD_TEXT(f, s->name_en.text);
    field_u32(f, &s->organiser);
    field_i32(f, &s->unit);
    field_i32(f, &s->increment);
    field_i32(f, &s->share_rule);
    field_bool(f, &s->copay_allowed);
    field_bool(f, &s->prior_approval);
    field_bool(f, &s->review);
    field_bool(f, &s->overlap_allowed);
    field_i64(f, &s->max_charge);
}

static bool service_valid(const struct ledger *l, const void *row)
{
    return row_exists(l, ROW_ORGANISER, ((const struct service *)row)->organiser);
}

const struct row_shape shape_service = {sizeof(struct service), NULL, service_value, service_valid};

static void class_value(const struct fields *f, void *row)
{
    struct rate_class *c = row;
    FIELD_TEXT(f, c->code.text);
    field_u32(f, &c->organiser);
}

static bool class_valid(const struct ledger *l, const void *row)
{
    return row_exists(l, ROW_ORGANISER, ((const struct rate_class *)row)->organiser);
}

const struct row_shape shape_class = {sizeof(struct rate_class), NULL, class_value, class_valid};

static void window_value(const struct fields *f, void *row)
{
    struct window *w = row;
    field_u32(f, &w->rate_class);
    field_i32(f, &w->day_kind);
    field_i32(f, &w->from_minute);
    field_i32(f, &w->to_minute);
}

static bool window_valid(const struct ledger *l, const void *row)
{
    const struct window *w = row;
    return w->rate_class != 0 && row_exists(l, ROW_CLASS, w->rate_class);
}

const struct row_shape shape_window = {sizeof(struct window), NULL, window_value, window_valid};

static void provider_value(const struct fields *f, void *row)
{
    struct provider *p = row;
    FIELD_TEXT(f, p->id.text);
    FIELD_TEXT(f, p->name.text);
    FIELD_TEXT(f, p->account_name.text);
    FIELD_TEXT(f, p->business_id);
    FIELD_TEXT(f, p->iban);
    field_bool(f, &p->blocked);
    field_bool(f, &p->change_noted);
    FIELD_TEXT(f, p->new_iban);
    FIELD_TEXT(f, p->new_account_name.text);
    field_u32(f, &p->change_owner);
    field_bool(f, &p->bank_hold);
}

const struct row_shape shape_provider = {sizeof(struct provider), NULL, provider_value, NULL};

static void dated_value(const struct fields *f, void *row)
{
    struct dated *d = row;
    field_i32(f, &d->kind);
    field_u32(f, &d->provider);
    field_u32(f, &d->service);
    field_u32(f, &d->rate_class);
    field_i32(f, &d->from);
    field_i32(f, &d->to);
    field_i64(f, &d->value);
    field_i64(f, &d->cap);
    field_i64(f, &d->copay);
    FIELD_TEXT(f, d->source.text);
}

static bool dated_valid(const struct ledger *l, const void *row)
{
    const struct dated *d = row;
    return row_exists(l, ROW_PROVIDER, d->provider) && row_exists(l, ROW_SERVICE, d->service) &&
           row_exists(l, ROW_CLASS, d->rate_class);
}

const struct row_shape shape_dated = {sizeof(struct dated), NULL, dated_value, dated_valid};

static void key_value(const struct fields *f, void *row)
{
    struct signing_key *k = row;
    field_bytes(f, k->key.key_id, sizeof(k->key.key_id));
    field_bytes(f, k->key.signing_key, sizeof(k->key.signing_key));
    field_bytes(f, k->key.transport_key, sizeof(k->key.transport_key));
    FIELD_TEXT(f, k->key.owner);
    field_i32(f, &k->key.role);
    field_u32(f, &k->key.organiser);
    field_u32(f, &k->key.provider);
    field_i64(f, &k->key.valid_from_ms);
    field_i64(f, &k->key.valid_to_ms);
    field_bool(f, &k->key.revoked);
    field_u32(f, &k->owner);
}

static bool key_references(const struct ledger *l, const void *row)
{
    const struct signing_key *k = row;
    return row_exists(l, ROW_ORGANISER, k->key.organiser) &&
           row_exists(l, ROW_PROVIDER, k->key.provider);
}

const struct row_shape shape_key = {sizeof(struct signing_key), NULL, key_value, key_references};

static void cost_code_value(const struct fields *f, void *row)
{
    struct cost_code *c = row;
    FIELD_TEXT(f, c->code.text);
    field_u32(f, &c->organiser);
}

static bool cost_code_valid(const struct ledger *l, const void *row)
{
    return row_exists(l, ROW_ORGANISER, ((const struct cost_code *)row)->organiser);
}

const struct row_shape shape_cost_code = {sizeof(struct cost_code), NULL, cost_code_value,
                                          cost_code_valid};

static void commitment_key(const struct fields *f, void *row)
{
    struct commitment *c = row;
    field_u32(f, &c->cost_code);
    field_i32(f, &c->year);
}

static void commitment_value(const struct fields *f, void *row)
{
    struct commitment *c = row;
    field_i64(f, &c->limit);
    field_i64(f, &c->used);
}

static bool commitment_valid(const struct ledger *l, const void *row)
{
    return row_exists(l, ROW_COST_CODE, ((const struct commitment *)row)->cost_code);
}

const struct row_shape shape_commitment = {sizeof(struct commitment), commitment_key,
                                           commitment_value, commitment_valid};
