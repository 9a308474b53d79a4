/* The order in which a charge is judged: one row for every reason, in its place.
 *
 * Each row makes one thing wrong with a scene in which the charge would be accepted. Alone it must
 * give its own code; together with the row after it, it must still give its own. */
#include "tests/support/unit.h"

#include "tests/support/market.h"

#define OTHER_COUNTY    "siunsote"
#define SCOPED_KEY      "P1-elsewhere" /* a key of P1 that may only act for OTHER_COUNTY */
#define BALANCE_VOUCHER 1
#define UNIT_VOUCHER    2
#define WANTED          7600 /* cents of the charge */

struct scene {
    struct world *w;
    struct charge_of c;
    char voucher[LIMIT_VOUCHER_BYTES + 1];
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
};

static char *chars(const char *s)
{
    union {
        const char *in;
        char *out;
    } cast = {.in = s};
    return cast.out;
}

/* Noon of Monday 9 March 2026; the service was on Sunday from 9 to 11. */
static struct scene scene_new(void)
{
    struct scene s = {.w = town_new(on(2026, 3, 9))};
    Saldo__V1__SetOrganiser other = SALDO__V1__SET_ORGANISER__INIT;
    other.code = chars(OTHER_COUNTY);
    town_do(s.w, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &other);
    EXPECT(ACCEPTED, town_key(s.w, ADMIN,
                              &(struct key_of){.name = SCOPED_KEY,
                                               .owner = "P1",
                                               .role = SALDO__V1__ROLE__PROVIDER,
                                               .organiser = OTHER_COUNTY}));
    sell_cleaning(s.w);
    town_service(s.w, &(struct service_of){.code = "muu", .increment = 15});
    town_price(s.w, &(struct price_of){.provider = "P1", .service = "muu", .cents = 3800});
    town_window(s.w, "ILTA", SALDO__V1__DAY_KIND__HOLIDAY, 18 * 60, 22 * 60);
    struct voucher_of v = {.digits = 1,
                           .services = {"siivous"},
                           .amount = 30000,
                           .from = on(2025, 6, 1),
                           .cost_code = "K1"};
    memcpy(s.voucher, town_voucher(s.w, &v), sizeof(s.voucher));
    v.digits = UNIT_VOUCHER;
    v.amount = 0;
    v.quota = 60;
    town_voucher(s.w, &v);
    town_time(s.w, at(2026, 3, 9, 12, 0));
    s.c = cleaning(NULL, at(2026, 3, 8, 9, 0), 120);
    return s;
}

/* ---- What can be wrong
 * ------------------------------------------------------------------------------- */

static void too_far_ahead(struct scene *s)
{
    world_id(s->w, s->w->now_ms + 300001, s->id);
    s->c.id = s->id;
}

static void id_used_before(struct scene *s)
{
    world_id(s->w, s->w->now_ms, s->id);
    struct charge_of other = s->c;
    other.voucher = "ei-ole";
    other.id = s->id;
    (void)town_charge(s->w, &other);
    s->c.id = s->id;
}

static void not_a_provider(struct scene *s)
{
    s->c.provider = CASE_WORKER;
}

static void blocked(struct scene *s)
{
    Saldo__V1__SetProvider p = SALDO__V1__SET_PROVIDER__INIT;
    p.id = chars("P1");
    p.name = chars("Kotiapu Oy");
    p.business_id = chars("2077474-0");
    p.iban = chars("FI2112345600000785");
    p.account_name = p.name;
    p.blocked = true;
    town_do(s->w, SALDO__V1__COMMAND__BODY_SET_PROVIDER, &p);
}

static void unknown_voucher(struct scene *s)
{
    s->c.voucher = "0000000012"; /* a wrong check character */
}

static void other_county(struct scene *s)
{
    s->c.provider = SCOPED_KEY;
}

static void without_start(struct scene *s)
{
    s->c.start_ms = 0;
}

static void approval_ended(struct scene *s)
{
    Saldo__V1__EndApproval e = SALDO__V1__END_APPROVAL__INIT;
    e.provider = chars("P1");
    e.organiser = chars(COUNTY);
    e.service = chars("siivous");
    e.valid_from = on(2018, 1, 1);
    e.valid_to = on(2026, 3, 7);
    town_do(s->w, SALDO__V1__COMMAND__BODY_END_APPROVAL, &e);
}

static void withdrawn(struct scene *s)
{
    Saldo__V1__VoidVoucher v = SALDO__V1__VOID_VOUCHER__INIT;
    v.number = s->voucher;
    town_do(s->w, SALDO__V1__COMMAND__BODY_VOID_VOUCHER, &v);
}

