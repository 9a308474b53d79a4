/* The worked examples 12 to 22 of the domain: what days and nights do to charges and vouchers.
 * The others, and how they are checked, are in test_examples.c. */
#include "tests/support/unit.h"

#include "tests/support/market.h"

static void example_12_deletion(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 9));
    sell_cleaning(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"siivous"}, .amount = 30000});
    town_time(w, at(2026, 3, 9, 10, 0));
    struct charge_of c = cleaning(v, at(2026, 3, 8, 8, 0), 120);
    TAKES(w, &c, 22400, 7600);
    town_time(w, at(2026, 3, 9, 10, 5));
    EXPECT(ACCEPTED, town_delete(w, "P1", town_last_id()));
    BALANCE_IS(w, v, 30000, 0);
    TAKES(w, &c, 22400, 7600); /* the same hours again: the deleted charge is no overlap */
    uint8_t settled[LIMIT_REQUEST_ID_BYTES];
    memcpy(settled, town_last_id(), sizeof(settled));
    town_night(w);
    expect_line(w, on(2026, 3, 9), "P1", 1, 7600);
    EXPECT(CHARGE_NOT_DELETABLE, town_delete(w, "P1", settled));
    BALANCE_IS(w, v, 22400, 0);
    town_free(w);
}

static void example_13_credit_and_carry_over(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 31));
    sell_cents(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000});
    struct charge_of c = cents_of(v, at(2026, 3, 30, 8, 0), 7600);
    TAKES(w, &c, 22400, 7600);
    uint8_t paid[LIMIT_REQUEST_ID_BYTES];
    memcpy(paid, town_last_id(), sizeof(paid));
    for (int i = 0; i < 5; i++)
        town_night(w);
    expect_payout(w, on(2026, 3, 31), "P1", "PLANNED", 7600);

    EXPECT(ACCEPTED, town_credit(w, &(struct credit_of){.id = paid, .cents = 7600}));
    c = cents_of(v, at(2026, 4, 4, 8, 0), 5000);
    TAKES(w, &c, 25000, 5000);
    assert_int_equal(town_balance_on(w, v, on(2026, 3, 31)).posted, 22400);
    town_night(w);
    expect_line(w, on(2026, 4, 5), "P1", 2, -2600);
    expect_payout(w, on(2026, 4, 5), "P1", "CARRIED", -2600);
    assert_int_equal(town_balance_on(w, v, on(2026, 3, 31)).posted, 30000);

    c = cents_of(v, at(2026, 4, 5, 8, 0), 10000);
    TAKES(w, &c, 15000, 10000);
    town_night(w);
    expect_payout(w, on(2026, 4, 6), "P1", "PLANNED", 7400);
    assert_int_equal(model_payable(w->model, COUNTY, "P1").cents, 0);
    town_free(w);
}

static void example_14_suspension(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 20));
    sell_cents(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000});
    Saldo__V1__AddSuspension s = SALDO__V1__ADD_SUSPENSION__INIT;
    char number[LIMIT_VOUCHER_BYTES + 1];
    memcpy(number, v, sizeof(number));
    s.number = number;
    s.from_day = on(2026, 3, 10);
    s.to_day = on(2026, 3, 17);
    town_do(w, SALDO__V1__COMMAND__BODY_ADD_SUSPENSION, &s);
    const int days[] = {9, 10, 12, 17, 18};
    for (int i = 0; i < 5; i++) {
        struct charge_of c = cents_of(number, at(2026, 3, days[i], 8, 0), 100);
        if (days[i] == 9 || days[i] == 18)
            TAKES(w, &c, days[i] == 9 ? 29900 : 29800, 100);
        else
            REFUSES(w, &c, VOUCHER_NOT_VALID, 0, 0);
    }
    town_free(w);
}

static void example_15_closing_and_grace(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 20));
    sell_cents(w);
    char number[LIMIT_VOUCHER_BYTES + 1];
    memcpy(number,
           town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000, .whole = true}),
           sizeof(number));
    Saldo__V1__CloseVoucher close = SALDO__V1__CLOSE_VOUCHER__INIT;
    close.number = number;
    close.closed_on = on(2026, 3, 20);
    town_do(w, SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER, &close);
    town_time(w, at(2026, 3, 25, 12, 0));
    struct charge_of before = cents_of(number, at(2026, 3, 19, 8, 0), 100);
    struct charge_of after = cents_of(number, at(2026, 3, 21, 8, 0), 100);
    TAKES(w, &before, 29900, 100);
    REFUSES(w, &after, VOUCHER_NOT_VALID, 0, 0);
    town_time(w, at(2026, 4, 20, 0, 0) - 1);
    TAKES(w, &before, 29800, 100);
    BALANCE_IS(w, number, 30000, 200);
    town_time(w, at(2026, 4, 20, 0, 0));
    REFUSES(w, &before, VOUCHER_NOT_VALID, 0, 0);
    struct model_balance b = town_balance(w, number);
    assert_int_equal(b.posted, 0);
    assert_int_equal(b.available, 0);
    town_free(w);
}

