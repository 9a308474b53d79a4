/* saldo report client - what a voucher had in a month, what was used of it, and each charge. It
 * names the voucher and not the client: whoever sends it knows which is whose. */
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "report/allotment.h"
#include "report/chart.h"
#include "report/kinds.h"
#include "report/rows.h"
#include "text.h"

struct statement {
    struct inquiry *inquiry;
    struct paper *paper;
    const struct report_order *order;
    const Saldo__V1__CatalogueOrganiser *organiser;
    struct rows rows;
    int32_t valid_from, valid_to;
    int32_t as_of; /* the night whose figures these are */
    bool whole;    /* they are of the whole validity */
    bool units;
    int unit; /* of the figures, where they are units */
    int64_t granted, posted, pending, available;
};

/* ---- What the ledger has --------------------------------------------------------------------- */

static int take_voucher(struct statement *t)
{
    int rc = inquiry_ask_voucher(t->inquiry, t->order->voucher);

    if (rc != TOOL_OK)
        return rc;
    const Saldo__V1__Voucher *v = t->inquiry->session.reply->voucher;
    t->organiser = inquiry_organiser(t->inquiry, v->organiser);
    if (t->organiser == NULL || v->n_versions == 0)
        return tool_fail(TOOL_INTERNAL, "the voucher has no organiser or no version");
    const Saldo__V1__VoucherVersion *newest = v->versions[v->n_versions - 1];
    t->valid_from = v->valid_from;
    t->valid_to = v->closed_on != 0 ? v->closed_on : newest->valid_to;
    t->whole = v->period == SALDO__V1__PERIOD__WHOLE;
    if (!t->whole && !allotment_touches(v, calendar_month(t->order->from)))
        return tool_fail(TOOL_REFUSED, "voucher %s is not valid in that month", t->order->voucher);
    t->units = v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    t->granted =
        strcmp(v->state, "VOID") == 0 ? 0 : allotment_of(v, calendar_month(t->order->from));
    const Saldo__V1__CatalogueService *service =
        newest->n_services > 0
            ? inquiry_service(t->inquiry, t->organiser->code, newest->services[0])
            : NULL;
    t->unit = service != NULL ? (int)service->unit : SALDO__V1__UNIT__UNIT_NONE;
    return TOOL_OK;
}

static int take_balance(void *arg, const Saldo__V1__Balance *balance)
{
    struct statement *t = arg;

    t->posted = balance->posted;
    t->pending = balance->pending;
    t->available = balance->available;
    return TOOL_OK;
}

static bool is_live(const Saldo__V1__ChargeStatus *charge)
{
    static const char *const live[] = {"IN_REVIEW", "APPROVED", "SETTLED", "PAID"};

    for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++)
        if (strcmp(charge->state, live[i]) == 0)
            return true;
    return false;
}

static int take_charge(void *arg, const Saldo__V1__ChargeStatus *charge)
{
    struct statement *t = arg;
    int32_t day = calendar_local_day(charge->start_ms);

    if (is_live(charge) && day >= t->order->from && day <= t->order->to)
        rows_add(&t->rows, t->inquiry, t->paper->language, t->organiser->code, charge);
    return TOOL_OK;
}

/* A service of the month may be recorded until the month lapses, but never before it happened. */
static int collect(struct statement *t)
{
    int32_t today = calendar_local_day(t->inquiry->time_ms);
    int32_t lapse = calendar_month_lapse(calendar_month(t->order->from)) - 1;
    struct inquiry_days days = {t->order->from, today < lapse ? today : lapse};
    struct inquiry_days settled = {t->order->from, t->order->to};
    int64_t missing = 0;

    int rc = inquiry_settled(t->inquiry, &settled);
    t->as_of = settled.to;
    if (rc == TOOL_OK)
        rc = take_voucher(t);
    if (rc == TOOL_OK)
        rc = inquiry_balances(t->inquiry,
                              (struct inquiry_balances){"", t->order->voucher, t->as_of, false},
                              take_balance, t);
    if (rc == TOOL_OK)
        rc = inquiry_sweep(t->inquiry, days, (struct inquiry_whose){"", t->order->voucher},
                           &missing, take_charge, t);
    rows_sort_start(&t->rows);
    return rc;
}

/* ---- On paper -------------------------------------------------------------------------------- */

static const char *value(const struct statement *t, int64_t amount, char *out)
{
    if (t->units)
        return figure_quantity(t->paper->language, (struct amount){t->unit, amount}, out);
    return figure_euros(t->paper->language, amount, out);
}

