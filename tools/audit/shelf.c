#include "audit/shelf.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "audit/hashes.h"
#include "audit/scratch.h"
#include "base/check.h"
#include "tool.h"

/* A row in its file, in units of 8 bytes. */
struct shelved {
    uint32_t value_len; /* GONE: the row was deleted */
    uint16_t units;
    uint8_t key_len; /* 0: it stands further on by now */
    uint8_t bytes[];
};
#define UNIT 8
#define GONE UINT32_MAX
_Static_assert((sizeof(struct shelved) + LEDGER_KEY_MAX + LEDGER_ROW_MAX) / UNIT < UINT16_MAX,
               "the longest row has its units");

/* A row that is not findable yet: meanwhile its place in the index comes from memory. */
struct waiting {
    enum row_kind kind;
    uint32_t hash, place;
};
enum { WAITING = 16 };

struct shelf {
    struct scratch_list rows[ROW_KIND_COUNT];
    struct hashes keys[ROW_KIND_COUNT];
    uint8_t seed[crypto_shorthash_KEYBYTES]; /* keys are chosen by others */
    bool all;
    struct waiting waiting[WAITING];
    uint64_t put, settled; /* of the rows so far */
};

struct shelf *shelf_new(struct shelf_size size)
{
    const uint64_t most = size.bytes / UNIT < UINT32_MAX - 1 ? size.bytes / UNIT : UINT32_MAX - 1;
    struct shelf *s = tool_alloc(1, sizeof(*s));

    randombytes_buf(s->seed, sizeof(s->seed));
    s->all = size.all;
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++) {
        if (scratch_list_start(&s->rows[kind], most, UNIT) != TOOL_OK) {
            shelf_free(s);
            return NULL;
        }
    }
    hashes_reserve(&s->keys[ROW_CHARGE], size.charges);
    hashes_reserve(&s->keys[ROW_ID], size.charges);
    return s;
}

void shelf_free(struct shelf *s)
{
    if (s == NULL)
        return;
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++) {
        scratch_list_free(&s->rows[kind]);
        hashes_free(&s->keys[kind]);
    }
    free(s);
}

void shelf_rest(const struct shelf *s)
{
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
        scratch_list_rest(&s->rows[kind]);
}

static struct shelved *row_at(const struct shelf *s, enum row_kind kind, uint32_t place)
{
    return (struct shelved *)((uint64_t *)s->rows[kind].items + place);
}

static uint32_t key_hash(const struct shelf *s, const uint8_t *key, size_t key_len)
{
    uint64_t hash;

    crypto_shorthash((uint8_t *)&hash, key, key_len, s->seed);
    return (uint32_t)hash;
}

static uint32_t find(const struct shelf *s, enum row_kind kind, const uint8_t *key, size_t key_len,
                     uint32_t hash)
{
    for (uint64_t steps = 0;;) {
        uint32_t place = hashes_next(&s->keys[kind], hash, &steps);
        if (place == HASHES_NONE)
            return place;
        const struct shelved *row = row_at(s, kind, place);
        if (row->key_len == key_len && memcmp(row->bytes, key, key_len) == 0)
            return place;
    }
}

/* ---- In ----------------------------------------------------------------------------------- */

/* Make the oldest row that waits findable. The one it is instead of stays where it is, without its
 * key. */
static void settle(struct shelf *s)
{
    const struct waiting w = s->waiting[s->settled++ % WAITING];
    const struct shelved *row = row_at(s, w.kind, w.place);
    uint32_t before = HASHES_NONE;

    if (w.kind != ROW_ID) /* is written once */
        before = find(s, w.kind, row->bytes, row->key_len, w.hash);
    if (before == HASHES_NONE) {
        hashes_add(&s->keys[w.kind], w.hash, w.place);
        return;
    }
    row_at(s, w.kind, before)->key_len = 0;
    hashes_replace(&s->keys[w.kind], w.hash, before, w.place);
}

static void settle_all(struct shelf *s)
{
    while (s->settled < s->put)
        settle(s);
}

