/* command_bank.c - what the bank says about payouts, line by line; each line counts once. */
#include "ledger/command.h"

#define EVENT(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

/* ---- Fields -----------------------------------------------------------------------------------
 */

/* What a kind of event says besides. */
struct event_shape {
    bool payout; /* of which one */
    bool booked; /* on which day; only then the account's side tells anything */
    bool credit; /* came in */
    bool debit;  /* went out */
};

static struct event_shape shape_of(int kind)
{
    static const struct event_shape shapes[] = {
        [EVENT(ACCEPTED)] = {.payout = true},
        [EVENT(REJECTED)] = {.payout = true},
        [EVENT(NAME_MISMATCH)] = {.payout = true},
        [EVENT(BOOKED)] = {.payout = true, .booked = true, .debit = true},
        [EVENT(RETURNED)] = {.payout = true, .booked = true, .credit = true},
        [EVENT(UNMATCHED)] = {.booked = true, .credit = true, .debit = true},
    };
    return shapes[kind];
}

static bool event_fields(const Saldo__V1__RecordBankEvent *c)
{
    if (c->line.len != LIMIT_HASH_BYTES || (int)c->kind <= EVENT(EVENT_NONE) ||
        (int)c->kind > EVENT(UNMATCHED))
        return false;
    struct event_shape shape = shape_of((int)c->kind);
    bool side = !shape.booked ? !c->credit : c->credit ? shape.credit : shape.debit;
    bool payout = shape.payout ? field_code(c->provider) && field_day(c->run_day)
                               : c->provider[0] == '\0' && c->run_day == 0;
    return field_code(c->organiser) && payout && side && c->cents > 0 &&
           c->cents <= LIMIT_VOUCHER_CENTS && (shape.booked ? field_day(c->day) : c->day == 0) &&
           field_reference(c->reason) && field_reference(c->file);
}

/* ---- What it does -----------------------------------------------------------------------------
 */

/* An event leads from these states to the next, and the money goes its way. */
struct transition {
    uint32_t from; /* bits of enum payout_state */
    uint32_t past; /* states in which the event is no news */
    enum payout_state to;
    struct payout_way way;
    bool holds; /* the provider, until somebody has looked at it */
};

#define STATE(name) (UINT32_C(1) << PAYOUT_##name)

static const struct transition transitions[] = {
    [EVENT(ACCEPTED)] = {.from = STATE(EXPORTED),
                         .past = STATE(ACCEPTED) | STATE(PAID) | STATE(RETURNED),
                         .to = PAYOUT_ACCEPTED},
    [EVENT(REJECTED)] = {.from = STATE(EXPORTED) | STATE(ACCEPTED),
                         .to = PAYOUT_REJECTED,
                         .way = {PLACE_IN_TRANSIT, PLACE_PAYABLE},
                         .holds = true},
    [EVENT(NAME_MISMATCH)] = {.from = STATE(EXPORTED) | STATE(ACCEPTED),
                              .to = PAYOUT_REJECTED,
                              .way = {PLACE_IN_TRANSIT, PLACE_PAYABLE},
                              .holds = true},
    [EVENT(BOOKED)] = {.from = STATE(EXPORTED) | STATE(ACCEPTED),
                       .to = PAYOUT_PAID,
                       .way = {PLACE_IN_TRANSIT, PLACE_BANK}},
    [EVENT(RETURNED)] = {.from = STATE(PAID),
                         .to = PAYOUT_RETURNED,
                         .way = {PLACE_BANK, PLACE_PAYABLE},
                         .holds = true},
};

