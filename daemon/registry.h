/* registry.h - the ledger's registered keys, as verify has to know them. */
#ifndef REGISTRY_H
#define REGISTRY_H

#include "ledger/ledger.h"
#include "verify/verify.h"

/* Give verify a copy of all keys as they are now, in place of the one it has. FAULT_MEMORY: it
 * keeps that. The ledger is read, so on the ledger's thread. */
enum fault registry_publish(const struct ledger *l, struct verify_keys *out);

#endif
