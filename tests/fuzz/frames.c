/* frames.c - messages of several frames, from bytes into a socket. */
#include "frames.h"

#include <zmq.h>

#include "base/check.h"

static uint8_t zeros[LIMIT_REQUEST_BYTES + 128];

static struct frame some_frame(struct reader *r, bool large)
{
    const uint8_t len = get_u8(r);
    if (large)
        return (struct frame){zeros, (size_t)(LIMIT_REQUEST_BYTES + (int8_t)len)};
    struct frame f = {.len = len < r->len - r->at ? len : r->len - r->at};
    f.bytes = f.len > 0 ? get_bytes(r, f.len) : zeros;
    return f;
}

bool frames_read(struct reader *r, bool large, struct frames *f)
{
    bool follows = r->at < r->len;
    f->count = 0;
    while (follows && f->count < FRAMES_MAX) {
        const uint8_t how = get_u8(r);
        follows = (how & 1) != 0;
        f->at[f->count++] = some_frame(r, large && (how & 2) != 0);
    }
    return f->count > 0;
}

void frames_pair(const char *endpoint, void **near, void **far)
{
    static void *context;
    const int unbounded = 0; /* room comes back some time after a message was taken */
    if (context == NULL)
        context = zmq_ctx_new();
    CHECK(context != NULL);
    *near = zmq_socket(context, ZMQ_PAIR);
    *far = zmq_socket(context, ZMQ_PAIR);
    CHECK(*near != NULL && *far != NULL);
    CHECK(zmq_setsockopt(*far, ZMQ_SNDHWM, &unbounded, sizeof(int)) == 0);
    CHECK(zmq_setsockopt(*near, ZMQ_RCVHWM, &unbounded, sizeof(int)) == 0);
    CHECK(zmq_setsockopt(*near, ZMQ_SNDHWM, &unbounded, sizeof(int)) == 0);
    CHECK(zmq_setsockopt(*far, ZMQ_RCVHWM, &unbounded, sizeof(int)) == 0);
    CHECK(zmq_bind(*near, endpoint) == 0);
    CHECK(zmq_connect(*far, endpoint) == 0);
}

void frames_send(void *socket, const struct frames *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct frame *one = &f->at[i];
        const int more = i + 1 < f->count ? ZMQ_SNDMORE : 0;
        const int sent = one->bytes == zeros ? zmq_send_const(socket, one->bytes, one->len, more)
                                             : zmq_send(socket, one->bytes, one->len, more);
        CHECK(sent == (int)one->len);
    }
}
