#include "why/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "text.h"
#include "tool.h"

void story_say(struct story *s, const char *part, uint64_t number, const char *english,
               const char *finnish, ...)
{
    va_list list;

    s->steps = tool_grow(s->steps, s->count, &s->room, sizeof(*s->steps));
    struct story_step *step = &s->steps[s->count++];
    *step = (struct story_step){.part = part, .number = number};
    va_start(list, finnish);
    if (s->language == STORY_FINNISH)
        vsnprintf(step->text, sizeof(step->text), finnish, list);
    else
        vsnprintf(step->text, sizeof(step->text), english, list);
    va_end(list);
}

/* ---- Asked, decided, corrected ----------------------------------------------------------------
 */

static void say_asked(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    const char *name = c->service;
    char time[TEXT_TIME_MAX];

    if (f->service != NULL)
        name = s->language == STORY_FINNISH ? f->service->name_fi : f->service->name_en;
    story_say(s, "asked", c->number, "Provider %s charged %s (%s) on voucher %s at %s.",
              "Palveluntuottaja %s kirjasi palvelun %s (%s) setelille %s, %s.", c->provider, name,
              c->rate_class[0] != '\0' ? c->rate_class : "ALL", c->voucher,
              text_time(c->recorded_ms, time));
}

static void say_state(struct story *s, const Saldo__V1__ChargeStatus *c)
{
    char euros[TEXT_EUROS_MAX];

    if (strcmp(c->state, "DELETED") == 0)
        story_say(s, "corrected", 0, "The provider deleted it before its night; the money is free.",
                  "Palveluntuottaja poisti sen ennen tilitystä; raha on vapaa.");
    else if (strcmp(c->state, "REFUSED") == 0)
        story_say(s, "corrected", 0, "A case worker refused it in review; the money is free.",
                  "Omatyöntekijä hylkäsi sen tarkastuksessa; raha on vapaa.");
    else if (strcmp(c->state, "IN_REVIEW") == 0)
        story_say(s, "corrected", 0, "It waits for a case worker's review.",
                  "Se odottaa omatyöntekijän tarkastusta.");
    if (c->credited_cents > 0)
        story_say(s, "corrected", 0, "The county took back %s euros of it by credit rows.",
                  "Hyvinvointialue on hyvittänyt siitä %s euroa.",
                  text_euros(c->credited_cents, euros));
}

static void say_settled(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    char day[TEXT_DAY_MAX], recorded[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX];

    if (c->settle_day == 0) {
        if (strcmp(c->state, "APPROVED") == 0)
            story_say(s, "settled", 0, "It is approved and waits for its night.",
                      "Se on hyväksytty ja odottaa tilitystä.");
        return;
    }
    text_day(c->settle_day, day);
    if (c->settle_day != c->business_day)
        story_say(s, "corrected", 0, "Recorded on %s, accepted in review on %s.",
                  "Kirjattu %s, hyväksytty %s.", text_day(c->business_day, recorded), day);
    story_say(s, "settled", f->batch_number, "The batch of %s settled %s euros to the provider.",
              "Päivän %s tilityksessä tuottajalle %s euroa.", day,
              text_euros(c->county_cents, euros));
}

void story_tell(struct story *s, const struct story_facts *f)
{
    char euros[TEXT_EUROS_MAX];

    say_asked(s, f);
    story_rules(s, f);
    if (f->charge->code != OUTCOME_ACCEPTED) {
        story_refusal(s, f->charge);
        return;
    }
    story_say(s, "decided", f->charge->number, "Accepted: the county pays %s euros.",
              "Hyväksytty: hyvinvointialue maksaa %s euroa.",
              text_euros(f->charge->county_cents, euros));
    say_state(s, f->charge);
    say_settled(s, f);
    if (f->charge->settle_day != 0)
        story_payments(s, f);
}

void story_free(struct story *s)
{
    free(s->steps);
    s->steps = NULL;
    s->count = s->room = 0;
}
