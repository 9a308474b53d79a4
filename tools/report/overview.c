#include "report/overview.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "outcome.h"
#include "pager.h"
#include "progress.h"
#include "report/allotment.h"

/* What is asked for while words are needed. */
struct gathering {
    struct overview *v;
    enum language language;
    struct progress vouchers;
};

static bool is_wanted(const struct overview *v, const char *organiser)
{
    return v->order->organiser == NULL || strcmp(v->order->organiser, organiser) == 0;
}

/* ---- Batches and charges --------------------------------------------------------------------- */

static int take_line(void *arg, const Saldo__V1__BatchLine *line, int32_t day)
{
    struct overview *v = arg;

    if (!is_wanted(v, line->organiser))
        return TOOL_OK;
    Saldo__V1__BatchLine *sums[] = {&v->days[day - v->order->from], &v->all};
    for (size_t i = 0; i < 2; i++) {
        sums[i]->rows += line->rows;
        sums[i]->cents += line->cents;
        sums[i]->credit_rows += line->credit_rows;
        sums[i]->credit_cents += line->credit_cents;
    }
    const Saldo__V1__CatalogueOrganiser *o = inquiry_organiser(v->inquiry, line->organiser);
    struct bin *b =
        bins_at(&v->organisers, inquiry_share(v->inquiry, o != NULL ? o->name : line->organiser));
    b->rows += line->rows - line->credit_rows;
    b->county_cents += line->cents + line->credit_cents;
    b->credited_cents += line->credit_cents;
    v->missing += line->rows - line->credit_rows;
    return TOOL_OK;
}

static void add(struct bins *bins, const char *key, const Saldo__V1__ChargeStatus *charge)
{
    struct bin *b = bins_at(bins, key);

    b->rows++;
    b->county_cents += charge->county_cents;
    b->copay_cents += charge->copay_cents;
}

static void take_refusal(struct gathering *g, const Saldo__V1__ChargeStatus *charge)
{
    bool reviewed = charge->code == OUTCOME_ACCEPTED && strcmp(charge->state, "REFUSED") == 0;

    g->v->answered++;
    if (charge->code == OUTCOME_ACCEPTED && !reviewed)
        return;
    g->v->refused++;
    struct bin *b = bins_at(&g->v->refusals, reviewed ? word(g->language, WORD_REVIEWER)
                                                      : word_refusal(g->language, charge->code));
    b->rows++;
    if (charge->county_cents > 0) /* a refused charge may say anything */
        b->county_cents += charge->county_cents;
}

static int take_charge(void *arg, const Saldo__V1__ChargeStatus *charge)
{
    struct gathering *g = arg;
    struct overview *v = g->v;
    const struct report_order *o = v->order;
    const struct inquiry_voucher *voucher;

    int rc = inquiry_voucher(v->inquiry, charge->voucher, &voucher);
    if (rc != TOOL_OK || !is_wanted(v, voucher->organiser))
        return rc;
    if (charge->business_day >= o->from && charge->business_day <= o->to)
        take_refusal(g, charge);
    if (charge->settle_day < o->from || charge->settle_day > o->to)
        return TOOL_OK;
    const Saldo__V1__CatalogueService *service =
        inquiry_service(v->inquiry, voucher->organiser, charge->service);
    add(&v->groups, service != NULL ? service->group : word(g->language, WORD_NONE), charge);
    add(&v->cost_codes,
        voucher->cost_code[0] != '\0' ? voucher->cost_code : word(g->language, WORD_NONE), charge);
    v->missing--;
    return TOOL_OK;
}

/* ---- Budgets --------------------------------------------------------------------------------- */

static struct budget *budget_of(struct overview *v, const char *cost_code)
{
    for (size_t i = 0; i < v->budgets_count; i++)
        if (strcmp(v->budgets[i].cost_code, cost_code) == 0)
            return &v->budgets[i];
    v->budgets = tool_grow(v->budgets, v->budgets_count, &v->budgets_room, sizeof(v->budgets[0]));
    v->budgets[v->budgets_count] =
        (struct budget){.cost_code = inquiry_share(v->inquiry, cost_code)};
    return &v->budgets[v->budgets_count++];
}

static int take_balance(void *arg, const Saldo__V1__Balance *balance)
{
    struct gathering *g = arg;
    struct overview *v = g->v;
    int32_t month = calendar_month(v->as_of);

    progress_add(&g->vouchers, 1);
    if (balance->units) {
        v->unit_vouchers++;
        return TOOL_OK;
    }
    const Saldo__V1__Voucher *found = balance->of;
    if (found == NULL)
        return tool_fail(TOOL_INTERNAL, "%s: a balance without its voucher", balance->voucher);
    bool closed = found->closed_on != 0 && found->closed_on < calendar_month_first(month);
    if (closed || strcmp(found->state, "VOID") == 0 || !allotment_touches(found, month))
        return TOOL_OK;
    const char *code = found->cost_code;
    struct budget *b = budget_of(v, code[0] != '\0' ? code : word(g->language, WORD_NONE));
    b->vouchers++;
    b->granted += allotment_of(found, month);
    b->posted += balance->posted;
    b->pending += balance->pending;
    b->available += balance->available;
    return TOOL_OK;
}

static int compare_budgets(const void *a, const void *b)
{
    const struct budget *x = a, *y = b;

    return strcmp(x->cost_code, y->cost_code);
}

