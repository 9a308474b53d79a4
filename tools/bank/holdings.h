/* holdings.h - what the ledger knows of payouts and the bank, asked once and held together.
 *
 * One thread. */
#ifndef TOOLS_BANK_HOLDINGS_H
#define TOOLS_BANK_HOLDINGS_H

#include "bank/index.h"
#include "bank/match.h"
#include "pager.h"

/* Everything in it lives until holdings_free(). All zeros: empty. */
struct holdings {
    struct pager_pages pages; /* the lists below point into them */
    uint8_t ledger_id[16];
    int64_t time_ms; /* the ledger's */
    int32_t settled_through;
    const Saldo__V1__Catalogue *catalogue;
    const Saldo__V1__Run **runs; /* owned */
    size_t run_count, run_room;
    const Saldo__V1__Payables *payables;
    const Saldo__V1__Payout **payouts; /* by run; owned */
    size_t payout_count, payout_room;
    const Saldo__V1__BankLine **lines; /* owned */
    size_t line_count, line_room;
    struct index by_payee; /* "organiser/provider" and run day -> payout */
    struct slab slab;
};

/* An exit code. */
int holdings_ask(struct holdings *h, struct session *s);
void holdings_free(struct holdings *h);

struct payee {
    const char *organiser, *provider;
    int32_t run_day;
};
size_t holdings_payout(const struct holdings *h, struct payee payee); /* MATCH_NONE: none */

/* The holdings as the matching takes them: payouts, accounts and past lines are made in the slab;
 * payout i there is payout i here. */
void holdings_input(struct holdings *h, struct match_input *in);

#endif
