/* fake_proof.h - decisions and receipts as a ledger would make them, for tests of the client.
 * Aborts on errors of its own. */
#ifndef SUPPORT_FAKE_PROOF_H
#define SUPPORT_FAKE_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "merkle.h"
#include "saldo.pb-c.h"

enum { FAKE_TREE = 5 };

/* What the reply is made of; the misbehaviours change it before or after signing. */
struct fake_proof {
    struct hash request;
    uint8_t *decision;
    size_t decision_len;
    struct hash path[MERKLE_PATH_MAX];
    ProtobufCBinaryData path_data[MERKLE_PATH_MAX];
    struct head head;
    uint8_t signature[64];
    Saldo__V1__Receipt message;
};

/* Write the decision of entry `number`: every second answer refuses. The caller frees
 * p->decision. */
void fake_decide(struct fake_proof *p, uint64_t number, uint32_t count, bool simulated);
/* Sign a tree of FAKE_TREE random leaves with p->request and p->decision at place 2, and fill
 * p->message, which points into *p. */
void fake_prove(struct fake_proof *p, uint64_t number, const uint8_t ledger_id[16],
                const uint8_t secret_key[64]);

/* A receipt as libsaldo stores it, of entry 1234 with `answers` answers. Returns its length. */
size_t fake_receipt(const uint8_t ledger_id[16], const uint8_t secret_key[64], uint32_t answers,
                    uint8_t *bytes, size_t size);

#endif
