/* released.h - a released payout run as the ledger has it: what may leave it for the bank or for
 * the bookkeeping. One thread.
 *
 * The run and its payments are what they were at the release, whatever became of their accounts
 * since. The payments come page by page, in the ledger's order, as often as they are asked for. */
#ifndef TOOLS_RELEASED_H
#define TOOLS_RELEASED_H

#include <stddef.h>
#include <stdint.h>

#include "arguments.h"
#include "pager.h"
#include "payees.h"

struct released {
    struct session *session; /* borrowed */
    uint8_t ledger_id[16];
    const Saldo__V1__Run *run;
    const char *name;           /* of the payer's account */
    const char *organiser_name; /* as it is now */
    struct pager_pages pages;   /* what the rest points into */
    struct pager pager;
    bool asking;
    int64_t count, cents; /* of the payments that were given */
    struct payees payees;
};

/* Ask for one run. TOOL_OK only where it was released; otherwise an exit code, after a message.
 * released_free() in any case. */
int released_load(struct session *s, const char *organiser, int32_t run_day, struct released *out);
void released_free(struct released *r);

/* From the first payment on. */
void released_begin(struct released *r);
/* The next one, which lives until the one after it; NULL: there are no more, or asking failed. */
const Saldo__V1__Payout *released_next(struct released *r);
/* TOOL_OK only where the payments, all of them, came to the number and the sum that two officers
 * signed, and go to those payees that they signed (runs of level 1 have none signed); otherwise an
 * exit code, after a message. */
int released_end(struct released *r);

/* Runs as words of the command line: organiser and day, one after the other. */
struct released_name {
    const char *organiser;
    int32_t run_day;
};
/* The caller frees *out. An exit code, after a message if it is not TOOL_OK. */
int released_names(const struct argument_words *words, struct released_name **out, size_t *count);

#endif
