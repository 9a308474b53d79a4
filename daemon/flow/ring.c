#include "flow/ring.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

#define SMALL_BYTES 16384 /* a slot's own arena: what a frame of 300 bytes may need at most */
#define GROUPS      4     /* filling, committing, and two whose replies are on their way */

struct ring {
    pthread_mutex_t lock;
    pthread_cond_t work;   /* workers: a slot or an arena */
    pthread_cond_t ledger; /* ledger thread: `events` changed */
    pthread_cond_t journal;
    uint32_t mask;
    size_t arena_bytes;
    size_t bytes_max;
    struct flow_slot *slots;
    uint8_t *small;  /* SMALL_BYTES for each slot */
    uint8_t *arenas; /* lent ones, in one reservation */
    void **free;     /* those not lent */
    uint32_t free_count;
    uint32_t arena_count;
    int done_fd;

    /* Cursors, under the lock. */
    uint64_t received, claimed, applied, durable, replied;
    uint64_t events;
    uint32_t workers_waiting;
    uint32_t unverified; /* received, and not yet verified */
    bool ledger_waiting;
    bool ledger_patient;
    bool draining, stopping;
    /* Groups, counted for ever. */
    struct flow_group *groups[GROUPS];
    uint64_t submitted, committed;

    /* Network thread only. */
    size_t bytes;
    uint64_t reserved; /* received, and then published */
    uint64_t answered, durable_seen;
    /* Ledger thread only. */
    uint64_t grouped; /* slots up to here are in submitted groups */
    bool group_open;
};

static enum fault ring_memory(struct ring *r, const struct ring_options *o)
{
    r->slots = calloc(o->slots, sizeof(*r->slots));
    r->small = malloc((size_t)o->slots * SMALL_BYTES);
    r->free = calloc(o->arenas, sizeof(*r->free));
    if (r->slots == NULL || r->small == NULL || r->free == NULL)
        return FAULT_MEMORY;
    void *arenas = mmap(NULL, o->arena_bytes * o->arenas, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arenas == MAP_FAILED)
        return FAULT_MEMORY;
    r->arenas = arenas;
    for (uint32_t i = 0; i < o->arenas; i++)
        r->free[i] = r->arenas + o->arena_bytes * i;
    r->free_count = o->arenas;
    for (uint32_t i = 0; i < GROUPS; i++)
        if ((r->groups[i] = flow_group_new()) == NULL)
            return FAULT_MEMORY;
    r->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return r->done_fd < 0 ? FAULT_IO : FAULT_NONE;
}

enum fault ring_new(const struct ring_options *o, struct ring **out)
{
    CHECK(o->slots > 0 && (o->slots & (o->slots - 1)) == 0);
    CHECK(o->arenas > 0);
    pthread_condattr_t monotonic;

    *out = NULL;
    struct ring *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return FAULT_MEMORY;
    r->mask = o->slots - 1;
    r->arena_bytes = o->arena_bytes;
    r->arena_count = o->arenas;
    r->bytes_max = o->bytes_max;
    r->done_fd = -1;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, NULL);
    pthread_cond_init(&r->ledger, &monotonic);
    pthread_cond_init(&r->journal, &monotonic);
    pthread_condattr_destroy(&monotonic);
    enum fault f = ring_memory(r, o);
    if (f != FAULT_NONE) {
        ring_free(r);
        return f;
    }
    *out = r;
    return FAULT_NONE;
}

static void slot_close(struct flow_slot *s)
{
    zmq_msg_close(&s->frame);
    if (s->answered)
        zmq_msg_close(&s->answer);
}

void ring_free(struct ring *r)
{
    if (r == NULL)
        return;
    for (uint64_t at = r->answered; at < r->reserved; at++)
        slot_close(&r->slots[at & r->mask]);
    for (uint32_t i = 0; i < GROUPS; i++)
        flow_group_free(r->groups[i]);
    if (r->arenas != NULL)
        munmap(r->arenas, r->arena_bytes * r->arena_count);
    if (r->done_fd >= 0)
        close(r->done_fd);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->work);
    pthread_cond_destroy(&r->ledger);
    pthread_cond_destroy(&r->journal);
    free(r->free);
    free(r->small);
    free(r->slots);
    free(r);
}

/* With the lock held. */
static void event(struct ring *r)
{
    r->events++;
    if (r->ledger_waiting)
        pthread_cond_signal(&r->ledger);
}

/* ---- Network thread ---- */

