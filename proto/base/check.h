/* check.h - assertions that stay in release builds.
 *
 * CHECK is for our own mistakes only; what came from outside is answered with an outcome.
 * One condition a line, so that the message names the one that failed. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Print file, line and condition to standard error and abort. Never returns. */
__attribute__((noreturn, cold)) void check_failed(const char *file, int line, const char *what);

#define CHECK(condition) \
    ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

#endif
