/* Rows of the tables, as a bad disk may give them back: either it is no row, or it says exactly
 * what a row would have been written as. The first byte is the kind, the second how long the key
 * is. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ledger/charge_store.h"
#include "ledger/rows.h"
#include "tests/support/any_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ledger *ledger;
static uint32_t spares[ROW_KIND_COUNT]; /* a row of each kind that is only written */

static void prepare(void)
{
    static const struct ledger_limits limits = {.charges = 1000, .vouchers = 100, .buckets = 100};
    static const struct ledger_genesis genesis = {.clock_skew_ms = 1000, .administrator_key = {7}};
    CHECK(ledger_new(&limits, &genesis, &ledger) == FAULT_NONE);
    struct any any = {ledger, {5}};
    for (size_t k = 0; k < ANY_KINDS; k++) /* what the others name */
        any_row(&any, any_kind(k));
    for (size_t k = 0; k < ANY_KINDS; k++)
        spares[any_kind(k)] = any_row(&any, any_kind(k));
}

static void check_again(enum row_kind kind, uint32_t item, const struct row_bytes *b)
{
    static uint8_t key[LEDGER_KEY_MAX], value[LEDGER_ROW_MAX];
    size_t key_len;
    size_t len = row_encode(ledger, kind, item, key, &key_len, value);
    if (len == 0)
        return; /* all of it is zero: such a row is deleted */
    CHECK(len == b->value_len && memcmp(value, b->value, len) == 0);
    if (b->key_len > 4) /* a short one may be the item's number, which is another here */
        CHECK(key_len == b->key_len && memcmp(key, b->key, key_len) == 0);
}

/* These two own lists, and can be taken out again, but for a bucket of days that are open. */
static void with_lists(enum row_kind kind, const struct row_bytes *b)
{
    if (!row_fits(ledger, kind, b->value, b->value_len))
        return;
    uint32_t item = row_decode(ledger, kind, b->key, b->key_len, b->value, b->value_len);
    if (item == 0)
        return;
    check_again(kind, item, b);
    if (kind != ROW_BUCKET || !row_bucket_is_open(b->value, b->value_len)) {
        row_drop(ledger, kind, item);
        return;
    }
    ledger_free(ledger);
    prepare();
}

static void without_lists(enum row_kind kind, const struct row_bytes *b)
{
    static union {
        uint8_t bytes[4096];
        struct charge_row charge;
    } row;
    uint32_t spare = spares[kind];
    const struct pool *pool = &ledger->table[kind].pool;
    CHECK(pool->item_size <= sizeof(row));
    if (!row_peek(ledger, kind, *b, &row))
        return;
    if (kind != ROW_CHARGE) {
        memcpy(pool_at(pool, spare), &row, pool->item_size);
    } else if (!charge_store_rewrite(ledger, spare, &row.charge)) { /* it needs another place */
        ledger_free(ledger);
        prepare();
        spare = charge_store_add(ledger, &row.charge);
    }
    check_again(kind, spare, b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (ledger == NULL)
        prepare();
    if (size < 2 || size - 2 < data[1] || size - 2 - data[1] > LEDGER_ROW_MAX)
        return 0;
    const enum row_kind kind = any_kind(data[0] % ANY_KINDS);
    const struct row_bytes b = {data + 2, data[1], data + 2 + data[1], size - 2 - data[1]};
    if (kind == ROW_VOUCHER || kind == ROW_BUCKET)
        with_lists(kind, &b);
    else
        without_lists(kind, &b);
    return 0;
}
