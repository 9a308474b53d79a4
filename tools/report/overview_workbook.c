/* The overview of a night or a month as a workbook: what the page shows, without its "others". */
#include <stdlib.h>

#include "report/overview.h"
#include "spreadsheet.h"

enum { WIDTH_NAME = 38, WIDTH_COUNT = 12, WIDTH_EUROS = 18 };

struct writing {
    const struct overview *v;
    struct spreadsheet *sheet;
    enum language language;
};

static const char *say(const struct writing *w, enum word name)
{
    return word(w->language, name);
}

struct title {
    enum word name;
    double width;
};

static void start(const struct writing *w, enum word name, const struct title *titles, size_t count)
{
    struct spreadsheet_column columns[SPREADSHEET_COLUMNS_MAX];

    for (size_t i = 0; i < count; i++)
        columns[i] = (struct spreadsheet_column){say(w, titles[i].name), titles[i].width};
    spreadsheet_sheet(w->sheet, say(w, name), columns, count);
}

static void draw(const struct writing *w, enum spreadsheet_chart kind, enum word title,
                 const size_t *columns, size_t count)
{
    spreadsheet_draw(w->sheet, &(struct spreadsheet_drawing){kind, say(w, title), columns, count});
}

static void finish(const struct writing *w)
{
    spreadsheet_sum(w->sheet, say(w, WORD_IN_ALL));
}

/* ---- The summary ----------------------------------------------------------------------------- */

static void say_fact(const struct writing *w, enum word name, const char *text)
{
    spreadsheet_text(w->sheet, say(w, name));
    spreadsheet_text(w->sheet, text);
    spreadsheet_row(w->sheet);
}

static void say_euros(const struct writing *w, enum word name, int64_t cents)
{
    spreadsheet_text(w->sheet, say(w, name));
    spreadsheet_euros(w->sheet, cents);
    spreadsheet_row(w->sheet);
}

static void say_count(const struct writing *w, enum word name, int64_t count)
{
    spreadsheet_text(w->sheet, say(w, name));
    spreadsheet_count(w->sheet, count);
    spreadsheet_row(w->sheet);
}

static void write_summary(const struct writing *w)
{
    const struct overview *v = w->v;
    const struct report_order *o = v->order;
    char period[2 * FIGURE_MAX];
    const char *name = o->organiser != NULL ? inquiry_organiser(v->inquiry, o->organiser)->name
                                            : say(w, WORD_ALL_ORGANISERS);
    const struct spreadsheet_column columns[] = {{say(w, o->month ? WORD_MONTH : WORD_NIGHT), 34},
                                                 {report_period(w->language, o, period), 44}};

    spreadsheet_sheet(w->sheet, say(w, WORD_SUMMARY), columns, 2);
    say_fact(w, WORD_ORGANISER, name);
    if (v->inquiry->simulated)
        say_fact(w, WORD_LEDGER, say(w, WORD_SIMULATED));
    say_euros(w, WORD_NET, v->all.cents);
    say_euros(w, WORD_COUNTY, v->all.cents + v->all.credit_cents);
    say_euros(w, WORD_CREDITS, -v->all.credit_cents);
    say_count(w, WORD_CHARGES, v->all.rows - v->all.credit_rows);
    say_count(w, WORD_CREDIT_ROWS, v->all.credit_rows);
    say_count(w, WORD_ANSWERED, v->answered);
    say_count(w, WORD_REFUSED, v->refused);
    spreadsheet_text(w->sheet, say(w, WORD_REFUSED_SHARE));
    spreadsheet_share(w->sheet, figure_share((struct ratio){v->refused, v->answered}));
    spreadsheet_row(w->sheet);
    say_euros(w, WORD_PAYABLES_NOW, v->payable + v->in_payouts);
    spreadsheet_text(w->sheet, say(w, WORD_SITUATION));
    spreadsheet_day(w->sheet, v->as_of);
    spreadsheet_row(w->sheet);
    say_fact(w, WORD_LEDGER, v->inquiry->ledger_id);
    say_count(w, WORD_ENTRY, (int64_t)v->inquiry->last_number);
}

/* ---- Bins ------------------------------------------------------------------------------------ */

struct bins_sheet {
    enum word name, key, amount;
    const struct bins *bins;
    size_t drawn; /* the column whose figures the chart shows */
    bool copay;
};

static void write_bins(const struct writing *w, const struct bins_sheet *b)
{
    const struct title titles[] = {{b->key, WIDTH_NAME},
                                   {b->copay ? WORD_CHARGES : WORD_COUNT, WIDTH_COUNT},
                                   {b->amount, WIDTH_EUROS},
                                   {WORD_COPAY, WIDTH_EUROS}};

    start(w, b->name, titles, b->copay ? 4 : 3);
    for (size_t i = 0; i < b->bins->count; i++) {
        const struct bin *bin = &b->bins->list[i];
        spreadsheet_text(w->sheet, bin->key);
        spreadsheet_count(w->sheet, bin->rows);
        spreadsheet_euros(w->sheet, bin->county_cents);
        if (b->copay)
            spreadsheet_euros(w->sheet, bin->copay_cents);
        spreadsheet_row(w->sheet);
    }
    draw(w, SPREADSHEET_BARS, b->name, &b->drawn, 1);
    finish(w);
}

