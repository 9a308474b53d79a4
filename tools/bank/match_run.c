/* match_run.c - what went to the bank under one PmtInfId, and how much of it was told. */
#include <stdlib.h>
#include <string.h>

#include "bank/match_inside.h"
#include "tool.h"

size_t match_run_named(const struct match *m, const char *payment_id)
{
    size_t count;
    const struct index_key *key = index_find(&m->payments, payment_id, 0, &count);

    return key != NULL ? m->run_of[key->item] : MATCH_NONE;
}

bool match_run_has_room(const struct match_run *run, const struct match_line *line)
{
    return run->told[line->notification] + line->cents <= run->cents;
}

static void add_payout(struct match_run *run, const struct match_payout *p)
{
    run->sent++;
    if (match_rejected(p))
        return;
    run->cents += p->cents;
    if (p->state == MATCH_SENT) {
        run->under_way++;
        return;
    }
    run->paid += p->cents;
    run->told[0] += p->booked.statement ? p->cents : 0;
}

static void add_payouts(struct match *m)
{
    const char *before = NULL;

    m->run_count = 0;
    for (size_t i = 0; i < m->payments.count; i++) {
        size_t payout = m->payments.keys[i].item;
        const struct match_payout *p = &m->in->payouts[payout];
        struct match_run *run = &m->runs[m->run_count - (m->run_count > 0)];
        if (before == NULL || strcmp(before, p->payment_id) != 0) {
            run = &m->runs[m->run_count++];
            *run = (struct match_run){
                .account = p->account, .execution_day = p->execution_day, .first = payout};
        }
        before = p->payment_id;
        m->run_of[payout] = m->run_count - 1;
        add_payout(run, p);
    }
}

/* Sums that were explained in earlier calls, and those of whose lines only the run knows. */
static void add_lumps(struct match *m)
{
    struct match_groups groups;

    match_groups_make(&groups, m);
    for (size_t i = 0; i < m->in->line_count; i++) {
        const struct match_line *line = &m->in->lines[i];
        if (line->record != MATCH_TOLD_LUMP || line->credit || line->same_as != MATCH_NONE)
            continue;
        size_t run = line->run != MATCH_NONE ? m->run_of[line->run] : MATCH_NONE;
        if (run == MATCH_NONE && !line->notification)
            run = match_run_named(m, line->payment_id);
        if (run == MATCH_NONE && !line->notification)
            run = match_detailed_run(m, &groups, line);
        if (run != MATCH_NONE)
            m->runs[run].told[line->notification] += line->cents;
    }
    for (size_t i = 0; i < m->run_count; i++) {
        struct match_run *run = &m->runs[i];
        const struct match_told *whole = &m->in->payouts[run->first].run_debited;
        if (whole->statement && run->told[0] < run->paid)
            run->told[0] = run->paid;
        if (whole->notification && run->told[1] < run->paid)
            run->told[1] = run->paid;
    }
    match_groups_free(&groups);
}

void match_runs_make(struct match *m)
{
    add_payouts(m);
    add_lumps(m);
}
