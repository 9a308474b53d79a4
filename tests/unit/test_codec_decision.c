/* Decisions: written by hand, and exactly what protobuf-c would have written. */
#include "codec.h"
#include "tests/support/dice.h"
#include "tests/support/mutate.h"
#include "tests/support/random_message.h"
#include "tests/support/unit.h"

enum { ARENA_BYTES = 1 << 20, MESSAGE_BYTES = 1 << 16 };

static uint8_t memory[ARENA_BYTES];
static struct answer answers[LIMIT_BATCH_ITEMS];

static size_t write_sample(uint8_t *bytes, size_t size)
{
    static const struct answer given[] = {
        {0},
        {.code = 53, .have = 7200, .need = 7600},
        {.code = 0, .have = -1, .need = INT64_MIN, .pays_on = 20600, .duplicate = true},
        {.code = INT32_MIN, .pays_on = -1},
    };
    struct decision d = {
        .number = UINT64_MAX,
        .time_ms = 1764000000000,
        .business_day = 20513,
        .simulated = true,
        .count = COUNT(given),
        .answers = given,
        .batch = {.present = true, .day = 20512, .rows = 3, .cents = -2600, .number = 77},
    };
    memset(d.batch.hash, 0xab, sizeof(d.batch.hash));
    assert_true(size >= codec_decision_size(d.count));
    return codec_decision_write(&d, bytes, size);
}

static void test_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct decision d;
    size_t len = write_sample(bytes, sizeof(bytes));
    assert_true(codec_decision_read(bytes, len, &d, answers));
    assert_true(d.number == UINT64_MAX);
    assert_int_equal(d.time_ms, 1764000000000);
    assert_int_equal(d.business_day, 20513);
    assert_true(d.simulated);
    assert_int_equal(d.count, 4);
    assert_ptr_equal(d.answers, answers);
    assert_int_equal(answers[1].code, 53);
    assert_int_equal(answers[1].have, 7200);
    assert_int_equal(answers[1].need, 7600);
    assert_true(answers[2].need == INT64_MIN);
    assert_true(answers[2].duplicate);
    assert_int_equal(answers[3].code, INT32_MIN);
    assert_true(d.batch.present);
    assert_int_equal(d.batch.cents, -2600);
    assert_int_equal(d.batch.number, 77);
    assert_int_equal(d.batch.hash[31], 0xab);
    for (size_t cut = 0; cut < len; cut++) {
        bool whole = codec_decision_read(bytes, cut, &d, answers) && d.batch.present;
        assert_false(whole);
    }
}

/* The widest values fit in what codec_decision_size() says, and nothing is wider. */
static void test_size(void **state)
{
    (void)state;
    struct answer wide[3];
    uint8_t bytes[512];
    for (size_t i = 0; i < COUNT(wide); i++)
        wide[i] = (struct answer){-1, true, -1, -1, -1};
    struct decision d = {UINT64_MAX, -1, -1, true, 3, wide, {true, -1, -1, -1, {1}, UINT64_MAX}};
    assert_int_equal(codec_decision_write(&d, bytes, sizeof(bytes)), codec_decision_size(3));
    d = (struct decision){.count = 0};
    assert_int_equal(codec_decision_write(&d, bytes, sizeof(bytes)), 0);
}

static bool accepted_by_protobuf_c(const uint8_t *bytes, size_t len)
{
    uint8_t again[MESSAGE_BYTES];
    Saldo__V1__Decision *m = saldo__v1__decision__unpack(NULL, len, bytes);
    if (m == NULL)
        return false;
    bool good = m->base.n_unknown_fields == 0 && saldo__v1__decision__get_packed_size(m) == len &&
                saldo__v1__decision__pack(m, again) == len && memcmp(again, bytes, len) == 0;
    for (size_t i = 0; i < m->n_answers; i++)
        good = good && m->answers[i]->base.n_unknown_fields == 0;
    if (m->batch != NULL)
        good = good && m->batch->base.n_unknown_fields == 0 && m->batch->n_lines == 0 &&
               m->batch->next[0] == '\0' && m->batch->hash.len == LIMIT_HASH_BYTES;
    saldo__v1__decision__free_unpacked(m, NULL);
    return good;
}

static void test_agrees_with_protobuf_c(void **state)
{
    (void)state;
    struct dice dice = dice_of_environment();
    struct arena source;
    int taken = 0;
    arena_init(&source, memory, sizeof(memory));
    for (int i = 0; i < 60000; i++) {
        static uint8_t bytes[MESSAGE_BYTES];
        static uint8_t again[LIMIT_BATCH_ITEMS * 50];
        struct random_message random = {&dice, &source, 0};
        struct decision d;
        arena_reset(&source);
        Saldo__V1__Decision *m =
            (Saldo__V1__Decision *)random_message(&random, &saldo__v1__decision__descriptor);
        assert_non_null(m);
        if (m->batch != NULL && dice_below(&dice, 10) != 0) {
            static char none[] = ""; /* what only the reply to a query has */
            m->batch->n_lines = 0;
            m->batch->next = none;
        }
        size_t len = mutate(&dice, bytes, saldo__v1__decision__pack(m, bytes));
        bool accepted = codec_decision_read(bytes, len, &d, answers);
        assert_int_equal(accepted, accepted_by_protobuf_c(bytes, len));
        if (!accepted)
            continue;
        taken++;
        assert_int_equal(codec_decision_write(&d, again, sizeof(again)), len);
        assert_memory_equal(again, bytes, len);
    }
    assert_in_range(taken, 6000, 54000);
}

static void test_count(void **state)
{
    (void)state;
    static uint8_t bytes[2 * (LIMIT_BATCH_ITEMS + 1)];
    struct decision d;
    for (size_t i = 0; i < sizeof(bytes); i += 2)
        bytes[i] = 0x2a; /* an answer of nothing but defaults */
    assert_true(codec_decision_read(bytes, sizeof(bytes) - 2, &d, answers));
    assert_int_equal(d.count, LIMIT_BATCH_ITEMS);
    assert_false(codec_decision_read(bytes, sizeof(bytes), &d, answers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_agrees_with_protobuf_c),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
