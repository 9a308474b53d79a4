/* any_row.c - rows full of anything. */
#include "tests/support/any_row.h"

#include "ledger/charge_row.h"
#include "tests/support/unit.h"

/* ---- Rows full of anything ------------------------------------------------------------------ */

static int64_t any(struct any *f)
{
    return (int64_t)dice_roll(&f->dice) >> dice_below(&f->dice, 60);
}

static int32_t any_day(struct any *f)
{
    return dice_below(&f->dice, 9) == 0 ? CALENDAR_DAY_OPEN : (int32_t)dice_below(&f->dice, 40000);
}

static bool any_bit(struct any *f)
{
    return dice_below(&f->dice, 2) == 1;
}

/* From empty to as long as the field takes. */
static void any_text(struct any *f, char *text, size_t size)
{
    size_t len = dice_below(&f->dice, (uint32_t)size);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(1 + dice_below(&f->dice, 126));
}

#define ANY_TEXT(f, array) any_text(f, array, sizeof(array))

static void any_bytes(struct any *f, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)dice_roll(&f->dice);
}

/* Item 1 of the things that others name; its code differs from row to row. */
static void fill_organiser(struct any *f, void *row)
{
    struct organiser *o = row;
    ANY_TEXT(f, o->code.text);
    ANY_TEXT(f, o->name.text);
    ANY_TEXT(f, o->account_name.text);
    ANY_TEXT(f, o->business_id);
    ANY_TEXT(f, o->iban);
    for (size_t i = 0; i < LIMIT_FORMER_IBANS; i++)
        ANY_TEXT(f, o->former[i]);
    o->payout_calendar = (int32_t)any(f);
    o->payout_day = (int32_t)any(f);
    o->payout_minimum = any(f);
    o->grace_days = (int32_t)any(f);
}

static void fill_service(struct any *f, void *row)
{
    struct service *s = row;
    ANY_TEXT(f, s->code.text);
    ANY_TEXT(f, s->group.text);
    ANY_TEXT(f, s->name_fi.text);
    ANY_TEXT(f, s->name_en.text);
    s->organiser = 1;
    s->unit = (int32_t)any(f);
    s->increment = (int32_t)any(f);
    s->share_rule = (int32_t)any(f);
    s->copay_allowed = any_bit(f);
    s->prior_approval = any_bit(f);
    s->review = any_bit(f);
    s->overlap_allowed = any_bit(f);
    s->max_charge = any(f);
}

static void fill_class(struct any *f, void *row)
{
    struct rate_class *c = row;
    ANY_TEXT(f, c->code.text);
    c->organiser = 1;
}

static void fill_window(struct any *f, void *row)
{
    struct window *w = row;
    w->rate_class = 1;
    w->day_kind = (int32_t)any(f);
    w->from_minute = (int32_t)any(f);
    w->to_minute = (int32_t)any(f);
}

static void fill_provider(struct any *f, void *row)
{
    struct provider *p = row;
    ANY_TEXT(f, p->id.text);
    ANY_TEXT(f, p->name.text);
    ANY_TEXT(f, p->account_name.text);
    ANY_TEXT(f, p->business_id);
    ANY_TEXT(f, p->iban);
    p->blocked = any_bit(f);
    p->change_noted = any_bit(f);
    ANY_TEXT(f, p->new_iban);
    ANY_TEXT(f, p->new_account_name.text);
    p->change_owner = (uint32_t)any(f);
    p->bank_hold = any_bit(f);
}

static void fill_dated(struct any *f, void *row)
{
    struct dated *d = row;
    d->kind = 1 + (int32_t)dice_below(&f->dice, 3);
    d->provider = dice_below(&f->dice, 2);
    d->service = 1;
    d->rate_class = dice_below(&f->dice, 2);
    d->from = any_day(f);
    d->to = any_day(f);
    d->value = any(f);
    d->cap = any(f);
    d->copay = any(f);
    ANY_TEXT(f, d->source.text);
}

