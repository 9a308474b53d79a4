/* correct.c - what happens to a charge after it was accepted: review, deletion, credit. */
#include "ledger/charge_row.h"
#include "ledger/command.h"
#include "ledger/rows.h"

/* An accepted charge with all it hangs on. */
struct standing {
    struct charge_row *c; /* a copy of the caller's */
    struct voucher *v;
    uint32_t bucket; /* that paid for it */
    int32_t day;     /* service date */
    int32_t month;
    int64_t amount; /* cents or units, as its bucket counts */
};

static struct standing standing_of(const struct ledger *l, struct charge_row *c)
{
    uint32_t voucher = voucher_find(l, c->digits);
    CHECK(voucher != 0); /* accepted, and prepare has fetched it */
    struct standing s = {.c = c, .v = ROW_AT(voucher, l, ROW_VOUCHER, voucher)};
    s.day = calendar_local_day(c->start_ms);
    s.month = calendar_month(s.day);
    s.bucket = bucket_find(l, voucher_period(s.v, s.month), c->digits);
    CHECK(s.bucket != 0);
    bool units = s.v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    s.amount = units ? c->quantity : c->county;
    return s;
}

/* A charge (not a command) by its id bytes; 0: unknown, or it was rejected. */
static uint32_t charge_known(const struct ledger *l, const ProtobufCBinaryData *id, uint32_t owner)
{
    uint32_t item = charge_find(l, id->data, owner);
    if (item == 0)
        return 0;
    struct charge_row c;
    charge_read(l, item, &c);
    return c.is_command || c.state == CHARGE_REJECTED ? 0 : item;
}

/* The charge of a provider named by a command of the county. */
static uint32_t charge_of(const struct ledger *l, const char *provider,
                          const ProtobufCBinaryData *id)
{
    uint32_t owner = provider_find(l, text_of(provider));
    return owner == 0 ? 0 : charge_known(l, id, owner);
}

static void commitment_release(struct ledger *l, const struct standing *s, int64_t cents)
{
    if (s->v->cost_code == 0)
        return;
    uint32_t item = commitment_make(l, s->v->cost_code, calendar_date(s->day).year);
    ROW_AT(commitment, l, ROW_COMMITMENT, item)->used -= cents;
}

/* It blocks nothing any more: its time is free, and the voucher may be withdrawn. */
static void no_longer_live(struct ledger *l, const struct standing *s)
{
    row_touch(l, ROW_VOUCHER, voucher_find(l, s->v->digits));
    CHECK(s->v->live_charges > 0);
    s->v->live_charges--;
    if (s->c->end_ms == 0)
        return;
    int64_t first = calendar_midnight_ms(calendar_month_first(s->month));
    struct interval i = {.from = (uint32_t)(s->c->start_ms - first),
                         .to = (uint32_t)(s->c->end_ms - first)};
    bucket_interval_remove(l, bucket_find(l, s->month, s->c->digits), i);
}

/* An unsettled charge gives everything back at once. */
static void withdraw(struct ledger *l, const struct standing *s)
{
    no_longer_live(l, s);
    commitment_release(l, s, s->c->county);
    bucket_total(l, s->bucket, l->meta.day); /* so that this night's history shows it */
    bucket_take(l, s->v, s->bucket, -s->amount, -(int64_t)s->c->county);
}

void charge_join_batch(struct ledger *l, uint32_t organiser, const struct act *a, uint32_t bucket,
                       int64_t amount, int64_t cents)
{
    struct tally *t = tally_make(l, a->day, organiser, a->provider);
    t->rows++;
    t->cents += cents;
    bucket_total(l, bucket, a->day)->taken += amount;
}

static void leave_batch(struct ledger *l, const struct standing *s)
{
    struct tally *t = tally_make(l, s->c->settle_day, s->v->organiser, s->c->owner);
    t->rows--;
    t->cents -= s->c->county;
    bucket_total(l, s->bucket, s->c->settle_day)->taken -= s->amount;
    CHECK(t->rows >= 0);
}

