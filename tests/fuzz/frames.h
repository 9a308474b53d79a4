/* frames.h - messages of several frames out of a fuzzer's bytes, and a pair of sockets to send them
 * through in this process. Aborts when the library fails. One thread. */
#ifndef FUZZ_FRAMES_H
#define FUZZ_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"

enum { FRAMES_MAX = 64 }; /* of a message; it ends there */

struct frames {
    size_t count;
    struct frame {
        const uint8_t *bytes; /* of the input, or zeros */
        size_t len;
    } at[FRAMES_MAX];
};

/* The next message: frames, each a byte (1: another one follows), a byte with its length, and so
 * many bytes; with `large`, 2 in the first byte means LIMIT_REQUEST_BYTES, the second byte more
 * (0x80 and above: less), of zeros. What is cut off is short, and a last frame that should have had
 * another behind it gets an empty one. False: the input is at its end. */
bool frames_read(struct reader *r, bool large, struct frames *f);

/* Both ends of a pair, without a bound on what waits. */
void frames_pair(const char *endpoint, void **near, void **far);
void frames_send(void *socket, const struct frames *f);

#endif
