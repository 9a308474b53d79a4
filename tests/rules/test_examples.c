/* The worked examples 1 to 11 of the domain, each as a test with its number: money in cents, local
 * times of Helsinki. Every entry goes to the ledger and to the model; every test ends with an
 * audit, a restart and a replay (town_free). The others are in test_examples_nights.c. */
#include "tests/support/unit.h"

#include "tests/support/market.h"

static void example_1_visit(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 2));
    town_service(w, &(struct service_of){.code = "kuljetus", .unit = SALDO__V1__UNIT__VISIT});
    town_rate(w, &(struct rate_of){.service = "kuljetus", .value = 1500});
    town_price(w, &(struct price_of){.provider = "P1", .service = "kuljetus", .cents = 2500});
    const char *v = town_voucher(w, &(struct voucher_of){1, {"kuljetus"}, .amount = 10000});
    struct charge_of c = {.voucher = v,
                          .service = "kuljetus",
                          .unit = SALDO__V1__UNIT__VISIT,
                          .start_ms = at(2026, 3, 1, 10, 0),
                          .quantity = 1,
                          .price = 2500,
                          .county = 1500,
                          .copay = 1000};
    TAKES(w, &c, 8500, 1500);
    town_free(w);
}

static void example_2_value_against_price(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 2));
    town_service(w, &(struct service_of){.code = "vapaa", .unit = SALDO__V1__UNIT__DAY});
    town_rate(w, &(struct rate_of){.service = "vapaa", .value = 12000});
    town_price(w, &(struct price_of){.provider = "P1", .service = "vapaa", .cents = 11000});
    town_price(w, &(struct price_of){.provider = "P2", .service = "vapaa", .cents = 13000});
    struct charge_of c = {.voucher =
                              town_voucher(w, &(struct voucher_of){1, {"vapaa"}, .amount = 50000}),
                          .service = "vapaa",
                          .unit = SALDO__V1__UNIT__DAY,
                          .start_ms = at(2026, 3, 1, 0, 0),
                          .quantity = 1,
                          .price = 11000,
                          .county = 11000};
    TAKES(w, &c, 39000, 11000);
    c.provider = "P2";
    c.price = 13000;
    c.county = 12000;
    c.copay = 1000;
    TAKES(w, &c, 27000, 12000);
    town_free(w);
}

static void example_3_balance_runs_out(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 5));
    sell_cleaning(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"siivous"}, .amount = 30000});
    for (int i = 0; i < 4; i++) {
        struct charge_of c = cleaning(v, at(2026, 3, 1 + i, 8, 0), 120);
        if (i < 3)
            TAKES(w, &c, 30000 - 7600 * (i + 1), 7600);
        else
            REFUSES(w, &c, INSUFFICIENT_BALANCE, 7200, 7600);
    }
    BALANCE_IS(w, v, 30000, 22800);
    town_free(w);
}

static void example_4_night(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 5));
    sell_cleaning(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"siivous"}, .amount = 30000});
    for (int i = 0; i < 3; i++) {
        struct charge_of c = cleaning(v, at(2026, 3, 1 + i, 8, 0), 120);
        if (i == 2)
            town_time(w, at(2026, 3, 6, 0, 0) - 1);
        TAKES(w, &c, 30000 - 7600 * (i + 1), 7600);
    }
    BALANCE_IS(w, v, 30000, 22800);
    town_time(w, at(2026, 3, 6, 0, 0));
    struct charge_of next_day = cleaning(v, at(2026, 3, 4, 8, 0), 60);
    TAKES(w, &next_day, 3400, 3800);
    EXPECT(ACCEPTED, town_settle(w, on(2026, 3, 5)));
    expect_line(w, on(2026, 3, 5), "P1", 3, 22800);
    BALANCE_IS(w, v, 7200, 3800);
    EXPECT(ACCEPTED, town_delete(w, "P1", town_last_id()));
    BALANCE_IS(w, v, 7200, 0);
    town_free(w);
}

