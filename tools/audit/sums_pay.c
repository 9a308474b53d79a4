/* sums_pay.c - payouts: made by runs, signed by two officers, answered by the bank. */
#include <inttypes.h>
#include <string.h>

#include "audit/sums_state.h"
#include "merkle.h"
#include "tool.h"

static bool is_held(const struct s_provider *p)
{
    return p->blocked || p->noted || !p->iban || !p->account_name || !p->business_id ||
           p->bank_hold;
}

/* May it be signed for now? What was decided HELD stays so until an officer lets it go. */
static bool payout_planned(const struct sums *s, const struct s_payout *p)
{
    return p->state == P_PLANNED && !is_held(&s->providers[s->accounts[p->account].provider]);
}

static uint32_t payout_hash(int32_t run_day, uint32_t account)
{
    return hash_number((uint64_t)(uint32_t)run_day << 32 | account);
}

uint32_t sums_payout(const struct sums *s, int32_t run_day, uint32_t account)
{
    uint32_t hash = payout_hash(run_day, account);

    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->payout_keys, hash, &at);
        if (i == NONE || (s->payouts[i].run_day == run_day && s->payouts[i].account == account))
            return i;
    }
}

/* ---- A run is made ------------------------------------------------------------------------ */

static void make_payout(struct sums *s, uint32_t account, int32_t day)
{
    struct s_account *a = &s->accounts[account];
    struct s_payout *p = S_ADD(s, payouts);

    p->run_day = day;
    p->account = account;
    p->cents = a->payable - a->in_payouts;
    if (p->cents <= 0 || p->cents < s->organisers[a->organiser].minimum)
        p->state = P_CARRIED;
    else
        p->state = is_held(&s->providers[a->provider]) ? P_HELD : P_PLANNED;
    if (p->state != P_CARRIED)
        a->in_payouts += p->cents;
    hashes_add(&s->payout_keys, payout_hash(day, account), S_PLACE(s, payouts, p));
}

static struct s_run *find_run(const struct sums *s, uint32_t organiser, int32_t day)
{
    for (size_t i = s->runs_count; i > 0; i--)
        if (s->runs[i - 1].organiser == organiser && s->runs[i - 1].day == day)
            return &s->runs[i - 1];
    return NULL;
}

void sums_run(struct sums *s, uint32_t organiser, int32_t day)
{
    size_t first = s->payouts_count;

    if (find_run(s, organiser, day) != NULL) {
        sums_wrong(s, "organiser %s has a second payout run of one day",
                   s->organisers[organiser].code);
        return;
    }
    for (size_t i = 0; i < s->accounts_count; i++)
        if (s->accounts[i].organiser == organiser &&
            s->accounts[i].payable != s->accounts[i].in_payouts)
            make_payout(s, (uint32_t)i, day);
    if (s->payouts_count == first)
        return;
    struct s_run *r = S_ADD(s, runs);
    r->day = day;
    r->organiser = organiser;
    r->first = (uint32_t)first;
    r->count = (uint32_t)(s->payouts_count - first);
}

/* ---- It is signed ------------------------------------------------------------------------- */

struct signed_run {
    const char *organiser;
    int32_t day;
    int64_t payouts, cents;
};

static struct s_run *run_named(struct sums *s, const struct signed_run *named)
{
    uint32_t organiser = sums_organiser(s, named->organiser);
    struct s_run *r = organiser == NONE ? NULL : find_run(s, organiser, named->day);

    if (r == NULL)
        sums_wrong(s, "a payout run of %s was signed that there is not", named->organiser);
    return r;
}

static void check_signed(struct sums *s, const struct s_run *r, const struct signed_run *named)
{
    int64_t payouts = 0, cents = 0;

    for (uint32_t i = r->first; i < r->first + r->count; i++) {
        if (!payout_planned(s, &s->payouts[i]))
            continue;
        payouts++;
        cents += s->payouts[i].cents;
    }
    if (payouts != named->payouts || cents != named->cents)
        sums_wrong(s,
                   "an officer signed %" PRId64 " payouts of %" PRId64
                   " cents in all, there are %" PRId64 " of %" PRId64,
                   named->payouts, named->cents, payouts, cents);
}

