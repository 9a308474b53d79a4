/* retry.c - requests under way: sent, sent again, answered or given up.
 *
 * A request is resent, byte for byte and with its correlation id, when no answer came for a while
 * or the daemon said BUSY, until its deadline. The ledger answers a repetition with the first
 * answer, so the caller sees one; a second one finds no slot and is dropped. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "internal.h"
#include "outcome.h"
#include "utf8.h"

enum { RECEIVE_AT_ONCE = 256 }; /* so that a flood of replies cannot hold saldo_process() */

void client_pending_free(struct client_pending *p)
{
    client_frame_free(&p->frame);
    free(p->answers);
    *p = (struct client_pending){0};
}

enum saldo_error client_pending_add(struct saldo *s, struct client_frame *frame, bool blocking,
                                    saldo_done *done, void *arg, uint64_t *ticket)
{
    struct client_pending *p = NULL;
    for (unsigned i = 0; i < CLIENT_STARTED_MAX && p == NULL && !blocking; i++) {
        if (s->pending[i].ticket == 0)
            p = &s->pending[i];
    }
    if (blocking)
        p = &s->pending[CLIENT_STARTED_MAX]; /* free: a blocking call ends before the next one */
    struct saldo_answer *answers = calloc(frame->count + 1, sizeof(*answers));
    if (p == NULL || answers == NULL) {
        client_frame_free(frame);
        free(answers);
        return p != NULL ? client_fail(s, SALDO_ERROR_MEMORY, "out of memory")
                         : client_fail(s, SALDO_ERROR_BUSY, "%d requests are under way",
                                       CLIENT_STARTED_MAX);
    }
    int64_t now = client_now_ms();
    *p = (struct client_pending){
        .ticket = ++s->last_ticket,
        .frame = *frame,
        .answers = answers,
        .deadline_ms = now + s->deadline_ms,
        .due_ms = now,
        .done = done,
        .arg = arg,
    };
    *frame = (struct client_frame){0};
    *ticket = p->ticket;
    return SALDO_OK;
}

/* The slot is free before the callback runs, which may start the next request. */
static void finish(struct saldo *s, struct client_pending *p, enum saldo_error e)
{
    struct client_pending ended = *p;
    *p = (struct client_pending){0};
    if (ended.ticket == s->waiting)
        s->waiting = 0;
    s->in_callback = true;
    ended.done(ended.arg, ended.ticket, e, ended.answers, e == SALDO_OK ? ended.frame.count : 0);
    s->in_callback = false;
    client_pending_free(&ended);
}

/* ---- Answers ------------------------------------------------------------------------------ */

/* Doubling, and anything between half and all of it, so that clients do not come back at once. */
static int64_t busy_pause(uint32_t busy)
{
    int64_t pause = CLIENT_BUSY_MS;
    for (uint32_t i = 1; i < busy && pause < CLIENT_BUSY_MS_MAX; i++)
        pause *= 2;
    if (pause > CLIENT_BUSY_MS_MAX)
        pause = CLIENT_BUSY_MS_MAX;
    return pause / 2 + (int64_t)randombytes_uniform((uint32_t)(pause / 2 + 1));
}

/* What a reply says. `again`: not an end, the request is due later. */
static enum saldo_error judge(struct saldo *s, struct client_pending *p,
                              const Saldo__V1__Reply *reply, bool *again)
{
    /* What ends up on somebody's terminal has no control characters. */
    bool clean = utf8_clean((const uint8_t *)reply->detail, strlen(reply->detail));
    const char *reply_detail = clean ? reply->detail : "";
    s->code = reply->code;
    switch (reply->code) {
    case OUTCOME_ACCEPTED:
        return p->frame.count == 0 ? SALDO_OK
                                   : client_receipt_take(s, &p->frame, reply, p->answers);
    case OUTCOME_BUSY:
        *again = true;
        p->busy++;
        p->due_ms = client_now_ms() + busy_pause(p->busy);
        return SALDO_OK;
    case OUTCOME_READ_ONLY:
        return client_fail(s, SALDO_ERROR_READ_ONLY, "%s", outcome_text(reply->code));
    default:
        return client_fail(s, SALDO_ERROR_REFUSED, "%s: %s%s%.200s", outcome_name(reply->code),
                           outcome_text(reply->code), *reply_detail != '\0' ? ": " : "",
                           reply_detail);
    }
}

