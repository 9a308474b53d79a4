/* verifier.h - signatures of requests, checked by as many threads as there are.
 *
 * One thread hands out the work and never waits for long: where the others have enough to do it
 * checks the next one itself. With one thread it checks them all. */
#ifndef AUDIT_VERIFIER_H
#define AUDIT_VERIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/flaws.h"
#include "envelope.h"
#include "merkle.h"

struct verifier; /* opaque */

struct verifier_job {
    uint64_t number; /* journal entry */
    enum purpose purpose;
    struct hash payload;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    uint8_t key[LIMIT_KEY_BYTES];
};

/* `threads` from 1; this one counts. Fewer are used where the system gives no more. */
struct verifier *verifier_new(const uint8_t ledger_id[LEDGER_ID_BYTES], unsigned threads);
void verifier_put(struct verifier *v, const struct verifier_job *job);
/* Wait for all, add what is wrong; returns how many were right. `v` is gone. */
uint64_t verifier_end(struct verifier *v, struct flaws *f);

#endif
