/* answers.h - what the ledger answered to each event: written in the order of the file, counted by
 * code, receipts kept. One thread. */
#ifndef TOOLS_ANSWERS_H
#define TOOLS_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "events.h"
#include "saldo.h"
#include "tool.h"

struct answers; /* opaque */

struct answers_options {
    FILE *file;                /* where the list goes */
    enum output_format format; /* of the list */
    const char *receipts;      /* folder; NULL: receipts are not kept */
};

/* Borrows the events. The caller owns the result. */
struct answers *answers_open(const struct events *events, const struct answers_options *options);
/* The answer to event `index`; each exactly once. Written as soon as all before it are. */
void answers_give(struct answers *a, size_t index, const struct saldo_answer *answer);
/* Keep the receipt of the request that `s` answered last, for one event. False after a message. */
bool answers_receipt(struct answers *a, size_t index, const struct saldo *s, uint64_t number);
/* How many answers of each act and code there were, as a table on `file`. False: not written. */
bool answers_counts(const struct answers *a, FILE *file, enum output_format format);
/* Finish the list. False: writing failed. */
bool answers_close(struct answers *a);

#endif
