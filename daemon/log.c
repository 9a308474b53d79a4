#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

__attribute__((format(printf, 2, 0))) static void log_line(enum log_level level, const char *format,
                                                           va_list args)
{
    char line[LINE_MAX_BYTES];
    int len = 0;
    if (level > level_max)
        return;
    if (getenv("JOURNAL_STREAM") != NULL)
        len = snprintf(line, sizeof(line), "<%d>", level);
    len += snprintf(line + len, sizeof(line) - (size_t)len, "level=%s event=", level_name(level));
    int rest = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, args);
    if (rest < 0)
        return;
    len += rest;
    if (len > LINE_MAX_BYTES - 2)
        len = LINE_MAX_BYTES - 2; /* cut, but still a line */
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, (size_t)len);
    (void)written; /* there is nowhere to say that the log is gone */
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
