/* tables_kit.h - what the tests of the tables share: a folder each, rows with short names. */
#ifndef SUPPORT_TABLES_KIT_H
#define SUPPORT_TABLES_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tables/inside.h"
#include "tables/tables.h"
#include "tests/support/folder.h"

static inline int setup(void **state)
{
    *state = folder_make();
    return 0;
}

static inline int teardown(void **state)
{
    folder_remove(*state);
    return 0;
}

static inline struct tables *must_open(const char *path, size_t map_bytes)
{
    const struct tables_options o = {
        .map_bytes = map_bytes, .read_only = map_bytes == 0, .allow_unsafe_fs = true};
    struct tables *t;
    assert_int_equal(tables_open(path, &o, &t), FAULT_NONE);
    return t;
}

enum { TABLES_MAP = 16 << 20 };

/* ---- Rows with short names ------------------------------------------------------------------- */

static inline void put(struct checkpoint *c, enum row_kind kind, const char *key, const char *value)
{
    checkpoint_put(c, kind, (const uint8_t *)key, strlen(key), (const uint8_t *)value,
                   value == NULL ? 0 : strlen(value));
}

static inline uint64_t row_number(uint64_t entry, uint64_t index)
{
    return entry << TABLES_INDEX_BITS | index;
}

static inline void charge_key(uint64_t number, uint8_t key[16])
{
    struct writer w = {.bytes = key, .size = 16};
    put_u32(&w, 17000);
    put_u32(&w, (uint32_t)(number * 7 % 5));
    put_u64(&w, number);
}

static inline void put_charge(struct checkpoint *c, uint64_t entry, uint64_t index,
                              const char *value)
{
    uint8_t key[16];
    charge_key(row_number(entry, index), key);
    checkpoint_put(c, ROW_CHARGE, key, sizeof(key), (const uint8_t *)value, strlen(value));
}

static inline void id_key(uint64_t id, uint8_t key[20])
{
    struct writer w = {.bytes = key, .size = 20};
    put_u64(&w, id);
    put_u64(&w, 99);
    put_u32(&w, 1);
}

static inline void put_id(struct checkpoint *c, uint64_t id, uint64_t entry)
{
    uint8_t key[20], value[16] = {0};
    struct writer w = {.bytes = value, .size = sizeof(value)};
    id_key(id, key);
    put_u64(&w, row_number(entry, 0));
    checkpoint_put(c, ROW_ID, key, sizeof(key), value, sizeof(value));
}

static inline void finish(struct tables *t, struct checkpoint *c, uint64_t number)
{
    const struct hash head = {{(uint8_t)number}};
    assert_int_equal(checkpoint_write(t, c, number, &head), FAULT_NONE);
    checkpoint_free(c);
}

/* The value of a row as text; NULL: absent. */
static inline const char *get(struct tables *t, enum row_kind kind, const void *key, size_t key_len)
{
    static char value[LEDGER_ROW_MAX + 1];
    size_t len;
    const struct ledger_source s = tables_source(t);
    const enum fault fault = s.get(s.context, kind, key, key_len, (uint8_t *)value, &len);
    if (fault == FAULT_ABSENT)
        return NULL;
    assert_int_equal(fault, FAULT_NONE);
    value[len] = '\0';
    return value;
}

static inline bool join(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                        size_t value_len)
{
    char *text = arg;
    const size_t at = strlen(text);
    snprintf(text + at, 200 - at, "%.*s=%.*s ", (int)key_len, (const char *)key, (int)value_len,
             (const char *)value);
    return value_len != 4; /* a value of four letters stops */
}

static inline const char *scan(struct tables *t, const char *prefix, const char *start)
{
    static char text[200];
    const struct ledger_source s = tables_source(t);
    text[0] = '\0';
    assert_int_equal(s.scan(s.context, ROW_BUCKET, (const uint8_t *)prefix, strlen(prefix),
                            (const uint8_t *)start, strlen(start), join, text),
                     FAULT_NONE);
    return text;
}

static inline struct hash digest(struct tables *t)
{
    struct hash h;
    assert_int_equal(tables_digest(t, &h), FAULT_NONE);
    return h;
}

static inline uint64_t watermark(struct tables *t)
{
    uint64_t number;
    struct hash head;
    assert_int_equal(tables_watermark(t, &number, &head), FAULT_NONE);
    assert_int_equal(head.bytes[0], (uint8_t)number);
    return number;
}

#endif
