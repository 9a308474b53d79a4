/* pipeline.h - the stages put together: threads, and what goes on between them.
 *
 *   network thread (run.c)   intake_take -> ring ... ring -> reply_send
 *   workers                  ring -> verify_slot -> ring
 *   ledger thread (serve.c)  ring -> sequence, ledger -> group
 *   journal thread           group -> commit -> ring
 *   checkpoint writer        only while one is written (merge.c)
 *
 * A commit that fails ends the process at once, before anything of it is answered. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

#include "books.h"
#include "flow/ring.h"
#include "monitor/figures.h"
#include "secret.h"

struct pipeline;

struct pipeline_options {
    struct books *books;             /* the ledger thread's from now on */
    const struct secret *ledger_key; /* the journal thread's */
    const struct secret *night_key;  /* settles a simulated ledger's nights; NULL otherwise */
};

enum fault pipeline_new(const struct pipeline_options *options, struct pipeline **out);
/* All signals must be blocked. FAULT_MEMORY: some threads may run; end the process. */
enum fault pipeline_start(struct pipeline *p);
/* After ring_drain() and when the ring is empty: the last checkpoint, then all threads end. */
void pipeline_stop(struct pipeline *p);
void pipeline_free(struct pipeline *p); /* NULL is fine */

struct ring *pipeline_ring(struct pipeline *p);
/* What is counted; lives as long as `p`. */
struct figures *pipeline_figures(struct pipeline *p);
/* The transport keys to admit, if they have changed since `*version`. Network thread. */
bool pipeline_keys(struct pipeline *p, uint64_t *version, zmq_msg_t *out);
#endif
