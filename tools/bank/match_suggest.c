/* match_suggest.c - suggestions for a person: nothing here is ever told by itself. */
#include <stdlib.h>
#include <string.h>

#include "bank/match_inside.h"
#include "tool.h"

static bool is_likely(const struct match *m, const struct match_line *line, size_t payout)
{
    const struct match_payout *p = &m->in->payouts[payout];
    int32_t apart = line->day - p->execution_day;
    bool open = line->credit
                    ? p->returned_by == MATCH_NONE && line->returned &&
                          (p->state == MATCH_PAID || p->booked_by != MATCH_NONE)
                    : p->state == MATCH_SENT && !match_rejected(p) && p->booked_by == MATCH_NONE;

    return open && strcmp(p->account, line->account) == 0 && apart >= -MATCH_SUGGEST_DAYS &&
           apart <= MATCH_SUGGEST_DAYS;
}

static void suggest_for(struct match *m, struct match_line *line)
{
    size_t count, likely = 0, which = MATCH_NONE;
    const struct index_key *keys = index_find(&m->ibans, line->iban, line->cents, &count);

    for (size_t i = 0; i < count; i++)
        if (is_likely(m, line, keys[i].item)) {
            likely++;
            which = keys[i].item;
        }
    if (likely > 1)
        match_decide(line, MATCH_AMBIGUOUS, MATCH_NONE, "two payouts have this IBAN and amount");
    else if (likely == 1)
        match_decide(line, MATCH_SUGGESTED, which, "IBAN, amount and day fit");
}

/* Two lines that want the same payout are as ambiguous as two payouts for a line. */
void match_suggest(struct match *m)
{
    size_t *wanted = tool_alloc(m->in->payout_count, 2 * sizeof(*wanted));

    for (size_t i = 0; i < m->in->line_count; i++) {
        struct match_line *line = m->order[i];
        if (line->status == MATCH_UNDECIDED)
            suggest_for(m, line);
        if (line->status == MATCH_SUGGESTED)
            wanted[2 * line->payout + line->credit]++;
    }
    for (size_t i = 0; i < m->in->line_count; i++) {
        struct match_line *line = m->order[i];
        if (line->status == MATCH_SUGGESTED && wanted[2 * line->payout + line->credit] > 1)
            match_decide(line, MATCH_AMBIGUOUS, MATCH_NONE, "two lines fit the same payout");
    }
    free(wanted);
}