static void suspended(struct scene *s)
{
    Saldo__V1__AddSuspension a = SALDO__V1__ADD_SUSPENSION__INIT;
    a.number = s->voucher;
    a.from_day = a.to_day = on(2026, 3, 8);
    town_do(s->w, SALDO__V1__COMMAND__BODY_ADD_SUSPENSION, &a);
}

static void booked(struct scene *s)
{
    Saldo__V1__ReserveVoucher r = SALDO__V1__RESERVE_VOUCHER__INIT;
    r.number = s->voucher;
    r.provider = chars("P2");
    town_do(s->w, SALDO__V1__COMMAND__BODY_RESERVE_VOUCHER, &r);
}

static void not_covered(struct scene *s)
{
    s->c.service = "muu";
}

static void other_unit(struct scene *s)
{
    s->c.unit = SALDO__V1__UNIT__DAY;
}

static void asks_for_approval(struct scene *s)
{
    town_service(s->w,
                 &(struct service_of){.code = "siivous", .increment = 15, .prior_approval = true});
}

static void outside_class(struct scene *s)
{
    s->c.rate_class = "ILTA";
}

static void other_price(struct scene *s)
{
    s->c.price++;
}

static void capped(struct scene *s)
{
    town_rate(s->w, &(struct rate_of){.service = "siivous", .cap = 3000});
}

static void copay_on_free_service(struct scene *s)
{
    town_service(s->w, &(struct service_of){.code = "siivous", .increment = 15, .free = true});
    s->c.copay = 500;
}

static void without_end(struct scene *s)
{
    s->c.end_ms = 0;
}

static void end_before_start(struct scene *s)
{
    s->c.start_ms = s->w->now_ms + 7200000;
    s->c.end_ms = s->w->now_ms + 3600000;
}

static void in_the_future(struct scene *s)
{
    s->c.end_ms = s->w->now_ms + 1;
}

static void before_the_window(struct scene *s)
{
    s->c.start_ms = at(2025, 12, 30, 20, 0);
    if (s->c.end_ms < s->w->now_ms)
        s->c.end_ms = at(2025, 12, 30, 22, 0);
}

static void two_months(struct scene *s)
{
    s->c.start_ms = at(2026, 2, 28, 22, 0);
    s->c.end_ms = at(2026, 3, 1, 2, 0);
}

static void odd_quantity(struct scene *s)
{
    s->c.quantity += 7;
}

static void more_than_elapsed(struct scene *s)
{
    s->c.quantity += 480;
}

static void overlapping(struct scene *s)
{
    struct charge_of other = cleaning(s->voucher, at(2026, 3, 8, 10, 45), 15);
    TAKES(s->w, &other, 29050, 950);
}

static void wrong_share(struct scene *s)
{
    s->c.county--;
}

static void limited(struct scene *s)
{
    town_service(s->w, &(struct service_of){.code = "siivous", .increment = 15, .max_cents = 7599});
}

static void little_quota(struct scene *s)
{
    s->c.voucher = town_number(UNIT_VOUCHER);
}

static void little_money(struct scene *s)
{
    Saldo__V1__AmendVoucher a = SALDO__V1__AMEND_VOUCHER__INIT;
    Saldo__V1__Value amount = SALDO__V1__VALUE__INIT;
    a.number = s->voucher;
    a.effective_from = on(2026, 3, 1);
    amount.value = WANTED - 1;
    a.amount_cents = &amount;
    town_do(s->w, SALDO__V1__COMMAND__BODY_AMEND_VOUCHER, &a);
}

static void little_commitment(struct scene *s)
{
    Saldo__V1__SetCommitment k = SALDO__V1__SET_COMMITMENT__INIT;
    k.organiser = chars(COUNTY);
    k.cost_code = chars("K1");
    k.year = 2026;
    k.cents = WANTED - 1;
    town_do(s->w, SALDO__V1__COMMAND__BODY_SET_COMMITMENT, &k);
}

/* ---- In the order of the rules
 * --------------------------------------------------------------------------- */

