/* payout.c - payout runs: who is paid how much, what four eyes sign, and where the money is.
 *
 * A run is made of the accounts of its organiser, and walked by provider; both are always in
 * memory, and it has at most one payout for each. */
#include "ledger/state.h"
#include "payment.h"

/* ---- How a payout stands ----------------------------------------------------------------------
 */

enum payout_reason payout_hold(const struct ledger *l, uint32_t provider)
{
    const struct provider *to = ROW_AT(provider, l, ROW_PROVIDER, provider);

    if (to->blocked)
        return PAYOUT_REASON_BLOCKED;
    if (to->change_noted)
        return PAYOUT_REASON_ACCOUNT_CHANGE;
    if (to->iban[0] == '\0' || to->account_name.text[0] == '\0' || to->business_id[0] == '\0')
        return PAYOUT_REASON_NO_ACCOUNT;
    return to->bank_hold ? PAYOUT_REASON_BANK : PAYOUT_REASON_NONE;
}

/* Not stored, so that a change of account that two officers have signed lets the payouts go that it
 * has held, and no other. */
struct payout_standing payout_standing(const struct ledger *l, const struct payout *p)
{
    struct payout_standing s = {(enum payout_state)p->state, (enum payout_reason)p->reason};

    if (s.state == PAYOUT_PLANNED) {
        s.reason = payout_hold(l, p->provider);
        s.state = s.reason == PAYOUT_REASON_NONE ? PAYOUT_PLANNED : PAYOUT_HELD;
    }
    return s;
}

bool payout_left(const struct payout *p)
{
    return p->iban[0] != '\0'; /* nothing leaves without one */
}

bool payout_in_transit(const struct payout *p)
{
    return p->state == PAYOUT_EXPORTED || p->state == PAYOUT_ACCEPTED ||
           (p->state == PAYOUT_HELD && p->reason == PAYOUT_REASON_NAME);
}

/* ---- A run is made ----------------------------------------------------------------------------
 */

static void payout_decide(const struct ledger *l, struct payout *p, int64_t minimum)
{
    p->state = PAYOUT_CARRIED;
    if (p->cents <= 0) { /* mutation: nothing makes no payout */
        p->reason = PAYOUT_REASON_NOT_POSITIVE;
    } else if (p->cents < minimum) {
        p->reason = PAYOUT_REASON_MINIMUM;
    } else {
        p->reason = (int32_t)payout_hold(l, p->provider);
        p->state = p->reason == PAYOUT_REASON_NONE ? PAYOUT_PLANNED : PAYOUT_HELD;
    }
}

void run_decide(struct ledger *l, uint32_t organiser, int32_t day)
{
    CHECK(run_find(l, day, organiser) == 0);
    const struct organiser *o = ROW_AT(organiser, l, ROW_ORGANISER, organiser);
    int32_t execution_day = calendar_next_bank_day(day + 1);
    uint32_t accounts = l->table[ROW_ACCOUNT].pool.used;
    bool made = false;

    for (uint32_t at = 1; at < accounts; at++) {
        const struct account *pair = ROW_AT(account, l, ROW_ACCOUNT, at);
        if (pair->organiser != organiser || pair->provider == 0 ||
            pair->payable == pair->in_payouts)
            continue;
        struct payout *p = payout_make(l, day, organiser, pair->provider);
        p->execution_day = execution_day;
        p->cents = pair->payable - pair->in_payouts;
        payout_decide(l, p, o->payout_minimum);
        if (p->state != PAYOUT_CARRIED)
            account_make(l, organiser, p->provider)->in_payouts += p->cents;
        made = true;
    }
    if (made)
        run_make(l, day, organiser)->execution_day = execution_day;
}

/* ---- Runs of a request ------------------------------------------------------------------------
 */

/* The run that a command walks; NULL and 0: none. */
static const char *run_walked(const Saldo__V1__Command *c, int32_t *day)
{
    *day = 0;
    if (c->body_case == SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN) {
        *day = c->prepare_payout_run->run_day;
        return c->prepare_payout_run->organiser;
    }
    if (c->body_case == SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN) {
        *day = c->release_payout_run->run_day;
        return c->release_payout_run->organiser;
    }
    return NULL;
}

bool runs_admit(struct runs_named *n, const Saldo__V1__Command *c)
{
    int32_t day, other;
    const char *organiser = run_walked(c, &day);

    if (organiser == NULL)
        return true;
    for (uint32_t i = 0; i < n->count; i++) {
        const char *known = run_walked(n->list[i], &other);
        if (other == day && strcmp(known, organiser) == 0)
            return true;
    }
    if (n->count == LIMIT_REQUEST_RUNS)
        return false;
    n->list[n->count++] = c;
    return true;
}

/* ---- A run is signed --------------------------------------------------------------------------
 */

/* Walk the payouts of a run by provider number, which never changes: the next one of at least `at`;
 * 0: there is none. */
static uint32_t run_next(const struct ledger *l, const struct run *r, uint32_t *at)
{
    while (*at < l->table[ROW_PROVIDER].pool.used) {
        uint32_t item = payout_find(l, r->day, r->organiser, (*at)++);
        if (item != 0)
            return item;
    }
    return 0;
}