void shelf_put(void *shelf, enum row_kind kind, const uint8_t *key, size_t key_len,
               const uint8_t *value, size_t value_len)
{
    struct shelf *s = shelf;

    CHECK(key_len > 0);
    CHECK(key_len <= LEDGER_KEY_MAX);
    CHECK(value_len <= LEDGER_ROW_MAX);
    if (kind == ROW_HISTORY && !s->all)
        return;
    if (value == NULL)
        value_len = 0;
    const size_t len = offsetof(struct shelved, bytes) + key_len + value_len;
    const size_t units = (len + UNIT - 1) / UNIT;
    struct shelved *row = scratch_list_add(&s->rows[kind], units);
    row->value_len = value == NULL ? GONE : (uint32_t)value_len;
    row->units = (uint16_t)units;
    row->key_len = (uint8_t)key_len;
    memcpy(row->bytes, key, key_len);
    if (value_len > 0)
        memcpy(row->bytes + key_len, value, value_len);

    if (s->put - s->settled == WAITING)
        settle(s);
    const uint32_t hash = key_hash(s, key, key_len);
    hashes_fetch(&s->keys[kind], hash);
    s->waiting[s->put++ % WAITING] =
        (struct waiting){kind, hash, (uint32_t)(s->rows[kind].count - units)};
}

/* ---- Out ---------------------------------------------------------------------------------- */

static enum fault get(void *context, enum row_kind kind, const uint8_t *key, size_t key_len,
                      uint8_t *value, size_t *value_len)
{
    struct shelf *s = context;
    settle_all(s);
    const uint32_t place = find(s, kind, key, key_len, key_hash(s, key, key_len));
    const struct shelved *row = place == HASHES_NONE ? NULL : row_at(s, kind, place);

    if (row == NULL || row->value_len == GONE)
        return FAULT_ABSENT;
    memcpy(value, row->bytes + key_len, row->value_len);
    *value_len = row->value_len;
    return FAULT_NONE;
}

static int key_order(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    const size_t len = a_len < b_len ? a_len : b_len;
    const int order = len > 0 ? memcmp(a, b, len) : 0;

    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int by_key(const void *a, const void *b)
{
    const struct shelved *x = *(const struct shelved *const *)a;
    const struct shelved *y = *(const struct shelved *const *)b;

    return key_order(x->bytes, x->key_len, y->bytes, y->key_len);
}

typedef bool visit_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                       size_t value_len);

/* The next row that is there; NULL at the end. `at` starts as 0. */
static const struct shelved *next_row(struct shelf *s, enum row_kind kind, uint32_t *at)
{
    settle_all(s);
    while (*at < s->rows[kind].count) {
        const struct shelved *row = row_at(s, kind, *at);
        *at += row->units;
        if (row->key_len > 0 && row->value_len != GONE)
            return row;
    }
    return NULL;
}

/* Looks at all rows of the kind: decisions scan payouts alone, and those for a run. */
static enum fault scan(void *context, enum row_kind kind, const uint8_t *prefix, size_t prefix_len,
                       const uint8_t *start, size_t start_len, visit_row *visit, void *arg)
{
    struct shelf *s = context;
    const struct shelved **list = NULL, *row;
    size_t count = 0, room = 0;

    for (uint32_t at = 0; (row = next_row(s, kind, &at)) != NULL;) {
        const size_t len = row->key_len < prefix_len ? row->key_len : prefix_len;
        if (key_order(row->bytes, len, prefix, prefix_len) != 0 ||
            key_order(row->bytes, row->key_len, start, start_len) < 0)
            continue;
        list = tool_grow(list, count, &room, sizeof(*list));
        list[count++] = row;
    }
    if (count > 1)
        qsort(list, count, sizeof(*list), by_key);
    for (size_t i = 0; i < count; i++)
        if (!visit(arg, list[i]->bytes, list[i]->key_len, list[i]->bytes + list[i]->key_len,
                   list[i]->value_len))
            break;
    free(list);
    return FAULT_NONE;
}

static enum fault scan_all(void *context, enum row_kind kind, const uint8_t *prefix,
                           size_t prefix_len, const uint8_t *start, size_t start_len,
                           visit_row *visit, void *arg)
{
    const struct shelved *row;

    if (prefix_len > 0 || start_len > 0)
        return scan(context, kind, prefix, prefix_len, start, start_len, visit, arg);
    for (uint32_t at = 0; (row = next_row(context, kind, &at)) != NULL;)
        if (!visit(arg, row->bytes, row->key_len, row->bytes + row->key_len, row->value_len))
            break;
    return FAULT_NONE;
}

struct ledger_source shelf_source(struct shelf *s)
{
    return (struct ledger_source){.context = s, .get = get, .scan = scan};
}

struct ledger_source shelf_rows(struct shelf *s)
{
    return (struct ledger_source){.context = s, .get = get, .scan = scan_all};
}
