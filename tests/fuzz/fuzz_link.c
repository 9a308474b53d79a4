/* What a gate sends to the ledger process, as messages of several frames: whatever is taken can be
 * sent again as the same frames, and after what is not taken the next message is still found. The
 * first byte says whether the gate's number comes first; then frames, each a byte (1: another one
 * follows in its message), a byte with its length, and so many bytes. */
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "flow/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAMES_MAX = 64 };

static void *gate, *ledger; /* both ends of a pair in this process */

static void open_pair(void)
{
    void *context = zmq_ctx_new();
    CHECK(context != NULL);
    gate = zmq_socket(context, ZMQ_PAIR);
    ledger = zmq_socket(context, ZMQ_PAIR);
    CHECK(gate != NULL && ledger != NULL);
    const int unbounded = 0; /* room comes back some time after a message was taken */
    CHECK(zmq_setsockopt(gate, ZMQ_SNDHWM, &unbounded, sizeof(int)) == 0);
    CHECK(zmq_setsockopt(ledger, ZMQ_RCVHWM, &unbounded, sizeof(int)) == 0);
    CHECK(zmq_bind(ledger, "inproc://link") == 0);
    CHECK(zmq_connect(gate, "inproc://link") == 0);
}

static void send_frame(const void *bytes, size_t len, bool more)
{
    CHECK(zmq_send(gate, bytes, len, more ? ZMQ_SNDMORE : 0) >= 0);
}

/* Returns the messages sent. The last one always ends. */
static size_t send_all(struct reader *r)
{
    size_t messages = 0;
    bool more = false;
    for (int frames = 0; frames < FRAMES_MAX && r->at < r->len; frames++) {
        const bool follows = (get_u8(r) & 1) != 0;
        size_t len = get_u8(r);
        if (r->failed)
            break;
        if (len > r->len - r->at)
            len = r->len - r->at;
        const uint8_t *bytes = get_bytes(r, len);
        more = follows;
        send_frame(len > 0 ? bytes : (const uint8_t *)"", len, more);
        messages += !more;
    }
    if (more) { /* what should have followed was cut off */
        send_frame("", 0, false);
        messages++;
    }
    return messages;
}

static bool wants_body(const struct link_header *h)
{
    return h->type == LINK_REQUEST || h->type == LINK_KEYS || h->type == LINK_REPLY;
}

/* The same frames once more, by way of what was understood. */
static void send_again(bool with_gate, const struct link_header *h, zmq_msg_t *body)
{
    struct link_header again = {.type = LINK_READY};
    zmq_msg_t copy, other;
    zmq_msg_init(&copy);
    zmq_msg_init(&other);
    CHECK(zmq_msg_copy(&copy, body) == 0);
    CHECK(link_send(gate, with_gate, h, wants_body(h) ? &copy : NULL));
    CHECK(link_receive(ledger, with_gate, &again, &other) == LINK_GOT);
    CHECK(again.type == h->type);
    CHECK(!with_gate || memcmp(again.route.gate, h->route.gate, LINK_GATE_BYTES) == 0);
    if (h->type == LINK_REQUEST || h->type == LINK_REPLY)
        CHECK(memcmp(again.route.bytes, h->route.bytes, LINK_ROUTE_BYTES) == 0);
    if (h->type == LINK_REQUEST)
        CHECK(memcmp(again.peer_key, h->peer_key, LIMIT_KEY_BYTES) == 0);
    if (h->type == LINK_COUNTS)
        CHECK(again.dropped == h->dropped && again.connections == h->connections);
    if (wants_body(h)) {
        CHECK(zmq_msg_size(&other) == zmq_msg_size(body));
        CHECK(memcmp(zmq_msg_data(&other), zmq_msg_data(body), zmq_msg_size(body)) == 0);
    }
    zmq_msg_close(&copy);
    zmq_msg_close(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct link_header taken[FRAMES_MAX];
    static zmq_msg_t bodies[FRAMES_MAX];
    struct reader r = {.bytes = data, .len = size};
    size_t count = 0;
    if (gate == NULL)
        open_pair();
    const bool with_gate = (get_u8(&r) & 1) != 0;
    for (size_t left = send_all(&r); left > 0; left--) {
        zmq_msg_init(&bodies[count]);
        enum link_got got = link_receive(ledger, with_gate, &taken[count], &bodies[count]);
        CHECK(got != LINK_EMPTY);
        if (got == LINK_GOT)
            count++;
        else
            zmq_msg_close(&bodies[count]);
    }
    struct link_header none;
    zmq_msg_init(&bodies[count]);
    CHECK(link_receive(ledger, with_gate, &none, &bodies[count]) == LINK_EMPTY);
    zmq_msg_close(&bodies[count]);
    while (count-- > 0) {
        send_again(with_gate, &taken[count], &bodies[count]);
        zmq_msg_close(&bodies[count]);
    }
    return 0;
}
