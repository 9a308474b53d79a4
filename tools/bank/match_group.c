/* match_group.c - which lines tell one entry of the account: by the bank's own reference of it, or
 * by the PmtInfId of the run that it is a part of; with the sum and the day, on one account. */
#include <string.h>

#include "bank/match_inside.h"

void match_groups_make(struct match_groups *g, const struct match *m)
{
    *g = (struct match_groups){0};
    for (size_t i = 0; i < m->in->line_count; i++) {
        const struct match_line *line = &m->in->lines[i];
        if (match_status_outside(line->status) || line->same_as != MATCH_NONE)
            continue;
        index_add(&g->refs, (struct index_key){line->entry_ref, line->entry_cents, i});
        index_add(&g->payments, (struct index_key){line->payment_id, line->entry_cents, i});
    }
    index_sort(&g->refs);
    index_sort(&g->payments);
}

void match_groups_free(struct match_groups *g)
{
    index_free(&g->refs);
    index_free(&g->payments);
}

/* ---- Those that tell the same entry ---------------------------------------------------------- */

static bool is_beside(const struct match_line *a, const struct match_line *b)
{
    return a->credit == b->credit && a->day == b->day && strcmp(a->account, b->account) == 0;
}

/* Names that contradict each other do not belong together. */
static bool may_agree(const struct match_line *a, const struct match_line *b)
{
    return a->entry_ref[0] == '\0' || b->entry_ref[0] == '\0';
}

typedef void visit(void *arg, const struct match_line *other);

/* Each line that tells the entry of this one, itself too. */
static void visit_group(const struct match *m, const struct match_groups *g,
                        const struct match_line *line, visit *see, void *arg)
{
    size_t refs, payments;
    const struct index_key *by_ref =
        index_find(&g->refs, line->entry_ref, line->entry_cents, &refs);
    const struct index_key *by_payment =
        index_find(&g->payments, line->payment_id, line->entry_cents, &payments);

    for (size_t i = 0; i < refs; i++)
        if (is_beside(line, &m->in->lines[by_ref[i].item]))
            see(arg, &m->in->lines[by_ref[i].item]);
    for (size_t i = 0; i < payments; i++) {
        const struct match_line *other = &m->in->lines[by_payment[i].item];
        if (is_beside(line, other) && may_agree(line, other))
            see(arg, other);
    }
}

/* ---- Details --------------------------------------------------------------------------------- */

static bool is_detail(const struct match_line *line)
{
    return line->notification && !line->whole;
}

struct details {
    const struct match_line *lump;
    int64_t details, lumps; /* sums of what the details tell, and of the lumps they explain */
};

static void add_details(void *arg, const struct match_line *other)
{
    struct details *d = arg;

    if (is_detail(other))
        d->details += other->cents;
    else if (other->notification == d->lump->notification && other->cents == other->entry_cents &&
             (other->record == MATCH_TOLD_LUMP || other->status == MATCH_DETAILED))
        d->lumps += other->cents;
}

bool match_is_detailed(const struct match *m, const struct match_groups *g,
                       const struct match_line *line)
{
    struct details d = {.lump = line};

    if (is_detail(line))
        return false;
    visit_group(m, g, line, add_details, &d);
    return d.lumps + line->cents <= d.details;
}

struct run_search {
    const struct match *m;
    size_t run;
    bool many;
};

static void add_run(void *arg, const struct match_line *other)
{
    struct run_search *s = arg;

    if (!is_detail(other) || other->payout == MATCH_NONE)
        return;
    size_t run = s->m->run_of[other->payout];
    s->many = s->many || (s->run != MATCH_NONE && s->run != run);
    s->run = run;
}

size_t match_detailed_run(const struct match *m, const struct match_groups *g,
                          const struct match_line *line)
{
    struct run_search s = {.m = m, .run = MATCH_NONE};

    visit_group(m, g, line, add_run, &s);
    return s.many ? MATCH_NONE : s.run;
}

/* ---- The same entry in a statement and in a notification ------------------------------------- */

struct twins {
    const struct match_line *line;
    size_t others; /* entries of the other kind that may count instead */
    size_t left;   /* lines of this kind that were left out for one */
};

/* A notification's payout is known, or a person has explained it. */
static bool is_explained(const struct match_line *line)
{
    return line->record == MATCH_TOLD || line->status == MATCH_MATCHED ||
           line->status == MATCH_REPEATED;
}

/* The statement's counts, unless the notification's is the one that could be explained. */
static void add_twin(void *arg, const struct match_line *other)
{
    struct twins *t = arg;

    if (other == t->line || other->cents != other->entry_cents ||
        strcmp(other->entry_ref, t->line->entry_ref) != 0)
        return;
    if (other->notification == t->line->notification)
        t->left += other->record == MATCH_TOLD_LUMP || other->status == MATCH_DETAILED;
    else
        t->others += t->line->notification || is_explained(other);
}

bool match_is_twin(const struct match *m, const struct match_groups *g,
                   const struct match_line *line)
{
    struct twins t = {.line = line};

    if (line->entry_ref[0] == '\0' || (line->notification && !line->whole))
        return false;
    visit_group(m, g, line, add_twin, &t);
    return t.others > t.left;
}
