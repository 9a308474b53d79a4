/* clock.h - the machine's clocks. The pipeline hands the time on; nothing else asks for it. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_STEP_MS 300000 /* a clock that was set by more is not believed */

int64_t clock_now_ms(void);       /* UTC, milliseconds since 1970 */
int64_t clock_monotonic_us(void); /* for intervals */

/* Against a wall clock that is set while the daemon runs: time given to an entry is never taken
 * back, so a week too much would stay for a week. The wall clock must go on as the time since
 * the machine's start does; what it is set or drifts by within CLOCK_STEP_MS is followed. */
struct clock_watch {
    int64_t start_ms; /* of the machine, by the wall clock */
    bool wrong;
};
void clock_watch_begin(struct clock_watch *w);
/* The wall clock. False: it was set by more, and is not back; *now_ms is what it would be, and
 * *by_ms how far it is ahead of that. One thread at a time. */
bool clock_watch_now(struct clock_watch *w, int64_t *now_ms, int64_t *by_ms);

#endif
