/* command_bank.c - what the bank says about payouts, line by line; each line counts once. */
#include "ledger/bank_line.h"
#include "ledger/command.h"

#define EVENT(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

/* ---- Fields -----------------------------------------------------------------------------------
 */

enum names { NAMES_NOTHING, NAMES_PAYOUT, NAMES_RUN_OR_NOTHING };

/* What a kind of event says besides. */
struct event_shape {
    enum names names;
    bool booked; /* on which day, and what the line says of itself; only then has it a side */
    bool credit; /* came in */
    bool debit;  /* went out */
};

static struct event_shape shape_of(int kind)
{
    static const struct event_shape shapes[] = {
        [EVENT(ACCEPTED)] = {.names = NAMES_PAYOUT},
        [EVENT(REJECTED)] = {.names = NAMES_PAYOUT},
        [EVENT(NAME_MISMATCH)] = {.names = NAMES_PAYOUT},
        [EVENT(BOOKED)] = {.names = NAMES_PAYOUT, .booked = true, .debit = true},
        [EVENT(RETURNED)] = {.names = NAMES_PAYOUT, .booked = true, .credit = true},
        [EVENT(UNMATCHED)] = {.booked = true, .credit = true, .debit = true},
        [EVENT(REPEATED)] = {NAMES_PAYOUT, .booked = true, .credit = true, .debit = true},
        [EVENT(LUMP)] = {NAMES_RUN_OR_NOTHING, .booked = true, .credit = true, .debit = true},
    };
    return shapes[kind];
}

static bool names_fields(enum names names, const Saldo__V1__RecordBankEvent *c)
{
    if (names == NAMES_PAYOUT)
        return field_code(c->provider) && field_day(c->run_day);
    if (c->provider[0] != '\0')
        return false;
    return c->run_day == 0 ||
           (names == NAMES_RUN_OR_NOTHING && field_day(c->run_day) && !c->credit);
}

static bool facts_fields(const Saldo__V1__BankLineFacts *f)
{
    return f->entry_cents > 0 && f->entry_cents <= LIMIT_VOUCHER_CENTS &&
           field_reference(f->account) && field_reference(f->end_to_end_id) &&
           field_reference(f->instruction_id) && field_reference(f->payment_id) &&
           field_reference(f->reference) && field_reference(f->iban) &&
           field_reference(f->entry_ref);
}

static bool event_fields(const Saldo__V1__RecordBankEvent *c)
{
    if (c->line.len != LIMIT_HASH_BYTES || (int)c->kind <= EVENT(EVENT_NONE) ||
        (int)c->kind > EVENT(LUMP))
        return false;
    struct event_shape shape = shape_of((int)c->kind);
    bool side = !shape.booked ? !c->credit : c->credit ? shape.credit : shape.debit;
    bool booking = shape.booked ? field_day(c->day) && c->facts != NULL && facts_fields(c->facts)
                                : c->day == 0 && c->facts == NULL;
    bool unexplained = c->kind == EVENT(REJECTED) && c->by_hand && c->reason[0] == '\0';
    return field_code(c->organiser) && names_fields(shape.names, c) && side && booking &&
           !unexplained && c->cents > 0 && c->cents <= LIMIT_VOUCHER_CENTS &&
           field_reference(c->reason) && field_reference(c->file);
}

/* ---- What it does to a payout -----------------------------------------------------------------
 */

/* An event leads from these states to the next, and the money goes its way. */
struct transition {
    uint32_t from; /* bits of enum payout_state */
    uint32_t past; /* states in which the event moves nothing any more */
    enum payout_state to;
    struct payout_way way;
    bool holds; /* the provider, until somebody has looked at it */
};

#define STATE(name) (UINT32_C(1) << PAYOUT_##name)
/* Of the held ones only those that have left, with a name that does not fit. */
#define IN_TRANSIT (STATE(EXPORTED) | STATE(ACCEPTED) | STATE(HELD))
#define BEHIND     (STATE(PAID) | STATE(RETURNED) | STATE(REJECTED) | STATE(HELD))

