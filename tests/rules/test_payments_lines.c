/* Lines of the bank that say no payout's booking: open ones that are decided or closed later,
 * repetitions by the other kind of message, sums of a whole run. And the accounts that a release
 * keeps, whatever changes afterwards. */
#include "tests/support/unit.h"

#include "base/arena.h"
#include "ledger/state.h"
#include "tests/support/keys.h"
#include "tests/support/office.h"

#define BOOKED_ON on(2026, 4, 1)

/* ---- Open lines -------------------------------------------------------------------------------
 */

static const struct model_bank_line *line_at(const struct world *w, uint8_t line)
{
    const struct model_bank_line *l;
    for (size_t i = 0; (l = model_bank_line(w->model, i)) != NULL; i++)
        if (l->line[0] == line)
            return l;
    fail_msg("no line %d", line);
    return NULL;
}

/* 76.00 that went out, and what it may turn out to be. */
static struct event debit(int kind)
{
    return (struct event){.kind = kind,
                          .line = 1,
                          .cents = 7600,
                          .booked = BOOKED_ON,
                          .end_to_end_id = "E1",
                          .file = "A.xml"};
}

static void test_open_line_decided(void **state)
{
    (void)state;
    struct world *w = office_released();
    EXPECT(ACCEPTED, office_bank(w, debit(KIND(UNMATCHED))));
    uint64_t first = w->tape.count;
    MONEY_IS(w, 0, 12600, 0);
    world_checkpoint(w);
    assert_true(world_restart(w));
    struct event booked = debit(KIND(BOOKED));
    booked.by_hand = true;
    booked.file = "B.xml";
    EXPECT(ACCEPTED, office_bank(w, booked));
    MONEY_IS(w, 0, 5000, 7600);
    expect_payout(w, NIGHT, "P1", "PAID", 7600);
    const struct model_bank_line *l = line_at(w, 1);
    assert_int_equal(l->kind, KIND(BOOKED));
    assert_int_equal(l->number, first);
    assert_int_equal(l->decided_number, w->tape.count);
    assert_true(l->by_hand);
    assert_string_equal(l->file, "A.xml");
    EXPECT(ACCEPTED, office_bank(w, booked)); /* again, and nothing more */
    EXPECT(ACCEPTED, office_bank(w, debit(KIND(UNMATCHED))));
    booked.kind = KIND(REPEATED);
    EXPECT(ROW_CONFLICT, office_bank(w, booked));
    assert_int_equal(line_at(w, 1)->kind, KIND(BOOKED));
    MONEY_IS(w, 0, 5000, 7600);
    town_free(w);
}

/* An open line stays what it is: another sum, day, side or fact is another line. */
static void test_open_line_conflicts(void **state)
{
    (void)state;
    struct world *w = office_released();
    office_elsewhere(w);
    EXPECT(ACCEPTED, office_bank(w, debit(KIND(UNMATCHED))));
    struct event rows[6] = {debit(KIND(BOOKED)), debit(KIND(BOOKED)), debit(KIND(BOOKED)),
                            debit(KIND(BOOKED)), debit(KIND(LUMP)),   debit(KIND(LUMP))};
    rows[0].booked++;
    rows[1].notification = true;
    rows[2].end_to_end_id = "E2";
    rows[3].entry_cents = 9900;
    rows[4].credit = true;
    rows[5].organiser = "kymi";
    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT(ROW_CONFLICT, office_bank(w, rows[i]));
    EXPECT(ROW_CONFLICT,
           office_bank(w, (struct event){.kind = KIND(ACCEPTED), .line = 1, .cents = 7600}));
    EXPECT(PAYOUT_STATE, office_bank(w, debit(KIND(REPEATED)))); /* not booked yet: stays open */
    assert_int_equal(line_at(w, 1)->kind, KIND(UNMATCHED));
    struct event lump = debit(KIND(LUMP));
    EXPECT(ACCEPTED, office_bank(w, lump));
    MONEY_IS(w, 0, 12600, 0);
    town_free(w);
}