static void prepare(struct sums *s, const struct signed_run *named)
{
    struct s_run *r = run_named(s, named);

    if (r == NULL)
        return;
    check_signed(s, r, named);
    r->is_prepared = true;
    r->payouts = named->payouts;
    r->cents = named->cents;
    for (uint32_t i = r->first; i < r->first + r->count; i++)
        s->payouts[i].prepared = payout_planned(s, &s->payouts[i]);
}

static void release(struct sums *s, const struct signed_run *named)
{
    struct s_run *r = run_named(s, named);

    if (r == NULL || r->released)
        return; /* the same officer again */
    if (!r->is_prepared)
        sums_wrong(s, "a payout run was released that nobody had prepared");
    check_signed(s, r, named);
    r->released = true;
    for (uint32_t i = r->first; i < r->first + r->count; i++) {
        struct s_payout *p = &s->payouts[i];
        struct s_account *a = &s->accounts[p->account];
        if (p->state != P_PLANNED)
            continue;
        p->state = payout_planned(s, p) ? P_EXPORTED : P_HELD;
        if (p->state == P_HELD)
            continue;
        if (!p->prepared)
            sums_wrong(s, "a payout of %" PRId64 " cents was released that was not prepared",
                       p->cents);
        a->in_payouts -= p->cents;
        a->payable -= p->cents;
        a->in_transit += p->cents;
    }
}

static void start(struct sums *s, const Saldo__V1__StartPayoutRun *c)
{
    uint32_t organiser = sums_organiser(s, c->organiser);

    if (organiser != NONE)
        sums_run(s, organiser, s->totals.settled_through);
}

/* ---- Payouts by name ---------------------------------------------------------------------- */

static struct s_payout *payout_named(struct sums *s, const char *organiser, const char *provider,
                                     int32_t run_day)
{
    uint32_t o = sums_organiser(s, organiser), p = sums_provider(s, provider);
    uint32_t place = NONE;

    if (o != NONE && p != NONE) {
        const struct s_account *account = sums_account(s, o, p);
        place = sums_payout(s, run_day, S_PLACE(s, accounts, account));
    }
    if (place == NONE)
        sums_wrong(s, "a payout to %s was named that there is not", provider);
    return place == NONE ? NULL : &s->payouts[place];
}

static void unhold(struct sums *s, const Saldo__V1__ReleaseHeldPayout *c)
{
    struct s_payout *p = payout_named(s, c->organiser, c->provider, c->run_day);

    if (p == NULL)
        return;
    struct s_account *a = &s->accounts[p->account];
    struct s_run *r = find_run(s, a->organiser, p->run_day);
    s->providers[a->provider].bank_hold = false;
    if (p->state == P_NAMELESS) {
        p->state = P_EXPORTED;
        return;
    }
    if (r != NULL && r->released) {
        p->state = P_CARRIED;
        a->in_payouts -= p->cents;
        return;
    }
    p->state = P_PLANNED;
    if (r != NULL)
        r->is_prepared = false;
}

/* ---- The bank ----------------------------------------------------------------------------- */

/* Each line counts once: when it is told first, or, where it was told as UNMATCHED, when it is told
 * as what it is. */
static bool is_news(struct sums *s, const ProtobufCBinaryData *line, bool unmatched)
{
    uint64_t start;

    if (line->len != LIMIT_HASH_BYTES)
        return false;
    memcpy(&start, line->data, sizeof(start));
    uint32_t hash = hash_number(start ^ s->seed);
    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->bank_line_hashes, hash, &at);
        if (i == NONE)
            break;
        struct s_bank_line *known = &s->bank_lines[i];
        if (memcmp(known->line, line->data, LIMIT_HASH_BYTES) != 0)
            continue;
        bool decided = known->open && !unmatched;
        known->open = known->open && unmatched;
        return decided;
    }
    struct s_bank_line *kept = S_ADD(s, bank_lines);
    memcpy(kept->line, line->data, sizeof(kept->line));
    kept->open = unmatched;
    hashes_add(&s->bank_line_hashes, hash, S_PLACE(s, bank_lines, kept));
    return true;
}

