#include "tests/support/siege.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "base/check.h"
#include "outcome.h"
#include "tests/support/bad.h"
#include "tests/support/live.h"

#define SLOTS         64 /* most under way on a connection of the flood */
#define FLOOD_OVER    4  /* times the share of a key are kept under way, at least */
#define FLOOD_SHARE   (LIMIT_IN_FLIGHT / 17)
#define AGAIN_US      10000000 /* a reply that did not come is asked for again */
#define OVERSIZE_US   200000   /* between two messages that are too large */
#define STRANGERS     8        /* handshakes at a time */
#define STRANGER_MS   100
#define HALF_OPEN_US  20000
#define DEAF_PAUSE_US 200
#define NO_ANSWER     (-1)
#define NOT_ASKED_YET UINT32_MAX

struct asked {
    uint8_t id[16];
    int32_t code;
};

struct slot {
    uint32_t number; /* of the request */
    bool waits;      /* sent, and not answered */
    int64_t sent_us;
    uint32_t len;
    uint8_t frame[PAYLOAD_MAX];
};

struct flooder {
    struct hostile h;
    struct slot slots[SLOTS];
};

struct siege {
    struct siege_options o;
    pthread_t flood, noise, deaf, strangers;
    atomic_bool leave;
    atomic_bool last; /* nothing new of the flood */
    atomic_bool flood_gone;
    struct asked *asked;
    _Atomic uint32_t asked_count;
    _Atomic uint32_t answered;
    uint32_t window;
    struct flooder *flooders;
    _Atomic uint64_t offered, busy, other, noise_sent, oversize, unread, refused, admitted, opened;
};

/* ---- The flood ---- */

/* A new charge in the slot. False: there are enough. */
static bool slot_fill(struct siege *s, const struct hostile *h, struct slot *slot)
{
    const struct hostile_signing how = {&h->key, PURPOSE_CHARGE, PURPOSE_CHARGE};
    uint8_t payload[PAYLOAD_MAX];
    if (s->last || s->asked_count == s->o.requests)
        return false;
    struct asked *a = &s->asked[s->asked_count];
    bad_id(a->id);
    a->code = NO_ANSWER;
    slot->number = s->asked_count++;
    size_t len = bad_charge(a->id, 1000, 0, payload);
    slot->len = (uint32_t)hostile_sign(h, &how, payload, len, slot->frame, sizeof(slot->frame));
    return true;
}

static void flood_send(struct siege *s, struct flooder *f)
{
    for (uint32_t i = 0; i < s->window; i++) {
        struct slot *slot = &f->slots[i];
        if (slot->waits && live_now_us() < slot->sent_us + AGAIN_US)
            continue;
        if (slot->number == NOT_ASKED_YET && !slot_fill(s, &f->h, slot))
            continue;
        f->h.correlation = (uint64_t)slot->number * SLOTS + i; /* hostile_send adds one */
        if (!hostile_send(&f->h, slot->frame, slot->len))
            return; /* the connection is full, or not there yet */
        slot->waits = true;
        slot->sent_us = live_now_us();
        s->offered++;
    }
}

static uint32_t flood_take(struct siege *s, struct flooder *f)
{
    struct hostile_reply r;
    uint32_t taken = 0;
    for (; hostile_receive(&f->h, 0, &r); taken++) {
        struct slot *slot = &f->slots[(r.correlation - 1) % SLOTS];
        if (slot->number != (r.correlation - 1) / SLOTS || !slot->waits)
            continue; /* it was sent again, and this is the other answer */
        slot->waits = false;
        if (r.code == OUTCOME_BUSY) {
            s->busy++;
            continue;
        }
        if (r.code != OUTCOME_VOUCHER_UNKNOWN || r.answers != 1)
            s->other++;
        s->asked[slot->number].code = r.code;
        slot->number = NOT_ASKED_YET;
        s->answered++;
    }
    return taken;
}

static void *flood_main(void *arg)
{
    struct siege *s = arg;
    hostile_open(&s->flooders[0].h, s->o.home, "flood", false);
    for (uint32_t i = 1; i < s->o.connections; i++)
        hostile_join(&s->flooders[i].h, &s->flooders[0].h, false);
    while (!s->leave && !(s->last && s->answered == s->asked_count)) {
        uint32_t taken = 0;
        for (uint32_t i = 0; i < s->o.connections; i++) {
            flood_send(s, &s->flooders[i]);
            taken += flood_take(s, &s->flooders[i]);
        }
        if (taken == 0)
            live_sleep_us(1000);
    }
    for (uint32_t i = s->o.connections; i-- > 0;)
        hostile_close(&s->flooders[i].h);
    s->flood_gone = true;
    return NULL;
}

