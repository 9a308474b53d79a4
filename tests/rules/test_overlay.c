/* What lives in memory between checkpoints: every change reaches the tables, a full pool is an
 * answer and never an end, and a night always finds room. */
#include "tests/support/unit.h"

#include "tests/support/market.h"

static enum outcome commit_year(struct world *w, int64_t cents)
{
    char county[] = COUNTY;
    char code[] = "4711";
    Saldo__V1__SetCommitment c = SALDO__V1__SET_COMMITMENT__INIT;
    c.organiser = county;
    c.cost_code = code;
    c.year = 2026;
    c.cents = cents;
    return town_command(w, ADMIN, SALDO__V1__COMMAND__BODY_SET_COMMITMENT, &c);
}

/* What a year used is changed by charges long after its row was written. */
static void used_commitment_is_kept(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 5));
    sell_cleaning(w);
    const char *v =
        town_voucher(w, &(struct voucher_of){1, {"siivous"}, .amount = 30000, .cost_code = "4711"});
    struct charge_of c = cleaning(v, at(2026, 3, 1, 8, 0), 120);
    TAKES(w, &c, 22400, 7600);
    EXPECT(ACCEPTED, commit_year(w, 20000));
    world_checkpoint(w);
    c = cleaning(v, at(2026, 3, 2, 8, 0), 120);
    TAKES(w, &c, 14800, 7600);
    world_checkpoint(w);
    assert_true(world_restart(w));
    c = cleaning(v, at(2026, 3, 3, 8, 0), 120);
    REFUSES(w, &c, COUNTY_BUDGET, 0, 0);
    EXPECT(ALLOTMENT_TOO_LOW, commit_year(w, 15199));
    EXPECT(ACCEPTED, commit_year(w, 15200));
    town_free(w);
}

/* More suspensions and versions than the memory holds at once: those of other vouchers make way. */
static void lists_of_vouchers_are_bounded(void **state)
{
    (void)state;
    enum { VOUCHERS = 90 };
    struct world *w = town_new(on(2026, 3, 5));
    char number[LIMIT_VOUCHER_BYTES + 1];
    sell_cents(w);
    for (int32_t v = 1; v <= VOUCHERS; v++)
        town_voucher(w, &(struct voucher_of){v, {"sentti"}, .amount = 30000});
    for (int32_t v = 1; v <= VOUCHERS; v++) {
        memcpy(number, town_number(v), sizeof(number));
        for (int32_t i = 0; i < LIMIT_VOUCHER_EXTRAS; i++) {
            Saldo__V1__AddSuspension s = SALDO__V1__ADD_SUSPENSION__INIT;
            s.number = number;
            s.from_day = s.to_day = on(2027, 1, 1) + i;
            town_do(w, SALDO__V1__COMMAND__BODY_ADD_SUSPENSION, &s);
        }
        for (int32_t i = 1; i < LIMIT_VOUCHER_VERSIONS; i++) {
            Saldo__V1__Value amount = {
                .base = PROTOBUF_C_MESSAGE_INIT(&saldo__v1__value__descriptor), .value = 30000 + i};
            Saldo__V1__AmendVoucher a = SALDO__V1__AMEND_VOUCHER__INIT;
            a.number = number;
            a.effective_from = on(2026, 3, 5);
            a.amount_cents = &amount;
            town_do(w, SALDO__V1__COMMAND__BODY_AMEND_VOUCHER, &a);
        }
    }
    assert_true(world_compare(w));
    assert_true(world_restart(w));
    ledger_audit(w->ledger);
    world_free(w);
}

/* Only a night lets go of what the unsettled days hold, so it may not wait for room in it. */
static void night_frees_full_days(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 1, 1));
    int32_t first = on(2026, 1, 1);
    sell_cents(w);
    const char *v = town_voucher(
        w, &(struct voucher_of){
               1, {"sentti"}, .amount = 1000000, .whole = true, .to = on(2030, 12, 31)});
    struct ledger_stats stats;
    int32_t day = first;
    for (; day < first + 1022; day++) { /* LEDGER_OPEN_DAYS_MAX, less the two that it keeps */
        town_time(w, model_instant(day, 12, 0));
        struct charge_of c = cents_of(v, model_instant(day, 11, 0), 1);
        TAKES(w, &c, 1000000 - (day - first) - 1, 1);
    }
    EXPECT(ACCEPTED, town_settle(w, first));
    EXPECT(ACCEPTED, town_settle(w, first + 1));
    struct charge_of c = cents_of(v, model_instant(day - 1, 11, 30), 1);
    TAKES(w, &c, 1000000 - 1023, 1);
    ledger_stats(w->ledger, &stats);
    assert_int_equal(stats.settled_through, first + 1);
    assert_true(world_restart(w));
    ledger_audit(w->ledger);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(used_commitment_is_kept),
        cmocka_unit_test(lists_of_vouchers_are_bounded),
        cmocka_unit_test(night_frees_full_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
