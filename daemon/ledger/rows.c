/* rows.c - from rows in memory to the bytes of the tables, and back. */
#include "ledger/rows.h"

#include "ledger/charge_row.h"
#include "ledger/interval.h"

/* A row of any kind, on the stack. */
union row {
    struct organiser organiser;
    struct service service;
    struct rate_class rate_class;
    struct window window;
    struct provider provider;
    struct dated dated;
    struct signing_key signing_key;
    struct cost_code cost_code;
    struct commitment commitment;
    struct voucher voucher;
    struct bucket bucket;
    struct history history;
    struct tally tally;
    struct batch batch;
    struct account account;
    struct payout payout;
    struct lapse lapse;
    struct run run;
    struct bank_line bank_line;
    struct open_line open_line;
    struct correction correction;
    struct charge_row charge;
    struct meta meta;
};

static const struct row_shape *const shapes[ROW_KIND_COUNT] = {
    [ROW_META] = &shape_meta,
    [ROW_ORGANISER] = &shape_organiser,
    [ROW_SERVICE] = &shape_service,
    [ROW_CLASS] = &shape_class,
    [ROW_WINDOW] = &shape_window,
    [ROW_PROVIDER] = &shape_provider,
    [ROW_DATED] = &shape_dated,
    [ROW_KEY] = &shape_key,
    [ROW_COMMITMENT] = &shape_commitment,
    [ROW_VOUCHER] = &shape_voucher,
    [ROW_BUCKET] = &shape_bucket,
    [ROW_HISTORY] = &shape_history,
    [ROW_COST_CODE] = &shape_cost_code,
    [ROW_TALLY] = &shape_tally,
    [ROW_BATCH] = &shape_batch,
    [ROW_ACCOUNT] = &shape_account,
    [ROW_PAYOUT] = &shape_payout,
    [ROW_LAPSE] = &shape_lapse,
    [ROW_CHARGE] = &shape_charge,
    [ROW_RUN] = &shape_run,
    [ROW_BANK_LINE] = &shape_bank_line,
    [ROW_OPEN_LINE] = &shape_open_line,
    [ROW_CORRECTION] = &shape_correction,
};

/* ---- Keys ----------------------------------------------------------------------------------- */

static size_t key_write(enum row_kind kind, void *row, uint32_t item, uint8_t *key)
{
    struct writer w = {key, 0, LEDGER_KEY_MAX, false};
    struct fields f = {&w, NULL};

    if (shapes[kind]->key == NULL)
        put_u32(&w, item);
    else
        shapes[kind]->key(&f, row);
    CHECK(!w.failed);
    return w.len;
}

size_t row_key_voucher(int32_t digits, uint8_t *key)
{
    union row row = {.voucher = {.digits = digits}};
    return key_write(ROW_VOUCHER, &row, 0, key);
}

size_t row_key_bucket(int32_t period, int32_t digits, uint8_t *key)
{
    union row row = {.bucket = {.period = period, .digits = digits}};
    return key_write(ROW_BUCKET, &row, 0, key);
}

size_t row_key_batch(int32_t day, uint8_t *key)
{
    union row row = {.batch = {.day = day}};
    return key_write(ROW_BATCH, &row, 0, key);
}

size_t row_key_payout(int32_t run_day, uint32_t organiser, uint32_t provider, uint8_t *key)
{
    union row row = {.payout = {.run_day = run_day, .organiser = organiser, .provider = provider}};
    return key_write(ROW_PAYOUT, &row, 0, key);
}

size_t row_key_run(int32_t day, uint32_t organiser, uint8_t *key)
{
    union row row = {.run = {.day = day, .organiser = organiser}};
    return key_write(ROW_RUN, &row, 0, key);
}

size_t row_key_id(const uint8_t id[LIMIT_REQUEST_ID_BYTES], uint32_t owner, uint8_t *key)
{
    struct writer w = {key, 0, LEDGER_KEY_MAX, false};

    put_bytes(&w, id, LIMIT_REQUEST_ID_BYTES);
    put_u32(&w, owner);
    CHECK(!w.failed);
    return w.len;
}

