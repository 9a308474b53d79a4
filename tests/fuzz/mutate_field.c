/* mutate_field.c - another value for a field of a request. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "mutate.h"
#include "tests/support/random_message.h"

enum { SITES = 1024, DAY_MS = 86400000 };

/* A field of a message, or an element of one. */
struct site {
    const ProtobufCFieldDescriptor *field;
    char *message;
    void *value;
};

/* ---- Fields ---- */

struct sites {
    struct site at[SITES];
    size_t count;
};

static void collect(ProtobufCMessage *message, struct sites *s);

static void collect_field(const ProtobufCFieldDescriptor *f, char *base, struct sites *s)
{
    const bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
    const bool inside = f->type == PROTOBUF_C_TYPE_MESSAGE;
    void **list;
    size_t count;
    if (s->count < SITES) /* a list as a whole, or the value */
        s->at[s->count++] = (struct site){f, base, base + f->offset};
    if (!repeated) {
        ProtobufCMessage *child;
        memcpy(&child, base + f->offset, sizeof(child));
        if (inside && child != NULL)
            collect(child, s);
        return;
    }
    memcpy(&list, base + f->offset, sizeof(list));
    memcpy(&count, base + f->quantifier_offset, sizeof(count));
    for (size_t i = 0; inside && i < count; i++)
        collect(list[i], s);
}

static void collect(ProtobufCMessage *message, struct sites *s)
{
    const ProtobufCMessageDescriptor *d = message->descriptor;
    char *base = (char *)message;
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        uint32_t chosen;
        if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            memcpy(&chosen, base + f->quantifier_offset, sizeof(chosen));
            if (chosen != f->id)
                continue;
        }
        collect_field(f, base, s);
    }
}

const ProtobufCMessageDescriptor *type_of(enum stream_act act)
{
    switch ((int)act) {
    case PURPOSE_CHARGE:
        return &saldo__v1__charge_request__descriptor;
    case PURPOSE_COMMAND:
    case PURPOSE_SETTLEMENT:
        return &saldo__v1__command_request__descriptor;
    case PURPOSE_QUERY:
        return &saldo__v1__query_request__descriptor;
    default:
        return NULL;
    }
}

static ProtobufCMessage *unpack(struct mutation *m, const struct stream_record *r)
{
    const ProtobufCMessageDescriptor *d = type_of(r->act);
    return d == NULL ? NULL : protobuf_c_message_unpack(d, &m->arena.allocator, r->len, r->bytes);
}

bool pack(struct mutation *m, const ProtobufCMessage *message, struct stream_record *r)
{
    const size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = len > UINT16_MAX ? NULL : arena_alloc(&m->arena, len + 1);
    if (bytes == NULL)
        return false;
    r->len = protobuf_c_message_pack(message, bytes);
    r->bytes = bytes;
    return true;
}

/* ---- Values ---- */

