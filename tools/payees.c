#include "payees.h"

#include <string.h>

#include "pager.h"

static struct text text_of(const char *s)
{
    return (struct text){s, (uint32_t)strlen(s)};
}

void payees_begin_run(struct payees *p, const Saldo__V1__Run *run)
{
    payees_begin(p,
                 &(struct payees_run){text_of(run->organiser), run->run_day, text_of(run->iban)});
}

void payees_add_payout(struct payees *p, const Saldo__V1__Payout *payout)
{
    payees_add(p, &(struct payee){
                      .provider = text_of(payout->provider),
                      .cents = payout->cents,
                      .iban = text_of(payout->iban),
                      .account_name = text_of(payout->account_name),
                      .business_id = text_of(payout->business_id),
                      .end_to_end_id = text_of(payout->end_to_end_id),
                      .reference = text_of(payout->reference),
                  });
}

/* ---- As it is to be signed --------------------------------------------------------------------
 */

struct asking {
    struct payees_run_now *run;
    struct payees hash;
    bool found, released;
};

static void take_run(struct asking *a, const Saldo__V1__Run *r)
{
    struct payees_run_now *run = a->run;

    a->found = true;
    a->released = strcmp(r->state, "RELEASED") == 0;
    payees_begin_run(&a->hash, r);
    if (!a->released)
        return;
    run->payouts = r->payouts;
    run->cents = r->cents;
    if (r->payees.len == sizeof(run->hash))
        memcpy(run->hash, r->payees.data, sizeof(run->hash));
}

static int find_run(struct session *s, struct asking *a)
{
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    const Saldo__V1__Run *r;
    struct pager pager;

    runs.from_day = runs.to_day = a->run->run_day;
    pager_ask_runs(&pager, s, &runs);
    while ((r = pager_run(&pager)) != NULL)
        if (strcmp(r->organiser, a->run->organiser) == 0)
            take_run(a, r);
    int rc = pager_end(&pager);
    if (rc == TOOL_OK && !a->found)
        rc = tool_fail(TOOL_REFUSED, "%s has no payout run of that day", a->run->organiser);
    return rc;
}

int payees_ask(struct session *s, struct payees_run_now *run,
               void (*take)(void *arg, const Saldo__V1__Payout *payout), void *arg)
{
    Saldo__V1__PayoutsQuery query = SALDO__V1__PAYOUTS_QUERY__INIT;
    struct asking a = {.run = run};
    const Saldo__V1__Payout *p;
    struct pager pager;

    run->payouts = run->cents = 0;
    memset(run->hash, 0, sizeof(run->hash));
    int rc = find_run(s, &a);
    if (rc != TOOL_OK || a.released)
        return rc;
    query.from_day = query.to_day = run->run_day;
    query.organiser = tool_lend(run->organiser);
    pager_ask_payouts(&pager, s, &query);
    while ((p = pager_payout(&pager)) != NULL) {
        if (strcmp(p->state, "PLANNED") != 0)
            continue;
        run->payouts++;
        if (__builtin_add_overflow(run->cents, p->cents, &run->cents))
            pager_took(&pager, tool_fail(TOOL_INTERNAL, "more than can be counted is planned"));
        payees_add_payout(&a.hash, p);
        if (take != NULL)
            take(arg, p);
    }
    payees_end(&a.hash, run->hash);
    return pager_end(&pager);
}
