#include "reconcile/figures.h"

#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "progress.h"
#include "settled_day.h"

#define EVENT(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

#define FIGURES_LINES_TEXT(name, text) [name] = text,
const char *figures_lines_text(enum figures_lines kind)
{
    static const char *const texts[LINES_KINDS] = {FIGURES_LINES(FIGURES_LINES_TEXT)};

    return texts[kind];
}

struct day_figures *figures_day(const struct figures *f, size_t organiser, int32_t day)
{
    if (f->days == NULL || day < f->first_day || day > f->last_day)
        return NULL;
    size_t width = (size_t)(f->last_day - f->first_day) + 1;
    return &f->days[organiser * width + (size_t)(day - f->first_day)];
}

uint64_t figures_number(const struct figures *f, int32_t day)
{
    bool settled = f->numbers != NULL && day >= f->first_day && day <= f->last_day;

    return settled ? f->numbers[day - f->first_day] : 0;
}

static size_t organiser_of(const struct holdings *h, const char *code)
{
    for (size_t i = 0; i < h->catalogue->n_organisers; i++)
        if (strcmp(h->catalogue->organisers[i]->code, code) == 0)
            return i;
    return MATCH_NONE;
}

/* Money that left before the first settled day or after the last one belongs to the nearest. NULL:
 * nothing was settled, or for nobody. */
static struct day_figures *nearest(const struct figures *f, size_t organiser, int32_t day)
{
    day = day < f->first_day ? f->first_day : day > f->last_day ? f->last_day : day;
    return organiser != MATCH_NONE ? figures_day(f, organiser, day) : NULL;
}

/* ---- Tallies --------------------------------------------------------------------------------- */

static int compare_payee(const struct tally *t, const char *organiser, const char *provider)
{
    int order = strcmp(t->organiser, organiser);

    return order != 0 ? order : strcmp(t->provider, provider);
}

static const char *keep(struct slab *slab, const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy = slab_alloc(slab, len);

    memcpy(copy, text, len);
    return copy;
}

