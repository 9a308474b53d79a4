/* The numbers of the outcomes are for ever: tests/golden/outcomes.txt may only grow. */
#include "outcome.h"
#include "tests/support/unit.h"

#define OUTCOME_ROW(name, number, text) {number, #name, text},
static const struct {
    int number;
    const char *name;
    const char *text;
} rows[] = {OUTCOME_LIST(OUTCOME_ROW)};

static void test_golden(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/outcomes.txt", "r");
    char want[256];
    assert_non_null(file);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char have[256];
        snprintf(have, sizeof(have), "%d %s\n", rows[i].number, rows[i].name);
        assert_non_null(fgets(want, sizeof(want), file));
        assert_string_equal(have, want);
    }
    assert_null(fgets(want, sizeof(want), file)); /* none was taken away */
    fclose(file);
}

static void test_names_and_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(outcome_name(rows[i].number), rows[i].name);
        assert_string_equal(outcome_text(rows[i].number), rows[i].text);
        assert_true(i == 0 || rows[i].number > rows[i - 1].number);
    }
    assert_string_equal(outcome_name(-1), "UNKNOWN");
    assert_string_equal(outcome_text(9999), "unknown outcome");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_names_and_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
