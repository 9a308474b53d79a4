/* What the bank says of payouts, line by line, and where the money is then; with the worked
 * examples 13 and 20 of the domain from the charge to the bank. */
#include "tests/support/unit.h"

#include "base/arena.h"
#include "tests/support/office.h"

/* ---- The bank ---------------------------------------------------------------------------------
 */

struct refused {
    struct event event;
    enum outcome want;
};

static void expect_refused(const struct refused *rows, size_t count)
{
    struct world *w = office_released();
    office_elsewhere(w);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(office_bank(w, rows[i].event), rows[i].want);
    assert_null(model_bank_line(w->model, 0)); /* a refused line may come again */
    MONEY_IS(w, 0, 12600, 0);
    town_free(w);
}

static void test_events_refused(void **state)
{
    (void)state;
    const int32_t day = on(2026, 4, 1);
    const struct refused rows[] = {
        {{.kind = KIND(BOOKED), .line = -1, .cents = 7600, .booked = day}, OUTCOME_FIELD_INVALID},
        {{.kind = 0, .cents = 7600}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED), .cents = 0, .booked = day}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED), .cents = 7600}, OUTCOME_FIELD_INVALID}, /* no day */
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .credit = true},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(RETURNED), .cents = 7600, .booked = day}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(ACCEPTED), .cents = 7600, .booked = day}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(REJECTED), .cents = 7600, .credit = true}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(UNMATCHED), .cents = 7600, .booked = day, .provider = "P1"},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(UNMATCHED), .cents = 7600, .booked = day, .day = NIGHT},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .organiser = "lappi"},
         OUTCOME_ORGANISER_UNKNOWN},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .provider = "P9"},
         OUTCOME_PROVIDER_UNKNOWN},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .key = "finance-kymi"},
         OUTCOME_SCOPE_NOT_ALLOWED},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .key = SETTLEMENT},
         OUTCOME_ROLE_NOT_ALLOWED},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .provider = "P3"},
         OUTCOME_ROW_UNKNOWN},
        {{.kind = KIND(BOOKED), .cents = 7599, .booked = day}, OUTCOME_AMOUNT_MISMATCH},
        {{.kind = KIND(RETURNED), .cents = 7600, .booked = day, .credit = true},
         OUTCOME_PAYOUT_STATE}, /* before its booking */
    };
    expect_refused(rows, COUNT(rows));
}

/* What a line says of itself, and the kinds that are about no single payout. */
static void test_facts_refused(void **state)
{
    (void)state;
    static const char too_long[] = "41 bytes: one more than a reference is of";
    const int32_t day = on(2026, 4, 1);
    const struct refused rows[] = {
        {{.kind = KIND(LUMP) + 1, .cents = 7600, .booked = day}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .facts = FACTS_MISSING},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(UNMATCHED), .cents = 7600, .booked = day, .facts = FACTS_MISSING},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(ACCEPTED), .cents = 7600, .facts = FACTS_TOLD}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .entry_cents = -1},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED),
          .cents = 7600,
          .booked = day,
          .entry_cents = LIMIT_VOUCHER_CENTS + 1},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .end_to_end_id = too_long},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .reason = too_long},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(BOOKED), .cents = 7600, .booked = day, .file = too_long},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(REPEATED), .cents = 7600, .booked = day, .provider = ""},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(REPEATED), .cents = 7600, .booked = day, .day = -1}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(LUMP), .cents = 7600, .booked = day, .provider = "P1"},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(LUMP), .cents = 7600, .booked = day, .day = NIGHT, .credit = true},
         OUTCOME_FIELD_INVALID},
        {{.kind = KIND(REJECTED), .cents = 7600, .by_hand = true}, OUTCOME_FIELD_INVALID},
        {{.kind = KIND(LUMP), .cents = 7600, .booked = day, .day = NIGHT + 1}, OUTCOME_ROW_UNKNOWN},
        {{.kind = KIND(LUMP), .cents = 12600, .booked = day, .day = NIGHT},
         OUTCOME_AMOUNT_MISMATCH}, /* nothing is booked yet */
        {{.kind = KIND(REPEATED), .cents = 7599, .booked = day}, OUTCOME_AMOUNT_MISMATCH},
    };
    assert_int_equal(strlen(too_long), LIMIT_REFERENCE_BYTES + 1);
    expect_refused(rows, COUNT(rows));
}

