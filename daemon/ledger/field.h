/* field.h - one description of a row's bytes for both ways, so that what is read is what was
 * written.
 *
 * A function that names the fields of a struct in order writes them where `writer` is set and reads
 * them where `reader` is. Reading is strict: what writing would not have produced is a failure. */
#ifndef LEDGER_FIELD_H
#define LEDGER_FIELD_H

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"

struct fields {
    struct writer *writer; /* one of the two is NULL */
    struct reader *reader;
};

static inline uint64_t field_uint(const struct fields *f, uint64_t value, unsigned size)
{
    if (f->reader != NULL)
        return get_uint(f->reader, size);
    CHECK(f->writer != NULL);
    put_uint(f->writer, value, size);
    return value;
}

static inline void field_u8(const struct fields *f, uint8_t *v)
{
    *v = (uint8_t)field_uint(f, *v, 1);
}

static inline void field_u16(const struct fields *f, uint16_t *v)
{
    *v = (uint16_t)field_uint(f, *v, 2);
}

static inline void field_u32(const struct fields *f, uint32_t *v)
{
    *v = (uint32_t)field_uint(f, *v, 4);
}

static inline void field_i32(const struct fields *f, int32_t *v)
{
    *v = (int32_t)field_uint(f, (uint32_t)*v, 4);
}

static inline void field_u64(const struct fields *f, uint64_t *v)
{
    *v = field_uint(f, *v, 8);
}

static inline void field_i64(const struct fields *f, int64_t *v)
{
    *v = (int64_t)field_uint(f, (uint64_t)*v, 8);
}

static inline void field_bool(const struct fields *f, bool *v)
{
    uint64_t bit = field_uint(f, *v, 1);
    CHECK(bit <= 1 || f->reader != NULL);
    if (bit > 1)
        f->reader->failed = true;
    *v = bit != 0;
}

/* A number of at least `min` and at most `max` in as few bytes as it needs: zigzag (small ones of
 * either sign are short), then seven bits a byte, the lowest first. */
static inline int64_t field_short(const struct fields *f, int64_t value, int64_t min, int64_t max)
{
    if (f->reader == NULL) {
        CHECK(value >= min && value <= max);
        put_varint(f->writer, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
        return value;
    }
    const uint64_t zigzag = get_varint(f->reader);
    value = (int64_t)(zigzag >> 1 ^ ((zigzag & 1) != 0 ? UINT64_MAX : 0));
    if (value < min || value > max)
        f->reader->failed = true;
    return value;
}

static inline void field_short_u8(const struct fields *f, uint8_t *v)
{
    *v = (uint8_t)field_short(f, *v, 0, UINT8_MAX);
}

static inline void field_short_u16(const struct fields *f, uint16_t *v)
{
    *v = (uint16_t)field_short(f, *v, 0, UINT16_MAX);
}

static inline void field_short_u32(const struct fields *f, uint32_t *v)
{
    *v = (uint32_t)field_short(f, *v, 0, UINT32_MAX);
}

static inline void field_short_i32(const struct fields *f, int32_t *v)
{
    *v = (int32_t)field_short(f, *v, INT32_MIN, INT32_MAX);
}

static inline void field_short_i64(const struct fields *f, int64_t *v)
{
    *v = field_short(f, *v, INT64_MIN, INT64_MAX);
}

/* The distance from another field, that is read before; round the end of 64 bits if need be. */
static inline void field_from(const struct fields *f, int64_t *v, int64_t other)
{
    const int64_t from = (int64_t)((uint64_t)*v - (uint64_t)other);
    *v = (int64_t)((uint64_t)other + (uint64_t)field_short(f, from, INT64_MIN, INT64_MAX));
}

static inline void field_bytes(const struct fields *f, uint8_t *bytes, size_t len)
{
    if (f->reader == NULL) {
        put_bytes(f->writer, bytes, len);
        return;
    }
    const uint8_t *from = get_bytes(f->reader, len);
    if (from != NULL)
        memcpy(bytes, from, len);
}

/* A text in a zeroed field of `size` bytes with its NUL: its length, in two bytes where one is not
 * enough for the longest, and the text. */
static inline void field_text(const struct fields *f, char *text, size_t size)
{
    size_t len = (size_t)field_uint(f, strlen(text), size > 256 ? 2 : 1);
    if (len >= size) {
        CHECK(f->reader != NULL);
        f->reader->failed = true; /* a writer's text fits its field */
        return;
    }
    field_bytes(f, (uint8_t *)text, len);
    if (f->reader != NULL && strlen(text) != len)
        f->reader->failed = true;
}

#define FIELD_TEXT(f, array) field_text(f, array, sizeof(array))

#endif
