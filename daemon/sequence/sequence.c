#include "sequence/sequence.h"

#include <sodium.h>

#include "base/check.h"
#include "calendar.h"

static int32_t day_of(int64_t time_ms)
{
    return time_ms == 0 ? 0 : calendar_local_day(time_ms);
}

struct sequence_stamp sequence_next(const struct sequence *s, const struct request *request,
                                    int64_t clock_ms)
{
    int64_t time_ms = s->simulated ? request->recorded_at_ms : clock_ms;
    if (time_ms < s->time_ms)
        time_ms = s->time_ms;
    return (struct sequence_stamp){s->number + 1, time_ms, day_of(time_ms)};
}

void sequence_advance(struct sequence *s, const struct sequence_stamp *stamp)
{
    CHECK(stamp->number == s->number + 1);
    CHECK(stamp->time_ms >= s->time_ms);
    s->number = stamp->number;
    s->time_ms = stamp->time_ms;
    s->day = stamp->day;
}

int32_t sequence_night(const struct sequence *s, int32_t settled_through, int32_t day)
{
    if (!s->simulated || s->day == 0)
        return 0; /* before the first entry with a time there is nothing to settle */
    int32_t unsettled = settled_through != 0 ? settled_through + 1 : s->day;
    return unsettled < day ? unsettled : 0;
}

size_t sequence_night_request(int32_t day, const uint8_t ledger_id[LEDGER_ID_BYTES],
                              const uint8_t signing_secret[64],
                              const uint8_t signing_key[LIMIT_KEY_BYTES],
                              uint8_t frame[SEQUENCE_NIGHT_BYTES])
{
    Saldo__V1__SettleDay settle = SALDO__V1__SETTLE_DAY__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    Saldo__V1__Command *commands[] = {&command};
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    uint8_t payload[SEQUENCE_NIGHT_BYTES / 2];
    uint8_t hash[LIMIT_HASH_BYTES];
    struct envelope e = {.purpose = PURPOSE_SETTLEMENT, .payload = payload};

    request.recorded_at_ms = calendar_midnight_ms(day + 1);
    randombytes_buf(id, sizeof(id));
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)((uint64_t)request.recorded_at_ms >> (40 - 8 * i));
    settle.day = day;
    command.request_id = (ProtobufCBinaryData){sizeof(id), id};
    command.body_case = SALDO__V1__COMMAND__BODY_SETTLE_DAY;
    command.settle_day = &settle;
    request.n_commands = 1;
    request.commands = commands;
    CHECK(saldo__v1__command_request__get_packed_size(&request) <= sizeof(payload));
    e.payload_len = saldo__v1__command_request__pack(&request, payload);

    envelope_key_id(signing_key, e.key_id);
    envelope_hash(payload, e.payload_len, hash);
    envelope_sign(e.purpose, ledger_id, hash, signing_secret, e.signature);
    CHECK(envelope_size(e.payload_len) <= SEQUENCE_NIGHT_BYTES);
    return envelope_write(&e, frame, SEQUENCE_NIGHT_BYTES);
}
