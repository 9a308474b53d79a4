/* overview.h - what a night or a month came to, gathered: its size follows the number of groups,
 * cost codes, days and providers, never that of charges. One thread. */
#ifndef TOOLS_REPORT_OVERVIEW_H
#define TOOLS_REPORT_OVERVIEW_H

#include "report/kinds.h"
#include "report/rows.h"

/* Of a cost code's balance vouchers that were in force, in cents. */
struct budget {
    const char *cost_code;
    int64_t vouchers;
    int64_t granted, posted, pending, available;
};

struct overview {
    struct inquiry *inquiry;
    const struct report_order *order;
    struct bins groups, cost_codes, organisers, refusals, payouts, payables;
    struct budget *budgets; /* owned list */
    size_t budgets_count, budgets_room;
    int64_t unit_vouchers;      /* that no budget has */
    int32_t first;              /* settled night of these */
    int32_t as_of;              /* the last one, whose balances these are */
    Saldo__V1__BatchLine *days; /* one a day, without texts; owned */
    Saldo__V1__BatchLine all;
    int64_t missing;             /* charges of the batches that were not seen yet */
    int64_t answered, refused;   /* on these days */
    int64_t payable, in_payouts; /* now */
};

int overview_collect(struct overview *v, enum language language);
void overview_free(struct overview *v);

/* Payouts by the words for their states; the list is the caller's to free. */
void overview_payouts(const struct overview *v, enum language language, struct bins *out);

#endif
