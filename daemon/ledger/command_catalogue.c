/* command_catalogue.c - organisers, their services, rate classes and yearly commitments. */
#include "ledger/command.h"

enum {
    GRACE_DAYS_DEFAULT = 30,
    GRACE_DAYS_MAX = 3650,
    MINUTES_A_DAY = 1440,
    YEAR_FIRST = 1996,
    YEAR_LAST = 2100,
};

/* ---- SetOrganiser ---------------------------------------------------------------------------- */

static bool payout_fields(const Saldo__V1__SetOrganiser *c)
{
    bool day = true;
    if (c->payout_calendar == SALDO__V1__PAYOUT_CALENDAR__PAYOUT_WEEKLY)
        day = c->payout_day >= 1 && c->payout_day <= 7;
    else if (c->payout_calendar == SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY)
        day = c->payout_day >= 1 && c->payout_day <= 28;
    return day && c->payout_calendar <= SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY &&
           field_amount(c->payout_minimum_cents, LIMIT_VOUCHER_CENTS);
}

static bool organiser_fields(const Saldo__V1__SetOrganiser *c)
{
    return field_code(c->code) && field_name(c->name) && field_business_id(c->business_id) &&
           field_iban(c->iban) && field_account_name(c->account_name) && payout_fields(c) &&
           field_value(c->grace_days, GRACE_DAYS_MAX);
}

/* An IBAN that is replaced stays the organiser's: its statements and returns come for a while. */
static void former_iban_keep(struct organiser *o, const char *next)
{
    char before[LIMIT_FORMER_IBANS][sizeof(o->iban)];
    size_t kept = 0;

    if (strcmp(o->iban, next) == 0)
        return;
    memcpy(before, o->former, sizeof(before));
    memset(o->former, 0, sizeof(o->former));
    if (o->iban[0] != '\0')
        memcpy(o->former[kept++], o->iban, sizeof(o->iban));
    for (size_t i = 0; i < LIMIT_FORMER_IBANS && kept < LIMIT_FORMER_IBANS; i++)
        if (before[i][0] != '\0' && strcmp(before[i], next) != 0)
            memcpy(o->former[kept++], before[i], sizeof(before[i]));
    CHECK(kept <= LIMIT_FORMER_IBANS);
}

static void organiser_fill(struct organiser *o, const Saldo__V1__SetOrganiser *c)
{
    text_copy(o->code.text, sizeof(o->code.text), text_of(c->code));
    text_copy(o->name.text, sizeof(o->name.text), text_of(c->name));
    text_copy(o->account_name.text, sizeof(o->account_name.text), text_of(c->account_name));
    text_copy(o->business_id, sizeof(o->business_id), text_of(c->business_id));
    former_iban_keep(o, c->iban);
    text_copy(o->iban, sizeof(o->iban), text_of(c->iban));
    o->payout_calendar = (int32_t)c->payout_calendar;
    o->payout_day = c->payout_day;
    o->payout_minimum = c->payout_minimum_cents;
    o->grace_days = (int32_t)value_or(c->grace_days, GRACE_DAYS_DEFAULT);
}

static void organiser_replace(struct ledger *l, uint32_t item, const Saldo__V1__SetOrganiser *c)
{
    struct organiser *o = ROW_AT(organiser, l, ROW_ORGANISER, item);
    struct organiser next = *o;
    organiser_fill(&next, c);
    if (memcmp(&next, o, sizeof(next)) == 0)
        return;
    row_touch(l, ROW_ORGANISER, item);
    organiser_fill(o, c);
    o->pays_on_from = 0; /* the calendar may be another */
    o->pays_on = 0;
}

/* What never changes: who it is, and the grace its vouchers were granted with. */
static bool organiser_same(const struct organiser *o, const Saldo__V1__SetOrganiser *c)
{
    return text_is(text_of(c->business_id), o->business_id) &&
           value_or(c->grace_days, GRACE_DAYS_DEFAULT) == o->grace_days;
}

enum outcome command_set_organiser(struct ledger *l, const struct act *a,
                                   const Saldo__V1__SetOrganiser *c, struct answer *out)
{
    (void)out;
    if (!organiser_fields(c))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = organiser_find(l, text_of(c->code));
    if (!act_in_scope(a, item))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (item == 0 && pool_left(&l->table[ROW_ORGANISER].pool) == 0)
        return OUTCOME_LIMIT_REACHED;
    if (item != 0 && !organiser_same(ROW_AT(organiser, l, ROW_ORGANISER, item), c))
        return OUTCOME_ROW_CONFLICT;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    if (item != 0) {
        organiser_replace(l, item, c);
        return OUTCOME_ACCEPTED;
    }
    item = row_new(l, ROW_ORGANISER);
    organiser_fill(ROW_AT(organiser, l, ROW_ORGANISER, item), c);
    catalogue_index(l, ROW_ORGANISER, item);
    return OUTCOME_ACCEPTED;
}

