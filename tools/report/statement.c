/* saldo report statement - what a provider was settled for, row by row. Nothing in it tells who a
 * client is or where one lives: no client reference, no cost code. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pager.h"
#include "report/kinds.h"
#include "report/rows.h"
#include "text.h"

/* A credit of the period, in the order of nights and entries. */
struct credit {
    int32_t day;
    int reason; /* the protocol's */
    int64_t cents;
    const char *service, *text; /* borrowed from the inquiry */
    char voucher[INQUIRY_NUMBER_MAX];
    uint8_t id[16]; /* of the charge */
};

struct statement {
    struct inquiry *inquiry;
    struct paper *paper;
    const struct report_order *order;
    const Saldo__V1__CatalogueOrganiser *organiser;
    const Saldo__V1__CatalogueProvider *provider;
    struct rows rows;
    struct credit *credits; /* owned list */
    size_t credits_count, credits_room;
    Saldo__V1__BatchLine *days; /* of each day, without texts; owned */
    Saldo__V1__BatchLine all;
    int64_t missing; /* charges of the batches that were not seen yet */
    int64_t copay_cents;
};

/* ---- What the ledger has --------------------------------------------------------------------- */

static int take_line(void *arg, const Saldo__V1__BatchLine *line, int32_t day)
{
    struct statement *t = arg;

    if (strcmp(line->organiser, t->organiser->code) != 0 ||
        strcmp(line->provider, t->provider->id) != 0)
        return TOOL_OK;
    t->days[day - t->order->from] = *line;
    t->all.rows += line->rows;
    t->all.cents += line->cents;
    t->all.credit_rows += line->credit_rows;
    t->all.credit_cents += line->credit_cents;
    t->missing += line->rows - line->credit_rows;
    return TOOL_OK;
}

static int take_charge(void *arg, const Saldo__V1__ChargeStatus *charge)
{
    struct statement *t = arg;
    const struct inquiry_voucher *voucher;

    if (charge->settle_day < t->order->from || charge->settle_day > t->order->to)
        return TOOL_OK;
    int rc = inquiry_voucher(t->inquiry, charge->voucher, &voucher);
    if (rc != TOOL_OK || strcmp(voucher->organiser, t->organiser->code) != 0)
        return rc;
    struct row *row =
        rows_add(&t->rows, t->inquiry, t->paper->language, t->organiser->code, charge);
    t->copay_cents += charge->copay_cents;
    t->missing--;
    return inquiry_reference(t->inquiry, charge, &row->reference);
}

static int take_credit(void *arg, const Saldo__V1__Correction *c)
{
    struct statement *t = arg;
    const enum language language = t->paper->language;

    if (strcmp(c->organiser, t->organiser->code) != 0)
        return TOOL_OK;
    t->credits = tool_grow(t->credits, t->credits_count, &t->credits_room, sizeof(t->credits[0]));
    struct credit *credit = &t->credits[t->credits_count++];
    *credit = (struct credit){
        .day = c->business_day,
        .reason = (int)c->reason,
        .cents = c->cents,
        .service =
            service_name(language, inquiry_service(t->inquiry, t->organiser->code, c->service),
                         inquiry_share(t->inquiry, c->service)),
        .text = inquiry_keep(t->inquiry, c->text),
    };
    snprintf(credit->voucher, sizeof(credit->voucher), "%s", c->voucher);
    if (c->charge.len == sizeof(credit->id))
        memcpy(credit->id, c->charge.data, sizeof(credit->id));
    return TOOL_OK;
}

static int ask_credits(struct statement *t)
{
    int rc = TOOL_OK;

    for (int32_t day = t->order->from; rc == TOOL_OK && day <= t->order->to; day++)
        if (t->days[day - t->order->from].credit_rows > 0)
            rc = inquiry_credits(t->inquiry, day, t->provider->id, take_credit, t);
    return rc;
}