static void example_16_dated_prices(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 4, 3));
    town_service(w, &(struct service_of){.code = "siivous"});
    town_rate(w, &(struct rate_of){.service = "siivous", .value = 3800});
    town_price(w,
               &(struct price_of){
                   .provider = "P1", .service = "siivous", .to = on(2026, 3, 31), .cents = 3800});
    town_price(w,
               &(struct price_of){
                   .provider = "P1", .service = "siivous", .from = on(2026, 4, 1), .cents = 4000});
    const char *v = town_voucher(w, &(struct voucher_of){1, {"siivous"}, .amount = 30000});
    struct charge_of c = cleaning(v, at(2026, 3, 31, 8, 0), 60);
    TAKES(w, &c, 26200, 3800);
    c = cleaning(v, at(2026, 4, 1, 8, 0), 60);
    REFUSES(w, &c, PRICE_NOT_LISTED, 0, 0);
    c.price = 4000;
    c.copay = 200;
    TAKES(w, &c, 26200, 3800);
    town_free(w);
}

static void example_17_retries_and_races(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 9));
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    sell_cents(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 37600});
    struct charge_of c = cents_of(v, at(2026, 3, 8, 8, 0), 7600);
    world_id(w, w->now_ms, id);
    c.id = id;
    for (int i = 0; i < 3; i++) {
        TAKES(w, &c, 30000, 7600);
        assert_int_equal(w->answers[0].duplicate, i > 0);
        town_time(w, w->now_ms + 1000);
    }
    c.quantity = 7500;
    c.county = 7500;
    REFUSES(w, &c, ID_CONFLICT, 0, 0);
    BALANCE_IS(w, v, 37600, 7600);
    c = cents_of(v, at(2026, 3, 8, 8, 0), 20000);
    TAKES(w, &c, 10000, 20000);
    c.provider = "P2";
    REFUSES(w, &c, INSUFFICIENT_BALANCE, 10000, 20000);
    town_night(w);
    expect_line(w, on(2026, 3, 9), "P1", 2, 27600);
    expect_line(w, on(2026, 3, 9), "P2", 0, 0);
    town_free(w);
}

static void example_18_clocks_change(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 30));
    sell_cleaning(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"siivous"}, .quota = 600});
    struct charge_of c = cleaning(v, at(2026, 3, 28, 22, 0), 480);
    c.end_ms = at(2026, 3, 29, 6, 0);
    REFUSES(w, &c, QUANTITY_TIME_MISMATCH, 420, 480);
    c.quantity = 420;
    c.county = 3800 * 7;
    TAKES(w, &c, 180, 420);
    town_time(w, at(2026, 10, 26, 0, 0));
    c = cleaning(v, at(2026, 10, 24, 22, 0), 555);
    c.end_ms = at(2026, 10, 25, 6, 0);
    REFUSES(w, &c, QUANTITY_TIME_MISMATCH, 540, 555);
    c.quantity = 540;
    c.county = 3800 * 9;
    TAKES(w, &c, 60, 540);
    town_free(w);
}

static void example_19_rounding_once_a_line(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 9));
    town_service(w, &(struct service_of){.code = "siivous", .increment = 20});
    town_rate(w, &(struct rate_of){.service = "siivous", .value = 3601});
    town_price(w, &(struct price_of){.provider = "P1", .service = "siivous", .cents = 3999});
    const char *v = town_voucher(w, &(struct voucher_of){1, {"siivous"}, .amount = 30000});
    for (int i = 0; i < 3; i++) {
        struct charge_of c = cleaning(v, at(2026, 3, 8, 8, 20 * i), 20);
        c.price = 3999;
        c.county = 1200;
        c.copay = 133;
        TAKES(w, &c, 30000 - 1200 * (i + 1), 1200);
    }
    struct charge_of c = cleaning(v, at(2026, 3, 8, 9, 0), 60);
    c.price = 3999;
    c.county = 3601;
    c.copay = 398;
    TAKES(w, &c, 22799, 3601);
    town_free(w);
}

static void charge_cents(struct world *w, const char *voucher, const char *provider, int64_t amount)
{
    struct charge_of c = cents_of(voucher, w->now_ms - 3600000, amount);
    c.provider = provider;
    assert_int_equal(town_charge(w, &c).code, OUTCOME_ACCEPTED);
}