static const struct {
    enum outcome code;
    int64_t have, need;
    void (*spoil)(struct scene *s);
    bool excludes_next; /* the next row cannot be wrong at the same time */
} ROWS[] = {
    {OUTCOME_CLOCK_SKEW, 0, 0, too_far_ahead, true},
    {OUTCOME_ID_CONFLICT, 0, 0, id_used_before, false},
    {OUTCOME_ROLE_NOT_ALLOWED, 0, 0, not_a_provider, false},
    {OUTCOME_PROVIDER_BLOCKED, 0, 0, blocked, false},
    {OUTCOME_VOUCHER_UNKNOWN, 0, 0, unknown_voucher, false},
    {OUTCOME_SCOPE_NOT_ALLOWED, 0, 0, other_county, false},
    {OUTCOME_TIME_REQUIRED, 0, 0, without_start, false},
    {OUTCOME_PROVIDER_NOT_APPROVED, 0, 0, approval_ended, false},
    {OUTCOME_VOUCHER_VOID, 0, 0, withdrawn, false},
    {OUTCOME_VOUCHER_NOT_VALID, 0, 0, suspended, false},
    {OUTCOME_VOUCHER_RESERVED, 0, 0, booked, false},
    {OUTCOME_SERVICE_NOT_COVERED, 0, 0, not_covered, false},
    {OUTCOME_UNIT_MISMATCH, 0, 0, other_unit, false},
    {OUTCOME_PRIOR_APPROVAL_REQUIRED, 0, 0, asks_for_approval, false},
    {OUTCOME_RATE_CLASS_MISMATCH, 0, 0, outside_class, false},
    {OUTCOME_PRICE_NOT_LISTED, 0, 0, other_price, false},
    {OUTCOME_PRICE_ABOVE_CAP, 3000, 3800, capped, false},
    {OUTCOME_COPAY_NOT_ALLOWED, 0, 500, copay_on_free_service, false},
    {OUTCOME_TIME_REQUIRED, 0, 0, without_end, true},
    {OUTCOME_END_BEFORE_START, 0, 0, end_before_start, false},
    {OUTCOME_SERVICE_IN_FUTURE, 0, 0, in_the_future, false},
    {OUTCOME_RECORDING_WINDOW, 0, 0, before_the_window, false},
    {OUTCOME_SPANS_PERIODS, 0, 0, two_months, false},
    {OUTCOME_QUANTITY_INVALID, 0, 0, odd_quantity, false},
    {OUTCOME_QUANTITY_TIME_MISMATCH, 120, 600, more_than_elapsed, false},
    {OUTCOME_OVERLAP, 0, 0, overlapping, false},
    {OUTCOME_AMOUNT_MISMATCH, WANTED - 1, WANTED, wrong_share, false},
    {OUTCOME_AMOUNT_LIMIT, WANTED - 1, WANTED, limited, false},
    {OUTCOME_QUOTA_EXCEEDED, 60, 120, little_quota, false},
    {OUTCOME_INSUFFICIENT_BALANCE, WANTED - 1, WANTED, little_money, false},
    {OUTCOME_COUNTY_BUDGET, 0, 0, little_commitment, false},
};

static void expect_row(struct scene *s, size_t row, const char *with)
{
    if (s->c.voucher == NULL)
        s->c.voucher = s->voucher;
    struct answer got = town_charge(s->w, &s->c);
    if (got.code != (int)ROWS[row].code || got.have != ROWS[row].have || got.need != ROWS[row].need)
        fail_msg("row %zu %s: want %s %lld %lld, got %s %lld %lld", row, with,
                 outcome_name((int)ROWS[row].code), (long long)ROWS[row].have,
                 (long long)ROWS[row].need, outcome_name(got.code), (long long)got.have,
                 (long long)got.need);
}

static void test_nothing_wrong(void **state)
{
    (void)state;
    struct scene s = scene_new();
    s.c.voucher = s.voucher;
    TAKES(s.w, &s.c, 30000 - WANTED, WANTED);
    town_free(s.w);
}

static void test_each_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct scene s = scene_new();
        ROWS[i].spoil(&s);
        expect_row(&s, i, "alone");
        town_free(s.w);
    }
}

static void test_the_earlier_of_two(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < COUNT(ROWS); i++) {
        if (ROWS[i].excludes_next)
            continue;
        struct scene s = scene_new();
        ROWS[i + 1].spoil(&s);
        ROWS[i].spoil(&s);
        expect_row(&s, i, "with the next");
        town_free(s.w);
    }
}

/* ---- What the table cannot say
 * ---------------------------------------------------------------------------- */

static void test_quota_before_commitment(void **state)
{
    (void)state;
    struct scene s = scene_new();
    little_commitment(&s);
    little_quota(&s);
    REFUSES(s.w, &s.c, QUOTA_EXCEEDED, 60, 120);
    town_free(s.w);
}

/* Without a start nothing can be asked but whether the voucher was withdrawn. */
static void test_void_before_missing_start(void **state)
{
    (void)state;
    struct scene s = scene_new();
    approval_ended(&s);
    withdrawn(&s);
    without_start(&s);
    s.c.voucher = s.voucher;
    REFUSES(s.w, &s.c, VOUCHER_VOID, 0, 0);
    town_free(s.w);
}

/* An id that is skewed by now is not even looked up. */
static void test_skew_before_conflict(void **state)
{
    (void)state;
    struct scene s = scene_new();
    id_used_before(&s);
    town_time(s.w, at(2026, 6, 1, 0, 0)); /* the window starts on 2 April */
    s.c.voucher = s.voucher;
    REFUSES(s.w, &s.c, CLOCK_SKEW, 0, 0);
    town_free(s.w);
}

