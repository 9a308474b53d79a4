/* freeze.h - the part of a checkpoint that the rest of the ledger takes part in. */
#ifndef LEDGER_FREEZE_H
#define LEDGER_FREEZE_H

#include "ledger/state.h"

/* Hand a frozen row to the tables, once. */
void freeze_hand_out(struct ledger *l, enum row_kind kind, uint32_t item);

#endif
