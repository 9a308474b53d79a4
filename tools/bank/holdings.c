#include "bank/holdings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iso20022/pain001.h"
#include "text.h"

/* ---- Asking ---------------------------------------------------------------------------------- */

/* Ask, and keep the reply. NULL: *rc is the exit code. */
static const Saldo__V1__Reply *ask(struct holdings *h, struct session *s,
                                   const Saldo__V1__QueryRequest *query,
                                   Saldo__V1__Reply__ResultCase wanted, int *rc)
{
    *rc = session_query(s, query, wanted);
    if (*rc != TOOL_OK)
        return NULL;
    return pager_pages_add(&h->pages, s);
}

static int ask_status(struct holdings *h, struct session *s)
{
    int rc = session_status(s);

    if (rc != TOOL_OK)
        return rc;
    const Saldo__V1__Status *status = s->reply->status;
    if (!text_unhex(status->ledger_id, h->ledger_id, sizeof(h->ledger_id)))
        return tool_fail(TOOL_INTERNAL, "the ledger's id cannot be understood");
    h->time_ms = status->time_ms;
    h->settled_through = status->settled_through;
    return TOOL_OK;
}

static int ask_lists(struct holdings *h, struct session *s)
{
    Saldo__V1__CatalogueQuery catalogue = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__PayablesQuery payables = SALDO__V1__PAYABLES_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    const Saldo__V1__Reply *reply;
    int rc;

    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CATALOGUE;
    query.catalogue = &catalogue;
    if ((reply = ask(h, s, &query, SALDO__V1__REPLY__RESULT_CATALOGUE, &rc)) == NULL)
        return rc;
    h->catalogue = reply->catalogue;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_PAYABLES;
    query.payables = &payables;
    if ((reply = ask(h, s, &query, SALDO__V1__REPLY__RESULT_PAYABLES, &rc)) == NULL)
        return rc;
    h->payables = reply->payables;
    return TOOL_OK;
}

static int ask_payouts(struct holdings *h, struct session *s)
{
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *payout;
    struct pager pager;

    pager_ask_payouts(&pager, s, &payouts);
    while ((payout = pager_payout(&pager)) != NULL) {
        pager_keep(&pager, &h->pages);
        h->payouts = tool_grow(h->payouts, h->payout_count, &h->payout_room, sizeof(*h->payouts));
        h->payouts[h->payout_count++] = payout;
    }
    return pager_end(&pager);
}

static int ask_runs(struct holdings *h, struct session *s)
{
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    const Saldo__V1__Run *run;
    struct pager pager;

    pager_ask_runs(&pager, s, &runs);
    while ((run = pager_run(&pager)) != NULL) {
        pager_keep(&pager, &h->pages);
        h->runs = tool_grow(h->runs, h->run_count, &h->run_room, sizeof(*h->runs));
        h->runs[h->run_count++] = run;
    }
    return pager_end(&pager);
}

static int ask_bank_lines(struct holdings *h, struct session *s)
{
    Saldo__V1__BankLinesQuery lines = SALDO__V1__BANK_LINES_QUERY__INIT;
    const Saldo__V1__BankLine *line;
    struct pager pager;

    pager_ask_bank_lines(&pager, s, &lines);
    while ((line = pager_bank_line(&pager)) != NULL) {
        pager_keep(&pager, &h->pages);
        h->lines = tool_grow(h->lines, h->line_count, &h->line_room, sizeof(*h->lines));
        h->lines[h->line_count++] = line;
    }
    return pager_end(&pager);
}

/* ---- Finding --------------------------------------------------------------------------------- */

static const char *payee_text(const struct payee *p, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", p->organiser, p->provider);
    return out;
}

static void index_payees(struct holdings *h)
{
    for (size_t i = 0; i < h->payout_count; i++) {
        const Saldo__V1__Payout *p = h->payouts[i];
        size_t size = strlen(p->organiser) + strlen(p->provider) + 2;
        char *text = slab_alloc(&h->slab, size);
        payee_text(&(struct payee){p->organiser, p->provider, 0}, text, size);
        index_add(&h->by_payee, (struct index_key){text, p->run_day, i});
    }
    index_sort(&h->by_payee);
}

size_t holdings_payout(const struct holdings *h, struct payee payee)
{
    char text[128];
    size_t count;
    const struct index_key *key =
        index_find(&h->by_payee, payee_text(&payee, text, sizeof(text)), payee.run_day, &count);

    return key != NULL ? key->item : MATCH_NONE;
}

int holdings_ask(struct holdings *h, struct session *s)
{
    int rc = ask_status(h, s);

    if (rc == TOOL_OK)
        rc = ask_lists(h, s);
    if (rc == TOOL_OK)
        rc = ask_runs(h, s);
    if (rc == TOOL_OK)
        rc = ask_payouts(h, s);
    if (rc == TOOL_OK)
        rc = ask_bank_lines(h, s);
    if (rc == TOOL_OK)
        index_payees(h);
    return rc;
}

