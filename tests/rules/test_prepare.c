/* What a request needs of the tables is brought in before it is applied, or nothing happens: at
 * each look that fails the fault is told, at each row that is damaged it is FAULT_CORRUPT, and
 * where there is no room it is FAULT_FULL. Afterwards the ledger goes on as if nothing had been. */
#include "tests/support/unit.h"

#include "ledger/state.h"
#include "tests/support/keys.h"
#include "tests/support/order.h"
#include "tests/support/weak_source.h"

#define BODY(name) SALDO__V1__COMMAND__BODY_##name
#define O(name, by, text)                                                                          \
    {                                                                                              \
        .body = BODY(name), .key = by, .words = text                                               \
    }

static const struct order orders[] = {
    O(GRANT_VOUCHER, ADMIN, "number=0000000011 organiser=kainuu"),
    O(AMEND_VOUCHER, ADMIN, "number=0000000011 effective_from=2026-04-01"),
    O(CLOSE_VOUCHER, ADMIN, "number=0000000011 closed_on=2026-12-31"),
    O(VOID_VOUCHER, ADMIN, "number=0000000055"),
    O(CONVERT_VOUCHER, ADMIN, "number=0000000011 from_day=2026-05-01 into.number=0000000066"),
    O(RESERVE_VOUCHER, ADMIN, "number=0000000011 provider=P1"),
    O(ADD_SUSPENSION, ADMIN, "number=0000000011 from_day=2026-05-01"),
    O(END_SUSPENSION, ADMIN, "number=0000000011 from_day=2026-05-01"),
    O(ADD_PRIOR_APPROVAL, ADMIN, "number=0000000011 service=sentti"),
    O(REVIEW_CHARGE, CASE_WORKER, "provider=P1 charge=$review accept=true"),
    O(DELETE_CHARGE, "P1", "charge=$delete"),
    O(CREDIT_CHARGE, FINANCE_1, "provider=P2 charge=$credit cents=1"),
    O(SETTLE_DAY, SETTLEMENT, "day=2026-03-31"),
    O(START_PAYOUT_RUN, FINANCE_1, "organiser=kainuu"),
    O(PREPARE_PAYOUT_RUN, FINANCE_1, "organiser=kainuu run_day=2026-03-31"),
    O(RELEASE_PAYOUT_RUN, FINANCE_1, "organiser=kainuu run_day=2026-03-31"),
    O(RELEASE_HELD_PAYOUT, FINANCE_1, "organiser=kainuu provider=P1 run_day=2026-03-31"),
    O(RECORD_BANK_EVENT, FINANCE_1,
      "line=$line1 kind=1 organiser=kainuu provider=P1 run_day=2026-03-31"),
    O(RECORD_BANK_EVENT, FINANCE_1, "line=$line1 kind=8 organiser=kainuu run_day=2026-03-31"),
    O(CLOSE_BANK_LINE, FINANCE_1, "line=$line1 reason=oma"),
};

static enum fault prepare(struct world *w, const struct request *r, struct ledger_source source)
{
    const struct ledger_entry e = {.number = w->applied + 1,
                                   .time_ms = w->now_ms,
                                   .day = model_local_day(w->now_ms),
                                   .request = r,
                                   .level = w->level};
    return ledger_prepare(w->ledger, &e, &source);
}

/* How often the tables are asked, each of which has to be told when it goes wrong. */
static uint32_t each_look(struct world *w, const struct request *r, enum weakness weakness)
{
    const enum fault wanted = weakness == WEAK_FAILS ? FAULT_IO : FAULT_CORRUPT;
    for (uint32_t looks = 0;; looks++) {
        struct weak_source weak = {.strong = w->source, .weakness = weakness, .left = looks};
        assert_true(world_restart(w)); /* all rows are in the tables only */
        enum fault f = prepare(w, r, weak_source(&weak));
        assert_int_equal(f, weak.hit ? wanted : FAULT_NONE);
        ledger_audit(w->ledger);
        if (!weak.hit)
            return looks;
    }
}

