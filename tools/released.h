/* released.h - a released payout run as the ledger has it: what may leave it for the bank or for
 * the bookkeeping. One thread. */
#ifndef TOOLS_RELEASED_H
#define TOOLS_RELEASED_H

#include <stddef.h>
#include <stdint.h>

#include "arguments.h"
#include "pager.h"

struct released_payment {
    const Saldo__V1__Payout *payout;
    const Saldo__V1__CatalogueProvider *provider;
};

struct released {
    uint8_t ledger_id[16];
    const Saldo__V1__Run *run;
    const Saldo__V1__CatalogueOrganiser *organiser;
    struct released_payment *payments; /* owned; by provider */
    size_t count, room;
    Saldo__V1__Reply *catalogue; /* owned, as the pages: what the rest points into */
    struct pager_pages pages;
};

/* Ask for one run. TOOL_OK only where it was released and its payments come to the number and the
 * sum that two officers signed; otherwise an exit code, after a message. released_free() in any
 * case. */
int released_load(struct session *s, const char *organiser, int32_t run_day, struct released *out);
void released_free(struct released *r);

/* Runs as words of the command line: organiser and day, one after the other. */
struct released_name {
    const char *organiser;
    int32_t run_day;
};
/* The caller frees *out. An exit code, after a message if it is not TOOL_OK. */
int released_names(const struct argument_words *words, struct released_name **out, size_t *count);

#endif
