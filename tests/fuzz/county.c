/* county.c - the county, and what happens there on days that are shorter than real ones. */
#include "county.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "tests/support/traffic.h"

enum { FIRST_DAY = 20544, COUNTY_SEED = 1, DAYS_STEPS = 120 };

static const char *const names[COUNTY_KEYS] = {"administrator",
                                               "settlement",
                                               "auditor",
                                               "case-0",
                                               "case-o1",
                                               "admin-o1",
                                               "finance-0",
                                               "finance-1",
                                               "finance-o0",
                                               "revoked",
                                               "stranger",
                                               "p0-scoped",
                                               "p0",
                                               "p1",
                                               "p2",
                                               "p3",
                                               "p4",
                                               "p5",
                                               "p6",
                                               "p7",
                                               "p8",
                                               "p9",
                                               "K0",
                                               "K1",
                                               "K2",
                                               "K3",
                                               "K4",
                                               "K5",
                                               "K6",
                                               "K7",
                                               "K8",
                                               "expired"};

void county_key(unsigned who, struct test_key *out)
{
    test_key(names[who % COUNTY_KEYS], out);
}

static unsigned who_has(const uint8_t id[LIMIT_KEY_ID_BYTES])
{
    struct test_key key;
    for (unsigned who = 0; who < COUNTY_KEYS; who++) {
        county_key(who, &key);
        if (memcmp(key.id, id, LIMIT_KEY_ID_BYTES) == 0)
            return who;
    }
    return 10; /* a stranger */
}

/* ---- Streams ---- */

void stream_read(const uint8_t *bytes, size_t size, struct stream *s)
{
    struct reader r = {.bytes = bytes, .len = size};
    s->mode = get_u8(&r);
    s->count = 0;
    while (s->count < STREAM_RECORDS) {
        const uint8_t head = get_u8(&r);
        struct stream_record next = {.act = head >> 5, .who = head & 31, .pass_ms = get_u32(&r)};
        next.len = get_u16(&r);
        if (r.failed)
            break;
        if (next.len > r.len - r.at)
            next.len = r.len - r.at;
        next.bytes = get_bytes(&r, next.len);
        s->records[s->count++] = next;
    }
}

size_t stream_write(const struct stream *s, uint8_t *bytes, size_t size)
{
    struct writer w = {.bytes = bytes, .size = size};
    put_u8(&w, s->mode);
    for (size_t i = 0; i < s->count; i++) {
        const struct stream_record *r = &s->records[i];
        if (r->len > UINT16_MAX || size - w.len < 7 + r->len)
            break;
        put_u8(&w, (uint8_t)((unsigned)r->act << 5 | r->who));
        put_u32(&w, r->pass_ms);
        put_u16(&w, (uint16_t)r->len);
        put_bytes(&w, r->bytes, r->len);
    }
    return w.len;
}

/* ---- The county ---- */

static struct traffic *begun(void)
{
    struct traffic *t = traffic_new(COUNTY_SEED, FIRST_DAY);
    CHECK(traffic_begin(t));
    t->w->now_ms += 9 * 3600000;
    return t;
}

const struct world *county(void)
{
    static struct traffic *t;
    if (t == NULL) {
        t = begun();
        world_checkpoint(t->w);
    }
    return t->w;
}

static bool night_falls(struct traffic *t)
{
    t->w->now_ms = model_instant(traffic_today(t) + 1, 0, 0);
    bool agree = traffic_night(t);
    t->w->now_ms += 9 * 3600000; /* to the morning */
    return agree;
}

/* In a hundred: what remains are nights. On days of the office money leaves and comes back. */
struct mood {
    uint32_t charges, retries, corrections, case_work, administration, payments;
};
static const struct mood moods[] = {{40, 5, 12, 8, 5, 18}, {20, 1, 6, 1, 1, 57}};

static bool something(struct traffic *t, const struct mood *m)
{
    const uint32_t what = roll(t, 100);
    uint32_t below = 0;
    t->w->now_ms += roll(t, 600000);
    if (what < (below += m->charges))
        return traffic_charge(t);
    if (what < (below += m->retries))
        return traffic_retry(t);
    if (what < (below += m->corrections))
        return traffic_correction(t);
    if (what < (below += m->case_work))
        return traffic_case_work(t);
    if (what < (below += m->administration))
        return traffic_administration(t);
    return what < below + m->payments ? traffic_payment(t) : night_falls(t);
}

/* Requests to a simulated ledger say when they are. */
static size_t timed(const struct tape_entry *e, struct arena *arena, uint8_t **out)
{
    const bool charges = e->purpose == PURPOSE_CHARGE;
    ProtobufCMessage *m = protobuf_c_message_unpack(
        charges ? &saldo__v1__charge_request__descriptor : &saldo__v1__command_request__descriptor,
        &arena->allocator, e->len, e->bytes);
    CHECK(m != NULL);
    if (charges)
        ((Saldo__V1__ChargeRequest *)m)->recorded_at_ms = e->time_ms;
    else
        ((Saldo__V1__CommandRequest *)m)->recorded_at_ms = e->time_ms;
    const size_t len = protobuf_c_message_get_packed_size(m);
    *out = arena_alloc(arena, len);
    CHECK(*out != NULL);
    return protobuf_c_message_pack(m, *out);
}

size_t county_days(uint64_t seed, uint8_t *bytes, size_t size)
{
    struct traffic *t = begun();
    struct world *w = t->w;
    struct stream *s = calloc(1, sizeof(*s));
    struct arena arena;
    void *memory = malloc(4 << 20);
    CHECK(s != NULL && memory != NULL);
    arena_init(&arena, memory, 4 << 20);
    s->mode = seed % 4 == 0 ? STREAM_SIMULATED : 0;
    int64_t before_ms = w->now_ms;
    size_t first = w->tape.count;
    t->dice.state = seed;
    const struct mood *mood = &moods[seed / 4 % 2];
    for (uint32_t steps = 1 + roll(t, DAYS_STEPS); steps > 0; steps--)
        CHECK(something(t, mood));
    for (size_t i = first; i < w->tape.count && s->count < STREAM_RECORDS; i++) {
        const struct tape_entry *e = &w->tape.entries[i];
        struct stream_record *r = &s->records[s->count++];
        *r = (struct stream_record){(enum stream_act)e->purpose, who_has(e->key_id),
                                    (uint32_t)(e->time_ms - before_ms), e->bytes, e->len};
        before_ms = e->time_ms;
        uint8_t *again;
        if (s->mode == STREAM_SIMULATED) {
            r->len = timed(e, &arena, &again);
            r->bytes = again;
        }
    }
    const size_t len = stream_write(s, bytes, size);
    free(memory);
    free(s);
    traffic_free(t);
    return len;
}
