/* Commands on the very day and at the very amount: the last that is accepted, and the first that is
 * not. */
#include "tests/support/unit.h"

#include "tests/support/asking.h"
#include "tests/support/market.h"

#define BODY(name) SALDO__V1__COMMAND__BODY_##name
#define TODAY      on(2026, 3, 9)
#define WINDOW     on(2025, 12, 31) /* the first day that can still be recorded today */
#define FROM       on(2025, 6, 1)
#define TO         on(2026, 12, 31)

static char number[LIMIT_VOUCHER_BYTES + 1];

/* 9 March 2026 at noon, with a voucher of 300.00 a month. */
static struct world *scene(void)
{
    struct world *w = town_new(TODAY);
    sell_cents(w);
    const struct voucher_of v = {1, {"sentti"}, .amount = 30000, .from = FROM, .to = TO};
    memcpy(number, town_voucher(w, &v), sizeof(number));
    town_time(w, at(2026, 3, 9, 12, 0));
    return w;
}

static void charge_on(struct world *w, int32_t day, int64_t cents)
{
    struct charge_of c = cents_of(number, model_instant(day, 8, 0), cents);
    assert_int_equal(town_charge(w, &c).code, OUTCOME_ACCEPTED);
}

/* ---- Vouchers -------------------------------------------------------------------------------- */

static void test_amending(void **state)
{
    (void)state;
    struct world *w = scene();
    EXPECT(FIELD_INVALID, town_amend(w, number, (struct amend_of){WINDOW - 1, 0, 20000}));
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){WINDOW, 0, 20000}));
    EXPECT(ACCEPTED,
           town_amend(w, number,
                      (struct amend_of){WINDOW, 0, 30000})); /* from the last version's day on */
    EXPECT(FIELD_INVALID, town_amend(w, number, (struct amend_of){TODAY, TODAY - 1, 30000}));
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){TODAY, TODAY, 30000}));
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){TODAY, TO, 30000}));
    town_free(w);
}

/* To the cent what the month has given. */
static void test_amending_to_what_is_used(void **state)
{
    (void)state;
    struct world *w = scene();
    charge_on(w, on(2026, 3, 8), 5000);
    EXPECT(ALLOTMENT_TOO_LOW, town_amend(w, number, (struct amend_of){on(2026, 3, 1), 0, 4999}));
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){on(2026, 3, 1), 0, 5000}));
    town_free(w);
}

static void expect_decision(struct world *w, const char *decision, size_t versions)
{
    Saldo__V1__VoucherQuery query = SALDO__V1__VOUCHER_QUERY__INIT;
    Saldo__V1__Reply reply;
    query.number = number;
    EXPECT(ACCEPTED, ASK(w, CASE_WORKER, VOUCHER, &query, &reply));
    assert_string_equal(reply.voucher->decision, decision);
    assert_int_equal(reply.voucher->n_versions, versions);
}

/* It stands until another one is named; with another one the same amendment is not the same. */
static void test_decision_of_an_amendment(void **state)
{
    (void)state;
    struct world *w = scene();
    Saldo__V1__AmendVoucher c = SALDO__V1__AMEND_VOUCHER__INIT;
    c.number = number;
    c.effective_from = TODAY;
    c.decision = town_text("D-2");
    expect_decision(w, "D-1", 1);
    for (int i = 0; i < 2; i++) {
        EXPECT(ACCEPTED, town_command(w, CASE_WORKER, BODY(AMEND_VOUCHER), &c));
        expect_decision(w, "D-2", 2);
    }
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){TODAY, 0, 20000}));
    expect_decision(w, "D-2", 3);
    town_free(w);
}

