/* traffic_charge.c - charges as providers sign them, right and wrong. */
#include "tests/support/traffic.h"

#include <stdlib.h>
#include <string.h>

#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_HOUR   INT64_C(3600000)

int traffic_unit(int service)
{
    /* s0..s4 by the hour, then visits, days, pieces. */
    static const int units[TRAFFIC_SERVICES] = {
        SALDO__V1__UNIT__HOUR, SALDO__V1__UNIT__HOUR,  SALDO__V1__UNIT__HOUR,
        SALDO__V1__UNIT__HOUR, SALDO__V1__UNIT__HOUR,  SALDO__V1__UNIT__VISIT,
        SALDO__V1__UNIT__DAY,  SALDO__V1__UNIT__PIECE,
    };
    return units[service % TRAFFIC_SERVICES];
}

/* The moment of a delivered service: mostly of the last days, on a quarter of an hour. */
static int64_t some_start(struct traffic *t, const struct traffic_voucher *v)
{
    int64_t back = chance(t, 85) ? roll(t, 12 * 24 * 4) : roll(t, 100 * 24 * 4);
    int64_t start = t->w->now_ms - 3 * MS_PER_HOUR - back * 15 * MS_PER_MINUTE;
    start -= start % (15 * MS_PER_MINUTE);
    int64_t first = model_instant(v->from, 0, 0);
    if (start < first && chance(t, 80)) /* nobody serves before there is a voucher */
        start = first + roll(t, 96) * 15 * MS_PER_MINUTE;
    return start;
}

static void spoil_time(struct traffic *t, Saldo__V1__Charge *c)
{
    switch (roll(t, 10)) {
    case 0:
        c->end_ms = 0;
        break;
    case 1:
        c->end_ms = c->start_ms - roll(t, 2) * MS_PER_HOUR;
        break;
    case 2:
        c->start_ms = t->w->now_ms + MS_PER_HOUR;
        c->end_ms = c->start_ms + MS_PER_HOUR;
        break;
    case 3:
        c->start_ms -= 70 * 24 * MS_PER_HOUR;
        c->end_ms -= 70 * 24 * MS_PER_HOUR;
        break;
    case 4: /* over the end of a month */
        c->start_ms -= 25 * 24 * MS_PER_HOUR;
        c->end_ms = c->start_ms + 20 * 24 * MS_PER_HOUR;
        break;
    case 5:
        c->start_ms = 0;
        break;
    case 6:
        c->end_ms = roll(t, 2) == 0 ? INT64_MAX : INT64_MIN;
        break;
    case 7:
        c->start_ms = roll(t, 2) == 0 ? INT64_MAX : INT64_MIN;
        break;
    case 8:
        c->start_ms += roll(t, 60) * 1000; /* not on the minute */
        break;
    default:
        c->end_ms = c->start_ms + (int64_t)roll(t, 70 * 24) * MS_PER_HOUR;
        break;
    }
}

static void spoil_amount(struct traffic *t, Saldo__V1__Charge *c)
{
    static const int64_t quantities[] = {0, -15, 7, 1000005, INT64_MAX, INT64_MIN};
    switch (roll(t, 6)) {
    case 0:
        c->county_cents += roll(t, 2) == 0 ? 1 : -1;
        break;
    case 1:
        c->copay_cents += 1 + roll(t, 3);
        break;
    case 2:
        c->price_cents += 1 + roll(t, 500);
        break;
    case 3:
        c->price_cents = roll(t, 2) == 0 ? INT64_MAX : -1;
        break;
    case 4:
        c->quantity += 60;
        break;
    default:
        c->quantity = quantities[roll(t, 6)];
        break;
    }
}

static void spoil_names(struct traffic *t, struct traffic_charge *c)
{
    switch (roll(t, 6)) {
    case 0:
        c->voucher[roll(t, 10)] = '7';
        break;
    case 1:
        c->voucher[0] = '\0';
        break;
    case 2:
        memcpy(c->service, traffic_name('s', roll(t, 12)).text, sizeof(c->service));
        break;
    case 3:
        memcpy(c->rate_class, "ei-ole", 7);
        break;
    case 4:
        c->message.unit = (Saldo__V1__Unit)(1 + roll(t, 6));
        break;
    default:
        memcpy(c->voucher, t->vouchers[roll(t, t->voucher_count)].number, sizeof(c->voucher));
        break;
    }
}

static void spoil_id(struct traffic *t, struct traffic_charge *c)
{
    static const int64_t shifts[] = {301000, 299000, -100 * 24 * MS_PER_HOUR, -24 * MS_PER_HOUR,
                                     -59 * 24 * MS_PER_HOUR};
    world_id(t->w, t->w->now_ms + shifts[roll(t, 5)], c->id);
}

