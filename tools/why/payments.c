/* payments.c - from the settled row to the bank's line. */
#include <stdio.h>
#include <string.h>

#include "report/words.h"
#include "text.h"
#include "why/story.h"

/* Where a line stands: which message, and its booking day. */
static const char *source_of(const struct story *s, const Saldo__V1__BankLine *line, char *out,
                             size_t size)
{
    bool fi = s->language == STORY_FINNISH;
    const char *kind = "";

    if (line->facts != NULL)
        kind = line->facts->notification ? (fi ? "tilitapahtumailmoitus" : "a notification")
                                         : (fi ? "tiliote" : "a statement");
    else if (line->by_hand)
        kind = fi ? "käsin" : "by hand"; /* and of no file */
    snprintf(out, size, "%s%s%s", kind, kind[0] != '\0' && line->file[0] != '\0' ? ", " : "",
             line->file); /* of a status report: "pain.002" and its MsgId */
    return out;
}

static void say_line(struct story *s, const Saldo__V1__BankLine *line)
{
    uint64_t number = line->decided_number != 0 ? line->decided_number : line->number;
    char day[TEXT_DAY_MAX], source[160];
    const char *reason = line->reason[0] != '\0' ? line->reason : "-";

    text_day(line->day, day);
    source_of(s, line, source, sizeof(source));
    if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_ACCEPTED)
        story_say(s, "bank", number, "The bank took the payment (%s).",
                  "Pankki otti maksun vastaan (%s).", source);
    else if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_REJECTED)
        story_say(s, "bank", number, "The bank rejected it, %s (%s).",
                  "Pankki hylkäsi sen, %s (%s).", reason, source);
    else if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_NAME_MISMATCH)
        story_say(s, "bank", number, "The payee's name did not fit the account, %s (%s).",
                  "Saajan nimi ei täsmännyt tiliin, %s (%s).", reason, source);
    else if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED)
        story_say(s, "bank", number, "The bank booked it on %s (%s).",
                  "Pankki kirjasi sen %s (%s).", day, source);
    else if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED)
        story_say(s, "bank", number, "It came back on %s, %s (%s).", "Se palautui %s, %s (%s).",
                  day, reason, source);
    else if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_REPEATED)
        story_say(s, "bank", number, "The bank told it once more, on %s (%s).",
                  "Pankki kertoi siitä uudelleen, %s (%s).", day, source);
    if (line->by_hand && line->facts != NULL)
        story_say(s, "bank", number, "A person decided that this line belongs to the payout.",
                  "Rivi kohdistettiin maksuun käsin.");
}

static void say_payout(struct story *s, const struct story_payout *p)
{
    const Saldo__V1__Payout *payout = p->payout;
    enum language language = s->language == STORY_FINNISH ? LANGUAGE_FI : LANGUAGE_EN;
    char day[TEXT_DAY_MAX], due[TEXT_DAY_MAX], euros[TEXT_EUROS_MAX];

    text_day(payout->run_day, day);
    text_day(payout->execution_day, due);
    story_euros(s, payout->cents, euros);
    if (strcmp(payout->state, "CARRIED") == 0)
        story_say(s, "payout", 0, "The run of %s carried %s euros to the next one (%s).",
                  "Päivän %s maksatus siirsi %s euroa seuraavaan (%s).", day, euros,
                  payout->reason);
    else if (strcmp(payout->state, "HELD") == 0)
        story_say(s, "payout", 0, "The run of %s holds %s euros back (%s).",
                  "Päivän %s maksatus pidättää %s euroa (%s).", day, euros, payout->reason);
    else
        story_say(s, "payout", p->run != NULL ? p->run->released_number : 0,
                  "It is part of the payout of %s, %s euros, due on %s, %s, now %s.",
                  "Se on maksussa %s, %s euroa, eräpäivä %s, %s, tila %s.", day, euros, due,
                  payout->end_to_end_id, word_state(language, payout->state));
    if (p->run != NULL && p->run->prepared_number != 0)
        story_say(s, "payout", p->run->prepared_number, "%s prepared the run.",
                  "%s valmisteli maksatuksen.", p->run->prepared_by);
    if (p->run != NULL && p->run->released_number != 0)
        story_say(s, "payout", p->run->released_number, "%s released it.", "%s vapautti sen.",
                  p->run->released_by);
}

void story_payments(struct story *s, const struct story_facts *f)
{
    for (size_t i = 0; i < f->payouts_count; i++) {
        say_payout(s, &f->payouts[i]);
        for (size_t k = 0; k < f->lines_count; k++)
            if (f->lines[k]->run_day == f->payouts[i].payout->run_day)
                say_line(s, f->lines[k]);
    }
    if (f->payouts_count == 0)
        story_say(s, "payout", 0, "It is in no payout run yet.", "Se ei ole vielä maksatuksessa.");
}