/* ---- SetService ------------------------------------------------------------------------------ */

static bool service_fields(const Saldo__V1__SetService *c)
{
    return field_code(c->organiser) && field_code(c->code) && field_name(c->group) &&
           field_name(c->name_fi) && field_name(c->name_en) &&
           c->unit != SALDO__V1__UNIT__UNIT_NONE && c->unit <= SALDO__V1__UNIT__PIECE &&
           c->increment >= 1 && c->increment <= LIMIT_QUANTITY &&
           c->share_rule <= SALDO__V1__SHARE_RULE__COPAY_FIRST &&
           field_value(c->max_charge_cents, LIMIT_CHARGE_CENTS);
}

static void service_fill(struct service *s, uint32_t organiser, const Saldo__V1__SetService *c)
{
    text_copy(s->code.text, sizeof(s->code.text), text_of(c->code));
    text_copy(s->group.text, sizeof(s->group.text), text_of(c->group));
    text_copy(s->name_fi.text, sizeof(s->name_fi.text), text_of(c->name_fi));
    text_copy(s->name_en.text, sizeof(s->name_en.text), text_of(c->name_en));
    s->organiser = organiser;
    s->unit = (int32_t)c->unit;
    s->increment = c->increment;
    s->share_rule = (int32_t)c->share_rule;
    s->copay_allowed = c->copay_allowed != 0;
    s->prior_approval = c->prior_approval != 0;
    s->review = c->review != 0;
    s->overlap_allowed = c->overlap_allowed != 0;
    s->max_charge = value_or(c->max_charge_cents, -1);
}

static void service_replace(struct ledger *l, uint32_t item, uint32_t organiser,
                            const Saldo__V1__SetService *c)
{
    struct service *s = ROW_AT(service, l, ROW_SERVICE, item);
    struct service next = *s;
    service_fill(&next, organiser, c);
    if (memcmp(&next, s, sizeof(next)) == 0)
        return;
    row_touch(l, ROW_SERVICE, item);
    service_fill(s, organiser, c);
}

enum outcome command_set_service(struct ledger *l, const struct act *a,
                                 const Saldo__V1__SetService *c, struct answer *out)
{
    (void)out;
    if (!service_fields(c))
        return OUTCOME_FIELD_INVALID;
    uint32_t organiser;
    enum outcome named = organiser_named(l, a, c->organiser, &organiser);
    if (named != OUTCOME_ACCEPTED)
        return named;
    uint32_t item = service_find(l, organiser, text_of(c->code));
    if (item == 0 && pool_left(&l->table[ROW_SERVICE].pool) == 0)
        return OUTCOME_LIMIT_REACHED;
    if (item != 0 && ROW_AT(service, l, ROW_SERVICE, item)->unit != (int32_t)c->unit)
        return OUTCOME_ROW_CONFLICT;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    if (item != 0) {
        service_replace(l, item, organiser, c);
        return OUTCOME_ACCEPTED;
    }
    item = row_new(l, ROW_SERVICE);
    service_fill(ROW_AT(service, l, ROW_SERVICE, item), organiser, c);
    catalogue_index(l, ROW_SERVICE, item);
    return OUTCOME_ACCEPTED;
}

/* ---- AddRateWindow --------------------------------------------------------------------------- */

_Static_assert((int)SALDO__V1__DAY_KIND__WEEKDAY == (int)DAY_KIND_WEEKDAY, "one numbering");
_Static_assert((int)SALDO__V1__DAY_KIND__SATURDAY == (int)DAY_KIND_SATURDAY, "one numbering");
_Static_assert((int)SALDO__V1__DAY_KIND__HOLIDAY_EVE == (int)DAY_KIND_EVE, "one numbering");
_Static_assert((int)SALDO__V1__DAY_KIND__HOLIDAY == (int)DAY_KIND_HOLIDAY, "one numbering");

