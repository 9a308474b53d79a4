/* fetch.c - rows of the tables that are asked for again. */
#include "ledger/bank_line.h"
#include "ledger/charge_row.h"
#include "ledger/rows.h"

/* Bring in the row with this key; *item 0 if the tables have none. */
static enum fault fetch(struct ledger *l, const struct ledger_source *source, enum row_kind kind,
                        const uint8_t *key, size_t key_len, uint32_t *item)
{
    size_t len = 0;
    enum fault f = source->get(source->context, kind, key, key_len, l->scratch, &len);

    *item = 0;
    if (f == FAULT_ABSENT)
        return FAULT_NONE;
    if (f != FAULT_NONE)
        return f;
    if (!row_fits(l, kind, l->scratch, len))
        return FAULT_FULL;
    *item = row_decode(l, kind, key, key_len, l->scratch, len);
    return *item == 0 ? FAULT_CORRUPT : FAULT_NONE;
}

enum fault fetch_voucher(struct ledger *l, const struct ledger_source *source, int32_t digits,
                         uint32_t *item)
{
    uint8_t key[LEDGER_KEY_MAX];
    enum fault f = FAULT_NONE;

    *item = voucher_find(l, digits);
    if (*item == 0)
        f = fetch(l, source, ROW_VOUCHER, key, row_key_voucher(digits, key), item);
    if (*item != 0)
        ROW_AT(voucher, l, ROW_VOUCHER, *item)->used = true;
    return f;
}

enum fault fetch_bucket(struct ledger *l, const struct ledger_source *source, int32_t period,
                        int32_t digits, uint32_t *item)
{
    uint8_t key[LEDGER_KEY_MAX];
    enum fault f = FAULT_NONE;

    *item = bucket_find(l, period, digits);
    if (*item == 0)
        f = fetch(l, source, ROW_BUCKET, key, row_key_bucket(period, digits, key), item);
    if (*item != 0)
        ROW_AT(bucket, l, ROW_BUCKET, *item)->used = true;
    return f;
}

enum fault fetch_batch(struct ledger *l, const struct ledger_source *source, int32_t day,
                       uint32_t *item)
{
    uint8_t key[LEDGER_KEY_MAX];

    *item = batch_find(l, day);
    if (*item != 0)
        return FAULT_NONE;
    return fetch(l, source, ROW_BATCH, key, row_key_batch(day, key), item);
}

enum fault fetch_run(struct ledger *l, const struct ledger_source *source, int32_t day,
                     uint32_t organiser, uint32_t *item)
{
    uint8_t key[LEDGER_KEY_MAX];

    *item = run_find(l, day, organiser);
    if (*item != 0)
        return FAULT_NONE;
    return fetch(l, source, ROW_RUN, key, row_key_run(day, organiser, key), item);
}

enum fault fetch_payout(struct ledger *l, const struct ledger_source *source,
                        const struct payout *named, uint32_t *item)
{
    uint8_t key[LEDGER_KEY_MAX];

    *item = payout_find(l, named->run_day, named->organiser, named->provider);
    if (*item != 0)
        return FAULT_NONE;
    size_t len = row_key_payout(named->run_day, named->organiser, named->provider, key);
    return fetch(l, source, ROW_PAYOUT, key, len, item);
}

enum fault fetch_bank_line(struct ledger *l, const struct ledger_source *source,
                           const uint8_t line[LIMIT_HASH_BYTES], uint32_t *item)
{
    *item = bank_line_find(l, line);
    if (*item != 0)
        return FAULT_NONE;
    return fetch(l, source, ROW_BANK_LINE, line, LIMIT_HASH_BYTES, item);
}

struct payouts {
    struct ledger *ledger;
    enum fault fault;
};

static bool take_payout(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                        size_t value_len)
{
    struct payouts *s = arg;
    struct ledger *l = s->ledger;
    struct payout p;

    if (!row_peek(l, ROW_PAYOUT, (struct row_bytes){key, key_len, value, value_len}, &p))
        s->fault = FAULT_CORRUPT;
    else if (payout_find(l, p.run_day, p.organiser, p.provider) != 0)
        return true; /* what is in memory is never older */
    else if (!row_fits(l, ROW_PAYOUT, value, value_len))
        s->fault = FAULT_FULL;
    if (s->fault != FAULT_NONE)
        return false;
    uint32_t item = row_decode(l, ROW_PAYOUT, key, key_len, value, value_len);
    CHECK(item != 0); /* it was whole a moment ago */
    return true;
}

enum fault fetch_run_payouts(struct ledger *l, const struct ledger_source *source, int32_t day,
                             uint32_t organiser)
{
    struct payouts s = {l, FAULT_NONE};
    uint8_t run[LEDGER_KEY_MAX]; /* the beginning of the keys of its payouts */
    size_t len = row_key_run(day, organiser, run);
    enum fault f = source->scan(source->context, ROW_PAYOUT, run, len, run, len, take_payout, &s);

    return f != FAULT_NONE ? f : s.fault;
}

/* The id leads to the row: two looks into the tables. */
enum fault fetch_charge(struct ledger *l, const struct ledger_source *source,
                        const uint8_t id[LIMIT_REQUEST_ID_BYTES], uint32_t owner, uint32_t *item)
{
    uint8_t key[LEDGER_KEY_MAX];
    struct charge_place place;
    size_t len = 0;

    *item = charge_find(l, id, owner);
    if (*item != 0)
        return FAULT_NONE;
    size_t key_len = row_key_id(id, owner, key);
    enum fault f = source->get(source->context, ROW_ID, key, key_len, l->scratch, &len);
    if (f == FAULT_ABSENT)
        return FAULT_NONE;
    if (f != FAULT_NONE)
        return f;
    if (!row_id_read(l->scratch, len, &place))
        return FAULT_CORRUPT;
    key_len = row_key_charge(place.business_day, place.digits, place.number, key);
    f = fetch(l, source, ROW_CHARGE, key, key_len, item);
    return f == FAULT_NONE && *item == 0 ? FAULT_CORRUPT : f; /* an id without its row */
}

/* ---- A source without rows
 * -----------------------------------------------------------------------
 */

static enum fault no_row(void *context, enum row_kind kind, const uint8_t *key, size_t key_len,
                         uint8_t *value, size_t *value_len)
{
    (void)context, (void)kind, (void)key, (void)key_len, (void)value, (void)value_len;
    return FAULT_ABSENT;
}

static enum fault no_rows(void *context, enum row_kind kind, const uint8_t *prefix,
                          size_t prefix_len, const uint8_t *start, size_t start_len,
                          bool (*row)(void *arg, const uint8_t *key, size_t key_len,
                                      const uint8_t *value, size_t value_len),
                          void *arg)
{
    (void)context, (void)kind, (void)prefix, (void)prefix_len, (void)start, (void)start_len;
    (void)row, (void)arg;
    return FAULT_NONE;
}

const struct ledger_source ledger_no_rows = {.get = no_row, .scan = no_rows};
