#include "reconcile/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "text.h"
#include "tool.h"

#define EVENT(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

#define FINDING_TEXT(name, text, advice)   [name] = text,
#define FINDING_ADVICE(name, text, advice) [name] = advice,

const char *finding_text(enum finding_kind k)
{
    static const char *const texts[FINDING_KINDS] = {FINDING_LIST(FINDING_TEXT)};

    return texts[k];
}

const char *finding_advice(enum finding_kind k)
{
    static const char *const texts[FINDING_KINDS] = {FINDING_LIST(FINDING_ADVICE)};

    return texts[k];
}

void findings_add(struct findings *f, const struct finding *one)
{
    f->list = tool_grow(f->list, f->count, &f->room, sizeof(*f->list));
    f->list[f->count] = *one;
    struct finding *own = &f->list[f->count++];
    const char **texts[] = {&own->organiser, &own->provider, &own->row, &own->favour, &own->detail};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (*texts[i] == NULL)
            *texts[i] = "";
}

static bool is_state(const Saldo__V1__Payout *p, const char *state)
{
    return strcmp(p->state, state) == 0;
}

static bool is_sent(const Saldo__V1__Payout *p)
{
    return is_state(p, "EXPORTED") || is_state(p, "ACCEPTED");
}

/* ---- Batches against payouts -------------------------------------------------------------------
 */

static void find_payables(struct findings *f, const struct figures *g)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct tally *t = &g->tallies[i];
        int64_t have = t->paid + t->in_transit + t->in_payouts + t->waiting;
        if (have != t->batches)
            findings_add(f, &(struct finding){.kind = FINDING_PAYABLE,
                                              .organiser = t->organiser,
                                              .provider = t->provider,
                                              .day = t->last_day,
                                              .want = t->batches,
                                              .have = have,
                                              .favour = have > t->batches ? "provider" : "county"});
    }
}

/* The organiser's own accounts against the rows that make them. */
static void find_accounts(struct findings *f, const struct holdings *h, const struct figures *g)
{
    for (size_t i = 0; i < h->catalogue->n_organisers; i++) {
        const Saldo__V1__CatalogueOrganiser *o = h->catalogue->organisers[i];
        struct tally sum = {0};
        for (size_t t = 0; t < g->count; t++)
            if (strcmp(g->tallies[t].organiser, o->code) == 0) {
                sum.paid += g->tallies[t].paid;
                sum.in_transit += g->tallies[t].in_transit;
                sum.waiting += g->tallies[t].in_payouts + g->tallies[t].waiting;
            }
        const struct {
            const char *name;
            int64_t want, have;
        } rows[] = {
            {"PAYABLE", sum.waiting, o->payable},
            {"IN_TRANSIT", sum.in_transit, o->in_transit},
            {"BANK", sum.paid, o->bank},
            {"all accounts", 0,
             o->commitment + o->allotted + o->pending + o->payable + o->in_transit + o->bank},
        };
        for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
            if (rows[r].want != rows[r].have)
                findings_add(f, &(struct finding){.kind = FINDING_ACCOUNT,
                                                  .organiser = o->code,
                                                  .row = rows[r].name,
                                                  .day = h->settled_through,
                                                  .want = rows[r].want,
                                                  .have = rows[r].have});
    }
}

/* What was released must have gone, payment by payment. */
static void find_runs(struct findings *f, const struct holdings *h)
{
    size_t at = 0;

    for (size_t i = 0; i < h->run_count; i++) {
        const Saldo__V1__Run *run = h->runs[i];
        int64_t sent = 0;
        for (; at < h->payout_count && h->payouts[at]->run_day == run->run_day &&
               strcmp(h->payouts[at]->organiser, run->organiser) == 0;
             at++)
            if (is_sent(h->payouts[at]) || is_state(h->payouts[at], "PAID") ||
                is_state(h->payouts[at], "REJECTED") || is_state(h->payouts[at], "RETURNED"))
                sent += h->payouts[at]->cents;
        int64_t want = strcmp(run->state, "RELEASED") == 0 ? run->cents : 0;
        if (sent != want)
            findings_add(f, &(struct finding){.kind = FINDING_RUN,
                                              .organiser = run->organiser,
                                              .day = run->run_day,
                                              .want = want,
                                              .have = sent,
                                              .favour = sent > want ? "provider" : "county"});
    }
}

/* ---- Payouts against the bank ------------------------------------------------------------------
 */

struct booked {
    int64_t out, in;
};

