/* query_balance.c - posted, pending and available: of one voucher or page by page, now or after a
 * night. */
#include "identifier.h"
#include "ledger/query.h"

/* What a bucket had, now or after a night. */
struct figures {
    bool moved; /* else nothing was ever taken from it */
    int64_t settled;
    int64_t pending;
    int64_t posted; /* not of a carry-over voucher, where it grows with the months */
};

/* ---- After a night -------------------------------------------------------------------------- */

struct past {
    struct query *q;
    int32_t day;
    struct history found; /* day 0: none */
};

static bool past_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct past *p = arg;
    struct history h;

    if (!query_peek(p->q, ROW_HISTORY, (struct row_bytes){key, key_len, value, value_len}, &h))
        return false;
    if (h.day > p->day)
        return false;
    p->found = h;
    return true;
}

/* The last night up to `day` that moved the bucket: of the memory's and the tables' the later. */
static struct figures figures_after(struct query *q, int32_t period, int32_t digits, int32_t day)
{
    const struct ledger *l = q->ledger;
    struct past p = {.q = q, .day = day};
    uint8_t prefix[LEDGER_KEY_MAX];
    size_t prefix_len = row_key_bucket(period, digits, prefix); /* how a history's key begins */

    query_scan(q, (struct scan){ROW_HISTORY, prefix, prefix_len, NULL, 0}, past_row, &p);
    uint32_t item = history_last(l, period, digits, day);
    if (item != 0 && ROW_AT(history, l, ROW_HISTORY, item)->day > p.found.day)
        p.found = *ROW_AT(history, l, ROW_HISTORY, item);
    return (struct figures){p.found.day != 0, p.found.settled, p.found.pending, p.found.posted};
}

/* ---- Now ------------------------------------------------------------------------------------ */

static struct figures figures_now(struct query *q, int32_t period, int32_t digits)
{
    uint32_t item = query_bucket_row(q, period, digits);

    if (item == 0)
        return (struct figures){false, 0, 0, 0};
    const struct bucket *b = ROW_AT(bucket, q->ledger, ROW_BUCKET, item);
    return (struct figures){b->allotted, b->settled, b->pending, b->allotment - b->settled};
}

/* ---- A balance ------------------------------------------------------------------------------ */

/* For which day, and whether as that night left it or as it is. */
struct moment {
    int32_t day;
    bool past;
};

/* From which day on the rest counts nothing. */
static bool lapsed(const struct ledger *l, const struct voucher *v, int32_t period,
                   struct moment when)
{
    int32_t day = when.past ? when.day + 1 : when.day; /* the morning after the night */

    if (v->voided || day >= voucher_final_day(l, v))
        return true;
    return period != 0 && day >= calendar_month_lapse(period);
}

static void fill_balance(const struct query *q, const struct voucher *v, struct moment when,
                         struct figures had, Saldo__V1__Balance *out)
{
    int32_t month = calendar_month(when.day);
    int32_t recorded_day = when.past ? when.day : CALENDAR_DAY_OPEN;

    out->bucket = v->period == SALDO__V1__PERIOD__WHOLE ? 0 : month;
    out->units = v->kind == SALDO__V1__VOUCHER_KIND__QUANTITY;
    out->pending = had.pending;
    if (lapsed(q->ledger, v, voucher_period(v, calendar_month(when.day)), when))
        return;
    out->posted = had.posted;
    if (!had.moved || v->carry_over)
        out->posted = voucher_allotment(q->ledger, v, month, recorded_day) - had.settled;
    out->available = out->posted - out->pending;
    if (v->carry_over && out->available < 0)
        out->available = 0; /* a later month's money may be spent already */
}

/* The voucher was found before. Fetching its bucket may have let it go again, so it is asked for
 * anew; what made room for the bucket has made room for it. */
static Saldo__V1__Balance *balance_of(struct query *q, uint32_t item, struct moment when,
                                      bool with_voucher)
{
    Saldo__V1__Balance *out = QUERY_NEW(q, balance);
    const struct voucher *v = ROW_AT(voucher, q->ledger, ROW_VOUCHER, item);
    int32_t digits = v->digits;
    int32_t period = voucher_period(v, calendar_month(when.day));

    if (out == NULL)
        return NULL;
    struct figures had =
        when.past ? figures_after(q, period, digits, when.day) : figures_now(q, period, digits);
    item = query_voucher_row(q, digits);
    if (item == 0)
        return NULL; /* the query has its fault */
    out->voucher = query_number(q, digits);
    fill_balance(q, ROW_AT(voucher, q->ledger, ROW_VOUCHER, item), when, had, out);
    if (with_voucher)
        out->of = query_voucher_shown(q, item);
    return out;
}

/* ---- A page: the smallest numbers above `after`, of the tables and of the memory ------------ */

struct page {
    struct query *q;
    uint32_t organiser; /* 0: all */
    int32_t after;
    int32_t *digits; /* ascending, with room for one more than is asked for */
    uint32_t count;
    uint32_t room;
};

static bool page_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct page *p = arg;
    struct reader r = {key, key_len, 0, false};
    int32_t digits = get_i32(&r);
    uint32_t organiser = row_voucher_organiser(value, value_len);

    if (r.failed || organiser == 0) {
        p->q->fault = FAULT_CORRUPT;
        return false;
    }
    if (p->organiser == 0 || p->organiser == organiser)
        p->digits[p->count++] = digits;
    return p->count < p->room;
}

