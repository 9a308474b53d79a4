/* match_lump.c - bookings of many payments in one sum, and suggestions for a person. */
#include <stdlib.h>
#include <string.h>

#include "bank/match_inside.h"
#include "tool.h"

/* ---- Runs ------------------------------------------------------------------------------------ */

/* What went to the bank under one PmtInfId. */
struct run {
    const char *payment_id;
    const char *account;
    int32_t execution_day;
    int64_t cents;
    int64_t paid_cents;
    size_t payouts;
    size_t paid;
    size_t first;     /* a payout of it */
    struct told told; /* that all of it was debited in one sum */
};

struct runs {
    struct run *list; /* owned */
    size_t count, room;
    struct index names, sums;
};

static void runs_add(struct runs *r, const struct match *m, size_t payout)
{
    const struct match_payout *p = &m->in->payouts[payout];
    struct run *last = r->count > 0 ? &r->list[r->count - 1] : NULL;

    if (p->state == MATCH_NOT_SENT || p->state == MATCH_REJECTED)
        return;
    if (last == NULL || strcmp(last->payment_id, p->payment_id) != 0) {
        r->list = tool_grow(r->list, r->count, &r->room, sizeof(*r->list));
        last = &r->list[r->count++];
        *last = (struct run){.payment_id = p->payment_id,
                             .account = p->account,
                             .execution_day = p->execution_day,
                             .first = payout};
    }
    last->cents += p->cents;
    last->payouts++;
    if (p->state == MATCH_SENT && p->booked_by == MATCH_NONE)
        return;
    last->paid++;
    last->paid_cents += p->cents;
}

static void runs_make(struct runs *r, const struct match *m)
{
    struct index by_name = {0};

    *r = (struct runs){0};
    for (size_t i = 0; i < m->in->payout_count; i++)
        index_add(&by_name, (struct index_key){m->in->payouts[i].payment_id, 0, i});
    index_sort(&by_name);
    for (size_t i = 0; i < by_name.count; i++)
        runs_add(r, m, by_name.keys[i].item);
    for (size_t i = 0; i < r->count; i++) {
        index_add(&r->names, (struct index_key){r->list[i].payment_id, 0, i});
        index_add(&r->sums, (struct index_key){r->list[i].account, r->list[i].cents, i});
    }
    index_sort(&r->names);
    index_sort(&r->sums);
    index_free(&by_name);
}

static void runs_free(struct runs *r)
{
    index_free(&r->names);
    index_free(&r->sums);
    free(r->list);
}

/* ---- Lumps ----------------------------------------------------------------------------------- */

/* All of a run is debited once; told by each kind of message is one debit. */
static void lump_detailed(struct match_line *line, struct run *run, const char *note)
{
    bool *told = line->notification ? &run->told.notification : &run->told.statement;

    if (*told)
        match_decide(line, MATCH_CONFLICT, MATCH_NONE, "the run it names was debited before");
    else
        match_decide(line, MATCH_DETAILED, MATCH_NONE, note);
    *told = true;
}

/* The bank may have rejected some of a run before anybody has read so: until all of it is known,
 * another sum than the run's is none that is wrong. */
static void lump_of(struct match_line *line, struct run *run)
{
    if (line->cents == run->paid_cents)
        lump_detailed(line, run, "its payments are all booked");
    else if (run->paid < run->payouts)
        match_decide(line, MATCH_WAITING, MATCH_NONE, "a run in one sum: waits for its details");
    else
        match_decide(line, MATCH_CONFLICT, MATCH_NONE, "the sum is not that of the run it names");
}

static bool lump_by_name(struct match *m, struct match_line *line, const struct runs *r)
{
    size_t count;
    const struct index_key *key = index_find(&r->names, line->payment_id, 0, &count);

    if (key == NULL)
        return false;
    struct run *run = &r->list[key->item];
    if (strcmp(run->account, line->account) != 0)
        match_decide(line, MATCH_CONFLICT, MATCH_NONE,
                     "the run is to be paid from another account");
    else if (run->payouts == 1)
        match_settle(m, line, run->first);
    else
        lump_of(line, run);
    return true;
}

static void lump_by_sum(struct match_line *line, const struct runs *r)
{
    size_t count, fits = 0;
    struct run *run = NULL;
    const struct index_key *keys = index_find(&r->sums, line->account, line->cents, &count);

    for (size_t i = 0; i < count; i++) {
        struct run *one = &r->list[keys[i].item];
        if (one->execution_day != line->day || one->payouts < 2)
            continue;
        run = one;
        fits++;
    }
    if (fits > 1)
        match_decide(line, MATCH_AMBIGUOUS, MATCH_NONE, "two runs of that day have this sum");
    else if (fits == 1)
        lump_of(line, run);
}

/* ---- Details that stand in a notification ------------------------------------------------------
 */

static void groups_make(struct index *refs, struct index *payments, const struct match *m)
{
    for (size_t i = 0; i < m->in->line_count; i++) {
        const struct match_line *line = &m->in->lines[i];
        if (!line->notification || line->status == MATCH_FOREIGN)
            continue;
        index_add(refs, (struct index_key){line->entry_ref, line->entry_cents, i});
        index_add(payments, (struct index_key){line->payment_id, line->entry_cents, i});
    }
    index_sort(refs);
    index_sort(payments);
}

static bool is_detailed(const struct match *m, const struct match_line *line,
                        const struct index *groups, const char *name)
{
    size_t count;
    const struct index_key *keys = index_find(groups, name, line->cents, &count);

    for (size_t i = 0; i < count; i++) {
        const struct match_line *other = &m->in->lines[keys[i].item];
        if (other->credit == line->credit && other->day == line->day &&
            strcmp(other->account, line->account) == 0)
            return true;
    }
    return false;
}

/* Entries of a part of a run may be many, and equal. */
static void lump_in_notification(struct match_line *line, const struct runs *r)
{
    static const char note[] = "a notification has its details";
    size_t count;
    const struct index_key *key = index_find(&r->names, line->payment_id, 0, &count);

    if (key != NULL && !line->credit && r->list[key->item].paid_cents == line->cents)
        lump_detailed(line, &r->list[key->item], note);
    else
        match_decide(line, MATCH_DETAILED, MATCH_NONE, note);
}

void match_lumps(struct match *m)
{
    struct index refs = {0}, payments = {0};
    struct runs runs;

    groups_make(&refs, &payments, m);
    runs_make(&runs, m);
    for (size_t i = 0; i < m->in->line_count; i++) {
        struct match_line *line = m->order[i];
        if (line->status != MATCH_UNDECIDED || line->cents != line->entry_cents)
            continue;
        if (!line->notification && (is_detailed(m, line, &refs, line->entry_ref) ||
                                    is_detailed(m, line, &payments, line->payment_id)))
            lump_in_notification(line, &runs);
        else if (!line->credit && !lump_by_name(m, line, &runs) && line->whole)
            lump_by_sum(line, &runs);
    }
    index_free(&refs);
    index_free(&payments);
    runs_free(&runs);
}

/* ---- Suggestions ----------------------------------------------------------------------------- */

static bool is_likely(const struct match *m, const struct match_line *line, size_t payout)
{
    const struct match_payout *p = &m->in->payouts[payout];
    int32_t apart = line->day - p->execution_day;
    bool open = line->credit ? p->returned_by == MATCH_NONE && line->returned &&
                                   (p->state == MATCH_PAID || p->booked_by != MATCH_NONE)
                             : p->state == MATCH_SENT && p->booked_by == MATCH_NONE;

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
