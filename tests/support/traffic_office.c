/* traffic_office.c - the catalogue, keys, commitments and accounts. */
#include "tests/support/traffic.h"

#include <string.h>

#include "tests/support/keys.h"

static Saldo__V1__Value *some(Saldo__V1__Value *v, int64_t number)
{
    saldo__v1__value__init(v);
    v->value = number;
    return number < 0 ? NULL : v;
}

static const char *administrator(struct traffic *t)
{
    static const char *const others[] = {"admin-o1", "case-0", "stranger", "revoked"};
    return chance(t, 90) ? "administrator" : others[roll(t, 4)];
}

static char *string(const char *s)
{
    union {
        const char *in;
        char *out;
    } cast = {.in = s}; /* protobuf-c's strings are not const; nobody writes to them */
    return cast.out;
}

static bool set_organiser(struct traffic *t, const char *key, uint32_t number)
{
    static const char *const ibans[12] = {
        "FI4950009420028730",   "FI2112345600000785",   "FI5542345670000081",
        "FI9080002627761348",   "EE052200221020145600", "EE102200221020145607",
        "EE152200221020145614", "EE202200221020145621", "EE252200221020145628",
        "EE302200221020145635", "EE352200221020145642", "",
    };
    Saldo__V1__SetOrganiser c = SALDO__V1__SET_ORGANISER__INIT;
    struct traffic_name code = traffic_name('o', number);
    struct traffic_name name = traffic_name('N', roll(t, 5));
    c.code = code.text;
    c.name = name.text;
    c.business_id = string(chance(t, 98) ? "2500000-7" : "2077474-0");
    c.iban = string(ibans[chance(t, 70) ? 0 : roll(t, 12)]);
    c.account_name = name.text;
    c.payout_calendar = number == 0 ? SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY
                                    : SALDO__V1__PAYOUT_CALENDAR__PAYOUT_WEEKLY;
    c.payout_day = number == 0 ? 0 : 3;
    c.payout_minimum_cents = number == 0 ? 0 : 2000;
    if (chance(t, 5))
        c.payout_day = -1;
    return traffic_command(t, key, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &c);
}

static bool set_service(struct traffic *t, const char *key, uint32_t organiser, int service)
{
    Saldo__V1__SetService c = SALDO__V1__SET_SERVICE__INIT;
    Saldo__V1__Value limit;
    struct traffic_name in = traffic_name('o', organiser);
    struct traffic_name code = traffic_name('s', (uint32_t)service);
    struct traffic_name name = traffic_name('N', roll(t, 5));
    c.organiser = in.text;
    c.code = code.text;
    c.name_fi = name.text;
    c.unit = (Saldo__V1__Unit)traffic_unit(service);
    c.increment = c.unit == SALDO__V1__UNIT__HOUR ? 15 : 1;
    c.copay_allowed = service != 3;
    c.prior_approval = service == 1;
    c.review = service == 2 || service == 7;
    c.overlap_allowed = service == 4;
    c.share_rule =
        service == 5 ? SALDO__V1__SHARE_RULE__COPAY_FIRST : SALDO__V1__SHARE_RULE__VALUE_FIRST;
    c.max_charge_cents = some(&limit, service == 6 ? 40000 : -1);
    return traffic_command(t, key, SALDO__V1__COMMAND__BODY_SET_SERVICE, &c);
}

static bool add_window(struct traffic *t, const char *key, const char *rate_class, int kind,
                       int32_t from, int32_t to)
{
    Saldo__V1__AddRateWindow c = SALDO__V1__ADD_RATE_WINDOW__INIT;
    bool agree = true;
    for (uint32_t o = 0; agree && o < TRAFFIC_ORGANISERS; o++) {
        struct traffic_name in = traffic_name('o', o);
        c.organiser = in.text;
        c.rate_class = string(rate_class);
        c.day_kind = (Saldo__V1__DayKind)kind;
        c.from_minute = from * 60;
        c.to_minute = to * 60;
        agree = traffic_command(t, key, SALDO__V1__COMMAND__BODY_ADD_RATE_WINDOW, &c);
    }
    return agree;
}

static const char *const CLASSES[] = {"", "DAY", "EVENING", "HOLIDAY"};

