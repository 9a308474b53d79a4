/* ring.h - the slots between the stages, the groups between ledger and journal, and the one lock.
 *
 * Invariants
 *  1. received >= claimed >= applied >= durable >= replied, each counts up for ever; a position's
 *     slot is position modulo the size. A slot belongs to the stage whose cursor it has not passed.
 *  2. Workers claim in the order of arrival, and memory to decode into is lent at the claim: the
 *     oldest slot always gets some, so nobody waits for somebody behind.
 *  3. Groups go to the journal and come back in order; one is filled while one is committed.
 *  4. Everything is bounded: slots, bytes of frames, lent arenas, groups.
 *
 * Threads: each function says whose it is. All of them take the same lock for a few
 * instructions; nobody waits while holding it but on its conditions. */
#ifndef FLOW_RING_H
#define FLOW_RING_H

#include "base/fault.h"
#include "flow/flow.h"

struct ring;

struct ring_options {
    uint32_t slots;     /* a power of two */
    size_t bytes_max;   /* of frames under way */
    size_t arena_bytes; /* of each arena lent to a large request */
    uint32_t arenas;    /* how many there are */
};

enum fault ring_new(const struct ring_options *options, struct ring **out);
void ring_free(struct ring *r); /* NULL is fine; no thread may be in it any more */

/* ---- Network thread ------------------------------------------------------------------------- */

/* The slot for the next frame, or NULL where that would be too much: answer BUSY. */
struct flow_slot *ring_reserve(struct ring *r, size_t frame_len);
/* The reserved slot holds its frame and route; it stays with the network thread until ... */
void ring_receive(struct ring *r);
/* ... all that were received go to the workers. */
void ring_publish(struct ring *r);
/* The oldest slot that may be answered, NULL if there is none; then ring_release() ends its life
 * and closes its messages. */
struct flow_slot *ring_done(struct ring *r);
void ring_release(struct ring *r);
/* Readable when ring_done() may have something; ring_done_clear() before asking it. */
int ring_done_fd(const struct ring *r);
void ring_done_clear(struct ring *r);
/* From now on claims end, and ring_next() hands out what is left without verification. */
void ring_drain(struct ring *r);
bool ring_empty(struct ring *r);
/* Requests between arrival and reply; network thread, no lock. */
uint64_t ring_held(const struct ring *r);
/* Replies so far, which move as long as the stages do; network thread, no lock. */
uint64_t ring_answered(const struct ring *r);
/* End all waiting: workers and journal thread come home. After the ledger thread has ended. */
void ring_stop(struct ring *r);

/* ---- Workers -------------------------------------------------------------------------------- */

/* Wait for the next slot to verify. NULL: no more will come. */
struct flow_slot *ring_claim(struct ring *r);
/* Its state is set; the slot goes on. */
void ring_verified(struct ring *r, struct flow_slot *s);

/* ---- Ledger thread -------------------------------------------------------------------------- */

/* Changes with everything the ledger thread may wait for: read it before looking, then wait. */
uint64_t ring_events(struct ring *r);
/* Wait until ring_events() is not `seen` any more, at most `timeout_us`. A patient waiter has
 * enough to do later: it is not woken for each verified slot, only when all of them are. */
void ring_wait(struct ring *r, uint64_t seen, uint32_t timeout_us, bool patient);
/* Wake the ledger thread; any thread. */
void ring_notify(struct ring *r);
/* The next slot if it is ready, else NULL. While draining, slots that nobody has claimed come
 * out as FLOW_RECEIVED. */
struct flow_slot *ring_next(struct ring *r);
/* The slot of ring_next() is applied; what was lent to it goes back. */
void ring_applied(struct ring *r);
/* Are there slots behind the applied ones that will be ready soon? */
bool ring_coming(struct ring *r);
bool ring_draining(struct ring *r);
/* An empty group to fill, NULL while all are under way. It stays the same until submitted. */
struct flow_group *ring_group(struct ring *r);
/* Does the filled group cover any slot? */
bool ring_group_covers(struct ring *r);
bool ring_journal_idle(struct ring *r);
/* Hand the group to the journal thread, with all slots applied so far. Only when idle. */
void ring_submit(struct ring *r);

/* ---- Journal thread ------------------------------------------------------------------------- */

enum ring_turn { RING_GROUP, RING_TICK, RING_END };
/* Wait for a group to commit, at most `timeout_ms`. */
enum ring_turn ring_take(struct ring *r, uint32_t timeout_ms, struct flow_group **out);
/* It is durable: its slots may be answered. */
void ring_durable(struct ring *r);

#endif
