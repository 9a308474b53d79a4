/* The bytes of rows: a round trip for every kind gives the same bytes, whatever the order of the
 * lists in memory; every truncation, every added byte and another version are refused. */
#include "ledger/rows.h"
#include "tests/support/dice.h"
#include "tests/support/unit.h"

#define DAY     20600
#define NOON_MS (DAY * INT64_C(86400000) + INT64_C(43200000))

static const struct ledger_limits limits = {.charges = 100, .vouchers = 100, .buckets = 100};

struct fixture {
    struct ledger *from;
    struct ledger *to;
    struct dice dice;
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
    f->dice.state = 5;
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

/* ---- Rows full of anything ----------------------------------------------------------------------
 */

static int64_t any(struct fixture *f)
{
    return (int64_t)dice_roll(&f->dice) >> dice_below(&f->dice, 60);
}

static int32_t any_day(struct fixture *f)
{
    return dice_below(&f->dice, 9) == 0 ? CALENDAR_DAY_OPEN : (int32_t)dice_below(&f->dice, 40000);
}

static bool any_bit(struct fixture *f)
{
    return dice_below(&f->dice, 2) == 1;
}

/* From empty to as long as the field takes. */
static void any_text(struct fixture *f, char *text, size_t size)
{
    size_t len = dice_below(&f->dice, (uint32_t)size);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(1 + dice_below(&f->dice, 126));
}

#define ANY_TEXT(f, array) any_text(f, array, sizeof(array))

static void any_bytes(struct fixture *f, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)dice_roll(&f->dice);
}

/* Item 1 of the things that others name; its code differs from row to row. */
static void fill_organiser(struct fixture *f, void *row)
{
    struct organiser *o = row;
    ANY_TEXT(f, o->code.text);
    ANY_TEXT(f, o->name.text);
    ANY_TEXT(f, o->account_name.text);
    ANY_TEXT(f, o->business_id);
    ANY_TEXT(f, o->iban);
    o->payout_calendar = (int32_t)any(f);
    o->payout_day = (int32_t)any(f);
    o->payout_minimum = any(f);
    o->grace_days = (int32_t)any(f);
}

static void fill_service(struct fixture *f, void *row)
{
    struct service *s = row;
    ANY_TEXT(f, s->code.text);
    ANY_TEXT(f, s->group.text);
    ANY_TEXT(f, s->name_fi.text);
    ANY_TEXT(f, s->name_en.text);
    s->organiser = 1;
    s->unit = (int32_t)any(f);
    s->increment = (int32_t)any(f);
    s->share_rule = (int32_t)any(f);
    s->copay_allowed = any_bit(f);
    s->prior_approval = any_bit(f);
    s->review = any_bit(f);
    s->overlap_allowed = any_bit(f);
    s->max_charge = any(f);
}

static void fill_class(struct fixture *f, void *row)
{
    struct rate_class *c = row;
    ANY_TEXT(f, c->code.text);
    c->organiser = 1;
}

static void fill_window(struct fixture *f, void *row)
{
    struct window *w = row;
    w->rate_class = 1;
    w->day_kind = (int32_t)any(f);
    w->from_minute = (int32_t)any(f);
    w->to_minute = (int32_t)any(f);
}

static void fill_provider(struct fixture *f, void *row)
{
    struct provider *p = row;
    ANY_TEXT(f, p->id.text);
    ANY_TEXT(f, p->name.text);
    ANY_TEXT(f, p->account_name.text);
    ANY_TEXT(f, p->business_id);
    ANY_TEXT(f, p->iban);
    p->blocked = any_bit(f);
    p->change_noted = any_bit(f);
    ANY_TEXT(f, p->new_iban);
    ANY_TEXT(f, p->new_account_name.text);
    p->change_owner = (uint32_t)any(f);
}

static void fill_dated(struct fixture *f, void *row)
{
    struct dated *d = row;
    d->kind = 1 + (int32_t)dice_below(&f->dice, 3);
    d->provider = dice_below(&f->dice, 2);
    d->service = 1;
    d->rate_class = dice_below(&f->dice, 2);
    d->from = any_day(f);
    d->to = any_day(f);
    d->value = any(f);
    d->cap = any(f);
    d->copay = any(f);
    ANY_TEXT(f, d->source.text);
}

static void fill_key(struct fixture *f, void *row)
{
    struct signing_key *k = row;
    any_bytes(f, k->key.key_id, sizeof(k->key.key_id));
    any_bytes(f, k->key.signing_key, sizeof(k->key.signing_key));
    any_bytes(f, k->key.transport_key, sizeof(k->key.transport_key));
    ANY_TEXT(f, k->key.owner);
    k->key.role = SALDO__V1__ROLE__AUDITOR;
    k->key.organiser = dice_below(&f->dice, 2);
    k->key.provider = dice_below(&f->dice, 2);
    k->key.valid_from_ms = any(f);
    k->key.valid_to_ms = any(f);
    k->key.revoked = any_bit(f);
    k->owner = LEDGER_OWNER_PERSON | 1;
}

