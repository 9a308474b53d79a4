/* memory_source.c - one sorted list of rows a kind; a commit merges the new rows in. */
#include "tests/support/memory_source.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    uint8_t *bytes; /* key, then value; NULL in neither list */
    size_t key_len;
    size_t value_len;
    bool deleted;
};

struct rows {
    struct row *at;
    size_t count;
    size_t room;
};

struct memory_source {
    struct rows kept[ROW_KIND_COUNT];
    struct rows fresh[ROW_KIND_COUNT];
};

static void rows_add(struct rows *r, const struct row *row)
{
    if (r->count == r->room) {
        r->room = r->room == 0 ? 64 : 2 * r->room;
        r->at = realloc(r->at, r->room * sizeof(*r->at));
        if (r->at == NULL)
            abort();
    }
    r->at[r->count++] = *row;
}

static void rows_clear(struct rows *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->at[i].bytes);
    free(r->at);
    *r = (struct rows){0};
}

struct memory_source *memory_source_new(void)
{
    struct memory_source *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    return s;
}

void memory_source_free(struct memory_source *s)
{
    for (int kind = 0; s != NULL && kind < ROW_KIND_COUNT; kind++) {
        rows_clear(&s->kept[kind]);
        rows_clear(&s->fresh[kind]);
    }
    free(s);
}

static int key_compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    size_t shorter = a_len < b_len ? a_len : b_len;
    int order = shorter == 0 ? 0 : memcmp(a, b, shorter);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/* The place of the first row whose key is not before `key`. */