/* Tell a kind of P1's payout of NIGHT. */
static enum outcome tell(struct world *w, int line, int kind, bool credit, bool notification)
{
    struct event e = {.kind = kind, .line = line, .cents = 7600, .notification = notification};
    e.credit = credit;
    if (kind >= KIND(BOOKED))
        e.booked = on(2026, 4, 1);
    else
        e.reason = "AC04";
    return office_bank(w, e);
}

/* Which event is possible in which state, and what the payout is then. */
static void test_transitions(void **state)
{
    (void)state;
    enum { DEBIT, CREDIT }; /* the side, of a REPEATED; the statement has told the path */
    static const struct {
        int path[2]; /* the events that led to where the row begins; none: EXPORTED */
        int kind;
        bool credit, notification;
        const char *after; /* NULL: PAYOUT_STATE */
    } rows[] = {
        {{0, 0}, KIND(ACCEPTED), DEBIT, false, "ACCEPTED"},
        {{0, 0}, KIND(REJECTED), DEBIT, false, "REJECTED"},
        {{0, 0}, KIND(NAME_MISMATCH), DEBIT, false, "HELD"},
        {{0, 0}, KIND(BOOKED), DEBIT, false, "PAID"},
        {{0, 0}, KIND(RETURNED), CREDIT, false, NULL},
        {{0, 0}, KIND(REPEATED), DEBIT, true, NULL},
        {{KIND(ACCEPTED), 0}, KIND(ACCEPTED), DEBIT, false, "ACCEPTED"},
        {{KIND(ACCEPTED), 0}, KIND(REJECTED), DEBIT, false, "REJECTED"},
        {{KIND(ACCEPTED), 0}, KIND(NAME_MISMATCH), DEBIT, false, "HELD"},
        {{KIND(ACCEPTED), 0}, KIND(BOOKED), DEBIT, false, "PAID"},
        {{KIND(ACCEPTED), 0}, KIND(RETURNED), CREDIT, false, NULL},
        {{KIND(ACCEPTED), 0}, KIND(REPEATED), DEBIT, true, NULL},
        {{KIND(NAME_MISMATCH), 0}, KIND(ACCEPTED), DEBIT, false, "HELD"},
        {{KIND(NAME_MISMATCH), 0}, KIND(REJECTED), DEBIT, false, "REJECTED"},
        {{KIND(NAME_MISMATCH), 0}, KIND(NAME_MISMATCH), DEBIT, false, "HELD"},
        {{KIND(NAME_MISMATCH), 0}, KIND(BOOKED), DEBIT, false, "PAID"},
        {{KIND(NAME_MISMATCH), 0}, KIND(RETURNED), CREDIT, false, NULL},
        {{KIND(NAME_MISMATCH), 0}, KIND(REPEATED), DEBIT, true, NULL},
        {{KIND(REJECTED), 0}, KIND(ACCEPTED), DEBIT, false, "REJECTED"},
        {{KIND(REJECTED), 0}, KIND(REJECTED), DEBIT, false, NULL},
        {{KIND(REJECTED), 0}, KIND(NAME_MISMATCH), DEBIT, false, "REJECTED"},
        {{KIND(REJECTED), 0}, KIND(BOOKED), DEBIT, false, NULL},
        {{KIND(REJECTED), 0}, KIND(RETURNED), CREDIT, false, NULL},
        {{KIND(REJECTED), 0}, KIND(REPEATED), DEBIT, true, NULL},
        {{KIND(BOOKED), 0}, KIND(ACCEPTED), DEBIT, false, "PAID"},
        {{KIND(BOOKED), 0}, KIND(REJECTED), DEBIT, false, NULL},
        {{KIND(BOOKED), 0}, KIND(NAME_MISMATCH), DEBIT, false, "PAID"},
        {{KIND(BOOKED), 0}, KIND(BOOKED), DEBIT, false, NULL},
        {{KIND(BOOKED), 0}, KIND(BOOKED), DEBIT, true, NULL},
        {{KIND(BOOKED), 0}, KIND(RETURNED), CREDIT, false, "RETURNED"},
        {{KIND(BOOKED), 0}, KIND(REPEATED), DEBIT, true, "PAID"},
        {{KIND(BOOKED), 0}, KIND(REPEATED), DEBIT, false, NULL},
        {{KIND(BOOKED), 0}, KIND(REPEATED), CREDIT, true, NULL},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(ACCEPTED), DEBIT, false, "RETURNED"},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(REJECTED), DEBIT, false, NULL},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(NAME_MISMATCH), DEBIT, false, "RETURNED"},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(BOOKED), DEBIT, false, NULL},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(RETURNED), CREDIT, true, NULL},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(REPEATED), DEBIT, true, "RETURNED"},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(REPEATED), DEBIT, false, NULL},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(REPEATED), CREDIT, true, "RETURNED"},
        {{KIND(BOOKED), KIND(RETURNED)}, KIND(REPEATED), CREDIT, false, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world *w = office_released();
        for (int step = 0; step < 2 && rows[i].path[step] != 0; step++)
            EXPECT(ACCEPTED,
                   tell(w, step, rows[i].path[step], rows[i].path[step] == KIND(RETURNED), false));
        assert_int_equal(tell(w, 3, rows[i].kind, rows[i].credit, rows[i].notification),
                         rows[i].after != NULL ? OUTCOME_ACCEPTED : OUTCOME_PAYOUT_STATE);
        if (rows[i].after != NULL)
            expect_payout(w, NIGHT, "P1", rows[i].after, 7600);
        assert_true(world_compare(w));
        town_free(w);
    }
}

