/* What a voucher gives on a day, what finds it, and the commands that change it: applied as
 * entries, asked in memory. The rule tests have the reason codes; here are allotments and
 * repetitions. */
#include "tests/support/unit.h"

#include <sodium.h>

#include "envelope.h"
#include "ledger/state.h"
#include "tests/support/memory_source.h"

#define DAY(y, m, d)   calendar_day((struct date){(y), (m), (d)})
#define MONTH_OF(y, m) ((y)*12 + (m)-1)
#define NUMBER         "0000000011" /* digits 1, check character 1 */

struct fixture {
    struct ledger *l;
    struct memory_source *tables; /* empty: nothing is ever checkpointed */
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    uint64_t number;
    int32_t today;
};

/* One command at noon of the fixture's day, with an id of its own. */
static enum outcome act(struct fixture *f, Saldo__V1__Command *m)
{
    uint8_t id[LIMIT_REQUEST_ID_BYTES] = {0};
    int64_t time_ms = calendar_instant_ms(f->today, 720);
    f->number++;
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)(time_ms >> (8 * (5 - i)));
    memcpy(id + 8, &f->number, sizeof(f->number));
    m->request_id = (ProtobufCBinaryData){sizeof(id), id};
    struct command command = {.message = m, .digest = f->number};
    struct request request = {.purpose = PURPOSE_COMMAND, .count = 1, .commands = &command};
    memcpy(request.key_id, f->key_id, sizeof(request.key_id));
    struct ledger_entry e = {f->number, time_ms, f->today, &request, LEDGER_LEVEL};
    struct ledger_source source = memory_source_reader(f->tables);
    struct answer answer;
    struct decision decision;
    assert_int_equal(ledger_prepare(f->l, &e, &source), FAULT_NONE);
    ledger_apply(f->l, &e, &answer, &decision);
    return (enum outcome)answer.code;
}

