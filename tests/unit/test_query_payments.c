/* Queries about payments: who may ask what, and pages that are the same wherever the rows are. What
 * they say is compared with the model after every test of the rules (world_compare_payments.c). */
#include "tests/support/unit.h"

#include "tests/support/asking.h"
#include "tests/support/office.h"

/* The morning after, with a released run, an officer of another county and an auditor. */
static struct world *county(void)
{
    struct world *w = office_released();
    office_elsewhere(w);
    EXPECT(
        ACCEPTED,
        town_key(w, ADMIN, &(struct key_of){.name = "auditor", .role = SALDO__V1__ROLE__AUDITOR}));
    EXPECT(ACCEPTED,
           office_bank(w, (struct event){
                              .kind = KIND(ACCEPTED), .line = 7, .cents = 7600, .file = "A.xml"}));
    return w;
}

static void test_roles(void **state)
{
    (void)state;
    static const struct {
        const char *who;
        enum outcome runs, lines, charges;
        size_t run_count, line_count, charge_count;
    } rows[] = {
        {FINANCE_1, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, 1, 1, 2},
        {"auditor", OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, 1, 1, 2},
        {ADMIN, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, 1, 1, 2},
        {SETTLEMENT, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, 1, 1, 2},
        {"finance-kymi", OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, 0, 0, 0},
        {CASE_WORKER, OUTCOME_ROLE_NOT_ALLOWED, OUTCOME_ROLE_NOT_ALLOWED, OUTCOME_ROLE_NOT_ALLOWED,
         0, 0, 0},
        {"P1", OUTCOME_ROLE_NOT_ALLOWED, OUTCOME_ROLE_NOT_ALLOWED, OUTCOME_ACCEPTED, 0, 0, 1},
        {"P3", OUTCOME_ROLE_NOT_ALLOWED, OUTCOME_ROLE_NOT_ALLOWED, OUTCOME_ACCEPTED, 0, 0, 0},
    };
    struct world *w = county();
    for (size_t i = 0; i < COUNT(rows); i++) {
        Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
        Saldo__V1__BankLinesQuery lines = SALDO__V1__BANK_LINES_QUERY__INIT;
        Saldo__V1__ChargesQuery charges = SALDO__V1__CHARGES_QUERY__INIT;
        Saldo__V1__Reply reply;
        charges.business_day = NIGHT;
        assert_int_equal(ASK(w, rows[i].who, RUNS, &runs, &reply), rows[i].runs);
        if (rows[i].runs == OUTCOME_ACCEPTED)
            assert_int_equal(reply.runs->n_runs, rows[i].run_count);
        assert_int_equal(ASK(w, rows[i].who, BANK_LINES, &lines, &reply), rows[i].lines);
        if (rows[i].lines == OUTCOME_ACCEPTED)
            assert_int_equal(reply.bank_lines->n_lines, rows[i].line_count);
        assert_int_equal(ASK(w, rows[i].who, CHARGES, &charges, &reply), rows[i].charges);
        if (rows[i].charges == OUTCOME_ACCEPTED)
            assert_int_equal(reply.charges->n_charges, rows[i].charge_count);
    }
    town_free(w);
}

static void test_fields(void **state)
{
    (void)state;
    struct world *w = county();
    Saldo__V1__Reply reply;
    Saldo__V1__RunsQuery runs = SALDO__V1__RUNS_QUERY__INIT;
    runs.from_day = NIGHT + 1;
    runs.to_day = NIGHT;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, RUNS, &runs, &reply));
    runs.to_day = NIGHT + 1;
    EXPECT(ACCEPTED, ASK(w, ADMIN, RUNS, &runs, &reply));
    assert_int_equal(reply.runs->n_runs, 0);
    Saldo__V1__ChargesQuery charges = SALDO__V1__CHARGES_QUERY__INIT;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, CHARGES, &charges, &reply)); /* no day */
    charges.business_day = NIGHT;
    charges.limit = LIMIT_QUERY_ROWS + 1;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, CHARGES, &charges, &reply));
    Saldo__V1__BankLinesQuery lines = SALDO__V1__BANK_LINES_QUERY__INIT;
    uint8_t after[LIMIT_HASH_BYTES] = {0};
    lines.after = (ProtobufCBinaryData){5, after};
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, BANK_LINES, &lines, &reply));
    lines.after.len = 0;
    lines.limit = -1;
    EXPECT(FIELD_INVALID, ASK(w, ADMIN, BANK_LINES, &lines, &reply));
    town_free(w);
}

