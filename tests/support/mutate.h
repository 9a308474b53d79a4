/* mutate.h - small damage to a message, of the kinds that parsers disagree about. */
#ifndef SUPPORT_MUTATE_H
#define SUPPORT_MUTATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/dice.h"

/* Put bytes in at a place; returns the new length. */
static inline size_t mutate_insert(uint8_t *bytes, size_t len, size_t at, const uint8_t *add,
                                   size_t add_len)
{
    memmove(bytes + at + add_len, bytes + at, len - at);
    memcpy(bytes + at, add, add_len);
    return len + add_len;
}

/* One change; `bytes` has room for 64 more. */
static inline size_t mutate_once(struct dice *d, uint8_t *bytes, size_t len)
{
    static const uint8_t telling[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x1f, 0x20, 0xc0, 0xed, 0x0a};
    uint8_t piece[32];
    size_t at = dice_below(d, (uint32_t)len + 1);
    size_t run = 1 + dice_below(d, 31);

    if (run > len - at)
        run = len - at;
    memcpy(piece, bytes + at, run);
    switch (dice_below(d, 6)) {
    case 0: /* a flipped bit */
        if (at < len)
            bytes[at] ^= (uint8_t)(1U << dice_below(d, 8));
        return len;
    case 1: /* another byte */
        if (at < len)
            bytes[at] = telling[dice_below(d, sizeof(telling))];
        return len;
    case 2: /* a run is lost */
        memmove(bytes + at, bytes + at + run, len - at - run);
        return len - run;
    case 3: /* a run comes twice */
        return mutate_insert(bytes, len, at, piece, run);
    case 4: /* a longer varint: 80 00 in front of the end */
        if (at < len && bytes[at] < 0x80) {
            bytes[at] |= 0x80;
            return mutate_insert(bytes, len, at + 1, telling, 1);
        }
        return len;
    default: /* one byte more */
        return mutate_insert(bytes, len, at, &telling[dice_below(d, sizeof(telling))], 1);
    }
}

/* None to three changes. */
static inline size_t mutate(struct dice *d, uint8_t *bytes, size_t len)
{
    for (uint32_t n = dice_below(d, 4); n > 0 && len > 0; n--)
        len = mutate_once(d, bytes, len);
    return len;
}

#endif
