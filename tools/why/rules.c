/* rules.c - what a charge was judged by, with the values that were compared. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "outcome.h"
#include "text.h"
#include "why/story.h"

/* The version of the voucher in force on a day; NULL: none. */
static const Saldo__V1__VoucherVersion *version_on(const Saldo__V1__Voucher *v, int32_t day)
{
    const Saldo__V1__VoucherVersion *found = NULL;

    for (size_t i = 0; i < v->n_versions; i++)
        if (v->versions[i]->effective_from <= day)
            found = v->versions[i];
    return found;
}

static bool is_hour(const struct story_facts *f)
{
    return f->service != NULL && f->service->unit == SALDO__V1__UNIT__HOUR;
}

static void say_voucher(struct story *s, const struct story_facts *f, int32_t day)
{
    const Saldo__V1__Voucher *v = f->voucher;
    const Saldo__V1__VoucherVersion *version = v != NULL ? version_on(v, day) : NULL;
    char date[TEXT_DAY_MAX], from[TEXT_DAY_MAX], to[TEXT_DAY_MAX];

    if (version == NULL)
        return;
    text_day(day, date);
    text_day(v->valid_from, from);
    text_day(version->valid_to, to);
    story_say(s, "rule", 0, "The voucher is valid from %s to %s; the service was on %s.",
              "Palveluseteli on voimassa %s - %s; palvelu annettiin %s.", from, to, date);
    for (size_t i = 0; i < version->n_services; i++)
        if (strcmp(version->services[i], f->charge->service) == 0)
            story_say(s, "rule", 0, "It covers the service %s.", "Se kattaa palvelun %s.",
                      f->charge->service);
    for (size_t i = 0; i < v->n_prior_approvals; i++) {
        const Saldo__V1__PriorApproval *p = v->prior_approvals[i];
        if (strcmp(p->service, f->charge->service) == 0 && p->valid_from <= day &&
            (p->valid_to == 0 || day <= p->valid_to))
            story_say(s, "rule", 0, "%s agreed to the service beforehand.",
                      "%s oli hyväksynyt palvelun ennakkoon.", p->approved_by);
    }
}

static void say_time(struct story *s, const Saldo__V1__ChargeStatus *c, bool hour)
{
    char start[TEXT_TIME_MAX], end[TEXT_TIME_MAX];

    if (c->end_ms > c->start_ms)
        story_say(s, "rule", 0,
                  "From %s to %s %" PRId64 " minutes passed; %" PRId64 " %s were charged.",
                  "Ajassa %s - %s kului %" PRId64 " minuuttia; veloitettiin %" PRId64 " %s.",
                  text_time(c->start_ms, start), text_time(c->end_ms, end),
                  (c->end_ms - c->start_ms) / 60000, c->quantity,
                  s->language == STORY_FINNISH ? (hour ? "minuuttia" : "yksikköä")
                                               : (hour ? "minutes" : "units"));
    else
        story_say(s, "rule", 0, "%" PRId64 " units were charged, at %s.",
                  "Veloitettiin %" PRId64 " yksikköä, %s.", c->quantity,
                  text_time(c->start_ms, start));
}

