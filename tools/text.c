#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "saldo.h"

const char *text_hex(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = bytes;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_unhex(const char *text, void *bytes, size_t len)
{
    uint8_t *to = bytes;

    if (strlen(text) != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

const char *text_euros(int64_t cents, char out[TEXT_EUROS_MAX])
{
    uint64_t size = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;

    snprintf(out, TEXT_EUROS_MAX, "%s%" PRIu64 ".%02u", cents < 0 ? "-" : "", size / 100,
             (unsigned)(size % 100));
    return out;
}

const char *text_bucket(int32_t bucket, char out[TEXT_BUCKET_MAX])
{
    if (bucket == 0)
        snprintf(out, TEXT_BUCKET_MAX, "WHOLE");
    else
        snprintf(out, TEXT_BUCKET_MAX, "%04d-%02d", bucket / 12, bucket % 12 + 1);
    return out;
}

const char *text_day(int32_t day, char out[TEXT_DAY_MAX])
{
    out[0] = '\0';
    if (day != 0)
        saldo_day_format(day, out);
    return out;
}

const char *text_time(int64_t time_ms, char out[TEXT_TIME_MAX])
{
    char date[TEXT_DAY_MAX];

    out[0] = '\0';
    if (time_ms == 0)
        return out;
    int32_t day = calendar_local_day(time_ms);
    int32_t ms = calendar_local_ms(time_ms);
    int64_t ahead_ms = (int64_t)day * 86400000 + ms - time_ms; /* of UTC: two hours or three */
    snprintf(out, TEXT_TIME_MAX, "%sT%02d:%02d:%02d.%03d+%02d:00", text_day(day, date),
             ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000, (int)(ahead_ms / 3600000));
    return out;
}

size_t text_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

bool text_integer(const char *text, int64_t low, int64_t high, int64_t *value)
{
    bool minus = *text == '-';
    int64_t sum = 0;

    text += minus;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        int digit = *text - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_sub_overflow(sum, digit, &sum)) /* downwards: the smallest fits too */
            return false;
    }
    if (!minus && __builtin_sub_overflow(0, sum, &sum))
        return false;
    *value = sum;
    return sum >= low && sum <= high;
}
