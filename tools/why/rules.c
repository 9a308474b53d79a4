/* rules.c - what a charge was judged by, in the order of daemon/RULES.md, with the values that were
 * compared: those of the signed request, of the answer, and of the catalogue as it stands now. */
#include <inttypes.h>
#include <string.h>

#include "calendar.h"
#include "outcome.h"
#include "text.h"
#include "why/story.h"

static bool is_accepted(const struct story_facts *f)
{
    return f->charge->code == OUTCOME_ACCEPTED;
}

bool story_is_hour(const struct story_facts *f)
{
    return f->service != NULL && f->service->unit == SALDO__V1__UNIT__HOUR;
}

int32_t story_service_day(const struct story_facts *f)
{
    return f->charge->start_ms != 0 ? calendar_local_day(f->charge->start_ms) : 0;
}

const Saldo__V1__VoucherVersion *story_version(const struct story_facts *f)
{
    const Saldo__V1__VoucherVersion *found = NULL;

    for (size_t i = 0; f->voucher != NULL && i < f->voucher->n_versions; i++)
        if (f->voucher->versions[i]->effective_from <= story_service_day(f))
            found = f->voucher->versions[i];
    return found;
}

static const char *class_of(const struct story_facts *f)
{
    return f->charge->rate_class[0] != '\0' ? f->charge->rate_class : "ALL";
}

/* A last day, or that there is none. */
static const char *until(const struct story *s, int32_t day, char out[TEXT_DAY_MAX])
{
    if (day != 0)
        return text_day(day, out);
    return s->language == STORY_FINNISH ? "toistaiseksi" : "no end";
}

/* ---- Provider and voucher -------------------------------------------------------------------- */

static void say_provider(struct story *s, const struct story_facts *f)
{
    if (f->provider != NULL && f->provider->blocked)
        story_say(s, "rule", 0, "The provider %s is blocked now.",
                  "Palveluntuottaja %s on nyt estetty.", f->charge->provider);
}

static void say_approval(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__Interval *a = f->terms != NULL ? f->terms->approval : NULL;
    char day[TEXT_DAY_MAX], from[TEXT_DAY_MAX], to[TEXT_DAY_MAX];

    text_day(story_service_day(f), day);
    if (f->terms == NULL)
        return;
    if (a == NULL || a->from_day == 0)
        story_say(s, "rule", 0, "No approval of provider %s for %s covers %s.",
                  "Palveluntuottajalla %s ei ole hyväksyntää palveluun %s päivälle %s.",
                  f->charge->provider, f->charge->service, day);
    else
        story_say(s, "rule", 0,
                  "Provider %s is approved for %s from %s to %s (%s); the service was on %s.",
                  "Palveluntuottaja %s on hyväksytty palveluun %s ajalle %s - %s (%s); palvelu "
                  "annettiin %s.",
                  f->charge->provider, f->charge->service, text_day(a->from_day, from),
                  until(s, a->to_day, to), f->terms->approval_register, day);
}

static void say_void(struct story *s, const struct story_facts *f)
{
    if (f->voucher != NULL && strcmp(f->voucher->state, "VOID") == 0)
        story_say(s, "rule", 0, "The voucher %s is void.", "Seteli %s on mitätöity.",
                  f->charge->voucher);
}

static void say_suspensions(struct story *s, const Saldo__V1__Voucher *v, int32_t day)
{
    char from[TEXT_DAY_MAX], to[TEXT_DAY_MAX], date[TEXT_DAY_MAX];
    bool covered = false;

    text_day(day, date);
    for (size_t i = 0; i < v->n_suspensions; i++) {
        const Saldo__V1__Interval *gap = v->suspensions[i];
        if (day < gap->from_day || (gap->to_day != 0 && day > gap->to_day))
            continue;
        covered = true;
        story_say(s, "rule", 0, "It is suspended from %s to %s, and the service was on %s.",
                  "Se on keskeytetty ajalla %s - %s, ja palvelu annettiin %s.",
                  text_day(gap->from_day, from), until(s, gap->to_day, to), date);
    }
    if (!covered && v->n_suspensions > 0)
        story_say(s, "rule", 0, "It has %zu suspensions, and %s lies in none of them.",
                  "Sillä on %zu keskeytystä, eikä %s osu niihin.", v->n_suspensions, date);
}

