#include "reconcile/figures.h"

#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "outcome.h"
#include "progress.h"

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
        if (compare_payee(&f->tallies[middle], organiser, provider) < 0)
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

    return at < f->count && compare_payee(&f->tallies[at], organiser, provider) == 0
               ? &f->tallies[at]
               : NULL;
}

/* The tally of a payee; made where there is none. */
static struct tally *tally_of(struct figures *f, const char *organiser, const char *provider)
{
    size_t low = place_of(f, organiser, provider);

    if (low < f->count && compare_payee(&f->tallies[low], organiser, provider) == 0)
        return &f->tallies[low];
    f->tallies = tool_grow(f->tallies, f->count, &f->room, sizeof(*f->tallies));
    memmove(f->tallies + low + 1, f->tallies + low, (f->count - low) * sizeof(*f->tallies));
    f->count++;
    f->tallies[low] = (struct tally){.organiser = keep(&f->slab, organiser),
                                     .provider = keep(&f->slab, provider)};
    return &f->tallies[low];
}

static void add_payout(struct figures *f, const Saldo__V1__Payout *p)
{
    struct tally *t = tally_of(f, p->organiser, p->provider);

    if (strcmp(p->state, "PAID") == 0)
        t->paid += p->cents;
    else if (p->in_transit)
        t->in_transit += p->cents;
}

static void add_batch(struct figures *f, const struct holdings *h, const Saldo__V1__Batch *b)
{
    f->numbers[b->day - f->first_day] = b->number;
    for (size_t i = 0; i < b->n_lines; i++) {
        const Saldo__V1__BatchLine *line = b->lines[i];
        struct tally *t = tally_of(f, line->organiser, line->provider);
        t->batches += line->cents;
        if (t->last_day < b->day)
            t->last_day = b->day;
        size_t organiser = organiser_of(h, line->organiser);
        if (organiser != MATCH_NONE)
            figures_day(f, organiser, b->day)->batches += line->cents;
    }
}

/* ---- Days ------------------------------------------------------------------------------------ */

static const Saldo__V1__Run *run_of(const struct holdings *h, const Saldo__V1__Payout *p)
{
    for (size_t i = 0; i < h->run_count; i++)
        if (h->runs[i]->run_day == p->run_day && strcmp(h->runs[i]->organiser, p->organiser) == 0)
            return h->runs[i];
    return NULL;
}

/* Money that left before the first settled day or after the last one belongs to the nearest. */
static struct day_figures *nearest(const struct figures *f, size_t organiser, int32_t day)
{
    day = day < f->first_day ? f->first_day : day > f->last_day ? f->last_day : day;
    return figures_day(f, organiser, day);
}

static void add_sent(struct figures *f, const struct holdings *h)
{
    const Saldo__V1__Run *run = NULL;

    for (size_t i = 0; i < h->payout_count; i++) {
        const Saldo__V1__Payout *p = h->payouts[i];
        size_t organiser = organiser_of(h, p->organiser);
        if (run == NULL || run->run_day != p->run_day || strcmp(run->organiser, p->organiser) != 0)
            run = run_of(h, p);
        bool sent =
            p->in_transit || strcmp(p->state, "PAID") == 0 || strcmp(p->state, "RETURNED") == 0;
        if (sent && run != NULL && organiser != MATCH_NONE)
            nearest(f, organiser, calendar_local_day(run->released_ms))->sent += p->cents;
    }
}

static void add_booked(struct figures *f, const struct holdings *h)
{
    for (size_t i = 0; i < h->line_count; i++) {
        const Saldo__V1__BankLine *line = h->lines[i];
        size_t organiser = organiser_of(h, line->organiser);
        if (organiser == MATCH_NONE)
            continue;
        if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED)
            nearest(f, organiser, line->day)->booked += line->cents;
        else if (line->kind == SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED)
            nearest(f, organiser, line->day)->returned += line->cents;
    }
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* On TOOL_OK s->reply is the batch of the day; TOOL_REFUSED: it is not settled. */
static int ask_batch(struct session *s, int32_t day)
{
    Saldo__V1__BatchQuery batch = SALDO__V1__BATCH_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    int code;

    batch.day = day;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_BATCH;
    query.batch = &batch;
    int rc = session_try(s, &query, SALDO__V1__REPLY__RESULT_BATCH, &code);
    if (rc == TOOL_REFUSED && code != OUTCOME_ROW_UNKNOWN)
        return session_fail(s->saldo, SALDO_ERROR_REFUSED), TOOL_INTERNAL;
    return rc;
}

/* No query tells the first settled day: days are settled without a gap, so it lies where going back
 * ends. Doubling steps and halves find it in a few questions. */
static int find_first(struct figures *f, struct session *s, int32_t last)
{
    int32_t good = last, bad = last, step = 1;
    int rc = ask_batch(s, last);

    while (rc == TOOL_OK) {
        good = bad;
        bad -= step;
        step *= 2;
        rc = bad > 0 ? ask_batch(s, bad) : TOOL_REFUSED;
    }
    while (rc == TOOL_REFUSED && good - bad > 1) {
        int32_t middle = bad + (good - bad) / 2;
        rc = ask_batch(s, middle);
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

int figures_ask(struct figures *f, const struct holdings *h, struct session *s)
{
    struct progress progress;
    int rc = TOOL_OK;

    *f = (struct figures){0};
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
        rc = ask_batch(s, day);
        if (rc == TOOL_OK && s->reply->batch->day == day)
            add_batch(f, h, s->reply->batch);
        progress_add(&progress, 1);
    }
    progress_end(&progress);
    for (size_t i = 0; i < h->payout_count; i++)
        add_payout(f, h->payouts[i]);
    for (size_t i = 0; i < h->payables->n_payables; i++) {
        const Saldo__V1__Payable *p = h->payables->payables[i];
        struct tally *t = tally_of(f, p->organiser, p->provider);
        t->waiting += p->cents;
        t->in_payouts += p->in_payouts;
    }
    add_sent(f, h);
    add_booked(f, h);
    return rc;
}

void figures_free(struct figures *f)
{
    free(f->tallies);
    free(f->days);
    free(f->numbers);
    slab_free(&f->slab);
    *f = (struct figures){0};
}