/* ---- Noise ---- */

static void drain(struct hostile *h)
{
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (zmq_msg_recv(&m, h->socket, ZMQ_DONTWAIT) >= 0)
        ;
    zmq_msg_close(&m);
}

/* One of the shapes that a message must not have; `frame` is a good envelope of `len` bytes. */
static bool noise_send(struct hostile *h, uint32_t shape, uint8_t *frame, size_t len)
{
    static const uint8_t garbage[64] = {0xff, 0x01, 0xfe};
    const struct hostile_frame three[] = {{"12345678", 8}, {frame, len}, {frame, len}};
    const struct hostile_frame one[] = {{frame, len}};
    const struct hostile_frame empty[] = {{"12345678", 8}, {NULL, 0}};
    switch (shape) {
    case 0:
        return hostile_frames(h, three, 3);
    case 1:
        return hostile_frames(h, one, 1);
    case 2:
        return hostile_frames(h, empty, 2);
    case 3:
        return hostile_send(h, garbage, sizeof(garbage));
    case 4:
        return hostile_send(h, frame, len - 1);
    default: /* not signed for these bytes */
        return hostile_send(h, frame, len);
    }
}

static void *noise_main(void *arg)
{
    enum { SHAPES = 6 };
    struct siege *s = arg;
    struct hostile h;
    uint8_t payload[PAYLOAD_MAX], frame[PAYLOAD_MAX], id[16];
    uint8_t *large = calloc(1, FRAME_MAX);
    int64_t next_us = 0;
    CHECK(large != NULL);
    hostile_open(&h, s->o.home, "noise", false);
    const struct hostile_signing how = {&h.key, PURPOSE_CHARGE, PURPOSE_CHARGE};
    bad_id(id);
    size_t len = bad_charge(id, 1000, 0, payload);
    len = hostile_sign(&h, &how, payload, len, frame, sizeof(frame));
    const uint8_t right = frame[len - 1];
    for (uint32_t i = 0; !s->leave && !s->last; i++) {
        frame[len - 1] = right ^ (uint8_t)(1 + i % 255);
        bool sent = noise_send(&h, i % SHAPES, frame, len);
        s->noise_sent += sent;

        drain(&h);
        if (!sent)
            live_sleep_us(100);
        if (live_now_us() < next_us)
            continue;
        next_us =
            live_now_us() + OVERSIZE_US; /* one that is dropped, one that ends the connection */
        s->oversize += hostile_send(&h, large, i % 2 ? LIMIT_REQUEST_BYTES + 1 : FRAME_MAX);
    }
    hostile_close(&h);
    free(large);
    return NULL;
}

/* ---- Those who read nothing ---- */

static void *deaf_main(void *arg)
{
    static const uint8_t all_balances[] = {0x0a, 0x00}; /* a BalanceQuery that selects nothing */
    struct siege *s = arg;
    struct hostile *list = calloc(s->o.deaf, sizeof(*list));
    uint8_t query[256];
    CHECK(list != NULL);
    hostile_open(&list[0], s->o.home, "deaf", true);
    for (uint32_t i = 1; i < s->o.deaf; i++)
        hostile_join(&list[i], &list[0], true);
    const struct hostile_signing how = {&list[0].key, PURPOSE_QUERY, PURPOSE_QUERY};
    size_t len =
        hostile_sign(&list[0], &how, all_balances, sizeof(all_balances), query, sizeof(query));
    for (uint32_t i = 0; !s->leave && !s->last; i = (i + 1) % s->o.deaf) {
        s->unread += hostile_send(&list[i], query, len);
        live_sleep_us(DEAF_PAUSE_US);
    }
    for (uint32_t i = s->o.deaf; i-- > 0;)
        hostile_close(&list[i]);
    free(list);
    return NULL;
}

/* ---- Strangers ---- */

static struct sockaddr_in address_of(const char *endpoint)
{
    char host[64];
    unsigned port;
    struct sockaddr_in a = {.sin_family = AF_INET};
    CHECK(sscanf(endpoint, "tcp://%63[0-9.]:%u", host, &port) == 2);
    CHECK(inet_pton(AF_INET, host, &a.sin_addr) == 1);
    a.sin_port = htons((uint16_t)port);
    return a;
}

