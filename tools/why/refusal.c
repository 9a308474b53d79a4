/* refusal.c - each refusal in plain words, and what the provider can do about it. */
#include <inttypes.h>

#include "outcome.h"
#include "text.h"
#include "why/story.h"

struct refusal {
    int code;
    const char *english, *finnish;       /* the rule */
    const char *english_do, *finnish_do; /* the way out */
};

static const struct refusal refusals[] = {
    {OUTCOME_PROVIDER_BLOCKED, "the provider is blocked", "palveluntuottaja on estetty",
     "ask the county why", "kysy syytä hyvinvointialueelta"},
    {OUTCOME_PROVIDER_NOT_APPROVED,
     "the provider was not approved for this service on the service date",
     "palveluntuottajaa ei ollut hyväksytty tähän palveluun palvelupäivänä",
     "ask the county to approve the service, or correct its code",
     "pyydä hyvinvointialuetta hyväksymään palvelu, tai korjaa palvelun tunnus"},
    {OUTCOME_VOUCHER_UNKNOWN, "there is no such voucher", "palveluseteliä ei ole",
     "check the number with the client", "tarkista numero asiakkaalta"},
    {OUTCOME_VOUCHER_VOID, "the voucher was withdrawn", "palveluseteli on mitätöity",
     "ask the client for the voucher in force", "pyydä asiakkaalta voimassa oleva seteli"},
    {OUTCOME_VOUCHER_NOT_VALID, "the voucher was not valid on the service date",
     "palveluseteli ei ollut voimassa palvelupäivänä",
     "check the service date; ask the case worker about the voucher",
     "tarkista palvelupäivä; kysy setelistä omatyöntekijältä"},
    {OUTCOME_VOUCHER_RESERVED, "the voucher is booked to another provider",
     "palveluseteli on varattu toiselle palveluntuottajalle",
     "ask the case worker to release the booking", "pyydä omatyöntekijää purkamaan varaus"},
    {OUTCOME_SERVICE_NOT_COVERED, "the voucher does not cover the service",
     "palveluseteli ei kata palvelua", "charge a covered service, or ask the case worker",
     "kirjaa katettu palvelu, tai kysy omatyöntekijältä"},
    {OUTCOME_UNIT_MISMATCH, "the unit is not that of the service",
     "yksikkö ei ole palvelun yksikkö", "send it again in the service's unit",
     "lähetä uudelleen palvelun yksikössä"},
    {OUTCOME_PRIOR_APPROVAL_REQUIRED, "the service must be agreed with the case worker first",
     "palvelusta on sovittava ennakkoon omatyöntekijän kanssa",
     "ask the case worker for the approval, then send it again",
     "pyydä omatyöntekijältä hyväksyntä ja lähetä sitten uudelleen"},
    {OUTCOME_RATE_CLASS_MISMATCH, "some minute lies outside the hours of the rate class",
     "jokin minuutti on aikaluokan ulkopuolella", "split the charge where the class changes",
     "jaa tapahtuma siitä, missä aikaluokka vaihtuu"},
    {OUTCOME_PRICE_NOT_LISTED, "the price asked is not the listed one of that day",
     "pyydetty hinta ei ole päivän hinnaston hinta",
     "use the listed price, or have the county change the list",
     "käytä hinnaston hintaa, tai pyydä muuttamaan hinnastoa"},
    {OUTCOME_PRICE_ABOVE_CAP, "the price is above the county's cap", "hinta ylittää hintakaton",
     "agree on a price up to the cap", "sovi enintään hintakaton suuruinen hinta"},
    {OUTCOME_COPAY_NOT_ALLOWED, "the service is free for the client",
     "palvelu on asiakkaalle maksuton", "ask no copay", "älä peri omavastuuta"},
    {OUTCOME_TIME_REQUIRED, "start and end are missing", "alku- ja loppuaika puuttuvat",
     "send it again with both", "lähetä uudelleen molempien kanssa"},
    {OUTCOME_END_BEFORE_START, "the end is not after the start", "loppu ei ole alun jälkeen",
     "correct the times", "korjaa ajat"},
    {OUTCOME_SERVICE_IN_FUTURE, "the service was not over when it was recorded",
     "palvelu ei ollut päättynyt kirjattaessa", "send it after the service",
     "lähetä palvelun jälkeen"},
    {OUTCOME_RECORDING_WINDOW, "the service is too old to be recorded",
     "palvelu on liian vanha kirjattavaksi", "ask the county; the window is over",
     "kysy hyvinvointialueelta; kirjausaika on päättynyt"},
    {OUTCOME_SPANS_PERIODS, "start and end lie in different months",
     "alku ja loppu ovat eri kuukausissa", "send a charge for each month",
     "lähetä oma tapahtuma kummallekin kuukaudelle"},
    {OUTCOME_QUANTITY_INVALID, "the quantity does not fit the service's steps",
     "määrä ei sovi palvelun kirjausväliin", "round to the agreed steps",
     "pyöristä sovittuun kirjausväliin"},
    {OUTCOME_QUANTITY_TIME_MISMATCH, "more minutes were charged than passed",
     "minuutteja veloitettiin enemmän kuin kului", "correct the quantity or the times",
     "korjaa määrä tai ajat"},
    {OUTCOME_OVERLAP, "it overlaps another charge of the same voucher",
     "se on päällekkäin saman setelin toisen tapahtuman kanssa",
     "correct the times, or delete the other charge if it is yours and wrong",
     "korjaa ajat, tai poista toinen tapahtuma, jos se on omasi ja väärä"},
    {OUTCOME_AMOUNT_MISMATCH, "the signed amounts are not what the rules give",
     "allekirjoitetut summat eivät ole sääntöjen mukaiset",
     "compute the shares again with the unit value of the day",
     "laske osuudet uudelleen päivän setelin arvolla"},
    {OUTCOME_AMOUNT_LIMIT, "the county share is above the limit of one charge",
     "hyvinvointialueen osuus ylittää yhden tapahtuman enimmäismäärän",
     "check the quantity; ask the county if it is right",
     "tarkista määrä; jos se on oikein, kysy hyvinvointialueelta"},
    {OUTCOME_QUOTA_EXCEEDED, "the units left do not suffice",
     "yksiköitä ei ole riittävästi jäljellä",
     "charge at most what is left, or ask the case worker for more",
     "kirjaa enintään jäljellä oleva määrä, tai pyydä lisää omatyöntekijältä"},
    {OUTCOME_INSUFFICIENT_BALANCE, "the balance does not suffice", "saldo ei riitä",
     "charge at most what is left, or ask the case worker for more",
     "kirjaa enintään jäljellä oleva määrä, tai pyydä lisää omatyöntekijältä"},
    {OUTCOME_COUNTY_BUDGET, "the county's budget of the year is used up",
     "vuoden määräraha on käytetty", "ask the county", "kysy hyvinvointialueelta"},
};

