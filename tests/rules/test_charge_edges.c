/* A charge that is just right, and one cent, minute or day beside it: the edge of every rule that
 * has one. */
#include "ledger/state.h"
#include "tests/support/market.h"
#include "tests/support/unit.h"

#define NOW     at(2026, 3, 9, 12, 0)
#define BALANCE 30000

/* Monday 9 March 2026 at noon, with a voucher for cleaning and things at a cent. */
static struct world *scene(struct charge_of *c, int64_t start_ms, int64_t minutes)
{
    static char number[LIMIT_VOUCHER_BYTES + 1];
    struct world *w = town_new(on(2026, 3, 9));
    sell_cleaning(w);
    sell_cents(w);
    const struct voucher_of v = {.digits = 1,
                                 .services = {"siivous", "sentti"},
                                 .amount = BALANCE,
                                 .from = on(2025, 6, 1),
                                 .cost_code = "K1"};
    memcpy(number, town_voucher(w, &v), sizeof(number));
    town_time(w, NOW);
    *c = cleaning(number, start_ms, minutes);
    return w;
}

/* ---- Prices and amounts ---------------------------------------------------------------------- */

static void test_price_at_its_cap(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, at(2026, 3, 8, 9, 0), 60);
    town_rate(w, &(struct rate_of){.service = "siivous", .cap = 3800, .to = on(2026, 3, 7)});
    town_rate(w, &(struct rate_of){.service = "siivous", .cap = 3799, .from = on(2026, 3, 8)});
    REFUSES(w, &c, PRICE_ABOVE_CAP, 3799, 3800);
    c = cleaning(c.voucher, at(2026, 3, 7, 9, 0), 60);
    TAKES(w, &c, BALANCE - 3800, 3800);
    town_free(w);
}

static void test_amount_at_its_limit(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, at(2026, 3, 8, 9, 0), 60);
    town_service(w, &(struct service_of){.code = "siivous", .increment = 15, .max_cents = 3800});
    TAKES(w, &c, BALANCE - 3800, 3800);
    c = cleaning(c.voucher, at(2026, 3, 8, 10, 0), 75);
    REFUSES(w, &c, AMOUNT_LIMIT, 3800, 4750);
    town_free(w);
}

/* To the last cent of the voucher, and of the year's commitment. */
static void test_all_of_it(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, 0, 0);
    Saldo__V1__SetCommitment k = SALDO__V1__SET_COMMITMENT__INIT;
    k.organiser = town_text(COUNTY);
    k.cost_code = town_text("K1");
    k.year = 2026;
    k.cents = BALANCE;
    town_do(w, SALDO__V1__COMMAND__BODY_SET_COMMITMENT, &k);
    c = cents_of(c.voucher, at(2026, 3, 8, 9, 0), BALANCE);
    TAKES(w, &c, 0, BALANCE);
    c = cents_of(c.voucher, at(2026, 3, 8, 9, 0), 1);
    REFUSES(w, &c, INSUFFICIENT_BALANCE, 0, 1);
    c = cents_of(c.voucher, at(2026, 2, 28, 9, 0), 1);
    REFUSES(w, &c, COUNTY_BUDGET, 0, 0);
    town_free(w);
}

/* A voucher whose own value pays nothing. */
static const char *worthless(struct world *w, int32_t digits, const char *service)
{
    Saldo__V1__Value nothing = SALDO__V1__VALUE__INIT;
    Saldo__V1__GrantVoucher g;
    struct grant_store store;
    const struct voucher_of v = {.digits = digits, .services = {service}, .amount = BALANCE};
    town_grant_fill(&v, &store, &g);
    g.unit_value_cents = &nothing;
    town_do(w, SALDO__V1__COMMAND__BODY_GRANT_VOUCHER, &g);
    return town_number(digits);
}

