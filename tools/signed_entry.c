#include "signed_entry.h"

#include <inttypes.h>
#include <string.h>

#include "envelope.h"
#include "text.h"

void signed_entry_free(struct signed_entry *e)
{
    if (e->request != NULL)
        saldo__v1__charge_request__free_unpacked(e->request, NULL);
    if (e->reply != NULL)
        saldo__v1__reply__free_unpacked(e->reply, NULL);
    *e = (struct signed_entry){0};
}

static int take_apart(struct signed_entry *e)
{
    const Saldo__V1__Entry *found = e->reply->entry;
    struct envelope envelope;

    if (found->number == e->number &&
        envelope_parse(found->envelope.data, found->envelope.len, &envelope) &&
        envelope.purpose == PURPOSE_CHARGE)
        e->request =
            saldo__v1__charge_request__unpack(NULL, envelope.payload_len, envelope.payload);
    if (e->request == NULL)
        return tool_fail(TOOL_PROOF, "entry %" PRIu64 " is no signed request for charges",
                         e->number);
    text_hex(envelope.key_id, sizeof(envelope.key_id), e->key);
    e->owner = found->owner;
    return TOOL_OK;
}

int signed_entry_ask(struct signed_entry *e, struct session *s, uint64_t number)
{
    Saldo__V1__EntryQuery entry = SALDO__V1__ENTRY_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    int code;

    if (e->number == number)
        return TOOL_OK;
    signed_entry_free(e);
    entry.number = e->number = number;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_ENTRY;
    query.entry = &entry;
    int rc = session_try(s, &query, SALDO__V1__REPLY__RESULT_ENTRY, &code);
    if (rc != TOOL_OK)
        return rc == TOOL_REFUSED ? TOOL_OK : rc;
    e->reply = s->reply;
    s->reply = NULL;
    return take_apart(e);
}

int signed_entry_charge(const struct signed_entry *e, const Saldo__V1__ChargeStatus *status,
                 const Saldo__V1__Charge **out)
{
    size_t index = (size_t)status->index;

    *out = NULL;
    if (e->request == NULL)
        return TOOL_OK;
    if (index < e->request->n_charges) {
        const Saldo__V1__Charge *c = e->request->charges[index];
        if (c->request_id.len == status->charge.len &&
            memcmp(c->request_id.data, status->charge.data, status->charge.len) == 0)
            *out = c;
    }
    if (*out == NULL)
        return tool_fail(TOOL_PROOF, "entry %" PRIu64 " has another charge in place %d", e->number,
                         status->index);
    return TOOL_OK;
}
