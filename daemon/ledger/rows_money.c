/* rows_money.c - the bytes of charges, of what a day and a night leave, and of the meta row. */
#include "ledger/rows.h"

static void meta_key(const struct fields *f, void *row)
{
    (void)row;
    uint8_t only = 0; /* the tables take no empty key */
    field_u8(f, &only);
}

static void meta_value(const struct fields *f, void *row)
{
    struct meta *m = row;
    field_u64(f, &m->last_number);
    field_i64(f, &m->time_ms);
    field_i32(f, &m->day);
    field_i32(f, &m->first_day);
    field_i32(f, &m->settled_through);
    field_i64(f, &m->accepted);
    field_i64(f, &m->refused);
    field_u64(f, &m->max_id_ms);
    field_u64(f, &m->keys_version);
}

const struct row_shape shape_meta = {sizeof(struct meta), meta_key, meta_value, NULL};

/* The business day is that of recorded_ms; reading it passes over it, row_decode() compares. */
static void charge_key(const struct fields *f, void *row)
{
    struct charge_row *c = row;
    int32_t business_day = f->writer != NULL ? calendar_local_day(c->recorded_ms) : 0;
    field_i32(f, &business_day);
    field_i32(f, &c->digits);
    field_u64(f, &c->number);
}

/* Most rows are of charges, and most of their fields small: 59 bytes for 105. */
static void charge_value(const struct fields *f, void *row)
{
    struct charge_row *c = row;
    field_bytes(f, c->id, sizeof(c->id));
    field_short_u32(f, &c->owner);
    field_u64(f, &c->digest);
    field_short_u16(f, &c->code);
    field_short_u8(f, &c->state);
    field_bool(f, &c->is_command);
    field_short_i64(f, &c->recorded_ms);
    field_from(f, &c->start_ms, c->recorded_ms);
    field_from(f, &c->end_ms, c->start_ms);
    field_short_i64(f, &c->have);
    field_short_i64(f, &c->need);
    field_short_i32(f, &c->quantity);
    field_short_i32(f, &c->county);
    field_short_i32(f, &c->copay);
    field_short_i32(f, &c->credited_cents);
    field_short_i32(f, &c->credited_quantity);
    field_short_i32(f, &c->settle_day);
    field_short_i32(f, &c->pays_on);
    field_short_u16(f, &c->service);
    field_short_u16(f, &c->rate_class);
}

static bool charge_valid(const struct ledger *l, const void *row)
{
    const struct charge_row *c = row;
    if (c->state == CHARGE_REJECTED)
        return true; /* its service or class may be none that there is */
    return c->state <= CHARGE_REFUSED && row_exists(l, ROW_SERVICE, c->service) &&
           row_exists(l, ROW_CLASS, c->rate_class);
}

const struct row_shape shape_charge = {sizeof(struct charge_row), charge_key, charge_value,
                                       charge_valid};

static void correction_key(const struct fields *f, void *row)
{
    struct correction *c = row;
    field_i32(f, &c->business_day);
    field_u64(f, &c->number);
}

static void correction_value(const struct fields *f, void *row)
{
    struct correction *c = row;
    field_i64(f, &c->time_ms);
    field_u32(f, &c->by);
    field_i32(f, &c->kind);
    field_i32(f, &c->reason);
    field_bytes(f, c->charge, sizeof(c->charge));
    field_u64(f, &c->charge_number);
    field_u32(f, &c->organiser);
    field_u32(f, &c->provider);
    field_i32(f, &c->digits);
    field_u16(f, &c->service);
    field_i32(f, &c->cents);
    field_i32(f, &c->quantity);
    field_i32(f, &c->settle_day);
    FIELD_TEXT(f, c->text);
}

static bool correction_valid(const struct ledger *l, const void *row)
{
    const struct correction *c = row;
    bool person = (c->by & LEDGER_OWNER_PERSON) != 0;
    return row_exists(l, person ? ROW_KEY : ROW_PROVIDER, c->by & ~LEDGER_OWNER_PERSON) &&
           row_exists(l, ROW_ORGANISER, c->organiser) && row_exists(l, ROW_PROVIDER, c->provider) &&
           row_exists(l, ROW_SERVICE, c->service);
}

