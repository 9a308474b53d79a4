#include "reconcile/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "text.h"
#include "tool.h"

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

static const char *keep(struct slab *slab, const char *text)
{
    size_t size = text != NULL ? strlen(text) + 1 : 1;

    return size > 1 ? memcpy(slab_alloc(slab, size), text, size) : "";
}

void findings_add(struct findings *f, const struct finding *one)
{
    f->list = tool_grow(f->list, f->count, &f->room, sizeof(*f->list));
    f->list[f->count] = *one;
    struct finding *own = &f->list[f->count++];
    const char **texts[] = {&own->organiser, &own->provider, &own->row, &own->favour, &own->detail};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = keep(&f->slab, *texts[i]);
}

static bool is_state(const Saldo__V1__Payout *p, const char *state)
{
    return strcmp(p->state, state) == 0;
}

/* ---- Batches against payouts -------------------------------------------------------------------
 */

static void find_payables(struct findings *f, const struct figures *g)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct tally *t = g->tallies[i];
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
            if (strcmp(g->tallies[t]->organiser, o->code) == 0) {
                sum.paid += g->tallies[t]->paid;
                sum.in_transit += g->tallies[t]->in_transit;
                sum.waiting += g->tallies[t]->in_payouts + g->tallies[t]->waiting;
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

static int64_t bank_days_between(int32_t from, int32_t to)
{
    int64_t count = 0;

    for (int32_t day = from + 1; day <= to; day++)
        count += calendar_is_bank_day(day);
    return count;
}

/* What was released must have gone, payment by payment; and what nobody releases is never paid. */
static void find_runs(struct findings *f, const struct holdings *h, const struct figures *g,
                      const struct findings_options *options)
{
    for (size_t i = 0; i < g->run_count; i++) {
        const struct run_figures *run = &g->runs[i];
        struct finding one = {.kind = FINDING_RUN,
                              .organiser = h->catalogue->organisers[run->organiser]->code,
                              .day = run->run_day,
                              .want = run->want,
                              .have = run->sent,
                              .favour = run->sent > run->want ? "provider" : "county"};
        if (run->sent != run->want)
            findings_add(f, &one);
        if (run->planned == 0 ||
            bank_days_between(run->execution_day, options->today) <= options->stale_days)
            continue;
        one.kind = FINDING_UNRELEASED;
        one.want = run->planned;
        one.favour = "county";
        findings_add(f, &one);
    }
}

/* ---- The bank's open lines ---------------------------------------------------------------------
 */

static enum finding_kind kind_of(enum match_status status)
{
    static const enum finding_kind kinds[MATCH_STATUSES] = {
        [MATCH_WAITING] = FINDING_WAITING,
        [MATCH_SUGGESTED] = FINDING_SUGGESTED,
        [MATCH_AMBIGUOUS] = FINDING_AMBIGUOUS,
        [MATCH_CONFLICT] = FINDING_CONFLICT,
    };

    if (match_status_settled(status))
        return FINDING_EXPLAINED;
    return kinds[status] != FINDING_JOURNAL ? kinds[status] : FINDING_UNMATCHED;
}

static void find_line(struct findings *f, const struct holdings *h, const struct match_line *line,
                      const Saldo__V1__BankLine *own)
{
    const Saldo__V1__Payout *p = line->payout != MATCH_NONE ? h->payouts[line->payout] : NULL;
    char hex[TEXT_HEX_MAX], detail[192];

    text_hex(line->id, 8, hex);
    snprintf(detail, sizeof(detail), "%s%s%s: %s",
             line->note[0] != '\0' ? line->note : match_status_text(line->status),
             p != NULL ? ": " : "", p != NULL ? p->end_to_end_id : "", own->file);
    findings_add(f, &(struct finding){.kind = kind_of(line->status),
                                      .organiser = own->organiser,
                                      .provider = p != NULL ? p->provider : "",
                                      .row = hex,
                                      .day = line->day,
                                      .want = -line->told, /* the rest is what is missing */
                                      .have = line->credit ? line->cents : -line->cents,
                                      .favour = line->credit ? "county" : "bank",
                                      .detail = detail});
}

/* What each of them could be is found out anew; a line that could be explained by now is open until
 * saldo bank read has told so. */
static void find_lines(struct findings *f, struct holdings *h)
{
    struct bank_lines lines = {0};
    struct match_input in = {0};

    holdings_input(h, &in);
    holdings_lines(h, &lines);
    in.lines = lines.list;
    in.line_count = lines.count;
    match_lines(&in);
    for (size_t i = 0; i < h->open_count; i++)
        find_line(f, h, &lines.list[i], h->lines[i]);
    lines_free(&lines);
}

/* ---- Payouts against the bank, and what is not finished --------------------------------------
 */

static void find_bank(struct findings *f, const Saldo__V1__Payout *p,
                      const struct payout_figures *figures)
{
    bool returned = is_state(p, "RETURNED");
    int64_t want = is_state(p, "PAID") ? p->cents : 0, have = figures->out - figures->in;

    if (have != want || (returned && figures->in != p->cents))
        findings_add(f, &(struct finding){.kind = FINDING_BANK,
                                          .organiser = p->organiser,
                                          .provider = p->provider,
                                          .row = p->end_to_end_id,
                                          .day = p->execution_day,
                                          .want = want,
                                          .have = have,
                                          .favour = have > want ? "provider" : "county"});
}

/* Does the money still wait for a run? Not where less than it waits, nor where a later night has
 * made a payout for the payee. */
static bool waits_again(const struct figures *g, const Saldo__V1__Payout *p,
                        const struct payout_figures *figures)
{
    const struct payout_figures *end = g->payouts + g->payout_count;

    for (const struct payout_figures *later = figures + 1;
         later < end && later->payee == figures->payee; later++)
        if (figures_number(g, later->run_day) > figures->came_back && !later->carried)
            return false;
    return figures->payee->waiting >= p->cents;
}

static void find_open(struct findings *f, const struct figures *g, const Saldo__V1__Payout *p,
                      const struct payout_figures *figures, const struct findings_options *options)
{
    struct finding one = {.organiser = p->organiser,
                          .provider = p->provider,
                          .row = p->end_to_end_id,
                          .day = p->execution_day,
                          .want = p->cents,
                          .favour = "county",
                          .detail = p->bank_reason[0] != '\0' ? p->bank_reason : p->reason};
    bool back = is_state(p, "REJECTED") || is_state(p, "RETURNED");

    if (is_state(p, "HELD"))
        one.kind = p->in_transit ? FINDING_NAME : FINDING_HELD;
    else if (p->in_transit &&
             bank_days_between(p->execution_day, options->today) > options->stale_days)
        one.kind = FINDING_STALE;
    else if (back && waits_again(g, p, figures))
        one.kind = FINDING_BACK;
    else
        return;
    findings_add(f, &one);
}

static int find_payouts(struct findings *f, const struct figures *g, struct session *s,
                        const struct findings_options *options)
{
    Saldo__V1__PayoutsQuery query = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *payout;
    struct pager pager;

    pager_ask_payouts(&pager, s, &query);
    while ((payout = pager_payout(&pager)) != NULL) {
        const struct payout_figures *figures =
            figures_payout(g, payout->organiser, payout->provider, payout->run_day);
        if (figures == NULL)
            continue; /* made since the figures were asked for */
        find_bank(f, payout, figures);
        find_open(f, g, payout, figures, options);
    }
    return pager_end(&pager);
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

int findings_make(struct findings *f, struct holdings *h, const struct figures *g,
                  struct session *s, const struct findings_options *options)
{
    find_payables(f, g);
    find_accounts(f, h, g);
    find_runs(f, h, g, options);
    find_lines(f, h);
    int rc = find_payouts(f, g, s, options);
    if (f->count > 0)
        qsort(f->list, f->count, sizeof(*f->list), compare);
    return rc;
}

void findings_free(struct findings *f)
{
    free(f->list);
    slab_free(&f->slab);
    *f = (struct findings){0};
}
