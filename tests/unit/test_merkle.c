/* The tree, the chain of heads, the genesis and the hash of a batch. */
#include <sodium.h>

#include "genesis.h"
#include "merkle.h"
#include "tests/support/unit.h"

static struct hash leaves[LIMIT_GROUP_ENTRIES];
static struct hash nodes[2 * LIMIT_GROUP_ENTRIES + 16];
static struct hash scratch[LIMIT_GROUP_ENTRIES];

static struct hash hash_of(const void *bytes, size_t len)
{
    struct hash h;
    crypto_generichash(h.bytes, sizeof(h.bytes), bytes, len, NULL, 0);
    return h;
}

static int setup(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT(leaves); i++)
        leaves[i] = hash_of(&i, sizeof(i));
    return 0;
}

/* The definition, read aloud: the left half is the largest power of two below the count. That a
 * node without a sibling moves up unchanged comes to the same. */
static struct hash slow_root(const struct hash *from, uint32_t count)
{
    if (count == 1)
        return from[0];
    uint32_t half = 1;
    while (half * 2 < count)
        half *= 2;
    uint8_t bytes[65] = {1};
    struct hash left = slow_root(from, half);
    struct hash right = slow_root(from + half, count - half);
    memcpy(bytes + 1, left.bytes, 32);
    memcpy(bytes + 33, right.bytes, 32);
    return hash_of(bytes, sizeof(bytes));
}

static void check_tree(uint32_t count, uint32_t step)
{
    struct merkle_tree t;
    struct hash root;
    struct hash path[MERKLE_PATH_MAX];
    merkle_root(leaves, count, scratch, &root);
    merkle_build(&t, leaves, count, nodes);
    struct hash slow = slow_root(leaves, count);
    assert_memory_equal(&root, &slow, sizeof(root));
    for (uint32_t i = 0; i < count; i += step) {
        uint32_t len = merkle_path(&t, i, path);
        assert_true(len <= MERKLE_PATH_MAX);
        assert_true(merkle_check(&leaves[i], i, count, path, len, &root));
        assert_false(merkle_check(&leaves[i], i, count, path, len + 1, &root));
        if (len > 0)
            assert_false(merkle_check(&leaves[i], i, count, path, len - 1, &root));
        for (uint32_t other = 0; other < count && count <= 40; other++) {
            if (other != i)
                assert_false(merkle_check(&leaves[other], i, count, path, len, &root));
        }
    }
}

static void test_every_count(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 40; count++)
        check_tree(count, 1);
    check_tree(LIMIT_GROUP_ENTRIES, 1);
    check_tree(LIMIT_GROUP_ENTRIES - 1, 37);
}

static void test_wrong_place(void **state)
{
    (void)state;
    struct merkle_tree t;
    struct hash root;
    struct hash path[MERKLE_PATH_MAX];
    for (uint32_t count = 2; count <= 40; count++) {
        merkle_root(leaves, count, scratch, &root);
        merkle_build(&t, leaves, count, nodes);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t len = merkle_path(&t, i, path);
            for (uint32_t place = 0; place <= count; place++)
                assert_int_equal(merkle_check(&leaves[i], place, count, path, len, &root),
                                 place == i);
        }
    }
    assert_false(merkle_check(&leaves[0], 0, 0, path, 0, &leaves[0]));
    assert_false(merkle_check(&leaves[0], 0, LIMIT_GROUP_ENTRIES + 1, path, 0, &leaves[0]));
}

static void flip(void *bytes, size_t bit)
{
    ((uint8_t *)bytes)[bit / 8] ^= (uint8_t)(1U << bit % 8);
}

static void test_every_flipped_bit(void **state)
{
    (void)state;
    enum { LEAVES = 13 };
    struct merkle_tree t;
    struct hash root;
    struct hash path[MERKLE_PATH_MAX];
    merkle_root(leaves, LEAVES, scratch, &root);
    merkle_build(&t, leaves, LEAVES, nodes);
    for (uint32_t i = 0; i < LEAVES; i++) {
        uint32_t len = merkle_path(&t, i, path);
        struct hash leaf = leaves[i];
        for (size_t bit = 0; bit < 256; bit++) {
            flip(&leaf, bit);
            assert_false(merkle_check(&leaf, i, LEAVES, path, len, &root));
            flip(&leaf, bit);
            flip(&root, bit);
            assert_false(merkle_check(&leaf, i, LEAVES, path, len, &root));
            flip(&root, bit);
        }
        for (size_t bit = 0; bit < 256 * len; bit++) {
            flip(path, bit);
            assert_false(merkle_check(&leaf, i, LEAVES, path, len, &root));
            flip(path, bit);
        }
    }
}