static struct request request_of(struct scene *s, const struct order *o, Saldo__V1__Command *c,
                                 struct command *item)
{
    static uint8_t id[LIMIT_REQUEST_ID_BYTES];
    struct test_key pair;
    struct request r = {.purpose =
                            o->body == BODY(SETTLE_DAY) ? PURPOSE_SETTLEMENT : PURPOSE_COMMAND,
                        .count = 1,
                        .commands = item};
    union {
        ProtobufCMessage *base;
        Saldo__V1__SetOrganiser *body;
    } cast = {.base = order_message(s, o)};
    test_key(o->key, &pair);
    memcpy(r.key_id, pair.id, sizeof(r.key_id));
    world_id(s->w, s->w->now_ms - 7200000, id); /* as old as those that have left memory */
    saldo__v1__command__init(c);
    c->request_id = (ProtobufCBinaryData){sizeof(id), id};
    c->body_case = o->body;
    c->set_organiser = cast.body;
    *item = (struct command){c, 1};
    return r;
}

static void test_every_look(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    for (size_t i = 0; i < COUNT(orders); i++) {
        Saldo__V1__Command c;
        struct command item;
        struct request r = request_of(&s, &orders[i], &c, &item);
        assert_true(each_look(s.w, &r, WEAK_FAILS) >= 2); /* the id, and what it is about */
        (void)each_look(s.w, &r, WEAK_CUTS);
    }
    scene_free(&s);
}

/* A run with all its payouts is not brought in for somebody who may not have it. */
static void test_no_look_for_a_stranger(void **state)
{
    (void)state;
    static const struct order runs[] = {
        O(PREPARE_PAYOUT_RUN, CASE_WORKER, "organiser=kainuu run_day=2026-03-31"),
        O(RELEASE_PAYOUT_RUN, CASE_WORKER, "organiser=kainuu run_day=2026-03-31"),
    };
    struct scene s = scene_stored();
    for (size_t i = 0; i < COUNT(runs); i++) {
        Saldo__V1__Command c;
        struct command item;
        struct request r = request_of(&s, &runs[i], &c, &item);
        assert_int_equal(each_look(s.w, &r, WEAK_FAILS), 1); /* the id */
    }
    /* Nor buckets of a voucher that nobody has. */
    const struct order amend =
        O(AMEND_VOUCHER, ADMIN, "number=0000000996 effective_from=2026-04-01");
    Saldo__V1__Command c;
    struct command item;
    struct request r = request_of(&s, &amend, &c, &item);
    assert_int_equal(each_look(s.w, &r, WEAK_FAILS), 2); /* the id and the voucher */
    scene_free(&s);
}

/* The night asks for the vouchers that its credits go back to. */
static void test_every_look_of_a_night(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    const struct order night = O(SETTLE_DAY, SETTLEMENT, "day=2026-04-01");
    Saldo__V1__Command c;
    struct command item;
    town_time(s.w, at(2026, 4, 2, 0, 0));
    struct request r = request_of(&s, &night, &c, &item);
    assert_true(each_look(s.w, &r, WEAK_FAILS) >= 1);
    assert_true(each_look(s.w, &r, WEAK_CUTS) >= 1);
    EXPECT(ACCEPTED, town_settle(s.w, on(2026, 4, 1)));
    scene_free(&s);
}

static void test_every_look_of_a_charge(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    struct charge charges[2] = {{.digest = 1}, {.digest = 2}};
    struct request r = {.purpose = PURPOSE_CHARGE, .count = 2, .charges = charges};
    struct test_key pair;
    test_key("P1", &pair);
    memcpy(r.key_id, pair.id, sizeof(r.key_id));
    for (int i = 0; i < 2; i++) { /* a month of its own, and the money of all months */
        const char *number = town_number(i == 0 ? 1 : 8);
        charges[i].voucher = (struct text){number, 10};
        charges[i].service = (struct text){"sentti", 6};
        charges[i].start_ms = at(2026, 3, 30, 9, 0);
        memcpy(charges[i].id, s.to_delete, sizeof(charges[i].id));
    }
    /* The id, its charge, two vouchers, and a month that has no bucket; open ones are in memory. */
    assert_int_equal(each_look(s.w, &r, WEAK_FAILS), 5);
    assert_int_equal(each_look(s.w, &r, WEAK_CUTS), 4);
    scene_free(&s);
}

/* ---- Loading ------------------------------------------------------------------------------------
 */

