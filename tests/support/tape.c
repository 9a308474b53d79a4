/* tape.c - entries kept as packed messages. */
#include "tests/support/tape.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static uint64_t digest_of(const ProtobufCMessage *item)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES];
    size_t len = protobuf_c_message_get_packed_size(item);
    uint8_t *bytes = malloc(len + 1);
    uint64_t digest = 0;
    if (bytes == NULL)
        abort();
    protobuf_c_message_pack(item, bytes);
    crypto_shorthash((uint8_t *)&digest, bytes, len, key);
    free(bytes);
    return digest;
}

const struct tape_entry *tape_add(struct tape *t, const struct tape_entry *what,
                                  const ProtobufCMessage *message)
{
    if ((t->count & (t->count - 1)) == 0)
        t->entries = realloc(t->entries, (t->count + 1) * 2 * sizeof(*t->entries));
    if (t->entries == NULL)
        abort();
    struct tape_entry *e = &t->entries[t->count++];
    *e = *what;
    e->number = t->count;
    e->len = protobuf_c_message_get_packed_size(message);
    e->bytes = malloc(e->len + 1);
    if (e->bytes == NULL)
        abort();
    protobuf_c_message_pack(message, e->bytes);
    return e;
}

void tape_clear(struct tape *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->entries[i].bytes);
    free(t->entries);
    *t = (struct tape){0};
}

static struct text text_of_string(const char *s)
{
    return (struct text){s, (uint32_t)strlen(s)};
}

static void charge_of(const Saldo__V1__Charge *c, struct charge *out)
{
    *out = (struct charge){.digest = digest_of(&c->base),
                           .voucher = text_of_string(c->voucher),
                           .service = text_of_string(c->service),
                           .rate_class = text_of_string(c->rate_class),
                           .reference = text_of_string(c->reference),
                           .start_ms = c->start_ms,
                           .end_ms = c->end_ms,
                           .quantity = c->quantity,
                           .price_cents = c->price_cents,
                           .county_cents = c->county_cents,
                           .copay_cents = c->copay_cents,
                           .unit = (uint8_t)c->unit,
                           .identity_checked = c->identity_checked};
    memcpy(out->id, c->request_id.data, LIMIT_REQUEST_ID_BYTES);
}

static void unpack_charges(const struct tape_entry *e, struct tape_request *out)
{
    Saldo__V1__ChargeRequest *m = saldo__v1__charge_request__unpack(NULL, e->len, e->bytes);
    if (m == NULL || (out->charges = calloc(m->n_charges, sizeof(*out->charges))) == NULL)
        abort();
    for (size_t i = 0; i < m->n_charges; i++)
        charge_of(m->charges[i], &out->charges[i]);
    out->message = &m->base;
    out->request.count = (uint32_t)m->n_charges;
    out->request.charges = out->charges;
}

static void unpack_commands(const struct tape_entry *e, struct tape_request *out)
{
    Saldo__V1__CommandRequest *m = saldo__v1__command_request__unpack(NULL, e->len, e->bytes);
    if (m == NULL || (out->commands = calloc(m->n_commands, sizeof(*out->commands))) == NULL)
        abort();
    for (size_t i = 0; i < m->n_commands; i++)
        out->commands[i] = (struct command){m->commands[i], digest_of(&m->commands[i]->base)};
    out->message = &m->base;
    out->request.count = (uint32_t)m->n_commands;
    out->request.commands = out->commands;
}

void tape_unpack(const struct tape_entry *e, struct tape_request *out)
{
    *out = (struct tape_request){.request.purpose = e->purpose};
    memcpy(out->request.key_id, e->key_id, sizeof(e->key_id));
    if (e->purpose == PURPOSE_CHARGE)
        unpack_charges(e, out);
    else
        unpack_commands(e, out);
    out->entry = (struct ledger_entry){.number = e->number,
                                       .time_ms = e->time_ms,
                                       .day = e->day,
                                       .request = &out->request,
                                       .level = e->level};
}

void tape_release(struct tape_request *r)
{
    protobuf_c_message_free_unpacked(r->message, NULL);
    free(r->charges);
    free(r->commands);
}
