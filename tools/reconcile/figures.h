/* figures.h - the money of a ledger seen from both ends: what nights settled, and where it went.
 *
 * By provider, over all days: batches = paid + in transit + in payouts + payable. By organiser and
 * day the same, as it stood that evening: what is not paid or in transit is held, carried, planned
 * or in no run. By organiser and kind what the bank's lines come to.
 *
 * Everything is asked for page by page and only sums are kept: of a payout 48 bytes, of a run 40,
 * of a provider about 100, of an organiser's day 32. One thread. */
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

/* Of one payout: what the bank's lines say of it. */
struct payout_figures {
    const struct tally *payee;
    int64_t cents;
    int64_t out, in;    /* of its bookings and returns */
    uint64_t came_back; /* the last entry that brought it back; 0 */
    int32_t run_day;
    bool carried; /* by its run: no attempt to pay */
};

/* Of one run. */
struct run_figures {
    uint32_t organiser; /* of the catalogue */
    int32_t run_day;
    int32_t released_day; /* 0: not yet */
    int32_t execution_day;
    int64_t planned;      /* what is not released yet */
    int64_t want;         /* what was released */
    int64_t sent;         /* what has left */
};

/* What the ledger's lines of accounts are. */
#define FIGURES_LINES(X)                                                                           \
    X(LINES_MATCHED, "matched")   /* a payout's booking or return */                               \
    X(LINES_REPEATED, "repeated") /* the same, by the other kind of message */                     \
    X(LINES_LUMP, "lump")         /* a sum whose payments are told one by one */                   \
    X(LINES_CLOSED, "closed")     /* explained by a person */                                      \
    X(LINES_OPEN, "open")

#define FIGURES_LINES_ENUM(name, text) name,
enum figures_lines { FIGURES_LINES(FIGURES_LINES_ENUM) LINES_KINDS };
#undef FIGURES_LINES_ENUM

const char *figures_lines_text(enum figures_lines kind);

struct line_sums {
    int64_t count, in, out;
};

struct figures {
    struct tally **tallies; /* by organiser and provider; owned */
    size_t count, room;
    struct payout_figures *payouts; /* by payee and run day; owned */
    size_t payout_count, payout_room;
    struct run_figures *runs; /* by day and organiser; owned */
    size_t run_count, run_room;
    struct line_sums (*lines)[LINES_KINDS]; /* of each organiser; owned */
    int32_t first_day, last_day;            /* settled ones; 0: none */
    struct day_figures *days;               /* organiser (of the catalogue) by day; owned */
    uint64_t *numbers;                      /* of the entries that settled the days; owned */
    struct slab slab;
};

/* Asks for everything. An exit code. */
int figures_ask(struct figures *f, const struct holdings *h, struct session *s);
void figures_free(struct figures *f);

/* NULL: nothing was ever settled for the payee. */
const struct tally *figures_tally(const struct figures *f, const char *organiser,
                                  const char *provider);
/* NULL: there is no such payout. */
struct payout_figures *figures_payout(const struct figures *f, const char *organiser,
                                      const char *provider, int32_t run_day);
/* The entry that settled a day; 0 where there is none. */
uint64_t figures_number(const struct figures *f, int32_t day);
/* NULL: the day lies outside the settled ones. */
struct day_figures *figures_day(const struct figures *f, size_t organiser, int32_t day);

#endif
