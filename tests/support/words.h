/* words.h - messages out of words, for tables of what their fields may hold.
 *
 * A word is field=value. A value is a number, a day as 2026-04-01, true, bytes in hexadecimal, or a
 * text without spaces; services=a,b is a list. A Value is its number, or "none"; "new" is a message
 * with nothing in it. facts.account is a
 * field of a message inside, which comes to be with its first field; into.number is one of the
 * first of several, and into=3 says how many there are, all the same. Aborts on a word it cannot
 * read. */
#ifndef TESTS_SUPPORT_WORDS_H
#define TESTS_SUPPORT_WORDS_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"

/* Set one field, replacing what it held. What the message points to lives in the arena. */
void words_set(ProtobufCMessage *m, struct arena *arena, const char *field, const char *value);
/* A new message; `words` stand between spaces. */
ProtobufCMessage *words_read(const ProtobufCMessageDescriptor *type, struct arena *arena,
                             const char *words);

#endif