/* Two rows one after the other, so that dates matter. */
static bool add_rates(struct traffic *t, uint32_t organiser, int service, int32_t day)
{
    static const int64_t values[TRAFFIC_SERVICES] = {3600, 3800, -1, 3200, 3500, -1, 15000, 900};
    struct traffic_name in = traffic_name('o', organiser);
    struct traffic_name code = traffic_name('s', (uint32_t)service);
    bool agree = true;
    for (int i = 0; agree && i < (service < 2 ? 8 : 2); i++) {
        Saldo__V1__AddRate c = SALDO__V1__ADD_RATE__INIT;
        Saldo__V1__Value value, cap, copay;
        c.organiser = in.text;
        c.service = code.text;
        c.rate_class = string(CLASSES[i / 2]);
        c.valid_from = i % 2 == 0 ? day - 400 : day + 90;
        c.unit_value_cents = some(&value, values[service] < 0 ? -1 : values[service] + 50 * i);
        c.price_cap_cents = some(&cap, service == 6 ? 17500 : -1);
        c.copay_cents = some(&copay, service == 5 ? 450 : -1);
        agree = traffic_command(t, "administrator", SALDO__V1__COMMAND__BODY_ADD_RATE, &c);
    }
    return agree;
}

static bool set_provider(struct traffic *t, const char *key, uint32_t number)
{
    static const char *const ibans[] = {"FI2112345600000785", "FI5542345670000081",
                                        "FI9080002627761348", ""};
    Saldo__V1__SetProvider c = SALDO__V1__SET_PROVIDER__INIT;
    struct traffic_name id = traffic_name('p', number);
    c.id = id.text;
    c.name = id.text;
    c.business_id = string(chance(t, 97) ? "2077474-0" : "2077474-1");
    c.iban = string(ibans[number % 4]);
    c.account_name = id.text;
    c.blocked = number == 8 && chance(t, 30);
    return traffic_command(t, key, SALDO__V1__COMMAND__BODY_SET_PROVIDER, &c);
}

/* One in `mistakes` names a rate class that there is not. */
static bool add_price(struct traffic *t, const char *key, uint32_t provider, uint32_t organiser,
                      int service, int32_t day, uint32_t mistakes)
{
    static const int64_t prices[TRAFFIC_SERVICES] = {3500, 3600, 3700,  3000,
                                                     3400, 2500, 11000, 1000};
    struct traffic_name who = traffic_name('p', provider);
    struct traffic_name in = traffic_name('o', organiser);
    struct traffic_name code = traffic_name('s', (uint32_t)service);
    bool agree = true;
    for (int i = 0; agree && i < (service < 2 ? 8 : 2); i++) {
        Saldo__V1__AddPrice c = SALDO__V1__ADD_PRICE__INIT;
        c.provider = who.text;
        c.organiser = in.text;
        c.service = code.text;
        c.rate_class = string(roll(t, mistakes) == 0 ? "ei-ole" : CLASSES[i / 2]);
        c.valid_from = i % 2 == 0 ? day - 400 : day + 60;
        c.price_cents = prices[service] + (service == 6 ? 900 : 100) * (int64_t)provider + 25 * i;
        agree = traffic_command(t, key, SALDO__V1__COMMAND__BODY_ADD_PRICE, &c);
    }
    return agree;
}

static bool add_approval(struct traffic *t, const char *key, uint32_t provider, uint32_t organiser,
                         int service, int32_t day)
{
    Saldo__V1__AddApproval c = SALDO__V1__ADD_APPROVAL__INIT;
    struct traffic_name who = traffic_name('p', provider);
    struct traffic_name in = traffic_name('o', organiser);
    struct traffic_name code = traffic_name('s', (uint32_t)service);
    c.provider = who.text;
    c.organiser = in.text;
    c.service = code.text;
    c.valid_from = day - 400;
    c.valid_to = provider == 9 ? day + 120 : 0;
    return traffic_command(t, key, SALDO__V1__COMMAND__BODY_ADD_APPROVAL, &c);
}

static bool register_key(struct traffic *t, const char *by, const char *name, const char *owner,
                         int role, const char *organiser, int64_t to_ms)
{
    struct test_key pair;
    Saldo__V1__RegisterKey c = SALDO__V1__REGISTER_KEY__INIT;
    test_key(name, &pair);
    c.signing_key = (ProtobufCBinaryData){sizeof(pair.public), pair.public};
    c.transport_key = c.signing_key;
    c.owner = string(owner);
    c.role = (Saldo__V1__Role)role;
    c.organiser = string(organiser);
    c.valid_to_ms = to_ms;
    return traffic_command(t, by, SALDO__V1__COMMAND__BODY_REGISTER_KEY, &c);
}

