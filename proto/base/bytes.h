/* bytes.h - explicit big-endian encoding, with a cursor that remembers its first error.
 *
 * Pure; one thread at a time. A writer that has no room and a reader that runs out set `failed`
 * and go on harmlessly; check once, at the end. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct writer {
    uint8_t *bytes;
    size_t len;
    size_t size;
    bool failed;
};

struct reader {
    const uint8_t *bytes;
    size_t len;
    size_t at;
    bool failed;
};

static inline void put_bytes(struct writer *w, const void *bytes, size_t len)
{
    if (w->failed || len > w->size - w->len) {
        w->failed = true;
        return;
    }
    if (len > 0)
        memcpy(w->bytes + w->len, bytes, len);
    w->len += len;
}

static inline void put_uint(struct writer *w, uint64_t v, unsigned size)
{
    uint8_t b[8];
    for (unsigned i = 0; i < size; i++)
        b[i] = (uint8_t)(v >> (8 * (size - 1 - i)));
    put_bytes(w, b, size);
}

static inline void put_u8(struct writer *w, uint8_t v) { put_uint(w, v, 1); }
static inline void put_u16(struct writer *w, uint16_t v) { put_uint(w, v, 2); }
static inline void put_u32(struct writer *w, uint32_t v) { put_uint(w, v, 4); }
static inline void put_u64(struct writer *w, uint64_t v) { put_uint(w, v, 8); }
static inline void put_i32(struct writer *w, int32_t v) { put_uint(w, (uint32_t)v, 4); }
static inline void put_i64(struct writer *w, int64_t v) { put_uint(w, (uint64_t)v, 8); }

/* Seven bits a byte, the lowest first; all but the last byte have the eighth. */
static inline void put_varint(struct writer *w, uint64_t v)
{
    uint8_t b[10];
    unsigned len = 0;
    for (; v >= 0x80; v >>= 7)
        b[len++] = (uint8_t)(v | 0x80);
    b[len++] = (uint8_t)v;
    put_bytes(w, b, len);
}

/* `len` bytes inside the input, or NULL with `failed` set. */
static inline const uint8_t *get_bytes(struct reader *r, size_t len)
{
    if (r->failed || len > r->len - r->at) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *at = r->bytes + r->at;
    r->at += len;
    return at;
}

static inline uint64_t get_uint(struct reader *r, unsigned size)
{
    const uint8_t *b = get_bytes(r, size);
    uint64_t v = 0;
    for (unsigned i = 0; b != NULL && i < size; i++)
        v = v << 8 | b[i];
    return v;
}

/* Strict: in as few bytes as put_varint() needs. */
static inline uint64_t get_varint(struct reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; !r->failed; shift += 7) {
        const uint64_t b = get_uint(r, 1);
        if (shift == 63 && b > 1) /* 64 bits are full */
            r->failed = true;
        v |= (b & 0x7f) << shift;
        if ((b & 0x80) != 0)
            continue;
        if (b == 0 && shift > 0)
            r->failed = true;
        break;
    }
    return v;
}

static inline uint8_t get_u8(struct reader *r) { return (uint8_t)get_uint(r, 1); }
static inline uint16_t get_u16(struct reader *r) { return (uint16_t)get_uint(r, 2); }
static inline uint32_t get_u32(struct reader *r) { return (uint32_t)get_uint(r, 4); }
static inline uint64_t get_u64(struct reader *r) { return get_uint(r, 8); }
static inline int32_t get_i32(struct reader *r) { return (int32_t)get_uint(r, 4); }
static inline int64_t get_i64(struct reader *r) { return (int64_t)get_uint(r, 8); }

#endif
