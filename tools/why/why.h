/* why.h - what saldo why asks the ledger for, piece by piece. Exit codes, after a message if they
 * are not TOOL_OK; what the key may not see is left out. One thread. */
#ifndef TOOLS_WHY_WHY_H
#define TOOLS_WHY_WHY_H

#include "signed_entry.h"
#include "pager.h"
#include "why/story.h"

struct why {
    struct session session;
    struct story_facts facts;
    struct pager_pages pages; /* the facts point into them */
    struct signed_entry entry;       /* the signed request */
    size_t lines_room, corrections_room;
};

/* A reply that stays until the story is told; NULL: refused, or *rc says what went wrong. */
Saldo__V1__Reply *why_ask(struct why *w, const Saldo__V1__QueryRequest *query,
                          Saldo__V1__Reply__ResultCase wanted, int *rc);
/* Leaves out what the key may not see. */
int why_end(struct pager *p);

/* Of a charge that is known, and its voucher if it can be seen; journal.c. */
int why_signed(struct why *w);
int why_terms(struct why *w);
int why_corrections(struct why *w);

#endif