/* What the provider's people did, and what their software makes of it. */
static void deliver(struct traffic *t, const struct traffic_voucher *v, struct traffic_charge *c)
{
    static const char *const classes[] = {"", "", "", "DAY", "EVENING", "HOLIDAY"};
    int service = v->services[roll(t, (uint32_t)v->service_count)];
    int unit = traffic_unit(service);
    Saldo__V1__Charge *m = &c->message;
    saldo__v1__charge__init(m);
    memcpy(c->provider, traffic_name('p', roll(t, TRAFFIC_PROVIDERS)).text, sizeof(c->provider));
    memcpy(c->voucher, v->number, sizeof(c->voucher));
    memcpy(c->service, traffic_name('s', (uint32_t)service).text, sizeof(c->service));
    snprintf(c->rate_class, sizeof(c->rate_class), "%s",
             service < 2 ? classes[roll(t, 6)] : classes[0]);
    world_id(t->w, t->w->now_ms - roll(t, 2000), c->id);
    m->unit = (Saldo__V1__Unit)unit;
    m->start_ms = some_start(t, v);
    m->quantity = unit == SALDO__V1__UNIT__HOUR ? 15 * (1 + roll(t, 12)) : 1 + roll(t, 3);
    if (unit == SALDO__V1__UNIT__HOUR || chance(t, 20))
        m->end_ms =
            m->start_ms + (unit == SALDO__V1__UNIT__HOUR ? m->quantity : 30) * MS_PER_MINUTE;
    m->identity_checked = chance(t, 50);
}

/* A charge in the next place of the ring. */
static struct traffic_charge *make_charge(struct traffic *t)
{
    struct traffic_charge *c = &t->charges[t->charge_count % TRAFFIC_CHARGES];
    memset(c, 0, sizeof(*c));
    deliver(t, traffic_voucher(t), c);
    bool wrong = chance(t, 25);
    uint32_t kind = wrong ? roll(t, 9) : 9;
    if (kind < 3)
        spoil_time(t, &c->message);
    if (kind == 3)
        spoil_names(t, c);
    if (kind == 4 && chance(t, 30))
        spoil_id(t, c);
    c->message.voucher = c->voucher;
    c->message.service = c->service;
    c->message.rate_class = c->rate_class;
    c->message.request_id = (ProtobufCBinaryData){sizeof(c->id), c->id};
    if (c->message.quantity > 0)
        model_quote(t->w->model, c->provider, &c->message);
    if (kind > 4 && kind < 9)
        spoil_amount(t, &c->message);
    t->charge_count++;
    return c;
}

/* The provider itself, or somebody who may not. */
static const char *signer(struct traffic *t, const struct traffic_charge *c)
{
    static const char *const wrong[] = {"auditor", "stranger", "revoked",
                                        "expired", "case-0",   "p0-scoped"};
    return roll(t, 200) == 0 ? wrong[roll(t, 6)] : c->provider;
}

bool traffic_charge(struct traffic *t)
{
    struct traffic_charge *made[6] = {NULL};
    Saldo__V1__Charge *list[6];
    Saldo__V1__ChargeRequest request = SALDO__V1__CHARGE_REQUEST__INIT;
    if (t->voucher_count == 0)
        return true;
    uint32_t count = chance(t, 90) ? 1 : 1 + roll(t, 6);
    for (uint32_t i = 0; i < count; i++) {
        made[i] = make_charge(t);
        list[i] = &made[i]->message;
        if (i > 0 && chance(t, 5)) { /* the same one twice in a batch */
            made[i] = made[i - 1];
            list[i] = list[i - 1];
        }
        memcpy(made[i]->provider, made[0]->provider, sizeof(made[i]->provider));
    }
    request.n_charges = count;
    request.charges = list;
    bool agree = world_apply(t->w, signer(t, made[0]), PURPOSE_CHARGE, &request.base);
    traffic_count(t);
    for (uint32_t i = 0; i < count; i++)
        made[i]->accepted = t->w->answers[i].code == OUTCOME_ACCEPTED;
    return agree;
}

bool traffic_retry(struct traffic *t)
{
    struct traffic_charge *old = traffic_recall(t);
    if (old == NULL)
        return true;
    Saldo__V1__Charge again = old->message;
    if (chance(t, 25))
        again.identity_checked = !again.identity_checked;
    bool agree = world_apply_charge(t->w, chance(t, 95) ? old->provider : "p1", &again);
    traffic_count(t);
    return agree;
}
