/* What lives in memory between checkpoints: every change reaches the tables, a full pool is an
 * answer and never an end, and a night always finds room. */
#include "tests/support/unit.h"

#include "ledger/state.h"
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

static uint32_t percent_full(const struct world *w)
{
    struct ledger_stats stats;
    ledger_stats(w->ledger, &stats);
    return stats.full_percent;
}

static uint32_t buckets_held(const struct world *w)
{
    struct ledger_stats stats;
    ledger_stats(w->ledger, &stats);
    return stats.overlay_buckets;
}

/* Buckets go once more than half of the room for them is taken, but none that this night settles;
 * their intervals go with them and come back with them. */
static void settled_buckets_make_way(void **state)
{
    (void)state;
    enum { VOUCHERS = 151, CHARGES = 20 }; /* of the first; more than one chunk of intervals */
    const struct ledger_limits limits = {
        .charges = 1000, .vouchers = 400, .buckets = 2 * (VOUCHERS - 1)};
    struct world *w = town_small(&limits, on(2026, 3, 5));
    sell_cleaning(w);
    for (int32_t i = 0; i < VOUCHERS; i++) {
        const char *v = town_voucher(w, &(struct voucher_of){i, {"siivous"}, .amount = 100000});
        for (int32_t k = 0; k < (i == 0 ? CHARGES : 1); k++) {
            struct charge_of c = cleaning(v, at(2026, 3, 1, k, 0), 60);
            TAKES(w, &c, 100000 - 3800 * (k + 1), 3800);
        }
    }
    world_checkpoint(w);
    assert_int_equal(buckets_held(w), VOUCHERS);
    town_time(w, at(2026, 3, 6, 12, 0));
    EXPECT(ACCEPTED, town_settle(w, on(2026, 3, 5)));
    world_checkpoint(w);
    assert_int_equal(buckets_held(w), VOUCHERS - 1);
    ledger_audit(w->ledger);
    struct charge_of c = cleaning(town_number(0), at(2026, 3, 1, 0, 30), 15);
    REFUSES(w, &c, OVERLAP, 0, 0);
    c = cleaning(town_number(0), at(2026, 3, 1, CHARGES, 0), 60);
    TAKES(w, &c, 100000 - 3800 * (CHARGES + 1), 3800);
    town_free(w);
}

/* What a checkpoint would let go counts as full: changed vouchers and buckets, all charges. */
static void fullness_is_what_a_checkpoint_frees(void **state)
{
    (void)state;
    enum { VOUCHERS = 30, VOUCHERS_MAX = 400, BUCKETS_MAX = 200, CHARGES_MAX = 1000 };
    const struct ledger_limits limits = {
        .charges = CHARGES_MAX, .vouchers = VOUCHERS_MAX, .buckets = BUCKETS_MAX};
    struct world *w = town_small(&limits, on(2026, 3, 5));
    sell_cleaning(w);
    for (int32_t i = 0; i < VOUCHERS; i++)
        town_voucher(w, &(struct voucher_of){i, {"siivous"}, .amount = 100000});
    assert_int_equal(percent_full(w), 100 * VOUCHERS / VOUCHERS_MAX);
    world_freeze(w); /* half-way they are still held */
    assert_int_equal(percent_full(w), 100 * VOUCHERS / VOUCHERS_MAX);
    world_checkpoint(w);
    assert_int_equal(percent_full(w), 0);
    struct charge_of c = {0};
    for (int32_t i = 0; i < 20; i++) {
        c = cleaning(town_number(i % 8), at(2026, 3, 1, i, 0), 60);
        struct answer a = town_charge(w, &c);
        assert_int_equal(a.code, OUTCOME_ACCEPTED);
    }
    assert_int_equal(percent_full(w), 100 * 8 / BUCKETS_MAX);
    c.provider = "P2"; /* without a price: refusals take room of charges too */
    for (int32_t i = 0; i < 230; i++)
        REFUSES(w, &c, PROVIDER_NOT_APPROVED, 0, 0);
    /* each request takes a row for its id: the organiser's, keys', providers' and so on as well */
    assert_true(percent_full(w) > 100 * 230 / CHARGES_MAX);
    world_checkpoint(w);
    assert_int_equal(percent_full(w), 0);
    /* Lines of open days wait for a night, not for a checkpoint. */
    struct pool *tallies = &w->ledger->table[ROW_TALLY].pool;
    const uint32_t capacity = tallies->capacity;
    assert_true(tallies->live > 0);
    tallies->capacity = 2 * tallies->live + 1;
    assert_int_equal(percent_full(w), 0);
    tallies->capacity = capacity;
    town_free(w);
}

/* Lists of vouchers are full from three quarters on; below, clean ones make room by themselves. */
static void fullness_of_lists(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 5));
    struct pool *const lists[] = {&w->ledger->versions, &w->ledger->extras};
    world_checkpoint(w);
    for (size_t i = 0; i < COUNT(lists); i++) {
        const uint32_t items = lists[i]->capacity - 1, live = lists[i]->live;
        lists[i]->live = (items * 75 + 99) / 100;
        assert_int_equal(percent_full(w), 75);
        lists[i]->live = items;
        assert_int_equal(percent_full(w), 100);
        lists[i]->live = items * 74 / 100;
        assert_int_equal(percent_full(w), 0);
        lists[i]->live = live;
    }
    town_free(w);
}

/* A voucher, and the row of its request. */
static void memory_is_what_rows_take(void **state)
{
    (void)state;
    struct world *w = town_new(on(2026, 3, 5));
    sell_cleaning(w);
    uint64_t before = ledger_memory(w->ledger);
    town_voucher(w, &(struct voucher_of){1, {"siivous"}, .amount = 100000});
    uint64_t more = ledger_memory(w->ledger) - before;
    assert_in_range(more, sizeof(struct voucher), 2 * sizeof(struct voucher));
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(used_commitment_is_kept),
        cmocka_unit_test(lists_of_vouchers_are_bounded),
        cmocka_unit_test(night_frees_full_days),
        cmocka_unit_test(settled_buckets_make_way),
        cmocka_unit_test(fullness_is_what_a_checkpoint_frees),
        cmocka_unit_test(fullness_of_lists),
        cmocka_unit_test(memory_is_what_rows_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
