#include "tests/support/asking.h"

#include "tests/support/keys.h"
#include "tests/support/unit.h"

static unsigned char memory[ASKING_BYTES];
static struct arena arena;

enum outcome ask_in(struct world *w, const char *who, const Saldo__V1__QueryRequest *query,
                    size_t arena_size, Saldo__V1__Reply *reply)
{
    struct test_key pair;
    test_key(who, &pair);
    saldo__v1__reply__init(reply);
    arena_init(&arena, memory, arena_size);
    enum fault f = ledger_query(w->ledger, &w->source, ledger_key_find(w->ledger, pair.id),
                                w->now_ms, query, &arena, reply);
    assert_int_equal(f, FAULT_NONE);
    return (enum outcome)reply->code;
}

enum outcome ask(struct world *w, const char *who, Saldo__V1__QueryRequest__BodyCase body,
                 void *message, Saldo__V1__Reply *reply)
{
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    query.body_case = body;
    query.balance = message; /* all bodies share their place */
    enum outcome o = ask_in(w, who, &query, ASKING_BYTES, reply);
    assert_true(saldo__v1__reply__get_packed_size(reply) <= LIMIT_REPLY_BYTES);
    return o;
}
