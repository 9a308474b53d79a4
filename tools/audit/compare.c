#include "audit/compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/sums_state.h"
#include "calendar.h"
#include "ledger/rows.h"
#include "tool.h"

/* Items of the ledger to places of the sums, by their codes; NONE: the sums have no such. */
struct places {
    struct sums *s;
    const struct ledger *l;
    const struct ledger_source *source;
    enum fault fault; /* of the source */
    struct compare_counts *out;
    uint32_t *organisers, *providers; /* by item */
    int64_t *allotted;                /* by place of the organiser: rests that can still be used */
};

#define EACH(l, kind, item)                                                                        \
    for (uint32_t item = 1; item < (l)->table[kind].pool.used; item++)                             \
        if (row_live(l, kind, item))

/* Each row of a kind that leaves the memory: those in it, which are never older, then the others.
 */
union each {
    struct bucket bucket;
    struct tally tally;
    struct batch batch;
    struct payout payout;
    struct run run;
};
struct each_kind {
    enum row_kind kind;
    void (*visit)(struct places *p, const union each *row);
    bool (*held)(const struct ledger *l, const union each *row);
};
struct each_look {
    struct places *places;
    const struct each_kind *kind;
};

static bool look_at(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                    size_t value_len)
{
    const struct each_look *look = arg;
    struct places *p = look->places;
    union each row;

    if (!row_peek(p->l, look->kind->kind, (struct row_bytes){key, key_len, value, value_len}, &row))
        p->fault = FAULT_CORRUPT;
    else if (!look->kind->held(p->l, &row))
        look->kind->visit(p, &row);
    return p->fault == FAULT_NONE;
}

static void each(struct places *p, const struct each_kind *kind)
{
    struct each_look look = {p, kind};

    EACH(p->l, kind->kind, i)
    kind->visit(p, pool_at(&p->l->table[kind->kind].pool, i));
    enum fault f =
        p->source->scan(p->source->context, kind->kind, NULL, 0, NULL, 0, look_at, &look);
    if (p->fault == FAULT_NONE)
        p->fault = f;
}

static uint32_t *map_items(const struct ledger *l, enum row_kind kind)
{
    return tool_alloc(l->table[kind].pool.used, sizeof(uint32_t));
}

/* False: the ledger has one that the journal never named. */
static bool map_names(struct places *p)
{
    bool all = true;

    p->organisers = map_items(p->l, ROW_ORGANISER);
    p->providers = map_items(p->l, ROW_PROVIDER);
    EACH(p->l, ROW_ORGANISER, i)
    {
        p->organisers[i] =
            sums_organiser(p->s, ROW_AT(organiser, p->l, ROW_ORGANISER, i)->code.text);
        all = all && p->organisers[i] != NONE;
    }
    EACH(p->l, ROW_PROVIDER, i)
    {
        p->providers[i] = sums_provider(p->s, ROW_AT(provider, p->l, ROW_PROVIDER, i)->id.text);
        all = all && p->providers[i] != NONE;
    }
    p->allotted = tool_alloc(p->s->organisers_count, sizeof(*p->allotted));
    return all;
}

/* ---- Buckets ------------------------------------------------------------------------------ */

static bool same_allotment(struct sums *s, struct s_bucket *own, const struct bucket *b)
{
    if (s->vouchers[own->voucher].carry_over || b->lapse_day <= s->day)
        return true; /* the first is checked with each charge, the other says nothing any more */
    return sums_allotment(s, own, b->period) == b->allotment;
}

static bool bucket_held(const struct ledger *l, const union each *row)
{
    return bucket_find(l, row->bucket.period, row->bucket.digits) != 0;
}

static void compare_bucket(struct places *p, const union each *row)
{
    const struct bucket *b = &row->bucket;
    struct sums *s = p->s;
    uint32_t voucher = sums_voucher(s, b->digits);
    uint32_t place = voucher == NONE ? NONE : sums_bucket_find(s, voucher, b->period);

    if (place == NONE) { /* a month that only holds times */
        if (b->pending != 0 || b->settled != 0)
            sums_wrong(s,
                       "voucher %09" PRId32 ": the ledger has taken from month %" PRId32
                       ", the charges have not",
                       b->digits, b->period);
        return;
    }
    struct s_bucket *own = &s->buckets[place];
    own->seen = true;
    if (own->pending != b->pending || own->settled != b->settled)
        sums_wrong(s,
                   "voucher %09" PRId32 ", month %" PRId32 ": settled %" PRId64
                   " and pending %" PRId64 " in the ledger, the charges give %" PRId64
                   " and %" PRId64,
                   b->digits, b->period, b->settled, b->pending, own->settled, own->pending);
    else if (!same_allotment(s, own, b))
        sums_wrong(s,
                   "voucher %09" PRId32 ", month %" PRId32 ": allotted %" PRId64
                   " in the ledger, its versions give %" PRId64,
                   b->digits, b->period, b->allotment, own->allotment);
    const struct s_voucher *v = &s->vouchers[voucher];
    if (!v->units && sums_lapse_day(s, own) > s->totals.settled_through + 1)
        p->allotted[v->organiser] += b->allotment - own->settled - own->pending;
}