static void write_facts(const struct statement *t)
{
    struct paper *p = t->paper;
    char from[FIGURE_MAX], to[FIGURE_MAX], text[4 * FIGURE_MAX];

    paper_list(p, PAPER_FACTS);
    paper_item(p, WORD_VOUCHER, t->order->voucher);
    snprintf(text, sizeof(text), "%s\u2013%s", figure_day(p->language, t->valid_from, from),
             figure_day(p->language, t->valid_to, to));
    paper_item(p, WORD_VALIDITY, text);
    if (t->whole)
        paper_item(p, WORD_PERIOD, word(p->language, WORD_WHOLE));
    else
        paper_item(p, WORD_PERIOD, figure_month(p->language, calendar_month(t->order->from), text));
    paper_item(p, WORD_SITUATION, figure_day(p->language, t->as_of, text));
    paper_list_end(p);
}

static void write_head(const struct statement *t)
{
    struct paper *p = t->paper;
    char text[2 * FIGURE_MAX], figure[FIGURE_MAX];
    const struct paper_head head = {
        .title = WORD_CLIENT,
        .name = t->organiser->name,
        .period = report_period(p->language, t->order, text),
        .simulated = t->inquiry->simulated,
    };
    const struct chart_slice slices[] = {
        {WORD_USED, t->granted - t->posted, CHART_SOLID},
        {WORD_PENDING, t->pending, CHART_HATCH},
        {WORD_AVAILABLE, t->available, CHART_DOTS},
    };

    paper_begin(p, &head);
    write_facts(t);
    paper_list(p, PAPER_FIGURES);
    paper_item(p, WORD_GRANTED, value(t, t->granted, figure));
    paper_item(p, WORD_USED, value(t, t->granted - t->posted, figure));
    paper_item(p, WORD_POSTED, value(t, t->posted, figure));
    paper_item(p, WORD_PENDING, value(t, t->pending, figure));
    paper_item(p, WORD_AVAILABLE, value(t, t->available, figure));
    paper_list_end(p);
    chart_stack(p, WORD_BUDGET, slices, 3);
    chart_stack_bar(
        p, t->order->voucher,
        figure_percent(p->language, (struct ratio){t->granted - t->posted, t->granted}, figure),
        slices, 3);
    chart_stack_end(p);
}

static void write_row(struct paper *p, const struct row *r)
{
    char text[FIGURE_MAX];

    paper_row(p, PAPER_ROW);
    paper_cell(p);
    row_time(p, r);
    paper_cell_text(p, r->service);
    paper_cell_text(p, r->provider);
    paper_cell_text(p, figure_quantity(p->language, (struct amount){r->unit, r->quantity}, text));
    paper_cell_euros(p, r->county_cents + r->copay_cents);
    paper_cell_euros(p, r->county_cents);
    row_credit(p, r);
    paper_cell_euros(p, r->copay_cents);
    paper_cell_text(p, word_state(p->language, r->state));
}

static void write_rows(const struct statement *t)
{
    static const struct paper_column columns[] = {
        {WORD_TIME, false}, {WORD_SERVICE, false}, {WORD_PROVIDER, false}, {WORD_QUANTITY, true},
        {WORD_PRICE, true}, {WORD_COUNTY, true},   {WORD_COPAY, true},     {WORD_STATE, false},
    };
    static const struct paper_table table = {WORD_OWN_CHARGES, columns, 8, true};
    struct paper *p = t->paper;
    struct bins services = {0};
    struct bin all = {0};

    for (size_t i = 0; i < t->rows.count; i++) {
        bins_add(&services, t->rows.list[i].service, &t->rows.list[i]);
        bin_sum(&all, &t->rows.list[i]);
    }
    bins_sort(&services);
    paper_services(p, &services);
    free(services.list);
    paper_table(p, &table);
    for (size_t i = 0; i < t->rows.count; i++)
        write_row(p, &t->rows.list[i]);
    paper_row(p, PAPER_TOTAL);
    paper_cell(p);
    paper_word(p, WORD_IN_ALL);
    paper_cells(p, 3);
    paper_cell_euros(p, all.county_cents + all.copay_cents);
    paper_cell_euros(p, all.county_cents);
    paper_cell_euros(p, all.copay_cents);
    paper_cells(p, 1);
    paper_table_end(p);
}

int report_client(struct inquiry *s, struct paper *p, const struct report_order *o)
{
    struct statement t = {.inquiry = s, .paper = p, .order = o};

    int rc = collect(&t);
    if (rc == TOOL_OK) {
        write_head(&t);
        if (t.rows.count > 0)
            write_rows(&t);
        else
            paper_note(p, word(p->language, WORD_NOTHING));
        report_foot(s, p);
    }
    free(t.rows.list);
    return rc;
}
