#include "tests/support/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "envelope.h"

enum { DECISION_BYTES = 40 };

static void fill(uint8_t *bytes, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(1 + (seed * 131 + i * 7) % 255);
}

/* The request of entry `number`; returns its length and its leaf's hash of it. */
static size_t make_request(uint64_t number, size_t payload_bytes, uint8_t *bytes, size_t size,
                           struct hash *hash)
{
    uint8_t *payload = malloc(payload_bytes);
    CHECK(payload != NULL);
    fill(payload, payload_bytes, number);
    size_t len = payload_bytes;
    if (number == 1) {
        memcpy(bytes, payload, len);
        envelope_hash(bytes, len, hash->bytes);
    } else {
        struct envelope e = {
            .purpose = PURPOSE_CHARGE, .payload = payload, .payload_len = payload_bytes};
        struct hash payload_hash;
        fill(e.key_id, sizeof(e.key_id), number);
        fill(e.signature, sizeof(e.signature), number + 1);
        envelope_hash(payload, payload_bytes, payload_hash.bytes);
        merkle_request_hash(&e, &payload_hash, hash);
        len = envelope_write(&e, bytes, size);
    }
    free(payload);
    return len;
}

/* Writes request and decision to `bytes`; returns how much. */
static size_t make_record(uint64_t number, size_t payload_bytes, uint8_t *bytes,
                          struct journal_record *r)
{
    struct hash hash;
    *r = (struct journal_record){.number = number, .request = bytes};
    r->request_len =
        make_request(number, payload_bytes, bytes, envelope_size(payload_bytes), &hash);
    r->decision = bytes + r->request_len;
    r->decision_len = number == 1 ? 0 : DECISION_BYTES;
    fill(bytes + r->request_len, r->decision_len, number + 2);
    merkle_leaf(&hash, r->decision, r->decision_len, &r->leaf);
    return r->request_len + r->decision_len;
}

void group_make(const struct group_spec *spec, struct made_group *out)
{
    const size_t each = envelope_size(spec->payload_bytes) + DECISION_BYTES;
    struct hash *leaves = calloc(2 * (size_t)spec->count, sizeof(*leaves));
    out->records = calloc(spec->count, sizeof(*out->records));
    out->bytes = malloc(spec->count * each);
    CHECK(leaves != NULL);
    CHECK(out->records != NULL);
    CHECK(out->bytes != NULL);

    size_t at = 0;
    for (uint32_t i = 0; i < spec->count; i++) {
        at +=
            make_record(spec->last + 1 + i, spec->payload_bytes, out->bytes + at, &out->records[i]);
        leaves[i] = out->records[i].leaf;
    }
    struct journal_group *g = &out->group;
    *g = (struct journal_group){.epoch = spec->epoch,
                                .expected_last = spec->last,
                                .records = out->records,
                                .count = spec->count};
    g->head = (struct head){.first = spec->last + 1,
                            .count = spec->count,
                            .time_ms = (int64_t)(1000 * (spec->last + 1)),
                            .previous = spec->previous};
    merkle_root(leaves, spec->count, leaves + spec->count, &g->head.root);
    fill(g->signature, sizeof(g->signature), spec->last + 3);
    merkle_head(&g->head, &out->hash);
    free(leaves);
}

void group_drop(struct made_group *g)
{
    free(g->records);
    free(g->bytes);
}

bool group_record_is_made(const struct journal_record *r, size_t payload_bytes)
{
    struct journal_record want;
    uint8_t *bytes = malloc(envelope_size(payload_bytes) + DECISION_BYTES);
    CHECK(bytes != NULL);
    make_record(r->number, payload_bytes, bytes, &want);
    const bool same = r->request_len == want.request_len &&
                      memcmp(r->request, want.request, want.request_len) == 0 &&
                      r->decision_len == want.decision_len &&
                      memcmp(r->decision, want.decision, want.decision_len) == 0 &&
                      memcmp(&r->leaf, &want.leaf, sizeof(want.leaf)) == 0;
    free(bytes);
    return same;
}
