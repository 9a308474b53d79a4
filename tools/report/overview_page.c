/* saldo report night, saldo report month - for the finance officer, who shows it to others. */
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/overview.h"

enum { PAYABLES_SHOWN = 12 };

/* ---- The top --------------------------------------------------------------------------------- */

static void write_head(const struct overview *v, struct paper *p)
{
    char period[2 * FIGURE_MAX], figure[FIGURE_MAX];
    const struct paper_head head = {
        .title = v->order->month ? WORD_MONTH : WORD_NIGHT,
        .name = v->order->organiser != NULL
                    ? inquiry_organiser(v->inquiry, v->order->organiser)->name
                    : word(p->language, WORD_ALL_ORGANISERS),
        .period = report_period(p->language, v->order, period),
        .simulated = v->inquiry->simulated,
    };

    paper_begin(p, &head);
    paper_list(p, PAPER_FIGURES);
    paper_item(p, WORD_NET, figure_euros(p->language, v->all.cents, figure));
    paper_item(p, WORD_CHARGES,
               figure_count(p->language, v->all.rows - v->all.credit_rows, figure));
    paper_item(p, WORD_CREDITS, figure_euros(p->language, -v->all.credit_cents, figure));
    paper_item(p, WORD_REFUSED_SHARE,
               figure_percent(p->language, (struct ratio){v->refused, v->answered}, figure));
    paper_item(p, WORD_PAYABLES_NOW, figure_euros(p->language, v->payable + v->in_payouts, figure));
    paper_list_end(p);
}

/* ---- Tables with bars ------------------------------------------------------------------------ */

/* What a bar shows of a bin. */
enum measure { MEASURE_CENTS, MEASURE_ROWS };

static int64_t measured(const struct bin *b, enum measure m)
{
    return m == MEASURE_ROWS ? b->rows : b->county_cents;
}

static void write_bins(struct paper *p, const struct paper_table *table, const struct bins *bins,
                       enum measure m)
{
    struct bin all = {.key = word(p->language, WORD_IN_ALL)};
    int64_t longest = 0;

    if (bins->count == 0)
        return;
    for (size_t i = 0; i < bins->count; i++) {
        int64_t length = measured(&bins->list[i], m);
        longest = length > longest ? length : longest;
        all.rows += bins->list[i].rows;
        all.county_cents += bins->list[i].county_cents;
    }
    paper_table(p, table);
    for (size_t i = 0; i <= bins->count; i++) {
        const struct bin *b = i < bins->count ? &bins->list[i] : &all;
        paper_row(p, b == &all ? PAPER_TOTAL : PAPER_ROW);
        paper_cell_text(p, b->key);
        paper_cell_count(p, b->rows);
        paper_cell_euros(p, b->county_cents);
        paper_cell(p);
        if (b != &all)
            chart_bar(p, (struct ratio){measured(b, m), measured(&all, m)}, longest);
    }
    paper_table_end(p);
}

/* Settled charges twice, and then how the batches come from them. */
static void write_settled(const struct overview *v, struct paper *p)
{
    static const struct paper_column groups[] = {
        {WORD_GROUP, false}, {WORD_CHARGES, true}, {WORD_COUNTY, true}, {WORD_SHARE, false}};
    static const struct paper_column codes[] = {
        {WORD_COST_CODE, false}, {WORD_CHARGES, true}, {WORD_COUNTY, true}, {WORD_SHARE, false}};
    static const struct paper_column organisers[] = {
        {WORD_ORGANISER, false}, {WORD_CHARGES, true}, {WORD_COUNTY, true}, {WORD_SHARE, false}};
    static const struct paper_table tables[] = {{WORD_BY_GROUP, groups, 4, false},
                                                {WORD_BY_COST_CODE, codes, 4, false},
                                                {WORD_ORGANISERS, organisers, 4, false}};

    if (v->all.rows == 0)
        paper_note(p, word(p->language, WORD_NOTHING));
    write_bins(p, &tables[0], &v->groups, MEASURE_CENTS);
    write_bins(p, &tables[1], &v->cost_codes, MEASURE_CENTS);
    if (v->organisers.count > 1)
        write_bins(p, &tables[2], &v->organisers, MEASURE_CENTS);
}

