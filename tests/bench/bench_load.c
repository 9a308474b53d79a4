/* bench_load.c - the load of `make bench`: a catalogue, vouchers, and signed charges at full speed.
 *
 * usage: bench_load HOME setup  VOUCHERS
 *        bench_load HOME single VOUCHERS CHARGES CONNECTIONS DAY SALT [RATE [SLOTS]]
 *        bench_load HOME batch  VOUCHERS BATCHES CONNECTIONS DAY SALT [RATE [SLOTS]]
 *
 * The ledger is a simulated one, so that nights can be settled; nothing else about its way differs.
 * Requests are built and signed before the clock starts, and each connection has had one answer
 * then: 64 handshakes take some 200 ms. Every connection has one request under way, and latency is
 * what a caller sees. With a RATE (requests a second) they are due in bursts, one each millisecond,
 * and latency counts from then on, whether a connection is free or not: what stands still for
 * 50 ms is felt by all that were due meanwhile, and not only by one request a connection.
 * A disk that stands still for 100 ms once in ten seconds makes the p99 of the whole run, whatever
 * the daemon does; p99_second_ms is that of the middle one of its seconds (of runs with a RATE).
 * DAY is the day of recording (YYYY-MM-DD); SALT makes ids differ between runs; SLOTS is in
 * traffic.h. A line of key=value figures is printed. */
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>
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

struct connection {
    void *socket;
    uint32_t frame;
    double sent; /* or was due, with a rate */
};

struct run {
    struct traffic_frame *frames;
    uint32_t first; /* frame of this phase: one each connection to warm up, then the run */
    uint32_t count; /* of this phase */
    uint32_t next;
    uint32_t done;
    double begin;
    double rate; /* requests a second; 0: each as soon as a connection is free */
    void *context;
    uint32_t connections;
    struct connection *connection;
    zmq_pollitem_t *items; /* of the connections, then the timer */
    int timer;
    uint32_t free_count;
    uint32_t *free; /* connections without a request */
    double *latency; /* by frame of this phase */
    uint64_t accepted;
    uint64_t refused;
    uint64_t busy;
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
    return r->begin + (double)(uint64_t)((double)(frame - r->first) * 1e3 / r->rate) * 1e-3;
}

static void send_frame(struct run *r, struct connection *c, uint32_t frame)
{
    uint64_t correlation = frame + 1;
    c->frame = frame;
    CHECK(zmq_send(c->socket, &correlation, sizeof(correlation), ZMQ_SNDMORE) >= 0);
    CHECK(zmq_send(c->socket, r->frames[frame].bytes, r->frames[frame].len, 0) >= 0);
}

/* The poll counts in milliseconds and would be late by up to one: a timer wakes it. */
static void wake_at(const struct run *r, double when)
{
    double whole;
    double rest = modf(when, &whole);
    const struct itimerspec t = {
        .it_value = {.tv_sec = (time_t)whole, .tv_nsec = (long)(rest * 1e9) + 1}};
    CHECK(timerfd_settime(r->timer, TFD_TIMER_ABSTIME, &t, NULL) == 0);
}

