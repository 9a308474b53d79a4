/* entry.h - a journal entry as the answer to a query.
 *
 * The ledger does not know the journal, so this query is answered beside it. What is not durable is
 * not there yet. One thread: the one that reads the journal. */
#ifndef ENTRY_H
#define ENTRY_H

#include "base/arena.h"
#include "books.h"

/* Fill the reply's result, or its code: ROLE_NOT_ALLOWED, SCOPE_NOT_ALLOWED, FIELD_INVALID (an
 * offset behind the end), ROW_UNKNOWN (also another's entry, for a provider), LIMIT_REACHED (the
 * arena is full). The key is in force. On a fault of the journal the reply says nothing. */
enum fault entry_query(const struct books *b, const struct ledger_key *key,
                       const Saldo__V1__EntryQuery *query, struct arena *arena,
                       Saldo__V1__Reply *reply);

#endif
