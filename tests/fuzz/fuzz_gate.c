/* What clients send to the gate, over connections with and without a key that it admits, while the
 * ledger process answers, changes the list of keys and says stop. Forwarded is nothing but
 * [routing id][correlation][envelope] as it came; what is not is dropped without a word or refused
 * for the right reason; each answer goes to the connection and the correlation that asked.
 *
 * The input is steps. The low two bits of a byte say what happens, the rest how often or which:
 *  0, 1  a message (frames.h, also large) so many times, over the connection of the next byte
 *  2     the ledger process answers one that waits, with so many bytes as the next byte says
 *  3     the clients read; or stop, or the keys of the next byte are the list from now on.
 * ROUTER gives a message its routing id; here the fuzzer does. Whose connection a message came over
 * is played as well (see the Makefile). */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "frames.h"
#include "gate/inside.h"
#include "outcome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__wrap_zmq_msg_gets(const zmq_msg_t *message, const char *property);

enum { KEYS = 4, TO_READ = 3 * LIMIT_IN_FLIGHT, FIT_FRAMES = 3 };

/* What User-Id says: four keys of 32 bytes 0x11, 0x22, ..., one of nobody, and what is no key. */
static const char *const users[] = {
    "1111111111111111111111111111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222222222222222222222222222",
    "3333333333333333333333333333333333333333333333333333333333333333",
    "4444444444444444444444444444444444444444444444444444444444444444",
    "5555555555555555555555555555555555555555555555555555555555555555",
    "11111111111111111111111111111111111111111111111111111111111111",
    "111111111111111111111111111111111111111111111111111111111111111111",
    "11 11111111111111111111111111111111111111111111111111111111111111",
    "111111111111111111111111111111111111111111111111111111111111111g",
    "",
    NULL,
};
enum { USERS = sizeof(users) / sizeof(users[0]), REAL_USERS = KEYS + 1 };

/* A request that the ledger process has, or a reply that its client has not read. */
struct known {
    uint8_t client[LINK_CLIENT_BYTES];
    uint8_t correlation[LINK_CORRELATION_BYTES];
    unsigned who;
    size_t len;
    int32_t code;            /* of a refusal; 0: an answer */
    struct link_route route; /* of a request */
};

struct scene {
    struct gate gate;
    void *clients, *ledger; /* the other ends */
    unsigned user;          /* over whose connection the present message came */
    unsigned admitted;      /* a bit for each key */
    size_t under_way[KEYS];
    struct known waiting[LIMIT_IN_FLIGHT], unread[TO_READ];
    size_t waiting_count, unread_count;
};

static struct scene s;

const char *__wrap_zmq_msg_gets(const zmq_msg_t *message, const char *property)
{
    CHECK(!zmq_msg_more(message)); /* only there it is the last one's who spoke */
    CHECK(strcmp(property, "User-Id") == 0);
    return users[s.user];
}

/* ---- The ends ---- */

static void open_once(void)
{
    frames_pair("inproc://clients", &s.gate.clients, &s.clients);
    frames_pair("inproc://ledger", &s.gate.link, &s.ledger);
    s.gate.peers = peers_new(); /* large, and empty again after each input */
    CHECK(s.gate.peers != NULL);
}

static bool frame_comes(void *socket, zmq_msg_t *frame)
{
    zmq_msg_init(frame);
    return zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) >= 0;
}

static void silent(void *socket)
{
    zmq_msg_t frame;
    CHECK(!frame_comes(socket, &frame));
    zmq_msg_close(&frame);
}

static void expect(const void *bytes, size_t len, bool more)
{
    zmq_msg_t frame;
    CHECK(frame_comes(s.clients, &frame));
    CHECK(zmq_msg_size(&frame) == len);
    CHECK(bytes == NULL || memcmp(zmq_msg_data(&frame), bytes, len) == 0);
    CHECK((bool)zmq_msg_more(&frame) == more);
    zmq_msg_close(&frame);
}

static void clients_read(void)
{
    for (size_t i = 0; i < s.unread_count; i++) {
        const struct known *k = &s.unread[i];
        const uint8_t refusal[] = {0x08, (uint8_t)k->code};
        expect(k->client, LINK_CLIENT_BYTES, true);
        expect(k->correlation, LINK_CORRELATION_BYTES, true);
        expect(k->code != 0 ? refusal : NULL, k->len, false);
    }
    silent(s.clients);
    s.unread_count = 0;
}

static void will_be_read(const struct known *k)
{
    if (s.unread_count == TO_READ)
        clients_read();
    s.unread[s.unread_count++] = *k;
}

/* ---- Clients ---- */

static bool fits(const struct frames *f)
{
    return f->count == FIT_FRAMES && f->at[0].len == LINK_CLIENT_BYTES && f->at[0].bytes[0] == 0 &&
           f->at[1].len == LINK_CORRELATION_BYTES && f->at[2].len > 0 &&
           f->at[2].len <= LIMIT_REQUEST_BYTES && s.user < REAL_USERS;
}

