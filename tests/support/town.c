/* town.c - scenes out of commands. */
#include "tests/support/unit.h"

#include <inttypes.h>

#include "tests/support/keys.h"
#include "tests/support/town.h"

int32_t on(int year, int month, int day)
{
    return model_day(year, month, day);
}

int64_t at(int year, int month, int day, int hour, int minute)
{
    return model_instant(model_day(year, month, day), hour, minute);
}

/* protobuf-c's strings are not const; nobody writes to them. */
char *town_text(const char *s)
{
    union {
        const char *in;
        char *out;
    } cast = {.in = s == NULL ? "" : s};
    return cast.out;
}

enum outcome town_command(struct world *w, const char *key, Saldo__V1__Command__BodyCase body,
                          void *message)
{
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    c.body_case = body;
    c.set_organiser = message; /* the members of the oneof share their place */
    assert_true(world_apply_command(w, key, &c));
    return (enum outcome)w->answers[0].code;
}

void town_do(struct world *w, Saldo__V1__Command__BodyCase body, void *message)
{
    EXPECT(ACCEPTED, town_command(w, ADMIN, body, message));
}

enum outcome town_key(struct world *w, const char *by, const struct key_of *k)
{
    struct test_key pair;
    Saldo__V1__RegisterKey c = SALDO__V1__REGISTER_KEY__INIT;
    test_key(k->name, &pair);
    c.signing_key = (ProtobufCBinaryData){sizeof(pair.public), pair.public};
    c.transport_key = c.signing_key;
    c.owner = town_text(k->owner == NULL ? k->name : k->owner);
    c.role = (Saldo__V1__Role)k->role;
    c.organiser = town_text(k->organiser);
    c.valid_from_ms = k->from_ms;
    c.valid_to_ms = k->to_ms;
    return town_command(w, by, SALDO__V1__COMMAND__BODY_REGISTER_KEY, &c);
}

static void add_provider(struct world *w, const char *id, const char *iban)
{
    Saldo__V1__SetProvider p = SALDO__V1__SET_PROVIDER__INIT;
    p.id = town_text(id);
    p.name = town_text("Kotiapu Oy");
    p.business_id = town_text("2077474-0");
    p.iban = town_text(iban);
    p.account_name = town_text("Kotiapu Oy");
    town_do(w, SALDO__V1__COMMAND__BODY_SET_PROVIDER, &p);
    EXPECT(ACCEPTED,
           town_key(w, ADMIN, &(struct key_of){.name = id, .role = SALDO__V1__ROLE__PROVIDER}));
}

struct world *town_new(int32_t day)
{
    return town_small(&WORLD_LIMITS, day);
}

void town_county(struct world *w, int64_t payout_minimum_cents)
{
    Saldo__V1__SetOrganiser o = SALDO__V1__SET_ORGANISER__INIT;
    o.code = town_text(COUNTY);
    o.name = town_text("Kainuun hyvinvointialue");
    o.business_id = town_text("2500000-7");
    o.iban = town_text("FI4950009420028730");
    o.account_name = o.name;
    o.payout_calendar = SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY;
    o.payout_minimum_cents = payout_minimum_cents;
    town_do(w, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &o);
}

struct world *town_small(const struct ledger_limits *limits, int32_t day)
{
    struct world *w = world_new(limits, day);
    town_county(w, 0);
    const struct key_of people[] = {
        {.name = CASE_WORKER, .role = SALDO__V1__ROLE__CASE_WORKER},
        {.name = FINANCE_1, .role = SALDO__V1__ROLE__FINANCE_OFFICER},
        {.name = FINANCE_2, .role = SALDO__V1__ROLE__FINANCE_OFFICER},
        {.name = SETTLEMENT, .role = SALDO__V1__ROLE__SETTLEMENT_JOB},
    };
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
        EXPECT(ACCEPTED, town_key(w, ADMIN, &people[i]));
    add_provider(w, "P1", "FI2112345600000785");
    add_provider(w, "P2", "FI5542345670000081");
    add_provider(w, "P3", "FI9080002627761348");
    return w;
}

void town_free(struct world *w)
{
    ledger_audit(w->ledger);
    assert_true(world_compare(w));
    assert_true(world_restart(w));
    ledger_audit(w->ledger);
    assert_true(world_replays(w));
    world_free(w);
}

