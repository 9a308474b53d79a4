/* holdings_input.c - what the ledger holds, as the matching takes it. */
#include <string.h>

#include "bank/holdings.h"
#include "iso20022/pain001.h"

#define EVENT(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

/* ---- Lines ----------------------------------------------------------------------------------- */

static enum match_record record_of(const Saldo__V1__BankLine *line)
{
    if (line->kind == EVENT(LUMP))
        return MATCH_TOLD_LUMP;
    return line->kind == EVENT(UNMATCHED) && !line->closed ? MATCH_TOLD_OPEN : MATCH_TOLD;
}

struct match_line holdings_line(const Saldo__V1__BankLine *line)
{
    const Saldo__V1__BankLineFacts *f = line->facts;
    struct match_line out = {
        .notification = f->notification,
        .credit = line->credit,
        .returned = f->returned,
        .whole = f->whole,
        .account = f->account,
        .currency = "EUR",
        .end_to_end_id = f->end_to_end_id,
        .instruction_id = f->instruction_id,
        .payment_id = f->payment_id,
        .reference = f->reference,
        .iban = f->iban,
        .entry_ref = f->entry_ref,
        .entry_cents = f->entry_cents,
        .cents = line->cents,
        .day = line->day,
        .record = record_of(line),
        .assigned = MATCH_NONE,
        .payout = MATCH_NONE,
        .run = MATCH_NONE,
        .same_as = MATCH_NONE,
        .note = "",
    };

    memcpy(out.id, line->line.data, MATCH_LINE_BYTES);
    return out;
}

/* A payout of the run that a lump is the whole sum of. */
static size_t run_of(const struct holdings *h, const Saldo__V1__BankLine *line)
{
    for (size_t i = 0; line->run_day != 0 && i < h->payout_count; i++)
        if (h->payouts[i]->run_day == line->run_day && h->runs_of[i]->released_ms != 0 &&
            strcmp(h->payouts[i]->organiser, line->organiser) == 0)
            return i;
    return MATCH_NONE;
}

void holdings_lines(const struct holdings *h, struct bank_lines *lines)
{
    for (size_t i = 0; i < h->line_count; i++) {
        const Saldo__V1__BankLine *line = h->lines[i];
        struct match_line one = holdings_line(line);
        if (line->kind == EVENT(LUMP))
            one.run = run_of(h, line);
        else if (line->run_day != 0)
            one.payout = holdings_payout(h, line->organiser, line->provider, line->run_day);
        lines_put(lines, &one, &(struct line_place){"the ledger", 0, line->reason, line->file});
    }
}

/* ---- Payouts --------------------------------------------------------------------------------- */

/* Held before its release it was never sent; held for its name afterwards it is under way. */
static enum match_state state_of(const Saldo__V1__Payout *p)
{
    static const struct {
        const char *name;
        enum match_state state;
    } names[] = {
        {"PAID", MATCH_PAID},
        {"REJECTED", MATCH_REJECTED},
        {"RETURNED", MATCH_RETURNED},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(p->state, names[i].name) == 0)
            return names[i].state;
    return p->in_transit ? MATCH_SENT : MATCH_NOT_SENT;
}

/* The payments of a run follow each other, so its names are made once. */
static const struct pain_ids *run_names(struct holdings *h, const Saldo__V1__Payout *p,
                                        const Saldo__V1__Payout *before,
                                        const struct pain_ids *names)
{
    if (before != NULL && before->run_day == p->run_day &&
        strcmp(before->organiser, p->organiser) == 0)
        return names;
    struct pain_key key = {.organiser = p->organiser, .run_day = p->run_day};
    memcpy(key.ledger_id, h->ledger_id, sizeof(key.ledger_id));
    struct pain_ids *made = slab_alloc(&h->slab, sizeof(*made));
    pain001_ids(&key, made);
    return made;
}

/* The bank's side of payout i. */
static void make_payout(struct holdings *h, struct match_payout *out, size_t i,
                        const struct pain_ids **names)
{
    const Saldo__V1__Payout *p = h->payouts[i];
    const Saldo__V1__Run *run = h->runs_of[i];

    *names = run_names(h, p, i > 0 ? h->payouts[i - 1] : NULL, *names);
    *out = (struct match_payout){
        .account = run->iban,
        .iban = p->iban,
        .end_to_end_id = p->end_to_end_id,
        .reference = p->reference,
        .payment_id = (*names)->information,
        .message_id = (*names)->message,
        .execution_day = run->execution_day,
        .cents = p->cents,
        .state = state_of(p),
        .accepted = strcmp(p->state, "ACCEPTED") == 0,
        .held = strcmp(p->state, "HELD") == 0 && p->in_transit,
        .booked = {p->booked_by_statement, p->booked_by_notification},
        .returned = {p->returned_by_statement, p->returned_by_notification},
        .run_debited = {run->debited_by_statement, run->debited_by_notification},
        .booked_by = MATCH_NONE,
        .returned_by = MATCH_NONE,
    };
}

void holdings_input(struct holdings *h, struct match_input *in)
{
    const char **accounts = slab_alloc(&h->slab, (h->by_account.count + 1) * sizeof(char *));
    const struct pain_ids *names = NULL;

    for (size_t i = 0; i < h->by_account.count; i++)
        accounts[i] = h->by_account.keys[i].text;
    in->payouts = slab_alloc(&h->slab, (h->payout_count + 1) * sizeof(*in->payouts));
    for (size_t i = 0; i < h->payout_count; i++)
        make_payout(h, &in->payouts[i], i, &names);
    in->payout_count = h->payout_count;
    in->accounts = accounts;
    in->account_count = h->by_account.count;
}