/* Accounts are for the office; of providers a provider sees itself alone. */
static void test_catalogue(void **state)
{
    (void)state;
    Saldo__V1__CatalogueQuery query = SALDO__V1__CATALOGUE_QUERY__INIT;
    Saldo__V1__Reply reply;
    struct world *w = county();
    EXPECT(ACCEPTED, ASK(w, FINANCE_1, CATALOGUE, &query, &reply));
    const Saldo__V1__Catalogue *c = reply.catalogue;
    assert_int_equal(c->n_organisers, 2);
    assert_int_equal(c->n_services, 1);
    assert_int_equal(c->n_providers, 3);
    assert_string_equal(c->organisers[0]->code, COUNTY);
    assert_string_equal(c->organisers[0]->iban, "FI4950009420028730");
    assert_int_equal(c->organisers[0]->in_transit, 12600);
    assert_string_equal(c->services[0]->name_fi, "palvelu");
    assert_string_equal(c->providers[0]->iban, "FI2112345600000785");
    EXPECT(ACCEPTED, ASK(w, "finance-kymi", CATALOGUE, &query, &reply));
    assert_int_equal(reply.catalogue->n_organisers, 1);
    assert_string_equal(reply.catalogue->organisers[0]->code, "kymi");
    assert_int_equal(reply.catalogue->n_services, 0);
    EXPECT(ACCEPTED, ASK(w, CASE_WORKER, CATALOGUE, &query, &reply));
    assert_string_equal(reply.catalogue->organisers[0]->iban, "");
    assert_int_equal(reply.catalogue->organisers[0]->in_transit, 0);
    assert_string_equal(reply.catalogue->providers[0]->iban, "");
    EXPECT(ACCEPTED, ASK(w, "P2", CATALOGUE, &query, &reply));
    assert_int_equal(reply.catalogue->n_providers, 1);
    assert_string_equal(reply.catalogue->providers[0]->id, "P2");
    assert_string_equal(reply.catalogue->providers[0]->iban, "FI5542345670000081");
    assert_string_equal(reply.catalogue->organisers[0]->iban, "");
    town_free(w);
}

/* ---- Pages ------------------------------------------------------------------------------------
 */

static void expect_lines(struct world *w, int count)
{
    for (int32_t limit = 1; limit <= count + 1; limit += 2) {
        Saldo__V1__BankLinesQuery query = SALDO__V1__BANK_LINES_QUERY__INIT;
        uint8_t after[LIMIT_HASH_BYTES];
        int seen = 0;
        query.limit = limit;
        do {
            Saldo__V1__Reply reply;
            EXPECT(ACCEPTED, ASK(w, ADMIN, BANK_LINES, &query, &reply));
            assert_true(reply.bank_lines->n_lines <= (size_t)limit);
            for (size_t i = 0; i < reply.bank_lines->n_lines; i++)
                assert_int_equal(reply.bank_lines->lines[i]->line.data[0], ++seen);
            query.after = (ProtobufCBinaryData){reply.bank_lines->next.len, after};
            if (query.after.len != 0)
                memcpy(after, reply.bank_lines->next.data, sizeof(after));
        } while (query.after.len != 0);
        assert_int_equal(seen, count);
    }
}

