/* The tables against a plain model: random rows, two checkpoints at a time, one digest. */
#include "tests/support/tables_kit.h"

enum { MODEL_KEYS = 400, ROUNDS = 40, ENTRIES = 30 };

struct model_row {
    enum row_kind kind;
    uint8_t key[32];
    size_t key_len;
    uint8_t value[300];
    size_t value_len;
    bool there;
};

static struct model_row model[MODEL_KEYS + ROUNDS * ENTRIES * 2];
static size_t model_count;
static uint64_t dice;

static uint64_t roll(uint64_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (dice >> 11) % sides;
}

static struct model_row *model_find(enum row_kind kind, const uint8_t *key, size_t key_len)
{
    for (size_t i = 0; i < model_count; i++)
        if (model[i].kind == kind && model[i].key_len == key_len &&
            memcmp(model[i].key, key, key_len) == 0)
            return &model[i];
    return NULL;
}

static struct model_row *model_add(enum row_kind kind, const uint8_t *key, size_t key_len)
{
    struct model_row *r = model_find(kind, key, key_len);
    if (r != NULL)
        return r;
    assert_true(model_count < sizeof(model) / sizeof(model[0]));
    r = &model[model_count++];
    *r = (struct model_row){.kind = kind, .key_len = key_len};
    memcpy(r->key, key, key_len);
    return r;
}

/* A random new value (or, sometimes, a deletion); an id keeps the number at its start. */
static void change(struct model_row *r, struct checkpoint *a, struct checkpoint *b)
{
    const size_t fixed = r->kind == ROW_ID ? 8 : 0;
    r->there = roll(5) > 0;
    r->value_len = fixed + roll(sizeof(r->value) - fixed);
    for (size_t i = fixed; i < r->value_len; i++)
        r->value[i] = (uint8_t)roll(256);
    checkpoint_put(a, r->kind, r->key, r->key_len, r->there ? r->value : NULL, r->value_len);
    checkpoint_put(b, r->kind, r->key, r->key_len, r->there ? r->value : NULL, r->value_len);
}

/* A new entry's charge and id. */
static void add_entry(uint64_t entry, struct checkpoint *a, struct checkpoint *b)
{
    uint8_t key[20];
    charge_key(row_number(entry, roll(8192)), key);
    change(model_add(ROW_CHARGE, key, 16), a, b);
    id_key(roll(1 << 20), key);
    struct model_row *id = model_find(ROW_ID, key, 20);
    if (id == NULL) {
        id = model_add(ROW_ID, key, 20);
        struct writer w = {.bytes = id->value, .size = 8};
        put_u64(&w, row_number(entry, roll(8192)));
    }
    change(id, a, b);
}

static void random_round(uint64_t entry, struct checkpoint *a, struct checkpoint *b)
{
    for (uint64_t e = entry - ENTRIES + 1; e <= entry; e++)
        add_entry(e, a, b);
    for (int i = 0; i < 150; i++) {
        uint8_t key[2] = {(uint8_t)roll(6), (uint8_t)roll(2)};
        const enum row_kind kind = (enum row_kind)roll(ROW_CHARGE);
        change(model_add(kind, key, 1 + roll(2)), a, b);
        change(&model[roll(model_count)], a, b); /* of any kind, old charges too */
    }
}

struct scanned {
    enum row_kind kind;
    const uint8_t *last;
    size_t last_len;
    size_t count;
};

static bool scanned_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                        size_t value_len)
{
    struct scanned *s = arg;
    const struct model_row *r = model_find(s->kind, key, key_len);
    assert_non_null(r);
    assert_true(r->there);
    assert_int_equal(r->value_len, value_len);
    assert_memory_equal(r->value, value, value_len);
    if (s->last != NULL) {
        const int order = memcmp(s->last, key, s->last_len < key_len ? s->last_len : key_len);
        assert_true(order < 0 || (order == 0 && s->last_len < key_len));
    }
    s->last = r->key;
    s->last_len = key_len;
    s->count++;
    return true;
}

/* Every row scanned is the model's, in order, and none is missing. */
static void compare(struct tables *t)
{
    const struct ledger_source s = tables_source(t);
    size_t there = 0, count = 0;
    for (size_t i = 0; i < model_count; i++) {
        there += model[i].there;
        if (!model[i].there)
            assert_null(get(t, model[i].kind, model[i].key, model[i].key_len));
    }
    for (unsigned kind = 0; kind < ROW_KIND_COUNT; kind++) {
        struct scanned seen = {.kind = (enum row_kind)kind};
        assert_int_equal(s.scan(t, seen.kind, NULL, 0, NULL, 0, scanned_row, &seen), FAULT_NONE);
        count += seen.count;
    }
    assert_int_equal(count, there);
}

static void test_random_rows_as_the_model_has_them(void **state)
{
    char often[256], seldom[256];
    const char *seed = getenv("SALDO_SEED");
    dice = seed != NULL ? strtoull(seed, NULL, 0) : 20180401;
    print_message("SALDO_SEED=%llu\n", (unsigned long long)dice);
    snprintf(often, sizeof(often), "%s/often", (char *)*state);
    snprintf(seldom, sizeof(seldom), "%s/seldom", (char *)*state);
    struct tables *a = must_open(often, TABLES_MAP), *b = must_open(seldom, TABLES_MAP);
    struct checkpoint *rows_b = checkpoint_new();
    model_count = 0;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        struct checkpoint *rows_a = checkpoint_new();
        random_round(round * ENTRIES, rows_a, rows_b);
        finish(a, rows_a, round * ENTRIES);
        assert_int_equal(tables_refresh(a), FAULT_NONE);
        compare(a);
        if (round < ROUNDS && roll(4) > 0)
            continue;
        finish(b, rows_b, round * ENTRIES);
        rows_b = checkpoint_new();
        if (roll(2) == 0) {
            tables_close(b);
            b = must_open(seldom, TABLES_MAP);
        }
        assert_int_equal(tables_refresh(b), FAULT_NONE);
        const struct hash x = digest(a), y = digest(b);
        assert_memory_equal(&x, &y, sizeof(x));
    }
    checkpoint_free(rows_b);
    compare(b);
    tables_close(a);
    tables_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_rows_as_the_model_has_them, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
