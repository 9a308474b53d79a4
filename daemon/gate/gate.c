#include "gate/gate.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "log.h"
#include "outcome.h"

#define OPTION_ZAP_ENFORCE_DOMAIN 93 /* in the library, missing from Debian's header */
#define MEMORY_BYTES              (UINT64_C(2) << 30)
#define FILES_MAX                 (4 * LIMIT_CONNECTIONS)
#define UNREAD_MS                 15000 /* a connection that takes nothing for so long is ended */
#define ROUND                     256   /* messages taken from one socket before the others' turn */
#define BIND_TRIES                40
#define BIND_AGAIN_NS             50000000

struct gate {
    const struct gate_options *options;
    void *context;
    void *zap; /* all three sockets belong to the one thread */
    void *clients;
    void *link;
    struct allow *allow;
    struct peers *peers;
    uint64_t dropped; /* frames of no use, and replies nobody takes */
    bool closed;      /* too many connections: nobody new is admitted */
    bool unbound;     /* far too many: the tcp endpoints are gone for the moment */
    uint32_t files_max;
    bool stopping;
    int64_t ticked_s;
};

/* ---- Start ---- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* The sanitizers reserve more address space than any limit allows. */
static bool limit_memory(void)
{
#ifdef SANITIZED
    return true;
#else
    const struct rlimit memory = {MEMORY_BYTES, MEMORY_BYTES};
    return setrlimit(RLIMIT_AS, &memory) == 0;
#endif
}

static bool confine(const struct gate_options *o, uint32_t *files_max)
{
    const struct rlimit no_core = {0, 0};
    struct rlimit files;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != o->parent)
        return false; /* the parent may have died before the call */
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    if (setrlimit(RLIMIT_CORE, &no_core) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0)
        return false;
    files.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
    *files_max = (uint32_t)files.rlim_cur;
    return setrlimit(RLIMIT_NOFILE, &files) == 0 && limit_memory();
}

struct option {
    int name;
    int value;
};

static bool set_options(void *socket, const struct option *options, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (zmq_setsockopt(socket, options[i].name, &options[i].value, sizeof(int)) != 0)
            return false;
    return true;
}

static bool clients_options(void *socket, const struct gate_options *o)
{
    static const struct option options[] = {
        {ZMQ_LINGER, 1000},         {ZMQ_ROUTER_MANDATORY, 1},      {ZMQ_HANDSHAKE_IVL, 3000},
        {ZMQ_HEARTBEAT_IVL, 5000},  {ZMQ_HEARTBEAT_TIMEOUT, 15000}, {ZMQ_BACKLOG, 1024},
        {ZMQ_RECONNECT_IVL, 500},   {ZMQ_RECONNECT_IVL_MAX, 30000}, {ZMQ_RCVHWM, 64},
        {ZMQ_SNDHWM, 256},          {ZMQ_CURVE_SERVER, 1},          {OPTION_ZAP_ENFORCE_DOMAIN, 1},
        {ZMQ_TCP_MAXRT, UNREAD_MS},
    };
    const int64_t message_max = LIMIT_REQUEST_BYTES + 64; /* CURVE adds 33 */
    return zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN_NAME, strlen(ZAP_DOMAIN_NAME)) == 0 &&
           set_options(socket, options, sizeof(options) / sizeof(options[0])) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &message_max, sizeof(message_max)) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, o->transport_secret, LIMIT_KEY_BYTES) == 0;
}

/* After a kill of the ledger process its gate holds the port for a moment longer. */
static int bind_soon(void *socket, const char *endpoint)
{
    const struct timespec pause = {0, BIND_AGAIN_NS};
    int rc = zmq_bind(socket, endpoint);
    for (int tries = 1; rc != 0 && errno == EADDRINUSE && tries < BIND_TRIES; tries++) {
        nanosleep(&pause, NULL);
        rc = zmq_bind(socket, endpoint);
    }
    return rc;
}

static bool bind_all(struct gate *g)
{
    for (uint32_t i = 0; i < g->options->listen_count; i++) {
        const char *endpoint = g->options->listen[i];
        const int ipv6 = strchr(endpoint, '[') != NULL;
        if (zmq_setsockopt(g->clients, ZMQ_IPV6, &ipv6, sizeof(ipv6)) != 0 ||
            bind_soon(g->clients, endpoint) != 0) {
            log_error("gate-bind endpoint=%s error=\"%s\"", endpoint, zmq_strerror(errno));
            return false;
        }
    }
    return true;
}

static bool open_link(struct gate *g)
{
    static const struct option options[] = {
        {ZMQ_LINGER, 0}, {ZMQ_SNDHWM, LIMIT_IN_FLIGHT}, {ZMQ_RCVHWM, LIMIT_IN_FLIGHT}};
    g->link = zmq_socket(g->context, ZMQ_DEALER);
    return g->link != NULL && set_options(g->link, options, sizeof(options) / sizeof(options[0])) &&
           zmq_setsockopt(g->link, ZMQ_ROUTING_ID, g->options->incarnation, LINK_GATE_BYTES) == 0 &&
           zmq_connect(g->link, g->options->link) == 0;
}

