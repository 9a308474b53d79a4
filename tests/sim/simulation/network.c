/* network.c - messages that come late, twice, in another order, or not at all.
 *
 * Stands in for connection.c of the client library and for the socket between gate and ledger. The
 * gate itself is not here: it believes nothing and decides nothing. Replies are never changed on
 * their way, for the connection is authenticated; requests are, as if their sender had lied. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "client-lib/internal.h"
#include "flow/link.h"
#include "tests/sim/simulation/simulation.h"

bool __wrap_link_send(void *socket, bool with_gate, const struct link_header *h, zmq_msg_t *body);
enum link_got __wrap_link_receive(void *socket, bool with_gate, struct link_header *h,
                                  zmq_msg_t *body);

struct message {
    struct message *next;
    struct sim_line line;
    uint64_t ticket;
    int64_t due_us;
    size_t len;
    uint8_t bytes[];
};

static struct message *requests, *replies;
static struct sim_line *next_line;

void network_begin(void)
{
    requests = replies = NULL;
}

static void drop_all(struct message **list)
{
    while (*list != NULL) {
        struct message *m = *list;
        *list = m->next;
        free(m);
    }
}

void network_end(void)
{
    drop_all(&requests);
    drop_all(&replies);
}

bool network_quiet(void)
{
    return requests == NULL; /* replies to a life that is over are taken by nobody */
}

/* Mostly some tenths of a millisecond, now and then many seconds. */
static int64_t delay_us(void)
{
    return sim_chance(sim.faults.slow) ? sim_below(40000000) : 50 + sim_below(600);
}

static void add(struct message **list, const struct sim_line *line, uint64_t ticket,
                const void *bytes, size_t len)
{
    struct message *m = malloc(sizeof(*m) + len);
    CHECK(m != NULL);
    *m = (struct message){.next = *list,
                          .line = *line,
                          .ticket = ticket,
                          .due_us = sim.mono_us + delay_us(),
                          .len = len};
    memcpy(m->bytes, bytes, len);
    *list = m;
    sim.count.messages++;
}

static void travel(struct message **list, const struct sim_line *line, uint64_t ticket,
                   const void *bytes, size_t len)
{
    if (sim_chance(sim.faults.drop)) {
        sim.count.dropped++;
        return;
    }
    add(list, line, ticket, bytes, len);
    while (sim_chance(sim.faults.repeat)) {
        sim.count.repeated++;
        add(list, line, ticket, bytes, len);
    }
}

void network_send(const struct sim_line *from, uint64_t ticket, const void *bytes, size_t len)
{
    travel(&requests, from, ticket, bytes, len);
    if (len > 0 && sim_chance(sim.faults.mangle)) {
        sim.count.mangled++;
        add(&requests, from, ticket | UINT64_C(1) << 63, bytes, len); /* nobody waits for it */
        requests->bytes[sim_below((uint32_t)len)] ^= (uint8_t)(1 + sim_below(255));
        if (sim_below(4) == 0)
            requests->len = sim_below((uint32_t)len);
    }
}

/* The one that is due first, of a line or (NULL) of any. */
static struct message **due(struct message **list, const struct sim_line *line)
{
    struct message **first = NULL;
    for (struct message **at = list; *at != NULL; at = &(*at)->next) {
        bool fits =
            line == NULL || ((*at)->line.number == line->number && (*at)->line.life == line->life);
        if (fits && (*at)->due_us <= sim.mono_us &&
            (first == NULL || (*at)->due_us < (*first)->due_us))
            first = at;
    }
    return first;
}

bool network_waits(const struct sim_line *to)
{
    return due(&replies, to) != NULL;
}

uint8_t *network_take(const struct sim_line *to, uint64_t *ticket, size_t *len)
{
    struct message **at = due(&replies, to);
    if (at == NULL)
        return NULL;
    struct message *m = *at;
    *at = m->next;
    uint8_t *bytes = malloc(m->len + 1);
    CHECK(bytes != NULL);
    memcpy(bytes, m->bytes, m->len);
    *ticket = m->ticket;
    *len = m->len;
    free(m);
    return bytes;
}

