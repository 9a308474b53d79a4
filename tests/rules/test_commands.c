/* Commands: who may send them, that the same again changes nothing, and the lives of vouchers and
 * charges. The model judges each of them too (town_command). */
#include "tests/support/unit.h"

#include "tests/support/keys.h"
#include "tests/support/market.h"

#define BODY(name) SALDO__V1__COMMAND__BODY_##name

static char *chars(const char *s)
{
    union {
        const char *in;
        char *out;
    } cast = {.in = s};
    return cast.out;
}

static char voucher[LIMIT_VOUCHER_BYTES + 1];

/* A county that sells by the cent and the hour, with a voucher of 300.00 a month, on 9 March. */
static struct world *scene(void)
{
    struct world *w = town_new(on(2026, 3, 9));
    sell_cents(w);
    sell_cleaning(w);
    memcpy(voucher,
           town_voucher(w, &(struct voucher_of){1, {"sentti"}, .amount = 30000, .cost_code = "K"}),
           sizeof(voucher));
    town_time(w, at(2026, 3, 9, 12, 0));
    return w;
}

/* ---- Who
 * ------------------------------------------------------------------------------------------ */

/* By role 1..6, as the table of RULES.md has it: a letter where the role may. */
static const char *const ROLES[] = {NULL,       "P1",        CASE_WORKER, FINANCE_1,
                                    SETTLEMENT, "auditor-1", ADMIN};
static const struct {
    int first, last; /* of Saldo__V1__Command__BodyCase */
    const char *may; /* one character a role: provider, case worker, finance, settlement, ... */
} RIGHTS[] = {
    {BODY(SET_ORGANISER), BODY(SET_PROVIDER), ".....x"},
    {BODY(CHANGE_PROVIDER_ACCOUNT), BODY(CHANGE_PROVIDER_ACCOUNT), "..x..."},
    {BODY(ADD_APPROVAL), BODY(ADD_PRICE), ".....x"},
    {BODY(GRANT_VOUCHER), BODY(REVIEW_CHARGE), ".x...x"},
    {BODY(DELETE_CHARGE), BODY(DELETE_CHARGE), "x....."},
    {BODY(CREDIT_CHARGE), BODY(CREDIT_CHARGE), "..x..."},
    {BODY(SET_COMMITMENT), BODY(SET_COMMITMENT), "..x..x"},
    {BODY(REGISTER_KEY), BODY(REVOKE_KEY), ".....x"},
    {BODY(SETTLE_DAY), BODY(SETTLE_DAY), "...x.."},
};

static void test_roles(void **state)
{
    (void)state;
    struct world *w = scene();
    const struct key_of auditor = {.name = "auditor-1", .role = SALDO__V1__ROLE__AUDITOR};
    EXPECT(ACCEPTED, town_key(w, ADMIN, &auditor));
    int bodies = 0;
    for (size_t r = 0; r < COUNT(RIGHTS); r++) {
        for (int body = RIGHTS[r].first; body <= RIGHTS[r].last; body++, bodies++) {
            const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(
                &saldo__v1__command__descriptor, (unsigned)body);
            for (int role = 1; role <= 6; role++) {
                /* An empty body is never accepted, but the role is asked for first. */
                union {
                    ProtobufCMessage base;
                    uint64_t room[64];
                } message;
                protobuf_c_message_init(f->descriptor, &message);
                enum outcome o =
                    town_command(w, ROLES[role], (Saldo__V1__Command__BodyCase)body, &message);
                if ((RIGHTS[r].may[role - 1] == 'x') == (o == OUTCOME_ROLE_NOT_ALLOWED))
                    fail_msg("%s by %s: %s", f->name, ROLES[role], outcome_name((int)o));
                assert_int_not_equal(o, OUTCOME_ACCEPTED);
            }
        }
    }
    assert_int_equal(bodies, 25);
    town_free(w);
}

