/* bench_load.c - the load of `make bench`: a catalogue, vouchers, and signed charges at full speed.
 *
 * usage: bench_load HOME setup  VOUCHERS
 *        bench_load HOME single VOUCHERS CHARGES CONNECTIONS DAY SALT [RATE]
 *        bench_load HOME batch  VOUCHERS BATCHES CONNECTIONS DAY SALT [RATE]
 *
 * The ledger is a simulated one, so that nights can be settled; nothing else about its way differs.
 * Requests are built and signed before the clock starts. Every connection has one request under
 * way, and latency is what a caller sees. With a RATE (requests a second) they are due in bursts,
 * one each millisecond, and latency counts from then on, whether a connection is free or not.
 * DAY is the day of recording (YYYY-MM-DD); SALT makes ids differ between runs. A line of
 * key=value figures is printed. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/check.h"
#include "codec.h"
#include "internal.h"
#include "outcome.h"
#include "traffic.h"

/* ---- Setup ----------------------------------------------------------------------------------- */

static void send_commands(void *arg, const uint8_t *payload, size_t len, uint32_t count)
{
    static struct saldo_answer answers[LIMIT_BATCH_ITEMS];
    struct saldo *s = arg;
    if (saldo_command(s, payload, len, false, answers, count) != SALDO_OK)
        traffic_fail("setup", saldo_error_detail(s));
    for (uint32_t i = 0; i < count; i++)
        if (answers[i].code != 0)
            traffic_fail("setup refused", saldo_outcome_name(answers[i].code));
}

static void setup(const char *home, int32_t vouchers)
{
    uint8_t sign[32];
    uint8_t transport[32];
    struct saldo *s;
    struct saldo_options options = {.home = home, .deadline_ms = 120000};
    if (saldo_open(&options, &s) != SALDO_OK)
        traffic_fail("open", saldo_error_detail(s));
    if (saldo_keygen(home, TRAFFIC_PROVIDER, sign, transport) != SALDO_OK)
        traffic_fail("keygen", home);
    double begin = traffic_now_s();
    const struct traffic_setup u = {vouchers, sign, transport, send_commands, s};
    traffic_setup(&u);
    printf("mode=setup vouchers=%d grants_per_s=%.0f\n", vouchers,
           vouchers / (traffic_now_s() - begin));
    saldo_close(s);
}

/* ---- Running --------------------------------------------------------------------------------- */

struct run {
    struct traffic_frame *frames;
    uint32_t count;
    uint32_t next;
    uint32_t done;
    double begin;
    double rate; /* requests a second; 0: each as soon as a connection is free */
    uint32_t free_count;
    uint32_t *free; /* connections without a request */
    double *latency;
    uint64_t accepted;
    uint64_t refused;
    uint64_t busy;
};

struct connection {
    void *socket;
    uint32_t frame;
    double sent; /* or was due, with a rate */
};

struct load {
    struct client_home home;
    struct client_key key;
    struct traffic traffic;
};

static void *connect_one(void *context, const struct load *w)
{
    int linger = 0;
    void *s = zmq_socket(context, ZMQ_DEALER);
    CHECK(s != NULL);
    zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger));
    zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, w->home.transport_key, 32);
    zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, w->key.transport_public, 32);
    zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, w->key.transport_secret, 32);
    if (zmq_connect(s, w->home.endpoint) != 0)
        traffic_fail("connect", w->home.endpoint);
    return s;
}

/* When a request is due: on the next full millisecond. */
static double due_s(const struct run *r, uint32_t frame)
{
    return r->begin + (double)(uint64_t)((double)frame * 1e3 / r->rate) * 1e-3;
}

static void send_frame(struct run *r, struct connection *c, uint32_t frame)
{
    uint64_t correlation = frame + 1;
    c->frame = frame;
    CHECK(zmq_send(c->socket, &correlation, sizeof(correlation), ZMQ_SNDMORE) >= 0);
    CHECK(zmq_send(c->socket, r->frames[frame].bytes, r->frames[frame].len, 0) >= 0);
}

/* Send all that is due and finds a connection. Returns how long the poll may wait. */
static long send_due(struct run *r, struct connection *c)
{
    while (r->next < r->count && r->free_count > 0) {
        double now = traffic_now_s();
        double due = r->rate > 0 ? due_s(r, r->next) : now;
        if (due > now)
            return (long)((due - now) * 1e3) + 1;
        struct connection *one = &c[r->free[--r->free_count]];
        one->sent = due;
        send_frame(r, one, r->next++);
    }
    return 60000;
}

static void count_answers(struct run *r, const Saldo__V1__Reply *reply)
{
    static struct answer answers[LIMIT_BATCH_ITEMS];
    struct decision d;
    CHECK(codec_decision_read(reply->decision.data, reply->decision.len, &d, answers));
    for (uint32_t i = 0; i < d.count; i++) {
        r->accepted += answers[i].code == OUTCOME_ACCEPTED;
        if (answers[i].code != OUTCOME_ACCEPTED && r->refused++ == 0)
            fprintf(stderr, "refused: %s\n", outcome_name(answers[i].code));
    }
}

