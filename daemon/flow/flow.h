/* flow.h - the structs handed from stage to stage, and the ring they stand in.
 *
 * One slot a request, in the order of arrival. Each stage owns the slots between its cursor and
 * the next stage's; a slot is passed on by moving a cursor with release order, and read with
 * acquire order, so no slot is ever touched by two threads.
 *
 *   intake --received--> verify --verified(flag per slot)--> apply --applied--> journal
 *          --durable--> reply --replied--> free
 *
 * intake and reply run on the network thread, verify on its workers, sequence and ledger on the
 * ledger thread, journal on its own. See ARCHITECTURE.md, "Threads". */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "base/arena.h"
#include "codec.h"
#include "envelope.h"
#include "merkle.h"
#include "request.h"

#define FLOW_ROUTE_BYTES 64 /* what the gate put before a frame, returned with the reply */

/* What became of a slot so far. */
enum flow_state {
    FLOW_RECEIVED,
    FLOW_REFUSED,  /* not to be sequenced: `refusal` says why */
    FLOW_VERIFIED, /* to be sequenced, or a query to be answered */
};

struct flow_slot {
    /* intake */
    zmq_msg_t frame; /* the envelope as received; closed by reply */
    uint8_t route[FLOW_ROUTE_BYTES];
    uint32_t route_len;
    uint8_t peer_key[LIMIT_KEY_BYTES]; /* transport key the gate authenticated */
    /* verify */
    _Atomic uint32_t state; /* enum flow_state; the worker's last write */
    int32_t refusal;        /* outcome */
    struct envelope envelope;
    struct hash request_hash;
    struct request request; /* lives in `arena` */
    struct arena arena;     /* memory lent from the pool until the reply is sent */
    void *lent;
    /* apply */
    uint64_t number;        /* 0: nothing in the journal (query or refusal) */
    uint8_t *decision;      /* owned; freed by reply */
    size_t decision_len;
    uint8_t *answer;        /* a query's packed Reply, owned; freed by reply */
    size_t answer_len;
    int32_t code;           /* of the Reply */
    struct hash leaf;
    /* journal */
    struct flow_group *group; /* the commit it was part of; reference counted by its slots */
    uint32_t group_index;
};

/* One commit: what its receipts need. */
struct flow_group {
    struct head head;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    struct merkle_tree tree;
    uint32_t slots_left; /* replies still to be made; freed with the last */
};

#endif
