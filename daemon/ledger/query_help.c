/* query_help.c - answers in the arena, and rows from wherever they are. */
#include "identifier.h"
#include "ledger/charge_store.h"
#include "ledger/query.h"

/* ---- The arena ------------------------------------------------------------------------------ */

void *query_alloc(struct query *q, size_t size)
{
    void *at = q->full ? NULL : arena_alloc(q->arena, size);

    if (at == NULL)
        q->full = true;
    return at;
}

void *query_message(struct query *q, const ProtobufCMessageDescriptor *descriptor)
{
    void *message = query_alloc(q, descriptor->sizeof_message);

    if (message != NULL)
        protobuf_c_message_init(descriptor, message);
    return message;
}

static char *empty_text(void)
{
    return (char *)(uintptr_t)protobuf_c_empty_string; /* what protobuf-c compares with */
}

static char *text_of_len(struct query *q, const char *text, size_t len)
{
    char *at = len == 0 ? NULL : query_alloc(q, len + 1);

    if (at == NULL)
        return empty_text();
    memcpy(at, text, len);
    at[len] = '\0';
    return at;
}

char *query_text(struct query *q, const char *text)
{
    return text_of_len(q, text, strlen(text));
}

char *query_hex(struct query *q, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    char *at = query_alloc(q, 2 * len + 1);

    if (at == NULL)
        return empty_text();
    for (size_t i = 0; i < len; i++) {
        at[2 * i] = digits[bytes[i] >> 4];
        at[2 * i + 1] = digits[bytes[i] & 15];
    }
    at[2 * len] = '\0';
    return at;
}

ProtobufCBinaryData query_bytes(struct query *q, const uint8_t *bytes, size_t len)
{
    uint8_t *at = query_alloc(q, len);

    if (at == NULL)
        return (ProtobufCBinaryData){0, NULL};
    memcpy(at, bytes, len);
    return (ProtobufCBinaryData){len, at};
}

char *query_number(struct query *q, int32_t digits)
{
    char number[LIMIT_VOUCHER_BYTES + 1];

    if (digits < 0)
        return empty_text();
    identifier_voucher_write(digits, number);
    return query_text(q, number);
}

char *query_organiser(struct query *q, uint32_t item)
{
    return query_text(q, ROW_AT(organiser, q->ledger, ROW_ORGANISER, item)->code.text);
}

char *query_provider(struct query *q, uint32_t item)
{
    return query_text(q, ROW_AT(provider, q->ledger, ROW_PROVIDER, item)->id.text);
}

char *query_service(struct query *q, uint32_t item)
{
    return query_text(q, ROW_AT(service, q->ledger, ROW_SERVICE, item)->code.text);
}

int32_t query_day(int32_t day)
{
    return day == CALENDAR_DAY_OPEN ? 0 : day;
}

Saldo__V1__Value *query_value(struct query *q, int64_t value)
{
    Saldo__V1__Value *v = value < 0 ? NULL : QUERY_NEW(q, value);

    if (v != NULL)
        v->value = value;
    return v;
}

char *query_person(struct query *q, uint32_t owner)
{
    uint32_t key = owner & ~LEDGER_OWNER_PERSON; /* 0: nobody, whose name is empty */
    return query_text(q, ROW_AT(signing_key, q->ledger, ROW_KEY, key)->key.owner);
}

void pile_add(struct query *q, struct pile *p, void *item)
{
    if (item == NULL)
        return;
    if (p->count == p->room) {
        size_t room = p->room == 0 ? 16 : 2 * p->room;
        void **items = query_alloc(q, room * sizeof(*items));
        if (items == NULL)
            return;
        if (p->count > 0)
            memcpy(items, p->items, p->count * sizeof(*items));
        p->items = items;
        p->room = room;
    }
    p->items[p->count++] = item;
}

/* ---- Who asks, and for whom ----------------------------------------------------------------- */

enum outcome query_organiser_asked(const struct query *q, const char *code, uint32_t *organiser)
{
    *organiser = q->key->organiser;
    if (code[0] == '\0')
        return OUTCOME_ACCEPTED;
    *organiser = organiser_find(q->ledger, text_of(code));
    if (*organiser == 0)
        return OUTCOME_ORGANISER_UNKNOWN;
    return query_in_scope(q, *organiser) ? OUTCOME_ACCEPTED : OUTCOME_SCOPE_NOT_ALLOWED;
}

enum outcome query_provider_asked(const struct query *q, const char *id, uint32_t *provider)
{
    *provider = q->key->provider;
    if (id[0] == '\0')
        return OUTCOME_ACCEPTED;
    uint32_t named = provider_find(q->ledger, text_of(id));
    if (query_is_provider(q))
        return named == *provider ? OUTCOME_ACCEPTED : OUTCOME_SCOPE_NOT_ALLOWED;
    *provider = named;
    return named == 0 ? OUTCOME_PROVIDER_UNKNOWN : OUTCOME_ACCEPTED;
}