void town_time(struct world *w, int64_t time_ms)
{
    assert_true(time_ms >= w->now_ms);
    w->now_ms = time_ms;
}

enum outcome town_settle(struct world *w, int32_t day)
{
    Saldo__V1__SettleDay s = SALDO__V1__SETTLE_DAY__INIT;
    s.day = day;
    return town_command(w, SETTLEMENT, SALDO__V1__COMMAND__BODY_SETTLE_DAY, &s);
}

void town_night(struct world *w)
{
    int32_t day = model_local_day(w->now_ms);
    town_time(w, model_instant(day + 1, 0, 0));
    EXPECT(ACCEPTED, town_settle(w, day));
    assert_true(world_compare(w));
}

/* ---- Catalogue
 * -------------------------------------------------------------------------------------- */

static Saldo__V1__Value *value(Saldo__V1__Value *v, int64_t number)
{
    saldo__v1__value__init(v);
    v->value = number;
    return number == 0 ? NULL : v;
}

void town_service(struct world *w, const struct service_of *s)
{
    Saldo__V1__SetService c = SALDO__V1__SET_SERVICE__INIT;
    Saldo__V1__Value limit;
    c.organiser = town_text(COUNTY);
    c.code = town_text(s->code);
    c.group = town_text("ryhma");
    c.name_fi = town_text("palvelu");
    c.name_en = town_text("service");
    c.unit = s->unit == 0 ? SALDO__V1__UNIT__HOUR : (Saldo__V1__Unit)s->unit;
    c.increment = s->increment == 0 ? 1 : s->increment;
    c.copay_allowed = !s->free;
    c.prior_approval = s->prior_approval;
    c.review = s->review;
    c.overlap_allowed = s->overlap_allowed;
    c.share_rule = (Saldo__V1__ShareRule)s->share_rule;
    c.max_charge_cents = value(&limit, s->max_cents);
    town_do(w, SALDO__V1__COMMAND__BODY_SET_SERVICE, &c);
}

void town_window(struct world *w, const char *rate_class, int day_kind, int32_t from_minute,
                 int32_t to_minute)
{
    Saldo__V1__AddRateWindow c = SALDO__V1__ADD_RATE_WINDOW__INIT;
    c.organiser = town_text(COUNTY);
    c.rate_class = town_text(rate_class);
    c.day_kind = (Saldo__V1__DayKind)day_kind;
    c.from_minute = from_minute;
    c.to_minute = to_minute;
    town_do(w, SALDO__V1__COMMAND__BODY_ADD_RATE_WINDOW, &c);
}

void town_rate(struct world *w, const struct rate_of *r)
{
    Saldo__V1__AddRate c = SALDO__V1__ADD_RATE__INIT;
    Saldo__V1__Value unit_value, cap, copay;
    c.organiser = town_text(COUNTY);
    c.service = town_text(r->service);
    c.rate_class = town_text(r->rate_class);
    c.valid_from = r->from == 0 ? on(2018, 1, 1) : r->from;
    c.valid_to = r->to;
    c.unit_value_cents = value(&unit_value, r->value);
    c.price_cap_cents = value(&cap, r->cap);
    c.copay_cents = value(&copay, r->copay);
    town_do(w, SALDO__V1__COMMAND__BODY_ADD_RATE, &c);
}

void town_price(struct world *w, const struct price_of *p)
{
    Saldo__V1__AddApproval a = SALDO__V1__ADD_APPROVAL__INIT;
    a.provider = town_text(p->provider);
    a.organiser = town_text(COUNTY);
    a.service = town_text(p->service);
    a.valid_from = on(2018, 1, 1);
    a.register_ = town_text("VALVIRA");
    town_do(w, SALDO__V1__COMMAND__BODY_ADD_APPROVAL, &a);
    Saldo__V1__AddPrice c = SALDO__V1__ADD_PRICE__INIT;
    c.provider = town_text(p->provider);
    c.organiser = town_text(COUNTY);
    c.service = town_text(p->service);
    c.rate_class = town_text(p->rate_class);
    c.valid_from = p->from == 0 ? on(2018, 1, 1) : p->from;
    c.valid_to = p->to;
    c.price_cents = p->cents;
    town_do(w, SALDO__V1__COMMAND__BODY_ADD_PRICE, &c);
}

/* ---- Vouchers
 * ---------------------------------------------------------------------------------------- */