/* have and need mean something else with each code. */
static void say_figures(struct story *s, const Saldo__V1__ChargeStatus *c)
{
    char have[TEXT_EUROS_MAX], need[TEXT_EUROS_MAX];

    story_euros(s, c->have, have);
    story_euros(s, c->need, need);
    switch (c->code) {
    case OUTCOME_INSUFFICIENT_BALANCE:
        story_say(s, "figures", c->number, "%s euros were available, %s were needed.",
                  "Käytettävissä oli %s euroa, tarvittiin %s.", have, need);
        break;
    case OUTCOME_PRICE_ABOVE_CAP:
        story_say(s, "figures", c->number, "The cap was %s euros, the price %s.",
                  "Hintakatto oli %s euroa, hinta %s.", have, need);
        break;
    case OUTCOME_COPAY_NOT_ALLOWED:
        story_say(s, "figures", c->number, "A copay of %s euros was asked.",
                  "Omavastuuksi pyydettiin %s euroa.", need);
        break;
    case OUTCOME_AMOUNT_MISMATCH:
        story_say(s, "figures", c->number,
                  "The county share signed was %s euros, the rules give %s.",
                  "Allekirjoitettu osuus oli %s euroa, sääntöjen mukaan se on %s.", have, need);
        break;
    case OUTCOME_AMOUNT_LIMIT:
        story_say(s, "figures", c->number, "The limit was %s euros, the county share %s.",
                  "Enimmäismäärä oli %s euroa, hyvinvointialueen osuus %s.", have, need);
        break;
    case OUTCOME_QUOTA_EXCEEDED:
        story_say(s, "figures", c->number, "%" PRId64 " units were left, %" PRId64 " were needed.",
                  "Yksiköitä oli %" PRId64 ", tarvittiin %" PRId64 ".", c->have, c->need);
        break;
    case OUTCOME_QUANTITY_TIME_MISMATCH:
        story_say(s, "figures", c->number, "%" PRId64 " minutes passed, %" PRId64 " were charged.",
                  "Aikaa kului %" PRId64 " minuuttia, veloitettiin %" PRId64 ".", c->have, c->need);
        break;
    default:
        break;
    }
}

void story_refusal(struct story *s, const Saldo__V1__ChargeStatus *c)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *r = &refusals[i];
        if (r->code != c->code)
            continue;
        story_say(s, "decided", c->number, "Refused, %s: %s.", "Hylätty, %s: %s.",
                  outcome_name(c->code), s->language == STORY_FINNISH ? r->finnish : r->english);
        say_figures(s, c);
        story_say(s, "advice", 0, "What to do: %s.", "Mitä tehdä: %s.",
                  s->language == STORY_FINNISH ? r->finnish_do : r->english_do);
        return;
    }
    story_say(s, "decided", c->number, "Refused, %s: %s.", "Hylätty, %s: %s.",
              outcome_name(c->code), outcome_text(c->code));
    say_figures(s, c);
}
