/* money.c - price, cap, shares and bucket: the rules that compare amounts, with their rounding. */
#include "money.h"

#include <inttypes.h>

#include "calendar.h"
#include "outcome.h"
#include "text.h"
#include "why/story.h"

/* ---- The price ------------------------------------------------------------------------------- */

/* For a key that may not see the signed request: all prices per unit that round to the total. */
static void say_price_range(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    int64_t total = c->county_cents + c->copay_cents;
    char low[TEXT_EUROS_MAX], high[TEXT_EUROS_MAX];

    if (c->quantity <= 0 || total < 0 || total > INT64_MAX / 60 - 60)
        return;
    int64_t steps = story_is_hour(f) ? 60 : 1, half = story_is_hour(f) ? 30 : 0;
    int64_t lowest = (steps * total - half + c->quantity - 1) / c->quantity;
    int64_t highest = (steps * total + steps - half - 1) / c->quantity;
    story_euros(s, lowest > 0 ? lowest : 0, low);
    story_euros(s, highest, high);
    if (lowest < highest)
        story_say(s, "rule", 0, "Its amounts follow from a price between %s and %s euros a unit.",
                  "Summat vastaavat hintaa väliltä %s - %s euroa yksiköltä.", low, high);
    else
        story_say(s, "rule", 0, "Its amounts follow from a price of %s euros a unit.",
                  "Summat vastaavat hintaa %s euroa yksiköltä.", high);
}

static void say_listed(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__Terms *t = f->terms;
    char listed[TEXT_EUROS_MAX], asked[TEXT_EUROS_MAX], from[TEXT_DAY_MAX], day[TEXT_DAY_MAX];
    int64_t price = f->signed_charge->price_cents;

    story_euros(s, price, asked);
    text_day(story_service_day(f), day);
    bool is_listed = t->price != NULL && t->price->from_day != 0;
    if (is_listed)
        story_say(
            s, "rule", 0, "The price list has %s euros a unit from %s on; %s were signed for %s.",
            "Hinnaston hinta on %s euroa yksiköltä %s alkaen; allekirjoitettu hinta on %s "
            "päivälle %s.",
            story_euros(s, t->price_cents, listed), text_day(t->price->from_day, from), asked, day);
    else
        story_say(s, "rule", 0, "The price list has no price for %s; %s euros a unit were signed.",
                  "Hinnastossa ei ole hintaa päivälle %s; allekirjoitettu on %s euroa.", day,
                  asked);
    bool equal = is_listed && t->price_cents == price;
    if (equal != (f->charge->code != OUTCOME_PRICE_NOT_LISTED))
        story_say(s, "rule", 0, "The price list was changed after the decision.",
                  "Hinnastoa on muutettu päätöksen jälkeen.");
}

void story_price(struct story *s, const struct story_facts *f)
{
    char price[TEXT_EUROS_MAX];

    if (f->signed_charge != NULL && f->terms != NULL)
        say_listed(s, f);
    else if (f->signed_charge != NULL)
        story_say(s, "rule", 0, "A price of %s euros a unit was signed.",
                  "Allekirjoitettu hinta on %s euroa yksiköltä.",
                  story_euros(s, f->signed_charge->price_cents, price));
    else
        say_price_range(s, f);
}

void story_cap(struct story *s, const struct story_facts *f)
{
    char cap[TEXT_EUROS_MAX], price[TEXT_EUROS_MAX];

    if (f->terms == NULL || f->signed_charge == NULL)
        return;
    story_euros(s, f->signed_charge->price_cents, price);
    if (f->terms->price_cap_cents != NULL)
        story_say(s, "rule", 0, "The price cap is %s euros a unit; the price is %s.",
                  "Hintakatto on %s euroa yksiköltä; hinta on %s.",
                  story_euros(s, f->terms->price_cap_cents->value, cap), price);
    else
        story_say(s, "rule", 0, "There is no price cap for it.", "Sille ei ole hintakattoa.");
}

/* ---- The shares ------------------------------------------------------------------------------ */

