/* payees.h - what two officers sign of a payout run: who is paid how much on which account.
 *
 * The hash is made here of what the ledger has shown, row by row, and not asked of the ledger: who
 * signs it signs what was seen. FORMAT.md gives its bytes. One thread. */
#ifndef TOOLS_PAYEES_H
#define TOOLS_PAYEES_H

#include "payment.h"
#include "session.h"

/* Begin with the run, go on with each of its payouts in the ledger's order; payees_end(). */
void payees_begin_run(struct payees *p, const Saldo__V1__Run *run);
void payees_add_payout(struct payees *p, const Saldo__V1__Payout *payout);

/* A run as it is to be signed: what is PLANNED of it now; of one that is released what was. */
struct payees_run_now {
    const char *organiser; /* which one; borrowed */
    int32_t run_day;
    int64_t payouts, cents;
    uint8_t hash[LIMIT_HASH_BYTES];
};
/* Ask for it; `take` may be NULL, or is given each payout that is PLANNED. An exit code, after a
 * message where it is not TOOL_OK: TOOL_REFUSED where there is no such run. */
int payees_ask(struct session *s, struct payees_run_now *run,
               void (*take)(void *arg, const Saldo__V1__Payout *payout), void *arg);

#endif