static void write_refusals(const struct overview *v, struct paper *p)
{
    static const struct paper_column columns[] = {
        {WORD_REASON, false}, {WORD_COUNT, true}, {WORD_ASKED, true}, {WORD_SHARE, false}};
    static const struct paper_table table = {WORD_REFUSALS, columns, 4, false};

    write_bins(p, &table, &v->refusals, MEASURE_ROWS);
}

/* ---- Days ------------------------------------------------------------------------------------ */

static void write_day(struct paper *p, const Saldo__V1__BatchLine *line)
{
    paper_cell_count(p, line->rows - line->credit_rows);
    paper_cell_euros(p, line->cents + line->credit_cents);
    paper_cell_euros(p, -line->credit_cents);
    paper_cell_euros(p, line->cents);
}

static void write_days(const struct overview *v, struct paper *p)
{
    static const struct paper_column columns[] = {{WORD_BATCH, false},
                                                  {WORD_CHARGES, true},
                                                  {WORD_COUNTY, true},
                                                  {WORD_CREDITS, true},
                                                  {WORD_NET, true}};
    static const struct paper_table table = {WORD_NIGHTS, columns, 5, true};

    paper_table(p, &table);
    for (int32_t day = v->first; day <= v->as_of; day++) {
        paper_row(p, PAPER_ROW);
        paper_cell(p);
        paper_day(p, day);
        write_day(p, &v->days[day - v->order->from]);
    }
    paper_row(p, PAPER_TOTAL);
    paper_cell_text(p, word(p->language, WORD_IN_ALL));
    write_day(p, &v->all);
    paper_table_end(p);
}

static void draw_days(const struct overview *v, struct paper *p)
{
    size_t count = (size_t)(v->order->to - v->order->from) + 1;
    int64_t *cents = tool_alloc(count, sizeof(*cents));

    for (size_t i = 0; i < count; i++)
        cents[i] = v->days[i].cents;
    chart_days(p, &(struct chart_days){WORD_BY_DAY, v->order->from, cents, count});
    free(cents);
}

/* ---- Budgets --------------------------------------------------------------------------------- */

static void draw_budget(struct paper *p, const struct budget *b)
{
    const struct chart_slice slices[] = {{WORD_USED, b->granted - b->posted, CHART_SOLID},
                                         {WORD_PENDING, b->pending, CHART_HATCH},
                                         {WORD_AVAILABLE, b->available, CHART_DOTS}};
    char figure[FIGURE_MAX];

    figure_percent(p->language, (struct ratio){b->granted - b->posted, b->granted}, figure);
    chart_stack_bar(p, b->cost_code, figure, slices, 3);
}

static void write_budget(struct paper *p, enum paper_row kind, const struct budget *b)
{
    paper_row(p, kind);
    paper_cell_text(p, b->cost_code);
    paper_cell_count(p, b->vouchers);
    paper_cell_euros(p, b->granted);
    paper_cell_euros(p, b->granted - b->posted);
    paper_cell_euros(p, b->pending);
    paper_cell_euros(p, b->available);
}

