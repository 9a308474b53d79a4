/* The lives of vouchers and charges: closing, withdrawing, amending, converting; review, credit,
 * settlement; what carries over and what lapses. */
#include "tests/support/unit.h"

#include "calendar.h"
#include "tests/support/asking.h"
#include "tests/support/market.h"

#define BODY(name) SALDO__V1__COMMAND__BODY_##name

static char number[LIMIT_VOUCHER_BYTES + 1];

/* 9 March 2026 at noon, with a voucher of 300.00 a month for the year. */
static struct world *scene(const struct voucher_of *v)
{
    static const struct voucher_of usual = {1, {"sentti"}, .amount = 30000, .cost_code = "K"};
    struct world *w = town_new(on(2026, 3, 9));
    sell_cents(w);
    sell_cleaning(w);
    memcpy(number, town_voucher(w, v == NULL ? &usual : v), sizeof(number));
    town_time(w, at(2026, 3, 9, 12, 0));
    return w;
}

static struct charge_of service_on(int32_t day, int64_t cents)
{
    return cents_of(number, model_instant(day, 8, 0), cents);
}

static void expect_state(struct world *w, const char *state)
{
    struct model_voucher v;
    assert_true(world_compare(w));
    model_voucher(w->model, 0, model_local_day(w->now_ms), &v);
    assert_string_equal(v.state, state);
}

static void test_closing(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    expect_state(w, "GRANTED");
    struct charge_of c = service_on(on(2026, 3, 8), 100);
    TAKES(w, &c, 29900, 100);
    expect_state(w, "OPEN");
    EXPECT(VOUCHER_STATE,
           town_close(w, number, on(2026, 3, 7))); /* a service was charged after it */
    EXPECT(FIELD_INVALID, town_close(w, number, on(2027, 1, 1)));
    EXPECT(ACCEPTED, town_close(w, number, on(2026, 3, 15)));
    expect_state(w, "OPEN"); /* its last day is still to come */
    EXPECT(ACCEPTED, town_close(w, number, on(2026, 3, 15)));
    EXPECT(VOUCHER_STATE, town_close(w, number, on(2026, 3, 16)));
    town_time(w, at(2026, 3, 16, 0, 0));
    expect_state(w, "CLOSED");
    EXPECT(VOUCHER_STATE, town_withdraw(w, number));
    BALANCE_IS(w, number, 30000, 100); /* closing takes nothing from its month */
    town_time(w, at(2026, 4, 15, 0, 0));
    expect_state(w, "FINAL");
    EXPECT(VOUCHER_STATE, town_amend(w, number, (struct amend_of){on(2026, 4, 1), 0, 100}));
    town_free(w);
}

static void test_withdrawing(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    struct charge_of c = service_on(on(2026, 3, 8), 100);
    TAKES(w, &c, 29900, 100);
    EXPECT(VOUCHER_STATE, town_withdraw(w, number));
    EXPECT(ACCEPTED, town_delete(w, "P1", town_last_id()));
    EXPECT(ACCEPTED, town_withdraw(w, number));
    EXPECT(ACCEPTED, town_withdraw(w, number));
    expect_state(w, "VOID");
    REFUSES(w, &c, VOUCHER_VOID, 0, 0);
    EXPECT(VOUCHER_STATE, town_close(w, number, on(2026, 3, 9)));
    BALANCE_IS(w, number, 0, 0);
    town_free(w);
}

static void test_amending(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    struct charge_of c = service_on(on(2026, 3, 8), 20000);
    TAKES(w, &c, 10000, 20000);
    EXPECT(ALLOTMENT_TOO_LOW, town_amend(w, number, (struct amend_of){on(2026, 3, 1), 0, 19999}));
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){on(2026, 3, 1), 0, 20000}));
    BALANCE_IS(w, number, 20000, 20000);
    EXPECT(FIELD_INVALID,
           town_amend(w, number,
                      (struct amend_of){on(2026, 2, 28), 0, 30000})); /* before the last version */
    EXPECT(ACCEPTED,
           town_amend(w, number, (struct amend_of){on(2026, 3, 17), 0, 60000})); /* 15 of 31 days */
    BALANCE_IS(w, number, 39355, 20000); /* (200 x 16 + 600 x 15) / 31 = 393.548... */
    EXPECT(ACCEPTED, town_amend(w, number,
                                (struct amend_of){on(2026, 3, 17), 0, 60000})); /* the same again */
    EXPECT(FIELD_INVALID,
           town_amend(w, number, (struct amend_of){on(2026, 3, 20), on(2026, 3, 19), 60000}));
    EXPECT(ACCEPTED,
           town_amend(w, number, (struct amend_of){on(2026, 3, 20), on(2026, 3, 21), 60000}));
    BALANCE_IS(w, number, 20000 * 16 / 31 + 9678, 20000); /* 5 days of 600.00 */
    Saldo__V1__AmendVoucher units = SALDO__V1__AMEND_VOUCHER__INIT;
    Saldo__V1__Value quota = SALDO__V1__VALUE__INIT;
    units.number = number;
    units.effective_from = on(2026, 3, 20);
    units.quota = &quota;
    EXPECT(FIELD_INVALID, town_command(w, CASE_WORKER, BODY(AMEND_VOUCHER), &units));
    town_free(w);
}

