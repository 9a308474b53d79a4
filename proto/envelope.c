#include "envelope.h"

#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "wire.h"

enum {
    STATEMENT_BYTES_MAX = 9 + 10 + 1 + LEDGER_ID_BYTES + LIMIT_HASH_BYTES,
    TAG_KEY_ID = WIRE_LENGTH(1),
    TAG_PURPOSE = WIRE_VARINT(2),
    TAG_PAYLOAD = WIRE_LENGTH(3),
    TAG_SIGNATURE = WIRE_LENGTH(4),
};

_Static_assert(LIMIT_HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");
_Static_assert(LIMIT_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");
_Static_assert(LIMIT_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");

static const char *purpose_name(enum purpose purpose)
{
    switch (purpose) {
    case PURPOSE_CHARGE:
        return "charge";
    case PURPOSE_COMMAND:
        return "command";
    case PURPOSE_SETTLEMENT:
        return "settlement";
    case PURPOSE_QUERY:
        return "query";
    case PURPOSE_HEAD:
        return "head";
    }
    return NULL;
}

bool envelope_parse(const uint8_t *frame, size_t frame_len, struct envelope *out)
{
    CHECK(out != NULL);
    if (frame == NULL || frame_len > LIMIT_REQUEST_BYTES)
        return false;
    struct wire w = wire_of(frame, frame_len);
    struct wire_span key_id = wire_bytes(&w, TAG_KEY_ID);
    int32_t purpose = wire_i32(&w, TAG_PURPOSE);
    struct wire_span payload = wire_bytes(&w, TAG_PAYLOAD);
    struct wire_span signature = wire_bytes(&w, TAG_SIGNATURE);

    if (!wire_done(&w) || key_id.len != LIMIT_KEY_ID_BYTES || payload.len == 0 ||
        signature.len != LIMIT_SIGNATURE_BYTES)
        return false;
    if (purpose < PURPOSE_CHARGE || purpose > PURPOSE_QUERY)
        return false; /* a head is never sent as a request */
    out->purpose = (enum purpose)purpose;
    out->payload = payload.bytes;
    out->payload_len = payload.len;
    memcpy(out->key_id, key_id.bytes, sizeof(out->key_id));
    memcpy(out->signature, signature.bytes, sizeof(out->signature));
    return true;
}

size_t envelope_size(size_t payload_len)
{
    return wire_bytes_size(LIMIT_KEY_ID_BYTES) + 2 + wire_bytes_size(payload_len) +
           wire_bytes_size(LIMIT_SIGNATURE_BYTES);
}

size_t envelope_write(const struct envelope *e, uint8_t *frame, size_t frame_size)
{
    CHECK(e->payload_len > 0);
    CHECK(frame_size >= envelope_size(e->payload_len));
    uint8_t *at = wire_put_bytes(frame, TAG_KEY_ID, e->key_id, sizeof(e->key_id));
    at = wire_put_u64(at, TAG_PURPOSE, (uint64_t)e->purpose);
    at = wire_put_bytes(at, TAG_PAYLOAD, e->payload, e->payload_len);
    at = wire_put_bytes(at, TAG_SIGNATURE, e->signature, sizeof(e->signature));
    return (size_t)(at - frame);
}

void envelope_hash(const void *bytes, size_t len, uint8_t hash[LIMIT_HASH_BYTES])
{
    int rc = crypto_generichash(hash, LIMIT_HASH_BYTES, bytes, len, NULL, 0);
    CHECK(rc == 0);
}

/* What is signed; returns its length. */
static size_t statement_write(enum purpose purpose, const uint8_t ledger_id[LEDGER_ID_BYTES],
                              const uint8_t hash[LIMIT_HASH_BYTES],
                              uint8_t statement[STATEMENT_BYTES_MAX])
{
    const char *name = purpose_name(purpose);
    struct writer w = {.bytes = statement, .size = STATEMENT_BYTES_MAX};
    CHECK(name != NULL);
    put_bytes(&w, "saldo/v1/", 9);
    put_bytes(&w, name, strlen(name) + 1); /* with its NUL, which no name contains */
    put_bytes(&w, ledger_id, LEDGER_ID_BYTES);
    put_bytes(&w, hash, LIMIT_HASH_BYTES);
    CHECK(!w.failed);
    return w.len;
}

void envelope_sign(enum purpose purpose, const uint8_t ledger_id[LEDGER_ID_BYTES],
                   const uint8_t hash[LIMIT_HASH_BYTES], const uint8_t secret_key[64],
                   uint8_t signature[LIMIT_SIGNATURE_BYTES])
{
    uint8_t statement[STATEMENT_BYTES_MAX];
    size_t len = statement_write(purpose, ledger_id, hash, statement);
    int rc = crypto_sign_detached(signature, NULL, statement, len, secret_key);
    CHECK(rc == 0);
}

bool envelope_verify(enum purpose purpose, const uint8_t ledger_id[LEDGER_ID_BYTES],
                     const uint8_t hash[LIMIT_HASH_BYTES],
                     const uint8_t signature[LIMIT_SIGNATURE_BYTES],
                     const uint8_t public_key[LIMIT_KEY_BYTES])
{
    uint8_t statement[STATEMENT_BYTES_MAX];
    size_t len = statement_write(purpose, ledger_id, hash, statement);
    return crypto_sign_verify_detached(signature, statement, len, public_key) == 0;
}

void envelope_key_id(const uint8_t public_key[LIMIT_KEY_BYTES], uint8_t key_id[LIMIT_KEY_ID_BYTES])
{
    uint8_t hash[LIMIT_HASH_BYTES];
    envelope_hash(public_key, LIMIT_KEY_BYTES, hash);
    memcpy(key_id, hash, LIMIT_KEY_ID_BYTES);
}

bool envelope_key_valid(const uint8_t public_key[LIMIT_KEY_BYTES])
{
    return crypto_core_ed25519_is_valid_point(public_key) == 1;
}
