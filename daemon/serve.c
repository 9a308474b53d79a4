/* serve.c - the ledger thread: sequence, judge, apply, gather into groups; queries; checkpoints. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "base/check.h"
#include "clock.h"
#include "count.h"
#include "entry.h"
#include "exits.h"
#include "log.h"
#include "outcome.h"
#include "pipeline_inside.h"
#include "registry.h"

#define GROUP_WAIT_US 2000 /* a commit waits this long for requests that are already here */
#define GROUP_PACE_US 1000 /* between two commits, unless one is full: each costs the same */
#define IDLE_WAIT_US  1000000
#define SLICE_ROWS    256      /* of a checkpoint, while nothing else is to be done */
#define SLICE_BESIDE  32       /* after a request, and four for each of its items */
#define LAST_US       10000000 /* a stop waits this long for a checkpoint, and then leaves it */
#define LAST_CHARGES  200000   /* with more than that a replay is quicker than a checkpoint */
#define FULL_PERCENT  50

/* The ledger's memory is not to be trusted any more; the journal is, and the next start reads it.
 */
__attribute__((noreturn)) static void ledger_failed(enum fault f, const char *where)
{
    log_error("ledger-failed in=%s fault=\"%s\"", where, fault_text(f));
    _exit(f == FAULT_CORRUPT ? EXITS_DAMAGED : EXITS_WRITE);
}

/* ---- Keys ---- */

enum fault serve_publish_keys(struct pipeline *p)
{
    const struct ledger *l = p->books->ledger;
    uint32_t count = ledger_key_count(l);
    uint8_t *transport = malloc((size_t)count * LIMIT_KEY_BYTES + 1);
    size_t admitted = 0;
    if (transport == NULL)
        return FAULT_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        const struct ledger_key *k = ledger_key_at(l, i);
        if (!k->revoked)
            memcpy(transport + LIMIT_KEY_BYTES * admitted++, k->transport_key, LIMIT_KEY_BYTES);
    }
    pthread_mutex_lock(&p->keys_lock);
    free(p->transport_keys);
    p->transport_keys = transport;
    p->transport_count = admitted;
    atomic_fetch_add(&p->transport_version, 1);
    pthread_mutex_unlock(&p->keys_lock);
    p->keys_version = ledger_keys_version(l);
    return registry_publish(l, p->verify.keys);
}

static const struct ledger_key *key_in_force(const struct pipeline *p, const uint8_t *key_id,
                                             int64_t time_ms)
{
    const struct ledger_key *k = ledger_key_find(p->books->ledger, key_id);
    if (k == NULL || k->revoked || time_ms < k->valid_from_ms || time_ms >= k->valid_to_ms)
        return NULL;
    return k;
}

/* ---- Entries ---- */

struct incoming {
    const struct request *request;
    const struct hash *request_hash;
    const uint8_t *frame;
    size_t frame_len;
};

/* Sequence and apply one request as the next entry of `g`. */
static enum fault enter(struct pipeline *p, struct flow_group *g, const struct incoming *in,
                        const struct sequence_stamp *stamp, uint32_t *index)
{
    const struct ledger_entry e = {stamp->number, stamp->time_ms, stamp->day, in->request,
                                   LEDGER_LEVEL};
    struct hash leaf;
    size_t size;
    size_t len = 0;
    uint8_t *decision = flow_group_decision(g, &size);
    enum fault f =
        apply_entry(p->books->ledger, &p->books->source, &e, p->answers, decision, size, &len);
    if (f == FAULT_FULL) {
        if (!p->merge.wanted)
            log_warning("overlay-full entry=%" PRIu64, stamp->number);
        p->merge.wanted = true;
        merge_hurry(&p->merge); /* none is applied any more that would see it */
        return f;
    }
    if (f != FAULT_NONE)
        ledger_failed(f, "apply");
    count_entry(p, in->request);
    sequence_advance(&p->sequence, stamp);
    merkle_leaf(in->request_hash, decision, len, &leaf);
    const struct flow_entry entry = {stamp->number, in->frame, in->frame_len, decision, len};
    *index = flow_group_add(g, &entry, &leaf);
    g->time_ms = stamp->time_ms;
    return FAULT_NONE;
}

