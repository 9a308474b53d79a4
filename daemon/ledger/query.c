/* query.c - from a question to the function that answers it. */
#include "ledger/query_page.h"

static enum outcome answer(struct query *q, const Saldo__V1__QueryRequest *in,
                           Saldo__V1__Reply *reply)
{
    switch (in->body_case) {
    case SALDO__V1__QUERY_REQUEST__BODY_BALANCE:
        return query_balance(q, in->balance, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_VOUCHER:
        return query_voucher(q, in->voucher, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_CHARGE:
        return query_charge(q, in->charge, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_BATCH:
        return query_batch(q, in->batch, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_PAYOUTS:
        return query_payouts(q, in->payouts, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_PAYABLES:
        return query_payables(q, in->payables, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_STATUS:
        return query_status(q, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_KEYS:
        return query_keys(q, in->keys, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_CHECK:
        return query_check(q, in->check, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_RUNS:
        return query_runs(q, in->runs, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_BANK_LINES:
        return query_bank_lines(q, in->bank_lines, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_CHARGES:
        return query_charges(q, in->charges, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_CATALOGUE:
        return query_catalogue(q, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_CORRECTIONS:
        return query_corrections(q, in->corrections, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_TERMS:
        return query_terms(q, in->terms, reply);
    case SALDO__V1__QUERY_REQUEST__BODY_ENTRY: /* of the journal, which is not the ledger's */
    case SALDO__V1__QUERY_REQUEST__BODY__NOT_SET:
    case _SALDO__V1__QUERY_REQUEST__BODY__CASE_IS_INT_SIZE:
        break;
    }
    return OUTCOME_BAD_FRAME;
}

static enum outcome answer_if_valid(struct query *q, const Saldo__V1__QueryRequest *in,
                                    Saldo__V1__Reply *reply)
{
    if (q->key == NULL || !key_valid(q->key, q->time_ms))
        return OUTCOME_BAD_SIGNATURE;
    enum outcome o = answer(q, in, reply);
    if (q->fault != FAULT_NONE) /* whatever was found then is not the whole */
        return q->fault == FAULT_FULL ? OUTCOME_BUSY : OUTCOME_INTERNAL;
    return q->full ? OUTCOME_LIMIT_REACHED : o;
}

enum fault ledger_query(struct ledger *l, const struct ledger_source *source,
                        const struct ledger_key *key, int64_t time_ms,
                        const Saldo__V1__QueryRequest *query, struct arena *arena,
                        Saldo__V1__Reply *reply)
{
    CHECK(l != NULL);
    CHECK(source != NULL);
    CHECK(query != NULL);
    CHECK(reply != NULL);
    struct query q = {
        .ledger = l,
        .source = source,
        .key = key,
        .time_ms = time_ms > l->meta.time_ms ? time_ms : l->meta.time_ms,
        .arena = arena,
    };
    if (q.time_ms != 0) /* the clock of a simulated ledger may not have started */
        q.today = calendar_local_day(q.time_ms);

    reply->code = (int32_t)answer_if_valid(&q, query, reply);
    if (reply->code != OUTCOME_ACCEPTED)
        reply->result_case = SALDO__V1__REPLY__RESULT__NOT_SET;
    return q.fault == FAULT_FULL ? FAULT_NONE : q.fault;
}

/* ---- Status and keys ------------------------------------------------------------------------ */

enum outcome query_status(struct query *q, Saldo__V1__Reply *reply)
{
    Saldo__V1__Status *s = QUERY_NEW(q, status);
    struct ledger_stats stats;

    if (s == NULL)
        return OUTCOME_LIMIT_REACHED;
    ledger_stats(q->ledger, &stats);
    s->ledger_id = query_hex(q, q->ledger->genesis.ledger_id, LEDGER_ID_BYTES);
    s->simulated = q->ledger->genesis.simulated;
    s->last_number = stats.last_number;
    s->time_ms = stats.time_ms;
    s->settled_through = stats.settled_through;
    s->charges_accepted = stats.charges_accepted;
    s->charges_refused = stats.charges_refused;
    s->overlay_charges = stats.overlay_charges;
    s->overlay_vouchers = stats.overlay_vouchers;
    s->overlay_buckets = stats.overlay_buckets;
    reply->result_case = SALDO__V1__REPLY__RESULT_STATUS;
    reply->status = s;
    return OUTCOME_ACCEPTED;
}

static Saldo__V1__KeyInfo *key_info(struct query *q, const struct ledger_key *k)
{
    Saldo__V1__KeyInfo *i = QUERY_NEW(q, key_info);

    if (i == NULL)
        return NULL;
    i->key_id = query_bytes(q, k->key_id, sizeof(k->key_id));
    i->signing_key = query_bytes(q, k->signing_key, sizeof(k->signing_key));
    i->owner = query_text(q, k->owner);
    i->role = (Saldo__V1__Role)k->role;
    i->organiser = query_organiser(q, k->organiser);
    i->valid_from_ms = k->valid_from_ms;
    i->valid_to_ms = k->valid_to_ms == INT64_MAX ? 0 : k->valid_to_ms;
    i->revoked = k->revoked;
    return i;
}

#define KEY_NUMBER_BYTES 4

static void keys_fill(struct page *p)
{
    for (uint32_t i = 0; i < ledger_key_count(p->q->ledger); i++) {
        const struct ledger_key *k = ledger_key_at(p->q->ledger, i);
        uint8_t place[PAGE_KEY] = {0};
        struct writer w = {place, 0, sizeof(place), false};

        put_u32(&w, i);
        if (query_in_scope(p->q, k->organiser) && page_wants(p, place))
            page_add(p, place, k, sizeof(*k));
    }
    page_cut(p);
}

enum outcome query_keys(struct query *q, const Saldo__V1__KeysQuery *in, Saldo__V1__Reply *reply)
{
    Saldo__V1__Keys *keys = QUERY_NEW(q, keys);
    struct page page = {.q = q};
    struct pile pile = {NULL, 0, 0};
    const uint8_t *next;
    size_t limit;

    if (q->key->role != SALDO__V1__ROLE__ADMINISTRATOR && q->key->role != SALDO__V1__ROLE__AUDITOR)
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (!page_limit(in->limit, &limit) || !page_from_text(&page, in->after, KEY_NUMBER_BYTES))
        return OUTCOME_FIELD_INVALID;
    if (keys == NULL || !page_begin(&page, limit, sizeof(struct ledger_key)))
        return OUTCOME_LIMIT_REACHED;
    keys_fill(&page);
    for (size_t i = 0; i < page.count; i++)
        pile_add(q, &pile, key_info(q, page.rows[i]->row));
    keys->n_keys = pile.count;
    keys->keys = (Saldo__V1__KeyInfo **)pile.items;
    if ((next = page_next(&page)) != NULL)
        keys->next = page_text(q, next, KEY_NUMBER_BYTES);
    reply->result_case = SALDO__V1__REPLY__RESULT_KEYS;
    reply->keys = keys;
    return OUTCOME_ACCEPTED;
}