static void find_bank(struct findings *f, const struct holdings *h)
{
    struct booked *booked = tool_alloc(h->payout_count, sizeof(*booked));

    for (size_t i = 0; i < h->line_count; i++) {
        const Saldo__V1__BankLine *line = h->lines[i];
        size_t payout =
            holdings_payout(h, (struct payee){line->organiser, line->provider, line->run_day});
        if (payout != MATCH_NONE && line->kind == EVENT(BOOKED))
            booked[payout].out += line->cents;
        else if (payout != MATCH_NONE && line->kind == EVENT(RETURNED))
            booked[payout].in += line->cents;
    }
    for (size_t i = 0; i < h->payout_count; i++) {
        const Saldo__V1__Payout *p = h->payouts[i];
        bool returned = is_state(p, "RETURNED"), paid = returned || is_state(p, "PAID");
        int64_t want = paid && !returned ? p->cents : 0, have = booked[i].out - booked[i].in;
        if (have != want || (returned && booked[i].in != p->cents))
            findings_add(f, &(struct finding){.kind = FINDING_BANK,
                                              .organiser = p->organiser,
                                              .provider = p->provider,
                                              .row = p->end_to_end_id,
                                              .day = p->execution_day,
                                              .want = want,
                                              .have = have,
                                              .favour = have > want ? "provider" : "county"});
    }
    free(booked);
}

static void find_unmatched(struct findings *f, const struct holdings *h)
{
    for (size_t i = 0; i < h->line_count; i++) {
        const Saldo__V1__BankLine *line = h->lines[i];
        if (line->kind != EVENT(UNMATCHED) || line->closed)
            continue;
        char *hex = slab_alloc(&f->slab, 17);
        text_hex(line->line.data, line->line.len < 8 ? line->line.len : 8, hex);
        findings_add(f, &(struct finding){.kind = FINDING_UNMATCHED,
                                          .organiser = line->organiser,
                                          .row = hex,
                                          .day = line->day,
                                          .have = line->credit ? line->cents : -line->cents,
                                          .favour = line->credit ? "county" : "bank",
                                          .detail = line->file});
    }
}

/* ---- What is not finished ----------------------------------------------------------------------
 */

static int64_t bank_days_between(int32_t from, int32_t to)
{
    int64_t count = 0;

    for (int32_t day = from + 1; day <= to; day++)
        count += calendar_is_bank_day(day);
    return count;
}

/* The entry that brought a payout back. */
static uint64_t came_back(const struct holdings *h, const Saldo__V1__Payout *p)
{
    uint64_t number = 0;

    for (size_t i = 0; i < h->line_count; i++) {
        const Saldo__V1__BankLine *line = h->lines[i];
        bool back = line->kind == EVENT(REJECTED) || line->kind == EVENT(RETURNED);
        uint64_t entry = line->decided_number != 0 ? line->decided_number : line->number;
        if (back && line->run_day == p->run_day && strcmp(line->provider, p->provider) == 0 &&
            strcmp(line->organiser, p->organiser) == 0 && entry > number)
            number = entry;
    }
    return number;
}

/* Does the money still wait for a run? Not where less than it waits, nor where a later night has
 * made a payout for the payee. */
static bool waits_again(const struct holdings *h, const struct figures *g, size_t payout)
{
    const Saldo__V1__Payout *p = h->payouts[payout];
    const struct tally *t = figures_tally(g, p->organiser, p->provider);
    uint64_t number = came_back(h, p);

    for (size_t i = payout + 1; i < h->payout_count; i++) {
        const Saldo__V1__Payout *later = h->payouts[i];
        if (figures_number(g, later->run_day) > number && !is_state(later, "CARRIED") &&
            strcmp(later->provider, p->provider) == 0 &&
            strcmp(later->organiser, p->organiser) == 0)
            return false;
    }
    return t != NULL && t->waiting >= p->cents;
}

static void find_open(struct findings *f, const struct holdings *h, const struct figures *g,
                      const struct findings_options *options)
{
    for (size_t i = 0; i < h->payout_count; i++) {
        const Saldo__V1__Payout *p = h->payouts[i];
        struct finding one = {.organiser = p->organiser,
                              .provider = p->provider,
                              .row = p->end_to_end_id,
                              .day = p->execution_day,
                              .want = p->cents,
                              .favour = "county",
                              .detail = p->bank_reason[0] != '\0' ? p->bank_reason : p->reason};
        bool back = is_state(p, "REJECTED") || is_state(p, "RETURNED");
        if (is_sent(p) && bank_days_between(p->execution_day, options->today) > options->stale_days)
            one.kind = FINDING_STALE;
        else if (is_state(p, "HELD"))
            one.kind = FINDING_HELD;
        else if (back && waits_again(h, g, i))
            one.kind = FINDING_BACK;
        else
            continue;
        findings_add(f, &one);
    }
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    int order = strcmp(x->organiser, y->organiser);
    if (order == 0)
        order = strcmp(x->provider, y->provider);
    return order != 0 ? order : strcmp(x->row, y->row);
}

void findings_make(struct findings *f, const struct holdings *h, const struct figures *g,
                   const struct findings_options *options)
{
    find_payables(f, g);
    find_accounts(f, h, g);
    find_runs(f, h);
    find_bank(f, h);
    find_unmatched(f, h);
    find_open(f, h, g, options);
    if (f->count > 0)
        qsort(f->list, f->count, sizeof(*f->list), compare);
}

void findings_free(struct findings *f)
{
    free(f->list);
    slab_free(&f->slab);
    *f = (struct findings){0};
}
