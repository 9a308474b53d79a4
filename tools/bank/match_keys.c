/* match_keys.c - exact keys: EndToEndId, InstrId, structured reference and amount. */
#include "bank/match_inside.h"

enum { REFERENCE_BYTES = 64 };

/* Could the line be about this payout and nothing before it was? */
static bool is_open(const struct match *m, const struct match_line *line, size_t payout)
{
    const struct match_payout *p = &m->in->payouts[payout];

    if (line->credit)
        return p->returned_by == MATCH_NONE &&
               (p->state == MATCH_PAID || p->booked_by != MATCH_NONE);
    return p->state == MATCH_SENT && p->booked_by == MATCH_NONE;
}

/* One candidate it can be about, or one at all. */
static void decide_between(struct match *m, struct match_line *line, const struct index_key *keys,
                           size_t count)
{
    size_t open = 0, which = keys[0].item;

    for (size_t i = 0; i < count; i++)
        if (is_open(m, line, keys[i].item)) {
            open++;
            which = keys[i].item;
        }
    if (open > 1 || (open == 0 && count > 1))
        match_decide(line, MATCH_AMBIGUOUS, MATCH_NONE, "two payouts have the same key");
    else if (line->credit && !line->returned && m->in->payouts[which].cents == line->cents)
        match_decide(line, MATCH_SUGGESTED, which,
                     "money came in with a payout's key, and the bank calls it no return");
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

/* A return needs its booking, which may stand in the same input: so bookings go first. */
void match_keys(struct match *m)
{
    static find_keys *const steps[] = {by_end, by_instruction, by_reference};

    for (size_t step = 0; step < 6; step++)
        for (size_t i = 0; i < m->in->line_count; i++) {
            struct match_line *line = m->order[i];
            size_t count;
            if (line->status != MATCH_UNDECIDED || line->credit != (step >= 3))
                continue;
            const struct index_key *keys = steps[step % 3](m, line, &count);
            if (keys != NULL)
                decide_between(m, line, keys, count);
        }
}
