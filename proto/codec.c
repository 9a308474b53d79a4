#include "codec.h"

#include <string.h>

#include "base/check.h"
#include "codec_inner.h"
#include "envelope.h"
#include "wire.h"

enum {
    TAG_RECORDED = WIRE_VARINT(1), /* of ChargeRequest and CommandRequest alike */
    TAG_ITEM = WIRE_LENGTH(2),

    /* protobuf-c takes most where many tiny fields make it note them in slabs of its own: at 17
     * empty services of a voucher. Measured by test_codec with the worst of each kind. */
    ARENA_BYTES_A_BYTE = 48,
    ARENA_BYTES_A_ITEM = 18432,
    ARENA_BYTES_BASE = 1024,
};

size_t codec_arena_size(size_t payload_len)
{
    /* Many small items in few bytes, or the most items there may be with long texts in them. */
    size_t dense = payload_len * ARENA_BYTES_A_BYTE;
    size_t full = payload_len * 2 + (size_t)LIMIT_BATCH_ITEMS * ARENA_BYTES_A_ITEM;
    return ARENA_BYTES_BASE + (dense < full ? dense : full);
}

void codec_digest_key(const uint8_t ledger_id[16], uint8_t digest_key[16])
{
    static const char label[15] = "saldo/v1/digest"; /* without NUL */
    uint8_t bytes[sizeof(label) + LEDGER_ID_BYTES];
    uint8_t hash[LIMIT_HASH_BYTES];
    memcpy(bytes, label, sizeof(label));
    memcpy(bytes + sizeof(label), ledger_id, LEDGER_ID_BYTES);
    envelope_hash(bytes, sizeof(bytes), hash);
    memcpy(digest_key, hash, 16);
}

/* How many items there are up to the end; 0 if none, too many, or something else between them. */
static uint32_t items_count(struct wire w)
{
    struct wire_span item;
    uint32_t count = 0;
    while (count <= LIMIT_BATCH_ITEMS && wire_message(&w, TAG_ITEM, &item))
        count++;
    return wire_done(&w) && count <= LIMIT_BATCH_ITEMS ? count : 0;
}

static bool decode_charges(struct wire *w, const uint8_t digest_key[16], struct arena *arena,
                           struct request *out)
{
    struct charge *charges = arena_alloc(arena, out->count * sizeof(*charges));
    struct wire_span item;
    if (charges == NULL)
        return false;
    for (uint32_t i = 0; i < out->count; i++) {
        if (!wire_message(w, TAG_ITEM, &item) || !codec_charge_scan(item, digest_key, &charges[i]))
            return false;
    }
    out->charges = charges;
    return true;
}

/* Settling is signed for that purpose and alone, so that no other command can be mistaken for it.
 */
static bool body_fits(enum purpose purpose, Saldo__V1__Command__BodyCase body)
{
    if (body == SALDO__V1__COMMAND__BODY__NOT_SET)
        return false;
    return (purpose == PURPOSE_SETTLEMENT) == (body == SALDO__V1__COMMAND__BODY_SETTLE_DAY);
}

static bool decode_commands(struct wire *w, const uint8_t digest_key[16], struct arena *arena,
                            struct request *out)
{
    struct command *commands = arena_alloc(arena, out->count * sizeof(*commands));
    struct wire_span item;
    if (commands == NULL || (out->purpose == PURPOSE_SETTLEMENT && out->count != 1))
        return false;
    for (uint32_t i = 0; i < out->count; i++) {
        if (!wire_message(w, TAG_ITEM, &item))
            return false;
        const ProtobufCMessage *m =
            codec_message_unpack(&saldo__v1__command__descriptor, item, arena);
        if (m == NULL)
            return false;
        commands[i].message = (const Saldo__V1__Command *)m;
        commands[i].digest = codec_digest(item, digest_key);
        if (!body_fits(out->purpose, commands[i].message->body_case))
            return false;
    }
    out->commands = commands;
    return true;
}

static bool check_fits(const Saldo__V1__CheckQuery *check)
{
    if (check->n_charges + check->n_commands < 1 ||
        check->n_charges + check->n_commands > LIMIT_BATCH_ITEMS)
        return false;
    for (size_t i = 0; i < check->n_commands; i++) {
        if (check->commands[i]->body_case == SALDO__V1__COMMAND__BODY__NOT_SET)
            return false;
    }
    return true;
}

static bool decode_query(struct wire_span payload, struct arena *arena, struct request *out)
{
    const ProtobufCMessage *m =
        codec_message_unpack(&saldo__v1__query_request__descriptor, payload, arena);
    if (m == NULL)
        return false;
    out->query = (const Saldo__V1__QueryRequest *)m;
    out->count = 1;
    if (out->query->body_case == SALDO__V1__QUERY_REQUEST__BODY__NOT_SET)
        return false;
    return out->query->body_case != SALDO__V1__QUERY_REQUEST__BODY_CHECK ||
           check_fits(out->query->check);
}

static bool decode_items(enum purpose purpose, struct wire *w, const uint8_t digest_key[16],
                         struct arena *arena, struct request *out)
{
    out->recorded_at_ms = wire_i64(w, TAG_RECORDED);
    out->count = items_count(*w);
    if (out->count == 0)
        return false;
    return purpose == PURPOSE_CHARGE ? decode_charges(w, digest_key, arena, out)
                                     : decode_commands(w, digest_key, arena, out);
}

bool codec_decode(enum purpose purpose, const uint8_t *payload, size_t payload_len,
                  const uint8_t digest_key[16], struct arena *arena, struct request *out)
{
    CHECK(arena != NULL);
    CHECK(out != NULL);
    if (payload == NULL || payload_len > LIMIT_REQUEST_BYTES)
        return false;
    struct wire w = wire_of(payload, payload_len);
    memset(out, 0, sizeof(*out));
    out->purpose = purpose;
    switch (purpose) {
    case PURPOSE_CHARGE:
    case PURPOSE_COMMAND:
    case PURPOSE_SETTLEMENT:
        return decode_items(purpose, &w, digest_key, arena, out);
    case PURPOSE_QUERY:
        return decode_query((struct wire_span){payload, payload_len}, arena, out);
    case PURPOSE_HEAD:
        break; /* the ledger's own; nobody sends it */
    }
    return false;
}