static void test_carry_over_and_whole(void **state)
{
    (void)state;
    struct world *w =
        scene(&(struct voucher_of){1, {"sentti"}, .amount = 10000, .carry_over = true});
    BALANCE_IS(w, number, 30000, 0); /* January to March */
    struct charge_of c = service_on(on(2026, 1, 31), 10001);
    REFUSES(w, &c, INSUFFICIENT_BALANCE, 10000, 10001);
    c = service_on(on(2026, 3, 8), 25000);
    TAKES(w, &c, 5000, 25000);
    c = service_on(on(2026, 2, 8), 1); /* 200.00 until then, and more than that is gone */
    REFUSES(w, &c, INSUFFICIENT_BALANCE, 0, 1);
    town_voucher(w, &(struct voucher_of){2, {"sentti"}, .amount = 500, .whole = true});
    BALANCE_IS(w, town_number(2), 500, 0);
    town_time(w, at(2026, 4, 1, 0, 0));
    BALANCE_IS(w, number, 40000, 25000);
    BALANCE_IS(w, town_number(2), 500, 0);
    town_free(w);
}

static void test_conversion_from_the_first_day(void **state)
{
    (void)state;
    struct world *w =
        scene(&(struct voucher_of){1, {"sentti"}, .amount = 10000, .from = on(2026, 4, 1)});
    struct grant_store store;
    Saldo__V1__GrantVoucher grant;
    Saldo__V1__GrantVoucher *into = &grant;
    Saldo__V1__ConvertVoucher c = SALDO__V1__CONVERT_VOUCHER__INIT;
    struct voucher_of next = {2, {"siivous"}, .quota = 60, .from = on(2026, 4, 1)};
    town_grant_fill(&next, &store, &grant);
    c.number = number;
    c.from_day = on(2026, 4, 1);
    c.n_into = 1;
    c.into = &into;
    char other_client[] = "A00002";
    grant.client = other_client;
    EXPECT(FIELD_INVALID, town_command(w, CASE_WORKER, BODY(CONVERT_VOUCHER), &c));
    expect_state(w, "GRANTED");
    town_grant_fill(&next, &store, &grant);
    EXPECT(ACCEPTED, town_command(w, CASE_WORKER, BODY(CONVERT_VOUCHER), &c));
    EXPECT(ACCEPTED, town_command(w, CASE_WORKER, BODY(CONVERT_VOUCHER), &c)); /* the same again */
    expect_state(w, "VOID");
    assert_int_equal(model_voucher_count(w->model), 2);
    town_free(w);
}

static void test_review(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    uint8_t ids[2][LIMIT_REQUEST_ID_BYTES];
    town_service(
        w, &(struct service_of){.code = "sentti", .unit = SALDO__V1__UNIT__PIECE, .review = true});
    for (int i = 0; i < 2; i++) {
        struct charge_of c = service_on(on(2026, 3, 8), 1000);
        TAKES(w, &c, 29000 - 1000 * i, 1000);
        assert_int_equal(w->answers[0].pays_on, 0);
        memcpy(ids[i], town_last_id(), sizeof(ids[i]));
    }
    town_night(w); /* nothing to settle yet */
    BALANCE_IS(w, number, 30000, 2000);
    EXPECT(REASON_REQUIRED, town_review(w, ids[0], false, ""));
    EXPECT(ACCEPTED, town_review(w, ids[0], false, "ei sovittu"));
    EXPECT(CHARGE_NOT_IN_REVIEW, town_review(w, ids[0], true, ""));
    EXPECT(CHARGE_NOT_DELETABLE, town_delete(w, "P1", ids[0]));
    BALANCE_IS(w, number, 30000, 1000);
    EXPECT(ACCEPTED, town_review(w, ids[1], true, ""));
    town_night(w);
    expect_line(w, on(2026, 3, 9), "P1", 0, 0);
    expect_line(w, on(2026, 3, 10), "P1", 1, 1000);
    BALANCE_IS(w, number, 29000, 0);
    EXPECT(CHARGE_UNKNOWN, town_review(w, (const uint8_t[16]){1}, true, ""));
    town_free(w);
}

