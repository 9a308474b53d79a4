/* Payout runs: who may let which payout go, and what holds one. Every step goes to the ledger and
 * to the model, and all figures are compared at the end. What the bank says is
 * test_payments_bank.c. */
#include "tests/support/unit.h"

#include "tests/support/office.h"

/* ---- Runs on command --------------------------------------------------------------------------
 */

static void test_start_refused(void **state)
{
    (void)state;
    struct world *w = town_new(NIGHT);
    EXPECT(ROW_UNKNOWN, office_start(w, FINANCE_1, COUNTY)); /* nothing is settled */
    EXPECT(FIELD_INVALID, office_start(w, FINANCE_1, ""));
    EXPECT(FIELD_INVALID, office_start(w, FINANCE_1, "ei ole"));
    EXPECT(ORGANISER_UNKNOWN, office_start(w, FINANCE_1, "lappi"));
    EXPECT(ROLE_NOT_ALLOWED, office_start(w, ADMIN, COUNTY));
    EXPECT(ROLE_NOT_ALLOWED, office_start(w, "P1", COUNTY));
    town_free(w);
}

static void test_start(void **state)
{
    (void)state;
    struct world *w = office_morning(true);
    assert_null(model_payout(w->model, 0));
    EXPECT(ACCEPTED, office_start(w, FINANCE_1, COUNTY));
    expect_payout(w, NIGHT, "P1", "PLANNED", 7600);
    expect_payout(w, NIGHT, "P2", "PLANNED", 5000);
    EXPECT(ROW_CONFLICT, office_start(w, FINANCE_2, COUNTY));
    world_checkpoint(w); /* the run is in the tables only now */
    EXPECT(ROW_CONFLICT, office_start(w, FINANCE_2, COUNTY));
    office_charge(w, "P3", 100);
    town_night(w);
    EXPECT(ACCEPTED, office_start(w, FINANCE_1, COUNTY));
    expect_payout(w, on(2026, 4, 1), "P3", "PLANNED", 100);
    town_free(w);
}

/* ---- Four eyes --------------------------------------------------------------------------------
 */

static const struct {
    struct sign sign;
    enum outcome prepare, release;
    int64_t have, need;
} signatures[] = {
    {{FINANCE_1, 2, 12600, "", 0, PAYEES_NOW}, OUTCOME_FIELD_INVALID, OUTCOME_FIELD_INVALID, 0, 0},
    {{FINANCE_1, 2, 12600, NULL, -1, PAYEES_NOW},
     OUTCOME_FIELD_INVALID,
     OUTCOME_FIELD_INVALID,
     0,
     0},
    {{FINANCE_1, -1, 12600, NULL, 0, PAYEES_NOW},
     OUTCOME_FIELD_INVALID,
     OUTCOME_FIELD_INVALID,
     0,
     0},
    {{FINANCE_1, 2, -1, NULL, 0, PAYEES_NOW}, OUTCOME_FIELD_INVALID, OUTCOME_FIELD_INVALID, 0, 0},
    {{FINANCE_1, 2, 12600, "lappi", 0, PAYEES_NOW},
     OUTCOME_ORGANISER_UNKNOWN,
     OUTCOME_ORGANISER_UNKNOWN,
     0,
     0},
    {{"finance-kymi", 2, 12600, NULL, 0, PAYEES_NOW},
     OUTCOME_SCOPE_NOT_ALLOWED,
     OUTCOME_SCOPE_NOT_ALLOWED,
     0,
     0},
    {{FINANCE_1, 2, 12600, NULL, 20500, PAYEES_NOW},
     OUTCOME_ROW_UNKNOWN,
     OUTCOME_ROW_UNKNOWN,
     0,
     0},
    {{FINANCE_1, 2, 12600, "kymi", 0, PAYEES_NOW}, OUTCOME_ROW_UNKNOWN, OUTCOME_ROW_UNKNOWN, 0, 0},
    {{FINANCE_1, 2, 12601, NULL, 0, PAYEES_NOW},
     OUTCOME_AMOUNT_MISMATCH,
     OUTCOME_PAYOUT_STATE,
     12600,
     12601},
    {{FINANCE_1, 3, 12600, NULL, 0, PAYEES_NOW},
     OUTCOME_AMOUNT_MISMATCH,
     OUTCOME_PAYOUT_STATE,
     12600,
     12600},
    {{ADMIN, 2, 12600, NULL, 0, PAYEES_NOW},
     OUTCOME_ROLE_NOT_ALLOWED,
     OUTCOME_ROLE_NOT_ALLOWED,
     0,
     0},
    {{SETTLEMENT, 2, 12600, NULL, 0, PAYEES_NOW},
     OUTCOME_ROLE_NOT_ALLOWED,
     OUTCOME_ROLE_NOT_ALLOWED,
     0,
     0},
};