static void test_settle_day_needs_its_purpose(void **state)
{
    (void)state;
    struct world *w = scene();
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    Saldo__V1__SettleDay s = SALDO__V1__SETTLE_DAY__INIT;
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    Saldo__V1__Command *list = &c;
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    s.day = on(2026, 3, 8);
    c.body_case = BODY(SETTLE_DAY);
    c.settle_day = &s;
    world_id(w, w->now_ms, id);
    c.request_id = (ProtobufCBinaryData){sizeof(id), id};
    request.n_commands = 1;
    request.commands = &list;
    assert_true(world_apply(w, SETTLEMENT, PURPOSE_COMMAND, &request.base));
    assert_int_equal(w->answers[0].code, OUTCOME_ROLE_NOT_ALLOWED);
    town_free(w);
}

static void test_keys(void **state)
{
    (void)state;
    struct world *w = scene();
    struct key_of k = {.name = "second", .owner = "P1", .role = SALDO__V1__ROLE__PROVIDER};
    k.from_ms = w->now_ms + 60000;
    k.to_ms = w->now_ms + 120000;
    EXPECT(ACCEPTED, town_key(w, ADMIN, &k));
    EXPECT(ACCEPTED, town_key(w, ADMIN, &k));
    k.to_ms++;
    EXPECT(ROW_CONFLICT, town_key(w, ADMIN, &k));
    const struct key_of nobody = {.name = "P99", .role = SALDO__V1__ROLE__PROVIDER};
    EXPECT(PROVIDER_UNKNOWN, town_key(w, ADMIN, &nobody));
    EXPECT(BAD_SIGNATURE, town_key(w, "stranger", &k));

    struct charge_of c = cents_of(voucher, at(2026, 3, 8, 8, 0), 100);
    c.provider = "second";
    REFUSES(w, &c, BAD_SIGNATURE, 0, 0); /* not valid yet */
    town_time(w, w->now_ms + 60000);
    TAKES(w, &c, 29900, 100);
    town_time(w, w->now_ms + 60000);
    REFUSES(w, &c, BAD_SIGNATURE, 0, 0); /* its last moment is over */

    struct test_key pair;
    Saldo__V1__RevokeKey revoke = SALDO__V1__REVOKE_KEY__INIT;
    test_key("P1", &pair);
    revoke.key_id = (ProtobufCBinaryData){sizeof(pair.id), pair.id};
    EXPECT(ACCEPTED, town_command(w, ADMIN, BODY(REVOKE_KEY), &revoke));
    EXPECT(ACCEPTED, town_command(w, ADMIN, BODY(REVOKE_KEY), &revoke));
    c.provider = "P1";
    REFUSES(w, &c, BAD_SIGNATURE, 0, 0);
    test_key("stranger", &pair);
    EXPECT(KEY_UNKNOWN, town_command(w, ADMIN, BODY(REVOKE_KEY), &revoke));
    test_key(ADMIN, &pair);
    EXPECT(FIELD_INVALID, town_command(w, ADMIN, BODY(REVOKE_KEY), &revoke)); /* the last one */
    town_free(w);
}

