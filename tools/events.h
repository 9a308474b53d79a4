/* events.h - the charges and deletions of `saldo submit`, read from a CSV file. One thread. */
#ifndef TOOLS_EVENTS_H
#define TOOLS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv.h"
#include "saldo.h"
#include "slab.h"

struct event {
    size_t line; /* in the file */
    int64_t recorded_at_ms;
    const char *act; /* "charge" or "delete" */
    bool deletes;    /* charge.request_id is that of the charge to take back, the rest is not set */
    uint8_t repeats; /* deletions of the same charge at the same instant before this one */
    const char *provider;
    struct saldo_charge charge;
};

/* Texts point into the reader. All zeros: empty. */
struct events {
    struct csv_reader *csv; /* owned */
    struct slab slab;
    struct event *list; /* owned */
    size_t count, room;
};

/* What the ledger would refuse is left to it; only what cannot be sent is an error here. False
 * after complaints; events_free() in any case. */
bool events_read(struct events *e, const char *path, struct report *report);
void events_free(struct events *e);

/* The id of a deletion follows from the event, so that the same file sends the same requests. */
void event_command_id(const struct event *e, uint8_t id[16]);

#endif