static void fill_key(struct any *f, void *row)
{
    struct signing_key *k = row;
    any_bytes(f, k->key.key_id, sizeof(k->key.key_id));
    any_bytes(f, k->key.signing_key, sizeof(k->key.signing_key));
    any_bytes(f, k->key.transport_key, sizeof(k->key.transport_key));
    ANY_TEXT(f, k->key.owner);
    k->key.role = SALDO__V1__ROLE__AUDITOR;
    k->key.organiser = dice_below(&f->dice, 2);
    k->key.provider = dice_below(&f->dice, 2);
    k->key.valid_from_ms = any(f);
    k->key.valid_to_ms = any(f);
    k->key.revoked = any_bit(f);
    k->owner = LEDGER_OWNER_PERSON | 1;
}

static void fill_cost_code(struct any *f, void *row)
{
    struct cost_code *c = row;
    ANY_TEXT(f, c->code.text);
    c->organiser = 1;
}

static void fill_commitment(struct any *f, void *row)
{
    struct commitment *c = row;
    c->cost_code = 1;
    c->year = (int32_t)dice_below(&f->dice, 3000);
    c->limit = any(f);
    c->used = any(f);
}

static void fill_version(struct any *f, struct version *n)
{
    n->effective_from = any_day(f);
    n->valid_to = any_day(f);
    n->recorded_day = any_day(f);
    n->amount = any(f);
    n->unit_value = any(f);
    n->service_count = dice_below(&f->dice, LIMIT_VOUCHER_SERVICES + 1);
    for (uint32_t i = 0; i < n->service_count; i++)
        n->services[i] = 1;
}

static void fill_voucher(struct any *f, void *row)
{
    struct voucher *v = row;
    v->digits = (int32_t)dice_below(&f->dice, 1000000000);
    v->organiser = 1;
    v->kind = (uint8_t)any(f);
    v->period = (uint8_t)any(f);
    v->carry_over = any_bit(f);
    v->voided = any_bit(f);
    v->opened = any_bit(f);
    v->valid_from = any_day(f);
    v->closed_on = any_day(f);
    v->reserved_for = dice_below(&f->dice, 2);
    v->cost_code = dice_below(&f->dice, 2);
    v->live_charges = (uint32_t)any(f);
    v->last_service_day = any_day(f);
    ANY_TEXT(f, v->client);
    ANY_TEXT(f, v->decision);
    v->granted_for = dice_below(&f->dice, 2);
    ANY_TEXT(f, v->granted_decision);
    fill_version(f, &v->now);
    v->version_count = 1;
    for (uint32_t n = dice_below(&f->dice, 4); n > 0; n--) {
        uint32_t older = pool_take(&f->ledger->versions);
        struct version *version = pool_at(&f->ledger->versions, older);
        fill_version(f, version);
        version->older = v->now.older;
        v->now.older = older;
        v->version_count++;
    }
    for (uint32_t n = dice_below(&f->dice, 4); n > 0; n--) {
        uint32_t item = pool_take(&f->ledger->extras);
        struct extra *x = pool_at(&f->ledger->extras, item);
        x->kind = 1 + (int32_t)dice_below(&f->dice, 2);
        x->from = any_day(f);
        x->to = any_day(f);
        x->service = dice_below(&f->dice, 2);
        ANY_TEXT(f, x->approved_by.text);
        x->next = v->extras;
        v->extras = item;
    }
}

static void fill_bucket(struct any *f, void *row)
{
    struct bucket *b = row;
    b->period = (int32_t)dice_below(&f->dice, 30000);
    b->digits = (int32_t)dice_below(&f->dice, 1000000000);
    b->allotted = any_bit(f);
    b->lapse_day = any_day(f);
    b->allotment = any(f);
    b->pending = any(f);
    b->settled = any(f);
}

/* Lists that came about in an order of their own. */
static void fill_bucket_lists(struct any *f, uint32_t item)
{
    for (uint32_t n = dice_below(&f->dice, 5); n > 0; n--) {
        struct open_total *t = bucket_total(f->ledger, item, 1 + (int32_t)dice_below(&f->dice, 9));
        t->taken = any(f);
        t->credit = any(f);
    }
    for (uint32_t n = dice_below(&f->dice, 30); n > 0; n--) {
        uint32_t start = dice_below(&f->dice, 20);
        bucket_interval_add(f->ledger, item,
                            (struct interval){start, start + 1 + dice_below(&f->dice, 9)});
    }
}