static void write_all_bins(const struct writing *w)
{
    const struct overview *v = w->v;
    const struct bins_sheet sheets[] = {
        {WORD_BY_GROUP, WORD_GROUP, WORD_COUNTY, &v->groups, 2, true},
        {WORD_BY_COST_CODE, WORD_COST_CODE, WORD_COUNTY, &v->cost_codes, 2, true},
        {WORD_REFUSALS, WORD_REASON, WORD_ASKED, &v->refusals, 1, false},
    };

    for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++)
        write_bins(w, &sheets[i]);
}

static void write_payouts(const struct writing *w)
{
    struct bins named = {0};

    overview_payouts(w->v, w->language, &named);
    write_bins(
        w, &(struct bins_sheet){WORD_PAYOUTS_BY_STATE, WORD_STATE, WORD_AMOUNT, &named, 2, false});
    free(named.list);
}

/* ---- Budgets, payables, days ----------------------------------------------------------------- */

static void write_budgets(const struct writing *w)
{
    static const struct title titles[] = {
        {WORD_COST_CODE, WIDTH_NAME}, {WORD_VOUCHERS, WIDTH_COUNT}, {WORD_GRANTED, WIDTH_EUROS},
        {WORD_USED, WIDTH_EUROS},     {WORD_PENDING, WIDTH_EUROS},  {WORD_AVAILABLE, WIDTH_EUROS},
    };
    static const size_t drawn[] = {3, 4, 5};

    start(w, WORD_BUDGET, titles, 6);
    for (size_t i = 0; i < w->v->budgets_count; i++) {
        const struct budget *b = &w->v->budgets[i];
        spreadsheet_text(w->sheet, b->cost_code);
        spreadsheet_count(w->sheet, b->vouchers);
        spreadsheet_euros(w->sheet, b->granted);
        spreadsheet_euros(w->sheet, b->granted - b->posted);
        spreadsheet_euros(w->sheet, b->pending);
        spreadsheet_euros(w->sheet, b->available);
        spreadsheet_row(w->sheet);
    }
    draw(w, SPREADSHEET_STACKED, WORD_BUDGET, drawn, 3);
    finish(w);
}

static void write_payables(const struct writing *w)
{
    static const struct title titles[] = {
        {WORD_PROVIDER, 16},      {WORD_NAME, WIDTH_NAME},        {WORD_BUSINESS_ID, 14},
        {WORD_OPEN, WIDTH_EUROS}, {WORD_IN_PAYOUTS, WIDTH_EUROS}, {WORD_IN_ALL, WIDTH_EUROS},
    };

    start(w, WORD_PAYABLES, titles, 6);
    for (size_t i = 0; i < w->v->payables.count; i++) {
        const struct bin *b = &w->v->payables.list[i];
        const Saldo__V1__CatalogueProvider *p = inquiry_provider(w->v->inquiry, b->key);
        spreadsheet_text(w->sheet, b->key);
        spreadsheet_text(w->sheet, p != NULL ? p->name : "");
        spreadsheet_text(w->sheet, p != NULL ? p->business_id : "");
        spreadsheet_euros(w->sheet, b->county_cents);
        spreadsheet_euros(w->sheet, b->copay_cents);
        spreadsheet_euros(w->sheet, b->county_cents + b->copay_cents);
        spreadsheet_row(w->sheet);
    }
    finish(w);
}

static void write_days(const struct writing *w)
{
    static const struct title titles[] = {{WORD_BATCH, 14},
                                          {WORD_CHARGES, WIDTH_COUNT},
                                          {WORD_COUNTY, WIDTH_EUROS},
                                          {WORD_CREDITS, WIDTH_EUROS},
                                          {WORD_NET, WIDTH_EUROS}};
    static const size_t drawn = 4;
    const struct overview *v = w->v;

    start(w, WORD_NIGHTS, titles, 5);
    for (int32_t day = v->first; day <= v->as_of; day++) {
        const Saldo__V1__BatchLine *line = &v->days[day - v->order->from];
        spreadsheet_day(w->sheet, day);
        spreadsheet_count(w->sheet, line->rows - line->credit_rows);
        spreadsheet_euros(w->sheet, line->cents + line->credit_cents);
        spreadsheet_euros(w->sheet, -line->credit_cents);
        spreadsheet_euros(w->sheet, line->cents);
        spreadsheet_row(w->sheet);
    }
    if (v->order->month)
        draw(w, SPREADSHEET_UPRIGHT, WORD_BY_DAY, &drawn, 1);
    finish(w);
}

int report_workbook(struct inquiry *s, enum language language, const char *path,
                    const struct report_order *o)
{
    struct overview v = {.inquiry = s, .order = o};

    int rc = overview_collect(&v, language);
    if (rc == TOOL_OK) {
        struct writing w = {&v, spreadsheet_open(path, s->time_ms, SPREADSHEET_KEPT), language};
        write_summary(&w);
        write_all_bins(&w);
        write_budgets(&w);
        write_payouts(&w);
        write_payables(&w);
        write_days(&w);
        rc = spreadsheet_close(w.sheet);
    }
    overview_free(&v);
    return rc;
}
