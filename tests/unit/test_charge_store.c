/* Charges in memory: whatever a charge holds comes back, and cells come and go in their
 * order. */
#include "ledger/charge_store.h"
#include "tests/support/dice.h"
#include "tests/support/unit.h"

#define CHARGES 20000
#define STEPS   400000

struct fixture {
    struct ledger *l;
    struct dice dice;
    struct charge_row rows[CHARGES];
};

static int setup(void **state)
{
    static const struct ledger_limits limits = {
        .charges = CHARGES, .vouchers = 10, .buckets = 10, .seed = 7};
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

/* Small, large, and the ends of what 64 bits hold. */
static int64_t any(struct dice *d)
{
    static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    switch (dice_below(d, 4)) {
    case 0:
        return ends[dice_below(d, sizeof(ends) / sizeof(ends[0]))];
    case 1:
        return (int64_t)dice_below(d, 100000) * 60000;
    case 2:
        return (int64_t)(dice_roll(d) >> dice_below(d, 64));
    default:
        return (int64_t)dice_roll(d);
    }
}

static struct charge_row any_charge(struct dice *d)
{
    struct charge_row c;
    memset(&c, 0, sizeof(c)); /* compared as bytes */
    for (size_t i = 0; i < sizeof(c.id); i++)
        c.id[i] = (uint8_t)dice_roll(d);
    c.digest = dice_roll(d);
    c.number = (uint64_t)any(d);
    c.recorded_ms = any(d);
    c.start_ms = any(d);
    c.end_ms = any(d);
    c.have = any(d);
    c.need = any(d);
    c.owner = (uint32_t)dice_roll(d);
    c.digits = (int32_t)any(d);
    c.quantity = (int32_t)any(d);
    c.county = (int32_t)any(d);
    c.copay = (int32_t)any(d);
    c.credited_cents = dice_below(d, 2) != 0 ? 0 : (int32_t)any(d);
    c.credited_quantity = dice_below(d, 2) != 0 ? 0 : (int32_t)any(d);
    c.settle_day = dice_below(d, 3) == 0 ? CALENDAR_DAY_OPEN : (int32_t)any(d);
    c.pays_on = (int32_t)any(d);
    c.service = (uint16_t)any(d);
    c.rate_class = (uint16_t)any(d);
    c.code = (uint16_t)any(d);
    c.state = (uint8_t)dice_below(d, CHARGE_REFUSED + 1);
    c.is_command = dice_below(d, 2) != 0;
    return c;
}

static void assert_charge(struct fixture *f, uint32_t item, const struct charge_row *wanted)
{
    struct charge_row c;
    memset(&c, 0, sizeof(c));
    charge_read(f->l, item, &c);
    assert_memory_equal(&c, wanted, sizeof(c));
}

static void test_all_of_it_comes_back(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < CHARGES; i++) {
        f->rows[i] = any_charge(&f->dice);
        assert_charge(f, charge_keep(f->l, &f->rows[i]), &f->rows[i]);
    }
    assert_int_equal(pool_left(&f->l->table[ROW_CHARGE].pool), 0);
    for (int i = 0; i < CHARGES; i++) {
        uint32_t item = charge_find(f->l, f->rows[i].id, f->rows[i].owner);
        assert_int_not_equal(item, 0);
        assert_charge(f, item, &f->rows[i]);
        assert_int_equal(charge_find(f->l, f->rows[i].id, f->rows[i].owner + 1), 0);
    }
}

/* A checkpoint, as far as cells know of one. */
static void all_saved(struct ledger *l)
{
    charge_store_freeze(l);
    charge_store_thaw(l);
}

/* So many as the ledger was told to hold, each as long as it can be: none finds no room. */
static void test_room_is_for_the_longest(void **state)
{
    static const struct ledger_limits limits = {
        .charges = 5 * CHARGES, .vouchers = 1, .buckets = 1};
    static const struct ledger_genesis genesis = {.simulated = true};
    struct charge_row c;
    struct ledger *l;
    uint32_t units = 0;
    (void)state;
    memset(&c, 0, sizeof(c));
    c.owner = UINT32_MAX;
    c.recorded_ms = c.start_ms = c.have = c.need = INT64_MIN;
    c.end_ms = 1;
    c.digits = c.quantity = c.county = c.copay = c.credited_cents = INT32_MIN;
    c.pays_on = c.settle_day = c.credited_quantity = INT32_MIN;
    c.service = c.rate_class = c.code = UINT16_MAX;
    c.state = UINT8_MAX;
    assert_int_equal(ledger_new(&limits, &genesis, &l), FAULT_NONE);
    for (uint32_t i = 0; i < limits.charges; i++) {
        c.number = i * (UINT64_MAX / 5); /* far from its neighbours' */
        units = charge_cell(l, charge_store_add(l, &c))->units;
    }
    assert_in_range(units, CHARGE_UNITS_MOST - 1, CHARGE_UNITS_MOST);
    for (uint32_t i = 0; i < 3 * limits.charges; i++) { /* wherever the oldest stands */
        all_saved(l);
        charge_store_drop_oldest(l);
        c.number = i * (UINT64_MAX / 5);
        (void)charge_store_add(l, &c);
    }
    assert_int_equal(pool_left(&l->table[ROW_CHARGE].pool), 0);
    ledger_free(l);
}

