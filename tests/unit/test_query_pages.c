/* Queries that go on where the last page ended: filters, corrections, terms; and what each key may
 * see of them. What they say of corrections is compared with the model after every test of the
 * rules (world_compare_corrections.c). */
#include "tests/support/unit.h"

#include "tests/support/asking.h"
#include "tests/support/office.h"

/* ---- Charges ----------------------------------------------------------------------------------
 */

/* How many charges of NIGHT a key sees through a filter, `limit` a page; pages that hold none are
 * counted in *empty. */
static size_t count_charges(struct world *w, const char *who, Saldo__V1__ChargesQuery query,
                            size_t *empty)
{
    char after[64] = "", voucher[16] = "";
    uint64_t last = 0, seen = 0;
    query.business_day = NIGHT;
    query.after = after;
    *empty = 0;
    do {
        Saldo__V1__Reply reply;
        EXPECT(ACCEPTED, ASK(w, who, CHARGES, &query, &reply));
        const Saldo__V1__Charges *page = reply.charges;
        for (size_t i = 0; i < page->n_charges; i++, seen++) {
            const Saldo__V1__ChargeStatus *c = page->charges[i];
            int order = strcmp(voucher, c->voucher);
            assert_true(order < 0 || (order == 0 && c->number > last));
            snprintf(voucher, sizeof(voucher), "%s", c->voucher);
            last = c->number;
            if (query.provider[0] != '\0')
                assert_string_equal(c->provider, query.provider);
            if (query.voucher[0] != '\0')
                assert_string_equal(c->voucher, query.voucher);
        }
        *empty += page->n_charges == 0;
        assert_true(page->next[0] == '\0' || strcmp(page->next, after) > 0);
        snprintf(after, sizeof(after), "%s", page->next);
    } while (after[0] != '\0');
    return seen;
}

static void expect_filters(struct world *w)
{
    static const struct {
        const char *who, *provider;
        int32_t voucher;
        size_t want;
    } rows[] = {
        {ADMIN, "", 0, 12},
        {ADMIN, "P1", 0, 6},
        {ADMIN, "P2", 0, 6},
        {ADMIN, "P3", 0, 0},
        {ADMIN, "", 1, 4},
        {ADMIN, "P2", 1, 2},
        {ADMIN, "", 9, 0},
        {"P1", "", 0, 6},
        {"P1", "P1", 2, 2},
        {"P2", "", 3, 2},
        {"P3", "", 1, 0},
        {"finance-kymi", "", 0, 0},
        {"finance-kymi", "P1", 1, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int32_t limit = 0; limit <= 5; limit += 1) {
            Saldo__V1__ChargesQuery query = SALDO__V1__CHARGES_QUERY__INIT;
            size_t empty;
            query.provider = town_text(rows[i].provider);
            if (rows[i].voucher != 0)
                query.voucher = town_text(town_number(rows[i].voucher));
            query.limit = limit;
            assert_int_equal(count_charges(w, rows[i].who, query, &empty), rows[i].want);
        }
}

static void test_charges_filtered(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    sell_cents(w);
    office_elsewhere(w);
    for (int v = 1; v <= 3; v++)
        town_voucher(w, &(struct voucher_of){v, {"sentti"}, .amount = 30000});
    for (int i = 0; i < 12; i++) {
        struct charge_of c = cents_of(town_number(i % 3 + 1), at(2026, 3, 30, 8, 0), 100);
        c.provider = i % 2 == 0 ? "P1" : "P2";
        assert_int_equal(town_charge(w, &c).code, OUTCOME_ACCEPTED);
        if (i == 3) {
            world_freeze(w);
            world_freeze_step(w, 2);
        }
        if (i == 7)
            world_checkpoint(w);
    }
    expect_filters(w);
    world_checkpoint(w);
    expect_filters(w);
    Saldo__V1__ChargesQuery query = SALDO__V1__CHARGES_QUERY__INIT;
    Saldo__V1__Reply reply;
    query.business_day = NIGHT;
    query.provider = town_text("P9");
    EXPECT(PROVIDER_UNKNOWN, ASK(w, ADMIN, CHARGES, &query, &reply));
    EXPECT(SCOPE_NOT_ALLOWED, ASK(w, "P1", CHARGES, &query, &reply));
    query.provider = town_text("P2");
    EXPECT(SCOPE_NOT_ALLOWED, ASK(w, "P1", CHARGES, &query, &reply)); /* as if it were unknown */
    query.provider = town_text("");
    query.voucher = town_text("123");
    EXPECT(VOUCHER_UNKNOWN, ASK(w, ADMIN, CHARGES, &query, &reply));
    town_free(w);
}

/* A filter answers after so many rows, and what it lets through comes on a later page. */
static void test_a_filter_looks_at_so_many(void **state)
{
    (void)state;
    Saldo__V1__ChargesQuery query = SALDO__V1__CHARGES_QUERY__INIT;
    struct world *w = town_new(NIGHT);
    size_t empty;
    sell_cents(w);
    town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 1000000});
    for (int i = 0; i <= LIMIT_QUERY_EXAMINED; i++) {
        struct charge_of c = cents_of(town_number(1), at(2026, 3, 30, 8, 0), 1);
        c.provider = i == LIMIT_QUERY_EXAMINED ? "P2" : "P1";
        assert_int_equal(town_charge(w, &c).code, OUTCOME_ACCEPTED);
        if (i % 2000 == 1999)
            world_checkpoint(w);
    }
    assert_int_equal(count_charges(w, "P2", query, &empty), 1);
    assert_int_equal(empty, 1);
    query.provider = town_text("P2");
    assert_int_equal(count_charges(w, ADMIN, query, &empty), 1);
    assert_int_equal(empty, 1);
    town_free(w);
}

