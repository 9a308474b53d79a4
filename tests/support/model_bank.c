/* model_bank.c - the lines of the bank's files, and what they make of payouts and runs. */
#include "tests/support/model_state.h"

#define KIND(name) ((int)SALDO__V1__BANK_EVENT_KIND__BANK_##name)

/* ---- Fields -----------------------------------------------------------------------------------
 */

static void facts_texts(const Saldo__V1__BankLineFacts *f, const char *texts[MODEL_FACT_TEXTS])
{
    texts[0] = f->account;
    texts[1] = f->end_to_end_id;
    texts[2] = f->instruction_id;
    texts[3] = f->payment_id;
    texts[4] = f->reference;
    texts[5] = f->iban;
    texts[6] = f->entry_ref;
}

static bool facts_ok(const Saldo__V1__BankLineFacts *f)
{
    const char *texts[MODEL_FACT_TEXTS];
    if (f == NULL || f->entry_cents < 1 || f->entry_cents > LIMIT_VOUCHER_CENTS)
        return false;
    facts_texts(f, texts);
    for (int i = 0; i < MODEL_FACT_TEXTS; i++)
        if (!m_text_ok(texts[i], 40))
            return false;
    return true;
}

/* A line of a statement or notification, and not of a status report. */
static bool of_camt(int kind)
{
    return kind == KIND(BOOKED) || kind == KIND(RETURNED) || kind == KIND(UNMATCHED) ||
           kind == KIND(REPEATED) || kind == KIND(LUMP);
}

static bool about_payout(int kind)
{
    return kind != KIND(UNMATCHED) && kind != KIND(LUMP);
}

static bool event_fields(const Saldo__V1__RecordBankEvent *c)
{
    int kind = (int)c->kind;
    if (c->line.len != LIMIT_HASH_BYTES || kind < KIND(ACCEPTED) || kind > KIND(LUMP))
        return false;
    if (c->cents < 1 || c->cents > LIMIT_VOUCHER_CENTS || !m_text_ok(c->reason, 40) ||
        !m_text_ok(c->file, 40) || !m_code_ok(c->organiser))
        return false;
    if (of_camt(kind) && (!m_day_ok(c->day) || !facts_ok(c->facts)))
        return false;
    if (!of_camt(kind) && (c->day != 0 || c->facts != NULL || c->credit))
        return false;
    if ((kind == KIND(BOOKED) && c->credit) || (kind == KIND(RETURNED) && !c->credit))
        return false;
    if (kind == KIND(REJECTED) && c->by_hand && c->reason[0] == '\0')
        return false;
    if (about_payout(kind))
        return m_code_ok(c->provider) && m_day_ok(c->run_day);
    if (c->provider[0] != '\0')
        return false;
    return c->run_day == 0 || (kind == KIND(LUMP) && !c->credit && m_day_ok(c->run_day));
}

/* ---- Lines ------------------------------------------------------------------------------------
 */

static struct model_bank_line *find_line(const struct model *m, const uint8_t *line)
{
    for (size_t i = 0; i < m->bank_lines_count; i++)
        if (memcmp(m->bank_lines[i].line, line, LIMIT_HASH_BYTES) == 0)
            return &m->bank_lines[i];
    return NULL;
}

static bool same_facts(const struct model_facts *l, const Saldo__V1__BankLineFacts *f)
{
    const char *texts[MODEL_FACT_TEXTS];
    if (f == NULL || !l->told)
        return f == NULL && !l->told;
    facts_texts(f, texts);
    for (int i = 0; i < MODEL_FACT_TEXTS; i++)
        if (strcmp(l->text[i], texts[i]) != 0)
            return false;
    return l->notification == (f->notification != 0) && l->returned == (f->returned != 0) &&
           l->whole == (f->whole != 0) && l->entry_cents == f->entry_cents;
}

static bool same_booking(const struct model_bank_line *l, const Saldo__V1__RecordBankEvent *c)
{
    return strcmp(l->organiser, c->organiser) == 0 && l->cents == c->cents &&
           l->credit == (c->credit != 0) && l->day == c->day && same_facts(&l->facts, c->facts);
}

static bool says_the_same(const struct model_bank_line *l, const Saldo__V1__RecordBankEvent *c)
{
    return same_booking(l, c) && l->kind == (int)c->kind && strcmp(l->provider, c->provider) == 0 &&
           l->run_day == c->run_day && strcmp(l->reason, c->reason) == 0;
}

static bool is_open(const struct model_bank_line *l)
{
    return l->kind == KIND(UNMATCHED) && !l->closed;
}