static void compare_buckets(struct places *p, struct compare_counts *out)
{
    const struct each_kind buckets = {ROW_BUCKET, compare_bucket, bucket_held};
    struct sums *s = p->s;

    for (size_t i = 0; i < s->bucket_list.count; i++)
        s->buckets[i].seen = false;
    each(p, &buckets);
    for (size_t i = 0; i < s->bucket_list.count; i++) {
        if (!s->buckets[i].seen)
            sums_wrong(s, "voucher %09" PRId32 ", month %" PRId32 ": the ledger has no such bucket",
                       s->vouchers[s->buckets[i].voucher].digits, s->buckets[i].period);
    }
    out->buckets = s->bucket_list.count;
}

static void compare_commitments(struct places *p, struct compare_counts *out)
{
    struct sums *s = p->s;
    uint64_t own = 0;

    EACH(p->l, ROW_COMMITMENT, i)
    {
        const struct commitment *c = ROW_AT(commitment, p->l, ROW_COMMITMENT, i);
        const struct cost_code *code = ROW_AT(cost_code, p->l, ROW_COST_CODE, c->cost_code);
        const struct s_commitment *k =
            sums_commitment(s, p->organisers[code->organiser], code->code.text, c->year);
        if (k->used != c->used || k->limit != c->limit)
            sums_wrong(s,
                       "commitment %s of %" PRId32 ": used %" PRId64 " of %" PRId64
                       " in the ledger, %" PRId64 " of %" PRId64 " by the charges",
                       k->code, k->year, c->used, c->limit, k->used, k->limit);
        out->commitments++;
    }
    for (size_t i = 0; i < s->commitments_count; i++)
        own += s->commitments[i].year != 0;
    if (own != out->commitments)
        sums_wrong(s, "the ledger has %" PRIu64 " commitments, the journal %" PRIu64,
                   out->commitments, own);
}

/* ---- Nights ------------------------------------------------------------------------------- */

static int by_line(const void *a, const void *b)
{
    const struct s_line *x = a, *y = b;

    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (x->organiser != y->organiser)
        return x->organiser < y->organiser ? -1 : 1;
    return (x->provider > y->provider) - (x->provider < y->provider);
}

static bool line_held(const struct ledger *l, const union each *row)
{
    return tally_find(l, row->tally.day, row->tally.organiser, row->tally.provider) != 0;
}

static void compare_line(struct places *p, const union each *row)
{
    const struct tally *t = &row->tally;
    struct sums *s = p->s;

    if (t->rows == 0 && t->credit_rows == 0)
        return; /* all its charges were deleted */
    p->out->lines++;
    const struct s_line key = {.day = t->day,
                               .organiser = p->organisers[t->organiser],
                               .provider = p->providers[t->provider]};
    const struct s_line *own =
        s->lines_count == 0 ? NULL
                            : bsearch(&key, s->lines, s->lines_count, sizeof(*s->lines), by_line);

    if (own != NULL && own->rows == t->rows && own->cents == t->cents &&
        own->credit_rows == t->credit_rows && own->credit_cents == t->credit_cents)
        return;
    sums_wrong(s,
               "day %" PRId32 ", provider %s: the ledger's line has %" PRId64 " rows and %" PRId64
               " cents, the charges give %" PRId64 " and %" PRId64,
               t->day, ROW_AT(provider, p->l, ROW_PROVIDER, t->provider)->id.text, t->rows,
               t->cents, own != NULL ? own->rows : 0, own != NULL ? own->cents : 0);
}

static void compare_lines(struct places *p, struct compare_counts *out)
{
    const struct each_kind lines = {ROW_TALLY, compare_line, line_held};
    struct sums *s = p->s;
    size_t settled = s->lines_count;

    for (size_t i = 0; i < s->days_count; i++)
        (void)sums_lines(s, &s->days[i]);
    if (s->lines_count > 1)
        qsort(s->lines, s->lines_count, sizeof(*s->lines), by_line);
    each(p, &lines);
    if (out->lines != s->lines_count)
        sums_wrong(s, "the ledger has %" PRIu64 " lines of days, the charges give %zu", out->lines,
                   s->lines_count);
    s->lines_count = settled; /* open days are the last ones */
}

