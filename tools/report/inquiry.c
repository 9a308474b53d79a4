#include "report/inquiry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "pager.h"
#include "progress.h"
#include "settled_day.h"
#include "text.h"

/* A review may take long, but charges that were answered more than a year before are not sought. */
enum { LOOK_BACK_DAYS = 400 };

/* ---- The catalogue --------------------------------------------------------------------------- */

static int compare_organisers(const void *a, const void *b)
{
    const Saldo__V1__CatalogueOrganiser *const *x = a, *const *y = b;

    return strcmp((*x)->code, (*y)->code);
}

static int compare_providers(const void *a, const void *b)
{
    const Saldo__V1__CatalogueProvider *const *x = a, *const *y = b;

    return strcmp((*x)->id, (*y)->id);
}

static int compare_services(const void *a, const void *b)
{
    const Saldo__V1__CatalogueService *const *x = a, *const *y = b;
    int order = strcmp((*x)->organiser, (*y)->organiser);

    return order != 0 ? order : strcmp((*x)->code, (*y)->code);
}

static int ask_catalogue(struct inquiry *s)
{
    Saldo__V1__CatalogueQuery catalogue = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;

    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_CATALOGUE;
    query.catalogue = &catalogue;
    int rc = session_query(&s->session, &query, SALDO__V1__REPLY__RESULT_CATALOGUE);
    if (rc != TOOL_OK)
        return rc;
    s->catalogue = s->session.reply;
    s->session.reply = NULL;
    Saldo__V1__Catalogue *c = s->catalogue->catalogue;
    qsort(c->organisers, c->n_organisers, sizeof(c->organisers[0]), compare_organisers);
    qsort(c->providers, c->n_providers, sizeof(c->providers[0]), compare_providers);
    qsort(c->services, c->n_services, sizeof(c->services[0]), compare_services);
    return TOOL_OK;
}

const Saldo__V1__CatalogueOrganiser *inquiry_organiser(const struct inquiry *s, const char *code)
{
    const Saldo__V1__Catalogue *c = s->catalogue->catalogue;
    const Saldo__V1__CatalogueOrganiser wanted = {.code = tool_lend(code)}, *key = &wanted;
    Saldo__V1__CatalogueOrganiser **found =
        bsearch(&key, c->organisers, c->n_organisers, sizeof(c->organisers[0]), compare_organisers);

    return found != NULL ? *found : NULL;
}

const Saldo__V1__CatalogueProvider *inquiry_provider(const struct inquiry *s, const char *id)
{
    const Saldo__V1__Catalogue *c = s->catalogue->catalogue;
    const Saldo__V1__CatalogueProvider wanted = {.id = tool_lend(id)}, *key = &wanted;
    Saldo__V1__CatalogueProvider **found =
        bsearch(&key, c->providers, c->n_providers, sizeof(c->providers[0]), compare_providers);

    return found != NULL ? *found : NULL;
}

const Saldo__V1__CatalogueService *inquiry_service(const struct inquiry *s, const char *organiser,
                                                   const char *code)
{
    const Saldo__V1__Catalogue *c = s->catalogue->catalogue;
    const Saldo__V1__CatalogueService wanted = {.organiser = tool_lend(organiser),
                                                .code = tool_lend(code)},
                                      *key = &wanted;
    Saldo__V1__CatalogueService **found =
        bsearch(&key, c->services, c->n_services, sizeof(c->services[0]), compare_services);

    return found != NULL ? *found : NULL;
}

/* ---- Opening --------------------------------------------------------------------------------- */

int inquiry_open(struct inquiry *s, struct tool *tool)
{
    *s = (struct inquiry){0};
    int rc = session_open(&s->session, tool, NULL);
    if (rc == TOOL_OK)
        rc = session_status(&s->session);
    if (rc != TOOL_OK)
        return rc;
    const Saldo__V1__Status *status = s->session.reply->status;
    s->settled_through = status->settled_through;
    s->time_ms = status->time_ms;
    s->last_number = status->last_number;
    s->simulated = status->simulated;
    snprintf(s->ledger_id, sizeof(s->ledger_id), "%s", status->ledger_id);
    return ask_catalogue(s);
}

void inquiry_close(struct inquiry *s)
{
    if (s->catalogue != NULL)
        saldo__v1__reply__free_unpacked(s->catalogue, NULL);
    session_close(&s->session);
    signed_entry_free(&s->entry);
    slab_free(&s->slab);
    free(s->vouchers);
    free(s->shared);
    *s = (struct inquiry){0};
}

const char *inquiry_keep(struct inquiry *s, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = slab_alloc(&s->slab, size);

    memcpy(copy, text, size);
    return copy;
}

