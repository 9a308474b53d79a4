/* A charge's story: for every code that refuses one, the values that were compared, in both
 * languages; and one that was accepted, credited and paid, with the entries that prove it. */
#include "tests/support/unit.h"

#include "calendar.h"
#include "outcome.h"
#include "why/story.h"

/* ---- A charge to tell of -----------------------------------------------------------------------
 */

/* Texts of messages are not const. */
static char text_P1[] = "P1", text_P2[] = "P2", text_hoito[] = "hoito", text_muu[] = "muu",
            text_iltaa[] = "ILTA", text_voucher[] = "0000000011", text_approved[] = "APPROVED",
            text_rejected[] = "REJECTED", text_settled[] = "SETTLED", text_void[] = "VOID",
            text_open[] = "OPEN", text_valvira[] = "VALVIRA", text_lasku[] = "LASKU-7",
            text_worker[] = "worker", text_code[] = "4310", text_empty[] = "",
            text_finance1[] = "finance1", text_finance2[] = "finance2", text_paid[] = "PAID",
            text_e2e[] = "SLD260404ABC", text_file[] = "camt053-17", text_price[] = "typing error";

/* 2 h 30 min at 40.00 on 10 March 2026, of a voucher with a value of its own of 22.83: 57.08 are
 * the county's and 42.92 the client's (domain example 7). */
struct tale {
    Saldo__V1__ChargeStatus charge;
    Saldo__V1__Charge signed_charge;
    Saldo__V1__Voucher voucher;
    Saldo__V1__VoucherVersion version, *versions[1];
    Saldo__V1__Value own, cap, most;
    Saldo__V1__Interval approval, price, gap, *gaps[1];
    Saldo__V1__Terms terms;
    Saldo__V1__CatalogueService service;
    Saldo__V1__CatalogueProvider provider;
    char *services[1];
    struct story_facts facts;
};

static int32_t march(int day)
{
    return calendar_day((struct date){2026, 3, day});
}

static void tale_start(struct tale *t)
{
    *t = (struct tale){
        .charge = SALDO__V1__CHARGE_STATUS__INIT,
        .signed_charge = SALDO__V1__CHARGE__INIT,
        .voucher = SALDO__V1__VOUCHER__INIT,
        .version = SALDO__V1__VOUCHER_VERSION__INIT,
        .own = SALDO__V1__VALUE__INIT,
        .cap = SALDO__V1__VALUE__INIT,
        .most = SALDO__V1__VALUE__INIT,
        .approval = SALDO__V1__INTERVAL__INIT,
        .price = SALDO__V1__INTERVAL__INIT,
        .gap = SALDO__V1__INTERVAL__INIT,
        .terms = SALDO__V1__TERMS__INIT,
        .service = SALDO__V1__CATALOGUE_SERVICE__INIT,
        .provider = SALDO__V1__CATALOGUE_PROVIDER__INIT,
    };
    t->services[0] = text_hoito;
    t->versions[0] = &t->version;
    t->gaps[0] = &t->gap;
    t->charge.provider = text_P1;
    t->charge.service = text_hoito;
    t->charge.rate_class = text_iltaa;
    t->charge.voucher = text_voucher;
    t->charge.number = 7;
    t->charge.business_day = march(12);
    t->charge.recorded_ms = calendar_midnight_ms(march(12)) + 36000000;
    t->charge.start_ms = calendar_midnight_ms(march(10)) + 36000000;
    t->charge.end_ms = t->charge.start_ms + 150 * 60000;
    t->charge.quantity = 150;
    t->charge.county_cents = 5708;
    t->charge.copay_cents = 4292;
    t->signed_charge.price_cents = 4000;
    t->signed_charge.unit = t->service.unit = SALDO__V1__UNIT__HOUR;
    t->signed_charge.reference = text_lasku;
    t->voucher.state = text_open;
    t->voucher.kind = SALDO__V1__VOUCHER_KIND__BALANCE;
    t->voucher.reserved_for = text_empty;
    t->voucher.cost_code = text_code;
    t->voucher.valid_from = march(1);
    t->voucher.n_versions = 1;
    t->voucher.versions = t->versions;
    t->version.effective_from = march(1);
    t->version.valid_to = march(31);
    t->version.n_services = 1;
    t->version.services = t->services;
    t->version.unit_value_cents = &t->own;
    t->own.value = 2283;
    t->cap.value = 4500;
    t->most.value = 20000;
    t->approval.from_day = t->price.from_day = march(1);
    t->terms.approval = &t->approval;
    t->terms.approval_register = text_valvira;
    t->terms.price = &t->price;
    t->terms.price_cents = 4000;
    t->terms.price_cap_cents = &t->cap;
    t->terms.max_charge_cents = &t->most;
    t->terms.increment = 15;
    t->facts = (struct story_facts){
        .charge = &t->charge,
        .signed_charge = &t->signed_charge,
        .signer = "P1",
        .key = "00112233445566aa",
        .terms = &t->terms,
        .provider = &t->provider,
        .voucher = &t->voucher,
        .service = &t->service,
    };
}

