/* Who chooses numbers or names cannot choose where they stand in memory: rows that all meet in one
 * place under hashes without a seed are spread in a ledger that has one. */
#include "ledger/state.h"
#include "tests/support/unit.h"

#define VOUCHERS 9000 /* more than may meet: index_put() */
#define PLACES   13   /* first bits of the hash that are the same */

static struct ledger *ledger_of(uint64_t seed)
{
    const struct ledger_limits limits = {
        .charges = 1, .vouchers = 2 * VOUCHERS, .buckets = 2 * VOUCHERS, .seed = seed};
    static const struct ledger_genesis genesis = {.simulated = true};
    struct ledger *l;
    assert_int_equal(ledger_new(&limits, &genesis, &l), FAULT_NONE);
    return l;
}

static void test_vouchers(void **state)
{
    (void)state;
    struct ledger *l = ledger_of(UINT64_C(0x243f6a8885a308d3));
    int32_t digits = 0;
    for (int i = 0; i < VOUCHERS; i++) {
        while (hash_mix((uint32_t)digits) >> (64 - PLACES) != 0)
            digits++;
        voucher_make(l, digits++);
    }
    assert_int_equal(l->table[ROW_VOUCHER].index.held, VOUCHERS);
    ledger_free(l);
}

static void test_every_index(void **state)
{
    (void)state;
    static const uint8_t line[LIMIT_HASH_BYTES] = {1};
    struct ledger *a = ledger_of(1);
    struct ledger *b = ledger_of(2);
    assert_true(voucher_hash(a, 3) != voucher_hash(b, 3));
    assert_true(bucket_hash(a, 3, 4) != bucket_hash(b, 3, 4));
    assert_true(account_hash(a, 3, 4) != account_hash(b, 3, 4));
    assert_true(tally_hash(a, 3, 4, 5) != tally_hash(b, 3, 4, 5));
    assert_true(lapse_hash(a, 3, 4) != lapse_hash(b, 3, 4));
    assert_true(batch_hash(a, 3) != batch_hash(b, 3));
    assert_true(bank_line_hash(a, line) != bank_line_hash(b, line));
    assert_true(correction_hash(a, 3) != correction_hash(b, 3));
    /* The administrator's key, by its id and by its owner. */
    assert_int_equal(a->names.held, 2);
    for (uint32_t at = 0, met = 0; met < 2; at++) {
        met += a->names.slots[at].item != 0;
        if (a->names.slots[at].item != 0)
            assert_true(a->names.slots[at].tag != b->names.slots[at].tag);
    }
    ledger_free(a);
    ledger_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vouchers),
        cmocka_unit_test(test_every_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