static void keep_reply(struct saldo *s, uint8_t *bytes, size_t len)
{
    free(s->reply);
    s->reply = bytes;
    s->reply_len = len;
}

/* Takes the bytes over. */
static void answered(struct saldo *s, struct client_pending *p, uint8_t *bytes, size_t len)
{
    bool again = false;
    enum saldo_error e;
    Saldo__V1__Reply *reply = saldo__v1__reply__unpack(NULL, len, bytes);
    s->code = 0;
    if (reply == NULL)
        e = client_fail(s, SALDO_ERROR_PROTOCOL, "the reply is not a saldo.v1.Reply");
    else
        e = judge(s, p, reply, &again);
    if (reply != NULL)
        saldo__v1__reply__free_unpacked(reply, NULL);
    if (p->frame.count == 0)
        keep_reply(s, bytes, len);
    else
        free(bytes);
    if (e != SALDO_ERROR_REFUSED)
        s->code = 0;
    if (!again)
        finish(s, p, e);
}

static struct client_pending *find(struct saldo *s, uint64_t ticket)
{
    for (unsigned i = 0; i < CLIENT_PENDING_MAX; i++) {
        if (ticket != 0 && s->pending[i].ticket == ticket)
            return &s->pending[i];
    }
    return NULL;
}

/* ---- Sending ------------------------------------------------------------------------------ */

static int64_t retry_pause(const struct saldo *s, uint32_t unanswered)
{
    int64_t growth = 1;
    for (uint32_t i = 1; i < unanswered && growth < CLIENT_RETRY_GROWTH; i++)
        growth *= 2;
    return s->retry_ms * growth;
}

static void give_up(struct saldo *s, struct client_pending *p)
{
    enum saldo_error e = SALDO_ERROR_TIMEOUT;
    s->code = 0;
    if (p->sends == 0)
        client_fail(s, e, "no connection to %s: is the daemon running, is the key registered?",
                    s->home.endpoint);
    else if (p->busy < p->sends)
        client_fail(s, e, "no answer from %s: the outcome is unknown", s->home.endpoint);
    else
        e = client_fail(s, SALDO_ERROR_BUSY, "%s", outcome_text(OUTCOME_BUSY));
    finish(s, p, e);
}

/* False: the socket takes nothing at the moment. */
static bool send_due(struct saldo *s, struct client_pending *p, int64_t now)
{
    enum client_io io = client_send(s, p->ticket, p->frame.bytes, p->frame.len);
    if (io == CLIENT_IO_DONE) {
        s->blocked_ms = 0;
        p->sends++;
        p->due_ms = now + retry_pause(s, p->sends > p->busy ? p->sends - p->busy : 1);
    } else if (s->blocked_ms == 0) {
        s->blocked_ms = now;
    }
    return io == CLIENT_IO_DONE;
}

/* A connection that stays away is tried from the start, ever more rarely. How long it has been
 * away outlasts a call: many short ones shall get through in the end as well. */
static enum saldo_error replace_socket(struct saldo *s, int64_t now)
{
    if (!s->blocked || now < s->blocked_ms + s->replace_ms)
        return SALDO_OK;
    s->blocked_ms = now;
    s->replace_ms =
        2 * s->replace_ms < CLIENT_REPLACE_MS_MAX ? 2 * s->replace_ms : CLIENT_REPLACE_MS_MAX;
    return client_reconnect(s);
}

/* Everything that time has brought. A blocking call that has ended stops it. */
static enum saldo_error on_time(struct saldo *s, uint64_t waiting)
{
    int64_t now = client_now_ms();
    s->blocked = false;
    for (unsigned i = 0; i < CLIENT_PENDING_MAX && s->waiting == waiting; i++) {
        struct client_pending *p = &s->pending[i];
        if (p->ticket != 0 && now >= p->deadline_ms)
            give_up(s, p);
        else if (p->ticket != 0 && now >= p->due_ms && !s->blocked)
            s->blocked = !send_due(s, p, now);
    }
    return replace_socket(s, now);
}

