/* The model against the pilots: the answers, batches and balances that were worked out elsewhere.
 * This proves the model before it is used to prove the ledger. */
#include "tests/support/unit.h"

#include <inttypes.h>

#include "outcome.h"
#include "tests/support/keys.h"
#include "tests/support/model.h"
#include "tests/support/pilot.h"
#include "tests/support/sheet.h"
#include "tests/support/tape.h"

struct run {
    struct model *model;
    struct tape tape;
    struct sheet answers;
    struct sheet balances;
    bool balances_left;
    size_t compared_answers;
    size_t compared_balances;
};

static void expect_answer(struct run *run, const struct answer *got)
{
    struct sheet *want = &run->answers;
    assert_true(sheet_next(want));
    const char *name = outcome_name(got->code);
    if (strcmp(sheet_text(want, "code"), name) != 0 || sheet_number(want, "have") != got->have ||
        sheet_number(want, "need") != got->need)
        fail_msg("line %zu: want %s %" PRId64 " %" PRId64 ", got %s %" PRId64 " %" PRId64,
                 want->number, sheet_text(want, "code"), sheet_number(want, "have"),
                 sheet_number(want, "need"), name, got->have, got->need);
    run->compared_answers++;
}

static size_t find_voucher(const struct model *m, const char *number)
{
    struct model_voucher v;
    for (size_t i = 0; i < model_voucher_count(m); i++) {
        model_voucher(m, i, 0, &v);
        if (strcmp(v.number, number) == 0)
            return i;
    }
    fail_msg("no voucher %s", number);
    return 0;
}

static int32_t month_of(const char *bucket)
{
    int32_t day = 0;
    char text[16];
    if (strchr(bucket, '-') == NULL)
        return 0;
    snprintf(text, sizeof(text), "%s-01", bucket);
    day = pilot_day(text);
    assert_int_not_equal(day, 0);
    return atoi(text) * 12 + atoi(text + 5) - 1;
}

static void expect_balances(struct run *run, int32_t day)
{
    struct sheet *want = &run->balances;
    while (run->balances_left && pilot_day(sheet_text(want, "day")) == day) {
        struct model_balance b;
        size_t v = find_voucher(run->model, sheet_text(want, "voucher"));
        model_balance(run->model, v, day, day, &b);
        if (b.bucket != month_of(sheet_text(want, "bucket")) ||
            b.posted != sheet_number(want, "posted") ||
            b.pending != sheet_number(want, "pending") ||
            b.available != sheet_number(want, "available"))
            fail_msg("balance line %zu (%s): got %" PRId64 " %" PRId64 " %" PRId64, want->number,
                     sheet_text(want, "voucher"), b.posted, b.pending, b.available);
        run->compared_balances++;
        run->balances_left = sheet_next(want);
    }
}

static void apply(void *arg, const struct pilot_entry *p)
{
    struct run *run = arg;
    struct tape_request request;
    struct answer answer;
    struct batch_summary batch;
    struct test_key key;
    test_key(p->key, &key);
    struct tape_entry e = {.time_ms = p->time_ms,
                           .day = model_local_day(p->time_ms),
                           .level = LEDGER_LEVEL,
                           .purpose = p->purpose};
    memcpy(e.key_id, key.id, sizeof(e.key_id));
    tape_unpack(tape_add(&run->tape, &e, p->message), &request);
    model_apply(run->model, &request.entry, &answer, &batch);
    tape_release(&request);
    if (p->line != 0)
        expect_answer(run, &answer);
    else
        assert_string_equal(outcome_name(answer.code), "ACCEPTED");
    if (p->settled != 0)
        expect_balances(run, p->settled);
}

static bool has_line(const struct model *m, const struct sheet *want)
{
    const struct model_line *l;
    for (size_t i = 0; (l = model_line(m, i)) != NULL; i++)
        if (l->day == pilot_day(sheet_text(want, "day")) &&
            strcmp(l->organiser, sheet_text(want, "organiser")) == 0 &&
            strcmp(l->provider, sheet_text(want, "provider")) == 0)
            return l->rows == sheet_number(want, "rows") && l->cents == sheet_number(want, "cents");
    return false;
}

static void expect_batches(const struct model *m)
{
    struct sheet want;
    size_t count = 0;
    sheet_open(&want, PILOT_FOLDER, "expected/batches.csv");
    for (; sheet_next(&want); count++)
        if (!has_line(m, &want))
            fail_msg("batches line %zu is not what the model settled", want.number);
    assert_null(model_line(m, count)); /* and nothing else */
}

static void test_pilots(void **state)
{
    (void)state;
    struct run run = {0};
    struct ledger_genesis genesis = {.simulated = true, .clock_skew_ms = 300000};
    struct test_key administrator;
    test_key(PILOT_ADMINISTRATOR, &administrator);
    memcpy(genesis.administrator_key, administrator.public, LIMIT_KEY_BYTES);
    run.model = model_new(&genesis);
    sheet_open(&run.answers, PILOT_FOLDER, "expected/answers.csv");
    sheet_open(&run.balances, PILOT_FOLDER, "expected/balances.csv");
    run.balances_left = sheet_next(&run.balances);
    pilot_play(apply, &run);
    assert_false(sheet_next(&run.answers));
    assert_false(run.balances_left);
    assert_int_equal(run.compared_answers, 2956);
    assert_int_equal(run.compared_balances, 612);
    expect_batches(run.model);
    tape_clear(&run.tape);
    model_free(run.model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pilots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
