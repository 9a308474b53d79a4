/* wire.h - reading and writing canonical protobuf fields, one after another.
 *
 * A reader asks for its fields in ascending order. Whatever is not exactly the canonical form
 * (a longer varint, a default that is present, a field twice, out of order or unknown) is left
 * unread or sets `failed`; wire_done() at the end tells. All tags here are one byte: numbers
 * of fields are below 16. Writers go forward from a pointer; the caller has made room.
 * Pure; one thread at a time. */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WIRE_VARINT(field) ((uint8_t)((field) << 3))
#define WIRE_LENGTH(field) ((uint8_t)((field) << 3 | 2))

enum { WIRE_VARINT_MAX = 10 };

struct wire {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

/* A run of bytes inside the input; borrowed. */
struct wire_span {
    const uint8_t *bytes;
    size_t len;
};

static inline struct wire wire_of(const uint8_t *bytes, size_t len)
{
    return (struct wire){.at = bytes, .end = bytes + len, .failed = false};
}

/* Nothing can be read after a failure. */
static inline void wire_fail(struct wire *w)
{
    w->failed = true;
    w->at = w->end;
}

static inline bool wire_done(const struct wire *w)
{
    return !w->failed && w->at == w->end;
}

static inline uint64_t wire_varint(struct wire *w)
{
    uint64_t v = 0;
    const uint8_t *at = w->at;
    for (unsigned shift = 0; at < w->end && shift < 64; shift += 7) {
        uint8_t b = *at++;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b & 0x80)
            continue;
        if ((b == 0 && shift > 0) || (shift == 63 && b > 1))
            break; /* not the shortest, or more than 64 bits */
        w->at = at;
        return v;
    }
    wire_fail(w);
    return 0;
}

/* Is this the next field? Then its tag is read. */
static inline bool wire_next(struct wire *w, uint8_t tag)
{
    if (w->at == w->end || *w->at != tag)
        return false;
    w->at++;
    return true;
}

static inline uint64_t wire_u64(struct wire *w, uint8_t tag)
{
    if (!wire_next(w, tag))
        return 0;
    uint64_t v = wire_varint(w);
    if (v == 0)
        wire_fail(w);
    return v;
}

static inline int64_t wire_i64(struct wire *w, uint8_t tag)
{
    return (int64_t)wire_u64(w, tag);
}

/* Also of enums: a negative one is written as 64 bits. */
static inline int32_t wire_i32(struct wire *w, uint8_t tag)
{
    int64_t v = wire_i64(w, tag);
    if (v != (int32_t)v)
        wire_fail(w);
    return (int32_t)v;
}

static inline bool wire_bool(struct wire *w, uint8_t tag)
{
    uint64_t v = wire_u64(w, tag);
    if (v > 1)
        wire_fail(w);
    return v == 1;
}

/* A message; present even where it is empty. False: it is not the next field. */
static inline bool wire_message(struct wire *w, uint8_t tag, struct wire_span *out)
{
    if (!wire_next(w, tag))
        return false;
    uint64_t len = wire_varint(w);
    if (len > (size_t)(w->end - w->at)) {
        wire_fail(w);
        return false;
    }
    *out = (struct wire_span){w->at, (size_t)len};
    w->at += len;
    return !w->failed;
}

/* Bytes or a string; empty ones are left out. */
static inline struct wire_span wire_bytes(struct wire *w, uint8_t tag)
{
    struct wire_span span = {(const uint8_t *)"", 0};
    if (wire_message(w, tag, &span) && span.len == 0)
        wire_fail(w);
    return span;
}

static inline size_t wire_varint_size(uint64_t v)
{
    /* One byte for every seven bits, by the position of the highest one. */
    return ((unsigned)(63 - __builtin_clzll(v | 1)) * 9 + 73) / 64;
}

static inline size_t wire_bytes_size(size_t len)
{
    return len == 0 ? 0 : 1 + wire_varint_size(len) + len;
}

static inline size_t wire_u64_size(uint64_t v)
{
    return v == 0 ? 0 : 1 + wire_varint_size(v);
}

static inline uint8_t *wire_put_varint(uint8_t *at, uint64_t v)
{
    while (v >= 0x80) {
        *at++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *at++ = (uint8_t)v;
    return at;
}

static inline uint8_t *wire_put_u64(uint8_t *at, uint8_t tag, uint64_t v)
{
    if (v == 0)
        return at;
    *at++ = tag;
    return wire_put_varint(at, v);
}

static inline uint8_t *wire_put_i64(uint8_t *at, uint8_t tag, int64_t v)
{
    return wire_put_u64(at, tag, (uint64_t)v);
}

static inline uint8_t *wire_put_length(uint8_t *at, uint8_t tag, size_t len)
{
    *at++ = tag;
    return wire_put_varint(at, len);
}

static inline uint8_t *wire_put_bytes(uint8_t *at, uint8_t tag, const void *bytes, size_t len)
{
    if (len == 0)
        return at;
    at = wire_put_length(at, tag, len);
    memcpy(at, bytes, len);
    return at + len;
}

#endif
