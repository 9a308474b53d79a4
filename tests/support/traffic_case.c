/* traffic_case.c - what case workers, reviewers and finance officers do. */
#include "tests/support/traffic.h"

#include <string.h>

static const char *case_worker(struct traffic *t)
{
    static const char *const others[] = {"case-o1", "administrator", "admin-o1", "auditor", "p0"};
    return chance(t, 92) ? "case-0" : others[roll(t, 5)];
}

static Saldo__V1__Value *some(Saldo__V1__Value *v, int64_t number)
{
    saldo__v1__value__init(v);
    v->value = number;
    return v;
}

/* A grant and everything it points to. */
struct grant_of {
    Saldo__V1__GrantVoucher message;
    Saldo__V1__Value unit_value;
    struct traffic_name organiser, client, cost_code, reserved_for;
    struct traffic_name names[4];
    char *services[4];
    struct traffic_voucher voucher; /* to be remembered if it is accepted */
};

static void some_services(struct traffic *t, struct grant_of *g)
{
    struct traffic_voucher *v = &g->voucher;
    v->service_count = 1 + (int)roll(t, 4);
    for (int i = 0; i < v->service_count; i++) {
        v->services[i] = v->units ? i : 2 * i + (int)roll(t, 2); /* units: all by the hour */
        g->names[i] = traffic_name('s', (uint32_t)v->services[i]);
        g->services[i] = g->names[i].text;
    }
    g->message.n_services = (size_t)v->service_count;
    g->message.services = g->services;
}

static void spoil_grant(struct traffic *t, struct grant_of *g)
{
    switch (roll(t, 8)) {
    case 0:
        g->message.valid_to = g->message.valid_from - 1;
        break;
    case 1:
        g->voucher.number[9] = g->voucher.number[9] == '0' ? '1' : '0';
        break;
    case 2:
        g->message.amount_cents = -1;
        break;
    case 3:
        g->message.quota = 5;
        g->message.amount_cents = 5;
        break;
    case 4:
        g->names[0] = traffic_name('s', 11);
        break;
    case 5:
        g->organiser = traffic_name('o', 7);
        break;
    case 6:
        g->names[0] = traffic_name('s', 6); /* days among hours */
        break;
    default:
        g->reserved_for = traffic_name('p', 77);
        break;
    }
}

static void some_grant(struct traffic *t, struct grant_of *g, int32_t from)
{
    struct traffic_voucher *v = &g->voucher;
    Saldo__V1__GrantVoucher *m = &g->message;
    memset(g, 0, sizeof(*g));
    saldo__v1__grant_voucher__init(m);
    v->organiser = (int)roll(t, TRAFFIC_ORGANISERS);
    v->units = chance(t, 30);
    v->from = from;
    v->to = from + 20 + (int32_t)roll(t, 300);
    traffic_number((int32_t)(t->voucher_count * 7919 + roll(t, 3)), v->number);
    some_services(t, g);
    g->organiser = traffic_name('o', (uint32_t)v->organiser);
    g->client = traffic_name('A', roll(t, 300));
    g->cost_code = traffic_name('k', roll(t, 30));
    m->number = v->number;
    m->organiser = g->organiser.text;
    m->client = g->client.text;
    m->kind = v->units ? SALDO__V1__VOUCHER_KIND__QUANTITY : SALDO__V1__VOUCHER_KIND__BALANCE;
    m->amount_cents = v->units ? 0 : 5000 + (int64_t)roll(t, 200000);
    m->quota = v->units ? 60 * (1 + (int64_t)roll(t, 40)) : 0;
    m->period = chance(t, 70) ? SALDO__V1__PERIOD__MONTHLY : SALDO__V1__PERIOD__WHOLE;
    m->valid_from = v->from;
    m->valid_to = v->to;
    m->cost_code = g->cost_code.text;
    if (chance(t, 20))
        m->unit_value_cents = some(&g->unit_value, 1500 + roll(t, 2500));
    m->carry_over = !v->units && m->period == SALDO__V1__PERIOD__MONTHLY && chance(t, 25);
    m->reserved_for = g->reserved_for.text;
    if (chance(t, 8))
        g->reserved_for = traffic_name('p', roll(t, TRAFFIC_PROVIDERS));
}

static void remember(struct traffic *t, const struct grant_of *g)
{
    if (t->voucher_count < TRAFFIC_VOUCHERS)
        t->vouchers[t->voucher_count++] = g->voucher;
}