static void after_entry(struct pipeline *p, const struct request *request)
{
    struct ledger_stats stats;
    ledger_stats(p->books->ledger, &stats);
    bool filling = stats.full_percent > FULL_PERCENT;
    if (filling)
        merge_hurry(&p->merge);
    if (stats.settled_through != p->settled_through ||
        (filling && p->merge.state == MERGE_IDLE))
        p->merge.wanted = true;
    p->settled_through = stats.settled_through;
    merge_step(&p->merge, SLICE_BESIDE + 4 * request->count);
}

/* A night of a simulated ledger, settled by the daemon's own signed request. */
static enum fault enter_night(struct pipeline *p, struct flow_group *g, int32_t day)
{
    uint8_t frame[SEQUENCE_NIGHT_BYTES];
    uint8_t memory[4096];
    struct arena arena;
    struct envelope e;
    struct request request;
    struct hash payload;
    struct hash hash;
    uint32_t index;

    size_t len =
        sequence_night_request(day, p->books->genesis.ledger_id, p->night_key->signing_secret,
                               p->night_key->signing_key, frame);
    const uint8_t *kept = flow_group_keep(g, frame, len);
    arena_init(&arena, memory, sizeof(memory));
    CHECK(envelope_parse(kept, len, &e));
    CHECK(
        codec_decode(e.purpose, e.payload, e.payload_len, p->books->digest_key, &arena, &request));
    memcpy(request.key_id, e.key_id, LIMIT_KEY_ID_BYTES);
    envelope_hash(e.payload, e.payload_len, payload.bytes);
    merkle_request_hash(&e, &payload, &hash);

    const struct incoming in = {&request, &hash, kept, len};
    const struct sequence_stamp stamp = sequence_next(&p->sequence, &request, 0);
    enum fault f = enter(p, g, &in, &stamp, &index);
    if (f != FAULT_NONE)
        return f;
    after_entry(p, &request);
    if (p->settled_through < day) {
        log_error("night-refused day=%d code=%d", day, p->answers[0].code);
        p->night_refused = day;
        FIGURES_SET(&p->figures->night_refused, 1);
    }
    return FAULT_NONE;
}

/* ---- The clock ---- */

/* The wall clock, or what it would be had nobody set it; then no entry may take its time. */
static int64_t now_ms(struct pipeline *p)
{
    int64_t time_ms, by_ms;
    const bool wrong = !clock_watch_now(&p->clock, &time_ms, &by_ms) && !p->sequence.simulated;
    if (wrong && !atomic_load(&p->clock_wrong))
        log_error("clock-set by_s=%" PRId64 " detail=\"no entries are taken\" do=\"set the clock "
                  "right, or start the daemon again if it is right now\"",
                  by_ms / 1000);
    if (!wrong && atomic_load(&p->clock_wrong))
        log_warning("clock-right by_s=%" PRId64, by_ms / 1000);
    atomic_store(&p->clock_wrong, wrong);
    return time_ms;
}

/* ---- Queries ---- */

static void complete_status(struct pipeline *p, Saldo__V1__Reply *reply)
{
    if (reply->result_case != SALDO__V1__REPLY__RESULT_STATUS)
        return;
    reply->status->watermark = p->merge.watermark;
    reply->status->read_only = atomic_load(&p->read_only) || atomic_load(&p->clock_wrong);
    reply->status->version = (char *)(uintptr_t)SALDOD_VERSION;
    reply->status->head = (ProtobufCBinaryData){LIMIT_HASH_BYTES, p->head.bytes};
}

