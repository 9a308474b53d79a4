/* traffic.c - the dice, the clock, and which kind of thing happens next. */
#include "tests/support/traffic.h"

#include <stdlib.h>
#include <string.h>

struct traffic *traffic_new(uint64_t seed, int32_t day)
{
    static const struct ledger_limits small = {.charges = 4000, .vouchers = 1500, .buckets = 6000};
    struct traffic *t = calloc(1, sizeof(*t));
    if (t == NULL)
        abort();
    t->dice.state = seed;
    t->w = world_new(&small, day);
    world_crowd(t->w);
    t->next_day = day;
    return t;
}

void traffic_free(struct traffic *t)
{
    if (t != NULL)
        world_free(t->w);
    free(t);
}

uint32_t roll(struct traffic *t, uint32_t below)
{
    return dice_below(&t->dice, below);
}

bool chance(struct traffic *t, uint32_t percent)
{
    return roll(t, 100) < percent;
}

int32_t traffic_today(const struct traffic *t)
{
    return model_local_day(t->w->now_ms);
}

struct traffic_name traffic_name(char letter, uint32_t number)
{
    struct traffic_name n;
    snprintf(n.text, sizeof(n.text), "%c%u", letter, number % 100000);
    return n;
}

void traffic_number(int32_t digits, char number[LIMIT_VOUCHER_BYTES + 1])
{
    int32_t rest = digits;
    for (int i = 8; i >= 0; i--, rest /= 10)
        number[i] = (char)('0' + rest % 10);
    number[9] = "0123456789ABCDEFHJKLMNPRSTUVWXY"[digits % 31];
    number[10] = '\0';
}

void traffic_count(struct traffic *t)
{
    for (uint32_t i = 0; i < t->w->decision.count; i++) {
        int32_t code = t->w->answers[i].code;
        if (code >= 0 && code < TRAFFIC_CODES)
            t->seen[code]++;
    }
}

bool traffic_command(struct traffic *t, const char *key, Saldo__V1__Command__BodyCase body,
                     void *message)
{
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    c.body_case = body;
    c.set_organiser = message; /* the members of the oneof share their place */
    if (roll(t, 500) == 0) {
        world_id(t->w, t->w->now_ms + 400000, id); /* a clock that runs ahead */
        c.request_id = (ProtobufCBinaryData){sizeof(id), id};
    }
    bool agree = world_apply_command(t->w, key, &c);
    traffic_count(t);
    return agree;
}

struct traffic_voucher *traffic_voucher(struct traffic *t)
{
    if (t->voucher_count == 0)
        return NULL;
    uint32_t newest = t->voucher_count < 60 ? t->voucher_count : 60;
    return chance(t, 92) ? &t->vouchers[t->voucher_count - 1 - roll(t, newest)]
                         : &t->vouchers[roll(t, t->voucher_count)];
}

struct traffic_charge *traffic_recall(struct traffic *t)
{
    uint32_t kept = t->charge_count < TRAFFIC_CHARGES ? t->charge_count : TRAFFIC_CHARGES;
    if (kept == 0)
        return NULL;
    /* Mostly a recent one: old ones are settled, or their window is over. */
    uint32_t back = chance(t, 70) && kept > 100 ? roll(t, 100) : roll(t, kept);
    struct traffic_charge *c = &t->charges[(t->charge_count - 1 - back) % TRAFFIC_CHARGES];
    c->message.voucher = c->voucher;
    c->message.service = c->service;
    c->message.rate_class = c->rate_class;
    c->message.request_id = (ProtobufCBinaryData){sizeof(c->id), c->id};
    return c;
}

/* Time passes: seconds mostly, hours now and then. */
static void pass_time(struct traffic *t)
{
    uint32_t how = roll(t, 1000);
    int64_t ms = how < 500   ? roll(t, 5000)
                 : how < 970 ? roll(t, 240000)
                 : how < 996 ? roll(t, 2 * 3600000)
                             : roll(t, 12 * 3600000);
    if (how == 999) /* right on the cut-off */
        ms = model_instant(traffic_today(t) + 1, 0, 0) - t->w->now_ms - roll(t, 2);
    t->w->now_ms += ms > 0 ? ms : 0;
}

bool traffic_night(struct traffic *t)
{
    Saldo__V1__SettleDay s = SALDO__V1__SETTLE_DAY__INIT;
    static const int32_t others[] = {-1, 1, -1000, 400};
    s.day = t->next_day;
    /* the first night may be any day, and then every later one would have to follow it */
    if (model_settled_through(t->w->model) != 0 && chance(t, 10))
        s.day += others[roll(t, 4)];
    const char *key = chance(t, 98) ? "settlement" : "auditor";
    if (!traffic_command(t, key, SALDO__V1__COMMAND__BODY_SETTLE_DAY, &s))
        return false;
    if (model_settled_through(t->w->model) != 0)
        t->next_day = model_settled_through(t->w->model) + 1;
    return true;
}

bool traffic_begin(struct traffic *t)
{
    bool agree = traffic_catalogue(t);
    for (int i = 0; agree && i < 40; i++)
        agree = traffic_grant(t);
    return agree;
}

bool traffic_step(struct traffic *t)
{
    pass_time(t);
    /* The more nights are late, the likelier one of them comes. */
    if (roll(t, 40) < (uint32_t)(traffic_today(t) - t->next_day) * 8 || roll(t, 300) == 0)
        return traffic_night(t);
    uint32_t what = roll(t, 1000);
    if (what < 730)
        return traffic_charge(t);
    if (what < 780)
        return traffic_retry(t);
    if (what < 850)
        return traffic_correction(t);
    if (what < 930)
        return traffic_payment(t);
    if (what < 975)
        return traffic_case_work(t);
    return traffic_administration(t);
}
