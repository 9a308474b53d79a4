#include "gate/gate.h"

#include <sodium.h>
#include <string.h>

#include "base/check.h"

enum frame_of_zap {
    FRAME_VERSION,
    FRAME_REQUEST,
    FRAME_DOMAIN,
    FRAME_ADDRESS,
    FRAME_IDENTITY,
    FRAME_MECHANISM,
    FRAME_KEY,
    FRAME_COUNT,
};

struct zap_frame {
    uint8_t bytes[256];
    size_t len;
};

void *zap_bind(void *context)
{
    const int linger = 0;
    void *socket = zmq_socket(context, ZMQ_REP);
    if (socket == NULL)
        return NULL;
    if (zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger)) != 0 ||
        zmq_bind(socket, "inproc://zeromq.zap.01") != 0) {
        zmq_close(socket);
        return NULL;
    }
    return socket;
}

static bool frame_is(const struct zap_frame *f, const char *text)
{
    return f->len == strlen(text) && memcmp(f->bytes, text, f->len) == 0;
}

/* Number of frames received, 0 if nothing is there. Frames too many or too long fail later; those
 * that are missing are empty. */
static int zap_receive(void *socket, struct zap_frame frames[FRAME_COUNT])
{
    int count = 0;
    int more = 1;
    size_t size = sizeof(more);
    for (int i = 0; i < FRAME_COUNT; i++)
        frames[i].len = 0;
    while (more) {
        struct zap_frame extra = {.len = 0};
        struct zap_frame *f = count < FRAME_COUNT ? &frames[count] : &extra;
        int len = zmq_recv(socket, f->bytes, sizeof(f->bytes), ZMQ_DONTWAIT);
        if (len < 0)
            return 0;
        f->len = (size_t)len; /* more than the buffer: cut, and longer than anything we take */
        count++;
        CHECK(zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) == 0);
    }
    return count;
}

static void zap_reply(void *socket, const struct zap_frame *request, const char *status,
                      const char *user)
{
    const char *text = status[0] == '2' ? "OK" : "no";
    zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(socket, request->bytes, request->len <= sizeof(request->bytes) ? request->len : 0,
             ZMQ_SNDMORE);
    zmq_send(socket, status, 3, ZMQ_SNDMORE);
    zmq_send(socket, text, 2, ZMQ_SNDMORE);
    zmq_send(socket, user, strlen(user), ZMQ_SNDMORE);
    zmq_send(socket, "", 0, 0);
}

void zap_answer(void *socket, const struct allow *a, bool closed)
{
    struct zap_frame frames[FRAME_COUNT];
    int count;
    while ((count = zap_receive(socket, frames)) > 0) {
        char user[2 * LIMIT_KEY_BYTES + 1] = "";
        const char *status = allow_empty(a) ? "300" : "400"; /* after 400 nobody comes back */
        if (count == FRAME_COUNT && frame_is(&frames[FRAME_VERSION], "1.0") &&
            frame_is(&frames[FRAME_DOMAIN], ZAP_DOMAIN_NAME) &&
            frame_is(&frames[FRAME_MECHANISM], "CURVE") &&
            frames[FRAME_KEY].len == LIMIT_KEY_BYTES && allow_has(a, frames[FRAME_KEY].bytes)) {
            status = closed ? "300" : "200";
            sodium_bin2hex(user, sizeof(user), frames[FRAME_KEY].bytes, LIMIT_KEY_BYTES);
        }
        zap_reply(socket, &frames[FRAME_REQUEST], status, user);
    }
}

bool zap_peer(zmq_msg_t *frame, uint8_t key[LIMIT_KEY_BYTES])
{
    size_t len = 0;
    const char *user = zmq_msg_gets(frame, "User-Id");
    if (user == NULL || strlen(user) != 2 * LIMIT_KEY_BYTES)
        return false;
    return sodium_hex2bin(key, LIMIT_KEY_BYTES, user, 2 * LIMIT_KEY_BYTES, NULL, &len, NULL) == 0 &&
           len == LIMIT_KEY_BYTES;
}