static bool window_fields(const Saldo__V1__AddRateWindow *c)
{
    return field_code(c->organiser) && c->rate_class[0] != '\0' && field_class(c->rate_class) &&
           c->day_kind != SALDO__V1__DAY_KIND__DAY_KIND_NONE &&
           c->day_kind <= SALDO__V1__DAY_KIND__HOLIDAY && c->from_minute >= 0 &&
           c->from_minute < c->to_minute && c->to_minute <= MINUTES_A_DAY;
}

static bool window_exists(const struct ledger *l, uint32_t class, const Saldo__V1__AddRateWindow *c)
{
    for (uint32_t at = ROW_AT(rate_class, l, ROW_CLASS, class)->windows; at != 0;) {
        const struct window *w = ROW_AT(window, l, ROW_WINDOW, at);
        if (w->day_kind == (int32_t)c->day_kind && w->from_minute == c->from_minute &&
            w->to_minute == c->to_minute)
            return true;
        at = w->next;
    }
    return false;
}

static uint32_t class_make(struct ledger *l, uint32_t organiser, struct text code)
{
    uint32_t item = row_new(l, ROW_CLASS);
    struct rate_class *class = ROW_AT(rate_class, l, ROW_CLASS, item);
    text_copy(class->code.text, sizeof(class->code.text), code);
    class->organiser = organiser;
    catalogue_index(l, ROW_CLASS, item);
    return item;
}

/* A class comes into being with its first window. */
enum outcome command_add_rate_window(struct ledger *l, const struct act *a,
                                     const Saldo__V1__AddRateWindow *c, struct answer *out)
{
    (void)out;
    if (!window_fields(c))
        return OUTCOME_FIELD_INVALID;
    uint32_t organiser;
    enum outcome named = organiser_named(l, a, c->organiser, &organiser);
    if (named != OUTCOME_ACCEPTED)
        return named;
    uint32_t class = class_find(l, organiser, text_of(c->rate_class));
    bool known = class != UINT32_MAX;
    if (known && window_exists(l, class, c))
        return OUTCOME_ACCEPTED;
    if (pool_left(&l->table[ROW_WINDOW].pool) == 0 ||
        (!known && pool_left(&l->table[ROW_CLASS].pool) == 0))
        return OUTCOME_LIMIT_REACHED;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    if (!known)
        class = class_make(l, organiser, text_of(c->rate_class));
    uint32_t item = row_new(l, ROW_WINDOW);
    struct window *w = ROW_AT(window, l, ROW_WINDOW, item);
    w->rate_class = class;
    w->day_kind = (int32_t)c->day_kind;
    w->from_minute = c->from_minute;
    w->to_minute = c->to_minute;
    catalogue_index(l, ROW_WINDOW, item);
    return OUTCOME_ACCEPTED;
}

/* ---- SetCommitment --------------------------------------------------------------------------- */

static bool commitment_fields(const Saldo__V1__SetCommitment *c)
{
    return field_code(c->organiser) && field_code(c->cost_code) && c->year >= YEAR_FIRST &&
           c->year <= YEAR_LAST && field_amount(c->cents, LIMIT_VOUCHER_CENTS);
}

enum outcome command_set_commitment(struct ledger *l, const struct act *a,
                                    const Saldo__V1__SetCommitment *c, struct answer *out)
{
    (void)out;
    if (!commitment_fields(c))
        return OUTCOME_FIELD_INVALID;
    uint32_t organiser;
    enum outcome named = organiser_named(l, a, c->organiser, &organiser);
    if (named != OUTCOME_ACCEPTED)
        return named;
    uint32_t code = cost_code_find(l, organiser, text_of(c->cost_code));
    uint32_t item = code == 0 ? 0 : commitment_find(l, code, c->year);
    if (item != 0 && c->cents < ROW_AT(commitment, l, ROW_COMMITMENT, item)->used)
        return OUTCOME_ALLOTMENT_TOO_LOW;
    if ((item == 0 && pool_left(&l->table[ROW_COMMITMENT].pool) == 0) ||
        (code == 0 && pool_left(&l->table[ROW_COST_CODE].pool) == 0))
        return OUTCOME_LIMIT_REACHED;
    if (a->dry_run || (item != 0 && ROW_AT(commitment, l, ROW_COMMITMENT, item)->limit == c->cents))
        return OUTCOME_ACCEPTED;
    code = cost_code_make(l, organiser, text_of(c->cost_code));
    item = commitment_make(l, code, c->year);
    ROW_AT(commitment, l, ROW_COMMITMENT, item)->limit = c->cents;
    return OUTCOME_ACCEPTED;
}
