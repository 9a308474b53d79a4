/* apply.h - one entry through the ledger: the same few lines for service, replay and init. */
#ifndef APPLY_H
#define APPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "ledger/ledger.h"

/* Prepare, apply, and write the Decision. `answers` has room for LIMIT_BATCH_ITEMS, `decision`
 * for codec_decision_size() of the request. FAULT_FULL: there is no room before the next
 * checkpoint, nothing was applied. Any other fault: the ledger cannot be used further. */
enum fault apply_entry(struct ledger *l, const struct ledger_source *source,
                       const struct ledger_entry *e, struct answer *answers, uint8_t *decision,
                       size_t size, size_t *len);

#endif
