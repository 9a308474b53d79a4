/* bench_apply.c - what a charge costs inside: verify, ledger, receipt tree, without disk and wire.
 *
 * usage: bench_apply VOUCHERS BATCHES [ITEMS]
 *
 * Batches of ITEMS (8,192) charges of random vouchers are signed first and then go through the
 * stages one after another on one thread, with empty tables behind the ledger. Prints microseconds
 * of CPU a charge of each stage; valgrind --tool=callgrind --toggle-collect=run_batch counts the
 * instructions of the same. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "apply.h"
#include "base/check.h"
#include "calendar.h"
#include "outcome.h"
#include "traffic.h"
#include "verify/verify.h"

struct bench {
    struct ledger *ledger;
    struct verify verify;
    uint8_t administrator[LIMIT_KEY_ID_BYTES];
    uint8_t peer_key[LIMIT_KEY_BYTES];
    uint64_t number;
    struct arena arena;
    struct answer answers[LIMIT_BATCH_ITEMS];
    uint8_t *decision;
    size_t decision_size;
    uint64_t accepted;
    double verify_s, apply_s, leaf_s;
};

/* ---- A ledger of its own --------------------------------------------------------------------- */

static void apply(struct bench *b, const struct request *r, size_t *len)
{
    const struct ledger_entry e = {
        ++b->number, r->recorded_at_ms,
        r->recorded_at_ms == 0 ? 0 : calendar_local_day(r->recorded_at_ms), r, LEDGER_LEVEL};
    enum fault f =
        apply_entry(b->ledger, &ledger_no_rows, &e, b->answers, b->decision, b->decision_size, len);
    CHECK(f == FAULT_NONE);
}

static void send_commands(void *arg, const uint8_t *payload, size_t len, uint32_t count)
{
    struct bench *b = arg;
    struct request r;
    size_t decision_len;
    arena_reset(&b->arena);
    CHECK(codec_decode(PURPOSE_COMMAND, payload, len, b->verify.digest_key, &b->arena, &r));
    memcpy(r.key_id, b->administrator, sizeof(r.key_id));
    apply(b, &r, &decision_len);
    for (uint32_t i = 0; i < count; i++)
        if (b->answers[i].code != OUTCOME_ACCEPTED)
            traffic_fail("setup refused", outcome_name(b->answers[i].code));
}

static void open_ledger(struct bench *b)
{
    const struct ledger_limits limits = {
        .charges = 16000000, .vouchers = 4000000, .buckets = 8000000};
    struct ledger_genesis g = {.simulated = true, .clock_skew_ms = 300000};
    uint8_t secret[64];
    size_t size = codec_arena_size(LIMIT_REQUEST_BYTES);
    crypto_sign_keypair(g.administrator_key, secret);
    crypto_box_keypair(g.administrator_transport_key, secret);
    envelope_key_id(g.administrator_key, b->administrator);
    codec_digest_key(g.ledger_id, b->verify.digest_key);
    b->verify.simulated = true;
    b->decision_size = codec_decision_size(LIMIT_BATCH_ITEMS);
    b->decision = malloc(b->decision_size);
    void *memory = malloc(size);
    CHECK(b->decision != NULL && memory != NULL);
    arena_init(&b->arena, memory, size);
    CHECK(ledger_new(&limits, &g, &b->ledger) == FAULT_NONE);
}

/* The provider's key, for verify and in `t`. */
static void open_provider(struct bench *b, struct traffic *t, int32_t vouchers)
{
    uint8_t sign[LIMIT_KEY_BYTES];
    uint8_t transport_secret[LIMIT_KEY_BYTES];
    struct verify_key *key = calloc(1, sizeof(*key));
    CHECK(key != NULL);
    crypto_sign_keypair(sign, t->sign_secret);
    crypto_box_keypair(b->peer_key, transport_secret);
    envelope_key_id(sign, t->key_id);
    memcpy(key->key_id, t->key_id, sizeof(key->key_id));
    memcpy(key->signing_key, sign, sizeof(key->signing_key));
    memcpy(key->transport_key, b->peer_key, sizeof(key->transport_key));
    key->is_provider = true;
    b->verify.keys = verify_keys_new();
    CHECK(b->verify.keys != NULL);
    CHECK(verify_keys_replace(b->verify.keys, key, 1) == FAULT_NONE);
    const struct traffic_setup u = {vouchers, sign, b->peer_key, send_commands, b};
    traffic_setup(&u);
    t->vouchers = vouchers;
    t->day = calendar_day((struct date){2026, 3, 15});
    traffic_begin(t);
}

/* CPU time: another process on the machine makes it no longer. */
static double cpu_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- Running --------------------------------------------------------------------------------- */

__attribute__((noinline, noclone)) static void run_batch(struct bench *b, struct flow_slot *s)
{
    struct hash leaf;
    size_t len;
    double t0 = cpu_now_s();
    verify_slot(&b->verify, s);
    double t1 = cpu_now_s();
    CHECK(s->code == 0);
    apply(b, &s->request, &len);
    double t2 = cpu_now_s();
    merkle_leaf(&s->request_hash, b->decision, len, &leaf);
    b->verify_s += t1 - t0;
    b->apply_s += t2 - t1;
    b->leaf_s += cpu_now_s() - t2;
}

static void run_frame(struct bench *b, const struct traffic_frame *f)
{
    static struct flow_slot s;
    memset(&s, 0, sizeof(s));
    s.state = FLOW_RECEIVED;
    zmq_msg_init_data(&s.frame, f->bytes, f->len, NULL, NULL);
    memcpy(s.peer_key, b->peer_key, sizeof(s.peer_key));
    arena_reset(&b->arena);
    s.arena = b->arena;
    run_batch(b, &s);
    for (uint32_t i = 0; i < f->count; i++)
        b->accepted += b->answers[i].code == OUTCOME_ACCEPTED;
    zmq_msg_close(&s.frame);
}

static long resident_kb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

int main(int argc, char **argv)
{
    static struct bench b;
    static struct traffic t;
    if (argc < 3 || sodium_init() < 0)
        traffic_fail("usage", "bench_apply VOUCHERS BATCHES [ITEMS]");
    uint32_t batches = (uint32_t)atoi(argv[2]);
    uint32_t items = argc > 3 ? (uint32_t)atoi(argv[3]) : LIMIT_BATCH_ITEMS;
    struct traffic_frame *frames = calloc(batches, sizeof(*frames));
    CHECK(frames != NULL);
    CHECK(items <= LIMIT_BATCH_ITEMS);
    open_ledger(&b);
    open_provider(&b, &t, atoi(argv[1]));
    for (uint32_t i = 0; i < batches; i++)
        frames[i] = traffic_frame(&t, items);
    long before_kb = resident_kb();
    for (uint32_t i = 0; i < batches; i++)
        run_frame(&b, &frames[i]);
    double n = (double)batches * items;
    printf("vouchers=%d charges=%.0f accepted=%lu verify_us=%.3f apply_us=%.3f leaf_us=%.3f"
           " bytes_a_charge=%.0f\n",
           t.vouchers, n, (unsigned long)b.accepted, b.verify_s * 1e6 / n, b.apply_s * 1e6 / n,
           b.leaf_s * 1e6 / n, (double)(resident_kb() - before_kb) * 1024 / n);
    for (uint32_t i = 0; i < batches; i++)
        free(frames[i].bytes);
    free(frames);
    traffic_end(&t);
    verify_keys_free(b.verify.keys);
    ledger_free(b.ledger);
    free(b.arena.memory);
    free(b.decision);
    return b.accepted == (uint64_t)n ? 0 : 1;
}