/* The ledger process has it, with the envelope as it came. */
static void forwarded(struct known *k, const struct frame *envelope, zmq_msg_t *body,
                      const struct link_header *h)
{
    uint8_t key[LIMIT_KEY_BYTES];
    memset(key, (int)(0x11 * (k->who + 1)), sizeof(key));
    CHECK(h->type == LINK_REQUEST);
    CHECK(memcmp(h->peer_key, key, sizeof(key)) == 0);
    CHECK(zmq_msg_size(body) == envelope->len);
    CHECK(memcmp(zmq_msg_data(body), envelope->bytes, envelope->len) == 0);
    CHECK(s.admitted >> k->who & 1);
    CHECK(!s.gate.stopping);
    CHECK(s.waiting_count < LIMIT_IN_FLIGHT);
    k->route = h->route;
    s.waiting[s.waiting_count++] = *k;
    s.under_way[k->who]++;
}

static void message_comes(const struct frames *f)
{
    struct link_header h;
    zmq_msg_t body;
    const uint64_t dropped = s.gate.dropped;
    frames_send(s.clients, f);
    route_clients(&s.gate);
    zmq_msg_init(&body);
    const enum link_got got = link_receive(s.ledger, false, &h, &body);
    CHECK(s.gate.dropped == dropped + !fits(f));
    if (fits(f)) {
        struct known k = {.who = s.user, .len = f->at[2].len};
        memcpy(k.client, f->at[0].bytes, LINK_CLIENT_BYTES);
        memcpy(k.correlation, f->at[1].bytes, LINK_CORRELATION_BYTES);
        if (got == LINK_GOT) {
            forwarded(&k, &f->at[2], &body, &h);
        } else {
            const bool admitted = k.who < KEYS && s.admitted >> k.who & 1;
            /* who has nothing under way and reads is not the one to be told BUSY */
            CHECK(!admitted || s.gate.stopping || s.under_way[k.who] > 0 || s.unread_count > 0);
            k.code = admitted ? OUTCOME_BUSY : OUTCOME_BAD_SIGNATURE;
            k.len = 2;
            will_be_read(&k);
        }
    }
    CHECK(fits(f) || got == LINK_EMPTY);
    CHECK(got != LINK_BROKEN);
    zmq_msg_close(&body);
}

/* ---- The ledger process ---- */

static void tell(const struct link_header *h, const void *bytes, size_t len)
{
    zmq_msg_t body;
    CHECK(zmq_msg_init_size(&body, len) == 0);
    if (bytes != NULL && len > 0)
        memcpy(zmq_msg_data(&body), bytes, len);
    CHECK(link_send(s.ledger, false, h, h->type == LINK_STOP ? NULL : &body));
    zmq_msg_close(&body);
    route_link(&s.gate);
}

static void keys_are(unsigned which)
{
    const struct link_header h = {.type = LINK_KEYS};
    uint8_t keys[KEYS][LIMIT_KEY_BYTES];
    size_t count = 0;
    for (unsigned i = 0; i < KEYS; i++)
        if (which >> i & 1)
            memset(keys[count++], (int)(0x11 * (i + 1)), LIMIT_KEY_BYTES);
    tell(&h, keys, count * LIMIT_KEY_BYTES);
    s.admitted = which;
}

static void answer(size_t which, size_t len)
{
    struct known k = s.waiting[which];
    const struct link_header h = {.type = LINK_REPLY, .route = k.route};
    const uint64_t dropped = s.gate.dropped;
    s.waiting[which] = s.waiting[--s.waiting_count];
    s.under_way[k.who]--;
    k.len = len;
    tell(&h, NULL, len);
    if (s.gate.dropped == dropped)
        will_be_read(&k);
    else
        CHECK(s.unread_count > 0); /* nobody leaves anything unread but who does not read */
}

/* ---- Steps ---- */

static void step(struct reader *r)
{
    struct frames f;
    const uint8_t what = get_u8(r);
    const uint8_t which = get_u8(r);
    switch (what & 3) {
    case 0:
    case 1:
        s.user = which % USERS;
        if (frames_read(r, true, &f))
            for (int times = what >> 2; times >= 0; times--)
                message_comes(&f);
        break;
    case 2:
        if (s.waiting_count > 0) /* large replies are seldom, for they cost time */
            answer((what >> 2) % s.waiting_count, which == 255 ? LIMIT_REPLY_BYTES : which);
        break;
    default:
        if (what >> 2 == 0)
            clients_read();
        else if (what >> 2 == 1)
            tell(&(struct link_header){.type = LINK_STOP}, NULL, 0);
        else
            keys_are(which & ((1 << KEYS) - 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = {.bytes = data, .len = size};
    if (s.clients == NULL)
        open_once();
    s.gate.allow = allow_new();
    CHECK(s.gate.allow != NULL);
    s.gate.stopping = false;
    keys_are((1 << KEYS) - 1);
    while (r.at < r.len)
        step(&r);
    clients_read();
    while (s.waiting_count > 0) {
        answer(0, 2);
        clients_read();
    }
    silent(s.ledger);
    allow_free(s.gate.allow);
    return 0;
}