/* The rows of each night must come to what its batch says, or the statement is none. */
static int check_sums(const struct statement *t)
{
    char day[TEXT_DAY_MAX];
    size_t at = 0, credit = 0;

    for (int32_t d = t->order->from; d <= t->order->to; d++) {
        const Saldo__V1__BatchLine *line = &t->days[d - t->order->from];
        int64_t cents = 0, rows = 0, credits = 0, credit_cents = 0;
        for (; at < t->rows.count && t->rows.list[at].settle_day == d; at++, rows++)
            cents += t->rows.list[at].county_cents;
        for (; credit < t->credits_count && t->credits[credit].day == d; credit++, credits++)
            credit_cents += t->credits[credit].cents;
        if (rows != line->rows - line->credit_rows || cents != line->cents + line->credit_cents ||
            credits != line->credit_rows || credit_cents != line->credit_cents)
            return tool_fail(TOOL_INTERNAL,
                             "%s: %" PRId64 " charges of %" PRId64 " cents and %" PRId64
                             " credits of %" PRId64 " were found, but the batch has others",
                             text_day(d, day), rows, cents, credits, credit_cents);
    }
    return TOOL_OK;
}

static int collect(struct statement *t)
{
    struct inquiry_days days = {t->order->from, t->order->to};

    t->organiser = inquiry_organiser(t->inquiry, t->order->organiser);
    t->provider = inquiry_provider(t->inquiry, t->order->provider);
    if (t->organiser == NULL || t->provider == NULL)
        return tool_fail(TOOL_REFUSED, "there is no %s %s",
                         t->organiser == NULL ? "organiser" : "provider",
                         t->organiser == NULL ? t->order->organiser : t->order->provider);
    t->days = tool_alloc((size_t)(days.to - days.from) + 1, sizeof(t->days[0]));
    int rc = inquiry_settled(t->inquiry, &days);
    if (rc == TOOL_OK)
        rc = inquiry_batches(t->inquiry, days, take_line, t);
    if (rc == TOOL_OK)
        rc = inquiry_sweep(t->inquiry, days, (struct inquiry_whose){t->provider->id, ""},
                           &t->missing, take_charge, t);
    if (rc == TOOL_OK)
        rc = ask_credits(t);
    rows_sort(&t->rows);
    return rc == TOOL_OK ? check_sums(t) : rc;
}

/* ---- The top --------------------------------------------------------------------------------- */

static void write_party(struct paper *p, enum word role, const char *name, const char *business_id)
{
    paper_item(p, role, name);
    if (business_id[0] != '\0')
        paper_item(p, WORD_BUSINESS_ID, business_id);
}

static void write_head(const struct statement *t)
{
    struct paper *p = t->paper;
    char period[2 * FIGURE_MAX], figure[FIGURE_MAX];
    const struct paper_head head = {
        .title = WORD_STATEMENT,
        .name = t->provider->name,
        .period = report_period(p->language, t->order, period),
        .simulated = t->inquiry->simulated,
    };

    paper_begin(p, &head);
    paper_list(p, PAPER_FACTS);
    write_party(p, WORD_PROVIDER, t->provider->name, t->provider->business_id);
    write_party(p, WORD_ORGANISER, t->organiser->name, t->organiser->business_id);
    paper_list_end(p);
    paper_list(p, PAPER_FIGURES);
    paper_item(p, WORD_NET, figure_euros(p->language, t->all.cents, figure));
    paper_item(p, WORD_COUNTY,
               figure_euros(p->language, t->all.cents + t->all.credit_cents, figure));
    paper_item(p, WORD_CREDITS, figure_euros(p->language, -t->all.credit_cents, figure));
    paper_item(p, WORD_CHARGES,
               figure_count(p->language, t->all.rows - t->all.credit_rows, figure));
    paper_item(p, WORD_COPAY, figure_euros(p->language, t->copay_cents, figure));
    paper_list_end(p);
}

