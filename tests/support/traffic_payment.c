/* traffic_payment.c - officers let runs go. */
#include "tests/support/traffic.h"

#include <string.h>

const char *traffic_officer(struct traffic *t)
{
    static const char *const others[] = {"finance-o0", "case-0", "administrator", "stranger"};
    return chance(t, 94) ? chance(t, 50) ? "finance-0" : "finance-1" : others[roll(t, 4)];
}

size_t traffic_recent(struct traffic *t, size_t count)
{
    size_t back = roll(t, (uint32_t)(chance(t, 85) && count > 12 ? 12 : count));
    return count - 1 - back;
}

size_t traffic_payouts(const struct traffic *t)
{
    size_t count = 0;
    while (model_payout(t->w->model, count) != NULL)
        count++;
    return count;
}

bool traffic_start_run(struct traffic *t)
{
    Saldo__V1__StartPayoutRun c = SALDO__V1__START_PAYOUT_RUN__INIT;
    struct traffic_name in = traffic_name('o', roll(t, 20) == 0 ? 7 : roll(t, 2));
    c.organiser = in.text;
    if (chance(t, 3))
        in.text[0] = ' ';
    return traffic_command(t, traffic_officer(t), SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN, &c);
}

/* Prepare or release a run, with its figures unless somebody has miscounted. */
static bool sign_run(struct traffic *t, Saldo__V1__Command__BodyCase body)
{
    Saldo__V1__PreparePayoutRun prepare = SALDO__V1__PREPARE_PAYOUT_RUN__INIT;
    Saldo__V1__ReleasePayoutRun release = SALDO__V1__RELEASE_PAYOUT_RUN__INIT;
    size_t count = model_run_count(t->w->model);
    struct model_run r;
    uint8_t payees[LIMIT_HASH_BYTES];
    if (count == 0)
        return traffic_start_run(t);
    size_t which = traffic_recent(t, count);
    model_run(t->w->model, which, &r);
    model_payees(t->w->model, which, payees);
    if (chance(t, 5))
        r.cents += roll(t, 3) * 100;
    if (chance(t, 3))
        r.payouts -= 1;
    if (chance(t, 3))
        r.day += (int32_t)roll(t, 5) - 2;
    if (chance(t, 3)) /* of what somebody else looked at */
        memcpy(payees, r.prepared, sizeof(payees));
    release.payees = prepare.payees =
        (ProtobufCBinaryData){chance(t, 2) ? 0 : sizeof(payees), payees};
    release.organiser = prepare.organiser = r.organiser;
    release.run_day = prepare.run_day = r.day;
    release.payouts = prepare.payouts = r.payouts;
    release.cents = prepare.cents = r.cents;
    void *message =
        body == SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN ? (void *)&prepare : (void *)&release;
    return traffic_command(t, traffic_officer(t), body, message);
}

bool traffic_pick(struct traffic *t, const char *one, const char *other, struct model_payout *out)
{
    size_t count = traffic_payouts(t);
    for (int tries = 0; count != 0 && tries < 20; tries++) {
        *out = *model_payout(t->w->model, traffic_recent(t, count));
        if (strcmp(out->state, one) == 0 || strcmp(out->state, other) == 0)
            break;
    }
    return count != 0;
}

static bool release_held(struct traffic *t)
{
    Saldo__V1__ReleaseHeldPayout c = SALDO__V1__RELEASE_HELD_PAYOUT__INIT;
    struct model_payout p;
    char reason[] = "the account was checked";
    if (!traffic_pick(t, "HELD", "HELD", &p))
        return traffic_start_run(t);
    if (chance(t, 5))
        p.provider[0] = 'x';
    if (chance(t, 5))
        p.run_day++;
    if (chance(t, 5))
        reason[0] = '\0';
    c.organiser = p.organiser;
    c.provider = p.provider;
    c.run_day = p.run_day;
    c.reason = reason;
    return traffic_command(t, traffic_officer(t), SALDO__V1__COMMAND__BODY_RELEASE_HELD_PAYOUT, &c);
}

bool traffic_payment(struct traffic *t)
{
    uint32_t what = roll(t, 100);
    if (what < 4)
        return traffic_start_run(t);
    if (what < 20)
        return sign_run(t, SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN);
    if (what < 38)
        return sign_run(t, SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN);
    if (what < 46)
        return release_held(t);
    return traffic_bank(t);
}