/* As much as one charge can be for anybody: of cents, and of pieces. */
static void test_largest(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, 0, 0);
    const struct voucher_of v = {
        .digits = 2, .services = {"sentti"}, .amount = 2 * LIMIT_CHARGE_CENTS};
    const char *number = town_voucher(w, &v);
    c = cents_of(number, at(2026, 3, 8, 9, 0), LIMIT_QUANTITY + 1);
    REFUSES(w, &c, QUANTITY_INVALID, 0, 0);
    c = cents_of(number, at(2026, 3, 8, 9, 0), LIMIT_QUANTITY);
    TAKES(w, &c, 2 * LIMIT_CHARGE_CENTS - LIMIT_QUANTITY, LIMIT_QUANTITY);
    c = cents_of(number, at(2026, 3, 8, 9, 0), 0);
    REFUSES(w, &c, QUANTITY_INVALID, 0, 0);
    c = cents_of(number, at(2026, 3, 8, 9, 0), 1);
    c.provider = "P2";
    c.price = LIMIT_CHARGE_CENTS;
    c.county = LIMIT_CHARGE_CENTS;
    town_price(w, &(struct price_of){.provider = "P2",
                                     .service = "sentti",
                                     .from = on(2026, 3, 8),
                                     .cents = LIMIT_CHARGE_CENTS});
    TAKES(w, &c, 0, LIMIT_CHARGE_CENTS);
    c.voucher = worthless(w, 3, "sentti"); /* the client pays as much at most */
    c.county = 0;
    c.copay = LIMIT_CHARGE_CENTS;
    TAKES(w, &c, BALANCE, 0);
    c.quantity = 2;
    c.copay = 2 * LIMIT_CHARGE_CENTS;
    REFUSES(w, &c, AMOUNT_LIMIT, LIMIT_CHARGE_CENTS, 0);
    town_free(w);
}

/* A limit, a cap or a value of 0 is one; it is not the same as none. */
static void test_limit_of_nothing(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, at(2026, 3, 8, 9, 0), 60);
    Saldo__V1__Value nothing = SALDO__V1__VALUE__INIT;
    Saldo__V1__SetService s = SALDO__V1__SET_SERVICE__INIT;
    s.organiser = town_text(COUNTY);
    s.code = town_text("siivous");
    s.name_fi = s.name_en = s.group = town_text("siivous");
    s.unit = SALDO__V1__UNIT__HOUR;
    s.increment = 15;
    s.max_charge_cents = &nothing;
    town_do(w, SALDO__V1__COMMAND__BODY_SET_SERVICE, &s);
    REFUSES(w, &c, AMOUNT_LIMIT, 0, 3800);
    Saldo__V1__AddRate r = SALDO__V1__ADD_RATE__INIT;
    r.organiser = s.organiser;
    r.service = s.code;
    r.valid_from = on(2018, 1, 1);
    r.price_cap_cents = &nothing;
    town_do(w, SALDO__V1__COMMAND__BODY_ADD_RATE, &r);
    REFUSES(w, &c, PRICE_ABOVE_CAP, 0, 3800);
    town_free(w);
}

/* The rate pays 19.00 of 38.00; a voucher with a value of its own, 0, pays nothing. */
static void test_value_of_nothing(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, at(2026, 3, 8, 9, 0), 60);
    town_rate(w, &(struct rate_of){.service = "siivous", .value = 1900});
    c.county = c.copay = 1900;
    TAKES(w, &c, BALANCE - 1900, 1900);
    c.voucher = worthless(w, 2, "siivous");
    c.county = 0;
    c.copay = 3800;
    TAKES(w, &c, BALANCE, 0);
    town_free(w);
}

/* ---- Time ------------------------------------------------------------------------------------ */

static void test_moments(void **state)
{
    (void)state;
    const struct {
        int64_t start_ms, end_ms, quantity;
        enum outcome code;
        int64_t have, need;
    } rows[] = {
        {NOW - 3600000, NOW, 60, OUTCOME_ACCEPTED, BALANCE - 3800, 3800},
        {NOW - 3600000, NOW + 1, 60, OUTCOME_SERVICE_IN_FUTURE, 0, 0},
        {NOW - 7200000, NOW - 7200000, 60, OUTCOME_END_BEFORE_START, 0, 0},
        {NOW - 7200000, NOW - 7200001, 60, OUTCOME_END_BEFORE_START, 0, 0},
        {at(2025, 12, 31, 0, 0), at(2025, 12, 31, 1, 0), 60, OUTCOME_ACCEPTED, BALANCE - 3800,
         3800},
        {at(2025, 12, 31, 0, 0) - 1, at(2025, 12, 31, 1, 0), 60, OUTCOME_RECORDING_WINDOW, 0, 0},
        {at(2026, 2, 28, 23, 0), at(2026, 3, 1, 0, 0), 60, OUTCOME_ACCEPTED, BALANCE - 3800, 3800},
        {at(2026, 2, 28, 22, 0), at(2026, 3, 1, 0, 0) + 1, 60, OUTCOME_SPANS_PERIODS, 0, 0},
        {at(2026, 3, 8, 9, 0), at(2026, 3, 8, 10, 0) - 1, 60, OUTCOME_QUANTITY_TIME_MISMATCH, 59,
         60},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct charge_of c;
        struct world *w = scene(&c, rows[i].start_ms, rows[i].quantity);
        c.end_ms = rows[i].end_ms;
        struct answer got = town_charge(w, &c);
        if (got.code != (int)rows[i].code || got.have != rows[i].have || got.need != rows[i].need)
            fail_msg("row %zu: got %s %lld %lld", i, outcome_name(got.code), (long long)got.have,
                     (long long)got.need);
        town_free(w);
    }
}

