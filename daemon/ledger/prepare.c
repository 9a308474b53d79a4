/* prepare.c - before an entry is applied: is there room, and is everything in memory it will need?
 *
 * The only part of applying that may fail, so that ledger_apply() cannot. */
#include "ledger/charge_row.h"

/* Most rows and list items that `items` charges or commands can add. */
static bool room_for(const struct ledger *l, uint32_t items)
{
    const struct table *t = l->table;
    uint64_t n = (uint64_t)items + 16;
    return pool_left(&t[ROW_CHARGE].pool) > 3 * n && /* its own, and an older one that then moves */
           pool_left(&t[ROW_VOUCHER].pool) > LIMIT_CONVERT_INTO * n &&
           pool_left(&t[ROW_BUCKET].pool) > 8 * n && pool_left(&l->totals) > 8 * n &&
           pool_left(&l->chunks) > 2 * n && pool_left(&l->versions) > n &&
           pool_left(&l->extras) > n && pool_left(&t[ROW_TALLY].pool) > n &&
           pool_left(&t[ROW_ACCOUNT].pool) > 2 * n && pool_left(&t[ROW_LAPSE].pool) > 2 * n &&
           pool_left(&t[ROW_COMMITMENT].pool) > n && pool_left(&t[ROW_RUN].pool) > n &&
           pool_left(&t[ROW_PAYOUT].pool) > n && pool_left(&t[ROW_BANK_LINE].pool) > 2 * n &&
           pool_left(&t[ROW_OPEN_LINE].pool) > n && pool_left(&t[ROW_CORRECTION].pool) > n &&
           pool_left(&l->days) > 2;
}

/* A payout run on command, or those that a night makes: a payout a provider. */
static bool room_for_payouts(const struct ledger *l)
{
    const struct table *t = l->table;
    return pool_left(&t[ROW_PAYOUT].pool) > t[ROW_ACCOUNT].pool.live &&
           pool_left(&t[ROW_RUN].pool) > LIMIT_ORGANISERS;
}

/* A night writes a history row a touched bucket, a batch, and payouts. It opens no bucket and no
 * day: those that are full wait for it. */
static bool room_for_night(const struct ledger *l, uint32_t items)
{
    const struct table *t = l->table;
    uint64_t n = (uint64_t)items + 16;
    return pool_left(&t[ROW_CHARGE].pool) > 2 * n && pool_left(&t[ROW_VOUCHER].pool) > n &&
           pool_left(&t[ROW_LAPSE].pool) > 2 * n &&
           pool_left(&t[ROW_HISTORY].pool) > l->totals.live &&
           pool_left(&t[ROW_BATCH].pool) > items &&
           pool_left(&t[ROW_ACCOUNT].pool) > t[ROW_TALLY].pool.live && room_for_payouts(l);
}

static bool starts_run(const struct request *r)
{
    for (uint32_t i = 0; r->purpose == PURPOSE_COMMAND && i < r->count; i++)
        if (r->commands[i].message->body_case == SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN)
            return true;
    return false;
}

static bool has_room(const struct ledger *l, const struct request *r)
{
    if (r->purpose == PURPOSE_SETTLEMENT)
        return room_for_night(l, r->count);
    return room_for(l, r->count) && (!starts_run(r) || room_for_payouts(l));
}

/* Once more, after rows with lists of any length, and runs with all their payouts, were brought in.
 * Of those there is room for LIMIT_REQUEST_RUNS, and for what a night adds (memory.c). */
static bool room_left(const struct ledger *l, const struct request *r)
{
    return pool_left(&l->chunks) >= r->count && pool_left(&l->versions) >= r->count &&
           pool_left(&l->extras) >= r->count && (!starts_run(r) || room_for_payouts(l));
}

/* What clean rows hold can be had back; what is dirty waits for a checkpoint, so that a walk over
 * all of it is worth its time once for each. */
static bool make_room(struct ledger *l, const struct request *r)
{
    if (has_room(l, r))
        return true;
    if (l->freezing || l->swept == l->persisted)
        return false;
    while (!ledger_evict_step(l, 4096)) {
    }
    l->swept = has_room(l, r) ? 0 : l->persisted;
    return l->swept == 0;
}

