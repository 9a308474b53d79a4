#include "signed_entry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "text.h"

void signed_entry_free(struct signed_entry *e)
{
    if (e->request != NULL)
        saldo__v1__charge_request__free_unpacked(e->request, NULL);
    if (e->reply != NULL)
        saldo__v1__reply__free_unpacked(e->reply, NULL);
    free(e->envelope);
    memset(e, 0, sizeof(*e));
}

static int take_apart(struct signed_entry *e, size_t len)
{
    struct envelope envelope;

    if (envelope_parse(e->envelope, len, &envelope) && envelope.purpose == PURPOSE_CHARGE)
        e->request =
            saldo__v1__charge_request__unpack(NULL, envelope.payload_len, envelope.payload);
    if (e->request == NULL)
        return tool_fail(TOOL_PROOF, "entry %" PRIu64 " is no signed request for charges",
                         e->number);
    text_hex(envelope.key_id, sizeof(envelope.key_id), e->key);
    e->owner = e->reply->entry->owner;
    return TOOL_OK;
}

/* Add a piece of the envelope to what is there. */
static int take_piece(struct signed_entry *e, const Saldo__V1__Entry *piece, size_t *len)
{
    const size_t total = e->reply->entry->total;

    if (piece->number != e->number || piece->total != total || total > LIMIT_REQUEST_BYTES ||
        piece->envelope.len == 0 || piece->envelope.len > total - *len)
        return tool_fail(TOOL_PROOF, "the pieces of entry %" PRIu64 " do not make one", e->number);
    if (e->envelope == NULL)
        e->envelope = tool_alloc(total, 1);
    memcpy(e->envelope + *len, piece->envelope.data, piece->envelope.len);
    *len += piece->envelope.len;
    return TOOL_OK;
}

/* A large envelope comes in pieces; the first reply is kept. */
static int ask_pieces(struct signed_entry *e, struct session *s, size_t *len)
{
    Saldo__V1__EntryQuery entry = SALDO__V1__ENTRY_QUERY__INIT;
    Saldo__V1__QueryRequest query = SALDO__V1__QUERY_REQUEST__INIT;
    int code;
    int rc = TOOL_OK;

    entry.number = e->number;
    query.body_case = SALDO__V1__QUERY_REQUEST__BODY_ENTRY;
    query.entry = &entry;
    while (rc == TOOL_OK && (e->reply == NULL || *len < e->reply->entry->total)) {
        entry.offset = (uint32_t)*len;
        rc = session_try(s, &query, SALDO__V1__REPLY__RESULT_ENTRY, &code);
        if (rc != TOOL_OK)
            break;
        const Saldo__V1__Entry *piece = s->reply->entry;
        if (e->reply == NULL) {
            e->reply = s->reply;
            s->reply = NULL;
        }
        rc = take_piece(e, piece, len);
    }
    return rc;
}

int signed_entry_ask(struct signed_entry *e, struct session *s, uint64_t number)
{
    size_t len = 0;

    if (e->number == number)
        return TOOL_OK;
    signed_entry_free(e);
    e->number = number;
    int rc = ask_pieces(e, s, &len);
    if (rc == TOOL_REFUSED && e->reply == NULL)
        return TOOL_OK;
    return rc == TOOL_OK ? take_apart(e, len) : rc;
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
