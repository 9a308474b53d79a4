/* run.c - `saldod run`: the network thread. Frames in, replies out, the gate, signals. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/check.h"
#include "calendar.h"
#include "clock.h"
#include "commands.h"
#include "exits.h"
#include "front.h"
#include "intake/intake.h"
#include "log.h"
#include "monitor/monitor.h"
#include "pipeline.h"
#include "reply/reply.h"

#define ROUND        256 /* messages in one direction before the other's turn */
#define TICK_MS      1000
#define DRAIN_US     10000000 /* to make durable and answer what was sequenced */
#define GATE_STOP_US 3000000  /* the gate lingers a second for its last replies */
/* What the watchdog is not fed for: a thread that does not come round, requests that wait and wait.
 */
#define STUCK                                                                                      \
    (METRICS_LEDGER_STUCK | METRICS_JOURNAL_STUCK | METRICS_NETWORK_STUCK | METRICS_QUEUE_STUCK)

enum phase { PHASE_SERVING, PHASE_DRAINING, PHASE_STOPPING, PHASE_END };

struct run {
    struct config config;
    struct books books;
    struct secret ledger_key;
    struct secret night_key;
    struct pipeline *pipeline;
    struct ring *ring;
    struct figures *figures;
    struct metrics_facts facts;
    struct monitor *monitor;
    void *context;
    struct front front;
    struct intake intake;
    int signals;
    enum phase phase;
    int64_t deadline_us;
    uint64_t keys_version; /* of the list the gate has */
    uint64_t told_busy;    /* in the log, as are the next two */
    uint64_t told_dropped;
    uint64_t told_frames;
    uint64_t answered; /* replies when the figures were taken last */
    int64_t ticked_us;
    int64_t watchdog_us; /* 0: nobody watches */
    int64_t petted_us;
    int exit_code;
};

/* ---- Start ---- */

static bool read_key(const struct run *r, const char *name, struct secret *out)
{
    char path[CONFIG_TEXT_MAX];
    config_path(&r->config, name, path);
    enum fault f = secret_read(path, out);
    if (f != FAULT_NONE)
        log_error("key-file path=%s fault=\"%s\"", path, fault_text(f));
    return f == FAULT_NONE;
}

static bool read_keys(struct run *r)
{
    if (!read_key(r, "keys/ledger.key", &r->ledger_key))
        return false;
    if (memcmp(r->ledger_key.signing_key, r->books.genesis.ledger_key, LIMIT_KEY_BYTES) != 0) {
        log_error("key-file path=keys/ledger.key detail=\"not the key of this ledger\"");
        return false;
    }
    return !r->books.genesis.simulated || read_key(r, "keys/settlement.key", &r->night_key);
}

/* From here on signals come through the descriptor; threads and the library inherit the mask. */
static bool take_signals(struct run *r)
{
    sigset_t set;
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* blocked, they would end the process without a word (harden.c) */
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGABRT);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    if (pthread_sigmask(SIG_SETMASK, &all, NULL) != 0)
        return false;
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return r->signals >= 0;
}

static bool open_link(struct run *r)
{
    static const struct {
        int name, value;
    } options[] = {{ZMQ_LINGER, 0},
                   {ZMQ_ROUTER_MANDATORY, 1},
                   {ZMQ_SNDHWM, LIMIT_IN_FLIGHT},
                   {ZMQ_RCVHWM, LIMIT_IN_FLIGHT}};
    char endpoint[CONFIG_TEXT_MAX];
    srand(randombytes_random());
    r->context = zmq_ctx_new();
    r->intake.link = r->context == NULL ? NULL : zmq_socket(r->context, ZMQ_ROUTER);
    if (r->intake.link == NULL)
        return false;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (zmq_setsockopt(r->intake.link, options[i].name, &options[i].value, sizeof(int)) != 0)
            return false;
    front_link(&r->config, endpoint);
    return zmq_bind(r->intake.link, endpoint) == 0;
}

