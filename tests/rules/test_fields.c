/* Every field of every command, one at a time: what no state could make right is FIELD_INVALID, and
 * the edges of what is right are not; a name that nobody has is the unknown it is; an officer of
 * another county is out of scope. Between all of that the command itself is accepted. The model
 * judges each too (town_command), and a check says the same before (world_apply). */
#include "tests/support/unit.h"

#include "tests/support/order.h"

#define BODY(name) SALDO__V1__COMMAND__BODY_##name

/* ---- The catalogue ------------------------------------------------------------------------------
 */

static const struct order catalogue[] = {
    {BODY(SET_ORGANISER),
     ADMIN,
     "admin-kymi",
     NONE,
     "code=uusi name=Uusi business_id=2500000-7 iban=FI4950009420028730 account_name=Uusi "
     "payout_calendar=2 payout_day=3 payout_minimum_cents=100 grace_days=14",
     {F("code", CODE), F("name", NAME), F("business_id", BUSINESS_ID), F("iban", IBAN),
      F("account_name", ACCOUNT_NAME), F("payout_calendar", ENUM_OR_NONE),
      F("payout_day", DAY_OF_WEEK), F("payout_minimum_cents", CENTS), F("grace_days", GRACE)}},
    {BODY(SET_ORGANISER),
     ADMIN,
     NULL,
     NONE,
     "code=kuukausi payout_calendar=3 payout_day=28",
     {F("payout_day", DAY_OF_MONTH)}},
    {BODY(SET_SERVICE),
     ADMIN,
     "admin-kymi",
     NONE,
     "organiser=kainuu code=uusi group=ryhma name_fi=uusi name_en=new unit=1 increment=15 "
     "share_rule=1 max_charge_cents=5000",
     {F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)), F("code", CODE), F("group", NAME),
      F("name_fi", NAME), F("name_en", NAME), F("unit", ENUM), F("increment", INCREMENT),
      F("share_rule", ENUM_OR_NONE), F("max_charge_cents", CHARGE_CENTS)}},
    {BODY(ADD_RATE_WINDOW),
     ADMIN,
     "admin-kymi",
     NONE,
     "organiser=kainuu rate_class=ilta day_kind=1 from_minute=1080 to_minute=1320",
     {F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)), F("rate_class", CLASS),
      F("day_kind", ENUM), F("from_minute", MINUTE, .wrong = {"1320", "1321"}),
      F("to_minute", MINUTE, .wrong = {"1080", "0"})}},
    {BODY(ADD_RATE),
     ADMIN,
     "admin-kymi",
     NONE,
     "organiser=kainuu service=uusi rate_class=ilta valid_from=2026-01-01 valid_to=2026-12-31 "
     "unit_value_cents=100 price_cap_cents=200 copay_cents=10",
     {F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("service", CODE, .unknown = UNKNOWN(SERVICE)),
      F("rate_class", CLASS_OR_NONE, .unknown = UNKNOWN(RATE_CLASS)),
      F("valid_from", DAY, .wrong = {"2027-01-01"}, .dated = true),
      F("valid_to", DAY_OR_NONE, .wrong = {"2025-12-31"}), F("unit_value_cents", CHARGE_CENTS),
      F("price_cap_cents", CHARGE_CENTS), F("copay_cents", CHARGE_CENTS)}},
    {BODY(SET_PROVIDER),
     ADMIN,
     "admin-kymi",
     NONE,
     "id=P9 name=Apu business_id=2077474-0 iban=FI2112345600000785 account_name=Apu",
     {F("id", CODE), F("name", NAME), F("business_id", BUSINESS_ID), F("iban", IBAN),
      F("account_name", ACCOUNT_NAME)}},
    {BODY(CHANGE_PROVIDER_ACCOUNT),
     FINANCE_1,
     "finance-kymi",
     OUTCOME_SECOND_OFFICER_REQUIRED,
     "provider=P9 iban=FI5542345670000081 account_name=Apu",
     {F("provider", CODE, .unknown = UNKNOWN(PROVIDER)), F("iban", IBAN),
      F("account_name", ACCOUNT_NAME)}},
    {BODY(ADD_APPROVAL),
     ADMIN,
     "admin-kymi",
     NONE,
     "provider=P2 organiser=kainuu service=uusi valid_from=2026-01-01 valid_to=2026-12-31 "
     "register=VALVIRA",
     {F("provider", CODE, .unknown = UNKNOWN(PROVIDER)),
      F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("service", CODE, .unknown = UNKNOWN(SERVICE)),
      F("valid_from", DAY, .wrong = {"2027-01-01"}, .dated = true),
      F("valid_to", DAY_OR_NONE, .wrong = {"2025-12-31"}), F("register", REFERENCE)}},
    {BODY(END_APPROVAL),
     ADMIN,
     "admin-kymi",
     NONE,
     "provider=P2 organiser=kainuu service=uusi valid_from=2026-01-01 valid_to=2026-11-30",
     {F("provider", CODE, .unknown = UNKNOWN(PROVIDER)),
      F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("service", CODE, .unknown = UNKNOWN(SERVICE)),
      F("valid_from", DAY, .unknown = UNKNOWN(ROW), .wrong = {"2027-01-01"}, .dated = true),
      F("valid_to", DAY, .wrong = {"2025-12-31", "2026-01-02"}, .dated = true)}},
    {BODY(ADD_PRICE),
     ADMIN,
     "admin-kymi",
     NONE,
     "provider=P2 organiser=kainuu service=uusi rate_class=ilta valid_from=2026-01-01 "
     "valid_to=2026-12-31 price_cents=4000",
     {F("provider", CODE, .unknown = UNKNOWN(PROVIDER)),
      F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("service", CODE, .unknown = UNKNOWN(SERVICE)),
      F("rate_class", CLASS_OR_NONE, .unknown = UNKNOWN(RATE_CLASS)),
      F("valid_from", DAY, .wrong = {"2027-01-01"}, .dated = true),
      F("valid_to", DAY_OR_NONE, .wrong = {"2025-12-31"}), F("price_cents", CHARGE_CENTS)}},
    {BODY(SET_COMMITMENT),
     FINANCE_1,
     "finance-kymi",
     NONE,
     "organiser=kainuu cost_code=K9 year=2026 cents=100000",
     {F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)), F("cost_code", CODE), F("year", YEAR),
      F("cents", CENTS)}},
    {BODY(REGISTER_KEY),
     ADMIN,
     "admin-kymi",
     NONE,
     "signing_key=$newcomer transport_key=$newcomer owner=newcomer role=2 organiser=kainuu "
     "valid_from_ms=1000 valid_to_ms=2000000000000",
     {F("signing_key", POINT), F("transport_key", KEY), F("owner", CODE), F("role", ENUM),
      F("organiser", CODE_OR_NONE, .unknown = UNKNOWN(ORGANISER)),
      F("valid_from_ms", TIME, .wrong = {"2000000000000"}),
      F("valid_to_ms", TIME, .wrong = {"1000"})}},
    {BODY(REVOKE_KEY),
     ADMIN,
     "admin-kymi",
     NONE,
     "key_id=$P3",
     {F("key_id", KEY_ID, .unknown = UNKNOWN(KEY))}},
};

