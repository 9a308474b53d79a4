/* sums_night.c - what a night settles: the lines of the batch, summed over its charges. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/sums_state.h"
#include "calendar.h"
#include "merkle.h"
#include "tool.h"

struct s_account *sums_account(struct sums *s, uint32_t organiser, uint32_t provider)
{
    uint32_t hash = hash_number((uint64_t)organiser << 32 | provider);

    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->account_pairs, hash, &at);
        if (i == NONE)
            break;
        if (s->accounts[i].organiser == organiser && s->accounts[i].provider == provider)
            return &s->accounts[i];
    }
    struct s_account *a = S_ADD(s, accounts);
    a->organiser = organiser;
    a->provider = provider;
    hashes_add(&s->account_pairs, hash, S_PLACE(s, accounts, a));
    return a;
}

/* ---- Lines -------------------------------------------------------------------------------- */

/* `first` is the place of the day's first line. The account remembers where its line was put. */
static struct s_line *line_of(struct sums *s, size_t first, int32_t day, const struct s_charge *c)
{
    struct s_account *a = sums_account(s, c->organiser, c->provider);
    struct s_line *line = a->line < s->lines_count ? &s->lines[a->line] : NULL;
    if (a->line >= first && line != NULL && line->day == day && line->organiser == c->organiser &&
        line->provider == c->provider)
        return line;
    line = S_ADD(s, lines);
    *line = (struct s_line){.day = day, .organiser = c->organiser, .provider = c->provider};
    a->line = S_PLACE(s, lines, line);
    return line;
}

size_t sums_lines(struct sums *s, const struct s_day *d)
{
    size_t first = s->lines_count;
    struct s_line *line = NULL; /* neighbours are often of one provider */

    for (size_t i = 0; i < d->charge_count; i++) {
        const struct s_charge *c = &s->charges[d->charges[i]];
        if (c->state != S_APPROVED)
            continue;
        if (line == NULL || line->provider != c->provider || line->organiser != c->organiser)
            line = line_of(s, first, d->day, c);
        line->rows++;
        line->cents += c->county;
    }
    for (size_t i = 0; i < d->credit_count; i++) {
        const struct s_credit *k = &d->credits[i];
        line = line_of(s, first, d->day, &s->charges[k->charge]);
        line->rows++;
        line->credit_rows++;
        line->cents -= k->cents;
        line->credit_cents += k->cents;
    }
    return first;
}

static int by_names(const void *a, const void *b, void *arg)
{
    const struct sums *s = arg;
    const struct s_line *x = a, *y = b;
    int order = strcmp(s->organisers[x->organiser].code, s->organisers[y->organiser].code);

    return order != 0 ? order : strcmp(s->providers[x->provider].id, s->providers[y->provider].id);
}

static struct text text(const char *string)
{
    return (struct text){string, (uint32_t)strlen(string)};
}

/* Post a day's lines, which stand from `first` on, and make its batch. */
static struct s_batch *make_batch(struct sums *s, size_t first, int32_t day)
{
    struct s_batch *b = S_ADD(s, batches);
    struct merkle_batch hash;

    b->day = day;
    b->number = s->number;
    if (s->lines_count - first > 1)
        qsort_r(&s->lines[first], s->lines_count - first, sizeof(*s->lines), by_names, s);
    merkle_batch_begin(&hash, s->ledger_id, day);
    for (size_t i = first; i < s->lines_count; i++) {
        const struct s_line *l = &s->lines[i];
        struct s_account *a = sums_account(s, l->organiser, l->provider);
        merkle_batch_line(&hash,
                          &(struct merkle_batch_line){text(s->organisers[l->organiser].code),
                                                      text(s->providers[l->provider].id), l->rows,
                                                      l->cents, l->credit_rows, l->credit_cents});
        b->rows += l->rows;
        b->cents += l->cents;
        a->settled += l->cents;
        a->payable += l->cents;
    }
    merkle_batch_end(&hash, b->hash);
    s->totals.lines += s->lines_count - first;
    s->totals.settled_cents += b->cents;
    return b;
}

