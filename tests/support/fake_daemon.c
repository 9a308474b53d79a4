#include "tests/support/fake_daemon.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "base/bytes.h"
#include "base/check.h"
#include "codec.h"
#include "envelope.h"
#include "merkle.h"
#include "outcome.h"
#include "saldo.h"
#include "tests/support/fake_proof.h"

enum { SEEN_MAX = 256, LATE_MAX = 16, FRAME_MAX = 1 << 20, ENFORCE_DOMAIN = 93 };

struct seen {
    uint8_t id[16];
    struct hash request;
};

/* Where a reply goes. */
struct back {
    uint8_t routing[64];
    size_t routing_len;
    uint64_t correlation;
};

struct late {
    int64_t due_ms;
    struct back back;
    uint8_t *reply;
    size_t len;
};

struct fake {
    struct fake_options options;
    char home[64];
    char endpoint[64];
    uint8_t ledger_id[16];
    uint8_t ledger_public[32];
    uint8_t ledger_secret[64];
    uint8_t server_public[32];
    uint8_t server_secret[32];
    uint8_t client_sign[32];
    uint8_t client_transport[32];
    pthread_t thread;
    atomic_bool stop;
    void *context;
    void *router; /* from here on: the thread's while it runs */
    void *zap;
    struct fake_stats stats;
    struct seen seen[SEEN_MAX];
    struct late late[LATE_MAX];
    unsigned late_count;
    size_t arrived; /* since fake_again(): the place in the script */
    uint64_t number;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- Requests ----------------------------------------------------------------------------- */

static void remember(struct fake *f, const uint8_t id[16], const struct hash *request)
{
    for (unsigned i = 0;; i++) {
        CHECK(i < SEEN_MAX);
        struct seen *s = &f->seen[i];
        if (sodium_is_zero(s->id, sizeof(s->id))) {
            memcpy(s->id, id, sizeof(s->id));
            s->request = *request;
            f->stats.distinct++;
            return;
        }
        if (memcmp(s->id, id, sizeof(s->id)) != 0)
            continue;
        if (memcmp(&s->request, request, sizeof(*request)) != 0)
            f->stats.conflicts++;
        return;
    }
}

/* Check it as a daemon would. Returns the number of items, or 0 for a query. */
static uint32_t examine(struct fake *f, const uint8_t *frame, size_t len, struct hash *hash)
{
    static const uint8_t digest_key[16];
    static uint8_t memory[4 << 20];
    struct envelope e;
    struct request r;
    struct arena arena;
    struct hash payload;

    f->stats.requests++;
    arena_init(&arena, memory, sizeof(memory));
    if (!envelope_parse(frame, len, &e)) {
        f->stats.bad++;
        return 0;
    }
    envelope_hash(e.payload, e.payload_len, payload.bytes);
    merkle_request_hash(&e, &payload, hash);
    if (!envelope_verify(e.purpose, f->ledger_id, payload.bytes, e.signature, f->client_sign) ||
        !codec_decode(e.purpose, e.payload, e.payload_len, digest_key, &arena, &r)) {
        f->stats.bad++;
        return 0;
    }
    f->stats.recorded_at_ms = r.recorded_at_ms;
    if (r.purpose == PURPOSE_QUERY)
        return 0;
    remember(f,
             r.purpose == PURPOSE_CHARGE ? r.charges[0].id : r.commands[0].message->request_id.data,
             hash);
    return r.count;
}

/* ---- Replies ------------------------------------------------------------------------------ */

static void send_reply(struct fake *f, const struct back *back, const uint8_t *reply, size_t len,
                       bool third)
{
    uint8_t c[8];
    struct writer w = {.bytes = c, .size = sizeof(c)};
    put_u64(&w, back->correlation);
    if (zmq_send(f->router, back->routing, back->routing_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return; /* the client is gone */
    zmq_send(f->router, c, sizeof(c), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(f->router, reply, len, ZMQ_DONTWAIT | (third ? ZMQ_SNDMORE : 0));
    if (third)
        zmq_send(f->router, "more", 4, ZMQ_DONTWAIT);
}

static int32_t plain_code(char act)
{
    return act == 'b'   ? OUTCOME_BUSY
           : act == 'r' ? OUTCOME_READ_ONLY
           : act == 'f' ? OUTCOME_BAD_SIGNATURE
                        : OUTCOME_ACCEPTED;
}

/* The balance of a query. */
static void put_balance(Saldo__V1__Reply *reply)
{
    static char number[] = "000100116J";
    static Saldo__V1__Balance balance;
    static Saldo__V1__Balance *list[] = {&balance};
    static Saldo__V1__Balances balances;
    saldo__v1__balance__init(&balance);
    saldo__v1__balances__init(&balances);
    balance.voucher = number;
    balance.posted = 30000;
    balance.pending = 22800;
    balance.available = 7200;
    balances.n_balances = 1;
    balances.balances = list;
    reply->result_case = SALDO__V1__REPLY__RESULT_BALANCES;
    reply->balances = &balances;
}

static uint8_t *pack(const Saldo__V1__Reply *reply, size_t *len)
{
    *len = saldo__v1__reply__get_packed_size(reply);
    uint8_t *bytes = malloc(*len + 1);
    CHECK(bytes != NULL);
    saldo__v1__reply__pack(reply, bytes);
    return bytes;
}

/* The reply's bytes, as honest as `act` allows. */
static uint8_t *make_reply(struct fake *f, char act, uint32_t count, const struct hash *request,
                           size_t *len)
{
    Saldo__V1__Reply reply = SALDO__V1__REPLY__INIT;
    struct fake_proof p = {.request = *request};
    uint8_t public[32];
    uint8_t other[64];
    uint64_t number = f->number++;

    reply.code = plain_code(act);
    if (reply.code == OUTCOME_ACCEPTED && count == 0)
        put_balance(&reply);
    if (reply.code != OUTCOME_ACCEPTED || count == 0)
        return pack(&reply, len);
    crypto_sign_keypair(public, other);
    if (act == 'h')
        p.request.bytes[0] ^= 1;
    fake_decide(&p, act == 'n' ? number + 1 : number, act == 'a' ? count - 1 : count,
                f->options.simulated != (act == 's'));
    fake_prove(&p, number, f->ledger_id, act == 'w' ? other : f->ledger_secret);
    if (act == 't')
        p.decision[3] ^= 1;
    reply.decision = (ProtobufCBinaryData){.data = p.decision, .len = p.decision_len};
    reply.receipt = act == 'e' ? NULL : &p.message;
    uint8_t *bytes = pack(&reply, len);
    free(p.decision);
    return bytes;
}

static void put_off(struct fake *f, const struct back *back, uint8_t *reply, size_t len)
{
    CHECK(f->late_count < LATE_MAX);
    f->late[f->late_count++] =
        (struct late){.due_ms = now_ms() + FAKE_LATE_MS, .back = *back, .reply = reply, .len = len};
}

static void act_on(struct fake *f, struct back *back, zmq_msg_t *frame)
{
    struct hash request = {{0}};
    size_t place = f->arrived++;
    size_t last = strlen(f->options.script) - 1;
    char act = f->options.script[place < last ? place : last];
    uint32_t count = examine(f, zmq_msg_data(frame), zmq_msg_size(frame), &request);
    size_t len;

    if (act == 'd')
        return;
    uint8_t *reply = make_reply(f, act, count, &request, &len);
    if (act == 'l') {
        put_off(f, back, reply, len);
        return;
    }
    if (act == 'g')
        memset(reply, 0xFF, len);
    if (act == 'c')
        back->correlation += 1000;
    send_reply(f, back, reply, len, act == 'm');
    if (act == '2')
        send_reply(f, back, reply, len, false);
    free(reply);
}

static void on_request(struct fake *f)
{
    zmq_msg_t parts[3];
    struct back back;
    unsigned count = 0;
    for (bool more = true; more && count < 3; count++) {
        zmq_msg_init(&parts[count]);
        CHECK(zmq_msg_recv(&parts[count], f->router, 0) >= 0);
        more = zmq_msg_more(&parts[count]) != 0;
    }
    CHECK(count == 3);
    CHECK(zmq_msg_size(&parts[1]) == 8);
    struct reader r = {.bytes = zmq_msg_data(&parts[1]), .len = 8};
    back.correlation = get_u64(&r);
    back.routing_len = zmq_msg_size(&parts[0]);
    CHECK(back.routing_len <= sizeof(back.routing));
    memcpy(back.routing, zmq_msg_data(&parts[0]), back.routing_len);
    act_on(f, &back, &parts[2]);
    for (unsigned i = 0; i < count; i++)
        zmq_msg_close(&parts[i]);
}

/* RFC 27: version, id, domain, address, identity, mechanism, key. */
static void on_zap(struct fake *f)
{
    uint8_t part[7][256];
    int len[7];
    for (unsigned i = 0; i < 7; i++)
        len[i] = zmq_recv(f->zap, part[i], sizeof(part[i]), 0);
    bool admitted = len[6] == 32 && memcmp(part[6], f->client_transport, 32) == 0;
    if (f->options.refuse_connections > 0) {
        f->options.refuse_connections--;
        admitted = false;
    }
    f->stats.admitted += admitted;
    zmq_send(f->zap, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(f->zap, part[1], (size_t)len[1], ZMQ_SNDMORE);
    zmq_send(f->zap, admitted ? "200" : "400", 3, ZMQ_SNDMORE);
    zmq_send(f->zap, "", 0, ZMQ_SNDMORE);
    zmq_send(f->zap, "provider", 8, ZMQ_SNDMORE);
    zmq_send(f->zap, "", 0, 0);
}

static void send_late(struct fake *f)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < f->late_count; i++) {
        struct late *l = &f->late[i];
        if (now_ms() < l->due_ms && !atomic_load(&f->stop)) {
            f->late[kept++] = *l;
            continue;
        }
        send_reply(f, &l->back, l->reply, l->len, false);
        free(l->reply);
    }
    f->late_count = kept;
}

static void *run(void *arg)
{
    struct fake *f = arg;
    zmq_pollitem_t items[] = {{.socket = f->router, .events = ZMQ_POLLIN},
                              {.socket = f->zap, .events = ZMQ_POLLIN}};
    while (!atomic_load(&f->stop)) {
        zmq_poll(items, 2, 10);
        if (items[1].revents != 0)
            on_zap(f);
        if (items[0].revents != 0)
            on_request(f);
        send_late(f);
    }
    send_late(f);
    zmq_close(f->router);
    zmq_close(f->zap);
    return NULL;
}

/* ---- Life --------------------------------------------------------------------------------- */

void fake_again(struct fake *f)
{
    int one = 1;
    int zero = 0;
    size_t size = sizeof(f->endpoint);
    f->context = zmq_ctx_new();
    f->zap = zmq_socket(f->context, ZMQ_REP);
    CHECK(zmq_bind(f->zap, "inproc://zeromq.zap.01") == 0);
    f->router = zmq_socket(f->context, ZMQ_ROUTER);
    zmq_setsockopt(f->router, ZMQ_LINGER, &zero, sizeof(zero));
    zmq_setsockopt(f->router, ZMQ_ROUTER_MANDATORY, &one, sizeof(one));
    zmq_setsockopt(f->router, ZMQ_CURVE_SERVER, &one, sizeof(one));
    zmq_setsockopt(f->router, ZMQ_CURVE_SECRETKEY, f->server_secret, 32);
    zmq_setsockopt(f->router, ZMQ_ZAP_DOMAIN, "saldo", 5);
    CHECK(zmq_setsockopt(f->router, ENFORCE_DOMAIN, &one, sizeof(one)) == 0);
    CHECK(zmq_bind(f->router, f->endpoint[0] != '\0' ? f->endpoint : "tcp://127.0.0.1:*") == 0);
    CHECK(zmq_getsockopt(f->router, ZMQ_LAST_ENDPOINT, f->endpoint, &size) == 0);
    f->arrived = 0;
    atomic_store(&f->stop, false);
    CHECK(pthread_create(&f->thread, NULL, run, f) == 0);
}

static void write_conf(const struct fake *f)
{
    char path[128];
    char server[65];
    char id[33];
    char key[65];
    snprintf(path, sizeof(path), "%s/saldo.conf", f->home);
    FILE *out = fopen(path, "w");
    CHECK(out != NULL);
    fprintf(out,
            "[ledger]\nendpoint=%s\ntransport_key=%s\nledger_id=%s\nledger_key=%s\n"
            "simulated=%d\nkey=provider\n",
            f->endpoint, sodium_bin2hex(server, sizeof(server), f->server_public, 32),
            sodium_bin2hex(id, sizeof(id), f->ledger_id, 16),
            sodium_bin2hex(key, sizeof(key), f->ledger_public, 32), f->options.simulated);
    CHECK(fclose(out) == 0);
}

struct fake *fake_start(const struct fake_options *o)
{
    struct fake *f = calloc(1, sizeof(*f));
    CHECK(f != NULL);
    CHECK(sodium_init() >= 0);
    f->options = *o;
    f->number = 1000;
    strcpy(f->home, "/tmp/saldo-client-XXXXXX");
    CHECK(mkdtemp(f->home) != NULL);
    randombytes_buf(f->ledger_id, sizeof(f->ledger_id));
    crypto_sign_keypair(f->ledger_public, f->ledger_secret);
    crypto_box_keypair(f->server_public, f->server_secret);
    CHECK(saldo_keygen(f->home, "provider", f->client_sign, f->client_transport) == SALDO_OK);
    fake_again(f);
    write_conf(f);
    return f;
}

const char *fake_home(const struct fake *f)
{
    return f->home;
}

void fake_stop(struct fake *f)
{
    atomic_store(&f->stop, true);
    pthread_join(f->thread, NULL);
    zmq_ctx_term(f->context);
}

struct fake_stats fake_stats(const struct fake *f)
{
    return f->stats;
}

void fake_free(struct fake *f)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/keys/provider.key", f->home);
    unlink(path);
    snprintf(path, sizeof(path), "%s/keys", f->home);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/saldo.conf", f->home);
    unlink(path);
    rmdir(f->home);
    free(f);
}