/* Send all that is due and finds a connection. */
static void send_due(struct run *r)
{
    while (r->next < r->first + r->count && r->free_count > 0) {
        double now = traffic_now_s();
        double due = r->rate > 0 ? due_s(r, r->next) : now;
        if (due > now) {
            wake_at(r, due);
            return;
        }
        struct connection *one = &r->connection[r->free[--r->free_count]];
        one->sent = due;
        send_frame(r, one, r->next++);
    }
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
static void receive(struct run *r, uint32_t index)
{
    struct connection *c = &r->connection[index];
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
        r->latency[c->frame - r->first] = latency;
        r->done++;
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

static double p99_ms(double *latency, uint32_t count)
{
    qsort(latency, count, sizeof(*latency), compare);
    return latency[(uint64_t)count * 99 / 100] * 1e3;
}

/* The p99 of the middle second. Leaves each second's latencies in order of length. */
static double p99_second_ms(const struct run *r)
{
    const uint32_t each = (uint32_t)r->rate;
    const uint32_t seconds = each == 0 ? 0 : r->count / each;
    if (seconds == 0)
        return 0;
    double *p99 = calloc(seconds, sizeof(*p99));
    CHECK(p99 != NULL);
    for (uint32_t i = 0; i < seconds; i++)
        p99[i] = p99_ms(r->latency + (size_t)i * each, each);
    qsort(p99, seconds, sizeof(*p99), compare);
    const double middle = p99[seconds / 2];
    free(p99);
    return middle;
}

static void print_run(struct run *r, const char *mode, double took)
{
    const double second_ms = p99_second_ms(r);
    const double all_ms = p99_ms(r->latency, r->count);
    printf("mode=%s connections=%u requests=%u accepted=%" PRIu64 " refused=%" PRIu64
           " busy=%" PRIu64 " seconds=%.3f charges_per_s=%.0f p50_ms=%.3f p99_ms=%.3f"
           " p99_second_ms=%.3f max_ms=%.3f\n",
           mode, r->connections, r->count, r->accepted, r->refused, r->busy, took,
           (double)(r->accepted + r->refused) / took, r->latency[r->count / 2] * 1e3,
           all_ms, second_ms, r->latency[r->count - 1] * 1e3);
}

static void open_connections(const struct load *w, struct run *r)
{
    int n = (int)r->connections;
    r->context = zmq_ctx_new();
    r->connection = calloc(r->connections, sizeof(*r->connection));
    r->items = calloc(r->connections + 1, sizeof(*r->items));
    r->timer = timerfd_create(CLOCK_MONOTONIC, 0);
    r->free = calloc(r->connections, sizeof(*r->free));
    CHECK(r->connection != NULL && r->items != NULL && r->free != NULL);
    CHECK(r->timer >= 0);
    r->items[r->connections] = (zmq_pollitem_t){.fd = r->timer, .events = ZMQ_POLLIN};
    zmq_ctx_set(r->context, ZMQ_MAX_SOCKETS, n + 8);
    for (uint32_t i = 0; i < r->connections; i++) {
        r->connection[i].socket = connect_one(r->context, w);
        r->items[i] = (zmq_pollitem_t){.socket = r->connection[i].socket, .events = ZMQ_POLLIN};
        r->free[r->free_count++] = i;
    }
}

static void close_connections(struct run *r)
{
    for (uint32_t i = 0; i < r->connections; i++)
        zmq_close(r->connection[i].socket);
    zmq_ctx_term(r->context);
    close(r->timer);
    free(r->free);
    free(r->items);
    free(r->connection);
}

/* Send the next `count` frames and take their answers. Returns the seconds it took. */
static double drive(struct run *r, uint32_t count, double rate)
{
    r->first = r->next;
    r->count = count;
    r->rate = rate;
    r->done = 0;
    r->accepted = r->refused = r->busy = 0;
    r->begin = traffic_now_s();
    while (r->done < r->count) {
        uint64_t expired;
        send_due(r);
        if (zmq_poll(r->items, (int)r->connections + 1, 60000) <= 0)
            traffic_fail("run", "no answer for a minute");
        if (r->items[r->connections].revents != 0)
            CHECK(read(r->timer, &expired, sizeof(expired)) == sizeof(expired));
        for (uint32_t i = 0; i < r->connections; i++)
            if (r->items[i].revents != 0)
                receive(r, i);
    }
    return traffic_now_s() - r->begin;
}

static void load_open(struct load *w, int argc, char **argv)
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
    t->slots = argc > 9 ? (uint16_t)atoi(argv[9]) : 0;
    traffic_begin(t);
}

static void load_run(int argc, char **argv)
{
    static struct load w;
    struct run r = {.connections = (uint32_t)atoi(argv[5])};
    uint32_t requests = (uint32_t)atoi(argv[4]);
    uint32_t frames = r.connections + requests;
    bool batch = strcmp(argv[2], "batch") == 0;
    load_open(&w, argc, argv);
    r.frames = calloc(frames, sizeof(*r.frames));
    r.latency = calloc(frames, sizeof(*r.latency));
    CHECK(r.frames != NULL && r.latency != NULL && requests > 0);
    for (uint32_t i = 0; i < frames; i++)
        r.frames[i] =
            traffic_frame(&w.traffic, batch && i >= r.connections ? LIMIT_BATCH_ITEMS : 1);
    open_connections(&w, &r);
    drive(&r, r.connections, 0);
    double took = drive(&r, requests, argc > 8 ? atof(argv[8]) : 0);
    print_run(&r, argv[2], took);
    close_connections(&r);
    for (uint32_t i = 0; i < frames; i++)
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
    else if (argc >= 8 && argc <= 10)
        load_run(argc, argv);
    else
        traffic_fail("usage", "bench_load HOME setup|single|batch ...");
    return 0;
}