static void say_validity(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__Voucher *v = f->voucher;
    const Saldo__V1__VoucherVersion *version = story_version(f);
    int32_t day = story_service_day(f);
    char date[TEXT_DAY_MAX], from[TEXT_DAY_MAX], to[TEXT_DAY_MAX], recorded[TEXT_DAY_MAX];

    if (v == NULL || v->n_versions == 0)
        return;
    int32_t end = version != NULL ? version->valid_to : v->versions[0]->valid_to;
    text_day(day, date);
    text_day(v->valid_from, from);
    story_say(s, "rule", 0, "The voucher is valid from %s to %s; the service was on %s.",
              "Palveluseteli on voimassa %s - %s; palvelu annettiin %s.", from, until(s, end, to),
              date);
    if (v->closed_on != 0)
        story_say(s, "rule", 0, "It was closed: its last day of service is %s.",
                  "Se on päätetty: viimeinen palvelupäivä on %s.", text_day(v->closed_on, to));
    if (v->closed_on != 0 && (end == 0 || v->closed_on < end))
        end = v->closed_on;
    text_day(f->charge->business_day, recorded);
    if (end != 0 && f->charge->business_day > end)
        story_say(s, "rule", 0,
                  "It was recorded on %s, %d days after that end; the organiser's days of grace "
                  "count from there.",
                  "Se kirjattiin %s, %d päivää sen jälkeen; jälkikirjausaika alkaa siitä.",
                  recorded, f->charge->business_day - end);
    say_suspensions(s, v, day);
}

static void say_reserved(struct story *s, const struct story_facts *f)
{
    if (f->voucher != NULL && f->voucher->reserved_for[0] != '\0')
        story_say(s, "rule", 0, "It is booked to provider %s; %s charged it.",
                  "Se on varattu palveluntuottajalle %s; kirjaaja on %s.", f->voucher->reserved_for,
                  f->charge->provider);
}

/* ---- The service ----------------------------------------------------------------------------- */

static void say_covered(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__VoucherVersion *v = story_version(f);
    bool covered = false;

    if (v == NULL)
        return;
    for (size_t i = 0; i < v->n_services; i++)
        covered = covered || strcmp(v->services[i], f->charge->service) == 0;
    if (v->n_services == 1 && covered)
        story_say(s, "rule", 0, "It covers one service, %s.", "Se kattaa yhden palvelun, %s.",
                  f->charge->service);
    else if (v->n_services == 1)
        story_say(s, "rule", 0, "It covers one service, %s, and not %s.",
                  "Se kattaa yhden palvelun, %s, mutta ei palvelua %s.", v->services[0],
                  f->charge->service);
    else if (covered)
        story_say(s, "rule", 0, "It covers %zu services, %s among them.",
                  "Se kattaa %zu palvelua, myös palvelun %s.", v->n_services, f->charge->service);
    else
        story_say(s, "rule", 0, "It covers %zu services, and %s is none of them.",
                  "Se kattaa %zu palvelua, mutta ei palvelua %s.", v->n_services,
                  f->charge->service);
}

static void say_unit(struct story *s, const struct story_facts *f)
{
    if (f->signed_charge == NULL || f->service == NULL)
        return;
    const ProtobufCEnumValue *signed_unit = protobuf_c_enum_descriptor_get_value(
        &saldo__v1__unit__descriptor, (int)f->signed_charge->unit);
    const ProtobufCEnumValue *unit =
        protobuf_c_enum_descriptor_get_value(&saldo__v1__unit__descriptor, (int)f->service->unit);
    story_say(s, "rule", 0, "The service's unit is %s; %s was signed.",
              "Palvelun yksikkö on %s; allekirjoitettu on %s.", unit != NULL ? unit->name : "-",
              signed_unit != NULL ? signed_unit->name : "-");
}

