/* log.h - one line a fact, to standard error: a level, the name of the event, and key=value.
 *
 * Never personal data (vouchers, clients, decisions, references, names, texts), never requests or
 * their ids, never routing ids. Under systemd each line begins with its priority. Whatever happens,
 * lines other than errors come at LOG_RATE a second once LOG_BURST are spent; how many were left
 * out is said with the next one. Any thread; a line is one write, and a control character in a
 * value is written as '?'. */
#ifndef LOG_H
#define LOG_H

enum { LOG_BURST = 100, LOG_RATE = 10 };

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

/* Lines above this level are not written; LOG_LEVEL_INFO at first. Before there are threads. */
void log_level_set(enum log_level level);

/* `format` begins with the event's name: log_info("ready endpoint=%s", e). */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
