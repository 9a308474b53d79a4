/* enrol.h - registering keys with the ledger. */
#ifndef TOOLS_ENROL_H
#define TOOLS_ENROL_H

#include <stddef.h>

#include "session.h"

/* What is registered. The public halves are filled in by the caller or from a key file. */
struct enrolment {
    uint8_t signing_key[32];
    uint8_t transport_key[32];
    const char *owner;
    const char *role;      /* by its name in the protocol, PROVIDER */
    const char *organiser; /* scope; NULL: all */
};

/* Register one key through the administrator's key. */
int enrol_key(struct tool *tool, const struct enrolment *e);

/* A key of its own for each provider: keys/ID.key is made where there is none, and registered with
 * the provider as owner, which is accepted again with the same key. */
int enrol_providers_keys(struct session *s, const char *const *ids, size_t count);

#endif