static bool is_out(const struct s_payout *p)
{
    return p->state == P_EXPORTED || p->state == P_ACCEPTED || p->state == P_NAMELESS;
}

static void to_bank(struct sums *s, struct s_payout *p, int32_t day)
{
    struct s_account *a = &s->accounts[p->account];

    if (!is_out(p)) {
        sums_wrong(s, "the bank paid what was not on its way to it");
        return;
    }
    p->state = P_PAID;
    p->booked_day = day;
    a->in_transit -= p->cents;
    a->bank += p->cents;
}

/* Rejected by the bank, or returned after it was paid: it is owed again, and the provider held. */
static void comes_back(struct sums *s, struct s_payout *p, int32_t day)
{
    struct s_account *a = &s->accounts[p->account];
    bool returned = day != 0; /* only a booking has one */

    if (returned ? p->state != P_PAID : !is_out(p)) {
        sums_wrong(s, "the bank sent back what was not with it");
        return;
    }
    *(returned ? &a->bank : &a->in_transit) -= p->cents;
    a->payable += p->cents;
    p->state = returned ? P_RETURNED : P_REJECTED;
    if (returned)
        p->booked_day = day;
    s->providers[a->provider].bank_hold = true;
}

static void payout_event(struct sums *s, struct s_payout *p, const Saldo__V1__RecordBankEvent *c)
{
    switch ((int)c->kind) {
    case SALDO__V1__BANK_EVENT_KIND__BANK_ACCEPTED:
        if (p->state == P_EXPORTED)
            p->state = P_ACCEPTED;
        break;
    case SALDO__V1__BANK_EVENT_KIND__BANK_NAME_MISMATCH:
        if (p->state == P_EXPORTED || p->state == P_ACCEPTED)
            p->state = P_NAMELESS;
        s->providers[s->accounts[p->account].provider].bank_hold = true;
        break;
    case SALDO__V1__BANK_EVENT_KIND__BANK_BOOKED:
        to_bank(s, p, c->day);
        break;
    case SALDO__V1__BANK_EVENT_KIND__BANK_REJECTED:
    case SALDO__V1__BANK_EVENT_KIND__BANK_RETURNED:
        comes_back(s, p, c->day);
        break;
    default:
        break; /* tells what is known */
    }
}

static void bank_event(struct sums *s, const Saldo__V1__RecordBankEvent *c)
{
    bool unmatched = c->kind == SALDO__V1__BANK_EVENT_KIND__BANK_UNMATCHED;

    if (!is_news(s, &c->line, unmatched) || c->provider[0] == '\0')
        return; /* told before, or of no payout */
    struct s_payout *p = payout_named(s, c->organiser, c->provider, c->run_day);
    if (p == NULL)
        return;
    if (p->cents != c->cents)
        sums_wrong(s, "the bank's line has %" PRId64 " cents, its payout %" PRId64, c->cents,
                   p->cents);
    payout_event(s, p, c);
}

void sums_pay_command(struct sums *s, const Saldo__V1__Command *c)
{
    switch ((int)c->body_case) {
    case SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN:
        start(s, c->start_payout_run);
        break;
    case SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN: {
        const Saldo__V1__PreparePayoutRun *p = c->prepare_payout_run;
        prepare(s, &(struct signed_run){p->organiser, p->run_day, p->payouts, p->cents});
        break;
    }
    case SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN: {
        const Saldo__V1__ReleasePayoutRun *p = c->release_payout_run;
        release(s, &(struct signed_run){p->organiser, p->run_day, p->payouts, p->cents});
        break;
    }
    case SALDO__V1__COMMAND__BODY_RELEASE_HELD_PAYOUT:
        unhold(s, c->release_held_payout);
        break;
    case SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT:
        bank_event(s, c->record_bank_event);
        break;
    default:
        break; /* moves no money */
    }
}
