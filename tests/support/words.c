/* words.c - fields found by their names. */
#include "tests/support/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/model.h"

#define WORD_MAX 1024

static void *room(struct arena *arena, size_t size)
{
    void *p = arena_alloc(arena, size);
    if (p == NULL)
        abort();
    memset(p, 0, size);
    return p;
}

static char *copy(struct arena *arena, const char *text, size_t len)
{
    char *p = room(arena, len + 1);
    memcpy(p, text, len);
    return p;
}

static void *new_message(const ProtobufCMessageDescriptor *type, struct arena *arena)
{
    void *m = room(arena, type->sizeof_message);
    protobuf_c_message_init(type, m);
    return m;
}

static int64_t number_of(const char *value)
{
    int year, month, day;
    if (strlen(value) == 10 && sscanf(value, "%4d-%2d-%2d", &year, &month, &day) == 3)
        return model_day(year, month, day);
    return strcmp(value, "true") == 0 ? 1 : strtoll(value, NULL, 10);
}

static ProtobufCBinaryData bytes_of(struct arena *arena, const char *hex)
{
    size_t len = strlen(hex) / 2;
    ProtobufCBinaryData b = {len, room(arena, len + 1)};
    for (size_t i = 0; i < len; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        b.data[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return b;
}

static void set_list(struct arena *arena, const char *value, size_t *count, char ***list)
{
    size_t most = 1;
    for (const char *c = value; *c != '\0'; c++)
        most += *c == ',';
    *list = room(arena, most * sizeof(**list));
    *count = 0;
    while (*value != '\0') {
        size_t len = strcspn(value, ",");
        (*list)[(*count)++] = copy(arena, value, len);
        value += len + (value[len] == ',');
    }
}

/* So many, all of them the first one. */
static void set_count(struct arena *arena, size_t count, size_t *had, ProtobufCMessage ***list)
{
    ProtobufCMessage *first = *had == 0 ? NULL : (*list)[0];
    if (first == NULL && count > 0)
        abort();
    *list = room(arena, (count + 1) * sizeof(**list));
    for (size_t i = 0; i < count; i++)
        (*list)[i] = first;
    *had = count;
}

static void set_message(const ProtobufCFieldDescriptor *f, struct arena *arena, const char *value,
                        ProtobufCMessage **at)
{
    *at = NULL;
    if (strcmp(value, "none") == 0)
        return;
    *at = new_message(f->descriptor, arena);
    if (strcmp(value, "new") != 0)
        words_set(*at, arena, "value", value);
}

static void set_field(ProtobufCMessage *m, struct arena *arena, const ProtobufCFieldDescriptor *f,
                      const char *value)
{
    void *at = (char *)m + f->offset;
    size_t *count = (size_t *)(void *)((char *)m + f->quantifier_offset);
    switch ((int)f->type) {
    case PROTOBUF_C_TYPE_STRING:
        if (f->label == PROTOBUF_C_LABEL_REPEATED)
            set_list(arena, value, count, at);
        else
            *(char **)at = copy(arena, value, strlen(value));
        break;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)at = bytes_of(arena, value);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (f->label == PROTOBUF_C_LABEL_REPEATED)
            set_count(arena, (size_t)number_of(value), count, at);
        else
            set_message(f, arena, value, at);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        *(int64_t *)at = number_of(value);
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
        *(int32_t *)at = (int32_t)number_of(value);
        break;
    default:
        abort();
    }
}

/* The message inside that a path goes through, made where there is none. */
static ProtobufCMessage *inside(ProtobufCMessage *m, struct arena *arena,
                                const ProtobufCFieldDescriptor *f)
{
    void *at = (char *)m + f->offset;
    if (f->type != PROTOBUF_C_TYPE_MESSAGE)
        abort();
    if (f->label != PROTOBUF_C_LABEL_REPEATED) {
        ProtobufCMessage **one = at;
        if (*one == NULL)
            *one = new_message(f->descriptor, arena);
        return *one;
    }
    size_t *count = (size_t *)(void *)((char *)m + f->quantifier_offset);
    ProtobufCMessage ***list = at;
    if (*count == 0) {
        *list = room(arena, sizeof(**list));
        (*list)[0] = new_message(f->descriptor, arena);
        *count = 1;
    }
    return (*list)[0];
}

void words_set(ProtobufCMessage *m, struct arena *arena, const char *field, const char *value)
{
    char name[WORD_MAX];
    size_t len = strcspn(field, ".");
    snprintf(name, sizeof(name), "%.*s", (int)len, field);
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);
    if (f == NULL) {
        fprintf(stderr, "%s has no field %s\n", m->descriptor->name, name);
        abort();
    }
    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
        *(uint32_t *)(void *)((char *)m + f->quantifier_offset) = f->id;
    if (field[len] == '.')
        words_set(inside(m, arena, f), arena, field + len + 1, value);
    else
        set_field(m, arena, f, value);
}

ProtobufCMessage *words_read(const ProtobufCMessageDescriptor *type, struct arena *arena,
                             const char *words)
{
    ProtobufCMessage *m = new_message(type, arena);
    while (*words != '\0') {
        char word[WORD_MAX];
        size_t len = strcspn(words, " ");
        snprintf(word, sizeof(word), "%.*s", (int)len, words);
        char *value = strchr(word, '=');
        if (value == NULL)
            abort();
        *value = '\0';
        words_set(m, arena, word, value + 1);
        words += len;
        words += strspn(words, " ");
    }
    return m;
}
