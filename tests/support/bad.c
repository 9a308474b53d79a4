#include "tests/support/bad.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "clock.h"
#include "identifier.h"
#include "outcome.h"

/* ---- What comes back ---- */

static const char *name_of(int code)
{
    return code == DROPPED ? "(dropped)" : outcome_name(code % DUPLICATE);
}

void bad_judge(struct bad *b, const char *name, int got, int want)
{
    b->tried++;
    if (got == want)
        return;
    b->wrong++;
    fprintf(stderr, "WRONG: %s: %s%s instead of %s\n", name, name_of(got),
            got >= DUPLICATE ? " again" : "", name_of(want));
}

int bad_code(const struct hostile_reply *r)
{
    return r->code + (r->duplicate ? DUPLICATE : 0);
}

void bad_expect(struct bad *b, struct hostile *h, const char *name, int want)
{
    struct hostile_reply r;
    int got = DROPPED;
    if (hostile_receive(h, WAIT_MS, &r) && r.correlation == h->correlation)
        got = bad_code(&r);
    bad_judge(b, name, got, want);
}

static size_t status_query(const struct hostile *h, uint8_t *envelope, size_t size)
{
    static const uint8_t payload[] = {0x3a, 0x00}; /* QueryRequest with an empty StatusQuery */
    const struct hostile_signing how = {&h->key, PURPOSE_QUERY, PURPOSE_QUERY};
    return hostile_sign(h, &how, payload, sizeof(payload), envelope, size);
}

void bad_expect_dropped(struct bad *b, struct hostile *h, const char *name)
{
    uint8_t query[256];
    struct hostile_reply r;
    size_t len = status_query(h, query, sizeof(query));
    CHECK(hostile_send(h, query, len));
    int got = OUTCOME_INTERNAL;
    if (hostile_receive(h, WAIT_MS, &r))
        got = r.correlation == h->correlation && r.code == 0 ? DROPPED : r.code;
    bad_judge(b, name, got, DROPPED);
}

/* ---- Payloads ---- */

void bad_id(uint8_t id[16])
{
    saldo_request_id(id);
}

size_t bad_charge(const uint8_t id[16], int64_t cents, int64_t recorded_at_ms,
                  uint8_t payload[PAYLOAD_MAX])
{
    char number[11];
    struct charge c = {.unit = SALDO__V1__UNIT__VISIT, .quantity = 1, .price_cents = cents};
    memcpy(c.id, id, sizeof(c.id));
    identifier_voucher_write(NOWHERE, number);
    c.voucher = (struct text){number, 10};
    c.service = (struct text){"visit", 5};
    c.county_cents = cents;
    c.start_ms = clock_now_ms() - HOUR_MS;
    size_t len = codec_charges_write(&c, 1, recorded_at_ms, payload, PAYLOAD_MAX);
    CHECK(len > 2);
    return len;
}

void bad_send(struct bad *b, struct hostile *h, const struct hostile_signing *how,
              const uint8_t *payload, size_t len)
{
    size_t size = hostile_sign(h, how, payload, len, b->frame, FRAME_MAX);
    CHECK(hostile_send(h, b->frame, size));
}

void bad_send_charge(struct bad *b, struct hostile *h, const struct hostile_signing *how)
{
    uint8_t payload[PAYLOAD_MAX];
    uint8_t id[16];
    bad_id(id);
    size_t len = bad_charge(id, 1000, 0, payload);
    bad_send(b, h, how, payload, len);
}

size_t bad_good_frame(struct bad *b)
{
    uint8_t payload[PAYLOAD_MAX];
    uint8_t id[16];
    const struct hostile_signing how = {&b->p1.key, PURPOSE_CHARGE, PURPOSE_CHARGE};
    bad_id(id);
    size_t len = bad_charge(id, 1000, 0, payload);
    return hostile_sign(&b->p1, &how, payload, len, b->frame, FRAME_MAX);
}