/* ---- Commands
 * ------------------------------------------------------------------------------------------ */

static uint32_t key_owner(const struct ledger *l, uint32_t key)
{
    return key == 0 ? 0 : ROW_AT(signing_key, l, ROW_KEY, key)->owner;
}

static enum fault need_id(struct ledger *l, const struct ledger_source *source,
                          const uint8_t id[LIMIT_REQUEST_ID_BYTES], uint32_t owner)
{
    uint32_t item;
    if (request_id_ms(id) > l->evicted_id_ms)
        return FAULT_NONE; /* young: in memory, or never seen */
    return fetch_charge(l, source, id, owner, &item);
}

/* The voucher and the buckets of a service date: the one with the money, the one with the time. */
static enum fault need_buckets(struct ledger *l, const struct ledger_source *source, int32_t digits,
                               int64_t start_ms)
{
    uint32_t item;
    enum fault f = fetch_voucher(l, source, digits, &item);
    if (f != FAULT_NONE || item == 0 || start_ms == 0)
        return f;
    struct voucher *v = ROW_AT(voucher, l, ROW_VOUCHER, item);
    int32_t day = calendar_local_day(start_ms);
    int32_t period = voucher_period(v, calendar_month(day));
    v->used = true;
    if (period == 0)
        f = fetch_bucket(l, source, 0, digits, &item);
    if (f == FAULT_NONE)
        f = fetch_bucket(l, source, calendar_month(day), digits, &item);
    return f;
}

/* A voucher and every bucket of it that can still change: the recordable months, and WHOLE. */
static enum fault need_voucher(struct ledger *l, const struct ledger_entry *e, const char *number,
                               const struct ledger_source *source)
{
    uint32_t item;
    int32_t digits = identifier_voucher_digits(number, strlen(number));
    if (digits < 0)
        return FAULT_NONE;
    enum fault f = fetch_voucher(l, source, digits, &item);
    if (f != FAULT_NONE || item == 0 || e->time_ms == 0)
        return f;
    f = fetch_bucket(l, source, 0, digits, &item);
    int32_t last = calendar_month(e->day);
    for (int32_t m = calendar_month(calendar_window_first(e->day)); m <= last; m++)
        if (f == FAULT_NONE)
            f = fetch_bucket(l, source, m, digits, &item);
    return f;
}

static enum fault need_conversion(struct ledger *l, const struct ledger_entry *e,
                                  const Saldo__V1__ConvertVoucher *c,
                                  const struct ledger_source *source)
{
    enum fault f = need_voucher(l, e, c->number, source);
    for (size_t i = 0; i < c->n_into && f == FAULT_NONE; i++)
        f = need_voucher(l, e, c->into[i]->number, source);
    return f;
}

/* A charge that is to be corrected, whatever its age, with its voucher and buckets. */
static enum fault need_charge(struct ledger *l, const ProtobufCBinaryData *id, uint32_t owner,
                              const struct ledger_source *source)
{
    uint32_t item;
    if (id->len != LIMIT_REQUEST_ID_BYTES || owner == 0)
        return FAULT_NONE;
    enum fault f = fetch_charge(l, source, id->data, owner, &item);
    if (f != FAULT_NONE || item == 0)
        return f;
    struct charge_row c;
    charge_read(l, item, &c);
    return c.digits < 0 ? FAULT_NONE : need_buckets(l, source, c.digits, c.start_ms);
}

/* A stored batch, or the vouchers of the buckets that the day's credits go back to. */
static enum fault need_night(struct ledger *l, int32_t day, const struct ledger_source *source)
{
    uint32_t item;
    if (l->meta.settled_through != 0 && day <= l->meta.settled_through)
        return fetch_batch(l, source, day, &item);
    for (uint32_t at = l->open_days; at != 0;
         at = ((struct open_day *)pool_at(&l->days, at))->next) {
        const struct open_day *d = pool_at(&l->days, at);
        for (uint32_t t = d->day > day ? 0 : d->totals; t != 0;) {
            const struct open_total *total = pool_at(&l->totals, t);
            const struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, total->bucket);
            if (total->credit != 0) {
                enum fault f = fetch_voucher(l, source, b->digits, &item);
                if (f != FAULT_NONE)
                    return f;
            }
            t = total->next_of_day;
        }
    }
    return FAULT_NONE;
}

