#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "tables/inside.h"

/* Rows are copied into chunks: the ledger's thread hands out a row in well under a microsecond. */
enum { CHUNK_BYTES = 4 << 20 };

struct chunk {
    struct chunk *next;
    size_t used;
    _Alignas(16) uint8_t bytes[];
};

struct checkpoint {
    struct chunk *chunks; /* the newest first */
    size_t rows;
    bool out_of_memory;
    atomic_bool hurries;
    struct row_list lists[ROW_KIND_COUNT];
};

_Static_assert(sizeof(struct row) + LEDGER_KEY_MAX + LEDGER_ROW_MAX + ROW_TAG_BYTES <=
                   CHUNK_BYTES - 64,
               "every row fits a chunk");

struct checkpoint *checkpoint_new(void)
{
    return calloc(1, sizeof(struct checkpoint));
}

void checkpoint_free(struct checkpoint *c)
{
    if (c == NULL)
        return;
    for (struct chunk *next, *chunk = c->chunks; chunk != NULL; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    for (unsigned kind = 0; kind < ROW_KIND_COUNT; kind++)
        free(c->lists[kind].refs);
    free(c);
}

static void *chunk_alloc(struct checkpoint *c, size_t size)
{
    const size_t room = CHUNK_BYTES - sizeof(struct chunk);
    size = (size + 15) & ~(size_t)15;
    if (c->chunks == NULL || size > room - c->chunks->used) {
        struct chunk *chunk = malloc(CHUNK_BYTES);
        if (chunk == NULL)
            return NULL;
        chunk->next = c->chunks;
        chunk->used = 0;
        c->chunks = chunk;
    }
    void *at = c->chunks->bytes + c->chunks->used;
    c->chunks->used += size;
    return at;
}

static bool list_add(struct row_list *list, const struct row_ref *ref)
{
    if (list->count == list->size) {
        const size_t size = list->size == 0 ? 256 : 2 * list->size;
        struct row_ref *refs = realloc(list->refs, size * sizeof(*refs));
        if (refs == NULL)
            return false;
        list->refs = refs;
        list->size = size;
    }
    list->refs[list->count++] = *ref;
    return true;
}

/* 8 bytes of a key as a number that sorts the same; zeros after its end. */
static uint64_t key_word(const uint8_t *key, size_t key_len, size_t at)
{
    uint64_t v = 0;
    for (size_t i = at; i < at + 8; i++)
        v = v << 8 | (i < key_len ? key[i] : 0u);
    return v;
}

void checkpoint_put(void *checkpoint, enum row_kind kind, const uint8_t *key, size_t key_len,
                    const uint8_t *value, size_t value_len)
{
    struct checkpoint *c = checkpoint;
    CHECK(kind < ROW_KIND_COUNT);
    CHECK(key_len <= LEDGER_KEY_MAX);
    CHECK(key_len > 0);
    CHECK(value == NULL || value_len <= LEDGER_ROW_MAX);
    CHECK(kind != ROW_CHARGE || key_len >= 8);
    CHECK(kind != ROW_ID || value == NULL || value_len >= 8);

    if (value == NULL)
        value_len = 0;
    struct row *row = chunk_alloc(c, sizeof(*row) + key_len + value_len + ROW_TAG_BYTES);
    if (row == NULL) {
        c->out_of_memory = true;
        return;
    }
    *row = (struct row){.order = c->rows++,
                        .value_len = (uint32_t)value_len,
                        .key_len = (uint8_t)key_len,
                        .deleted = value == NULL};
    memcpy(row->bytes, key, key_len);
    if (value_len > 0)
        memcpy(row->bytes + key_len, value, value_len);
    const struct row_ref ref = {key_word(key, key_len, 0), key_word(key, key_len, 8), row};
    if (!list_add(&c->lists[kind], &ref))
        c->out_of_memory = true;
}

enum fault checkpoint_ready(const struct checkpoint *c)
{
    return c->out_of_memory ? FAULT_MEMORY : FAULT_NONE;
}

void checkpoint_hurry(struct checkpoint *c)
{
    atomic_store(&c->hurries, true);
}

bool checkpoint_hurries(const struct checkpoint *c)
{
    return atomic_load(&c->hurries);
}

struct row_list *checkpoint_rows(struct checkpoint *c, enum row_kind kind)
{
    return &c->lists[kind];
}

/* ---- Sorting ------------------------------------------------------------------------------- */

/* As LMDB orders keys: bytes, then the shorter first. */
static int compare_keys(const struct row_ref *a, const struct row_ref *b)
{
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    const size_t a_len = a->row->key_len, b_len = b->row->key_len;
    const size_t len = a_len < b_len ? a_len : b_len;
    const int order = len > 16 ? memcmp(a->row->bytes + 16, b->row->bytes + 16, len - 16) : 0;
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_refs(const void *a, const void *b)
{
    const struct row_ref *x = a, *y = b;
    const int order = compare_keys(x, y);
    return order != 0 ? order : (x->row->order > y->row->order) - (x->row->order < y->row->order);
}

static void list_sort(struct row_list *list)
{
    if (list->count == 0)
        return;
    qsort(list->refs, list->count, sizeof(*list->refs), compare_refs);
    size_t kept = 0;
    for (size_t i = 1; i < list->count; i++) {
        if (compare_keys(&list->refs[kept], &list->refs[i]) != 0)
            kept++;
        list->refs[kept] = list->refs[i];
    }
    list->count = kept + 1;
}

void checkpoint_sort(struct checkpoint *c)
{
    for (unsigned kind = 0; kind < ROW_KIND_COUNT; kind++)
        list_sort(&c->lists[kind]);
}