static void load_weakly(struct scene *s, enum weakness weakness)
{
    for (uint32_t looks = 0;; looks++) {
        struct weak_source weak = {.strong = s->w->source, .weakness = weakness, .left = looks};
        struct ledger_source source = weak_source(&weak);
        struct ledger *l;
        assert_int_equal(ledger_new(&s->w->limits, &s->w->genesis, &l), FAULT_NONE);
        enum fault f = ledger_load(l, &source);
        ledger_free(l);
        if (!weak.hit) {
            assert_int_equal(f, FAULT_NONE);
            assert_true(looks > 10);
            return;
        }
        if (weakness == WEAK_FAILS)
            assert_int_equal(f, FAULT_IO);
        else if (weak.kind != ROW_BUCKET) /* of those only the open ones are read */
            assert_int_equal(f, FAULT_CORRUPT);
    }
}

static void test_loading(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    load_weakly(&s, WEAK_FAILS);
    load_weakly(&s, WEAK_CUTS);
    const struct ledger_limits small = {.charges = 100, .vouchers = 100, .buckets = 1};
    struct ledger *l;
    assert_int_equal(ledger_new(&small, &s.w->genesis, &l), FAULT_NONE);
    assert_int_equal(ledger_load(l, &s.w->source), FAULT_FULL);
    ledger_free(l);
    scene_free(&s);
}

/* ---- Room ---------------------------------------------------------------------------------------
 */

/* All rows of a pool but `left` are taken. Returns what has to be given back. */
static uint32_t squeeze(struct pool *p, uint32_t left)
{
    uint32_t taken = pool_left(p) - left;
    p->live += taken;
    return taken;
}

static enum fault prepare_squeezed(struct world *w, const struct request *r, struct pool *p,
                                   uint32_t left)
{
    uint32_t taken = squeeze(p, left);
    w->ledger->swept = w->ledger->persisted; /* nothing would come of a walk for clean rows */
    enum fault f = prepare(w, r, w->source);
    p->live -= taken;
    w->ledger->swept = 0;
    return f;
}

/* What a check says to one command when so much is left of a pool. */
static enum outcome check_squeezed(struct world *w, const struct request *r, struct pool *p,
                                   uint32_t left)
{
    struct ledger_entry e = {.number = w->applied + 1,
                             .time_ms = w->now_ms,
                             .day = model_local_day(w->now_ms),
                             .request = r,
                             .level = w->level};
    struct answer answer;
    uint32_t taken = squeeze(p, left);
    assert_int_equal(ledger_prepare(w->ledger, &e, &w->source), FAULT_NONE);
    ledger_check(w->ledger, &e, 0, &answer);
    p->live -= taken;
    return (enum outcome)answer.code;
}

struct room {
    struct pool *pool;
    uint32_t needed; /* so many do not suffice */
};

static void expect_room(struct world *w, const struct request *r, const struct room *rooms,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pool *p = rooms[i].pool;
        assert_int_equal(prepare_squeezed(w, r, p, 0), FAULT_FULL);
        if (prepare_squeezed(w, r, p, rooms[i].needed) != FAULT_FULL)
            fail_msg("room %zu: %u suffice", i, rooms[i].needed);
        if (prepare_squeezed(w, r, p, rooms[i].needed + 1) != FAULT_NONE)
            fail_msg("room %zu: %u do not suffice", i, rooms[i].needed + 1);
    }
}

enum { ITEMS = 1 + 16 }; /* that room is asked for where a request has one */

static void test_room_for_commands(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    struct ledger *l = s.w->ledger;
    struct table *t = l->table;
    const struct room rooms[] = {
        {&t[ROW_CHARGE].pool, 3 * ITEMS},
        {&t[ROW_VOUCHER].pool, LIMIT_CONVERT_INTO * ITEMS},
        {&t[ROW_BUCKET].pool, 8 * ITEMS},
        {&l->totals, 8 * ITEMS},
        {&l->chunks, 2 * ITEMS},
        {&l->versions, ITEMS},
        {&l->extras, ITEMS},
        {&t[ROW_TALLY].pool, ITEMS},
        {&t[ROW_ACCOUNT].pool, 2 * ITEMS},
        {&t[ROW_LAPSE].pool, 2 * ITEMS},
        {&t[ROW_COMMITMENT].pool, ITEMS},
        {&t[ROW_RUN].pool, ITEMS},
        {&t[ROW_PAYOUT].pool, ITEMS},
        {&t[ROW_BANK_LINE].pool, 2 * ITEMS},
        {&t[ROW_OPEN_LINE].pool, ITEMS},
        {&t[ROW_CORRECTION].pool, ITEMS},
        {&l->days, 2},
    };
    const struct order set = O(SET_ORGANISER, ADMIN, "code=uusi");
    const struct order start = O(START_PAYOUT_RUN, FINANCE_1, "organiser=kainuu");
    Saldo__V1__Command c;
    struct command item;
    struct request r = request_of(&s, &set, &c, &item);
    expect_room(s.w, &r, rooms, COUNT(rooms));
    /* A run on command makes a payout a provider, and a run an organiser. */
    const struct room run[] = {{&t[ROW_RUN].pool, LIMIT_ORGANISERS}};
    r = request_of(&s, &start, &c, &item);
    assert_int_equal(prepare(s.w, &r, s.w->source), FAULT_NONE); /* brings a run in */
    expect_room(s.w, &r, run, COUNT(run));
    scene_free(&s);
}