bool query_days(int32_t from_asked, int32_t to_asked, int32_t *from, int32_t *to)
{
    *from = from_asked;
    *to = to_asked == 0 ? LIMIT_DAY_LAST : to_asked;
    return *from >= 0 && *to >= *from;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

/* After a fetch: true where it is worth another, because clean rows have gone for what is asked. */
static bool room_made(struct query *q, enum fault f)
{
    if (f != FAULT_FULL)
        return false;
    while (!ledger_evict_step(q->ledger, UINT32_MAX))
        ;
    return true;
}

static uint32_t fetched(struct query *q, enum fault f, uint32_t item)
{
    if (f != FAULT_NONE && q->fault == FAULT_NONE)
        q->fault = f;
    return f == FAULT_NONE ? item : 0;
}

uint32_t query_voucher_row(struct query *q, int32_t digits)
{
    uint32_t item = 0;
    enum fault f = fetch_voucher(q->ledger, q->source, digits, &item);

    if (room_made(q, f))
        f = fetch_voucher(q->ledger, q->source, digits, &item);
    return fetched(q, f, item);
}

uint32_t query_bucket_row(struct query *q, int32_t period, int32_t digits)
{
    uint32_t item = 0;
    enum fault f = fetch_bucket(q->ledger, q->source, period, digits, &item);

    if (room_made(q, f))
        f = fetch_bucket(q->ledger, q->source, period, digits, &item);
    return fetched(q, f, item);
}

uint32_t query_charge_row(struct query *q, const uint8_t *id, uint32_t provider)
{
    uint32_t item = 0;
    enum fault f = fetch_charge(q->ledger, q->source, id, provider, &item);

    if (room_made(q, f))
        f = fetch_charge(q->ledger, q->source, id, provider, &item);
    return fetched(q, f, item);
}

uint32_t query_batch_row(struct query *q, int32_t day)
{
    uint32_t item = 0;
    enum fault f = fetch_batch(q->ledger, q->source, day, &item);

    if (room_made(q, f))
        f = fetch_batch(q->ledger, q->source, day, &item);
    return fetched(q, f, item);
}

uint32_t query_bank_line_row(struct query *q, const uint8_t line[LIMIT_HASH_BYTES])
{
    uint32_t item = 0;
    enum fault f = fetch_bank_line(q->ledger, q->source, line, &item);

    if (room_made(q, f))
        f = fetch_bank_line(q->ledger, q->source, line, &item);
    return fetched(q, f, item);
}

void query_scan(struct query *q, struct scan s, query_row *row, void *arg)
{
    enum fault f = q->source->scan(q->source->context, s.kind, s.prefix, s.prefix_len, s.start,
                                   s.start_len, row, arg);

    if (f != FAULT_NONE && q->fault == FAULT_NONE)
        q->fault = f;
}

bool query_peek(struct query *q, enum row_kind kind, struct row_bytes bytes, void *row)
{
    bool read = row_peek(q->ledger, kind, bytes, row);

    if (!read)
        q->fault = FAULT_CORRUPT;
    return read;
}

uint32_t query_voucher_named(struct query *q, const char *number)
{
    int32_t digits = identifier_voucher_digits(number, strlen(number));
    uint32_t item = digits < 0 ? 0 : query_voucher_row(q, digits);

    if (item == 0)
        return 0;
    const struct voucher *v = ROW_AT(voucher, q->ledger, ROW_VOUCHER, item);
    return query_in_scope(q, v->organiser) ? item : 0;
}

static void changed_charges(struct query *q, query_visit *visit, void *arg)
{
    const struct ledger *l = q->ledger;

    for (uint32_t item = charge_store_first_unsaved(l); item != 0;
         item = charge_store_next(l, item))
        if (!charge_cell(l, item)->left && !charge_cell(l, item)->told)
            visit(q, item, arg);
}

void query_changed_rows(struct query *q, enum row_kind kind, query_visit *visit, void *arg)
{
    const struct ledger *l = q->ledger;
    const struct dirty_list *list = &l->table[kind].dirty;

    if (kind == ROW_CHARGE)
        changed_charges(q, visit, arg);

    for (uint32_t i = 0; i < list->count; i++)
        if (row_live(l, kind, list->items[i]))
            visit(q, list->items[i], arg);
    for (uint32_t i = 0; l->freezing && i < list->frozen_count; i++) {
        const struct row_head *head = pool_at(&l->table[kind].pool, list->frozen[i]);
        if (head->dirty != l->epoch && row_live(l, kind, list->frozen[i]))
            visit(q, list->frozen[i], arg);
    }
}
