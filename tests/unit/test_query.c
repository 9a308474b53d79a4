/* Queries: pages and past nights come out the same wherever the rows are, in memory, half-way
 * through a checkpoint or in the tables only; and everyone sees what is theirs to see. */
#include "tests/support/unit.h"

#include "calendar.h"
#include "tests/support/asking.h"
#include "tests/support/market.h"

#define VOUCHERS 25

/* ---- Pages ---------------------------------------------------------------------------------- */

static void expect_pages(struct world *w, int32_t count)
{
    for (int32_t limit = 1; limit <= count + 1; limit += 3) {
        Saldo__V1__BalanceQuery query = SALDO__V1__BALANCE_QUERY__INIT;
        Saldo__V1__Reply reply;
        char after[16] = "";
        int32_t seen = 0;
        query.limit = limit;
        query.after = after;
        do {
            EXPECT(ACCEPTED, ASK(w, ADMIN, BALANCE, &query, &reply));
            assert_true(reply.balances->n_balances <= (size_t)limit);
            for (size_t i = 0; i < reply.balances->n_balances; i++)
                assert_string_equal(reply.balances->balances[i]->voucher, town_number(++seen));
            snprintf(after, sizeof(after), "%s", reply.balances->next);
        } while (after[0] != '\0');
        assert_int_equal(seen, count);
    }
}

/* Granted in an order that is not theirs. */
static void grant(struct world *w, int32_t first, int32_t last)
{
    for (int32_t i = last; i >= first; i--)
        town_voucher(w, &(struct voucher_of){i, {"sentti"}, .amount = 30000});
}

static void test_pages_across_a_checkpoint(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 2));
    sell_cents(w);
    grant(w, 1, 9);
    expect_pages(w, 9);
    world_freeze(w);
    world_freeze_step(w, 3);
    grant(w, 10, 14);
    struct charge_of c = cents_of(town_number(3), at(2026, 3, 1, 8, 0), 100);
    TAKES(w, &c, 29900, 100); /* a row of both lists */
    expect_pages(w, 14);
    world_checkpoint(w);
    expect_pages(w, 14);
    grant(w, 15, VOUCHERS);
    assert_true(world_restart(w));
    expect_pages(w, VOUCHERS);
    town_free(w);
}

/* ---- Past nights ---------------------------------------------------------------------------- */

static void expect_night(struct world *w, const char *voucher, int32_t day, int64_t posted,
                         int64_t pending)
{
    Saldo__V1__BalanceQuery query = SALDO__V1__BALANCE_QUERY__INIT;
    Saldo__V1__Reply reply;
    char number[16];
    snprintf(number, sizeof(number), "%s", voucher);
    query.voucher = number;
    query.as_of = day;
    EXPECT(ACCEPTED, ASK(w, ADMIN, BALANCE, &query, &reply));
    assert_int_equal(reply.balances->as_of, day);
    assert_int_equal(reply.balances->n_balances, 1);
    const Saldo__V1__Balance *b = reply.balances->balances[0];
    assert_int_equal(b->bucket, calendar_month(day));
    assert_int_equal(b->posted, posted);
    assert_int_equal(b->pending, pending);
    assert_int_equal(b->available, posted - pending);
}

static void expect_nights(struct world *w, const char *voucher)
{
    expect_night(w, voucher, on(2026, 3, 29), 30000, 0);
    expect_night(w, voucher, on(2026, 3, 30), 22400, 0);
    expect_night(w, voucher, on(2026, 3, 31), 22400, 0);
    expect_night(w, voucher, on(2026, 4, 1), 30000, 0);
    expect_night(w, voucher, on(2026, 4, 2), 29000, 0);
}