/* What is in the tables as it is in memory can go without a checkpoint. */
static void test_clean_rows_make_room(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    struct pool *p = &s.w->ledger->table[ROW_VOUCHER].pool;
    const struct order amend =
        O(AMEND_VOUCHER, ADMIN, "number=0000000011 effective_from=2026-04-01");
    const struct order set = O(SET_ORGANISER, ADMIN, "code=uusi");
    Saldo__V1__Command c;
    struct command item;
    struct request r = request_of(&s, &amend, &c, &item);
    assert_int_equal(prepare(s.w, &r, s.w->source), FAULT_NONE); /* brings a voucher in */
    world_checkpoint(s.w);
    assert_true(p->live > 0);
    r = request_of(&s, &set, &c, &item);
    uint32_t taken = squeeze(p, LIMIT_CONVERT_INTO * ITEMS);
    enum fault f = prepare(s.w, &r, s.w->source);
    p->live -= taken;
    assert_int_equal(f, FAULT_NONE);
    scene_free(&s);
}

static void test_room_for_a_night(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    struct ledger *l = s.w->ledger;
    struct table *t = l->table;
    const struct room rooms[] = {
        {&t[ROW_CHARGE].pool, 2 * ITEMS},
        {&t[ROW_VOUCHER].pool, ITEMS},
        {&t[ROW_LAPSE].pool, 2 * ITEMS},
        {&t[ROW_HISTORY].pool, l->totals.live},
        {&t[ROW_BATCH].pool, 1},
        {&t[ROW_ACCOUNT].pool, t[ROW_TALLY].pool.live},
        {&t[ROW_PAYOUT].pool, t[ROW_ACCOUNT].pool.live},
        {&t[ROW_RUN].pool, LIMIT_ORGANISERS},
    };
    const struct order night = O(SETTLE_DAY, SETTLEMENT, "day=2026-04-01");
    Saldo__V1__Command c;
    struct command item;
    town_time(s.w, at(2026, 4, 2, 0, 0));
    struct request r = request_of(&s, &night, &c, &item);
    expect_room(s.w, &r, rooms, COUNT(rooms));
    scene_free(&s);
}

/* Rows of the catalogue are never removed: where there is room for no more, LIMIT_REACHED, asked
 * for last. What is there can still be set again. */
