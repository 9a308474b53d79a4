/* saldo why - a charge's whole story: asks for all that belongs to it, and tells it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "settled_day.h"
#include "why/why.h"

Saldo__V1__Reply *why_ask(struct why *w, const Saldo__V1__QueryRequest *query,
                          Saldo__V1__Reply__ResultCase wanted, int *rc)
{
    int code;

    *rc = session_try(&w->session, query, wanted, &code);
    if (*rc == TOOL_OK)
        return pager_pages_add(&w->pages, &w->session);
    if (*rc == TOOL_REFUSED)
        *rc = TOOL_OK;
    return NULL;
}

static void take_catalogue(struct story_facts *f, const Saldo__V1__Catalogue *c)
{
    for (size_t i = 0; i < c->n_services; i++)
        if (strcmp(c->services[i]->organiser, f->voucher->organiser) == 0 &&
            strcmp(c->services[i]->code, f->charge->service) == 0)
            f->service = c->services[i];
    for (size_t i = 0; i < c->n_providers; i++)
        if (strcmp(c->providers[i]->id, f->charge->provider) == 0)
            f->provider = c->providers[i];
}

static int ask_voucher(struct why *w)
{
    Saldo__V1__VoucherQuery voucher = SALDO__V1__VOUCHER_QUERY__INIT;
    Saldo__V1__CatalogueQuery catalogue = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    int rc;

    voucher.number = w->facts.charge->voucher;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_VOUCHER;
    query.voucher = &voucher;
    const Saldo__V1__Reply *reply = why_ask(w, &query, SALDO__V1__REPLY__RESULT_VOUCHER, &rc);
    if (reply == NULL)
        return rc;
    w->facts.voucher = reply->voucher;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CATALOGUE;
    query.catalogue = &catalogue;
    reply = why_ask(w, &query, SALDO__V1__REPLY__RESULT_CATALOGUE, &rc);
    if (reply != NULL)
        take_catalogue(&w->facts, reply->catalogue);
    return rc;
}

/* ---- Payouts: on through what was carried or came back, up to the one that holds the money ------
 */

static bool goes_on(const char *state)
{
    return strcmp(state, "CARRIED") == 0 || strcmp(state, "REJECTED") == 0 ||
           strcmp(state, "RETURNED") == 0;
}

int why_end(struct pager *p)
{
    int code;
    int rc = pager_end_try(p, &code);

    return rc == TOOL_REFUSED ? TOOL_OK : rc;
}

static int ask_payouts(struct why *w)
{
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    struct story_facts *f = &w->facts;
    const Saldo__V1__Payout *p;
    struct pager pager;
    bool more = true;

    if (f->voucher == NULL)
        return TOOL_OK;
    payouts.from_day = f->charge->settle_day;
    payouts.organiser = f->voucher->organiser;
    payouts.provider = f->charge->provider;
    pager_ask_payouts(&pager, &w->session, &payouts);
    while (more && (p = pager_payout(&pager)) != NULL) {
        pager_keep(&pager, &w->pages);
        f->payouts[f->payouts_count++].payout = p;
        more = goes_on(p->state) && f->payouts_count < STORY_PAYOUTS_MAX;
    }
    return why_end(&pager);
}

static int ask_runs(struct why *w)
{
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    const Saldo__V1__Run *run;
    struct pager pager;

    runs.from_day = w->facts.charge->settle_day;
    pager_ask_runs(&pager, &w->session, &runs);
    while ((run = pager_run(&pager)) != NULL)
        for (size_t i = 0; i < w->facts.payouts_count; i++)
            if (run->run_day == w->facts.payouts[i].payout->run_day &&
                strcmp(run->organiser, w->facts.payouts[i].payout->organiser) == 0) {
                pager_keep(&pager, &w->pages);
                w->facts.payouts[i].run = run;
            }
    return why_end(&pager);
}

/* ---- Lines of the bank --------------------------------------------------------------------------
 */

static bool belongs(const struct why *w, const Saldo__V1__BankLine *line)
{
    for (size_t i = 0; i < w->facts.payouts_count; i++) {
        const Saldo__V1__Payout *p = w->facts.payouts[i].payout;
        if (p->run_day == line->run_day && strcmp(p->provider, line->provider) == 0 &&
            strcmp(p->organiser, line->organiser) == 0)
            return true;
    }
    return false;
}