/* ---- Payments
 * ------------------------------------------------------------------------------------------ */

static enum fault need_run(struct ledger *l, const char *organiser, int32_t day,
                           const struct ledger_source *source)
{
    uint32_t item;
    uint32_t o = organiser_find(l, text_of(organiser));
    return o == 0 ? FAULT_NONE : fetch_run(l, source, day, o, &item);
}

/* A run with its payouts, which are summed up anew. */
static enum fault need_whole_run(struct ledger *l, const char *organiser, int32_t day,
                                 const struct ledger_source *source)
{
    enum fault f = need_run(l, organiser, day, source);
    uint32_t o = organiser_find(l, text_of(organiser));
    return f != FAULT_NONE || run_find(l, day, o) == 0 ? f : fetch_run_payouts(l, source, day, o);
}

static enum fault need_payout(struct ledger *l, const char *organiser, const char *provider,
                              int32_t day, const struct ledger_source *source)
{
    uint32_t item;
    const struct payout named = {
        .run_day = day,
        .organiser = organiser_find(l, text_of(organiser)),
        .provider = provider_find(l, text_of(provider)),
    };
    if (named.organiser == 0 || named.provider == 0)
        return FAULT_NONE;
    enum fault f = fetch_run(l, source, day, named.organiser, &item);
    return f != FAULT_NONE || item == 0 ? f : fetch_payout(l, source, &named, &item);
}

static enum fault need_bank_line(struct ledger *l, const ProtobufCBinaryData *line,
                                 const struct ledger_source *source)
{
    uint32_t item;
    return line->len == LIMIT_HASH_BYTES ? fetch_bank_line(l, source, line->data, &item)
                                         : FAULT_NONE;
}

static enum fault need_event(struct ledger *l, const Saldo__V1__RecordBankEvent *c,
                             const struct ledger_source *source)
{
    enum fault f = need_bank_line(l, &c->line, source);
    if (f != FAULT_NONE)
        return f;
    if (c->kind == SALDO__V1__BANK_EVENT_KIND__BANK_LUMP) /* of a whole run, or of none */
        return c->run_day == 0 ? FAULT_NONE : need_run(l, c->organiser, c->run_day, source);
    return need_payout(l, c->organiser, c->provider, c->run_day, source);
}