static void test_room_in_the_catalogue(void **state)
{
    (void)state;
    static const struct {
        struct order order;
        enum row_kind full;
    } cases[] = {
        {O(SET_ORGANISER, ADMIN, "code=uusi"), ROW_ORGANISER},
        {O(SET_SERVICE, ADMIN, "organiser=kainuu code=uusi unit=1 increment=1"), ROW_SERVICE},
        {O(ADD_RATE_WINDOW, ADMIN,
           "organiser=kainuu rate_class=uusi day_kind=1 from_minute=0 to_minute=9"),
         ROW_CLASS},
        {O(ADD_RATE_WINDOW, ADMIN,
           "organiser=kainuu rate_class=uusi day_kind=1 from_minute=0 to_minute=9"),
         ROW_WINDOW},
        {O(ADD_RATE, ADMIN, "organiser=kainuu service=sentti valid_from=2026-01-01"), ROW_DATED},
        {O(SET_PROVIDER, ADMIN, "id=uusi"), ROW_PROVIDER},
        {O(SET_COMMITMENT, FINANCE_1, "organiser=kainuu cost_code=uusi year=2026"), ROW_COST_CODE},
        {O(REGISTER_KEY, ADMIN, "signing_key=$uusi transport_key=$uusi owner=uusi role=2"),
         ROW_KEY},
        {O(GRANT_VOUCHER, ADMIN,
           "number=0000000022 organiser=kainuu kind=1 services=sentti period=1 "
           "valid_from=2026-01-01 valid_to=2026-12-31 cost_code=uusi"),
         ROW_COST_CODE},
        {O(CONVERT_VOUCHER, ADMIN,
           "number=0000000044 from_day=2026-05-01 into.number=0000000022 into.organiser=kainuu "
           "into.client=A00001 into.kind=1 into.services=sentti into.period=1 "
           "into.valid_from=2026-05-01 into.valid_to=2026-12-31 into.cost_code=uusi"),
         ROW_COST_CODE},
    };
    struct scene s = scene_stored();
    for (size_t i = 0; i < COUNT(cases); i++) {
        Saldo__V1__Command c;
        struct command item;
        struct request r = request_of(&s, &cases[i].order, &c, &item);
        struct pool *p = &s.w->ledger->table[cases[i].full].pool;
        world_id(s.w, s.w->now_ms, c.request_id.data);
        EXPECT(ACCEPTED, check_squeezed(s.w, &r, p, 1));
        EXPECT(LIMIT_REACHED, check_squeezed(s.w, &r, p, 0));
    }
    /* A voucher without a cost code asks for no room for one. */
    const struct order plain = O(GRANT_VOUCHER, ADMIN,
                                 "number=0000000022 organiser=kainuu kind=1 services=sentti "
                                 "period=1 valid_from=2026-01-01 valid_to=2026-12-31");
    Saldo__V1__Command c;
    struct command item;
    struct request r = request_of(&s, &plain, &c, &item);
    world_id(s.w, s.w->now_ms, c.request_id.data);
    EXPECT(ACCEPTED, check_squeezed(s.w, &r, &s.w->ledger->table[ROW_COST_CODE].pool, 0));
    scene_free(&s);
}

/* A voucher with more versions than there is room for; and with so many that none is left for what
 * the command itself adds. */
static void test_room_for_long_lists(void **state)
{
    (void)state;
    struct scene s = scene_stored();
    Saldo__V1__Value amount = SALDO__V1__VALUE__INIT;
    const struct order amend =
        O(AMEND_VOUCHER, ADMIN, "number=0000000055 effective_from=2026-05-01");
    Saldo__V1__Command c;
    struct command item;
    enum { OLDER = 20 };
    for (int i = 0; i < OLDER; i++) {
        Saldo__V1__AmendVoucher a = SALDO__V1__AMEND_VOUCHER__INIT;
        char number[] = "0000000055";
        a.number = number;
        a.effective_from = on(2026, 5, 1);
        amount.value = 1000 + i;
        a.amount_cents = &amount;
        town_do(s.w, BODY(AMEND_VOUCHER), &a);
    }
    world_checkpoint(s.w);
    struct request r = request_of(&s, &amend, &c, &item);
    for (uint32_t left = OLDER - 1; left <= OLDER + 1; left++) {
        assert_true(world_restart(s.w));
        assert_int_equal(prepare_squeezed(s.w, &r, &s.w->ledger->versions, left),
                         left <= OLDER ? FAULT_FULL : FAULT_NONE);
    }
    scene_free(&s);
}

static void test_limits(void **state)
{
    (void)state;
    const uint32_t most = UINT32_C(1) << 27;
    const struct ledger_limits unusable[] = {
        {0, 1, 1, 0},        {1, 0, 1, 0},        {1, 1, 0, 0},
        {most + 1, 1, 1, 0}, {1, most + 1, 1, 0}, {1, 1, most + 1, 0},
    };
    const struct ledger_genesis genesis = {.clock_skew_ms = 1};
    struct ledger *l;
    for (size_t i = 0; i < COUNT(unusable); i++) {
        assert_int_equal(ledger_new(&unusable[i], &genesis, &l), FAULT_CONFIG);
        assert_null(l);
    }
    ledger_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_look),
        cmocka_unit_test(test_no_look_for_a_stranger),
        cmocka_unit_test(test_every_look_of_a_night),
        cmocka_unit_test(test_every_look_of_a_charge),
        cmocka_unit_test(test_loading),
        cmocka_unit_test(test_room_for_commands),
        cmocka_unit_test(test_clean_rows_make_room),
        cmocka_unit_test(test_room_for_a_night),
        cmocka_unit_test(test_room_in_the_catalogue),
        cmocka_unit_test(test_room_for_long_lists),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
