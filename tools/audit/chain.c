#include "audit/chain.h"

#include <inttypes.h>
#include <string.h>

#define BROKEN(n) ((struct flaw_place){FLAW_CHAIN, (n)})

/* The leaf from the record's own bytes. False: they are no envelope. */
static bool leaf_of(const struct journal_record *r, struct chain_item *item, struct hash *leaf)
{
    struct hash request;

    item->parsed = false;
    if (r->request == NULL)
        return false;
    if (r->number == 1) { /* the genesis is its own request */
        envelope_hash(r->request, r->request_len, item->payload.bytes);
        request = item->payload;
    } else {
        if (!envelope_parse(r->request, r->request_len, &item->envelope))
            return false;
        envelope_hash(item->envelope.payload, item->envelope.payload_len, item->payload.bytes);
        merkle_request_hash(&item->envelope, &item->payload, &request);
        item->parsed = true;
    }
    merkle_leaf(&request, r->decision, r->decision_len, leaf);
    return true;
}

/* False: some leaf is not what was hashed, so the root cannot be either. */
static bool check_leaves(const struct copy_group *g, const struct chain_room *room, struct flaws *f)
{
    bool good = g->whole;

    for (uint32_t i = 0; i < g->head.count; i++) {
        const struct journal_record *r = &g->records[i];
        if (r->request == NULL)
            continue; /* said when it was read */
        if (!leaf_of(r, &room->items[i], &room->leaves[i])) {
            flaws_add(f, BROKEN(r->number), "the request is no canonical envelope");
            good = false;
        } else if (memcmp(&room->leaves[i], &r->leaf, sizeof(r->leaf)) != 0) {
            flaws_add(f, BROKEN(r->number),
                      "request or decision were changed: they do not give the entry's leaf");
            good = false;
        }
    }
    return good;
}

static bool check_root(const struct copy_group *g, const struct chain_room *room, struct flaws *f)
{
    struct hash root;

    merkle_root(room->leaves, g->head.count, room->scratch, &root);
    if (memcmp(&root, &g->head.root, sizeof(root)) == 0)
        return true;
    flaws_add(f, BROKEN(g->last), "the leaves do not give the root of the head");
    return false;
}

static bool check_links(const struct chain *c, const struct copy_group *g, struct flaws *f)
{
    bool good = g->head.first == c->last + 1;

    if (good && memcmp(&c->head, &g->head.previous, sizeof(c->head)) != 0) {
        flaws_add(f, BROKEN(g->last), "the head does not name the head before it");
        good = false;
    }
    if (g->epoch < c->epoch) {
        flaws_add(f, BROKEN(g->last), "the writer's epoch runs back");
        good = false;
    }
    return good;
}

void chain_group(struct chain *c, const struct copy_group *g, const struct chain_room *room,
                 struct flaws *f)
{
    struct hash head;
    bool good = check_leaves(g, room, f);

    if (good)
        good = check_root(g, room, f);
    good = check_links(c, g, f) && good;
    merkle_head(&g->head, &head);
    if (!envelope_verify(PURPOSE_HEAD, c->ledger_id, head.bytes, g->signature, c->public_key)) {
        flaws_add(f, (struct flaw_place){FLAW_HEAD, g->last},
                  "the signature of the head over entries %" PRIu64 " to %" PRIu64
                  " is not the ledger's",
                  g->head.first, g->last);
        good = false;
    }
    c->head = head;
    c->last = g->last;
    c->epoch = g->epoch;
    if (good) {
        c->heads++;
        c->entries += g->head.count;
    }
}
