#include "commit.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum fault commit_open(struct journal *j, const uint8_t ledger_id[LEDGER_ID_BYTES],
                       const struct secret *key, struct commit *out)
{
    *out = (struct commit){.journal = j, .key = key};
    memcpy(out->ledger_id, ledger_id, LEDGER_ID_BYTES);
    enum fault f = journal_claim(j, &out->epoch);
    if (f == FAULT_NONE)
        f = journal_tail(j, &out->last, &out->previous);
    if (f != FAULT_NONE)
        return f;
    out->records = calloc(LIMIT_GROUP_ENTRIES, sizeof(*out->records));
    return out->records == NULL ? FAULT_MEMORY : FAULT_NONE;
}

void commit_close(struct commit *c)
{
    free(c->records);
    c->records = NULL;
}

static void commit_records(struct commit *c, const struct flow_group *g)
{
    for (uint32_t i = 0; i < g->count; i++) {
        const struct flow_entry *e = &g->entries[i];
        c->records[i] = (struct journal_record){.number = e->number,
                                                .request = e->request,
                                                .request_len = e->request_len,
                                                .decision = e->decision,
                                                .decision_len = e->decision_len,
                                                .leaf = g->leaves[i]};
    }
}

static void commit_head(const struct commit *c, struct flow_group *g)
{
    merkle_build(&g->tree, g->leaves, g->count, g->nodes);
    g->head = (struct head){.first = g->entries[0].number,
                            .count = g->count,
                            .time_ms = g->time_ms,
                            .previous = c->previous};
    g->head.root = g->tree.nodes[g->tree.offset[g->tree.levels - 1]];
    merkle_head(&g->head, &g->head_hash);
    envelope_sign(PURPOSE_HEAD, c->ledger_id, g->head_hash.bytes, c->key->signing_secret,
                  g->signature);
}

enum journal_result commit_group(struct commit *c, struct flow_group *g)
{
    CHECK(g->count > 0);
    CHECK(g->entries[0].number == c->last + 1);
    commit_records(c, g);
    commit_head(c, g);
    struct journal_group group = {.epoch = c->epoch,
                                  .expected_last = c->last,
                                  .records = c->records,
                                  .count = g->count,
                                  .head = g->head};
    memcpy(group.signature, g->signature, sizeof(group.signature));
    enum journal_result result = journal_append(c->journal, &group);
    if (result == JOURNAL_OK) {
        c->last += g->count;
        c->previous = g->head_hash;
    }
    return result;
}