const char *inquiry_share(struct inquiry *s, const char *text)
{
    for (size_t i = 0; i < s->shared_count; i++)
        if (strcmp(s->shared[i], text) == 0)
            return s->shared[i];
    s->shared = tool_grow(s->shared, s->shared_count, &s->shared_room, sizeof(s->shared[0]));
    return s->shared[s->shared_count++] = inquiry_keep(s, text);
}

/* ---- Vouchers -------------------------------------------------------------------------------- */

/* Where the voucher stands, or would stand. */
static struct inquiry_voucher **place_of(const struct inquiry *s, const char *number)
{
    uint64_t at = 1469598103934665603U; /* FNV-1a */

    for (const char *c = number; *c != '\0'; c++)
        at = (at ^ (unsigned char)*c) * 1099511628211U;
    for (;; at++) {
        struct inquiry_voucher **place = &s->vouchers[at & (s->vouchers_room - 1)];
        if (*place == NULL || strcmp((*place)->number, number) == 0)
            return place;
    }
}

static void make_room(struct inquiry *s)
{
    struct inquiry_voucher **old = s->vouchers;
    size_t room = s->vouchers_room;

    if (s->vouchers_count * 2 < room)
        return;
    s->vouchers_room = room > 0 ? room * 2 : 1024;
    s->vouchers = tool_alloc(s->vouchers_room, sizeof(struct inquiry_voucher *));
    for (size_t i = 0; i < room; i++)
        if (old[i] != NULL)
            *place_of(s, old[i]->number) = old[i];
    free(old);
}

static int try_voucher(struct inquiry *s, const char *number, int *code)
{
    Saldo__V1__VoucherQuery voucher = SALDO__V1__VOUCHER_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;

    voucher.number = tool_lend(number);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_VOUCHER;
    query.voucher = &voucher;
    return session_try(&s->session, &query, SALDO__V1__REPLY__RESULT_VOUCHER, code);
}

/* What is said of it from now on, without asking again. */
static const struct inquiry_voucher *remember(struct inquiry *s, const char *number,
                                              const Saldo__V1__Voucher *found)
{
    make_room(s);
    struct inquiry_voucher **place = place_of(s, number);
    if (*place != NULL)
        return *place;
    struct inquiry_voucher *v = slab_alloc(&s->slab, sizeof(*v));
    snprintf(v->number, sizeof(v->number), "%s", number);
    v->organiser = found != NULL ? inquiry_share(s, found->organiser) : "";
    v->cost_code = found != NULL ? inquiry_share(s, found->cost_code) : "";
    s->vouchers_count++;
    return *place = v;
}

int inquiry_ask_voucher(struct inquiry *s, const char *number)
{
    int code;
    int rc = try_voucher(s, number, &code);

    if (rc == TOOL_OK)
        remember(s, number, s->session.reply->voucher);
    return rc == TOOL_REFUSED ? session_fail(s->session.saldo, SALDO_ERROR_REFUSED) : rc;
}

int inquiry_voucher(struct inquiry *s, const char *number, const struct inquiry_voucher **out)
{
    int code = OUTCOME_VOUCHER_UNKNOWN;

    make_room(s);
    *out = *place_of(s, number);
    if (*out != NULL)
        return TOOL_OK;
    int rc = number[0] == '\0' ? TOOL_REFUSED : try_voucher(s, number, &code);
    if (rc == TOOL_REFUSED && code != OUTCOME_VOUCHER_UNKNOWN)
        return session_fail(s->session.saldo, SALDO_ERROR_REFUSED);
    if (rc == TOOL_OK || rc == TOOL_REFUSED)
        *out = remember(s, number, rc == TOOL_OK ? s->session.reply->voucher : NULL);
    return *out != NULL ? TOOL_OK : rc;
}

/* ---- Batches and charges --------------------------------------------------------------------- */

/* Settled days have no gap: there is none of these, so they lie before the first or after the last
 * one. */
static int none_settled(const struct inquiry *s, const struct inquiry_days *days)
{
    char first[TEXT_DAY_MAX], last[TEXT_DAY_MAX];

    text_day(days->from, first);
    if (s->settled_through == 0)
        return tool_fail(TOOL_REFUSED, "no day is settled yet: run saldo settle %s first", first);
    if (days->from > s->settled_through)
        return tool_fail(TOOL_REFUSED, "%s is not settled: the last settled day is %s", first,
                         text_day(s->settled_through, last));
    return tool_fail(TOOL_REFUSED, "%s lies before the first day that this ledger has settled",
                     text_day(days->to, last));
}

