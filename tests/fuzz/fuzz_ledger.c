/* The way of a request, from an envelope's bytes to the decision and back: a stream of them
 * (county.h) meets a little county. Whatever it holds, an answer is the one that the model gives
 * (tests/support/model.h) and that a check just said, a decision is read back as it was written, a
 * ledger that starts again decides the same, and in the end the books add up and are the model's to
 * the cent. Payloads are signed here, so that they get past the signature; all else is what the
 * daemon does (daemon/serve.c). */
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "base/check.h"
#include "calendar.h"
#include "county.h"
#include "outcome.h"
#include "registry.h"
#include "sequence/sequence.h"
#include "verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAME_BYTES = 1 << 17, DECISION_BYTES = 1 << 20, NIGHTS_MAX = 40 };

/* What the journal would have of an entry. */
struct kept {
    struct sequence_stamp stamp;
    uint8_t *frame, *decision; /* owned */
    size_t frame_len, decision_len;
};

struct path {
    struct world w; /* without its tape */
    struct verify verify;
    struct sequence sequence;
    uint64_t keys_version;
    int64_t clock_ms;
    struct kept *kept; /* of the entries after the county's */
    size_t kept_count;
    uint64_t first;
    int nights;
    struct flow_slot slot;
};

static uint8_t arena_memory[4 << 20];
static uint8_t decision_bytes[DECISION_BYTES];
static struct answer again[LIMIT_BATCH_ITEMS];

/* ---- The ledger ---- */

static void publish_keys(struct path *p)
{
    CHECK(registry_publish(p->w.ledger, p->verify.keys) == FAULT_NONE);
    p->keys_version = ledger_keys_version(p->w.ledger);
}

static void load(struct path *p)
{
    CHECK(ledger_new(&p->w.limits, &p->w.genesis, &p->w.ledger) == FAULT_NONE);
    CHECK(ledger_load(p->w.ledger, &p->w.source) == FAULT_NONE);
    publish_keys(p);
}

static void begin(struct path *p, bool simulated)
{
    struct ledger_stats stats;
    memset(p, 0, sizeof(*p));
    p->w.limits = county()->limits;
    p->w.genesis = county()->genesis;
    p->w.genesis.simulated = simulated;
    p->w.source = county()->source;
    p->w.model = model_copy(county()->model);
    p->w.now_ms = county()->now_ms;
    p->w.applied = p->w.watermark = p->first = county()->applied;
    p->clock_ms = county()->now_ms;
    p->verify = (struct verify){.keys = verify_keys_new(), .simulated = simulated};
    codec_digest_key(p->w.genesis.ledger_id, p->verify.digest_key);
    CHECK(p->verify.keys != NULL);
    load(p);
    ledger_stats(p->w.ledger, &stats);
    p->sequence = (struct sequence){simulated, stats.last_number, stats.time_ms, stats.day};
}

static void end(struct path *p)
{
    for (size_t i = 0; i < p->kept_count; i++) {
        free(p->kept[i].frame);
        free(p->kept[i].decision);
    }
    free(p->kept);
    verify_keys_free(p->verify.keys);
    ledger_free(p->w.ledger);
    model_free(p->w.model);
    memory_source_free(p->w.tables);
}

/* ---- Decisions ---- */

static bool same(const struct answer *a, const struct answer *b)
{
    return a->code == b->code && a->duplicate == b->duplicate && a->pays_on == b->pays_on &&
           a->have == b->have && a->need == b->need;
}

/* The decision's bytes mean what was decided, and nothing else. */
static void check_decision(struct path *p, const struct ledger_entry *e, size_t len)
{
    static uint8_t bytes[DECISION_BYTES];
    struct decision *d = &p->w.decision;
    CHECK(codec_decision_read(decision_bytes, len, d, again));
    CHECK(d->number == e->number);
    CHECK(d->time_ms == e->time_ms);
    CHECK(d->business_day == e->day);
    CHECK(d->count == e->request->count);
    for (uint32_t i = 0; i < d->count; i++) {
        CHECK(same(&p->w.answers[i], &again[i]));
        CHECK(strcmp(outcome_name(again[i].code), outcome_name(-1)) != 0);
    }
    CHECK(codec_decision_write(d, bytes, sizeof(bytes)) == len);
    CHECK(memcmp(bytes, decision_bytes, len) == 0);
}

/* The decision's length; 0: it is more than the ledger has room for. */
static size_t decide(struct path *p, const struct ledger_entry *e)
{
    size_t len = 0;
    enum fault f = ledger_prepare(p->w.ledger, e, &p->w.source);
    if (f == FAULT_FULL)
        return 0;
    CHECK(f == FAULT_NONE);
    p->w.checked = e->request->count == 1; /* of several the later ones build on the earlier */
    if (p->w.checked)
        ledger_check(p->w.ledger, e, 0, &p->w.trial);
    CHECK(apply_entry(p->w.ledger, &p->w.source, e, p->w.answers, decision_bytes,
                      sizeof(decision_bytes), &len) == FAULT_NONE);
    check_decision(p, e, len);
    p->w.applied = e->number;
    if (ledger_keys_version(p->w.ledger) != p->keys_version)
        publish_keys(p);
    return len;
}