/* What has not left with its run, because that is not released or the payout was held: nothing. */
static void test_nothing_before_it_left(void **state)
{
    (void)state;
    for (int released = 0; released < 2; released++) {
        struct world *w = office_morning(false);
        if (released != 0) {
            EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, FINANCE_1, "FI5542345670000081"));
            EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 1, 5000)));
            EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 1, 5000)));
        }
        for (int kind = KIND(ACCEPTED); kind <= KIND(REPEATED); kind++)
            if (kind != KIND(UNMATCHED))
                EXPECT(PAYOUT_STATE, tell(w, kind, kind, kind == KIND(RETURNED), false));
        assert_null(model_bank_line(w->model, 0));
        town_free(w);
    }
}

/* ---- Stories ----------------------------------------------------------------------------------
 */

static void ask_payout(struct world *w, int32_t day, struct arena *arena, Saldo__V1__Payout *out)
{
    Saldo__V1__PayoutsQuery payouts = SALDO__V1__PAYOUTS_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    Saldo__V1__Reply reply;
    payouts.from_day = payouts.to_day = day;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_PAYOUTS;
    query.payouts = &payouts;
    assert_true(world_ask(w, &query, arena, &reply));
    for (size_t i = 0; i < reply.payouts->n_payouts; i++)
        if (strcmp(reply.payouts->payouts[i]->provider, "P1") == 0)
            *out = *reply.payouts->payouts[i];
}

static unsigned char memory[1 << 20];

/* Rejected: owed again, held until an officer has looked, and then another payment. */
static void test_rejected_and_paid_again(void **state)
{
    (void)state;
    struct world *w = office_released();
    struct arena arena;
    Saldo__V1__Payout first, second;
    char first_id[36];
    EXPECT(ACCEPTED,
           office_bank(w, (struct event){
                              .kind = KIND(REJECTED), .line = 1, .cents = 7600, .reason = "AC04"}));
    MONEY_IS(w, 7600, 5000, 0);
    arena_init(&arena, memory, sizeof(memory));
    ask_payout(w, NIGHT, &arena, &first);
    assert_string_equal(first.state, "REJECTED");
    assert_string_equal(first.bank_reason, "AC04");
    assert_int_equal(first.booked_day, 0);
    assert_int_equal(strlen(first.end_to_end_id), 29);
    memcpy(first_id, first.end_to_end_id, 30);

    town_night(w);
    expect_payout(w, NIGHT + 1, "P1", "HELD", 7600);
    world_checkpoint(w);
    EXPECT(ACCEPTED, office_unhold(w, (struct held){FINANCE_2, COUNTY, "P1", NIGHT + 1, "asked"}));
    expect_payout(w, NIGHT + 1, "P1", "PLANNED", 7600);
    struct sign s = {.key = FINANCE_1, .payouts = 1, .cents = 7600, .day = NIGHT + 1};
    EXPECT(ACCEPTED, office_prepare(w, s));
    s.key = FINANCE_2;
    EXPECT(ACCEPTED, office_release(w, s));
    ask_payout(w, NIGHT + 1, &arena, &second);
    assert_string_equal(second.state, "EXPORTED");
    assert_string_not_equal(second.end_to_end_id, first_id);
    EXPECT(ACCEPTED, office_bank(w, (struct event){.kind = KIND(BOOKED),
                                                   .line = 2,
                                                   .cents = 7600,
                                                   .booked = NIGHT + 2,
                                                   .day = NIGHT + 1}));
    MONEY_IS(w, 0, 5000, 7600);
    town_free(w);
}

