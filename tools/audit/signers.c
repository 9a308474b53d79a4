#include "audit/signers.h"

#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "outcome.h"
#include "tool.h"

static uint32_t slot_of(const struct signers *s, const uint8_t id[LIMIT_KEY_ID_BYTES])
{
    uint32_t at; /* an id is the beginning of a hash */

    memcpy(&at, id, sizeof(at));
    for (at &= s->mask; s->slots[at] != 0; at = (at + 1) & s->mask)
        if (memcmp(s->list[s->slots[at] - 1].id, id, LIMIT_KEY_ID_BYTES) == 0)
            break;
    return at;
}

const struct signer *signers_find(const struct signers *s, const uint8_t id[LIMIT_KEY_ID_BYTES])
{
    uint32_t slot = s->slots[slot_of(s, id)];

    return slot == 0 ? NULL : &s->list[slot - 1];
}

static void make_slots(struct signers *s, uint32_t slots)
{
    free(s->slots);
    s->slots = tool_alloc(slots, sizeof(*s->slots));
    s->mask = slots - 1;
    for (size_t i = 0; i < s->count; i++)
        s->slots[slot_of(s, s->list[i].id)] = (uint32_t)i + 1;
}

static void add(struct signers *s, const struct signer *signer)
{
    if (signers_find(s, signer->id) != NULL)
        return; /* registered again: the same */
    s->list = tool_grow(s->list, s->count, &s->room, sizeof(*s->list));
    s->list[s->count++] = *signer;
    if (s->count * 2 > s->mask)
        make_slots(s, (s->mask + 1) * 2);
    else
        s->slots[slot_of(s, signer->id)] = (uint32_t)s->count;
}

void signers_start(struct signers *s, const uint8_t administrator[LIMIT_KEY_BYTES])
{
    struct signer first = {.owner = "administrator", .from = 1};

    *s = (struct signers){0};
    make_slots(s, 64);
    memcpy(first.key, administrator, sizeof(first.key));
    envelope_key_id(first.key, first.id);
    add(s, &first);
}

void signers_free(struct signers *s)
{
    free(s->list);
    free(s->slots);
    *s = (struct signers){0};
}

static void learn_key(struct signers *s, const Saldo__V1__RegisterKey *c, uint64_t number)
{
    struct signer signer = {.provider = c->role == SALDO__V1__ROLE__PROVIDER, .from = number};
    size_t len = strlen(c->owner);

    if (c->signing_key.len != sizeof(signer.key) || len >= sizeof(signer.owner))
        return; /* such a key is not accepted; deciding again says so */
    memcpy(signer.key, c->signing_key.data, sizeof(signer.key));
    memcpy(signer.owner, c->owner, len);
    envelope_key_id(signer.key, signer.id);
    add(s, &signer);
}

void signers_learn(struct signers *s, const struct request *request, const struct answer *answers,
                   uint64_t number)
{
    if (request->purpose == PURPOSE_CHARGE)
        return;
    for (uint32_t i = 0; i < request->count; i++) {
        const Saldo__V1__Command *c = request->commands[i].message;
        if (answers[i].code == OUTCOME_ACCEPTED &&
            c->body_case == SALDO__V1__COMMAND__BODY_REGISTER_KEY)
            learn_key(s, c->register_key, number);
    }
}