static void write_line(struct model_bank_line *l, const Saldo__V1__RecordBankEvent *c)
{
    memcpy(l->line, c->line.data, sizeof(l->line));
    l->kind = (int)c->kind;
    memcpy(l->organiser, c->organiser, strlen(c->organiser) + 1);
    memcpy(l->provider, c->provider, strlen(c->provider) + 1);
    l->run_day = c->run_day;
    l->cents = c->cents;
    l->credit = c->credit;
    l->day = c->day;
    memcpy(l->reason, c->reason, strlen(c->reason) + 1);
    l->by_hand = c->by_hand;
    l->facts.told = c->facts != NULL;
    if (c->facts == NULL)
        return;
    const char *texts[MODEL_FACT_TEXTS];
    facts_texts(c->facts, texts);
    for (int i = 0; i < MODEL_FACT_TEXTS; i++)
        memcpy(l->facts.text[i], texts[i], strlen(texts[i]) + 1);
    l->facts.notification = c->facts->notification;
    l->facts.returned = c->facts->returned;
    l->facts.whole = c->facts->whole;
    l->facts.entry_cents = c->facts->entry_cents;
}

static void keep_line(struct model *m, const struct m_act *a, const Saldo__V1__RecordBankEvent *c,
                      struct model_bank_line *open)
{
    if (open != NULL) {
        open->decided_number = a->number;
        write_line(open, c);
        return;
    }
    struct model_bank_line *l = ADD(m->bank_lines);
    l->number = a->number;
    memcpy(l->file, c->file, strlen(c->file) + 1);
    write_line(l, c);
}

/* ---- Payouts ----------------------------------------------------------------------------------
 */

static bool is(const struct model_payout *p, const char *state)
{
    return strcmp(p->state, state) == 0;
}

/* Has this kind of message told of it, and has any? */
static bool *told(bool by[2], const Saldo__V1__RecordBankEvent *c)
{
    return &by[c->facts->notification ? 1 : 0];
}

static bool can_repeat(struct model_payout *p, const Saldo__V1__RecordBankEvent *c)
{
    bool *by = c->credit ? p->returned_by : p->booked_by;
    return (by[0] || by[1]) && !*told(by, c);
}

/* What becomes of a payout; NULL: that cannot be. */
static const char *next_state(struct model_payout *p, const Saldo__V1__RecordBankEvent *c)
{
    bool under_way = model_payout_under_way(p);
    int kind = (int)c->kind;
    if (!p->left)
        return NULL;
    if (kind == KIND(ACCEPTED))
        return is(p, "EXPORTED") ? "ACCEPTED" : p->state;
    if (kind == KIND(NAME_MISMATCH))
        return under_way ? "HELD" : p->state;
    if (kind == KIND(REJECTED))
        return under_way ? "REJECTED" : NULL;
    if (kind == KIND(BOOKED))
        return under_way ? "PAID" : NULL;
    if (kind == KIND(RETURNED))
        return is(p, "PAID") ? "RETURNED" : NULL;
    return can_repeat(p, c) ? p->state : NULL;
}

static void explain(struct model_payout *p, const char *reason)
{
    memcpy(p->bank_reason, reason, strlen(reason) + 1);
}

static void payout_becomes(struct model *m, struct model_payout *p, const char *state,
                           const Saldo__V1__RecordBankEvent *c)
{
    bool changes = !is(p, state);
    int kind = (int)c->kind;
    p->state = state;
    if (changes)
        p->reason = is(p, "HELD") ? "NAME" : "";
    if (changes && of_camt(kind))
        p->booked_day = c->day;
    if (kind == KIND(BOOKED) || (kind == KIND(REPEATED) && !c->credit))
        *told(p->booked_by, c) = true;
    if (kind == KIND(RETURNED) || (kind == KIND(REPEATED) && c->credit))
        *told(p->returned_by, c) = true;
    if (kind != KIND(REJECTED) && kind != KIND(RETURNED) && kind != KIND(NAME_MISMATCH))
        return;
    if (changes || (is(p, "PAID") && p->bank_reason[0] == '\0'))
        explain(p, c->reason);
    m->providers[m_provider(m, p->provider)].bank_hold = true;
    m_hold_again(m);
}

/* ---- Runs -------------------------------------------------------------------------------------
 */

/* Of the payouts of a run that have left: booked cents, and whether any is under way. */
static int64_t run_cents(const struct model *m, const struct m_run *r, bool *under_way)
{
    int64_t cents = 0;
    *under_way = false;
    for (size_t i = r->first; i < r->end; i++) {
        const struct model_payout *p = &m->payouts[i];
        if (is(p, "PAID") || is(p, "RETURNED"))
            cents += p->cents;
        *under_way = *under_way || model_payout_under_way(p);
    }
    return cents;
}

