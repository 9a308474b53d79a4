#include "flow/flow.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* A full group may still take the decision of its last entry; own requests are small. */
#define GROUP_KEEP_BYTES (1 << 16)

struct flow_group *flow_group_new(void)
{
    struct flow_group *g = calloc(1, sizeof(*g));
    if (g == NULL)
        return NULL;
    g->memory_size = LIMIT_GROUP_BYTES + codec_decision_size(LIMIT_BATCH_ITEMS) + GROUP_KEEP_BYTES;
    g->entries = calloc(LIMIT_GROUP_ENTRIES, sizeof(*g->entries));
    g->leaves = calloc(LIMIT_GROUP_ENTRIES, sizeof(*g->leaves));
    g->nodes = calloc(2 * LIMIT_GROUP_ENTRIES + 16, sizeof(*g->nodes));
    g->memory = malloc(g->memory_size); /* large: pages come with use */
    if (g->entries == NULL || g->leaves == NULL || g->nodes == NULL || g->memory == NULL) {
        flow_group_free(g);
        return NULL;
    }
    return g;
}

void flow_group_free(struct flow_group *g)
{
    if (g == NULL)
        return;
    free(g->entries);
    free(g->leaves);
    free(g->nodes);
    free(g->memory);
    free(g);
}

void flow_group_reset(struct flow_group *g)
{
    g->count = 0;
    g->bytes = 0;
    g->memory_used = 0;
    g->checkpoint = false;
}

bool flow_group_room(const struct flow_group *g, size_t request_len, uint32_t answers)
{
    CHECK(answers <= LIMIT_BATCH_ITEMS);
    if (g->count == 0)
        return true;
    if (g->count == LIMIT_GROUP_ENTRIES)
        return false;
    return g->bytes + request_len + codec_decision_size(answers) <= LIMIT_GROUP_BYTES;
}

uint8_t *flow_group_decision(struct flow_group *g, size_t *size)
{
    CHECK(g->memory_used <= g->memory_size);
    *size = g->memory_size - g->memory_used;
    return g->memory + g->memory_used;
}

uint32_t flow_group_add(struct flow_group *g, const struct flow_entry *e, const struct hash *leaf)
{
    CHECK(g->count < LIMIT_GROUP_ENTRIES);
    CHECK(e->decision == g->memory + g->memory_used);
    CHECK(e->decision_len <= g->memory_size - g->memory_used);
    CHECK(g->count == 0 || e->number == g->entries[g->count - 1].number + 1);
    g->entries[g->count] = *e;
    g->leaves[g->count] = *leaf;
    g->memory_used += e->decision_len;
    g->bytes += e->request_len + e->decision_len;
    return g->count++;
}

uint8_t *flow_group_keep(struct flow_group *g, const void *bytes, size_t len)
{
    CHECK(len <= g->memory_size - g->memory_used);
    uint8_t *at = g->memory + g->memory_used;
    memcpy(at, bytes, len);
    g->memory_used += len;
    g->bytes += len;
    return at;
}