static bool batch_held(const struct ledger *l, const union each *row)
{
    return batch_find(l, row->batch.day) != 0;
}

static void compare_batch(struct places *p, const union each *row)
{
    const struct batch *b = &row->batch;
    const struct s_batch *own = NULL;
    struct sums *s = p->s;

    for (size_t at = 0; at < s->batches_count && own == NULL; at++)
        own = s->batches[at].day == b->day ? &s->batches[at] : NULL;
    if (own == NULL || own->rows != b->rows || own->cents != b->cents || own->number != b->number ||
        memcmp(own->hash, b->hash, sizeof(b->hash)) != 0)
        sums_wrong(s, "the batch of day %" PRId32 " is not what its charges give", b->day);
    p->out->batches++;
}

static void compare_batches(struct places *p, struct compare_counts *out)
{
    const struct each_kind batches = {ROW_BATCH, compare_batch, batch_held};
    struct sums *s = p->s;

    each(p, &batches);
    if (out->batches != s->batches_count)
        sums_wrong(s, "the ledger has %" PRIu64 " batches, the journal %zu", out->batches,
                   s->batches_count);
}

/* ---- Money -------------------------------------------------------------------------------- */

/* All sheets of an organiser in one. */
static struct s_account total_of(const struct sums *s, uint32_t organiser)
{
    struct s_account sum = {.organiser = organiser};

    for (size_t i = 0; i < s->accounts_count; i++) {
        const struct s_account *a = &s->accounts[i];
        if (a->organiser != organiser)
            continue;
        sum.settled += a->settled;
        sum.payable += a->payable;
        sum.in_transit += a->in_transit;
        sum.bank += a->bank;
    }
    return sum;
}

static bool same_sheet(const struct account *a, const struct s_account *own)
{
    return a->settled == own->settled && a->payable == own->payable &&
           a->in_payouts == own->in_payouts && a->in_transit == own->in_transit &&
           a->bank == own->bank && a->settled == a->payable + a->in_transit + a->bank;
}

static void compare_own_sheet(struct places *p, const struct account *a, uint32_t organiser)
{
    struct sums *s = p->s;
    const struct s_organiser *o = &s->organisers[organiser];
    struct s_account own = total_of(s, organiser);

    if (!same_sheet(a, &own))
        sums_wrong(s,
                   "organiser %s: settled %" PRId64 ", payable %" PRId64 ", in transit %" PRId64
                   ", paid %" PRId64 " in the ledger; %" PRId64 ", %" PRId64 ", %" PRId64
                   ", %" PRId64 " by the journal",
                   o->code, a->settled, a->payable, a->in_transit, a->bank, own.settled,
                   own.payable, own.in_transit, own.bank);
    if (a->pending != o->pending || a->allotted != p->allotted[organiser])
        sums_wrong(s,
                   "organiser %s: pending %" PRId64 " and allotted %" PRId64
                   " in the ledger, %" PRId64 " and %" PRId64 " by the journal",
                   o->code, a->pending, a->allotted, o->pending, p->allotted[organiser]);
    if (a->commitment + a->allotted + a->pending + a->payable + a->in_transit + a->bank != 0)
        sums_wrong(s, "organiser %s: the accounts do not sum to zero", o->code);
}

static void compare_accounts(struct places *p, struct compare_counts *out)
{
    struct sums *s = p->s;

    EACH(p->l, ROW_ACCOUNT, i)
    {
        const struct account *a = ROW_AT(account, p->l, ROW_ACCOUNT, i);
        uint32_t organiser = p->organisers[a->organiser];
        out->accounts++;
        if (a->provider == 0) {
            compare_own_sheet(p, a, organiser);
            continue;
        }
        const struct s_account *own = sums_account(s, organiser, p->providers[a->provider]);
        if (!same_sheet(a, own))
            sums_wrong(s,
                       "provider %s: settled %" PRId64 ", payable %" PRId64 " (%" PRId64
                       " in payouts), in transit %" PRId64 ", paid %" PRId64
                       " in the ledger; %" PRId64 ", %" PRId64 " (%" PRId64 "), %" PRId64
                       ", %" PRId64 " by the journal",
                       s->providers[own->provider].id, a->settled, a->payable, a->in_payouts,
                       a->in_transit, a->bank, own->settled, own->payable, own->in_payouts,
                       own->in_transit, own->bank);
    }
    for (size_t i = 0; i < s->accounts_count; i++) {
        const struct s_account *a = &s->accounts[i];
        if (a->settled != 0 &&
            account_find(p->l, a->organiser + 1, a->provider + 1) == 0) /* items count from 1 */
            sums_wrong(s, "provider %s: the ledger has no account", s->providers[a->provider].id);
    }
}

