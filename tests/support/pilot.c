/* pilot.c - from the CSV files to messages. */
#include "tests/support/pilot.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/keys.h"
#include "tests/support/model.h"
#include "tests/support/sheet.h"

struct player {
    void (*apply)(void *arg, const struct pilot_entry *e);
    void *arg;
    int64_t time_ms;
    uint64_t commands; /* makes their ids different */
};

int32_t pilot_day(const char *text)
{
    int y, m, d;
    if (text[0] == '\0')
        return 0;
    if (sscanf(text, "%d-%d-%d", &y, &m, &d) != 3)
        abort();
    return model_day(y, m, d);
}

/* "2018-09-01T04:40:52+03:00", with or without fractions of a second. */
static int64_t instant(const char *text)
{
    int y, mo, d, h, mi, oh, om, used = 0;
    double s;
    char sign;
    if (text[0] == '\0')
        return 0;
    if (sscanf(text, "%d-%d-%dT%d:%d:%lf%c%d:%d%n", &y, &mo, &d, &h, &mi, &s, &sign, &oh, &om,
               &used) != 9)
        abort();
    int64_t minutes = (int64_t)model_day(y, mo, d) * 1440 + h * 60 + mi;
    minutes -= (sign == '-' ? -1 : 1) * (oh * 60 + om);
    return minutes * 60000 + (int64_t)(s * 1000 + 0.5);
}

static void id_of(const char *hex, uint8_t id[16])
{
    for (int i = 0; i < 16; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        id[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void apply_command(struct player *p, const char *key, Saldo__V1__Command *c,
                          const struct pilot_entry *as)
{
    uint8_t id[16] = {0};
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)(p->time_ms >> (40 - 8 * i));
    p->commands++;
    memcpy(id + 8, &p->commands, sizeof(p->commands));
    c->request_id = (ProtobufCBinaryData){sizeof(id), id};
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    request.n_commands = 1;
    request.commands = &c;
    struct pilot_entry e = *as;
    e.time_ms = p->time_ms;
    e.key = key;
    e.purpose = e.settled != 0 ? PURPOSE_SETTLEMENT : PURPOSE_COMMAND;
    e.message = &request.base;
    p->apply(p->arg, &e);
}

static void catalogue(struct player *p, Saldo__V1__Command__BodyCase body, void *message)
{
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    c.body_case = body;
    c.set_organiser = message; /* the members of the oneof share their place */
    apply_command(p, PILOT_ADMINISTRATOR, &c, &(struct pilot_entry){0});
}

static int enum_value(const ProtobufCEnumDescriptor *type, const char *name)
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value_by_name(type, name);
    if (v == NULL)
        abort();
    return v->value;
}

static Saldo__V1__Value *optional(const struct sheet *f, const char *column, Saldo__V1__Value *v)
{
    saldo__v1__value__init(v);
    v->value = sheet_number(f, column);
    return sheet_text(f, column)[0] == '\0' ? NULL : v;
}

static char *class_of(const struct sheet *f)
{
    static char all[1];
    char *text = sheet_text(f, "class");
    return strcmp(text, "ALL") == 0 ? all : text;
}

static void organisers(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "organisers.csv");
    while (sheet_next(&f)) {
        Saldo__V1__SetOrganiser c = SALDO__V1__SET_ORGANISER__INIT;
        c.code = sheet_text(&f, "code");
        c.name = sheet_text(&f, "name");
        c.business_id = sheet_text(&f, "business_id");
        c.iban = sheet_text(&f, "iban");
        c.account_name = sheet_text(&f, "account_name");
        c.payout_calendar = SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY;
        c.payout_day = (int32_t)sheet_number(&f, "payout_day");
        catalogue(p, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &c);
    }
}