static void answer_query(struct pipeline *p, struct flow_slot *s)
{
    Saldo__V1__Reply reply = SALDO__V1__REPLY__INIT;
    int64_t time_ms = sequence_next(&p->sequence, &s->request, now_ms(p)).time_ms;
    const struct ledger_key *key = key_in_force(p, s->envelope.key_id, time_ms);
    if (key == NULL) {
        s->code = OUTCOME_BAD_SIGNATURE;
        return;
    }
    arena_reset(&p->query_arena);
    figures_add(&p->figures->queries, 1);
    const Saldo__V1__QueryRequest *query = s->request.query;
    enum fault f = query->body_case == SALDO__V1__QUERY_REQUEST__BODY_ENTRY
                       ? entry_query(p->books, key, query->entry, &p->query_arena, &reply)
                       : ledger_query(p->books->ledger, &p->books->source, key, time_ms, query,
                                      &p->query_arena, &reply);
    if (f != FAULT_NONE && f != FAULT_MEMORY && f != FAULT_FULL)
        ledger_failed(f, "query");
    complete_status(p, &reply);
    size_t len = saldo__v1__reply__get_packed_size(&reply);
    if (f != FAULT_NONE || len > LIMIT_REPLY_BYTES || zmq_msg_init_size(&s->answer, len) != 0) {
        s->code = f == FAULT_FULL ? OUTCOME_BUSY : OUTCOME_INTERNAL;
        return;
    }
    saldo__v1__reply__pack(&reply, zmq_msg_data(&s->answer));
    s->answered = true;
}

/* ---- Slots ---- */

enum served { SERVED, SERVED_NIGHT, SERVED_NO_ROOM };

static enum served serve_entry(struct pipeline *p, struct flow_group *g, struct flow_slot *s)
{
    const struct request *request = &s->request;
    const struct sequence_stamp stamp = sequence_next(&p->sequence, request, now_ms(p));
    if (atomic_load(&p->clock_wrong)) {
        s->code = OUTCOME_READ_ONLY;
        return SERVED;
    }
    if (key_in_force(p, s->envelope.key_id, stamp.time_ms) == NULL) {
        s->code = OUTCOME_BAD_SIGNATURE;
        return SERVED;
    }
    int32_t night = sequence_night(&p->sequence, p->settled_through, stamp.day);
    if (night != 0 && night != p->night_refused && p->night_key != NULL) {
        if (!flow_group_room(g, SEQUENCE_NIGHT_BYTES, 1))
            return SERVED_NO_ROOM;
        if (enter_night(p, g, night) == FAULT_NONE)
            return SERVED_NIGHT;
        s->code = OUTCOME_BUSY;
        return SERVED;
    }
    if (!flow_group_room(g, zmq_msg_size(&s->frame), request->count))
        return SERVED_NO_ROOM;
    const struct incoming in = {request, &s->request_hash, zmq_msg_data(&s->frame),
                                zmq_msg_size(&s->frame)};
    if (enter(p, g, &in, &stamp, &s->index) != FAULT_NONE) {
        s->code = OUTCOME_BUSY;
        return SERVED;
    }
    s->decided = true;
    s->group = g;
    after_entry(p, request);
    return SERVED;
}

static enum served serve_slot(struct pipeline *p, struct flow_group *g, struct flow_slot *s)
{
    if (s->state == FLOW_REFUSED)
        return SERVED;
    if (ring_draining(p->ring))
        s->code = OUTCOME_BUSY;
    else if (s->request.purpose == PURPOSE_QUERY)
        answer_query(p, s);
    else if (atomic_load(&p->read_only))
        s->code = OUTCOME_READ_ONLY;
    else
        return serve_entry(p, g, s);
    return SERVED;
}

/* ---- Groups ---- */

static bool group_filled(struct pipeline *p, const struct flow_group *g)
{
    return g->count > 0 || ring_group_covers(p->ring);
}

/* The journal is idle: hand it the group, and freeze the state behind it if that is wanted. */
static void submit(struct pipeline *p)
{
    p->head = p->commit.previous;
    merge_durable(&p->merge, p->commit.last, &p->head);
    if (ledger_keys_version(p->books->ledger) != p->keys_version) {
        enum fault f = serve_publish_keys(p); /* before the replies that announce them */
        if (f != FAULT_NONE)
            ledger_failed(f, "keys");
    }
    ring_submit(p->ring);
    p->submitted_us = clock_monotonic_us();
    count_ledger(p);
    if (p->merge.wanted && p->merge.state == MERGE_IDLE)
        merge_begin(&p->merge, p->sequence.number);
}