/* Where the county's money is, as it is told its officers. */
static void expect_sheet(struct world *w, int64_t commitment, int64_t allotted, int64_t pending)
{
    Saldo__V1__CatalogueQuery query = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__Reply reply;
    EXPECT(ACCEPTED, ASK(w, FINANCE_1, CATALOGUE, &query, &reply));
    assert_int_equal(reply.catalogue->organisers[0]->commitment, commitment);
    assert_int_equal(reply.catalogue->organisers[0]->allotted, allotted);
    assert_int_equal(reply.catalogue->organisers[0]->pending, pending);
}

/* What waits for its review when its month lapses is still the provider's, or goes straight back to
 * the county: there is no later night for it. */
static void test_review_after_the_lapse(void **state)
{
    (void)state;
    const int32_t lapse = calendar_month_lapse(calendar_month(on(2026, 3, 8)));
    struct world *w = scene(NULL);
    uint8_t ids[2][LIMIT_REQUEST_ID_BYTES];
    town_service(
        w, &(struct service_of){.code = "sentti", .unit = SALDO__V1__UNIT__PIECE, .review = true});
    for (int i = 0; i < 2; i++) {
        struct charge_of c = service_on(on(2026, 3, 8), 1000);
        TAKES(w, &c, 29000 - 1000 * i, 1000);
        memcpy(ids[i], town_last_id(), sizeof(ids[i]));
    }
    for (int32_t day = on(2026, 3, 9); day < lapse - 1; day++)
        town_night(w);
    expect_sheet(w, -30000, 28000, 2000);
    town_night(w);
    expect_sheet(w, -2000, 0, 2000);
    town_night(w);
    EXPECT(ACCEPTED, town_review(w, ids[0], false, "ei sovittu"));
    expect_sheet(w, -1000, 0, 1000);
    EXPECT(ACCEPTED, town_review(w, ids[1], true, ""));
    assert_true(world_restart(w));
    town_night(w);
    expect_line(w, lapse + 1, "P1", 1, 1000);
    town_free(w);
}

static void test_credits(void **state)
{
    (void)state;
    struct world *w = scene(&(struct voucher_of){1, {"siivous"}, .quota = 600});
    struct charge_of c = cleaning(number, at(2026, 3, 8, 8, 0), 60);
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    TAKES(w, &c, 540, 60);
    memcpy(id, town_last_id(), sizeof(id));
    struct credit_of k = {.id = id, .cents = 1000, .quantity = 15};
    EXPECT(CHARGE_NOT_SETTLED, town_credit(w, &k));
    town_night(w);
    k.reason = -1;
    EXPECT(REASON_REQUIRED, town_credit(w, &k));
    k.reason = SALDO__V1__CREDIT_REASON__OTHER;
    EXPECT(REASON_REQUIRED, town_credit(w, &k));
    k.text = "sovittu puhelimessa";
    EXPECT(ACCEPTED, town_credit(w, &k));
    BALANCE_IS(w, number, 540, 0); /* it goes back at night */
    REFUSES(w, &c, OVERLAP, 0, 0); /* a partial credit leaves the hour taken */
    k.cents = 2801;
    EXPECT(CREDIT_TOO_LARGE, town_credit(w, &k));
    k.cents = 1;
    k.quantity = 46;
    EXPECT(CREDIT_TOO_LARGE, town_credit(w, &k));
    k.cents = 0;
    EXPECT(FIELD_INVALID, town_credit(w, &k));
    k.cents = 2800;
    k.quantity = 0; /* in full: the rest of the units */
    EXPECT(ACCEPTED, town_credit(w, &k));
    EXPECT(ALREADY_CREDITED, town_credit(w, &k));
    k.provider = "P2";
    EXPECT(CHARGE_UNKNOWN, town_credit(w, &k));
    TAKES(w, &c, 480, 60); /* the hour is free again, the units are not yet */
    town_night(w);
    expect_line(w, on(2026, 3, 10), "P1", 3, 0);
    BALANCE_IS(w, number, 540, 0);
    town_free(w);
}

/* A credit after the month's rest has lapsed gives nothing back to the client. */
static void test_credit_after_lapse(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    struct charge_of c = service_on(on(2026, 3, 8), 1000);
    TAKES(w, &c, 29000, 1000);
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    memcpy(id, town_last_id(), sizeof(id));
    while (model_local_day(w->now_ms) < on(2026, 6, 2))
        town_night(w);
    EXPECT(ACCEPTED, town_credit(w, &(struct credit_of){.id = id, .cents = 1000}));
    town_night(w);
    expect_line(w, on(2026, 6, 2), "P1", 1, -1000);
    expect_payout(w, on(2026, 6, 2), "P1", "CARRIED", -1000);
    assert_int_equal(town_balance_on(w, number, on(2026, 3, 31)).available, 0);
    town_free(w);
}

