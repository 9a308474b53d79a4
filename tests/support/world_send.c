/* world_send.c - one item as a request of its own, for whichever world_apply() is linked: that of
 * world.c or that of the simulation. */
#include "tests/support/world.h"

void world_id(struct world *w, int64_t time_ms, uint8_t id[LIMIT_REQUEST_ID_BYTES])
{
    w->ids++;
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)(time_ms >> (40 - 8 * i));
    for (int i = 6; i < 16; i++) /* the number, and a part that spreads */
        id[i] = (uint8_t)(i < 8 ? w->ids * 40503 >> 8 * (i - 6) : w->ids >> 8 * (15 - i));
}

bool world_apply_command(struct world *w, const char *key, Saldo__V1__Command *c)
{
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    Saldo__V1__CommandRequest request = SALDO__V1__COMMAND_REQUEST__INIT;
    bool settles = c->body_case == SALDO__V1__COMMAND__BODY_SETTLE_DAY;
    if (c->request_id.len == 0) {
        world_id(w, w->now_ms, id);
        c->request_id = (ProtobufCBinaryData){sizeof(id), id};
    }
    request.n_commands = 1;
    request.commands = &c;
    return world_apply(w, key, settles ? PURPOSE_SETTLEMENT : PURPOSE_COMMAND, &request.base);
}

bool world_apply_charge(struct world *w, const char *provider, Saldo__V1__Charge *c)
{
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    Saldo__V1__ChargeRequest request = SALDO__V1__CHARGE_REQUEST__INIT;
    if (c->request_id.len == 0) {
        world_id(w, w->now_ms, id);
        c->request_id = (ProtobufCBinaryData){sizeof(id), id};
    }
    request.n_charges = 1;
    request.charges = &c;
    return world_apply(w, provider, PURPOSE_CHARGE, &request.base);
}