static void say_prior(struct story *s, const struct story_facts *f)
{
    int32_t day = story_service_day(f);
    char from[TEXT_DAY_MAX], to[TEXT_DAY_MAX];

    for (size_t i = 0; f->voucher != NULL && i < f->voucher->n_prior_approvals; i++) {
        const Saldo__V1__PriorApproval *p = f->voucher->prior_approvals[i];
        if (strcmp(p->service, f->charge->service) != 0 || p->valid_from > day ||
            (p->valid_to != 0 && day > p->valid_to))
            continue;
        story_say(s, "rule", 0, "%s agreed to the service beforehand, from %s to %s.",
                  "%s on sopinut palvelusta ennakkoon ajalle %s - %s.", p->approved_by,
                  text_day(p->valid_from, from), until(s, p->valid_to, to));
        return;
    }
    if (f->charge->code == OUTCOME_PRIOR_APPROVAL_REQUIRED && f->voucher != NULL)
        story_say(s, "rule", 0, "Of its %zu prior approvals none is for %s on %s.",
                  "Sen %zu ennakkosopimuksesta mikään ei koske palvelua %s päivänä %s.",
                  f->voucher->n_prior_approvals, f->charge->service, text_day(day, from));
}

static void say_class(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    char start[TEXT_TIME_MAX], end[TEXT_TIME_MAX];

    if (c->rate_class[0] != '\0' && c->end_ms > c->start_ms)
        story_say(s, "rule", 0, "Every minute from %s to %s has to lie in the rate class %s.",
                  "Jokaisen minuutin ajassa %s - %s on kuuluttava aikaluokkaan %s.",
                  text_time(c->start_ms, start), text_time(c->end_ms, end), class_of(f));
}

/* ---- Time ------------------------------------------------------------------------------------ */

static void say_interval(struct story *s, const struct story_facts *f)
{
    char start[TEXT_TIME_MAX], end[TEXT_TIME_MAX];

    text_time(f->charge->start_ms, start);
    text_time(f->charge->end_ms, end);
    story_say(s, "rule", 0, "The service began at %s and ended at %s.",
              "Palvelu alkoi %s ja päättyi %s.", start[0] != '\0' ? start : "-",
              end[0] != '\0' ? end : "-");
}

static void say_future(struct story *s, const struct story_facts *f)
{
    char recorded[TEXT_TIME_MAX];

    if (f->charge->code == OUTCOME_SERVICE_IN_FUTURE)
        story_say(s, "rule", 0, "It was recorded at %s.", "Se kirjattiin %s.",
                  text_time(f->charge->recorded_ms, recorded));
}

static void say_window(struct story *s, const struct story_facts *f)
{
    char recorded[TEXT_DAY_MAX], first[TEXT_DAY_MAX], day[TEXT_DAY_MAX];

    story_say(s, "rule", 0, "On %s services from %s on could be recorded; this one was on %s.",
              "Päivänä %s voi kirjata palveluja päivästä %s alkaen; tämä annettiin %s.",
              text_day(f->charge->business_day, recorded),
              text_day(calendar_window_first(f->charge->business_day), first),
              text_day(story_service_day(f), day));
}

static void say_months(struct story *s, const struct story_facts *f)
{
    if (f->charge->code == OUTCOME_SPANS_PERIODS)
        story_say(s, "rule", 0, "Its first and its last minute lie in different months.",
                  "Sen ensimmäinen ja viimeinen minuutti ovat eri kuukausissa.");
}

static void say_quantity(struct story *s, const struct story_facts *f)
{
    bool hour = story_is_hour(f), fi = s->language == STORY_FINNISH;
    const char *unit = hour ? (fi ? "minuuttia" : "minutes") : (fi ? "yksikköä" : "units");

    if (f->terms != NULL && f->terms->increment > 0)
        story_say(s, "rule", 0, "%" PRId64 " %s were charged, in steps of %d.",
                  "Veloitettiin %" PRId64 " %s; kirjausväli on %d.", f->charge->quantity, unit,
                  f->terms->increment);
    else
        story_say(s, "rule", 0, "%" PRId64 " %s were charged.", "Veloitettiin %" PRId64 " %s.",
                  f->charge->quantity, unit);
}

static void say_elapsed(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;

    if (story_is_hour(f) && c->end_ms > c->start_ms)
        story_say(s, "rule", 0,
                  "%" PRId64 " minutes passed from start to end; %" PRId64 " were charged.",
                  "Alusta loppuun kului %" PRId64 " minuuttia; veloitettiin %" PRId64 ".",
                  (c->end_ms - c->start_ms) / 60000, c->quantity);
}

