/* traffic_payment.c - officers let runs go, and the bank answers: mostly what it can, and in order.
 */
#include "tests/support/traffic.h"

#include <string.h>

static const char *officer(struct traffic *t)
{
    static const char *const others[] = {"finance-o0", "case-0", "administrator", "stranger"};
    return chance(t, 94) ? chance(t, 50) ? "finance-0" : "finance-1" : others[roll(t, 4)];
}

/* Where a list is long, mostly one of its end. */
static size_t recent(struct traffic *t, size_t count)
{
    size_t back = roll(t, (uint32_t)(chance(t, 85) && count > 12 ? 12 : count));
    return count - 1 - back;
}

static size_t payout_count(const struct traffic *t)
{
    size_t count = 0;
    while (model_payout(t->w->model, count) != NULL)
        count++;
    return count;
}

static bool start_run(struct traffic *t)
{
    Saldo__V1__StartPayoutRun c = SALDO__V1__START_PAYOUT_RUN__INIT;
    struct traffic_name in = traffic_name('o', roll(t, 20) == 0 ? 7 : roll(t, 2));
    c.organiser = in.text;
    if (chance(t, 3))
        in.text[0] = ' ';
    return traffic_command(t, officer(t), SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN, &c);
}

/* Prepare or release a run, with its figures unless somebody has miscounted. */
static bool sign_run(struct traffic *t, Saldo__V1__Command__BodyCase body)
{
    Saldo__V1__PreparePayoutRun prepare = SALDO__V1__PREPARE_PAYOUT_RUN__INIT;
    Saldo__V1__ReleasePayoutRun release = SALDO__V1__RELEASE_PAYOUT_RUN__INIT;
    size_t count = model_run_count(t->w->model);
    struct model_run r;
    if (count == 0 || !model_run(t->w->model, recent(t, count), &r))
        return start_run(t);
    if (chance(t, 5))
        r.cents += roll(t, 3) * 100;
    if (chance(t, 3))
        r.payouts -= 1;
    if (chance(t, 3))
        r.day += (int32_t)roll(t, 5) - 2;
    release.organiser = prepare.organiser = r.organiser;
    release.run_day = prepare.run_day = r.day;
    release.payouts = prepare.payouts = r.payouts;
    release.cents = prepare.cents = r.cents;
    void *message =
        body == SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN ? (void *)&prepare : (void *)&release;
    return traffic_command(t, officer(t), body, message);
}

/* A payout, if possible in one of two states. */
static bool pick(struct traffic *t, const char *one, const char *other, struct model_payout *out)
{
    size_t count = payout_count(t);
    for (int tries = 0; count != 0 && tries < 20; tries++) {
        *out = *model_payout(t->w->model, recent(t, count));
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
    if (!pick(t, "HELD", "HELD", &p))
        return start_run(t);
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
    return traffic_command(t, officer(t), SALDO__V1__COMMAND__BODY_RELEASE_HELD_PAYOUT, &c);
}

/* ---- The bank ---------------------------------------------------------------------------------
 */

#define KIND(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

static void line_id(uint32_t number, uint8_t line[LIMIT_HASH_BYTES])
{
    memset(line, 0x5a, LIMIT_HASH_BYTES);
    for (int i = 0; i < 4; i++)
        line[i] = (uint8_t)(number * UINT32_C(2654435761) >> 8 * i); /* in no order */
}

static bool send_event(struct traffic *t, const struct model_bank_line *l)
{
    Saldo__V1__RecordBankEvent c = SALDO__V1__RECORD_BANK_EVENT__INIT;
    struct model_bank_line copy = *l;
    struct traffic_name file = traffic_name('F', roll(t, 100));
    c.line = (ProtobufCBinaryData){chance(t, 99) ? LIMIT_HASH_BYTES : 31, copy.line};
    c.kind = (Saldo__V1__BankEventKind)copy.kind;
    c.organiser = copy.organiser;
    c.provider = copy.provider;
    c.run_day = copy.run_day;
    c.cents = copy.cents;
    c.credit = copy.credit;
    c.day = copy.day;
    c.reason = copy.reason;
    c.file = file.text;
    return traffic_command(t, officer(t), SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT, &c);
}

static void spoil(struct traffic *t, struct model_bank_line *l)
{
    switch (roll(t, 6)) {
    case 0:
        l->cents += (int64_t)roll(t, 3) - 1;
        break;
    case 1:
        l->credit = !l->credit;
        break;
    case 2:
        l->day = l->day == 0 ? traffic_today(t) : 0;
        break;
    case 3:
        l->run_day--;
        break;
    case 4:
        l->kind = (int)roll(t, 7);
        break;
    default:
        l->organiser[1] = (char)('0' + roll(t, 3));
    }
}

static bool repeat_line(struct traffic *t)
{
    size_t count = 0;
    while (model_bank_line(t->w->model, count) != NULL)
        count++;
    if (count == 0)
        return start_run(t);
    struct model_bank_line l = *model_bank_line(t->w->model, roll(t, (uint32_t)count));
    if (chance(t, 30))
        spoil(t, &l);
    return send_event(t, &l);
}

static int kind_for(struct traffic *t, const char *state)
{
    if (strcmp(state, "PAID") == 0)
        return chance(t, 80) ? KIND(RETURNED) : KIND(ACCEPTED);
    uint32_t what = roll(t, 100);
    return what < 35   ? KIND(ACCEPTED)
           : what < 85 ? KIND(BOOKED)
           : what < 95 ? KIND(REJECTED)
                       : KIND(NAME_MISMATCH);
}

static bool bank_speaks(struct traffic *t)
{
    struct model_bank_line l = {0};
    struct model_payout p;
    bool paid = chance(t, 5);
    if (!pick(t, paid ? "PAID" : "EXPORTED", paid ? "PAID" : "ACCEPTED", &p))
        return start_run(t);
    line_id(t->lines++, l.line);
    l.kind = chance(t, 95) ? kind_for(t, p.state) : KIND(UNMATCHED);
    memcpy(l.organiser, p.organiser, sizeof(l.organiser));
    l.cents = p.cents > 0 ? p.cents : 1;
    l.credit = l.kind == KIND(RETURNED) || (l.kind == KIND(UNMATCHED) && chance(t, 50));
    if (l.kind >= KIND(BOOKED))
        l.day = traffic_today(t);
    if (l.kind != KIND(UNMATCHED)) {
        memcpy(l.provider, p.provider, sizeof(l.provider));
        l.run_day = p.run_day;
    }
    if (l.kind == KIND(REJECTED) || l.kind == KIND(RETURNED))
        memcpy(l.reason, chance(t, 50) ? "AC04" : "MD07", 5);
    if (chance(t, 4))
        spoil(t, &l);
    return send_event(t, &l);
}

bool traffic_payment(struct traffic *t)
{
    uint32_t what = roll(t, 100);
    if (what < 4)
        return start_run(t);
    if (what < 28)
        return sign_run(t, SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN);
    if (what < 52)
        return sign_run(t, SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN);
    if (what < 62)
        return release_held(t);
    return what < 66 ? repeat_line(t) : bank_speaks(t);
}