/* One ends where the next begins; a minute of another is an overlap from either side. */
static void test_neighbours(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, at(2026, 3, 8, 9, 0), 60);
    const char *number = c.voucher;
    TAKES(w, &c, BALANCE - 3800, 3800);
    c = cleaning(number, at(2026, 3, 8, 8, 1), 60);
    REFUSES(w, &c, OVERLAP, 0, 0);
    c = cleaning(number, at(2026, 3, 8, 9, 59), 60);
    REFUSES(w, &c, OVERLAP, 0, 0);
    c = cleaning(number, at(2026, 3, 8, 8, 0), 60);
    TAKES(w, &c, BALANCE - 2 * 3800, 3800);
    c = cleaning(number, at(2026, 3, 8, 10, 0), 60);
    TAKES(w, &c, BALANCE - 3 * 3800, 3800);
    town_free(w);
}

/* ---- Rate classes ---------------------------------------------------------------------------- */

/* Evenings from 18 to 22: both ends belong, nothing before and nothing after. */
static void test_windows(void **state)
{
    (void)state;
    const struct {
        int64_t start_ms, minutes;
        bool inside;
    } rows[] = {
        {at(2026, 3, 8, 18, 0), 240, true},  {at(2026, 3, 8, 17, 59), 60, false},
        {at(2026, 3, 8, 21, 1), 60, false},  {at(2026, 3, 8, 21, 0), 60, true},
        {at(2026, 3, 7, 18, 30), 60, false}, /* a Saturday */
    };
    struct charge_of c;
    struct world *w = scene(&c, 0, 0);
    const char *number = c.voucher;
    int64_t left = BALANCE;
    town_window(w, "ILTA", SALDO__V1__DAY_KIND__HOLIDAY, 18 * 60, 22 * 60);
    town_service(w,
                 &(struct service_of){.code = "siivous", .increment = 15, .overlap_allowed = true});
    town_price(w, &(struct price_of){
                      .provider = "P1", .service = "siivous", .rate_class = "ILTA", .cents = 3800});
    for (size_t i = 0; i < COUNT(rows); i++) {
        c = cleaning(number, rows[i].start_ms, rows[i].minutes);
        c.rate_class = "ILTA";
        if (rows[i].inside) {
            TAKES(w, &c, left - c.county, c.county);
            left -= c.county;
        } else {
            REFUSES(w, &c, RATE_CLASS_MISMATCH, 0, 0);
        }
    }
    /* Without an interval nothing is asked of the class, wherever the charge lies. */
    c = cleaning(number, at(2026, 3, 8, 9, 0) + 30000, 60);
    c.rate_class = "ILTA";
    c.end_ms = c.start_ms;
    REFUSES(w, &c, END_BEFORE_START, 0, 0);
    town_free(w);
}

/* Longer than 62 days is not looked through. */
static void test_longest_in_a_class(void **state)
{
    (void)state;
    const int64_t days = 62 * INT64_C(86400000);
    struct charge_of c;
    struct world *w = scene(&c, NOW - days, 60);
    town_window(w, "AINA", SALDO__V1__DAY_KIND__WEEKDAY, 0, 1440);
    town_window(w, "AINA", SALDO__V1__DAY_KIND__SATURDAY, 0, 1440);
    town_window(w, "AINA", SALDO__V1__DAY_KIND__HOLIDAY, 0, 1440);
    town_price(w, &(struct price_of){
                      .provider = "P1", .service = "siivous", .rate_class = "AINA", .cents = 3800});
    c.rate_class = "AINA";
    c.end_ms = NOW;
    REFUSES(w, &c, SPANS_PERIODS, 0, 0);
    c.start_ms--;
    REFUSES(w, &c, RATE_CLASS_MISMATCH, 0, 0);
    town_free(w);
}

