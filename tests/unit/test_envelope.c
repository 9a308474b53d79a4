/* The frame and its signature: one encoding, one purpose, one ledger, keys of one order. */
#include <sodium.h>

#include "envelope.h"
#include "tests/support/dice.h"
#include "tests/support/mutate.h"
#include "tests/support/unit.h"

static const uint8_t LEDGER[LEDGER_ID_BYTES] = "ledger-of-a-test";
static const uint8_t OTHER_LEDGER[LEDGER_ID_BYTES] = "ledger-of-a-tesT";

struct keys {
    uint8_t public_key[LIMIT_KEY_BYTES];
    uint8_t secret_key[64];
};

static struct keys keys_of(uint8_t seed_byte)
{
    uint8_t seed[32];
    struct keys k;
    memset(seed, seed_byte, sizeof(seed));
    crypto_sign_seed_keypair(k.public_key, k.secret_key, seed);
    return k;
}

static struct envelope sample(const uint8_t *payload, size_t payload_len)
{
    struct envelope e = {
        .purpose = PURPOSE_COMMAND, .payload = payload, .payload_len = payload_len};
    memset(e.key_id, 7, sizeof(e.key_id));
    memset(e.signature, 9, sizeof(e.signature));
    return e;
}

static void test_round_trip(void **state)
{
    (void)state;
    static uint8_t payload[20000];
    static uint8_t frame[20200];
    static const size_t lens[] = {1, 2, 127, 128, 16383, 16384, 20000};
    memset(payload, 0x55, sizeof(payload));
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct envelope e = sample(payload, lens[i]);
        struct envelope back;
        size_t len = envelope_write(&e, frame, sizeof(frame));
        assert_int_equal(len, envelope_size(lens[i]));
        assert_true(envelope_parse(frame, len, &back));
        assert_int_equal(back.purpose, e.purpose);
        assert_int_equal(back.payload_len, lens[i]);
        assert_memory_equal(back.payload, payload, lens[i]);
        assert_memory_equal(back.key_id, e.key_id, sizeof(e.key_id));
        assert_memory_equal(back.signature, e.signature, sizeof(e.signature));
        for (size_t cut = 0; cut < len && len < 300; cut++)
            assert_false(envelope_parse(frame, cut, &back));
    }
}

static void test_too_large(void **state)
{
    (void)state;
    size_t payload_len =
        LIMIT_REQUEST_BYTES - (envelope_size(LIMIT_REQUEST_BYTES) - LIMIT_REQUEST_BYTES);
    uint8_t *payload = calloc(1, payload_len + 1);
    uint8_t *frame = malloc(LIMIT_REQUEST_BYTES + 1);
    struct envelope back;
    assert_non_null(payload);
    assert_non_null(frame);
    struct envelope e = sample(payload, payload_len);
    assert_int_equal(envelope_write(&e, frame, LIMIT_REQUEST_BYTES + 1), LIMIT_REQUEST_BYTES);
    assert_true(envelope_parse(frame, LIMIT_REQUEST_BYTES, &back));
    e.payload_len++;
    assert_int_equal(envelope_write(&e, frame, LIMIT_REQUEST_BYTES + 1), LIMIT_REQUEST_BYTES + 1);
    assert_false(envelope_parse(frame, LIMIT_REQUEST_BYTES + 1, &back));
    free(payload);
    free(frame);
}

/* The same rules, said with protobuf-c. */
static bool accepted_by_protobuf_c(const uint8_t *frame, size_t len)
{
    uint8_t again[1024];
    Saldo__V1__Envelope *e = saldo__v1__envelope__unpack(NULL, len, frame);
    if (e == NULL)
        return false;
    bool good = e->base.n_unknown_fields == 0 && saldo__v1__envelope__get_packed_size(e) == len &&
                saldo__v1__envelope__pack(e, again) == len && memcmp(again, frame, len) == 0 &&
                e->key_id.len == 8 && e->signature.len == 64 && e->payload.len > 0 &&
                e->purpose >= SALDO__V1__PURPOSE__PURPOSE_CHARGE &&
                e->purpose <= SALDO__V1__PURPOSE__PURPOSE_QUERY;
    saldo__v1__envelope__free_unpacked(e, NULL);
    return good;
}

static void test_agrees_with_protobuf_c(void **state)
{
    (void)state;
    struct dice d = dice_of_environment();
    int taken = 0;
    for (int i = 0; i < 100000; i++) {
        uint8_t payload[200] = {1};
        uint8_t frame[1024];
        struct envelope e = sample(payload, 1 + dice_below(&d, 200));
        struct envelope back;
        e.purpose = (enum purpose)dice_below(&d, 7);
        size_t len = mutate(&d, frame, envelope_write(&e, frame, sizeof(frame)));
        bool accepted = envelope_parse(frame, len, &back);
        assert_int_equal(accepted, accepted_by_protobuf_c(frame, len));
        taken += accepted;
    }
    assert_in_range(taken, 10000, 90000); /* both answers were asked for often */
}

static void test_signature_is_of_one_purpose_and_ledger(void **state)
{
    (void)state;
    struct keys k = keys_of(1);
    struct keys other = keys_of(2);
    uint8_t hash[LIMIT_HASH_BYTES];
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    envelope_hash("payload", 7, hash);
    for (enum purpose p = PURPOSE_CHARGE; p <= PURPOSE_HEAD; p++) {
        envelope_sign(p, LEDGER, hash, k.secret_key, signature);
        for (enum purpose q = PURPOSE_CHARGE; q <= PURPOSE_HEAD; q++)
            assert_int_equal(envelope_verify(q, LEDGER, hash, signature, k.public_key), p == q);
        assert_false(envelope_verify(p, OTHER_LEDGER, hash, signature, k.public_key));
        assert_false(envelope_verify(p, LEDGER, hash, signature, other.public_key));
    }
}

