#include "reply/reply.h"

#include "base/check.h"

static ProtobufCBinaryData bytes(const void *data, size_t len)
{
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data}; /* only read by pack */
}

static bool pack(const Saldo__V1__Reply *reply, zmq_msg_t *out)
{
    size_t len = saldo__v1__reply__get_packed_size(reply);
    CHECK(len <= LIMIT_REPLY_BYTES);
    if (zmq_msg_init_size(out, len) != 0)
        return false;
    CHECK(saldo__v1__reply__pack(reply, zmq_msg_data(out)) == len);
    return true;
}

bool reply_make(const struct flow_slot *s, zmq_msg_t *out)
{
    Saldo__V1__Reply reply = SALDO__V1__REPLY__INIT;
    Saldo__V1__Receipt receipt = SALDO__V1__RECEIPT__INIT;
    struct hash path[MERKLE_PATH_MAX];
    ProtobufCBinaryData path_bytes[MERKLE_PATH_MAX];

    CHECK(s->decided != (s->code != 0));
    if (!s->decided)
        return link_refusal(s->code, out);
    const struct flow_group *g = s->group;
    const struct flow_entry *e = &g->entries[s->index];
    receipt.first = g->head.first;
    receipt.count = g->head.count;
    receipt.time_ms = g->head.time_ms;
    receipt.root = bytes(g->head.root.bytes, LIMIT_HASH_BYTES);
    receipt.previous = bytes(g->head.previous.bytes, LIMIT_HASH_BYTES);
    receipt.signature = bytes(g->signature, LIMIT_SIGNATURE_BYTES);
    receipt.index = s->index;
    receipt.n_path = merkle_path(&g->tree, s->index, path);
    for (size_t i = 0; i < receipt.n_path; i++)
        path_bytes[i] = bytes(path[i].bytes, LIMIT_HASH_BYTES);
    receipt.path = path_bytes;
    reply.decision = bytes(e->decision, e->decision_len);
    reply.receipt = &receipt;
    return pack(&reply, out);
}

bool reply_send(void *link, struct flow_slot *s)
{
    const struct link_header h = {.type = LINK_REPLY, .route = s->route};
    if (s->answered)
        return link_send(link, true, &h, &s->answer);
    zmq_msg_t reply;
    if (!reply_make(s, &reply))
        return false;
    bool sent = link_send(link, true, &h, &reply);
    zmq_msg_close(&reply);
    return sent;
}