/* A quota goes on being counted in the unit it was granted in. */
static void test_unit_of_a_quota(void **state)
{
    (void)state;
    struct world *w = scene();
    sell_cleaning(w);
    town_service(w, &(struct service_of){.code = "pyykki"}); /* by the hour too */
    const char *hours =
        town_voucher(w, &(struct voucher_of){2, {"siivous"}, .quota = 600, .from = FROM, .to = TO});
    Saldo__V1__AmendVoucher c = SALDO__V1__AMEND_VOUCHER__INIT;
    Saldo__V1__Value quota = SALDO__V1__VALUE__INIT;
    char *services[] = {town_text("sentti")};
    quota.value = 600;
    c.number = town_text(hours);
    c.effective_from = TODAY;
    c.quota = &quota;
    c.n_services = 1;
    c.services = services;
    EXPECT(FIELD_INVALID, town_command(w, CASE_WORKER, BODY(AMEND_VOUCHER), &c));
    services[0] = town_text("pyykki");
    EXPECT(ACCEPTED, town_command(w, CASE_WORKER, BODY(AMEND_VOUCHER), &c));
    town_free(w);
}

/* Whoever works for one county alone grants nothing for another, by a conversion either. */
static void test_conversion_into_another_county(void **state)
{
    (void)state;
    struct world *w = scene();
    Saldo__V1__SetOrganiser other = SALDO__V1__SET_ORGANISER__INIT;
    other.code = town_text("kymi");
    town_do(w, BODY(SET_ORGANISER), &other);
    Saldo__V1__SetService service = SALDO__V1__SET_SERVICE__INIT;
    service.organiser = town_text("kymi");
    service.code = town_text("sentti");
    service.unit = SALDO__V1__UNIT__PIECE;
    service.increment = 1;
    town_do(w, BODY(SET_SERVICE), &service);
    EXPECT(ACCEPTED, town_key(w, ADMIN,
                              &(struct key_of){.name = "case-kainuu",
                                               .role = SALDO__V1__ROLE__CASE_WORKER,
                                               .organiser = COUNTY}));
    struct grant_store store;
    Saldo__V1__GrantVoucher grant, *into = &grant;
    Saldo__V1__ConvertVoucher c = SALDO__V1__CONVERT_VOUCHER__INIT;
    town_grant_fill(&(struct voucher_of){2, {"sentti"}, .amount = 100, .from = TODAY}, &store,
                    &grant);
    c.number = number;
    c.from_day = TODAY;
    c.n_into = 1;
    c.into = &into;
    grant.organiser = town_text("kymi");
    EXPECT(SCOPE_NOT_ALLOWED, town_command(w, "case-kainuu", BODY(CONVERT_VOUCHER), &c));
    EXPECT(FIELD_INVALID, town_command(w, CASE_WORKER, BODY(CONVERT_VOUCHER), &c));
    grant.organiser = town_text(COUNTY);
    EXPECT(ACCEPTED, town_command(w, "case-kainuu", BODY(CONVERT_VOUCHER), &c));
    town_free(w);
}

/* The least number is one like any other, from the tables too. */
static void test_voucher_of_noughts(void **state)
{
    (void)state;
    struct world *w = scene();
    const struct voucher_of v = {0, {"sentti"}, .amount = 100, .from = FROM, .to = TO};
    const char *noughts = town_voucher(w, &v);
    world_checkpoint(w);
    assert_true(world_restart(w));
    EXPECT(ACCEPTED, town_amend(w, noughts, (struct amend_of){TODAY, 0, 200}));
    town_free(w);
}

static void test_versions(void **state)
{
    (void)state;
    struct world *w = scene();
    for (int64_t i = 1; i < LIMIT_VOUCHER_VERSIONS; i++)
        EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){TODAY, 0, 20000 + i}));
    EXPECT(LIMIT_REACHED, town_amend(w, number, (struct amend_of){TODAY, 0, 20000}));
    town_free(w);
}

