#include "released.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

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

static int ask_catalogue(struct session *s, const char *organiser, struct released *r)
{
    Saldo__V1__CatalogueQuery catalogue = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;

    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CATALOGUE;
    query.catalogue = &catalogue;
    int rc = session_query(s, &query, SALDO__V1__REPLY__RESULT_CATALOGUE);
    if (rc != TOOL_OK)
        return rc;
    r->catalogue = s->reply;
    s->reply = NULL;
    const Saldo__V1__Catalogue *c = r->catalogue->catalogue;
    for (size_t i = 0; i < c->n_organisers; i++)
        if (strcmp(c->organisers[i]->code, organiser) == 0)
            r->organiser = c->organisers[i];
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
    return rc == TOOL_OK ? ask_catalogue(s, organiser, r) : rc;
}

/* Whatever became of it at the bank, it was in the file. */
static bool was_released(const Saldo__V1__Payout *p)
{
    static const char *const states[] = {"EXPORTED", "ACCEPTED", "PAID", "REJECTED", "RETURNED"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(p->state, states[i]) == 0)
            return true;
    return false;
}

static int compare_providers(const void *a, const void *b)
{
    const Saldo__V1__CatalogueProvider *const *x = a, *const *y = b;

    return strcmp((*x)->id, (*y)->id);
}

static int compare_payments(const void *a, const void *b)
{
    const struct released_payment *x = a, *y = b;

    return strcmp(x->payout->provider, y->payout->provider);
}

static const Saldo__V1__CatalogueProvider *find_provider(const Saldo__V1__Catalogue *c, char *id)
{
    const Saldo__V1__CatalogueProvider wanted = {.id = id}, *key = &wanted;
    Saldo__V1__CatalogueProvider **found =
        bsearch(&key, c->providers, c->n_providers, sizeof(c->providers[0]), compare_providers);

    return found != NULL ? *found : NULL;
}

static int take_payment(struct released *r, const Saldo__V1__Payout *p, int64_t *cents)
{
    const Saldo__V1__CatalogueProvider *provider =
        find_provider(r->catalogue->catalogue, p->provider);

    if (provider == NULL)
        return tool_fail(TOOL_INTERNAL, "provider %s of a payout is not in the catalogue",
                         p->provider);
    if (__builtin_add_overflow(*cents, p->cents, cents))
        return tool_fail(TOOL_INTERNAL, "the payouts come to more than can be counted");
    r->payments = tool_grow(r->payments, r->count, &r->room, sizeof(*r->payments));
    r->payments[r->count++] = (struct released_payment){p, provider};
    return TOOL_OK;
}

static int ask_payments(struct session *s, struct released *r, int64_t *cents)
{
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *p;
    struct pager pager;

    payouts.from_day = payouts.to_day = r->run->run_day;
    payouts.organiser = r->run->organiser;
    pager_ask_payouts(&pager, s, &payouts);
    while ((p = pager_payout(&pager)) != NULL)
        if (was_released(p)) {
            pager_keep(&pager, &r->pages);
            pager_took(&pager, take_payment(r, p, cents));
        }
    return pager_end(&pager);
}

static int take_payments(struct session *s, struct released *r)
{
    Saldo__V1__Catalogue *catalogue = r->catalogue->catalogue;
    int64_t cents = 0;

    qsort(catalogue->providers, catalogue->n_providers, sizeof(catalogue->providers[0]),
          compare_providers);
    int rc = ask_payments(s, r, &cents);
    if (rc != TOOL_OK)
        return rc;
    if (r->count > 0)
        qsort(r->payments, r->count, sizeof(*r->payments), compare_payments);
    if ((int64_t)r->count != r->run->payouts || cents != r->run->cents)
        return tool_fail(TOOL_INTERNAL,
                         "%" PRId64 " payouts of %" PRId64
                         " cents were released, but the ledger shows %zu of %" PRId64,
                         r->run->payouts, r->run->cents, r->count, cents);
    return TOOL_OK;
}

int released_load(struct session *s, const char *organiser, int32_t run_day, struct released *out)
{
    char day[TEXT_DAY_MAX];

    *out = (struct released){0};
    int rc = ask_all(s, organiser, run_day, out);
    if (rc != TOOL_OK)
        return rc;
    text_day(run_day, day);
    if (out->run == NULL || out->organiser == NULL)
        return tool_fail(TOOL_REFUSED, "%s has no payout run of %s; see saldo payouts", organiser,
                         day);
    if (strcmp(out->run->state, "RELEASED") != 0)
        return tool_fail(TOOL_REFUSED,
                         "the run %s of %s is %s: nothing leaves the ledger before a second "
                         "officer has released it",
                         organiser, day, out->run->state);
    return take_payments(s, out);
}

void released_free(struct released *r)
{
    free(r->payments);
    pager_pages_free(&r->pages);
    if (r->catalogue != NULL)
        saldo__v1__reply__free_unpacked(r->catalogue, NULL);
    *r = (struct released){0};
}

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