static bool one_of(const char *name, const char *const list[])
{
    for (size_t i = 0; list[i] != NULL; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

static bool alike(const ProtobufCFieldDescriptor *a, const ProtobufCFieldDescriptor *b)
{
    static const char *const ids[] = {"request_id", "charge", NULL};
    static const char *const vouchers[] = {"voucher", "number", NULL};
    static const char *const days[] = {"day", "run_day", "valid_from", "valid_to", NULL};
    static const char *const sums[] = {"cents", "county_cents", "entry_cents", "amount_cents",
                                       NULL};
    static const char *const *const lists[] = {ids, vouchers, days, sums};
    if (a->type != b->type || a->label != b->label)
        return false;
    for (size_t i = 0; i < 4; i++)
        if (one_of(a->name, lists[i]) && one_of(b->name, lists[i]))
            return true;
    return strcmp(a->name, b->name) == 0;
}

/* The value that a field of that name has in another record. */
static bool borrow(struct mutation *m, const struct site *site)
{
    struct sites *s = calloc(1, sizeof(*s));
    const struct site *chosen = NULL;
    uint32_t seen = 0;
    CHECK(s != NULL);
    for (int tries = 0; tries < 4 && chosen == NULL; tries++) {
        const struct stream_record *r = &m->stream->records[below(m, (uint32_t)m->stream->count)];
        ProtobufCMessage *other = unpack(m, r);
        s->count = 0;
        if (other != NULL)
            collect(other, s);
        for (size_t i = 0; i < s->count; i++)
            if (alike(s->at[i].field, site->field) && below(m, ++seen) == 0)
                chosen = &s->at[i];
    }
    static const size_t sizes[] = {[PROTOBUF_C_TYPE_BYTES] = sizeof(ProtobufCBinaryData),
                                   [PROTOBUF_C_TYPE_STRING] = sizeof(char *),
                                   [PROTOBUF_C_TYPE_MESSAGE] = sizeof(void *),
                                   [PROTOBUF_C_TYPE_INT64] = 8,
                                   [PROTOBUF_C_TYPE_UINT64] = 8,
                                   [PROTOBUF_C_TYPE_INT32] = 4,
                                   [PROTOBUF_C_TYPE_UINT32] = 4,
                                   [PROTOBUF_C_TYPE_ENUM] = 4,
                                   [PROTOBUF_C_TYPE_BOOL] = sizeof(protobuf_c_boolean)};
    if (chosen != NULL && site->field->label == PROTOBUF_C_LABEL_REPEATED) {
        memcpy(site->value, chosen->value, sizeof(void *));
        memcpy(site->message + site->field->quantifier_offset,
               chosen->message + chosen->field->quantifier_offset, sizeof(size_t));
    } else if (chosen != NULL) {
        memcpy(site->value, chosen->value, sizes[site->field->type]);
    }
    free(s);
    return chosen != NULL;
}

static int64_t other_number(struct mutation *m, int64_t n)
{
    static const int64_t edges[] = {
        0,         1,         -1,        15,   60,    1000000000, 100000000000, INT32_MAX,
        INT32_MIN, INT64_MAX, INT64_MIN, 9496, 47846, 900000,     3600000};
    static const int64_t steps[] = {1, 7, 15, 31, 100, 365, 900000, 3600000, DAY_MS};
    const uint64_t step = (uint64_t)steps[below(m, 9)];
    switch (below(m, 6)) {
    case 0:
        return edges[below(m, sizeof(edges) / sizeof(edges[0]))];
    case 1:
        return (int64_t)((uint64_t)n * 2);
    case 2:
        return n / 2;
    case 3:
        return (int64_t)((uint64_t)n + step);
    case 4:
        return (int64_t)((uint64_t)n - step);
    default:
        return (int64_t)(0 - (uint64_t)n);
    }
}

void fresh_id(struct mutation *m, uint8_t id[LIMIT_REQUEST_ID_BYTES])
{
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)((uint64_t)m->now_ms >> (40 - 8 * i));
    for (int i = 6; i < LIMIT_REQUEST_ID_BYTES; i++)
        id[i] = (uint8_t)below(m, 256);
}

static void new_bytes(struct mutation *m, ProtobufCBinaryData *b)
{
    uint8_t *bytes = arena_alloc(&m->arena, 64);
    struct test_key key;
    if (bytes == NULL)
        return;
    memset(bytes, 0, 64);
    b->len = b->len < 64 ? b->len : 64;
    if (b->len > 0)
        memcpy(bytes, b->data, b->len);
    b->data = bytes;
    switch (below(m, 4)) {
    case 0:
        b->len = below(m, 40);
        break;
    case 1:
        bytes[below(m, 32)] ^= (uint8_t)(1U << below(m, 8));
        break;
    case 2:
        county_key(below(m, COUNTY_KEYS), &key);
        memcpy(bytes, b->len == LIMIT_KEY_ID_BYTES ? key.id : key.public,
               b->len < 32 ? b->len : 32);
        break;
    default:
        if (b->len == LIMIT_REQUEST_ID_BYTES)
            fresh_id(m, bytes);
    }
}

static void new_text(struct mutation *m, char **text)
{
    static const char *const texts[] = {"",   "o0",  "o1", "o2",         "s0",
                                        "s1", "s2",  "s5", "p0",         "p1",
                                        "p8", "DAY", "k0", "0000000000", "FI2112345600000785"};
    size_t len = strlen(*text);
    char *copy = arena_alloc(&m->arena, 64);
    if (copy == NULL)
        return;
    if (below(m, 2) == 0 || len == 0 || len > 62) {
        strcpy(copy, texts[below(m, sizeof(texts) / sizeof(texts[0]))]);
    } else {
        memcpy(copy, *text, len + 1);
        char *at = &copy[below(m, (uint32_t)len)];
        *at = (char)(*at + (below(m, 2) == 0 ? 1 : -1));
    }
    *text = copy;
}

/* A list loses an element, or has one twice. */
static void new_list(struct mutation *m, const struct site *site)
{
    void **list, **longer;
    size_t count;
    memcpy(&list, site->value, sizeof(list));
    memcpy(&count, site->message + site->field->quantifier_offset, sizeof(count));
    if (count == 0 || (longer = arena_alloc(&m->arena, (count + 1) * sizeof(*list))) == NULL)
        return;
    const size_t at = below(m, (uint32_t)count);
    memcpy(longer, list, count * sizeof(*list));
    if (below(m, 2) == 0)
        longer[count++] = list[at];
    else
        longer[at] = longer[--count];
    memcpy(site->value, &longer, sizeof(longer));
    memcpy(site->message + site->field->quantifier_offset, &count, sizeof(count));
}

static void toggle(struct mutation *m, const struct site *site)
{
    ProtobufCMessage *child;
    struct random_message random = {.dice = &m->dice, .arena = &m->arena, .odd = 2};
    memcpy(&child, site->value, sizeof(child));
    const bool needed = (site->field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    child = child == NULL || needed ? random_message(&random, site->field->descriptor) : NULL;
    if (child != NULL || !needed)
        memcpy(site->value, &child, sizeof(child));
}

static void change(struct mutation *m, const struct site *site)
{
    int64_t wide;
    int32_t narrow;
    if (site->field->label == PROTOBUF_C_LABEL_REPEATED) {
        new_list(m, site);
        return;
    }
    switch ((int)site->field->type) {
    case PROTOBUF_C_TYPE_STRING:
        new_text(m, site->value);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        new_bytes(m, site->value);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        toggle(m, site);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)site->value ^= 1;
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)site->value = (int)below(m, 12);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        memcpy(&wide, site->value, sizeof(wide));
        wide = other_number(m, wide);
        memcpy(site->value, &wide, sizeof(wide));
        break;
    default:
        memcpy(&narrow, site->value, sizeof(narrow));
        narrow = (int32_t)other_number(m, narrow);
        memcpy(site->value, &narrow, sizeof(narrow));
    }
}

