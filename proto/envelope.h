/* envelope.h - the signed frame, and what a signature covers.
 *
 * A signature is Ed25519 over the statement
 *     "saldo/v1/" name-of-purpose 0x00 ledger-id(16) BLAKE2b-256(payload)
 * so that bytes signed for one purpose or one ledger mean nothing for another. The payload is
 * hashed first because the same hash is the request's leaf in the receipt tree, and because
 * BLAKE2b is three times as fast as the SHA-512 inside Ed25519 (measured in ARCHITECTURE.md).
 * Pure but for libsodium; any thread; sodium_init() must have been called. */
#ifndef PROTO_ENVELOPE_H
#define PROTO_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "request.h"

#define LEDGER_ID_BYTES 16

struct envelope {
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    enum purpose purpose;
    const uint8_t *payload; /* borrowed from the frame */
    size_t payload_len;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
};

/* Take a frame apart, strictly canonical. False: BAD_FRAME. Nothing is copied but the small
 * fields; `frame` must outlive `out`. */
bool envelope_parse(const uint8_t *frame, size_t frame_len, struct envelope *out);

/* Bytes needed for, and the writing of, an envelope round a payload. Returns the length. */
size_t envelope_size(size_t payload_len);
size_t envelope_write(const struct envelope *e, uint8_t *frame, size_t frame_size);

/* BLAKE2b-256. */
void envelope_hash(const void *bytes, size_t len, uint8_t hash[LIMIT_HASH_BYTES]);

/* Sign or verify the statement about a hash (of a payload, or of a head). */
void envelope_sign(enum purpose purpose, const uint8_t ledger_id[LEDGER_ID_BYTES],
                   const uint8_t hash[LIMIT_HASH_BYTES], const uint8_t secret_key[64],
                   uint8_t signature[LIMIT_SIGNATURE_BYTES]);
bool envelope_verify(enum purpose purpose, const uint8_t ledger_id[LEDGER_ID_BYTES],
                     const uint8_t hash[LIMIT_HASH_BYTES],
                     const uint8_t signature[LIMIT_SIGNATURE_BYTES],
                     const uint8_t public_key[LIMIT_KEY_BYTES]);

/* The first 8 bytes of BLAKE2b-256(public key). */
void envelope_key_id(const uint8_t public_key[LIMIT_KEY_BYTES], uint8_t key_id[LIMIT_KEY_ID_BYTES]);

/* Is it a point of the prime-order group? Only such keys may be registered: verification takes a
 * key of mixed order, and with it one signature can be good for two keys. */
bool envelope_key_valid(const uint8_t public_key[LIMIT_KEY_BYTES]);

#endif