static bool open_pipeline(struct run *r)
{
    const struct pipeline_options options = {.books = &r->books,
                                             .ledger_key = &r->ledger_key,
                                             .night_key =
                                                 r->books.genesis.simulated ? &r->night_key : NULL};
    enum fault f = pipeline_new(&options, &r->pipeline);
    if (f != FAULT_NONE) {
        log_error("start file=%s/journal fault=\"%s\" detail=\"%s\" do=\"see to disk and memory\"",
                  r->config.dir, fault_text(f), journal_error(r->books.journal));
        return false;
    }
    r->ring = pipeline_ring(r->pipeline);
    r->intake.ring = r->ring;
    r->figures = pipeline_figures(r->pipeline);
    return true;
}

/* ---- The gate ---- */

static void on_gate(void *arg, const struct link_header *said)
{
    struct run *r = arg;
    if (memcmp(said->route.gate, r->front.incarnation, LINK_GATE_BYTES) != 0)
        return; /* of one that is dead already */
    if (said->type == LINK_COUNTS) {
        figures_add(&r->figures->gate_dropped, said->dropped);
        FIGURES_SET(&r->figures->gate_connections, said->connections);
        return;
    }
    if (!r->front.ever_ready) {
        for (uint32_t i = 0; i < r->config.listen_count; i++)
            log_info("listening endpoint=%s", r->config.listen[i]);
        log_info("ready last=%" PRIu64 " simulated=%d", r->books.last, r->books.genesis.simulated);
        sd_notify(0, "READY=1");
    }
    r->front.ready = true;
    r->front.ever_ready = true;
    r->keys_version = 0;
}

/* The list goes out before the replies that may have changed it. */
static void push_keys(struct run *r)
{
    struct link_header h = {.type = LINK_KEYS};
    zmq_msg_t keys;
    if (!r->front.ready || !pipeline_keys(r->pipeline, &r->keys_version, &keys))
        return;
    memcpy(h.route.gate, r->front.incarnation, LINK_GATE_BYTES);
    if (!link_send(r->intake.link, true, &h, &keys))
        r->keys_version = 0; /* again, with the next turn */
    zmq_msg_close(&keys);
}

static void send_stop(struct run *r)
{
    struct link_header h = {.type = LINK_STOP};
    memcpy(h.route.gate, r->front.incarnation, LINK_GATE_BYTES);
    if (!r->front.ready || !link_send(r->intake.link, true, &h, NULL))
        front_kill(&r->front);
}

/* ---- One turn ---- */

static bool reply_some(struct run *r)
{
    struct flow_slot *s;
    for (uint32_t i = 0; i < ROUND; i++) {
        if ((s = ring_done(r->ring)) == NULL)
            return false;
        if (i == 0)
            push_keys(r);
        if (!s->decided && !s->answered)
            figures_add(&r->figures->refused[(uint32_t)s->code % FIGURES_CODES], 1);
        figures_add(
            reply_send(r->intake.link, s) ? &r->figures->replies : &r->figures->replies_dropped, 1);
        ring_release(r->ring);
    }
    return true;
}

static void begin_stop(struct run *r)
{
    if (r->phase != PHASE_SERVING)
        return;
    log_info("stopping");
    sd_notify(0, "STOPPING=1");
    FIGURES_SET(&r->figures->stopping, 1);
    r->intake.closed = true;
    ring_drain(r->ring);
    r->phase = PHASE_DRAINING;
    r->deadline_us = clock_monotonic_us() + DRAIN_US;
}

static void take_signal(struct run *r)
{
    struct signalfd_siginfo info;
    while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            begin_stop(r);
    }
    if (!front_reap(&r->front) || r->phase != PHASE_SERVING || r->front.ever_ready)
        return;
    log_error("gate-never-ready detail=\"see the lines above\"");
    r->exit_code = EXITS_START;
    begin_stop(r);
}

