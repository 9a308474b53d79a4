/* The import: rows become commands, and what is wrong is said with file, line and column. */
#include "base/limits.h"
#include "tests/support/unit.h"

#include "calendar.h"
#include "events.h"
#include "import_rows.h"
#include "outcome.h"

static const struct import_kind *kind_of(const char *name)
{
    for (size_t i = 0; import_kind(i) != NULL; i++)
        if (strcmp(import_kind_name(import_kind(i)), name) == 0)
            return import_kind(i);
    fail_msg("no file %s", name);
    return NULL;
}

/* Reads `bytes` as the file `name`; the caller frees the table and the complaints. */
static bool read_rows(const char *name, const char *bytes, struct import_table *t,
                      char **complaints)
{
    size_t len;
    FILE *out = open_memstream(complaints, &len);
    struct report report = {.out = out, .file = name};
    struct csv_reader *csv = csv_reader_from(bytes, strlen(bytes), &report);

    *t = (struct import_table){0};
    bool good = csv != NULL && import_read(t, kind_of(name), csv, &report);
    assert_int_equal(good, report.count == 0);
    fclose(out);
    return good;
}

static int32_t day(int32_t year, int32_t month, int32_t d)
{
    return calendar_day((struct date){year, month, d});
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Read one good row and hand out its command; valid until the next call. */
static const Saldo__V1__Command *one(const char *name, const char *bytes)
{
    static struct import_table t;
    char *complaints;

    import_free(&t);
    if (bytes == NULL)
        return NULL;
    if (!read_rows(name, bytes, &t, &complaints))
        fail_msg("%s", complaints);
    free(complaints);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.rows[0].line, 2);
    return &t.rows[0].command;
}

static int drop(void **state)
{
    (void)state;
    one(NULL, NULL);
    return 0;
}

