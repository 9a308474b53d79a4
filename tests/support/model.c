/* model.c - one entry: keys, request ids, and who may do what. */
#include "tests/support/model_state.h"

#include <time.h>

#include <sodium.h>

static void key_id_of(const uint8_t key[LIMIT_KEY_BYTES], uint8_t id[LIMIT_KEY_ID_BYTES])
{
    uint8_t hash[32];
    crypto_generichash(hash, sizeof(hash), key, LIMIT_KEY_BYTES, NULL, 0);
    memcpy(id, hash, LIMIT_KEY_ID_BYTES);
}

struct model *model_new(const struct ledger_genesis *genesis)
{
    struct model *m = calloc(1, sizeof(*m));
    if (m == NULL || setenv("TZ", "Europe/Helsinki", 1) != 0)
        abort();
    tzset();
    m->genesis = *genesis;
    struct m_key *first = ADD(m->keys);
    memcpy(first->signing_key, genesis->administrator_key, LIMIT_KEY_BYTES);
    memcpy(first->transport_key, genesis->administrator_transport_key, LIMIT_KEY_BYTES);
    key_id_of(first->signing_key, first->id);
    m_copy(first->owner, "administrator");
    first->role = SALDO__V1__ROLE__ADMINISTRATOR;
    first->organiser = NOBODY;
    first->to_ms = INT64_MAX;
    return m;
}

/* A copy of a list, with the room that m_grow() takes it to have. */
static void *same_list(const void *list, size_t count, size_t size)
{
    size_t room = 1;
    while (room < count)
        room *= 2;
    if (count == 0)
        return NULL;
    void *copy = malloc(room * size);
    if (copy == NULL)
        abort();
    return memcpy(copy, list, count * size);
}
#define OWN(list) ((list) = same_list((list), list##_count, sizeof(*(list))))

struct model *model_copy(const struct model *m)
{
    struct model *copy = same_list(m, 1, sizeof(*m));
    OWN(copy->organisers);
    OWN(copy->services);
    OWN(copy->windows);
    OWN(copy->rows);
    OWN(copy->providers);
    OWN(copy->keys);
    OWN(copy->commitments);
    OWN(copy->vouchers);
    OWN(copy->charges);
    OWN(copy->credits);
    OWN(copy->ids);
    OWN(copy->batches);
    OWN(copy->lines);
    OWN(copy->payouts);
    OWN(copy->runs);
    OWN(copy->bank_lines);
    OWN(copy->corrections);
    for (size_t i = 0; i < copy->vouchers_count; i++) {
        struct m_voucher *v = &copy->vouchers[i];
        v->versions = same_list(v->versions, v->version_count, sizeof(*v->versions));
        v->suspensions = same_list(v->suspensions, v->suspension_count, sizeof(*v->suspensions));
        v->priors = same_list(v->priors, v->prior_count, sizeof(*v->priors));
    }
    return copy;
}

void model_free(struct model *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->vouchers_count; i++) {
        free(m->vouchers[i].versions);
        free(m->vouchers[i].suspensions);
        free(m->vouchers[i].priors);
    }
    free(m->organisers);
    free(m->services);
    free(m->windows);
    free(m->rows);
    free(m->providers);
    free(m->keys);
    free(m->commitments);
    free(m->vouchers);
    free(m->charges);
    free(m->credits);
    free(m->ids);
    free(m->batches);
    free(m->lines);
    free(m->payouts);
    free(m->runs);
    free(m->bank_lines);
    free(m->corrections);
    free(m);
}

static const struct m_key *valid_key(const struct model *m, const uint8_t *id, int64_t time_ms)
{
    for (size_t i = 0; i < m->keys_count; i++) {
        const struct m_key *k = &m->keys[i];
        if (memcmp(k->id, id, LIMIT_KEY_ID_BYTES) == 0)
            return !k->revoked && k->from_ms <= time_ms && time_ms < k->to_ms ? k : NULL;
    }
    return NULL;
}

static int64_t id_time(const uint8_t *id)
{
    int64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms * 256 + id[i];
    return ms;
}

static bool skewed(const struct model *m, const struct m_act *a, const uint8_t *id)
{
    return id_time(id) > a->time_ms + m->genesis.clock_skew_ms ||
           id_time(id) < m_midnight(m_window_first(a->day));
}

/* True: the item is answered already, by the clock or by an earlier use of its id. */
static bool answered(struct model *m, const struct m_act *a, const uint8_t *id, uint64_t digest,
                     struct answer *out)
{
    *out = (struct answer){0};
    if (skewed(m, a, id)) {
        out->code = OUTCOME_CLOCK_SKEW;
        return true;
    }
    const struct m_id *used = m_id_find(m, id, a->key->owner);
    if (used == NULL)
        return false;
    if (used->digest == digest) {
        *out = used->answer;
        out->duplicate = true;
    } else {
        out->code = OUTCOME_ID_CONFLICT;
    }
    return true;
}