/* ---- Payouts and runs -------------------------------------------------------------------------
 */

static size_t count_payouts(struct world *w, const char *who, Saldo__V1__PayoutsQuery query)
{
    char after[64] = "";
    int32_t day = 0;
    size_t seen = 0;
    query.after = after;
    do {
        Saldo__V1__Reply reply;
        EXPECT(ACCEPTED, ASK(w, who, PAYOUTS, &query, &reply));
        const Saldo__V1__Payouts *page = reply.payouts;
        assert_true(query.limit == 0 || page->n_payouts <= (size_t)query.limit);
        for (size_t i = 0; i < page->n_payouts; i++, seen++) {
            const Saldo__V1__Payout *p = page->payouts[i];
            assert_true(p->run_day >= day);
            day = p->run_day;
            if (who[0] == 'P')
                assert_string_equal(p->provider, who);
        }
        assert_true(page->next[0] == '\0' || strcmp(page->next, after) > 0);
        snprintf(after, sizeof(after), "%s", page->next);
    } while (after[0] != '\0');
    return seen;
}

static size_t count_runs(struct world *w, const char *who, Saldo__V1__RunsQuery query,
                         int64_t *cents)
{
    char after[64] = "";
    size_t seen = 0;
    query.after = after;
    *cents = 0;
    do {
        Saldo__V1__Reply reply;
        EXPECT(ACCEPTED, ASK(w, who, RUNS, &query, &reply));
        for (size_t i = 0; i < reply.runs->n_runs; i++, seen++)
            *cents += reply.runs->runs[i]->cents;
        snprintf(after, sizeof(after), "%s", reply.runs->next);
    } while (after[0] != '\0');
    return seen;
}

/* Four nights: P1 is paid each, P2 every second one; 1.00 each. */
static void expect_four_nights(struct world *w)
{
    for (int32_t limit = 0; limit <= 4; limit++) {
        Saldo__V1__PayoutsQuery query = SALDO__V1__PAYOUTS_QUERY__INIT;
        Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
        int64_t cents;
        runs.limit = query.limit = limit;
        assert_int_equal(count_payouts(w, ADMIN, query), 6);
        assert_int_equal(count_payouts(w, "P1", query), 4);
        assert_int_equal(count_payouts(w, "P2", query), 2);
        assert_int_equal(count_payouts(w, "P3", query), 0);
        assert_int_equal(count_payouts(w, "finance-kymi", query), 0);
        assert_int_equal(count_runs(w, ADMIN, runs, &cents), 4);
        assert_int_equal(cents, 600);
        assert_int_equal(count_runs(w, "finance-kymi", runs, &cents), 0);
        query.provider = town_text("P2");
        assert_int_equal(count_payouts(w, ADMIN, query), 2);
        assert_int_equal(count_payouts(w, "P2", query), 2);
        query.organiser = town_text(COUNTY);
        assert_int_equal(count_payouts(w, ADMIN, query), 2);
        query.provider = town_text("");
        assert_int_equal(count_payouts(w, ADMIN, query), 6);
        query.organiser = town_text("kymi");
        assert_int_equal(count_payouts(w, ADMIN, query), 0);
        query.organiser = town_text("");
        query.from_day = runs.from_day = NIGHT + 1;
        query.to_day = runs.to_day = NIGHT + 2;
        assert_int_equal(count_payouts(w, ADMIN, query), 3);
        assert_int_equal(count_payouts(w, "P2", query), 1);
        assert_int_equal(count_runs(w, ADMIN, runs, &cents), 2);
        assert_int_equal(cents, 300);
    }
}

