/* Receipts: real ones verify, and nothing else does. */
#include <sodium.h>

#include "saldo.h"
#include "tests/support/fake_proof.h"
#include "tests/support/unit.h"

enum { ANSWERS = 3, SIZE = 4096 };

struct fixture {
    uint8_t ledger_id[16];
    uint8_t public_key[32];
    uint8_t secret_key[64];
    uint8_t receipt[SIZE];
    size_t len;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_true(sodium_init() >= 0);
    randombytes_buf(f->ledger_id, sizeof(f->ledger_id));
    crypto_sign_keypair(f->public_key, f->secret_key);
    f->len = fake_receipt(f->ledger_id, f->secret_key, ANSWERS, f->receipt, SIZE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static enum saldo_error verify(const struct fixture *f, const uint8_t *bytes, size_t len)
{
    struct saldo_proof proof;
    return saldo_receipt_verify(bytes, len, f->ledger_id, f->public_key, &proof);
}

static bool rejected(enum saldo_error e)
{
    return e == SALDO_ERROR_PROOF || e == SALDO_ERROR_PROTOCOL;
}

static void test_facts(void **state)
{
    struct fixture *f = *state;
    struct saldo_proof p;
    assert_int_equal(saldo_receipt_verify(f->receipt, f->len, f->ledger_id, f->public_key, &p),
                     SALDO_OK);
    assert_int_equal(p.number, 1234);
    assert_int_equal(p.time_ms, 1772000000000);
    assert_int_equal(p.business_day, 20509);
    assert_false(p.simulated);
    assert_int_equal(p.answers, ANSWERS);
    assert_int_equal(p.tree_first, 1232);
    assert_int_equal(p.tree_count, FAKE_TREE);
    assert_false(sodium_is_zero(p.head, 32));
    assert_false(sodium_is_zero(p.previous, 32));
}

static void test_answers(void **state)
{
    struct fixture *f = *state;
    struct saldo_answer a;
    for (uint32_t i = 0; i < ANSWERS; i++) {
        assert_int_equal(saldo_receipt_answer(f->receipt, f->len, i, &a), SALDO_OK);
        assert_int_equal(a.code, i == 1 ? 53 : 0);
        assert_int_equal(a.have, 7200 - (int64_t)i);
        assert_int_equal(a.need, 7600);
        assert_int_equal(a.pays_on, 20000);
        assert_int_equal(a.number, 1234);
        assert_int_equal(a.business_day, 20509);
    }
    assert_int_equal(saldo_receipt_answer(f->receipt, f->len, ANSWERS, &a), SALDO_ERROR_ARGUMENT);
    assert_int_equal(saldo_receipt_answer(f->receipt, f->len - 1, 0, &a), SALDO_ERROR_PROTOCOL);
}

static void test_other_ledger(void **state)
{
    struct fixture *f = *state;
    f->ledger_id[0] ^= 1;
    assert_int_equal(verify(f, f->receipt, f->len), SALDO_ERROR_PROOF);
    f->ledger_id[0] ^= 1;
    assert_int_equal(verify(f, f->receipt, f->len), SALDO_OK);
    f->public_key[5] ^= 4;
    assert_int_equal(verify(f, f->receipt, f->len), SALDO_ERROR_PROOF);
}

/* Every byte, every bit: nothing in a receipt is not covered. */
static void test_every_bit(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            f->receipt[i] ^= (uint8_t)(1u << bit);
            if (!rejected(verify(f, f->receipt, f->len)))
                fail_msg("byte %zu bit %u of %zu", i, bit, f->len);
            f->receipt[i] ^= (uint8_t)(1u << bit);
        }
    }
    assert_int_equal(verify(f, f->receipt, f->len), SALDO_OK);
}

/* In memory of exactly that length, so that ASan sees a read beyond it. */
static void test_every_length(void **state)
{
    struct fixture *f = *state;
    for (size_t len = 0; len < f->len; len++) {
        uint8_t *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, f->receipt, len);
        assert_int_equal(verify(f, copy, len), SALDO_ERROR_PROTOCOL);
        free(copy);
    }
    f->receipt[f->len] = 0;
    assert_int_equal(verify(f, f->receipt, f->len + 1), SALDO_ERROR_PROTOCOL);
}

/* The parts of two good receipts do not go together. */
static void test_mixed_parts(void **state)
{
    struct fixture *f = *state;
    uint8_t other[SIZE];
    assert_int_equal(fake_receipt(f->ledger_id, f->secret_key, ANSWERS, other, SIZE), f->len);
    assert_int_equal(verify(f, other, f->len), SALDO_OK);
    memcpy(other + 13, f->receipt + 13, 32); /* its request hash */
    assert_int_equal(verify(f, other, f->len), SALDO_ERROR_PROOF);
}

/* The packed proof is the last field; one more field in it, with the length put right. */
static void test_unknown_field(void **state)
{
    struct fixture *f = *state;
    size_t at = 8 + 1 + 4 + 32;
    at += 4 + ((size_t)f->receipt[at + 2] << 8 | f->receipt[at + 3]);
    size_t len = (size_t)f->receipt[at + 2] << 8 | f->receipt[at + 3];
    assert_int_equal(at + 4 + len, f->len);
    static const uint8_t extra[] = {0x78, 1}; /* field 15, varint 1 */
    memcpy(f->receipt + f->len, extra, sizeof(extra));
    f->receipt[at + 2] = (uint8_t)((len + 2) >> 8);
    f->receipt[at + 3] = (uint8_t)(len + 2);
    assert_int_equal(verify(f, f->receipt, f->len + 2), SALDO_ERROR_PROOF);
}

static void test_full_batch(void **state)
{
    struct fixture *f = *state;
    struct saldo_answer a;
    size_t size = 1 << 20;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    size_t len = fake_receipt(f->ledger_id, f->secret_key, SALDO_BATCH_MAX, bytes, size);
    assert_int_equal(verify(f, bytes, len), SALDO_OK);
    assert_int_equal(saldo_receipt_answer(bytes, len, SALDO_BATCH_MAX - 1, &a), SALDO_OK);
    assert_int_equal(a.have, 7200 - (SALDO_BATCH_MAX - 1));
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_facts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_ledger, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mixed_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_field, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_batch, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
