/* check.h - a ledger folder examined without writing into it: the journal's chain, every decision
 * again, and the digest of the state that comes out. One thread; needs as much memory as a daemon.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

#include "genesis.h"
#include "merkle.h"

struct check_result {
    struct genesis genesis;
    uint64_t last;      /* number of the journal's last entry */
    struct hash digest; /* of the state after it */
};

/* From the journal alone, or from a copy of the tables and what the journal has since. An exit code
 * of saldod; what is wrong is in the log. */
int check_ledger(const char *dir, bool from_tables, struct check_result *out);

#endif