static void write_services(const struct statement *t)
{
    struct bins bins = {0};

    for (size_t i = 0; i < t->rows.count; i++)
        bins_add(&bins, t->rows.list[i].service, &t->rows.list[i]);
    bins_sort(&bins);
    paper_services(t->paper, &bins);
    free(bins.list);
}

/* ---- Payouts --------------------------------------------------------------------------------- */

static void write_payout(struct paper *p, const Saldo__V1__Payout *payout)
{
    paper_row(p, PAPER_ROW);
    paper_cell(p);
    paper_day(p, payout->run_day);
    paper_cell(p);
    paper_day(p, payout->execution_day);
    paper_cell_text(p, payout->reference);
    if (payout->end_to_end_id[0] != '\0')
        paper_cell_small(p, payout->end_to_end_id);
    paper_cell_text(p, word_state(p->language, payout->state));
    if (payout->bank_reason[0] != '\0')
        paper_cell_small(p, payout->bank_reason);
    else if (payout->booked_day != 0) {
        char day[FIGURE_MAX];
        paper_cell_small(p, figure_day(p->language, payout->booked_day, day));
    }
    paper_cell_euros(p, payout->cents);
}

/* Those of the period, and the first one after it: that is what pays its last rows. */
static int write_payouts(const struct statement *t)
{
    static const struct paper_column columns[] = {
        {WORD_RUN_DAY, false}, {WORD_PAYS_ON, false}, {WORD_REFERENCE, false},
        {WORD_STATE, false},   {WORD_AMOUNT, true},
    };
    static const struct paper_table table = {WORD_PAYOUTS, columns, 5, true};
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *payout;
    struct pager pager;
    bool after = false;

    payouts.from_day = t->order->from;
    payouts.organiser = t->organiser->code;
    payouts.provider = t->provider->id;
    pager_ask_payouts(&pager, &t->inquiry->session, &payouts);
    while (!after && (payout = pager_payout(&pager)) != NULL) {
        if (t->paper->table == NULL)
            paper_table(t->paper, &table);
        write_payout(t->paper, payout);
        after = payout->run_day > t->order->to;
    }
    if (t->paper->table != NULL)
        paper_table_end(t->paper);
    return pager_end(&pager);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void write_reference(struct paper *p, const char *reference)
{
    char text[128];

    if (reference[0] == '\0')
        return;
    snprintf(text, sizeof(text), "%s %s", word(p->language, WORD_OWN_REFERENCE), reference);
    paper_cell_small(p, text);
}

static void write_row(struct paper *p, const struct row *r)
{
    char text[TEXT_HEX_MAX];

    paper_row(p, PAPER_ROW);
    paper_cell(p);
    row_time(p, r);
    paper_cell_text(p, r->voucher);
    paper_cell_text(p, r->service);
    if (r->rate_class[0] != '\0' && strcmp(r->rate_class, "ALL") != 0)
        paper_cell_small(p, r->rate_class);
    write_reference(p, r->reference);
    paper_cell_id(p, text_hex(r->id, sizeof(r->id), text));
    paper_cell_text(p, figure_quantity(p->language, (struct amount){r->unit, r->quantity}, text));
    paper_cell_euros(p, r->county_cents + r->copay_cents);
    paper_cell_euros(p, r->county_cents);
    paper_cell_euros(p, r->copay_cents);
}

/* A credit stands in the night that it was settled in; the charge it is of may be of any other. */
static void write_credit(struct paper *p, const struct credit *c)
{
    char text[TEXT_HEX_MAX];

    paper_row(p, PAPER_ROW);
    paper_cell(p);
    paper_day(p, c->day);
    paper_cell_text(p, c->voucher);
    paper_cell(p);
    paper_word(p, WORD_CREDIT);
    paper_text(p, ": ");
    paper_text(p, word_credit(p->language, c->reason));
    paper_cell_small(p, c->service);
    if (c->text[0] != '\0')
        paper_cell_small(p, c->text);
    paper_cell_id(p, text_hex(c->id, sizeof(c->id), text));
    paper_cells(p, 3);
    paper_euros(p, -c->cents);
    paper_cells(p, 1);
}

static void write_sums(struct paper *p, enum paper_row kind, const struct bin *sum)
{
    paper_row(p, kind);
    paper_cell_text(p, sum->key);
    paper_cells(p, 4);
    paper_euros(p, sum->county_cents + sum->copay_cents);
    paper_cell_euros(p, sum->county_cents);
    paper_cell_euros(p, sum->copay_cents);
}

/* Credits of the night and what is left: in the column of the county's share. */
static void write_credits(struct paper *p, enum paper_row kind, const Saldo__V1__BatchLine *line)
{
    if (line->credit_rows == 0)
        return;
    paper_row(p, PAPER_SUM);
    paper_cell(p);
    paper_word(p, WORD_CREDITS);
    paper_cells(p, 5);
    paper_euros(p, -line->credit_cents);
    paper_cells(p, 1);
    paper_row(p, kind);
    paper_cell(p);
    paper_word(p, WORD_NET);
    paper_cells(p, 5);
    paper_euros(p, line->cents);
    paper_cells(p, 1);
}

/* How far the rows and the credits are written. */
struct place {
    size_t row, credit;
};

static void write_day(const struct statement *t, int32_t day, struct place *at)
{
    struct paper *p = t->paper;
    const Saldo__V1__BatchLine *line = &t->days[day - t->order->from];
    struct bin sum = {.key = word(p->language, WORD_IN_ALL)};

    if (line->rows == 0)
        return;
    paper_group(p);
    paper_word(p, WORD_BATCH);
    paper_text(p, " ");
    paper_day(p, day);
    for (; at->row < t->rows.count && t->rows.list[at->row].settle_day == day; at->row++) {
        write_row(p, &t->rows.list[at->row]);
        bin_sum(&sum, &t->rows.list[at->row]);
    }
    if (sum.rows > 0)
        write_sums(p, PAPER_SUM, &sum);
    for (; at->credit < t->credits_count && t->credits[at->credit].day == day; at->credit++)
        write_credit(p, &t->credits[at->credit]);
    write_credits(p, PAPER_SUM, line);
}

static void write_rows(const struct statement *t)
{
    static const struct paper_column columns[] = {
        {WORD_TIME, false}, {WORD_VOUCHER, false}, {WORD_SERVICE, false}, {WORD_QUANTITY, true},
        {WORD_PRICE, true}, {WORD_COUNTY, true},   {WORD_COPAY, true},
    };
    static const struct paper_table table = {WORD_CHARGE_ROWS, columns, 7, true};
    struct paper *p = t->paper;
    struct bin all = {.key = word(p->language, WORD_ALL_NIGHTS)};
    struct place at = {0};

    paper_table(p, &table);
    for (int32_t day = t->order->from; day <= t->order->to; day++)
        write_day(t, day, &at);
    for (size_t i = 0; i < t->rows.count; i++)
        bin_sum(&all, &t->rows.list[i]);
    write_sums(p, PAPER_TOTAL, &all);
    write_credits(p, PAPER_TOTAL, &t->all);
    paper_table_end(p);
}

int report_statement(struct inquiry *s, struct paper *p, const struct report_order *o)
{
    struct statement t = {.inquiry = s, .paper = p, .order = o};

    int rc = collect(&t);
    if (rc == TOOL_OK) {
        write_head(&t);
        rc = write_payouts(&t);
    }
    if (rc == TOOL_OK && t.all.rows == 0)
        paper_note(p, word(p->language, WORD_NOTHING));
    if (rc == TOOL_OK && t.all.rows > 0) {
        write_services(&t);
        write_rows(&t);
    }
    if (rc == TOOL_OK)
        report_foot(s, p);
    free(t.days);
    free(t.rows.list);
    free(t.credits);
    return rc;
}
