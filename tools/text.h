/* text.h - hexadecimal, euros, months and instants as people read and write them. Pure. */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_HEX_MAX = 129, /* 64 bytes and NUL */
    TEXT_EUROS_MAX = 24,
    TEXT_BUCKET_MAX = 16,
    TEXT_DAY_MAX = 11,
    TEXT_TIME_MAX = 32,
};

/* `out` has room for 2 * len + 1 characters. Returns `out`. */
const char *text_hex(const void *bytes, size_t len, char *out);
/* Exactly 2 * len digits of either case. */
bool text_unhex(const char *text, void *bytes, size_t len);

const char *text_euros(int64_t cents, char out[TEXT_EUROS_MAX]);    /* "-1234.05" */
const char *text_bucket(int32_t bucket, char out[TEXT_BUCKET_MAX]); /* "2018-09", "WHOLE" */
const char *text_day(int32_t day, char out[TEXT_DAY_MAX]);          /* "" for 0 */
const char *text_time(int64_t time_ms, char out[TEXT_TIME_MAX]);    /* local, "" for 0 */

/* Characters of a UTF-8 text: how wide it is in a table of Finnish and English words. */
size_t text_width(const char *text);

/* A whole decimal number with an optional minus, within [low, high]. */
bool text_integer(const char *text, int64_t low, int64_t high, int64_t *value);

#endif