static void services(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "services.csv");
    while (sheet_next(&f)) {
        Saldo__V1__SetService c = SALDO__V1__SET_SERVICE__INIT;
        Saldo__V1__Value limit;
        c.organiser = sheet_text(&f, "organiser");
        c.code = sheet_text(&f, "code");
        c.group = sheet_text(&f, "group");
        c.name_fi = sheet_text(&f, "name_fi");
        c.name_en = sheet_text(&f, "name_en");
        c.unit = (Saldo__V1__Unit)enum_value(&saldo__v1__unit__descriptor, sheet_text(&f, "unit"));
        c.increment = (int32_t)sheet_number(&f, "increment");
        c.copay_allowed = sheet_number(&f, "copay_allowed") != 0;
        c.prior_approval = sheet_number(&f, "prior_approval") != 0;
        c.review = sheet_number(&f, "review") != 0;
        c.overlap_allowed = sheet_number(&f, "overlap_allowed") != 0;
        c.share_rule = (Saldo__V1__ShareRule)enum_value(&saldo__v1__share_rule__descriptor,
                                                        sheet_text(&f, "share_rule"));
        c.max_charge_cents = optional(&f, "max_charge_cents", &limit);
        catalogue(p, SALDO__V1__COMMAND__BODY_SET_SERVICE, &c);
    }
}

static int32_t minute_of(const char *text)
{
    int h, m;
    if (sscanf(text, "%d:%d", &h, &m) != 2)
        abort();
    return h * 60 + m;
}

static void windows(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "rate_classes.csv");
    while (sheet_next(&f)) {
        Saldo__V1__AddRateWindow c = SALDO__V1__ADD_RATE_WINDOW__INIT;
        c.organiser = sheet_text(&f, "organiser");
        c.rate_class = sheet_text(&f, "class");
        c.day_kind = (Saldo__V1__DayKind)enum_value(&saldo__v1__day_kind__descriptor,
                                                    sheet_text(&f, "day_kind"));
        c.from_minute = minute_of(sheet_text(&f, "from"));
        c.to_minute = minute_of(sheet_text(&f, "to"));
        catalogue(p, SALDO__V1__COMMAND__BODY_ADD_RATE_WINDOW, &c);
    }
}

static void rates(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "rates.csv");
    while (sheet_next(&f)) {
        Saldo__V1__AddRate c = SALDO__V1__ADD_RATE__INIT;
        Saldo__V1__Value value, cap, copay;
        c.organiser = sheet_text(&f, "organiser");
        c.service = sheet_text(&f, "service");
        c.rate_class = class_of(&f);
        c.valid_from = pilot_day(sheet_text(&f, "valid_from"));
        c.valid_to = pilot_day(sheet_text(&f, "valid_to"));
        c.unit_value_cents = optional(&f, "unit_value_cents", &value);
        c.price_cap_cents = optional(&f, "price_cap_cents", &cap);
        c.copay_cents = optional(&f, "copay_cents", &copay);
        catalogue(p, SALDO__V1__COMMAND__BODY_ADD_RATE, &c);
    }
}

static void register_key(struct player *p, char *owner, Saldo__V1__Role role)
{
    struct test_key key;
    test_key(owner, &key);
    Saldo__V1__RegisterKey c = SALDO__V1__REGISTER_KEY__INIT;
    c.signing_key = (ProtobufCBinaryData){sizeof(key.public), key.public};
    c.transport_key = c.signing_key;
    c.owner = owner;
    c.role = role;
    catalogue(p, SALDO__V1__COMMAND__BODY_REGISTER_KEY, &c);
}

static void providers(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "providers.csv");
    while (sheet_next(&f)) {
        Saldo__V1__SetProvider c = SALDO__V1__SET_PROVIDER__INIT;
        c.id = sheet_text(&f, "id");
        c.name = sheet_text(&f, "name");
        c.business_id = sheet_text(&f, "business_id");
        c.iban = sheet_text(&f, "iban");
        c.account_name = sheet_text(&f, "account_name");
        c.blocked = sheet_number(&f, "blocked") != 0;
        catalogue(p, SALDO__V1__COMMAND__BODY_SET_PROVIDER, &c);
        register_key(p, c.id, SALDO__V1__ROLE__PROVIDER);
    }
}

