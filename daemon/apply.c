#include "apply.h"

#include "base/check.h"

enum fault apply_entry(struct ledger *l, const struct ledger_source *source,
                       const struct ledger_entry *e, struct answer *answers, uint8_t *decision,
                       size_t size, size_t *len)
{
    struct decision d;
    CHECK(e->request->count > 0);
    CHECK(e->request->count <= LIMIT_BATCH_ITEMS);
    CHECK(size >= codec_decision_size(e->request->count));
    enum fault f = ledger_prepare(l, e, source);
    if (f != FAULT_NONE)
        return f;
    ledger_apply(l, e, answers, &d);
    CHECK(d.number == e->number);
    CHECK(d.count == e->request->count);
    *len = codec_decision_write(&d, decision, size);
    return FAULT_NONE;
}