/* What charges of a day look like: the memory that the architecture promises. */
static void test_usual_charge_is_small(void **state)
{
    struct fixture *f = *state;
    struct charge_row c;
    memset(&c, 0, sizeof(c));
    const int64_t now_ms = calendar_instant_ms(20500, 13 * 60) + 12345;
    for (int i = 0; i < 6; i++)
        c.id[i] = (uint8_t)(now_ms >> (40 - 8 * i));
    c.number = UINT64_C(40000) << LEDGER_INDEX_BITS | 8000;
    c.recorded_ms = now_ms + 150;
    c.start_ms = calendar_instant_ms(20499, 9 * 60);
    c.end_ms = calendar_instant_ms(20499, 10 * 60 + 15);
    c.have = 123456;
    c.need = c.county = 3450;
    c.owner = 3;
    c.digits = 123456789;
    c.quantity = 75;
    c.copay = 700;
    c.settle_day = 20500;
    c.pays_on = 20510;
    c.service = c.rate_class = 2;
    c.state = CHARGE_APPROVED;
    uint32_t item = charge_keep(f->l, &c);
    assert_in_range(charge_cell(f->l, item)->units * CHARGE_UNIT, 1, 56);
    assert_charge(f, item, &c);
}

/* A correction keeps the item or moves it; the last content is what is found. */
static void test_changes(void **state)
{
    struct fixture *f = *state;
    uint32_t moved = 0;
    const int count = CHARGES / 4;
    for (int i = 0; i < count; i++) {
        f->rows[i] = any_charge(&f->dice);
        (void)charge_keep(f->l, &f->rows[i]);
    }
    for (int i = 0; i < count; i++) {
        struct charge_row *c = &f->rows[i];
        uint32_t item = charge_find(f->l, c->id, c->owner);
        c->state = CHARGE_APPROVED;
        c->settle_day = 20500;
        c->credited_cents = (int32_t)any(&f->dice);
        charge_change(f->l, item, c);
        uint32_t now = charge_find(f->l, c->id, c->owner);
        moved += now != item;
        assert_int_equal(row_live(f->l, ROW_CHARGE, item), now == item);
        assert_charge(f, now, c);
    }
    assert_in_range(moved, 1, count - 1);
    assert_int_equal(f->l->table[ROW_CHARGE].pool.live, (uint32_t)count + moved);
}

/* Oldest first, and the memory of what has gone is used again. */
static void test_memory_is_used_again(void **state)
{
    struct fixture *f = *state;
    uint32_t first = 0, next = 0;
    for (int step = 0; step < STEPS; step++) {
        if (next - first < CHARGES / 2 && dice_below(&f->dice, 2) != 0) {
            f->rows[next % CHARGES] = any_charge(&f->dice);
            (void)charge_store_add(f->l, &f->rows[next++ % CHARGES]);
        } else if (first < next) {
            assert_charge(f, f->l->charges.oldest, &f->rows[first++ % CHARGES]);
            all_saved(f->l);
            charge_store_drop_oldest(f->l);
        }
        assert_int_equal(f->l->table[ROW_CHARGE].pool.live, next - first);
        assert_int_equal(f->l->charges.oldest != 0, next > first);
    }
    uint32_t item = f->l->charges.oldest;
    for (uint32_t i = first; i < next; i++, item = charge_store_next(f->l, item))
        assert_charge(f, item, &f->rows[i % CHARGES]);
    assert_int_equal(item, 0);
    assert_in_range(f->l->charges.fresh, 1, 60); /* of 400,000 cells; 10,000 take some 20 */
}

/* ---- What the next checkpoint gets ----------------------------------------------------------- */

struct told {
    uint32_t charges;
    uint32_t ids;
};

static void tell(void *arg, enum row_kind kind, const uint8_t *key, size_t key_len,
                 const uint8_t *value, size_t value_len)
{
    struct told *t = arg;
    (void)key, (void)key_len;
    assert_non_null(value);
    assert_in_range(value_len, 1, LEDGER_ROW_MAX);
    t->charges += kind == ROW_CHARGE;
    t->ids += kind == ROW_ID;
}

static void plain_charge(struct charge_row *c, uint32_t number)
{
    memset(c, 0, sizeof(*c));
    memcpy(c->id, &number, sizeof(number));
    c->number = number;
    c->digits = 100000000;
    c->settle_day = CALENDAR_DAY_OPEN;
}

/* Content that needs a longer cell than what is there. */
static void longer(struct fixture *f, struct charge_row *c)
{
    c->credited_cents = c->credited_cents == 0 ? 1 << 6 : c->credited_cents << 7;
    c->credited_quantity = INT32_MAX;
    charge_change(f->l, charge_find(f->l, c->id, c->owner), c);
}

