/* The names of a payout. The vectors are from a few lines of Python after FORMAT.md. */
#include "tests/support/unit.h"

#include <string.h>

#include "base/limits.h"
#include "identifier.h"
#include "payment.h"
#include "tests/support/vectors.h"

#define FORTY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define FORTY_P "PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP"

static struct text text_from(const char *s)
{
    return (struct text){s, (uint32_t)strlen(s)};
}

/* Ledger ids: all of one byte, or counting from it. */
static void id_of(uint8_t first, uint8_t step, uint8_t id[LEDGER_ID_BYTES])
{
    for (int i = 0; i < LEDGER_ID_BYTES; i++)
        id[i] = (uint8_t)(first + step * i);
}

static const struct {
    uint8_t first, step;
    int32_t day;
    const char *organiser, *provider;
    uint32_t number;
    const char *id, *reference;
} vectors[] = {
    {0, 0, 20543, "kainuu", "P0001", 1, "SLD260331AEXEPKFA7Y6WBKIISSIO", "RF88260331000014"},
    {0, 1, 17775, "k", FORTY_P, 99999, "SLD1809015SXEHC3ILQDTACENVTNZ", "RF25180901999994"},
    {255, 0, 10957, FORTY_A, "b", 65536, "SLD000101OEBQC6NLWMPPTUNXCOS6", "RF23000101655367"},
    {0, 0, 47846, "kainuu", "P0001", 12345, "SLD0012317J5H4OHFNT4KTNFKYE4J", "RF02001231123454"},
};

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        uint8_t ledger[LEDGER_ID_BYTES];
        char id[PAYMENT_ID_SIZE];
        char reference[PAYMENT_REFERENCE_SIZE];
        id_of(vectors[i].first, vectors[i].step, ledger);
        payment_end_to_end_id(&(struct payment){ledger, vectors[i].day,
                                                text_from(vectors[i].organiser),
                                                text_from(vectors[i].provider)},
                              id);
        payment_reference(vectors[i].day, vectors[i].number, reference);
        assert_string_equal(id, vectors[i].id);
        assert_string_equal(reference, vectors[i].reference);
    }
}

/* Lengths keep "ab" + "c" and "a" + "bc" apart, and every other part counts too. */
static void test_ids_differ(void **state)
{
    (void)state;
    uint8_t one[LEDGER_ID_BYTES], two[LEDGER_ID_BYTES];
    id_of(1, 0, one);
    id_of(2, 0, two);
    const struct payment rows[] = {
        {one, 20543, text_from("ab"), text_from("c")},
        {one, 20543, text_from("a"), text_from("bc")},
        {two, 20543, text_from("ab"), text_from("c")},
        {one, 20544, text_from("ab"), text_from("c")},
        {one, 20543 + 36525, text_from("ab"), text_from("c")}, /* the same day a century later */
        {one, 20543, text_from("ab"), text_from("d")},
    };
    char ids[COUNT(rows)][PAYMENT_ID_SIZE];
    for (size_t i = 0; i < COUNT(rows); i++) {
        payment_end_to_end_id(&rows[i], ids[i]);
        assert_true(strlen(ids[i]) <= 35);
        for (size_t before = 0; before < i; before++)
            assert_string_not_equal(ids[i], ids[before]);
    }
}

/* Every day of the ledger's calendar, with providers all over their range. */
static void test_references_are_valid(void **state)
{
    (void)state;
    char last[PAYMENT_REFERENCE_SIZE] = "";
    uint32_t provider = 1;
    for (int32_t day = LIMIT_DAY_FIRST; day <= LIMIT_DAY_LAST; day++) {
        char text[PAYMENT_REFERENCE_SIZE];
        payment_reference(day, provider, text);
        assert_int_equal(strlen(text), 16);
        assert_true(identifier_rf_valid(text, strlen(text)));
        assert_true(identifier_reference_valid(text + 4, strlen(text + 4)));
        assert_string_not_equal(text, last);
        memcpy(last, text, sizeof(last));
        provider = provider * 7 % 99991 + 1;
    }
}

/* The example of FORMAT.md. */
static void test_payees(void **state)
{
    (void)state;
    const struct payees_run run = {text_from("kainuu"), 20543, text_from("FI2112345600000785")};
    const struct payee to = {text_from("P0001"),
                             7600,
                             text_from("FI4950009420028730"),
                             text_from("Kotiapu Oy"),
                             text_from("2077474-0"),
                             text_from("SLD260331AEXEPKFA7Y6WBKIISSIO"),
                             text_from("RF88260331000014")};
    struct payees p;
    uint8_t hash[LIMIT_HASH_BYTES];
    char text[2 * LIMIT_HASH_BYTES + 1];
    payees_begin(&p, &run);
    payees_add(&p, &to);
    payees_end(&p, hash);
    for (size_t i = 0; i < sizeof(hash); i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
    assert_string_equal(text, "0e2ad47ac06b561d6138e04a3985271114f0f64fd08d40f99a1c498a476b9f7b");
}

/* The RF check digits of our own numbers are those that the samples have for theirs. */
static void rf_row(const struct vector *v)
{
    bool ours = strcmp(v->expect, "valid") == 0;
    assert_int_equal(identifier_rf_valid(v->value, strlen(v->value)) &&
                         identifier_reference_valid(v->value + 4, strlen(v->value + 4)),
                     ours);
}

static void test_samples(void **state)
{
    (void)state;
    assert_true(vectors_each("rf", rf_row) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_ids_differ),
        cmocka_unit_test(test_references_are_valid),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_payees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
