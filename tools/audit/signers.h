/* signers.h - who may have signed at this moment of the journal, by the journal's own word.
 *
 * It begins with the administrator of the genesis; every accepted RegisterKey adds a key. Whether a
 * key was revoked or had run out is a rule, which deciding again asks for. One thread. */
#ifndef AUDIT_SIGNERS_H
#define AUDIT_SIGNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "codec.h"
#include "request.h"

struct signer {
    uint8_t id[LIMIT_KEY_ID_BYTES];
    uint8_t key[LIMIT_KEY_BYTES];
    char owner[LIMIT_CODE_BYTES + 1];
    bool provider; /* the owner is a provider's id, else a person's login */
    uint64_t from; /* journal entry that registered it */
};

struct signers {
    struct signer *list;
    size_t count, room;
    uint32_t *slots; /* index + 1, by key id */
    uint32_t mask;
};

void signers_start(struct signers *s, const uint8_t administrator[LIMIT_KEY_BYTES]);
void signers_free(struct signers *s);

/* NULL: no such key was registered before. */
const struct signer *signers_find(const struct signers *s, const uint8_t id[LIMIT_KEY_ID_BYTES]);

/* What an entry's commands, as they were answered, do to the keys. */
void signers_learn(struct signers *s, const struct request *request, const struct answer *answers,
                   uint64_t number);

#endif