static void use_id(struct model *m, const struct m_act *a, const uint8_t *id, uint64_t digest,
                   const struct answer *answer)
{
    struct m_id *n = ADD(m->ids);
    size_t slot = ((size_t)id[4] ^ id[15]) << 8 | (size_t)(id[5] ^ id[14]);
    memcpy(n->id, id, LIMIT_REQUEST_ID_BYTES);
    memcpy(n->owner, a->key->owner, sizeof(n->owner));
    n->digest = digest;
    n->answer = *answer;
    n->charge = a->accepted_charge;
    n->next = m->id_head[slot];
    m->id_head[slot] = (int)m->ids_count;
}

static bool role_allows(int role, Saldo__V1__Command__BodyCase body)
{
    if (body >= SALDO__V1__COMMAND__BODY_GRANT_VOUCHER &&
        body <= SALDO__V1__COMMAND__BODY_REVIEW_CHARGE)
        return role == SALDO__V1__ROLE__ADMINISTRATOR || role == SALDO__V1__ROLE__CASE_WORKER;
    if (body == SALDO__V1__COMMAND__BODY_DELETE_CHARGE)
        return role == SALDO__V1__ROLE__PROVIDER;
    if (body >= SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN ||
        body == SALDO__V1__COMMAND__BODY_CREDIT_CHARGE ||
        body == SALDO__V1__COMMAND__BODY_CHANGE_PROVIDER_ACCOUNT)
        return role == SALDO__V1__ROLE__FINANCE_OFFICER;
    if (body == SALDO__V1__COMMAND__BODY_SET_COMMITMENT)
        return role == SALDO__V1__ROLE__ADMINISTRATOR || role == SALDO__V1__ROLE__FINANCE_OFFICER;
    if (body == SALDO__V1__COMMAND__BODY_SETTLE_DAY)
        return role == SALDO__V1__ROLE__SETTLEMENT_JOB;
    return role == SALDO__V1__ROLE__ADMINISTRATOR;
}

static enum outcome command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    Saldo__V1__Command__BodyCase body = c->body_case;
    bool settles = body == SALDO__V1__COMMAND__BODY_SETTLE_DAY;
    if (!role_allows(a->key->role, body) || settles != (a->purpose == PURPOSE_SETTLEMENT))
        return OUTCOME_ROLE_NOT_ALLOWED;
    if (a->run_too_many)
        return OUTCOME_LIMIT_REACHED;
    if (!m_enums_ok(&c->set_organiser->base)) /* the bodies share their place */
        return OUTCOME_FIELD_INVALID;
    if (settles)
        return m_settle_command(m, a, c);
    if (body == SALDO__V1__COMMAND__BODY_REGISTER_KEY ||
        body == SALDO__V1__COMMAND__BODY_REVOKE_KEY ||
        body == SALDO__V1__COMMAND__BODY_SET_COMMITMENT)
        return m_key_command(m, a, c);
    if (body == SALDO__V1__COMMAND__BODY_REVIEW_CHARGE ||
        body == SALDO__V1__COMMAND__BODY_DELETE_CHARGE ||
        body == SALDO__V1__COMMAND__BODY_CREDIT_CHARGE)
        return m_correction_command(m, a, c);
    if (body >= SALDO__V1__COMMAND__BODY_RECORD_BANK_EVENT)
        return m_bank_command(m, a, c);
    if (body >= SALDO__V1__COMMAND__BODY_START_PAYOUT_RUN)
        return m_payment_command(m, a, c);
    if (body >= SALDO__V1__COMMAND__BODY_GRANT_VOUCHER)
        return m_voucher_command(m, a, c);
    return m_catalogue_command(m, a, c);
}

static void apply_charge(struct model *m, struct m_act *a, const struct charge *c,
                         struct answer *out)
{
    if (answered(m, a, c->id, c->digest, out))
        return;
    if (a->key->role != SALDO__V1__ROLE__PROVIDER)
        out->code = (int32_t)OUTCOME_ROLE_NOT_ALLOWED;
    else
        m_charge(m, a, c, out);
    use_id(m, a, c->id, c->digest, out);
}

static void apply_command(struct model *m, struct m_act *a, const struct command *c,
                          struct answer *out)
{
    const uint8_t *id = c->message->request_id.data;
    if (answered(m, a, id, c->digest, out))
        return;
    struct m_key key = *a->key; /* registering keys moves the list it stands in */
    a->key = &key;
    out->code = (int32_t)command(m, a, c->message);
    out->have = a->have;
    out->need = a->need;
    use_id(m, a, id, c->digest, out);
}

void model_apply(struct model *m, const struct ledger_entry *e, struct answer *answers,
                 struct batch_summary *batch)
{
    const struct request *r = e->request;
    memset(batch, 0, sizeof(*batch));
    for (uint32_t i = 0; i < r->count; i++) {
        struct m_act a = {.number = e->number,
                          .index = i,
                          .key = valid_key(m, r->key_id, e->time_ms),
                          .time_ms = e->time_ms,
                          .day = m_local_day(e->time_ms),
                          .level = e->level,
                          .purpose = r->purpose,
                          .batch = batch,
                          .accepted_charge = NOBODY};
        if (a.key == NULL)
            answers[i] = (struct answer){.code = OUTCOME_BAD_SIGNATURE};
        else if (r->purpose == PURPOSE_CHARGE)
            apply_charge(m, &a, &r->charges[i], &answers[i]);
        else {
            a.run_too_many = m_run_too_many(r, i);
            apply_command(m, &a, &r->commands[i], &answers[i]);
        }
    }
}
