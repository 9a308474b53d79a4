/* link.h - the frames between the gate and the ledger process, over an ipc socket.
 *
 * The ledger process binds a ROUTER, the gate connects a DEALER whose routing id is the number of
 * its incarnation, so that an answer never reaches another gate than the one that asked.
 *
 *   gate -> ledger   [READY]
 *                    [COUNTS dropped connections], every second
 *                    [REQUEST route peer-key] [envelope]
 *   ledger -> gate   [KEYS] [transport keys, 32 bytes each]
 *                    [REPLY route] [Reply]
 *                    [STOP]
 *
 * The route is the gate's own note of where the request came from; the ledger process returns it
 * as it is. Each request gets exactly one reply, by which the gate counts what is under way.
 * Functions: any thread that owns the socket. Nothing here blocks. */
#ifndef FLOW_LINK_H
#define FLOW_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "base/limits.h"

#define LINK_GATE_BYTES        8
#define LINK_CORRELATION_BYTES 8
#define LINK_CLIENT_BYTES      5 /* a routing id as ROUTER makes them: 0x00 and a number */
#define LINK_ROUTE_BYTES       (4 + 4 + LINK_CORRELATION_BYTES + LINK_CLIENT_BYTES)

enum link_type {
    LINK_READY = 1,
    LINK_REQUEST = 2,
    LINK_KEYS = 3,
    LINK_REPLY = 4,
    LINK_STOP = 5,
    LINK_COUNTS = 6,
};

struct link_route {
    uint8_t gate[LINK_GATE_BYTES]; /* incarnation; not part of the header */
    uint8_t bytes[LINK_ROUTE_BYTES];
};

struct link_header {
    enum link_type type;
    struct link_route route;           /* REQUEST and REPLY */
    uint8_t peer_key[LIMIT_KEY_BYTES]; /* REQUEST */
    uint32_t dropped;                  /* COUNTS: since the last ones */
    uint32_t connections;              /* COUNTS: now */
};

/* What the gate notes in a route. */
struct link_note {
    uint32_t frame_len;
    uint32_t peer; /* place of its transport key (gate/peer.c) */
    uint8_t correlation[LINK_CORRELATION_BYTES];
    uint8_t client[LINK_CLIENT_BYTES];
};
void link_note_write(const struct link_note *n, struct link_route *route);
void link_note_read(const struct link_route *route, struct link_note *n);

/* Send a header, and a body unless it is NULL. `with_gate` on the ledger's side: the gate's number
 * goes first. A sent body is taken over (the message is empty then); false: no room or no such
 * gate, nothing was sent, and the body is still the caller's. */
bool link_send(void *socket, bool with_gate, const struct link_header *h, zmq_msg_t *body);

/* Receive one message; `body` must be initialised and is replaced. LINK_EMPTY: nothing there.
 * LINK_BROKEN: a message that no gate of ours sends; it was thrown away. */
enum link_got { LINK_GOT, LINK_EMPTY, LINK_BROKEN };
enum link_got link_receive(void *socket, bool with_gate, struct link_header *h, zmq_msg_t *body);

/* Throw away the rest of a message of which `last` was just received. */
void link_skip(void *socket, zmq_msg_t *last);

/* A Reply with nothing but a code. False: out of memory. */
bool link_refusal(int32_t code, zmq_msg_t *reply);

#endif
