/* The pilots through the ledger: balances of past nights as a query gives them, from memory and,
 * after a checkpoint and a restart, from the tables. Answers and batches are compared with the
 * model's entry by entry, and the model with the expected files in test_model_pilot.c. */
#include "tests/support/unit.h"

#include "tests/support/keys.h"
#include "tests/support/pilot.h"
#include "tests/support/sheet.h"
#include "tests/support/world.h"

#define ARENA_BYTES (1 << 20)

static void play(void *arg, const struct pilot_entry *p)
{
    struct world *w = arg;
    w->now_ms = p->time_ms;
    assert_true(world_apply(w, p->key, p->purpose, p->message));
    if (p->settled != 0)
        assert_true(world_compare(w));
}

/* "2018-09" as a bucket's number, "" as the bucket of a whole validity. */
static int32_t bucket_of(const char *text)
{
    int year = 0, month = 1;
    return sscanf(text, "%d-%d", &year, &month) == 2 ? year * 12 + month - 1 : 0;
}

static void expect_balance(struct world *w, struct arena *arena, const struct sheet *want)
{
    Saldo__V1__BalanceQuery balance = SALDO__V1__BALANCE_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__Reply reply = SALDO__V1__REPLY__INIT;
    struct test_key administrator;
    test_key("administrator", &administrator);
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_BALANCE;
    query.balance = &balance;
    balance.voucher = sheet_text(want, "voucher");
    balance.as_of = pilot_day(sheet_text(want, "day"));
    arena_reset(arena);
    assert_int_equal(ledger_query(w->ledger, &w->source,
                                  ledger_key_find(w->ledger, administrator.id), w->now_ms, &query,
                                  arena, &reply),
                     FAULT_NONE);
    assert_int_equal(reply.code, OUTCOME_ACCEPTED);
    assert_int_equal(reply.balances->n_balances, 1);
    const Saldo__V1__Balance *b = reply.balances->balances[0];
    if (b->bucket != bucket_of(sheet_text(want, "bucket")) ||
        b->posted != sheet_number(want, "posted") || b->pending != sheet_number(want, "pending") ||
        b->available != sheet_number(want, "available"))
        fail_msg("balances line %zu: bucket %d posted %lld pending %lld available %lld",
                 want->number, b->bucket, (long long)b->posted, (long long)b->pending,
                 (long long)b->available);
}

static void expect_balances(struct world *w)
{
    struct arena arena;
    struct sheet want;
    size_t count = 0;
    void *memory = malloc(ARENA_BYTES);
    assert_non_null(memory);
    arena_init(&arena, memory, ARENA_BYTES);
    sheet_open(&want, PILOT_FOLDER, "expected/balances.csv");
    for (; sheet_next(&want); count++)
        expect_balance(w, &arena, &want);
    assert_int_equal(count, 612);
    free(memory);
}

static void test_balances_of_past_nights(void **state)
{
    (void)state;
    struct world *w = world_new(&WORLD_LIMITS, 0);
    pilot_play(play, w);
    expect_balances(w);
    world_checkpoint(w);
    assert_true(world_restart(w));
    ledger_audit(w->ledger);
    expect_balances(w);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_balances_of_past_nights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
