/* Balances that come with their vouchers: pages that end early, and what a provider does not see.
 */
#include "tests/support/unit.h"

#include "tests/support/asking.h"
#include "tests/support/office.h"

static void amend_often(struct world *w, const char *number, int count)
{
    for (int i = 0; i < count; i++) {
        Saldo__V1__AmendVoucher c = SALDO__V1__AMEND_VOUCHER__INIT;
        Saldo__V1__Value amount = SALDO__V1__VALUE__INIT;
        c.number = town_text(number);
        c.effective_from = NIGHT + i;
        amount.value = 2000 + i;
        c.amount_cents = &amount;
        EXPECT(ACCEPTED, town_command(w, CASE_WORKER, SALDO__V1__COMMAND__BODY_AMEND_VOUCHER, &c));
    }
}

/* All vouchers of the county, in as many pages as it takes. */
static size_t count_vouchers(struct world *w, int32_t limit, size_t *pages)
{
    Saldo__V1__BalanceQuery query = SALDO__V1__BALANCE_QUERY__INIT;
    char after[LIMIT_VOUCHER_BYTES + 1] = "";
    size_t seen = 0;
    query.vouchers = true;
    query.limit = limit;
    query.after = after;
    *pages = 0;
    do {
        Saldo__V1__Reply reply;
        EXPECT(ACCEPTED, ASK(w, ADMIN, BALANCE, &query, &reply));
        assert_true(reply.balances->n_balances > 0);
        for (size_t i = 0; i < reply.balances->n_balances; i++, seen++) {
            const Saldo__V1__Balance *b = reply.balances->balances[i];
            assert_non_null(b->of);
            assert_string_equal(b->of->number, b->voucher);
            assert_true(b->of->n_versions > 0);
        }
        (*pages)++;
        snprintf(after, sizeof(after), "%s", reply.balances->next);
    } while (after[0] != '\0');
    return seen;
}

static void test_balances_with_vouchers(void **state)
{
    (void)state;
    enum { VOUCHERS = 600, VERSIONS = 60 };
    struct world *w = town_new(NIGHT);
    size_t pages;
    sell_cents(w);
    for (int i = 1; i <= VOUCHERS; i++)
        amend_often(w, town_voucher(w, &(struct voucher_of){i, {"sentti"}, .amount = 1000}),
                    VERSIONS);
    assert_int_equal(count_vouchers(w, 100, &pages), VOUCHERS);
    assert_int_equal(pages, VOUCHERS / 100);
    assert_int_equal(count_vouchers(w, 0, &pages), VOUCHERS); /* would be too much for one reply */
    assert_true(pages > 1);

    Saldo__V1__BalanceQuery query = SALDO__V1__BALANCE_QUERY__INIT;
    Saldo__V1__Reply reply;
    query.voucher = town_text(town_number(1));
    EXPECT(ACCEPTED, ASK(w, ADMIN, BALANCE, &query, &reply));
    assert_null(reply.balances->balances[0]->of); /* it was not asked for */
    query.vouchers = true;
    EXPECT(ACCEPTED, ASK(w, "P1", BALANCE, &query, &reply));
    assert_string_equal(reply.balances->balances[0]->of->client, ""); /* not for a provider */
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_balances_with_vouchers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