static struct told checkpoint_out(struct fixture *f)
{
    struct told t = {0};
    ledger_freeze_sink(f->l, tell, &t);
    ledger_freeze(f->l);
    while (!ledger_freeze_step(f->l, 3)) {
    }
    return t;
}

static uint32_t unsaved(const struct ledger *l)
{
    uint32_t n = 0;
    for (uint32_t at = charge_store_first_unsaved(l); at != 0; at = charge_store_next(l, at))
        n += row_live(l, ROW_CHARGE, at) && row_changed(l, ROW_CHARGE, at);
    return n;
}

/* Each charge once, as it stood when the freeze began, and its id once in its life. */
static void test_checkpoint_gets_each_once(void **state)
{
    struct fixture *f = *state;
    struct charge_row taken;
    for (uint32_t i = 0; i < 10; i++) {
        plain_charge(&f->rows[i], i + 1);
        (void)charge_keep(f->l, &f->rows[i]);
    }
    plain_charge(&taken, 11);
    (void)charge_take_in(f->l, &taken);
    longer(f, &f->rows[0]);
    assert_int_equal(unsaved(f->l), 10);
    struct told t = checkpoint_out(f);
    assert_int_equal(t.charges, 10);
    assert_int_equal(t.ids, 10);
    assert_int_equal(unsaved(f->l), 10); /* the tables do not say that they have them */
    longer(f, &f->rows[1]);
    longer(f, &f->rows[2]);
    longer(f, &taken);
    ledger_thaw(f->l);
    assert_int_equal(unsaved(f->l), 3);
    assert_charge(f, charge_find(f->l, f->rows[1].id, 0), &f->rows[1]);
    while (!ledger_evict_step(f->l, 2)) {
    }
    assert_int_equal(f->l->table[ROW_CHARGE].index.held, 3);
    t = checkpoint_out(f);
    assert_int_equal(t.charges, 3);
    assert_int_equal(t.ids, 0);
    ledger_thaw(f->l);
    assert_int_equal(unsaved(f->l), 0);
}

/* A charge that is changed while it is frozen goes out as it was. */
static void test_frozen_stays_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct told t = {0};
    struct charge_row c, was;
    for (uint32_t i = 0; i < 4; i++) {
        plain_charge(&f->rows[i], i + 1);
        (void)charge_keep(f->l, &f->rows[i]);
    }
    const uint32_t last = charge_find(f->l, f->rows[3].id, 0);
    ledger_freeze_sink(f->l, tell, &t);
    ledger_freeze(f->l);
    was = c = f->rows[3];
    c.state = CHARGE_DELETED; /* no longer than before */
    charge_change(f->l, last, &c);
    assert_int_not_equal(charge_find(f->l, c.id, 0), last);
    assert_charge(f, last, &was);
    while (!ledger_freeze_step(f->l, 1)) {
    }
    assert_int_equal(t.charges, 4);
    ledger_thaw(f->l);
    assert_int_equal(unsaved(f->l), 1);
    assert_charge(f, charge_find(f->l, c.id, 0), &c);
}

enum { TAKEN = CHARGES - 1 }; /* one may move */

static void take_in_all(struct fixture *f)
{
    for (uint32_t i = 0; i < TAKEN; i++) {
        plain_charge(&f->rows[i], i + 1);
        (void)charge_take_in(f->l, &f->rows[i]);
    }
    assert_int_equal(pool_left(&f->l->table[ROW_CHARGE].pool), 1);
}

static uint32_t left_after_eviction(struct fixture *f)
{
    while (!ledger_evict_step(f->l, 1000)) {
    }
    return f->l->table[ROW_CHARGE].pool.live;
}

/* What only questions have brought in goes where there is nothing for a checkpoint to do; up to
 * the first that was changed. */
static void test_taken_in_go_without_a_checkpoint(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 3; round++) {
        take_in_all(f);
        assert_int_equal(left_after_eviction(f), 0);
        assert_int_equal(f->l->table[ROW_CHARGE].index.held, 0);
        assert_int_equal(charge_store_first_unsaved(f->l), 0);
    }
    take_in_all(f);
    f->rows[100].credited_cents = 1;
    charge_change(f->l, charge_find(f->l, f->rows[100].id, 0), &f->rows[100]);
    const uint32_t left = left_after_eviction(f);
    assert_in_range(left, 1, TAKEN - 100);
    assert_int_equal(unsaved(f->l), 1);
    struct told t = checkpoint_out(f);
    assert_int_equal(t.charges, 1);
    assert_int_equal(t.ids, 0);
    assert_int_equal(left_after_eviction(f), left); /* frozen ones stay where they are */
    ledger_thaw(f->l);
    assert_int_equal(left_after_eviction(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_of_it_comes_back, setup, teardown),
        cmocka_unit_test(test_room_is_for_the_longest),
        cmocka_unit_test_setup_teardown(test_usual_charge_is_small, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_is_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_checkpoint_gets_each_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_frozen_stays_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(test_taken_in_go_without_a_checkpoint, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
