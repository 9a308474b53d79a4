#include "tests/support/random_message.h"

#include <stdbool.h>
#include <string.h>

static const int64_t NUMBERS[] = {0,   1,    2,         59,        60,        127,
                                  128, 3850, 16383,     16384,     20513,     1764000000000,
                                  -1,  -128, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
static const char *const TEXTS[] = {"",
                                    "a",
                                    "kainuu",
                                    "0001000370",
                                    "LASKU-1",
                                    "P\xc3\xa4iv\xc3\xa4kirja",
                                    "\xf0\x9f\x8c\xb2",
                                    "forty bytes in all: 0123456789abcdefghij"};
static const char *const ODD_TEXTS[] = {
    "tab\there",        "\x7f",     "\xc3\x28",
    "\xed\xa0\x80",     "\xc0\xaf", "\xf5\x80",
    "\xf4\x90\x80\x80", "\xe4\xb8", "forty-one bytes long: 0123456789abcdefghi"};

static uint32_t pick(struct random_message *r, uint32_t below)
{
    return dice_below(r->dice, below);
}

static bool is_odd(struct random_message *r)
{
    return pick(r, 100) < r->odd;
}

static bool set_text(struct random_message *r, char **out)
{
    const char *text = is_odd(r) ? ODD_TEXTS[pick(r, sizeof(ODD_TEXTS) / sizeof(ODD_TEXTS[0]))]
                                 : TEXTS[pick(r, sizeof(TEXTS) / sizeof(TEXTS[0]))];
    size_t size = strlen(text) + 1;
    *out = arena_alloc(r->arena, size);
    if (*out == NULL)
        return false;
    memcpy(*out, text, size);
    return true;
}

static bool set_bytes(struct random_message *r, const ProtobufCFieldDescriptor *f,
                      ProtobufCBinaryData *out)
{
    bool is_id = strcmp(f->name, "request_id") == 0 || strcmp(f->name, "charge") == 0;
    out->len = is_odd(r) ? pick(r, 40) : is_id ? 16 : 32;
    out->data = arena_alloc(r->arena, 64);
    if (out->data == NULL)
        return false;
    for (size_t i = 0; i < out->len; i++)
        out->data[i] = (uint8_t)pick(r, 256);
    return true;
}

static int any_enum(struct random_message *r, const ProtobufCEnumDescriptor *type)
{
    return is_odd(r) ? (int)pick(r, 200) - 100 : type->values[pick(r, type->n_values)].value;
}

/* One value into the member, or the element, at `at`. */
static bool set_value(struct random_message *r, const ProtobufCFieldDescriptor *f, void *at)
{
    int64_t number = NUMBERS[pick(r, sizeof(NUMBERS) / sizeof(NUMBERS[0]))];
    int32_t small = (int32_t)number;
    int chosen;
    protobuf_c_boolean yes = (protobuf_c_boolean)pick(r, 2);

    switch ((int)f->type) {
    case PROTOBUF_C_TYPE_STRING:
        return set_text(r, at);
    case PROTOBUF_C_TYPE_BYTES:
        return set_bytes(r, f, at);
    case PROTOBUF_C_TYPE_ENUM:
        chosen = any_enum(r, f->descriptor);
        memcpy(at, &chosen, sizeof(chosen));
        return true;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        memcpy(at, &small, sizeof(small));
        return true;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        memcpy(at, &number, sizeof(number));
        return true;
    case PROTOBUF_C_TYPE_BOOL:
        memcpy(at, &yes, sizeof(yes));
        return true;
    case PROTOBUF_C_TYPE_MESSAGE: {
        ProtobufCMessage *m = random_message(r, f->descriptor);
        memcpy(at, &m, sizeof(m));
        return m != NULL;
    }
    default:
        return false;
    }
}

static bool set_repeated(struct random_message *r, const ProtobufCFieldDescriptor *f, char *base)
{
    size_t count = pick(r, 4) == 0 ? pick(r, 20) : pick(r, 3);
    void **array = arena_alloc(r->arena, (count + 1) * sizeof(*array)); /* texts or messages */
    if (array == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!set_value(r, f, &array[i]))
            return false;
    }
    memcpy(base + f->offset, &array, sizeof(array));
    memcpy(base + f->quantifier_offset, &count, sizeof(count));
    return true;
}

static bool set_field(struct random_message *r, const ProtobufCFieldDescriptor *f, char *base)
{
    bool is_id = strcmp(f->name, "request_id") == 0 || strcmp(f->name, "charge") == 0;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return set_repeated(r, f, base);
    return (!is_id && pick(r, 3) == 0) || set_value(r, f, base + f->offset);
}

ProtobufCMessage *random_message(struct random_message *r, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *m = arena_alloc(r->arena, type->sizeof_message);
    const ProtobufCFieldDescriptor *chosen = NULL;
    uint32_t oneofs = 0;

    if (m == NULL)
        return NULL;
    protobuf_c_message_init(type, m);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &type->fields[i];
        if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
            if (!set_field(r, f, (char *)m))
                return NULL;
        } else if (pick(r, ++oneofs) == 0) { /* each with the same chance */
            chosen = f;
        }
    }
    if (chosen == NULL)
        return m;
    memcpy((char *)m + chosen->quantifier_offset, &chosen->id, sizeof(chosen->id));
    return set_value(r, chosen, (char *)m + chosen->offset) ? m : NULL;
}
