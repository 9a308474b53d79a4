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

const char *story_euros(const struct story *s, int64_t cents, char *out)
{
    text_euros(cents, out);
    char *point = s->language == STORY_FINNISH ? strchr(out, '.') : NULL;
    if (point != NULL)
        *point = ',';
    return out;
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
    if (f->signed_charge == NULL)
        return;
    story_say(s, "signed", c->number, "The key %s of %s signed it.", "Avain %s (%s) allekirjoitti.",
              f->key, f->signer);
    if (f->signed_charge->reference[0] != '\0')
        story_say(s, "signed", c->number, "The provider's own reference is %s.",
                  "Palveluntuottajan oma viite on %s.", f->signed_charge->reference);
    if (f->signed_charge->identity_checked)
        story_say(s, "signed", c->number,
                  "The provider says that it checked the client's identity.",
                  "Palveluntuottaja ilmoittaa todenneensa asiakkaan henkilöllisyyden.");
}

static void say_settled(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    char day[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX];

    if (c->settle_day == 0) {
        if (strcmp(c->state, "APPROVED") == 0)
            story_say(s, "settled", 0, "It is approved and waits for its night.",
                      "Se on hyväksytty ja odottaa tilitystä.");
        return;
    }
    text_day(c->settle_day, day);
    story_say(s, "settled", f->batch_number, "The batch of %s settled %s euros to the provider.",
              "Päivän %s tilityksessä tuottajalle %s euroa.", day,
              story_euros(s, c->county_cents, euros));
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
              story_euros(s, f->charge->county_cents, euros));
    story_corrections(s, f);
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
