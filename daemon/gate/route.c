/* route.c - from clients to the ledger process, and back. */
#include <string.h>

#include "base/check.h"
#include "gate/inside.h"
#include "outcome.h"

#define ROUND 256 /* messages taken from one socket before the others' turn */

/* ---- Clients ---- */

/* One message of a client: [routing id][correlation][envelope]. */
struct client_message {
    struct link_note note;
    struct link_header header;
    zmq_msg_t envelope;
};

/* False: nothing is there. `*fit` says whether the message is one that we expect. */
static bool client_receive(struct gate *g, struct client_message *m, bool *fit)
{
    zmq_msg_t *f = &m->envelope;
    *fit = false;
    if (zmq_msg_recv(f, g->clients, ZMQ_DONTWAIT) < 0)
        return false;
    const uint8_t *id = zmq_msg_data(f);
    bool good = zmq_msg_size(f) == LINK_CLIENT_BYTES && id[0] == 0 && zmq_msg_more(f);
    if (good) {
        memcpy(m->note.client, id, LINK_CLIENT_BYTES);
        good = zmq_msg_recv(f, g->clients, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(f) &&
               zmq_msg_size(f) == LINK_CORRELATION_BYTES;
    }
    if (good) {
        memcpy(m->note.correlation, zmq_msg_data(f), LINK_CORRELATION_BYTES);
        good = zmq_msg_recv(f, g->clients, ZMQ_DONTWAIT) >= 0 && !zmq_msg_more(f) &&
               zmq_msg_size(f) > 0 && zmq_msg_size(f) <= LIMIT_REQUEST_BYTES;
    }
    if (!good) {
        link_skip(g->clients, f);
        return true;
    }
    m->note.frame_len = (uint32_t)zmq_msg_size(f);
    *fit = zap_peer(f, m->header.peer_key); /* in the last frame only */
    return true;
}

/* Never blocks: a reply that its client does not take is dropped; the client asks again. */
static void client_reply(struct gate *g, const struct link_note *n, zmq_msg_t *reply)
{
    const int flags = ZMQ_DONTWAIT | ZMQ_SNDMORE;
    if (zmq_send(g->clients, n->client, LINK_CLIENT_BYTES, flags) < 0) {
        g->dropped++;
        return;
    }
    CHECK(zmq_send(g->clients, n->correlation, LINK_CORRELATION_BYTES, flags) >= 0);
    CHECK(zmq_msg_send(reply, g->clients, ZMQ_DONTWAIT) >= 0);
}

static void client_refuse(struct gate *g, const struct link_note *n, int32_t code)
{
    zmq_msg_t reply;
    if (!link_refusal(code, &reply))
        return;
    client_reply(g, n, &reply);
    zmq_msg_close(&reply);
}

static void client_forward(struct gate *g, struct client_message *m)
{
    if (!allow_has(g->allow, m->header.peer_key)) { /* revoked since it was admitted */
        client_refuse(g, &m->note, OUTCOME_BAD_SIGNATURE);
        return;
    }
    m->note.peer = peers_place(g->peers, m->header.peer_key);
    if (g->stopping || !peers_take(g->peers, m->note.peer, m->note.frame_len)) {
        client_refuse(g, &m->note, OUTCOME_BUSY);
        return;
    }
    m->header.type = LINK_REQUEST;
    link_note_write(&m->note, &m->header.route);
    if (!link_send(g->link, false, &m->header, &m->envelope)) {
        peers_give_back(g->peers, m->note.peer, m->note.frame_len);
        client_refuse(g, &m->note, OUTCOME_BUSY);
    }
}

bool route_clients(struct gate *g)
{
    struct client_message m;
    bool fit;
    zmq_msg_init(&m.envelope);
    int taken = 0;
    while (taken < ROUND && client_receive(g, &m, &fit)) {
        taken++;
        if (fit)
            client_forward(g, &m);
        else
            g->dropped++;
    }
    zmq_msg_close(&m.envelope);
    return taken == ROUND;
}

/* ---- Link ---- */

static void link_take(struct gate *g, const struct link_header *h, zmq_msg_t *body)
{
    struct link_note note;
    if (h->type == LINK_REPLY) {
        link_note_read(&h->route, &note);
        peers_give_back(g->peers, note.peer, note.frame_len);
        if (peers_lend(g->peers, note.peer, body))
            client_reply(g, &note, body);
        else
            g->dropped++;
    } else if (h->type == LINK_KEYS) {
        CHECK(zmq_msg_size(body) % LIMIT_KEY_BYTES == 0);
        CHECK(allow_set(g->allow, zmq_msg_data(body), zmq_msg_size(body) / LIMIT_KEY_BYTES));
    } else if (h->type == LINK_STOP) {
        g->stopping = true;
    }
}

void route_link(struct gate *g)
{
    struct link_header h;
    zmq_msg_t body;
    enum link_got got = LINK_GOT;
    zmq_msg_init(&body);
    for (int i = 0; i < ROUND && (got = link_receive(g->link, false, &h, &body)) == LINK_GOT; i++)
        link_take(g, &h, &body);
    CHECK(got != LINK_BROKEN); /* the ledger process and its gate are one program */
    zmq_msg_close(&body);
}
