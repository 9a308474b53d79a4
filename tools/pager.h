/* pager.h - all rows of a long list of the ledger, which answers a page at a time.
 *
 *     struct pager p;
 *     const Saldo__V1__Payout *row;
 *
 *     pager_ask_payouts(&p, session, &query);
 *     while ((row = pager_payout(&p)) != NULL)
 *         take(row);
 *     return pager_end(&p);
 *
 * One page is in memory at a time, unless some are kept. The session is free for other questions
 * between two rows: the page is not in it. What a page shows is as of the moment it was asked for:
 * a row that is there all the while comes exactly once, one that is added meanwhile may or may not
 * come. One thread; a pager is not moved once it has begun. */
#ifndef TOOLS_PAGER_H
#define TOOLS_PAGER_H

#include "session.h"

/* Pages that outlive their pager. All zeros: none. */
struct pager_pages {
    Saldo__V1__Reply **list; /* owned */
    size_t count, room;
};
/* Keep the session's last reply, whatever it is of. */
Saldo__V1__Reply *pager_pages_add(struct pager_pages *pages, struct session *s);
void pager_pages_free(struct pager_pages *pages);

struct pager {
    struct session *session;
    Saldo__V1__QueryRequest request;
    union {
        Saldo__V1__BalanceQuery balance;
        Saldo__V1__BatchQuery batch;
        Saldo__V1__PayablesQuery payables;
        Saldo__V1__KeysQuery keys;
        Saldo__V1__PayoutsQuery payouts;
        Saldo__V1__RunsQuery runs;
        Saldo__V1__BankLinesQuery bank_lines;
        Saldo__V1__ChargesQuery charges;
        Saldo__V1__CorrectionsQuery corrections;
    } query;
    Saldo__V1__Reply *page; /* owned, unless kept; NULL: none was asked for yet */
    bool kept;
    void **rows; /* of the page */
    size_t count, at;
    bool last; /* no page comes after this one */
    int rc, code;
    char after[72]; /* what the query's `after` points to */
};

/* Begin. The query is copied, what it points to is borrowed until pager_end(); its place to go on
 * from and its limit may be set. */
void pager_ask_balances(struct pager *p, struct session *s, const Saldo__V1__BalanceQuery *query);
/* Of a batch its lines; the batch itself is in pager_page(), whether it has lines or not. */
void pager_ask_batch(struct pager *p, struct session *s, const Saldo__V1__BatchQuery *query);
void pager_ask_payables(struct pager *p, struct session *s, const Saldo__V1__PayablesQuery *query);
void pager_ask_keys(struct pager *p, struct session *s, const Saldo__V1__KeysQuery *query);
void pager_ask_payouts(struct pager *p, struct session *s, const Saldo__V1__PayoutsQuery *query);
void pager_ask_runs(struct pager *p, struct session *s, const Saldo__V1__RunsQuery *query);
void pager_ask_bank_lines(struct pager *p, struct session *s,
                          const Saldo__V1__BankLinesQuery *query);
void pager_ask_charges(struct pager *p, struct session *s, const Saldo__V1__ChargesQuery *query);
void pager_ask_corrections(struct pager *p, struct session *s,
                           const Saldo__V1__CorrectionsQuery *query);

/* The next row, of the kind that was asked for; NULL: there are no more, or something went wrong,
 * which pager_end() tells. */
const Saldo__V1__Balance *pager_balance(struct pager *p);
const Saldo__V1__BatchLine *pager_batch_line(struct pager *p);
const Saldo__V1__Payable *pager_payable(struct pager *p);
const Saldo__V1__KeyInfo *pager_key(struct pager *p);
const Saldo__V1__Payout *pager_payout(struct pager *p);
const Saldo__V1__Run *pager_run(struct pager *p);
const Saldo__V1__BankLine *pager_bank_line(struct pager *p);
const Saldo__V1__ChargeStatus *pager_charge(struct pager *p);
const Saldo__V1__Correction *pager_correction(struct pager *p);

/* What taking a row came to, an exit code: unless it is TOOL_OK no more rows come, and pager_end()
 * gives it. */
void pager_took(struct pager *p, int rc);

/* The last row, and all others of its page, stay valid until pager_pages_free(), and not just until
 * the next row is asked for. */
void pager_keep(struct pager *p, struct pager_pages *pages);

/* The reply that the last row is from, for what it says beside its rows; NULL before the first was
 * asked for, and where asking failed. */
const Saldo__V1__Reply *pager_page(const struct pager *p);

/* At any time, once. An exit code; what is not TOOL_OK was said on standard error. */
int pager_end(struct pager *p);
/* The same, but a refusal is given in *code (OUTCOME_ACCEPTED otherwise) and not complained about.
 */
int pager_end_try(struct pager *p, int *code);

#endif