static const struct transition transitions[] = {
    [EVENT(ACCEPTED)] = {.from = STATE(EXPORTED),
                         .past = STATE(ACCEPTED) | BEHIND,
                         .to = PAYOUT_ACCEPTED},
    [EVENT(REJECTED)] = {.from = IN_TRANSIT,
                         .to = PAYOUT_REJECTED,
                         .way = {PLACE_IN_TRANSIT, PLACE_PAYABLE},
                         .holds = true},
    [EVENT(NAME_MISMATCH)] = {.from = STATE(EXPORTED) | STATE(ACCEPTED),
                              .past = BEHIND,
                              .to = PAYOUT_HELD,
                              .holds = true},
    [EVENT(
        BOOKED)] = {.from = IN_TRANSIT, .to = PAYOUT_PAID, .way = {PLACE_IN_TRANSIT, PLACE_BANK}},
    [EVENT(RETURNED)] = {.from = STATE(PAID),
                         .to = PAYOUT_RETURNED,
                         .way = {PLACE_BANK, PLACE_PAYABLE},
                         .holds = true},
    [EVENT(REPEATED)] = {.past = STATE(PAID) | STATE(RETURNED)},
};

static uint32_t state_bit(const struct payout *p)
{
    if (p->state == PAYOUT_HELD && !payout_in_transit(p))
        return 0; /* it has never left */
    return UINT32_C(1) << (uint32_t)p->state;
}

/* Who has told of the booking, or of the return, that a camt line is about. */
static bool *told_by(struct payout *p, const Saldo__V1__RecordBankEvent *c)
{
    enum teller teller = c->facts->notification ? TOLD_BY_NOTIFICATION : TOLD_BY_STATEMENT;
    return c->credit ? &p->returned_by[teller] : &p->booked_by[teller];
}

static enum outcome payout_judge(const struct ledger *l, uint32_t item,
                                 const Saldo__V1__RecordBankEvent *c, struct answer *out)
{
    struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
    const struct transition *t = &transitions[c->kind];

    if (p->cents != c->cents) {
        out->have = p->cents;
        out->need = c->cents;
        return OUTCOME_AMOUNT_MISMATCH;
    }
    bool allowed = ((t->from | t->past) & state_bit(p)) != 0;
    if (c->kind == EVENT(REPEATED))
        allowed = allowed && !*told_by(p, c) && (!c->credit || p->state == PAYOUT_RETURNED);
    return allowed ? OUTCOME_ACCEPTED : OUTCOME_PAYOUT_STATE;
}

static void provider_hold(struct ledger *l, uint32_t provider)
{
    row_touch(l, ROW_PROVIDER, provider);
    ROW_AT(provider, l, ROW_PROVIDER, provider)->bank_hold = true;
}

static void payout_apply(struct ledger *l, uint32_t item, const Saldo__V1__RecordBankEvent *c)
{
    const struct transition *t = &transitions[c->kind];
    struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
    bool moves = (t->from & state_bit(p)) != 0;
    /* A name that is told after the booking is the reason of the hold as if told before. */
    bool late = p->state == PAYOUT_PAID && p->bank_reason.text[0] == '\0';
    bool explains = t->holds && (moves || late);

    row_touch(l, ROW_PAYOUT, item);
    if (c->facts != NULL)
        *told_by(p, c) = true;
    if (explains)
        text_copy(p->bank_reason.text, sizeof(p->bank_reason.text), text_of(c->reason));
    if (t->holds)
        provider_hold(l, p->provider);
    if (!moves)
        return;
    p->state = (int32_t)t->to;
    p->reason = t->to == PAYOUT_HELD ? PAYOUT_REASON_NAME : PAYOUT_REASON_NONE;
    if (c->day != 0)
        p->booked_day = c->day;
    if (t->way.from != t->way.to)
        payout_move(l, p, t->way);
}

/* ---- What it does to a run --------------------------------------------------------------------
 */

static bool *debited_by(struct run *r, const Saldo__V1__RecordBankEvent *c)
{
    return &r->debited_by[c->facts->notification ? TOLD_BY_NOTIFICATION : TOLD_BY_STATEMENT];
}

static enum outcome run_judge(const struct ledger *l, uint32_t item,
                              const Saldo__V1__RecordBankEvent *c, struct answer *out)
{
    struct run *r = ROW_AT(run, l, ROW_RUN, item);

    if (r->booked != c->cents) {
        out->have = r->booked;
        out->need = c->cents;
        return OUTCOME_AMOUNT_MISMATCH;
    }
    return r->in_transit == 0 && !*debited_by(r, c) ? OUTCOME_ACCEPTED : OUTCOME_PAYOUT_STATE;
}