/* The handler stands before the first endpoint does: a missing one would admit everybody. */
static bool open_sockets(struct gate *g)
{
    srand(randombytes_random()); /* the library makes its routing ids with rand() */
    if ((g->context = zmq_ctx_new()) == NULL || (g->allow = allow_new()) == NULL ||
        (g->peers = peers_new()) == NULL)
        return false;
    if ((g->zap = zap_bind(g->context)) == NULL || !open_link(g))
        return false;
    g->clients = zmq_socket(g->context, ZMQ_ROUTER);
    if (g->clients == NULL || !clients_options(g->clients, g->options)) {
        log_error("gate-options error=\"%s\"", zmq_strerror(errno));
        return false;
    }
    if (g->options->ipc != NULL && zmq_bind(g->clients, g->options->ipc) != 0) {
        log_error("gate-bind endpoint=%s error=\"%s\"", g->options->ipc, zmq_strerror(errno));
        return false;
    }
    if (!bind_all(g))
        return false;
    const struct link_header ready = {.type = LINK_READY};
    const int wait_ms = 5000;
    zmq_pollitem_t link = {.socket = g->link, .events = ZMQ_POLLOUT};
    return zmq_poll(&link, 1, wait_ms) == 1 && link_send(g->link, false, &ready, NULL);
}

/* ---- Clients ---- */

/* One message of a client: [routing id][correlation][envelope]. */
struct client_message {
    struct link_note note;
    struct link_header header;
    zmq_msg_t envelope;
};