struct flow_slot *ring_reserve(struct ring *r, size_t frame_len)
{
    if (r->reserved - r->answered > r->mask || r->bytes + frame_len > r->bytes_max)
        return NULL;
    struct flow_slot *s = &r->slots[r->reserved & r->mask];
    r->bytes += frame_len;
    s->state = FLOW_RECEIVED;
    s->code = 0;
    s->decided = false;
    s->answered = false;
    s->group = NULL;
    s->lent = NULL;
    return s;
}

void ring_receive(struct ring *r)
{
    r->reserved++;
}

void ring_publish(struct ring *r)
{
    if (r->reserved == r->received)
        return; /* received is written by this thread alone */
    pthread_mutex_lock(&r->lock);
    r->unverified += (uint32_t)(r->reserved - r->received);
    r->received = r->reserved;
    if (r->draining)
        event(r); /* it will be refused without a worker */
    else if (r->workers_waiting > 0)
        pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
}

struct flow_slot *ring_done(struct ring *r)
{
    if (r->answered == r->durable_seen) {
        pthread_mutex_lock(&r->lock);
        if (r->replied != r->answered) {
            r->replied = r->answered;
            event(r); /* a group may be free again */
        }
        r->durable_seen = r->durable;
        pthread_mutex_unlock(&r->lock);
    }
    if (r->answered == r->durable_seen)
        return NULL;
    return &r->slots[r->answered & r->mask];
}

void ring_release(struct ring *r)
{
    CHECK(r->answered < r->durable_seen);
    struct flow_slot *s = &r->slots[r->answered & r->mask];
    size_t len = zmq_msg_size(&s->frame);
    CHECK(r->bytes >= len);
    r->bytes -= len;
    slot_close(s);
    r->answered++;
}

int ring_done_fd(const struct ring *r)
{
    return r->done_fd;
}

void ring_done_clear(struct ring *r)
{
    uint64_t count;
    ssize_t got = read(r->done_fd, &count, sizeof(count));
    (void)got; /* nothing there is fine */
}

void ring_drain(struct ring *r)
{
    pthread_mutex_lock(&r->lock);
    r->draining = true;
    pthread_cond_broadcast(&r->work);
    event(r);
    pthread_mutex_unlock(&r->lock);
}

bool ring_empty(struct ring *r)
{
    return r->answered == r->reserved;
}

uint64_t ring_held(const struct ring *r)
{
    return r->reserved - r->answered;
}

uint64_t ring_answered(const struct ring *r)
{
    return r->answered;
}

void ring_stop(struct ring *r)
{
    pthread_mutex_lock(&r->lock);
    r->draining = true;
    r->stopping = true;
    pthread_cond_broadcast(&r->work);
    pthread_cond_broadcast(&r->journal);
    event(r);
    pthread_mutex_unlock(&r->lock);
}

/* ---- Workers ---- */

static bool is_small(const struct flow_slot *s)
{
    return codec_arena_size(zmq_msg_size(&s->frame)) <= SMALL_BYTES;
}

/* With the lock held: may the next slot be claimed? */
static bool claimable(const struct ring *r)
{
    if (r->claimed == r->received)
        return false;
    return r->free_count > 0 || is_small(&r->slots[r->claimed & r->mask]);
}

