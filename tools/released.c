#include "released.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* ---- The run --------------------------------------------------------------------------------- */

static int ask_run(struct session *s, const char *organiser, int32_t run_day, struct released *r)
{
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    const Saldo__V1__Run *run;
    struct pager pager;

    runs.from_day = runs.to_day = run_day;
    pager_ask_runs(&pager, s, &runs);
    while ((run = pager_run(&pager)) != NULL)
        if (strcmp(run->organiser, organiser) == 0) {
            pager_keep(&pager, &r->pages);
            r->run = run;
        }
    return pager_end(&pager);
}

static int ask_organiser(struct session *s, const char *organiser, struct released *r)
{
    Saldo__V1__CatalogueQuery catalogue = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;

    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CATALOGUE;
    query.catalogue = &catalogue;
    int rc = session_query(s, &query, SALDO__V1__REPLY__RESULT_CATALOGUE);
    if (rc != TOOL_OK)
        return rc;
    const Saldo__V1__Catalogue *c = pager_pages_add(&r->pages, s)->catalogue;
    for (size_t i = 0; i < c->n_organisers; i++)
        if (strcmp(c->organisers[i]->code, organiser) == 0)
            r->organiser_name = c->organisers[i]->name;
    return TOOL_OK;
}

static int ask_all(struct session *s, const char *organiser, int32_t run_day, struct released *r)
{
    int rc = session_status(s);

    if (rc == TOOL_OK &&
        !text_unhex(s->reply->status->ledger_id, r->ledger_id, sizeof(r->ledger_id)))
        rc = tool_fail(TOOL_INTERNAL, "the ledger's id cannot be understood");
    if (rc == TOOL_OK)
        rc = ask_run(s, organiser, run_day, r);
    return rc == TOOL_OK ? ask_organiser(s, organiser, r) : rc;
}

int released_load(struct session *s, const char *organiser, int32_t run_day, struct released *out)
{
    char day[TEXT_DAY_MAX];

    *out = (struct released){.session = s};
    int rc = ask_all(s, organiser, run_day, out);
    if (rc != TOOL_OK)
        return rc;
    text_day(run_day, day);
    if (out->run == NULL || out->organiser_name == NULL)
        return tool_fail(TOOL_REFUSED, "%s has no payout run of %s; see saldo payouts", organiser,
                         day);
    if (strcmp(out->run->state, "RELEASED") != 0)
        return tool_fail(TOOL_REFUSED,
                         "the run %s of %s is %s: nothing leaves the ledger before a second "
                         "officer has released it",
                         organiser, day, out->run->state);
    out->name = out->run->account_name[0] != '\0' ? out->run->account_name : out->organiser_name;
    return TOOL_OK;
}

void released_free(struct released *r)
{
    if (r->asking)
        pager_end(&r->pager);
    pager_pages_free(&r->pages);
    *r = (struct released){0};
}

/* ---- Its payments ---------------------------------------------------------------------------- */

/* Whatever became of it at the bank, it was in the file. */
static bool was_released(const Saldo__V1__Payout *p)
{
    static const char *const states[] = {"PAID", "REJECTED", "RETURNED"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(p->state, states[i]) == 0)
            return true;
    return p->in_transit;
}

void released_begin(struct released *r)
{
    Saldo__V1__PayoutsQuery query = SALDO__V1__PAYOUTS_QUERY__INIT;

    if (r->asking)
        pager_end(&r->pager);
    query.from_day = query.to_day = r->run->run_day;
    query.organiser = r->run->organiser;
    pager_ask_payouts(&r->pager, r->session, &query);
    r->asking = true;
    payees_begin_run(&r->payees, r->run);
    r->count = r->cents = 0;
}

const Saldo__V1__Payout *released_next(struct released *r)
{
    const Saldo__V1__Payout *p;

    while ((p = pager_payout(&r->pager)) != NULL) {
        if (!was_released(p))
            continue;
        r->count++;
        payees_add_payout(&r->payees, p);
        if (__builtin_add_overflow(r->cents, p->cents, &r->cents))
            pager_took(&r->pager,
                       tool_fail(TOOL_INTERNAL, "the payouts come to more than can be counted"));
        return p;
    }
    return NULL;
}

int released_end(struct released *r)
{
    uint8_t hash[LIMIT_HASH_BYTES];

    while (released_next(r) != NULL)
        ;
    r->asking = false;
    int rc = pager_end(&r->pager);
    if (rc == TOOL_OK && (r->count != r->run->payouts || r->cents != r->run->cents))
        rc = tool_fail(TOOL_INTERNAL,
                       "%" PRId64 " payouts of %" PRId64 " cents were released, but the ledger "
                       "shows %" PRId64 " of %" PRId64,
                       r->run->payouts, r->run->cents, r->count, r->cents);
    payees_end(&r->payees, hash);
    if (rc == TOOL_OK && r->run->payees.len == sizeof(hash) &&
        memcmp(r->run->payees.data, hash, sizeof(hash)) != 0)
        rc = tool_fail(TOOL_INTERNAL, "the ledger shows other payees or accounts than two officers "
                                      "have signed");
    return rc;
}

/* ---- Names ----------------------------------------------------------------------------------- */

int released_names(const struct argument_words *words, struct released_name **out, size_t *count)
{
    *out = tool_alloc(words->count / 2 + 1, sizeof(**out));
    *count = 0;
    if (words->count % 2 != 0)
        return tool_fail(TOOL_USAGE, "a run is two words, ORGANISER and DAY");
    for (size_t i = 0; i < words->count; i += 2) {
        struct released_name *name = &(*out)[(*count)++];
        name->organiser = words->list[i];
        if (!saldo_day_parse(words->list[i + 1], &name->run_day))
            return tool_fail(TOOL_USAGE, "\"%s\" is not a date: write it as YYYY-MM-DD",
                             words->list[i + 1]);
    }
    return TOOL_OK;
}