size_t row_key_charge(int32_t business_day, int32_t digits, uint64_t number, uint8_t *key)
{
    struct writer w = {key, 0, LEDGER_KEY_MAX, false};

    put_i32(&w, business_day);
    put_i32(&w, digits);
    put_u64(&w, number);
    CHECK(!w.failed);
    return w.len;
}

/* ---- Out ------------------------------------------------------------------------------------ */

/* Rows that say nothing any more are not kept. */
static bool row_empty(enum row_kind kind, const union row *row)
{
    if (kind == ROW_LAPSE)
        return row->lapse.cents == 0;
    if (kind == ROW_OPEN_LINE)
        return row->open_line.gone;
    return kind == ROW_TALLY && row->tally.rows == 0 && row->tally.credit_rows == 0;
}

static size_t id_encode(const struct ledger *l, uint32_t item, uint8_t *key, size_t *key_len,
                        uint8_t *value)
{
    struct charge_row c;
    struct writer w = {value, 0, LEDGER_ROW_MAX, false};

    charge_read(l, item, &c);
    *key_len = row_key_id(c.id, c.owner, key);
    put_u64(&w, c.number); /* first: the tables look at it to tell what is ahead */
    put_i32(&w, calendar_local_day(c.recorded_ms));
    put_i32(&w, c.digits);
    CHECK(!w.failed);
    return w.len;
}

static void row_copy(const struct ledger *l, enum row_kind kind, uint32_t item, union row *row)
{
    if (kind == ROW_META)
        row->meta = l->meta;
    else if (kind == ROW_CHARGE)
        charge_read(l, item, &row->charge);
    else
        memcpy(row, pool_at(&l->table[kind].pool, item), shapes[kind]->size);
}

size_t row_encode(const struct ledger *l, enum row_kind kind, uint32_t item, uint8_t *key,
                  size_t *key_len, uint8_t *value)
{
    struct writer w = {value, 0, LEDGER_ROW_MAX, false};
    struct fields f = {&w, NULL};
    union row row;

    if (kind == ROW_ID)
        return id_encode(l, item, key, key_len, value);
    row_copy(l, kind, item, &row);
    *key_len = key_write(kind, &row, item, key);
    if (row_empty(kind, &row))
        return 0;
    put_u8(&w, ROW_FORMAT);
    if (kind == ROW_VOUCHER)
        voucher_counts_write(l, &row.voucher, &w);
    if (kind == ROW_BUCKET)
        bucket_counts_write(l, &row.bucket, &w);
    shapes[kind]->value(&f, &row);
    if (kind == ROW_VOUCHER)
        voucher_lists_write(l, &row.voucher, &w);
    if (kind == ROW_BUCKET)
        bucket_lists_write(l, &row.bucket, &w);
    CHECK(!w.failed);
    return w.len;
}

/* ---- In ------------------------------------------------------------------------------------- */

static bool reader_done(const struct reader *r)
{
    return !r->failed && r->at == r->len;
}

static bool counts_read(enum row_kind kind, struct reader *r, struct list_counts *n)
{
    if (kind == ROW_VOUCHER)
        return voucher_counts_read(r, n);
    return kind != ROW_BUCKET || bucket_counts_read(r, n);
}

bool row_fits(const struct ledger *l, enum row_kind kind, const uint8_t *value, size_t value_len)
{
    struct reader r = {value, value_len, 0, false};
    struct list_counts n = {0, 0};

    if (get_u8(&r) != ROW_FORMAT || !counts_read(kind, &r, &n))
        return true;
    if (kind != ROW_META && pool_left(&l->table[kind].pool) < 1)
        return false;
    if (kind == ROW_VOUCHER)
        return pool_left(&l->versions) >= n.first && pool_left(&l->extras) >= n.second;
    if (kind == ROW_BUCKET)
        return pool_left(&l->totals) >= n.first &&
               pool_left(&l->chunks) >= intervals_chunks(n.second);
    return true;
}

/* The key says what the row itself would have written. */
static bool key_read(enum row_kind kind, const uint8_t *key, size_t key_len, union row *row)
{
    struct reader r = {key, key_len, 0, false};
    struct fields f = {NULL, &r};

    if (key_len > LEDGER_KEY_MAX)
        return false;
    if (shapes[kind]->key == NULL)
        return key_len == sizeof(uint32_t);
    shapes[kind]->key(&f, row);
    return reader_done(&r);
}