const char *town_number(int32_t digits)
{
    static char numbers[8][LIMIT_VOUCHER_BYTES + 1];
    static int next;
    char *number = numbers[next++ % 8];
    int32_t rest = digits;
    for (int i = 8; i >= 0; i--, rest /= 10)
        number[i] = (char)('0' + rest % 10);
    number[9] = "0123456789ABCDEFHJKLMNPRSTUVWXY"[digits % 31];
    number[10] = '\0';
    return number;
}

void town_grant_fill(const struct voucher_of *v, struct grant_store *store,
                     Saldo__V1__GrantVoucher *g)
{
    saldo__v1__grant_voucher__init(g);
    memcpy(store->number, town_number(v->digits), sizeof(store->number));
    g->number = store->number;
    g->organiser = town_text(COUNTY);
    g->client = town_text("A00001");
    g->kind = v->quota == 0 ? SALDO__V1__VOUCHER_KIND__BALANCE : SALDO__V1__VOUCHER_KIND__QUANTITY;
    for (size_t i = 0; i < 4 && v->services[i] != NULL; i++)
        store->services[g->n_services++] = town_text(v->services[i]);
    g->services = store->services;
    g->amount_cents = v->amount;
    g->quota = v->quota;
    g->period = v->whole ? SALDO__V1__PERIOD__WHOLE : SALDO__V1__PERIOD__MONTHLY;
    g->valid_from = v->from == 0 ? on(2026, 1, 1) : v->from;
    g->valid_to = v->to == 0 ? on(2026, 12, 31) : v->to;
    g->decision = town_text("D-1");
    g->cost_code = town_text(v->cost_code);
    g->unit_value_cents = value(&store->unit_value, v->unit_value);
    g->reserved_for = town_text(v->reserved_for);
    g->carry_over = v->carry_over;
}

const char *town_voucher(struct world *w, const struct voucher_of *v)
{
    Saldo__V1__GrantVoucher g;
    struct grant_store store;
    town_grant_fill(v, &store, &g);
    town_do(w, SALDO__V1__COMMAND__BODY_GRANT_VOUCHER, &g);
    return town_number(v->digits);
}

/* ---- Charges
 * ------------------------------------------------------------------------------------------ */

static uint8_t last_id[LIMIT_REQUEST_ID_BYTES];

const uint8_t *town_last_id(void)
{
    return last_id;
}

struct answer town_charge(struct world *w, const struct charge_of *c)
{
    Saldo__V1__Charge m = SALDO__V1__CHARGE__INIT;
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    if (c->id != NULL)
        memcpy(id, c->id, sizeof(id));
    else
        world_id(w, w->now_ms, id);
    memcpy(last_id, id, sizeof(id));
    m.request_id = (ProtobufCBinaryData){sizeof(id), id};
    m.voucher = town_text(c->voucher);
    m.service = town_text(c->service);
    m.rate_class = town_text(c->rate_class);
    m.unit = c->unit == 0 ? SALDO__V1__UNIT__HOUR : (Saldo__V1__Unit)c->unit;
    m.start_ms = c->start_ms;
    m.end_ms = c->end_ms;
    m.quantity = c->quantity;
    m.price_cents = c->price;
    m.county_cents = c->county;
    m.copay_cents = c->copay;
    assert_true(world_apply_charge(w, c->provider == NULL ? "P1" : c->provider, &m));
    return w->answers[0];
}

enum outcome town_delete(struct world *w, const char *provider, const uint8_t *id)
{
    uint8_t copy[LIMIT_REQUEST_ID_BYTES];
    Saldo__V1__DeleteCharge c = SALDO__V1__DELETE_CHARGE__INIT;
    memcpy(copy, id, sizeof(copy));
    c.charge = (ProtobufCBinaryData){sizeof(copy), copy};
    return town_command(w, provider, SALDO__V1__COMMAND__BODY_DELETE_CHARGE, &c);
}

enum outcome town_review(struct world *w, const uint8_t *id, bool accept, const char *reason)
{
    uint8_t copy[LIMIT_REQUEST_ID_BYTES];
    Saldo__V1__ReviewCharge c = SALDO__V1__REVIEW_CHARGE__INIT;
    memcpy(copy, id, sizeof(copy));
    c.provider = town_text("P1");
    c.charge = (ProtobufCBinaryData){sizeof(copy), copy};
    c.accept = accept;
    c.reason = town_text(reason);
    return town_command(w, CASE_WORKER, SALDO__V1__COMMAND__BODY_REVIEW_CHARGE, &c);
}

