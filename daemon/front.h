/* front.h - the ledger process's side of the gate: starting it, and starting it again.
 *
 * The gate is this program with the subcommand "gate". It dies with the thread that started it,
 * so that has to be one that lives as long as the process: the network thread owns this. */
#ifndef FRONT_H
#define FRONT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"
#include "flow/link.h"

struct front {
    const struct config *config;
    pid_t gate; /* 0: none is running */
    uint8_t incarnation[LINK_GATE_BYTES];
    uint64_t starts; /* of gates so far */
    bool ready;      /* this gate is bound and serves */
    bool ever_ready; /* some gate was */
    int64_t started_us;
    int64_t start_at_us; /* not before */
};

/* Endpoint of the link between the two processes. */
void front_link(const struct config *c, char endpoint[CONFIG_TEXT_MAX]);
/* Start a gate if none runs and it is time. False: it cannot be started. */
bool front_start(struct front *f);
/* A child has ended. True: it was the gate. */
bool front_reap(struct front *f);
/* Milliseconds until front_start() is due, at most `most`. */
int64_t front_wait_ms(const struct front *f, int64_t most);
void front_kill(struct front *f);

#endif