static void *copy(const void *bytes, size_t len)
{
    void *out = malloc(len);
    CHECK(out != NULL);
    memcpy(out, bytes, len);
    return out;
}

static void keep(struct path *p, const struct sequence_stamp *stamp, size_t decision_len)
{
    zmq_msg_t *frame = &p->slot.frame;
    const size_t n = p->kept_count;
    if ((n & (n - 1)) == 0)
        p->kept = realloc(p->kept, 2 * (n + 1) * sizeof(*p->kept));
    CHECK(p->kept != NULL);
    p->kept[p->kept_count++] =
        (struct kept){*stamp, copy(zmq_msg_data(frame), zmq_msg_size(frame)),
                      copy(decision_bytes, decision_len), zmq_msg_size(frame), decision_len};
}

/* ---- Requests ---- */

static bool in_force(const struct path *p, const uint8_t *key_id, int64_t time_ms)
{
    const struct ledger_key *k = ledger_key_find(p->w.ledger, key_id);
    return k != NULL && !k->revoked && time_ms >= k->valid_from_ms && time_ms < k->valid_to_ms;
}

/* A frame into the slot, over the connection of that key. False: it is refused. */
static bool arrives(struct path *p, const uint8_t *frame, size_t len,
                    const uint8_t transport_key[LIMIT_KEY_BYTES])
{
    struct flow_slot *s = &p->slot;
    zmq_msg_close(&s->frame);
    memset(s, 0, sizeof(*s));
    CHECK(zmq_msg_init_size(&s->frame, len) == 0);
    if (len > 0)
        memcpy(zmq_msg_data(&s->frame), frame, len);
    memcpy(s->peer_key, transport_key, LIMIT_KEY_BYTES);
    arena_init(&s->arena, arena_memory, sizeof(arena_memory));
    verify_slot(&p->verify, s);
    return s->code == 0;
}

static void query(struct path *p, int64_t time_ms)
{
    static uint8_t memory[LIMIT_QUERY_BYTES];
    const struct ledger_key *key = ledger_key_find(p->w.ledger, p->slot.envelope.key_id);
    Saldo__V1__Reply reply = SALDO__V1__REPLY__INIT;
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    if (p->slot.request.query->body_case == SALDO__V1__QUERY_REQUEST__BODY_ENTRY)
        return; /* the journal's to answer */
    enum fault f = ledger_query(p->w.ledger, &p->w.source, key, time_ms, p->slot.request.query,
                                &arena, &reply);
    CHECK(f == FAULT_NONE || f == FAULT_MEMORY || f == FAULT_FULL);
    if (f == FAULT_NONE)
        CHECK(saldo__v1__reply__get_packed_size(&reply) <= LIMIT_REPLY_BYTES);
}

/* The verified request of the slot. */
static void serve(struct path *p)
{
    const struct request *request = &p->slot.request;
    const struct sequence_stamp stamp = sequence_next(&p->sequence, request, p->clock_ms);
    if (!in_force(p, p->slot.envelope.key_id, stamp.time_ms))
        return;
    if (request->purpose == PURPOSE_QUERY) {
        query(p, stamp.time_ms);
        return;
    }
    const struct ledger_entry e = {stamp.number, stamp.time_ms, stamp.day, request, LEDGER_LEVEL};
    size_t len = decide(p, &e);
    if (len == 0)
        return;
    model_apply(p->w.model, &e, p->w.expected, &p->w.expected_batch);
    CHECK(world_agree(&p->w, &e));
    p->w.now_ms = stamp.time_ms;
    keep(p, &stamp, len);
    sequence_advance(&p->sequence, &stamp);
}

/* The nights that a simulated ledger settles before an entry of that day. False: too many. */
static bool nights(struct path *p, int32_t day)
{
    uint8_t frame[SEQUENCE_NIGHT_BYTES];
    struct test_key job;
    struct ledger_stats stats;
    int32_t night, refused = 0;
    test_key("settlement", &job);
    for (;;) {
        ledger_stats(p->w.ledger, &stats);
        night = sequence_night(&p->sequence, stats.settled_through, day);
        if (night == 0 || night == refused)
            return true;
        if (p->nights++ >= NIGHTS_MAX)
            return false;
        size_t len =
            sequence_night_request(night, p->w.genesis.ledger_id, job.secret, job.public, frame);
        if (!arrives(p, frame, len, job.public))
            return true; /* the job's key was revoked */
        serve(p);
        refused = night;
    }
}