static void test_signatures_refused(void **state)
{
    (void)state;
    struct world *w = office_morning(false);
    office_elsewhere(w);
    for (size_t i = 0; i < COUNT(signatures); i++) {
        assert_int_equal(office_prepare(w, signatures[i].sign), signatures[i].prepare);
        assert_int_equal(w->answers[0].have, signatures[i].have);
        assert_int_equal(w->answers[0].need, signatures[i].need);
        assert_int_equal(office_release(w, signatures[i].sign), signatures[i].release);
    }
    MONEY_IS(w, 12600, 0, 0);
    town_free(w);
}

static void test_four_eyes(void **state)
{
    (void)state;
    const struct sign one = SIGN(FINANCE_1, 2, 12600), two = SIGN(FINANCE_2, 2, 12600);
    struct world *w = office_morning(false);
    struct model_run r;
    EXPECT(PAYOUT_STATE, office_release(w, two)); /* not prepared */
    EXPECT(ACCEPTED, office_prepare(w, one));
    EXPECT(SECOND_OFFICER_REQUIRED, office_release(w, one));
    EXPECT(AMOUNT_MISMATCH, office_release(w, SIGN(FINANCE_2, 2, 12500)));
    assert_int_equal(w->answers[0].have, 12600);
    assert_int_equal(w->answers[0].need, 12500);
    EXPECT(AMOUNT_MISMATCH, office_release(w, SIGN(FINANCE_2, 1, 12600)));
    EXPECT(ACCEPTED, office_prepare(w, two)); /* replaces the other's preparation */
    EXPECT(SECOND_OFFICER_REQUIRED, office_release(w, two));
    world_checkpoint(w);
    assert_true(world_restart(w));
    MONEY_IS(w, 12600, 0, 0);
    EXPECT(ACCEPTED, office_release(w, one));
    MONEY_IS(w, 0, 12600, 0);
    EXPECT(ACCEPTED, office_release(w, one)); /* again, and nothing more */
    MONEY_IS(w, 0, 12600, 0);
    EXPECT(AMOUNT_MISMATCH, office_release(w, SIGN(FINANCE_1, 2, 1)));
    EXPECT(PAYOUT_STATE, office_release(w, two));
    EXPECT(PAYOUT_STATE, office_prepare(w, one));
    assert_true(model_run(w->model, 0, &r));
    assert_string_equal(r.state, "RELEASED");
    assert_string_equal(r.prepared_by, FINANCE_2);
    assert_string_equal(r.released_by, FINANCE_1);
    expect_payout(w, NIGHT, "P1", "EXPORTED", 7600);
    town_free(w);
}