static void advance(struct run *r)
{
    bool late = clock_monotonic_us() > r->deadline_us;
    if (r->phase == PHASE_SERVING) {
        front_start(&r->front);
    } else if (r->phase == PHASE_DRAINING && (late || ring_empty(r->ring))) {
        if (late && !ring_empty(r->ring)) {
            log_error("stop-late detail=\"not all could be answered in time\"");
            _exit(EXITS_WRITE);
        }
        send_stop(r);
        r->phase = PHASE_STOPPING;
        r->deadline_us = clock_monotonic_us() + GATE_STOP_US;
    } else if (r->phase == PHASE_STOPPING && (late || r->front.gate == 0)) {
        front_kill(&r->front);
        r->phase = PHASE_END;
    }
}

/* What the network thread knows. The queue moves as long as it is empty or a reply leaves it: that
 * takes every other thread. */
static void count(struct run *r, int64_t now_us)
{
    struct figures *f = r->figures;
    const uint64_t answered = ring_answered(r->ring);
    FIGURES_SET(&f->network_seen_us, now_us);
    if (ring_empty(r->ring) || answered != r->answered)
        FIGURES_SET(&f->queue_moved_us, now_us);
    r->answered = answered;
    FIGURES_SET(&f->queue_requests, ring_held(r->ring));
    FIGURES_SET(&f->refused_early, r->intake.busy);
    FIGURES_SET(&f->frames_dropped, r->intake.dropped);
    FIGURES_SET(&f->gate_starts, r->front.starts);
    FIGURES_SET(&f->gate_ready, r->front.ready);
}

static void feed_watchdog(struct run *r, int64_t now_us)
{
    const struct metrics_now now = {.time_ms = clock_now_ms(), .monotonic_us = now_us};
    if (r->watchdog_us == 0 || now_us - r->petted_us < r->watchdog_us / 3)
        return;
    if ((metrics_health(r->figures, &r->facts, &now) & STUCK) != 0)
        return;
    r->petted_us = now_us;
    sd_notify(0, "WATCHDOG=1");
}

/* At most a line a second, whatever clients do. */
static void tell_pressure(struct run *r)
{
    const uint64_t dropped = FIGURES_GET(&r->figures->replies_dropped);
    const uint64_t busy = r->intake.busy - r->told_busy;
    const uint64_t replies = dropped - r->told_dropped;
    const uint64_t frames = r->intake.dropped - r->told_frames;
    if (busy > 0 || replies > 0 || frames > 0)
        log_warning("pressure busy=%" PRIu64 " replies-dropped=%" PRIu64 " frames-dropped=%" PRIu64,
                    busy, replies, frames);
    r->told_busy = r->intake.busy;
    r->told_dropped = dropped;
    r->told_frames = r->intake.dropped;
}

static void tick(struct run *r)
{
    int64_t now_us = clock_monotonic_us();
    count(r, now_us);
    feed_watchdog(r, now_us);
    if (now_us - r->ticked_us < TICK_MS * 1000)
        return;
    r->ticked_us = now_us;
    tell_pressure(r);
}

static void serve(struct run *r)
{
    zmq_pollitem_t items[] = {
        {.socket = r->intake.link, .events = ZMQ_POLLIN},
        {.fd = ring_done_fd(r->ring), .events = ZMQ_POLLIN},
        {.fd = r->signals, .events = ZMQ_POLLIN},
    };
    bool more = false;
    while (r->phase != PHASE_END) {
        int64_t wait_ms = r->phase == PHASE_SERVING ? front_wait_ms(&r->front, TICK_MS) : 20;
        int rc = zmq_poll(items, 3, more ? 0 : (long)wait_ms);
        CHECK(rc >= 0 || errno == EINTR);
        if (items[2].revents != 0)
            take_signal(r);
        if (items[1].revents != 0)
            ring_done_clear(r->ring);
        if (more || items[0].revents != 0) /* asking for nothing costs two system calls */
            more = intake_take(&r->intake, ROUND, on_gate, r);
        more = reply_some(r) || more;
        push_keys(r);
        advance(r);
        tick(r);
    }
}

