/* allotment.h - what a voucher grants for a month, from its versions. Pure; the arithmetic is the
 * ledger's own (daemon/ledger/voucher.c). */
#ifndef TOOLS_REPORT_ALLOTMENT_H
#define TOOLS_REPORT_ALLOTMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "saldo.pb-c.h"

/* Cents, or units of a unit voucher. `month` as in calendar.h; it means nothing to a voucher whose
 * period is WHOLE. */
int64_t allotment_of(const Saldo__V1__Voucher *v, int32_t month);
/* Is some day of the month within its validity? */
bool allotment_touches(const Saldo__V1__Voucher *v, int32_t month);

#endif