/* False: nothing is there. `*fit` says whether the message is one that we expect. */
static bool client_receive(struct gate *g, struct client_message *m, bool *fit)
{
    zmq_msg_t *f = &m->envelope;
    *fit = false;
    if (zmq_msg_recv(f, g->clients, ZMQ_DONTWAIT) < 0)
        return false;
    const uint8_t *id = zmq_msg_data(f);
    bool good = zmq_msg_size(f) == LINK_CLIENT_BYTES && id[0] == 0 && zmq_msg_more(f);
    if (good) {
        memcpy(m->note.client, id, LINK_CLIENT_BYTES);
        good = zmq_msg_recv(f, g->clients, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(f) &&
               zmq_msg_size(f) == LINK_CORRELATION_BYTES;
    }
    if (good) {
        memcpy(m->note.correlation, zmq_msg_data(f), LINK_CORRELATION_BYTES);
        good = zmq_msg_recv(f, g->clients, ZMQ_DONTWAIT) >= 0 && !zmq_msg_more(f) &&
               zmq_msg_size(f) > 0 && zmq_msg_size(f) <= LIMIT_REQUEST_BYTES;
    }
    if (!good) {
        link_skip(g->clients, f);
        return true;
    }
    m->note.frame_len = (uint32_t)zmq_msg_size(f);
    *fit = zap_peer(f, m->header.peer_key); /* in the last frame only */
    return true;
}

/* Never blocks: a reply that its client does not take is dropped; the client asks again. */
static void client_reply(struct gate *g, const struct link_note *n, zmq_msg_t *reply)
{
    const int flags = ZMQ_DONTWAIT | ZMQ_SNDMORE;
    if (zmq_send(g->clients, n->client, LINK_CLIENT_BYTES, flags) < 0) {
        g->dropped++;
        return;
    }
    CHECK(zmq_send(g->clients, n->correlation, LINK_CORRELATION_BYTES, flags) >= 0);
    CHECK(zmq_msg_send(reply, g->clients, ZMQ_DONTWAIT) >= 0);
}

static void client_refuse(struct gate *g, const struct link_note *n, int32_t code)
{
    zmq_msg_t reply;
    if (!link_refusal(code, &reply))
        return;
    client_reply(g, n, &reply);
    zmq_msg_close(&reply);
}

static void client_forward(struct gate *g, struct client_message *m)
{
    if (!allow_has(g->allow, m->header.peer_key)) { /* revoked since it was admitted */
        client_refuse(g, &m->note, OUTCOME_BAD_SIGNATURE);
        return;
    }
    m->note.peer = peers_place(g->peers, m->header.peer_key);
    if (g->stopping || !peers_take(g->peers, m->note.peer, m->note.frame_len)) {
        client_refuse(g, &m->note, OUTCOME_BUSY);
        return;
    }
    m->header.type = LINK_REQUEST;
    link_note_write(&m->note, &m->header.route);
    if (!link_send(g->link, false, &m->header, &m->envelope)) {
        peers_give_back(g->peers, m->note.peer, m->note.frame_len);
        client_refuse(g, &m->note, OUTCOME_BUSY);
    }
}

static bool clients_serve(struct gate *g)
{
    struct client_message m;
    bool fit;
    zmq_msg_init(&m.envelope);
    int taken = 0;
    while (taken < ROUND && client_receive(g, &m, &fit)) {
        taken++;
        if (fit)
            client_forward(g, &m);
        else
            g->dropped++;
    }
    zmq_msg_close(&m.envelope);
    return taken == ROUND;
}

/* ---- Link ---- */

static void link_take(struct gate *g, const struct link_header *h, zmq_msg_t *body)
{
    struct link_note note;
    if (h->type == LINK_REPLY) {
        link_note_read(&h->route, &note);
        peers_give_back(g->peers, note.peer, note.frame_len);
        if (peers_lend(g->peers, note.peer, body))
            client_reply(g, &note, body);
        else
            g->dropped++;
    } else if (h->type == LINK_KEYS) {
        CHECK(zmq_msg_size(body) % LIMIT_KEY_BYTES == 0);
        CHECK(allow_set(g->allow, zmq_msg_data(body), zmq_msg_size(body) / LIMIT_KEY_BYTES));
    } else if (h->type == LINK_STOP) {
        g->stopping = true;
    }
}

static void link_serve(struct gate *g)
{
    struct link_header h;
    zmq_msg_t body;
    enum link_got got = LINK_GOT;
    zmq_msg_init(&body);
    for (int i = 0; i < ROUND && (got = link_receive(g->link, false, &h, &body)) == LINK_GOT; i++)
        link_take(g, &h, &body);
    CHECK(got != LINK_BROKEN); /* the ledger process and its gate are one program */
    zmq_msg_close(&body);
}

/* ---- Every second ---- */

static uint32_t open_files(void)
{
    uint32_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return UINT32_MAX; /* no descriptor left for the directory: certainly too many */
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* Beyond the limit nobody new is admitted. Near the end of the descriptors the listeners go, too,
 * because the library spins when it has none left; that costs all connections over tcp, so it is
 * the last resort. */
static bool bound_connections(struct gate *g, uint32_t files)
{
    g->closed = files > LIMIT_CONNECTIONS;
    if (!g->unbound && files > g->files_max / 4 * 3) {
        log_warning("gate-unbound connections=%u", files);
        for (uint32_t i = 0; i < g->options->listen_count; i++)
            zmq_unbind(g->clients, g->options->listen[i]);
        g->unbound = true;
    } else if (g->unbound && !g->closed) {
        log_info("gate-bound connections=%u", files);
        g->unbound = false;
        return bind_all(g);
    }
    return true;
}

static bool tick(struct gate *g)
{
    struct link_header counts = {.type = LINK_COUNTS};
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec == g->ticked_s)
        return true;
    g->ticked_s = now.tv_sec;
    if (g->dropped > 0)
        log_info("gate-dropped frames=%lu", (unsigned long)g->dropped);
    counts.dropped = (uint32_t)g->dropped;
    counts.connections = open_files();
    if (link_send(g->link, false, &counts, NULL))
        g->dropped = 0;
    return bound_connections(g, counts.connections);
}

static int serve(struct gate *g)
{
    zmq_pollitem_t items[] = {
        {.socket = g->zap, .events = ZMQ_POLLIN},
        {.socket = g->link, .events = ZMQ_POLLIN},
        {.socket = g->clients, .events = ZMQ_POLLIN},
    };
    while (!g->stopping) {
        if (zmq_poll(items, 3, 1000) < 0 && errno != EINTR)
            return 1;
        /* Asking a socket that has nothing costs two system calls. */
        if (items[0].revents != 0)
            zap_answer(g->zap, g->allow, g->closed);
        if (items[1].revents != 0)
            link_serve(g);
        if (items[2].revents != 0)
            clients_serve(g);
        if (!tick(g))
            return 1;
    }
    /* What came too late is refused, not left without an answer; but a flood must not hold us. */
    for (int rounds = 0; rounds < 64 && clients_serve(g); rounds++)
        ;
    return 0;
}

int gate_run(const struct gate_options *options)
{
    struct gate g = {.options = options};
    int code = 1;

    signal(SIGINT, SIG_IGN); /* the ledger process says when to stop, after the last reply */
    signal(SIGTERM, SIG_IGN);
    if (!confine(options, &g.files_max))
        log_error("gate-confine error=\"%s\"", strerror(errno));
    else if (!open_sockets(&g))
        log_error("gate-start error=\"%s\"", zmq_strerror(errno));
    else
        code = serve(&g);
    if (code != 0)
        return code;      /* nothing to save: the system takes it all back */
    zmq_close(g.clients); /* LINGER 1 s: the last replies leave */
    zmq_close(g.link);
    zmq_close(g.zap);
    zmq_ctx_term(g.context);
    allow_free(g.allow);
    peers_free(g.peers);
    return 0;
}
