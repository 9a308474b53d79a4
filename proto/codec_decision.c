#include <string.h>

#include "base/check.h"
#include "codec.h"
#include "wire.h"

enum {
    TAG_NUMBER = WIRE_VARINT(1),
    TAG_TIME = WIRE_VARINT(2),
    TAG_BUSINESS_DAY = WIRE_VARINT(3),
    TAG_SIMULATED = WIRE_VARINT(4),
    TAG_ANSWER = WIRE_LENGTH(5),
    TAG_BATCH = WIRE_LENGTH(6),

    FIELD_MAX = 1 + WIRE_VARINT_MAX,
    ANSWER_MAX = 4 * FIELD_MAX + 2,
    BATCH_MAX = 4 * FIELD_MAX + 2 + LIMIT_HASH_BYTES,
};
_Static_assert(ANSWER_MAX < 128, "the length of an answer is one byte");
_Static_assert(BATCH_MAX < 128, "and so is that of a batch");

size_t codec_decision_size(uint32_t count)
{
    return 3 * FIELD_MAX + 2 + (size_t)count * (2 + ANSWER_MAX) + 2 + BATCH_MAX;
}

static uint8_t *answer_put(uint8_t *at, const struct answer *a)
{
    at = wire_put_i64(at, WIRE_VARINT(1), a->code);
    at = wire_put_i64(at, WIRE_VARINT(2), a->have);
    at = wire_put_i64(at, WIRE_VARINT(3), a->need);
    at = wire_put_i64(at, WIRE_VARINT(4), a->pays_on);
    return wire_put_u64(at, WIRE_VARINT(5), a->duplicate);
}

static uint8_t *batch_put(uint8_t *at, const struct batch_summary *b)
{
    at = wire_put_i64(at, WIRE_VARINT(1), b->day);
    at = wire_put_i64(at, WIRE_VARINT(2), b->rows);
    at = wire_put_i64(at, WIRE_VARINT(3), b->cents);
    at = wire_put_bytes(at, WIRE_LENGTH(4), b->hash, sizeof(b->hash));
    return wire_put_u64(at, WIRE_VARINT(6), b->number);
}

/* The length stands before a part and is known after it; it is one byte. */
static uint8_t *part_begin(uint8_t *at, uint8_t tag)
{
    *at = tag;
    return at + 2;
}

static void part_end(uint8_t *begin, const uint8_t *end)
{
    begin[-1] = (uint8_t)(end - begin);
}

size_t codec_decision_write(const struct decision *d, uint8_t *bytes, size_t size)
{
    CHECK(d->count <= LIMIT_BATCH_ITEMS);
    CHECK(size >= codec_decision_size(d->count));
    uint8_t *at = wire_put_u64(bytes, TAG_NUMBER, d->number);
    at = wire_put_i64(at, TAG_TIME, d->time_ms);
    at = wire_put_i64(at, TAG_BUSINESS_DAY, d->business_day);
    at = wire_put_u64(at, TAG_SIMULATED, d->simulated);
    for (uint32_t i = 0; i < d->count; i++) {
        uint8_t *begin = part_begin(at, TAG_ANSWER);
        at = answer_put(begin, &d->answers[i]);
        part_end(begin, at);
    }
    if (d->batch.present) {
        uint8_t *begin = part_begin(at, TAG_BATCH);
        at = batch_put(begin, &d->batch);
        part_end(begin, at);
    }
    CHECK((size_t)(at - bytes) <= size);
    return (size_t)(at - bytes);
}

static bool answer_read(struct wire_span bytes, struct answer *a)
{
    struct wire w = wire_of(bytes.bytes, bytes.len);
    a->code = wire_i32(&w, WIRE_VARINT(1));
    a->have = wire_i64(&w, WIRE_VARINT(2));
    a->need = wire_i64(&w, WIRE_VARINT(3));
    a->pays_on = wire_i32(&w, WIRE_VARINT(4));
    a->duplicate = wire_bool(&w, WIRE_VARINT(5));
    return wire_done(&w);
}

static bool batch_read(struct wire_span bytes, struct batch_summary *b)
{
    struct wire w = wire_of(bytes.bytes, bytes.len);
    b->present = true;
    b->day = wire_i32(&w, WIRE_VARINT(1));
    b->rows = wire_i64(&w, WIRE_VARINT(2));
    b->cents = wire_i64(&w, WIRE_VARINT(3));
    struct wire_span hash = wire_bytes(&w, WIRE_LENGTH(4));
    b->number = wire_u64(&w, WIRE_VARINT(6));
    if (!wire_done(&w) || hash.len != sizeof(b->hash))
        return false;
    memcpy(b->hash, hash.bytes, sizeof(b->hash));
    return true;
}

bool codec_decision_read(const uint8_t *bytes, size_t len, struct decision *d,
                         struct answer *answers)
{
    struct wire w = wire_of(bytes, len);
    struct wire_span part;

    *d = (struct decision){.answers = answers};
    d->number = wire_u64(&w, TAG_NUMBER);
    d->time_ms = wire_i64(&w, TAG_TIME);
    d->business_day = wire_i32(&w, TAG_BUSINESS_DAY);
    d->simulated = wire_bool(&w, TAG_SIMULATED);
    while (wire_message(&w, TAG_ANSWER, &part)) {
        if (d->count == LIMIT_BATCH_ITEMS || !answer_read(part, &answers[d->count]))
            return false;
        d->count++;
    }
    if (wire_message(&w, TAG_BATCH, &part) && !batch_read(part, &d->batch))
        return false;
    return wire_done(&w);
}
