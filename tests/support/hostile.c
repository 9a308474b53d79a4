#include "tests/support/hostile.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/check.h"

#define SOCKETS_MAX 4096

/* With the home, the key and the context that it has. */
static void connect_socket(struct hostile *h, bool lazy)
{
    const int linger = 0;
    const int one = 1;
    const int buffer = 4096;
    CHECK((h->socket = zmq_socket(h->context, ZMQ_DEALER)) != NULL);
    CHECK(zmq_setsockopt(h->socket, ZMQ_LINGER, &linger, sizeof(linger)) == 0);
    CHECK(zmq_setsockopt(h->socket, ZMQ_IMMEDIATE, &one, sizeof(one)) == 0);
    CHECK(zmq_setsockopt(h->socket, ZMQ_CURVE_SERVERKEY, h->home.transport_key, 32) == 0);
    CHECK(zmq_setsockopt(h->socket, ZMQ_CURVE_PUBLICKEY, h->key.transport_public, 32) == 0);
    CHECK(zmq_setsockopt(h->socket, ZMQ_CURVE_SECRETKEY, h->key.transport_secret, 32) == 0);
    if (lazy) {
        CHECK(zmq_setsockopt(h->socket, ZMQ_RCVHWM, &one, sizeof(one)) == 0);
        CHECK(zmq_setsockopt(h->socket, ZMQ_RCVBUF, &buffer, sizeof(buffer)) == 0);
    }
    CHECK(zmq_connect(h->socket, h->home.endpoint) == 0);
}

void hostile_open(struct hostile *h, const char *home, const char *name, bool lazy)
{
    struct client_detail d = {.text = ""};
    *h = (struct hostile){0};
    CHECK(client_home_path(home, h->home.path, &d) == SALDO_OK);
    CHECK(client_home_read(&h->home, &d) == SALDO_OK);
    CHECK(client_key_read(h->home.path, name, &h->key, &d) == SALDO_OK);
    CHECK((h->context = zmq_ctx_new()) != NULL);
    CHECK(zmq_ctx_set(h->context, ZMQ_MAX_SOCKETS, SOCKETS_MAX) == 0);
    connect_socket(h, lazy);
}

void hostile_join(struct hostile *h, const struct hostile *first, bool lazy)
{
    *h = *first;
    h->joined = true;
    h->correlation = 0;
    connect_socket(h, lazy);
}

void hostile_close(struct hostile *h)
{
    zmq_close(h->socket);
    if (!h->joined)
        zmq_ctx_term(h->context);
    *h = (struct hostile){0};
}

bool hostile_connected(struct hostile *h, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = h->socket, .events = ZMQ_POLLOUT};
    return zmq_poll(&item, 1, timeout_ms) == 1;
}

bool hostile_frames(struct hostile *h, const struct hostile_frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int flags = i + 1 < count ? ZMQ_SNDMORE : 0;
        if (zmq_send(h->socket, frames[i].bytes, frames[i].len, flags | ZMQ_DONTWAIT) < 0) {
            CHECK(i == 0); /* once begun, a message is taken whole */
            return false;
        }
    }
    return true;
}

bool hostile_send(struct hostile *h, const void *envelope, size_t len)
{
    h->correlation++;
    const struct hostile_frame frames[] = {{&h->correlation, sizeof(h->correlation)},
                                           {envelope, len}};
    return hostile_frames(h, frames, 2);
}

static void read_reply(const uint8_t *bytes, size_t len, struct hostile_reply *out)
{
    static _Thread_local struct answer answers[LIMIT_BATCH_ITEMS];
    struct decision d;
    Saldo__V1__Reply *m = saldo__v1__reply__unpack(NULL, len, bytes);
    CHECK(m != NULL);
    out->code = m->code;
    if (m->decision.len > 0) {
        CHECK(codec_decision_read(m->decision.data, m->decision.len, &d, answers));
        out->answers = (int32_t)d.count;
        out->code = answers[0].code;
        out->duplicate = answers[0].duplicate;
    }
    saldo__v1__reply__free_unpacked(m, NULL);
}

bool hostile_receive(struct hostile *h, int timeout_ms, struct hostile_reply *out)
{
    zmq_pollitem_t item = {.socket = h->socket, .events = ZMQ_POLLIN};
    zmq_msg_t m;
    *out = (struct hostile_reply){0};
    if (zmq_poll(&item, 1, timeout_ms) != 1)
        return false;
    CHECK(zmq_recv(h->socket, &out->correlation, sizeof(out->correlation), 0) ==
          sizeof(out->correlation));
    zmq_msg_init(&m);
    CHECK(zmq_msg_recv(&m, h->socket, 0) > 0);
    CHECK(!zmq_msg_more(&m));
    read_reply(zmq_msg_data(&m), zmq_msg_size(&m), out);
    zmq_msg_close(&m);
    return true;
}

size_t hostile_sign(const struct hostile *h, const struct hostile_signing *how,
                    const uint8_t *payload, size_t len, uint8_t *envelope, size_t size)
{
    struct envelope e = {
        .purpose = (enum purpose)how->purpose, .payload = payload, .payload_len = len};
    uint8_t hash[LIMIT_HASH_BYTES];
    memcpy(e.key_id, how->signer->key_id, sizeof(e.key_id));
    envelope_hash(payload, len, hash);
    envelope_sign((enum purpose)how->signed_as, h->home.ledger_id, hash, how->signer->sign_secret,
                  e.signature);
    return envelope_write(&e, envelope, size);
}
