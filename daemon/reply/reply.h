/* reply.h - what a client gets: the decision, and the receipt that proves it.
 *
 * The network thread's. Called for slots of durable groups only. */
#ifndef REPLY_REPLY_H
#define REPLY_REPLY_H

#include <stdbool.h>

#include "flow/flow.h"

/* Make the packed Reply of a slot. False: out of memory; the client will ask again. */
bool reply_make(const struct flow_slot *s, zmq_msg_t *out);
/* Send it to the gate that asked. Never blocks; false: it was dropped. */
bool reply_send(void *link, struct flow_slot *s);

#endif
