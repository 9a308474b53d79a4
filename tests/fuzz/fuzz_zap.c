/* What the library asks the gate's ZAP handler (RFC 27), and what is no such thing: each message
 * gets one answer, and nobody is admitted but a key of the list, by CURVE, in our domain, while
 * there is room. The first byte says which keys are on the list (keys are 32 times the same byte,
 * from 'a' on) and whether there is room; then messages (frames.h). */
#include <sodium.h>
#include <string.h>
#include <zmq.h>

#include "base/check.h"
#include "frames.h"
#include "gate/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGES_MAX = 32, KEYS = 4, CLOSED = 0x80, ZAP_ID_MAX = 256 };

static void *handler, *library; /* both ends of a pair in this process */

static struct allow *listed(uint8_t which)
{
    static uint8_t keys[KEYS][LIMIT_KEY_BYTES];
    size_t count = 0;
    struct allow *a = allow_new();
    CHECK(a != NULL);
    for (int i = 0; i < KEYS; i++)
        if (which >> i & 1)
            memset(keys[count++], 'a' + i, LIMIT_KEY_BYTES);
    CHECK(allow_set(a, keys[0], count));
    return a;
}

static bool is(const struct frame *f, const char *text)
{
    return f->len == strlen(text) && memcmp(f->bytes, text, f->len) == 0;
}

/* Whose key a well-formed question has; -1: nobody's on the list. */
static int whose(const struct frames *f, uint8_t which)
{
    if (f->count != 7 || !is(&f->at[0], "1.0") || !is(&f->at[2], "saldo") ||
        !is(&f->at[5], "CURVE") || f->at[6].len != LIMIT_KEY_BYTES)
        return -1;
    const uint8_t *key = f->at[6].bytes;
    for (int i = 1; i < LIMIT_KEY_BYTES; i++)
        if (key[i] != key[0])
            return -1;
    return key[0] >= 'a' && key[0] < 'a' + KEYS && which >> (key[0] - 'a') & 1 ? key[0] - 'a' : -1;
}

static void expect(const void *bytes, size_t len, bool more)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    CHECK(zmq_msg_recv(&frame, library, ZMQ_DONTWAIT) >= 0);
    CHECK(zmq_msg_size(&frame) == len);
    CHECK(len == 0 || memcmp(zmq_msg_data(&frame), bytes, len) == 0);
    CHECK((bool)zmq_msg_more(&frame) == more);
    zmq_msg_close(&frame);
}

static void expect_answer(const struct frames *f, uint8_t which)
{
    const int who = whose(f, which);
    const bool room = (which & CLOSED) == 0;
    const bool nobody = (which & ((1 << KEYS) - 1)) == 0;
    const struct frame none = {(const uint8_t *)"", 0};
    const struct frame *id = f->count > 1 && f->at[1].len <= ZAP_ID_MAX ? &f->at[1] : &none;
    char user[2 * LIMIT_KEY_BYTES + 1] = "";
    expect("1.0", 3, true);
    expect(id->bytes, id->len, true);
    expect(who >= 0 && room ? "200" : who >= 0 || nobody ? "300" : "400", 3, true);
    expect(who >= 0 && room ? "OK" : "no", 2, true);
    if (who >= 0)
        sodium_bin2hex(user, sizeof(user), f->at[6].bytes, LIMIT_KEY_BYTES);
    expect(user, strlen(user), true);
    expect("", 0, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct frames asked[MESSAGES_MAX];
    struct reader r = {.bytes = data, .len = size};
    char more;
    size_t count = 0;
    if (handler == NULL)
        frames_pair("inproc://zap", &handler, &library);
    const uint8_t which = get_u8(&r);
    struct allow *a = listed(which);
    for (; count < MESSAGES_MAX && frames_read(&r, false, &asked[count]); count++)
        frames_send(library, &asked[count]);
    zap_answer(handler, a, (which & CLOSED) != 0);
    for (size_t i = 0; i < count; i++)
        expect_answer(&asked[i], which);
    CHECK(zmq_recv(library, &more, 1, ZMQ_DONTWAIT) < 0);
    allow_free(a);
    return 0;
}
