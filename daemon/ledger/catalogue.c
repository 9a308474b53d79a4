/* catalogue.c - finding organisers, services, classes, providers, keys and dated rows by what
 * people call them.
 *
 * l->names holds kind << 28 | item under a hash of the name; names of a service, a class or a cost
 * code are unique within their organiser. A key stands there under its id, and the first key of a
 * person also under the owner's name. Nothing of the catalogue is ever removed. */
#include "ledger/state.h"

#define NAMES_ITEM_BITS 28
#define NAMES_ITEM_MASK ((UINT32_C(1) << NAMES_ITEM_BITS) - 1)

_Static_assert(ROW_COST_CODE < 1 << (32 - NAMES_ITEM_BITS), "a kind fits beside an item");

void text_copy(char *to, size_t size, struct text from)
{
    CHECK(from.len < size);
    memset(to, 0, size);
    if (from.len > 0)
        memcpy(to, from.bytes, from.len);
}

/* ---- Names ----------------------------------------------------------------------------------- */

static uint64_t name_hash(const struct ledger *l, enum row_kind kind, uint32_t organiser,
                          struct text name)
{
    return hash_bytes(name.bytes, name.len, l->seed ^ ((uint64_t)kind << 32 | organiser));
}

static uint64_t key_hash(const struct ledger *l, const uint8_t key_id[LIMIT_KEY_ID_BYTES])
{
    return hash_bytes(key_id, LIMIT_KEY_ID_BYTES, l->seed ^ (uint64_t)ROW_KEY << 32);
}

/* What an item is called, and the organiser within which it is: 0 for names that are everywhere. */
static const char *name_of(const struct ledger *l, enum row_kind kind, uint32_t item,
                           uint32_t *organiser)
{
    *organiser = 0;
    if (kind == ROW_ORGANISER)
        return ROW_AT(organiser, l, kind, item)->code.text;
    if (kind == ROW_PROVIDER)
        return ROW_AT(provider, l, kind, item)->id.text;
    if (kind == ROW_SERVICE) {
        *organiser = ROW_AT(service, l, kind, item)->organiser;
        return ROW_AT(service, l, kind, item)->code.text;
    }
    if (kind == ROW_CLASS) {
        *organiser = ROW_AT(rate_class, l, kind, item)->organiser;
        return ROW_AT(rate_class, l, kind, item)->code.text;
    }
    CHECK(kind == ROW_COST_CODE);
    *organiser = ROW_AT(cost_code, l, kind, item)->organiser;
    return ROW_AT(cost_code, l, kind, item)->code.text;
}

static void name_add(struct ledger *l, enum row_kind kind, uint64_t hash, uint32_t item)
{
    CHECK(item <= NAMES_ITEM_MASK);
    index_put(&l->names, hash, (uint32_t)kind << NAMES_ITEM_BITS | item);
}

static uint32_t name_find(const struct ledger *l, enum row_kind kind, uint32_t organiser,
                          struct text name)
{
    uint32_t entry;
    for (struct index_walk w = index_walk(&l->names, name_hash(l, kind, organiser, name));
         (entry = index_next(&w)) != 0;) {
        uint32_t item = entry & NAMES_ITEM_MASK;
        uint32_t within;
        if (entry >> NAMES_ITEM_BITS != (uint32_t)kind)
            continue;
        if (text_is(name, name_of(l, kind, item, &within)) && within == organiser)
            return item;
    }
    return 0;
}

uint32_t organiser_find(const struct ledger *l, struct text code)
{
    return name_find(l, ROW_ORGANISER, 0, code);
}

uint32_t service_find(const struct ledger *l, uint32_t organiser, struct text code)
{
    return name_find(l, ROW_SERVICE, organiser, code);
}

uint32_t class_find(const struct ledger *l, uint32_t organiser, struct text code)
{
    if (code.len == 0)
        return 0;
    uint32_t item = name_find(l, ROW_CLASS, organiser, code);
    return item != 0 ? item : UINT32_MAX;
}

