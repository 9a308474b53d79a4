/* settled_day.h - what a night settled: the batch of a day, line by line. */
#ifndef TOOLS_SETTLED_DAY_H
#define TOOLS_SETTLED_DAY_H

#include "session.h"

struct settled_day {
    bool known;      /* it is settled; the rest is 0 where not */
    uint64_t number; /* of the entry that settled it */
    int64_t rows, cents;
    uint8_t hash[64];
    size_t hash_len;
};

/* Given each line of the day, as organisers and providers were registered; an exit code, and what
 * is not TOOL_OK ends the asking. */
typedef int settled_line(void *arg, const Saldo__V1__BatchLine *line, int32_t day);

/* Ask for a day; `take` NULL: for its figures only. An exit code; what is not TOOL_OK was said on
 * standard error. A day that is not settled is TOOL_OK and not known. */
int settled_day_ask(struct session *s, int32_t day, struct settled_day *out, settled_line *take,
                    void *arg);

#endif