static void page_changed(struct query *q, uint32_t item, void *arg)
{
    struct page *p = arg;
    const struct voucher *v = ROW_AT(voucher, q->ledger, ROW_VOUCHER, item);
    uint32_t at = p->count;

    if (v->digits <= p->after || (p->organiser != 0 && p->organiser != v->organiser))
        return;
    while (at > 0 && p->digits[at - 1] > v->digits)
        at--;
    if (at == p->room || (at > 0 && p->digits[at - 1] == v->digits))
        return; /* behind this page, or of the tables too */
    if (p->count == p->room)
        p->count--;
    memmove(&p->digits[at + 1], &p->digits[at], (p->count - at) * sizeof(*p->digits));
    p->digits[at] = v->digits;
    p->count++;
}

static void page_collect(struct query *q, struct page *p)
{
    uint8_t start[LEDGER_KEY_MAX];
    size_t start_len = row_key_voucher(p->after + 1, start);

    query_scan(q, (struct scan){ROW_VOUCHER, NULL, 0, start, start_len}, page_row, p);
    query_changed_rows(q, ROW_VOUCHER, page_changed, p);
}

/* Vouchers may have many versions: their page ends early where the reply or the arena gets full. */
static bool page_has_room(const struct query *q, size_t bytes)
{
    return bytes < LIMIT_REPLY_BYTES / 2 && q->arena->used < q->arena->size / 2;
}

static void fill_page(struct query *q, struct page *p, struct moment when, bool with_vouchers,
                      Saldo__V1__Balances *out)
{
    struct pile pile = {NULL, 0, 0};
    uint32_t limit = p->room - 1, i = 0;
    size_t bytes = 0;

    for (; i < p->count && i < limit && q->fault == FAULT_NONE; i++) {
        if (with_vouchers && i > 0 && !page_has_room(q, bytes))
            break;
        uint32_t item = query_voucher_row(q, p->digits[i]);
        Saldo__V1__Balance *one = item != 0 ? balance_of(q, item, when, with_vouchers) : NULL;
        pile_add(q, &pile, one);
        if (with_vouchers && one != NULL)
            bytes += saldo__v1__balance__get_packed_size(one);
    }
    if (p->count > i && i > 0) /* 0: the query has its fault */
        out->next = query_number(q, p->digits[i - 1]);
    out->n_balances = pile.count;
    out->balances = (Saldo__V1__Balance **)pile.items;
}

/* ---- The query ------------------------------------------------------------------------------ */

static enum outcome one(struct query *q, const Saldo__V1__BalanceQuery *in, uint32_t organiser,
                        struct moment when, Saldo__V1__Balances *out)
{
    uint32_t item = query_voucher_named(q, in->voucher);
    struct pile pile = {NULL, 0, 0};

    if (item == 0)
        return OUTCOME_VOUCHER_UNKNOWN;
    if (organiser != 0 && ROW_AT(voucher, q->ledger, ROW_VOUCHER, item)->organiser != organiser)
        return OUTCOME_VOUCHER_UNKNOWN;
    pile_add(q, &pile, balance_of(q, item, when, in->vouchers != 0));
    out->n_balances = pile.count;
    out->balances = (Saldo__V1__Balance **)pile.items;
    return OUTCOME_ACCEPTED;
}

static enum outcome many(struct query *q, const Saldo__V1__BalanceQuery *in, uint32_t organiser,
                         struct moment when, Saldo__V1__Balances *out)
{
    struct page p = {.q = q, .organiser = organiser, .after = -1};

    if (query_is_provider(q))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (in->limit < 0 || in->limit > LIMIT_QUERY_ROWS)
        return OUTCOME_FIELD_INVALID;
    if (in->after[0] != '\0') {
        p.after = identifier_voucher_digits(in->after, strlen(in->after));
        if (p.after < 0)
            return OUTCOME_FIELD_INVALID;
    }
    p.room = (in->limit == 0 ? LIMIT_QUERY_ROWS : (uint32_t)in->limit) + 1;
    p.digits = query_alloc(q, p.room * sizeof(*p.digits));
    if (p.digits == NULL)
        return OUTCOME_LIMIT_REACHED;
    page_collect(q, &p);
    fill_page(q, &p, when, in->vouchers != 0, out);
    return OUTCOME_ACCEPTED;
}

enum outcome query_balance(struct query *q, const Saldo__V1__BalanceQuery *in,
                           Saldo__V1__Reply *reply)
{
    int32_t settled = q->ledger->meta.settled_through;
    struct moment when = {in->as_of == 0 ? q->today : in->as_of, in->as_of != 0};
    Saldo__V1__Balances *out = QUERY_NEW(q, balances);
    uint32_t organiser;

    if (when.past && (in->as_of < LIMIT_DAY_FIRST || in->as_of > settled))
        return OUTCOME_FIELD_INVALID;
    enum outcome o = query_organiser_asked(q, in->organiser, &organiser);
    if (o != OUTCOME_ACCEPTED)
        return o;
    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    out->as_of = when.past ? in->as_of : settled;
    reply->result_case = SALDO__V1__REPLY__RESULT_BALANCES;
    reply->balances = out;
    if (in->voucher[0] != '\0')
        return one(q, in, organiser, when, out);
    return many(q, in, organiser, when, out);
}