/* ---- The commands -----------------------------------------------------------------------------
 */

static enum outcome amounts(struct m_act *a, int64_t have, int64_t need)
{
    if (have == need)
        return OUTCOME_ACCEPTED;
    a->have = have;
    a->need = need;
    return OUTCOME_AMOUNT_MISMATCH;
}

static enum outcome tell_run(const struct model *m, struct m_act *a, struct m_run *r,
                             const Saldo__V1__RecordBankEvent *c)
{
    bool under_way;
    if (amounts(a, run_cents(m, r, &under_way), c->cents) != OUTCOME_ACCEPTED)
        return OUTCOME_AMOUNT_MISMATCH;
    if (under_way || *told(r->debited_by, c))
        return OUTCOME_PAYOUT_STATE;
    *told(r->debited_by, c) = true;
    return OUTCOME_ACCEPTED;
}

static enum outcome tell_payout(struct model *m, struct m_act *a, struct model_payout *p,
                                const Saldo__V1__RecordBankEvent *c)
{
    if (amounts(a, p->cents, c->cents) != OUTCOME_ACCEPTED)
        return OUTCOME_AMOUNT_MISMATCH;
    const char *next = next_state(p, c);
    if (next == NULL)
        return OUTCOME_PAYOUT_STATE;
    payout_becomes(m, p, next, c);
    return OUTCOME_ACCEPTED;
}

static enum outcome record_event(struct model *m, struct m_act *a,
                                 const Saldo__V1__RecordBankEvent *c)
{
    if (!event_fields(c))
        return OUTCOME_FIELD_INVALID;
    int organiser = m_organiser(m, c->organiser);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (about_payout((int)c->kind) && m_provider(m, c->provider) == NOBODY)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct model_payout *p = NULL;
    struct m_run *r = NULL;
    if (about_payout((int)c->kind)) {
        if ((p = m_find_payout(m, c->organiser, c->provider, c->run_day)) == NULL)
            return OUTCOME_ROW_UNKNOWN;
    } else if (c->run_day != 0) {
        if ((r = m_find_run(m, organiser, c->run_day)) == NULL)
            return OUTCOME_ROW_UNKNOWN;
    }
    struct model_bank_line *known = find_line(m, c->line.data);
    if (known != NULL) {
        bool camt = c->facts != NULL && same_booking(known, c);
        if (says_the_same(known, c) || (camt && c->kind == KIND(UNMATCHED)))
            return OUTCOME_ACCEPTED;
        if (!camt || !is_open(known))
            return OUTCOME_ROW_CONFLICT;
    }
    enum outcome o = OUTCOME_ACCEPTED;
    if (p != NULL)
        o = tell_payout(m, a, p, c);
    if (r != NULL)
        o = tell_run(m, a, r, c);
    if (o == OUTCOME_ACCEPTED)
        keep_line(m, a, c, known);
    return o;
}

static enum outcome close_line(struct model *m, const struct m_act *a,
                               const Saldo__V1__CloseBankLine *c)
{
    if (c->line.len != LIMIT_HASH_BYTES || !m_text_ok(c->reason, LIMIT_NAME_BYTES))
        return OUTCOME_FIELD_INVALID;
    struct model_bank_line *l = find_line(m, c->line.data);
    if (l == NULL)
        return OUTCOME_ROW_UNKNOWN;
    if (!m_in_scope(a, m_organiser(m, l->organiser)))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (l->closed && strcmp(l->closed_reason, c->reason) == 0)
        return OUTCOME_ACCEPTED;
    if (!is_open(l))
        return OUTCOME_ROW_CONFLICT;
    if (c->reason[0] == '\0')
        return OUTCOME_REASON_REQUIRED;
    l->closed = true;
    l->decided_number = a->number;
    memcpy(l->closed_reason, c->reason, strlen(c->reason) + 1);
    memcpy(l->closed_by, a->key->owner, strlen(a->key->owner) + 1);
    return OUTCOME_ACCEPTED;
}

enum outcome m_bank_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    if (c->body_case == SALDO__V1__COMMAND__BODY_CLOSE_BANK_LINE)
        return close_line(m, a, c->close_bank_line);
    return record_event(m, a, c->record_bank_event);
}

const struct model_bank_line *model_bank_line(const struct model *m, size_t index)
{
    return index < m->bank_lines_count ? &m->bank_lines[index] : NULL;
}
