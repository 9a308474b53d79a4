/* monitor.c - libmicrohttpd in a thread of its own. */
#include "monitor/monitor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/check.h"

#define TURN_MS          250  /* how often the age of connections is looked at */
#define IDLE_S           5    /* a connection that says nothing */
#define CONNECTION_BYTES 8192 /* request line and headers together */

struct connection {
    int fd; /* -1: none */
    int64_t since_us;
};

struct monitor {
    const struct figures *figures;
    struct metrics_facts facts;
    struct MHD_Daemon *daemon;
    struct connection connections[MONITOR_CONNECTIONS];
    pthread_t thread;
    atomic_bool stop;
    char page[METRICS_BYTES];
};

static struct metrics_now now(void)
{
    struct timespec real, monotonic;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    return (struct metrics_now){
        (int64_t)real.tv_sec * 1000 + real.tv_nsec / 1000000,
        (int64_t)monotonic.tv_sec * 1000000 + monotonic.tv_nsec / 1000,
    };
}

/* ---- The address ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_port(const char *text, uint16_t *port)
{
    char *end = NULL;
    if (text[0] < '1' || text[0] > '9' || strlen(text) > 5)
        return false;
    unsigned long n = strtoul(text, &end, 10);
    *port = htons((uint16_t)n);
    return *end == '\0' && n <= UINT16_MAX;
}

static bool parse_address(const char *text, union address *out)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    const bool v6 = text[0] == '[';
    memset(out, 0, sizeof(*out));
    if (colon == NULL || (v6 && (colon < text + 2 || colon[-1] != ']')))
        return false;
    const size_t len = v6 ? (size_t)(colon - text) - 2 : (size_t)(colon - text);
    if (len == 0 || len >= sizeof(host))
        return false;
    memcpy(host, text + v6, len);
    host[len] = '\0';
    out->any.sa_family = v6 ? AF_INET6 : AF_INET;
    if (v6)
        return inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1 &&
               parse_port(colon + 1, &out->v6.sin6_port);
    return inet_pton(AF_INET, host, &out->v4.sin_addr) == 1 &&
           parse_port(colon + 1, &out->v4.sin_port);
}

bool monitor_address_valid(const char *address)
{
    union address a;
    return parse_address(address, &a);
}

/* ---- Answers ---- */

/* The first `len` bytes of the page. */
static enum MHD_Result answer(struct monitor *m, struct MHD_Connection *c, unsigned status,
                              size_t len, const char *type)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(len, m->page, MHD_RESPMEM_MUST_COPY);
    if (r == NULL)
        return MHD_NO;
    bool good = MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
                MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES &&
                MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES;
    if (good && status == MHD_HTTP_METHOD_NOT_ALLOWED)
        good = MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES;
    enum MHD_Result result = good ? MHD_queue_response(c, status, r) : MHD_NO;
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct monitor *m = arg;
    const struct metrics_now t = now();
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer(m, c, MHD_HTTP_METHOD_NOT_ALLOWED,
                      (size_t)snprintf(m->page, METRICS_BYTES, "GET and HEAD only\n"),
                      "text/plain");
    if (strcmp(url, "/metrics") == 0)
        return answer(m, c, MHD_HTTP_OK, metrics_write(m->figures, &m->facts, &t, m->page),
                      "text/plain; version=0.0.4; charset=utf-8");
    if (strcmp(url, "/healthz") == 0) {
        uint32_t ill = metrics_health(m->figures, &m->facts, &t);
        return answer(m, c, ill == 0 ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                      metrics_health_write(ill, m->page), "application/json");
    }
    return answer(m, c, MHD_HTTP_NOT_FOUND,
                  (size_t)snprintf(m->page, METRICS_BYTES, "/metrics or /healthz\n"), "text/plain");
}

/* ---- Connections ---- */

static void on_connection(void *arg, struct MHD_Connection *c, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    struct monitor *m = arg;
    struct connection *held = *state;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (held != NULL)
            held->fd = -1;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    for (size_t i = 0; info != NULL && i < MONITOR_CONNECTIONS; i++) {
        if (m->connections[i].fd >= 0)
            continue;
        m->connections[i] = (struct connection){info->connect_fd, now().monotonic_us};
        *state = &m->connections[i];
        return;
    }
}

/* The library closes who says nothing; this ends who says a byte now and then. */
static void end_old_ones(struct monitor *m)
{
    const int64_t before_us = now().monotonic_us - MONITOR_LIFE_US;
    for (size_t i = 0; i < MONITOR_CONNECTIONS; i++)
        if (m->connections[i].fd >= 0 && m->connections[i].since_us < before_us)
            (void)shutdown(m->connections[i].fd, SHUT_RDWR); /* the library sees its end */
}

static void *monitor_main(void *arg)
{
    struct monitor *m = arg;
    while (!atomic_load(&m->stop)) {
        if (MHD_run_wait(m->daemon, TURN_MS) != MHD_YES)
            break; /* no figures any more; the ledger serves on */
        end_old_ones(m);
    }
    return NULL;
}

/* ---- Life ---- */

enum fault monitor_start(const char *address, const struct figures *figures,
                         const struct metrics_facts *facts, struct monitor **out)
{
    union address a;
    *out = NULL;
    CHECK(parse_address(address, &a));
    struct monitor *m = calloc(1, sizeof(*m));
    if (m == NULL)
        return FAULT_MEMORY;
    m->figures = figures;
    m->facts = *facts;
    for (size_t i = 0; i < MONITOR_CONNECTIONS; i++)
        m->connections[i].fd = -1;
    errno = 0;
    m->daemon = MHD_start_daemon(MHD_USE_EPOLL | (a.any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0U),
                                 0, NULL, NULL, on_request, m, MHD_OPTION_SOCK_ADDR, &a.any,
                                 MHD_OPTION_CONNECTION_LIMIT, (unsigned)MONITOR_CONNECTIONS,
                                 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                                 MHD_OPTION_NOTIFY_CONNECTION, on_connection, m, MHD_OPTION_END);
    if (m->daemon == NULL) {
        int error = errno;
        free(m);
        errno = error;
        return FAULT_IO;
    }
    if (pthread_create(&m->thread, NULL, monitor_main, m) != 0) {
        MHD_stop_daemon(m->daemon);
        free(m);
        return FAULT_MEMORY;
    }
    *out = m;
    return FAULT_NONE;
}

void monitor_stop(struct monitor *m)
{
    if (m == NULL)
        return;
    atomic_store(&m->stop, true);
    pthread_join(m->thread, NULL);
    MHD_stop_daemon(m->daemon);
    free(m);
}
