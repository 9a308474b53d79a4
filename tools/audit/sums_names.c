/* sums_names.c - organisers, providers, services and commitments: what the sums need of them. */
#include <stdio.h>
#include <string.h>

#include "audit/sums_state.h"
#include "outcome.h"
#include "tool.h"

/* What a message says fits: longer codes are not accepted. */
static void copy_code(char to[LIMIT_CODE_BYTES + 1], const char *from)
{
    (void)snprintf(to, LIMIT_CODE_BYTES + 1, "%s", from);
}

uint32_t sums_organiser(const struct sums *s, const char *code)
{
    for (size_t i = 0; i < s->organisers_count; i++)
        if (strcmp(s->organisers[i].code, code) == 0)
            return (uint32_t)i;
    return NONE;
}

uint32_t sums_provider(const struct sums *s, const char *id)
{
    uint32_t hash = hash_text(id, strlen(id));

    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->provider_ids, hash, &at);
        if (i == NONE || strcmp(s->providers[i].id, id) == 0)
            return i;
    }
}

/* ---- Services ----------------------------------------------------------------------------- */

static uint32_t service_hash(uint32_t organiser, struct text code)
{
    return hash_text(code.bytes, code.len) ^ hash_number(organiser);
}

static bool is_service(const struct sums *s, uint32_t i, uint32_t organiser, struct text code)
{
    const struct s_service *service = &s->services[i];

    return service->organiser == organiser && strlen(service->code) == code.len &&
           memcmp(service->code, code.bytes, code.len) == 0;
}

static uint32_t find_service(const struct sums *s, uint32_t organiser, struct text code)
{
    uint32_t hash = service_hash(organiser, code);

    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->service_codes, hash, &at);
        if (i == NONE || is_service(s, i, organiser, code))
            return i;
    }
}

bool sums_review(struct sums *s, uint32_t organiser, struct text service)
{
    if (s->last_service == NONE || !is_service(s, s->last_service, organiser, service))
        s->last_service = find_service(s, organiser, service);
    if (s->last_service != NONE)
        return s->services[s->last_service].review;
    sums_wrong(s, "a charge was accepted for a service that there is not");
    return false;
}

static void set_service(struct sums *s, const Saldo__V1__SetService *c)
{
    struct text code = {c->code, (uint32_t)strlen(c->code)};
    uint32_t organiser = sums_organiser(s, c->organiser);
    uint32_t place = find_service(s, organiser, code);

    if (organiser == NONE) {
        sums_wrong(s, "a service of an unknown organiser was accepted");
        return;
    }
    if (place == NONE) {
        struct s_service *service = S_ADD(s, services);
        place = S_PLACE(s, services, service);
        service->organiser = organiser;
        copy_code(service->code, c->code);
        hashes_add(&s->service_codes, service_hash(organiser, code), place);
    }
    s->services[place].review = c->review != 0;
}

/* ---- Organisers and providers ------------------------------------------------------------- */

static void set_organiser(struct sums *s, const Saldo__V1__SetOrganiser *c)
{
    uint32_t place = sums_organiser(s, c->code);
    struct s_organiser *o = place == NONE ? S_ADD(s, organisers) : &s->organisers[place];

    if (place == NONE) /* fixed for good */
        o->grace = c->grace_days != NULL ? (int32_t)c->grace_days->value : 30;
    copy_code(o->code, c->code);
    o->calendar = (int32_t)c->payout_calendar;
    o->payout_day = c->payout_day;
    o->minimum = c->payout_minimum_cents;
}

static void set_provider(struct sums *s, const Saldo__V1__SetProvider *c)
{
    uint32_t place = sums_provider(s, c->id);

    if (place == NONE) {
        struct s_provider *p = S_ADD(s, providers);
        place = S_PLACE(s, providers, p);
        copy_code(p->id, c->id);
        p->iban = c->iban[0] != '\0';
        p->account_name = c->account_name[0] != '\0';
        hashes_add(&s->provider_ids, hash_text(c->id, strlen(c->id)), place);
    }
    s->providers[place].blocked = c->blocked != 0;
    s->providers[place].business_id = c->business_id[0] != '\0';
}

/* The first officer's word is noted and answered SECOND_OFFICER_REQUIRED; while one is noted only
 * the second officer is answered ACCEPTED. */
static void change_account(struct sums *s, const Saldo__V1__ChangeProviderAccount *c, int32_t code)
{
    uint32_t place = sums_provider(s, c->provider);

    if (place == NONE)
        return; /* refused */
    struct s_provider *p = &s->providers[place];
    if (code == OUTCOME_SECOND_OFFICER_REQUIRED) {
        p->noted = true;
    } else if (code == OUTCOME_ACCEPTED && p->noted) {
        p->noted = false;
        p->bank_hold = false;
        p->iban = c->iban[0] != '\0';
        p->account_name = c->account_name[0] != '\0';
    }
}

/* ---- Commitments -------------------------------------------------------------------------- */

struct s_commitment *sums_commitment(struct sums *s, uint32_t organiser, const char *code,
                                     int32_t year)
{
    uint32_t hash =
        hash_text(code, strlen(code)) ^ hash_number((uint64_t)organiser << 32 | (uint32_t)year);

    for (uint64_t at = 0;;) {
        uint32_t i = hashes_next(&s->commitment_keys, hash, &at);
        if (i == NONE)
            break;
        struct s_commitment *k = &s->commitments[i];
        if (k->organiser == organiser && k->year == year && strcmp(k->code, code) == 0)
            return k;
    }
    struct s_commitment *k = S_ADD(s, commitments);
    k->organiser = organiser;
    k->year = year;
    k->limit = -1;
    copy_code(k->code, code);
    hashes_add(&s->commitment_keys, hash, S_PLACE(s, commitments, k));
    return k;
}

static void set_commitment(struct sums *s, const Saldo__V1__SetCommitment *c)
{
    uint32_t organiser = sums_organiser(s, c->organiser);

    if (organiser == NONE) {
        sums_wrong(s, "a commitment of an unknown organiser was accepted");
        return;
    }
    struct s_commitment *k = sums_commitment(s, organiser, c->cost_code, c->year);
    k->limit = c->cents;
    if (k->used > k->limit)
        sums_wrong(s, "a commitment was set below what is used of it");
}

void sums_name_command(struct sums *s, const Saldo__V1__Command *c, const struct answer *a)
{
    bool accepted = a->code == OUTCOME_ACCEPTED;

    if (c->body_case == SALDO__V1__COMMAND__BODY_CHANGE_PROVIDER_ACCOUNT)
        change_account(s, c->change_provider_account, a->code);
    else if (accepted && c->body_case == SALDO__V1__COMMAND__BODY_SET_ORGANISER)
        set_organiser(s, c->set_organiser);
    else if (accepted && c->body_case == SALDO__V1__COMMAND__BODY_SET_SERVICE)
        set_service(s, c->set_service);
    else if (accepted && c->body_case == SALDO__V1__COMMAND__BODY_SET_PROVIDER)
        set_provider(s, c->set_provider);
    else if (accepted && c->body_case == SALDO__V1__COMMAND__BODY_SET_COMMITMENT)
        set_commitment(s, c->set_commitment);
}
