#include <string.h>

#include "codec_inner.h"
#include "utf8.h"

/* ---- The same bytes again ------------------------------------------------------------------ */

/* A buffer that keeps nothing and compares what it is given with what was received. */
struct comparison {
    ProtobufCBuffer base; /* first, so that the one is the other */
    struct wire_span left;
    bool differs;
};

static void compare_append(ProtobufCBuffer *buffer, size_t len, const uint8_t *data)
{
    struct comparison *c = (struct comparison *)buffer;
    if (len > c->left.len || (len > 0 && memcmp(c->left.bytes, data, len) != 0)) {
        c->differs = true;
        c->left.len = 0;
        return;
    }
    c->left.bytes += len;
    c->left.len -= len;
}

static bool packs_to(const ProtobufCMessage *m, struct wire_span bytes)
{
    struct comparison c = {.base = {compare_append}, .left = bytes};
    protobuf_c_message_pack_to_buffer(m, &c.base);
    return !c.differs && c.left.len == 0;
}

/* ---- Every field in its bounds ------------------------------------------------------------- */

/* Bounds by the name of the field; what is not named is a code. */
static size_t text_bytes_max(const char *name)
{
    static const struct {
        const char *name;
        size_t bytes_max;
    } bounds[] = {
        {"name", LIMIT_NAME_BYTES},    {"name_fi", LIMIT_NAME_BYTES},
        {"name_en", LIMIT_NAME_BYTES}, {"account_name", LIMIT_NAME_BYTES},
        {"group", LIMIT_NAME_BYTES},   {"reason", LIMIT_TEXT_BYTES},
        {"text", LIMIT_TEXT_BYTES},
    };
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        if (strcmp(name, bounds[i].name) == 0)
            return bounds[i].bytes_max;
    }
    return LIMIT_CODE_BYTES;
}

static bool text_good(const ProtobufCFieldDescriptor *field, const char *text)
{
    size_t len = strlen(text); /* a NUL inside would not have packed to the same bytes */
    if (len > text_bytes_max(field->name) || !utf8_clean((const uint8_t *)text, len))
        return false;
    /* ALL is spelled by leaving the class out; one meaning, one spelling. */
    return strcmp(field->name, "rate_class") != 0 || strcmp(text, "ALL") != 0;
}

/* The one id that may be left out: corrections are asked for of one charge, or of all. */
static bool is_optional_id(const ProtobufCFieldDescriptor *field)
{
    return field == protobuf_c_message_descriptor_get_field_by_name(
                        &saldo__v1__corrections_query__descriptor, "charge");
}

/* Ids of requests and charges are whole; keys are the ledger's to judge, in their bound. */
static bool bytes_good(const ProtobufCFieldDescriptor *field, const ProtobufCBinaryData *bytes)
{
    if (bytes->len == 0 && is_optional_id(field))
        return true;
    if (strcmp(field->name, "request_id") == 0 || strcmp(field->name, "charge") == 0)
        return bytes->len == LIMIT_REQUEST_ID_BYTES;
    return bytes->len <= LIMIT_KEY_BYTES;
}

static bool message_good(const ProtobufCMessage *m);

/* One value; `at` points to the member of the struct, or into the array, that holds it. */
static bool value_good(const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return text_good(field, *(char *const *)at);
    case PROTOBUF_C_TYPE_BYTES:
        return bytes_good(field, at);
    case PROTOBUF_C_TYPE_ENUM:
        return protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)at) != NULL;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)at == NULL ||
               message_good(*(ProtobufCMessage *const *)at);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
        return true;
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break; /* not used by the protocol */
    }
    return false;
}

/* Bytes from one element of a repeated field to the next; 0 for kinds that are never repeated. */
static size_t element_size(const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
        return sizeof(void *);
    return 0;
}

static bool repeated_good(const ProtobufCFieldDescriptor *field, const void *array, size_t count)
{
    size_t step = element_size(field);
    if (count > 0 && step == 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!value_good(field, (const char *)array + i * step))
            return false;
    }
    return true;
}

static bool field_good(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)m;
    const void *at = base + field->offset;
    const void *quantifier = base + field->quantifier_offset;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return repeated_good(field, *(void *const *)at, *(const size_t *)quantifier);
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && *(const uint32_t *)quantifier != field->id)
        return true; /* another member of the oneof is set */
    return value_good(field, at);
}

/* Recursion goes as deep as the types nest, and none of them contains itself. */
static bool message_good(const ProtobufCMessage *m)
{
    if (m->n_unknown_fields != 0)
        return false;
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        if (!field_good(m, &m->descriptor->fields[i]))
            return false;
    }
    return true;
}

const ProtobufCMessage *codec_message_unpack(const ProtobufCMessageDescriptor *type,
                                             struct wire_span bytes, struct arena *arena)
{
    const ProtobufCMessage *m =
        protobuf_c_message_unpack(type, &arena->allocator, bytes.len, bytes.bytes);
    return m != NULL && packs_to(m, bytes) && message_good(m) ? m : NULL;
}
