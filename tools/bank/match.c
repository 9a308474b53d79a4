#include "bank/match.h"

#include <stdlib.h>
#include <string.h>

#include "bank/index.h"
#include "bank/match_inside.h"
#include "tool.h"

#define STATUS_TEXT(name, text) [name] = text,
const char *match_status_text(enum match_status s)
{
    static const char *const texts[MATCH_STATUSES] = {MATCH_STATUS_LIST(STATUS_TEXT)};

    return s < MATCH_STATUSES && texts[s] != NULL ? texts[s] : "undecided";
}

bool match_status_settled(enum match_status s)
{
    return s == MATCH_MATCHED || s == MATCH_REPEATED || s == MATCH_DETAILED || s == MATCH_KNOWN;
}

bool match_rejected(const struct match_payout *p)
{
    return p->state == MATCH_REJECTED ||
           (p->refused && p->state == MATCH_SENT && p->booked_by == MATCH_NONE);
}

bool match_status_outside(enum match_status s)
{
    return s == MATCH_FOREIGN || s == MATCH_CURRENCY;
}

const char *match_reference(const char *text, char *out, size_t size)
{
    size_t len = 0;
    bool leading = true;

    for (; *text == ' ';)
        text++;
    bool creditor = (text[0] == 'R' || text[0] == 'r') && (text[1] == 'F' || text[1] == 'f');
    size_t skip = creditor ? 4 : 0; /* RF and two check digits, wherever spaces stand */
    for (; *text != '\0' && len + 1 < size; text++) {
        if (*text == ' ')
            continue;
        if (skip > 0) {
            skip--;
            continue;
        }
        leading = leading && *text == '0';
        if (!leading)
            out[len++] = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
    }
    out[len] = '\0';
    return out;
}

size_t match_find(const struct match_input *in, const char *end_to_end_id)
{
    for (size_t i = 0; i < in->payout_count; i++)
        if (end_to_end_id[0] != '\0' && strcmp(in->payouts[i].end_to_end_id, end_to_end_id) == 0)
            return i;
    return MATCH_NONE;
}

void match_decide(struct match_line *line, enum match_status status, size_t payout,
                  const char *note)
{
    line->status = status;
    line->payout = payout;
    line->note = note;
}

/* ---- What a match means ---------------------------------------------------------------------- */

static bool *told_by(struct match_told *told, const struct match_line *line)
{
    return line->notification ? &told->notification : &told->statement;
}

/* Told once by each kind of message is one booking; twice by the same kind are two. */
static void settle_again(struct match_told *told, struct match_line *line, size_t payout,
                         const char *twice)
{
    bool *same = told_by(told, line);

    if (*same)
        match_decide(line, MATCH_CONFLICT, payout, twice);
    else
        match_decide(line, MATCH_REPEATED, payout, "another message has told it");
    *same = true;
}

static void settle_first(struct match_told *told, struct match_line *line, size_t payout)
{
    *told_by(told, line) = true;
    match_decide(line, MATCH_MATCHED, payout, "");
}

static void settle_return(struct match *m, struct match_line *line, size_t payout)
{
    struct match_payout *p = &m->in->payouts[payout];

    if (p->state == MATCH_RETURNED || p->returned_by != MATCH_NONE) {
        settle_again(&m->returned[payout], line, payout, "it was returned before");
    } else if (p->state == MATCH_PAID || p->booked_by != MATCH_NONE) {
        settle_first(&m->returned[payout], line, payout);
        p->returned_by = (size_t)(line - m->in->lines);
    } else {
        bool sent = p->state == MATCH_SENT && !match_rejected(p);
        match_decide(line, sent ? MATCH_WAITING : MATCH_CONFLICT, payout,
                     sent ? "returned before it was booked: read the booking too"
                          : "returned, and it was never paid");
    }
}

static void settle_booking(struct match *m, struct match_line *line, size_t payout)
{
    struct match_payout *p = &m->in->payouts[payout];

    if (p->state == MATCH_NOT_SENT) {
        match_decide(line, MATCH_CONFLICT, payout, "booked, and it was never released");
        return;
    }
    struct match_run *run = &m->runs[m->run_of[payout]];
    int64_t debit = line->notification ? 0 : p->cents;
    if (p->state == MATCH_SENT && !match_rejected(p) && p->booked_by == MATCH_NONE) {
        settle_first(&m->booked[payout], line, payout);
        p->booked_by = (size_t)(line - m->in->lines);
        run->under_way--;
        run->paid += p->cents;
        run->told[0] += debit;
    } else if (match_rejected(p)) {
        match_decide(line, MATCH_CONFLICT, payout, "booked, and the bank had rejected it");
    } else if (!*told_by(&m->booked[payout], line) && run->told[0] + debit > run->cents) {
        match_decide(line, MATCH_CONFLICT, payout, "its run was debited in one sum before");
    } else {
        settle_again(&m->booked[payout], line, payout, "it was debited before");
        run->told[0] += line->status == MATCH_REPEATED ? debit : 0;
    }
}