/* A person is one officer with however many keys; and nobody else for having a provider's name. */
static void test_keys_of_one_person(void **state)
{
    (void)state;
    struct world *w = office_morning(false);
    const struct key_of keys[] = {
        {.name = "finance-1b", .owner = FINANCE_1, .role = SALDO__V1__ROLE__FINANCE_OFFICER},
        {.name = "namesake", .owner = "P1", .role = SALDO__V1__ROLE__FINANCE_OFFICER},
        {.name = "namesake-b", .owner = "P1", .role = SALDO__V1__ROLE__FINANCE_OFFICER},
    };
    for (size_t i = 0; i < COUNT(keys); i++)
        EXPECT(ACCEPTED, town_key(w, ADMIN, &keys[i]));
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(SECOND_OFFICER_REQUIRED, office_release(w, SIGN("finance-1b", 2, 12600)));
    EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, "finance-1b", "FI5542345670000081"));
    EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, FINANCE_1, "FI5542345670000081"));
    EXPECT(ACCEPTED, office_account(w, "namesake", "FI5542345670000081"));
    EXPECT(ACCEPTED, office_prepare(w, SIGN("namesake", 2, 12600)));
    EXPECT(SECOND_OFFICER_REQUIRED, office_release(w, SIGN("namesake-b", 2, 12600)));
    EXPECT(ACCEPTED, office_release(w, SIGN("finance-1b", 2, 12600)));
    town_free(w);
}

static void account_moves(struct world *w, const char *iban)
{
    EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, FINANCE_1, iban));
    EXPECT(ACCEPTED, office_account(w, FINANCE_2, iban));
}

/* Count and sum are what they were; who would be paid is not what the first officer signed. */
static void test_account_moves_between(void **state)
{
    (void)state;
    struct sign one = SIGN(FINANCE_1, 2, 12600), two = SIGN(FINANCE_2, 2, 12600);
    struct world *w = office_morning(false);
    EXPECT(ACCEPTED, office_prepare(w, one));
    account_moves(w, "FI5542345670000081");
    EXPECT(PAYOUT_STATE, office_release(w, two));
    two.payees = PAYEES_PREPARED; /* who has not looked again signs what the first one signed */
    EXPECT(PAYOUT_STATE, office_release(w, two));
    one.payees = PAYEES_PREPARED;
    EXPECT(PAYOUT_STATE, office_prepare(w, one));
    assert_int_equal(w->answers[0].have, 0);
    one.payees = two.payees = PAYEES_NOW;
    EXPECT(ACCEPTED, office_prepare(w, one));
    world_checkpoint(w);
    assert_true(world_restart(w));
    EXPECT(ACCEPTED, office_release(w, two));
    assert_string_equal(model_payout(w->model, 0)->iban, "FI5542345670000081");
    account_moves(w, "FI2112345600000785");
    EXPECT(ACCEPTED, office_release(w, two)); /* again: what has left has left */
    two.payees = PAYEES_OTHER;
    EXPECT(PAYOUT_STATE, office_release(w, two));
    MONEY_IS(w, 0, 12600, 0);
    town_free(w);
}

/* The payer's account is signed too; and the name and business id of a payee. */
static void test_others_move_between(void **state)
{
    (void)state;
    const struct sign one = SIGN(FINANCE_1, 2, 12600), two = SIGN(FINANCE_2, 2, 12600);
    struct world *w = office_morning(false);
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    Saldo__V1__SetProvider p = SALDO__V1__SET_PROVIDER__INIT;
    EXPECT(ACCEPTED, office_prepare(w, one));
    p.id = town_text("P2");
    p.name = p.account_name = town_text("Kotiapu Oy");
    p.business_id = town_text("0737546-2");
    p.iban = town_text(model_payout(w->model, 1)->iban);
    town_do(w, SALDO__V1__COMMAND__BODY_SET_PROVIDER, &p);
    EXPECT(PAYOUT_STATE, office_release(w, two));
    EXPECT(ACCEPTED, office_prepare(w, one));
    o.code = town_text(COUNTY);
    o.name = town_text("Kainuun hyvinvointialue");
    o.business_id = town_text("2500000-7");
    o.iban = town_text("FI2112345600000785");
    o.payout_calendar = SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY;
    town_do(w, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &o);
    EXPECT(PAYOUT_STATE, office_release(w, two));
    EXPECT(ACCEPTED, office_prepare(w, one));
    EXPECT(ACCEPTED, office_release(w, two));
    MONEY_IS(w, 0, 12600, 0);
    town_free(w);
}

/* Entries of level 1 have no payees and are judged without; what they prepared nobody of level 2
 * can release. */