/* All lines of add_line() are open. */
static void expect_open(struct world *w, size_t count)
{
    Saldo__V1__BankLinesQuery query = SALDO__V1__BANK_LINES_QUERY__INIT;
    Saldo__V1__Reply reply;
    query.open_only = true;
    EXPECT(ACCEPTED, ASK(w, ADMIN, BANK_LINES, &query, &reply));
    assert_int_equal(reply.bank_lines->n_lines, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(reply.bank_lines->lines[i]->line.data[0], i + 1);
    query.limit = 2;
    EXPECT(ACCEPTED, ASK(w, ADMIN, BANK_LINES, &query, &reply));
    assert_int_equal(reply.bank_lines->n_lines, 2);
    assert_int_equal(reply.bank_lines->next.data[0], 2);
    query.limit = 0;
    query.from_day = query.to_day = NIGHT;
    EXPECT(ACCEPTED, ASK(w, ADMIN, BANK_LINES, &query, &reply));
    assert_int_equal(reply.bank_lines->n_lines, count);
    query.open_only = false;
    EXPECT(ACCEPTED, ASK(w, ADMIN, BANK_LINES, &query, &reply));
    assert_int_equal(reply.bank_lines->n_lines, count);
    query.from_day = query.to_day = NIGHT + 1;
    EXPECT(ACCEPTED, ASK(w, ADMIN, BANK_LINES, &query, &reply));
    assert_int_equal(reply.bank_lines->n_lines, 0);
}

static void expect_charges(struct world *w, uint64_t first, size_t count)
{
    for (int32_t limit = 1; limit <= (int32_t)count + 1; limit += 2) {
        Saldo__V1__ChargesQuery query = SALDO__V1__CHARGES_QUERY__INIT;
        size_t seen = 0;
        char after[64] = "";
        bool there[64] = {false};
        assert_true(count <= COUNT(there));
        query.business_day = NIGHT;
        query.limit = limit;
        query.after = after;
        do {
            Saldo__V1__Reply reply;
            EXPECT(ACCEPTED, ASK(w, ADMIN, CHARGES, &query, &reply));
            for (size_t i = 0; i < reply.charges->n_charges; i++, seen++) {
                uint64_t place = reply.charges->charges[i]->number - first;
                assert_true(place < count && !there[place]);
                there[place] = true;
            }
            snprintf(after, sizeof(after), "%s", reply.charges->next);
        } while (after[0] != '\0');
        assert_int_equal(seen, count);
    }
}

static void add_line(struct world *w, int line)
{
    EXPECT(
        ACCEPTED,
        office_bank(w, (struct event){
                           .kind = KIND(UNMATCHED), .line = line, .cents = 100, .booked = NIGHT}));
}

static void test_lines_across_a_checkpoint(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    for (int line = 9; line >= 1; line -= 2)
        add_line(w, line);
    world_freeze(w);
    world_freeze_step(w, 2);
    for (int line = 10; line >= 2; line -= 2)
        add_line(w, line);
    expect_lines(w, 10);
    expect_open(w, 10);
    world_checkpoint(w);
    expect_lines(w, 10);
    expect_open(w, 10);
    add_line(w, 11);
    assert_true(world_restart(w));
    expect_lines(w, 11);
    town_free(w);
}

/* Of vouchers in no order, so that their rows lie otherwise than their numbers. */
static void test_charges_across_a_checkpoint(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    sell_cents(w);
    for (int v = 1; v <= 5; v++)
        town_voucher(w, &(struct voucher_of){v, {"sentti"}, .amount = 30000});
    uint64_t first = w->tape.count + 1;
    for (int i = 0; i < 12; i++) {
        struct charge_of c = cents_of(town_number(i * 3 % 5 + 1), at(2026, 3, 30, 8, 0), 100);
        if (i == 7)
            c.quantity = 0; /* refused, and listed */
        (void)town_charge(w, &c);
        if (i == 4) {
            world_freeze(w);
            world_freeze_step(w, 3);
        }
        if (i == 8)
            world_checkpoint(w);
    }
    expect_charges(w, first, 12);
    world_checkpoint(w);
    expect_charges(w, first, 12);
    town_night(w); /* the next day's are on another list */
    struct charge_of c = cents_of(town_number(1), at(2026, 3, 30, 8, 0), 100);
    assert_int_equal(town_charge(w, &c).code, OUTCOME_ACCEPTED);
    expect_charges(w, first, 12);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_catalogue),
        cmocka_unit_test(test_lines_across_a_checkpoint),
        cmocka_unit_test(test_charges_across_a_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