uint32_t provider_find(const struct ledger *l, struct text id)
{
    return name_find(l, ROW_PROVIDER, 0, id);
}

uint32_t cost_code_find(const struct ledger *l, uint32_t organiser, struct text code)
{
    return name_find(l, ROW_COST_CODE, organiser, code);
}

uint32_t key_find(const struct ledger *l, const uint8_t key_id[LIMIT_KEY_ID_BYTES])
{
    uint32_t entry;
    for (struct index_walk w = index_walk(&l->names, key_hash(l, key_id));
         (entry = index_next(&w)) != 0;) {
        uint32_t item = entry & NAMES_ITEM_MASK;
        if (entry >> NAMES_ITEM_BITS != ROW_KEY)
            continue;
        const struct signing_key *k = ROW_AT(signing_key, l, ROW_KEY, item);
        if (memcmp(k->key.key_id, key_id, LIMIT_KEY_ID_BYTES) == 0)
            return item;
    }
    return 0;
}

/* Any key of the person leads to the first one, whichever is met first. */
uint32_t owner_find(const struct ledger *l, struct text name)
{
    uint32_t entry;
    for (struct index_walk w = index_walk(&l->names, name_hash(l, ROW_KEY, 0, name));
         (entry = index_next(&w)) != 0;) {
        if (entry >> NAMES_ITEM_BITS != ROW_KEY)
            continue;
        const struct signing_key *k = ROW_AT(signing_key, l, ROW_KEY, entry & NAMES_ITEM_MASK);
        if ((k->owner & LEDGER_OWNER_PERSON) != 0 && text_is(name, k->key.owner))
            return k->owner & ~LEDGER_OWNER_PERSON;
    }
    return 0;
}

/* ---- Dated rows ------------------------------------------------------------------------------ */

static uint64_t dated_hash(const struct ledger *l, enum dated_kind kind, uint32_t provider,
                           uint32_t service, uint32_t rate_class)
{
    uint64_t h = hash_mix(l->seed ^ ((uint64_t)kind << 32 | provider));
    return hash_mix(h ^ ((uint64_t)service << 32 | rate_class));
}

uint32_t dated_list(const struct ledger *l, enum dated_kind kind, uint32_t provider,
                    uint32_t service, uint32_t rate_class)
{
    struct index_walk w =
        index_walk(&l->table[ROW_DATED].index, dated_hash(l, kind, provider, service, rate_class));
    uint32_t item;
    while ((item = index_next(&w)) != 0) {
        const struct dated *d = ROW_AT(dated, l, ROW_DATED, item);
        if (d->service == service && d->provider == provider && d->rate_class == rate_class &&
            d->kind == (int32_t)kind)
            return item;
    }
    return 0;
}

const struct dated *dated_on(const struct ledger *l, uint32_t list, int32_t day)
{
    while (list != 0) {
        const struct dated *d = ROW_AT(dated, l, ROW_DATED, list);
        if (d->from <= day && day <= d->to)
            return d;
        list = d->next;
    }
    return NULL;
}

/* Into its place by `from`; the index has the head of the list. */
static void dated_index(struct ledger *l, uint32_t item)
{
    struct dated *d = ROW_AT(dated, l, ROW_DATED, item);
    struct index *ix = &l->table[ROW_DATED].index;
    const enum dated_kind kind = (enum dated_kind)d->kind;
    const uint64_t hash = dated_hash(l, kind, d->provider, d->service, d->rate_class);
    const uint32_t head = dated_list(l, kind, d->provider, d->service, d->rate_class);
    uint32_t next = head;
    uint32_t before = 0;

    while (next != 0 &&
           ROW_AT(dated, l, ROW_DATED, next)->from > d->from) { /* mutation: never the same day */
        before = next;
        next = ROW_AT(dated, l, ROW_DATED, next)->next;
    }
    d->next = next;
    if (before != 0)
        ROW_AT(dated, l, ROW_DATED, before)->next = item;
    else if (head != 0)
        index_replace(ix, hash, head, item);
    else
        index_put(ix, hash, item);
}