/* "22.83 x 150 / 60 = 57.0750, half up 57.08". False: not a product that fits. */
static bool say_product(struct story *s, const struct story_facts *f, const char *what,
                        const char *what_fi, int64_t per_unit)
{
    int64_t steps = story_is_hour(f) ? 60 : 1, raw, scaled, cents;
    char value[TEXT_EUROS_MAX], rounded[TEXT_EUROS_MAX];
    const char *by = steps == 60 ? " / 60" : "";
    char point = s->language == STORY_FINNISH ? ',' : '.';

    if (!money_times(per_unit, f->charge->quantity, steps == 60, &cents) ||
        __builtin_mul_overflow(per_unit, f->charge->quantity, &raw) ||
        __builtin_mul_overflow(raw, 100, &scaled))
        return false;
    int64_t exact = scaled / steps; /* hundredths of a cent, cut off */
    story_say(s, "rule", 0, "%s: %s x %" PRId64 "%s = %" PRId64 "%c%04" PRId64 ", half up %s.",
              "%s: %s x %" PRId64 "%s = %" PRId64 "%c%04" PRId64 ", pyöristettynä %s.",
              s->language == STORY_FINNISH ? what_fi : what, story_euros(s, per_unit, value),
              f->charge->quantity, by, exact / 10000, point, exact % 10000,
              story_euros(s, cents, rounded));
    return true;
}

/* The voucher's own value, else the rate's; -1: there is none. */
static int64_t unit_value(const struct story_facts *f, bool *own)
{
    const Saldo__V1__VoucherVersion *v = story_version(f);

    *own = v != NULL && v->unit_value_cents != NULL;
    if (*own)
        return v->unit_value_cents->value;
    return f->terms != NULL && f->terms->unit_value_cents != NULL
               ? f->terms->unit_value_cents->value
               : -1;
}

static void say_rule(struct story *s, const struct story_facts *f)
{
    bool own;
    int64_t value = unit_value(f, &own);

    if (f->terms != NULL && f->terms->share_rule == SALDO__V1__SHARE_RULE__COPAY_FIRST) {
        int64_t copay = f->terms->copay_cents != NULL ? f->terms->copay_cents->value : 0;
        (void)say_product(s, f, "The client's part comes first", "Omavastuu lasketaan ensin",
                          copay);
        return;
    }
    if (value < 0 && f->terms != NULL)
        story_say(s, "rule", 0, "There is no unit value: the county pays all of it.",
                  "Setelin arvoa ei ole: hyvinvointialue maksaa kaiken.");
    else if (value >= 0)
        (void)say_product(s, f, own ? "The voucher's own value" : "The unit value of the day",
                          own ? "Setelin oma arvo" : "Päivän setelin arvo", value);
}

void story_shares(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    char total[TEXT_EUROS_MAX], county[TEXT_EUROS_MAX], copay[TEXT_EUROS_MAX];

    if (f->signed_charge != NULL)
        (void)say_product(s, f, "The price of all", "Koko hinta", f->signed_charge->price_cents);
    say_rule(s, f);
    story_say(s, "rule", 0, "Signed were %s euros: the county's %s and the client's %s.",
              "Allekirjoitettu summa on %s euroa: hyvinvointialueen osuus %s ja omavastuu %s.",
              story_euros(s, c->county_cents + c->copay_cents, total),
              story_euros(s, c->county_cents, county), story_euros(s, c->copay_cents, copay));
}

void story_limit(struct story *s, const struct story_facts *f)
{
    char limit[TEXT_EUROS_MAX], county[TEXT_EUROS_MAX];

    if (f->terms != NULL && f->terms->max_charge_cents != NULL)
        story_say(s, "rule", 0, "The county pays at most %s euros of a charge; its share is %s.",
                  "Hyvinvointialue maksaa tapahtumasta enintään %s euroa; sen osuus on %s.",
                  story_euros(s, f->terms->max_charge_cents->value, limit),
                  story_euros(s, f->charge->county_cents, county));
}

/* ---- The bucket ------------------------------------------------------------------------------ */

void story_bucket(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    bool units = f->voucher != NULL ? f->voucher->kind == SALDO__V1__VOUCHER_KIND__QUANTITY
                                    : c->need != c->county_cents;
    char before[TEXT_EUROS_MAX], took[TEXT_EUROS_MAX], left[TEXT_EUROS_MAX];

    if (!units)
        story_say(s, "rule", c->number, "The voucher had %s euros; it took %s and left %s.",
                  "Setelillä oli %s euroa; tapahtuma käytti %s ja jätti %s.",
                  story_euros(s, c->have + c->need, before), story_euros(s, c->need, took),
                  story_euros(s, c->have, left));
    else
        story_say(s, "rule", c->number,
                  "The voucher had %" PRId64 " units; it took %" PRId64 " and left %" PRId64 ".",
                  "Setelillä oli %" PRId64 " yksikköä; tapahtuma käytti %" PRId64
                  " ja jätti %" PRId64 ".",
                  c->have + c->need, c->need, c->have);
}