static bool has(const struct story *s, const char *text)
{
    for (size_t i = 0; i < s->count; i++)
        if (strstr(s->steps[i].text, text) != NULL)
            return true;
    return false;
}

static bool has_proof(const struct story *s, const char *text, uint64_t number)
{
    for (size_t i = 0; i < s->count; i++)
        if (strstr(s->steps[i].text, text) != NULL && s->steps[i].number == number)
            return true;
    return false;
}

/* ---- Refusals ----------------------------------------------------------------------------------
 */

/* Make the charge one that the code refuses, where its values show it. */
static void spoil(struct tale *t, int code)
{
    switch (code) {
    case OUTCOME_PROVIDER_BLOCKED:
        t->provider.blocked = 1;
        break;
    case OUTCOME_PROVIDER_NOT_APPROVED:
        t->terms.approval = NULL;
        break;
    case OUTCOME_VOUCHER_VOID:
        t->voucher.state = text_void;
        break;
    case OUTCOME_VOUCHER_NOT_VALID:
        t->gap.from_day = march(8);
        t->gap.to_day = march(17);
        t->voucher.suspensions = t->gaps;
        t->voucher.n_suspensions = 1;
        break;
    case OUTCOME_VOUCHER_RESERVED:
        t->voucher.reserved_for = text_P2;
        break;
    case OUTCOME_SERVICE_NOT_COVERED:
        t->services[0] = text_muu;
        break;
    case OUTCOME_UNIT_MISMATCH:
        t->signed_charge.unit = SALDO__V1__UNIT__VISIT;
        break;
    case OUTCOME_PRICE_NOT_LISTED:
        t->signed_charge.price_cents = 4100;
        break;
    case OUTCOME_TIME_REQUIRED:
        t->charge.end_ms = 0;
        break;
    case OUTCOME_QUANTITY_INVALID:
        t->charge.quantity = 151;
        break;
    default: /* the answer alone has the values, or there are none */
        break;
    }
}

