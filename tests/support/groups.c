#include "tests/support/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "codec.h"
#include "envelope.h"

enum { DECISION_BYTES = 40 };

static void fill(uint8_t *bytes, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(1 + (seed * 131 + i * 7) % 255);
}

/* Returns its length. Each charge has the entry's number as its quantity. */
static size_t make_payload(const struct group_spec *spec, uint64_t number, uint8_t *payload)
{
    struct charge *charges = calloc((size_t)spec->charges + 1, sizeof(*charges));
    CHECK(charges != NULL);
    fill(payload, spec->payload_bytes, number);
    size_t len = spec->payload_bytes;
    for (uint32_t i = 0; i < spec->charges; i++) {
        fill(charges[i].id, sizeof(charges[i].id), number + i);
        charges[i].quantity = (int64_t)number;
    }
    if (spec->charges > 0)
        len = codec_charges_write(charges, spec->charges, 0, payload, spec->payload_bytes);
    CHECK(len > 0);
    free(charges);
    return len;
}

/* Returns its length. */
static size_t make_decision(const struct group_spec *spec, uint64_t number, uint8_t *bytes)
{
    struct decision d = {.number = number + spec->shift, .time_ms = (int64_t)(1000 * number)};
    struct answer *answers = calloc((size_t)spec->charges + 1, sizeof(*answers));
    size_t len = number == 1 ? 0 : DECISION_BYTES;
    CHECK(answers != NULL);
    fill(bytes, len, number + 2);
    d.count = spec->charges;
    d.answers = answers;
    if (number > 1 && spec->charges > 0)
        len = codec_decision_write(&d, bytes, codec_decision_size(spec->charges));
    free(answers);
    return len;
}

/* The request of an entry; returns its length and its leaf's hash of it. */
static size_t make_request(const struct group_spec *spec, uint64_t number, uint8_t *bytes,
                           size_t size, struct hash *hash)
{
    uint8_t *payload = malloc(spec->payload_bytes);
    CHECK(payload != NULL);
    size_t len = make_payload(spec, number, payload);
    if (number == 1) {
        memcpy(bytes, payload, len);
        envelope_hash(bytes, len, hash->bytes);
    } else {
        struct envelope e = {.purpose = PURPOSE_CHARGE, .payload = payload, .payload_len = len};
        struct hash payload_hash;
        fill(e.key_id, sizeof(e.key_id), number);
        fill(e.signature, sizeof(e.signature), number + 1);
        envelope_hash(payload, len, payload_hash.bytes);
        merkle_request_hash(&e, &payload_hash, hash);
        len = envelope_write(&e, bytes, size);
    }
    free(payload);
    return len;
}

/* Writes request and decision to `bytes`; returns how much. */
static size_t make_record(const struct group_spec *spec, uint64_t number, uint8_t *bytes,
                          struct journal_record *r)
{
    struct hash hash;
    *r = (struct journal_record){.number = number, .request = bytes};
    r->request_len = make_request(spec, number, bytes, envelope_size(spec->payload_bytes), &hash);
    r->decision = bytes + r->request_len;
    r->decision_len = make_decision(spec, number, bytes + r->request_len);
    merkle_leaf(&hash, r->decision, r->decision_len, &r->leaf);
    return r->request_len + r->decision_len;
}

static size_t record_room(const struct group_spec *spec)
{
    return envelope_size(spec->payload_bytes) + DECISION_BYTES + codec_decision_size(spec->charges);
}

void group_make(const struct group_spec *spec, struct made_group *out)
{
    struct hash *leaves = calloc(2 * (size_t)spec->count, sizeof(*leaves));
    out->records = calloc(spec->count, sizeof(*out->records));
    out->bytes = malloc(spec->count * record_room(spec));
    CHECK(leaves != NULL);
    CHECK(out->records != NULL);
    CHECK(out->bytes != NULL);

    size_t at = 0;
    for (uint32_t i = 0; i < spec->count; i++) {
        at += make_record(spec, spec->last + 1 + i, out->bytes + at, &out->records[i]);
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
    const struct group_spec spec = {.payload_bytes = payload_bytes};
    struct journal_record want;
    uint8_t *bytes = malloc(record_room(&spec));
    CHECK(bytes != NULL);
    make_record(&spec, r->number, bytes, &want);
    const bool same = r->request_len == want.request_len &&
                      memcmp(r->request, want.request, want.request_len) == 0 &&
                      r->decision_len == want.decision_len &&
                      memcmp(r->decision, want.decision, want.decision_len) == 0 &&
                      memcmp(&r->leaf, &want.leaf, sizeof(want.leaf)) == 0;
    free(bytes);
    return same;
}
