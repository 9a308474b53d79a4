/* match_keys.c - exact keys: EndToEndId, InstrId, PmtInfId of one payment, reference and amount. */
#include <string.h>

#include "bank/match_inside.h"

enum { REFERENCE_BYTES = 64 };

/* Could the line be about this payout? Each kind of message tells it once, in whatever order. */
static bool is_possible(const struct match *m, const struct match_line *line, size_t payout)
{
    const struct match_payout *p = &m->in->payouts[payout];
    const struct match_told *told = &(line->credit ? m->returned : m->booked)[payout];

    return p->state != MATCH_NOT_SENT && !match_rejected(p) &&
           !(line->notification ? told->notification : told->statement);
}

static bool is_own(const struct match *m, const struct match_line *line, size_t payout)
{
    return strcmp(m->in->payouts[payout].account, line->account) == 0;
}

/* One candidate it can be about, or one at all; on the line's own account, if there are any. */
static void decide_between(struct match *m, struct match_line *line, const struct index_key *keys,
                           size_t count)
{
    size_t own = 0, open = 0, fits = 0, which = keys[0].item;

    for (size_t i = 0; i < count; i++)
        own += is_own(m, line, keys[i].item);
    for (size_t i = 0; i < count; i++) {
        if (own > 0 && !is_own(m, line, keys[i].item))
            continue;
        bool possible = is_possible(m, line, keys[i].item);
        if (fits++ == 0 || (possible && open == 0))
            which = keys[i].item;
        open += possible;
    }
    if (open > 1 || (open == 0 && fits > 1))
        match_decide(line, MATCH_AMBIGUOUS, MATCH_NONE, "two payouts have the same key");
    else if (line->credit != line->returned && m->in->payouts[which].cents == line->cents)
        match_decide(line, MATCH_SUGGESTED, which,
                     line->credit
                         ? "money came in with a payout's key, and the bank calls it no return"
                         : "money went out with a payout's key, and the bank calls it a return");
    else
        match_settle(m, line, which);
}

typedef const struct index_key *find_keys(const struct match *m, const struct match_line *line,
                                          size_t *count);

static const struct index_key *by_end(const struct match *m, const struct match_line *line,
                                      size_t *count)
{
    return index_find(&m->ends, line->end_to_end_id, 0, count);
}

/* The payment file names no instruction, so a bank that gives one gives the EndToEndId. */
static const struct index_key *by_instruction(const struct match *m, const struct match_line *line,
                                              size_t *count)
{
    return index_find(&m->ends, line->instruction_id, 0, count);
}

static const struct index_key *by_reference(const struct match *m, const struct match_line *line,
                                            size_t *count)
{
    char reference[REFERENCE_BYTES];

    return index_find(&m->references, match_reference(line->reference, reference, REFERENCE_BYTES),
                      line->cents, count);
}

/* The sum of a run of one payment is that payment. A notification may have its details beside. */
static const struct index_key *by_payment(const struct match *m, const struct match_line *line,
                                          size_t *count)
{
    const struct index_key *key = index_find(&m->payments, line->payment_id, 0, count);
    bool one = key != NULL && m->runs[m->run_of[key->item]].sent == 1;

    return one && line->cents == line->entry_cents && !line->credit && !line->notification ? key
                                                                                           : NULL;
}

/* A return needs its booking, which may stand in the same input: so bookings go first. */
void match_keys(struct match *m)
{
    static find_keys *const steps[] = {by_end, by_instruction, by_payment, by_reference};
    enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

    for (size_t step = 0; step < 2 * STEPS; step++)
        for (size_t i = 0; i < m->in->line_count; i++) {
            struct match_line *line = m->order[i];
            size_t count;
            if (line->status != MATCH_UNDECIDED || line->credit != (step >= STEPS))
                continue;
            const struct index_key *keys = steps[step % STEPS](m, line, &count);
            if (keys != NULL)
                decide_between(m, line, keys, count);
        }
}
