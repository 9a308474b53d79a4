/* traffic_bank.c - the bank answers: mostly what it can, in any order; what cannot be told yet, or
 * is not understood, becomes an open line that somebody decides or closes later on. */
#include "tests/support/traffic.h"

#include <string.h>

#define KIND(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

static void line_id(uint32_t number, uint8_t line[LIMIT_HASH_BYTES])
{
    memset(line, 0x5a, LIMIT_HASH_BYTES);
    for (int i = 0; i < 4; i++)
        line[i] = (uint8_t)(number * UINT32_C(2654435761) >> 8 * i); /* in no order */
}

static void facts_fill(struct model_facts *from, Saldo__V1__BankLineFacts *f)
{
    saldo__v1__bank_line_facts__init(f);
    f->notification = from->notification;
    f->returned = from->returned;
    f->whole = from->whole;
    f->entry_cents = from->entry_cents;
    f->account = from->text[0];
    f->end_to_end_id = from->text[1];
    f->instruction_id = from->text[2];
    f->payment_id = from->text[3];
    f->reference = from->text[4];
    f->iban = from->text[5];
    f->entry_ref = from->text[6];
}

static bool send_event(struct traffic *t, const struct model_bank_line *l)
{
    Saldo__V1__RecordBankEvent c = SALDO__V1__RECORD_BANK_EVENT__INIT;
    Saldo__V1__BankLineFacts facts;
    struct model_bank_line copy = *l;
    struct traffic_name file = traffic_name('F', roll(t, 100));
    facts_fill(&copy.facts, &facts);
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
    c.by_hand = copy.by_hand;
    c.facts = copy.facts.told ? &facts : NULL;
    return traffic_command(t, traffic_officer(t), SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT, &c);
}

static void spoil(struct traffic *t, struct model_bank_line *l)
{
    switch (roll(t, 9)) {
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
        l->kind = (int)roll(t, 9);
        break;
    case 5:
        l->facts.told = !l->facts.told;
        break;
    case 6:
        l->facts.entry_cents += (int64_t)roll(t, 3) - 1;
        break;
    case 7:
        memcpy(l->facts.text[roll(t, MODEL_FACT_TEXTS)], "other", 6);
        break;
    default:
        l->organiser[1] = (char)('0' + roll(t, 3));
    }
}

/* What the line says of itself. */
static void add_facts(struct traffic *t, struct model_bank_line *l)
{
    struct model_facts *f = &l->facts;
    struct traffic_name ref = traffic_name('E', t->lines);
    f->told = true;
    f->notification = chance(t, 40);
    f->returned = l->credit && chance(t, 90);
    f->whole = chance(t, 10);
    f->entry_cents = l->cents + (chance(t, 20) ? (int64_t)roll(t, 1000) * 100 : 0);
    memcpy(f->text[0], "FI4950009420028730", 19);
    memcpy(f->text[6], ref.text, sizeof(ref.text));
    if (chance(t, 80))
        memcpy(f->text[1], ref.text, sizeof(ref.text));
    l->day = traffic_today(t) - (int32_t)roll(t, 3);
}

/* ---- Of one payout ----------------------------------------------------------------------------
 */

static int kind_for(struct traffic *t, const struct model_payout *p)
{
    uint32_t what = roll(t, 100);
    if (strcmp(p->state, "PAID") == 0)
        return what < 30   ? KIND(RETURNED)
               : what < 80 ? KIND(REPEATED)
               : what < 90 ? KIND(ACCEPTED)
                           : KIND(NAME_MISMATCH);
    if (strcmp(p->state, "RETURNED") == 0)
        return what < 80 ? KIND(REPEATED) : KIND(ACCEPTED);
    return what < 35   ? KIND(ACCEPTED)
           : what < 80 ? KIND(BOOKED)
           : what < 88 ? KIND(REJECTED)
           : what < 96 ? KIND(NAME_MISMATCH)
           : what < 98 ? KIND(REPEATED)
                       : KIND(RETURNED); /* before its booking */
}

/* Drop what an open line does not know yet. */
static void leave_open(struct model_bank_line *l)
{
    l->kind = KIND(UNMATCHED);
    l->provider[0] = '\0';
    l->run_day = 0;
}