/* Every part of an entry is in its leaf, every part of a head in its hash. */
static void test_leaf_and_head_cover_all(void **state)
{
    (void)state;
    struct envelope e = {.purpose = PURPOSE_CHARGE};
    struct hash payload = leaves[0];
    struct hash seen[7];
    merkle_request_hash(&e, &payload, &seen[0]);
    e.purpose = PURPOSE_COMMAND;
    merkle_request_hash(&e, &payload, &seen[1]);
    e.key_id[7] ^= 1;
    merkle_request_hash(&e, &payload, &seen[2]);
    e.signature[63] ^= 1;
    merkle_request_hash(&e, &payload, &seen[3]);
    payload.bytes[31] ^= 1;
    merkle_request_hash(&e, &payload, &seen[4]);
    merkle_leaf(&seen[4], "decision", 8, &seen[5]);
    merkle_leaf(&seen[4], "decision", 7, &seen[6]);
    for (size_t i = 0; i < COUNT(seen); i++) {
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(&seen[i], &seen[j], sizeof(seen[0]));
    }
    struct head head = {.first = 1, .count = 2, .time_ms = 3};
    struct hash before;
    struct hash after;
    merkle_head(&head, &before);
    for (int field = 0; field < 5; field++) {
        struct head other = head;
        other.first += field == 0;
        other.count += field == 1;
        other.time_ms += field == 2;
        other.root.bytes[31] ^= field == 3;
        other.previous.bytes[31] ^= field == 4;
        merkle_head(&other, &after);
        assert_memory_not_equal(&before, &after, sizeof(before));
    }
}

static struct genesis sample_genesis(void)
{
    struct genesis g = {.simulated = true, .clock_skew_ms = 300000, .created_ms = 1764000000000};
    memset(g.ledger_id, 1, sizeof(g.ledger_id));
    memset(g.ledger_key, 2, sizeof(g.ledger_key));
    memset(g.administrator_signing_key, 3, sizeof(g.administrator_signing_key));
    memset(g.administrator_transport_key, 4, sizeof(g.administrator_transport_key));
    return g;
}

static void test_genesis(void **state)
{
    (void)state;
    struct genesis g = sample_genesis();
    struct genesis back;
    uint8_t bytes[GENESIS_BYTES + 1] = {0};
    memset(&back, 0, sizeof(back));
    genesis_write(&g, bytes);
    assert_true(genesis_read(bytes, GENESIS_BYTES, &back));
    assert_true(back.simulated);
    assert_int_equal(back.clock_skew_ms, 300000);
    assert_int_equal(back.created_ms, 1764000000000);
    assert_memory_equal(back.ledger_id, g.ledger_id, sizeof(g.ledger_id));
    assert_memory_equal(back.ledger_key, g.ledger_key, sizeof(g.ledger_key));
    assert_memory_equal(back.administrator_signing_key, g.administrator_signing_key, 32);
    assert_memory_equal(back.administrator_transport_key, g.administrator_transport_key, 32);
    assert_false(genesis_read(bytes, GENESIS_BYTES - 1, &back));
    assert_false(genesis_read(bytes, GENESIS_BYTES + 1, &back));
    for (size_t bit = 0; bit < 8 * 20; bit++) { /* label, version and flags */
        flip(bytes, bit);
        bool simulated = bit == 8 * 19;
        assert_int_equal(genesis_read(bytes, GENESIS_BYTES, &back), simulated);
        assert_true(!simulated || !back.simulated);
        flip(bytes, bit);
    }
}

static void put(uint8_t **at, const void *bytes, size_t len)
{
    memcpy(*at, bytes, len);
    *at += len;
}

static void test_batch(void **state)
{
    (void)state;
    static const uint8_t ledger_id[LEDGER_ID_BYTES] = "ledger-of-a-test";
    static const struct merkle_batch_line line = {{"kainuu", 6}, {"P0001", 5}, 3, 22800, 1, 7600};
    struct merkle_batch b;
    uint8_t bytes[128];
    uint8_t *at = bytes;
    uint8_t hash[LIMIT_HASH_BYTES];

    merkle_batch_begin(&b, ledger_id, 20513);
    merkle_batch_end(&b, hash);
    put(&at, "saldo/v1/batch", 15);
    put(&at, ledger_id, 16);
    put(&at, "\x00\x00\x50\x21", 4);
    struct hash want = hash_of(bytes, (size_t)(at - bytes));
    assert_memory_equal(hash, want.bytes, sizeof(hash)); /* an empty day has a hash too */

    merkle_batch_begin(&b, ledger_id, 20513);
    merkle_batch_line(&b, &line);
    merkle_batch_end(&b, hash);
    put(&at, "\x06kainuu\x05P0001", 13);
    put(&at, "\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\x59\x10", 16);
    put(&at, "\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x1d\xb0", 16);
    want = hash_of(bytes, (size_t)(at - bytes));
    assert_memory_equal(hash, want.bytes, sizeof(hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_count),       cmocka_unit_test(test_wrong_place),
        cmocka_unit_test(test_every_flipped_bit), cmocka_unit_test(test_leaf_and_head_cover_all),
        cmocka_unit_test(test_genesis),           cmocka_unit_test(test_batch),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, setup, NULL);
}
