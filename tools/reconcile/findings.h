/* findings.h - what does not agree or is not finished, as a list for people. Pure but for memory;
 * one thread. */
#ifndef TOOLS_RECONCILE_FINDINGS_H
#define TOOLS_RECONCILE_FINDINGS_H

#include <stdint.h>

#include "bank/holdings.h"
#include "reconcile/figures.h"

#define FINDING_LIST(X)                                                                            \
    X(FINDING_JOURNAL, "journal", "stop, keep a copy, and run saldod check on the ledger")         \
    X(FINDING_ACCOUNT, "account", "compare saldo payables with the payouts of this organiser")     \
    X(FINDING_PAYABLE, "payable", "compare the batches with the payouts of this provider")         \
    X(FINDING_RUN, "run", "compare the payments of this run with what was released")               \
    X(FINDING_BANK, "bank", "look up the payout's lines in the bank's statement")                  \
    X(FINDING_UNMATCHED, "unmatched", "find out what it is: saldo bank close or assign")           \
    X(FINDING_CONFLICT, "conflict", "ask the bank, which corrects it; then saldo bank close")      \
    X(FINDING_AMBIGUOUS, "ambiguous", "find out which one it is: saldo bank assign")               \
    X(FINDING_SUGGESTED, "suggested", "look at it, and say so: saldo bank assign")                 \
    X(FINDING_WAITING, "waiting", "read the bank's file that it waits for")                        \
    X(FINDING_EXPLAINED, "explained", "let saldo bank read tell the ledger so")                    \
    X(FINDING_UNRELEASED, "unreleased", "two officers sign it: saldo run prepare, run release")    \
    X(FINDING_STALE, "stale", "ask the bank; read its statement, or saldo bank reject")            \
    X(FINDING_NAME, "name",                                                                        \
      "the name is right: saldo run unhold, and wait for the bank; else saldo bank reject")        \
    X(FINDING_HELD, "held", "correct what its reason says; then saldo run unhold")                 \
    X(FINDING_BACK, "back", "correct the bank details; the next run pays it again")

#define FINDING_ENUM(name, text, advice) name,
enum finding_kind { FINDING_LIST(FINDING_ENUM) FINDING_KINDS };
#undef FINDING_ENUM

const char *finding_text(enum finding_kind k);
const char *finding_advice(enum finding_kind k);

/* `have` is what the ledger's later step says, `want` what the earlier one does. */
struct finding {
    enum finding_kind kind;
    const char *organiser, *provider; /* "" where it is about more */
    const char *row;                  /* EndToEndId, line or run; "" */
    int32_t day;                      /* since when */
    int64_t want, have;
    const char *favour; /* who has money too much: "county", "provider", "bank"; "" is nobody */
    const char *detail; /* a reason or file; "" */
};

/* All zeros: empty. */
struct findings {
    struct finding *list; /* owned */
    size_t count, room;
    struct slab slab; /* its texts */
};

struct findings_options {
    int32_t today;
    int64_t stale_days; /* bank days without news of a payment */
};

/* Copies the texts. */
void findings_add(struct findings *f, const struct finding *one);
/* Asks for the payouts once more, page by page, and matches the open lines of the holdings anew. An
 * exit code. */
int findings_make(struct findings *f, struct holdings *h, const struct figures *g,
                  struct session *s, const struct findings_options *options);
void findings_free(struct findings *f);

#endif
