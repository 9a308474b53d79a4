/* rows.h - charges as a report lists them, and their sums. One thread.
 *
 * A row keeps what is shown of a charge and no more, about 150 bytes: a list is of one provider's
 * settled charges or of one voucher's, never of a county's. */
#ifndef TOOLS_REPORT_ROWS_H
#define TOOLS_REPORT_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "report/inquiry.h"
#include "report/paper.h"

struct row {
    int32_t settle_day; /* 0: not settled */
    int unit;           /* the protocol's */
    int64_t start_ms, end_ms;
    int64_t quantity;
    int64_t county_cents, copay_cents, credited_cents;
    uint64_t number;                                     /* journal entry */
    const char *service, *rate_class, *state, *provider; /* names; borrowed from the inquiry */
    const char *reference; /* the provider's own, borrowed; "" unless the report sets it */
    char voucher[INQUIRY_NUMBER_MAX];
    uint8_t id[16];
};

/* All zeros: empty. The list is the owner's to free. An added row is valid until the next one. */
struct rows {
    struct row *list;
    size_t count, room;
};
struct row *rows_add(struct rows *rows, struct inquiry *s, enum language language,
                     const char *organiser, const Saldo__V1__ChargeStatus *charge);
void rows_sort(struct rows *rows);       /* by settlement, then by start of service */
void rows_sort_start(struct rows *rows); /* by start of service */

/* Sums under a name: by service, by group, by cost code, by reason. */
struct bin {
    const char *key; /* borrowed */
    int unit;        /* of all its quantities; UNIT_NONE: they are mixed */
    int64_t rows, quantity;
    int64_t county_cents, copay_cents, credited_cents;
};
struct bins {
    struct bin *list;
    size_t count, room;
};
struct bin *bins_at(struct bins *bins, const char *key); /* valid until the next call */
void bins_add(struct bins *bins, const char *key, const struct row *row);
void bin_sum(struct bin *sum, const struct row *row);
void bins_sort(struct bins *bins); /* the largest county share first, then rows, then by key */
void bins_sort_rows(struct bins *bins);
void bins_sort_sums(struct bins *bins); /* the largest sum of both shares first */

/* "5.9.2018 9.15-10.00", the date alone where there is no time. */
void row_time(struct paper *p, const struct row *row);
/* Below its amount, what was taken back of it; nothing where nothing was. */
void row_credit(struct paper *p, const struct row *row);
/* Name of a service in the language; its code where the catalogue has none. */
const char *service_name(enum language language, const Saldo__V1__CatalogueService *service,
                         const char *code);

/* By service: rows, quantity, price, county share, copay, and the sums of all. */
void paper_services(struct paper *p, const struct bins *bins);

#endif
