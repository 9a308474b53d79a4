/* mutate.c - how streams of requests change (county.h): by their fields, not by their bytes.
 *
 * Bytes that are changed anywhere are refused as not canonical nearly always. So a payload is
 * unpacked, a field of it gets another value - mostly one that a field of that name has elsewhere
 * in the stream - and it is packed again. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "mutate.h"
#include "tests/support/random_message.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t size_max, unsigned seed);
/* Of libFuzzer; not there where a corpus is replayed. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);

enum { ARENA_BYTES = 8 << 20, STREAM_BYTES = 1 << 17, DAY_MS = 86400000 };

static struct stream_record *insert(struct mutation *m, size_t at, struct stream_record r)
{
    struct stream *s = m->stream;
    if (s->count == STREAM_RECORDS)
        s->count--;
    if (at > s->count)
        at = s->count;
    memmove(&s->records[at + 1], &s->records[at], (s->count - at) * sizeof(r));
    s->count++;
    s->records[at] = r;
    return &s->records[at];
}

static void insert_message(struct mutation *m, size_t at)
{
    static const enum stream_act acts[] = {(enum stream_act)PURPOSE_COMMAND,
                                           (enum stream_act)PURPOSE_CHARGE,
                                           (enum stream_act)PURPOSE_QUERY};
    struct random_message random = {.dice = &m->dice, .arena = &m->arena, .odd = 1};
    struct stream_record r = {.act = acts[below(m, 3)], .who = below(m, COUNTY_KEYS)};
    ProtobufCMessage *message = random_message(&random, type_of(r.act));
    if (message == NULL || !pack(m, message, &r))
        return;
    struct stream_record *stands = insert(m, at, r);
    renew(m, stands);
    for (int i = 0; i < 8; i++)
        change_field(m, stands);
}

/* A day passes, and is settled. */
static void insert_night(struct mutation *m, size_t at)
{
    Saldo__V1__SettleDay settle = SALDO__V1__SETTLE_DAY__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    Saldo__V1__Command *commands[] = {&command};
    struct stream_record r = {
        .act = (enum stream_act)PURPOSE_SETTLEMENT, .who = 1, .pass_ms = DAY_MS};
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    fresh_id(m, id);
    command.request_id = (ProtobufCBinaryData){sizeof(id), id};
    command.body_case = SALDO__V1__COMMAND__BODY_SETTLE_DAY;
    command.settle_day = &settle;
    settle.day = model_local_day(m->now_ms);
    request.n_commands = 1;
    request.commands = commands;
    if (pack(m, &request.base, &r))
        insert(m, at, r);
}

static void change_bytes(struct mutation *m, struct stream_record *r)
{
    uint8_t *bytes = arena_alloc(&m->arena, r->len + 64);
    if (bytes == NULL || LLVMFuzzerMutate == NULL)
        return;
    if (r->len > 0)
        memcpy(bytes, r->bytes, r->len);
    r->len = LLVMFuzzerMutate(bytes, r->len, r->len + 64);
    r->bytes = bytes;
}

static void change_time(struct mutation *m, struct stream_record *r)
{
    static const uint32_t spans[] = {0,      1,           1000, 300001, 3600000, 14 * 3600000,
                                     DAY_MS, 30U * DAY_MS};
    r->pass_ms = below(m, 2) == 0 ? spans[below(m, 8)] : r->pass_ms ^ 1U << below(m, 31);
}

static void change_record(struct mutation *m, struct stream_record *r)
{
    switch (below(m, 8)) {
    case 0:
        r->who = below(m, COUNTY_KEYS);
        break;
    case 1:
        r->act = (enum stream_act)below(m, 8);
        break;
    case 2:
    case 3:
        change_time(m, r);
        break;
    case 4:
    case 5:
        change_bytes(m, r);
        break;
    default:
        renew(m, r);
    }
}

static int64_t time_at(const struct stream *s, size_t at)
{
    int64_t ms = county()->now_ms;
    for (size_t i = 0; i <= at && i < s->count; i++)
        ms += s->records[i].pass_ms;
    return ms;
}

static void mutate_once(struct mutation *m)
{
    struct stream *s = m->stream;
    const size_t at = below(m, (uint32_t)s->count);
    const size_t to = below(m, (uint32_t)s->count + 1);
    const uint32_t what = below(m, 100);
    m->now_ms = time_at(s, at);
    if (what < 50) {
        change_field(m, &s->records[at]);
    } else if (what < 62) {
        change_record(m, &s->records[at]);
    } else if (what < 72) {
        memmove(&s->records[at], &s->records[at + 1], (--s->count - at) * sizeof(s->records[0]));
    } else if (what < 84) {
        struct stream_record *r = insert(m, to, s->records[at]);
        m->now_ms = time_at(s, to);
        if (below(m, 2) == 0)
            renew(m, r);
    } else if (what < 90) {
        insert_message(m, at);
    } else if (what < 95) {
        insert_night(m, at);
    } else {
        insert(m, to,
               (struct stream_record){.act = what < 98 ? STREAM_CHECKPOINT : STREAM_RESTART});
    }
}

static struct mutation *begin(unsigned seed)
{
    static struct stream stream;
    static struct mutation m;
    static void *memory;
    if (memory == NULL)
        memory = malloc(ARENA_BYTES);
    CHECK(memory != NULL);
    m = (struct mutation){.dice = {seed}, .stream = &stream};
    arena_init(&m.arena, memory, ARENA_BYTES);
    return &m;
}

static size_t finish(struct mutation *m, uint8_t *out, size_t size_max)
{
    static uint8_t bytes[STREAM_BYTES]; /* records point into what is overwritten */
    const size_t len =
        stream_write(m->stream, bytes, size_max < STREAM_BYTES ? size_max : STREAM_BYTES);
    memcpy(out, bytes, len);
    return len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    struct mutation *m = begin(seed);
    stream_read(data, size, m->stream);
    if (m->stream->count == 0 || below(m, 400) == 0)
        return county_days(seed, data, size_max);
    for (uint32_t times = 1 + below(m, 4); times > 0 && m->stream->count > 0; times--)
        mutate_once(m);
    return finish(m, data, size_max);
}

/* The beginning of one and the end of the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t size_max, unsigned seed)
{
    static struct stream other;
    struct mutation *m = begin(seed);
    stream_read(a, a_size, m->stream);
    stream_read(b, b_size, &other);
    m->stream->count = below(m, (uint32_t)m->stream->count + 1);
    for (size_t i = below(m, (uint32_t)other.count + 1);
         i < other.count && m->stream->count < STREAM_RECORDS; i++)
        m->stream->records[m->stream->count++] = other.records[i];
    return finish(m, out, size_max);
}
