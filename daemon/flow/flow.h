/* flow.h - the structs handed from stage to stage.
 *
 * One slot a request, in the order of arrival; the ring (ring.h) says which stage owns it:
 *
 *   intake --received--> verify --verified (each slot)--> sequence, ledger --applied--> journal
 *          --durable--> reply --replied--> free
 *
 * Intake and reply run on the network thread, verify on its workers, sequence and ledger on the
 * ledger thread, journal on its own. A slot is written by its owner only, and ownership moves
 * under the ring's lock, so nothing in here needs to be atomic. */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "base/arena.h"
#include "codec.h"
#include "envelope.h"
#include "flow/link.h"
#include "merkle.h"
#include "request.h"

enum flow_state {
    FLOW_RECEIVED,
    FLOW_REFUSED,  /* not to be sequenced: `code` says why */
    FLOW_VERIFIED, /* to be sequenced, or a query to be answered */
};

struct flow_slot {
    /* intake */
    zmq_msg_t frame; /* the envelope as received; closed by the ring when the slot is released */
    struct link_route route;
    uint8_t peer_key[LIMIT_KEY_BYTES]; /* transport key the gate authenticated */
    /* ring: memory to decode into, from the claim until the slot is applied */
    struct arena arena;
    void *lent; /* NULL: `arena` is the slot's own small one */
    /* verify */
    enum flow_state state;
    int32_t code; /* of the Reply; 0 where there is a decision or an answer */
    struct envelope envelope;
    struct hash request_hash;
    struct request request; /* lives in `arena`: only until the slot is applied */
    /* ledger */
    bool decided;  /* an entry of `group`, at `index` */
    bool answered; /* a query: `answer` is the whole packed Reply */
    uint32_t index;
    struct flow_group *group;
    zmq_msg_t answer; /* closed by the ring too, unless it was sent */
};

/* One request with its decision, on its way into the journal. All bytes are borrowed. */
struct flow_entry {
    uint64_t number;
    const uint8_t *request;
    size_t request_len;
    const uint8_t *decision;
    size_t decision_len;
};

/* One commit: what the journal needs, and then what the receipts need. */
struct flow_group {
    /* ledger */
    struct flow_entry *entries; /* room for LIMIT_GROUP_ENTRIES */
    struct hash *leaves;        /* of the entries */
    uint32_t count;             /* entries; 0: queries and refusals only, nothing to commit */
    size_t bytes;               /* of requests and decisions, at most LIMIT_GROUP_BYTES */
    int64_t time_ms;            /* of the last entry */
    bool checkpoint;            /* the frozen state ends with this group */
    uint64_t slots_end;         /* ring position after its last slot */
    /* the entries' decisions, and requests that the daemon made itself */
    uint8_t *memory;
    size_t memory_size;
    size_t memory_used;
    /* journal */
    struct hash *nodes;
    struct merkle_tree tree;
    struct head head;
    struct hash head_hash;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
};

/* A group with room for all that the limits allow. NULL: out of memory. */
struct flow_group *flow_group_new(void);
void flow_group_free(struct flow_group *g); /* NULL is fine */
void flow_group_reset(struct flow_group *g);
/* Is there room for one more entry with a request of `request_len` bytes and `answers` answers?
 * An empty group has room for any. */
bool flow_group_room(const struct flow_group *g, size_t request_len, uint32_t answers);
/* Where the decision of the next entry is to be written, with room for any that fits. */
uint8_t *flow_group_decision(struct flow_group *g, size_t *size);
/* Append an entry whose decision was written there; its request must outlive the group. Returns
 * its index. */
uint32_t flow_group_add(struct flow_group *g, const struct flow_entry *e, const struct hash *leaf);
/* Memory that lives as long as the group's entries, for a request of the daemon's own. */
uint8_t *flow_group_keep(struct flow_group *g, const void *bytes, size_t len);

#endif