/* Returned after it was booked; a new account ends the hold, and the next run pays it there. */
static void test_returned_to_a_new_account(void **state)
{
    (void)state;
    struct world *w = office_released();
    struct arena arena;
    Saldo__V1__Payout p;
    EXPECT(
        ACCEPTED,
        office_bank(w, (struct event){
                           .kind = KIND(BOOKED), .line = 1, .cents = 7600, .booked = NIGHT + 2}));
    MONEY_IS(w, 0, 5000, 7600);
    EXPECT(ACCEPTED, office_bank(w, (struct event){.kind = KIND(RETURNED),
                                                   .line = 2,
                                                   .cents = 7600,
                                                   .booked = NIGHT + 4,
                                                   .credit = true,
                                                   .reason = "MD07"}));
    MONEY_IS(w, 7600, 5000, 0);
    arena_init(&arena, memory, sizeof(memory));
    ask_payout(w, NIGHT, &arena, &p);
    assert_string_equal(p.state, "RETURNED");
    assert_string_equal(p.bank_reason, "MD07");
    assert_int_equal(p.booked_day, NIGHT + 4);
    EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, FINANCE_1, "FI5542345670000081"));
    EXPECT(ACCEPTED, office_account(w, FINANCE_2, "FI5542345670000081"));
    town_night(w);
    expect_payout(w, NIGHT + 1, "P1", "PLANNED", 7600);
    town_free(w);
}

static size_t lines_kept(const struct world *w)
{
    size_t count = 0;
    while (model_bank_line(w->model, count) != NULL)
        count++;
    return count;
}

/* A bank's file read again, also under another name and from the tables, moves nothing. */
static void test_lines_count_once(void **state)
{
    (void)state;
    struct world *w = office_released();
    struct event booked = {
        .kind = KIND(BOOKED), .line = 1, .cents = 7600, .booked = NIGHT + 2, .file = "A.xml"};
    struct event fee = {
        .kind = KIND(UNMATCHED), .line = 2, .cents = 250, .booked = NIGHT + 2, .file = "A.xml"};
    for (int round = 0; round < 3; round++) {
        EXPECT(ACCEPTED, office_bank(w, booked));
        EXPECT(ACCEPTED, office_bank(w, fee));
        assert_int_equal(lines_kept(w), 2);
        MONEY_IS(w, 0, 5000, 7600);
        booked.file = fee.file = "B.xml";
        if (round == 1) {
            world_checkpoint(w);
            assert_true(world_restart(w));
        }
    }
    booked.booked++;
    EXPECT(ROW_CONFLICT, office_bank(w, booked));
    fee.credit = true;
    EXPECT(ROW_CONFLICT, office_bank(w, fee));
    booked.line = 3; /* another line may not pay it once more */
    EXPECT(PAYOUT_STATE, office_bank(w, booked));
    MONEY_IS(w, 0, 5000, 7600);
    town_free(w);
}

static void pay(struct world *w, int32_t day, int64_t payouts, int64_t cents)
{
    EXPECT(ACCEPTED,
           office_prepare(w, (struct sign){FINANCE_1, payouts, cents, NULL, day, PAYEES_NOW}));
    EXPECT(ACCEPTED,
           office_release(w, (struct sign){FINANCE_2, payouts, cents, NULL, day, PAYEES_NOW}));
}