static void test_payouts_in_pages(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    sell_cents(w);
    office_elsewhere(w);
    town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 100000});
    for (int night = 0; night < 4; night++) {
        town_time(w, at(2026, 3, 31 + night, 12, 0));
        office_charge(w, "P1", 100);
        if (night % 2 == 1)
            office_charge(w, "P2", 100);
        town_night(w);
        if (night == 0)
            world_checkpoint(w);
        if (night == 2) {
            world_freeze(w);
            world_freeze_step(w, 3);
        }
    }
    expect_four_nights(w);
    world_checkpoint(w);
    expect_four_nights(w);
    assert_true(world_restart(w));
    expect_four_nights(w);
    town_free(w);
}

/* ---- Batches, payables and keys -----------------------------------------------------------------
 */

#define COUNT_ROWS(name, query_type, body, list, rows, each)                                       \
    static size_t count_##name(struct world *w, const char *who, query_type query)                 \
    {                                                                                              \
        char after[64] = "";                                                                       \
        size_t seen = 0;                                                                           \
        query.after = after;                                                                       \
        do {                                                                                       \
            Saldo__V1__Reply reply;                                                                \
            EXPECT(ACCEPTED, ASK(w, who, body, &query, &reply));                                   \
            assert_true(query.limit == 0 || reply.list->n_##rows <= (size_t)query.limit);          \
            for (size_t i = 0; i < reply.list->n_##rows; i++, seen++)                              \
                each(reply.list->rows[i]);                                                         \
            assert_true(reply.list->next[0] == '\0' || strcmp(reply.list->next, after) > 0);       \
            snprintf(after, sizeof(after), "%s", reply.list->next);                                \
        } while (after[0] != '\0');                                                                \
        return seen;                                                                               \
    }

static int64_t summed;
#define SUM(row)     summed += (row)->cents
#define NOTHING(row) (void)(row)
COUNT_ROWS(lines, Saldo__V1__BatchQuery, BATCH, batch, lines, SUM)
COUNT_ROWS(payables, Saldo__V1__PayablesQuery, PAYABLES, payables, payables, SUM)
COUNT_ROWS(keys, Saldo__V1__KeysQuery, KEYS, keys, keys, NOTHING)

/* 1.00 for P1, 2.00 for P2, 3.00 for P3, carried to the next run. */
static void expect_lines(struct world *w)
{
    for (int32_t limit = 0; limit <= 4; limit++) {
        Saldo__V1__BatchQuery batch = SALDO__V1__BATCH_QUERY__INIT;
        Saldo__V1__PayablesQuery payables = SALDO__V1__PAYABLES_QUERY__INIT;
        Saldo__V1__KeysQuery keys = SALDO__V1__KEYS_QUERY__INIT;
        batch.limit = payables.limit = keys.limit = limit;
        batch.day = NIGHT;
        summed = 0;
        assert_int_equal(count_lines(w, ADMIN, batch), 3);
        assert_int_equal(count_payables(w, ADMIN, payables), 3);
        assert_int_equal(summed, 1200);
        assert_int_equal(count_lines(w, "finance-kymi", batch), 0);
        assert_int_equal(count_payables(w, "P3", payables), 1);
        assert_int_equal(count_keys(w, ADMIN, keys), ledger_key_count(w->ledger));
        assert_int_equal(count_keys(w, "admin-kymi", keys), 2); /* with finance-kymi */
    }
}

static void test_lines_in_pages(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    sell_cents(w);
    office_elsewhere(w);
    EXPECT(ACCEPTED, town_key(w, ADMIN,
                              &(struct key_of){.name = "admin-kymi",
                                               .role = SALDO__V1__ROLE__ADMINISTRATOR,
                                               .organiser = "kymi"}));
    office_pays_on_command(w);
    town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 100000});
    town_time(w, at(2026, 3, 31, 12, 0));
    office_charge(w, "P1", 100);
    office_charge(w, "P3", 300);
    world_checkpoint(w);
    office_charge(w, "P2", 200);
    town_night(w);
    world_freeze(w);
    world_freeze_step(w, 3);
    expect_lines(w);
    world_checkpoint(w);
    expect_lines(w);
    assert_true(world_restart(w));
    expect_lines(w);
    town_free(w);
}