static void approvals(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "approvals.csv");
    while (sheet_next(&f)) {
        Saldo__V1__AddApproval c = SALDO__V1__ADD_APPROVAL__INIT;
        c.provider = sheet_text(&f, "provider");
        c.organiser = sheet_text(&f, "organiser");
        c.service = sheet_text(&f, "service");
        c.valid_from = pilot_day(sheet_text(&f, "valid_from"));
        c.valid_to = pilot_day(sheet_text(&f, "valid_to"));
        c.register_ = sheet_text(&f, "register");
        catalogue(p, SALDO__V1__COMMAND__BODY_ADD_APPROVAL, &c);
    }
}

static void prices(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "prices.csv");
    while (sheet_next(&f)) {
        Saldo__V1__AddPrice c = SALDO__V1__ADD_PRICE__INIT;
        c.provider = sheet_text(&f, "provider");
        c.organiser = sheet_text(&f, "organiser");
        c.service = sheet_text(&f, "service");
        c.rate_class = class_of(&f);
        c.valid_from = pilot_day(sheet_text(&f, "valid_from"));
        c.valid_to = pilot_day(sheet_text(&f, "valid_to"));
        c.price_cents = sheet_number(&f, "price_cents");
        catalogue(p, SALDO__V1__COMMAND__BODY_ADD_PRICE, &c);
    }
}

/* "a;b;c", cut in place. */
static size_t service_list(char *text, char *list[LIMIT_VOUCHER_SERVICES])
{
    size_t count = 0;
    char *save = NULL;
    for (char *s = strtok_r(text, ";", &save); s != NULL; s = strtok_r(NULL, ";", &save)) {
        if (count == LIMIT_VOUCHER_SERVICES)
            abort();
        list[count++] = s;
    }
    return count;
}

static void vouchers(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "vouchers.csv");
    while (sheet_next(&f)) {
        Saldo__V1__GrantVoucher c = SALDO__V1__GRANT_VOUCHER__INIT;
        Saldo__V1__Value value;
        char *list[LIMIT_VOUCHER_SERVICES];
        bool balance = strcmp(sheet_text(&f, "kind"), "BALANCE") == 0;
        bool monthly = strcmp(sheet_text(&f, "period"), "MONTH") == 0;
        c.number = sheet_text(&f, "number");
        c.organiser = sheet_text(&f, "organiser");
        c.client = sheet_text(&f, "client");
        c.kind = balance ? SALDO__V1__VOUCHER_KIND__BALANCE : SALDO__V1__VOUCHER_KIND__QUANTITY;
        c.n_services = service_list(sheet_text(&f, "services"), list);
        c.services = list;
        c.amount_cents = sheet_number(&f, "amount_cents");
        c.quota = sheet_number(&f, "quota");
        c.period = monthly ? SALDO__V1__PERIOD__MONTHLY : SALDO__V1__PERIOD__WHOLE;
        c.valid_from = pilot_day(sheet_text(&f, "valid_from"));
        c.valid_to = pilot_day(sheet_text(&f, "valid_to"));
        c.decision = sheet_text(&f, "decision");
        c.cost_code = sheet_text(&f, "cost_code");
        c.unit_value_cents = optional(&f, "unit_value_cents", &value);
        c.reserved_for = sheet_text(&f, "reserved_for");
        catalogue(p, SALDO__V1__COMMAND__BODY_GRANT_VOUCHER, &c);
    }
}

static void extras(struct player *p)
{
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "prior_approvals.csv");
    while (sheet_next(&f)) {
        Saldo__V1__AddPriorApproval c = SALDO__V1__ADD_PRIOR_APPROVAL__INIT;
        c.number = sheet_text(&f, "voucher");
        c.service = sheet_text(&f, "service");
        c.valid_from = pilot_day(sheet_text(&f, "valid_from"));
        c.valid_to = pilot_day(sheet_text(&f, "valid_to"));
        c.approved_by = sheet_text(&f, "approved_by");
        catalogue(p, SALDO__V1__COMMAND__BODY_ADD_PRIOR_APPROVAL, &c);
    }
    sheet_open(&f, PILOT_FOLDER, "suspensions.csv");
    while (sheet_next(&f)) {
        Saldo__V1__AddSuspension c = SALDO__V1__ADD_SUSPENSION__INIT;
        c.number = sheet_text(&f, "voucher");
        c.from_day = pilot_day(sheet_text(&f, "from"));
        c.to_day = pilot_day(sheet_text(&f, "to"));
        catalogue(p, SALDO__V1__COMMAND__BODY_ADD_SUSPENSION, &c);
    }
}

