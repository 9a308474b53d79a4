/* What a gate sends to the ledger process, as messages of several frames: whatever is taken can be
 * sent again as the same frames, and after what is not taken the next message is still found. The
 * first byte says whether the gate's number comes first; then messages (frames.h). */
#include <string.h>

#include "base/check.h"
#include "flow/link.h"
#include "frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGES_MAX = 64 };

static void *gate, *ledger; /* both ends of a pair in this process */

/* Returns the messages sent. */
static size_t send_all(struct reader *r)
{
    struct frames f;
    size_t messages = 0;
    while (messages < MESSAGES_MAX && frames_read(r, false, &f)) {
        frames_send(gate, &f);
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
    static struct link_header taken[MESSAGES_MAX + 1];
    static zmq_msg_t bodies[MESSAGES_MAX + 1];
    struct reader r = {.bytes = data, .len = size};
    size_t count = 0;
    if (gate == NULL)
        frames_pair("inproc://link", &ledger, &gate);
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