static enum s_payout_state state_of(const struct payout *p)
{
    static const enum s_payout_state states[] = {
        [PAYOUT_PLANNED] = P_PLANNED,   [PAYOUT_HELD] = P_HELD,
        [PAYOUT_CARRIED] = P_CARRIED,   [PAYOUT_EXPORTED] = P_EXPORTED,
        [PAYOUT_ACCEPTED] = P_ACCEPTED, [PAYOUT_PAID] = P_PAID,
        [PAYOUT_REJECTED] = P_REJECTED, [PAYOUT_RETURNED] = P_RETURNED,
    };
    bool nameless = p->state == PAYOUT_HELD && p->reason == PAYOUT_REASON_NAME;
    return nameless ? P_NAMELESS : states[p->state];
}

static bool payout_held(const struct ledger *l, const union each *row)
{
    const struct payout *one = &row->payout;

    return payout_find(l, one->run_day, one->organiser, one->provider) != 0;
}

static void compare_payout(struct places *p, const union each *row)
{
    const struct payout *one = &row->payout;
    struct sums *s = p->s;
    const struct s_account *account =
        sums_account(s, p->organisers[one->organiser], p->providers[one->provider]);
    uint32_t place = sums_payout(s, one->run_day, S_PLACE(s, accounts, account));
    const struct s_payout *own = place == NONE ? NULL : &s->payouts[place];

    p->out->payouts++;
    if (own == NULL || own->cents != one->cents || own->state != state_of(one) ||
        own->booked_day != one->booked_day)
        sums_wrong(s,
                   "the payout of day %" PRId32 " to %s, %" PRId64
                   " cents, is not what the journal gives",
                   one->run_day, s->providers[account->provider].id, one->cents);
}

static bool run_held(const struct ledger *l, const union each *row)
{
    return run_find(l, row->run.day, row->run.organiser) != 0;
}

static void compare_run(struct places *p, const union each *row)
{
    const struct run *r = &row->run;
    const struct s_run *own = NULL;
    struct sums *s = p->s;

    for (size_t at = 0; at < s->runs_count && own == NULL; at++)
        own = s->runs[at].day == r->day && s->runs[at].organiser == p->organisers[r->organiser]
                  ? &s->runs[at]
                  : NULL;
    p->out->runs++;
    if (own == NULL || own->released != (r->released_by != 0) ||
        own->is_prepared != (r->prepared_by != 0) ||
        (own->is_prepared &&
         (own->payouts != r->prepared.payouts || own->cents != r->prepared.cents)))
        sums_wrong(s, "the payout run of day %" PRId32 " is not what the journal gives", r->day);
}

static void compare_payouts(struct places *p, struct compare_counts *out)
{
    const struct each_kind payouts = {ROW_PAYOUT, compare_payout, payout_held};
    const struct each_kind runs = {ROW_RUN, compare_run, run_held};
    struct sums *s = p->s;

    each(p, &payouts);
    if (out->payouts != s->payouts_count)
        sums_wrong(s, "the ledger has %" PRIu64 " payouts, the journal gives %zu", out->payouts,
                   s->payouts_count);
    each(p, &runs);
    if (out->runs != s->runs_count)
        sums_wrong(s, "the ledger has %" PRIu64 " payout runs, the journal gives %zu", out->runs,
                   s->runs_count);
}

enum fault compare_ledger(struct sums *s, const struct ledger *l,
                          const struct ledger_source *source, struct compare_counts *out)
{
    struct places p = {.s = s, .l = l, .source = source, .out = out};

    *out = (struct compare_counts){0};
    s->number = 0; /* what differs now is of no one entry */
    if (map_names(&p)) {
        compare_buckets(&p, out);
        compare_commitments(&p, out);
        compare_lines(&p, out);
        compare_batches(&p, out);
        compare_accounts(&p, out);
        compare_payouts(&p, out);
    } else {
        sums_wrong(s, "the ledger has organisers or providers that the journal does not name");
    }
    free(p.organisers);
    free(p.providers);
    free(p.allotted);
    return p.fault;
}
