/* connection.c - one DEALER socket with CURVE, and the descriptor that stands for it.
 *
 * ZMQ_IMMEDIATE: frames are only handed to a finished connection. Otherwise libzmq would store
 * every resend of an outage and deliver them all at its end.
 *
 * libzmq does not connect again after some ends of a connection (a key that was not admitted, a
 * breach of the protocol), so a socket that cannot send for a while is replaced. That changes the
 * socket's descriptor, which is why the caller gets that of an epoll instead. It also makes the
 * descriptor level-triggered towards the caller, as far as libzmq's own is readable. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <zmq.h>

#include "base/bytes.h"
#include "internal.h"

enum {
    LINGER_MS = 1000, /* unsent frames at saldo_close() */
    HANDSHAKE_MS = 3000,
    HEARTBEAT_MS = 5000,
    HEARTBEAT_TIMEOUT_MS = 15000,
    RECONNECT_MS = 500,
    RECONNECT_MS_MAX = 30000,
    QUEUE_FRAMES = 256, /* all that is under way, and some resends of it */
    CORRELATION_BYTES = 8,
    CURVE_BYTES = 64, /* more than CURVE adds to a frame, for MAXMSGSIZE */
};

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static bool set_key(void *socket, int option, const uint8_t key[32])
{
    return zmq_setsockopt(socket, option, key, 32) == 0;
}

static bool configure(const struct saldo *s, void *socket)
{
    int64_t reply_max = LIMIT_REPLY_BYTES + CURVE_BYTES;
    return set_int(socket, ZMQ_LINGER, LINGER_MS) &&
           set_int(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set_int(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
           set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
           set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MS_MAX) &&
           set_int(socket, ZMQ_IMMEDIATE, 1) && set_int(socket, ZMQ_IPV6, 1) &&
           set_int(socket, ZMQ_SNDHWM, QUEUE_FRAMES) && set_int(socket, ZMQ_RCVHWM, QUEUE_FRAMES) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &reply_max, sizeof(reply_max)) == 0 &&
           set_key(socket, ZMQ_CURVE_SERVERKEY, s->home.transport_key) &&
           set_key(socket, ZMQ_CURVE_PUBLICKEY, s->key.transport_public) &&
           set_key(socket, ZMQ_CURVE_SECRETKEY, s->key.transport_secret);
}

static enum saldo_error open_socket(struct saldo *s)
{
    struct epoll_event event = {.events = EPOLLIN};
    int fd = -1;
    size_t size = sizeof(fd);

    s->socket = zmq_socket(s->context, ZMQ_DEALER);
    if (s->socket == NULL || !configure(s, s->socket))
        return client_fail(s, SALDO_ERROR_NETWORK, "socket: %s", zmq_strerror(errno));
    if (zmq_connect(s->socket, s->home.endpoint) != 0)
        return client_fail(s, SALDO_ERROR_CONFIG, "endpoint %s: %s", s->home.endpoint,
                           zmq_strerror(errno));
    if (zmq_getsockopt(s->socket, ZMQ_FD, &fd, &size) != 0 ||
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        return client_fail(s, SALDO_ERROR_NETWORK, "descriptor: %s", zmq_strerror(errno));
    return SALDO_OK;
}

enum saldo_error client_connect(struct saldo *s)
{
    s->replace_ms = CLIENT_REPLACE_MS;
    s->context = zmq_ctx_new();
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->context == NULL || s->epoll < 0)
        return client_fail(s, SALDO_ERROR_NETWORK, "context: %s", strerror(errno));
    return open_socket(s);
}

static void close_socket(struct saldo *s)
{
    if (s->socket == NULL)
        return;
    int fd = -1;
    size_t size = sizeof(fd);
    if (zmq_getsockopt(s->socket, ZMQ_FD, &fd, &size) == 0)
        (void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL); /* it may never have been added */
    zmq_close(s->socket);
    s->socket = NULL;
}

void client_disconnect(struct saldo *s)
{
    close_socket(s);
    while (s->context != NULL && zmq_ctx_term(s->context) != 0 && errno == EINTR)
        ;
    s->context = NULL;
    if (s->epoll >= 0)
        close(s->epoll);
    s->epoll = -1;
}

enum saldo_error client_reconnect(struct saldo *s)
{
    close_socket(s);
    return open_socket(s);
}

/* ZeroMQ hands over both frames or none: only the first can meet a full queue. */
enum client_io client_send(struct saldo *s, uint64_t ticket, const void *bytes, size_t len)
{
    uint8_t correlation[CORRELATION_BYTES];
    struct writer w = {.bytes = correlation, .size = sizeof(correlation)};
    put_u64(&w, ticket);
    if (s->socket == NULL)
        return CLIENT_IO_FAILED;
    if (zmq_send(s->socket, correlation, sizeof(correlation), ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
        return errno == EAGAIN || errno == EINTR ? CLIENT_IO_AGAIN : CLIENT_IO_FAILED;
    while (zmq_send(s->socket, bytes, len, ZMQ_DONTWAIT) < 0) {
        if (errno != EINTR)
            return CLIENT_IO_FAILED;
    }
    return CLIENT_IO_DONE;
}

static enum client_io receive_frame(struct saldo *s, zmq_msg_t *frame)
{
    while (zmq_msg_recv(frame, s->socket, ZMQ_DONTWAIT) < 0) {
        if (errno != EINTR)
            return errno == EAGAIN ? CLIENT_IO_AGAIN : CLIENT_IO_FAILED;
    }
    return CLIENT_IO_DONE;
}

enum client_io client_receive(struct saldo *s, uint64_t *ticket, uint8_t **reply, size_t *reply_len)
{
    zmq_msg_t frame;
    bool ours = true;
    unsigned count = 0;
    enum client_io io;

    *reply = NULL;
    *reply_len = 0;
    if (s->socket == NULL)
        return CLIENT_IO_AGAIN; /* until there is one again */
    zmq_msg_init(&frame);
    do {
        io = receive_frame(s, &frame);
        if (io != CLIENT_IO_DONE)
            break;
        size_t len = zmq_msg_size(&frame);
        struct reader r = {.bytes = zmq_msg_data(&frame), .len = len};
        if (count == 0 && len == CORRELATION_BYTES)
            *ticket = get_u64(&r);
        else if (count == 1 && ours && len > 0 && (*reply = malloc(len)) != NULL)
            memcpy(*reply, r.bytes, *reply_len = len);
        else
            ours = false;
        count++;
    } while (zmq_msg_more(&frame));
    zmq_msg_close(&frame);
    if (io != CLIENT_IO_DONE || !ours || count != 2) {
        free(*reply);
        *reply = NULL;
        *reply_len = 0;
    }
    return io;
}

static int events(struct saldo *s)
{
    int value = 0;
    size_t size = sizeof(value);
    if (s->socket == NULL || zmq_getsockopt(s->socket, ZMQ_EVENTS, &value, &size) != 0)
        return 0;
    return value;
}

bool client_readable(struct saldo *s)
{
    return (events(s) & ZMQ_POLLIN) != 0;
}

bool client_writable(struct saldo *s)
{
    return (events(s) & ZMQ_POLLOUT) != 0;
}

void client_sleep(struct saldo *s, int wait_ms)
{
    zmq_pollitem_t item = {.socket = s->socket, .events = ZMQ_POLLIN};
    if (s->blocked)
        item.events |= ZMQ_POLLOUT;
    (void)zmq_poll(&item, s->socket != NULL ? 1 : 0, wait_ms); /* a signal only wakes early */
}

int saldo_fd(const struct saldo *s)
{
    return s->open ? s->epoll : -1;
}