bool traffic_grant(struct traffic *t)
{
    static struct grant_of g; /* too large for a small stack */
    some_grant(t, &g, traffic_today(t) - 20 + (int32_t)roll(t, 30));
    bool first = t->voucher_count == 0;
    if (first) { /* this one lives long and is changed until its limits are reached */
        g.message.valid_to = g.voucher.to = g.voucher.from + 1500;
        g.message.period = SALDO__V1__PERIOD__MONTHLY;
    }
    bool wrong = !first && chance(t, 8);
    if (wrong)
        spoil_grant(t, &g);
    bool agree =
        traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_GRANT_VOUCHER, &g.message);
    if (t->w->answers[0].code != OUTCOME_ACCEPTED)
        return agree;
    remember(t, &g);
    if (chance(t, 5)) { /* the same again, and with another amount */
        g.message.amount_cents += g.voucher.units ? 0 : (int64_t)roll(t, 2);
        agree = agree &&
                traffic_command(t, "case-0", SALDO__V1__COMMAND__BODY_GRANT_VOUCHER, &g.message);
    }
    return agree;
}

static bool amend(struct traffic *t, struct traffic_voucher *v)
{
    Saldo__V1__AmendVoucher c = SALDO__V1__AMEND_VOUCHER__INIT;
    Saldo__V1__Value allotment, unit_value;
    struct traffic_name name = traffic_name('s', (uint32_t)v->services[0]);
    char *services[1] = {name.text};
    c.number = v->number;
    c.effective_from = traffic_today(t) - 30 + (int32_t)roll(t, 60);
    if (v == t->vouchers) /* so that many versions fit behind one another */
        c.effective_from = traffic_today(t) + (int32_t)roll(t, 2);
    int64_t much = v->units ? 60 * (int64_t)roll(t, 40) : (int64_t)roll(t, 250000);
    bool as_units = chance(t, 95) ? v->units : !v->units;
    if (chance(t, 80) && as_units)
        c.quota = some(&allotment, much);
    else if (chance(t, 80))
        c.amount_cents = some(&allotment, much);
    if (chance(t, 15))
        c.valid_to = v->to = traffic_today(t) - 10 + (int32_t)roll(t, 200);
    if (chance(t, 15))
        c.unit_value_cents = some(&unit_value, 1000 + roll(t, 3000));
    if (chance(t, 5)) {
        c.n_services = 1;
        c.services = services;
    }
    return traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_AMEND_VOUCHER, &c);
}

static bool end(struct traffic *t, struct traffic_voucher *v)
{
    Saldo__V1__CloseVoucher close = SALDO__V1__CLOSE_VOUCHER__INIT;
    Saldo__V1__VoidVoucher withdraw = SALDO__V1__VOID_VOUCHER__INIT;
    close.number = v->number;
    close.closed_on = traffic_today(t) - 20 + (int32_t)roll(t, 40);
    withdraw.number = v->number;
    if (chance(t, 60))
        return traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER, &close);
    return traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_VOID_VOUCHER, &withdraw);
}

static bool convert(struct traffic *t, struct traffic_voucher *v)
{
    static struct grant_of into[2];
    Saldo__V1__GrantVoucher *list[2] = {&into[0].message, &into[1].message};
    Saldo__V1__ConvertVoucher c = SALDO__V1__CONVERT_VOUCHER__INIT;
    c.number = v->number;
    c.from_day = chance(t, 20) ? v->from : traffic_today(t) - 10 + (int32_t)roll(t, 30);
    c.n_into = 1 + roll(t, 2);
    c.into = list;
    struct traffic_name client = traffic_name('A', roll(t, 300));
    for (size_t i = 0; i < c.n_into; i++) {
        some_grant(t, &into[i], c.from_day + (chance(t, 3) ? 1 : 0));
        traffic_number((int32_t)(t->voucher_count * 7919 + 10 + i), into[i].voucher.number);
        into[i].organiser = traffic_name('o', (uint32_t)v->organiser);
        into[i].voucher.organiser = v->organiser;
        into[i].client = client;
        if (chance(t, 5))
            spoil_grant(t, &into[i]);
    }
    bool agree = traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER, &c);
    for (size_t i = 0; i < c.n_into && t->w->answers[0].code == OUTCOME_ACCEPTED; i++)
        remember(t, &into[i]);
    return agree;
}

static bool suspend(struct traffic *t, struct traffic_voucher *v)
{
    Saldo__V1__AddSuspension add = SALDO__V1__ADD_SUSPENSION__INIT;
    Saldo__V1__EndSuspension stop = SALDO__V1__END_SUSPENSION__INIT;
    add.number = v->number;
    stop.number = v->number;
    add.from_day = stop.from_day = v->from + (int32_t)roll(t, 8) * 5;
    add.to_day = chance(t, 10) ? 0 : add.from_day - 1 + (int32_t)roll(t, 6);
    stop.to_day = stop.from_day + (int32_t)roll(t, 6) - 1;
    if (chance(t, 60))
        return traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_ADD_SUSPENSION, &add);
    return traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_END_SUSPENSION, &stop);
}