static void test_every_flipped_bit(void **state)
{
    (void)state;
    struct keys k = keys_of(1);
    uint8_t hash[LIMIT_HASH_BYTES];
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    envelope_hash("payload", 7, hash);
    envelope_sign(PURPOSE_CHARGE, LEDGER, hash, k.secret_key, signature);
    for (size_t bit = 0; bit < 8 * sizeof(signature); bit++) {
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(envelope_verify(PURPOSE_CHARGE, LEDGER, hash, signature, k.public_key));
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof(hash); bit++) {
        hash[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(envelope_verify(PURPOSE_CHARGE, LEDGER, hash, signature, k.public_key));
        hash[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_true(envelope_verify(PURPOSE_CHARGE, LEDGER, hash, signature, k.public_key));
}

/* The statement, put together by hand. */
static size_t statement_of(const uint8_t hash[LIMIT_HASH_BYTES], uint8_t out[128])
{
    static const char label[] = "saldo/v1/charge";
    memcpy(out, label, sizeof(label));
    memcpy(out + sizeof(label), LEDGER, LEDGER_ID_BYTES);
    memcpy(out + sizeof(label) + LEDGER_ID_BYTES, hash, LIMIT_HASH_BYTES);
    return sizeof(label) + LEDGER_ID_BYTES + LIMIT_HASH_BYTES;
}

static void test_statement(void **state)
{
    (void)state;
    struct keys k = keys_of(1);
    uint8_t hash[LIMIT_HASH_BYTES];
    uint8_t statement[128];
    uint8_t by_hand[LIMIT_SIGNATURE_BYTES];
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    envelope_hash("payload", 7, hash);
    size_t len = statement_of(hash, statement);
    crypto_sign_detached(by_hand, NULL, statement, len, k.secret_key);
    envelope_sign(PURPOSE_CHARGE, LEDGER, hash, k.secret_key, signature);
    assert_memory_equal(signature, by_hand, sizeof(signature));
}

/* One try to sign for the key A + T, T being a point of order 8: it works where the hash of the
 * statement is a multiple of 8. */
static void mixed_sign(const uint8_t seed[32], const uint8_t mixed[32], const uint8_t *statement,
                       size_t len, uint8_t signature[64])
{
    uint8_t wide[64];
    uint8_t a[32];
    uint8_t r[32];
    uint8_t h[32];
    crypto_hash_sha512_state hash;

    crypto_hash_sha512(wide, seed, 32);
    wide[0] &= 248;
    wide[31] = (uint8_t)((wide[31] & 63) | 64);
    memset(wide + 32, 0, 32);
    crypto_core_ed25519_scalar_reduce(a, wide);
    crypto_core_ed25519_scalar_random(r);
    crypto_scalarmult_ed25519_base_noclamp(signature, r);
    crypto_hash_sha512_init(&hash);
    crypto_hash_sha512_update(&hash, signature, 32);
    crypto_hash_sha512_update(&hash, mixed, 32);
    crypto_hash_sha512_update(&hash, statement, len);
    crypto_hash_sha512_final(&hash, wide);
    crypto_core_ed25519_scalar_reduce(h, wide);
    crypto_core_ed25519_scalar_mul(h, h, a);
    crypto_core_ed25519_scalar_add(signature + 32, r, h);
}

/* The library verifies signatures of a key of mixed order, so such a key must never be enrolled. */
static void test_mixed_order_key(void **state)
{
    (void)state;
    static const uint8_t order_8[32] = {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0,
                                        0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
                                        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
                                        0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
    uint8_t seed[32] = {3};
    uint8_t public_key[32];
    uint8_t secret_key[64];
    uint8_t mixed[32];
    uint8_t hash[LIMIT_HASH_BYTES];
    uint8_t statement[128];
    uint8_t signature[64];

    crypto_sign_seed_keypair(public_key, secret_key, seed);
    assert_int_equal(crypto_core_ed25519_add(mixed, public_key, order_8), 0);
    envelope_hash("payload", 7, hash);
    size_t len = statement_of(hash, statement);
    bool verified = false;
    for (int i = 0; i < 1000 && !verified; i++) {
        mixed_sign(seed, mixed, statement, len, signature);
        verified = envelope_verify(PURPOSE_CHARGE, LEDGER, hash, signature, mixed);
    }
    assert_true(verified);
    assert_true(envelope_key_valid(public_key));
    assert_false(envelope_key_valid(mixed));
    assert_false(envelope_key_valid(order_8));
    assert_false(envelope_key_valid((const uint8_t[32]){0}));
    assert_false(envelope_key_valid((const uint8_t[32]){2})); /* not on the curve */
}

static void test_key_id(void **state)
{
    (void)state;
    struct keys k = keys_of(1);
    uint8_t hash[LIMIT_HASH_BYTES];
    uint8_t id[LIMIT_KEY_ID_BYTES];
    crypto_generichash(hash, sizeof(hash), k.public_key, sizeof(k.public_key), NULL, 0);
    envelope_key_id(k.public_key, id);
    assert_memory_equal(id, hash, sizeof(id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_agrees_with_protobuf_c),
        cmocka_unit_test(test_signature_is_of_one_purpose_and_ledger),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_statement),
        cmocka_unit_test(test_mixed_order_key),
        cmocka_unit_test(test_key_id),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
