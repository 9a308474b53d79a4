/* compare_tables.c - a copy of the tables against the books that deciding again has made: the same
 * rows, byte for byte, and no others. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/compare.h"
#include "tables/tables.h"
#include "tool.h"

struct look {
    struct ledger_source source;
    struct flaws *findings;
    uint64_t count[ROW_KIND_COUNT]; /* rows of the ledger */
    uint64_t same;
    uint8_t *value; /* LEDGER_ROW_MAX */
    enum fault fault;
};

#define TABLES ((struct flaw_place){FLAW_TABLES, 0})

static void differs(struct look *k, enum row_kind kind, const uint8_t *key, size_t key_len,
                    const char *how)
{
    char hex[2 * LEDGER_KEY_MAX + 1] = "";

    for (size_t i = 0; i < key_len && i < LEDGER_KEY_MAX; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", key[i]);
    flaws_add(k->findings, TABLES, "the row of kind %d with key %s %s", (int)kind, hex, how);
}

/* A ledger_put. */
static void look_at(void *arg, enum row_kind kind, const uint8_t *key, size_t key_len,
                    const uint8_t *value, size_t value_len)
{
    struct look *k = arg;
    size_t len = 0;

    if (value == NULL || k->fault != FAULT_NONE)
        return; /* a row that says nothing is not kept */
    k->count[kind]++;
    enum fault f = k->source.get(k->source.context, kind, key, key_len, k->value, &len);
    if (f == FAULT_ABSENT)
        differs(k, kind, key, key_len, "is missing in the tables");
    else if (f != FAULT_NONE)
        k->fault = f;
    else if (len != value_len || memcmp(k->value, value, len) != 0)
        differs(k, kind, key, key_len, "says something else in the tables");
    else
        k->same++;
}

static bool count_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                      size_t value_len)
{
    (void)key, (void)key_len, (void)value, (void)value_len;
    (*(uint64_t *)arg)++;
    return true;
}

static enum fault look_for_more(struct look *k)
{
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++) {
        uint64_t count = 0;
        enum fault f = k->source.scan(k->source.context, (enum row_kind)kind, NULL, 0, NULL, 0,
                                      count_row, &count);
        if (f != FAULT_NONE)
            return f;
        if (count > k->count[kind])
            flaws_add(k->findings, TABLES,
                      "the tables have %" PRIu64 " rows of kind %d, the journal gives %" PRIu64,
                      count, kind, k->count[kind]);
    }
    return FAULT_NONE;
}

enum fault compare_tables(struct ledger *l, struct tables *tables, struct flaws *f,
                          struct compare_tables *out)
{
    struct look k = {.source = tables_source(tables), .findings = f};

    k.value = tool_alloc(1, LEDGER_ROW_MAX);
    ledger_freeze_sink(l, look_at, &k);
    ledger_freeze(l);
    while (!ledger_freeze_step(l, UINT32_MAX))
        ;
    ledger_thaw(l);
    if (k.fault == FAULT_NONE)
        k.fault = look_for_more(&k);
    out->rows = k.same;
    free(k.value);
    return k.fault;
}
