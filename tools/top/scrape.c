#include "top/scrape.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_S = 3, HEAD_BYTES = 4096 };

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool fail(struct scrape *s, const char *address, const char *why)
{
    snprintf(s->error, sizeof(s->error), "no figures from %.80s: %.60s", address, why);
    return false;
}

/* ---- HTTP ---- */

static int dial(struct scrape *s, const char *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct timeval wait = {.tv_sec = WAIT_S};
    char host[128];
    struct addrinfo *list = NULL;
    const char *colon = strrchr(address, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - address);
    const bool v6 = len > 2 && address[0] == '[' && address[len - 1] == ']';
    if (len == 0 || len >= sizeof(host)) {
        fail(s, address, "it should be ADDRESS:PORT");
        return -1;
    }
    snprintf(host, sizeof(host), "%.*s", (int)(v6 ? len - 2 : len), address + v6);
    int rc = getaddrinfo(host, colon + 1, &hints, &list);
    if (rc != 0) {
        fail(s, address, gai_strerror(rc));
        return -1;
    }
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
        connect(fd, list->ai_addr, list->ai_addrlen) != 0) {
        fail(s, address, strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

/* The whole answer, up to the end of the connection, into `out`. */
static bool receive(struct scrape *s, int fd, const char *address, char *out, size_t size)
{
    const int64_t until_us = now_us() + WAIT_S * 1000000;
    size_t len = 0;
    for (;;) {
        ssize_t n = recv(fd, out + len, size - 1 - len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(s, address, errno == EAGAIN ? "no answer" : strerror(errno));
        if (n == 0)
            break;
        len += (size_t)n;
        if (len == size - 1 || now_us() > until_us)
            return fail(s, address, "the answer does not end");
    }
    out[len] = '\0';
    return true;
}

/* 200 and 503 both have a body that we want. */
static bool get(struct scrape *s, const char *address, const char *path, char *body, size_t size)
{
    char request[256];
    int len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: saldo\r\n\r\n", path);
    int fd = dial(s, address);
    if (fd < 0)
        return false;
    bool good =
        send(fd, request, (size_t)len, MSG_NOSIGNAL) == len || fail(s, address, strerror(errno));
    good = good && receive(s, fd, address, body, size);
    close(fd);
    if (!good)
        return false;
    const char *end = strstr(body, "\r\n\r\n");
    if (end == NULL || strncmp(body, "HTTP/1.", 7) != 0 ||
        (strncmp(body + 8, " 200 ", 5) != 0 && strncmp(body + 8, " 503 ", 5) != 0))
        return fail(s, address, "that is no saldod");
    memmove(body, end + 4, strlen(end + 4) + 1);
    return true;
}

bool scrape_take(struct scrape *out, const char *address)
{
    out->error[0] = '\0';
    out->good = get(out, address, "/metrics", out->metrics, sizeof(out->metrics)) &&
                get(out, address, "/healthz", out->health, sizeof(out->health));
    out->at_us = now_us();
    if (out->good && strstr(out->metrics, "saldo_build_info{") == NULL)
        out->good = fail(out, address, "that is no saldod");
    return out->good;
}

/* ---- Samples ---- */

bool scrape_next(const struct scrape *s, const char *name, const char **at,
                 struct scrape_sample *out)
{
    const size_t name_len = strlen(name);
    const char *line = *at == NULL ? s->metrics : *at;
    while (*line != '\0') {
        const char *end = strchr(line, '\n');
        if (end == NULL)
            return false;
        const char *rest = line + name_len;
        if (strncmp(line, name, name_len) == 0 && (*rest == ' ' || *rest == '{')) {
            const char *space = end;
            while (space > rest && *space != ' ')
                space--;
            const bool labels = *rest == '{' && space > rest + 1;
            *out = (struct scrape_sample){labels ? rest + 1 : rest,
                                          labels ? (size_t)(space - rest) - 2 : 0,
                                          strtod(space, NULL)};
            *at = end + 1;
            return true;
        }
        line = end + 1;
    }
    return false;
}

double scrape_value(const struct scrape *s, const char *sample)
{
    const char *brace = strchr(sample, '{');
    const char *at = NULL;
    struct scrape_sample found;
    char name[128];
    const size_t name_len = brace == NULL ? strlen(sample) : (size_t)(brace - sample);
    const size_t labels_len = brace == NULL ? 0 : strlen(brace) - 2;
    snprintf(name, sizeof(name), "%.*s", (int)name_len, sample);
    while (scrape_next(s, name, &at, &found))
        if (found.labels_len == labels_len &&
            (labels_len == 0 || memcmp(found.labels, brace + 1, labels_len) == 0))
            return found.value;
    return 0;
}

bool scrape_label(const struct scrape *s, const char *name, const char *label, char *out,
                  size_t size)
{
    const char *at = NULL;
    struct scrape_sample found;
    char key[64];
    snprintf(key, sizeof(key), "%s=\"", label);
    if (!scrape_next(s, name, &at, &found))
        return false;
    const char *value = strstr(found.labels, key);
    if (value == NULL || value > found.labels + found.labels_len)
        return false;
    value += strlen(key);
    const size_t len = strcspn(value, "\"\n");
    if (len >= size)
        return false;
    memcpy(out, value, len);
    out[len] = '\0';
    return true;
}