static void test_past_nights(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 29));
    sell_cents(w);
    char v[16];
    snprintf(v, sizeof(v), "%s",
             town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000}));
    town_night(w);
    struct charge_of c = cents_of(v, at(2026, 3, 29, 8, 0), 7600);
    TAKES(w, &c, 22400, 7600);
    for (int i = 0; i < 3; i++)
        town_night(w);
    c = cents_of(v, at(2026, 4, 1, 8, 0), 1000);
    TAKES(w, &c, 29000, 1000);
    town_night(w);
    expect_nights(w, v);
    world_freeze(w);
    world_freeze_step(w, 2);
    expect_nights(w, v);
    world_checkpoint(w);
    expect_nights(w, v);
    assert_true(world_restart(w));
    expect_nights(w, v);

    Saldo__V1__BalanceQuery query = SALDO__V1__BALANCE_QUERY__INIT;
    Saldo__V1__Reply reply;
    query.as_of = on(2026, 4, 3);
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, BALANCE, &query, &reply)); /* not settled yet */
    town_free(w);
}

static void test_past_nights_of_carry_over(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 1, 30));
    sell_cents(w);
    char v[16];
    snprintf(
        v, sizeof(v), "%s",
        town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 10000, .carry_over = true}));
    struct charge_of c = cents_of(v, at(2026, 1, 29, 8, 0), 4000);
    TAKES(w, &c, 6000, 4000);
    for (int i = 0; i < 4; i++)
        town_night(w);
    expect_night(w, v, on(2026, 1, 30), 6000, 0);
    expect_night(w, v, on(2026, 1, 31), 6000, 0);
    expect_night(w, v, on(2026, 2, 1), 16000, 0); /* no night moved it: the month did */
    world_checkpoint(w);
    expect_night(w, v, on(2026, 2, 1), 16000, 0);
    town_free(w);
}

/* ---- Who sees what -------------------------------------------------------------------------- */

static void expect_end(struct world *w, const char *who, const char *state, int32_t closed_on)
{
    Saldo__V1__VoucherQuery query = SALDO__V1__VOUCHER_QUERY__INIT;
    Saldo__V1__Reply reply;
    char number[16];
    snprintf(number, sizeof(number), "%s", town_number(1));
    query.number = number;
    EXPECT(ACCEPTED, ASK(w, who, VOUCHER, &query, &reply));
    assert_string_equal(reply.voucher->state, state);
    assert_int_equal(reply.voucher->closed_on, closed_on);
}

static void expect_voucher(struct world *w, const char *who, bool provider, const char *reserved)
{
    Saldo__V1__VoucherQuery query = SALDO__V1__VOUCHER_QUERY__INIT;
    Saldo__V1__Reply reply;
    char number[16];
    snprintf(number, sizeof(number), "%s", town_number(1));
    query.number = number;
    EXPECT(ACCEPTED, ASK(w, who, VOUCHER, &query, &reply));
    assert_string_equal(reply.voucher->organiser, COUNTY);
    assert_string_equal(reply.voucher->state, "GRANTED");
    assert_string_equal(reply.voucher->reserved_for, reserved);
    assert_int_equal(reply.voucher->n_versions, 1);
    assert_int_equal(reply.voucher->versions[0]->amount_cents, 30000);
    assert_string_equal(reply.voucher->versions[0]->services[0], "sentti");
    assert_string_equal(reply.voucher->cost_code, provider ? "" : "4320");
    assert_int_equal(reply.voucher->client[0] == '\0', provider);
    assert_int_equal(reply.voucher->n_suspensions, provider ? 0 : 1);
}