static bool speak_of_payout(struct traffic *t)
{
    static const char *const states[][2] = {
        {"EXPORTED", "ACCEPTED"}, {"PAID", "PAID"}, {"PAID", "RETURNED"}, {"HELD", "HELD"}};
    static const char reasons[][5] = {"AC04", "MD07", ""};
    struct model_bank_line l = {0};
    struct model_payout p;
    uint32_t what = roll(t, 100);
    const char *const *in = states[what < 80 ? 0 : what < 88 ? 1 : what < 95 ? 2 : 3];
    if (!traffic_pick(t, in[0], in[1], &p))
        return traffic_start_run(t);
    line_id(t->lines++, l.line);
    l.kind = kind_for(t, &p);
    memcpy(l.organiser, p.organiser, sizeof(l.organiser));
    memcpy(l.provider, p.provider, sizeof(l.provider));
    l.run_day = p.run_day;
    l.cents = p.cents > 0 ? p.cents : 1;
    l.credit = l.kind == KIND(RETURNED) ||
               (l.kind == KIND(REPEATED) && strcmp(p.state, "RETURNED") == 0 && chance(t, 70));
    if (l.kind >= KIND(BOOKED))
        add_facts(t, &l);
    if (l.kind == KIND(REJECTED) || l.kind == KIND(RETURNED) || l.kind == KIND(NAME_MISMATCH))
        memcpy(l.reason, reasons[chance(t, 90) ? roll(t, 2) : 2], 5);
    l.by_hand = chance(t, 5);
    if (l.kind >= KIND(BOOKED) && chance(t, 12))
        leave_open(&l);
    if (chance(t, 4))
        spoil(t, &l);
    return send_event(t, &l);
}

/* ---- Of a whole run, or of something else ------------------------------------------------------
 */

/* What a run's payouts that have left make, if all that are under way (so many) are booked. */
static int64_t run_cents(const struct traffic *t, const struct model_run *r, int *under_way)
{
    int64_t cents = 0;
    const struct model_payout *p;
    *under_way = 0;
    for (size_t i = 0; (p = model_payout(t->w->model, i)) != NULL; i++) {
        if (p->run_day != r->day || strcmp(p->organiser, r->organiser) != 0 || !p->left)
            continue;
        *under_way += model_payout_under_way(p);
        cents += strcmp(p->state, "REJECTED") == 0 ? 0 : p->cents;
    }
    return cents;
}

/* A run, if possible one that is all booked; false: there is none at all. */
static bool pick_run(struct traffic *t, struct model_run *r, int64_t *cents)
{
    size_t count = model_run_count(t->w->model);
    for (int tries = 0, under_way = 1; count != 0 && under_way != 0 && tries < 10; tries++) {
        (void)model_run(t->w->model, traffic_recent(t, count), r);
        *cents = run_cents(t, r, &under_way);
        if (*cents == 0)
            under_way = 1; /* nothing of it has left */
    }
    return count != 0;
}

static bool speak_of_run(struct traffic *t)
{
    struct model_bank_line l = {.kind = KIND(LUMP)};
    struct model_run r;
    if (!pick_run(t, &r, &l.cents))
        return traffic_start_run(t);
    line_id(t->lines++, l.line);
    memcpy(l.organiser, r.organiser, sizeof(l.organiser));
    l.cents = l.cents > 0 ? l.cents : 1;
    l.run_day = r.day;
    add_facts(t, &l);
    if (chance(t, 20)) { /* a sum of payments of several runs, or of returns */
        l.run_day = 0;
        l.credit = chance(t, 50);
    } else if (chance(t, 20)) {
        leave_open(&l);
    }
    if (chance(t, 4))
        spoil(t, &l);
    return send_event(t, &l);
}

static bool speak_of_fee(struct traffic *t)
{
    struct model_bank_line l = {.kind = KIND(UNMATCHED), .credit = chance(t, 30)};
    struct traffic_name in = traffic_name('o', roll(t, 2));
    line_id(t->lines++, l.line);
    memcpy(l.organiser, in.text, sizeof(in.text));
    l.cents = 1 + roll(t, 2000);
    add_facts(t, &l);
    return send_event(t, &l);
}