static void test_close(void **state)
{
    (void)state;
    static char too_long[LIMIT_NAME_BYTES + 2];
    const struct {
        struct closing closing;
        enum outcome want;
    } rows[] = {
        {{-1, "a fee", NULL}, OUTCOME_FIELD_INVALID},
        {{1, too_long, NULL}, OUTCOME_FIELD_INVALID},
        {{9, "a fee", NULL}, OUTCOME_ROW_UNKNOWN},
        {{1, "a fee", "finance-kymi"}, OUTCOME_SCOPE_NOT_ALLOWED},
        {{1, "a fee", ADMIN}, OUTCOME_ROLE_NOT_ALLOWED},
        {{1, "a fee", CASE_WORKER}, OUTCOME_ROLE_NOT_ALLOWED},
        {{2, "a fee", NULL}, OUTCOME_ROW_CONFLICT}, /* a booking */
        {{1, "", NULL}, OUTCOME_REASON_REQUIRED},
        {{1, "a fee", NULL}, OUTCOME_ACCEPTED},
        {{1, "a fee", FINANCE_2}, OUTCOME_ACCEPTED}, /* again, and nothing more */
        {{1, "interest", NULL}, OUTCOME_ROW_CONFLICT},
        {{1, "", NULL}, OUTCOME_ROW_CONFLICT},
    };
    struct world *w = office_released();
    struct event booked = debit(KIND(BOOKED));
    booked.line = 2;
    memset(too_long, 'x', sizeof(too_long) - 1);
    office_elsewhere(w);
    EXPECT(ACCEPTED, office_bank(w, debit(KIND(UNMATCHED))));
    EXPECT(ACCEPTED, office_bank(w, booked));
    for (size_t i = 0; i < COUNT(rows); i++) {
        world_checkpoint(w); /* the line is in the tables only */
        assert_int_equal(office_close(w, rows[i].closing), rows[i].want);
    }
    const struct model_bank_line *l = line_at(w, 1);
    assert_true(l->closed);
    assert_string_equal(l->closed_reason, "a fee");
    assert_string_equal(l->closed_by, FINANCE_1);
    assert_int_not_equal(l->decided_number, 0);
    EXPECT(ACCEPTED, office_bank(w, debit(KIND(UNMATCHED)))); /* the file is read again */
    EXPECT(ROW_CONFLICT, office_bank(w, debit(KIND(LUMP))));  /* closed is final */
    MONEY_IS(w, 0, 5000, 7600);
    assert_true(world_restart(w));
    assert_true(world_compare(w));
    town_free(w);
}

/* The limit of open lines, judged only: the list is as long as it says. */
static void test_open_lines_limit(void **state)
{
    (void)state;
    struct world *w = office_released();
    struct test_key pair;
    struct answer answer = {0};
    uint8_t line[LIMIT_HASH_BYTES] = {9};
    char county[] = COUNTY;
    Saldo__V1__BankLineFacts facts = SALDO__V1__BANK_LINE_FACTS__INIT;
    Saldo__V1__RecordBankEvent c = SALDO__V1__RECORD_BANK_EVENT__INIT;
    test_key(FINANCE_1, &pair);
    struct act act = {.key = ledger_key_find(w->ledger, pair.id), .dry_run = true};
    c.line = (ProtobufCBinaryData){sizeof(line), line};
    c.kind = KIND(UNMATCHED);
    c.organiser = county;
    c.cents = facts.entry_cents = 1;
    c.day = NIGHT;
    c.facts = &facts;
    w->ledger->open_lines = LIMIT_OPEN_LINES - 1;
    EXPECT(ACCEPTED, command_record_bank_event(w->ledger, &act, &c, &answer));
    w->ledger->open_lines = LIMIT_OPEN_LINES;
    EXPECT(LIMIT_REACHED, command_record_bank_event(w->ledger, &act, &c, &answer));
    c.kind = KIND(LUMP);
    EXPECT(ACCEPTED, command_record_bank_event(w->ledger, &act, &c, &answer));
    w->ledger->open_lines = 0;
    town_free(w);
}

/* ---- The sum of a run -------------------------------------------------------------------------
 */

static struct event lump(int line, int64_t cents, bool notification)
{
    return (struct event){.kind = KIND(LUMP),
                          .line = line,
                          .cents = cents,
                          .booked = BOOKED_ON,
                          .day = NIGHT,
                          .notification = notification};
}

static void test_lump_of_a_run(void **state)
{
    (void)state;
    struct world *w = office_released();
    struct event p1 = debit(KIND(BOOKED));
    EXPECT(ACCEPTED, office_bank(w, p1));
    EXPECT(AMOUNT_MISMATCH, office_bank(w, lump(3, 12600, false)));
    assert_int_equal(w->answers[0].have, 7600);
    assert_int_equal(w->answers[0].need, 12600);
    EXPECT(PAYOUT_STATE, office_bank(w, lump(3, 7600, false))); /* P2 is still under way */
    p1.line = 2;
    p1.provider = "P2";
    p1.cents = 5000;
    EXPECT(ACCEPTED, office_bank(w, p1));
    world_checkpoint(w); /* run and payouts are in the tables only */
    EXPECT(ACCEPTED, office_bank(w, lump(3, 12600, false)));
    EXPECT(PAYOUT_STATE, office_bank(w, lump(4, 12600, false))); /* told once by each kind */
    EXPECT(ACCEPTED, office_bank(w, lump(5, 12600, true)));
    EXPECT(PAYOUT_STATE, office_bank(w, lump(6, 12600, true)));
    MONEY_IS(w, 0, 0, 12600);
    town_free(w);
}

