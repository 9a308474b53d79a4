#include "entry.h"

#include <string.h>

#include "envelope.h"
#include "outcome.h"

struct asked {
    const struct books *books;
    const struct ledger_key *key;
    uint32_t offset;
    struct arena *arena;
    Saldo__V1__Entry *entry;
    enum outcome outcome;
    bool damaged;
};

static ProtobufCBinaryData keep(struct asked *a, const uint8_t *bytes, size_t len)
{
    uint8_t *at = arena_alloc(a->arena, len + 1);

    if (at == NULL) {
        a->outcome = OUTCOME_LIMIT_REACHED;
        return (ProtobufCBinaryData){0, NULL};
    }
    memcpy(at, bytes, len);
    return (ProtobufCBinaryData){len, at};
}

/* Whose key signed it; NULL: the genesis, which nobody did. */
static const struct ledger_key *signer(struct asked *a, const struct journal_record *r)
{
    struct envelope e;

    if (r->number == 1)
        return NULL;
    if (!envelope_parse(r->request, r->request_len, &e)) {
        a->damaged = true;
        return NULL;
    }
    return ledger_key_find(a->books->ledger, e.key_id);
}

static bool may_see(const struct ledger_key *key, const struct ledger_key *by)
{
    if (key->role != SALDO__V1__ROLE__PROVIDER)
        return true;
    return by != NULL && by->role == SALDO__V1__ROLE__PROVIDER && by->provider == key->provider;
}

static void fill_decision(struct asked *a, const struct journal_record *r)
{
    Saldo__V1__Decision *d =
        saldo__v1__decision__unpack(&a->arena->allocator, r->decision_len, r->decision);

    if (d == NULL) {
        a->outcome = OUTCOME_LIMIT_REACHED;
        return;
    }
    a->entry->time_ms = r->number == 1 ? a->books->genesis.created_ms : d->time_ms;
    if (a->offset == 0)
        a->entry->decision = keep(a, r->decision, r->decision_len);
}

static void take(void *arg, const struct journal_record *r)
{
    struct asked *a = arg;
    const struct ledger_key *by = signer(a, r);

    if (a->damaged || !may_see(a->key, by)) {
        a->outcome = OUTCOME_ROW_UNKNOWN;
        return;
    }
    if (a->offset > r->request_len) {
        a->outcome = OUTCOME_FIELD_INVALID;
        return;
    }
    size_t piece = r->request_len - a->offset;
    if (piece > LIMIT_ENTRY_PIECE)
        piece = LIMIT_ENTRY_PIECE;
    a->entry->number = r->number;
    a->entry->total = (uint32_t)r->request_len;
    a->entry->envelope = keep(a, r->request + a->offset, piece);
    if (by != NULL)
        a->entry->owner = (char *)(uintptr_t)by->owner; /* the reply is packed before it can move */
    fill_decision(a, r);
}

/* The night job sees all money, but has no business with what was signed. */
static enum outcome may_ask(const struct ledger_key *key)
{
    if (key->role == SALDO__V1__ROLE__PROVIDER)
        return OUTCOME_ACCEPTED;
    if (!ledger_key_is_office(key) || key->role == SALDO__V1__ROLE__SETTLEMENT_JOB)
        return OUTCOME_ROLE_NOT_ALLOWED;
    return key->organiser == 0 ? OUTCOME_ACCEPTED : OUTCOME_SCOPE_NOT_ALLOWED;
}

enum fault entry_query(const struct books *b, const struct ledger_key *key,
                       const Saldo__V1__EntryQuery *query, struct arena *arena,
                       Saldo__V1__Reply *reply)
{
    struct asked a = {
        .books = b,
        .key = key,
        .offset = query->offset,
        .arena = arena,
        .entry = arena_alloc(arena, sizeof(Saldo__V1__Entry)),
        .outcome = may_ask(key),
    };

    if (a.entry == NULL)
        a.outcome = OUTCOME_LIMIT_REACHED;
    if (a.outcome == OUTCOME_ACCEPTED) {
        saldo__v1__entry__init(a.entry);
        enum fault f = journal_entry(b->journal, query->number, take, &a);
        if (f == FAULT_ABSENT)
            a.outcome = OUTCOME_ROW_UNKNOWN;
        else if (f != FAULT_NONE || a.damaged)
            return f != FAULT_NONE ? f : FAULT_CORRUPT;
    }
    reply->code = (int32_t)a.outcome;
    if (a.outcome != OUTCOME_ACCEPTED)
        return FAULT_NONE;
    reply->result_case = SALDO__V1__REPLY__RESULT_ENTRY;
    reply->entry = a.entry;
    return FAULT_NONE;
}
