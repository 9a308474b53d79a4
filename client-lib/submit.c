/* submit.c - the calls that change the ledger: charges, deletions, commands. */
#include <string.h>

#include "internal.h"

enum saldo_error saldo_submit(struct saldo *s, const struct saldo_charge *charges, size_t count,
                              struct saldo_answer *answers)
{
    struct client_frame frame;
    enum saldo_error e = client_begin_call(s);
    if (e == SALDO_OK)
        e = client_frame_charges(s, charges, count, &frame);
    return e == SALDO_OK ? client_call(s, &frame, answers, count) : e;
}

enum saldo_error saldo_start(struct saldo *s, const struct saldo_charge *charges, size_t count,
                             saldo_done *done, void *arg, uint64_t *ticket)
{
    struct client_frame frame;
    enum saldo_error e = client_begin(s);
    if (e == SALDO_OK)
        e = client_frame_charges(s, charges, count, &frame);
    return e == SALDO_OK ? client_pending_add(s, &frame, false, done, arg, ticket) : e;
}

enum saldo_error saldo_command(struct saldo *s, const void *bytes, size_t len, bool settlement,
                               struct saldo_answer *answers, size_t count)
{
    struct client_frame frame;
    enum purpose purpose = settlement ? PURPOSE_SETTLEMENT : PURPOSE_COMMAND;
    enum saldo_error e = client_begin_call(s);
    if (e == SALDO_OK)
        e = client_frame_message(s, purpose, bytes, len, &frame);
    return e == SALDO_OK ? client_call(s, &frame, answers, count) : e;
}

enum saldo_error saldo_delete(struct saldo *s, const uint8_t command_id[16],
                              const uint8_t charge_id[16], struct saldo_answer *answer)
{
    uint8_t ids[2][LIMIT_REQUEST_ID_BYTES];
    uint8_t bytes[128]; /* two ids, a time, and their tags */
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    Saldo__V1__DeleteCharge body = SALDO__V1__DELETE_CHARGE__INIT;
    Saldo__V1__Command *commands[] = {&command};

    memcpy(ids[0], command_id, sizeof(ids[0]));
    memcpy(ids[1], charge_id, sizeof(ids[1]));
    body.charge = (ProtobufCBinaryData){.len = sizeof(ids[1]), .data = ids[1]};
    command.request_id = (ProtobufCBinaryData){.len = sizeof(ids[0]), .data = ids[0]};
    command.body_case = SALDO__V1__COMMAND__BODY_DELETE_CHARGE;
    command.delete_charge = &body;
    request.recorded_at_ms = s->recorded_at_ms;
    request.n_commands = 1;
    request.commands = commands;
    size_t len = saldo__v1__command_request__pack(&request, bytes);
    return saldo_command(s, bytes, len, false, answer, 1);
}