/* ---- Commitments ----------------------------------------------------------------------------- */

static uint64_t commitment_hash(const struct ledger *l, uint32_t cost_code, int32_t year)
{
    return hash_mix(l->seed ^ ((uint64_t)cost_code << 32 | (uint32_t)year));
}

uint32_t commitment_find(const struct ledger *l, uint32_t cost_code, int32_t year)
{
    const struct index *ix = &l->table[ROW_COMMITMENT].index;
    uint32_t item;
    for (struct index_walk w = index_walk(ix, commitment_hash(l, cost_code, year));
         (item = index_next(&w)) != 0;) {
        const struct commitment *c = ROW_AT(commitment, l, ROW_COMMITMENT, item);
        if (c->cost_code == cost_code && c->year == year)
            return item;
    }
    return 0;
}

uint32_t commitment_make(struct ledger *l, uint32_t cost_code, int32_t year)
{
    uint32_t item = commitment_find(l, cost_code, year);
    if (item != 0) {
        row_touch(l, ROW_COMMITMENT, item);
        return item;
    }
    item = row_new(l, ROW_COMMITMENT);
    struct commitment *c = ROW_AT(commitment, l, ROW_COMMITMENT, item);
    c->cost_code = cost_code;
    c->year = year;
    c->limit = -1;
    catalogue_index(l, ROW_COMMITMENT, item);
    return item;
}

/* ---- Making rows findable -------------------------------------------------------------------- */

static void key_index(struct ledger *l, uint32_t item)
{
    const struct signing_key *k = ROW_AT(signing_key, l, ROW_KEY, item);
    name_add(l, ROW_KEY, key_hash(l, k->key.key_id), item);
    if (k->owner == (LEDGER_OWNER_PERSON | item))
        name_add(l, ROW_KEY, name_hash(l, ROW_KEY, 0, text_of(k->key.owner)), item);
}

static void window_index(struct ledger *l, uint32_t item)
{
    struct window *w = ROW_AT(window, l, ROW_WINDOW, item);
    struct rate_class *class = ROW_AT(rate_class, l, ROW_CLASS, w->rate_class);
    w->next = class->windows;
    class->windows = item;
}

void catalogue_index(struct ledger *l, enum row_kind kind, uint32_t item)
{
    CHECK(item != 0);
    switch (kind) {
    case ROW_ORGANISER:
    case ROW_SERVICE:
    case ROW_CLASS:
    case ROW_PROVIDER:
    case ROW_COST_CODE: {
        uint32_t organiser;
        const char *name = name_of(l, kind, item, &organiser);
        name_add(l, kind, name_hash(l, kind, organiser, text_of(name)), item);
        return;
    }
    case ROW_KEY:
        key_index(l, item);
        return;
    case ROW_WINDOW:
        window_index(l, item);
        return;
    case ROW_DATED:
        dated_index(l, item);
        return;
    case ROW_COMMITMENT: {
        const struct commitment *c = ROW_AT(commitment, l, kind, item);
        index_put(&l->table[kind].index, commitment_hash(l, c->cost_code, c->year), item);
        return;
    }
    case ROW_VOUCHER:
        index_put(&l->table[kind].index, voucher_hash(l, ROW_AT(voucher, l, kind, item)->digits),
                  item);
        return;
    case ROW_META:
    case ROW_BUCKET:
    case ROW_HISTORY:
    case ROW_TALLY:
    case ROW_BATCH:
    case ROW_ACCOUNT:
    case ROW_PAYOUT:
    case ROW_LAPSE:
    case ROW_CHARGE:
    case ROW_ID:
    case ROW_RUN:
    case ROW_BANK_LINE:
    case ROW_OPEN_LINE:
    case ROW_CORRECTION:
    case ROW_KIND_COUNT:
        break;
    }
    CHECK(false); /* a kind that is found in another way */
}