/* The same request for a night again, not only the same day: its answer has the batch too. */
static void test_night_asked_again(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    Saldo__V1__SettleDay s = {.base = PROTOBUF_C_MESSAGE_INIT(&saldo__v1__settle_day__descriptor),
                              .day = on(2026, 3, 9)};
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    struct charge_of done = service_on(on(2026, 3, 8), 1000);
    TAKES(w, &done, 29000, 1000);
    town_time(w, at(2026, 3, 10, 0, 0));
    world_id(w, w->now_ms, id);
    c.body_case = BODY(SETTLE_DAY);
    c.settle_day = &s;
    for (int i = 0; i < 2; i++) {
        c.request_id = (ProtobufCBinaryData){sizeof(id), id};
        assert_true(world_apply_command(w, SETTLEMENT, &c));
        assert_int_equal(w->answers[0].code, OUTCOME_ACCEPTED);
        assert_int_equal(w->answers[0].duplicate, i == 1);
        assert_true(w->decision.batch.present);
        assert_int_equal(w->decision.batch.rows, 1);
        assert_int_equal(w->decision.batch.cents, 1000);
    }
    town_free(w);
}

static void test_nights_in_order(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    struct charge_of c = service_on(on(2026, 3, 8), 1000);
    TAKES(w, &c, 29000, 1000);
    EXPECT(DAY_NOT_CLOSED, town_settle(w, on(2026, 3, 9)));
    town_time(w, at(2026, 3, 12, 0, 0));
    EXPECT(DAY_OUT_OF_ORDER, town_settle(w, on(2026, 3, 10))); /* the 9th waits */
    EXPECT(ACCEPTED, town_settle(w, on(2026, 3, 9)));
    struct batch_summary first = w->decision.batch;
    EXPECT(DAY_OUT_OF_ORDER, town_settle(w, on(2026, 3, 11)));
    EXPECT(ACCEPTED, town_settle(w, on(2026, 3, 10))); /* an empty day is a batch too */
    assert_int_equal(w->decision.batch.rows, 0);
    EXPECT(ACCEPTED, town_settle(w, on(2026, 3, 9))); /* as it was stored */
    assert_memory_equal(w->decision.batch.hash, first.hash, sizeof(first.hash));
    assert_int_equal(w->decision.batch.number, first.number);
    assert_int_equal(w->decision.batch.cents, 1000);
    EXPECT(FIELD_INVALID, town_settle(w, 0));
    town_free(w);
}

static enum outcome commit(struct world *w, int64_t cents)
{
    char county[] = COUNTY;
    char code[] = "K";
    Saldo__V1__SetCommitment k = SALDO__V1__SET_COMMITMENT__INIT;
    k.organiser = county;
    k.cost_code = code;
    k.year = 2026;
    k.cents = cents;
    return town_command(w, FINANCE_1, BODY(SET_COMMITMENT), &k);
}

static void test_commitment(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    struct charge_of c = service_on(on(2026, 3, 8), 1000);
    TAKES(w, &c, 29000, 1000);
    EXPECT(ALLOTMENT_TOO_LOW, commit(w, 999)); /* used before it was set */
    EXPECT(ACCEPTED, commit(w, 1500));
    REFUSES(w, &c, COUNTY_BUDGET, 0, 0);
    EXPECT(ACCEPTED, commit(w, 2000));
    world_checkpoint(w);
    TAKES(w, &c, 28000, 1000); /* what is used after a checkpoint reaches the next one */
    memcpy(id, town_last_id(), sizeof(id));
    world_checkpoint(w);
    assert_true(world_restart(w));
    REFUSES(w, &c, COUNTY_BUDGET, 0, 0);
    EXPECT(ACCEPTED, town_delete(w, "P1", id));
    world_checkpoint(w);
    assert_true(world_restart(w));
    TAKES(w, &c, 28000, 1000);
    town_free(w);
}

/* None at all is a limit too. */
static void test_commitment_of_nothing(void **state)
{
    (void)state;
    struct world *w = scene(NULL);
    struct charge_of c = service_on(on(2026, 3, 8), 1000);
    EXPECT(ACCEPTED, commit(w, 0));
    REFUSES(w, &c, COUNTY_BUDGET, 0, 0);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_withdrawing),
        cmocka_unit_test(test_amending),
        cmocka_unit_test(test_carry_over_and_whole),
        cmocka_unit_test(test_conversion_from_the_first_day),
        cmocka_unit_test(test_review),
        cmocka_unit_test(test_review_after_the_lapse),
        cmocka_unit_test(test_credits),
        cmocka_unit_test(test_credit_after_lapse),
        cmocka_unit_test(test_nights_in_order),
        cmocka_unit_test(test_night_asked_again),
        cmocka_unit_test(test_commitment),
        cmocka_unit_test(test_commitment_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
