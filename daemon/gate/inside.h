/* inside.h - what the files of the gate share; not for others. */
#ifndef GATE_INSIDE_H
#define GATE_INSIDE_H

#include "gate/gate.h"

struct gate {
    const struct gate_options *options;
    void *context;
    void *zap; /* all three sockets belong to the one thread */
    void *clients;
    void *link;
    struct allow *allow;
    struct peers *peers;
    uint64_t dropped; /* frames of no use, and replies nobody takes */
    bool closed;      /* too many connections: nobody new is admitted */
    bool unbound;     /* far too many: the tcp endpoints are gone for the moment */
    uint32_t files_max;
    bool stopping;
    int64_t ticked_s;
};

/* Take what clients have sent, one round of it. True: there may be more. */
bool route_clients(struct gate *g);
/* Take what the ledger process has sent. */
void route_link(struct gate *g);

#endif
