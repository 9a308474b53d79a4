#include "gate/gate.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define PLACES (2 * LIMIT_KEYS) /* a power of two; at most half of them are taken */

/* Of what is free a key may have one part in so many. Requests are answered in the order in which
 * they came, so what one may have under way is what the others wait for. */
#define SHARE_REQUESTS 16
#define SHARE_BYTES    4

struct peer {
    uint8_t key[LIMIT_KEY_BYTES]; /* all zero: the place is free; no CURVE key is that */
    uint32_t requests;
    uint64_t bytes;
    _Atomic uint64_t unread; /* the library's thread takes away from it */
};

struct peers {
    struct peer *places; /* memory only where a key has come */
    uint32_t count;
    uint32_t requests; /* of all, as the next two */
    uint64_t bytes;
    _Atomic uint64_t unread;
};

/* A reply on its way, and whose it is. `all` is written last and read first: the library hands the
 * rest over to its thread, but by means of its own, which neither compiler nor sanitizer sees. */
struct leaving {
    struct peers *_Atomic all;
    struct peer *peer;
    zmq_msg_t reply;
};

struct peers *peers_new(void)
{
    struct peers *p = calloc(1, sizeof(*p));
    if (p == NULL || (p->places = calloc(PLACES, sizeof(*p->places))) == NULL) {
        free(p);
        return NULL;
    }
    return p;
}

void peers_free(struct peers *p)
{
    if (p == NULL)
        return;
    free(p->places);
    free(p);
}

uint32_t peers_place(struct peers *p, const uint8_t key[LIMIT_KEY_BYTES])
{
    static const uint8_t nobody[LIMIT_KEY_BYTES];
    uint32_t at;
    memcpy(&at, key, sizeof(at)); /* keys are as good as random */
    for (at &= PLACES - 1; memcmp(p->places[at].key, key, LIMIT_KEY_BYTES) != 0;
         at = (at + 1) & (PLACES - 1)) {
        if (memcmp(p->places[at].key, nobody, LIMIT_KEY_BYTES) != 0)
            continue;
        if (p->count == LIMIT_KEYS)
            return PEERS_NO_PLACE;
        p->count++;
        memcpy(p->places[at].key, key, LIMIT_KEY_BYTES);
        break;
    }
    return at;
}

/* Has somebody with so much of what is bounded room for more? */
static bool within_share(uint64_t own, uint64_t all, uint64_t limit, uint64_t share)
{
    return all < limit && own * share < limit - all;
}

static bool reads(const struct peers *p, const struct peer *peer)
{
    return within_share(atomic_load_explicit(&peer->unread, memory_order_relaxed),
                        atomic_load_explicit(&p->unread, memory_order_relaxed), LIMIT_UNREAD_BYTES,
                        SHARE_BYTES);
}

bool peers_take(struct peers *p, uint32_t place, uint32_t len)
{
    if (place == PEERS_NO_PLACE)
        return false;
    CHECK(place < PLACES);
    struct peer *peer = &p->places[place];
    if (!within_share(peer->requests, p->requests, LIMIT_IN_FLIGHT, SHARE_REQUESTS) ||
        !within_share(peer->bytes, p->bytes, LIMIT_IN_FLIGHT_BYTES, SHARE_BYTES) ||
        p->bytes + len > LIMIT_IN_FLIGHT_BYTES || !reads(p, peer))
        return false;
    peer->requests++;
    peer->bytes += len;
    p->requests++;
    p->bytes += len;
    return true;
}

void peers_give_back(struct peers *p, uint32_t place, uint32_t len)
{
    CHECK(place < PLACES);
    struct peer *peer = &p->places[place];
    CHECK(peer->requests > 0);
    CHECK(peer->bytes >= len);
    peer->requests--;
    peer->bytes -= len;
    p->requests--;
    p->bytes -= len;
}

/* In the library's thread, or in ours where a reply goes nowhere. */
static void left(void *bytes, void *hint)
{
    struct leaving *l = hint;
    struct peers *all = atomic_load_explicit(&l->all, memory_order_acquire);
    const size_t len = zmq_msg_size(&l->reply);
    (void)bytes;
    atomic_fetch_sub_explicit(&l->peer->unread, len, memory_order_relaxed);
    atomic_fetch_sub_explicit(&all->unread, len, memory_order_relaxed);
    zmq_msg_close(&l->reply);
    free(l);
}

bool peers_lend(struct peers *p, uint32_t place, zmq_msg_t *reply)
{
    CHECK(place < PLACES);
    struct peer *peer = &p->places[place];
    const size_t len = zmq_msg_size(reply);
    if (!reads(p, peer))
        return false;
    struct leaving *l = malloc(sizeof(*l));
    if (l == NULL)
        return false;
    l->peer = peer;
    zmq_msg_init(&l->reply);
    zmq_msg_move(&l->reply, reply);
    if (zmq_msg_init_data(reply, zmq_msg_data(&l->reply), len, left, l) != 0) {
        zmq_msg_init(reply);
        zmq_msg_close(&l->reply);
        free(l);
        return false;
    }
    atomic_fetch_add_explicit(&peer->unread, len, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->unread, len, memory_order_relaxed);
    atomic_store_explicit(&l->all, p, memory_order_release);
    return true;
}