static void test_closing(void **state)
{
    (void)state;
    const struct {
        int32_t day;
        enum outcome code;
    } rows[] = {
        {FROM - 1, OUTCOME_FIELD_INVALID},
        {FROM, OUTCOME_ACCEPTED},
        {TO, OUTCOME_ACCEPTED},
        {TO + 1, OUTCOME_FIELD_INVALID},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *w = scene();
        assert_int_equal(town_close(w, number, rows[i].day), rows[i].code);
        town_free(w);
    }
    struct world *w = scene();
    charge_on(w, on(2026, 3, 8), 100);
    EXPECT(VOUCHER_STATE, town_close(w, number, on(2026, 3, 7)));
    EXPECT(ACCEPTED, town_close(w, number, on(2026, 3, 8)));
    town_free(w);
}

/* After the end nothing is withdrawn; after the grace (30 days) nothing is amended or closed. */
static void test_days_of_the_end(void **state)
{
    (void)state;
    struct world *w = scene();
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){TODAY, TODAY + 1, 30000}));
    town_time(w, at(2026, 3, 10, 12, 0));
    EXPECT(ACCEPTED, town_withdraw(w, number));
    town_free(w);

    w = scene();
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){TODAY, TODAY, 30000}));
    town_time(w, at(2026, 3, 10, 0, 0));
    EXPECT(VOUCHER_STATE, town_withdraw(w, number));
    town_time(w, at(2026, 4, 8, 12, 0));
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){TODAY, TODAY, 20000}));
    EXPECT(ACCEPTED, town_close(w, number, on(2026, 3, 1)));
    town_free(w);

    w = scene();
    EXPECT(ACCEPTED, town_amend(w, number, (struct amend_of){TODAY, TODAY, 30000}));
    town_time(w, at(2026, 4, 9, 0, 0));
    EXPECT(VOUCHER_STATE, town_amend(w, number, (struct amend_of){TODAY, TODAY, 20000}));
    EXPECT(VOUCHER_STATE, town_close(w, number, TODAY));
    town_free(w);
}

/* A day is suspended from the first to the last, and so many suspensions one voucher has. */
static void test_suspensions(void **state)
{
    (void)state;
    struct world *w = scene();
    Saldo__V1__AddSuspension s = SALDO__V1__ADD_SUSPENSION__INIT;
    s.number = number;
    s.from_day = on(2026, 3, 3);
    s.to_day = on(2026, 3, 5);
    town_do(w, BODY(ADD_SUSPENSION), &s);
    charge_on(w, on(2026, 3, 2), 1);
    charge_on(w, on(2026, 3, 6), 1);
    for (int32_t day = s.from_day; day <= s.to_day; day++) {
        struct charge_of c = cents_of(number, model_instant(day, 8, 0), 1);
        REFUSES(w, &c, VOUCHER_NOT_VALID, 0, 0);
    }
    for (int32_t i = 1; i < LIMIT_VOUCHER_EXTRAS; i++) {
        s.from_day = s.to_day = on(2027, 1, 1) + i;
        town_do(w, BODY(ADD_SUSPENSION), &s);
    }
    s.from_day = s.to_day = on(2028, 1, 1);
    EXPECT(LIMIT_REACHED, town_command(w, CASE_WORKER, BODY(ADD_SUSPENSION), &s));
    town_free(w);
}

/* ---- Approvals ------------------------------------------------------------------------------- */

static void test_end_of_an_approval(void **state)
{
    (void)state;
    struct world *w = scene();
    Saldo__V1__EndApproval e = SALDO__V1__END_APPROVAL__INIT;
    e.provider = town_text("P1");
    e.organiser = town_text(COUNTY);
    e.service = town_text("sentti");
    e.valid_from = on(2018, 1, 1);
    e.valid_to = WINDOW - 2;
    EXPECT(FIELD_INVALID, town_command(w, ADMIN, BODY(END_APPROVAL), &e));
    e.valid_to = WINDOW - 1;
    EXPECT(ACCEPTED, town_command(w, ADMIN, BODY(END_APPROVAL), &e));
    struct charge_of c = cents_of(number, model_instant(WINDOW, 8, 0), 1);
    REFUSES(w, &c, PROVIDER_NOT_APPROVED, 0, 0);
    town_time(w, at(2026, 6, 9, 12, 0)); /* when it is too late for another end, the same is none */
    EXPECT(ACCEPTED, town_command(w, ADMIN, BODY(END_APPROVAL), &e));
    e.valid_to++;
    EXPECT(FIELD_INVALID, town_command(w, ADMIN, BODY(END_APPROVAL), &e));
    town_free(w);
}

