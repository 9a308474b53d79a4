/* memory.c - all memory of a ledger: one mapping, carved up once.
 *
 * Address space is reserved for the worst case; pages come into being as rows fill them. This is
 * the only file of the ledger that asks the system for anything. */
#include <sys/mman.h>

#include "ledger/charge_store.h"

#define CARVE_ALIGN 64 /* a cache line */

/* What a ledger may be told to hold: keeps every size below far from its type's end. */
#define LIMIT_OVERLAY_ROWS (UINT32_C(1) << 27)

/* From here on pages of 2 MB pay: below, most of each would be cleared for a row or two. */
#define HUGE_PAGES_CHARGES (UINT32_C(1) << 21)

/* Hands out pieces of the mapping; without a base it only adds up. */
struct carver {
    unsigned char *base;
    size_t used;
};

static void *carve(struct carver *c, size_t size)
{
    size_t at = c->used;

    c->used += (size + CARVE_ALIGN - 1) & ~(size_t)(CARVE_ALIGN - 1);
    return c->base == NULL ? NULL : c->base + at;
}

static void carve_pool(struct carver *c, struct pool *p, uint32_t items, size_t item_size)
{
    p->item_size = (uint32_t)item_size;
    p->capacity = items + 1;
    p->used = 1;
    p->items = carve(c, (size_t)p->capacity * item_size);
}

static void carve_index(struct carver *c, struct index *ix, uint32_t items)
{
    ix->most = items;
    ix->slots = carve(c, index_slots(items) * sizeof(*ix->slots));
    ix->aside = carve(c, INDEX_ASIDE * sizeof(*ix->aside));
}

static void carve_table(struct carver *c, struct table *t, uint32_t items, size_t item_size)
{
    carve_pool(c, &t->pool, items, item_size);
    carve_index(c, &t->index, items);
    t->dirty.items = carve(c, (size_t)t->pool.capacity * sizeof(uint32_t));
    t->dirty.frozen = carve(c, (size_t)t->pool.capacity * sizeof(uint32_t));
}

static void carve_charges(struct ledger *l, struct carver *c, uint32_t charges)
{
    struct table *t = &l->table[ROW_CHARGE];
    const size_t segments = charge_store_segments(charges);

    t->pool = (struct pool){.item_size = CHARGE_UNIT, .capacity = charges + 1, .used = 1};
    t->pool.items = carve(c, segments * CHARGE_SEGMENT_UNITS * CHARGE_UNIT);
    l->charges.free_segments = (uint32_t)segments;
    carve_index(c, &t->index, charges);
}

/* How many of what. What a voucher or bucket owns is counted generously: running out of it is a
 * BUSY although there is room for the row itself. */
enum {
    COST_CODES_MAX = 1 << 16,
    COMMITMENTS_MAX = 1 << 20, /* a cost code and a year each, kept for ever */
    TALLIES_MAX = 1 << 20,
    BATCHES_MAX = 1 << 16,
    ACCOUNTS_MAX = 1 << 18,
    PAYOUTS_MAX = 1 << 20,
    LAPSES_MAX = 1 << 16,
    RUNS_MAX = 1 << 16,
    BANK_LINES_MAX = 1 << 20,
    OPEN_LINES_MAX = LIMIT_OPEN_LINES + (1 << 17), /* and those that are gone since a checkpoint */
    CORRECTIONS_MAX = 1 << 20, /* since the last checkpoint; a quarter takes those of one commit */
    LISTS_SPARE = 4096,
    NAMES_MAX = LIMIT_ORGANISERS + LIMIT_SERVICES + LIMIT_CLASSES + LIMIT_PROVIDERS +
                COST_CODES_MAX + 2 * LIMIT_KEYS, /* a key's id, and its owner's name */
};
/* What a request asks for at most, so that it is decided once everything else has gone. */
_Static_assert(LIMIT_REQUEST_RUNS *LIMIT_PROVIDERS + ACCOUNTS_MAX + 2 * LIMIT_BATCH_ITEMS <
                   PAYOUTS_MAX,
               "one request's runs, and new ones of every account");
_Static_assert(LIMIT_DATED_ROWS < 1 << 28, "an item of the names has 28 bits");

#define TABLE(kind, items, type) carve_table(c, &l->table[kind], items, sizeof(struct type))

