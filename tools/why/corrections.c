/* corrections.c - what was done to a charge after it was decided, act by act. */
#include <string.h>

#include "text.h"
#include "why/story.h"

static void say_credit(struct story *s, const Saldo__V1__Correction *c)
{
    const ProtobufCEnumValue *reason =
        protobuf_c_enum_descriptor_get_value(&saldo__v1__credit_reason__descriptor, (int)c->reason);
    char day[TEXT_DAY_MAX], settled[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX];

    story_say(s, "corrected", c->number,
              "%s took back %s euros of it on %s (%s%s%s), in the batch of %s.",
              "%s hyvitti siitä %s euroa %s (%s%s%s), tilityksessä %s.", c->by,
              story_euros(s, c->cents, euros), text_day(c->business_day, day),
              reason != NULL ? reason->name : "-", c->text[0] != '\0' ? ": " : "", c->text,
              text_day(c->settle_day, settled));
}

static void say_correction(struct story *s, const Saldo__V1__Correction *c)
{
    char day[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX];

    text_day(c->business_day, day);
    story_euros(s, c->cents, euros);
    if (c->kind == SALDO__V1__CORRECTION_KIND__CORRECTION_DELETED)
        story_say(s, "corrected", c->number,
                  "%s deleted it on %s, before its night; %s euros are free again.",
                  "%s poisti sen %s ennen tilitystä; %s euroa on vapaana.", c->by, day, euros);
    else if (c->kind == SALDO__V1__CORRECTION_KIND__CORRECTION_APPROVED)
        story_say(s, "corrected", c->number, "%s accepted it in review on %s.",
                  "%s hyväksyi sen tarkastuksessa %s.", c->by, day);
    else if (c->kind == SALDO__V1__CORRECTION_KIND__CORRECTION_REFUSED)
        story_say(s, "corrected", c->number,
                  "%s refused it in review on %s (%s); %s euros are free again.",
                  "%s hylkäsi sen tarkastuksessa %s (%s); %s euroa on vapaana.", c->by, day,
                  c->text[0] != '\0' ? c->text : "-", euros);
    else if (c->kind == SALDO__V1__CORRECTION_KIND__CORRECTION_CREDITED)
        say_credit(s, c);
}

/* What the charge itself tells of them, for a key that may not see who did what. */
static void say_state(struct story *s, const struct story_facts *f)
{
    const Saldo__V1__ChargeStatus *c = f->charge;
    char euros[TEXT_EUROS_MAX], recorded[TEXT_DAY_MAX], day[TEXT_DAY_MAX];

    if (strcmp(c->state, "DELETED") == 0)
        story_say(s, "corrected", 0, "The provider deleted it before its night; the money is free.",
                  "Palveluntuottaja poisti sen ennen tilitystä; raha on vapaa.");
    else if (strcmp(c->state, "REFUSED") == 0)
        story_say(s, "corrected", 0, "A case worker refused it in review; the money is free.",
                  "Omatyöntekijä hylkäsi sen tarkastuksessa; raha on vapaa.");
    if (c->settle_day != 0 && c->settle_day != c->business_day)
        story_say(s, "corrected", 0, "Recorded on %s, accepted in review on %s.",
                  "Kirjattu %s, hyväksytty %s.", text_day(c->business_day, recorded),
                  text_day(c->settle_day, day));
    if (c->credited_cents > 0)
        story_say(s, "corrected", 0, "The county took back %s euros of it by credit rows.",
                  "Hyvinvointialue on hyvittänyt siitä %s euroa.",
                  story_euros(s, c->credited_cents, euros));
}

void story_corrections(struct story *s, const struct story_facts *f)
{
    for (size_t i = 0; i < f->corrections_count; i++)
        say_correction(s, f->corrections[i]);
    if (f->corrections_count == 0)
        say_state(s, f);
    if (strcmp(f->charge->state, "IN_REVIEW") == 0)
        story_say(s, "corrected", 0, "It waits for a case worker's review.",
                  "Se odottaa omatyöntekijän tarkastusta.");
}
