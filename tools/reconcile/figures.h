/* figures.h - the money of a ledger seen from both ends: what nights settled, and where it went.
 *
 * By provider, over all days: batches = paid + in transit + in payouts + payable. By organiser and
 * day the same, as it stood that evening: what is not paid or in transit is held, carried, planned
 * or in no run. One thread. */
#ifndef TOOLS_RECONCILE_FIGURES_H
#define TOOLS_RECONCILE_FIGURES_H

#include <stdint.h>

#include "bank/holdings.h"

/* Of one organiser and provider. */
struct tally {
    const char *organiser, *provider;
    int32_t last_day; /* of its batches */
    int64_t batches;
    int64_t paid;
    int64_t in_transit;
    int64_t in_payouts; /* planned and held */
    int64_t waiting;    /* carried, or in no run yet */
};

/* Of one organiser and day; what happened that day. */
struct day_figures {
    int64_t batches;
    int64_t sent; /* less what was rejected since: no status report tells its day */
    int64_t booked;
    int64_t returned;
};

struct figures {
    struct tally *tallies; /* by organiser and provider; owned */
    size_t count, room;
    int32_t first_day, last_day; /* settled ones; 0: none */
    struct day_figures *days;    /* organiser (of the catalogue) by day; owned */
    uint64_t *numbers;           /* of the entries that settled the days; owned */
    struct slab slab;
};

/* Asks for the batches of all days. An exit code. */
int figures_ask(struct figures *f, const struct holdings *h, struct session *s);
void figures_free(struct figures *f);

/* NULL: nothing was ever settled for the payee. */
const struct tally *figures_tally(const struct figures *f, const char *organiser,
                                  const char *provider);
/* The entry that settled a day; 0 where there is none. */
uint64_t figures_number(const struct figures *f, int32_t day);
/* NULL: the day lies outside the settled ones. */
struct day_figures *figures_day(const struct figures *f, size_t organiser, int32_t day);

#endif
