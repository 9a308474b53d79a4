/* count.h - what each thread of the pipeline notes in the figures; see monitor/figures.h. */
#ifndef COUNT_H
#define COUNT_H

#include "pipeline_inside.h"

/* Ledger thread: an applied request, whose answers are in p->answers. */
void count_entry(struct pipeline *p, const struct request *request);
/* Ledger thread, once a commit: where the ledger stands. */
void count_ledger(struct pipeline *p);
/* Journal thread: a group of `entries` (0: queries only) is durable after `us`. */
void count_commit(struct pipeline *p, uint32_t entries, int64_t us);
/* Journal thread, once a second. */
void count_space(struct pipeline *p, const struct journal_space *space);

#endif