static void write_budgets(const struct overview *v, struct paper *p)
{
    static const struct chart_slice legend[] = {{WORD_USED, 0, CHART_SOLID},
                                                {WORD_PENDING, 0, CHART_HATCH},
                                                {WORD_AVAILABLE, 0, CHART_DOTS}};
    static const struct paper_column columns[] = {
        {WORD_COST_CODE, false}, {WORD_VOUCHERS, true}, {WORD_GRANTED, true},
        {WORD_USED, true},       {WORD_PENDING, true},  {WORD_AVAILABLE, true},
    };
    static const struct paper_table table = {WORD_BUDGET_TABLE, columns, 6, true};
    struct budget all = {.cost_code = word(p->language, WORD_IN_ALL)};
    char note[256], count[FIGURE_MAX];

    if (v->budgets_count == 0)
        return;
    chart_stack(p, WORD_BUDGET, legend, 3);
    for (size_t i = 0; i < v->budgets_count; i++)
        draw_budget(p, &v->budgets[i]);
    chart_stack_end(p);
    paper_table(p, &table);
    for (size_t i = 0; i < v->budgets_count; i++) {
        const struct budget *b = &v->budgets[i];
        write_budget(p, PAPER_ROW, b);
        all.vouchers += b->vouchers;
        all.granted += b->granted;
        all.posted += b->posted;
        all.pending += b->pending;
        all.available += b->available;
    }
    write_budget(p, PAPER_TOTAL, &all);
    paper_table_end(p);
    snprintf(note, sizeof(note), "%s %s", figure_count(p->language, v->unit_vouchers, count),
             word(p->language, WORD_UNIT_NOTE));
    if (v->unit_vouchers > 0)
        paper_note(p, note);
}

/* ---- What is owed ---------------------------------------------------------------------------- */

static void write_payouts(const struct overview *v, struct paper *p)
{
    static const struct paper_column columns[] = {
        {WORD_STATE, false}, {WORD_COUNT, true}, {WORD_AMOUNT, true}, {WORD_SHARE, false}};
    static const struct paper_table table = {WORD_PAYOUTS_BY_STATE, columns, 4, false};
    struct bins named = {0};

    overview_payouts(v, p->language, &named);
    write_bins(p, &table, &named, MEASURE_CENTS);
    free(named.list);
}

static void write_payable(struct paper *p, enum paper_row kind, const struct bin *b)
{
    paper_row(p, kind);
    paper_cell_text(p, b->key);
    paper_cell_euros(p, b->county_cents);
    paper_cell_euros(p, b->copay_cents);
    paper_cell_euros(p, b->county_cents + b->copay_cents);
}

/* The largest by name, the others in one line. */
static void write_payables(const struct overview *v, struct paper *p)
{
    static const struct paper_column columns[] = {
        {WORD_PROVIDER, false}, {WORD_OPEN, true}, {WORD_IN_PAYOUTS, true}, {WORD_IN_ALL, true}};
    static const struct paper_table table = {WORD_PAYABLES, columns, 4, true};
    char name[2 * FIGURE_MAX], count[FIGURE_MAX];
    struct bin others = {.key = name};
    struct bin all = {.key = word(p->language, WORD_IN_ALL),
                      .county_cents = v->payable,
                      .copay_cents = v->in_payouts};

    paper_table(p, &table);
    for (size_t i = 0; i < v->payables.count; i++) {
        struct bin b = v->payables.list[i];
        const Saldo__V1__CatalogueProvider *provider = inquiry_provider(v->inquiry, b.key);
        if (i >= PAYABLES_SHOWN) {
            others.county_cents += b.county_cents;
            others.copay_cents += b.copay_cents;
            continue;
        }
        if (provider != NULL)
            b.key = provider->name;
        write_payable(p, PAPER_ROW, &b);
    }
    snprintf(name, sizeof(name), "%s %s", word(p->language, WORD_OTHERS),
             figure_count(p->language, (int64_t)v->payables.count - PAYABLES_SHOWN, count));
    if (v->payables.count > PAYABLES_SHOWN)
        write_payable(p, PAPER_ROW, &others);
    write_payable(p, PAPER_TOTAL, &all);
    paper_table_end(p);
}

int report_overview(struct inquiry *s, struct paper *p, const struct report_order *o)
{
    struct overview v = {.inquiry = s, .order = o};

    int rc = overview_collect(&v, p->language);
    if (rc == TOOL_OK) {
        write_head(&v, p);
        if (o->month && v.all.rows > 0)
            draw_days(&v, p);
        write_settled(&v, p);
        write_budgets(&v, p);
        write_refusals(&v, p);
        write_payouts(&v, p);
        write_payables(&v, p);
        if (o->month)
            write_days(&v, p);
        report_foot(s, p);
    }
    overview_free(&v);
    return rc;
}
