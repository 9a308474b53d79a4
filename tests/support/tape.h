/* tape.h - every entry that was applied, packed, so that it can be applied again.
 *
 * Entries are unpacked by protobuf-c alone, not by proto/codec.c: the rule tests stand on their
 * own feet. Digests are a hash of each item's packed bytes. Aborts when memory runs out. */
#ifndef TESTS_SUPPORT_TAPE_H
#define TESTS_SUPPORT_TAPE_H

#include "ledger/ledger.h"

struct tape_entry {
    uint64_t number;
    int64_t time_ms;
    int32_t day;
    uint32_t level; /* of the rules */
    enum purpose purpose;
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    uint8_t *bytes; /* a packed ChargeRequest or CommandRequest */
    size_t len;
};

struct tape {
    struct tape_entry *entries;
    size_t count;
};

/* Append; numbers are given from 1 on. */
const struct tape_entry *tape_add(struct tape *t, const struct tape_entry *what,
                                  const ProtobufCMessage *message);
void tape_clear(struct tape *t);

/* An entry unpacked again. */
struct tape_request {
    struct request request;
    struct ledger_entry entry;
    ProtobufCMessage *message;
    struct charge *charges;
    struct command *commands;
};
void tape_unpack(const struct tape_entry *e, struct tape_request *out);
void tape_release(struct tape_request *r);

#endif