uint64_t correction_hash(const struct ledger *l, uint64_t number)
{
    return hash_mix(l->seed ^ number);
}

uint32_t correction_find(const struct ledger *l, uint64_t number)
{
    const struct index *ix = &l->table[ROW_CORRECTION].index;
    uint32_t item;
    for (struct index_walk w = index_walk(ix, correction_hash(l, number));
         (item = index_next(&w)) != 0;)
        if (ROW_AT(correction, l, ROW_CORRECTION, item)->number == number)
            return item;
    return 0;
}

/* Leave a row that tells what this act does to a charge; the caller may add to it. */
static struct correction *note(struct ledger *l, const struct act *a, const struct standing *s,
                               Saldo__V1__CorrectionKind kind)
{
    uint32_t item = row_new(l, ROW_CORRECTION);
    struct correction *c = ROW_AT(correction, l, ROW_CORRECTION, item);
    c->business_day = a->day;
    c->number = a->number << LEDGER_INDEX_BITS | a->index;
    c->time_ms = a->time_ms;
    c->by = a->owner;
    c->kind = (int32_t)kind;
    memcpy(c->charge, s->c->id, sizeof(c->charge));
    c->charge_number = s->c->number;
    c->organiser = s->v->organiser;
    c->provider = s->c->owner;
    c->digits = s->c->digits;
    c->service = s->c->service;
    c->cents = s->c->county;
    c->quantity = s->c->quantity;
    row_index(l, ROW_CORRECTION, item);
    return c;
}

enum outcome command_delete_charge(struct ledger *l, const struct act *a,
                                   const Saldo__V1__DeleteCharge *c, struct answer *out)
{
    (void)out;
    if (c->charge.len != LIMIT_REQUEST_ID_BYTES)
        return OUTCOME_FIELD_INVALID;
    uint32_t item = charge_known(l, &c->charge, a->owner);
    if (item == 0)
        return OUTCOME_CHARGE_UNKNOWN;
    struct charge_row row;
    charge_read(l, item, &row);
    if (!charge_live(&row) || charge_settled(l, &row))
        return OUTCOME_CHARGE_NOT_DELETABLE;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;

    struct standing s = standing_of(l, &row);
    if (row.state == CHARGE_APPROVED)
        leave_batch(l, &s);
    withdraw(l, &s);
    row.state = CHARGE_DELETED;
    charge_change(l, item, &row);
    note(l, a, &s, SALDO__V1__CORRECTION_KIND__CORRECTION_DELETED);
    return OUTCOME_ACCEPTED;
}

