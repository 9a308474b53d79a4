#include "verify/verify.h"

#include <string.h>

#include "base/check.h"
#include "calendar.h"
#include "outcome.h"

/* A simulated ledger takes its time from here, so it must be one the calendar knows. */
static bool time_usable(const struct verify *v, int64_t time_ms)
{
    if (time_ms == 0)
        return true;
    return v->simulated && time_ms >= calendar_midnight_ms(LIMIT_DAY_FIRST) &&
           time_ms < calendar_midnight_ms(LIMIT_DAY_LAST);
}

static int32_t judge(const struct verify *v, struct flow_slot *s)
{
    struct envelope *e = &s->envelope;
    struct hash payload;
    uint8_t signing_key[LIMIT_KEY_BYTES];

    if (!envelope_parse(zmq_msg_data(&s->frame), zmq_msg_size(&s->frame), e) ||
        e->purpose == PURPOSE_HEAD)
        return OUTCOME_BAD_FRAME;
    if (!verify_keys_find(v->keys, e->key_id, s->peer_key, signing_key))
        return OUTCOME_BAD_SIGNATURE;
    envelope_hash(e->payload, e->payload_len, payload.bytes);
    if (!envelope_verify(e->purpose, v->ledger_id, payload.bytes, e->signature, signing_key))
        return OUTCOME_BAD_SIGNATURE;
    if (!codec_decode(e->purpose, e->payload, e->payload_len, v->digest_key, &s->arena,
                      &s->request))
        return OUTCOME_BAD_FRAME;
    if (!time_usable(v, s->request.recorded_at_ms))
        return OUTCOME_BAD_FRAME;
    memcpy(s->request.key_id, e->key_id, LIMIT_KEY_ID_BYTES);
    merkle_request_hash(e, &payload, &s->request_hash);
    return 0;
}

void verify_slot(const struct verify *v, struct flow_slot *s)
{
    CHECK(s->state == FLOW_RECEIVED);
    s->code = judge(v, s);
}