static void test_edges_of_the_skew(void **state)
{
    (void)state;
    const struct {
        int64_t time_ms;
        int code;
    } rows[] = {
        {at(2026, 3, 9, 12, 5), OUTCOME_VOUCHER_UNKNOWN},
        {at(2026, 3, 9, 12, 5) + 1, OUTCOME_CLOCK_SKEW},
        {at(2025, 12, 31, 0, 0), OUTCOME_VOUCHER_UNKNOWN},
        {at(2025, 12, 31, 0, 0) - 1, OUTCOME_CLOCK_SKEW},
    };
    struct scene s = scene_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        world_id(s.w, rows[i].time_ms, s.id);
        s.c.id = s.id;
        s.c.voucher = "ei-ole";
        assert_int_equal(town_charge(s.w, &s.c).code, (int)rows[i].code);
    }
    town_free(s.w);
}

static void test_refusals_are_answered_again(void **state)
{
    (void)state;
    struct scene s = scene_new();
    s.c.voucher = s.voucher;
    s.c.county--;
    REFUSES(s.w, &s.c, AMOUNT_MISMATCH, WANTED - 1, WANTED);
    memcpy(s.id, town_last_id(), sizeof(s.id));
    s.c.id = s.id;
    REFUSES(s.w, &s.c, AMOUNT_MISMATCH, WANTED - 1, WANTED);
    assert_true(s.w->answers[0].duplicate);
    s.c.county = WANTED;
    REFUSES(s.w, &s.c, ID_CONFLICT, 0, 0);
    town_free(s.w);
}

/* Intervals are half-open; a deleted charge takes no time. */
static void test_overlap(void **state)
{
    (void)state;
    struct scene s = scene_new();
    s.c.voucher = s.voucher;
    TAKES(s.w, &s.c, 22400, 7600);
    memcpy(s.id, town_last_id(), sizeof(s.id));
    struct charge_of after = cleaning(s.voucher, at(2026, 3, 8, 11, 0), 15);
    TAKES(s.w, &after, 21450, 950);
    struct charge_of before = cleaning(s.voucher, at(2026, 3, 8, 8, 45), 15);
    TAKES(s.w, &before, 20500, 950);
    struct charge_of inside = cleaning(s.voucher, at(2026, 3, 8, 10, 0), 15);
    REFUSES(s.w, &inside, OVERLAP, 0, 0);
    EXPECT(ACCEPTED, town_delete(s.w, "P1", s.id));
    TAKES(s.w, &inside, 27150, 950);
    town_service(s.w,
                 &(struct service_of){.code = "siivous", .increment = 15, .overlap_allowed = true});
    TAKES(s.w, &s.c, 19550, 7600);
    town_free(s.w);
}

/* In a batch each charge is judged after the one before it. */
static void test_batch(void **state)
{
    (void)state;
    struct scene s = scene_new();
    Saldo__V1__Charge charges[6];
    Saldo__V1__Charge *list[6];
    uint8_t ids[6][LIMIT_REQUEST_ID_BYTES];
    for (int i = 0; i < 6; i++) {
        saldo__v1__charge__init(&charges[i]);
        list[i] = &charges[i];
        world_id(s.w, s.w->now_ms, ids[i]);
        charges[i].request_id = (ProtobufCBinaryData){LIMIT_REQUEST_ID_BYTES, ids[i]};
        charges[i].voucher = s.voucher;
        charges[i].service = chars("siivous");
        charges[i].unit = SALDO__V1__UNIT__HOUR;
        charges[i].start_ms = at(2026, 3, 8, 2 * i, 0);
        charges[i].end_ms = charges[i].start_ms + 7200000;
        charges[i].quantity = 120;
        charges[i].price_cents = 3800;
        charges[i].county_cents = WANTED;
    }
    charges[5] = charges[0]; /* twice in one batch */
    Saldo__V1__ChargeRequest request = SALDO__V1__CHARGE_REQUEST__INIT;
    request.n_charges = 6;
    request.charges = list;
    assert_true(world_apply(s.w, "P1", PURPOSE_CHARGE, &request.base));
    for (int i = 0; i < 6; i++)
        assert_int_equal(s.w->answers[i].code, i == 3 || i == 4 ? (int)OUTCOME_INSUFFICIENT_BALANCE
                                                                : (int)OUTCOME_ACCEPTED);
    assert_true(s.w->answers[5].duplicate);
    town_free(s.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_wrong),
        cmocka_unit_test(test_each_alone),
        cmocka_unit_test(test_the_earlier_of_two),
        cmocka_unit_test(test_quota_before_commitment),
        cmocka_unit_test(test_void_before_missing_start),
        cmocka_unit_test(test_skew_before_conflict),
        cmocka_unit_test(test_edges_of_the_skew),
        cmocka_unit_test(test_refusals_are_answered_again),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
