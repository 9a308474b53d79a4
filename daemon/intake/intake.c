#include "intake/intake.h"

#include <string.h>

#include "base/check.h"
#include "outcome.h"

static void refuse(struct intake *in, const struct link_header *request)
{
    struct link_header h = {.type = LINK_REPLY, .route = request->route};
    zmq_msg_t reply;
    in->busy++;
    if (!link_refusal(OUTCOME_BUSY, &reply))
        return; /* no memory for two bytes: the client asks again */
    link_send(in->link, true, &h, &reply);
    zmq_msg_close(&reply);
}

static void take_request(struct intake *in, const struct link_header *h, zmq_msg_t *envelope)
{
    struct flow_slot *s = in->closed ? NULL : ring_reserve(in->ring, zmq_msg_size(envelope));
    if (s == NULL) {
        refuse(in, h);
        return;
    }
    zmq_msg_init(&s->frame);
    zmq_msg_move(&s->frame, envelope); /* large payloads are not copied */
    s->route = h->route;
    memcpy(s->peer_key, h->peer_key, LIMIT_KEY_BYTES);
    ring_receive(in->ring);
}

bool intake_take(struct intake *in, uint32_t count, intake_gate *gate, void *arg)
{
    struct link_header h;
    zmq_msg_t body;
    bool more = true;
    zmq_msg_init(&body);
    for (uint32_t i = 0; i < count && more; i++) {
        enum link_got got = link_receive(in->link, true, &h, &body);
        more = got != LINK_EMPTY;
        if (got == LINK_GOT && h.type == LINK_REQUEST)
            take_request(in, &h, &body);
        else if (got == LINK_GOT && (h.type == LINK_READY || h.type == LINK_COUNTS))
            gate(arg, &h);
        else if (more)
            in->dropped++;
    }
    ring_publish(in->ring); /* all at once: the workers are woken by one signal */
    zmq_msg_close(&body);
    return more;
}