/* Worked example 13: what was paid is credited, and the next payment is smaller. */
static void test_example_13_to_the_bank(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    uint8_t paid[LIMIT_REQUEST_ID_BYTES];
    sell_cents(w);
    town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000});
    town_time(w, at(2026, 3, 31, 12, 0));
    office_charge(w, "P1", 7600);
    memcpy(paid, town_last_id(), sizeof(paid));
    town_night(w);
    pay(w, NIGHT, 1, 7600);
    EXPECT(ACCEPTED, office_bank(w, (struct event){.kind = KIND(BOOKED),
                                                   .line = 1,
                                                   .cents = 7600,
                                                   .booked = on(2026, 4, 1)}));
    for (int i = 0; i < 4; i++)
        town_night(w);
    town_time(w, at(2026, 4, 5, 12, 0));
    EXPECT(ACCEPTED, town_credit(w, &(struct credit_of){.id = paid, .cents = 7600}));
    office_charge(w, "P1", 5000);
    town_night(w);
    expect_payout(w, on(2026, 4, 5), "P1", "CARRIED", -2600);
    MONEY_IS(w, -2600, 0, 7600);
    town_time(w, at(2026, 4, 6, 12, 0));
    office_charge(w, "P1", 10000);
    town_night(w);
    pay(w, on(2026, 4, 6), 1, 7400);
    EXPECT(ACCEPTED, office_bank(w, (struct event){.kind = KIND(BOOKED),
                                                   .line = 2,
                                                   .cents = 7400,
                                                   .booked = on(2026, 4, 7),
                                                   .day = on(2026, 4, 6)}));
    MONEY_IS(w, 0, 0, 15000);
    town_free(w);
}

/* Worked example 20: two payments of 292.28, and -26.00 is carried. */
static void test_example_20_to_the_bank(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    const int32_t night = on(2026, 4, 2);
    uint8_t credited[2][LIMIT_REQUEST_ID_BYTES];
    sell_cents(w);
    town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 100000});
    town_time(w, at(2026, 3, 31, 12, 0));
    for (int i = 0; i < 2; i++) {
        office_charge(w, i == 0 ? "P2" : "P3", 7600);
        memcpy(credited[i], town_last_id(), sizeof(credited[i]));
    }
    town_night(w);
    pay(w, NIGHT, 2, 15200);
    town_night(w);
    town_time(w, at(2026, 4, 2, 12, 0));
    office_charge(w, "P1", 7600 + 5708 + 11520);
    office_charge(w, "P2", 12000);
    office_charge(w, "P3", 5000);
    for (int i = 0; i < 2; i++)
        EXPECT(ACCEPTED, town_credit(w, &(struct credit_of){.provider = i == 0 ? "P2" : "P3",
                                                            .id = credited[i],
                                                            .cents = 7600}));
    town_night(w);
    pay(w, night, 2, 29228);
    expect_payout(w, night, "P3", "CARRIED", -2600);
    MONEY_IS(w, -2600, 15200 + 29228, 0);
    struct event e = {.kind = KIND(ACCEPTED), .line = 1, .cents = 24828, .day = night};
    EXPECT(ACCEPTED, office_bank(w, e));
    e = (struct event){
        .kind = KIND(BOOKED), .line = 2, .cents = 24828, .day = night, .booked = on(2026, 4, 7)};
    EXPECT(ACCEPTED, office_bank(w, e));
    e = (struct event){.kind = KIND(BOOKED),
                       .line = 3,
                       .cents = 4400,
                       .day = night,
                       .booked = on(2026, 4, 7),
                       .provider = "P2"};
    EXPECT(ACCEPTED, office_bank(w, e));
    MONEY_IS(w, -2600, 15200, 29228);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_refused),
        cmocka_unit_test(test_facts_refused),
        cmocka_unit_test(test_transitions),
        cmocka_unit_test(test_nothing_before_it_left),
        cmocka_unit_test(test_rejected_and_paid_again),
        cmocka_unit_test(test_returned_to_a_new_account),
        cmocka_unit_test(test_lines_count_once),
        cmocka_unit_test(test_example_13_to_the_bank),
        cmocka_unit_test(test_example_20_to_the_bank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
