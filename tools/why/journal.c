/* journal.c - the charge as it was signed, what it is judged by, and what was done to it later. */
#include <string.h>

#include "calendar.h"
#include "why/why.h"

int why_signed(struct why *w)
{
    struct story_facts *f = &w->facts;
    int rc = signed_entry_ask(&w->entry, &w->session, f->charge->number);

    if (rc == TOOL_OK)
        rc = signed_entry_charge(&w->entry, f->charge, &f->signed_charge);
    f->signer = w->entry.owner != NULL ? w->entry.owner : "";
    memcpy(f->key, w->entry.key, sizeof(f->key));
    return rc;
}

int why_terms(struct why *w)
{
    Saldo__V1__TermsQuery terms = SALDO__V1__TERMS_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    struct story_facts *f = &w->facts;
    int rc;

    if (f->voucher == NULL || f->charge->start_ms == 0)
        return TOOL_OK;
    terms.provider = f->charge->provider;
    terms.organiser = f->voucher->organiser;
    terms.service = f->charge->service;
    terms.rate_class = f->charge->rate_class;
    terms.day = story_service_day(f);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_TERMS;
    query.terms = &terms;
    const Saldo__V1__Reply *reply = why_ask(w, &query, SALDO__V1__REPLY__RESULT_TERMS, &rc);
    f->terms = reply != NULL ? reply->terms : NULL;
    return rc;
}

/* ---- Corrections ----------------------------------------------------------------------------- */

/* What the charge says was done to it, and is not found yet. */
struct missing {
    int64_t credited_cents;
    bool ended;    /* deleted, or refused in review */
    bool approved; /* in review, on a later day than its own */
};

static struct missing missing_of(const Saldo__V1__ChargeStatus *c)
{
    return (struct missing){
        .credited_cents = c->credited_cents,
        .ended = strcmp(c->state, "DELETED") == 0 || strcmp(c->state, "REFUSED") == 0,
        .approved = c->settle_day != 0 && c->settle_day != c->business_day,
    };
}

static bool is_missing(const struct missing *m)
{
    return m->credited_cents > 0 || m->ended || m->approved;
}

static void found(struct missing *m, const Saldo__V1__Correction *c)
{
    if (c->kind == SALDO__V1__CORRECTION_KIND__CORRECTION_CREDITED)
        m->credited_cents -= c->cents;
    else if (c->kind == SALDO__V1__CORRECTION_KIND__CORRECTION_APPROVED)
        m->approved = false;
    else
        m->ended = false;
}

static int look(struct why *w, int32_t day, struct missing *m)
{
    Saldo__V1__CorrectionsQuery corrections = SALDO__V1__CORRECTIONS_QUERY__INIT;
    struct story_facts *f = &w->facts;
    const Saldo__V1__Correction *c;
    struct pager pager;

    corrections.business_day = day;
    corrections.provider = f->charge->provider;
    corrections.charge = f->charge->charge;
    pager_ask_corrections(&pager, &w->session, &corrections);
    while ((c = pager_correction(&pager)) != NULL) {
        pager_keep(&pager, &w->pages);
        f->corrections = tool_grow(f->corrections, f->corrections_count, &w->corrections_room,
                                   sizeof(*f->corrections));
        f->corrections[f->corrections_count++] = c;
        found(m, c);
    }
    return why_end(&pager);
}

/* Day by day from its own on, until all that the charge says was done to it is found. */
int why_corrections(struct why *w)
{
    struct missing m = missing_of(w->facts.charge);
    int rc = is_missing(&m) ? session_status(&w->session) : TOOL_OK;

    if (rc != TOOL_OK || !is_missing(&m))
        return rc;
    int32_t today = calendar_local_day(w->session.reply->status->time_ms);
    for (int32_t day = w->facts.charge->business_day;
         rc == TOOL_OK && is_missing(&m) && day <= today; day++)
        rc = look(w, day, &m);
    return rc;
}