void match_settle(struct match *m, struct match_line *line, size_t payout)
{
    const struct match_payout *p = &m->in->payouts[payout];

    if (strcmp(p->account, line->account) != 0)
        match_decide(line, MATCH_CONFLICT, payout, "the payout is to be paid from another account");
    else if (p->cents != line->cents)
        match_decide(line, MATCH_CONFLICT, payout, "the amount is not the payout's");
    else if (line->credit)
        settle_return(m, line, payout);
    else
        settle_booking(m, line, payout);
}

/* ---- The line itself ------------------------------------------------------------------------- */

static int compare_facts(const struct match_line *x, const struct match_line *y)
{
    const char *const a[] = {x->reference, x->iban, x->payment_id, x->entry_ref};
    const char *const b[] = {y->reference, y->iban, y->payment_id, y->entry_ref};
    int order = 0;

    for (size_t i = 0; order == 0 && i < sizeof(a) / sizeof(a[0]); i++)
        order = strcmp(a[i], b[i]);
    return order;
}

/* Of equal lines the one first that the ledger has. */
static int compare_identity(const void *a, const void *b)
{
    const struct match_line *const *x = a, *const *y = b;
    int order = memcmp((*x)->id, (*y)->id, MATCH_LINE_BYTES);

    if (order == 0)
        order = (int)(*x)->record - (int)(*y)->record;
    return order != 0 ? order : compare_facts(*x, *y);
}

/* Statements before notifications, so that what both tell counts where the bank booked it. */
static int compare_order(const void *a, const void *b)
{
    const struct match_line *const *x = a, *const *y = b;

    if ((*x)->notification != (*y)->notification)
        return (*x)->notification ? 1 : -1;
    if ((*x)->day != (*y)->day)
        return (*x)->day < (*y)->day ? -1 : 1;
    return compare_identity(a, b);
}

static void identify(const struct match *m, struct match_line *line, struct match_line *first)
{
    size_t accounts;

    line->same_as = MATCH_NONE;
    if (line->record < MATCH_TOLD_OPEN) {
        line->status = MATCH_KNOWN;
        return;
    }
    line->run = MATCH_NONE;
    line->run_whole = false;
    line->told = 0;
    match_decide(line, MATCH_UNDECIDED, MATCH_NONE, "");
    if (line->record == MATCH_TOLD_OPEN)
        return;
    if (index_find(&m->accounts, line->account, 0, &accounts) == NULL)
        match_decide(line, MATCH_FOREIGN, MATCH_NONE, "an account of no organiser");
    else if (strcmp(line->currency, "EUR") != 0)
        match_decide(line, MATCH_CURRENCY, MATCH_NONE, "not in euros");
    else if (line->cents == 0)
        match_decide(line, MATCH_KNOWN, MATCH_NONE, "no money moved");
    else if (first != line)
        line->same_as = (size_t)(first - m->in->lines);
    if (line->same_as != MATCH_NONE)
        match_decide(line, MATCH_KNOWN, MATCH_NONE,
                     first->record == MATCH_NEW ? "it stands in the input twice"
                                                : "recorded before");
}

static void match_identity(struct match *m)
{
    size_t count = m->in->line_count, first = 0;

    qsort(m->order, count, sizeof(struct match_line *), compare_identity);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(m->order[first]->id, m->order[i]->id, MATCH_LINE_BYTES) != 0)
            first = i;
        identify(m, m->order[i], m->order[first]);
        if (m->order[i]->record == MATCH_NEW)
            first = i; /* one of the input stands as the ledger's, the others say it again */
    }
    qsort(m->order, count, sizeof(struct match_line *), compare_order);
}

static void match_assigned(struct match *m)
{
    for (size_t i = 0; i < m->in->line_count; i++)
        if (m->order[i]->status == MATCH_UNDECIDED && m->order[i]->assigned != MATCH_NONE)
            match_settle(m, m->order[i], m->order[i]->assigned);
}