enum outcome command_review_charge(struct ledger *l, const struct act *a,
                                   const Saldo__V1__ReviewCharge *c, struct answer *out)
{
    (void)out;
    if (!field_code(c->provider) || c->charge.len != LIMIT_REQUEST_ID_BYTES ||
        strlen(c->reason) > LIMIT_TEXT_BYTES)
        return OUTCOME_FIELD_INVALID;
    uint32_t item = charge_of(l, c->provider, &c->charge);
    if (item == 0)
        return OUTCOME_CHARGE_UNKNOWN;
    struct charge_row row;
    charge_read(l, item, &row);
    struct standing s = standing_of(l, &row);
    if (!act_in_scope(a, s.v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (row.state != CHARGE_IN_REVIEW)
        return OUTCOME_CHARGE_NOT_IN_REVIEW;
    if (!c->accept && c->reason[0] == '\0')
        return OUTCOME_REASON_REQUIRED;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;

    if (!c->accept) {
        withdraw(l, &s);
        row.state = CHARGE_REFUSED;
        charge_change(l, item, &row);
        struct correction *refused = note(l, a, &s, SALDO__V1__CORRECTION_KIND__CORRECTION_REFUSED);
        text_copy(refused->text, sizeof(refused->text), text_of(c->reason));
        return OUTCOME_ACCEPTED;
    }
    struct act provider = *a; /* the batch line is the provider's, whoever reviewed */
    provider.provider = row.owner;
    charge_join_batch(l, s.v->organiser, &provider, s.bucket, s.amount, row.county);
    row.state = CHARGE_APPROVED;
    row.settle_day = a->day;
    charge_change(l, item, &row);
    note(l, a, &s, SALDO__V1__CORRECTION_KIND__CORRECTION_APPROVED)->cents = 0; /* none goes back */
    return OUTCOME_ACCEPTED;
}

/* ---- Credit -----------------------------------------------------------------------------------
 */

static bool credit_fields(const Saldo__V1__CreditCharge *c)
{
    return field_code(c->provider) && c->charge.len == LIMIT_REQUEST_ID_BYTES && c->cents >= 1 &&
           c->quantity >= 0 && c->reason <= SALDO__V1__CREDIT_REASON__OTHER &&
           strlen(c->text) <= LIMIT_TEXT_BYTES;
}

static bool reason_given(const Saldo__V1__CreditCharge *c)
{
    if (c->reason == SALDO__V1__CREDIT_REASON__OTHER)
        return c->text[0] != '\0';
    return c->reason != SALDO__V1__CREDIT_REASON__CREDIT_REASON_NONE;
}

static enum outcome credit_judge(const struct ledger *l, const struct act *a,
                                 const struct standing *s, const Saldo__V1__CreditCharge *c)
{
    const struct charge_row *row = s->c;
    if (!act_in_scope(a, s->v->organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (!charge_settled(l, row))
        return OUTCOME_CHARGE_NOT_SETTLED;
    if (!reason_given(c))
        return OUTCOME_REASON_REQUIRED;
    if (row->credited_cents == row->county)
        return OUTCOME_ALREADY_CREDITED;
    if (c->cents > row->county - row->credited_cents ||
        c->quantity > row->quantity - row->credited_quantity)
        return OUTCOME_CREDIT_TOO_LARGE;
    return OUTCOME_ACCEPTED;
}

/* The row of the batch now; the bucket gets it in the night. */
static void credit_record(struct ledger *l, const struct act *a, const struct standing *s,
                          int32_t cents, int32_t quantity)
{
    bool units = s->v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    struct tally *t = tally_make(l, a->day, s->v->organiser, s->c->owner);
    t->rows++;
    t->cents -= cents;
    t->credit_rows++;
    t->credit_cents += cents;
    bucket_total(l, s->bucket, a->day)->credit += units ? quantity : cents;
    commitment_release(l, s, cents);
    s->c->credited_cents += cents;
    s->c->credited_quantity += quantity;
    if (!charge_live(s->c))
        no_longer_live(l, s);
}

enum outcome command_credit_charge(struct ledger *l, const struct act *a,
                                   const Saldo__V1__CreditCharge *c, struct answer *out)
{
    (void)out;
    if (!credit_fields(c))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = charge_of(l, c->provider, &c->charge);
    if (item == 0)
        return OUTCOME_CHARGE_UNKNOWN;
    struct charge_row row;
    charge_read(l, item, &row);
    struct standing s = standing_of(l, &row);
    enum outcome o = credit_judge(l, a, &s, c);
    if (o != OUTCOME_ACCEPTED || a->dry_run)
        return o;

    bool full = c->cents == row.county - row.credited_cents;
    int32_t quantity = full ? row.quantity - row.credited_quantity : (int32_t)c->quantity;
    credit_record(l, a, &s, (int32_t)c->cents, quantity);
    charge_change(l, item, &row);
    struct correction *credit = note(l, a, &s, SALDO__V1__CORRECTION_KIND__CORRECTION_CREDITED);
    credit->cents = (int32_t)c->cents;
    credit->quantity = quantity;
    credit->reason = (int32_t)c->reason;
    credit->settle_day = a->day;
    text_copy(credit->text, sizeof(credit->text), text_of(c->text));
    return OUTCOME_ACCEPTED;
}