static void fill_cost_code(struct fixture *f, void *row)
{
    struct cost_code *c = row;
    ANY_TEXT(f, c->code.text);
    c->organiser = 1;
}

static void fill_commitment(struct fixture *f, void *row)
{
    struct commitment *c = row;
    c->cost_code = 1;
    c->year = (int32_t)dice_below(&f->dice, 3000);
    c->limit = any(f);
    c->used = any(f);
}

static void fill_version(struct fixture *f, struct version *n)
{
    n->effective_from = any_day(f);
    n->valid_to = any_day(f);
    n->recorded_day = any_day(f);
    n->amount = any(f);
    n->unit_value = any(f);
    n->service_count = dice_below(&f->dice, LIMIT_VOUCHER_SERVICES + 1);
    for (uint32_t i = 0; i < n->service_count; i++)
        n->services[i] = 1;
}

static void fill_voucher(struct fixture *f, void *row)
{
    struct voucher *v = row;
    v->digits = (int32_t)dice_below(&f->dice, 1000000000);
    v->organiser = 1;
    v->kind = (uint8_t)any(f);
    v->period = (uint8_t)any(f);
    v->carry_over = any_bit(f);
    v->voided = any_bit(f);
    v->opened = any_bit(f);
    v->valid_from = any_day(f);
    v->closed_on = any_day(f);
    v->reserved_for = dice_below(&f->dice, 2);
    v->cost_code = dice_below(&f->dice, 2);
    v->live_charges = (uint32_t)any(f);
    v->last_service_day = any_day(f);
    ANY_TEXT(f, v->client);
    ANY_TEXT(f, v->decision);
    v->granted_for = dice_below(&f->dice, 2);
    ANY_TEXT(f, v->granted_decision);
    fill_version(f, &v->now);
    v->version_count = 1;
    for (uint32_t n = dice_below(&f->dice, 4); n > 0; n--) {
        uint32_t older = pool_take(&f->from->versions);
        struct version *version = pool_at(&f->from->versions, older);
        fill_version(f, version);
        version->older = v->now.older;
        v->now.older = older;
        v->version_count++;
    }
    for (uint32_t n = dice_below(&f->dice, 4); n > 0; n--) {
        uint32_t item = pool_take(&f->from->extras);
        struct extra *x = pool_at(&f->from->extras, item);
        x->kind = 1 + (int32_t)dice_below(&f->dice, 2);
        x->from = any_day(f);
        x->to = any_day(f);
        x->service = dice_below(&f->dice, 2);
        ANY_TEXT(f, x->approved_by.text);
        x->next = v->extras;
        v->extras = item;
    }
}

static void fill_bucket(struct fixture *f, void *row)
{
    struct bucket *b = row;
    b->period = (int32_t)dice_below(&f->dice, 30000);
    b->digits = (int32_t)dice_below(&f->dice, 1000000000);
    b->allotted = any_bit(f);
    b->lapse_day = any_day(f);
    b->allotment = any(f);
    b->pending = any(f);
    b->settled = any(f);
}

/* Lists that came about in an order of their own. */
static void fill_bucket_lists(struct fixture *f, uint32_t item)
{
    for (uint32_t n = dice_below(&f->dice, 5); n > 0; n--) {
        struct open_total *t = bucket_total(f->from, item, 1 + (int32_t)dice_below(&f->dice, 9));
        t->taken = any(f);
        t->credit = any(f);
    }
    for (uint32_t n = dice_below(&f->dice, 30); n > 0; n--) {
        uint32_t start = dice_below(&f->dice, 20);
        bucket_interval_add(f->from, item,
                            (struct interval){start, start + 1 + dice_below(&f->dice, 9)});
    }
}

static void fill_history(struct fixture *f, void *row)
{
    struct history *h = row;
    h->period = (int32_t)dice_below(&f->dice, 30000);
    h->digits = (int32_t)dice_below(&f->dice, 1000000000);
    h->day = any_day(f);
    h->posted = any(f);
    h->pending = any(f);
    h->settled = any(f);
}

static void fill_tally(struct fixture *f, void *row)
{
    struct tally *t = row;
    t->day = any_day(f);
    t->organiser = 1;
    t->provider = 1;
    t->rows = 1 + (any(f) & 0xffff);
    t->cents = any(f);
    t->credit_rows = any(f);
    t->credit_cents = any(f);
}

static void fill_batch(struct fixture *f, void *row)
{
    struct batch *b = row;
    b->day = any_day(f);
    b->rows = any(f);
    b->cents = any(f);
    any_bytes(f, b->hash, sizeof(b->hash));
    b->number = (uint64_t)any(f);
}

