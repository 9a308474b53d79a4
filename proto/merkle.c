#include "merkle.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

enum {
    PREFIX_LEAF = 0,
    PREFIX_NODE = 1,
    PREFIX_HEAD = 2,
};

_Static_assert(LIMIT_GROUP_ENTRIES <= 1 << MERKLE_PATH_MAX, "a path has room for every level");

/* One of our own texts: short, and always fits. */
static void hash_of(const struct writer *w, struct hash *out)
{
    CHECK(!w->failed);
    envelope_hash(w->bytes, w->len, out->bytes);
}

void merkle_request_hash(const struct envelope *e, const struct hash *payload, struct hash *out)
{
    uint8_t bytes[LIMIT_KEY_ID_BYTES + 1 + LIMIT_HASH_BYTES + LIMIT_SIGNATURE_BYTES];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    put_bytes(&w, e->key_id, sizeof(e->key_id));
    put_u8(&w, (uint8_t)e->purpose);
    put_bytes(&w, payload->bytes, sizeof(payload->bytes));
    put_bytes(&w, e->signature, sizeof(e->signature));
    hash_of(&w, out);
}

static void join(uint8_t prefix, const struct hash *left, const struct hash *right,
                 struct hash *out)
{
    uint8_t bytes[1 + 2 * LIMIT_HASH_BYTES];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    put_u8(&w, prefix);
    put_bytes(&w, left->bytes, sizeof(left->bytes));
    put_bytes(&w, right->bytes, sizeof(right->bytes));
    hash_of(&w, out);
}

void merkle_leaf(const struct hash *request, const void *decision, size_t decision_len,
                 struct hash *out)
{
    struct hash decided;
    envelope_hash(decision, decision_len, decided.bytes);
    join(PREFIX_LEAF, request, &decided, out);
}

/* The level above `count` nodes; `above` may begin where `nodes` does. Returns its width. */
static uint32_t level_up(const struct hash *nodes, uint32_t count, struct hash *above)
{
    for (uint32_t i = 0; i < count / 2; i++)
        join(PREFIX_NODE, &nodes[2 * i], &nodes[2 * i + 1], &above[i]);
    if (count % 2 == 1)
        above[count / 2] = nodes[count - 1];
    return (count + 1) / 2;
}

void merkle_root(const struct hash *leaves, uint32_t count, struct hash *scratch, struct hash *root)
{
    CHECK(count >= 1);
    CHECK(count <= LIMIT_GROUP_ENTRIES);
    const struct hash *nodes = leaves;
    while (count > 1) {
        count = level_up(nodes, count, scratch);
        nodes = scratch;
    }
    *root = nodes[0];
}

void merkle_build(struct merkle_tree *t, const struct hash *leaves, uint32_t count,
                  struct hash *nodes)
{
    CHECK(count >= 1);
    CHECK(count <= LIMIT_GROUP_ENTRIES);
    t->count = count;
    t->nodes = nodes;
    t->levels = 1;
    t->offset[0] = 0;
    memcpy(nodes, leaves, count * sizeof(*nodes));
    for (uint32_t width = count; width > 1; t->levels++) {
        uint32_t below = t->offset[t->levels - 1];
        t->offset[t->levels] = below + width;
        width = level_up(&nodes[below], width, &nodes[below + width]);
    }
}

uint32_t merkle_path(const struct merkle_tree *t, uint32_t index, struct hash path[MERKLE_PATH_MAX])
{
    CHECK(index < t->count);
    uint32_t len = 0;
    uint32_t width = t->count;
    for (uint32_t level = 0; width > 1; level++) {
        uint32_t sibling = index ^ 1;
        if (sibling < width)
            path[len++] = t->nodes[t->offset[level] + sibling];
        index /= 2;
        width = (width + 1) / 2;
    }
    return len;
}

bool merkle_check(const struct hash *leaf, uint32_t index, uint32_t count, const struct hash *path,
                  uint32_t path_len, const struct hash *root)
{
    if (count < 1 || count > LIMIT_GROUP_ENTRIES || index >= count)
        return false;
    struct hash node = *leaf;
    uint32_t used = 0;
    for (uint32_t width = count; width > 1; width = (width + 1) / 2) {
        if ((index ^ 1) < width) {
            if (used == path_len)
                return false;
            const struct hash *sibling = &path[used++];
            join(PREFIX_NODE, index % 2 == 0 ? &node : sibling, index % 2 == 0 ? sibling : &node,
                 &node);
        }
        index /= 2;
    }
    return used == path_len && memcmp(node.bytes, root->bytes, sizeof(node.bytes)) == 0;
}

void merkle_head(const struct head *h, struct hash *out)
{
    uint8_t bytes[1 + 8 + 4 + 8 + 2 * LIMIT_HASH_BYTES];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    put_u8(&w, PREFIX_HEAD);
    put_u64(&w, h->first);
    put_u32(&w, h->count);
    put_i64(&w, h->time_ms);
    put_bytes(&w, h->root.bytes, sizeof(h->root.bytes));
    put_bytes(&w, h->previous.bytes, sizeof(h->previous.bytes));
    hash_of(&w, out);
}

static void batch_add(struct merkle_batch *b, const struct writer *w)
{
    CHECK(!w->failed);
    int rc = crypto_generichash_update(&b->state, w->bytes, w->len);
    CHECK(rc == 0);
}

void merkle_batch_begin(struct merkle_batch *b, const uint8_t ledger_id[LEDGER_ID_BYTES],
                        int32_t day)
{
    static const char label[] = "saldo/v1/batch"; /* hashed with its NUL */
    uint8_t bytes[sizeof(label) + LEDGER_ID_BYTES + 4];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    int rc = crypto_generichash_init(&b->state, NULL, 0, LIMIT_HASH_BYTES);
    CHECK(rc == 0);
    put_bytes(&w, label, sizeof(label));
    put_bytes(&w, ledger_id, LEDGER_ID_BYTES);
    put_i32(&w, day);
    batch_add(b, &w);
}

static void put_code(struct writer *w, struct text code)
{
    CHECK(code.len <= LIMIT_CODE_BYTES);
    put_u8(w, (uint8_t)code.len);
    put_bytes(w, code.bytes, code.len);
}

void merkle_batch_line(struct merkle_batch *b, const struct merkle_batch_line *line)
{
    uint8_t bytes[2 * (1 + LIMIT_CODE_BYTES) + 4 * 8];
    struct writer w = {.bytes = bytes, .size = sizeof(bytes)};
    put_code(&w, line->organiser);
    put_code(&w, line->provider);
    put_i64(&w, line->rows);
    put_i64(&w, line->cents);
    put_i64(&w, line->credit_rows);
    put_i64(&w, line->credit_cents);
    batch_add(b, &w);
}

void merkle_batch_end(struct merkle_batch *b, uint8_t hash[LIMIT_HASH_BYTES])
{
    int rc = crypto_generichash_final(&b->state, hash, LIMIT_HASH_BYTES);
    CHECK(rc == 0);
}
