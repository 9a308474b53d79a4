/* mutate.h - a stream of requests that is being changed; between mutate.c and mutate_field.c. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include "base/arena.h"
#include "county.h"
#include "tests/support/dice.h"

struct mutation {
    struct dice dice;
    struct arena arena; /* what records point to, beside the input */
    struct stream *stream;
    int64_t now_ms; /* of the record that is changed */
};

static inline uint32_t below(struct mutation *m, uint32_t n)
{
    return dice_below(&m->dice, n);
}

/* An id that nobody had, of the present moment. */
void fresh_id(struct mutation *m, uint8_t id[LIMIT_REQUEST_ID_BYTES]);
/* The message that a payload for `act` is; NULL: none. */
const ProtobufCMessageDescriptor *type_of(enum stream_act act);
/* False: there is no room. */
bool pack(struct mutation *m, const ProtobufCMessage *message, struct stream_record *r);

/* Another value in one field of a payload. Nothing where it is none. */
void change_field(struct mutation *m, struct stream_record *r);
/* All of its ids are new: a request like the one before, and no repetition. */
void renew(struct mutation *m, struct stream_record *r);

#endif