/* ---- The night ---------------------------------------------------------------------------- */

static void settle_charges(struct sums *s, const struct s_day *d)
{
    for (size_t i = 0; i < d->charge_count; i++) {
        struct s_charge *c = &s->charges[d->charges[i]];
        if (c->state != S_APPROVED)
            continue;
        struct s_bucket *b = &s->buckets[c->bucket];
        int64_t amount = c->units ? c->quantity : c->county;
        b->pending -= amount;
        b->settled += amount;
        s->organisers[c->organiser].pending -= c->county;
        c->state = S_SETTLED;
    }
    for (size_t i = 0; i < d->credit_count; i++) {
        const struct s_credit *k = &d->credits[i];
        const struct s_charge *c = &s->charges[k->charge];
        s->buckets[c->bucket].settled -= c->units ? k->quantity : k->cents;
    }
}

static void close_day(struct sums *s, int32_t day)
{
    for (size_t i = 0; i < s->days_count; i++) {
        struct s_day *d = &s->days[i];
        if (d->day != day)
            continue;
        free(d->charges);
        free(d->credits);
        *d = s->days[--s->days_count];
        return;
    }
}

static void check_batch(struct sums *s, const struct s_batch *b, const struct batch_summary *said)
{
    if (!said->present || said->day != b->day)
        sums_wrong(s, "the night was answered without its batch");
    else if (said->rows != b->rows || said->cents != b->cents)
        sums_wrong(s,
                   "the batch has %" PRId64 " rows and %" PRId64 " cents, its charges give %" PRId64
                   " and %" PRId64,
                   said->rows, said->cents, b->rows, b->cents);
    else if (memcmp(said->hash, b->hash, sizeof(b->hash)) != 0)
        sums_wrong(s, "the batch's hash is not that of the lines its charges give");
    else if (said->number != b->number)
        sums_wrong(s, "the batch names entry %" PRIu64 ", which did not settle it", said->number);
}

static const struct s_batch *find_batch(const struct sums *s, int32_t day)
{
    for (size_t i = s->batches_count; i > 0; i--)
        if (s->batches[i - 1].day == day)
            return &s->batches[i - 1];
    return NULL;
}

/* Does the organiser's run follow the night of `day`? */
static bool is_run_day(const struct s_organiser *o, int32_t day)
{
    switch (o->calendar) {
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_NIGHTLY:
        return true;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_WEEKLY:
        return calendar_weekday(day + 1) == o->payout_day;
    case SALDO__V1__PAYOUT_CALENDAR__PAYOUT_MONTHLY:
        return calendar_date(day + 1).day == o->payout_day;
    default:
        return false;
    }
}

static bool waits(const struct sums *s, const struct s_day *d)
{
    for (size_t i = 0; i < d->charge_count; i++)
        if (s->charges[d->charges[i]].state == S_APPROVED)
            return true;
    return d->credit_count > 0;
}

void sums_settle(struct sums *s, int32_t day, const struct batch_summary *batch)
{
    int32_t through = s->totals.settled_through;
    const struct s_batch *before = find_batch(s, day);

    if (before != NULL) { /* asked again: the batch as it was */
        check_batch(s, before, batch);
        return;
    }
    if (day >= s->day || (through != 0 && day != through + 1)) {
        sums_wrong(s, "a night was settled before its day had ended, or out of order");
        return;
    }
    for (size_t i = 0; i < s->days_count; i++)
        if (s->days[i].day < day && waits(s, &s->days[i]))
            sums_wrong(s, "charges of an earlier day are left unsettled");
    const struct s_day *d = sums_day(s, day);
    size_t first = sums_lines(s, d);
    settle_charges(s, d);
    check_batch(s, make_batch(s, first, day), batch);
    close_day(s, day);
    s->totals.settled_through = day;
    for (size_t i = 0; i < s->organisers_count; i++)
        if (is_run_day(&s->organisers[i], day))
            sums_run(s, (uint32_t)i, day);
}