static void fill_account(struct fixture *f, void *row)
{
    struct account *a = row;
    a->organiser = 1;
    a->provider = dice_below(&f->dice, 2);
    a->commitment = any(f);
    a->allotted = any(f);
    a->pending = any(f);
    a->payable = any(f);
    a->in_payouts = any(f);
}

static void fill_payout(struct fixture *f, void *row)
{
    struct payout *p = row;
    p->run_day = any_day(f);
    p->organiser = 1;
    p->provider = 1;
    p->execution_day = any_day(f);
    p->cents = any(f);
    p->state = (int32_t)any(f);
    p->reason = (int32_t)any(f);
}

static void fill_lapse(struct fixture *f, void *row)
{
    struct lapse *p = row;
    p->organiser = 1;
    p->day = any_day(f);
    p->cents = 1 + (any(f) & 0xffff);
}

static void fill_charge(struct fixture *f, void *row)
{
    struct charge_row *c = row;
    any_bytes(f, c->id, sizeof(c->id));
    c->digest = (uint64_t)any(f);
    c->number = (uint64_t)any(f);
    c->recorded_ms = NOON_MS + dice_below(&f->dice, 1000000000);
    c->start_ms = any(f);
    c->end_ms = any(f);
    c->have = any(f);
    c->need = any(f);
    c->owner = 1;
    c->digits = any_bit(f) ? -1 : (int32_t)dice_below(&f->dice, 1000000000);
    c->quantity = (int32_t)any(f);
    c->county = (int32_t)any(f);
    c->copay = (int32_t)any(f);
    c->credited_cents = (int32_t)any(f);
    c->credited_quantity = (int32_t)any(f);
    c->settle_day = any_day(f);
    c->pays_on = any_day(f);
    c->service = 1;
    c->rate_class = 1;
    c->code = (uint16_t)any(f);
    c->state = (uint8_t)dice_below(&f->dice, CHARGE_REFUSED + 1);
    c->is_command = any_bit(f);
}

/* ---- The round trip -----------------------------------------------------------------------------
 */

/* In the order of loading: what is named comes before what names it. */
static const struct {
    enum row_kind kind;
    void (*fill)(struct fixture *f, void *row);
} kinds[] = {
    {ROW_ORGANISER, fill_organiser},
    {ROW_SERVICE, fill_service},
    {ROW_CLASS, fill_class},
    {ROW_WINDOW, fill_window},
    {ROW_PROVIDER, fill_provider},
    {ROW_DATED, fill_dated},
    {ROW_KEY, fill_key},
    {ROW_COST_CODE, fill_cost_code},
    {ROW_COMMITMENT, fill_commitment},
    {ROW_ACCOUNT, fill_account},
    {ROW_LAPSE, fill_lapse},
    {ROW_VOUCHER, fill_voucher},
    {ROW_BUCKET, fill_bucket},
    {ROW_HISTORY, fill_history},
    {ROW_TALLY, fill_tally},
    {ROW_BATCH, fill_batch},
    {ROW_PAYOUT, fill_payout},
    {ROW_CHARGE, fill_charge},
};

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
    const struct row_head *head = pool_at(&f->to->table[kind].pool, again);
    assert_true(row_clean(f->to, head));
    assert_true(row_indexed(f->to, kind, again));
}

static void test_every_kind(void **state)
{
    struct fixture *f = *state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        for (int row = 0; row < 8; row++) {
            uint32_t item = row_new(f->from, kinds[k].kind);
            kinds[k].fill(f, pool_at(&f->from->table[kinds[k].kind].pool, item));
            if (kinds[k].kind == ROW_BUCKET)
                fill_bucket_lists(f, item);
            round_trip(f, kinds[k].kind, item);
        }
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
    assert_int_equal(row_encode(f->from, ROW_LAPSE, lapse, b.key, &b.key_len, b.value), 0);
    assert_int_equal(b.key_len, 8);
    assert_int_equal(row_encode(f->from, ROW_TALLY, tally, b.key, &b.key_len, b.value), 0);
    assert_int_equal(b.key_len, 12);
}

static void test_id(void **state)
{
    struct fixture *f = *state;
    static struct bytes b;
    struct charge_place place;
    uint32_t item = row_new(f->from, ROW_CHARGE);
    struct charge_row *c = ROW_AT(charge_row, f->from, ROW_CHARGE, item);
    fill_charge(f, c);
    b.len = row_encode(f->from, ROW_ID, item, b.key, &b.key_len, b.value);
    assert_true(b.len > 0); /* no format byte: the number stands first */
    for (size_t len = 0; len < b.len; len++)
        assert_false(row_id_read(b.value, len, &place));
    assert_true(row_id_read(b.value, b.len, &place));
    assert_int_equal(place.number, c->number);
    assert_int_equal(place.digits, c->digits);
    assert_int_equal(place.business_day, calendar_local_day(c->recorded_ms));
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
        cmocka_unit_test_setup_teardown(test_meta, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fullest_bucket, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
