/* Pools and indexes against a plain array: what was added is found, what was removed is not. */
#include "ledger/pool.h"
#include "ledger/sort.h"
#include "tests/support/dice.h"
#include "tests/support/unit.h"

#define ITEMS 200
#define SLOTS 512
#define STEPS 200000

struct thing {
    uint32_t link; /* where the pool keeps its free list */
    uint32_t name;
};

struct fixture {
    struct thing things[ITEMS + 1];
    uint32_t slots[SLOTS];
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
    f->index = (struct index){f->slots, SLOTS - 1};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* Few hashes, all near the end of the slots: long runs that wrap round. */
static uint64_t name_hash(uint32_t name)
{
    return (uint64_t)(name % 7) * 3 + SLOTS - 12 + ((uint64_t)name << 32);
}

static uint64_t item_hash(const void *context, uint32_t item)
{
    const struct fixture *f = context;
    return name_hash(f->things[item].name);
}

static uint32_t find(const struct fixture *f, uint32_t name)
{
    uint32_t item;
    for (uint64_t at = name_hash(name); (item = index_item(&f->index, at)) != 0; at++)
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
    index_add(&f->index, name_hash(name), item);
}

static void drop(struct fixture *f, uint32_t item)
{
    index_remove(&f->index, name_hash(f->named[item]), item, item_hash, f);
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

static void test_index_against_array(void **state)
{
    struct fixture *f = *state;
    struct dice dice = {17};
    uint32_t next = 1;
    for (int step = 0; step < STEPS; step++) {
        uint32_t item = 1 + dice_below(&dice, ITEMS);
        if (f->named[item] != 0)
            drop(f, item);
        else if (pool_left(&f->pool) > 0)
            add(f, next++);
        assert_int_equal(find(f, next), 0);
        if (step % 1000 == 0)
            check_all(f);
    }
    check_all(f);
    for (uint32_t item = 1; item <= ITEMS; item++)
        if (f->named[item] != 0)
            drop(f, item);
    for (uint32_t i = 0; i < SLOTS; i++)
        assert_int_equal(f->slots[i], 0);
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
        cmocka_unit_test(test_sort_against_qsort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