const struct row_shape shape_correction = {sizeof(struct correction), correction_key,
                                           correction_value, correction_valid};

static void tally_key(const struct fields *f, void *row)
{
    struct tally *t = row;
    field_i32(f, &t->day);
    field_u32(f, &t->organiser);
    field_u32(f, &t->provider);
}

static void tally_value(const struct fields *f, void *row)
{
    struct tally *t = row;
    field_i64(f, &t->rows);
    field_i64(f, &t->cents);
    field_i64(f, &t->credit_rows);
    field_i64(f, &t->credit_cents);
}

static bool tally_valid(const struct ledger *l, const void *row)
{
    const struct tally *t = row;
    return row_exists(l, ROW_ORGANISER, t->organiser) && row_exists(l, ROW_PROVIDER, t->provider);
}

const struct row_shape shape_tally = {sizeof(struct tally), tally_key, tally_value, tally_valid};

static void batch_key(const struct fields *f, void *row)
{
    field_i32(f, &((struct batch *)row)->day);
}

static void batch_value(const struct fields *f, void *row)
{
    struct batch *b = row;
    field_i64(f, &b->rows);
    field_i64(f, &b->cents);
    field_bytes(f, b->hash, sizeof(b->hash));
    field_u64(f, &b->number);
}

const struct row_shape shape_batch = {sizeof(struct batch), batch_key, batch_value, NULL};

static void history_key(const struct fields *f, void *row)
{
    struct history *h = row;
    field_i32(f, &h->period);
    field_i32(f, &h->digits);
    field_i32(f, &h->day);
}

static void history_value(const struct fields *f, void *row)
{
    struct history *h = row;
    field_i64(f, &h->posted);
    field_i64(f, &h->pending);
    field_i64(f, &h->settled);
}

const struct row_shape shape_history = {sizeof(struct history), history_key, history_value, NULL};

static void account_key(const struct fields *f, void *row)
{
    struct account *a = row;
    field_u32(f, &a->organiser);
    field_u32(f, &a->provider);
}

static void account_value(const struct fields *f, void *row)
{
    struct account *a = row;
    field_i64(f, &a->commitment);
    field_i64(f, &a->allotted);
    field_i64(f, &a->pending);
    field_i64(f, &a->payable);
    field_i64(f, &a->in_payouts);
    field_i64(f, &a->in_transit);
    field_i64(f, &a->bank);
    field_i64(f, &a->settled);
}

static bool account_valid(const struct ledger *l, const void *row)
{
    const struct account *a = row;
    return row_exists(l, ROW_ORGANISER, a->organiser) && row_exists(l, ROW_PROVIDER, a->provider);
}

const struct row_shape shape_account = {sizeof(struct account), account_key, account_value,
                                        account_valid};

static void payout_key(const struct fields *f, void *row)
{
    struct payout *p = row;
    field_i32(f, &p->run_day);
    field_u32(f, &p->organiser);
    field_u32(f, &p->provider);
}

static void tellers(const struct fields *f, bool told[TELLERS])
{
    for (int i = 0; i < TELLERS; i++)
        field_bool(f, &told[i]);
}

static void payout_value(const struct fields *f, void *row)
{
    struct payout *p = row;
    field_i32(f, &p->execution_day);
    field_i64(f, &p->cents);
    field_i32(f, &p->state);
    field_i32(f, &p->reason);
    field_i32(f, &p->booked_day);
    FIELD_TEXT(f, p->bank_reason.text);
    FIELD_TEXT(f, p->iban);
    FIELD_TEXT(f, p->account_name.text);
    FIELD_TEXT(f, p->business_id);
    tellers(f, p->booked_by);
    tellers(f, p->returned_by);
}

static bool payout_valid(const struct ledger *l, const void *row)
{
    const struct payout *p = row;
    return row_exists(l, ROW_ORGANISER, p->organiser) && row_exists(l, ROW_PROVIDER, p->provider);
}

const struct row_shape shape_payout = {sizeof(struct payout), payout_key, payout_value,
                                       payout_valid};

static void lapse_key(const struct fields *f, void *row)
{
    struct lapse *p = row;
    field_u32(f, &p->organiser);
    field_i32(f, &p->day);
}

static void lapse_value(const struct fields *f, void *row)
{
    field_i64(f, &((struct lapse *)row)->cents);
}

