#include "report/rows.h"

#include <stdlib.h>
#include <string.h>

#include "calendar.h"

const char *service_name(enum language language, const Saldo__V1__CatalogueService *service,
                         const char *code)
{
    if (service == NULL)
        return code;
    const char *name = language == LANGUAGE_FI ? service->name_fi : service->name_en;
    return name[0] != '\0' ? name : code;
}

struct row *rows_add(struct rows *rows, struct inquiry *s, enum language language,
                     const char *organiser, const Saldo__V1__ChargeStatus *charge)
{
    const Saldo__V1__CatalogueService *service = inquiry_service(s, organiser, charge->service);
    const Saldo__V1__CatalogueProvider *provider = inquiry_provider(s, charge->provider);

    rows->list = tool_grow(rows->list, rows->count, &rows->room, sizeof(rows->list[0]));
    struct row *row = &rows->list[rows->count++];
    *row = (struct row){
        .settle_day = charge->settle_day,
        .unit = service != NULL ? (int)service->unit : SALDO__V1__UNIT__UNIT_NONE,
        .start_ms = charge->start_ms,
        .end_ms = charge->end_ms,
        .quantity = charge->quantity,
        .county_cents = charge->county_cents,
        .copay_cents = charge->copay_cents,
        .credited_cents = charge->credited_cents,
        .number = charge->number,
        .service = service_name(language, service, inquiry_share(s, charge->service)),
        .rate_class = inquiry_share(s, charge->rate_class),
        .state = inquiry_share(s, charge->state),
        .reference = "",
        .provider = provider != NULL ? provider->name : inquiry_share(s, charge->provider),
    };
    snprintf(row->voucher, sizeof(row->voucher), "%s", charge->voucher);
    if (charge->charge.len == sizeof(row->id))
        memcpy(row->id, charge->charge.data, sizeof(row->id));
    return row;
}

static int order_of(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = order_of(x->settle_day, y->settle_day);

    order = order != 0 ? order : order_of(x->start_ms, y->start_ms);
    return order != 0 ? order : memcmp(x->id, y->id, sizeof(x->id));
}

void rows_sort(struct rows *rows)
{
    if (rows->count > 0)
        qsort(rows->list, rows->count, sizeof(rows->list[0]), compare_rows);
}

static int compare_starts(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = order_of(x->start_ms, y->start_ms);

    return order != 0 ? order : memcmp(x->id, y->id, sizeof(x->id));
}

void rows_sort_start(struct rows *rows)
{
    if (rows->count > 0)
        qsort(rows->list, rows->count, sizeof(rows->list[0]), compare_starts);
}

/* ---- Sums ------------------------------------------------------------------------------------ */

struct bin *bins_at(struct bins *bins, const char *key)
{
    for (size_t i = 0; i < bins->count; i++)
        if (strcmp(bins->list[i].key, key) == 0)
            return &bins->list[i];
    bins->list = tool_grow(bins->list, bins->count, &bins->room, sizeof(bins->list[0]));
    bins->list[bins->count] = (struct bin){.key = key};
    return &bins->list[bins->count++];
}

void bin_sum(struct bin *sum, const struct row *row)
{
    sum->unit = sum->rows == 0 || sum->unit == row->unit ? row->unit : SALDO__V1__UNIT__UNIT_NONE;
    sum->rows++;
    sum->quantity += row->quantity;
    sum->county_cents += row->county_cents;
    sum->copay_cents += row->copay_cents;
    sum->credited_cents += row->credited_cents;
}

void bins_add(struct bins *bins, const char *key, const struct row *row)
{
    bin_sum(bins_at(bins, key), row);
}

static int compare_bins(const void *a, const void *b)
{
    const struct bin *x = a, *y = b;
    int order = order_of(y->county_cents, x->county_cents);

    order = order != 0 ? order : order_of(y->rows, x->rows);
    return order != 0 ? order : strcmp(x->key, y->key);
}

void bins_sort(struct bins *bins)
{
    if (bins->count > 0)
        qsort(bins->list, bins->count, sizeof(bins->list[0]), compare_bins);
}

static int compare_counts(const void *a, const void *b)
{
    const struct bin *x = a, *y = b;
    int order = order_of(y->rows, x->rows);

    return order != 0 ? order : strcmp(x->key, y->key);
}

void bins_sort_rows(struct bins *bins)
{
    if (bins->count > 0)
        qsort(bins->list, bins->count, sizeof(bins->list[0]), compare_counts);
}

static int compare_sums(const void *a, const void *b)
{
    const struct bin *x = a, *y = b;
    int order = order_of(y->county_cents + y->copay_cents, x->county_cents + x->copay_cents);

    return order != 0 ? order : strcmp(x->key, y->key);
}

void bins_sort_sums(struct bins *bins)
{
    if (bins->count > 0)
        qsort(bins->list, bins->count, sizeof(bins->list[0]), compare_sums);
}

/* ---- On paper -------------------------------------------------------------------------------- */

void row_time(struct paper *p, const struct row *row)
{
    char span[FIGURE_MAX];

    figure_span(p->language, (struct span){row->start_ms, row->end_ms}, span);
    if (row->start_ms != 0)
        paper_day(p, calendar_local_day(row->start_ms));
    if (span[0] != '\0')
        paper_cell_small(p, span);
}

void row_credit(struct paper *p, const struct row *row)
{
    char euros[FIGURE_MAX], text[2 * FIGURE_MAX];

    if (row->credited_cents == 0)
        return;
    snprintf(text, sizeof(text), "%s %s", word(p->language, WORD_CREDITED),
             figure_euros(p->language, row->credited_cents, euros));
    paper_cell_small(p, text);
}

static void write_service(struct paper *p, const struct bin *b)
{
    char quantity[FIGURE_MAX] = "";

    if (b->unit != SALDO__V1__UNIT__UNIT_NONE)
        figure_quantity(p->language, (struct amount){b->unit, b->quantity}, quantity);
    paper_cell_text(p, b->key);
    paper_cell_count(p, b->rows);
    paper_cell_text(p, quantity);
    paper_cell_euros(p, b->county_cents + b->copay_cents);
    paper_cell_euros(p, b->county_cents);
    paper_cell_euros(p, b->copay_cents);
}

void paper_services(struct paper *p, const struct bins *bins)
{
    static const struct paper_column columns[] = {
        {WORD_SERVICE, false}, {WORD_CHARGES, true}, {WORD_QUANTITY, true},
        {WORD_PRICE, true},    {WORD_COUNTY, true},  {WORD_COPAY, true},
    };
    static const struct paper_table table = {WORD_BY_SERVICE, columns, 6, true};
    struct bin all = {.key = word(p->language, WORD_IN_ALL)};

    paper_table(p, &table);
    for (size_t i = 0; i < bins->count; i++) {
        const struct bin *b = &bins->list[i];
        paper_row(p, PAPER_ROW);
        write_service(p, b);
        all.rows += b->rows;
        all.county_cents += b->county_cents;
        all.copay_cents += b->copay_cents;
    }
    paper_row(p, PAPER_TOTAL);
    write_service(p, &all);
    paper_table_end(p);
}
