/* command_provider.c - providers and the account they are paid to. */
#include "ledger/command.h"

/* ---- SetProvider ----------------------------------------------------------------------------- */

static bool provider_fields(const Saldo__V1__SetProvider *c)
{
    return field_code(c->id) && field_name(c->name) && field_business_id(c->business_id) &&
           field_iban(c->iban) && field_account_name(c->account_name);
}

/* All but the account, which two officers change. */
static void provider_fill(struct provider *p, const Saldo__V1__SetProvider *c)
{
    text_copy(p->id.text, sizeof(p->id.text), text_of(c->id));
    text_copy(p->name.text, sizeof(p->name.text), text_of(c->name));
    text_copy(p->business_id, sizeof(p->business_id), text_of(c->business_id));
    p->blocked = c->blocked != 0;
}

static void provider_replace(struct ledger *l, uint32_t item, const Saldo__V1__SetProvider *c)
{
    struct provider *p = ROW_AT(provider, l, ROW_PROVIDER, item);
    struct provider next = *p;
    provider_fill(&next, c);
    if (memcmp(&next, p, sizeof(next)) == 0)
        return;
    row_touch(l, ROW_PROVIDER, item);
    provider_fill(p, c);
}

static void provider_make(struct ledger *l, const Saldo__V1__SetProvider *c)
{
    uint32_t item = row_new(l, ROW_PROVIDER);
    struct provider *p = ROW_AT(provider, l, ROW_PROVIDER, item);
    provider_fill(p, c);
    text_copy(p->iban, sizeof(p->iban), text_of(c->iban));
    text_copy(p->account_name.text, sizeof(p->account_name.text), text_of(c->account_name));
    catalogue_index(l, ROW_PROVIDER, item);
}

struct bank_account {
    struct text iban;
    struct text name;
};

static bool account_is(const struct provider *p, struct bank_account account)
{
    return text_is(account.iban, p->iban) && text_is(account.name, p->account_name.text);
}

enum outcome command_set_provider(struct ledger *l, const struct act *a,
                                  const Saldo__V1__SetProvider *c, struct answer *out)
{
    (void)out;
    if (!provider_fields(c))
        return OUTCOME_FIELD_INVALID;
    if (a->key->organiser != 0)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct bank_account account = {text_of(c->iban), text_of(c->account_name)};
    uint32_t item = provider_find(l, text_of(c->id));
    if (item != 0 && !account_is(ROW_AT(provider, l, ROW_PROVIDER, item), account))
        return OUTCOME_SECOND_OFFICER_REQUIRED;
    if (item == 0 && pool_left(&l->table[ROW_PROVIDER].pool) == 0)
        return OUTCOME_LIMIT_REACHED;
    if (a->dry_run)
        return OUTCOME_ACCEPTED;
    if (item != 0)
        provider_replace(l, item, c);
    else
        provider_make(l, c);
    return OUTCOME_ACCEPTED;
}

/* ---- ChangeProviderAccount ------------------------------------------------------------------- */

static bool noted_is(const struct provider *p, struct bank_account account)
{
    return p->change_noted && text_is(account.iban, p->new_iban) &&
           text_is(account.name, p->new_account_name.text);
}

static void change_note(struct provider *p, uint32_t owner, struct bank_account account)
{
    p->change_noted = true;
    p->change_owner = owner;
    text_copy(p->new_iban, sizeof(p->new_iban), account.iban);
    text_copy(p->new_account_name.text, sizeof(p->new_account_name.text), account.name);
}

static void change_make(struct provider *p)
{
    const struct bank_account none = {text_of(""), text_of("")};
    memcpy(p->iban, p->new_iban, sizeof(p->iban));
    p->account_name = p->new_account_name;
    change_note(p, 0, none);
    p->change_noted = false;
    p->bank_hold = false; /* that was the old account's */
}

/* While a change is noted, the account as it stands is another content too: sent by two officers,
 * it withdraws the change. */
enum outcome command_change_provider_account(struct ledger *l, const struct act *a,
                                             const Saldo__V1__ChangeProviderAccount *c,
                                             struct answer *out)
{
    (void)out;
    if (!field_code(c->provider) || !field_iban(c->iban) || !field_account_name(c->account_name))
        return OUTCOME_FIELD_INVALID;
    uint32_t item = provider_find(l, text_of(c->provider));
    if (item == 0)
        return OUTCOME_PROVIDER_UNKNOWN;
    if (a->key->organiser != 0)
        return OUTCOME_SCOPE_NOT_ALLOWED;
    struct bank_account account = {text_of(c->iban), text_of(c->account_name)};
    struct provider *p = ROW_AT(provider, l, ROW_PROVIDER, item);
    if (!p->change_noted && account_is(p, account))
        return OUTCOME_ACCEPTED;
    bool noted = noted_is(p, account);
    bool second = noted && !act_is_of(l, a, p->change_owner);
    if (!a->dry_run && (second || !noted)) {
        row_touch(l, ROW_PROVIDER, item);
        if (second)
            change_make(p);
        else
            change_note(p, a->owner, account);
    }
    return second ? OUTCOME_ACCEPTED : OUTCOME_SECOND_OFFICER_REQUIRED;
}
