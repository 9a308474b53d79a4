/* query_catalogue.c - who is who: organisers, services and providers, always in memory.
 *
 * Names are for everyone; accounts are for those who see the money, and a provider sees of
 * providers itself alone. In the order in which they came. */
#include "ledger/query.h"

static void add_former_ibans(struct query *q, const struct organiser *o,
                             Saldo__V1__CatalogueOrganiser *out)
{
    struct pile pile = {NULL, 0, 0};

    for (size_t i = 0; i < LIMIT_FORMER_IBANS && o->former[i][0] != '\0'; i++)
        pile_add(q, &pile, query_text(q, o->former[i]));
    out->n_former_ibans = pile.count;
    out->former_ibans = (char **)pile.items;
}

static Saldo__V1__CatalogueOrganiser *organiser_of(struct query *q, uint32_t item)
{
    const struct ledger *l = q->ledger;
    const struct organiser *o = ROW_AT(organiser, l, ROW_ORGANISER, item);
    const struct account *own = ROW_AT(account, l, ROW_ACCOUNT, account_find(l, item, 0));
    Saldo__V1__CatalogueOrganiser *out = QUERY_NEW(q, catalogue_organiser);

    if (out == NULL)
        return NULL;
    out->code = query_text(q, o->code.text);
    out->name = query_text(q, o->name.text);
    out->business_id = query_text(q, o->business_id);
    if (!query_is_office(q))
        return out;
    out->iban = query_text(q, o->iban);
    add_former_ibans(q, o, out);
    out->account_name = query_text(q, o->account_name.text);
    out->commitment = own->commitment;
    out->allotted = own->allotted;
    out->pending = own->pending;
    out->payable = own->payable;
    out->in_transit = own->in_transit;
    out->bank = own->bank;
    return out;
}

static Saldo__V1__CatalogueService *service_of(struct query *q, uint32_t item)
{
    const struct service *s = ROW_AT(service, q->ledger, ROW_SERVICE, item);
    Saldo__V1__CatalogueService *out = QUERY_NEW(q, catalogue_service);

    if (out == NULL)
        return NULL;
    out->organiser = query_organiser(q, s->organiser);
    out->code = query_text(q, s->code.text);
    out->group = query_text(q, s->group.text);
    out->name_fi = query_text(q, s->name_fi.text);
    out->name_en = query_text(q, s->name_en.text);
    out->unit = (Saldo__V1__Unit)s->unit;
    return out;
}

static Saldo__V1__CatalogueProvider *provider_of(struct query *q, uint32_t item)
{
    const struct provider *p = ROW_AT(provider, q->ledger, ROW_PROVIDER, item);
    Saldo__V1__CatalogueProvider *out = QUERY_NEW(q, catalogue_provider);

    if (out == NULL)
        return NULL;
    out->id = query_text(q, p->id.text);
    out->name = query_text(q, p->name.text);
    out->business_id = query_text(q, p->business_id);
    out->blocked = p->blocked;
    if (query_is_office(q) || query_is_provider(q)) {
        out->iban = query_text(q, p->iban);
        out->account_name = query_text(q, p->account_name.text);
    }
    return out;
}

enum outcome query_catalogue(struct query *q, Saldo__V1__Reply *reply)
{
    const struct ledger *l = q->ledger;
    Saldo__V1__Catalogue *out = QUERY_NEW(q, catalogue);
    struct pile organisers = {NULL, 0, 0};
    struct pile services = {NULL, 0, 0};
    struct pile providers = {NULL, 0, 0};

    if (out == NULL)
        return OUTCOME_LIMIT_REACHED;
    for (uint32_t i = 1; i < l->table[ROW_ORGANISER].pool.used; i++)
        if (query_in_scope(q, i))
            pile_add(q, &organisers, organiser_of(q, i));
    for (uint32_t i = 1; i < l->table[ROW_SERVICE].pool.used; i++)
        if (query_in_scope(q, ROW_AT(service, l, ROW_SERVICE, i)->organiser))
            pile_add(q, &services, service_of(q, i));
    for (uint32_t i = 1; i < l->table[ROW_PROVIDER].pool.used; i++)
        if (!query_is_provider(q) || q->key->provider == i)
            pile_add(q, &providers, provider_of(q, i));
    out->n_organisers = organisers.count;
    out->organisers = (Saldo__V1__CatalogueOrganiser **)organisers.items;
    out->n_services = services.count;
    out->services = (Saldo__V1__CatalogueService **)services.items;
    out->n_providers = providers.count;
    out->providers = (Saldo__V1__CatalogueProvider **)providers.items;
    reply->result_case = SALDO__V1__REPLY__RESULT_CATALOGUE;
    reply->catalogue = out;
    return OUTCOME_ACCEPTED;
}
