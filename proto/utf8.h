/* utf8.h - what a string of the protocol may consist of. Pure; any thread. */
#ifndef PROTO_UTF8_H
#define PROTO_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed UTF-8 (no surrogates, nothing overlong) without control characters, that is, no
 * byte below 0x20 and no 0x7f: what is signed must not look different on a screen or break a line.
 */
bool utf8_clean(const uint8_t *bytes, size_t len);

#endif