static void test_catalogue(void **state)
{
    (void)state;
    struct scene s = scene_made();
    orders_play(&s, catalogue, COUNT(catalogue));
    scene_free(&s);
}

/* ---- Vouchers -----------------------------------------------------------------------------------
 */

static const struct order vouchers[] = {
    {BODY(GRANT_VOUCHER),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000022 organiser=kainuu client=A1 kind=1 services=sentti,tarkastus "
     "amount_cents=30000 period=1 valid_from=2026-01-01 valid_to=2026-12-31 decision=D-1 "
     "cost_code=K2 unit_value_cents=1 reserved_for=P1 carry_over=true",
     {F("number", NEW_NUMBER), F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("client", REFERENCE), F("kind", ENUM, .wrong = {"2"}),
      F("services", CODES, .unknown = UNKNOWN(SERVICE)), F("amount_cents", CENTS),
      F("quota", QUOTA, .wrong = {"1"}, .dated = true), F("period", ENUM, .wrong = {"2"}),
      F("valid_from", DAY, .wrong = {"2027-01-01"}, .dated = true),
      F("valid_to", DAY, .wrong = {"2025-12-31"}, .dated = true), F("decision", REFERENCE),
      F("cost_code", CODE_OR_NONE), F("unit_value_cents", CHARGE_CENTS),
      F("reserved_for", CODE_OR_NONE, .unknown = UNKNOWN(PROVIDER))}},
    {BODY(GRANT_VOUCHER),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000033 organiser=kainuu client=A1 kind=2 services=sentti quota=10 period=1 "
     "valid_from=2026-01-01 valid_to=2026-12-31",
     {F("quota", QUOTA), F("amount_cents", CENTS, .wrong = {"1"}, .dated = true),
      F("carry_over", ENUM_OR_NONE, .wrong = {"true"}, .dated = true)}},
    {BODY(AMEND_VOUCHER),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000022 effective_from=2026-05-01 amount_cents=40000 services=sentti "
     "valid_to=2026-11-30 unit_value_cents=2 decision=D-2",
     {F("number", NUMBER, .unknown = UNKNOWN(VOUCHER)),
      F("effective_from", DAY, .wrong = {"2026-12-01", "2025-12-31"}, .dated = true),
      F("amount_cents", CENTS), F("quota", QUOTA, .wrong = {"1"}, .dated = true),
      F("services", CODES_OR_NONE, .unknown = UNKNOWN(SERVICE)),
      F("valid_to", DAY_OR_NONE, .wrong = {"2026-04-30"}), F("unit_value_cents", CHARGE_CENTS),
      F("decision", REFERENCE)}},
    {BODY(ADD_SUSPENSION),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000022 from_day=2026-06-01 to_day=2026-06-30",
     {F("number", NUMBER, .unknown = UNKNOWN(VOUCHER)),
      F("from_day", DAY, .wrong = {"2026-07-01"}, .dated = true),
      F("to_day", DAY_OR_NONE, .wrong = {"2026-05-31"})}},
    {BODY(END_SUSPENSION),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000022 from_day=2026-06-01 to_day=2026-06-15",
     {F("number", NUMBER, .unknown = UNKNOWN(VOUCHER)),
      F("from_day", DAY, .unknown = UNKNOWN(ROW), .wrong = {"2026-07-01"}, .dated = true),
      F("to_day", DAY, .wrong = {"2026-05-31"}, .dated = true)}},
    {BODY(ADD_PRIOR_APPROVAL),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000022 service=sentti valid_from=2026-06-01 valid_to=2026-06-30 approved_by=A",
     {F("number", NUMBER, .unknown = UNKNOWN(VOUCHER)),
      F("service", CODE, .unknown = UNKNOWN(SERVICE)),
      F("valid_from", DAY, .wrong = {"2026-07-01"}, .dated = true),
      F("valid_to", DAY_OR_NONE, .wrong = {"2026-05-31"}), F("approved_by", REFERENCE)}},
    {BODY(RESERVE_VOUCHER),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000022 provider=P2",
     {F("number", NUMBER, .unknown = UNKNOWN(VOUCHER)),
      F("provider", CODE_OR_NONE, .unknown = UNKNOWN(PROVIDER))}},
    {BODY(CONVERT_VOUCHER),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000044 from_day=2026-05-01 into.number=000000010A into.organiser=kainuu "
     "into.client=A00001 into.kind=1 into.services=sentti into.amount_cents=5000 into.period=2 "
     "into.valid_from=2026-05-01 into.valid_to=2026-12-31 into.cost_code=K7",
     {F("number", NUMBER, .unknown = UNKNOWN(VOUCHER), .wrong = {"000000010A"}),
      F("from_day", DAY, .wrong = {"2026-05-02"}, .dated = true),
      F("into", GIVEN, .wrong = {"0", "2", "5"}),
      F("into.organiser", CODE, .unknown = UNKNOWN(ORGANISER), .wrong = {"a b"}),
      F("into.client", REFERENCE, .wrong = {"A00002"}, .dated = true),
      F("into.services", CODES, .unknown = UNKNOWN(SERVICE)),
      F("into.valid_from", DAY, .wrong = {"2026-05-02"}, .dated = true),
      F("into.reserved_for", CODE_OR_NONE, .unknown = UNKNOWN(PROVIDER))}},
    {BODY(CLOSE_VOUCHER),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000055 closed_on=2026-05-31",
     {F("number", NUMBER, .unknown = UNKNOWN(VOUCHER)),
      F("closed_on", DAY, .wrong = {"2025-12-31", "2027-01-01"}, .dated = true)}},
    {BODY(VOID_VOUCHER),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "number=0000000066",
     {F("number", NUMBER, .unknown = UNKNOWN(VOUCHER))}},
};

static void test_vouchers(void **state)
{
    (void)state;
    struct scene s = scene_made();
    orders_play(&s, vouchers, COUNT(vouchers));
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue),
        cmocka_unit_test(test_vouchers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