static void say_overlap(struct story *s, const struct story_facts *f)
{
    if (f->charge->code == OUTCOME_OVERLAP)
        story_say(s, "rule", 0, "A live charge of voucher %s meets these times.",
                  "Setelillä %s on tapahtuma, joka osuu samaan aikaan.", f->charge->voucher);
}

static void say_budget(struct story *s, const struct story_facts *f)
{
    char day[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX];

    if (f->charge->code == OUTCOME_COUNTY_BUDGET && f->voucher != NULL)
        story_say(s, "rule", 0,
                  "The county share of %s euros is more than is left for cost code %s in the year "
                  "of %s.",
                  "Osuus %s euroa on enemmän kuin laskentatunnisteella %s on jäljellä "
                  "päivän %s vuonna.",
                  story_euros(s, f->charge->county_cents, euros), f->voucher->cost_code,
                  text_day(story_service_day(f), day));
}

/* ---- All of them ----------------------------------------------------------------------------- */

/* In the ledger's order. A refused charge was looked at up to its code and no further; `answered`:
 * the answer itself has the values of that refusal, which are said there. */
static const struct {
    int code;
    void (*say)(struct story *s, const struct story_facts *f);
    bool answered;
} rules[] = {
    {OUTCOME_PROVIDER_BLOCKED, say_provider, false},
    {OUTCOME_PROVIDER_NOT_APPROVED, say_approval, false},
    {OUTCOME_VOUCHER_VOID, say_void, false},
    {OUTCOME_VOUCHER_NOT_VALID, say_validity, false},
    {OUTCOME_VOUCHER_RESERVED, say_reserved, false},
    {OUTCOME_SERVICE_NOT_COVERED, say_covered, false},
    {OUTCOME_UNIT_MISMATCH, say_unit, false},
    {OUTCOME_PRIOR_APPROVAL_REQUIRED, say_prior, false},
    {OUTCOME_RATE_CLASS_MISMATCH, say_class, false},
    {OUTCOME_PRICE_NOT_LISTED, story_price, false},
    {OUTCOME_PRICE_ABOVE_CAP, story_cap, true},
    {OUTCOME_COPAY_NOT_ALLOWED, story_nothing, true},
    {OUTCOME_TIME_REQUIRED, say_interval, false},
    {OUTCOME_END_BEFORE_START, story_nothing, false},
    {OUTCOME_SERVICE_IN_FUTURE, say_future, false},
    {OUTCOME_RECORDING_WINDOW, say_window, false},
    {OUTCOME_SPANS_PERIODS, say_months, false},
    {OUTCOME_QUANTITY_INVALID, say_quantity, false},
    {OUTCOME_QUANTITY_TIME_MISMATCH, say_elapsed, true},
    {OUTCOME_OVERLAP, say_overlap, false},
    {OUTCOME_AMOUNT_MISMATCH, story_shares, false},
    {OUTCOME_AMOUNT_LIMIT, story_limit, true},
    {OUTCOME_QUOTA_EXCEEDED, story_nothing, true},
    {OUTCOME_INSUFFICIENT_BALANCE, story_nothing, true},
    {OUTCOME_COUNTY_BUDGET, say_budget, false},
};

void story_nothing(struct story *s, const struct story_facts *f)
{
    (void)s;
    (void)f;
}

/* Without a start nothing can be asked but whether the voucher is void. */
static bool is_asked(const struct story_facts *f, int code)
{
    return f->charge->start_ms != 0 || code == OUTCOME_TIME_REQUIRED ||
           code == OUTCOME_VOUCHER_VOID || code == OUTCOME_PROVIDER_BLOCKED;
}

void story_rules(struct story *s, const struct story_facts *f)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        bool refused = f->charge->code == rules[i].code;
        if (is_asked(f, rules[i].code) && !(refused && rules[i].answered) &&
            f->charge->code != OUTCOME_VOUCHER_UNKNOWN)
            rules[i].say(s, f);
        if (refused || f->charge->code == OUTCOME_VOUCHER_UNKNOWN)
            return;
    }
    if (is_accepted(f))
        story_bucket(s, f);
}
