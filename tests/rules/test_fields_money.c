/* As test_fields.c, for the corrections of charges, nights and payments. */
#include "tests/support/unit.h"

#include "tests/support/order.h"

#define BODY(name) SALDO__V1__COMMAND__BODY_##name

/* ---- Charges, nights and payments ---------------------------------------------------------------
 */

static const struct order money[] = {
    {BODY(REVIEW_CHARGE),
     CASE_WORKER,
     "admin-kymi",
     NONE,
     "provider=P1 charge=$review accept=true",
     {F("provider", CODE, .unknown = UNKNOWN(CHARGE)), F("charge", ID, .unknown = UNKNOWN(CHARGE)),
      F("reason", TEXT)}},
    {BODY(DELETE_CHARGE),
     "P1",
     NULL,
     NONE,
     "charge=$delete",
     {F("charge", ID, .unknown = UNKNOWN(CHARGE))}},
    {BODY(CREDIT_CHARGE),
     FINANCE_1,
     "finance-kymi",
     NONE,
     "provider=P2 charge=$credit cents=100 quantity=100 reason=6",
     {F("provider", CODE, .unknown = UNKNOWN(CHARGE)), F("charge", ID, .unknown = UNKNOWN(CHARGE)),
      F("cents", SOME), F("quantity", COUNT), F("reason", ENUM_OR_NONE), F("text", TEXT)}},
    {BODY(START_PAYOUT_RUN),
     FINANCE_1,
     "finance-kymi",
     OUTCOME_ROW_CONFLICT, /* the calendar has started it */
     "organiser=kainuu",
     {F("organiser", CODE, .unknown = UNKNOWN(ORGANISER))}},
    {BODY(START_PAYOUT_RUN), FINANCE_1, NULL, NONE, "organiser=kymi", {F("organiser", CODE)}},
    {BODY(PREPARE_PAYOUT_RUN),
     FINANCE_1,
     "finance-kymi",
     NONE,
     "organiser=kainuu run_day=2026-03-31 payouts=2 cents=12600 payees=$payees",
     {F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("run_day", DAY, .unknown = UNKNOWN(ROW)), F("payouts", COUNT), F("cents", COUNT),
      F("payees", HASH)}},
    {BODY(RELEASE_PAYOUT_RUN),
     FINANCE_2,
     "finance-kymi",
     NONE,
     "organiser=kainuu run_day=2026-03-31 payouts=2 cents=12600 payees=$payees",
     {F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("run_day", DAY, .unknown = UNKNOWN(ROW)), F("payouts", COUNT), F("cents", COUNT),
      F("payees", HASH)}},
    {BODY(RECORD_BANK_EVENT),
     FINANCE_1,
     "finance-kymi",
     NONE,
     "line=$line1 kind=3 organiser=kainuu provider=P2 run_day=2026-03-31 cents=5000 reason=RVNM "
     "file=pain",
     {F("line", HASH), F("kind", ENUM, .wrong = {"4", "6", "8"}),
      F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("provider", CODE, .unknown = UNKNOWN(PROVIDER)), F("run_day", DAY, .unknown = UNKNOWN(ROW)),
      F("cents", SOME_CENTS), F("credit", ENUM_OR_NONE, .wrong = {"true"}, .dated = true),
      F("day", DAY_OR_NONE, .wrong = {"2026-04-01"}, .dated = true), F("reason", REFERENCE),
      F("file", REFERENCE), F("facts.entry_cents", SOME_CENTS, .wrong = {"5000"}, .dated = true)}},
    {BODY(RELEASE_HELD_PAYOUT),
     FINANCE_1,
     "finance-kymi",
     NONE,
     "organiser=kainuu provider=P2 run_day=2026-03-31 reason=nimi",
     {F("organiser", CODE, .unknown = UNKNOWN(ORGANISER)),
      F("provider", CODE, .unknown = UNKNOWN(PROVIDER)), F("run_day", DAY, .unknown = UNKNOWN(ROW)),
      F("reason", TEXT)}},
    {BODY(RECORD_BANK_EVENT),
     FINANCE_1,
     "finance-kymi",
     NONE,
     "line=$line2 kind=4 organiser=kainuu provider=P1 run_day=2026-03-31 cents=7600 "
     "day=2026-04-01 facts.entry_cents=7600 facts.account=FI4950009420028730",
     {F("kind", ENUM, .wrong = {"1", "2", "3", "5"}),
      F("provider", CODE, .unknown = UNKNOWN(PROVIDER)), F("run_day", DAY, .unknown = UNKNOWN(ROW)),
      F("credit", ENUM_OR_NONE, .wrong = {"true"}, .dated = true), F("day", DAY),
      F("facts", GIVEN, .wrong = {"none"}), F("facts.entry_cents", SOME_CENTS),
      F("facts.account", REFERENCE), F("facts.end_to_end_id", REFERENCE),
      F("facts.instruction_id", REFERENCE), F("facts.payment_id", REFERENCE),
      F("facts.reference", REFERENCE), F("facts.iban", REFERENCE),
      F("facts.entry_ref", REFERENCE)}},
    {BODY(RECORD_BANK_EVENT),
     FINANCE_1,
     "finance-kymi",
     NONE,
     "line=$line3 kind=6 organiser=kainuu cents=900 day=2026-04-01 facts.entry_cents=900",
     {F("provider", GIVEN, .wrong = {"P1"}),
      F("run_day", DAY_OR_NONE, .wrong = {"2026-03-31"}, .dated = true), F("cents", SOME_CENTS)}},
    {BODY(RECORD_BANK_EVENT),
     FINANCE_1,
     "finance-kymi",
     OUTCOME_AMOUNT_MISMATCH,
     "line=$line4 kind=8 organiser=kainuu run_day=2026-03-31 cents=900 day=2026-04-01 "
     "facts.entry_cents=900",
     {F("provider", GIVEN, .wrong = {"P1"}), F("run_day", DAY_OR_NONE),
      F("credit", ENUM_OR_NONE, .wrong = {"true"}, .dated = true)}},
    {BODY(RECORD_BANK_EVENT),
     FINANCE_1,
     "finance-kymi",
     OUTCOME_PAYOUT_STATE,
     "line=$line5 kind=2 organiser=kainuu provider=P1 run_day=2026-03-31 cents=7600 by_hand=true "
     "reason=AC04",
     {F("reason", REFERENCE, .wrong = {""}, .dated = true)}},
    {BODY(CLOSE_BANK_LINE),
     FINANCE_1,
     "finance-kymi",
     NONE,
     "line=$line3 reason=oma",
     {F("line", HASH, .unknown = UNKNOWN(ROW)), F("reason", NAME)}},
    {BODY(SETTLE_DAY),
     SETTLEMENT,
     "settlement-kymi",
     OUTCOME_DAY_NOT_CLOSED,
     "day=2026-04-01",
     {F("day", DAY)}},
};

static void test_money(void **state)
{
    (void)state;
    struct scene s = scene_made();
    orders_play(&s, money, COUNT(money));
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_money)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