static void test_views_of_a_voucher(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 2));
    sell_cents(w);
    char number[16];
    snprintf(
        number, sizeof(number), "%s",
        town_voucher(
            w, &(struct voucher_of){
                   1, {"sentti"}, .amount = 30000, .cost_code = "4320", .reserved_for = "P1"}));
    Saldo__V1__AddSuspension away = SALDO__V1__ADD_SUSPENSION__INIT;
    away.number = number;
    away.from_day = on(2026, 3, 10);
    town_do(w, SALDO__V1__COMMAND__BODY_ADD_SUSPENSION, &away);
    expect_voucher(w, ADMIN, false, "P1");
    expect_voucher(w, "P1", true, "P1");
    expect_voucher(w, "P2", true, "");
    Saldo__V1__CloseVoucher close = SALDO__V1__CLOSE_VOUCHER__INIT;
    close.number = number;
    close.closed_on = on(2026, 3, 1);
    town_do(w, SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER, &close);
    expect_end(w, ADMIN, "CLOSED", on(2026, 3, 1));
    expect_end(w, "P1", "GRANTED", 0);

    Saldo__V1__BalanceQuery all = SALDO__V1__BALANCE_QUERY__INIT;
    Saldo__V1__KeysQuery keys = SALDO__V1__KEYS_QUERY__INIT;
    Saldo__V1__Reply reply;
    EXPECT(ROLE_NOT_ALLOWED, ASK(w, "P1", BALANCE, &all, &reply));
    EXPECT(ROLE_NOT_ALLOWED, ASK(w, "P1", KEYS, &keys, &reply));
    EXPECT(ACCEPTED, ASK(w, ADMIN, KEYS, &keys, &reply));
    assert_int_equal(reply.keys->n_keys, ledger_key_count(w->ledger));
    EXPECT(BAD_SIGNATURE, ASK(w, "nobody", KEYS, &keys, &reply));
    town_free(w);
}

static enum outcome ask_charge(struct world *w, const char *who, const char *provider,
                               const uint8_t *id, Saldo__V1__Reply *reply)
{
    Saldo__V1__ChargeQuery query = SALDO__V1__CHARGE_QUERY__INIT;
    char name[8];
    uint8_t bytes[LIMIT_REQUEST_ID_BYTES];
    snprintf(name, sizeof(name), "%s", provider);
    memcpy(bytes, id, sizeof(bytes));
    query.provider = name;
    query.charge = (ProtobufCBinaryData){sizeof(bytes), bytes};
    return ASK(w, who, CHARGE, &query, reply);
}

static void expect_charge_views(struct world *w, const uint8_t *id, const char *want)
{
    Saldo__V1__Reply reply;
    EXPECT(ACCEPTED, ask_charge(w, "P1", "", id, &reply));
    assert_string_equal(reply.charge->state, want);
    EXPECT(ACCEPTED, ask_charge(w, ADMIN, "P1", id, &reply));
    assert_string_equal(reply.charge->voucher, town_number(1));
    assert_string_equal(reply.charge->service, "sentti");
    assert_string_equal(reply.charge->rate_class, "");
    assert_int_equal(reply.charge->county_cents, 7600);
    assert_int_equal(reply.charge->have, 22400);
    EXPECT(CHARGE_UNKNOWN, ask_charge(w, "P2", "", id, &reply));
    EXPECT(CHARGE_UNKNOWN, ask_charge(w, "P2", "P1", id, &reply));
    EXPECT(CHARGE_UNKNOWN, ask_charge(w, ADMIN, "", id, &reply));
}

