/* compare_tables.c - a copy of the tables against the books that deciding again has made: the same
 * rows, byte for byte, and no others. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/compare.h"
#include "tool.h"

struct look {
    const struct ledger_source *copy;
    enum row_kind kind;
    struct flaws *findings;
    uint64_t count; /* of the ledger's rows of the kind */
    uint64_t same;
    uint8_t *value; /* LEDGER_ROW_MAX */
    enum fault fault;
};

#define TABLES ((struct flaw_place){FLAW_TABLES, 0})

static void differs(struct look *k, const uint8_t *key, size_t key_len, const char *how)
{
    char hex[2 * LEDGER_KEY_MAX + 1] = "";

    for (size_t i = 0; i < key_len && i < LEDGER_KEY_MAX; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", key[i]);
    flaws_add(k->findings, TABLES, "the row of kind %d with key %s %s", (int)k->kind, hex, how);
}

static bool look_at(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                    size_t value_len)
{
    struct look *k = arg;
    size_t len = 0;

    k->count++;
    enum fault f = k->copy->get(k->copy->context, k->kind, key, key_len, k->value, &len);
    if (f == FAULT_ABSENT)
        differs(k, key, key_len, "is missing in the tables");
    else if (f != FAULT_NONE)
        k->fault = f;
    else if (len != value_len || memcmp(k->value, value, len) != 0)
        differs(k, key, key_len, "says something else in the tables");
    else
        k->same++;
    return k->fault == FAULT_NONE;
}

static bool count_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                      size_t value_len)
{
    (void)key, (void)key_len, (void)value, (void)value_len;
    (*(uint64_t *)arg)++;
    return true;
}

static enum fault look_at_kind(struct look *k, const struct ledger_source *rows)
{
    uint64_t count = 0;

    k->count = 0;
    enum fault f = rows->scan(rows->context, k->kind, NULL, 0, NULL, 0, look_at, k);
    if (f == FAULT_NONE)
        f = k->fault;
    if (f == FAULT_NONE)
        f = k->copy->scan(k->copy->context, k->kind, NULL, 0, NULL, 0, count_row, &count);
    if (f == FAULT_NONE && count > k->count)
        flaws_add(k->findings, TABLES,
                  "the tables have %" PRIu64 " rows of kind %d, the journal gives %" PRIu64, count,
                  (int)k->kind, k->count);
    return f;
}

enum fault compare_tables(const struct ledger_source *rows, const struct ledger_source *copy,
                          struct flaws *f, struct compare_tables *out)
{
    struct look k = {.copy = copy, .findings = f, .value = tool_alloc(1, LEDGER_ROW_MAX)};
    enum fault fault = FAULT_NONE;

    for (int kind = 0; fault == FAULT_NONE && kind < ROW_KIND_COUNT; kind++) {
        k.kind = (enum row_kind)kind;
        fault = look_at_kind(&k, rows);
    }
    out->rows = k.same;
    free(k.value);
    return fault;
}