static void fill_history(struct any *f, void *row)
{
    struct history *h = row;
    h->period = (int32_t)dice_below(&f->dice, 30000);
    h->digits = (int32_t)dice_below(&f->dice, 1000000000);
    h->day = any_day(f);
    h->posted = any(f);
    h->pending = any(f);
    h->settled = any(f);
}

static void fill_tally(struct any *f, void *row)
{
    struct tally *t = row;
    t->day = any_day(f);
    t->organiser = 1;
    t->provider = 1;
    t->rows = 1 + (any(f) & 0xffff);
    t->cents = any(f);
    t->credit_rows = any(f);
    t->credit_cents = any(f);
}

static void fill_batch(struct any *f, void *row)
{
    struct batch *b = row;
    b->day = any_day(f);
    b->rows = any(f);
    b->cents = any(f);
    any_bytes(f, b->hash, sizeof(b->hash));
    b->number = (uint64_t)any(f);
}

static void fill_account(struct any *f, void *row)
{
    struct account *a = row;
    a->organiser = 1;
    a->provider = dice_below(&f->dice, 2);
    a->commitment = any(f);
    a->allotted = any(f);
    a->pending = any(f);
    a->payable = any(f);
    a->in_payouts = any(f);
    a->in_transit = any(f);
    a->bank = any(f);
    a->settled = any(f);
}

static void any_tellers(struct any *f, bool told[TELLERS])
{
    for (int i = 0; i < TELLERS; i++)
        told[i] = any_bit(f);
}

static void fill_payout(struct any *f, void *row)
{
    struct payout *p = row;
    p->run_day = any_day(f);
    p->organiser = 1;
    p->provider = 1;
    p->execution_day = any_day(f);
    p->cents = any(f);
    p->state = (int32_t)any(f);
    p->reason = (int32_t)any(f);
    p->booked_day = any_day(f);
    ANY_TEXT(f, p->bank_reason.text);
    ANY_TEXT(f, p->iban);
    ANY_TEXT(f, p->account_name.text);
    ANY_TEXT(f, p->business_id);
    any_tellers(f, p->booked_by);
    any_tellers(f, p->returned_by);
}

static uint32_t any_officer(struct any *f)
{
    return any_bit(f) ? 0 : LEDGER_OWNER_PERSON | 1;
}

static void fill_run(struct any *f, void *row)
{
    struct run *r = row;
    r->day = any_day(f);
    r->organiser = 1;
    r->execution_day = any_day(f);
    r->prepared = (struct run_figures){any(f), any(f), (uint64_t)any(f), {(uint8_t)any(f)}};
    r->prepared_by = any_officer(f);
    r->released_by = any_officer(f);
    r->prepared_number = (uint64_t)any(f);
    r->released_number = (uint64_t)any(f);
    r->released_ms = any(f);
    ANY_TEXT(f, r->iban);
    ANY_TEXT(f, r->account_name.text);
    any_tellers(f, r->debited_by);
    r->in_transit = (uint32_t)any(f);
    r->booked = any(f);
}

static void any_facts(struct any *f, struct bank_facts *v)
{
    v->entry_cents = 1 + (any(f) & 0xffffff);
    v->notification = any_bit(f);
    v->returned = any_bit(f);
    v->whole = any_bit(f);
    for (int i = 0; i < FACT_TEXTS; i++)
        ANY_TEXT(f, v->text[i].text);
}

static void fill_bank_line(struct any *f, void *row)
{
    struct bank_line *b = row;
    any_bytes(f, b->line, sizeof(b->line));
    b->kind = (int32_t)any(f);
    b->organiser = 1;
    b->provider = dice_below(&f->dice, 2);
    b->run_day = any_day(f);
    b->cents = any(f);
    b->credit = any_bit(f);
    b->by_hand = any_bit(f);
    b->day = any_day(f);
    ANY_TEXT(f, b->reason.text);
    ANY_TEXT(f, b->file.text);
    if (any_bit(f))
        any_facts(f, &b->facts);
    b->number = (uint64_t)any(f);
    b->decided_number = (uint64_t)any(f);
    b->closed_by = any_officer(f);
    ANY_TEXT(f, b->closed_reason.text);
}