enum outcome town_credit(struct world *w, const struct credit_of *k)
{
    uint8_t copy[LIMIT_REQUEST_ID_BYTES];
    Saldo__V1__CreditCharge c = SALDO__V1__CREDIT_CHARGE__INIT;
    memcpy(copy, k->id, sizeof(copy));
    c.provider = town_text(k->provider == NULL ? "P1" : k->provider);
    c.charge = (ProtobufCBinaryData){sizeof(copy), copy};
    c.cents = k->cents;
    c.quantity = k->quantity;
    c.reason = k->reason == 0  ? SALDO__V1__CREDIT_REASON__NOT_DELIVERED
               : k->reason < 0 ? SALDO__V1__CREDIT_REASON__CREDIT_REASON_NONE
                               : (Saldo__V1__CreditReason)k->reason;
    c.text = town_text(k->text);
    return town_command(w, FINANCE_1, SALDO__V1__COMMAND__BODY_CREDIT_CHARGE, &c);
}

/* ---- What must come out
 * -------------------------------------------------------------------------------- */

struct model_balance town_balance_on(struct world *w, const char *voucher, int32_t day)
{
    struct model_balance b;
    int32_t today = model_local_day(w->now_ms);
    for (size_t i = 0; i < model_voucher_count(w->model); i++) {
        model_balance(w->model, i, day, today, &b);
        if (strcmp(b.voucher, voucher) == 0)
            return b;
    }
    fail_msg("no voucher %s", voucher);
    return b;
}

struct model_balance town_balance(struct world *w, const char *voucher)
{
    assert_true(world_compare_balances(w));
    return town_balance_on(w, voucher, model_local_day(w->now_ms));
}

void expect_outcome(enum outcome got, enum outcome want, const char *file, int line)
{
    if (got != want)
        fail_msg("%s:%d: want %s, got %s", file, line, outcome_name((int)want),
                 outcome_name((int)got));
}

void expect_charge(struct world *w, const struct charge_of *c, struct want want, const char *file,
                   int line)
{
    struct answer got = town_charge(w, c);
    if (got.code != (int)want.code || got.have != want.have || got.need != want.need)
        fail_msg("%s:%d: want %s %" PRId64 " %" PRId64 ", got %s %" PRId64 " %" PRId64, file, line,
                 outcome_name((int)want.code), want.have, want.need, outcome_name(got.code),
                 got.have, got.need);
}

void expect_balance(struct world *w, const char *voucher, int64_t posted, int64_t pending,
                    const char *file, int line)
{
    struct model_balance b = town_balance(w, voucher);
    if (b.posted != posted || b.pending != pending || b.available != posted - pending)
        fail_msg("%s:%d: want posted %" PRId64 " pending %" PRId64 ", got %" PRId64 " %" PRId64
                 " available %" PRId64,
                 file, line, posted, pending, b.posted, b.pending, b.available);
}

/* ---- Vouchers in use --------------------------------------------------------------------------
 */

enum outcome town_close(struct world *w, const char *voucher, int32_t day)
{
    Saldo__V1__CloseVoucher c = SALDO__V1__CLOSE_VOUCHER__INIT;
    c.number = town_text(voucher);
    c.closed_on = day;
    return town_command(w, CASE_WORKER, SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER, &c);
}

enum outcome town_withdraw(struct world *w, const char *voucher)
{
    Saldo__V1__VoidVoucher c = SALDO__V1__VOID_VOUCHER__INIT;
    c.number = town_text(voucher);
    return town_command(w, CASE_WORKER, SALDO__V1__COMMAND__BODY_VOID_VOUCHER, &c);
}

enum outcome town_amend(struct world *w, const char *voucher, struct amend_of a)
{
    Saldo__V1__AmendVoucher c = SALDO__V1__AMEND_VOUCHER__INIT;
    Saldo__V1__Value value = SALDO__V1__VALUE__INIT;
    c.number = town_text(voucher);
    c.effective_from = a.from;
    c.valid_to = a.to;
    value.value = a.cents;
    c.amount_cents = &value;
    return town_command(w, CASE_WORKER, SALDO__V1__COMMAND__BODY_AMEND_VOUCHER, &c);
}
