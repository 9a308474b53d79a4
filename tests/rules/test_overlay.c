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
    const char *v = town_voucher(
        w, &(struct voucher_of){1, {"siivous"}, .amount = 30000, .cost_code = "4711"});
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(used_commitment_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