/* What was rejected was not debited; what came back was. A run that never left was not at all. */
static void test_lump_without_the_rejected(void **state)
{
    (void)state;
    struct world *w = office_morning(false);
    EXPECT(AMOUNT_MISMATCH, office_bank(w, lump(3, 12600, false)));
    assert_int_equal(w->answers[0].have, 0);
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600)));
    EXPECT(ACCEPTED, office_bank(w, debit(KIND(BOOKED))));
    struct event back = debit(KIND(RETURNED));
    back.line = 2;
    back.credit = true;
    EXPECT(ACCEPTED, office_bank(w, back));
    EXPECT(ACCEPTED, office_bank(w, (struct event){.kind = KIND(REJECTED),
                                                   .line = 4,
                                                   .cents = 5000,
                                                   .provider = "P2",
                                                   .reason = "AC04"}));
    EXPECT(AMOUNT_MISMATCH, office_bank(w, lump(3, 12600, false)));
    EXPECT(ACCEPTED, office_bank(w, lump(3, 7600, false)));
    MONEY_IS(w, 12600, 0, 0);
    town_free(w);
}

/* ---- A name that does not fit -----------------------------------------------------------------
 */

static void test_name_mismatch(void **state)
{
    (void)state;
    struct held held = {FINANCE_2, COUNTY, "P1", NIGHT, ""};
    struct world *w = office_released();
    EXPECT(ACCEPTED, office_bank(w, (struct event){.kind = KIND(NAME_MISMATCH),
                                                   .line = 1,
                                                   .cents = 7600,
                                                   .reason = "RVNM"}));
    expect_payout(w, NIGHT, "P1", "HELD", 7600);
    assert_string_equal(model_payout(w->model, 0)->reason, "NAME");
    MONEY_IS(w, 0, 12600, 0); /* the bank has the order and may still book it */
    office_charge(w, "P1", 300);
    town_night(w);
    expect_payout(w, NIGHT + 1, "P1", "HELD", 300); /* only the new money: nothing is paid twice */
    world_checkpoint(w);
    EXPECT(REASON_REQUIRED, office_unhold(w, held));
    held.reason = "the same person";
    EXPECT(ACCEPTED, office_unhold(w, held));
    expect_payout(w, NIGHT, "P1", "EXPORTED", 7600);
    EXPECT(PAYOUT_STATE, office_unhold(w, held));
    office_charge(w, "P1", 200);
    town_night(w);
    expect_payout(w, NIGHT + 2, "P1", "PLANNED", 200); /* the provider's hold is over too */
    MONEY_IS(w, 500, 12600, 0);
    struct event booked = debit(KIND(BOOKED));
    booked.line = 2;
    EXPECT(ACCEPTED, office_bank(w, booked));
    MONEY_IS(w, 500, 5000, 7600);
    town_free(w);
}

/* Another officer's decision: it does not go, and the amount is owed again. */
static void test_name_mismatch_rejected_by_hand(void **state)
{
    (void)state;
    struct world *w = office_released();
    struct event e = {.kind = KIND(NAME_MISMATCH), .line = 1, .cents = 7600, .reason = "RVNM"};
    EXPECT(ACCEPTED, office_bank(w, e));
    e = (struct event){
        .kind = KIND(REJECTED), .line = 2, .cents = 7600, .by_hand = true, .reason = "CUST"};
    EXPECT(ACCEPTED, office_bank(w, e));
    expect_payout(w, NIGHT, "P1", "REJECTED", 7600);
    MONEY_IS(w, 7600, 5000, 0);
    town_free(w);
}

/* ---- Accounts ---------------------------------------------------------------------------------
 */

static void name_county(struct world *w, const char *called, const char *iban)
{
    char code[] = COUNTY, name[40], business[] = "2500000-7", text[40];
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    snprintf(text, sizeof(text), "%s", iban);
    snprintf(name, sizeof(name), "%s", called);
    o.code = code;
    o.name = name;
    o.business_id = business;
    o.iban = text;
    o.payout_calendar = SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY;
    town_do(w, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &o);
}

static void set_county(struct world *w, const char *iban)
{
    name_county(w, "Kainuun hyvinvointialue", iban);
}

/* An account without a name of its own has its owner's, of that day: or a new name of the county
 * would be in the file that is written again. */
static void test_release_keeps_name(void **state)
{
    (void)state;
    struct world *w = office_morning(false);
    struct model_run run;
    name_county(w, "Kainuu", "FI4950009420028730");
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600)));
    name_county(w, "Uusi Kainuu", "FI4950009420028730");
    assert_true(world_compare(w));
    assert_true(model_run(w->model, 0, &run));
    assert_string_equal(run.account_name, "Kainuu");
    town_free(w);
}