/* ---- Again, and later --------------------------------------------------------------------------
 */

/* A line the ledger has, mostly an open one if `open`; false: there is none. */
static bool pick_line(struct traffic *t, bool open, struct model_bank_line *out)
{
    size_t count = 0;
    while (model_bank_line(t->w->model, count) != NULL)
        count++;
    for (int tries = 0; count != 0 && tries < 20; tries++) {
        *out = *model_bank_line(t->w->model, roll(t, (uint32_t)count));
        if (!open || (out->kind == KIND(UNMATCHED) && !out->closed))
            break;
    }
    return count != 0;
}

static bool repeat_line(struct traffic *t)
{
    struct model_bank_line l;
    if (!pick_line(t, false, &l))
        return speak_of_fee(t);
    l.by_hand = chance(t, 20);
    if (l.facts.told && chance(t, 10))
        leave_open(&l);
    else if (chance(t, 30))
        spoil(t, &l);
    return send_event(t, &l);
}

/* The payout of that amount that the line may be about. */
static void decide_payout(struct traffic *t, struct model_bank_line *l)
{
    const struct model_payout *p;
    l->kind = l->credit ? KIND(RETURNED) : KIND(BOOKED);
    for (size_t i = 0; (p = model_payout(t->w->model, i)) != NULL; i++) {
        bool under_way = model_payout_under_way(p), paid = strcmp(p->state, "PAID") == 0;
        if (strcmp(p->organiser, l->organiser) != 0 || p->cents != l->cents || !p->left)
            continue;
        memcpy(l->provider, p->provider, sizeof(l->provider));
        l->run_day = p->run_day;
        if (l->credit ? paid : under_way)
            return;
        if (chance(t, 30))
            l->kind = KIND(REPEATED);
    }
}

static void decide_run(struct traffic *t, struct model_bank_line *l)
{
    struct model_run r;
    int under_way;
    l->kind = KIND(LUMP);
    for (size_t i = 0; i < model_run_count(t->w->model); i++)
        if (model_run(t->w->model, i, &r) && strcmp(r.organiser, l->organiser) == 0 && !l->credit &&
            run_cents(t, &r, &under_way) == l->cents)
            l->run_day = r.day;
}

static bool decide_line(struct traffic *t)
{
    struct model_bank_line l;
    if (!pick_line(t, chance(t, 95), &l))
        return speak_of_fee(t);
    leave_open(&l);
    if (chance(t, 80))
        decide_payout(t, &l);
    else
        decide_run(t, &l);
    l.by_hand = chance(t, 50);
    if (l.credit)
        memcpy(l.reason, "AC06", 5);
    if (chance(t, 10))
        spoil(t, &l);
    return send_event(t, &l);
}

static bool close_line(struct traffic *t)
{
    static char reasons[][16] = {"a fee", "interest", ""};
    static char too_long[LIMIT_NAME_BYTES + 2];
    Saldo__V1__CloseBankLine c = SALDO__V1__CLOSE_BANK_LINE__INIT;
    struct model_bank_line l;
    if (!pick_line(t, chance(t, 90), &l))
        return speak_of_fee(t);
    if (chance(t, 4))
        l.line[31]++;
    memset(too_long, 'x', sizeof(too_long) - 1);
    c.line = (ProtobufCBinaryData){chance(t, 98) ? LIMIT_HASH_BYTES : 16, l.line};
    c.reason = chance(t, 3) ? too_long : reasons[chance(t, 90) ? roll(t, 2) : 2];
    return traffic_command(t, traffic_officer(t), SALDO__V1__COMMAND__BODY_CLOSE_BANK_LINE, &c);
}

bool traffic_bank(struct traffic *t)
{
    uint32_t what = roll(t, 100);
    if (what < 8)
        return repeat_line(t);
    if (what < 18)
        return decide_line(t);
    if (what < 23)
        return close_line(t);
    if (what < 27)
        return speak_of_fee(t);
    return what < 35 ? speak_of_run(t) : speak_of_payout(t);
}