#define ACT(f, type, enumerator, member, ...)                                                      \
    act((f), &(Saldo__V1__Command){PROTOBUF_C_MESSAGE_INIT(&saldo__v1__command__descriptor),       \
                                   {0, NULL},                                                      \
                                   SALDO__V1__COMMAND__BODY_##enumerator,                          \
                                   {.member = &(Saldo__V1__##type){__VA_ARGS__}}})

static enum outcome service(struct fixture *f, const char *code, Saldo__V1__Unit unit)
{
    Saldo__V1__SetService c = SALDO__V1__SET_SERVICE__INIT;
    Saldo__V1__Command m = SALDO__V1__COMMAND__INIT;
    c.organiser = (char[]){"kainuu"};
    c.code = (char *)(uintptr_t)code;
    c.unit = unit;
    c.increment = 1;
    m.body_case = SALDO__V1__COMMAND__BODY_SET_SERVICE;
    m.set_service = &c;
    return act(f, &m);
}

static int setup(void **state)
{
    static struct fixture f;
    struct ledger_limits limits = {.charges = 40000, .vouchers = 60000, .buckets = 90000};
    struct ledger_genesis genesis = {.simulated = true, .clock_skew_ms = 300000};
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    assert_int_not_equal(sodium_init(), -1);
    crypto_sign_keypair(genesis.administrator_key, secret);
    f = (struct fixture){.tables = memory_source_new(), .today = DAY(2026, 3, 20)};
    envelope_key_id(genesis.administrator_key, f.key_id);
    assert_int_equal(ledger_new(&limits, &genesis, &f.l), FAULT_NONE);
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    Saldo__V1__Command m = SALDO__V1__COMMAND__INIT;
    o.code = (char[]){"kainuu"};
    m.body_case = SALDO__V1__COMMAND__BODY_SET_ORGANISER;
    m.set_organiser = &o;
    assert_int_equal(act(&f, &m), OUTCOME_ACCEPTED);
    assert_int_equal(service(&f, "siivous", SALDO__V1__UNIT__HOUR), OUTCOME_ACCEPTED);
    assert_int_equal(service(&f, "hoito", SALDO__V1__UNIT__HOUR), OUTCOME_ACCEPTED);
    assert_int_equal(service(&f, "kuljetus", SALDO__V1__UNIT__VISIT), OUTCOME_ACCEPTED);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ledger_free(f->l);
    memory_source_free(f->tables);
    return 0;
}

/* A grant from 16 March to 31 December 2026 of 63.90 a month, or as changed by the caller. */
static Saldo__V1__GrantVoucher grant_of(void)
{
    static char number[] = NUMBER, organiser[] = "kainuu", client[] = "A1", first[] = "siivous";
    static char *services[] = {first};
    Saldo__V1__GrantVoucher g = SALDO__V1__GRANT_VOUCHER__INIT;
    g.number = number;
    g.organiser = organiser;
    g.client = client;
    g.kind = SALDO__V1__VOUCHER_KIND__BALANCE;
    g.n_services = 1;
    g.services = services;
    g.amount_cents = 6390;
    g.period = SALDO__V1__PERIOD__MONTHLY;
    g.valid_from = DAY(2026, 3, 16);
    g.valid_to = DAY(2026, 12, 31);
    return g;
}

static enum outcome grant(struct fixture *f, Saldo__V1__GrantVoucher *g)
{
    Saldo__V1__Command m = SALDO__V1__COMMAND__INIT;
    m.body_case = SALDO__V1__COMMAND__BODY_GRANT_VOUCHER;
    m.grant_voucher = g;
    return act(f, &m);
}

static const struct voucher *voucher_1(const struct fixture *f)
{
    uint32_t item = voucher_find(f->l, 1);
    assert_int_not_equal(item, 0);
    return ROW_AT(voucher, f->l, ROW_VOUCHER, item);
}

static int64_t allotment(const struct fixture *f, int32_t month)
{
    return voucher_allotment(f->l, voucher_1(f), month, CALENDAR_DAY_OPEN);
}

static enum outcome amend(struct fixture *f, int32_t from, int64_t amount, int32_t valid_to)
{
    Saldo__V1__Value value = SALDO__V1__VALUE__INIT;
    Saldo__V1__AmendVoucher c = SALDO__V1__AMEND_VOUCHER__INIT;
    Saldo__V1__Command m = SALDO__V1__COMMAND__INIT;
    bool balance = voucher_1(f)->kind == SALDO__V1__VOUCHER_KIND__BALANCE;
    value.value = amount;
    c.number = (char[]){NUMBER};
    c.effective_from = from;
    c.amount_cents = balance ? &value : NULL;
    c.quota = balance ? NULL : &value;
    c.valid_to = valid_to;
    m.body_case = SALDO__V1__COMMAND__BODY_AMEND_VOUCHER;
    m.amend_voucher = &c;
    return act(f, &m);
}

static void test_part_months(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__GrantVoucher g = grant_of();
    g.valid_to = DAY(2026, 5, 10);
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    assert_int_equal(allotment(f, MONTH_OF(2026, 2)), 0);
    assert_int_equal(allotment(f, MONTH_OF(2026, 3)), 3298); /* 63.90 x 16/31 */
    assert_int_equal(allotment(f, MONTH_OF(2026, 4)), 6390);
    assert_int_equal(allotment(f, MONTH_OF(2026, 5)), 2061); /* 63.90 x 10/31 */
    assert_int_equal(allotment(f, MONTH_OF(2026, 6)), 0);
    assert_int_equal(voucher_allotment(f->l, voucher_1(f), MONTH_OF(2026, 4), f->today - 1), 0);
}

static void test_versions_share_a_month(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__GrantVoucher g = grant_of();
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    assert_int_equal(amend(f, DAY(2026, 4, 11), 9000, 0), OUTCOME_ACCEPTED);
    assert_int_equal(allotment(f, MONTH_OF(2026, 4)), 8130); /* (10 x 63.90 + 20 x 90.00) / 30 */
    f->today++;
    assert_int_equal(amend(f, DAY(2026, 4, 11), 3000, 0), OUTCOME_ACCEPTED); /* replaces that */
    assert_int_equal(allotment(f, MONTH_OF(2026, 4)), 4130);
    assert_int_equal(allotment(f, MONTH_OF(2026, 5)), 3000);
    assert_int_equal(voucher_allotment(f->l, voucher_1(f), MONTH_OF(2026, 4), f->today - 1), 8130);
    assert_int_equal(voucher_1(f)->version_count, 3);
    assert_int_equal(voucher_version_on(f->l, voucher_1(f), DAY(2026, 4, 10))->amount, 6390);
    assert_int_equal(voucher_version_on(f->l, voucher_1(f), DAY(2026, 4, 11))->amount, 3000);
    assert_int_equal(voucher_version_on(f->l, voucher_1(f), DAY(2026, 1, 1))->amount, 6390);
}

static void test_quota_is_not_cut(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__GrantVoucher g = grant_of();
    g.kind = SALDO__V1__VOUCHER_KIND__QUANTITY;
    g.amount_cents = 0;
    g.quota = 600;
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    assert_int_equal(amend(f, DAY(2026, 4, 30), 900, 0), OUTCOME_ACCEPTED);
    assert_int_equal(allotment(f, MONTH_OF(2026, 2)), 0);
    assert_int_equal(allotment(f, MONTH_OF(2026, 3)), 600);
    assert_int_equal(allotment(f, MONTH_OF(2026, 4)), 900); /* the last one in force */
    assert_int_equal(allotment(f, MONTH_OF(2027, 1)), 0);
}

static void test_whole_and_carry_over(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__GrantVoucher g = grant_of();
    g.carry_over = true;
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    assert_int_equal(voucher_period(voucher_1(f), calendar_month(DAY(2026, 4, 5))), 0);
    assert_int_equal(allotment(f, MONTH_OF(2026, 2)), 0);
    assert_int_equal(allotment(f, MONTH_OF(2026, 4)), 3298 + 6390);
    assert_int_equal(allotment(f, MONTH_OF(2030, 1)), 3298 + 9 * 6390);
    g.number = (char[]){"0000000022"};
    g.carry_over = false;
    g.period = SALDO__V1__PERIOD__WHOLE;
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    const struct voucher *whole = ROW_AT(voucher, f->l, ROW_VOUCHER, voucher_find(f->l, 2));
    assert_int_equal(voucher_allotment(f->l, whole, MONTH_OF(2031, 7), CALENDAR_DAY_OPEN), 6390);
}

/* A later validity brings back days of an earlier month. */
static void test_validity_extended(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__GrantVoucher g = grant_of();
    g.valid_to = DAY(2026, 4, 15);
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    assert_int_equal(allotment(f, MONTH_OF(2026, 4)), 3195);
    assert_int_equal(amend(f, DAY(2026, 5, 1), 100, 0), OUTCOME_FIELD_INVALID);
    assert_int_equal(amend(f, DAY(2026, 5, 1), 100, DAY(2026, 6, 30)), OUTCOME_ACCEPTED);
    assert_int_equal(allotment(f, MONTH_OF(2026, 4)), 6390);
    assert_int_equal(allotment(f, MONTH_OF(2026, 5)), 100);
}

static void test_same_again(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__GrantVoucher g = grant_of();
    g.decision = (char[]){"P-1"};
    g.cost_code = (char[]){"4320"};
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    assert_int_equal(amend(f, DAY(2026, 4, 1), 9000, 0), OUTCOME_ACCEPTED);
    assert_int_equal(amend(f, DAY(2026, 4, 1), 9000, 0), OUTCOME_ACCEPTED);
    assert_int_equal(voucher_1(f)->version_count, 2);
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    assert_int_equal(voucher_1(f)->version_count, 2);
    g.decision = (char[]){"P-2"};
    assert_int_equal(grant(f, &g), OUTCOME_ROW_CONFLICT);
    g.decision = (char[]){"P-1"};
    g.cost_code = (char[]){"4330"};
    assert_int_equal(grant(f, &g), OUTCOME_ROW_CONFLICT);
    assert_int_equal(cost_code_find(f->l, 1, text_of("4330")), 0);
}

static enum outcome close_on(struct fixture *f, int32_t day)
{
    return ACT(f, CloseVoucher, CLOSE_VOUCHER, close_voucher,
               PROTOBUF_C_MESSAGE_INIT(&saldo__v1__close_voucher__descriptor), (char[]){NUMBER},
               day);
}

static void test_closing(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__GrantVoucher g = grant_of();
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);
    assert_int_equal(close_on(f, DAY(2026, 3, 15)), OUTCOME_FIELD_INVALID);
    assert_int_equal(close_on(f, DAY(2026, 4, 20)), OUTCOME_ACCEPTED);
    assert_int_equal(close_on(f, DAY(2026, 4, 20)), OUTCOME_ACCEPTED);
    assert_int_equal(close_on(f, DAY(2026, 4, 21)), OUTCOME_VOUCHER_STATE);
    const struct voucher *v = voucher_1(f);
    assert_int_equal(allotment(f, MONTH_OF(2026, 4)), 6390); /* closing takes nothing */
    assert_string_equal(voucher_state(f->l, v, DAY(2026, 4, 20)), "GRANTED");
    assert_string_equal(voucher_state(f->l, v, DAY(2026, 4, 21)), "CLOSED");
    assert_string_equal(voucher_state(f->l, v, DAY(2026, 5, 20)), "CLOSED");
    assert_string_equal(voucher_state(f->l, v, DAY(2026, 5, 21)), "FINAL");
}

/* Domain example 21: some days off swapped for a euro budget, all or nothing. */
static void test_conversion(void **state)
{
    struct fixture *f = *state;
    Saldo__V1__GrantVoucher g = grant_of();
    Saldo__V1__GrantVoucher money = grant_of();
    Saldo__V1__GrantVoucher days = grant_of();
    g.kind = days.kind = SALDO__V1__VOUCHER_KIND__QUANTITY;
    g.amount_cents = days.amount_cents = 0;
    g.quota = 3;
    days.quota = 1;
    money.number = (char[]){"0000000022"};
    days.number = (char[]){"0000000033"};
    money.valid_from = days.valid_from = DAY(2026, 4, 1);
    assert_int_equal(grant(f, &g), OUTCOME_ACCEPTED);

    Saldo__V1__GrantVoucher *into[] = {&money, &days};
    days.client = (char[]){"A2"};
#define CONVERT()                                                                                  \
    ACT(f, ConvertVoucher, CONVERT_VOUCHER, convert_voucher,                                       \
        PROTOBUF_C_MESSAGE_INIT(&saldo__v1__convert_voucher__descriptor), (char[]){NUMBER},        \
        DAY(2026, 4, 1), 2, into)
    assert_int_equal(CONVERT(), OUTCOME_FIELD_INVALID);
    assert_int_equal(voucher_find(f->l, 2), 0);
    assert_int_equal(voucher_1(f)->closed_on, CALENDAR_DAY_OPEN);
    days.client = money.client;
    for (int again = 0; again < 2; again++) {
        assert_int_equal(CONVERT(), OUTCOME_ACCEPTED);
        assert_int_not_equal(voucher_find(f->l, 2), 0);
        assert_int_not_equal(voucher_find(f->l, 3), 0);
        assert_int_equal(voucher_1(f)->closed_on, DAY(2026, 3, 31));
    }
}

static void test_names(void **state)
{
    struct fixture *f = *state;
    uint32_t organiser = organiser_find(f->l, text_of("kainuu"));
    assert_int_equal(organiser, 1);
    assert_int_equal(organiser_find(f->l, text_of("kainu")), 0);
    assert_int_equal(service_find(f->l, organiser, text_of("hoito")), 2);
    assert_int_equal(service_find(f->l, organiser + 1, text_of("hoito")), 0);
    assert_int_equal(class_find(f->l, organiser, text_of("")), 0);
    assert_int_equal(class_find(f->l, organiser, text_of("ILTA")), UINT32_MAX);
    assert_int_equal(key_find(f->l, f->key_id), 1);
    assert_int_equal(owner_find(f->l, text_of("administrator")), 1);
    assert_int_equal(owner_find(f->l, text_of("maija")), 0);
    assert_int_equal(service(f, "hoito", SALDO__V1__UNIT__VISIT), OUTCOME_ROW_CONFLICT);
}

static enum outcome rate(struct fixture *f, int32_t from, int64_t value)
{
    Saldo__V1__Value v = SALDO__V1__VALUE__INIT;
    Saldo__V1__AddRate c = SALDO__V1__ADD_RATE__INIT;
    Saldo__V1__Command m = SALDO__V1__COMMAND__INIT;
    v.value = value;
    c.organiser = (char[]){"kainuu"};
    c.service = (char[]){"hoito"};
    c.valid_from = from;
    c.unit_value_cents = &v;
    m.body_case = SALDO__V1__COMMAND__BODY_ADD_RATE;
    m.add_rate = &c;
    return act(f, &m);
}

/* Rows come in any order; the list is by date, and a later one becomes its head. */
static void test_dated_rows(void **state)
{
    static const int32_t from[] = {20000, 20400, 19800, 20200};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(from); i++)
        assert_int_equal(rate(f, from[i], from[i]), OUTCOME_ACCEPTED);
    assert_int_equal(rate(f, 20200, 20200), OUTCOME_ACCEPTED);
    assert_int_equal(rate(f, 20200, 1), OUTCOME_ROW_CONFLICT);
    uint32_t list = dated_list(f->l, DATED_RATE, 0, 2, 0);
    assert_null(dated_on(f->l, list, 19799));
    assert_int_equal(dated_on(f->l, list, 19999)->value, 19800);
    assert_int_equal(dated_on(f->l, list, 20000)->value, 20000);
    assert_int_equal(dated_on(f->l, list, 20399)->value, 20200);
    assert_int_equal(dated_on(f->l, list, 30000)->value, 20400);
    assert_int_equal(dated_list(f->l, DATED_PRICE, 0, 2, 0), 0);
    assert_int_equal(dated_list(f->l, DATED_RATE, 0, 1, 0), 0);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(test_part_months),
        ROW(test_versions_share_a_month),
        ROW(test_quota_is_not_cut),
        ROW(test_whole_and_carry_over),
        ROW(test_validity_extended),
        ROW(test_same_again),
        ROW(test_closing),
        ROW(test_conversion),
        ROW(test_names),
        ROW(test_dated_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