static size_t place_of(const struct rows *r, const uint8_t *key, size_t key_len)
{
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct row *row = &r->at[middle];
        if (key_compare(row->bytes, row->key_len, key, key_len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum fault get(void *context, enum row_kind kind, const uint8_t *key, size_t key_len,
                      uint8_t *value, size_t *value_len)
{
    const struct rows *r = &((struct memory_source *)context)->kept[kind];
    size_t place = place_of(r, key, key_len);
    if (place == r->count)
        return FAULT_ABSENT;
    const struct row *row = &r->at[place];
    if (key_compare(row->bytes, row->key_len, key, key_len) != 0)
        return FAULT_ABSENT;
    memcpy(value, row->bytes + row->key_len, row->value_len);
    *value_len = row->value_len;
    return FAULT_NONE;
}

static enum fault scan(void *context, enum row_kind kind, const uint8_t *prefix, size_t prefix_len,
                       const uint8_t *start, size_t start_len,
                       bool (*each)(void *arg, const uint8_t *key, size_t key_len,
                                    const uint8_t *value, size_t value_len),
                       void *arg)
{
    const struct rows *r = &((struct memory_source *)context)->kept[kind];
    size_t first = place_of(r, prefix, prefix_len);
    size_t place = start_len == 0 ? first : place_of(r, start, start_len);
    for (size_t i = place > first ? place : first; i < r->count; i++) {
        const struct row *row = &r->at[i];
        if (row->key_len < prefix_len ||
            (prefix_len > 0 && memcmp(row->bytes, prefix, prefix_len) != 0))
            break;
        if (!each(arg, row->bytes, row->key_len, row->bytes + row->key_len, row->value_len))
            break;
    }
    return FAULT_NONE;
}

struct ledger_source memory_source_reader(struct memory_source *s)
{
    return (struct ledger_source){.context = s, .get = get, .scan = scan};
}

void memory_source_put(void *source, enum row_kind kind, const uint8_t *key, size_t key_len,
                       const uint8_t *value, size_t value_len)
{
    struct memory_source *s = source;
    if (key_len > LEDGER_KEY_MAX || value_len > LEDGER_ROW_MAX || kind >= ROW_KIND_COUNT)
        abort();
    struct row row = {.bytes = malloc(key_len + value_len + 1),
                      .key_len = key_len,
                      .value_len = value == NULL ? 0 : value_len,
                      .deleted = value == NULL};
    if (row.bytes == NULL)
        abort();
    if (key_len > 0)
        memcpy(row.bytes, key, key_len);
    if (row.value_len > 0)
        memcpy(row.bytes + key_len, value, value_len);
    rows_add(&s->fresh[kind], &row);
}

static int by_key(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    return key_compare(x->bytes, x->key_len, y->bytes, y->key_len);
}

/* A key may come once in a checkpoint: qsort would not keep two of them in order. */
static void check_once(const struct rows *fresh)
{
    for (size_t i = 1; i < fresh->count; i++) {
        if (by_key(&fresh->at[i - 1], &fresh->at[i]) == 0) {
            fprintf(stderr, "one checkpoint handed out the same row twice\n");
            abort();
        }
    }
}

static void merge(struct rows *kept, struct rows *fresh)
{
    struct rows all = {0};
    size_t i = 0, j = 0;
    if (fresh->count == 0)
        return;
    qsort(fresh->at, fresh->count, sizeof(*fresh->at), by_key);
    check_once(fresh);
    while (i < kept->count || j < fresh->count) {
        int order = i == kept->count    ? 1
                    : j == fresh->count ? -1
                                        : by_key(&kept->at[i], &fresh->at[j]);
        if (order < 0) {
            rows_add(&all, &kept->at[i++]);
            continue;
        }
        if (order == 0)
            free(kept->at[i++].bytes);
        if (fresh->at[j].deleted)
            free(fresh->at[j].bytes);
        else
            rows_add(&all, &fresh->at[j]);
        j++;
    }
    free(kept->at);
    free(fresh->at);
    *kept = all;
    *fresh = (struct rows){0};
}

void memory_source_commit(struct memory_source *s)
{
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
        merge(&s->kept[kind], &s->fresh[kind]);
}

void memory_source_abandon(struct memory_source *s)
{
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
        rows_clear(&s->fresh[kind]);
}

size_t memory_source_count(const struct memory_source *s, enum row_kind kind)
{
    return s->kept[kind].count;
}

void memory_source_digest(const struct memory_source *s, uint8_t hash[LIMIT_HASH_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, LIMIT_HASH_BYTES);
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++) {
        for (size_t i = 0; i < s->kept[kind].count; i++) {
            const struct row *row = &s->kept[kind].at[i];
            const size_t head[3] = {(size_t)kind, row->key_len, row->value_len};
            crypto_generichash_update(&state, (const uint8_t *)head, sizeof(head));
            crypto_generichash_update(&state, row->bytes, row->key_len + row->value_len);
        }
    }
    crypto_generichash_final(&state, hash, LIMIT_HASH_BYTES);
}

static void print_row(const char *name, const struct rows *r, size_t i)
{
    fprintf(stderr, "  %s: ", name);
    if (i >= r->count) {
        fprintf(stderr, "no row\n");
        return;
    }
    for (size_t b = 0; b < r->at[i].key_len + r->at[i].value_len; b++)
        fprintf(stderr, "%s%02x", b == r->at[i].key_len ? " = " : "", r->at[i].bytes[b]);
    fprintf(stderr, "\n");
}

static bool same_row(const struct rows *a, const struct rows *b, size_t i)
{
    if (i >= a->count || i >= b->count)
        return false;
    const struct row *x = &a->at[i];
    const struct row *y = &b->at[i];
    return x->key_len == y->key_len && x->value_len == y->value_len &&
           memcmp(x->bytes, y->bytes, x->key_len + x->value_len) == 0;
}

void memory_source_diff(const struct memory_source *a, const struct memory_source *b)
{
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++) {
        const struct rows *x = &a->kept[kind];
        const struct rows *y = &b->kept[kind];
        for (size_t i = 0; i < x->count || i < y->count; i++) {
            if (same_row(x, y, i))
                continue;
            fprintf(stderr, "row %zu of kind %d (%zu and %zu rows):\n", i, kind, x->count,
                    y->count);
            print_row("left ", x, i);
            print_row("right", y, i);
            break;
        }
    }
}