static void test_first_level(void **state)
{
    (void)state;
    struct sign one = SIGN(FINANCE_1, 2, 12600), two = SIGN(FINANCE_2, 2, 12600);
    struct world *w = office_morning(false);
    one.payees = two.payees = PAYEES_NONE;
    EXPECT(FIELD_INVALID, office_prepare(w, one));
    town_free(w);
    w = office_morning_of(LEVEL_FIRST);
    EXPECT(ACCEPTED, office_prepare(w, one));
    account_moves(w, "FI5542345670000081");
    EXPECT(ACCEPTED, office_release(w, two));
    MONEY_IS(w, 0, 12600, 0);
    office_charge(w, "P1", 100);
    town_night(w);
    one.day = two.day = on(2026, 4, 1);
    one.payouts = two.payouts = 1;
    one.cents = two.cents = 100;
    EXPECT(ACCEPTED, office_prepare(w, one));
    w->level = LEDGER_LEVEL;
    EXPECT(FIELD_INVALID, office_release(w, two));
    two.payees = PAYEES_NOW;
    EXPECT(PAYOUT_STATE, office_release(w, two));
    one.payees = PAYEES_NOW;
    EXPECT(ACCEPTED, office_prepare(w, one));
    EXPECT(ACCEPTED, office_release(w, two));
    MONEY_IS(w, 0, 12700, 0);
    town_free(w);
}

/* "Finance-1" is no second pair of eyes beside "finance-1". */
static void test_eyes_of_another_case(void **state)
{
    (void)state;
    for (uint32_t level = LEVEL_FIRST; level <= LEDGER_LEVEL; level++) {
        struct world *w = office_morning_of(level);
        bool two = level == LEVEL_FIRST;
        enum outcome want = two ? OUTCOME_ACCEPTED : OUTCOME_SECOND_OFFICER_REQUIRED;
        EXPECT(ACCEPTED, town_key(w, ADMIN,
                                  &(struct key_of){.name = "other key",
                                                   .owner = "FINANCE-1",
                                                   .role = SALDO__V1__ROLE__FINANCE_OFFICER}));
        EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, FINANCE_1, "FI5542345670000081"));
        assert_int_equal(office_account(w, "other key", "FI5542345670000081"), want);
        if (!two)
            EXPECT(ACCEPTED, office_account(w, FINANCE_2, "FI5542345670000081"));
        EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
        assert_int_equal(office_release(w, SIGN("other key", 2, 12600)), want);
        if (!two)
            EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600)));
        MONEY_IS(w, 0, 12600, 0);
        town_free(w);
    }
}

/* ---- Held -------------------------------------------------------------------------------------
 */

static void test_unhold_refused(void **state)
{
    (void)state;
    const struct {
        struct held held;
        enum outcome want;
    } rows[] = {
        {{FINANCE_1, "", "P1", NIGHT, "r"}, OUTCOME_FIELD_INVALID},
        {{FINANCE_1, COUNTY, "", NIGHT, "r"}, OUTCOME_FIELD_INVALID},
        {{FINANCE_1, COUNTY, "P1", 0, "r"}, OUTCOME_FIELD_INVALID},
        {{FINANCE_1, "lappi", "P9", NIGHT, "r"}, OUTCOME_ORGANISER_UNKNOWN},
        {{FINANCE_1, COUNTY, "P9", NIGHT, "r"}, OUTCOME_PROVIDER_UNKNOWN},
        {{"finance-kymi", COUNTY, "P1", NIGHT, "r"}, OUTCOME_SCOPE_NOT_ALLOWED},
        {{FINANCE_1, COUNTY, "P3", NIGHT, "r"}, OUTCOME_ROW_UNKNOWN},
        {{FINANCE_1, COUNTY, "P1", NIGHT - 1, "r"}, OUTCOME_ROW_UNKNOWN},
        {{FINANCE_1, COUNTY, "P1", NIGHT, "r"}, OUTCOME_PAYOUT_STATE}, /* planned */
        {{FINANCE_1, COUNTY, "P1", NIGHT, ""}, OUTCOME_PAYOUT_STATE},
        {{CASE_WORKER, COUNTY, "P1", NIGHT, "r"}, OUTCOME_ROLE_NOT_ALLOWED},
    };
    struct world *w = office_morning(false);
    office_elsewhere(w);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(office_unhold(w, rows[i].held), rows[i].want);
    town_free(w);
}

