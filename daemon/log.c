#include "log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"

#define LINE_MAX_BYTES 1000

static enum log_level level_max = LOG_LEVEL_INFO;

void log_level_set(enum log_level level)
{
    level_max = level;
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "error";
    case LOG_LEVEL_WARNING:
        return "warning";
    case LOG_LEVEL_INFO:
        return "info";
    case LOG_LEVEL_DEBUG:
        break;
    }
    return "debug";
}

/* ---- Not too many ---- */

static struct {
    pthread_mutex_t lock;
    int64_t lines_ms; /* lines that may be written, times 1000 */
    int64_t since_ms;
    uint64_t left_out;
} rate = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* May one more line be written? Then `*left_out` says how many were not since the last one. */
static bool rate_take(uint64_t *left_out)
{
    pthread_mutex_lock(&rate.lock);
    const int64_t now_ms = clock_monotonic_us() / 1000;
    const int64_t full = (int64_t)LOG_BURST * 1000;
    if (rate.since_ms == 0 || now_ms - rate.since_ms > full)
        rate.lines_ms = full;
    else
        rate.lines_ms += (now_ms - rate.since_ms) * LOG_RATE;
    if (rate.lines_ms > full)
        rate.lines_ms = full;
    rate.since_ms = now_ms;
    const bool may = rate.lines_ms >= 1000;
    *left_out = may ? rate.left_out : 0;
    rate.left_out = may ? 0 : rate.left_out + 1;
    rate.lines_ms -= may ? 1000 : 0;
    pthread_mutex_unlock(&rate.lock);
    return may;
}

/* ---- A line ---- */

__attribute__((format(printf, 2, 0))) static void write_list(enum log_level level,
                                                             const char *format, va_list args)
{
    char line[LINE_MAX_BYTES];
    int len = 0;
    if (getenv("JOURNAL_STREAM") != NULL)
        len = snprintf(line, sizeof(line), "<%d>", level);
    len += snprintf(line + len, sizeof(line) - (size_t)len, "level=%s event=", level_name(level));
    int rest = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, args);
    if (rest < 0)
        return;
    len += rest;
    if (len > LINE_MAX_BYTES - 2)
        len = LINE_MAX_BYTES - 2; /* cut, but still a line */
    for (int i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = '?'; /* a line stays one line */
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, (size_t)len);
    (void)written; /* there is nowhere to say that the log is gone */
}

__attribute__((format(printf, 2, 3))) static void write_line(enum log_level level,
                                                             const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_list(level, format, args);
    va_end(args);
}

__attribute__((format(printf, 2, 0))) static void log_line(enum log_level level, const char *format,
                                                           va_list args)
{
    uint64_t left_out = 0;
    if (level > level_max)
        return;
    if (level > LOG_LEVEL_ERROR && !rate_take(&left_out))
        return;
    if (left_out > 0)
        write_line(LOG_LEVEL_WARNING, "log-left-out lines=%" PRIu64, left_out);
    write_list(level, format, args);
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        log_line(level, format, args);                                                             \
        va_end(args);                                                                              \
    }

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
