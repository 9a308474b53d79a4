/* model_key.c - keys of people and programs, and the yearly commitments. */
#include "tests/support/model_state.h"

#include <sodium.h>
#include <strings.h>

bool m_same_person(const struct m_act *a, const char *name)
{
    return a->level < 2 ? strcmp(a->key->owner, name) == 0 : strcasecmp(a->key->owner, name) == 0;
}

static struct m_key *find_key(struct model *m, const uint8_t *id)
{
    for (size_t i = 0; i < m->keys_count; i++)
        if (memcmp(m->keys[i].id, id, LIMIT_KEY_ID_BYTES) == 0)
            return &m->keys[i];
    return NULL;
}

static bool same_key(const struct m_key *a, const struct m_key *b)
{
    return memcmp(a->signing_key, b->signing_key, LIMIT_KEY_BYTES) == 0 &&
           memcmp(a->transport_key, b->transport_key, LIMIT_KEY_BYTES) == 0 &&
           strcmp(a->owner, b->owner) == 0 && a->role == b->role && a->organiser == b->organiser &&
           a->from_ms == b->from_ms && a->to_ms == b->to_ms;
}

static bool register_fields_ok(const Saldo__V1__RegisterKey *c)
{
    return c->signing_key.len == LIMIT_KEY_BYTES && c->transport_key.len == LIMIT_KEY_BYTES &&
           crypto_core_ed25519_is_valid_point(c->signing_key.data) == 1 && m_code_ok(c->owner) &&
           c->role != SALDO__V1__ROLE__ROLE_NONE && m_code_or_none(c->organiser) &&
           c->valid_from_ms >= 0 && c->valid_to_ms >= 0 &&
           (c->valid_to_ms == 0 || c->valid_to_ms > c->valid_from_ms);
}

static enum outcome register_key(struct model *m, const struct m_act *a,
                                 const Saldo__V1__RegisterKey *c)
{
    if (!register_fields_ok(c))
        return OUTCOME_FIELD_INVALID;
    if (c->role == SALDO__V1__ROLE__PROVIDER && m_provider(m, c->owner) == NOBODY)
        return OUTCOME_PROVIDER_UNKNOWN;
    int organiser = c->organiser[0] == '\0' ? NOBODY : m_organiser(m, c->organiser);
    if (c->organiser[0] != '\0' && organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct m_key key = {.role = (int)c->role,
                        .organiser = organiser,
                        .from_ms = c->valid_from_ms,
                        .to_ms = c->valid_to_ms == 0 ? INT64_MAX : c->valid_to_ms};
    uint8_t hash[32];
    memcpy(key.signing_key, c->signing_key.data, LIMIT_KEY_BYTES);
    memcpy(key.transport_key, c->transport_key.data, LIMIT_KEY_BYTES);
    crypto_generichash(hash, sizeof(hash), key.signing_key, LIMIT_KEY_BYTES, NULL, 0);
    memcpy(key.id, hash, LIMIT_KEY_ID_BYTES);
    m_copy(key.owner, c->owner);
    const struct m_key *old = find_key(m, key.id);
    if (old != NULL)
        return same_key(old, &key) ? OUTCOME_ACCEPTED : OUTCOME_ROW_CONFLICT;
    *ADD(m->keys) = key;
    return OUTCOME_ACCEPTED;
}

static bool rules_everything(const struct m_key *k, int64_t time_ms)
{
    return k->role == SALDO__V1__ROLE__ADMINISTRATOR && k->organiser == NOBODY && !k->revoked &&
           k->from_ms <= time_ms && time_ms < k->to_ms;
}

static enum outcome revoke_key(struct model *m, const struct m_act *a,
                               const Saldo__V1__RevokeKey *c)
{
    if (c->key_id.len != LIMIT_KEY_ID_BYTES)
        return OUTCOME_FIELD_INVALID;
    struct m_key *key = find_key(m, c->key_id.data);
    if (key == NULL)
        return OUTCOME_KEY_UNKNOWN;
    if (a->key->organiser != NOBODY)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    int others = 0;
    for (size_t i = 0; i < m->keys_count; i++)
        others += &m->keys[i] != key && rules_everything(&m->keys[i], a->time_ms) ? 1 : 0;
    if (rules_everything(key, a->time_ms) && others == 0)
        return OUTCOME_FIELD_INVALID;
    key->revoked = true;
    return OUTCOME_ACCEPTED;
}

static enum outcome set_commitment(struct model *m, const struct m_act *a,
                                   const Saldo__V1__SetCommitment *c)
{
    if (!m_code_ok(c->organiser) || !m_code_ok(c->cost_code) || c->year < 1996 || c->year > 2100 ||
        c->cents < 0 || c->cents > LIMIT_VOUCHER_CENTS)
        return OUTCOME_FIELD_INVALID;
    int organiser = m_organiser(m, c->organiser);
    if (organiser == NOBODY)
        return OUTCOME_ORGANISER_UNKNOWN;
    if (!m_in_scope(a, organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    if (c->cents < m_committed(m, organiser, c->cost_code, c->year))
        return OUTCOME_ALLOTMENT_TOO_LOW;
    for (size_t i = 0; i < m->commitments_count; i++) {
        struct m_commitment *k = &m->commitments[i];
        if (k->organiser == organiser && k->year == c->year &&
            strcmp(k->cost_code, c->cost_code) == 0) {
            k->cents = c->cents;
            return OUTCOME_ACCEPTED;
        }
    }
    struct m_commitment *k = ADD(m->commitments);
    k->organiser = organiser;
    m_copy(k->cost_code, c->cost_code);
    k->year = c->year;
    k->cents = c->cents;
    return OUTCOME_ACCEPTED;
}

enum outcome m_key_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c)
{
    if (c->body_case == SALDO__V1__COMMAND__BODY_REGISTER_KEY)
        return register_key(m, a, c->register_key);
    if (c->body_case == SALDO__V1__COMMAND__BODY_REVOKE_KEY)
        return revoke_key(m, a, c->revoke_key);
    return set_commitment(m, a, c->set_commitment);
}