static bool book(struct traffic *t, struct traffic_voucher *v)
{
    Saldo__V1__ReserveVoucher c = SALDO__V1__RESERVE_VOUCHER__INIT;
    struct traffic_name provider = traffic_name('p', roll(t, TRAFFIC_PROVIDERS + 1));
    c.number = v->number;
    if (chance(t, 25))
        c.provider = provider.text;
    return traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_RESERVE_VOUCHER, &c);
}

static bool approve(struct traffic *t, struct traffic_voucher *v)
{
    Saldo__V1__AddPriorApproval c = SALDO__V1__ADD_PRIOR_APPROVAL__INIT;
    struct traffic_name service = traffic_name('s', chance(t, 80) ? 1 : roll(t, 10));
    struct traffic_name by = traffic_name('t', roll(t, 2));
    bool first = v == t->vouchers;
    c.number = v->number;
    c.service = service.text;
    c.valid_from = v->from + (int32_t)roll(t, first ? 300 : 20);
    c.valid_to = chance(t, 30) ? 0 : c.valid_from - 1 + (int32_t)roll(t, 90);
    c.approved_by = by.text;
    return traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_ADD_PRIOR_APPROVAL, &c);
}

bool traffic_case_work(struct traffic *t)
{
    static struct traffic_voucher unknown;
    struct traffic_voucher *v = traffic_voucher(t);
    uint32_t what = roll(t, 100);
    if (v == NULL || what < 22)
        return traffic_grant(t);
    if (roll(t, 50) == 0) {
        unknown = *v;
        memcpy(unknown.number, "1234567890", 11);
        v = &unknown;
    }
    if (what >= 22 && chance(t, 20))
        v = t->vouchers; /* the first: until its limits are reached */
    if (what < 42)
        return amend(t, v);
    if (what < 49)
        return v == t->vouchers || end(t, v);
    if (what < 55)
        return v == t->vouchers || convert(t, v);
    if (what < 62)
        return suspend(t, v);
    if (what < 70)
        return book(t, v);
    return approve(t, v);
}

/* ---- Corrections
 * ------------------------------------------------------------------------------------ */

static bool review(struct traffic *t, struct traffic_charge *charge)
{
    static char reason[] = "ei sovittu";
    Saldo__V1__ReviewCharge c = SALDO__V1__REVIEW_CHARGE__INIT;
    c.provider = charge->provider;
    c.charge = charge->message.request_id;
    c.accept = chance(t, 70);
    if (chance(t, 85))
        c.reason = reason;
    return traffic_command(t, case_worker(t), SALDO__V1__COMMAND__BODY_REVIEW_CHARGE, &c);
}

static bool credit(struct traffic *t, struct traffic_charge *charge)
{
    static const char *const officers[] = {"finance-0", "finance-1", "finance-o0", "case-0"};
    static char text[] = "sovittu puhelimessa";
    Saldo__V1__CreditCharge c = SALDO__V1__CREDIT_CHARGE__INIT;
    int64_t county = charge->message.county_cents;
    c.provider = charge->provider;
    c.charge = charge->message.request_id;
    c.cents = county / (1 + (int64_t)roll(t, 3)) + (chance(t, 10) ? 1 : 0);
    c.quantity = chance(t, 40) ? (int64_t)roll(t, 40) - 1 : 0;
    c.reason = (Saldo__V1__CreditReason)roll(t, 10);
    if (chance(t, 50))
        c.text = text;
    const char *officer = chance(t, 85) ? officers[0] : officers[roll(t, 4)];
    bool agree = traffic_command(t, officer, SALDO__V1__COMMAND__BODY_CREDIT_CHARGE, &c);
    if (agree && t->w->answers[0].code == OUTCOME_ACCEPTED && chance(t, 30))
        agree = traffic_command(t, officer, SALDO__V1__COMMAND__BODY_CREDIT_CHARGE, &c);
    return agree;
}

bool traffic_correction(struct traffic *t)
{
    struct traffic_charge *charge = traffic_recall(t);
    Saldo__V1__DeleteCharge c = SALDO__V1__DELETE_CHARGE__INIT;
    if (charge == NULL)
        return true;
    for (int i = 0; i < 6 && !charge->accepted; i++) /* mostly one that was accepted */
        charge = traffic_recall(t);
    uint32_t what = roll(t, 100);
    if (what < 40)
        return review(t, charge);
    if (what < 75)
        return credit(t, charge);
    c.charge = charge->message.request_id;
    return traffic_command(t, chance(t, 95) ? charge->provider : "p2",
                           SALDO__V1__COMMAND__BODY_DELETE_CHARGE, &c);
}
