/* codec.h - from the payload's bytes to struct request, and from decisions to bytes.
 *
 * Only the canonical encoding is taken (saldo.proto, FORMAT.md). Charges go through a strict
 * scanner of our own, everything else through protobuf-c and a comparison of the re-packed
 * bytes; the tests prove that both agree with protobuf-c and with Google's encoder.
 * Any thread; one arena belongs to one call at a time. */
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "request.h"

/* What a payload of a given size can need of an arena at most, so that a pool can be sized. Few
 * come near it (a batch of charges takes two bytes a byte), so let the pool be memory that is only
 * reserved. */
size_t codec_arena_size(size_t payload_len);

/* Decode a payload for a purpose. `digest_key` keys the SipHash of each item.
 * The result lives in `arena` and points into `payload`; both must outlive it.
 * False: not canonical, over a limit, an empty or too long list, unknown fields or enum values,
 * bad UTF-8 or control characters in a string, the literal rate class ALL, an id of a request or
 * charge of other than 16 bytes, a command or query without a body, settle_day with company or
 * under another purpose, or no room in the arena: BAD_FRAME.
 * Other bytes (keys) are at most 32 long, and it is for the ledger to judge their length. Texts
 * keep to LIMIT_TEXT_BYTES (reason, text), LIMIT_NAME_BYTES (names, account names, groups) or
 * LIMIT_CODE_BYTES (all others). */
bool codec_decode(enum purpose purpose, const uint8_t *payload, size_t payload_len,
                  const uint8_t digest_key[16], struct arena *arena, struct request *out);

/* The digest key of a ledger: the first 16 bytes of BLAKE2b-256("saldo/v1/digest" ledger id). */
void codec_digest_key(const uint8_t ledger_id[16], uint8_t digest_key[16]);

struct answer {
    int32_t code; /* enum outcome */
    bool duplicate;
    int32_t pays_on;
    int64_t have;
    int64_t need;
};

struct batch_summary {
    bool present;
    int32_t day;
    int64_t rows;
    int64_t cents;
    uint8_t hash[LIMIT_HASH_BYTES];
    uint64_t number;
};

/* A Decision message in plain form. `answers` is borrowed. */
struct decision {
    uint64_t number;
    int64_t time_ms;
    int32_t business_day;
    bool simulated;
    uint32_t count;
    const struct answer *answers;
    struct batch_summary batch;
};

/* Most bytes a decision with `count` answers can take. */
size_t codec_decision_size(uint32_t count);
/* Write the canonical Decision message; returns its length. `size` >= codec_decision_size(). */
size_t codec_decision_write(const struct decision *d, uint8_t *bytes, size_t size);
/* Read one back; answers go to `answers` (room for LIMIT_BATCH_ITEMS). False: not canonical. */
bool codec_decision_read(const uint8_t *bytes, size_t len, struct decision *d,
                         struct answer *answers);

/* Write a ChargeRequest (client side); `digest` is not looked at, and nothing is judged. Returns
 * the length, 0 if `size` does not suffice. */
size_t codec_charges_write(const struct charge *charges, uint32_t count, int64_t recorded_at_ms,
                           uint8_t *bytes, size_t size);
/* Room that suffices, whatever recorded_at_ms is. */
size_t codec_charges_size(const struct charge *charges, uint32_t count);

/* The plain form of a Charge inside a decoded CheckQuery; texts point into the message. False: it
 * did not come out of codec_decode(). */
bool codec_charge_from_message(const Saldo__V1__Charge *message, const uint8_t digest_key[16],
                               struct charge *out);

#endif
