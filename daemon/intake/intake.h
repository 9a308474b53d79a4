/* intake.h - from the gate's frames to slots of the ring; what has no room is answered BUSY.
 *
 * The network thread's. Nothing blocks. */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/link.h"
#include "flow/ring.h"

struct intake {
    void *link; /* ROUTER, the network thread's */
    struct ring *ring;
    bool closed;      /* stopping: everything is BUSY */
    uint64_t busy;    /* refused so far */
    uint64_t dropped; /* not from our gate */
};

/* A gate says that it serves, and needs the list of keys (LINK_READY), or what it has counted
 * (LINK_COUNTS). */
typedef void intake_gate(void *arg, const struct link_header *said);

/* Take at most `count` messages. True: there may be more. */
bool intake_take(struct intake *in, uint32_t count, intake_gate *gate, void *arg);

#endif