/* ---- What it names ----------------------------------------------------------------------------
 */

/* Items; 0 where the event names none. */
struct event_named {
    uint32_t organiser;
    uint32_t provider;
    uint32_t payout;
    uint32_t run;
};

static enum outcome event_named(const struct ledger *l, const struct act *a,
                                const Saldo__V1__RecordBankEvent *c, struct event_named *n)
{
    enum names names = shape_of((int)c->kind).names;

    *n = (struct event_named){.organiser = organiser_find(l, text_of(c->organiser)),
                              .provider = provider_find(l, text_of(c->provider))};
    if (n->organiser == 0)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (names == NAMES_PAYOUT && n->provider == 0)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (!act_in_scope(a, n->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (names == NAMES_PAYOUT)
        n->payout = payout_find(l, c->run_day, n->organiser, n->provider);
    else if (c->run_day != 0)
        n->run = run_find(l, c->run_day, n->organiser);
    bool missing = n->payout == 0 && n->run == 0 && c->run_day != 0;
    return missing ? OUTCOME_ROW_UNKNOWN : OUTCOME_ACCEPTED;
}

/* ---- The line ---------------------------------------------------------------------------------
 */

static void facts_fill(struct bank_facts *to, const Saldo__V1__BankLineFacts *f)
{
    const char *const texts[FACT_TEXTS] = {
        [FACT_ACCOUNT] = f->account,
        [FACT_END_TO_END_ID] = f->end_to_end_id,
        [FACT_INSTRUCTION_ID] = f->instruction_id,
        [FACT_PAYMENT_ID] = f->payment_id,
        [FACT_REFERENCE] = f->reference,
        [FACT_IBAN] = f->iban,
        [FACT_ENTRY_REF] = f->entry_ref,
    };

    to->notification = f->notification != 0;
    to->returned = f->returned != 0;
    to->whole = f->whole != 0;
    to->entry_cents = f->entry_cents;
    for (int i = 0; i < FACT_TEXTS; i++)
        text_copy(to->text[i].text, sizeof(to->text[i].text), text_of(texts[i]));
}

static void line_fill(struct bank_line *b, const Saldo__V1__RecordBankEvent *c,
                      const struct event_named *n)
{
    b->kind = (int32_t)c->kind;
    b->organiser = n->organiser;
    b->provider = n->provider;
    b->run_day = c->run_day;
    b->cents = c->cents;
    b->credit = c->credit != 0;
    b->by_hand = c->by_hand != 0;
    b->day = c->day;
    text_copy(b->reason.text, sizeof(b->reason.text), text_of(c->reason));
    if (c->facts != NULL)
        facts_fill(&b->facts, c->facts);
}

/* One booking, whatever it turned out to be. */
static bool line_same_booking(const struct bank_line *a, const struct bank_line *b)
{
    return a->organiser == b->organiser && a->cents == b->cents && a->credit == b->credit &&
           a->day == b->day && a->facts.notification == b->facts.notification &&
           a->facts.returned == b->facts.returned && a->facts.whole == b->facts.whole &&
           a->facts.entry_cents == b->facts.entry_cents &&
           memcmp(a->facts.text, b->facts.text, sizeof(a->facts.text)) == 0;
}

/* The same whatever file it stood in: banks send their lines again under other names. */
static bool line_same(const struct bank_line *a, const struct bank_line *b)
{
    return line_same_booking(a, b) && a->kind == b->kind && a->provider == b->provider &&
           a->run_day == b->run_day && strcmp(a->reason.text, b->reason.text) == 0;
}

/* What is known of a line, when it is told (again). */
enum line_news { LINE_NEW, LINE_DECIDED, LINE_OLD, LINE_OTHER };

static enum line_news line_news(const struct ledger *l, uint32_t known, const struct bank_line *b)
{
    if (known == 0)
        return LINE_NEW;
    const struct bank_line *k = ROW_AT(bank_line, l, ROW_BANK_LINE, known);
    bool booking = b->facts.entry_cents != 0 && line_same_booking(k, b);
    if (line_same(k, b) || (booking && b->kind == EVENT(UNMATCHED)))
        return LINE_OLD; /* that it is unexplained is no news of one that is known better */
    return booking && bank_line_open(k) ? LINE_DECIDED : LINE_OTHER;
}

/* Number and file stay those of the entry that told it first. */
static void line_keep(struct ledger *l, const struct act *a, const Saldo__V1__RecordBankEvent *c,
                      uint32_t known, struct bank_line *line)
{
    struct bank_line *kept;

    line->number = a->number;
    text_copy(line->file.text, sizeof(line->file.text), text_of(c->file));
    if (known == 0) {
        kept = bank_line_make(l, c->line.data);
    } else {
        row_touch(l, ROW_BANK_LINE, known);
        kept = ROW_AT(bank_line, l, ROW_BANK_LINE, known);
        open_line_end(l, kept);
        line->number = kept->number;
        line->file = kept->file;
        line->decided_number = a->number;
    }
    line->head = kept->head;
    memcpy(line->line, kept->line, sizeof(line->line));
    *kept = *line;
    if (bank_line_open(kept))
        open_line_add(l, kept);
}

/* ---- RecordBankEvent --------------------------------------------------------------------------
 */

static enum outcome event_judge(const struct ledger *l, const struct event_named *n,
                                const Saldo__V1__RecordBankEvent *c, struct answer *out)
{
    if (n->payout != 0)
        return payout_judge(l, n->payout, c, out);
    if (n->run != 0)
        return run_judge(l, n->run, c, out);
    return c->kind == EVENT(UNMATCHED) && l->open_lines >= LIMIT_OPEN_LINES ? OUTCOME_LIMIT_REACHED
                                                                            : OUTCOME_ACCEPTED;
}

static void event_apply(struct ledger *l, const struct event_named *n,
                        const Saldo__V1__RecordBankEvent *c)
{
    if (n->payout != 0)
        payout_apply(l, n->payout, c);
    if (n->run == 0)
        return;
    row_touch(l, ROW_RUN, n->run);
    *debited_by(ROW_AT(run, l, ROW_RUN, n->run), c) = true;
}

enum outcome command_record_bank_event(struct ledger *l, const struct act *a,
                                       const Saldo__V1__RecordBankEvent *c, struct answer *out)
{
    struct bank_line line = {0};
    struct event_named named;
    if (!event_fields(c))
        return OUTCOME_FIELD_INVALID;
    enum outcome o = event_named(l, a, c, &named);
    if (o != OUTCOME_ACCEPTED)
        return o;
    line_fill(&line, c, &named);
    uint32_t known = bank_line_find(l, c->line.data);
    enum line_news news = line_news(l, known, &line);
    if (news == LINE_OLD || news == LINE_OTHER)
        return news == LINE_OLD ? OUTCOME_ACCEPTED : OUTCOME_ROW_CONFLICT;
    o = event_judge(l, &named, c, out);
    if (o != OUTCOME_ACCEPTED || a->dry_run)
        return o;
    event_apply(l, &named, c);
    line_keep(l, a, c, known, &line);
    return OUTCOME_ACCEPTED;
}

/* ---- CloseBankLine ----------------------------------------------------------------------------
 */

enum outcome command_close_bank_line(struct ledger *l, const struct act *a,
                                     const Saldo__V1__CloseBankLine *c, struct answer *out)
{
    (void)out;
    if (c->line.len != LIMIT_HASH_BYTES || !field_name(c->reason))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = bank_line_find(l, c->line.data);
    if (item == 0)
        return OUTCOME_ROW_UNKNOWN;
    struct bank_line *b = ROW_AT(bank_line, l, ROW_BANK_LINE, item);
    if (!act_in_scope(a, b->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (b->closed_by != 0 && text_is(text_of(c->reason), b->closed_reason.text))
        return OUTCOME_ACCEPTED;
    if (!bank_line_open(b))
        return OUTCOME_ROW_CONFLICT;
    if (c->reason[0] == '\0')
        return OUTCOME_REASON_REQUIRED;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    row_touch(l, ROW_BANK_LINE, item);
    open_line_end(l, b);
    b->closed_by = a->owner;
    b->decided_number = a->number;
    text_copy(b->closed_reason.text, sizeof(b->closed_reason.text), text_of(c->reason));
    return OUTCOME_ACCEPTED;
}
