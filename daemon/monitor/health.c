/* health.c - what the figures say about health. */
#include <stdio.h>

#include "base/check.h"
#include "calendar.h"
#include "monitor/metrics.h"

/* A thread comes round at least every second; one that has not for so long is stuck. */
#define STUCK_US 15000000

static const struct {
    uint32_t bit;
    const char *name;
    const char *text;
} reasons[] = {
    {METRICS_LEDGER_STUCK, "ledger-stuck", "the ledger thread has not come round for 15 s"},
    {METRICS_JOURNAL_STUCK, "journal-stuck", "the journal thread has not come round for 15 s"},
    {METRICS_NETWORK_STUCK, "network-stuck", "the network thread has not come round for 15 s"},
    {METRICS_QUEUE_STUCK, "queue-stuck", "requests wait, and none was answered for 15 s"},
    {METRICS_GATE_DOWN, "gate-down", "the gate is not up: clients cannot connect"},
    {METRICS_READ_ONLY, "read-only", "disk or journal is too full: nothing is recorded"},
    {METRICS_NIGHT_LATE, "night-late", "a day that is over has not been settled in time"},
    {METRICS_STOPPING, "stopping", "the daemon is ending"},
};

int64_t metrics_night_late_ms(const struct figures *f, const struct metrics_facts *facts,
                              int64_t time_ms)
{
    if (facts->simulated)
        return 0;
    int64_t through = FIGURES_GET(&f->settled_through);
    int32_t due = through == 0 ? facts->first_day : (int32_t)through + 1;
    int64_t late_ms = time_ms - calendar_midnight_ms(due + 1);
    return late_ms > 0 ? late_ms : 0;
}

uint32_t metrics_health(const struct figures *f, const struct metrics_facts *facts,
                        const struct metrics_now *now)
{
    const int64_t since_us = now->monotonic_us - STUCK_US;
    uint32_t ill = 0;
    if (FIGURES_GET(&f->ledger_seen_us) < since_us)
        ill |= METRICS_LEDGER_STUCK;
    if (FIGURES_GET(&f->journal_seen_us) < since_us)
        ill |= METRICS_JOURNAL_STUCK;
    if (FIGURES_GET(&f->network_seen_us) < since_us)
        ill |= METRICS_NETWORK_STUCK;
    else if (FIGURES_GET(&f->queue_moved_us) < since_us)
        ill |= METRICS_QUEUE_STUCK;
    if (FIGURES_GET(&f->gate_ready) == 0)
        ill |= METRICS_GATE_DOWN;
    if (FIGURES_GET(&f->read_only) != 0)
        ill |= METRICS_READ_ONLY;
    if (metrics_night_late_ms(f, facts, now->time_ms) > facts->night_late_ms ||
        FIGURES_GET(&f->night_refused) != 0)
        ill |= METRICS_NIGHT_LATE;
    if (FIGURES_GET(&f->stopping) != 0)
        ill |= METRICS_STOPPING;
    return ill;
}

size_t metrics_health_write(uint32_t ill, char *out)
{
    int len =
        snprintf(out, METRICS_BYTES, "{\"healthy\":%s,\"reasons\":[", ill == 0 ? "true" : "false");
    const char *comma = "";
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if ((ill & reasons[i].bit) == 0)
            continue;
        len += snprintf(out + len, METRICS_BYTES - (size_t)len,
                        "%s{\"reason\":\"%s\",\"detail\":\"%s\"}", comma, reasons[i].name,
                        reasons[i].text);
        comma = ",";
    }
    len += snprintf(out + len, METRICS_BYTES - (size_t)len, "]}\n");
    CHECK(len < METRICS_BYTES);
    return (size_t)len;
}
