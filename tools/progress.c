#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    PROGRESS_QUIET_MS = 400, /* short work shows no bar */
    PROGRESS_EVERY_MS = 100,
    PROGRESS_WIDTH = 30,
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_start(struct progress *p, const char *label, size_t total, bool quiet)
{
    *p = (struct progress){.label = label, .total = total, .start_ms = now_ms()};
    p->shown = !quiet && isatty(STDERR_FILENO);
}

static void draw(const struct progress *p, int64_t passed_ms)
{
    if (p->total == 0) {
        fprintf(stderr, "\r%s %zu\033[K", p->label, p->done);
        fflush(stderr);
        return;
    }
    size_t full = p->done * PROGRESS_WIDTH / p->total;
    int64_t left_s =
        p->done > 0 ? passed_ms * (int64_t)(p->total - p->done) / (int64_t)p->done / 1000 : 0;

    fprintf(stderr, "\r%s [", p->label);
    for (size_t i = 0; i < PROGRESS_WIDTH; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %zu/%zu, %lld s left\033[K", p->done, p->total, (long long)left_s);
    fflush(stderr);
}

void progress_add(struct progress *p, size_t done)
{
    p->done = p->total == 0 || done < p->total - p->done ? p->done + done : p->total;
    if (!p->shown)
        return;
    int64_t now = now_ms();
    if (now - p->start_ms < PROGRESS_QUIET_MS || now - p->drawn_ms < PROGRESS_EVERY_MS)
        return;
    p->drawn_ms = now;
    draw(p, now - p->start_ms);
}

void progress_end(struct progress *p)
{
    if (p->drawn_ms != 0)
        fputs("\r\033[K", stderr);
    p->shown = false;
    p->drawn_ms = 0;
}