static bool key_agrees(enum row_kind kind, const uint8_t *key, size_t key_len, union row *row,
                       uint32_t item)
{
    uint8_t again[LEDGER_KEY_MAX];

    return key_write(kind, row, item, again) == key_len && memcmp(again, key, key_len) == 0;
}

static uint32_t row_place(struct ledger *l, enum row_kind kind, const union row *row)
{
    if (kind == ROW_CHARGE)
        return charge_take_in(l, &row->charge);
    uint32_t item = pool_take(&l->table[kind].pool);

    memcpy(pool_at(&l->table[kind].pool, item), row, shapes[kind]->size);
    return item;
}

static void row_find_again(struct ledger *l, enum row_kind kind, uint32_t item)
{
    if (shapes[kind]->key == NULL || kind == ROW_COMMITMENT)
        catalogue_index(l, kind, item);
    else if (kind != ROW_CHARGE)
        row_index(l, kind, item);
}

/* Both of a row as it was written, and nothing more. Leaves `r` at the lists, which are whole. */
static bool row_read(const struct ledger *l, enum row_kind kind, const uint8_t *key, size_t key_len,
                     struct reader *r, struct list_counts *n, union row *row)
{
    struct fields f = {NULL, r};

    memset(row, 0, sizeof(*row));
    if (!key_read(kind, key, key_len, row) || get_u8(r) != ROW_FORMAT || !counts_read(kind, r, n))
        return false;
    shapes[kind]->value(&f, row);
    struct reader lists = *r;
    if (kind == ROW_VOUCHER)
        voucher_lists_check(l, *n, &lists);
    if (kind == ROW_BUCKET)
        bucket_lists_check(*n, &lists);
    uint32_t next = l->table[kind].pool.used; /* of the catalogue: rows come in their order */
    return reader_done(&lists) && key_agrees(kind, key, key_len, row, next) &&
           (shapes[kind]->valid == NULL || shapes[kind]->valid(l, row));
}

uint32_t row_decode(struct ledger *l, enum row_kind kind, const uint8_t *key, size_t key_len,
                    const uint8_t *value, size_t value_len)
{
    CHECK(shapes[kind] != NULL);
    struct reader r = {value, value_len, 0, false};
    struct list_counts n = {0, 0};
    union row row;

    if (!row_read(l, kind, key, key_len, &r, &n, &row))
        return 0;
    if (kind == ROW_META) {
        l->meta = row.meta;
        return 1;
    }
    uint32_t item = row_place(l, kind, &row);
    if (kind == ROW_VOUCHER)
        voucher_lists_read(l, n, &r, ROW_AT(voucher, l, kind, item));
    if (kind == ROW_BUCKET)
        bucket_lists_read(l, n, &r, item);
    row_find_again(l, kind, item);
    return item;
}

bool row_peek(const struct ledger *l, enum row_kind kind, struct row_bytes bytes, void *out)
{
    CHECK(kind != ROW_VOUCHER);
    struct reader r = {bytes.value, bytes.value_len, 0, false};
    struct list_counts n = {0, 0};
    union row row;

    if (!row_read(l, kind, bytes.key, bytes.key_len, &r, &n, &row))
        return false;
    memcpy(out, &row, shapes[kind]->size);
    return true;
}

bool row_bucket_is_open(const uint8_t *value, size_t value_len)
{
    return value_len >= 2 && value[0] == ROW_FORMAT && value[1] != 0;
}

uint32_t row_voucher_organiser(const uint8_t *value, size_t value_len)
{
    struct reader r = {value, value_len, 0, false};
    struct list_counts n;

    if (get_u8(&r) != ROW_FORMAT || !voucher_counts_read(&r, &n))
        return 0;
    return get_u32(&r); /* the first field */
}

bool row_id_read(const uint8_t *value, size_t value_len, struct charge_place *out)
{
    struct reader r = {value, value_len, 0, false};

    out->number = get_u64(&r);
    out->business_day = get_i32(&r);
    out->digits = get_i32(&r);
    return reader_done(&r);
}