static void test_places_to_go_on_from(void **state)
{
    (void)state;
    static const char *const bad[] = {"0", "00", "0000000000000000000000zz",
                                      "0000000000000000000000000000"};
    struct world *w = town_new(NIGHT);
    Saldo__V1__Reply reply;
    for (size_t i = 0; i < COUNT(bad); i++) {
        Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
        Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
        payouts.after = runs.after = town_text(bad[i]);
        EXPECT(FIELD_INVALID, ASK(w, ADMIN, PAYOUTS, &payouts, &reply));
        EXPECT(FIELD_INVALID, ASK(w, ADMIN, RUNS, &runs, &reply));
    }
    Saldo__V1__BatchQuery batch = SALDO__V1__BATCH_QUERY__INIT;
    Saldo__V1__PayablesQuery payables = SALDO__V1__PAYABLES_QUERY__INIT;
    Saldo__V1__KeysQuery keys = SALDO__V1__KEYS_QUERY__INIT;
    batch.day = NIGHT;
    batch.after = payables.after = keys.after = town_text("0");
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, BATCH, &batch, &reply));
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, PAYABLES, &payables, &reply));
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, KEYS, &keys, &reply));
    batch.after = payables.after = keys.after = town_text("");
    batch.limit = payables.limit = keys.limit = LIMIT_QUERY_ROWS + 1;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, PAYABLES, &payables, &reply));
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, KEYS, &keys, &reply));
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    payouts.after = town_text("ffffffffffffffffffffffff"); /* a place before all days */
    EXPECT(ACCEPTED, ASK(w, ADMIN, PAYOUTS, &payouts, &reply));
    payouts.after = town_text("");
    payouts.limit = LIMIT_QUERY_ROWS + 1;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, PAYOUTS, &payouts, &reply));
    payouts.limit = 0;
    payouts.organiser = town_text("nobody");
    EXPECT(ORGANISER_UNKNOWN, ASK(w, ADMIN, PAYOUTS, &payouts, &reply));
    payouts.organiser = town_text("");
    payouts.provider = town_text("P9");
    EXPECT(PROVIDER_UNKNOWN, ASK(w, ADMIN, PAYOUTS, &payouts, &reply));
    EXPECT(SCOPE_NOT_ALLOWED, ASK(w, "P1", PAYOUTS, &payouts, &reply)); /* as if there were one */
    payouts.provider = town_text("P2");
    EXPECT(SCOPE_NOT_ALLOWED, ASK(w, "P1", PAYOUTS, &payouts, &reply));
    town_free(w);
}

/* ---- Corrections ------------------------------------------------------------------------------
 */

static void expect_corrections(struct world *w, const char *who, const char *provider, size_t want)
{
    for (int32_t limit = 0; limit <= 3; limit++) {
        Saldo__V1__CorrectionsQuery query = SALDO__V1__CORRECTIONS_QUERY__INIT;
        size_t seen = 0;
        query.business_day = NIGHT;
        query.limit = limit;
        query.provider = town_text(provider);
        do {
            Saldo__V1__Reply reply;
            EXPECT(ACCEPTED, ASK(w, who, CORRECTIONS, &query, &reply));
            for (size_t i = 0; i < reply.corrections->n_corrections; i++, seen++) {
                const Saldo__V1__Correction *c = reply.corrections->corrections[i];
                if (who[0] != 'P')
                    continue;
                assert_string_equal(c->provider, who); /* its own, and no word of an officer's */
                assert_string_equal(c->text, "");
                assert_true(c->by[0] == '\0' || strcmp(c->by, who) == 0);
            }
            query.after_number = reply.corrections->next;
        } while (query.after_number != 0);
        assert_int_equal(seen, want);
    }
}

static void expect_all_corrections(struct world *w)
{
    expect_corrections(w, ADMIN, "", 4);
    expect_corrections(w, "auditor", "P1", 3);
    expect_corrections(w, ADMIN, "P2", 1);
    expect_corrections(w, "finance-kymi", "", 0);
    expect_corrections(w, "P1", "", 3);
    expect_corrections(w, "P2", "P2", 1);
    expect_corrections(w, "P3", "", 0);
}