/* A payout as it would leave now. */
static void payee_hash(const struct ledger *l, const struct run *r, const struct payout *p,
                       struct payees *hash)
{
    const struct provider *to = ROW_AT(provider, l, ROW_PROVIDER, p->provider);
    const struct payment names = {
        .ledger_id = l->genesis.ledger_id,
        .run_day = r->day,
        .organiser = text_of(ROW_AT(organiser, l, ROW_ORGANISER, r->organiser)->code.text),
        .provider = text_of(to->id.text),
    };
    char id[PAYMENT_ID_SIZE], reference[PAYMENT_REFERENCE_SIZE];

    payment_end_to_end_id(&names, id);
    payment_reference(r->day, p->provider, reference);
    payees_add(hash, &(struct payee){
                         .provider = names.provider,
                         .cents = p->cents,
                         .iban = text_of(to->iban),
                         .account_name = text_of(to->account_name.text),
                         .business_id = text_of(to->business_id),
                         .end_to_end_id = text_of(id),
                         .reference = text_of(reference),
                     });
}

struct run_figures run_figures(const struct ledger *l, const struct run *r)
{
    const struct organiser *from = ROW_AT(organiser, l, ROW_ORGANISER, r->organiser);
    const struct payees_run payer = {text_of(from->code.text), r->day, text_of(from->iban)};
    struct run_figures f = {0};
    struct payees hash;
    uint32_t at = 1;

    payees_begin(&hash, &payer);
    for (uint32_t item; (item = run_next(l, r, &at)) != 0;) {
        const struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
        if (payout_standing(l, p).state != PAYOUT_PLANNED)
            continue;
        f.payouts++;
        f.cents += p->cents;
        f.mark += hash_mix((uint64_t)p->cents << 20 ^ p->provider); /* in any order the same */
        payee_hash(l, r, p, &hash);
    }
    payees_end(&hash, f.payees);
    return f;
}

static int64_t *account_at(struct account *a, enum payout_place place)
{
    switch (place) {
    case PLACE_PAYABLE:
        return &a->payable;
    case PLACE_IN_TRANSIT:
        return &a->in_transit;
    case PLACE_BANK:
        return &a->bank;
    }
    CHECK(false);
    return NULL;
}

/* What the bank has of a run is kept in its row, so that nobody has to ask all of its payouts. */
static void run_count(struct ledger *l, const struct payout *p, struct payout_way way)
{
    uint32_t item = run_find(l, p->run_day, p->organiser);
    CHECK(item != 0); /* ledger_prepare() brings it in with its payout */
    struct run *r = ROW_AT(run, l, ROW_RUN, item);

    row_touch(l, ROW_RUN, item);
    if (way.to == PLACE_IN_TRANSIT)
        r->in_transit++;
    if (way.from == PLACE_IN_TRANSIT) {
        CHECK(r->in_transit > 0);
        r->in_transit--;
    }
    if (way.to == PLACE_BANK)
        r->booked += p->cents;
}

void payout_move(struct ledger *l, const struct payout *p, struct payout_way way)
{
    struct account *sheets[] = {account_make(l, p->organiser, 0),
                                account_make(l, p->organiser, p->provider)};

    run_count(l, p, way);
    for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
        *account_at(sheets[i], way.from) -= p->cents;
        *account_at(sheets[i], way.to) += p->cents;
        CHECK(sheets[i]->in_transit >= 0);
        CHECK(sheets[i]->bank >= 0);
    }
}

/* The payment file is written from these: written again, it has the same bytes. */
static void payout_keep_payee(const struct ledger *l, struct payout *p)
{
    const struct provider *to = ROW_AT(provider, l, ROW_PROVIDER, p->provider);

    memcpy(p->iban, to->iban, sizeof(p->iban));
    memcpy(p->business_id, to->business_id, sizeof(p->business_id));
    p->account_name = to->account_name;
}

void run_release(struct ledger *l, struct run *r)
{
    const struct payout_way out = {PLACE_PAYABLE, PLACE_IN_TRANSIT};
    const struct organiser *from = ROW_AT(organiser, l, ROW_ORGANISER, r->organiser);
    uint32_t at = 1;

    memcpy(r->iban, from->iban, sizeof(r->iban));
    r->account_name = from->account_name.text[0] != '\0' ? from->account_name : from->name;
    for (uint32_t item; (item = run_next(l, r, &at)) != 0;) {
        struct payout *p = ROW_AT(payout, l, ROW_PAYOUT, item);
        if (p->state != PAYOUT_PLANNED)
            continue;
        struct payout_standing now = payout_standing(l, p);
        row_touch(l, ROW_PAYOUT, item);
        p->reason = (int32_t)now.reason;
        p->state = (int32_t)now.state;
        if (now.state == PAYOUT_HELD)
            continue;
        p->state = PAYOUT_EXPORTED;
        p->execution_day = r->execution_day;
        payout_keep_payee(l, p);
        payout_move(l, p, out);
        account_make(l, p->organiser, p->provider)->in_payouts -= p->cents;
    }
}
