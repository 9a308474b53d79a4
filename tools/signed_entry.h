/* signed_entry.h - the charges of a journal entry as their provider signed them.
 *
 * The ledger keeps of a charge what it needs; price, unit and the provider's own reference stand in
 * the signed request alone. Functions return an exit code. One thread. */
#ifndef TOOLS_SIGNED_ENTRY_H
#define TOOLS_SIGNED_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "saldo.pb-c.h"
#include "session.h"

/* All zeros: none. */
struct signed_entry {
    uint64_t number;
    Saldo__V1__Reply *reply;           /* owned; with the first piece of the envelope */
    uint8_t *envelope;                 /* owned; the whole */
    Saldo__V1__ChargeRequest *request; /* owned; NULL: the key may not see it */
    const char *owner;                 /* of the key; in the reply */
    char key[17];                      /* its id in hexadecimal */
};

/* Ask for the entry of a charge, unless `e` holds it already. A key that may not see it leaves
 * e->request NULL: that is TOOL_OK too. TOOL_PROOF after a message where the entry is no request
 * for charges. The signature is not verified: what the tools show of an entry is the ledger's word,
 * and its proof is the journal (`saldod check`). */
int signed_entry_ask(struct signed_entry *e, struct session *s, uint64_t number);
/* The charge as it was signed; NULL: the entry is not to be seen. TOOL_PROOF after a message where
 * the entry has another charge in its place. */
int signed_entry_charge(const struct signed_entry *e, const Saldo__V1__ChargeStatus *status,
                        const Saldo__V1__Charge **out);
void signed_entry_free(struct signed_entry *e);

#endif