static void layout_catalogue(struct ledger *l, struct carver *c)
{
    TABLE(ROW_ORGANISER, LIMIT_ORGANISERS, organiser);
    TABLE(ROW_SERVICE, LIMIT_SERVICES, service);
    TABLE(ROW_CLASS, LIMIT_CLASSES, rate_class);
    TABLE(ROW_WINDOW, LIMIT_WINDOWS, window);
    TABLE(ROW_PROVIDER, LIMIT_PROVIDERS, provider);
    TABLE(ROW_DATED, LIMIT_DATED_ROWS, dated);
    TABLE(ROW_KEY, LIMIT_KEYS, signing_key);
    TABLE(ROW_COST_CODE, COST_CODES_MAX, cost_code);
    TABLE(ROW_COMMITMENT, COMMITMENTS_MAX, commitment);
    carve_index(c, &l->names, NAMES_MAX);
}

static void layout_overlay(struct ledger *l, struct carver *c, const struct ledger_limits *limits)
{
    uint32_t nights = 2 * limits->buckets;

    TABLE(ROW_VOUCHER, limits->vouchers, voucher);
    TABLE(ROW_BUCKET, limits->buckets, bucket);
    carve_charges(l, c, limits->charges);
    TABLE(ROW_HISTORY, nights, history);
    TABLE(ROW_TALLY, TALLIES_MAX, tally);
    TABLE(ROW_BATCH, BATCHES_MAX, batch);
    TABLE(ROW_ACCOUNT, ACCOUNTS_MAX, account);
    TABLE(ROW_PAYOUT, PAYOUTS_MAX, payout);
    TABLE(ROW_LAPSE, LAPSES_MAX, lapse);
    TABLE(ROW_RUN, RUNS_MAX, run);
    TABLE(ROW_BANK_LINE, BANK_LINES_MAX, bank_line);
    TABLE(ROW_OPEN_LINE, OPEN_LINES_MAX, open_line);
    TABLE(ROW_CORRECTION, CORRECTIONS_MAX, correction);
    carve_pool(c, &l->versions, limits->vouchers / 4 + LISTS_SPARE, sizeof(struct version));
    carve_pool(c, &l->extras, limits->vouchers / 2 + LISTS_SPARE, sizeof(struct extra));
    carve_pool(c, &l->totals, nights, sizeof(struct open_total));
    carve_pool(c, &l->chunks,
               limits->buckets + limits->charges / INTERVALS_PER_CHUNK + LISTS_SPARE,
               sizeof(struct interval_chunk));
    carve_pool(c, &l->days, LEDGER_OPEN_DAYS_MAX, sizeof(struct open_day));
    l->scratch = carve(c, LEDGER_ROW_MAX);
    l->spans = carve(c, LEDGER_DAY_SPANS * sizeof(*l->spans));
    l->lookups = carve(c, LIMIT_BATCH_ITEMS * sizeof(*l->lookups));
}

/* The ledger itself stands first in its mapping. Returns the size of all. */
static size_t layout(struct ledger *l, void *base, const struct ledger_limits *limits)
{
    struct carver c = {base, 0};

    carve(&c, sizeof(*l));
    layout_catalogue(l, &c);
    layout_overlay(l, &c, limits);
    return c.used;
}

static bool limits_usable(const struct ledger_limits *limits)
{
    return limits->charges > 0 && limits->charges <= LIMIT_OVERLAY_ROWS && limits->vouchers > 0 &&
           limits->vouchers <= LIMIT_OVERLAY_ROWS && limits->buckets > 0 &&
           limits->buckets <= LIMIT_OVERLAY_ROWS;
}

enum fault ledger_new(const struct ledger_limits *limits, const struct ledger_genesis *genesis,
                      struct ledger **out)
{
    CHECK(limits != NULL);
    CHECK(genesis != NULL);
    CHECK(out != NULL);
    *out = NULL;
    if (!limits_usable(limits))
        return FAULT_CONFIG;

    struct ledger plan = {0};
    size_t size = layout(&plan, NULL, limits);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return FAULT_MEMORY;
    if (limits->charges >= HUGE_PAGES_CHARGES)
        (void)madvise(memory, size, MADV_HUGEPAGE); /* a hint: rows are looked up in no order */

    struct ledger *l = memory;
    CHECK(layout(l, memory, limits) == size);
    l->memory = memory;
    l->memory_size = size;
    l->genesis = *genesis;
    l->seed = limits->seed;
    l->epoch = 1;
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
        index_init(&l->table[kind].index);
    index_init(&l->names);
    command_register_genesis(l);
    *out = l;
    return FAULT_NONE;
}

void ledger_free(struct ledger *l)
{
    if (l != NULL)
        munmap(l->memory, l->memory_size);
}