static void example_5_months_and_lapse(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 31));
    sell_cents(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000});
    struct charge_of c = cents_of(v, at(2026, 3, 30, 8, 0), 22800);
    TAKES(w, &c, 7200, 22800);
    town_time(w, at(2026, 4, 2, 9, 0));
    c = cents_of(v, at(2026, 3, 31, 8, 0), 7600);
    REFUSES(w, &c, INSUFFICIENT_BALANCE, 7200, 7600);
    c = cents_of(v, at(2026, 3, 31, 8, 0), 5000);
    TAKES(w, &c, 2200, 5000);
    BALANCE_IS(w, v, 30000, 0);
    town_time(w, at(2026, 6, 1, 0, 0) - 1);
    c = cents_of(v, at(2026, 3, 31, 8, 0), 2201);
    REFUSES(w, &c, INSUFFICIENT_BALANCE, 2200, 2201);
    town_time(w, at(2026, 6, 1, 0, 0));
    c = cents_of(v, at(2026, 3, 31, 8, 0), 1);
    REFUSES(w, &c, RECORDING_WINDOW, 0, 0);
    assert_int_equal(town_balance_on(w, v, on(2026, 3, 31)).available, 0);
    town_free(w);
}

static void example_6_recording_window(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 15));
    sell_cents(w);
    const char *v = town_voucher(
        w, &(struct voucher_of){1, {"sentti"}, .amount = 30000, .from = on(2025, 6, 1)});
    struct charge_of c = cents_of(v, at(2025, 12, 31, 0, 0), 100);
    TAKES(w, &c, 29900, 100);
    c = cents_of(v, at(2025, 12, 30, 23, 59), 100);
    REFUSES(w, &c, RECORDING_WINDOW, 0, 0);
    town_free(w);
}

static void example_7_income_tested(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 2));
    town_service(w, &(struct service_of){.code = "kotihoito", .increment = 15});
    town_rate(w, &(struct rate_of){.service = "kotihoito", .value = 3600});
    town_price(w, &(struct price_of){.provider = "P1", .service = "kotihoito", .cents = 4000});
    struct charge_of c = {
        .voucher = town_voucher(
            w, &(struct voucher_of){1, {"kotihoito"}, .amount = 30000, .unit_value = 2283}),
        .service = "kotihoito",
        .start_ms = at(2026, 3, 1, 9, 0),
        .end_ms = at(2026, 3, 1, 11, 30),
        .quantity = 150,
        .price = 4000,
        .county = 5707,
        .copay = 4293};
    REFUSES(w, &c, AMOUNT_MISMATCH, 5707, 5708);
    c.county = 5708;
    c.copay = 4292;
    TAKES(w, &c, 24292, 5708);
    town_free(w);
}

static void example_8_rate_classes(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 9));
    town_service(w, &(struct service_of){.code = "kotihoito", .increment = 15});
    town_window(w, "LAUANTAI", SALDO__V1__DAY_KIND__SATURDAY, 7 * 60, 18 * 60);
    town_window(w, "ILTA", SALDO__V1__DAY_KIND__SATURDAY, 18 * 60, 22 * 60);
    town_window(w, "ILTA", SALDO__V1__DAY_KIND__HOLIDAY_EVE, 18 * 60, 22 * 60);
    const int64_t values[] = {4320, 7200}, prices[] = {4500, 8000};
    const char *const classes[] = {"LAUANTAI", "ILTA"};
    for (int i = 0; i < 2; i++) {
        town_rate(w, &(struct rate_of){"kotihoito", classes[i], .value = values[i]});
        town_price(w, &(struct price_of){"P1", "kotihoito", classes[i], .cents = prices[i]});
    }
    struct charge_of c = {
        .voucher = town_voucher(w, &(struct voucher_of){1, {"kotihoito"}, .amount = 30000}),
        .service = "kotihoito",
        .rate_class = "LAUANTAI",
        .start_ms = at(2026, 3, 7, 17, 0),
        .end_ms = at(2026, 3, 7, 19, 0),
        .quantity = 120,
        .price = 4500,
        .county = 8640,
        .copay = 360};
    REFUSES(w, &c, RATE_CLASS_MISMATCH, 0, 0);
    c.end_ms = at(2026, 3, 7, 18, 0);
    c.quantity = 60;
    c.county = 4320;
    c.copay = 180;
    TAKES(w, &c, 25680, 4320);
    c.rate_class = "ILTA";
    c.start_ms = at(2026, 3, 7, 18, 0);
    c.end_ms = at(2026, 3, 7, 19, 0);
    c.price = 8000;
    c.county = 7200;
    c.copay = 800;
    TAKES(w, &c, 18480, 7200);
    BALANCE_IS(w, c.voucher, 30000, 11520);
    town_free(w);
}

