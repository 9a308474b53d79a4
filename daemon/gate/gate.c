#include "gate/inside.h"

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

#define OPTION_ZAP_ENFORCE_DOMAIN 93 /* in the library, missing from Debian's header */
#define MEMORY_BYTES              (UINT64_C(2) << 30)
#define FILES_MAX                 (4 * LIMIT_CONNECTIONS)
#define UNREAD_MS                 15000 /* a connection that takes nothing for so long is ended */
#define BIND_TRIES                40
#define BIND_AGAIN_NS             50000000

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
            route_link(g);
        if (items[2].revents != 0)
            route_clients(g);
        if (!tick(g))
            return 1;
    }
    /* What came too late is refused, not left without an answer; but a flood must not hold us. */
    for (int rounds = 0; rounds < 64 && route_clients(g); rounds++)
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