static void settle(struct player *p, int32_t day)
{
    Saldo__V1__SettleDay body = SALDO__V1__SETTLE_DAY__INIT;
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    body.day = day;
    c.body_case = SALDO__V1__COMMAND__BODY_SETTLE_DAY;
    c.settle_day = &body;
    p->time_ms = model_instant(day + 1, 0, 0);
    apply_command(p, PILOT_SETTLEMENT, &c, &(struct pilot_entry){.settled = day});
}

static void charge(struct player *p, const struct sheet *f, uint8_t id[16])
{
    Saldo__V1__Charge c = SALDO__V1__CHARGE__INIT;
    Saldo__V1__Charge *list = &c;
    Saldo__V1__ChargeRequest request = SALDO__V1__CHARGE_REQUEST__INIT;
    c.request_id = (ProtobufCBinaryData){16, id};
    c.voucher = sheet_text(f, "voucher");
    c.service = sheet_text(f, "service");
    c.rate_class = class_of(f);
    c.unit = (Saldo__V1__Unit)enum_value(&saldo__v1__unit__descriptor, sheet_text(f, "unit"));
    c.start_ms = instant(sheet_text(f, "start"));
    c.end_ms = instant(sheet_text(f, "end"));
    c.quantity = sheet_number(f, "quantity");
    c.price_cents = sheet_number(f, "price_cents");
    c.county_cents = sheet_number(f, "county_cents");
    c.copay_cents = sheet_number(f, "copay_cents");
    c.identity_checked = sheet_number(f, "identity_checked") != 0;
    c.reference = sheet_text(f, "reference");
    request.n_charges = 1;
    request.charges = &list;
    p->apply(p->arg, &(struct pilot_entry){.time_ms = p->time_ms,
                                           .key = sheet_text(f, "provider"),
                                           .purpose = PURPOSE_CHARGE,
                                           .message = &request.base,
                                           .line = f->number});
}

static void event(struct player *p, const struct sheet *f)
{
    uint8_t id[16];
    id_of(sheet_text(f, "request_id"), id);
    if (strcmp(sheet_text(f, "act"), "charge") == 0) {
        charge(p, f, id);
        return;
    }
    Saldo__V1__DeleteCharge body = SALDO__V1__DELETE_CHARGE__INIT;
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    body.charge = (ProtobufCBinaryData){sizeof(id), id};
    c.body_case = SALDO__V1__COMMAND__BODY_DELETE_CHARGE;
    c.delete_charge = &body;
    apply_command(p, sheet_text(f, "provider"), &c, &(struct pilot_entry){.line = f->number});
}

void pilot_play(void (*apply)(void *arg, const struct pilot_entry *e), void *arg)
{
    struct player p = {.apply = apply, .arg = arg};
    struct sheet f;
    sheet_open(&f, PILOT_FOLDER, "events.csv");
    int32_t day = 0;
    while (sheet_next(&f)) {
        int64_t recorded_ms = instant(sheet_text(&f, "recorded_at"));
        if (day == 0) {
            p.time_ms = recorded_ms;
            static void (*const imports[])(struct player *) = {organisers, services,  windows,
                                                               rates,      providers, approvals,
                                                               prices,     vouchers,  extras};
            for (size_t i = 0; i < sizeof(imports) / sizeof(imports[0]); i++)
                imports[i](&p);
            char settlement[] = PILOT_SETTLEMENT;
            register_key(&p, settlement, SALDO__V1__ROLE__SETTLEMENT_JOB);
            day = model_local_day(recorded_ms);
        }
        for (; day < model_local_day(recorded_ms); day++)
            settle(&p, day);
        p.time_ms = recorded_ms;
        event(&p, &f);
    }
    settle(&p, day);
}