static void fill_open_line(struct any *f, void *row)
{
    struct open_line *o = row;
    any_bytes(f, o->line, sizeof(o->line));
    o->organiser = 1;
    o->day = any_day(f);
}

static void fill_lapse(struct any *f, void *row)
{
    struct lapse *p = row;
    p->organiser = 1;
    p->day = any_day(f);
    p->cents = 1 + (any(f) & 0xffff);
}

static void fill_charge(struct any *f, void *row)
{
    struct charge_row *c = row;
    any_bytes(f, c->id, sizeof(c->id));
    c->digest = (uint64_t)any(f);
    c->number = (uint64_t)any(f);
    c->recorded_ms = ANY_RECORDED_MS + dice_below(&f->dice, 1000000000);
    c->start_ms = any(f);
    c->end_ms = any(f);
    c->have = any(f);
    c->need = any(f);
    c->owner = 1;
    c->digits = any_bit(f) ? -1 : (int32_t)dice_below(&f->dice, 1000000000);
    c->quantity = (int32_t)any(f);
    c->county = (int32_t)any(f);
    c->copay = (int32_t)any(f);
    c->credited_cents = (int32_t)any(f);
    c->credited_quantity = (int32_t)any(f);
    c->settle_day = any_day(f);
    c->pays_on = any_day(f);
    c->service = 1;
    c->rate_class = 1;
    c->code = (uint16_t)any(f);
    c->state = (uint8_t)dice_below(&f->dice, CHARGE_REFUSED + 1);
    c->is_command = any_bit(f);
}

static void fill_correction(struct any *f, void *row)
{
    struct correction *c = row;
    c->business_day = any_day(f);
    c->number = (uint64_t)any(f);
    c->time_ms = any(f);
    c->by = any_officer(f);
    c->kind = (int32_t)any(f);
    c->reason = (int32_t)any(f);
    any_bytes(f, c->charge, sizeof(c->charge));
    c->charge_number = (uint64_t)any(f);
    c->organiser = 1;
    c->provider = 1;
    c->digits = (int32_t)dice_below(&f->dice, 1000000000);
    c->service = 1;
    c->cents = (int32_t)any(f);
    c->quantity = (int32_t)any(f);
    c->settle_day = any_day(f);
    ANY_TEXT(f, c->text);
}

/* In the order of loading: what is named comes before what names it. */
static const struct {
    enum row_kind kind;
    void (*fill)(struct any *f, void *row);
} kinds[ANY_KINDS] = {
    {ROW_ORGANISER, fill_organiser},
    {ROW_SERVICE, fill_service},
    {ROW_CLASS, fill_class},
    {ROW_WINDOW, fill_window},
    {ROW_PROVIDER, fill_provider},
    {ROW_DATED, fill_dated},
    {ROW_KEY, fill_key},
    {ROW_COST_CODE, fill_cost_code},
    {ROW_COMMITMENT, fill_commitment},
    {ROW_ACCOUNT, fill_account},
    {ROW_LAPSE, fill_lapse},
    {ROW_VOUCHER, fill_voucher},
    {ROW_BUCKET, fill_bucket},
    {ROW_HISTORY, fill_history},
    {ROW_TALLY, fill_tally},
    {ROW_BATCH, fill_batch},
    {ROW_PAYOUT, fill_payout},
    {ROW_RUN, fill_run},
    {ROW_BANK_LINE, fill_bank_line},
    {ROW_OPEN_LINE, fill_open_line},
    {ROW_CHARGE, fill_charge},
    {ROW_CORRECTION, fill_correction},
};

enum row_kind any_kind(size_t place)
{
    return kinds[place].kind;
}

uint32_t any_row(struct any *f, enum row_kind kind)
{
    size_t place = 0;
    if (kind == ROW_CHARGE) {
        struct charge_row c = {0};
        fill_charge(f, &c);
        return charge_keep(f->ledger, &c);
    }
    uint32_t item = row_new(f->ledger, kind);
    while (kinds[place].kind != kind)
        place++;
    kinds[place].fill(f, pool_at(&f->ledger->table[kind].pool, item));
    if (kind == ROW_BUCKET)
        fill_bucket_lists(f, item);
    return item;
}
