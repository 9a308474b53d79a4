#include "clock.h"

#include <time.h>

int64_t clock_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t since_start_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_watch_begin(struct clock_watch *w)
{
    *w = (struct clock_watch){.start_ms = clock_now_ms() - since_start_ms()};
}

bool clock_watch_now(struct clock_watch *w, int64_t *now_ms, int64_t *by_ms)
{
    const int64_t since_ms = since_start_ms();
    *now_ms = clock_now_ms();
    *by_ms = *now_ms - since_ms - w->start_ms;
    w->wrong = *by_ms > CLOCK_STEP_MS || *by_ms < -CLOCK_STEP_MS;
    if (w->wrong)
        *now_ms = w->start_ms + since_ms;
    else
        w->start_ms = *now_ms - since_ms;
    return !w->wrong;
}
