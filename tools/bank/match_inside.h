/* match_inside.h - what the steps of the matching share; for match*.c only. */
#ifndef TOOLS_BANK_MATCH_INSIDE_H
#define TOOLS_BANK_MATCH_INSIDE_H

#include "bank/index.h"
#include "bank/match.h"

/* What went to the bank under one PmtInfId. A statement debits each cent of it once: singly or in a
 * sum. A notification may tell both the sum and its details. */
struct match_run {
    const char *account;
    int32_t execution_day;
    size_t first;     /* a payout of it */
    size_t sent;      /* payouts, rejected ones too */
    size_t under_way; /* those of which the bank has not said the last word */
    int64_t cents;    /* of what was not rejected */
    int64_t paid;     /* of what was booked, even if it came back */
    int64_t told[2];  /* by statements, singly and in sums; by notifications, in sums */
    int64_t named;    /* for match_lump.c: the sums that name it and may be it */
};

struct match {
    struct match_input *in;
    struct match_line **order;            /* statements first, by day and identity; owned */
    struct match_told *booked, *returned; /* of each payout; owned */
    struct match_run *runs;               /* owned */
    size_t run_count;
    size_t *run_of;          /* of each payout; MATCH_NONE: not sent; owned */
    struct index accounts;   /* of the organisers */
    struct index ends;       /* EndToEndId */
    struct index references; /* with the amount */
    struct index ibans;      /* with the amount */
    struct index payments;   /* PmtInfId -> run */
    struct slab slab;
};

void match_decide(struct match_line *line, enum match_status status, size_t payout,
                  const char *note);
/* The line is about this payout: what that means in the payout's state. */
void match_settle(struct match *m, struct match_line *line, size_t payout);

void match_keys(struct match *m);
void match_lumps(struct match *m);
void match_suggest(struct match *m);

/* match_run.c: the runs as they stand now, and the one of a PmtInfId; MATCH_NONE. */
void match_runs_make(struct match *m);
size_t match_run_named(const struct match *m, const char *payment_id);
/* Can this much of the run still be debited? No more than what was not rejected. */
bool match_run_has_room(const struct match_run *run, const struct match_line *line);

/* match_group.c */
struct match_groups {
    struct index refs, payments; /* lines by the entry's reference and sum; by PmtInfId and sum */
};
void match_groups_make(struct match_groups *g, const struct match *m);
void match_groups_free(struct match_groups *g);
/* Does a notification tell this sum payment by payment, and no other sum by the same payments? */
bool match_is_detailed(const struct match *m, const struct match_groups *g,
                       const struct match_line *line);
/* The run whose payments the details are; MATCH_NONE: none, or not one. */
size_t match_detailed_run(const struct match *m, const struct match_groups *g,
                          const struct match_line *line);
/* Does the other kind of message tell the same entry, and is that the one that counts? */
bool match_is_twin(const struct match *m, const struct match_groups *g,
                   const struct match_line *line);

#endif
