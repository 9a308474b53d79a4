/* terms.c - service, class, approvals, prices and rates of a charge, remembered for its entry. */
#include "ledger/state.h"

static bool same(struct text a, struct text b)
{
    return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

/* A few services and classes come again and again; their last characters tell most apart. */
static uint32_t place_of(uint32_t organiser, const struct charge *c)
{
    uint32_t place = organiser + c->service.len + 5 * c->rate_class.len;
    if (c->service.len > 0)
        place += (uint8_t)c->service.bytes[c->service.len - 1];
    if (c->rate_class.len > 0)
        place += 3u * (uint8_t)c->rate_class.bytes[c->rate_class.len - 1];
    return place % TERMS_KEPT;
}

static void find_terms(const struct ledger *l, uint32_t provider, struct terms *t)
{
    t->service_item = service_find(l, t->organiser, t->service_code);
    t->service = NULL;
    t->rate_class = class_find(l, t->organiser, t->class_code);
    t->approvals = t->prices = t->rates = 0;
    if (t->service_item == 0)
        return;
    t->service = ROW_AT(service, l, ROW_SERVICE, t->service_item);
    t->approvals = dated_list(l, DATED_APPROVAL, provider, t->service_item, 0);
    if (t->rate_class == UINT32_MAX)
        return;
    t->prices = dated_list(l, DATED_PRICE, provider, t->service_item, t->rate_class);
    t->rates = dated_list(l, DATED_RATE, 0, t->service_item, t->rate_class);
}

const struct terms *terms_of(const struct ledger *l, struct terms *kept, uint32_t provider,
                             uint32_t organiser, const struct charge *c)
{
    struct terms *t = &kept[place_of(organiser, c)];
    if (t->organiser == organiser && same(t->service_code, c->service) &&
        same(t->class_code, c->rate_class))
        return t;
    t->organiser = organiser;
    t->service_code = c->service;
    t->class_code = c->rate_class;
    find_terms(l, provider, t);
    return t;
}
