#include <endian.h>
#include <sodium.h>
#include <string.h>

#include "base/check.h"
#include "codec.h"
#include "codec_inner.h"
#include "utf8.h"
#include "wire.h"

_Static_assert(crypto_shorthash_BYTES == sizeof(uint64_t), "SipHash of 64 bits");
_Static_assert(crypto_shorthash_KEYBYTES == 16, "SipHash key");

enum {
    /* Four texts, an id and eight numbers, with their tags and lengths. */
    CHARGE_BYTES_MAX = 4 * (2 + LIMIT_CODE_BYTES) + (2 + LIMIT_REQUEST_ID_BYTES) + 8 * 11,
};
_Static_assert(LIMIT_REFERENCE_BYTES <= LIMIT_CODE_BYTES, "counted in CHARGE_BYTES_MAX");

uint64_t codec_digest(struct wire_span bytes, const uint8_t digest_key[16])
{
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t digest;
    crypto_shorthash(hash, bytes.bytes, bytes.len, digest_key);
    memcpy(&digest, hash, sizeof(digest));
    return be64toh(digest);
}

static struct text scan_text(struct wire *w, uint8_t tag, size_t bytes_max)
{
    struct wire_span span = wire_bytes(w, tag);
    if (span.len > bytes_max || !utf8_clean(span.bytes, span.len))
        wire_fail(w);
    return (struct text){(const char *)span.bytes, (uint32_t)span.len};
}

/* ALL is spelled by leaving the class out; one meaning, one spelling. */
static bool is_all(struct text t)
{
    return t.len == 3 && memcmp(t.bytes, "ALL", 3) == 0;
}

bool codec_charge_scan(struct wire_span bytes, const uint8_t digest_key[16], struct charge *out)
{
    struct wire w = wire_of(bytes.bytes, bytes.len);
    struct wire_span id = wire_bytes(&w, WIRE_LENGTH(1));
    if (id.len != sizeof(out->id))
        return false;
    memcpy(out->id, id.bytes, sizeof(out->id));
    out->voucher = scan_text(&w, WIRE_LENGTH(2), LIMIT_CODE_BYTES);
    out->service = scan_text(&w, WIRE_LENGTH(3), LIMIT_CODE_BYTES);
    out->rate_class = scan_text(&w, WIRE_LENGTH(4), LIMIT_CODE_BYTES);
    uint64_t unit = wire_u64(&w, WIRE_VARINT(5));
    out->start_ms = wire_i64(&w, WIRE_VARINT(6));
    out->end_ms = wire_i64(&w, WIRE_VARINT(7));
    out->quantity = wire_i64(&w, WIRE_VARINT(8));
    out->price_cents = wire_i64(&w, WIRE_VARINT(9));
    out->county_cents = wire_i64(&w, WIRE_VARINT(10));
    out->copay_cents = wire_i64(&w, WIRE_VARINT(11));
    out->identity_checked = wire_bool(&w, WIRE_VARINT(12));
    out->reference = scan_text(&w, WIRE_LENGTH(13), LIMIT_REFERENCE_BYTES);
    if (!wire_done(&w) || unit > SALDO__V1__UNIT__PIECE || is_all(out->rate_class))
        return false;
    out->unit = (uint8_t)unit;
    out->digest = codec_digest(bytes, digest_key);
    return true;
}

static size_t charge_size(const struct charge *c)
{
    return wire_bytes_size(sizeof(c->id)) + wire_bytes_size(c->voucher.len) +
           wire_bytes_size(c->service.len) + wire_bytes_size(c->rate_class.len) +
           wire_u64_size(c->unit) + wire_u64_size((uint64_t)c->start_ms) +
           wire_u64_size((uint64_t)c->end_ms) + wire_u64_size((uint64_t)c->quantity) +
           wire_u64_size((uint64_t)c->price_cents) + wire_u64_size((uint64_t)c->county_cents) +
           wire_u64_size((uint64_t)c->copay_cents) + wire_u64_size(c->identity_checked) +
           wire_bytes_size(c->reference.len);
}

static uint8_t *put_text(uint8_t *at, uint8_t tag, struct text t)
{
    return wire_put_bytes(at, tag, t.bytes, t.len);
}

static uint8_t *charge_put(uint8_t *at, const struct charge *c)
{
    at = wire_put_bytes(at, WIRE_LENGTH(1), c->id, sizeof(c->id));
    at = put_text(at, WIRE_LENGTH(2), c->voucher);
    at = put_text(at, WIRE_LENGTH(3), c->service);
    at = put_text(at, WIRE_LENGTH(4), c->rate_class);
    at = wire_put_u64(at, WIRE_VARINT(5), c->unit);
    at = wire_put_i64(at, WIRE_VARINT(6), c->start_ms);
    at = wire_put_i64(at, WIRE_VARINT(7), c->end_ms);
    at = wire_put_i64(at, WIRE_VARINT(8), c->quantity);
    at = wire_put_i64(at, WIRE_VARINT(9), c->price_cents);
    at = wire_put_i64(at, WIRE_VARINT(10), c->county_cents);
    at = wire_put_i64(at, WIRE_VARINT(11), c->copay_cents);
    at = wire_put_u64(at, WIRE_VARINT(12), c->identity_checked);
    return put_text(at, WIRE_LENGTH(13), c->reference);
}

static size_t items_size(const struct charge *charges, uint32_t count)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t len = charge_size(&charges[i]);
        size += 1 + wire_varint_size(len) + len;
    }
    return size;
}

size_t codec_charges_size(const struct charge *charges, uint32_t count)
{
    return 1 + WIRE_VARINT_MAX + items_size(charges, count);
}

size_t codec_charges_write(const struct charge *charges, uint32_t count, int64_t recorded_at_ms,
                           uint8_t *bytes, size_t size)
{
    size_t need = wire_u64_size((uint64_t)recorded_at_ms) + items_size(charges, count);
    if (need > size)
        return 0;
    uint8_t *at = wire_put_i64(bytes, WIRE_VARINT(1), recorded_at_ms);
    for (uint32_t i = 0; i < count; i++) {
        at = wire_put_length(at, WIRE_LENGTH(2), charge_size(&charges[i]));
        at = charge_put(at, &charges[i]);
    }
    CHECK((size_t)(at - bytes) == need);
    return need;
}

static struct text text_of(const char *string)
{
    return (struct text){string, (uint32_t)strlen(string)};
}

bool codec_charge_from_message(const Saldo__V1__Charge *m, const uint8_t digest_key[16],
                               struct charge *out)
{
    uint8_t bytes[CHARGE_BYTES_MAX];

    if (m->request_id.len != sizeof(out->id) ||
        saldo__v1__charge__get_packed_size(m) > sizeof(bytes))
        return false;
    size_t len = saldo__v1__charge__pack(m, bytes);
    *out = (struct charge){
        .digest = codec_digest((struct wire_span){bytes, len}, digest_key),
        .voucher = text_of(m->voucher),
        .service = text_of(m->service),
        .rate_class = text_of(m->rate_class),
        .reference = text_of(m->reference),
        .start_ms = m->start_ms,
        .end_ms = m->end_ms,
        .quantity = m->quantity,
        .price_cents = m->price_cents,
        .county_cents = m->county_cents,
        .copay_cents = m->copay_cents,
        .unit = (uint8_t)m->unit,
        .identity_checked = m->identity_checked != 0,
    };
    memcpy(out->id, m->request_id.data, sizeof(out->id));
    return true;
}
