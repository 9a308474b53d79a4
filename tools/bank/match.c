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
    return s == MATCH_MATCHED || s == MATCH_KNOWN || s == MATCH_DETAILED || s == MATCH_FOREIGN;
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

/* Told once by each kind of message is one booking; twice by the same kind are two. */
static void settle_again(struct told *told, struct match_line *line, size_t payout,
                         const char *twice)
{
    bool *same = line->notification ? &told->notification : &told->statement;

    if (*same)
        match_decide(line, MATCH_CONFLICT, payout, twice);
    else
        match_decide(line, MATCH_KNOWN, payout, "another message has told it");
    *same = true;
}

static void settle_first(struct told *told, struct match_line *line, size_t payout)
{
    *(line->notification ? &told->notification : &told->statement) = true;
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
        match_decide(line, p->state == MATCH_SENT ? MATCH_WAITING : MATCH_CONFLICT, payout,
                     p->state == MATCH_SENT ? "returned before it was booked: read the booking too"
                                            : "returned, and it was never paid");
    }
}

static void settle_booking(struct match *m, struct match_line *line, size_t payout)
{
    struct match_payout *p = &m->in->payouts[payout];

    if (p->state == MATCH_SENT && p->booked_by == MATCH_NONE) {
        settle_first(&m->booked[payout], line, payout);
        p->booked_by = (size_t)(line - m->in->lines);
    } else if (p->state == MATCH_NOT_SENT) {
        match_decide(line, MATCH_CONFLICT, payout, "booked, and it was never released");
    } else if (p->state == MATCH_REJECTED) {
        match_decide(line, MATCH_CONFLICT, payout, "booked, and the bank had rejected it");
    } else {
        settle_again(&m->booked[payout], line, payout, "it was debited before");
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

static int compare_past(const void *a, const void *b)
{
    const struct match_past *x = a, *y = b;

    return memcmp(x->id, y->id, MATCH_LINE_BYTES);
}

static void know_past(struct match *m, struct match_line *line)
{
    struct match_past wanted = {0};
    const struct match_past *past = NULL;

    memcpy(wanted.id, line->id, MATCH_LINE_BYTES);
    if (m->in->past_count > 0)
        past = bsearch(&wanted, m->past, m->in->past_count, sizeof(*m->past), compare_past);
    line->recorded = past != NULL;
    if (past != NULL && past->payout == MATCH_NONE)
        match_decide(line, MATCH_UNMATCHED, MATCH_NONE, "recorded before as unmatched");
    else if (past != NULL)
        match_decide(line, MATCH_KNOWN, past->payout, "recorded before");
}

static int compare_identity(const void *a, const void *b)
{
    const struct match_line *const *x = a, *const *y = b;
    int order = memcmp((*x)->id, (*y)->id, MATCH_LINE_BYTES);

    return order != 0 ? order : (*x)->notification - (*y)->notification;
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

static void match_identity(struct match *m)
{
    size_t accounts, count = m->in->line_count;

    qsort(m->order, count, sizeof(struct match_line *), compare_identity);
    for (size_t i = 0; i < count; i++) {
        struct match_line *line = m->order[i];
        match_decide(line, MATCH_UNDECIDED, MATCH_NONE, "");
        if (index_find(&m->accounts, line->account, 0, &accounts) == NULL)
            match_decide(line, MATCH_FOREIGN, MATCH_NONE, "an account of no organiser");
        else if (strcmp(line->currency, "EUR") != 0)
            match_decide(line, MATCH_FOREIGN, MATCH_NONE, "not in euros");
        else if (i > 0 && memcmp(m->order[i - 1]->id, line->id, MATCH_LINE_BYTES) == 0)
            match_decide(line, MATCH_KNOWN, MATCH_NONE, "it stands in the input twice");
        else
            know_past(m, line);
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
        p->booked_by = p->returned_by = MATCH_NONE;
        index_add(&m->ends, (struct index_key){p->end_to_end_id, 0, i});
        index_add(&m->references, (struct index_key){reference, p->cents, i});
        index_add(&m->ibans, (struct index_key){p->iban, p->cents, i});
    }
    for (size_t i = 0; i < m->in->account_count; i++)
        index_add(&m->accounts, (struct index_key){m->in->accounts[i], 0, i});
    index_sort(&m->ends);
    index_sort(&m->references);
    index_sort(&m->ibans);
    index_sort(&m->accounts);
}

static void match_begin(struct match *m, struct match_input *in)
{
    *m = (struct match){.in = in};
    m->order = tool_alloc(in->line_count, sizeof(struct match_line *));
    m->past = tool_alloc(in->past_count, sizeof(*m->past));
    m->booked = tool_alloc(in->payout_count, sizeof(*m->booked));
    m->returned = tool_alloc(in->payout_count, sizeof(*m->returned));
    for (size_t i = 0; i < in->line_count; i++)
        m->order[i] = &in->lines[i];
    for (size_t i = 0; i < in->past_count; i++) {
        const struct match_past *past = &in->past[i];
        m->past[i] = *past;
        if (past->payout == MATCH_NONE)
            continue;
        struct told *told = &(past->credit ? m->returned : m->booked)[past->payout];
        *(past->notification ? &told->notification : &told->statement) = true;
    }
    qsort(m->past, in->past_count, sizeof(*m->past), compare_past);
    index_payouts(m);
}

void match_lines(struct match_input *in)
{
    struct match m;

    match_begin(&m, in);
    match_identity(&m);
    match_assigned(&m);
    match_keys(&m);
    match_lumps(&m);
    match_suggest(&m);
    for (size_t i = 0; i < in->line_count; i++)
        if (in->lines[i].status == MATCH_UNDECIDED)
            match_decide(&in->lines[i], MATCH_UNMATCHED, MATCH_NONE, "no payout fits");
    index_free(&m.accounts);
    index_free(&m.ends);
    index_free(&m.references);
    index_free(&m.ibans);
    slab_free(&m.slab);
    free(m.order);
    free(m.past);
    free(m.booked);
    free(m.returned);
}