static void example_20_payment_run(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 31));
    uint8_t credited[2][LIMIT_REQUEST_ID_BYTES];
    sell_cents(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 100000});
    town_time(w, at(2026, 3, 31, 12, 0));
    charge_cents(w, v, "P2", 7600);
    memcpy(credited[0], town_last_id(), sizeof(credited[0]));
    charge_cents(w, v, "P3", 7600);
    memcpy(credited[1], town_last_id(), sizeof(credited[1]));
    town_night(w);
    town_night(w);
    town_time(w, at(2026, 4, 2, 12, 0));
    charge_cents(w, v, "P1", 7600);
    charge_cents(w, v, "P1", 5708);
    charge_cents(w, v, "P1", 11520);
    charge_cents(w, v, "P2", 12000);
    charge_cents(w, v, "P3", 5000);
    assert_int_equal(w->answers[0].pays_on, on(2026, 4, 7));
    for (int i = 0; i < 2; i++)
        EXPECT(ACCEPTED, town_credit(w, &(struct credit_of){.provider = i == 0 ? "P2" : "P3",
                                                            .id = credited[i],
                                                            .cents = 7600}));
    town_night(w);
    assert_int_equal(w->decision.batch.rows, 7);
    assert_int_equal(w->decision.batch.cents, 26628);
    expect_payout(w, on(2026, 4, 2), "P1", "PLANNED", 24828);
    expect_payout(w, on(2026, 4, 2), "P2", "PLANNED", 4400);
    expect_payout(w, on(2026, 4, 2), "P3", "CARRIED", -2600);
    const struct model_payout *p;
    for (size_t i = 0; (p = model_payout(w->model, i)) != NULL; i++)
        if (p->run_day == on(2026, 4, 2))
            assert_int_equal(p->execution_day, on(2026, 4, 7));
    town_free(w);
}

static void example_21_swap(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 16));
    struct grant_store stores[2];
    Saldo__V1__GrantVoucher grants[2];
    Saldo__V1__GrantVoucher *into[2] = {&grants[0], &grants[1]};
    char number[LIMIT_VOUCHER_BYTES + 1];
    sell_cents(w);
    town_service(w, &(struct service_of){.code = "vapaa", .unit = SALDO__V1__UNIT__DAY});
    memcpy(number, town_voucher(w, &(struct voucher_of){1, {"vapaa"}, .quota = 3}), 11);
    town_grant_fill(&(struct voucher_of){2, {"sentti"}, .amount = 20000, .from = on(2026, 4, 1)},
                    &stores[0], &grants[0]);
    town_grant_fill(&(struct voucher_of){3, {"vapaa"}, .quota = 1, .from = on(2026, 4, 1)},
                    &stores[1], &grants[1]);
    Saldo__V1__ConvertVoucher swap = SALDO__V1__CONVERT_VOUCHER__INIT;
    swap.number = number;
    swap.from_day = on(2026, 4, 1);
    swap.n_into = 2;
    swap.into = into;
    char unknown[] = "ei-ole";
    stores[1].services[0] = unknown;
    EXPECT(SERVICE_UNKNOWN,
           town_command(w, CASE_WORKER, SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER, &swap));
    assert_int_equal(model_voucher_count(w->model), 1);
    assert_true(world_compare(w)); /* nothing of it happened */
    char days[] = "vapaa";
    stores[1].services[0] = days;
    EXPECT(ACCEPTED, town_command(w, CASE_WORKER, SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER, &swap));
    town_time(w, at(2026, 4, 2, 0, 0));
    BALANCE_IS(w, town_number(2), 20000, 0);
    BALANCE_IS(w, town_number(3), 1, 0);
    struct model_voucher old;
    model_voucher(w->model, 0, on(2026, 4, 2), &old);
    assert_string_equal(old.state, "CLOSED");
    assert_int_equal(old.closed_on, on(2026, 3, 31));
    town_free(w);
}

static void example_22_part_month(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 16));
    sell_cents(w);
    const char *v = town_voucher(
        w, &(struct voucher_of){1, {"sentti"}, .amount = 6390, .from = on(2026, 3, 16)});
    BALANCE_IS(w, v, 3298, 0);
    town_time(w, at(2026, 4, 1, 0, 0));
    BALANCE_IS(w, v, 6390, 0);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_12_deletion),
        cmocka_unit_test(example_13_credit_and_carry_over),
        cmocka_unit_test(example_14_suspension),
        cmocka_unit_test(example_15_closing_and_grace),
        cmocka_unit_test(example_16_dated_prices),
        cmocka_unit_test(example_17_retries_and_races),
        cmocka_unit_test(example_18_clocks_change),
        cmocka_unit_test(example_19_rounding_once_a_line),
        cmocka_unit_test(example_20_payment_run),
        cmocka_unit_test(example_21_swap),
        cmocka_unit_test(example_22_part_month),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