/* A noted change holds what is planned, and the second officer's signature lets it go again. */
static void test_account_change_holds(void **state)
{
    (void)state;
    const struct held p1 = {FINANCE_1, COUNTY, "P1", NIGHT, "asked"};
    struct world *w = office_morning(false);
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, FINANCE_1, "FI5542345670000081"));
    expect_payout(w, NIGHT, "P1", "HELD", 7600);
    EXPECT(PAYOUT_STATE, office_release(w, SIGN(FINANCE_2, 2, 12600))); /* not what was prepared */
    EXPECT(PAYOUT_STATE, office_unhold(w, p1));                         /* it would be held again */
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 1, 5000)));
    EXPECT(ACCEPTED, office_account(w, FINANCE_2, "FI5542345670000081"));
    expect_payout(w, NIGHT, "P1", "PLANNED", 7600);
    EXPECT(PAYOUT_STATE, office_release(w, SIGN(FINANCE_2, 1, 5000)));
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600)));
    MONEY_IS(w, 0, 12600, 0);
    town_free(w);
}

/* One request prepares and releases so many runs, whatever becomes of it; a run named again is no
 * further one. */
static void test_runs_of_a_request(void **state)
{
    (void)state;
    enum { RUNS = LIMIT_REQUEST_RUNS };
    Saldo__V1__PreparePayoutRun prepare[RUNS + 3];
    Saldo__V1__Command commands[RUNS + 3], *list[RUNS + 3];
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    uint8_t ids[RUNS + 3][LIMIT_REQUEST_ID_BYTES];
    char county[] = COUNTY, nobody[] = "";
    uint8_t payees[LIMIT_HASH_BYTES];
    struct world *w = office_morning(false);
    office_payees(w, COUNTY, NIGHT, payees);
    for (int i = 0; i < RUNS + 3; i++) {
        saldo__v1__prepare_payout_run__init(&prepare[i]);
        saldo__v1__command__init(&commands[i]);
        prepare[i].organiser = i == 3 ? nobody : county;
        prepare[i].run_day = NIGHT + i;
        prepare[i].payouts = 2;
        prepare[i].cents = 12600;
        prepare[i].payees = (ProtobufCBinaryData){sizeof(payees), payees};
        world_id(w, w->now_ms, ids[i]);
        commands[i].request_id = (ProtobufCBinaryData){sizeof(ids[i]), ids[i]};
        commands[i].body_case = SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN;
        commands[i].prepare_payout_run = &prepare[i];
        list[i] = &commands[i];
    }
    prepare[RUNS + 2].run_day = NIGHT;
    request.n_commands = RUNS + 3;
    request.commands = list;
    assert_true(world_apply(w, FINANCE_1, PURPOSE_COMMAND, &request.base));
    EXPECT(ACCEPTED, (enum outcome)w->answers[0].code);
    for (int i = 1; i < RUNS; i++)
        assert_int_equal(w->answers[i].code, i == 3 ? OUTCOME_FIELD_INVALID : OUTCOME_ROW_UNKNOWN);
    EXPECT(LIMIT_REACHED, (enum outcome)w->answers[RUNS].code);
    EXPECT(LIMIT_REACHED, (enum outcome)w->answers[RUNS + 1].code);
    EXPECT(ACCEPTED, (enum outcome)w->answers[RUNS + 2].code);
    assert_true(world_apply(w, CASE_WORKER, PURPOSE_COMMAND, &request.base));
    EXPECT(ROLE_NOT_ALLOWED, (enum outcome)w->answers[RUNS].code);
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600)));
    town_free(w);
}