/* have and need of the answer, and what the story has to name. */
static const struct refusal {
    int code;
    int64_t have, need;
    const char *english[2], *finnish[2];
} refusals[] = {
    {OUTCOME_PROVIDER_BLOCKED, 0, 0, {"P1 is blocked"}, {"P1 on nyt estetty"}},
    {OUTCOME_PROVIDER_NOT_APPROVED,
     0,
     0,
     {"No approval of provider P1 for hoito covers 2026-03-10"},
     {"ei ole hyväksyntää palveluun"}},
    {OUTCOME_VOUCHER_UNKNOWN, 0, 0, {"voucher 0000000011"}, {"setelille 0000000011"}},
    {OUTCOME_VOUCHER_VOID, 0, 0, {"0000000011 is void"}, {"0000000011 on mitätöity"}},
    {OUTCOME_VOUCHER_NOT_VALID,
     0,
     0,
     {"valid from 2026-03-01 to 2026-03-31", "suspended from 2026-03-08 to 2026-03-17"},
     {"keskeytetty ajalla 2026-03-08 - 2026-03-17"}},
    {OUTCOME_VOUCHER_RESERVED,
     0,
     0,
     {"booked to provider P2; P1 charged"},
     {"varattu palveluntuottajalle P2"}},
    {OUTCOME_SERVICE_NOT_COVERED, 0, 0, {"and not hoito"}, {"ei palvelua hoito"}},
    {OUTCOME_UNIT_MISMATCH,
     0,
     0,
     {"unit is HOUR; VISIT was signed"},
     {"yksikkö on HOUR; allekirjoitettu on VISIT"}},
    {OUTCOME_PRIOR_APPROVAL_REQUIRED,
     0,
     0,
     {"Of its 0 prior approvals none is for hoito on 2026-03-10"},
     {"mikään ei koske palvelua"}},
    {OUTCOME_RATE_CLASS_MISMATCH, 0, 0, {"in the rate class ILTA"}, {"aikaluokkaan ILTA"}},
    {OUTCOME_PRICE_NOT_LISTED,
     0,
     0,
     {"40.00 euros a unit from 2026-03-01 on; 41.00 were signed"},
     {"40,00 euroa yksiköltä 2026-03-01 alkaen; allekirjoitettu hinta on 41,00"}},
    {OUTCOME_PRICE_ABOVE_CAP,
     3900,
     4000,
     {"The cap was 39.00 euros, the price 40.00"},
     {"Hintakatto oli 39,00 euroa, hinta 40,00"}},
    {OUTCOME_COPAY_NOT_ALLOWED, 0, 4292, {"A copay of 42.92 euros"}, {"42,92 euroa"}},
    {OUTCOME_TIME_REQUIRED, 0, 0, {"and ended at -"}, {"ja päättyi -"}},
    {OUTCOME_END_BEFORE_START, 0, 0, {"began at 2026-03-10T10:00"}, {"alkoi 2026-03-10T10:00"}},
    {OUTCOME_SERVICE_IN_FUTURE,
     0,
     0,
     {"recorded at 2026-03-12T10:00"},
     {"kirjattiin 2026-03-12T10:00"}},
    {OUTCOME_RECORDING_WINDOW,
     0,
     0,
     {"On 2026-03-12 services from 2025-12-31 on could be recorded; this one was on 2026-03-10"},
     {"päivästä 2025-12-31 alkaen"}},
    {OUTCOME_SPANS_PERIODS, 0, 0, {"lie in different months"}, {"eri kuukausissa"}},
    {OUTCOME_QUANTITY_INVALID,
     0,
     0,
     {"151 minutes were charged, in steps of 15"},
     {"151 minuuttia; kirjausväli on 15"}},
    {OUTCOME_QUANTITY_TIME_MISMATCH,
     140,
     150,
     {"140 minutes passed, 150 were charged"},
     {"140 minuuttia, veloitettiin 150"}},
    {OUTCOME_OVERLAP,
     0,
     0,
     {"charge of voucher 0000000011 meets"},
     {"Setelillä 0000000011 on tapahtuma"}},
    {OUTCOME_AMOUNT_MISMATCH,
     5707,
     5708,
     {"22.83 x 150 / 60 = 57.0750, half up 57.08", "was 57.07 euros, the rules give 57.08"},
     {"22,83 x 150 / 60 = 57,0750, pyöristettynä 57,08", "57,07 euroa, sääntöjen mukaan"}},
    {OUTCOME_AMOUNT_LIMIT,
     5000,
     5708,
     {"limit was 50.00 euros, the county share 57.08"},
     {"50,00 euroa, hyvinvointialueen osuus 57,08"}},
    {OUTCOME_QUOTA_EXCEEDED,
     30,
     60,
     {"30 units were left, 60 were needed"},
     {"Yksiköitä oli 30, tarvittiin 60"}},
    {OUTCOME_INSUFFICIENT_BALANCE,
     5000,
     5708,
     {"50.00 euros were available, 57.08"},
     {"oli 50,00 euroa, tarvittiin 57,08"}},
    {OUTCOME_COUNTY_BUDGET,
     0,
     0,
     {"57.08 euros is more than is left for cost code 4310"},
     {"laskentatunnisteella 4310"}},
};

static void tell_refusal(const struct refusal *r, enum story_language language)
{
    const char *const *wanted = language == STORY_FINNISH ? r->finnish : r->english;
    struct story s = {.language = language};
    struct tale t;

    tale_start(&t);
    t.charge.code = r->code;
    t.charge.state = text_rejected;
    t.charge.have = r->have;
    t.charge.need = r->need;
    spoil(&t, r->code);
    story_tell(&s, &t.facts);
    for (size_t i = 0; i < 2 && wanted[i] != NULL; i++)
        if (!has(&s, wanted[i]))
            fail_msg("%s: the story does not say \"%s\"", outcome_name(r->code), wanted[i]);
    assert_true(has_proof(&s, outcome_name(r->code), 7));
    assert_true(has(&s, language == STORY_FINNISH ? "Mitä tehdä: " : "What to do: "));
    assert_false(has(&s, language == STORY_FINNISH ? "Setelillä oli" : "The voucher had"));
    story_free(&s);
}

