/* What a transport key may have under way beside others: the shares of the gate. */
#include <zmq.h>

#include "gate/gate.h"
#include "tests/support/unit.h"

#define SMALL 200

static int setup(void **state)
{
    *state = peers_new();
    return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    peers_free(*state);
    return 0;
}

static uint32_t place_of(struct peers *p, uint32_t number)
{
    uint8_t key[LIMIT_KEY_BYTES] = {0};
    memcpy(key, &number, sizeof(number));
    key[LIMIT_KEY_BYTES - 1] = 1;
    return peers_place(p, key);
}

static uint32_t take_all(struct peers *p, uint32_t place, uint32_t len)
{
    uint32_t taken = 0;
    while (peers_take(p, place, len))
        taken++;
    return taken;
}

static void test_place_is_kept(void **state)
{
    struct peers *p = *state;
    uint32_t places[3];
    /* the same first bytes: they meet in one place */
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t key[LIMIT_KEY_BYTES] = {7, 7, 7, 7, (uint8_t)(i + 1)};
        places[i] = peers_place(p, key);
    }
    assert_int_not_equal(places[0], places[1]);
    assert_int_not_equal(places[1], places[2]);
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t key[LIMIT_KEY_BYTES] = {7, 7, 7, 7, (uint8_t)(i + 1)};
        assert_int_equal(peers_place(p, key), places[i]);
    }
}

static void test_one_that_floods(void **state)
{
    struct peers *p = *state;
    uint32_t flood = place_of(p, 1), honest = place_of(p, 2);
    uint32_t taken = take_all(p, flood, SMALL);
    assert_in_range(taken, LIMIT_IN_FLIGHT / 17, LIMIT_IN_FLIGHT / 17 + 1);
    assert_in_range(take_all(p, honest, SMALL), LIMIT_IN_FLIGHT / 19, LIMIT_IN_FLIGHT / 17);
    peers_give_back(p, flood, SMALL);
    assert_false(peers_take(p, flood, SMALL)); /* less is free than when it got its share */
}

/* Answers come in the order of the requests, and the first key asks twenty times as often as the
 * others: in the end all have about the same. */
static void test_many_that_flood(void **state)
{
    enum { KEYS = 50, OFTEN = 20, ROUNDS = 2000 };
    struct peers *p = *state;
    static uint32_t order[LIMIT_IN_FLIGHT];
    uint32_t own[KEYS] = {0}, first = 0, count = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < KEYS + OFTEN; i++) {
            uint32_t who = i < KEYS ? i : 0;
            if (!peers_take(p, place_of(p, who), SMALL))
                continue;
            assert_in_range(count, 0, LIMIT_IN_FLIGHT - 1);
            order[(first + count++) % LIMIT_IN_FLIGHT] = who;
            own[who]++;
        }
        for (uint32_t i = 0; round > ROUNDS / 2 && count > 0 && i < KEYS; i++, count--) {
            uint32_t who = order[first++ % LIMIT_IN_FLIGHT];
            peers_give_back(p, place_of(p, who), SMALL);
            own[who]--;
        }
    }
    for (uint32_t i = 1; i < KEYS; i++)
        assert_in_range(own[0], 1, own[i] + own[i] / 2);
    assert_true(peers_take(p, place_of(p, 5000), SMALL)); /* and there is room for one more */
}

static void test_bytes(void **state)
{
    struct peers *p = *state;
    uint32_t taken = take_all(p, place_of(p, 1), LIMIT_REQUEST_BYTES);
    const uint32_t most = LIMIT_IN_FLIGHT_BYTES / LIMIT_REQUEST_BYTES;
    assert_in_range(taken, most / 5, most / 5 + 1);
    assert_true(peers_take(p, place_of(p, 2), LIMIT_REQUEST_BYTES));
    for (uint32_t i = 3; i < 200; i++)
        taken += take_all(p, place_of(p, i), LIMIT_REQUEST_BYTES);
    assert_in_range(taken, 1, most - 1); /* the bound of all bytes holds to the last one */
}

static void test_all_is_given_back(void **state)
{
    struct peers *p = *state;
    uint32_t place = place_of(p, 1);
    for (int round = 0; round < 3; round++) {
        uint32_t taken = take_all(p, place, SMALL);
        assert_in_range(taken, LIMIT_IN_FLIGHT / 17, LIMIT_IN_FLIGHT / 17 + 1);
        for (uint32_t i = 0; i < taken; i++)
            peers_give_back(p, place, SMALL);
    }
}

/* Lend replies of `len` bytes until no more are taken; they lie in `list`. */
static uint32_t lend_all(struct peers *p, uint32_t place, size_t len, zmq_msg_t *list, uint32_t max)
{
    for (uint32_t i = 0; i < max; i++) {
        assert_int_equal(zmq_msg_init_size(&list[i], len), 0);
        memset(zmq_msg_data(&list[i]), (int)i, len);
        if (!peers_lend(p, place, &list[i])) {
            assert_int_equal(zmq_msg_size(&list[i]), len); /* it is still the caller's */
            zmq_msg_close(&list[i]);
            return i;
        }
    }
    return max;
}

static void test_unread_replies(void **state)
{
    enum { MAX = 64 };
    struct peers *p = *state;
    zmq_msg_t deaf[MAX], other[1];
    const uint32_t most = LIMIT_UNREAD_BYTES / LIMIT_REPLY_BYTES;
    for (int round = 0; round < 2; round++) { /* the second one finds all given back */
        uint32_t lent = lend_all(p, place_of(p, 1), LIMIT_REPLY_BYTES, deaf, MAX);
        assert_in_range(lent, most / 5, most / 5 + 1);
        assert_false(peers_take(p, place_of(p, 1), SMALL)); /* who reads nothing asks in vain */
        assert_int_equal(lend_all(p, place_of(p, 2), 10, other, 1), 1); /* small: copied inside */
        assert_memory_equal(zmq_msg_data(&other[0]), "\0\0\0\0\0\0\0\0\0\0", 10);
        zmq_msg_close(&other[0]);
        for (uint32_t i = 0; i < lent; i++) {
            const uint8_t *bytes = zmq_msg_data(&deaf[i]);
            assert_int_equal(bytes[LIMIT_REPLY_BYTES - 1], i);
            zmq_msg_close(&deaf[i]);
        }
        assert_true(peers_take(p, place_of(p, 1), SMALL));
    }
}

static void test_no_place_left(void **state)
{
    struct peers *p = *state;
    uint32_t first = place_of(p, 1);
    for (uint32_t i = 2; i <= LIMIT_KEYS; i++)
        assert_int_not_equal(place_of(p, i), PEERS_NO_PLACE);
    assert_int_equal(place_of(p, LIMIT_KEYS + 1), PEERS_NO_PLACE);
    assert_false(peers_take(p, PEERS_NO_PLACE, SMALL));
    assert_int_equal(place_of(p, 1), first);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_place_is_kept), TEST(test_one_that_floods),   TEST(test_many_that_flood),
        TEST(test_bytes),         TEST(test_all_is_given_back), TEST(test_unread_replies),
        TEST(test_no_place_left),
    };
    return cmocka_run_group_tests_name("shares", tests, NULL, NULL);
}