struct flow_slot *ring_claim(struct ring *r)
{
    struct flow_slot *s = NULL;
    pthread_mutex_lock(&r->lock);
    while (!r->draining && !claimable(r)) {
        r->workers_waiting++;
        pthread_cond_wait(&r->work, &r->lock);
        r->workers_waiting--;
    }
    if (!r->draining) {
        uint64_t at = r->claimed++ & r->mask;
        s = &r->slots[at];
        if (is_small(s)) {
            arena_init(&s->arena, r->small + at * SMALL_BYTES, SMALL_BYTES);
        } else {
            s->lent = r->free[--r->free_count];
            arena_init(&s->arena, s->lent, r->arena_bytes);
        }
        if (r->workers_waiting > 0 && claimable(r))
            pthread_cond_signal(&r->work); /* one signal may have stood for several slots */
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

void ring_verified(struct ring *r, struct flow_slot *s)
{
    pthread_mutex_lock(&r->lock);
    CHECK(s->state == FLOW_RECEIVED);
    s->state = s->code == 0 ? FLOW_VERIFIED : FLOW_REFUSED;
    r->unverified--;
    bool patient = r->ledger_waiting && r->ledger_patient;
    if (patient ? r->unverified == 0 : s == &r->slots[r->applied & r->mask])
        event(r); /* the others wait behind an older one anyway */
    else
        r->events++;
    pthread_mutex_unlock(&r->lock);
}

/* ---- Ledger thread ---- */

uint64_t ring_events(struct ring *r)
{
    pthread_mutex_lock(&r->lock);
    uint64_t events = r->events;
    pthread_mutex_unlock(&r->lock);
    return events;
}

/* False on a timeout. */
static void wait_until(struct ring *r, pthread_cond_t *cond, uint64_t timeout_us)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t ns = (uint64_t)t.tv_nsec + timeout_us * 1000;
    t.tv_sec += (time_t)(ns / 1000000000);
    t.tv_nsec = (long)(ns % 1000000000);
    pthread_cond_timedwait(cond, &r->lock, &t);
}

void ring_wait(struct ring *r, uint64_t seen, uint32_t timeout_us, bool patient)
{
    pthread_mutex_lock(&r->lock);
    if (r->events == seen) {
        r->ledger_patient = patient;
        r->ledger_waiting = true;
        wait_until(r, &r->ledger, timeout_us); /* a spurious wake-up only looks once more */
        r->ledger_waiting = false;
    }
    pthread_mutex_unlock(&r->lock);
}

void ring_notify(struct ring *r)
{
    pthread_mutex_lock(&r->lock);
    event(r);
    pthread_mutex_unlock(&r->lock);
}

struct flow_slot *ring_next(struct ring *r)
{
    struct flow_slot *s = NULL;
    pthread_mutex_lock(&r->lock);
    if (r->applied < r->received) {
        struct flow_slot *next = &r->slots[r->applied & r->mask];
        bool unclaimed = r->draining && r->applied >= r->claimed;
        if (next->state != FLOW_RECEIVED || unclaimed)
            s = next;
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

void ring_applied(struct ring *r)
{
    pthread_mutex_lock(&r->lock);
    CHECK(r->applied < r->received);
    struct flow_slot *s = &r->slots[r->applied++ & r->mask];
    if (r->claimed < r->applied) { /* only while draining */
        r->claimed = r->applied;
        r->unverified--;
    }
    if (s->lent != NULL) {
        r->free[r->free_count++] = s->lent;
        s->lent = NULL;
        if (r->workers_waiting > 0)
            pthread_cond_signal(&r->work);
    }
    pthread_mutex_unlock(&r->lock);
}

bool ring_coming(struct ring *r)
{
    pthread_mutex_lock(&r->lock);
    bool coming = r->applied < r->received;
    pthread_mutex_unlock(&r->lock);
    return coming;
}

bool ring_draining(struct ring *r)
{
    pthread_mutex_lock(&r->lock);
    bool draining = r->draining;
    pthread_mutex_unlock(&r->lock);
    return draining;
}

struct flow_group *ring_group(struct ring *r)
{
    struct flow_group *g = r->groups[r->submitted % GROUPS];
    if (r->group_open)
        return g;
    pthread_mutex_lock(&r->lock);
    bool is_free = r->submitted - r->committed < GROUPS && r->replied >= g->slots_end;
    pthread_mutex_unlock(&r->lock);
    if (!is_free)
        return NULL;
    flow_group_reset(g);
    r->group_open = true;
    return g;
}

bool ring_group_covers(struct ring *r)
{
    return r->applied > r->grouped; /* both are written by the ledger thread alone */
}

bool ring_journal_idle(struct ring *r)
{
    pthread_mutex_lock(&r->lock);
    bool idle = r->submitted == r->committed;
    pthread_mutex_unlock(&r->lock);
    return idle;
}

void ring_submit(struct ring *r)
{
    CHECK(r->group_open);
    pthread_mutex_lock(&r->lock);
    CHECK(r->submitted == r->committed);
    r->groups[r->submitted % GROUPS]->slots_end = r->applied;
    r->grouped = r->applied;
    r->submitted++;
    pthread_cond_signal(&r->journal);
    pthread_mutex_unlock(&r->lock);
    r->group_open = false;
}

/* ---- Journal thread ---- */

enum ring_turn ring_take(struct ring *r, uint32_t timeout_ms, struct flow_group **out)
{
    enum ring_turn turn = RING_TICK;
    *out = NULL;
    pthread_mutex_lock(&r->lock);
    if (r->committed == r->submitted && !r->stopping)
        wait_until(r, &r->journal, (uint64_t)timeout_ms * 1000);
    if (r->committed < r->submitted) {
        *out = r->groups[r->committed % GROUPS];
        turn = RING_GROUP;
    } else if (r->stopping) {
        turn = RING_END;
    }
    pthread_mutex_unlock(&r->lock);
    return turn;
}

void ring_durable(struct ring *r)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&r->lock);
    CHECK(r->committed < r->submitted);
    r->durable = r->groups[r->committed % GROUPS]->slots_end;
    r->committed++;
    event(r);
    pthread_mutex_unlock(&r->lock);
    CHECK(write(r->done_fd, &one, sizeof(one)) == sizeof(one));
}