/* Nothing may leave that no file could ever be written of. */
static void test_release_needs_account(void **state)
{
    (void)state;
    struct world *w = office_morning(false);
    set_county(w, "");
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(PAYOUT_STATE, office_release(w, SIGN(FINANCE_2, 2, 12600)));
    MONEY_IS(w, 12600, 0, 0);
    set_county(w, "FI4950009420028730");
    EXPECT(PAYOUT_STATE, office_release(w, SIGN(FINANCE_2, 2, 12600))); /* signed without one */
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600)));
    set_county(w, "");
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600))); /* again, and nothing more */
    MONEY_IS(w, 0, 12600, 0);
    town_free(w);
}

static void test_release_keeps_accounts(void **state)
{
    (void)state;
    struct world *w = office_morning(false);
    struct model_run run;
    set_county(w, "FI9080002627761348"); /* before the release: as it stands then */
    EXPECT(ACCEPTED, office_prepare(w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(ACCEPTED, office_release(w, SIGN(FINANCE_2, 2, 12600)));
    set_county(w, "FI4950009420028730");
    EXPECT(SECOND_OFFICER_REQUIRED, office_account(w, FINANCE_1, "FI5542345670000081"));
    EXPECT(ACCEPTED, office_account(w, FINANCE_2, "FI5542345670000081"));
    office_charge(w, "P1", 300);
    town_night(w);
    for (int round = 0; round < 2; round++) {
        assert_true(world_compare(w));
        const struct model_payout *left = model_payout(w->model, 0);
        const struct model_payout *planned = model_payout(w->model, 2);
        assert_string_equal(left->iban, "FI2112345600000785");
        assert_string_equal(planned->provider, "P1");
        assert_string_equal(planned->iban, "FI5542345670000081");
        assert_true(model_run(w->model, 0, &run));
        assert_string_equal(run.iban, "FI9080002627761348");
        assert_true(model_run(w->model, 1, &run));
        assert_string_equal(run.iban, "FI4950009420028730");
        world_checkpoint(w);
        assert_true(world_restart(w));
    }
    town_free(w);
}

static void expect_former(struct world *w, const char *const *want, size_t count)
{
    assert_true(world_compare(w));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(model_former_iban(w->model, COUNTY, i), want[i]);
    assert_null(model_former_iban(w->model, COUNTY, count));
}

/* Newest first, each once, never the present one, and no more than the limit. */
static void test_former_ibans(void **state)
{
    (void)state;
    static const char *const ibans[] = {
        "EE052200221020145600", "EE102200221020145607", "EE152200221020145614",
        "EE202200221020145621", "EE252200221020145628", "EE302200221020145635",
        "EE352200221020145642", "EE402200221020145649", "EE452200221020145656"};
    struct world *w = town_new(NIGHT);
    const char *first = "FI4950009420028730"; /* of town_new() */
    set_county(w, ibans[0]);
    expect_former(w, (const char *[]){first}, 1);
    set_county(w, ibans[0]);
    expect_former(w, (const char *[]){first}, 1);
    set_county(w, ibans[1]);
    expect_former(w, (const char *[]){ibans[0], first}, 2);
    set_county(w, first); /* back again */
    expect_former(w, (const char *[]){ibans[1], ibans[0]}, 2);
    set_county(w, "");
    expect_former(w, (const char *[]){first, ibans[1], ibans[0]}, 3);
    set_county(w, ibans[2]); /* no account is none to remember */
    expect_former(w, (const char *[]){first, ibans[1], ibans[0]}, 3);
    for (size_t i = 3; i < COUNT(ibans); i++)
        set_county(w, ibans[i]);
    expect_former(w,
                  (const char *[]){ibans[7], ibans[6], ibans[5], ibans[4], ibans[3], ibans[2],
                                   first, ibans[1]},
                  LIMIT_FORMER_IBANS);
    world_checkpoint(w);
    assert_true(world_restart(w));
    assert_true(world_compare(w));
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_line_decided),
        cmocka_unit_test(test_open_line_conflicts),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_open_lines_limit),
        cmocka_unit_test(test_lump_of_a_run),
        cmocka_unit_test(test_lump_without_the_rejected),
        cmocka_unit_test(test_name_mismatch),
        cmocka_unit_test(test_name_mismatch_rejected_by_hand),
        cmocka_unit_test(test_release_keeps_name),
        cmocka_unit_test(test_release_needs_account),
        cmocka_unit_test(test_release_keeps_accounts),
        cmocka_unit_test(test_former_ibans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