static void test_organiser(void **state)
{
    static const struct {
        const char *payout;
        Saldo__V1__PayoutCalendar calendar;
        int32_t day;
    } rows[] = {
        {"5", SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY, 5},
        {"28", SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY, 28},
        {"nightly", SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY, 0},
        {"weekly:7", SALDO__V1__PAYOUT_CALENDAR__PAYOUT_WEEKLY, 7},
        {"", SALDO__V1__PAYOUT_CALENDAR__PAYOUT_ON_COMMAND, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char bytes[256];
        snprintf(bytes, sizeof(bytes),
                 "code,name,business_id,iban,account_name,payout_day\n"
                 "siunsote,Siun sote,2501112-8,FI4550700100070014,Tili,%s\n",
                 rows[i].payout);
        const Saldo__V1__Command *c = one("organisers.csv", bytes);
        assert_int_equal(c->body_case, SALDO__V1__COMMAND__BODY_SET_ORGANISER);
        assert_string_equal(c->set_organiser->code, "siunsote");
        assert_string_equal(c->set_organiser->name, "Siun sote");
        assert_string_equal(c->set_organiser->business_id, "2501112-8");
        assert_string_equal(c->set_organiser->iban, "FI4550700100070014");
        assert_string_equal(c->set_organiser->account_name, "Tili");
        assert_int_equal(c->set_organiser->payout_calendar, rows[i].calendar);
        assert_int_equal(c->set_organiser->payout_day, rows[i].day);
        assert_null(c->set_organiser->grace_days);
    }
}

static void test_service(void **state)
{
    (void)state;
    const Saldo__V1__SetService *s =
        one("services.csv",
            "organiser,code,group,name_fi,name_en,unit,increment,copay_allowed,prior_approval,"
            "review,"
            "overlap_allowed,share_rule,max_charge_cents\n"
            "siunsote,vierihoito,Asuminen,\"Vierihoito, lis\xc3\xa4\",Care,HOUR,15,1,0,1,0,"
            "COPAY_FIRST,40000\n")
            ->set_service;

    assert_string_equal(s->organiser, "siunsote");
    assert_string_equal(s->code, "vierihoito");
    assert_string_equal(s->group, "Asuminen");
    assert_string_equal(s->name_fi, "Vierihoito, lis\xc3\xa4");
    assert_string_equal(s->name_en, "Care");
    assert_int_equal(s->unit, SALDO__V1__UNIT__HOUR);
    assert_int_equal(s->increment, 15);
    assert_true(s->copay_allowed);
    assert_false(s->prior_approval);
    assert_true(s->review);
    assert_false(s->overlap_allowed);
    assert_int_equal(s->share_rule, SALDO__V1__SHARE_RULE__COPAY_FIRST);
    assert_int_equal(s->max_charge_cents->value, 40000);
}

static void test_rates(void **state)
{
    (void)state;
    const Saldo__V1__AddRateWindow *w =
        one("rate_classes.csv",
            "organiser,class,day_kind,from,to\nkainuu,HOLIDAY,HOLIDAY_EVE,18:05,24:00\n")
            ->add_rate_window;
    assert_string_equal(w->rate_class, "HOLIDAY");
    assert_int_equal(w->day_kind, SALDO__V1__DAY_KIND__HOLIDAY_EVE);
    assert_int_equal(w->from_minute, 18 * 60 + 5);
    assert_int_equal(w->to_minute, 1440);

    const Saldo__V1__AddRate *r =
        one("rates.csv", "organiser,service,class,valid_from,valid_to,unit_value_cents,"
                         "price_cap_cents,copay_cents\nk,s,ALL,2018-01-01,2018-10-31,0,17500,\n")
            ->add_rate;
    assert_string_equal(r->rate_class, "");
    assert_int_equal(r->valid_from, day(2018, 1, 1));
    assert_int_equal(r->valid_to, day(2018, 10, 31));
    assert_non_null(r->unit_value_cents); /* 0 is a value, empty is none */
    assert_int_equal(r->unit_value_cents->value, 0);
    assert_int_equal(r->price_cap_cents->value, 17500);
    assert_null(r->copay_cents);
}

/* The columns may stand in any order. */
static void test_provider_rows(void **state)
{
    (void)state;
    const Saldo__V1__SetProvider *p =
        one("providers.csv", "blocked,iban,id,name,business_id,account_name\n1,,P1,Apu Oy,,\n")
            ->set_provider;
    assert_string_equal(p->id, "P1");
    assert_string_equal(p->iban, "");
    assert_true(p->blocked);

    const Saldo__V1__AddApproval *a =
        one("approvals.csv", "provider,organiser,service,valid_from,valid_to,register\n"
                             "P1,k,s,2018-01-01,,VALVIRA\n")
            ->add_approval;
    assert_string_equal(a->register_, "VALVIRA");
    assert_int_equal(a->valid_to, 0);

    const Saldo__V1__AddPrice *price =
        one("prices.csv", "provider,organiser,service,class,valid_from,valid_to,price_cents\n"
                          "P1,k,s,DAY,2018-01-01,,3850\n")
            ->add_price;
    assert_string_equal(price->rate_class, "DAY");
    assert_int_equal(price->price_cents, 3850);
}

#define VOUCHER_HEADER                                                                             \
    "number,organiser,client,kind,services,amount_cents,quota,period,valid_from,valid_to,"         \
    "decision,cost_code,unit_value_cents,reserved_for\n"

static void test_voucher(void **state)
{
    (void)state;
    const Saldo__V1__GrantVoucher *v =
        one("vouchers.csv",
            VOUCHER_HEADER "0001000370,kainuu,A00000,BALANCE,kuljetus;pihatyo,20000,"
                           ",MONTH,2018-09-01,2018-12-31,PVK-1,4320,2283,P9\n")
            ->grant_voucher;
    assert_string_equal(v->number, "0001000370");
    assert_int_equal(v->kind, SALDO__V1__VOUCHER_KIND__BALANCE);
    assert_int_equal(v->n_services, 2);
    assert_string_equal(v->services[0], "kuljetus");
    assert_string_equal(v->services[1], "pihatyo");
    assert_int_equal(v->amount_cents, 20000);
    assert_int_equal(v->period, SALDO__V1__PERIOD__MONTHLY);
    assert_int_equal(v->valid_to, day(2018, 12, 31));
    assert_int_equal(v->unit_value_cents->value, 2283);
    assert_string_equal(v->reserved_for, "P9");

    v = one("vouchers.csv", VOUCHER_HEADER "0001000370,k,A,UNIT,s,,960,WHOLE,2018-09-01,2018-12-31,"
                                           ",,,\n")
            ->grant_voucher;
    assert_int_equal(v->kind, SALDO__V1__VOUCHER_KIND__QUANTITY);
    assert_int_equal(v->period, SALDO__V1__PERIOD__WHOLE);
    assert_int_equal(v->quota, 960);
    assert_null(v->unit_value_cents);

    const Saldo__V1__AddPriorApproval *p =
        one("prior_approvals.csv", "voucher,service,valid_from,valid_to,approved_by\n"
                                   "0001000370,s,2018-09-01,,omatyontekija-1\n")
            ->add_prior_approval;
    assert_string_equal(p->approved_by, "omatyontekija-1");

    const Saldo__V1__AddSuspension *s =
        one("suspensions.csv", "voucher,from,to\n0001000370,2018-10-10,2018-10-17\n")
            ->add_suspension;
    assert_string_equal(s->number, "0001000370");
    assert_int_equal(s->from_day, day(2018, 10, 10));
    assert_int_equal(s->to_day, day(2018, 10, 17));
}

/* ---- Complaints --------------------------------------------------------------------------------
 */

static const struct {
    const char *file, *bytes;
    const char *wanted[4]; /* every one must be there */
} bad_files[] = {
    {"providers.csv",
     "id,nmae\nP1,x\n",
     {"providers.csv:1:nmae: is no column", "providers.csv:1:name: the column is missing"}},
    {"providers.csv", "id,name,id\nP1,x,P1\n", {"providers.csv:1:id: the column is there twice"}},
    {"providers.csv",
     "id,name,iban\nP1,,FI8750910000091009\n,x,\n",
     {"providers.csv:2:name: is empty", "providers.csv:2:iban: \"FI8750910000091009\" is not",
      "providers.csv:3:id: is empty"}},
    {"providers.csv",
     "id,name,business_id,blocked\nP 1,x,1800000-8,2\n",
     {"providers.csv:2:id: \"P 1\" is not a code", "providers.csv:2:business_id: \"1800000-8\"",
      "providers.csv:2:blocked: \"2\" is not 1"}},
    {"providers.csv", "id,name\n../x,y\n", {"providers.csv:2:id: \"../x\" is not a code"}},
    {"providers.csv", "id,name\nP1,\"a\nb\"\n", {"providers.csv:2:name:"}},
    {"providers.csv",
     "id,name\nP1,x\nP2,y\nP1,z\n",
     {"providers.csv:4:id: line 2 has the same key and other content"}},
    {"rates.csv",
     "organiser,service,class,valid_from,unit_value_cents\nk,s,,2018-01-01,1\n"
     "k,s,ALL,2018-01-01,2\n",
     {"rates.csv:3:organiser: line 2 has the same key and other content"}},
    {"rates.csv",
     "organiser,service,valid_from,valid_to\nk,s,2018-02-30,\nk,s,2018-03-01,"
     "2018-02-01\nk,s,1.3.2018,\n",
     {"rates.csv:2:valid_from: \"2018-02-30\" is not a date", "rates.csv:3:valid_to: the last",
      "rates.csv:4:valid_from: \"1.3.2018\" is not a date"}},
    {"rates.csv",
     "organiser,service,valid_from,unit_value_cents\nk,s,2018-01-01,-1\n"
     "k,s,2018-01-02,1.50\nk,s,1816-01-01,1\n",
     {"rates.csv:2:unit_value_cents: \"-1\" is not a whole number from 0",
      "rates.csv:3:unit_value_cents: \"1.50\"", "rates.csv:4:valid_from: \"1816-01-01\" is too"}},
    {"rate_classes.csv",
     "organiser,class,day_kind,from,to\nk,A,SUNDAY,25:00,6:00\n"
     "k,A,WEEKDAY,18:00,06:00\n",
     {"rate_classes.csv:2:day_kind: \"SUNDAY\" is not one of WEEKDAY SATURDAY",
      "rate_classes.csv:2:from: \"25:00\"", "rate_classes.csv:2:to: \"6:00\"",
      "rate_classes.csv:3:to: the window ends before"}},
    {"organisers.csv",
     "code,name,payout_day\nk,K,29\ns,S,weekly:8\n",
     {"organisers.csv:2:payout_day: \"29\" is not a whole number from 1 to 28",
      "organisers.csv:3:payout_day: \"8\" is not a whole number from 1 to 7"}},
    {"vouchers.csv",
     VOUCHER_HEADER "0001000371,k,A,BALANCE,s,1,,MONTH,2018-09-01,2018-12-31,,,,\n"
                    "0001000370,k,A,MONEY,s;;t,1,,YEAR,2018-09-01,2018-12-31,,,,\n",
     {"vouchers.csv:2:number: \"0001000371\" is not a voucher number",
      "vouchers.csv:3:kind: \"MONEY\" is not one of BALANCE UNIT",
      "vouchers.csv:3:services: a service is missing",
      "vouchers.csv:3:period: \"YEAR\" is not one of MONTH WHOLE"}},
    {"vouchers.csv",
     VOUCHER_HEADER "0001000370,k,A,BALANCE,s,1,1,MONTH,2018-09-01,2018-12-31,,,,\n"
                    "000100050D,k,A,UNIT,s,1,1,MONTH,2018-09-01,2018-12-31,,,,\n"
                    "000100065W,k,A,UNIT,s,,1,MONTH,2018-09-01,,,,,\n",
     {"vouchers.csv:2:quota: a BALANCE voucher", "vouchers.csv:3:amount_cents: a UNIT voucher",
      "vouchers.csv:4:valid_to: is empty"}},
    {"services.csv",
     "organiser,code,unit,increment,copay_allowed,prior_approval,review,overlap_allowed,"
     "share_rule\nk,s,UNIT_NONE,0,1,0,0,0,HALF\n",
     {"services.csv:2:unit: \"UNIT_NONE\" is not one of HOUR DAY",
      "services.csv:2:increment: \"0\"", "services.csv:2:share_rule: \"HALF\""}},
};

static void test_complaints(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_files); i++) {
        struct import_table t;
        char *complaints;
        assert_false(read_rows(bad_files[i].file, bad_files[i].bytes, &t, &complaints));
        for (size_t n = 0; n < 4 && bad_files[i].wanted[n] != NULL; n++)
            if (strstr(complaints, bad_files[i].wanted[n]) == NULL)
                fail_msg("row %zu: \"%s\" lacks \"%s\"", i, complaints, bad_files[i].wanted[n]);
        import_free(&t);
        free(complaints);
    }
}