static bool revoke_key(struct traffic *t, const char *by, const char *name)
{
    struct test_key pair;
    Saldo__V1__RevokeKey c = SALDO__V1__REVOKE_KEY__INIT;
    test_key(name, &pair);
    c.key_id = (ProtobufCBinaryData){sizeof(pair.id), pair.id};
    return traffic_command(t, by, SALDO__V1__COMMAND__BODY_REVOKE_KEY, &c);
}

static bool register_people(struct traffic *t)
{
    static const struct {
        const char *name, *owner, *organiser;
        int role;
    } people[] = {
        {"settlement", "settlement", "", SALDO__V1__ROLE__SETTLEMENT_JOB},
        {"auditor", "auditor", "", SALDO__V1__ROLE__AUDITOR},
        {"case-0", "case-0", "", SALDO__V1__ROLE__CASE_WORKER},
        {"case-o1", "case-o1", "o1", SALDO__V1__ROLE__CASE_WORKER},
        {"admin-o1", "admin-o1", "o1", SALDO__V1__ROLE__ADMINISTRATOR},
        {"finance-0", "finance-0", "", SALDO__V1__ROLE__FINANCE_OFFICER},
        {"finance-1", "finance-1", "", SALDO__V1__ROLE__FINANCE_OFFICER},
        {"finance-o0", "finance-o0", "o0", SALDO__V1__ROLE__FINANCE_OFFICER},
        {"p0-scoped", "p0", "o0", SALDO__V1__ROLE__PROVIDER},
        {"revoked", "p2", "", SALDO__V1__ROLE__PROVIDER},
    };
    bool agree = true;
    for (size_t i = 0; agree && i < sizeof(people) / sizeof(people[0]); i++)
        agree = register_key(t, "administrator", people[i].name, people[i].owner, people[i].role,
                             people[i].organiser, 0);
    return agree && revoke_key(t, "administrator", "revoked") &&
           register_key(t, "administrator", "expired", "p1", SALDO__V1__ROLE__PROVIDER, "",
                        t->w->now_ms + 1000);
}

static bool all_providers(struct traffic *t, int32_t day)
{
    bool agree = true;
    for (uint32_t p = 0; agree && p < TRAFFIC_PROVIDERS; p++) {
        struct traffic_name id = traffic_name('p', p);
        agree = set_provider(t, "administrator", p);
        if (t->w->answers[0].code != OUTCOME_ACCEPTED) { /* a mistake in the business id */
            p--;
            continue;
        }
        agree = agree && register_key(t, "administrator", id.text, id.text,
                                      SALDO__V1__ROLE__PROVIDER, "", 0);
        for (uint32_t o = 0; agree && o < TRAFFIC_ORGANISERS; o++)
            for (int s = 0; agree && s < TRAFFIC_SERVICES; s++)
                agree = ((p + (uint32_t)s) % 9 == 0 ||
                         add_approval(t, "administrator", p, o, s, day)) &&
                        add_price(t, "administrator", p, o, s, day, 200);
    }
    return agree;
}

bool traffic_catalogue(struct traffic *t)
{
    int32_t day = traffic_today(t);
    bool agree = true;
    for (uint32_t o = 0; agree && o < TRAFFIC_ORGANISERS; o++) {
        do
            agree = set_organiser(t, "administrator", o);
        while (agree && t->w->answers[0].code != OUTCOME_ACCEPTED);
        for (int s = 0; agree && s < TRAFFIC_SERVICES; s++)
            agree = set_service(t, "administrator", o, s);
    }
    for (int kind = 1; agree && kind <= 4; kind++)
        agree = add_window(t, "administrator", kind == 4 ? "HOLIDAY" : "DAY", kind, 6, 18) &&
                add_window(t, "administrator", kind == 4 ? "HOLIDAY" : "EVENING", kind, 18, 23);
    for (uint32_t o = 0; agree && o < TRAFFIC_ORGANISERS; o++)
        for (int s = 0; agree && s < TRAFFIC_SERVICES; s++)
            agree = add_rates(t, o, s, day);
    return agree && all_providers(t, day) && register_people(t);
}

/* ---- Later
 * ------------------------------------------------------------------------------------------ */

