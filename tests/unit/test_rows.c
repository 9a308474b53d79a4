/* The bytes of rows: a round trip for every kind gives the same bytes, whatever the order of the
 * lists in memory; every truncation, every added byte and another version are refused, and a
 * damaged byte is, or makes another row. */
#include "ledger/charge_store.h"
#include "ledger/rows.h"
#include "tests/support/any_row.h"
#include "tests/support/unit.h"

static const struct ledger_limits limits = {.charges = 1000, .vouchers = 100, .buckets = 100};

struct fixture {
    struct ledger *from;
    struct ledger *to;
    struct any any; /* of `from` */
};

static struct ledger *ledger_made(void)
{
    struct ledger_genesis genesis = {.clock_skew_ms = 1000};
    struct ledger *l;
    memset(genesis.administrator_key, 7, sizeof(genesis.administrator_key));
    assert_int_equal(ledger_new(&limits, &genesis, &l), FAULT_NONE);
    return l;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->from = ledger_made();
    f->to = ledger_made();
    f->any = (struct any){f->from, {5}};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ledger_free(f->from);
    ledger_free(f->to);
    free(f);
    return 0;
}

/* ---- The round trip ------------------------------------------------------------------------- */

struct bytes {
    uint8_t key[LEDGER_KEY_MAX];
    size_t key_len;
    uint8_t value[LEDGER_ROW_MAX + 1];
    size_t len;
};

static void encode(const struct ledger *l, enum row_kind kind, uint32_t item, struct bytes *out)
{
    out->len = row_encode(l, kind, item, out->key, &out->key_len, out->value);
    assert_true(out->len > 0);
    assert_int_equal(out->value[0], ROW_FORMAT);
}

/* From memory of exactly that size, so that a sanitizer sees a step beyond it. */
static uint32_t decode_exact(struct ledger *l, enum row_kind kind, const struct bytes *b,
                             size_t key_len, size_t len)
{
    uint8_t *key = malloc(key_len + 1);
    uint8_t *value = malloc(len == 0 ? 1 : len);
    assert_non_null(key);
    assert_non_null(value);
    memcpy(key, b->key, key_len);
    memcpy(value, b->value, len);
    uint32_t item = row_decode(l, kind, key, key_len, value, len);
    free(key);
    free(value);
    return item;
}

static void refuse_damage(struct fixture *f, enum row_kind kind, struct bytes *b)
{
    uint32_t live = f->to->table[kind].pool.live;
    for (size_t len = 0; len < b->len; len++)
        assert_int_equal(decode_exact(f->to, kind, b, b->key_len, len), 0);
    for (size_t len = 0; len < b->key_len; len++)
        assert_int_equal(decode_exact(f->to, kind, b, len, b->len), 0);
    b->value[b->len] = 0;
    assert_int_equal(decode_exact(f->to, kind, b, b->key_len, b->len + 1), 0);
    b->value[0] = ROW_FORMAT + 1;
    assert_int_equal(decode_exact(f->to, kind, b, b->key_len, b->len), 0);
    b->value[0] = ROW_FORMAT;
    assert_int_equal(f->to->table[kind].pool.live, live);
}

static void round_trip(struct fixture *f, enum row_kind kind, uint32_t item)
{
    static struct bytes before, after;
    encode(f->from, kind, item, &before);
    assert_true(row_fits(f->to, kind, before.value, before.len));
    refuse_damage(f, kind, &before);
    uint32_t again = decode_exact(f->to, kind, &before, before.key_len, before.len);
    assert_int_not_equal(again, 0);
    encode(f->to, kind, again, &after);
    assert_int_equal(before.key_len, after.key_len);
    assert_memory_equal(before.key, after.key, before.key_len);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.value, after.value, before.len);
    assert_false(row_changed(f->to, kind, again));
    assert_true(row_indexed(f->to, kind, again));
}

static void test_every_kind(void **state)
{
    struct fixture *f = *state;
    for (size_t k = 0; k < ANY_KINDS; k++)
        for (int row = 0; row < 8; row++)
            round_trip(f, any_kind(k), any_row(&f->any, any_kind(k)));
}

/* ---- Short numbers ---------------------------------------------------------------------------
 */