static void event_apply(struct ledger *l, uint32_t item, const Saldo__V1__RecordBankEvent *c)
{
    const struct transition *t = &transitions[c->kind];
    struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);

    if ((t->from & UINT32_C(1) << (uint32_t)p->state) == 0)
        return; /* no news */
    row_touch(l, ROW_PAYOUT, item);
    p->state = (int32_t)t->to;
    if (c->day != 0)
        p->booked_day = c->day;
    if (t->way.from != t->way.to)
        payout_move(l, p, t->way);
    if (!t->holds)
        return;
    memset(&p->bank_reason, 0, sizeof(p->bank_reason));
    text_copy(p->bank_reason.text, sizeof(p->bank_reason.text), text_of(c->reason));
    row_touch(l, ROW_PROVIDER, p->provider);
    ROW_AT(provider, l, ROW_PROVIDER, p->provider)->bank_hold = true;
}

/* ---- The line ---------------------------------------------------------------------------------
 */

static void line_fill(struct bank_line *b, const Saldo__V1__RecordBankEvent *c)
{
    b->kind = (int32_t)c->kind;
    b->run_day = c->run_day;
    b->cents = c->cents;
    b->credit = c->credit != 0;
    b->day = c->day;
    text_copy(b->reason.text, sizeof(b->reason.text), text_of(c->reason));
    text_copy(b->file.text, sizeof(b->file.text), text_of(c->file));
}

/* The same whatever file it stood in: banks send their lines again under other names. */
static bool line_same(const struct bank_line *a, const struct bank_line *b)
{
    return a->kind == b->kind && a->organiser == b->organiser && a->provider == b->provider &&
           a->run_day == b->run_day && a->cents == b->cents && a->credit == b->credit &&
           a->day == b->day && strcmp(a->reason.text, b->reason.text) == 0;
}

static enum outcome payout_judge(const struct ledger *l, uint32_t item,
                                 const Saldo__V1__RecordBankEvent *c, struct answer *out)
{
    const struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
    const struct transition *t = &transitions[c->kind];

    if (p->cents != c->cents) {
        out->have = p->cents;
        out->need = c->cents;
        return OUTCOME_AMOUNT_MISMATCH;
    }
    bool allowed = ((t->from | t->past) & UINT32_C(1) << (uint32_t)p->state) != 0;
    return allowed ? OUTCOME_ACCEPTED : OUTCOME_PAYOUT_STATE;
}

/* Fill in what the event names. */
static enum outcome event_named(const struct ledger *l, const struct act *a,
                                const Saldo__V1__RecordBankEvent *c, struct bank_line *line,
                                uint32_t *payout)
{
    bool matched = shape_of((int)c->kind).payout;

    *payout = 0;
    line->organiser = organiser_find(l, text_of(c->organiser));
    if (line->organiser == 0)
        return OUTCOME_ORGANISER_UNKNOWN;
    line->provider = provider_find(l, text_of(c->provider));
    if (line->provider == 0 && matched)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (!act_in_scope(a, line->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (matched)
        *payout = payout_find(l, c->run_day, line->organiser, line->provider);
    return *payout == 0 && matched ? OUTCOME_ROW_UNKNOWN : OUTCOME_ACCEPTED;
}

enum outcome command_record_bank_event(struct ledger *l, const struct act *a,
                                       const Saldo__V1__RecordBankEvent *c, struct answer *out)
{
    struct bank_line line = {.number = a->number};
    uint32_t payout;
    if (!event_fields(c))
        return OUTCOME_FIELD_INVALID;
    line_fill(&line, c);
    enum outcome o = event_named(l, a, c, &line, &payout);
    if (o != OUTCOME_ACCEPTED)
        return o;
    uint32_t known = bank_line_find(l, c->line.data);
    if (known != 0)
        return line_same(ROW_AT(bank_line, l, ROW_BANK_LINE, known), &line) ? OUTCOME_ACCEPTED
                                                                            : OUTCOME_ROW_CONFLICT;
    if (payout != 0)
        o = payout_judge(l, payout, c, out);
    if (o != OUTCOME_ACCEPTED || a->dry_run)
        return o;
    if (payout != 0)
        event_apply(l, payout, c);
    struct bank_line *kept = bank_line_make(l, c->line.data);
    line.head = kept->head;
    memcpy(line.line, kept->line, sizeof(line.line));
    *kept = line;
    return OUTCOME_ACCEPTED;
}