/* Releases count as preparations do, and other commands not at all. */
static void test_releases_of_a_request(void **state)
{
    (void)state;
    enum { RUNS = LIMIT_REQUEST_RUNS, COMMANDS = 2 * RUNS + 2 };
    Saldo__V1__ReleasePayoutRun release[RUNS + 1];
    Saldo__V1__StartPayoutRun start = SALDO__V1__START_PAYOUT_RUN__INIT;
    Saldo__V1__Command commands[COMMANDS], *list[COMMANDS];
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    uint8_t ids[COMMANDS][LIMIT_REQUEST_ID_BYTES], payees[LIMIT_HASH_BYTES];
    struct world *w = office_morning(false);
    office_payees(w, COUNTY, NIGHT, payees);
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    start.organiser = town_text(COUNTY);
    for (int i = 0; i < COMMANDS; i++) {
        world_id(w, w->now_ms, ids[i]);
        saldo__v1__command__init(&commands[i]);
        commands[i].request_id = (ProtobufCBinaryData){sizeof(ids[i]), ids[i]};
        list[i] = &commands[i];
        if (i % 2 == 0) {
            commands[i].body_case = SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN;
            commands[i].start_payout_run = &start;
            continue;
        }
        saldo__v1__release_payout_run__init(&release[i / 2]);
        release[i / 2].organiser = town_text(COUNTY);
        release[i / 2].run_day = NIGHT + i / 2;
        release[i / 2].payouts = 2;
        release[i / 2].cents = 12600;
        release[i / 2].payees = (ProtobufCBinaryData){sizeof(payees), payees};
        commands[i].body_case = SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN;
        commands[i].release_payout_run = &release[i / 2];
    }
    request.n_commands = COMMANDS;
    request.commands = list;
    assert_true(world_apply(w, FINANCE_2, PURPOSE_COMMAND, &request.base));
    EXPECT(ACCEPTED, (enum outcome)w->answers[1].code);
    for (int i = 0; i < COMMANDS - 1; i++)
        if (i != 1)
            assert_int_equal(w->answers[i].code,
                             i % 2 == 0 ? OUTCOME_ROW_CONFLICT : OUTCOME_ROW_UNKNOWN);
    EXPECT(LIMIT_REACHED, (enum outcome)w->answers[COMMANDS - 1].code);
    town_free(w);
}

/* What is held while its run is released goes back to payable, and into the next run. */
static void test_held_past_its_run(void **state)
{
    (void)state;
    struct held p1 = {FINANCE_1, COUNTY, "P1", NIGHT, ""};
    struct world *w = office_morning(false);
    EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, FINANCE_1, "FI5542345670000081"));
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 1, 5000)));
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 1, 5000)));
    EXPECT(ACCEPTED, office_account(w, FINANCE_2, "FI5542345670000081"));
    expect_payout(w, NIGHT, "P1", "HELD", 7600);
    MONEY_IS(w, 7600, 5000, 0);
    world_checkpoint(w);
    EXPECT(REASON_REQUIRED, office_unhold(w, p1));
    p1.reason = "the account is right";
    EXPECT(ACCEPTED, office_unhold(w, p1));
    expect_payout(w, NIGHT, "P1", "CARRIED", 7600);
    EXPECT(PAYOUT_STATE, office_unhold(w, p1));
    town_night(w);
    expect_payout(w, on(2026, 4, 1), "P1", "PLANNED", 7600);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_refused),         cmocka_unit_test(test_start),
        cmocka_unit_test(test_signatures_refused),    cmocka_unit_test(test_four_eyes),
        cmocka_unit_test(test_keys_of_one_person),    cmocka_unit_test(test_unhold_refused),
        cmocka_unit_test(test_account_change_holds),  cmocka_unit_test(test_held_past_its_run),
        cmocka_unit_test(test_runs_of_a_request),     cmocka_unit_test(test_releases_of_a_request),
        cmocka_unit_test(test_account_moves_between), cmocka_unit_test(test_others_move_between),
        cmocka_unit_test(test_first_level),           cmocka_unit_test(test_eyes_of_another_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
