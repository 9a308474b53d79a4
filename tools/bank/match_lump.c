/* match_lump.c - bookings of many payments in one sum. */
#include <stdlib.h>
#include <string.h>

#include "bank/match_inside.h"
#include "tool.h"

/* A sum that is not told apart by a key; a single detail without one is as good as its entry. */
static bool is_sum(const struct match_line *line)
{
    return line->status == MATCH_UNDECIDED && line->cents == line->entry_cents;
}

static void detailed(struct match_line *line, const char *note)
{
    match_decide(line, MATCH_DETAILED, MATCH_NONE, note);
}

/* ---- Details that stand in a notification ------------------------------------------------------
 */

static void lump_by_details(struct match *m, const struct match_groups *g, struct match_line *line)
{
    if (!match_is_detailed(m, g, line))
        return;
    size_t at = match_detailed_run(m, g, line);
    line->run = at != MATCH_NONE ? m->runs[at].first : MATCH_NONE;
    if (!line->credit && !line->notification && at != MATCH_NONE) {
        struct match_run *run = &m->runs[at];
        if (!match_run_has_room(run, line)) {
            match_decide(line, MATCH_CONFLICT, MATCH_NONE, "its payments were debited before");
            return;
        }
        line->run_whole = run->told[0] == 0 && run->under_way == 0 && run->paid == line->cents;
        run->told[0] += line->cents;
    }
    detailed(line, "a notification has its details");
}

static void lumps_by_details(struct match *m)
{
    struct match_groups groups;

    match_groups_make(&groups, m);
    for (size_t i = 0; i < m->in->line_count; i++)
        if (is_sum(m->order[i]))
            lump_by_details(m, &groups, m->order[i]);
    for (size_t i = 0; i < m->in->line_count; i++)
        if (is_sum(m->order[i]) && match_is_twin(m, &groups, m->order[i]))
            detailed(m->order[i], m->order[i]->notification
                                      ? "a statement tells the same entry"
                                      : "a notification tells the same entry");
    match_groups_free(&groups);
}

/* ---- Sums that name their run ------------------------------------------------------------------
 */

/* The run that the line names, if that can be: a sum of more is no sum of it. */
static struct match_run *named_run(const struct match *m, const struct match_line *line)
{
    size_t at = is_sum(line) && !line->credit ? match_run_named(m, line->payment_id) : MATCH_NONE;

    return at != MATCH_NONE ? &m->runs[at] : NULL;
}

/* The bank may have rejected some of a run before anybody has read so, and may book it in parts:
 * only all sums of one kind of message together, once the last word on each payment was said, are
 * those of the run. Of parts with one too many none is explained. */
static void decide_named(struct match_run *run, struct match_line *line)
{
    static const char wait[] = "a run, or a part of it, in one sum: waits for its details";
    int64_t told = run->told[line->notification];

    if (strcmp(run->account, line->account) != 0)
        match_decide(line, MATCH_CONFLICT, MATCH_NONE,
                     "the run is to be paid from another account");
    else if (told + line->cents > run->cents)
        match_decide(line, MATCH_CONFLICT, MATCH_NONE,
                     told > 0 ? "more was debited than the run that it names"
                              : "the sum is not that of the run it names");
    else if (run->under_way == 0 && told + run->named == run->paid)
        detailed(line, "its payments are all booked");
    else
        match_decide(line, MATCH_WAITING, MATCH_NONE, wait);
}

static void lumps_by_name(struct match *m, bool notification)
{
    for (size_t i = 0; i < m->run_count; i++)
        m->runs[i].named = 0;
    for (size_t i = 0; i < m->in->line_count; i++) {
        const struct match_line *line = m->order[i];
        struct match_run *run = named_run(m, line);
        if (run != NULL && line->notification == notification &&
            strcmp(run->account, line->account) == 0 &&
            run->told[notification] + run->named + line->cents <= run->cents)
            run->named += line->cents;
    }
    for (size_t i = 0; i < m->in->line_count; i++) {
        struct match_line *line = m->order[i];
        struct match_run *run = named_run(m, line);
        if (run == NULL || line->notification != notification)
            continue;
        bool whole = run->told[notification] == 0 && line->cents == run->paid;
        decide_named(run, line);
        line->run = run->first;
        if (line->status == MATCH_WAITING && run->named == line->cents) /* not one part of many */
            line->told = run->paid - run->told[notification];
        if (line->status != MATCH_DETAILED)
            continue;
        line->run_whole = whole;
        run->told[notification] += line->cents;
        run->named -= line->cents;
    }
}

/* ---- Sums without a name -----------------------------------------------------------------------
 */

struct candidates {
    size_t fits, many, under_way; /* runs with this sum; of many payments; payments of that day */
    struct match_run *run;
};

/* Runs of that account and day; as long as any of them is under way its sum is not known. */
static struct candidates runs_of_day(const struct match *m, const struct index *days,
                                     const struct match_line *line)
{
    struct candidates c = {0};
    size_t count;
    const struct index_key *keys = index_find(days, line->account, line->day, &count);

    for (size_t i = 0; i < count; i++) {
        struct match_run *run = &m->runs[keys[i].item];
        c.under_way += run->under_way;
        if (run->cents != line->cents || (run->under_way == 0 && !match_run_has_room(run, line)))
            continue;
        c.fits++;
        c.many += run->sent > 1;
        c.run = run;
    }
    return c;
}

/* A line with a name of any kind waits for what has the same name. */
static void lump_by_sum(const struct match *m, const struct index *days, struct match_line *line)
{
    struct candidates c = runs_of_day(m, days, line);
    bool named = line->entry_ref[0] != '\0' || line->payment_id[0] != '\0';

    if (c.fits == 0 || (c.under_way > 0 && c.many == 0))
        return;
    line->run = c.fits == 1 ? c.run->first : MATCH_NONE;
    if (c.under_way > 0 || named) {
        match_decide(line, MATCH_WAITING, MATCH_NONE,
                     "the sum of a run of that day: waits for its details");
    } else if (c.fits > 1) {
        match_decide(line, MATCH_AMBIGUOUS, MATCH_NONE, "two runs of that day have this sum");
    } else {
        detailed(line, "the payments of the run of that day are all booked");
        line->run_whole = true;
        c.run->told[line->notification] += line->cents;
    }
}

static void lumps_by_sum(struct match *m)
{
    struct index days = {0};

    for (size_t i = 0; i < m->run_count; i++)
        index_add(&days, (struct index_key){m->runs[i].account, m->runs[i].execution_day, i});
    index_sort(&days);
    for (size_t i = 0; i < m->in->line_count; i++)
        if (is_sum(m->order[i]) && m->order[i]->whole && !m->order[i]->credit)
            lump_by_sum(m, &days, m->order[i]);
    index_free(&days);
}

void match_lumps(struct match *m)
{
    lumps_by_details(m);
    lumps_by_name(m, false);
    lumps_by_name(m, true);
    lumps_by_sum(m);
}
