/* command_key.c - registering and revoking the keys that requests are signed with. */
#include "ledger/command.h"

#include <sodium.h>

#include "envelope.h"

static const char GENESIS_OWNER[] = "administrator";

bool key_valid(const struct ledger_key *key, int64_t time_ms)
{
    return !key->revoked && time_ms >= key->valid_from_ms && time_ms < key->valid_to_ms;
}

/* A person is known by the first key with that name, a provider by its row. */
static void key_add(struct ledger *l, const struct ledger_key *key)
{
    uint32_t item = row_new(l, ROW_KEY);
    struct signing_key *k = ROW_AT(signing_key, l, ROW_KEY, item);
    k->key = *key;
    if (key->provider != 0) {
        k->owner = key->provider;
    } else {
        uint32_t first = owner_find(l, text_of(key->owner));
        k->owner = LEDGER_OWNER_PERSON | (first != 0 ? first : item);
    }
    catalogue_index(l, ROW_KEY, item);
    l->meta.keys_version++;
}

void command_register_genesis(struct ledger *l)
{
    struct ledger_key key = {
        .role = SALDO__V1__ROLE__ADMINISTRATOR,
        .valid_to_ms = INT64_MAX,
    };
    memcpy(key.signing_key, l->genesis.administrator_key, sizeof(key.signing_key));
    memcpy(key.transport_key, l->genesis.administrator_transport_key, sizeof(key.transport_key));
    envelope_key_id(key.signing_key, key.key_id);
    text_copy(key.owner, sizeof(key.owner), text_of(GENESIS_OWNER));
    key_add(l, &key);
}

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Owners are ASCII (field_code). */
static bool same_but_for_case(const char *a, const char *b)
{
    while (*a != '\0' && folded(*a) == folded(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

bool act_is_of(const struct ledger *l, const struct act *a, uint32_t owner)
{
    CHECK((owner & LEDGER_OWNER_PERSON) != 0);
    const char *name = ROW_AT(signing_key, l, ROW_KEY, owner & ~LEDGER_OWNER_PERSON)->key.owner;

    return a->owner == owner ||
           (a->level >= LEVEL_PAYEES && same_but_for_case(a->key->owner, name));
}

/* ---- RegisterKey ----------------------------------------------------------------------------- */

static bool register_fields(const Saldo__V1__RegisterKey *c)
{
    return c->signing_key.len == LIMIT_KEY_BYTES && c->transport_key.len == LIMIT_KEY_BYTES &&
           crypto_core_ed25519_is_valid_point(c->signing_key.data) == 1 && field_code(c->owner) &&
           c->role != SALDO__V1__ROLE__ROLE_NONE && c->role <= SALDO__V1__ROLE__ADMINISTRATOR &&
           field_code_optional(c->organiser) && c->valid_from_ms >= 0 &&
           (c->valid_to_ms == 0 || c->valid_to_ms > c->valid_from_ms);
}

/* Fill `key` as the command asks for, or tell what is unknown. */
static enum outcome register_named(const struct ledger *l, const Saldo__V1__RegisterKey *c,
                                   struct ledger_key *key)
{
    *key = (struct ledger_key){
        .role = (int32_t)c->role,
        .valid_from_ms = c->valid_from_ms,
        .valid_to_ms = c->valid_to_ms == 0 ? INT64_MAX : c->valid_to_ms,
    };
    memcpy(key->signing_key, c->signing_key.data, sizeof(key->signing_key));
    memcpy(key->transport_key, c->transport_key.data, sizeof(key->transport_key));
    envelope_key_id(key->signing_key, key->key_id);
    text_copy(key->owner, sizeof(key->owner), text_of(c->owner));
    if (c->role == SALDO__V1__ROLE__PROVIDER) {
        key->provider = provider_find(l, text_of(c->owner));
        if (key->provider == 0)
            return OUTCOME_PROVIDER_UNKNOWN;
    }
    if (c->organiser[0] != '\0') {
        key->organiser = organiser_find(l, text_of(c->organiser));
        if (key->organiser == 0)
            return OUTCOME_ORGANISER_UNKNOWN;
    }
    return OUTCOME_ACCEPTED;
}

/* As registered: a key revoked since is still the same. */
static bool key_same(const struct ledger_key *k, const struct ledger_key *other)
{
    return memcmp(k->signing_key, other->signing_key, LIMIT_KEY_BYTES) == 0 &&
           memcmp(k->transport_key, other->transport_key, LIMIT_KEY_BYTES) == 0 &&
           text_is(text_of(k->owner), other->owner) && k->role == other->role &&
           k->organiser == other->organiser && k->valid_from_ms == other->valid_from_ms &&
           k->valid_to_ms == other->valid_to_ms;
}

enum outcome command_register_key(struct ledger *l, const struct act *a,
                                  const Saldo__V1__RegisterKey *c, struct answer *out)
{
    (void)out;
    struct ledger_key key;
    if (!register_fields(c))
        return OUTCOME_FIELD_INVALID;
    enum outcome named = register_named(l, c, &key);
    if (named != OUTCOME_ACCEPTED)
        return named;
    if (!act_in_scope(a, key.organiser))
        return OUTCOME_SCOPE_NOT_ALLOWED;
    uint32_t item = key_find(l, key.key_id);
    if (item != 0)
        return key_same(&ROW_AT(signing_key, l, ROW_KEY, item)->key, &key) ? OUTCOME_ACCEPTED
                                                                           : OUTCOME_ROW_CONFLICT;
    if (pool_left(&l->table[ROW_KEY].pool) == 0)
        return OUTCOME_LIMIT_REACHED;
    if (!a->dry_run)
        key_add(l, &key);
    return OUTCOME_ACCEPTED;
}

/* ---- RevokeKey ------------------------------------------------------------------------------- */

static bool rules_all(const struct ledger_key *key, int64_t time_ms)
{
    return key->role == SALDO__V1__ROLE__ADMINISTRATOR && key->organiser == 0 &&
           key_valid(key, time_ms);
}

/* Without it nobody could register keys any more. Keys are never removed from their pool. */
static bool last_administrator(const struct ledger *l, uint32_t item, int64_t time_ms)
{
    if (!rules_all(&ROW_AT(signing_key, l, ROW_KEY, item)->key, time_ms))
        return false;
    const uint32_t used = l->table[ROW_KEY].pool.used;
    for (uint32_t other = 1; other < used; other++) { /* mutation: no key is there */
        if (other != item && rules_all(&ROW_AT(signing_key, l, ROW_KEY, other)->key, time_ms))
            return false;
    }
    return true;
}

enum outcome command_revoke_key(struct ledger *l, const struct act *a,
                                const Saldo__V1__RevokeKey *c, struct answer *out)
{
    (void)out;
    if (c->key_id.len != LIMIT_KEY_ID_BYTES)
        return OUTCOME_FIELD_INVALID;
    uint32_t item = key_find(l, c->key_id.data);
    if (item == 0)
        return OUTCOME_KEY_UNKNOWN;
    if (a->key->organiser != 0)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct ledger_key *key = &ROW_AT(signing_key, l, ROW_KEY, item)->key;
    if (key->revoked)
        return OUTCOME_ACCEPTED;
    if (last_administrator(l, item, a->time_ms))
        return OUTCOME_FIELD_INVALID;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    row_touch(l, ROW_KEY, item);
    key->revoked = true;
    l->meta.keys_version++;
    return OUTCOME_ACCEPTED;
}