/* Every other one says half of ZMTP's greeting. */
static int half_open(const struct sockaddr_in *to, bool greets)
{
    static const uint8_t greeting[] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    CHECK(fd >= 0);
    if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0 && greets)
        (void)!write(fd, greeting, sizeof(greeting));
    return fd;
}

/* Handshakes with a key that nobody registered, and away again. */
static void knock(struct siege *s, const struct hostile *own)
{
    struct hostile list[STRANGERS];
    for (uint32_t i = 0; i < STRANGERS; i++)
        hostile_join(&list[i], own, false);
    live_sleep_us(STRANGER_MS * 1000);
    for (uint32_t i = 0; i < STRANGERS; i++) {
        if (hostile_connected(&list[i], 0))
            s->admitted++;
        else
            s->refused++;
        hostile_close(&list[i]);
    }
}

static void *strangers_main(void *arg)
{
    struct siege *s = arg;
    struct hostile own;
    int *fds = calloc(s->o.half_open, sizeof(*fds));
    uint8_t sign[32], transport[32];
    CHECK(fds != NULL);
    CHECK(saldo_keygen(s->o.home, "nobody", sign, transport) == SALDO_OK);
    hostile_open(&own, s->o.home, "nobody", false);
    const struct sockaddr_in to = address_of(own.home.endpoint);
    for (uint32_t i = 0; i < s->o.half_open; i++)
        fds[i] = -1;
    for (uint32_t at = 0; !s->leave && !s->last; knock(s, &own)) {
        for (uint32_t i = 0; i < STRANGER_MS * 1000 / HALF_OPEN_US * 4; i++) {
            uint32_t which = at++ % s->o.half_open;
            if (fds[which] >= 0)
                close(fds[which]);
            fds[which] = half_open(&to, at % 2 == 0);
            s->opened++;
        }
    }
    for (uint32_t i = 0; i < s->o.half_open; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    hostile_close(&own);
    free(fds);
    return NULL;
}

/* ---- All of them ---- */

struct siege *siege_begin(const struct siege_options *o)
{
    struct siege *s = calloc(1, sizeof(*s));
    CHECK(s != NULL);
    s->o = *o;
    s->window = FLOOD_OVER * FLOOD_SHARE / o->connections + 1;
    if (s->window > SLOTS)
        s->window = SLOTS;
    s->asked = calloc(o->requests, sizeof(*s->asked));
    s->flooders = calloc(o->connections, sizeof(*s->flooders));
    CHECK(s->asked != NULL && s->flooders != NULL);
    for (uint32_t i = 0; i < o->connections; i++)
        for (uint32_t k = 0; k < SLOTS; k++)
            s->flooders[i].slots[k].number = NOT_ASKED_YET;
    CHECK(pthread_create(&s->flood, NULL, flood_main, s) == 0);
    CHECK(pthread_create(&s->noise, NULL, noise_main, s) == 0);
    CHECK(pthread_create(&s->deaf, NULL, deaf_main, s) == 0);
    CHECK(pthread_create(&s->strangers, NULL, strangers_main, s) == 0);
    return s;
}

bool siege_end(struct siege *s, int timeout_ms)
{
    const int64_t end_us = live_now_us() + (int64_t)timeout_ms * 1000;
    s->last = true;
    while (!s->flood_gone && live_now_us() < end_us)
        live_sleep_us(1000);
    bool all = s->flood_gone;
    s->leave = true;
    pthread_join(s->flood, NULL);
    pthread_join(s->noise, NULL);
    pthread_join(s->deaf, NULL);
    pthread_join(s->strangers, NULL);
    return all;
}

void siege_free(struct siege *s)
{
    free(s->asked);
    free(s->flooders);
    free(s);
}

struct siege_count siege_count(const struct siege *s)
{
    return (struct siege_count){s->offered, s->busy,    s->other,    s->noise_sent, s->oversize,
                                s->unread,  s->refused, s->admitted, s->opened};
}

uint32_t siege_asked(const struct siege *s)
{
    return s->asked_count;
}

uint32_t siege_answered(const struct siege *s)
{
    return s->answered;
}

void siege_told(const struct siege *s, uint32_t number, uint8_t id[16], int32_t *code)
{
    CHECK(number < s->asked_count);
    memcpy(id, s->asked[number].id, 16);
    *code = s->asked[number].code;
}
