#include "utf8.h"

#include <string.h>

#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* Is every one of eight bytes 0x20..0x7e? */
static bool plain_ascii(uint64_t eight)
{
    uint64_t below = (eight - EVERY_BYTE(0x20)) & ~eight; /* borrows where a byte is below 0x20 */
    uint64_t above = eight | (eight + EVERY_BYTE(1));     /* 0x7f + 1 sets the high bit */
    return ((below | above) & EVERY_BYTE(0x80)) == 0;
}

static bool is_tail(uint8_t b)
{
    return (b & 0xc0) == 0x80;
}

/* Length of the well-formed character at `at`, 0 if there is none (Unicode, table 3-7). */
static size_t character(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    if (first < 0xc2 || first > 0xf4 || left < 2)
        return 0;
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return 0;
    if (first < 0xe0)
        return 2;
    if (left < 3 || !is_tail(at[2]))
        return 0;
    if (first < 0xf0)
        return 3;
    return left >= 4 && is_tail(at[3]) ? 4 : 0;
}

bool utf8_clean(const uint8_t *bytes, size_t len)
{
    uint64_t eight;
    size_t i = 0;
    while (i < len) {
        /* Eight at a time; the last eight may be looked at twice. */
        if (len >= sizeof(eight)) {
            size_t from = i < len - sizeof(eight) ? i : len - sizeof(eight);
            memcpy(&eight, bytes + from, sizeof(eight));
            if (plain_ascii(eight)) {
                i = from + sizeof(eight);
                continue;
            }
        }
        size_t step = character(bytes + i, len - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}
