/* query_check.c - what charges and commands would get now, without their getting it. */
#include "ledger/charge_row.h"
#include "ledger/query.h"

/* One kind of item at a time, as a request of their own would hold them. */
struct trial {
    struct request request;
    uint32_t provider; /* whose charges; 0: the key's */
    struct answer *answers;
};

static enum outcome trial_provider(const struct query *q, const Saldo__V1__CheckQuery *in,
                                   uint32_t *provider)
{
    *provider = query_is_provider(q) ? q->key->provider : 0;
    if (in->provider[0] == '\0')
        return OUTCOME_ACCEPTED;
    uint32_t named = provider_find(q->ledger, text_of(in->provider));
    if (query_is_provider(q) && named != *provider)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    *provider = named;
    return named == 0 ? OUTCOME_PROVIDER_UNKNOWN : OUTCOME_ACCEPTED;
}

static enum outcome trial_charges(struct query *q, const Saldo__V1__CheckQuery *in,
                                  struct request *r)
{
    struct charge *charges = query_alloc(q, in->n_charges * sizeof(*charges));
    uint8_t digest_key[16];

    if (charges == NULL)
        return OUTCOME_LIMIT_REACHED;
    codec_digest_key(q->ledger->genesis.ledger_id, digest_key);
    for (size_t i = 0; i < in->n_charges; i++)
        if (!codec_charge_from_message(in->charges[i], digest_key, &charges[i]))
            return OUTCOME_BAD_FRAME;
    r->purpose = PURPOSE_CHARGE;
    r->count = (uint32_t)in->n_charges;
    r->charges = charges;
    return OUTCOME_ACCEPTED;
}

static enum outcome trial_commands(struct query *q, const Saldo__V1__CheckQuery *in,
                                   struct request *r)
{
    struct command *commands = query_alloc(q, in->n_commands * sizeof(*commands));

    if (commands == NULL)
        return OUTCOME_LIMIT_REACHED;
    for (size_t i = 0; i < in->n_commands; i++)
        commands[i] = (struct command){in->commands[i], 0};
    /* A night is asked for on its own, as it is settled. */
    bool night =
        in->n_commands == 1 && in->commands[0]->body_case == SALDO__V1__COMMAND__BODY_SETTLE_DAY;
    r->purpose = night ? PURPOSE_SETTLEMENT : PURPOSE_COMMAND;
    r->count = (uint32_t)in->n_commands;
    r->commands = commands;
    return OUTCOME_ACCEPTED;
}

/* A repeated charge of another owner: ledger_prepare() looks for those of the key. */
static enum fault fetch_repeated(struct query *q, const struct trial *t)
{
    enum fault f = FAULT_NONE;
    uint32_t item;

    for (uint32_t i = 0; f == FAULT_NONE && i < t->request.count; i++)
        if (request_id_ms(t->request.charges[i].id) <= q->ledger->evicted_id_ms)
            f = fetch_charge(q->ledger, q->source, t->request.charges[i].id, t->provider, &item);
    return f;
}

static void trial_run(struct query *q, struct trial *t)
{
    struct ledger_entry e = {
        .number = q->ledger->meta.last_number + 1,
        .time_ms = q->time_ms,
        .day = q->today,
        .request = &t->request,
        .level = LEDGER_LEVEL,
    };

    memcpy(t->request.key_id, q->key->key_id, sizeof(t->request.key_id));
    enum fault f = ledger_prepare(q->ledger, &e, q->source);
    if (f == FAULT_NONE && t->request.purpose == PURPOSE_CHARGE && t->provider != 0)
        f = fetch_repeated(q, t);
    if (f == FAULT_NONE)
        ledger_check(q->ledger, &e, t->provider, t->answers);
    else
        q->fault = f;
}

static enum outcome run_all(struct query *q, const Saldo__V1__CheckQuery *in,
                            struct answer *answers)
{
    struct trial t = {.answers = answers};
    enum outcome o = trial_provider(q, in, &t.provider);

    if (o == OUTCOME_ACCEPTED && in->n_charges > 0) {
        o = trial_charges(q, in, &t.request);
        if (o == OUTCOME_ACCEPTED)
            trial_run(q, &t);
    }
    t.answers = answers + in->n_charges;
    if (o == OUTCOME_ACCEPTED && in->n_commands > 0 && q->fault == FAULT_NONE) {
        o = trial_commands(q, in, &t.request);
        if (o == OUTCOME_ACCEPTED)
            trial_run(q, &t);
    }
    return o;
}

static Saldo__V1__Answer *answer_of(struct query *q, const struct answer *a)
{
    Saldo__V1__Answer *out = QUERY_NEW(q, answer);

    if (out == NULL)
        return NULL;
    out->code = a->code;
    out->have = a->have;
    out->need = a->need;
    out->pays_on = a->pays_on;
    out->duplicate = a->duplicate;
    return out;
}

enum outcome query_check(struct query *q, const Saldo__V1__CheckQuery *in, Saldo__V1__Reply *reply)
{
    size_t count = in->n_charges + in->n_commands;
    Saldo__V1__Decision *out = QUERY_NEW(q, decision);
    struct pile pile = {NULL, 0, 0};

    if (count < 1 || count > LIMIT_BATCH_ITEMS)
        return OUTCOME_FIELD_INVALID;
    struct answer *answers = query_alloc(q, count * sizeof(*answers));
    if (out == NULL || answers == NULL)
        return OUTCOME_LIMIT_REACHED;
    enum outcome o = run_all(q, in, answers);
    if (o != OUTCOME_ACCEPTED || q->fault != FAULT_NONE)
        return o;
    for (size_t i = 0; i < count; i++)
        pile_add(q, &pile, answer_of(q, &answers[i]));
    out->time_ms = q->time_ms;
    out->business_day = q->today;
    out->simulated = q->ledger->genesis.simulated;
    out->n_answers = pile.count;
    out->answers = (Saldo__V1__Answer **)pile.items;
    reply->result_case = SALDO__V1__REPLY__RESULT_CHECK;
    reply->check = out;
    return OUTCOME_ACCEPTED;
}