static void test_every_refusal_names_its_values(void **state)
{
    size_t told = 0;

    (void)state;
    for (int code = OUTCOME_PROVIDER_BLOCKED; code <= OUTCOME_COUNTY_BUDGET; code++) {
        const struct refusal *r = NULL;
        if (strcmp(outcome_name(code), outcome_name(1000)) == 0)
            continue; /* no such code */
        for (size_t i = 0; i < COUNT(refusals); i++)
            if (refusals[i].code == code)
                r = &refusals[i];
        if (r == NULL)
            fail_msg("%s is not tried", outcome_name(code));
        tell_refusal(r, STORY_ENGLISH);
        tell_refusal(r, STORY_FINNISH);
        told++;
    }
    assert_int_equal(told, COUNT(refusals));
}

/* Rules after the one that refused were not asked, so nothing is said of them. */
static void test_nothing_after_the_refusal(void **state)
{
    struct story s = {0};
    struct tale t;

    (void)state;
    tale_start(&t);
    t.charge.code = OUTCOME_UNIT_MISMATCH;
    t.charge.state = text_rejected;
    story_tell(&s, &t.facts);
    assert_true(has(&s, "It covers one service, "));
    assert_false(has(&s, "price list"));
    assert_false(has(&s, "half up"));
    story_free(&s);
}

/* ---- Accepted, credited, paid ------------------------------------------------------------------
 */

static void test_accepted(void **state)
{
    struct story s = {0};
    struct tale t;

    (void)state;
    tale_start(&t);
    t.charge.state = text_approved;
    t.charge.have = 10000;
    t.charge.need = 5708;
    story_tell(&s, &t.facts);
    assert_true(has_proof(&s, "The key 00112233445566aa of P1 signed it", 7));
    assert_true(has_proof(&s, "own reference is LASKU-7", 7));
    assert_true(has(&s, "approved for hoito from 2026-03-01 to no end (VALVIRA)"));
    assert_true(has(&s, "price cap is 45.00 euros a unit; the price is 40.00"));
    assert_true(has(&s, "40.00 x 150 / 60 = 100.0000, half up 100.00"));
    assert_true(has(&s, "The voucher's own value: 22.83 x 150 / 60 = 57.0750, half up 57.08"));
    assert_true(has(&s, "at most 200.00 euros of a charge; its share is 57.08"));
    assert_true(has_proof(&s, "had 157.08 euros; it took 57.08 and left 100.00", 7));
    assert_true(has(&s, "waits for its night"));
    assert_false(has(&s, "changed after the decision"));
    story_free(&s);
    t.terms.price_cents = 4200; /* since then */
    story_tell(&s, &t.facts);
    assert_true(has(&s, "The price list was changed after the decision"));
    story_free(&s);
    t.facts.signed_charge = NULL; /* for a key that may not see it */
    t.facts.terms = NULL;
    story_tell(&s, &t.facts);
    assert_true(has(&s, "follow from a price of 40.00 euros a unit"));
    assert_false(has(&s, "signed it"));
    story_free(&s);
}