static void example_9_cap_and_copay_first(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 9));
    town_service(w, &(struct service_of){.code = "asuminen", .unit = SALDO__V1__UNIT__DAY});
    town_service(w, &(struct service_of){.code = "tehostettu",
                                         .unit = SALDO__V1__UNIT__DAY,
                                         .share_rule = SALDO__V1__SHARE_RULE__COPAY_FIRST});
    town_rate(w, &(struct rate_of){.service = "asuminen", .value = 12000, .cap = 17500});
    town_rate(w, &(struct rate_of){.service = "tehostettu", .copay = 4150, .cap = 17500});
    town_price(w, &(struct price_of){.provider = "P1", .service = "asuminen", .cents = 18000});
    town_price(w, &(struct price_of){.provider = "P2", .service = "asuminen", .cents = 17000});
    town_price(w, &(struct price_of){.provider = "P2", .service = "tehostettu", .cents = 17000});
    struct charge_of c = {
        .voucher =
            town_voucher(w, &(struct voucher_of){1, {"asuminen", "tehostettu"}, .amount = 300000}),
        .service = "asuminen",
        .unit = SALDO__V1__UNIT__DAY,
        .start_ms = at(2026, 3, 8, 12, 0),
        .quantity = 1,
        .price = 18000,
        .county = 12000,
        .copay = 6000};
    REFUSES(w, &c, PRICE_ABOVE_CAP, 17500, 18000);
    c.provider = "P2";
    c.price = 17000;
    c.copay = 5000;
    TAKES(w, &c, 288000, 12000);
    c.service = "tehostettu";
    c.county = 12850;
    c.copay = 4150;
    TAKES(w, &c, 275150, 12850);
    town_free(w);
}

static void example_10_free_for_the_client(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 9));
    town_service(w, &(struct service_of){.code = "apu", .increment = 15, .free = true});
    town_rate(w, &(struct rate_of){.service = "apu", .value = 3200});
    town_price(w, &(struct price_of){.provider = "P1", .service = "apu", .cents = 3200});
    town_price(w, &(struct price_of){.provider = "P2", .service = "apu", .cents = 3300});
    struct charge_of c = {.voucher =
                              town_voucher(w, &(struct voucher_of){1, {"apu"}, .amount = 30000}),
                          .service = "apu",
                          .start_ms = at(2026, 3, 8, 9, 0),
                          .end_ms = at(2026, 3, 8, 12, 0),
                          .quantity = 180,
                          .price = 3200,
                          .county = 9600};
    TAKES(w, &c, 20400, 9600);
    c.provider = "P2";
    c.start_ms += 4 * 3600000;
    c.end_ms += 4 * 3600000;
    c.price = 3300;
    c.copay = 300;
    REFUSES(w, &c, COPAY_NOT_ALLOWED, 0, 300);
    town_free(w);
}

static void example_11_quota(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 9));
    sell_cleaning(w);
    const char *v = town_voucher(w, &(struct voucher_of){1, {"siivous"}, .quota = 600});
    struct charge_of c = cleaning(v, at(2026, 3, 7, 8, 0), 570);
    TAKES(w, &c, 30, 570);
    c = cleaning(v, at(2026, 3, 8, 8, 0), 60);
    REFUSES(w, &c, QUOTA_EXCEEDED, 30, 60);
    c = cleaning(v, at(2026, 3, 8, 8, 0), 30);
    TAKES(w, &c, 0, 30);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_1_visit),
        cmocka_unit_test(example_2_value_against_price),
        cmocka_unit_test(example_3_balance_runs_out),
        cmocka_unit_test(example_4_night),
        cmocka_unit_test(example_5_months_and_lapse),
        cmocka_unit_test(example_6_recording_window),
        cmocka_unit_test(example_7_income_tested),
        cmocka_unit_test(example_8_rate_classes),
        cmocka_unit_test(example_9_cap_and_copay_first),
        cmocka_unit_test(example_10_free_for_the_client),
        cmocka_unit_test(example_11_quota),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