/* The same row twice says nothing new and is no error. */
static void test_equal_rows(void **state)
{
    struct import_table t;
    char *complaints;

    (void)state;
    assert_true(read_rows("providers.csv", "id,name\nP1,x\nP1,x\n", &t, &complaints));
    assert_int_equal(t.count, 2);
    import_free(&t);
    free(complaints);
}

/* A whole voucher of the longest kind, and one service too many. */
static void test_many_services(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        struct import_table t;
        char bytes[1024] = VOUCHER_HEADER "0001000370,k,A,BALANCE,s";
        char *complaints;
        for (int i = 1; i < LIMIT_VOUCHER_SERVICES + extra; i++)
            strcat(bytes, ";s");
        strcat(bytes, ",1,,MONTH,2018-09-01,2018-12-31,,,,\n");
        assert_int_equal(read_rows("vouchers.csv", bytes, &t, &complaints), extra == 0);
        if (extra == 0)
            assert_int_equal(t.rows[0].command.grant_voucher->n_services,
                             LIMIT_VOUCHER_SERVICES);
        else
            assert_non_null(strstr(complaints, "vouchers.csv:2:services: more than 64"));
        import_free(&t);
        free(complaints);
    }
}

static void test_pilot_files(void **state)
{
    static const size_t counts[] = {2, 28, 7, 15, 24, 225, 309, 102, 24, 8};

    (void)state;
    for (size_t i = 0; import_kind(i) != NULL; i++) {
        struct report report = {.out = stderr, .file = import_kind_name(import_kind(i))};
        struct import_table t;
        char path[128];
        snprintf(path, sizeof(path), "tests/pilot/%s", report.file);
        struct csv_reader *csv = csv_reader_open(path, &report);
        assert_non_null(csv);
        assert_true(import_read(&t, import_kind(i), csv, &report));
        assert_int_equal(t.count, counts[i]);
        import_free(&t);
    }
}

