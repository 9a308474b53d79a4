/* weak_source.c - the calls of another source, counted. */
#include "tests/support/weak_source.h"

#include <string.h>

static bool now(struct weak_source *s, enum row_kind kind)
{
    if (s->hit || s->left-- > 0)
        return false;
    s->hit = true;
    s->kind = kind;
    return true;
}

static enum fault weak_get(void *context, enum row_kind kind, const uint8_t *key, size_t key_len,
                           uint8_t *value, size_t *value_len)
{
    struct weak_source *s = context;
    if (s->weakness == WEAK_FAILS && now(s, kind))
        return FAULT_IO;
    enum fault f = s->strong.get(s->strong.context, kind, key, key_len, value, value_len);
    if (f == FAULT_NONE && s->weakness == WEAK_CUTS && now(s, kind))
        (*value_len)--;
    return f;
}

struct cutting {
    struct weak_source *source;
    enum row_kind kind;
    bool (*row)(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                size_t value_len);
    void *arg;
};

static bool weak_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct cutting *c = arg;
    bool cut = c->source->weakness == WEAK_CUTS && now(c->source, c->kind);
    return c->row(c->arg, key, key_len, value, value_len - cut);
}

static enum fault weak_scan(void *context, enum row_kind kind, const uint8_t *prefix,
                            size_t prefix_len, const uint8_t *start, size_t start_len,
                            bool (*row)(void *arg, const uint8_t *key, size_t key_len,
                                        const uint8_t *value, size_t value_len),
                            void *arg)
{
    struct weak_source *s = context;
    struct cutting c = {s, kind, row, arg};
    if (s->weakness == WEAK_FAILS && now(s, kind))
        return FAULT_IO;
    return s->strong.scan(s->strong.context, kind, prefix, prefix_len, start, start_len, weak_row,
                          &c);
}

struct ledger_source weak_source(struct weak_source *s)
{
    return (struct ledger_source){s, weak_get, weak_scan};
}