void holdings_free(struct holdings *h)
{
    pager_pages_free(&h->pages);
    free(h->runs);
    free(h->payouts);
    free(h->lines);
    index_free(&h->by_payee);
    slab_free(&h->slab);
    *h = (struct holdings){0};
}

/* ---- For the matching ------------------------------------------------------------------------ */

static enum match_state state_of(const Saldo__V1__Payout *p)
{
    static const struct {
        const char *name;
        enum match_state state;
    } names[] = {
        {"PAID", MATCH_PAID},
        {"REJECTED", MATCH_REJECTED},
        {"RETURNED", MATCH_RETURNED},
    };

    if (p->in_transit)
        return MATCH_SENT;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(p->state, names[i].name) == 0)
            return names[i].state;
    return MATCH_NOT_SENT;
}

/* The payments of a run follow each other, so its names are made once. */
static const struct pain_ids *run_names(struct holdings *h, const Saldo__V1__Payout *p,
                                        const Saldo__V1__Payout *before,
                                        const struct pain_ids *names)
{
    if (before != NULL && before->run_day == p->run_day &&
        strcmp(before->organiser, p->organiser) == 0)
        return names;
    struct pain_key key = {.organiser = p->organiser, .run_day = p->run_day};
    memcpy(key.ledger_id, h->ledger_id, sizeof(key.ledger_id));
    struct pain_ids *made = slab_alloc(&h->slab, sizeof(*made));
    pain001_ids(&key, made);
    return made;
}

static void make_past(struct holdings *h, struct match_input *in)
{
    struct match_past *past = slab_alloc(&h->slab, (h->line_count + 1) * sizeof(struct match_past));

    for (size_t i = 0; i < h->line_count; i++) {
        const Saldo__V1__BankLine *line = h->lines[i];
        struct payee payee = {line->organiser, line->provider, line->run_day};
        bool booking = line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED ||
                       line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED;
        if (line->line.len != MATCH_LINE_BYTES ||
            (!booking && line->kind != SALDO__V1__BANK_EVENT_KIND__BANK_UNMATCHED))
            continue; /* of a status report: no booking */
        struct match_past *one = &past[in->past_count++];
        memcpy(one->id, line->line.data, MATCH_LINE_BYTES);
        one->payout = booking ? holdings_payout(h, payee) : MATCH_NONE;
        one->credit = line->credit;
        one->notification = strncmp(line->file, "camt.054", 8) == 0;
    }
    in->past = past;
}

/* The bank's side of payout i. */
static void make_payout(struct holdings *h, struct match_payout *out, size_t i,
                        const struct index by_code[2], const struct pain_ids **names)
{
    const Saldo__V1__Payout *p = h->payouts[i];
    size_t found;
    const struct index_key *from = index_find(&by_code[0], p->organiser, 0, &found);
    const struct index_key *to = index_find(&by_code[1], p->provider, 0, &found);

    *names = run_names(h, p, i > 0 ? h->payouts[i - 1] : NULL, *names);
    *out = (struct match_payout){
        .account = from != NULL ? h->catalogue->organisers[from->item]->iban : "",
        .iban = to != NULL ? h->catalogue->providers[to->item]->iban : "",
        .end_to_end_id = p->end_to_end_id,
        .reference = p->reference,
        .payment_id = (*names)->information,
        .message_id = (*names)->message,
        .execution_day = p->execution_day,
        .cents = p->cents,
        .state = state_of(p),
        .accepted = strcmp(p->state, "ACCEPTED") == 0,
        .booked_by = MATCH_NONE,
        .returned_by = MATCH_NONE,
    };
}

void holdings_input(struct holdings *h, struct match_input *in)
{
    const Saldo__V1__Catalogue *c = h->catalogue;
    const char **accounts = slab_alloc(&h->slab, (c->n_organisers + 1) * sizeof(char *));
    struct index by_code[2] = {0}; /* organisers, providers */
    const struct pain_ids *names = NULL;

    for (size_t i = 0; i < c->n_organisers; i++) {
        accounts[i] = c->organisers[i]->iban;
        index_add(&by_code[0], (struct index_key){c->organisers[i]->code, 0, i});
    }
    for (size_t i = 0; i < c->n_providers; i++)
        index_add(&by_code[1], (struct index_key){c->providers[i]->id, 0, i});
    index_sort(&by_code[0]);
    index_sort(&by_code[1]);
    in->payouts = slab_alloc(&h->slab, (h->payout_count + 1) * sizeof(*in->payouts));
    for (size_t i = 0; i < h->payout_count; i++)
        make_payout(h, &in->payouts[i], i, by_code, &names);
    index_free(&by_code[0]);
    index_free(&by_code[1]);
    in->payout_count = h->payout_count;
    in->accounts = accounts;
    in->account_count = c->n_organisers;
    make_past(h, in);
}