static void test_a_charge_and_what_is_owed(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 2));
    sell_cents(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000});
    struct charge_of c = cents_of(v, at(2026, 3, 1, 8, 0), 7600);
    TAKES(w, &c, 22400, 7600);
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    memcpy(id, town_last_id(), sizeof(id));
    expect_charge_views(w, id, "APPROVED");
    town_night(w);
    world_checkpoint(w);
    expect_charge_views(w, id, "SETTLED"); /* from the tables */

    Saldo__V1__BatchQuery batch = SALDO__V1__BATCH_QUERY__INIT;
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    Saldo__V1__PayablesQuery payables = SALDO__V1__PAYABLES_QUERY__INIT;
    Saldo__V1__Reply reply;
    batch.day = on(2026, 3, 2);
    EXPECT(ACCEPTED, ASK(w, "P1", BATCH, &batch, &reply));
    assert_int_equal(reply.batch->n_lines, 1);
    EXPECT(ACCEPTED, ASK(w, "P2", BATCH, &batch, &reply));
    assert_int_equal(reply.batch->n_lines, 0);
    EXPECT(ACCEPTED, ASK(w, "P1", PAYOUTS, &payouts, &reply));
    assert_int_equal(reply.payouts->n_payouts, 1);
    assert_int_equal(reply.payouts->payouts[0]->cents, 7600);
    EXPECT(ACCEPTED, ASK(w, "P2", PAYOUTS, &payouts, &reply));
    assert_int_equal(reply.payouts->n_payouts, 0);
    EXPECT(ACCEPTED, ASK(w, "P2", PAYABLES, &payables, &reply));
    assert_int_equal(reply.payables->n_payables, 0);
    batch.day++;
    EXPECT(ROW_UNKNOWN, ASK(w, ADMIN, BATCH, &batch, &reply));
    town_free(w);
}

/* ---- Checking, and an arena that is too small ----------------------------------------------- */

static void test_check_changes_nothing(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 2));
    sell_cents(w);
    char number[16];
    snprintf(number, sizeof(number), "%s",
             town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000}));
    Saldo__V1__Charge charge = SALDO__V1__CHARGE__INIT;
    Saldo__V1__Charge *charges[] = {&charge, &charge};
    Saldo__V1__CheckQuery query = SALDO__V1__CHECK_QUERY__INIT;
    Saldo__V1__Reply reply;
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    char service[] = "sentti", provider[] = "P1";
    world_id(w, w->now_ms, id);
    charge.request_id = (ProtobufCBinaryData){sizeof(id), id};
    charge.voucher = number;
    charge.service = service;
    charge.unit = SALDO__V1__UNIT__PIECE;
    charge.start_ms = at(2026, 3, 1, 8, 0);
    charge.quantity = 20000;
    charge.price_cents = 1;
    charge.county_cents = 20000;
    query.charges = charges;
    query.n_charges = 2;
    EXPECT(ACCEPTED, ASK(w, "P1", CHECK, &query, &reply));
    assert_int_equal(reply.check->n_answers, 2); /* each on its own */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reply.check->answers[i]->code, OUTCOME_ACCEPTED);
        assert_int_equal(reply.check->answers[i]->have, 10000);
    }
    query.provider = provider;
    EXPECT(ACCEPTED, ASK(w, ADMIN, CHECK, &query, &reply));
    assert_int_equal(reply.check->answers[0]->code, OUTCOME_ACCEPTED);
    EXPECT(SCOPE_NOT_ALLOWED, ASK(w, "P2", CHECK, &query, &reply));
    query.n_charges = 0;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, CHECK, &query, &reply));
    BALANCE_IS(w, number, 30000, 0);
    town_free(w);
}

static void test_small_arenas(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 2));
    sell_cents(w);
    grant(w, 1, 9);
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__BalanceQuery balance = SALDO__V1__BALANCE_QUERY__INIT;
    Saldo__V1__Reply reply;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_BALANCE;
    query.balance = &balance;
    size_t size = 16;
    for (; ask_in(w, ADMIN, &query, size, &reply) != OUTCOME_ACCEPTED; size += 16) {
        EXPECT(LIMIT_REACHED, (enum outcome)reply.code);
        assert_int_equal(reply.result_case, SALDO__V1__REPLY__RESULT__NOT_SET);
        assert_true(size < ASKING_BYTES);
    }
    assert_int_equal(reply.balances->n_balances, 9);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_across_a_checkpoint),
        cmocka_unit_test(test_past_nights),
        cmocka_unit_test(test_past_nights_of_carry_over),
        cmocka_unit_test(test_views_of_a_voucher),
        cmocka_unit_test(test_a_charge_and_what_is_owed),
        cmocka_unit_test(test_check_changes_nothing),
        cmocka_unit_test(test_small_arenas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