/* How long the filled group may wait for more: for what is on its way, or until the pace allows
 * it. After a pause nothing waits. */
static int64_t group_wait_us(struct pipeline *p)
{
    int64_t now_us = clock_monotonic_us();
    if (ring_coming(p->ring))
        return p->group_began_us + GROUP_WAIT_US - now_us;
    return p->submitted_us + GROUP_PACE_US - now_us;
}

bool serve_turn(struct pipeline *p, uint32_t *wait_us, bool *patient)
{
    struct flow_group *g = ring_group(p->ring);
    bool idle = ring_journal_idle(p->ring);
    bool full = false;
    struct flow_slot *s;

    *wait_us = IDLE_WAIT_US;
    *patient = g != NULL && group_filled(p, g);
    if (g != NULL && (s = ring_next(p->ring)) != NULL) {
        if (!group_filled(p, g))
            p->group_began_us = clock_monotonic_us();
        enum served served = serve_slot(p, g, s);
        if (served == SERVED)
            ring_applied(p->ring);
        if (served != SERVED_NO_ROOM)
            return true;
        full = true;
    }
    if (idle && g != NULL && group_filled(p, g)) {
        int64_t more_us = group_wait_us(p);
        if (full || more_us <= 0) {
            submit(p);
            return true;
        }
        *wait_us = (uint32_t)more_us;
    }
    if (idle)
        merge_durable(&p->merge, p->commit.last, &p->commit.previous);
    bool stepped = merge_step(&p->merge, SLICE_ROWS);
    if (p->merge.fault != FAULT_NONE)
        ledger_failed(p->merge.fault, "checkpoint");
    return stepped;
}

static bool wants_last_checkpoint(const struct pipeline *p)
{
    struct ledger_stats stats;
    ledger_stats(p->books->ledger, &stats);
    return p->books->config->final_checkpoint && stats.overlay_charges <= LAST_CHARGES;
}

/* Nothing is served any more: the checkpoint under way ends, and the tables get the rest. Both
 * only spare the next start a replay, so neither may hold up the stop for long: a checkpoint that
 * is left in the middle leaves the tables as they were. */
static void checkpoint_last(struct pipeline *p)
{
    const int64_t deadline_us = clock_monotonic_us() + LAST_US;
    bool begun = !wants_last_checkpoint(p);
    p->merge.wanted = false;
    merge_hurry(&p->merge);
    while (p->merge.state != MERGE_IDLE || !begun) {
        uint64_t seen = ring_events(p->ring);
        int64_t now_us = clock_monotonic_us();
        FIGURES_SET(&p->figures->ledger_seen_us, now_us);
        if (now_us > deadline_us) {
            log_info("checkpoint-left number=%" PRIu64, p->merge.number);
            _exit(EXITS_OK); /* the writer cannot be told to stop; all else is done */
        }
        if (p->merge.state == MERGE_IDLE) {
            begun = true;
            if (!merge_begin(&p->merge, p->sequence.number))
                return;
            merge_hurry(&p->merge);
        }
        merge_durable(&p->merge, p->commit.last, &p->commit.previous);
        if (!merge_step(&p->merge, UINT32_MAX))
            ring_wait(p->ring, seen, IDLE_WAIT_US, false);
        if (p->merge.fault != FAULT_NONE)
            ledger_failed(p->merge.fault, "checkpoint");
    }
}

void *serve_main(void *arg)
{
    struct pipeline *p = arg;
    uint32_t wait_us;
    bool patient;
    for (;;) {
        uint64_t seen = ring_events(p->ring);
        FIGURES_SET(&p->figures->ledger_seen_us, clock_monotonic_us());
        if (serve_turn(p, &wait_us, &patient))
            continue;
        if (atomic_load(&p->finish) && ring_journal_idle(p->ring) && !ring_coming(p->ring))
            break;
        count_ledger(p);
        ring_wait(p->ring, seen, wait_us, patient);
    }
    checkpoint_last(p);
    merge_close(&p->merge);
    return NULL;
}