static void test_credited_and_paid(void **state)
{
    Saldo__V1__Correction credit = SALDO__V1__CORRECTION__INIT;
    const Saldo__V1__Correction *credits[] = {&credit};
    Saldo__V1__Payout payout = SALDO__V1__PAYOUT__INIT;
    Saldo__V1__Run run = SALDO__V1__RUN__INIT;
    Saldo__V1__BankLine line = SALDO__V1__BANK_LINE__INIT;
    Saldo__V1__BankLineFacts facts = SALDO__V1__BANK_LINE_FACTS__INIT;
    const Saldo__V1__BankLine *lines[] = {&line};
    struct story s = {0}, fi = {.language = STORY_FINNISH};
    struct tale t;

    (void)state;
    tale_start(&t);
    t.charge.state = text_settled;
    t.charge.settle_day = march(12);
    t.charge.credited_cents = 1000;
    credit.number = 31;
    credit.kind = SALDO__V1__CORRECTION_KIND__CORRECTION_CREDITED;
    credit.cents = 1000;
    credit.reason = SALDO__V1__CREDIT_REASON__WRONG_PRICE;
    credit.text = text_price;
    credit.by = text_finance1;
    credit.business_day = credit.settle_day = march(20);
    payout.run_day = line.run_day = march(31);
    payout.state = text_paid;
    payout.cents = 99000;
    payout.end_to_end_id = text_e2e;
    run.prepared_number = 40;
    run.prepared_by = text_finance1;
    run.released_number = 41;
    run.released_by = text_finance2;
    line.kind = SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED;
    line.number = 50;
    line.day = march(31) + 2;
    line.file = text_file;
    line.facts = &facts;
    t.facts.corrections = credits;
    t.facts.corrections_count = 1;
    t.facts.batch_number = 20;
    t.facts.payouts[0] = (struct story_payout){&payout, &run};
    t.facts.payouts_count = 1;
    t.facts.lines = lines;
    t.facts.lines_count = 1;
    story_tell(&s, &t.facts);
    story_tell(&fi, &t.facts);
    assert_true(has_proof(&s,
                          "finance1 took back 10.00 euros of it on 2026-03-20 "
                          "(WRONG_PRICE: typing error), in the batch of 2026-03-20",
                          31));
    assert_true(has_proof(&s, "The batch of 2026-03-12 settled 57.08 euros", 20));
    assert_true(has_proof(&s, "finance1 prepared the run", 40));
    assert_true(has_proof(&s, "finance2 released it", 41));
    assert_true(has_proof(&s, "The bank booked it on 2026-04-02 (a statement, camt053-17)", 50));
    assert_true(has_proof(&fi, "finance1 hyvitti siitä 10,00 euroa", 31));
    assert_true(has_proof(&fi, "finance2 vapautti sen", 41));
    assert_true(has_proof(&fi, "Pankki kirjasi sen 2026-04-02 (tiliote, camt053-17)", 50));
    story_free(&s);
    story_free(&fi);
}

/* Where a line stands is said once: a status report's file says what it is. */
static void test_rejected_lines(void **state)
{
    char file[] = "pain.002 S157", reason[] = "AC04";
    Saldo__V1__BankLine told = SALDO__V1__BANK_LINE__INIT, by_hand = SALDO__V1__BANK_LINE__INIT;
    const Saldo__V1__BankLine *lines[] = {&told, &by_hand};
    Saldo__V1__Payout payout = SALDO__V1__PAYOUT__INIT;
    struct story s = {0};
    struct tale t;

    (void)state;
    tale_start(&t);
    t.charge.state = text_settled;
    t.charge.settle_day = march(12);
    payout.run_day = told.run_day = by_hand.run_day = march(31);
    payout.state = text_rejected;
    told.kind = by_hand.kind = SALDO__V1__BANK_EVENT_KIND__BANK_REJECTED;
    told.file = file;
    told.reason = by_hand.reason = reason;
    by_hand.by_hand = true;
    t.facts.payouts[0] = (struct story_payout){&payout, NULL};
    t.facts.payouts_count = 1;
    t.facts.lines = lines;
    t.facts.lines_count = 2;
    story_tell(&s, &t.facts);
    assert_true(has(&s, "The bank rejected it, AC04 (pain.002 S157)."));
    assert_true(has(&s, "The bank rejected it, AC04 (by hand)."));
    story_free(&s);
}

static void test_reviewed(void **state)
{
    Saldo__V1__Correction review = SALDO__V1__CORRECTION__INIT;
    const Saldo__V1__Correction *reviews[] = {&review};
    struct story s = {0};
    struct tale t;

    (void)state;
    tale_start(&t);
    t.charge.state = text_settled;
    t.charge.settle_day = march(16);
    review.number = 25;
    review.kind = SALDO__V1__CORRECTION_KIND__CORRECTION_APPROVED;
    review.by = text_worker;
    review.business_day = march(16);
    t.facts.corrections = reviews;
    t.facts.corrections_count = 1;
    story_tell(&s, &t.facts);
    assert_true(has_proof(&s, "worker accepted it in review on 2026-03-16", 25));
    story_free(&s);
    t.facts.corrections_count = 0; /* for a key that may not see it */
    story_tell(&s, &t.facts);
    assert_true(has(&s, "Recorded on 2026-03-12, accepted in review on 2026-03-16"));
    story_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_refusal_names_its_values),
        cmocka_unit_test(test_nothing_after_the_refusal),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_credited_and_paid),
        cmocka_unit_test(test_reviewed),
        cmocka_unit_test(test_rejected_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
