/* bad.h - trying what no client should: what the cases of tests/scenario/bad_client.c share. */
#ifndef TESTS_SUPPORT_BAD_H
#define TESTS_SUPPORT_BAD_H

#include <limits.h>

#include "tests/support/clients.h"
#include "tests/support/dice.h"
#include "tests/support/hostile.h"
#include "tests/support/live.h"

#define DROPPED     (-1) /* instead of a code: nothing comes back */
#define DUPLICATE   1000 /* added to a code */
#define WAIT_MS     10000
#define NOWHERE     999999999 /* no such voucher: a charge is decided, and nothing changes */
#define HOUR_MS     (INT64_C(60) * 60000)
#define PAYLOAD_MAX 512
#define FRAME_MAX   (LIMIT_REQUEST_BYTES + (1 << 20))

struct bad {
    struct live live;
    char home[PATH_MAX];
    struct dice dice;
    struct clients *clients;
    struct hostile p1;
    struct hostile caseworker;
    struct hostile scoped; /* a case worker of another organiser */
    struct hostile expired;
    struct client_key p2;
    struct client_key revoked;
    struct client_key stranger;
    uint8_t *frame; /* FRAME_MAX */
    uint32_t tried;
    uint32_t wrong;
};

/* Count a case, and say so where it did not come out as wanted. */
void bad_judge(struct bad *b, const char *name, int got, int want);
int bad_code(const struct hostile_reply *r); /* with DUPLICATE */
/* The code of the next reply, which must be to the last request. */
void bad_expect(struct bad *b, struct hostile *h, const char *name, int want);
/* What was sent before got no reply: the first one is that to a query. */
void bad_expect_dropped(struct bad *b, struct hostile *h, const char *name);

void bad_id(uint8_t id[16]);
/* A ChargeRequest of one charge; its own bytes follow a tag and a length of one byte each. */
size_t bad_charge(const uint8_t id[16], int64_t cents, int64_t recorded_at_ms,
                  uint8_t payload[PAYLOAD_MAX]);
void bad_send(struct bad *b, struct hostile *h, const struct hostile_signing *how,
              const uint8_t *payload, size_t len);
void bad_send_charge(struct bad *b, struct hostile *h, const struct hostile_signing *how);
/* A good envelope of a charge, in b->frame. */
size_t bad_good_frame(struct bad *b);

/* Messages, envelopes and payloads of every wrong shape (bad_frames.c). */
void bad_frames(struct bad *b);

#endif