/* All prices per unit that round to the total. */
static void say_price(struct story *s, const Saldo__V1__ChargeStatus *c, bool hour)
{
    int64_t total = c->county_cents + c->copay_cents;
    char sum[TEXT_EUROS_MAX], county[TEXT_EUROS_MAX], copay[TEXT_EUROS_MAX], low[TEXT_EUROS_MAX],
        high[TEXT_EUROS_MAX];

    text_euros(total, sum);
    story_say(s, "rule", 0, "The total of %s euros is the county's %s and the client's %s.",
              "Yhteensä %s euroa: hyvinvointialueen osuus %s ja omavastuu %s.", sum,
              text_euros(c->county_cents, county), text_euros(c->copay_cents, copay));
    if (c->quantity <= 0 || total < 0 || total > INT64_MAX / 60 - 60)
        return;
    int64_t steps = hour ? 60 : 1, half = hour ? 30 : 0;
    int64_t lowest = (steps * total - half + c->quantity - 1) / c->quantity;
    int64_t highest = (steps * total + steps - half - 1) / c->quantity;
    text_euros(lowest > 0 ? lowest : 0, low);
    text_euros(highest, high);
    if (lowest < highest)
        story_say(s, "rule", 0, "That is a price between %s and %s euros a unit.",
                  "Hinta on väliltä %s - %s euroa yksiköltä.", low, high);
    else
        story_say(s, "rule", 0, "That is a price of %s euros a unit.", "Hinta on %s yksiköltä.",
                  high);
    if (c->code == OUTCOME_ACCEPTED) /* a refusal says itself what was wrong with it */
        story_say(s, "rule", 0, "It is the listed price of the day, and not above a cap.",
                  "Hinta on hinnastossa eikä ylitä hintakattoa.");
}

/* The rounding, where the voucher has a unit value of its own. */
static void say_shares(struct story *s, const struct story_facts *f, int32_t day)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    const Saldo__V1__VoucherVersion *v = f->voucher != NULL ? version_on(f->voucher, day) : NULL;
    int64_t steps = is_hour(f) ? 60 : 1, raw, scaled;
    char value[TEXT_EUROS_MAX], rounded[TEXT_EUROS_MAX], county[TEXT_EUROS_MAX];

    if (v == NULL || v->unit_value_cents == NULL || f->service == NULL ||
        __builtin_mul_overflow(v->unit_value_cents->value, c->quantity, &raw) || raw < 0 ||
        __builtin_mul_overflow(raw, 100, &scaled))
        return;
    int64_t cents = (raw + steps / 2) / steps;
    int64_t exact = scaled / steps; /* hundredths of a cent, cut off */
    text_euros(v->unit_value_cents->value, value);
    text_euros(cents, rounded);
    if (cents != c->county_cents && c->copay_cents != 0)
        return; /* the client's part comes first by this service's rule */
    story_say(s, "rule", 0,
              "The voucher's own value: %s x %" PRId64 "%s = %" PRId64 ".%04" PRId64
              ", half up %s; the county pays it up to the total: %s.",
              "Setelin oma arvo: %s x %" PRId64 "%s = %" PRId64 ".%04" PRId64
              ", pyöristettynä %s; hyvinvointialue maksaa sen, enintään koko hinnan: %s.",
              value, c->quantity, steps == 60 ? " / 60" : "", exact / 10000, exact % 10000, rounded,
              text_euros(c->county_cents, county));
}

static void say_bucket(struct story *s, const Saldo__V1__ChargeStatus *c)
{
    char before[TEXT_EUROS_MAX], took[TEXT_EUROS_MAX], left[TEXT_EUROS_MAX];

    if (c->need == c->county_cents)
        story_say(s, "rule", 0, "The voucher had %s euros; it took %s and left %s.",
                  "Setelillä oli %s euroa; tapahtuma käytti %s ja jätti %s.",
                  text_euros(c->have + c->need, before), text_euros(c->need, took),
                  text_euros(c->have, left));
    else
        story_say(s, "rule", 0,
                  "The voucher had %" PRId64 " units; it took %" PRId64 " and left %" PRId64 ".",
                  "Setelillä oli %" PRId64 " yksikköä; tapahtuma käytti %" PRId64
                  " ja jätti %" PRId64 ".",
                  c->have + c->need, c->need, c->have);
}

void story_rules(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    int32_t day = c->start_ms != 0 ? calendar_local_day(c->start_ms) : 0;

    if (day != 0)
        say_voucher(s, f, day);
    say_time(s, c, is_hour(f));
    say_price(s, c, is_hour(f));
    if (day != 0 && c->code == OUTCOME_ACCEPTED)
        say_shares(s, f, day);
    if (c->code == OUTCOME_ACCEPTED)
        say_bucket(s, c);
}
