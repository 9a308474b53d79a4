/* Pools and indexes against a plain array: what was added is found, what was removed is not. */
#include "ledger/index.h"
#include "ledger/pool.h"
#include "ledger/sort.h"
#include "tests/support/dice.h"
#include "tests/support/unit.h"

#define ITEMS 40000
#define STEPS 300000

struct thing {
    uint32_t link; /* where the pool keeps its free list */
    uint32_t name;
};

struct fixture {
    struct thing things[ITEMS + 1];
    struct index_slot aside[INDEX_ASIDE];
    struct pool pool;
    struct index index;
    uint32_t named[ITEMS + 1]; /* the plain array: the name of each item, 0: free */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->pool = (struct pool){.items = (unsigned char *)f->things,
                            .item_size = sizeof(struct thing),
                            .capacity = ITEMS + 1,
                            .used = 1};
    f->index.slots = calloc(index_slots(ITEMS), sizeof(*f->index.slots));
    assert_non_null(f->index.slots);
    f->index.aside = f->aside;
    f->index.most = ITEMS;
    index_init(&f->index);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->index.slots);
    free(f);
    return 0;
}

/* One in four at the last place there is, or just before: long runs that go beyond it, and tags of
 * which some are the same. */
static uint64_t name_hash(uint32_t name)
{
    return name % 4 == 0 && name % 64 < 40 ? (uint64_t)(UINT32_MAX - name % 7) << 32
                                           : hash_mix(name);
}

static uint32_t find(const struct fixture *f, uint32_t name)
{
    uint32_t item;
    struct index_walk w = index_walk(&f->index, name_hash(name));
    while ((item = index_next(&w)) != 0)
        if (f->things[item].name == name)
            return item;
    return 0;
}

static void add(struct fixture *f, uint32_t name)
{
    uint32_t item = pool_take(&f->pool);
    assert_in_range(item, 1, ITEMS);
    assert_int_equal(f->named[item], 0);
    assert_int_equal(f->things[item].name, 0); /* handed out zeroed */
    f->things[item].name = name;
    f->named[item] = name;
    index_put(&f->index, name_hash(name), item);
}

static void drop(struct fixture *f, uint32_t item)
{
    index_remove(&f->index, name_hash(f->named[item]), item);
    pool_give(&f->pool, item);
    f->named[item] = 0;
}

static void check_all(const struct fixture *f)
{
    uint32_t live = 0;
    for (uint32_t item = 1; item <= ITEMS; item++) {
        if (f->named[item] == 0)
            continue;
        live++;
        assert_int_equal(find(f, f->named[item]), item);
    }
    assert_int_equal(live, f->pool.live);
    assert_int_equal(ITEMS - live, pool_left(&f->pool));
}

/* Grows to `most` items and more, shrinks, and grows again. */
static void change_some(struct fixture *f, struct dice *dice, uint32_t most, uint32_t *next)
{
    for (int step = 0; step < STEPS; step++) {
        uint32_t item = 1 + dice_below(dice, most);
        if (f->named[item] != 0 && dice_below(dice, 2) == 0)
            drop(f, item);
        else if (pool_left(&f->pool) > 0 && f->pool.live < most)
            add(f, (*next)++);
        assert_int_equal(find(f, *next), 0);
        if (step % 10000 == 0)
            check_all(f);
    }
    check_all(f);
}

static void test_index_against_array(void **state)
{
    struct fixture *f = *state;
    struct dice dice = {17};
    uint32_t next = 1;
    change_some(f, &dice, 500, &next);
    change_some(f, &dice, 15000, &next);
    assert_true(f->index.places >= 1 << 13);
    for (uint32_t item = 1; item <= ITEMS; item++)
        if (f->named[item] != 0)
            drop(f, item);
    for (size_t i = 0; i < index_slots(ITEMS); i++)
        assert_int_equal(f->index.slots[i].item, 0);
}

/* Whatever is asked for while the slots become more, a few at a time. */
static void test_index_while_it_grows(void **state)
{
    struct fixture *f = *state;
    bool seen = false;
    for (uint32_t name = 1; name <= ITEMS; name++) {
        add(f, name * 4 + (name % 8 != 0)); /* some of them in a long run */
        bool halfway = f->index.split < f->index.places;
        if (halfway && name % 16 == 0) {
            drop(f, 1 + name / 2);
            check_all(f);
            add(f, name * 4 + 3);
            seen = true;
        }
    }
    assert_true(seen);
    check_all(f);
    index_clear(&f->index);
    assert_int_equal(find(f, 5), 0);
}

static int compare_numbers(const void *context, const void *a, const void *b)
{
    uint32_t x, y;
    (void)context;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return x < y ? -1 : x > y;
}

static int compare_for_qsort(const void *a, const void *b)
{
    return compare_numbers(NULL, a, b);
}

static void test_sort_against_qsort(void **state)
{
    (void)state;
    struct dice dice = {18};
    for (int round = 0; round < 2000; round++) {
        uint32_t ours[100], theirs[100];
        size_t count = dice_below(&dice, COUNT(ours) + 1);
        for (size_t i = 0; i < count; i++)
            ours[i] = dice_below(&dice, 50);
        memcpy(theirs, ours, sizeof(ours[0]) * count);
        sort_items(ours, count, sizeof(ours[0]), compare_numbers, NULL);
        qsort(theirs, count, sizeof(theirs[0]), compare_for_qsort);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(ours[i], theirs[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_index_against_array, setup, teardown),
        cmocka_unit_test_setup_teardown(test_index_while_it_grows, setup, teardown),
        cmocka_unit_test(test_sort_against_qsort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
