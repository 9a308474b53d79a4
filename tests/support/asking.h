/* asking.h - one query to a world's ledger, as somebody, now. For cmocka tests. */
#ifndef TESTS_SUPPORT_ASKING_H
#define TESTS_SUPPORT_ASKING_H

#include "tests/support/world.h"

/* The reply's code. The reply lives until the next question; its memory is `arena_size` bytes, at
 * most ASKING_BYTES. Any fault of the ledger fails the test. */
#define ASKING_BYTES (8 << 20)
enum outcome ask_in(struct world *w, const char *who, const Saldo__V1__QueryRequest *query,
                    size_t arena_size, Saldo__V1__Reply *reply);
/* With all of the memory, and a reply that could be sent. */
enum outcome ask(struct world *w, const char *who, Saldo__V1__QueryRequest__BodyCase body,
                 void *message, Saldo__V1__Reply *reply);
#define ASK(w, who, body, message, reply)                                                          \
    ask(w, who, SALDO__V1__QUERY_REQUEST__BODY_##body, message, reply)

#endif