static int ask_budgets(struct gathering *g)
{
    struct overview *v = g->v;
    const char *organiser = v->order->organiser != NULL ? v->order->organiser : "";

    progress_start(&g->vouchers, "vouchers", 0, v->inquiry->session.tool->quiet);
    int rc = inquiry_balances(v->inquiry, (struct inquiry_balances){organiser, "", v->as_of, true},
                              take_balance, g);
    progress_end(&g->vouchers);
    if (v->budgets_count > 0)
        qsort(v->budgets, v->budgets_count, sizeof(v->budgets[0]), compare_budgets);
    return rc;
}

/* ---- Payouts and payables -------------------------------------------------------------------- */

static int ask_payouts(struct overview *v)
{
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *payout;
    struct pager pager;

    payouts.from_day = v->order->from;
    payouts.to_day = v->order->to;
    if (v->order->organiser != NULL)
        payouts.organiser = tool_lend(v->order->organiser);
    pager_ask_payouts(&pager, &v->inquiry->session, &payouts);
    while ((payout = pager_payout(&pager)) != NULL) {
        struct bin *b = bins_at(&v->payouts, inquiry_share(v->inquiry, payout->state));
        b->rows++;
        b->county_cents += payout->cents;
    }
    return pager_end(&pager);
}

static int compare_payables(const void *a, const void *b)
{
    const Saldo__V1__Payable *const *x = a, *const *y = b;

    return strcmp((*x)->provider, (*y)->provider);
}

/* A provider's lines of all organisers stand together once they are sorted. */
static void take_payables(struct overview *v, const Saldo__V1__Payable **all, size_t count)
{
    struct bins *to = &v->payables;

    if (count > 0)
        qsort(all, count, sizeof(all[0]), compare_payables);
    for (size_t i = 0; i < count; i++) {
        const Saldo__V1__Payable *line = all[i];
        if (to->count == 0 || strcmp(to->list[to->count - 1].key, line->provider) != 0) {
            to->list = tool_grow(to->list, to->count, &to->room, sizeof(to->list[0]));
            to->list[to->count++] = (struct bin){.key = inquiry_keep(v->inquiry, line->provider)};
        }
        to->list[to->count - 1].county_cents += line->cents;
        to->list[to->count - 1].copay_cents += line->in_payouts;
        v->payable += line->cents;
        v->in_payouts += line->in_payouts;
    }
    bins_sort_sums(&v->payables);
}

static int ask_payables(struct overview *v)
{
    Saldo__V1__PayablesQuery query = SALDO__V1__PAYABLES_QUERY__INIT;
    const Saldo__V1__Payable *line, **all = NULL;
    struct pager_pages pages = {0};
    size_t count = 0, room = 0;
    struct pager pager;

    pager_ask_payables(&pager, &v->inquiry->session, &query);
    while ((line = pager_payable(&pager)) != NULL) {
        if (!is_wanted(v, line->organiser))
            continue;
        pager_keep(&pager, &pages);
        all = tool_grow(all, count, &room, sizeof(*all));
        all[count++] = line;
    }
    int rc = pager_end(&pager);
    if (rc == TOOL_OK)
        take_payables(v, all, count);
    free(all);
    pager_pages_free(&pages);
    return rc;
}

void overview_payouts(const struct overview *v, enum language language, struct bins *out)
{
    for (size_t i = 0; i < v->payouts.count; i++) {
        const struct bin *b = &v->payouts.list[i];
        struct bin *to = bins_at(out, word_state(language, b->key));
        to->rows += b->rows;
        to->county_cents += b->county_cents;
    }
}

/* ---- All ------------------------------------------------------------------------------------- */

/* The groups must come to what the batches say, or the overview is none. */
static int check_sums(const struct overview *v)
{
    int64_t cents = 0;

    for (size_t i = 0; i < v->groups.count; i++)
        cents += v->groups.list[i].county_cents;
    if (cents != v->all.cents + v->all.credit_cents)
        return tool_fail(TOOL_INTERNAL,
                         "the charges come to %" PRId64 " cents, but the batches to %" PRId64,
                         cents, v->all.cents + v->all.credit_cents);
    return TOOL_OK;
}

int overview_collect(struct overview *v, enum language language)
{
    struct gathering g = {.v = v, .language = language};
    struct inquiry_days days = {v->order->from, v->order->to};

    if (v->order->organiser != NULL && inquiry_organiser(v->inquiry, v->order->organiser) == NULL)
        return tool_fail(TOOL_REFUSED, "there is no organiser %s", v->order->organiser);
    v->days = tool_alloc((size_t)(v->order->to - v->order->from) + 1, sizeof(v->days[0]));
    int rc = inquiry_settled(v->inquiry, &days);
    v->first = days.from;
    v->as_of = days.to;
    if (rc == TOOL_OK)
        rc = inquiry_batches(v->inquiry, days, take_line, v);
    if (rc == TOOL_OK)
        rc = ask_budgets(&g); /* first: the charges' vouchers are known then */
    if (rc == TOOL_OK)
        rc = inquiry_sweep(v->inquiry, days, (struct inquiry_whose){"", ""}, &v->missing,
                           take_charge, &g);
    if (rc == TOOL_OK)
        rc = check_sums(v);
    if (rc == TOOL_OK)
        rc = ask_payouts(v);
    if (rc == TOOL_OK)
        rc = ask_payables(v);
    bins_sort(&v->groups);
    bins_sort(&v->cost_codes);
    bins_sort(&v->organisers);
    bins_sort(&v->payouts);
    bins_sort_rows(&v->refusals);
    return rc;
}

void overview_free(struct overview *v)
{
    struct bins *all[] = {&v->groups,   &v->cost_codes, &v->organisers,
                          &v->refusals, &v->payouts,    &v->payables};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]->list);
    free(v->budgets);
    free(v->days);
}
