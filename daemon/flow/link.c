#include "flow/link.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

#define HEADER_MAX (1 + LINK_ROUTE_BYTES + LIMIT_KEY_BYTES)

void link_note_write(const struct link_note *n, struct link_route *route)
{
    struct writer w = {.bytes = route->bytes, .size = LINK_ROUTE_BYTES};
    put_u32(&w, n->frame_len);
    put_u32(&w, n->peer);
    put_bytes(&w, n->correlation, LINK_CORRELATION_BYTES);
    put_bytes(&w, n->client, LINK_CLIENT_BYTES);
    CHECK(!w.failed);
    CHECK(w.len == LINK_ROUTE_BYTES);
}

void link_note_read(const struct link_route *route, struct link_note *n)
{
    struct reader r = {.bytes = route->bytes, .len = LINK_ROUTE_BYTES};
    n->frame_len = get_u32(&r);
    n->peer = get_u32(&r);
    memcpy(n->correlation, get_bytes(&r, LINK_CORRELATION_BYTES), LINK_CORRELATION_BYTES);
    memcpy(n->client, get_bytes(&r, LINK_CLIENT_BYTES), LINK_CLIENT_BYTES);
}

static size_t header_write(const struct link_header *h, uint8_t bytes[HEADER_MAX])
{
    struct writer w = {.bytes = bytes, .size = HEADER_MAX};
    put_u8(&w, (uint8_t)h->type);
    if (h->type == LINK_REQUEST || h->type == LINK_REPLY)
        put_bytes(&w, h->route.bytes, LINK_ROUTE_BYTES);
    if (h->type == LINK_REQUEST)
        put_bytes(&w, h->peer_key, LIMIT_KEY_BYTES);
    if (h->type == LINK_COUNTS) {
        put_u32(&w, h->dropped);
        put_u32(&w, h->connections);
    }
    CHECK(!w.failed);
    return w.len;
}

static bool header_read(const uint8_t *bytes, size_t len, struct link_header *h)
{
    struct reader r = {.bytes = bytes, .len = len};
    uint8_t type = get_u8(&r);
    if (r.failed || type < LINK_READY || type > LINK_COUNTS)
        return false;
    h->type = (enum link_type)type;
    const uint8_t *route = NULL;
    const uint8_t *key = NULL;
    if (h->type == LINK_REQUEST || h->type == LINK_REPLY)
        route = get_bytes(&r, LINK_ROUTE_BYTES);
    if (h->type == LINK_REQUEST)
        key = get_bytes(&r, LIMIT_KEY_BYTES);
    if (h->type == LINK_COUNTS) {
        h->dropped = get_u32(&r);
        h->connections = get_u32(&r);
    }
    if (r.failed || r.at != len)
        return false;
    if (route != NULL)
        memcpy(h->route.bytes, route, LINK_ROUTE_BYTES);
    if (key != NULL)
        memcpy(h->peer_key, key, LIMIT_KEY_BYTES);
    return true;
}

/* The first frame decides whether there is room; ROUTER and DEALER then take the whole message. */
bool link_send(void *socket, bool with_gate, const struct link_header *h, zmq_msg_t *body)
{
    uint8_t bytes[HEADER_MAX];
    size_t len = header_write(h, bytes);
    int more = body != NULL ? ZMQ_SNDMORE : 0;

    if (with_gate &&
        zmq_send(socket, h->route.gate, LINK_GATE_BYTES, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
        return false;
    if (zmq_send(socket, bytes, len, ZMQ_DONTWAIT | more) < 0) {
        CHECK(!with_gate); /* half a message would block the socket for ever */
        return false;
    }
    if (body != NULL)
        CHECK(zmq_msg_send(body, socket, ZMQ_DONTWAIT) >= 0);
    return true;
}

void link_skip(void *socket, zmq_msg_t *last)
{
    while (zmq_msg_more(last) && zmq_msg_recv(last, socket, ZMQ_DONTWAIT) >= 0)
        ;
}

static enum link_got broken(void *socket, zmq_msg_t *last)
{
    link_skip(socket, last);
    return LINK_BROKEN;
}

enum link_got link_receive(void *socket, bool with_gate, struct link_header *h, zmq_msg_t *body)
{
    if (with_gate) {
        if (zmq_msg_recv(body, socket, ZMQ_DONTWAIT) < 0)
            return LINK_EMPTY;
        if (zmq_msg_size(body) != LINK_GATE_BYTES || !zmq_msg_more(body))
            return broken(socket, body);
        memcpy(h->route.gate, zmq_msg_data(body), LINK_GATE_BYTES);
    }
    if (zmq_msg_recv(body, socket, ZMQ_DONTWAIT) < 0)
        return LINK_EMPTY;
    if (!header_read(zmq_msg_data(body), zmq_msg_size(body), h))
        return broken(socket, body);
    bool wants_body = h->type != LINK_READY && h->type != LINK_STOP && h->type != LINK_COUNTS;
    if ((bool)zmq_msg_more(body) != wants_body)
        return broken(socket, body);
    if (!wants_body)
        return LINK_GOT;
    if (zmq_msg_recv(body, socket, ZMQ_DONTWAIT) < 0 || zmq_msg_more(body))
        return broken(socket, body);
    return LINK_GOT;
}

bool link_refusal(int32_t code, zmq_msg_t *reply)
{
    CHECK(code > 0);
    CHECK(code < 0x80); /* one byte of varint: field 1 of Reply */
    if (zmq_msg_init_size(reply, 2) != 0)
        return false;
    memcpy(zmq_msg_data(reply), (const uint8_t[]){0x08, (uint8_t)code}, 2);
    return true;
}