static bool lapse_valid(const struct ledger *l, const void *row)
{
    return row_exists(l, ROW_ORGANISER, ((const struct lapse *)row)->organiser);
}

const struct row_shape shape_lapse = {sizeof(struct lapse), lapse_key, lapse_value, lapse_valid};

static void run_key(const struct fields *f, void *row)
{
    struct run *r = row;
    field_i32(f, &r->day);
    field_u32(f, &r->organiser);
}

static void run_value(const struct fields *f, void *row)
{
    struct run *r = row;
    field_i32(f, &r->execution_day);
    field_i64(f, &r->prepared.payouts);
    field_i64(f, &r->prepared.cents);
    field_u64(f, &r->prepared.mark);
    field_bytes(f, r->prepared.payees, sizeof(r->prepared.payees));
    field_u32(f, &r->prepared_by);
    field_u32(f, &r->released_by);
    field_u64(f, &r->prepared_number);
    field_u64(f, &r->released_number);
    field_i64(f, &r->released_ms);
    FIELD_TEXT(f, r->iban);
    FIELD_TEXT(f, r->account_name.text);
    tellers(f, r->debited_by);
    field_u32(f, &r->in_transit);
    field_i64(f, &r->booked);
}

/* Finance officers are persons, named by their first key; 0 is nobody. */
static bool officer_exists(const struct ledger *l, uint32_t owner)
{
    return owner == 0 || ((owner & LEDGER_OWNER_PERSON) != 0 &&
                          row_exists(l, ROW_KEY, owner & ~LEDGER_OWNER_PERSON));
}

static bool run_valid(const struct ledger *l, const void *row)
{
    const struct run *r = row;
    return row_exists(l, ROW_ORGANISER, r->organiser) && officer_exists(l, r->prepared_by) &&
           officer_exists(l, r->released_by);
}

const struct row_shape shape_run = {sizeof(struct run), run_key, run_value, run_valid};

static void bank_line_key(const struct fields *f, void *row)
{
    field_bytes(f, ((struct bank_line *)row)->line, LIMIT_HASH_BYTES);
}

static void facts_value(const struct fields *f, struct bank_facts *v)
{
    field_i64(f, &v->entry_cents);
    if (v->entry_cents == 0)
        return;
    field_bool(f, &v->notification);
    field_bool(f, &v->returned);
    field_bool(f, &v->whole);
    for (int i = 0; i < FACT_TEXTS; i++)
        FIELD_TEXT(f, v->text[i].text);
}

static void bank_line_value(const struct fields *f, void *row)
{
    struct bank_line *b = row;
    field_i32(f, &b->kind);
    field_u32(f, &b->organiser);
    field_u32(f, &b->provider);
    field_i32(f, &b->run_day);
    field_i64(f, &b->cents);
    field_bool(f, &b->credit);
    field_bool(f, &b->by_hand);
    field_i32(f, &b->day);
    FIELD_TEXT(f, b->reason.text);
    FIELD_TEXT(f, b->file.text);
    facts_value(f, &b->facts);
    field_u64(f, &b->number);
    field_u64(f, &b->decided_number);
    field_u32(f, &b->closed_by);
    FIELD_TEXT(f, b->closed_reason.text);
}

static bool bank_line_valid(const struct ledger *l, const void *row)
{
    const struct bank_line *b = row;
    return row_exists(l, ROW_ORGANISER, b->organiser) && row_exists(l, ROW_PROVIDER, b->provider) &&
           officer_exists(l, b->closed_by);
}

const struct row_shape shape_bank_line = {sizeof(struct bank_line), bank_line_key, bank_line_value,
                                          bank_line_valid};

static void open_line_key(const struct fields *f, void *row)
{
    field_bytes(f, ((struct open_line *)row)->line, LIMIT_HASH_BYTES);
}

static void open_line_value(const struct fields *f, void *row)
{
    struct open_line *o = row;
    field_u32(f, &o->organiser);
    field_i32(f, &o->day);
}

static bool open_line_valid(const struct ledger *l, const void *row)
{
    return row_exists(l, ROW_ORGANISER, ((const struct open_line *)row)->organiser);
}

const struct row_shape shape_open_line = {sizeof(struct open_line), open_line_key, open_line_value,
                                          open_line_valid};