/* ---- All together ---------------------------------------------------------------------------- */

static void index_payouts(struct match *m)
{
    for (size_t i = 0; i < m->in->payout_count; i++) {
        struct match_payout *p = &m->in->payouts[i];
        char *reference = slab_alloc(&m->slab, strlen(p->reference) + 1);
        match_reference(p->reference, reference, strlen(p->reference) + 1);
        index_add(&m->ends, (struct index_key){p->end_to_end_id, 0, i});
        index_add(&m->references, (struct index_key){reference, p->cents, i});
        index_add(&m->ibans, (struct index_key){p->iban, p->cents, i});
        if (p->state != MATCH_NOT_SENT)
            index_add(&m->payments, (struct index_key){p->payment_id, 0, i});
    }
    for (size_t i = 0; i < m->in->account_count; i++)
        index_add(&m->accounts, (struct index_key){m->in->accounts[i], 0, i});
    index_sort(&m->ends);
    index_sort(&m->references);
    index_sort(&m->ibans);
    index_sort(&m->payments);
    index_sort(&m->accounts);
}

static void match_begin(struct match *m, struct match_input *in)
{
    *m = (struct match){.in = in};
    m->order = tool_alloc(in->line_count, sizeof(struct match_line *));
    m->booked = tool_alloc(in->payout_count, sizeof(*m->booked));
    m->returned = tool_alloc(in->payout_count, sizeof(*m->returned));
    m->runs = tool_alloc(in->payout_count + 1, sizeof(*m->runs));
    m->run_of = tool_alloc(in->payout_count, sizeof(*m->run_of));
    for (size_t i = 0; i < in->line_count; i++)
        m->order[i] = &in->lines[i];
    for (size_t i = 0; i < in->payout_count; i++)
        m->run_of[i] = MATCH_NONE;
    index_payouts(m);
}

static void match_end(struct match *m)
{
    index_free(&m->accounts);
    index_free(&m->ends);
    index_free(&m->references);
    index_free(&m->ibans);
    index_free(&m->payments);
    slab_free(&m->slab);
    free(m->order);
    free(m->booked);
    free(m->returned);
    free(m->runs);
    free(m->run_of);
}

/* Nothing is decided but what the ledger knows, and what is rejected. */
static void match_round(struct match *m)
{
    for (size_t i = 0; i < m->in->payout_count; i++) {
        struct match_payout *p = &m->in->payouts[i];
        p->booked_by = p->returned_by = MATCH_NONE;
        m->booked[i] = p->booked;
        m->returned[i] = p->returned;
    }
    match_identity(m);
    match_runs_make(m);
    match_assigned(m);
    match_keys(m);
}

/* Bookings first, as if nothing was refused: a payment that was booked was not. Then everything
 * once more, now that it is known what was. */
static void match_rounds(struct match *m)
{
    struct match_payout *payouts = m->in->payouts;
    bool *refused = tool_alloc(m->in->payout_count, sizeof(*refused));

    for (size_t i = 0; i < m->in->payout_count; i++) {
        refused[i] = payouts[i].refused;
        payouts[i].refused = false;
    }
    match_round(m);
    for (size_t i = 0; i < m->in->payout_count; i++)
        payouts[i].refused = refused[i] && payouts[i].booked_by == MATCH_NONE;
    free(refused);
    match_round(m);
}

/* A line that says again what another one of the input says stands as that one. */
static void finish(struct match *m)
{
    for (size_t i = 0; i < m->in->line_count; i++) {
        struct match_line *line = &m->in->lines[i];
        if (line->status == MATCH_UNDECIDED)
            match_decide(line, MATCH_UNMATCHED, MATCH_NONE, "no payout fits");
    }
    for (size_t i = 0; i < m->in->line_count; i++) {
        struct match_line *line = &m->in->lines[i];
        const struct match_line *same =
            line->same_as != MATCH_NONE ? &m->in->lines[line->same_as] : NULL;
        if (same != NULL && same->record == MATCH_TOLD_OPEN)
            match_decide(line, same->status, same->payout, same->note);
        else if (same != NULL)
            line->payout = same->payout;
    }
}

void match_lines(struct match_input *in)
{
    struct match m;

    match_begin(&m, in);
    match_rounds(&m);
    match_lumps(&m);
    match_suggest(&m);
    finish(&m);
    match_end(&m);
}