void change_field(struct mutation *m, struct stream_record *r)
{
    ProtobufCMessage *message = unpack(m, r);
    struct sites *s = calloc(1, sizeof(*s));
    CHECK(s != NULL);
    if (message != NULL)
        collect(message, s);
    if (s->count > 0) {
        const struct site *site = &s->at[below(m, (uint32_t)s->count)];
        if (below(m, 100) < 60 || !borrow(m, site))
            change(m, site);
        pack(m, message, r);
    }
    free(s);
}

void renew(struct mutation *m, struct stream_record *r)
{
    ProtobufCMessage *message = unpack(m, r);
    struct sites *s = calloc(1, sizeof(*s));
    CHECK(s != NULL);
    if (message != NULL)
        collect(message, s);
    for (size_t i = 0; i < s->count; i++) {
        ProtobufCBinaryData *id = s->at[i].value;
        uint8_t *bytes;
        if (strcmp(s->at[i].field->name, "request_id") != 0 ||
            (bytes = arena_alloc(&m->arena, LIMIT_REQUEST_ID_BYTES)) == NULL)
            continue;
        fresh_id(m, bytes);
        *id = (ProtobufCBinaryData){LIMIT_REQUEST_ID_BYTES, bytes};
    }
    if (message != NULL)
        pack(m, message, r);
    free(s);
}
