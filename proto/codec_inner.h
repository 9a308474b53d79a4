/* codec_inner.h - what the codec's files share; nobody else includes it. */
#ifndef PROTO_CODEC_INNER_H
#define PROTO_CODEC_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "request.h"
#include "wire.h"

/* SipHash-2-4 of an item's own bytes, as a big-endian number. */
uint64_t codec_digest(struct wire_span bytes, const uint8_t digest_key[16]);

/* The contents of a Charge, canonical and within the limits. */
bool codec_charge_scan(struct wire_span bytes, const uint8_t digest_key[16], struct charge *out);

/* Unpack with protobuf-c and insist that packing again gives the same bytes and that all the
 * strings, enums, ids and keys in it are as codec.h demands. NULL otherwise. */
const ProtobufCMessage *codec_message_unpack(const ProtobufCMessageDescriptor *type,
                                             struct wire_span bytes, struct arena *arena);

#endif
