/* rig.h - the pipeline without its network: frames go into the ring, replies come out of it.
 *
 * For cmocka: rig_setup() makes a simulated ledger in a temporary folder and starts its threads,
 * rig_teardown() ends them. One thread plays the network. */
#ifndef TESTS_SUPPORT_RIG_H
#define TESTS_SUPPORT_RIG_H

#include "tests/support/unit.h"

#include "pipeline.h"

struct rig {
    char *folder;
    struct config config;
    char tables[CONFIG_TEXT_MAX];
    struct books books;
    struct secret ledger, night, admin, auditor;
    struct pipeline *pipeline;
    struct ring *ring;
    uint8_t id; /* makes request ids differ */
};

int rig_setup(void **state);
int rig_teardown(void **state);
/* A restart is rig_stop() and rig_start(). */
void rig_start(struct rig *f);
void rig_stop(struct rig *f);

/* An envelope with its signature; its length. */
size_t rig_sign(const struct rig *f, const struct secret *key, enum purpose purpose,
                const uint8_t *payload, size_t len, uint8_t *frame, size_t size);
/* A frame comes in over the connection of that key. */
void rig_put(struct rig *f, const struct secret *connection, const uint8_t *frame, size_t len);
/* The next reply, in the order of the frames; the caller frees it. */
Saldo__V1__Reply *rig_take(struct rig *f);
Saldo__V1__Reply *rig_ask(struct rig *f, const struct secret *connection, const uint8_t *frame,
                          size_t len);

#endif
