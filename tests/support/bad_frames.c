/* bad_frames.c - messages, envelopes and payloads of every wrong shape. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/check.h"
#include "clock.h"
#include "outcome.h"
#include "tests/support/bad.h"

#define MANY_FRAMES 20000

/* ---- Frames ---- */

static void bad_messages(struct bad *b)
{
    uint64_t nine[2] = {7, 7};
    size_t len = bad_good_frame(b);
    const struct {
        const char *name;
        struct hostile_frame frames[3];
        size_t count;
    } cases[] = {
        {"one frame", {{b->frame, len}}, 1},
        {"one empty frame", {{NULL, 0}}, 1},
        {"an empty correlation", {{NULL, 0}, {b->frame, len}}, 2},
        {"a correlation of 7 bytes", {{nine, 7}, {b->frame, len}}, 2},
        {"a correlation of 9 bytes", {{nine, 9}, {b->frame, len}}, 2},
        {"an empty envelope", {{nine, 8}, {NULL, 0}}, 2},
        {"three frames", {{nine, 8}, {b->frame, len}, {b->frame, len}}, 3},
        {"an empty frame in the middle", {{nine, 8}, {NULL, 0}, {b->frame, len}}, 3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK(hostile_frames(&b->p1, cases[i].frames, cases[i].count));
        bad_expect_dropped(b, &b->p1, cases[i].name);
    }
}

static void endless_messages(struct bad *b)
{
    static struct hostile_frame frames[MANY_FRAMES];
    struct hostile h;
    memset(b->frame, 'x', 1024);
    for (size_t i = 0; i < MANY_FRAMES; i++)
        frames[i] = (struct hostile_frame){b->frame, 1024};
    CHECK(hostile_frames(&b->p1, frames, MANY_FRAMES));
    bad_expect_dropped(b, &b->p1, "a message of 20,000 frames");

    hostile_open(&h, b->home, "P1", false); /* this one never ends its message */
    CHECK(hostile_connected(&h, WAIT_MS));
    for (size_t i = 0; i < MANY_FRAMES; i++)
        CHECK(zmq_send(h.socket, b->frame, 1024, ZMQ_SNDMORE) == 1024);
    hostile_close(&h);
}

static void bad_envelopes(struct bad *b)
{
    const struct {
        const char *name;
        size_t cut, add;
    } cases[] = {{"a byte too few", 1, 0}, {"a byte too many", 0, 1}, {"cut", 60, 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = bad_good_frame(b);
        b->frame[len] = 0;
        CHECK(hostile_send(&b->p1, b->frame, len - cases[i].cut + cases[i].add));
        bad_expect(b, &b->p1, cases[i].name, OUTCOME_BAD_FRAME);
    }
    for (int i = 0; i < 64; i++) {
        uint32_t len = 1 + dice_below(&b->dice, 2000);
        randombytes_buf(b->frame, len);
        CHECK(hostile_send(&b->p1, b->frame, len));
        bad_expect(b, &b->p1, "garbage", OUTCOME_BAD_FRAME);
    }
    size_t len = bad_good_frame(b); /* its purpose stands after the key id: 10 01, here 10 81 00 */
    memmove(b->frame + 13, b->frame + 12, len - 12);
    b->frame[11] = 0x81;
    b->frame[12] = 0x00;
    CHECK(hostile_send(&b->p1, b->frame, len + 1));
    bad_expect(b, &b->p1, "an overlong varint in the envelope", OUTCOME_BAD_FRAME);
}

static void large_envelopes(struct bad *b)
{
    struct hostile h;
    memset(b->frame, 0x0a, FRAME_MAX);
    CHECK(hostile_send(&b->p1, b->frame, LIMIT_REQUEST_BYTES));
    bad_expect(b, &b->p1, "4 MiB of nothing", OUTCOME_BAD_FRAME);
    CHECK(hostile_send(&b->p1, b->frame, LIMIT_REQUEST_BYTES + 1));
    bad_expect_dropped(b, &b->p1, "a byte more than 4 MiB");

    struct hostile_reply r;
    hostile_open(&h, b->home, "P1", false);
    CHECK(hostile_connected(&h, WAIT_MS));
    CHECK(hostile_send(&h, b->frame, FRAME_MAX)); /* ends the connection */
    bad_judge(b, "5 MiB", hostile_receive(&h, 500, &r) ? r.code : DROPPED, DROPPED);
    hostile_close(&h);
}

/* ---- Payloads that are signed well and mean nothing, or two things ---- */

static void bad_payloads(struct bad *b)
{
    static const struct {
        const char *name;
        const char *tail; /* added to the charge */
        uint8_t len;
        int want;
    } cases[] = {
        {"a charge as it should be", "\x60\x01", 2, OUTCOME_VOUCHER_UNKNOWN},
        {"a field twice", "\x60\x01\x60\x01", 4, OUTCOME_BAD_FRAME},
        {"a default that is written", "\x60\x00", 2, OUTCOME_BAD_FRAME},
        {"an overlong varint", "\x60\x81\x00", 3, OUTCOME_BAD_FRAME},
        {"a boolean of 2", "\x60\x02", 2, OUTCOME_BAD_FRAME},
        {"an unknown field", "\x70\x01", 2, OUTCOME_BAD_FRAME},
        {"fields out of order", "\x6a\x01x\x60\x01", 5, OUTCOME_BAD_FRAME},
        {"another wire type", "\x65\x01\x00\x00\x00", 5, OUTCOME_BAD_FRAME},
        {"text that is no UTF-8", "\x6a\x02\xc3\x28", 4, OUTCOME_BAD_FRAME},
        {"a NUL in a text", "\x6a\x01\x00", 3, OUTCOME_BAD_FRAME},
        {"a text longer than the charge", "\x6a\x20x", 3, OUTCOME_BAD_FRAME},
        {"a group that never ends", "\x6b", 1, OUTCOME_BAD_FRAME},
    };
    const struct hostile_signing how = {&b->p1.key, PURPOSE_CHARGE, PURPOSE_CHARGE};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t payload[PAYLOAD_MAX];
        uint8_t id[16];
        bad_id(id);
        size_t len = bad_charge(id, 1000, 0, payload);
        memcpy(payload + len, cases[i].tail, cases[i].len);
        payload[1] = (uint8_t)(payload[1] + cases[i].len);
        bad_send(b, &b->p1, &how, payload, len + cases[i].len);
        bad_expect(b, &b->p1, cases[i].name, cases[i].want);
    }
}

/* 8,192 charges are an answer each, one more is too many; a time is not for a real ledger. */
static void bad_requests(struct bad *b)
{
    const struct hostile_signing charge = {&b->p1.key, PURPOSE_CHARGE, PURPOSE_CHARGE};
    const struct hostile_signing command = {&b->p1.key, PURPOSE_COMMAND, PURPOSE_COMMAND};
    static const uint8_t settle[] = {0x12, 0x19, 0x0a, 0x10, 0,    0,    0,    0,    0,
                                     1,    2,    3,    4,    5,    6,    7,    8,    9,
                                     0,    1,    0xd2, 0x01, 0x04, 0x08, 0x80, 0xa0, 0x01};
    uint8_t one[PAYLOAD_MAX];
    uint8_t id[16];
    bad_id(id);
    size_t len = bad_charge(id, 1000, clock_now_ms(), one);
    bad_send(b, &b->p1, &charge, one, len);
    bad_expect(b, &b->p1, "recorded_at on a real ledger", OUTCOME_BAD_FRAME);

    bad_send(b, &b->p1, &command, settle, sizeof(settle));
    bad_expect(b, &b->p1, "a settlement under the purpose of commands", OUTCOME_BAD_FRAME);

    uint8_t *many = malloc(PAYLOAD_MAX * (LIMIT_BATCH_ITEMS + 1));
    CHECK(many != NULL);
    size_t total = 0;
    for (int i = 0; i <= LIMIT_BATCH_ITEMS; i++) {
        bad_id(id);
        total += bad_charge(id, 1000, 0, many + total);
    }
    bad_send(b, &b->p1, &charge, many, total);
    bad_expect(b, &b->p1, "8,193 charges", OUTCOME_BAD_FRAME);
    bad_send(b, &b->p1, &charge, many, total - total / (LIMIT_BATCH_ITEMS + 1));
    bad_expect(b, &b->p1, "8,192 charges", OUTCOME_VOUCHER_UNKNOWN);
    free(many);
}

void bad_frames(struct bad *b)
{
    bad_messages(b);
    endless_messages(b);
    bad_envelopes(b);
    large_envelopes(b);
    bad_payloads(b);
    bad_requests(b);
}