int inquiry_settled(struct inquiry *s, struct inquiry_days *days)
{
    int32_t last = days->to < s->settled_through ? days->to : s->settled_through;
    struct settled_day night;

    for (int32_t day = days->from; day <= last; day++) {
        int rc = settled_day_ask(&s->session, day, &night, NULL, NULL);
        if (rc != TOOL_OK)
            return rc;
        if (!night.known)
            continue;
        *days = (struct inquiry_days){day, last};
        return TOOL_OK;
    }
    return none_settled(s, days);
}

int inquiry_batches(struct inquiry *s, struct inquiry_days days, inquiry_line *visit, void *arg)
{
    struct settled_day night;
    int rc = TOOL_OK;

    for (int32_t day = days.from; day <= days.to && rc == TOOL_OK; day++) {
        rc = settled_day_ask(&s->session, day, &night, visit, arg);
        if (rc == TOOL_OK && !night.known)
            rc = tool_fail(TOOL_INTERNAL, "a settled day is no longer there");
    }
    return rc;
}

static int look(struct inquiry *s, int32_t day, struct inquiry_whose whose, inquiry_charge *visit,
                void *arg)
{
    Saldo__V1__ChargesQuery charges = SALDO__V1__CHARGES_QUERY__INIT;
    const Saldo__V1__ChargeStatus *charge;
    struct pager pager;

    charges.business_day = day;
    charges.provider = tool_lend(whose.provider);
    charges.voucher = tool_lend(whose.voucher);
    pager_ask_charges(&pager, &s->session, &charges);
    while ((charge = pager_charge(&pager)) != NULL)
        pager_took(&pager, visit(arg, charge));
    return pager_end(&pager);
}

int inquiry_sweep(struct inquiry *s, struct inquiry_days days, struct inquiry_whose whose,
                  int64_t *missing, inquiry_charge *visit, void *arg)
{
    struct progress bar;
    int rc = TOOL_OK;

    progress_start(&bar, "days", (size_t)(days.to - days.from) + 1, s->session.tool->quiet);
    for (int32_t day = days.from; day <= days.to && rc == TOOL_OK; day++) {
        rc = look(s, day, whose, visit, arg);
        progress_add(&bar, 1);
    }
    for (int32_t back = 1; rc == TOOL_OK && *missing > 0 && back <= LOOK_BACK_DAYS; back++)
        rc = look(s, days.from - back, whose, visit, arg);
    progress_end(&bar);
    if (rc == TOOL_OK && *missing != 0)
        rc = tool_fail(TOOL_INTERNAL,
                       "the batches have %" PRId64 " charges more than could be found", *missing);
    return rc;
}

int inquiry_reference(struct inquiry *s, const Saldo__V1__ChargeStatus *charge, const char **out)
{
    const Saldo__V1__Charge *found = NULL;
    int rc = signed_entry_ask(&s->entry, &s->session, charge->number);

    if (rc == TOOL_OK)
        rc = signed_entry_charge(&s->entry, charge, &found);
    *out = found != NULL && found->reference[0] != '\0' ? inquiry_keep(s, found->reference) : "";
    return rc;
}

int inquiry_credits(struct inquiry *s, int32_t day, const char *provider, inquiry_credit *visit,
                    void *arg)
{
    Saldo__V1__CorrectionsQuery corrections = SALDO__V1__CORRECTIONS_QUERY__INIT;
    const Saldo__V1__Correction *c;
    struct pager pager;

    corrections.business_day = day;
    corrections.provider = tool_lend(provider);
    pager_ask_corrections(&pager, &s->session, &corrections);
    while ((c = pager_correction(&pager)) != NULL)
        if (c->kind == SALDO__V1__CORRECTION_KIND__CORRECTION_CREDITED)
            pager_took(&pager, visit(arg, c));
    return pager_end(&pager);
}

int inquiry_balances(struct inquiry *s, struct inquiry_balances wanted, inquiry_balance *visit,
                     void *arg)
{
    Saldo__V1__BalanceQuery balance = SALDO__V1__BALANCE_QUERY__INIT;
    const Saldo__V1__Balance *row;
    struct pager pager;

    balance.organiser = tool_lend(wanted.organiser);
    balance.voucher = tool_lend(wanted.voucher);
    balance.as_of = wanted.as_of;
    balance.vouchers = wanted.vouchers;
    pager_ask_balances(&pager, &s->session, &balance);
    while ((row = pager_balance(&pager)) != NULL) {
        if (row->of != NULL)
            remember(s, row->voucher, row->of);
        pager_took(&pager, visit(arg, row));
    }
    return pager_end(&pager);
}
