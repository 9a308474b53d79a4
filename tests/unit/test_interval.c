/* Lists of intervals against a plain array: of any kind, in any order. */
#include "ledger/interval.h"
#include "tests/support/dice.h"
#include "tests/support/unit.h"

#define MOST  400
#define STEPS 40000

struct fixture {
    struct ledger *l;
    struct dice dice;
    uint32_t list;
    struct interval held[MOST];
    uint32_t count;
};

static int setup(void **state)
{
    static const struct ledger_limits limits = {.charges = 10, .vouchers = 10, .buckets = 10};
    static const struct ledger_genesis genesis = {.simulated = true};
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->dice = dice_of_environment();
    assert_int_equal(ledger_new(&limits, &genesis, &f->l), FAULT_NONE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ledger_free(f->l);
    free(f);
    return 0;
}

static struct interval minutes(uint32_t from, uint32_t to)
{
    return (struct interval){from * INTERVAL_MINUTE_MS, to * INTERVAL_MINUTE_MS};
}

static struct interval any_interval(struct fixture *f)
{
    struct interval i;
    i.from = (uint32_t)dice_below(&f->dice, 44640) * INTERVAL_MINUTE_MS;
    i.to = i.from + (1 + (uint32_t)dice_below(&f->dice, 600)) * INTERVAL_MINUTE_MS;
    if (dice_below(&f->dice, 3) == 0)
        i.to -= 1 + (uint32_t)dice_below(&f->dice, 59999);
    if (dice_below(&f->dice, 3) == 0)
        i.from += (uint32_t)dice_below(&f->dice, i.to - i.from);
    return i;
}

static bool same(struct interval a, struct interval b)
{
    return a.from == b.from && a.to == b.to;
}

static void assert_held(const struct fixture *f)
{
    bool seen[MOST] = {false};
    uint32_t count = 0, chunks = 0;
    for (uint32_t at = f->list; at != 0; at = interval_chunk(f->l, at)->next, chunks++)
        for (uint32_t n = 0; n < interval_chunk(f->l, at)->count; n++, count++) {
            uint32_t i = 0;
            while (i < f->count &&
                   (seen[i] || !same(f->held[i], interval_at(interval_chunk(f->l, at), n))))
                i++;
            assert_in_range(i + 1, 1, f->count);
            seen[i] = true;
        }
    assert_int_equal(count, f->count);
    assert_int_equal(chunks, f->l->chunks.live);
}

static void test_like_a_plain_array(void **state)
{
    struct fixture *f = *state;
    for (int step = 0; step < STEPS; step++) {
        const struct interval i = any_interval(f);
        bool meets = false;
        for (uint32_t n = 0; n < f->count; n++)
            meets |= i.from < f->held[n].to && f->held[n].from < i.to;
        assert_int_equal(intervals_overlap(f->l, f->list, i), meets);
        if (f->count < MOST && dice_below(&f->dice, 100) < (step / 1000 % 2 != 0 ? 40 : 60)) {
            intervals_add(f->l, &f->list, i);
            f->held[f->count++] = i;
        } else if (f->count > 0) {
            const uint32_t n = (uint32_t)dice_below(&f->dice, f->count);
            assert_true(intervals_remove(f->l, &f->list, f->held[n]));
            f->held[n] = f->held[--f->count];
        }
        if (step % 100 == 0)
            assert_held(f);
    }
    intervals_drop(f->l, f->list);
    assert_int_equal(f->l->chunks.live, 0);
}

/* What prepare makes room for is enough, however the kinds alternate. */
static void test_chunks_are_full_enough(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < 4000; i++) {
        intervals_add(f->l, &f->list, any_interval(f));
        assert_in_range(f->l->chunks.live, 1, intervals_chunks(i + 1));
    }
    intervals_drop(f->l, f->list);
    f->list = 0;
    for (uint32_t i = 0; i < 600; i++)
        intervals_add(f->l, &f->list, minutes(i, i + 1));
    assert_int_equal(f->l->chunks.live, 100); /* six services in 32 bytes */
    intervals_drop(f->l, f->list);
}

static void test_ends_of_a_month(void **state)
{
    struct fixture *f = *state;
    static const struct interval ends[] = {
        {0, 1}, {0, 60000}, {UINT32_MAX - 1, UINT32_MAX}, {60000, 71582 * UINT32_C(60000)}};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        intervals_add(f->l, &f->list, minutes(1, 2));
        intervals_add(f->l, &f->list, ends[i]);
        assert_true(intervals_remove(f->l, &f->list, ends[i]));
        assert_false(intervals_remove(f->l, &f->list, ends[i]));
    }
    assert_false(intervals_overlap(f->l, f->list, minutes(2, 3)));
    assert_false(intervals_overlap(f->l, f->list, minutes(0, 1)));
    assert_true(intervals_overlap(f->l, f->list, (struct interval){119999, 120000}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_like_a_plain_array, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chunks_are_full_enough, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_of_a_month, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