/* Answers are counted for every run of batches, and for singles too; a BUSY is sent again. */
static void receive(struct run *r, struct connection *all, uint32_t index)
{
    struct connection *c = &all[index];
    uint64_t correlation;
    zmq_msg_t m;
    CHECK(zmq_recv(c->socket, &correlation, sizeof(correlation), 0) == sizeof(correlation));
    CHECK(correlation == c->frame + 1);
    zmq_msg_init(&m);
    CHECK(zmq_msg_recv(&m, c->socket, 0) >= 0);
    double latency = traffic_now_s() - c->sent;
    Saldo__V1__Reply *reply = saldo__v1__reply__unpack(NULL, zmq_msg_size(&m), zmq_msg_data(&m));
    CHECK(reply != NULL);
    if (reply->code == OUTCOME_BUSY) {
        r->busy++;
        send_frame(r, c, c->frame);
    } else {
        if (reply->code != 0)
            traffic_fail("reply", outcome_name(reply->code));
        count_answers(r, reply);
        r->latency[r->done++] = latency;
        r->free[r->free_count++] = index;
    }
    saldo__v1__reply__free_unpacked(reply, NULL);
    zmq_msg_close(&m);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_run(struct run *r, const char *mode, int connections, double took)
{
    qsort(r->latency, r->count, sizeof(double), compare);
    printf("mode=%s connections=%d requests=%u accepted=%" PRIu64 " refused=%" PRIu64
           " busy=%" PRIu64 " seconds=%.3f charges_per_s=%.0f p50_ms=%.3f p99_ms=%.3f"
           " max_ms=%.3f\n",
           mode, connections, r->count, r->accepted, r->refused, r->busy, took,
           (double)(r->accepted + r->refused) / took, r->latency[r->count / 2] * 1e3,
           r->latency[(uint64_t)r->count * 99 / 100] * 1e3, r->latency[r->count - 1] * 1e3);
}

static void drive(const struct load *w, struct run *r, int connections, const char *mode)
{
    void *context = zmq_ctx_new();
    struct connection *c = calloc((size_t)connections, sizeof(*c));
    zmq_pollitem_t *items = calloc((size_t)connections, sizeof(*items));
    r->free = calloc((size_t)connections, sizeof(*r->free));
    CHECK(c != NULL && items != NULL && r->free != NULL);
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, connections + 8);
    for (int i = 0; i < connections; i++) {
        c[i].socket = connect_one(context, w);
        items[i] = (zmq_pollitem_t){.socket = c[i].socket, .events = ZMQ_POLLIN};
        r->free[r->free_count++] = (uint32_t)i;
    }
    r->begin = traffic_now_s();
    while (r->done < r->count) {
        long wait_ms = send_due(r, c);
        if (zmq_poll(items, connections, wait_ms) <= 0 && wait_ms == 60000)
            traffic_fail("run", "no answer for a minute");
        for (int i = 0; i < connections; i++)
            if (items[i].revents != 0)
                receive(r, c, (uint32_t)i);
    }
    print_run(r, mode, connections, traffic_now_s() - r->begin);
    for (int i = 0; i < connections; i++)
        zmq_close(c[i].socket);
    zmq_ctx_term(context);
    free(r->free);
    free(items);
    free(c);
}

static void load_open(struct load *w, char **argv)
{
    struct client_detail d = {.text = ""};
    struct traffic *t = &w->traffic;
    if (client_home_path(argv[1], w->home.path, &d) != SALDO_OK ||
        client_home_read(&w->home, &d) != SALDO_OK ||
        client_key_read(w->home.path, TRAFFIC_PROVIDER, &w->key, &d) != SALDO_OK)
        traffic_fail("home", d.text);
    memcpy(t->ledger_id, w->home.ledger_id, sizeof(t->ledger_id));
    memcpy(t->key_id, w->key.key_id, sizeof(t->key_id));
    memcpy(t->sign_secret, w->key.sign_secret, sizeof(t->sign_secret));
    t->vouchers = atoi(argv[3]);
    if (!saldo_day_parse(argv[6], &t->day))
        traffic_fail("day", argv[6]);
    t->salt = (uint32_t)atoi(argv[7]);
    traffic_begin(t);
}

static void load_run(int argc, char **argv)
{
    static struct load w;
    struct run r = {.count = (uint32_t)atoi(argv[4]), .rate = argc > 8 ? atof(argv[8]) : 0};
    bool batch = strcmp(argv[2], "batch") == 0;
    load_open(&w, argv);
    r.frames = calloc(r.count, sizeof(*r.frames));
    r.latency = calloc(r.count, sizeof(*r.latency));
    CHECK(r.frames != NULL && r.latency != NULL);
    for (uint32_t i = 0; i < r.count; i++)
        r.frames[i] = traffic_frame(&w.traffic, batch ? LIMIT_BATCH_ITEMS : 1);
    drive(&w, &r, atoi(argv[5]), argv[2]);
    for (uint32_t i = 0; i < r.count; i++)
        free(r.frames[i].bytes);
    free(r.frames);
    free(r.latency);
    traffic_end(&w.traffic);
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0)
        return 1;
    if (argc == 4 && strcmp(argv[2], "setup") == 0)
        setup(argv[1], atoi(argv[3]));
    else if (argc == 8 || argc == 9)
        load_run(argc, argv);
    else
        traffic_fail("usage", "bench_load HOME setup|single|batch ...");
    return 0;
}