static void test_refusal_columns(void **state)
{
    (void)state;
    assert_string_equal(import_field_of(kind_of("prices.csv"), OUTCOME_PROVIDER_UNKNOWN),
                        "provider");
    assert_string_equal(import_field_of(kind_of("vouchers.csv"), OUTCOME_SERVICE_UNKNOWN),
                        "services");
    assert_string_equal(import_field_of(kind_of("vouchers.csv"), OUTCOME_PROVIDER_UNKNOWN),
                        "reserved_for");
    assert_string_equal(import_field_of(kind_of("rates.csv"), OUTCOME_ROW_CONFLICT), "organiser");
}

/* ---- Events ------------------------------------------------------------------------------------
 */

static void test_events(void **state)
{
    struct report report = {.out = stderr, .file = "events.csv"};
    struct events e;

    (void)state;
    assert_true(events_read(&e, "tests/pilot/events.csv", &report));
    assert_int_equal(e.count, 2956);
    const struct event *first = &e.list[0];
    assert_int_equal(first->line, 2);
    assert_int_equal(first->recorded_at_ms, 1535749200000);
    assert_string_equal(first->provider, "P0019");
    assert_int_equal(first->charge.request_id[0], 0x01);
    assert_int_equal(first->charge.request_id[15], 0x3b);
    assert_string_equal(first->charge.voucher, "000100116J");
    assert_string_equal(first->charge.rate_class, "");
    assert_int_equal(first->charge.unit, SALDO_HOUR);
    assert_int_equal(first->charge.end_ms - first->charge.start_ms, 45 * 60000);
    assert_int_equal(first->charge.county_cents, 2888);
    assert_false(first->charge.identity_checked);
    assert_string_equal(first->charge.reference, "LASKU-000002");

    size_t deletions = 0;
    uint8_t id[16], again[16], other[16];
    for (size_t i = 0; i < e.count; i++) {
        if (!e.list[i].deletes)
            continue;
        event_command_id(&e.list[i], other);
        if (deletions++ == 0) {
            event_command_id(&e.list[i], id);
            event_command_id(&e.list[i], again);
            assert_memory_equal(id, again, 16);
            e.list[i].repeats = 1; /* once more at the same instant is another request */
            event_command_id(&e.list[i], again);
            assert_memory_not_equal(id, again, 16);
            e.list[i].repeats = 0;
            int64_t ms = 0;
            for (int k = 0; k < 6; k++)
                ms = ms << 8 | id[k];
            assert_int_equal(ms, e.list[i].recorded_at_ms);
        } else {
            assert_memory_not_equal(id, other, 16);
        }
    }
    assert_int_equal(deletions, 55);
    events_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_organiser, drop),
        cmocka_unit_test_teardown(test_service, drop),
        cmocka_unit_test_teardown(test_rates, drop),
        cmocka_unit_test_teardown(test_provider_rows, drop),
        cmocka_unit_test_teardown(test_voucher, drop),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_equal_rows),
        cmocka_unit_test(test_many_services),
        cmocka_unit_test(test_pilot_files),
        cmocka_unit_test(test_refusal_columns),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
