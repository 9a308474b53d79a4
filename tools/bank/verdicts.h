/* verdicts.h - what status reports say about each payout.
 *
 * A status of a message or of a PmtInf speaks for all its payments. Where several speak of one
 * payout, the gravest counts: a rejection, then a wrong name, then an acceptance. That the bank
 * refuses a second copy of a payment is no rejection of the first. One thread. */
#ifndef TOOLS_BANK_VERDICTS_H
#define TOOLS_BANK_VERDICTS_H

#include "bank/match.h"
#include "iso20022/pain002.h"
#include "slab.h"

struct verdict {
    uint8_t id[MATCH_LINE_BYTES];
    enum pain002_verdict kind;
    const char *reason; /* the bank's code; "" */
    const char *name;   /* "pain.002 MSGID", cut to what the ledger keeps */
    const char *path;   /* of the file; borrowed from the caller */
    size_t line;
    enum match_status status;
    size_t payout; /* MATCH_NONE: it names none of ours */
    const char *note;
    bool recorded; /* the ledger has this very one; set by the caller before they are settled */
};

/* All zeros: empty. */
struct verdicts {
    struct verdict *list; /* owned */
    size_t count, room;
    struct slab slab;
};

/* Texts may point into the file, which must outlive the list. Marks the payouts that it refuses;
 * before match_lines(). */
void verdicts_add(struct verdicts *v, struct match_input *in, const struct pain002_file *file,
                  const char *path);
/* One for each payout, and what it means in the payout's state; after match_lines(), as a payment
 * that was booked was not rejected. */
void verdicts_settle(struct verdicts *v, const struct match_input *in);
void verdicts_free(struct verdicts *v);

#endif