static int compare_lines(const void *a, const void *b)
{
    const Saldo__V1__BankLine *const *x = a, *const *y = b;

    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

static int ask_lines(struct why *w)
{
    Saldo__V1__BankLinesQuery lines = SALDO__V1__BANK_LINES_QUERY__INIT;
    const Saldo__V1__BankLine *line;
    struct pager pager;

    pager_ask_bank_lines(&pager, &w->session, &lines);
    while ((line = pager_bank_line(&pager)) != NULL) {
        if (!belongs(w, line))
            continue;
        pager_keep(&pager, &w->pages);
        w->facts.lines = tool_grow(w->facts.lines, w->facts.lines_count, &w->lines_room,
                                   sizeof(*w->facts.lines));
        w->facts.lines[w->facts.lines_count++] = line;
    }
    if (w->facts.lines_count > 0)
        qsort(w->facts.lines, w->facts.lines_count, sizeof(*w->facts.lines), compare_lines);
    return why_end(&pager); /* a provider does not see the county's bank */
}

/* ---- Together -----------------------------------------------------------------------------------
 */

static int ask_all(struct why *w, const Saldo__V1__QueryRequest *query)
{
    struct settled_day settled;
    int rc = session_query(&w->session, query, SALDO__V1__REPLY__RESULT_CHARGE);

    if (rc != TOOL_OK)
        return rc;
    w->facts.charge = pager_pages_add(&w->pages, &w->session)->charge;
    rc = ask_voucher(w);
    if (rc == TOOL_OK)
        rc = why_signed(w);
    if (rc == TOOL_OK)
        rc = why_terms(w);
    if (rc == TOOL_OK)
        rc = why_corrections(w);
    if (rc != TOOL_OK || w->facts.charge->settle_day == 0)
        return rc;
    rc = settled_day_ask(&w->session, w->facts.charge->settle_day, &settled, NULL, NULL);
    w->facts.batch_number = settled.number;
    if (rc == TOOL_OK)
        rc = ask_payouts(w);
    if (rc == TOOL_OK && w->facts.payouts_count > 0)
        rc = ask_runs(w);
    return rc == TOOL_OK && w->facts.payouts_count > 0 ? ask_lines(w) : rc;
}

static int write_story(const struct tool *tool, const struct story *s)
{
    static const char *const columns[] = {"part", "entry", "text"};

    if (tool->format == OUTPUT_PEOPLE) {
        for (size_t i = 0; i < s->count; i++) {
            if (s->steps[i].number != 0)
                printf("%10llu  ", (unsigned long long)s->steps[i].number);
            else
                printf("%10s  ", "");
            printf("%s\n", s->steps[i].text);
        }
        return tool_written(fflush(stdout) == 0 && !ferror(stdout));
    }
    struct output *o = output_open(stdout, tool->format, &(struct output_shape){columns, 3, false});
    for (size_t i = 0; i < s->count; i++) {
        output_text(o, s->steps[i].part);
        if (s->steps[i].number != 0)
            output_number(o, (int64_t)s->steps[i].number);
        else
            output_empty(o);
        output_text(o, s->steps[i].text);
    }
    return tool_written(output_close(o));
}

static void free_facts(struct why *w)
{
    free(w->facts.lines);
    free(w->facts.corrections);
    signed_entry_free(&w->entry);
    pager_pages_free(&w->pages);
    session_close(&w->session);
}

static int run(struct tool *tool, const Saldo__V1__QueryRequest *query,
               enum story_language language)
{
    struct why w = {0};
    struct story story = {.language = language};
    int rc = session_open(&w.session, tool, NULL);

    if (rc == TOOL_OK)
        rc = ask_all(&w, query);
    if (rc == TOOL_OK) {
        story_tell(&story, &w.facts);
        rc = write_story(tool, &story);
    }
    story_free(&story);
    free_facts(&w);
    return rc;
}

int run_why(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__ChargeQuery charge = SALDO__V1__CHARGE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    const char *provider = NULL, *lang = "en";
    uint8_t id[16];
    const struct argument table[] = {
        {"ID", ARGUMENT_ID, id, "the charge's request id", 0, 0},
        {"--provider", ARGUMENT_TEXT, &provider, "whose charge it is, for other keys than its own",
         0, "ID"},
        {"--lang", ARGUMENT_TEXT, &lang, "Finnish or English", 0, "fi|en"},
    };
    enum arguments_result parsed = arguments_parse(
        tool, &(struct arguments){"why", "A charge's whole story in plain words.", table, 3}, argc,
        argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (strcmp(lang, "fi") != 0 && strcmp(lang, "en") != 0)
        return tool_fail(TOOL_USAGE, "why: --lang is fi or en");
    charge.charge = (ProtobufCBinaryData){sizeof(id), id};
    if (provider != NULL)
        charge.provider = tool_lend(provider);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CHARGE;
    query.charge = &charge;
    return run(tool, &query, strcmp(lang, "fi") == 0 ? STORY_FINNISH : STORY_ENGLISH);
}