static void test_corrections(void **state)
{
    (void)state;
    uint8_t ids[4][LIMIT_REQUEST_ID_BYTES];
    struct world *w = town_new(NIGHT);
    Saldo__V1__Reply reply;
    sell_cents(w);
    office_elsewhere(w);
    EXPECT(
        ACCEPTED,
        town_key(w, ADMIN, &(struct key_of){.name = "auditor", .role = SALDO__V1__ROLE__AUDITOR}));
    town_service(
        w, &(struct service_of){.code = "tarkka", .unit = SALDO__V1__UNIT__PIECE, .review = true});
    town_price(w, &(struct price_of){.provider = "P1", .service = "tarkka", .cents = 1});
    town_voucher(w, &(struct voucher_of){1, {"sentti", "tarkka"}, .amount = 30000});
    for (int i = 0; i < 4; i++) {
        struct charge_of c = cents_of(town_number(1), at(2026, 3, 30, 8, 0), 100 + i);
        c.service = i < 2 ? "tarkka" : "sentti";
        c.provider = i < 3 ? "P1" : "P2";
        assert_int_equal(town_charge(w, &c).code, OUTCOME_ACCEPTED);
        memcpy(ids[i], town_last_id(), sizeof(ids[i]));
    }
    EXPECT(ACCEPTED, town_review(w, ids[0], false, "asiakas on sairaalassa"));
    world_freeze(w);
    EXPECT(ACCEPTED, town_review(w, ids[1], true, ""));
    EXPECT(ACCEPTED, town_delete(w, "P1", ids[2]));
    world_checkpoint(w);
    EXPECT(ACCEPTED, town_delete(w, "P2", ids[3]));
    expect_all_corrections(w);
    world_checkpoint(w);
    expect_all_corrections(w);
    Saldo__V1__CorrectionsQuery query = SALDO__V1__CORRECTIONS_QUERY__INIT;
    query.business_day = NIGHT;
    query.charge = (ProtobufCBinaryData){sizeof(ids[0]), ids[0]};
    EXPECT(ACCEPTED, ASK(w, "auditor", CORRECTIONS, &query, &reply));
    assert_int_equal(reply.corrections->n_corrections, 1);
    assert_string_equal(reply.corrections->corrections[0]->text, "asiakas on sairaalassa");
    assert_string_equal(reply.corrections->corrections[0]->by, CASE_WORKER);
    EXPECT(ACCEPTED, ASK(w, "P2", CORRECTIONS, &query, &reply));
    assert_int_equal(reply.corrections->n_corrections, 0);
    query.charge.len = 5;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, CORRECTIONS, &query, &reply));
    query.charge.len = 0;
    EXPECT(ROLE_NOT_ALLOWED, ASK(w, CASE_WORKER, CORRECTIONS, &query, &reply));
    query.provider = town_text("P1");
    EXPECT(SCOPE_NOT_ALLOWED, ASK(w, "P2", CORRECTIONS, &query, &reply));
    town_free(w);
}

/* ---- Terms ------------------------------------------------------------------------------------
 */

static void test_terms(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    Saldo__V1__TermsQuery query = SALDO__V1__TERMS_QUERY__INIT;
    Saldo__V1__Reply reply;
    sell_cleaning(w);
    office_elsewhere(w);
    town_rate(w, &(struct rate_of){.service = "siivous", .value = 3500, .cap = 4000});
    query.organiser = town_text(COUNTY);
    query.service = town_text("siivous");
    query.day = NIGHT;
    EXPECT(ACCEPTED, ASK(w, "P1", TERMS, &query, &reply));
    assert_int_equal(reply.terms->price_cents, 3800);
    assert_int_equal(reply.terms->increment, 15);
    assert_int_equal(reply.terms->unit_value_cents->value, 3500);
    assert_int_equal(reply.terms->price_cap_cents->value, 4000);
    assert_true(reply.terms->price->from_day != 0);
    assert_int_equal(reply.terms->price->to_day, 0);
    EXPECT(ACCEPTED, ASK(w, "P2", TERMS, &query, &reply)); /* has no price of its own */
    assert_int_equal(reply.terms->price->from_day, 0);
    assert_int_equal(reply.terms->approval->from_day, 0);
    EXPECT(PROVIDER_UNKNOWN, ASK(w, ADMIN, TERMS, &query, &reply));
    query.provider = town_text("P1");
    EXPECT(ACCEPTED, ASK(w, CASE_WORKER, TERMS, &query, &reply));
    EXPECT(SCOPE_NOT_ALLOWED, ASK(w, "P2", TERMS, &query, &reply));
    EXPECT(SCOPE_NOT_ALLOWED, ASK(w, "finance-kymi", TERMS, &query, &reply));
    query.rate_class = town_text("yö");
    EXPECT(RATE_CLASS_UNKNOWN, ASK(w, ADMIN, TERMS, &query, &reply));
    query.service = town_text("muu");
    EXPECT(SERVICE_UNKNOWN, ASK(w, ADMIN, TERMS, &query, &reply));
    query.day = 0;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, TERMS, &query, &reply));
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_charges_filtered), cmocka_unit_test(test_a_filter_looks_at_so_many),
        cmocka_unit_test(test_payouts_in_pages), cmocka_unit_test(test_places_to_go_on_from),
        cmocka_unit_test(test_corrections),      cmocka_unit_test(test_terms),
        cmocka_unit_test(test_lines_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
