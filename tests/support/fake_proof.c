#include "tests/support/fake_proof.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "codec.h"
#include "envelope.h"
#include "outcome.h"

void fake_decide(struct fake_proof *p, uint64_t number, uint32_t count, bool simulated)
{
    struct answer *answers = calloc(count + 1, sizeof(*answers));
    CHECK(answers != NULL);
    for (uint32_t i = 0; i < count; i++) {
        answers[i] =
            (struct answer){.code = i % 2 == 0 ? OUTCOME_ACCEPTED : OUTCOME_INSUFFICIENT_BALANCE,
                            .have = 7200 - (int64_t)i,
                            .need = 7600,
                            .pays_on = 20000};
    }
    struct decision d = {.number = number,
                         .time_ms = 1772000000000,
                         .business_day = 20509,
                         .simulated = simulated,
                         .count = count,
                         .answers = answers};
    size_t size = codec_decision_size(count);
    p->decision = malloc(size);
    CHECK(p->decision != NULL);
    p->decision_len = codec_decision_write(&d, p->decision, size);
    free(answers);
}

static ProtobufCBinaryData data_of(uint8_t *bytes, size_t len)
{
    return (ProtobufCBinaryData){.data = bytes, .len = len};
}

void fake_prove(struct fake_proof *p, uint64_t number, const uint8_t ledger_id[16],
                const uint8_t secret_key[64])
{
    struct hash leaves[FAKE_TREE];
    struct hash nodes[2 * FAKE_TREE + 16];
    struct merkle_tree tree;
    struct hash head;

    randombytes_buf(leaves, sizeof(leaves));
    merkle_leaf(&p->request, p->decision, p->decision_len, &leaves[2]);
    merkle_build(&tree, leaves, FAKE_TREE, nodes);
    uint32_t path_len = merkle_path(&tree, 2, p->path);
    p->head = (struct head){.first = number - 2, .count = FAKE_TREE, .time_ms = 1772000000001};
    p->head.root = nodes[tree.offset[tree.levels - 1]];
    randombytes_buf(&p->head.previous, sizeof(p->head.previous));
    merkle_head(&p->head, &head);
    envelope_sign(PURPOSE_HEAD, ledger_id, head.bytes, secret_key, p->signature);

    p->message = (Saldo__V1__Receipt)SALDO__V1__RECEIPT__INIT;
    p->message.first = p->head.first;
    p->message.count = p->head.count;
    p->message.time_ms = p->head.time_ms;
    p->message.root = data_of(p->head.root.bytes, sizeof(p->head.root.bytes));
    p->message.previous = data_of(p->head.previous.bytes, sizeof(p->head.previous.bytes));
    p->message.signature = data_of(p->signature, sizeof(p->signature));
    p->message.index = 2;
    for (uint32_t i = 0; i < path_len; i++)
        p->path_data[i] = data_of(p->path[i].bytes, sizeof(p->path[i].bytes));
    p->message.n_path = path_len;
    p->message.path = p->path_data;
}

size_t fake_receipt(const uint8_t ledger_id[16], const uint8_t secret_key[64], uint32_t answers,
                    uint8_t *bytes, size_t size)
{
    struct fake_proof p = {0};
    uint8_t packed[1024];
    struct writer w = {.bytes = bytes, .size = size};
    randombytes_buf(&p.request, sizeof(p.request));
    fake_decide(&p, 1234, answers, false);
    fake_prove(&p, 1234, ledger_id, secret_key);
    size_t len = saldo__v1__receipt__pack(&p.message, packed);
    CHECK(len <= sizeof(packed));
    put_bytes(&w, "SALDORCP", 8);
    put_u8(&w, 1);
    put_u32(&w, 32);
    put_bytes(&w, p.request.bytes, 32);
    put_u32(&w, (uint32_t)p.decision_len);
    put_bytes(&w, p.decision, p.decision_len);
    put_u32(&w, (uint32_t)len);
    put_bytes(&w, packed, len);
    free(p.decision);
    CHECK(!w.failed);
    return w.len;
}