/* The place of a payee's tally, or the one where it would stand. */
static size_t place_of(const struct figures *f, const char *organiser, const char *provider)
{
    size_t low = 0, high = f->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_payee(f->tallies[middle], organiser, provider) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct tally *figures_tally(const struct figures *f, const char *organiser,
                                  const char *provider)
{
    size_t at = place_of(f, organiser, provider);

    return at < f->count && compare_payee(f->tallies[at], organiser, provider) == 0 ? f->tallies[at]
                                                                                    : NULL;
}

/* The tally of a payee; made where there is none. */
static struct tally *tally_of(struct figures *f, const char *organiser, const char *provider)
{
    size_t low = place_of(f, organiser, provider);

    if (low < f->count && compare_payee(f->tallies[low], organiser, provider) == 0)
        return f->tallies[low];
    f->tallies = tool_grow(f->tallies, f->count, &f->room, sizeof(struct tally *));
    memmove(f->tallies + low + 1, f->tallies + low, (f->count - low) * sizeof(struct tally *));
    f->count++;
    f->tallies[low] = slab_alloc(&f->slab, sizeof(struct tally));
    *f->tallies[low] = (struct tally){.organiser = keep(&f->slab, organiser),
                                      .provider = keep(&f->slab, provider)};
    return f->tallies[low];
}

struct batches {
    struct figures *f;
    const struct holdings *h;
};

static int add_line_of_batch(void *arg, const Saldo__V1__BatchLine *line, int32_t day)
{
    const struct batches *b = arg;
    struct tally *t = tally_of(b->f, line->organiser, line->provider);

    t->batches += line->cents;
    if (t->last_day < day)
        t->last_day = day;
    size_t organiser = organiser_of(b->h, line->organiser);
    if (organiser != MATCH_NONE)
        figures_day(b->f, organiser, day)->batches += line->cents;
    return TOOL_OK;
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static int compare_runs(const void *a, const void *b)
{
    const struct run_figures *x = a, *y = b;

    if (x->run_day != y->run_day)
        return x->run_day < y->run_day ? -1 : 1;
    return (x->organiser > y->organiser) - (x->organiser < y->organiser);
}

static int ask_runs(struct figures *f, const struct holdings *h, struct session *s)
{
    Saldo__V1__RunsQuery query = SALDO__V1__RUNS_QUERY__INIT;
    const Saldo__V1__Run *run;
    struct pager pager;

    pager_ask_runs(&pager, s, &query);
    while ((run = pager_run(&pager)) != NULL) {
        bool released = strcmp(run->state, "RELEASED") == 0;
        f->runs = tool_grow(f->runs, f->run_count, &f->run_room, sizeof(*f->runs));
        f->runs[f->run_count++] = (struct run_figures){
            .organiser = (uint32_t)organiser_of(h, run->organiser),
            .run_day = run->run_day,
            .released_day = released ? calendar_local_day(run->released_ms) : 0,
            .execution_day = run->execution_day,
            .planned = released ? 0 : run->cents,
            .want = released ? run->cents : 0,
        };
    }
    if (f->run_count > 0)
        qsort(f->runs, f->run_count, sizeof(*f->runs), compare_runs);
    return pager_end(&pager);
}

/* ---- Payouts --------------------------------------------------------------------------------- */

static bool is_state(const Saldo__V1__Payout *p, const char *state)
{
    return strcmp(p->state, state) == 0;
}

static void add_sent(struct figures *f, const struct holdings *h, const Saldo__V1__Payout *p)
{
    struct run_figures key = {.organiser = (uint32_t)organiser_of(h, p->organiser),
                              .run_day = p->run_day};
    struct run_figures *run =
        f->run_count > 0 ? bsearch(&key, f->runs, f->run_count, sizeof(key), compare_runs) : NULL;
    bool rejected = is_state(p, "REJECTED");
    bool sent = p->in_transit || is_state(p, "PAID") || is_state(p, "RETURNED");

    if (run == NULL || (!sent && !rejected))
        return;
    run->sent += p->cents;
    struct day_figures *day = nearest(f, key.organiser, run->released_day);
    if (sent && day != NULL)
        day->sent += p->cents;
}

static void add_payout(struct figures *f, const Saldo__V1__Payout *p)
{
    struct tally *t = tally_of(f, p->organiser, p->provider);

    if (is_state(p, "PAID"))
        t->paid += p->cents;
    else if (p->in_transit)
        t->in_transit += p->cents;
    f->payouts = tool_grow(f->payouts, f->payout_count, &f->payout_room, sizeof(*f->payouts));
    f->payouts[f->payout_count++] = (struct payout_figures){
        .payee = t, .cents = p->cents, .run_day = p->run_day, .carried = is_state(p, "CARRIED")};
}

static int compare_payouts(const void *a, const void *b)
{
    const struct payout_figures *x = a, *y = b;

    if (x->payee != y->payee)
        return compare_payee(x->payee, y->payee->organiser, y->payee->provider);
    return (x->run_day > y->run_day) - (x->run_day < y->run_day);
}

struct payout_figures *figures_payout(const struct figures *f, const char *organiser,
                                      const char *provider, int32_t run_day)
{
    struct payout_figures key = {.payee = figures_tally(f, organiser, provider),
                                 .run_day = run_day};

    if (key.payee == NULL || f->payout_count == 0)
        return NULL;
    return bsearch(&key, f->payouts, f->payout_count, sizeof(key), compare_payouts);
}

static int ask_payouts(struct figures *f, const struct holdings *h, struct session *s)
{
    Saldo__V1__PayoutsQuery query = SALDO__V1__PAYOUTS_QUERY__INIT;
    const Saldo__V1__Payout *payout;
    struct pager pager;

    pager_ask_payouts(&pager, s, &query);
    while ((payout = pager_payout(&pager)) != NULL) {
        add_payout(f, payout);
        add_sent(f, h, payout);
    }
    if (f->payout_count > 0)
        qsort(f->payouts, f->payout_count, sizeof(*f->payouts), compare_payouts);
    return pager_end(&pager);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static enum figures_lines kind_of(const Saldo__V1__BankLine *line)
{
    if (line->kind == EVENT(BOOKED) || line->kind == EVENT(RETURNED))
        return LINES_MATCHED;
    if (line->kind == EVENT(REPEATED))
        return LINES_REPEATED;
    if (line->kind == EVENT(LUMP))
        return LINES_LUMP;
    return line->closed ? LINES_CLOSED : LINES_OPEN;
}

static void add_line_sums(struct figures *f, size_t organiser, const Saldo__V1__BankLine *line)
{
    struct line_sums *sums = &f->lines[organiser][kind_of(line)];
    struct day_figures *day = nearest(f, organiser, line->day);

    sums->count++;
    *(line->credit ? &sums->in : &sums->out) += line->cents;
    if (day != NULL && line->kind == EVENT(BOOKED))
        day->booked += line->cents;
    else if (day != NULL && line->kind == EVENT(RETURNED))
        day->returned += line->cents;
}

static void add_line(struct figures *f, const struct holdings *h, const Saldo__V1__BankLine *line)
{
    struct payout_figures *payout =
        line->provider[0] != '\0'
            ? figures_payout(f, line->organiser, line->provider, line->run_day)
            : NULL;
    size_t organiser = organiser_of(h, line->organiser);
    uint64_t number = line->decided_number > 0 ? line->decided_number : line->number;
    bool back = line->kind == EVENT(REJECTED) || line->kind == EVENT(RETURNED);

    if (line->facts != NULL && organiser != MATCH_NONE)
        add_line_sums(f, organiser, line);
    if (payout == NULL)
        return;
    if (line->kind == EVENT(BOOKED))
        payout->out += line->cents;
    else if (line->kind == EVENT(RETURNED))
        payout->in += line->cents;
    if (back && payout->came_back < number)
        payout->came_back = number;
}

static int ask_lines(struct figures *f, const struct holdings *h, struct session *s)
{
    Saldo__V1__BankLinesQuery query = SALDO__V1__BANK_LINES_QUERY__INIT;
    const Saldo__V1__BankLine *line;
    struct pager pager;

    f->lines = tool_alloc(h->catalogue->n_organisers, sizeof(*f->lines));
    pager_ask_bank_lines(&pager, s, &query);
    while ((line = pager_bank_line(&pager)) != NULL)
        add_line(f, h, line);
    return pager_end(&pager);
}

/* ---- Batches --------------------------------------------------------------------------------- */

/* TOOL_REFUSED: the day is not settled. */
static int ask_known(struct session *s, int32_t day)
{
    struct settled_day settled;
    int rc = settled_day_ask(s, day, &settled, NULL, NULL);

    if (rc != TOOL_OK)
        return rc == TOOL_REFUSED ? TOOL_INTERNAL : rc; /* somebody else's day */
    return settled.known ? TOOL_OK : TOOL_REFUSED;
}

/* No query tells the first settled day: days are settled without a gap, so it lies where going back
 * ends. Doubling steps and halves find it in a few questions. */
static int find_first(struct figures *f, struct session *s, int32_t last)
{
    int32_t good = last, bad = last, step = 1;
    int rc = ask_known(s, last);

    while (rc == TOOL_OK) {
        good = bad;
        bad -= step;
        step *= 2;
        rc = bad > 0 ? ask_known(s, bad) : TOOL_REFUSED;
    }
    while (rc == TOOL_REFUSED && good - bad > 1) {
        int32_t middle = bad + (good - bad) / 2;
        rc = ask_known(s, middle);
        if (rc == TOOL_OK)
            good = middle;
        else
            bad = middle;
        rc = rc == TOOL_OK ? TOOL_REFUSED : rc;
    }
    f->first_day = good;
    f->last_day = last;
    return rc == TOOL_REFUSED ? TOOL_OK : rc;
}

static int ask_batches(struct figures *f, const struct holdings *h, struct session *s)
{
    struct progress progress;
    int rc = TOOL_OK;

    if (h->settled_through == 0)
        return TOOL_OK;
    rc = find_first(f, s, h->settled_through);
    if (rc != TOOL_OK)
        return rc;
    size_t days = (size_t)(f->last_day - f->first_day) + 1;
    f->days = tool_alloc(h->catalogue->n_organisers * days, sizeof(*f->days));
    f->numbers = tool_alloc(days, sizeof(*f->numbers));
    progress_start(&progress, "batches", days, s->tool->quiet);
    for (int32_t day = f->first_day; day <= f->last_day && rc == TOOL_OK; day++) {
        struct settled_day settled;
        rc = settled_day_ask(s, day, &settled, add_line_of_batch, &(struct batches){f, h});
        f->numbers[day - f->first_day] = settled.number;
        progress_add(&progress, 1);
    }
    progress_end(&progress);
    return rc;
}

static int ask_payables(struct figures *f, struct session *s)
{
    Saldo__V1__PayablesQuery query = SALDO__V1__PAYABLES_QUERY__INIT;
    const Saldo__V1__Payable *p;
    struct pager pager;

    pager_ask_payables(&pager, s, &query);
    while ((p = pager_payable(&pager)) != NULL) {
        struct tally *t = tally_of(f, p->organiser, p->provider);
        t->waiting += p->cents;
        t->in_payouts += p->in_payouts;
    }
    return pager_end(&pager);
}

int figures_ask(struct figures *f, const struct holdings *h, struct session *s)
{
    *f = (struct figures){0};
    int rc = ask_batches(f, h, s);

    if (rc == TOOL_OK)
        rc = ask_runs(f, h, s);
    if (rc == TOOL_OK)
        rc = ask_payouts(f, h, s);
    if (rc == TOOL_OK)
        rc = ask_lines(f, h, s);
    return rc == TOOL_OK ? ask_payables(f, s) : rc;
}

void figures_free(struct figures *f)
{
    free(f->tallies);
    free(f->payouts);
    free(f->runs);
    free(f->lines);
    free(f->days);
    free(f->numbers);
    slab_free(&f->slab);
    *f = (struct figures){0};
}