/* ---- Nights ---------------------------------------------------------------------------------- */

/* What was deleted keeps no later day from being the first that is settled. */
static void test_first_night(void **state)
{
    (void)state;
    struct world *w = scene();
    charge_on(w, TODAY, 100);
    EXPECT(ACCEPTED, town_delete(w, "P1", town_last_id()));
    town_time(w, at(2026, 3, 10, 12, 0));
    EXPECT(DAY_NOT_CLOSED, town_settle(w, on(2026, 3, 10)));
    charge_on(w, TODAY, 200);
    town_time(w, at(2026, 3, 12, 12, 0));
    EXPECT(DAY_OUT_OF_ORDER, town_settle(w, on(2026, 3, 11)));
    EXPECT(ACCEPTED, town_settle(w, on(2026, 3, 10)));
    expect_line(w, on(2026, 3, 10), "P1", 1, 200);
    town_free(w);
}

static void test_first_and_last_day(void **state)
{
    (void)state;
    struct world *w = scene();
    EXPECT(FIELD_INVALID, town_settle(w, LIMIT_DAY_LAST + 1));
    EXPECT(DAY_NOT_CLOSED, town_settle(w, LIMIT_DAY_LAST));
    EXPECT(FIELD_INVALID, town_settle(w, LIMIT_DAY_FIRST - 1));
    EXPECT(ACCEPTED, town_settle(w, LIMIT_DAY_FIRST));
    town_free(w);
}

static void test_payout_of_the_minimum(void **state)
{
    (void)state;
    struct world *w = scene();
    town_county(w, 100);
    struct charge_of c = cents_of(number, at(2026, 3, 8, 8, 0), 100);
    TAKES(w, &c, 29900, 100);
    c = cents_of(number, at(2026, 3, 8, 8, 0), 99);
    c.provider = "P2";
    TAKES(w, &c, 29801, 99);
    town_night(w);
    expect_payout(w, TODAY, "P1", "PLANNED", 100);
    expect_payout(w, TODAY, "P2", "CARRIED", 99);
    town_free(w);
}

static void test_credits(void **state)
{
    (void)state;
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    struct world *w = scene();
    charge_on(w, on(2026, 3, 8), 100);
    memcpy(id, town_last_id(), sizeof(id));
    town_night(w);
    struct credit_of c = {.id = id, .cents = 101};
    EXPECT(CREDIT_TOO_LARGE, town_credit(w, &c));
    c = (struct credit_of){.id = id, .cents = 1, .quantity = 101};
    EXPECT(CREDIT_TOO_LARGE, town_credit(w, &c));
    c.quantity = 100;
    EXPECT(ACCEPTED, town_credit(w, &c));
    c = (struct credit_of){.id = id, .cents = 99, .quantity = 1};
    EXPECT(CREDIT_TOO_LARGE, town_credit(w, &c));
    c.quantity = 0;
    EXPECT(ACCEPTED, town_credit(w, &c));
    EXPECT(ALREADY_CREDITED, town_credit(w, &c));
    town_night(w);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amending),
        cmocka_unit_test(test_amending_to_what_is_used),
        cmocka_unit_test(test_unit_of_a_quota),
        cmocka_unit_test(test_conversion_into_another_county),
        cmocka_unit_test(test_voucher_of_noughts),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_decision_of_an_amendment),
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_days_of_the_end),
        cmocka_unit_test(test_suspensions),
        cmocka_unit_test(test_end_of_an_approval),
        cmocka_unit_test(test_first_night),
        cmocka_unit_test(test_first_and_last_day),
        cmocka_unit_test(test_payout_of_the_minimum),
        cmocka_unit_test(test_credits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
