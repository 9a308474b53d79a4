/* rows_voucher.c - the bytes of vouchers and buckets with the lists they own. */
#include "ledger/interval.h"
#include "ledger/rows.h"
#include "ledger/sort.h"

static void voucher_key(const struct fields *f, void *row)
{
    field_i32(f, &((struct voucher *)row)->digits);
}

static void voucher_value(const struct fields *f, void *row)
{
    struct voucher *v = row;
    field_u32(f, &v->organiser);
    field_u8(f, &v->kind);
    field_u8(f, &v->period);
    field_bool(f, &v->carry_over);
    field_bool(f, &v->voided);
    field_bool(f, &v->opened);
    field_i32(f, &v->valid_from);
    field_i32(f, &v->closed_on);
    field_u32(f, &v->reserved_for);
    field_u32(f, &v->cost_code);
    field_u32(f, &v->live_charges);
    field_i32(f, &v->last_service_day);
    FIELD_TEXT(f, v->client);
    FIELD_TEXT(f, v->decision);
    field_u32(f, &v->granted_for);
    FIELD_TEXT(f, v->granted_decision);
}

static bool voucher_valid(const struct ledger *l, const void *row)
{
    const struct voucher *v = row;
    return row_exists(l, ROW_ORGANISER, v->organiser) &&
           row_exists(l, ROW_PROVIDER, v->reserved_for) &&
           row_exists(l, ROW_PROVIDER, v->granted_for) &&
           row_exists(l, ROW_COST_CODE, v->cost_code);
}

const struct row_shape shape_voucher = {sizeof(struct voucher), voucher_key, voucher_value,
                                        voucher_valid};

static void version_fields(const struct fields *f, struct version *n)
{
    field_i32(f, &n->effective_from);
    field_i32(f, &n->valid_to);
    field_i32(f, &n->recorded_day);
    field_i64(f, &n->amount);
    field_i64(f, &n->unit_value);
    field_u32(f, &n->service_count);
    if (n->service_count > LIMIT_VOUCHER_SERVICES) {
        f->reader->failed = true; /* a writer's count is within the limit */
        return;
    }
    for (uint32_t i = 0; i < n->service_count; i++)
        field_u16(f, &n->services[i]);
}

static void extra_fields(const struct fields *f, struct extra *x)
{
    field_i32(f, &x->kind);
    field_i32(f, &x->from);
    field_i32(f, &x->to);
    field_u32(f, &x->service);
    FIELD_TEXT(f, x->approved_by.text);
}

void voucher_counts_write(const struct ledger *l, const struct voucher *v, struct writer *w)
{
    uint16_t extras = 0;
    for (uint32_t at = v->extras; at != 0; at = ((struct extra *)pool_at(&l->extras, at))->next)
        extras++;
    put_u16(w, v->version_count);
    put_u16(w, extras);
}

bool voucher_counts_read(struct reader *r, struct list_counts *n)
{
    n->first = get_u16(r);
    n->second = get_u16(r);
    return !r->failed && n->first >= 1 && n->first <= LIMIT_VOUCHER_VERSIONS &&
           n->second <= LIMIT_VOUCHER_EXTRAS;
}

void voucher_lists_write(const struct ledger *l, const struct voucher *v, struct writer *w)
{
    struct fields f = {w, NULL};
    struct version version = v->now;
    uint32_t count = 1;

    version_fields(&f, &version);
    for (uint32_t at = version.older; at != 0; at = version.older) {
        version = *(const struct version *)pool_at(&l->versions, at);
        version_fields(&f, &version);
        count++;
    }
    CHECK(count == v->version_count);
    for (uint32_t at = v->extras; at != 0;) {
        struct extra extra = *(const struct extra *)pool_at(&l->extras, at);
        extra_fields(&f, &extra);
        at = extra.next;
    }
}

static void version_read(const struct ledger *l, struct reader *r, struct version *n)
{
    struct fields f = {NULL, r};

    memset(n, 0, sizeof(*n));
    version_fields(&f, n);
    for (uint32_t i = 0; !r->failed && i < n->service_count; i++)
        if (!row_exists(l, ROW_SERVICE, n->services[i]))
            r->failed = true;
}

static void extra_read(const struct ledger *l, struct reader *r, struct extra *x)
{
    struct fields f = {NULL, r};

    memset(x, 0, sizeof(*x));
    extra_fields(&f, x);
    if (!row_exists(l, ROW_SERVICE, x->service))
        r->failed = true;
}

void voucher_lists_check(const struct ledger *l, struct list_counts n, struct reader *r)
{
    struct version version;
    struct extra extra;

    for (uint32_t i = 0; i < n.first; i++)
        version_read(l, r, &version);
    for (uint32_t i = 0; i < n.second; i++)
        extra_read(l, r, &extra);
}

void voucher_lists_read(struct ledger *l, struct list_counts n, struct reader *r, struct voucher *v)
{
    uint32_t *link = &v->now.older;

    version_read(l, r, &v->now);
    v->version_count = (uint16_t)n.first;
    for (uint32_t i = 1; i < n.first; i++) {
        *link = pool_take(&l->versions);
        struct version *older = pool_at(&l->versions, *link);
        version_read(l, r, older);
        link = &older->older;
    }
    link = &v->extras;
    for (uint32_t i = 0; i < n.second; i++) {
        *link = pool_take(&l->extras);
        struct extra *next = pool_at(&l->extras, *link);
        extra_read(l, r, next);
        link = &next->next;
    }
    CHECK(!r->failed); /* checked before */
}