static void frame_comes(struct path *p, const uint8_t *frame, size_t len,
                        const uint8_t transport_key[LIMIT_KEY_BYTES])
{
    if (!arrives(p, frame, len, transport_key))
        return;
    const struct request *r = &p->slot.request;
    if (p->sequence.simulated && r->purpose != PURPOSE_QUERY) {
        if (!nights(p, sequence_next(&p->sequence, r, 0).day) ||
            !arrives(p, frame, len, transport_key)) /* a night may have taken the slot */
            return;
    }
    serve(p);
}

static void payload_comes(struct path *p, const struct stream_record *r)
{
    static uint8_t frame[FRAME_BYTES];
    uint8_t hash[LIMIT_HASH_BYTES];
    struct test_key key;
    struct envelope e = {
        .purpose = (enum purpose)r->act, .payload = r->bytes, .payload_len = r->len};
    if (r->len == 0)
        return; /* nobody signs nothing; such an envelope is a matter of fuzz_envelope */
    county_key(r->who, &key);
    memcpy(e.key_id, key.id, sizeof(e.key_id));
    envelope_hash(r->bytes, r->len, hash);
    envelope_sign(e.purpose, p->w.genesis.ledger_id, hash, key.secret, e.signature);
    CHECK(envelope_size(r->len) <= sizeof(frame));
    frame_comes(p, frame, envelope_write(&e, frame, sizeof(frame)), key.public);
}

/* ---- Checkpoints and restarts ---- */

static bool copy_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct path *p = ((void **)arg)[0];
    const enum row_kind *kind = ((void **)arg)[1];
    memory_source_put(p->w.tables, *kind, key, key_len, value, value_len);
    return true;
}

/* The county's tables stay as they are: a checkpoint goes into a copy. */
static void own_tables(struct path *p)
{
    if (p->w.tables != NULL)
        return;
    p->w.tables = memory_source_new();
    for (int i = 0; i < ROW_KIND_COUNT; i++) {
        enum row_kind kind = (enum row_kind)i;
        void *arg[] = {p, &kind};
        p->w.source.scan(p->w.source.context, kind, NULL, 0, NULL, 0, copy_row, arg);
    }
    memory_source_commit(p->w.tables);
    p->w.source = memory_source_reader(p->w.tables);
}

static void checkpoint(struct path *p, const struct stream_record *r)
{
    const uint32_t rows = r->len == 0 ? 1000 : 1 + r->bytes[0];
    own_tables(p);
    world_freeze(&p->w);
    world_freeze_step(&p->w, rows);
    world_evict_step(&p->w, rows);
}

static void replay(struct path *p, const struct kept *k)
{
    struct test_key nobody;
    struct envelope e;
    struct request request;
    struct arena arena;
    test_key("stranger", &nobody);
    arena_init(&arena, arena_memory, sizeof(arena_memory));
    CHECK(envelope_parse(k->frame, k->frame_len, &e));
    CHECK(
        codec_decode(e.purpose, e.payload, e.payload_len, p->verify.digest_key, &arena, &request));
    memcpy(request.key_id, e.key_id, LIMIT_KEY_ID_BYTES);
    const struct ledger_entry entry = {k->stamp.number, k->stamp.time_ms, k->stamp.day, &request,
                                       LEDGER_LEVEL};
    size_t len = decide(p, &entry);
    if (len == 0) { /* the checkpoint that gave it room is lost: another one */
        own_tables(p);
        world_checkpoint(&p->w);
        len = decide(p, &entry);
    }
    CHECK(len == k->decision_len);
    CHECK(memcmp(decision_bytes, k->decision, k->decision_len) == 0);
}

static void restart(struct path *p)
{
    if (p->w.tables != NULL)
        memory_source_abandon(p->w.tables);
    p->w.freezing = p->w.evicting = false;
    ledger_free(p->w.ledger);
    load(p);
    p->w.applied = p->w.watermark;
    for (size_t i = (size_t)(p->w.watermark - p->first); i < p->kept_count; i++)
        replay(p, &p->kept[i]);
    ledger_audit(p->w.ledger);
}

/* ---- The stream ---- */

static void take(struct path *p, const struct stream_record *r)
{
    struct test_key key;
    p->clock_ms += r->pass_ms;
    switch (r->act) {
    case STREAM_FRAME:
        county_key(r->who, &key);
        frame_comes(p, r->bytes, r->len, key.public);
        break;
    case STREAM_CHECKPOINT:
        checkpoint(p, r);
        break;
    case STREAM_RESTART:
        restart(p);
        break;
    default:
        payload_comes(p, r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stream s;
    static struct path p;
    stream_read(data, size, &s);
    begin(&p, (s.mode & STREAM_SIMULATED) != 0);
    zmq_msg_init(&p.slot.frame);
    for (size_t i = 0; i < s.count; i++)
        take(&p, &s.records[i]);
    ledger_audit(p.w.ledger);
    CHECK(world_compare(&p.w));
    zmq_msg_close(&p.slot.frame);
    end(&p);
    return 0;
}