static size_t short_length(int64_t value)
{
    uint8_t bytes[16];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    field_short(&(struct fields){.writer = &w}, value, INT64_MIN, INT64_MAX);
    struct reader r = {.bytes = bytes, .len = w.len};
    assert_true(field_short(&(struct fields){.reader = &r}, 0, INT64_MIN, INT64_MAX) == value);
    assert_false(w.failed || r.failed || r.at != w.len);
    return w.len;
}

static bool short_refused(const char *bytes, size_t len, int64_t min, int64_t max)
{
    struct reader r = {.bytes = (const uint8_t *)bytes, .len = len};
    field_short(&(struct fields){.reader = &r}, 0, min, max);
    return r.failed;
}

static void test_short_numbers(void **state)
{
    (void)state;
    assert_int_equal(short_length(0), 1);
    assert_int_equal(short_length(-64), 1);
    assert_int_equal(short_length(63), 1);
    assert_int_equal(short_length(64), 2);
    assert_int_equal(short_length(INT32_MAX), 5);
    assert_int_equal(short_length(INT64_MIN), 10);
    assert_int_equal(short_length(INT64_MAX), 10);

    assert_false(short_refused("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, INT64_MIN, 0));
    assert_true(
        short_refused("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, INT64_MIN, INT64_MAX));
    assert_true(
        short_refused("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81", 10, INT64_MIN, INT64_MAX));
    assert_true(short_refused("\x80\x00", 2, 0, 9)); /* not the shortest */
    assert_true(short_refused("\x80", 1, 0, 9));
    assert_true(short_refused("", 0, 0, 9));
    assert_false(short_refused("\x12", 1, 0, 9));
    assert_true(short_refused("\x14", 1, 0, 9));
    assert_true(short_refused("\x01", 1, 0, 9));

    static const int64_t far[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
    for (size_t i = 0; i < 25; i++) {
        uint8_t bytes[16];
        int64_t value = far[i / 5];
        struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
        field_from(&(struct fields){.writer = &w}, &value, far[i % 5]);
        struct reader r = {.bytes = bytes, .len = w.len};
        value = 7;
        field_from(&(struct fields){.reader = &r}, &value, far[i % 5]);
        assert_true(value == far[i / 5] && !r.failed && !w.failed);
    }
}

/* ---- Damage of any byte ------------------------------------------------------------------------
 */

/* What is taken for a row, written again by way of `spare`; 0: it is refused. */
static size_t taken_as(struct fixture *f, enum row_kind kind, const struct bytes *b, uint32_t spare,
                       struct bytes *again)
{
    if (kind == ROW_VOUCHER || kind == ROW_BUCKET) {
        uint32_t item = decode_exact(f->to, kind, b, b->key_len, b->len);
        if (item == 0)
            return 0;
        encode(f->to, kind, item, again);
        row_drop(f->to, kind, item);
        return again->len;
    }
    static union {
        uint8_t bytes[4096];
        struct charge_row charge;
    } row;
    assert_true(f->from->table[kind].pool.item_size <= sizeof(row));
    struct row_bytes bytes = {b->key, b->key_len, b->value, b->len};
    if (!row_peek(f->to, kind, bytes, &row))
        return 0;
    if (kind != ROW_CHARGE)
        memcpy(pool_at(&f->from->table[kind].pool, spare), &row,
               f->from->table[kind].pool.item_size);
    else if (!charge_store_rewrite(f->from, spare, &row.charge))
        spare = charge_store_add(f->from, &row.charge);
    again->len = row_encode(f->from, kind, spare, again->key, &again->key_len, again->value);
    return again->len;
}

/* Either it is no row, or it says exactly what a row would have been written as. */
static void damage(struct fixture *f, enum row_kind kind, struct bytes *b, uint32_t spare,
                   uint8_t *byte)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    static struct bytes again;
    for (size_t i = 0; i < sizeof(flips); i++) {
        uint32_t live = f->to->table[kind].pool.live;
        *byte ^= flips[i];
        if (taken_as(f, kind, b, spare, &again) != 0) {
            assert_int_equal(again.len, b->len);
            assert_memory_equal(again.value, b->value, b->len);
        }
        *byte ^= flips[i];
        assert_int_equal(f->to->table[kind].pool.live, live);
    }
}

static void test_every_byte(void **state)
{
    struct fixture *f = *state;
    static struct bytes b;
    for (size_t k = 0; k < ANY_KINDS; k++) /* what the others name, in both */
        round_trip(f, any_kind(k), any_row(&f->any, any_kind(k)));
    for (size_t k = 0; k < ANY_KINDS; k++) {
        enum row_kind kind = any_kind(k);
        uint32_t spare;
        do
            encode(f->from, kind, spare = any_row(&f->any, kind), &b);
        while (kind == ROW_BUCKET && row_bucket_is_open(b.value, b.len));
        for (size_t i = 0; i < b.key_len; i++)
            damage(f, kind, &b, spare, &b.key[i]);
        for (size_t i = 0; i < b.len; i++)
            damage(f, kind, &b, spare, &b.value[i]);
    }
}

static void test_meta(void **state)
{
    struct fixture *f = *state;
    static struct bytes b;
    f->from->meta = (struct meta){{0, 0}, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    encode(f->from, ROW_META, 0, &b);
    refuse_damage(f, ROW_META, &b);
    assert_int_equal(decode_exact(f->to, ROW_META, &b, b.key_len, b.len), 1);
    assert_int_equal(f->to->meta.last_number, 1);
    assert_int_equal(f->to->meta.settled_through, 5);
    assert_int_equal(f->to->meta.keys_version, 9);
}

/* A row that says nothing any more is deleted. */
static void test_empty_rows(void **state)
{
    struct fixture *f = *state;
    static struct bytes b;
    uint32_t lapse = row_new(f->from, ROW_LAPSE);
    uint32_t tally = row_new(f->from, ROW_TALLY);
    uint32_t line = row_new(f->from, ROW_OPEN_LINE);
    ROW_AT(open_line, f->from, ROW_OPEN_LINE, line)->gone = true;
    assert_int_equal(row_encode(f->from, ROW_LAPSE, lapse, b.key, &b.key_len, b.value), 0);
    assert_int_equal(b.key_len, 8);
    assert_int_equal(row_encode(f->from, ROW_TALLY, tally, b.key, &b.key_len, b.value), 0);
    assert_int_equal(b.key_len, 12);
    assert_int_equal(row_encode(f->from, ROW_OPEN_LINE, line, b.key, &b.key_len, b.value), 0);
    assert_int_equal(b.key_len, LIMIT_HASH_BYTES);
}

static void test_id(void **state)
{
    struct fixture *f = *state;
    static struct bytes b;
    struct charge_place place;
    uint32_t item = any_row(&f->any, ROW_CHARGE);
    struct charge_row c;
    charge_read(f->from, item, &c);
    b.len = row_encode(f->from, ROW_ID, item, b.key, &b.key_len, b.value);
    assert_true(b.len > 0); /* no format byte: the number stands first */
    for (size_t len = 0; len < b.len; len++)
        assert_false(row_id_read(b.value, len, &place));
    assert_true(row_id_read(b.value, b.len, &place));
    assert_int_equal(place.number, c.number);
    assert_int_equal(place.digits, c.digits);
    assert_int_equal(place.business_day, calendar_local_day(c.recorded_ms));
}

/* What fits into the tables' rows by the limits does. */
static void test_fullest_bucket(void **state)
{
    struct fixture *f = *state;
    static struct bytes b;
    uint32_t item = row_new(f->from, ROW_BUCKET);
    for (uint32_t i = 0; i < 190; i++) /* as many as these small pools hold */
        bucket_total(f->from, item, 1 + (int32_t)i);
    for (uint32_t i = LEDGER_INTERVALS_MAX; i > 0; i--)
        bucket_interval_add(f->from, item, (struct interval){i, i + 1});
    encode(f->from, ROW_BUCKET, item, &b);
    assert_true(row_bucket_is_open(b.value, b.len));
    uint32_t again = decode_exact(f->to, ROW_BUCKET, &b, b.key_len, b.len);
    assert_int_not_equal(again, 0);
    assert_int_equal(ROW_AT(bucket, f->to, ROW_BUCKET, again)->interval_count,
                     LEDGER_INTERVALS_MAX);
    assert_false(row_fits(f->to, ROW_BUCKET, b.value, b.len)); /* not twice */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
        cmocka_unit_test(test_short_numbers),
        cmocka_unit_test_setup_teardown(test_meta, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fullest_bucket, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
