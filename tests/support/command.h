/* command.h - a command request put together in a test. */
#ifndef SUPPORT_COMMAND_H
#define SUPPORT_COMMAND_H

#include "saldo.pb-c.h"
#include "tests/support/unit.h"

static uint8_t COMMAND_ID[16] = "0123456789abcdef";

/* Overwritten by the next call. */
static inline Saldo__V1__Command *command_of(Saldo__V1__Command__BodyCase body, void *message)
{
    static Saldo__V1__Command c;
    saldo__v1__command__init(&c);
    c.request_id = (ProtobufCBinaryData){sizeof(COMMAND_ID), COMMAND_ID};
    c.body_case = body;
    c.void_voucher = message; /* all members of the oneof are pointers */
    return &c;
}

static inline size_t pack_request(uint8_t *bytes, Saldo__V1__Command **commands, size_t count)
{
    Saldo__V1__CommandRequest r = SALDO__V1__COMMAND_REQUEST__INIT;
    r.n_commands = count;
    r.commands = commands;
    return saldo__v1__command_request__pack(&r, bytes);
}

#endif