static enum fault need_command(struct ledger *l, const struct ledger_entry *e, uint32_t owner,
                               const Saldo__V1__Command *c, const struct ledger_source *source)
{
    switch ((int)c->body_case) { /* the other commands need only the catalogue */
    case SALDO__V1__COMMAND__BODY_GRANT_VOUCHER:
        return need_voucher(l, e, c->grant_voucher->number, source);
    case SALDO__V1__COMMAND__BODY_AMEND_VOUCHER:
        return need_voucher(l, e, c->amend_voucher->number, source);
    case SALDO__V1__COMMAND__BODY_CLOSE_VOUCHER:
        return need_voucher(l, e, c->close_voucher->number, source);
    case SALDO__V1__COMMAND__BODY_VOID_VOUCHER:
        return need_voucher(l, e, c->void_voucher->number, source);
    case SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER:
        return need_conversion(l, e, c->convert_voucher, source);
    case SALDO__V1__COMMAND__BODY_RESERVE_VOUCHER:
        return need_voucher(l, e, c->reserve_voucher->number, source);
    case SALDO__V1__COMMAND__BODY_ADD_SUSPENSION:
        return need_voucher(l, e, c->add_suspension->number, source);
    case SALDO__V1__COMMAND__BODY_END_SUSPENSION:
        return need_voucher(l, e, c->end_suspension->number, source);
    case SALDO__V1__COMMAND__BODY_ADD_PRIOR_APPROVAL:
        return need_voucher(l, e, c->add_prior_approval->number, source);
    case SALDO__V1__COMMAND__BODY_REVIEW_CHARGE:
        return need_charge(l, &c->review_charge->charge,
                           provider_find(l, text_of(c->review_charge->provider)), source);
    case SALDO__V1__COMMAND__BODY_DELETE_CHARGE:
        return need_charge(l, &c->delete_charge->charge, owner, source);
    case SALDO__V1__COMMAND__BODY_CREDIT_CHARGE:
        return need_charge(l, &c->credit_charge->charge,
                           provider_find(l, text_of(c->credit_charge->provider)), source);
    case SALDO__V1__COMMAND__BODY_SETTLE_DAY:
        return need_night(l, c->settle_day->day, source);
    case SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN:
        return need_run(l, c->start_payout_run->organiser, l->meta.settled_through, source);
    case SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN:
        return need_whole_run(l, c->prepare_payout_run->organiser, c->prepare_payout_run->run_day,
                              source);
    case SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN:
        return need_whole_run(l, c->release_payout_run->organiser, c->release_payout_run->run_day,
                              source);
    case SALDO__V1__COMMAND__BODY_RELEASE_HELD_PAYOUT:
        return need_payout(l, c->release_held_payout->organiser, c->release_held_payout->provider,
                           c->release_held_payout->run_day, source);
    case SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT:
        return need_event(l, c->record_bank_event, source);
    case SALDO__V1__COMMAND__BODY_CLOSE_BANK_LINE:
        return need_bank_line(l, &c->close_bank_line->line, source);
    default:
        return FAULT_NONE;
    }
}

/* Is nothing to be brought in for a command, because it is refused before anything is looked at?
 * Asked of those that ask for most: who may not give them shall not have them cost so much. */
static bool refused_unseen(const struct ledger *l, uint32_t key, struct runs_named *runs,
                           const Saldo__V1__Command *c)
{
    if (c->body_case != SALDO__V1__COMMAND__BODY_PREPARE_PAYOUT_RUN &&
        c->body_case != SALDO__V1__COMMAND__BODY_RELEASE_PAYOUT_RUN)
        return false;
    return !runs_admit(runs, c) || key == 0 ||
           ROW_AT(signing_key, l, ROW_KEY, key)->key.role != SALDO__V1__ROLE__FINANCE_OFFICER;
}

static enum fault need_commands(struct ledger *l, const struct ledger_entry *e, uint32_t key,
                                const struct ledger_source *source)
{
    const struct request *r = e->request;
    uint32_t owner = key_owner(l, key);
    struct runs_named runs = {0};
    for (uint32_t i = 0; i < r->count; i++) {
        const Saldo__V1__Command *c = r->commands[i].message;
        enum fault f = FAULT_NONE;
        if (c->request_id.len == LIMIT_REQUEST_ID_BYTES)
            f = need_id(l, source, c->request_id.data, owner);
        if (f == FAULT_NONE && !refused_unseen(l, key, &runs, c))
            f = need_command(l, e, owner, c, source);
        if (f != FAULT_NONE)
            return f;
    }
    return FAULT_NONE;
}

enum fault ledger_prepare(struct ledger *l, const struct ledger_entry *e,
                          const struct ledger_source *source)
{
    CHECK(l != NULL);
    CHECK(e != NULL);
    const struct request *r = e->request;
    CHECK(r->count <= LIMIT_BATCH_ITEMS);
    l->looked_up = e->number;
    if (!make_room(l, r))
        return FAULT_FULL;
    uint32_t key = key_find(l, r->key_id);
    enum fault f = r->purpose == PURPOSE_CHARGE ? lookup_charges(l, source, r, key_owner(l, key))
                                                : need_commands(l, e, key, source);
    if (f == FAULT_NONE && r->purpose != PURPOSE_SETTLEMENT && !room_left(l, r))
        return FAULT_FULL; /* what was brought in is clean and can go again */
    return f;
}