/* ---- Buckets -------------------------------------------------------------------------------- */

#define TOTAL_BYTES    20
#define INTERVAL_BYTES 8
_Static_assert(LEDGER_OPEN_DAYS_MAX *TOTAL_BYTES + LEDGER_INTERVALS_MAX * INTERVAL_BYTES + 256 <
                   LEDGER_ROW_MAX,
               "the fullest bucket is a row");

static void bucket_key(const struct fields *f, void *row)
{
    struct bucket *b = row;
    field_i32(f, &b->period);
    field_i32(f, &b->digits);
}

static void bucket_value(const struct fields *f, void *row)
{
    struct bucket *b = row;
    field_bool(f, &b->allotted);
    field_i32(f, &b->lapse_day);
    field_i64(f, &b->allotment);
    field_i64(f, &b->pending);
    field_i64(f, &b->settled);
}

const struct row_shape shape_bucket = {sizeof(struct bucket), bucket_key, bucket_value, NULL};

static const struct open_total *total_at(const struct ledger *l, uint32_t item)
{
    return pool_at(&l->totals, item);
}

void bucket_counts_write(const struct ledger *l, const struct bucket *b, struct writer *w)
{
    uint32_t totals = 0;
    uint32_t intervals = 0;

    for (uint32_t at = b->open; at != 0; at = total_at(l, at)->next_of_bucket)
        totals++;
    for (uint32_t at = b->intervals; at != 0; at = interval_chunk(l, at)->next)
        intervals += interval_chunk(l, at)->count;
    put_u8(w, totals != 0);
    put_u16(w, (uint16_t)totals);
    put_u16(w, (uint16_t)intervals);
}

bool bucket_counts_read(struct reader *r, struct list_counts *n)
{
    uint8_t open = get_u8(r);
    n->first = get_u16(r);
    n->second = get_u16(r);
    return !r->failed && open == (n->first != 0);
}

static int compare_bytes(const void *context, const void *a, const void *b)
{
    return memcmp(a, b, *(const size_t *)context);
}

/* Sort what was written since `from`: big-endian numbers sort as their bytes. The lists in memory
 * stand in the order in which things happened, which a restart would not give again. */
static void sort_written(struct writer *w, size_t from, size_t item_size)
{
    if (!w->failed)
        sort_items(w->bytes + from, (w->len - from) / item_size, item_size, compare_bytes,
                   &item_size);
}

void bucket_lists_write(const struct ledger *l, const struct bucket *b, struct writer *w)
{
    size_t from = w->len;
    for (uint32_t at = b->open; at != 0; at = total_at(l, at)->next_of_bucket) {
        const struct open_total *t = total_at(l, at);
        put_i32(w, t->day);
        put_i64(w, t->taken);
        put_i64(w, t->credit);
    }
    sort_written(w, from, TOTAL_BYTES);
    from = w->len;
    for (uint32_t at = b->intervals; at != 0; at = interval_chunk(l, at)->next) {
        const struct interval_chunk *k = interval_chunk(l, at);
        for (uint32_t n = 0; n < k->count; n++) {
            const struct interval i = interval_at(k, n);
            put_u32(w, i.from);
            put_u32(w, i.to);
        }
    }
    sort_written(w, from, INTERVAL_BYTES);
}

static struct open_total total_read(struct reader *r)
{
    struct open_total t = {0};
    t.day = get_i32(r);
    t.taken = get_i64(r);
    t.credit = get_i64(r);
    return t;
}

static struct interval interval_read(struct reader *r)
{
    struct interval i;
    i.from = get_u32(r);
    i.to = get_u32(r);
    return i;
}

void bucket_lists_check(struct list_counts n, struct reader *r)
{
    int32_t last_day = 0; /* a day before that would be written behind the others */
    uint64_t last_interval = 0;

    for (uint32_t i = 0; i < n.first; i++) {
        int32_t day = total_read(r).day;
        if (day <= last_day)
            r->failed = true;
        last_day = day;
    }
    for (uint32_t i = 0; i < n.second; i++) {
        struct interval interval = interval_read(r);
        uint64_t order = (uint64_t)interval.from << 32 | interval.to;
        if (interval.from >= interval.to || order < last_interval)
            r->failed = true;
        last_interval = order;
    }
}

static void total_link(struct ledger *l, struct open_total total, uint32_t bucket)
{
    struct bucket *b = ROW_AT(bucket, l, ROW_BUCKET, bucket);
    struct open_day *d = day_make(l, total.day);
    uint32_t item = pool_take(&l->totals);

    total.bucket = bucket;
    total.next_of_bucket = b->open;
    total.next_of_day = d->totals;
    *(struct open_total *)pool_at(&l->totals, item) = total;
    b->open = item;
    d->totals = item;
}

void bucket_lists_read(struct ledger *l, struct list_counts n, struct reader *r, uint32_t bucket)
{
    for (uint32_t i = 0; i < n.first; i++)
        total_link(l, total_read(r), bucket);
    for (uint32_t i = 0; i < n.second; i++)
        bucket_interval_hold(l, ROW_AT(bucket, l, ROW_BUCKET, bucket), interval_read(r));
    CHECK(!r->failed); /* checked before */
}