/* ---- The ledger's side ------------------------------------------------------------------------
 */

enum link_got __wrap_link_receive(void *socket, bool with_gate, struct link_header *h,
                                  zmq_msg_t *body)
{
    struct message **at = due(&requests, NULL);
    struct link_note note = {0};
    (void)socket;
    (void)with_gate;
    if (at == NULL)
        return LINK_EMPTY;
    struct message *m = *at;
    *at = m->next;
    *h = (struct link_header){.type = LINK_REQUEST};
    note.frame_len = (uint32_t)m->len;
    memcpy(note.correlation, &m->ticket, sizeof(m->ticket));
    note.client[0] = m->line.number;
    memcpy(note.client + 1, &m->line.life, sizeof(m->line.life));
    link_note_write(&note, &h->route);
    memcpy(h->peer_key, m->line.transport_key, LIMIT_KEY_BYTES);
    zmq_msg_close(body);
    CHECK(zmq_msg_init_size(body, m->len) == 0);
    memcpy(zmq_msg_data(body), m->bytes, m->len);
    free(m);
    return LINK_GOT;
}

bool __wrap_link_send(void *socket, bool with_gate, const struct link_header *h, zmq_msg_t *body)
{
    struct link_note note;
    struct sim_line line = {0};
    uint64_t ticket;
    (void)socket;
    (void)with_gate;
    CHECK(h->type == LINK_REPLY);
    link_note_read(&h->route, &note);
    line.number = note.client[0];
    memcpy(&line.life, note.client + 1, sizeof(line.life));
    memcpy(&ticket, note.correlation, sizeof(ticket));
    travel(&replies, &line, ticket, zmq_msg_data(body), zmq_msg_size(body));
    zmq_msg_close(body); /* sent: the message is the network's now */
    zmq_msg_init(body);
    return true;
}

/* ---- The client library's side ----------------------------------------------------------------
 */

void network_next_line(struct sim_line *line)
{
    next_line = line;
}

enum saldo_error client_connect(struct saldo *s)
{
    CHECK(next_line != NULL);
    memcpy(next_line->transport_key, s->key.transport_public, LIMIT_KEY_BYTES);
    s->replace_ms = CLIENT_REPLACE_MS;
    s->socket = next_line;
    return SALDO_OK;
}

void client_disconnect(struct saldo *s)
{
    s->socket = NULL;
}

/* The connection is a new one: what was on its way to the old one is lost. */
enum saldo_error client_reconnect(struct saldo *s)
{
    struct sim_line *line = s->socket;
    line->life++;
    return SALDO_OK;
}

enum client_io client_send(struct saldo *s, uint64_t ticket, const void *bytes, size_t len)
{
    if (!machine_up())
        return CLIENT_IO_AGAIN;
    network_send(s->socket, ticket, bytes, len);
    return CLIENT_IO_DONE;
}

enum client_io client_receive(struct saldo *s, uint64_t *ticket, uint8_t **reply, size_t *reply_len)
{
    *reply_len = 0;
    *reply = network_take(s->socket, ticket, reply_len);
    return *reply != NULL ? CLIENT_IO_DONE : CLIENT_IO_AGAIN;
}

bool client_readable(struct saldo *s)
{
    return network_waits(s->socket);
}

bool client_writable(struct saldo *s)
{
    (void)s;
    return machine_up();
}

void client_sleep(struct saldo *s, int wait_ms)
{
    int64_t until_us = sim.mono_us + (int64_t)wait_ms * 1000;
    while (sim.mono_us < until_us && !network_waits(s->socket))
        sim_step();
}

int saldo_fd(const struct saldo *s)
{
    (void)s;
    return -1; /* nobody polls here */
}