static void test_scopes(void **state)
{
    (void)state;
    struct world *w = scene();
    Saldo__V1__SetOrganiser other = SALDO__V1__SET_ORGANISER__INIT;
    other.code = chars("siunsote");
    town_do(w, BODY(SET_ORGANISER), &other);
    struct key_of k = {
        .name = "elsewhere", .role = SALDO__V1__ROLE__ADMINISTRATOR, .organiser = "siunsote"};
    EXPECT(ACCEPTED, town_key(w, ADMIN, &k));
    Saldo__V1__CloseVoucher close = SALDO__V1__CLOSE_VOUCHER__INIT;
    close.number = voucher;
    close.closed_on = on(2026, 3, 9);
    EXPECT(SCOPE_NOT_ALLOWED, town_command(w, "elsewhere", BODY(CLOSE_VOUCHER), &close));
    close.number = chars("0000000012");
    EXPECT(VOUCHER_UNKNOWN, town_command(w, "elsewhere", BODY(CLOSE_VOUCHER), &close));
    other.name = chars("Siun sote");
    EXPECT(ACCEPTED, town_command(w, "elsewhere", BODY(SET_ORGANISER), &other));
    other.code = chars("uusi");
    EXPECT(SCOPE_NOT_ALLOWED, town_command(w, "elsewhere", BODY(SET_ORGANISER), &other));
    Saldo__V1__SetProvider p = SALDO__V1__SET_PROVIDER__INIT;
    p.id = chars("P9");
    EXPECT(SCOPE_NOT_ALLOWED, town_command(w, "elsewhere", BODY(SET_PROVIDER), &p));
    k.name = "colleague"; /* keys of its own scope only */
    EXPECT(ACCEPTED, town_key(w, "elsewhere", &k));
    k.name = "usurper";
    k.organiser = NULL;
    EXPECT(SCOPE_NOT_ALLOWED, town_key(w, "elsewhere", &k));
    town_free(w);
}

/* ---- Twice the same
 * ---------------------------------------------------------------------------------- */

static void test_catalogue_again(void **state)
{
    (void)state;
    struct world *w = scene();
    struct service_of hourly = {.code = "siivous", .increment = 15};
    town_service(w, &hourly);
    Saldo__V1__SetService other_unit = SALDO__V1__SET_SERVICE__INIT;
    other_unit.organiser = chars(COUNTY);
    other_unit.code = chars("siivous");
    other_unit.unit = SALDO__V1__UNIT__DAY;
    other_unit.increment = 1;
    EXPECT(ROW_CONFLICT, town_command(w, ADMIN, BODY(SET_SERVICE), &other_unit));

    struct price_of price = {.provider = "P1", .service = "siivous", .cents = 3800};
    town_price(w, &price); /* approval and price once more */
    Saldo__V1__AddPrice other = SALDO__V1__ADD_PRICE__INIT;
    other.provider = chars("P1");
    other.organiser = chars(COUNTY);
    other.service = chars("siivous");
    other.valid_from = on(2018, 1, 1);
    other.price_cents = 3801;
    EXPECT(ROW_CONFLICT, town_command(w, ADMIN, BODY(ADD_PRICE), &other));
    other.rate_class = chars("ei-ole");
    EXPECT(RATE_CLASS_UNKNOWN, town_command(w, ADMIN, BODY(ADD_PRICE), &other));
    other.service = chars("ei-ole");
    EXPECT(SERVICE_UNKNOWN, town_command(w, ADMIN, BODY(ADD_PRICE), &other));
    other.organiser = chars("ei-ole");
    EXPECT(ORGANISER_UNKNOWN, town_command(w, ADMIN, BODY(ADD_PRICE), &other));
    other.provider = chars("ei-ole");
    EXPECT(PROVIDER_UNKNOWN, town_command(w, ADMIN, BODY(ADD_PRICE), &other));
    other.price_cents = -1;
    EXPECT(FIELD_INVALID, town_command(w, ADMIN, BODY(ADD_PRICE), &other));

    struct voucher_of v = {1, {"sentti"}, .amount = 30000, .cost_code = "K"};
    town_voucher(w, &v);
    struct grant_store store;
    Saldo__V1__GrantVoucher g;
    v.amount++;
    town_grant_fill(&v, &store, &g);
    EXPECT(ROW_CONFLICT, town_command(w, ADMIN, BODY(GRANT_VOUCHER), &g));
    town_free(w);
}

