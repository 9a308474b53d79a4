/* match_inside.h - what the steps of the matching share; for match*.c only. */
#ifndef TOOLS_BANK_MATCH_INSIDE_H
#define TOOLS_BANK_MATCH_INSIDE_H

#include "bank/index.h"
#include "bank/match.h"

/* By which kinds of message a payout's booking or return was told. */
struct told {
    bool statement, notification;
};

struct match {
    struct match_input *in;
    struct match_line **order;      /* statements first, by day and identity; owned */
    struct match_past *past;        /* by identity; owned */
    struct told *booked, *returned; /* of each payout; owned */
    struct index accounts;          /* of the payouts */
    struct index ends;              /* EndToEndId */
    struct index references;        /* with the amount */
    struct index ibans;             /* with the amount */
    struct slab slab;
};

void match_decide(struct match_line *line, enum match_status status, size_t payout,
                  const char *note);
/* The line is about this payout: what that means in the payout's state. */
void match_settle(struct match *m, struct match_line *line, size_t payout);

void match_keys(struct match *m);
void match_lumps(struct match *m);
void match_suggest(struct match *m);

#endif