/* ---- The loop ----------------------------------------------------------------------------- */

/* Everything that has arrived. */
static enum saldo_error on_arrival(struct saldo *s, uint64_t waiting)
{
    for (unsigned i = 0; i < RECEIVE_AT_ONCE && s->waiting == waiting; i++) {
        uint64_t ticket = 0;
        uint8_t *reply;
        size_t len;
        enum client_io io = client_receive(s, &ticket, &reply, &len);
        if (io == CLIENT_IO_AGAIN)
            return SALDO_OK;
        if (io == CLIENT_IO_FAILED)
            return client_fail(s, SALDO_ERROR_NETWORK, "receive: %s", zmq_strerror(errno));
        s->replace_ms = CLIENT_REPLACE_MS;
        struct client_pending *p = reply != NULL ? find(s, ticket) : NULL;
        if (p != NULL)
            answered(s, p, reply, len);
        else
            free(reply);
    }
    return SALDO_OK;
}

/* libzmq's descriptor reports an edge, and every call on the socket may use it up: go on until
 * neither direction has anything left. */
static enum saldo_error pump(struct saldo *s)
{
    uint64_t waiting = s->waiting;
    enum saldo_error e;
    unsigned rounds = 0;
    do {
        e = on_arrival(s, waiting);
        if (e == SALDO_OK && s->waiting == waiting)
            e = on_time(s, waiting);
        s->more = client_readable(s) || (s->blocked && client_writable(s));
    } while (e == SALDO_OK && s->more && s->waiting == waiting && ++rounds < 2);
    s->more = s->more || s->waiting != waiting;
    return e;
}

enum saldo_error saldo_process(struct saldo *s)
{
    if (!s->open || s->in_callback)
        return SALDO_ERROR_ARGUMENT;
    return pump(s);
}

int saldo_wait_ms(const struct saldo *s)
{
    int64_t next = INT64_MAX;
    for (unsigned i = 0; i < CLIENT_PENDING_MAX; i++) {
        const struct client_pending *p = &s->pending[i];
        if (p->ticket == 0)
            continue;
        int64_t now_or_due = s->blocked ? s->blocked_ms + s->replace_ms : p->due_ms;
        int64_t at = now_or_due < p->deadline_ms ? now_or_due : p->deadline_ms;
        next = at < next ? at : next;
    }
    if (s->more)
        return 0;
    if (next == INT64_MAX)
        return -1;
    int64_t wait = next - client_now_ms();
    return wait < 0 ? 0 : wait > INT32_MAX ? INT32_MAX : (int)wait;
}

struct outcome_of_call {
    enum saldo_error error;
    struct saldo_answer *answers;
    size_t room;
};

static void call_done(void *arg, uint64_t ticket, enum saldo_error error,
                      const struct saldo_answer *answers, size_t count)
{
    struct outcome_of_call *o = arg;
    (void)ticket;
    o->error = error;
    if (count > o->room)
        count = o->room;
    if (count > 0)
        memcpy(o->answers, answers, count * sizeof(*answers));
}

enum saldo_error client_call(struct saldo *s, struct client_frame *frame,
                             struct saldo_answer *answers, size_t room)
{
    struct outcome_of_call o = {.error = SALDO_ERROR_NETWORK, .answers = answers, .room = room};
    uint64_t ticket = 0;
    enum saldo_error e = client_pending_add(s, frame, true, call_done, &o, &ticket);
    if (e != SALDO_OK)
        return e;
    s->waiting = ticket;
    while (s->waiting != 0) {
        e = pump(s);
        if (e != SALDO_OK) {
            client_pending_free(&s->pending[CLIENT_STARTED_MAX]);
            s->waiting = 0;
            return e;
        }
        if (s->waiting != 0)
            client_sleep(s, saldo_wait_ms(s));
    }
    return o.error;
}
