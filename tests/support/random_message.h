/* random_message.h - messages of any type with random contents, edges more often than chance. */
#ifndef SUPPORT_RANDOM_MESSAGE_H
#define SUPPORT_RANDOM_MESSAGE_H

#include "base/arena.h"
#include "tests/support/dice.h"

struct random_message {
    struct dice *dice;
    struct arena *arena; /* the message lives there */
    unsigned odd;        /* in a hundred: fields with a value that must be refused */
};

/* NULL only when the arena is full. Oneofs are always set. */
ProtobufCMessage *random_message(struct random_message *r, const ProtobufCMessageDescriptor *type);

#endif