/* ---- Many ------------------------------------------------------------------------------------ */

enum { MONTH_INTERVALS = 4096, TOGETHER = 512 };

/* `count` charges like `c` in one request, each with an id of its own; all are answered alike. */
static void charge_together(struct world *w, const struct charge_of *c, size_t count,
                            enum outcome code)
{
    static uint8_t ids[TOGETHER][LIMIT_REQUEST_ID_BYTES];
    static Saldo__V1__Charge charges[TOGETHER], *list[TOGETHER];
    Saldo__V1__ChargeRequest request = SALDO__V1__CHARGE_REQUEST__INIT;
    assert_true(count <= TOGETHER);
    for (size_t i = 0; i < count; i++) {
        list[i] = &charges[i];
        saldo__v1__charge__init(list[i]);
        world_id(w, w->now_ms, ids[i]);
        list[i]->request_id = (ProtobufCBinaryData){sizeof(ids[i]), ids[i]};
        list[i]->voucher = town_text(c->voucher);
        list[i]->service = town_text(c->service);
        list[i]->unit = (Saldo__V1__Unit)c->unit;
        list[i]->start_ms = c->start_ms;
        list[i]->end_ms = c->end_ms;
        list[i]->quantity = c->quantity;
        list[i]->price_cents = c->price;
        list[i]->county_cents = c->county;
    }
    request.n_charges = count;
    request.charges = list;
    assert_true(world_apply(w, "P1", PURPOSE_CHARGE, &request.base));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(w->answers[i].code, code);
}

/* So many charges of a voucher have a start and an end in one month, and no more; where none may
 * overlap there would have to be one in eleven minutes. Another month, and charges without an end,
 * have room. */
static void test_full_month(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, 0, 0);
    town_service(w, &(struct service_of){
                        .code = "sentti", .unit = SALDO__V1__UNIT__PIECE, .overlap_allowed = true});
    c = cents_of(c.voucher, at(2026, 3, 8, 9, 0), 1);
    c.end_ms = c.start_ms + 60000;
    for (int i = 0; i < MONTH_INTERVALS / TOGETHER; i++)
        charge_together(w, &c, TOGETHER, OUTCOME_ACCEPTED);
    charge_together(w, &c, 2, OUTCOME_LIMIT_REACHED);
    BALANCE_IS(w, c.voucher, BALANCE, MONTH_INTERVALS);
    struct charge_of other = cents_of(c.voucher, c.start_ms, 1);
    TAKES(w, &other, BALANCE - MONTH_INTERVALS - 1, 1);
    c.start_ms = at(2026, 2, 28, 23, 59); /* ends with the month before */
    c.end_ms = c.start_ms + 60000;
    charge_together(w, &c, 1, OUTCOME_ACCEPTED);
    EXPECT(ACCEPTED, town_delete(w, "P1", town_last_id()));
    town_free(w);
}

/* ---- Terms -------------------------------------------------------------------------------------
 */

static struct text code(const char *text)
{
    return (struct text){text, (uint32_t)strlen(text)};
}

/* What an entry remembers of one organiser's service is not taken for another's of the same codes,
 * even where both are remembered in one place. */
static void test_terms_are_of_one_organiser(void **state)
{
    (void)state;
    struct charge_of c;
    struct world *w = scene(&c, at(2026, 3, 8, 9, 0), 60);
    struct terms kept[TERMS_KEPT] = {0};
    const struct charge of_siivous = {.service = code("siivous"), .rate_class = code("")};
    const struct terms *t = terms_of(w->ledger, kept, 1, 1, &of_siivous);
    assert_non_null(t->service);
    assert_ptr_equal(terms_of(w->ledger, kept, 1, 1, &of_siivous), t);
    assert_ptr_equal(terms_of(w->ledger, kept, 1, 1 + TERMS_KEPT, &of_siivous), t);
    assert_null(t->service);
    assert_non_null(terms_of(w->ledger, kept, 1, 1, &of_siivous)->service);
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_price_at_its_cap),
        cmocka_unit_test(test_amount_at_its_limit),
        cmocka_unit_test(test_all_of_it),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_limit_of_nothing),
        cmocka_unit_test(test_value_of_nothing),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_terms_are_of_one_organiser),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_longest_in_a_class),
        cmocka_unit_test(test_full_month),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