/* One request id counts once, for commands as for charges, and for both together. */
static void test_request_ids(void **state)
{
    (void)state;
    struct world *w = scene();
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    struct charge_of c = cents_of(voucher, at(2026, 3, 8, 8, 0), 100);
    TAKES(w, &c, 29900, 100);
    memcpy(id, town_last_id(), sizeof(id));
    Saldo__V1__DeleteCharge body = SALDO__V1__DELETE_CHARGE__INIT;
    Saldo__V1__Command m = SALDO__V1__COMMAND__INIT;
    body.charge = (ProtobufCBinaryData){sizeof(id), id};
    m.body_case = BODY(DELETE_CHARGE);
    m.delete_charge = &body;
    m.request_id = body.charge;
    assert_true(world_apply_command(w, "P1", &m));
    assert_int_equal(w->answers[0].code, OUTCOME_ID_CONFLICT);
    uint8_t own[LIMIT_REQUEST_ID_BYTES];
    world_id(w, w->now_ms, own);
    m.request_id = (ProtobufCBinaryData){sizeof(own), own};
    for (int i = 0; i < 3; i++) {
        assert_true(world_apply_command(w, "P1", &m));
        assert_int_equal(w->answers[0].code, OUTCOME_ACCEPTED);
        assert_int_equal(w->answers[0].duplicate, i > 0);
    }
    assert_true(world_apply_command(w, "P2", &m)); /* another owner's id is another id */
    assert_int_equal(w->answers[0].code, OUTCOME_CHARGE_UNKNOWN);
    town_free(w);
}

/* ---- Two officers
 * --------------------------------------------------------------------------------------- */

static void test_account_change(void **state)
{
    (void)state;
    struct world *w = scene();
    Saldo__V1__ChangeProviderAccount a = SALDO__V1__CHANGE_PROVIDER_ACCOUNT__INIT;
    a.provider = chars("P1");
    a.iban = chars("FI9080002627761348");
    a.account_name = chars("Kotiapu Oy");
    EXPECT(SECOND_OFFICER_REQUIRED, town_command(w, FINANCE_1, BODY(CHANGE_PROVIDER_ACCOUNT), &a));
    EXPECT(SECOND_OFFICER_REQUIRED, town_command(w, FINANCE_1, BODY(CHANGE_PROVIDER_ACCOUNT), &a));
    struct charge_of c = cents_of(voucher, at(2026, 3, 8, 8, 0), 100);
    TAKES(w, &c, 29900, 100);
    town_night(w);
    expect_payout(w, on(2026, 3, 9), "P1", "HELD", 100);
    EXPECT(ACCEPTED, town_command(w, FINANCE_2, BODY(CHANGE_PROVIDER_ACCOUNT), &a));
    TAKES(w, &c, 29800, 100);
    town_night(w);
    expect_payout(w, on(2026, 3, 10), "P1", "PLANNED", 100);
    a.iban = chars("FI5542345670000081");
    EXPECT(SECOND_OFFICER_REQUIRED, town_command(w, FINANCE_2, BODY(CHANGE_PROVIDER_ACCOUNT), &a));
    a.account_name = chars("Toinen Oy"); /* other content: the first officer's, anew */
    EXPECT(SECOND_OFFICER_REQUIRED, town_command(w, FINANCE_1, BODY(CHANGE_PROVIDER_ACCOUNT), &a));
    a.iban = chars("FI5542345670000082");
    EXPECT(FIELD_INVALID, town_command(w, FINANCE_2, BODY(CHANGE_PROVIDER_ACCOUNT), &a));
    a.iban = chars("FI5542345670000081");
    a.account_name = chars("\xd0\x96 - .");
    EXPECT(FIELD_INVALID, town_command(w, FINANCE_2, BODY(CHANGE_PROVIDER_ACCOUNT), &a));
    Saldo__V1__SetProvider p = SALDO__V1__SET_PROVIDER__INIT;
    p.id = chars("P1");
    p.business_id = chars("2077474-0");
    p.iban = chars("FI5542345670000081");
    p.account_name = chars("Kotiapu Oy");
    EXPECT(SECOND_OFFICER_REQUIRED, town_command(w, ADMIN, BODY(SET_PROVIDER), &p));
    town_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_settle_day_needs_its_purpose),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_catalogue_again),
        cmocka_unit_test(test_request_ids),
        cmocka_unit_test(test_account_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