static bool change_account(struct traffic *t)
{
    static const char *const officers[] = {"finance-0", "finance-1", "finance-o0"};
    static const char *const ibans[] = {"FI2112345600000785", "FI5542345670000081", "", "FI00"};
    Saldo__V1__ChangeProviderAccount c = SALDO__V1__CHANGE_PROVIDER_ACCOUNT__INIT;
    struct traffic_name id = traffic_name('p', roll(t, 3) * 3);
    c.provider = id.text;
    c.iban = string(ibans[chance(t, 90) ? roll(t, 2) : roll(t, 4)]);
    c.account_name = string(chance(t, 50) ? "Tili Oy" : "Konto Ab");
    const char *key = officers[chance(t, 95) ? roll(t, 2) : 2];
    return traffic_command(t, key, SALDO__V1__COMMAND__BODY_CHANGE_PROVIDER_ACCOUNT, &c);
}

static bool commit(struct traffic *t)
{
    Saldo__V1__SetCommitment c = SALDO__V1__SET_COMMITMENT__INIT;
    struct traffic_name in = traffic_name('o', roll(t, 40) == 0 ? 5 : roll(t, 2));
    struct traffic_name code = traffic_name('k', roll(t, 4));
    c.organiser = in.text;
    c.cost_code = code.text;
    c.year = (int32_t)(1970 + (int64_t)traffic_today(t) * 100 / 36525) - (int32_t)roll(t, 2);
    c.cents = (int64_t)roll(t, 100) * 20000 - (chance(t, 3) ? 1 : 0);
    return traffic_command(t, chance(t, 80) ? "finance-0" : administrator(t),
                           SALDO__V1__COMMAND__BODY_SET_COMMITMENT, &c);
}

static bool end_approval(struct traffic *t)
{
    Saldo__V1__EndApproval c = SALDO__V1__END_APPROVAL__INIT;
    struct traffic_name who = traffic_name('p', 9);
    struct traffic_name in = traffic_name('o', roll(t, 3));
    struct traffic_name code = traffic_name('s', roll(t, 10));
    int32_t today = traffic_today(t);
    c.provider = who.text;
    c.organiser = in.text;
    c.service = code.text;
    c.valid_from = model_local_day(t->w->tape.entries[0].time_ms) - 400 - (int32_t)roll(t, 2);
    c.valid_to = today - 100 + (int32_t)roll(t, 200);
    return traffic_command(t, administrator(t), SALDO__V1__COMMAND__BODY_END_APPROVAL, &c);
}

static bool keys_come_and_go(struct traffic *t)
{
    static const char *const scopes[] = {"", "", "o1", "o7"};
    struct traffic_name name = traffic_name('K', t->keys++ % 60);
    struct traffic_name owner = traffic_name('p', roll(t, TRAFFIC_PROVIDERS + 1));
    uint32_t what = roll(t, 10);
    if (what < 6)
        return register_key(t, administrator(t), name.text, owner.text, SALDO__V1__ROLE__PROVIDER,
                            scopes[roll(t, 4)], chance(t, 20) ? t->w->now_ms : 0);
    if (what < 9)
        return revoke_key(t, administrator(t), traffic_name('K', roll(t, 70)).text);
    return revoke_key(t, "administrator", "administrator"); /* the last one: refused */
}

bool traffic_administration(struct traffic *t)
{
    int32_t first_day = model_local_day(t->w->tape.entries[0].time_ms);
    uint32_t p = roll(t, TRAFFIC_PROVIDERS), o = roll(t, TRAFFIC_ORGANISERS);
    int s = (int)roll(t, TRAFFIC_SERVICES + 1);
    const char *key = administrator(t);
    switch (roll(t, 10)) {
    case 0:
        return set_organiser(t, key, o);
    case 1:
        return set_service(t, key, o, s % TRAFFIC_SERVICES);
    case 2:
        return set_provider(t, key, chance(t, 60) ? 8 : p);
    case 3:
        return add_approval(t, key, chance(t, 95) ? p : 50, o, s, first_day);
    case 4:
        return add_price(t, key, p, o, s % TRAFFIC_SERVICES,
                         first_day + (chance(t, 50) ? 0 : (int32_t)roll(t, 900)), 20);
    case 5:
        return end_approval(t);
    case 6:
        return change_account(t);
    case 7:
        return add_window(t, key, chance(t, 80) ? "DAY" : "ALL", 1 + (int)roll(t, 4), 6, 18);
    case 8:
        return keys_come_and_go(t);
    default:
        return commit(t);
    }
}