/* ---- The command ---- */

/* A port that is taken is said and done without: figures are not worth an outage. */
static void start_monitor(struct run *r)
{
    const char *address = r->config.monitor;
    const struct genesis *g = &r->books.genesis;
    r->facts = (struct metrics_facts){
        .version = SALDOD_VERSION,
        .simulated = g->simulated,
        .first_day = calendar_local_day(g->created_ms),
        .charges_max = r->config.limits.charges,
        .vouchers_max = r->config.limits.vouchers,
        .buckets_max = r->config.limits.buckets,
        .disk_free_min_bytes = r->config.disk_free_min_bytes,
        .night_late_ms = (int64_t)r->config.night_late_h * 3600000,
        .started_ms = clock_now_ms(),
    };
    memcpy(r->facts.ledger_id, g->ledger_id, sizeof(r->facts.ledger_id));
    FIGURES_SET(&r->figures->queue_moved_us, clock_monotonic_us());
    FIGURES_SET(&r->figures->network_seen_us, clock_monotonic_us());
    if (address[0] == '\0')
        return;
    if (monitor_start(address, r->figures, &r->facts, &r->monitor) == FAULT_NONE)
        log_info("monitor address=%s", address);
    else
        log_error("monitor-off address=%s error=\"%s\"", address, strerror(errno));
}

static int run(struct run *r, const char *dir)
{
    char error[CONFIG_TEXT_MAX];
    uint64_t watchdog_us = 0;
    if (config_read(dir, &r->config, error) != FAULT_NONE) {
        log_error("config detail=\"%s\"", error);
        return EXITS_START;
    }
    log_level_set((enum log_level)r->config.log_level);
    char tables[CONFIG_TEXT_MAX];
    config_path(&r->config, "tables", tables);
    const struct books_options options = {.tables = tables, .verify = true, .repair = true};
    enum fault f = books_open(&r->config, &options, &r->books);
    if (f != FAULT_NONE)
        return f == FAULT_CORRUPT ? EXITS_DAMAGED : EXITS_START;
    if (!read_keys(r) || !take_signals(r) || !open_pipeline(r))
        return EXITS_START;
    if (!open_link(r)) {
        log_error("link error=\"%s\"", zmq_strerror(errno));
        return EXITS_START;
    }
    r->front.config = &r->config;
    if (sd_watchdog_enabled(0, &watchdog_us) > 0)
        r->watchdog_us = (int64_t)watchdog_us;
    start_monitor(r);
    if (!front_start(&r->front) || pipeline_start(r->pipeline) != FAULT_NONE)
        return EXITS_START;
    serve(r);
    pipeline_stop(r->pipeline);
    monitor_stop(r->monitor);
    log_info("stopped");
    return r->exit_code;
}

static void close_run(struct run *r)
{
    if (r->intake.link != NULL)
        zmq_close(r->intake.link);
    if (r->context != NULL)
        zmq_ctx_term(r->context);
    pipeline_free(r->pipeline);
    books_close(&r->books);
    secret_wipe(&r->ledger_key);
    secret_wipe(&r->night_key);
    close(r->signals);
}

int command_run(int argc, char **argv)
{
    if (argc != 1) {
        fprintf(stderr, "usage: saldod run DIR\n");
        return EXITS_USAGE;
    }
    struct run *r = command_harden() ? calloc(1, sizeof(*r)) : NULL;
    if (r == NULL)
        return EXITS_START;
    r->signals = -1;
    int code = run(r, argv[0]);
    if (code == EXITS_OK) /* otherwise threads may still run: the system takes it all back */
        close_run(r);
    else
        front_kill(&r->front);
    if (code == EXITS_OK)
        free(r);
    return code;
}
