/* metrics.c - the figures in Prometheus' text format, version 0.0.4. */
#include "monitor/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "outcome.h"

struct page {
    char *bytes;
    size_t len;
};

static const char *const kinds[FIGURES_KINDS] = {
    [FIGURES_CHARGE] = "charge",
    [FIGURES_COMMAND] = "command",
    [FIGURES_SETTLEMENT] = "settlement",
};

__attribute__((format(printf, 2, 3))) static void put(struct page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(p->bytes + p->len, METRICS_BYTES - p->len, format, args);
    va_end(args);
    CHECK(len >= 0);
    CHECK((size_t)len < METRICS_BYTES - p->len); /* the page has room for all there can be */
    p->len += (size_t)len;
}

static void head(struct page *p, const char *name, const char *type, const char *help)
{
    put(p, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void counter(struct page *p, const char *name, const _Atomic uint64_t *figure,
                    const char *help)
{
    head(p, name, "counter", help);
    put(p, "%s %" PRIu64 "\n", name, FIGURES_GET(figure));
}

static void gauge(struct page *p, const char *name, uint64_t value, const char *help)
{
    head(p, name, "gauge", help);
    put(p, "%s %" PRIu64 "\n", name, value);
}

static void gauge_ms(struct page *p, const char *name, int64_t ms, const char *help)
{
    if (ms < 0)
        ms = 0;
    head(p, name, "gauge", help);
    put(p, "%s %" PRId64 ".%03d\n", name, ms / 1000, (int)(ms % 1000));
}

/* `scale` is 1, or 1000000 where values are microseconds and the page has seconds. */
static void histogram(struct page *p, const char *name, const struct figures_histogram *h,
                      const uint64_t *bounds, uint64_t scale)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < FIGURES_STEPS; i++) {
        count += FIGURES_GET(&h->steps[i]);
        put(p, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, (double)bounds[i] / (double)scale,
            count);
    }
    count += FIGURES_GET(&h->steps[FIGURES_STEPS]);
    put(p, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    put(p, "%s_sum %.6f\n", name, (double)FIGURES_GET(&h->sum) / (double)scale);
    put(p, "%s_count %" PRIu64 "\n", name, count);
}

static void write_build(struct page *p, const struct metrics_facts *facts)
{
    head(p, "saldo_build_info", "gauge", "Version, and which ledger this is; always 1.");
    put(p, "saldo_build_info{version=\"%s\",ledger=\"", facts->version);
    for (size_t i = 0; i < sizeof(facts->ledger_id); i++)
        put(p, "%02x", facts->ledger_id[i]);
    put(p, "\",simulated=\"%d\"} 1\n", facts->simulated);
    gauge_ms(p, "process_start_time_seconds", facts->started_ms, "Start, in seconds since 1970.");
}

static void write_work(struct page *p, const struct figures *f)
{
    head(p, "saldo_requests_total", "counter", "Requests that were decided, by kind.");
    for (int k = 0; k < FIGURES_KINDS; k++)
        put(p, "saldo_requests_total{kind=\"%s\"} %" PRIu64 "\n", kinds[k],
            FIGURES_GET(&f->requests[k]));
    put(p, "saldo_requests_total{kind=\"query\"} %" PRIu64 "\n", FIGURES_GET(&f->queries));
    head(p, "saldo_answers_total", "counter",
         "Charges, commands and nights that were decided, by outcome; duplicates too.");
    for (int k = 0; k < FIGURES_KINDS; k++) {
#define ANSWER(name, number, text)                                                                 \
    put(p, "saldo_answers_total{kind=\"%s\",code=\"%s\"} %" PRIu64 "\n", kinds[k], #name,          \
        FIGURES_GET(&f->answers[k][number]));
        OUTCOME_LIST(ANSWER)
#undef ANSWER
    }
    counter(p, "saldo_duplicates_total", &f->duplicates,
            "Items that had been answered before and got the same answer.");
    head(p, "saldo_refused_total", "counter", "Requests refused without an entry, by outcome.");
    static const int refusals[] = {OUTCOME_BAD_FRAME, OUTCOME_BAD_SIGNATURE, OUTCOME_BUSY,
                                   OUTCOME_READ_ONLY, OUTCOME_INTERNAL};
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        uint64_t n = FIGURES_GET(&f->refused[refusals[i]]);
        if (refusals[i] == OUTCOME_BUSY)
            n += FIGURES_GET(&f->refused_early);
        put(p, "saldo_refused_total{code=\"%s\"} %" PRIu64 "\n", outcome_name(refusals[i]), n);
    }
}

static void write_network(struct page *p, const struct figures *f)
{
    counter(p, "saldo_replies_total", &f->replies, "Replies that went to the gate.");
    counter(p, "saldo_replies_dropped_total", &f->replies_dropped, "Replies that no gate took.");
    counter(p, "saldo_frames_dropped_total", &f->frames_dropped,
            "Frames on the inner link that are not from our gate.");
    counter(p, "saldo_gate_dropped_total", &f->gate_dropped,
            "Frames of no use at the gate, and replies that no client took.");
    counter(p, "saldo_gate_starts_total", &f->gate_starts, "Starts of the gate; the first is one.");
    gauge(p, "saldo_gate_up", FIGURES_GET(&f->gate_ready), "Whether the gate serves.");
    gauge(p, "saldo_gate_connections", FIGURES_GET(&f->gate_connections),
          "Open descriptors of the gate: connections, and a few of its own.");
    gauge(p, "saldo_queue_requests", FIGURES_GET(&f->queue_requests),
          "Requests between arrival and reply.");
}

static void write_journal(struct page *p, const struct figures *f,
                          const struct metrics_facts *facts)
{
    head(p, "saldo_commit_seconds", "histogram", "What a durable commit of a group takes.");
    histogram(p, "saldo_commit_seconds", &f->commit_us, figures_commit_us_bounds, 1000000);
    head(p, "saldo_commit_entries", "histogram", "Entries of a group.");
    histogram(p, "saldo_commit_entries", &f->commit_entries, figures_commit_entries_bounds, 1);
    gauge(p, "saldo_journal_last", FIGURES_GET(&f->durable), "Number of the last durable entry.");
    gauge(p, "saldo_journal_used_bytes", FIGURES_GET(&f->journal_used_bytes),
          "What the journal takes on disk.");
    gauge(p, "saldo_journal_max_bytes", FIGURES_GET(&f->journal_map_bytes),
          "Most that it may take, journal_map_gb; at three quarters the ledger is read-only.");
    gauge(p, "saldo_journal_reader_lag", FIGURES_GET(&f->reader_lag),
          "Commits since the oldest reader of the journal began; should stay near 0.");
    gauge(p, "saldo_disk_free_bytes", FIGURES_GET(&f->disk_free_bytes),
          "Free space on the journal's file system.");
    gauge(p, "saldo_disk_free_min_bytes", facts->disk_free_min_bytes,
          "With less the ledger is read-only.");
    gauge(p, "saldo_read_only", FIGURES_GET(&f->read_only),
          "Whether nothing is recorded, for lack of space.");
}

static void write_tables(struct page *p, const struct figures *f, const struct metrics_facts *facts,
                         const struct metrics_now *now)
{
    const uint64_t last = FIGURES_GET(&f->last);
    const uint64_t watermark = FIGURES_GET(&f->watermark);
    const int64_t began_us = FIGURES_GET(&f->checkpoint_began_us);
    gauge(p, "saldo_watermark", watermark, "Number of the last entry that is in the tables.");
    gauge(p, "saldo_entries_since_checkpoint", last > watermark ? last - watermark : 0,
          "Entries that a start would replay.");
    counter(p, "saldo_checkpoints_total", &f->checkpoints, "Checkpoints since the start.");
    gauge_ms(p, "saldo_checkpoint_seconds", (int64_t)FIGURES_GET(&f->checkpoint_us) / 1000,
             "What the last checkpoint took; 0 before the first.");
    gauge_ms(p, "saldo_checkpoint_running_seconds",
             began_us == 0 ? 0 : (now->monotonic_us - began_us) / 1000,
             "How long the checkpoint under way has taken so far; 0: none is.");
    gauge_ms(p, "saldo_checkpoint_last_timestamp_seconds", FIGURES_GET(&f->checkpoint_ms),
             "When the last checkpoint ended, in seconds since 1970; 0: none since the start.");
    head(p, "saldo_settled_through_day", "gauge",
         "Last settled day, in days since 1970-01-01; 0: none.");
    put(p, "saldo_settled_through_day %" PRId64 "\n", FIGURES_GET(&f->settled_through));
    gauge_ms(p, "saldo_night_late_seconds", metrics_night_late_ms(f, facts, now->time_ms),
             "How long ago the earliest unsettled day could have been settled; 0: none waits.");
}

static void write_memory(struct page *p, const struct figures *f, const struct metrics_facts *facts)
{
    const struct {
        const char *kind;
        uint64_t held, max;
    } rows[] = {
        {"charge", FIGURES_GET(&f->overlay_charges), facts->charges_max},
        {"voucher", FIGURES_GET(&f->overlay_vouchers), facts->vouchers_max},
        {"bucket", FIGURES_GET(&f->overlay_buckets), facts->buckets_max},
    };
    head(p, "saldo_overlay_rows", "gauge", "Rows in memory, by kind.");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        put(p, "saldo_overlay_rows{kind=\"%s\"} %" PRIu64 "\n", rows[i].kind, rows[i].held);
    head(p, "saldo_overlay_rows_max", "gauge", "Room for rows in memory, by kind.");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        put(p, "saldo_overlay_rows_max{kind=\"%s\"} %" PRIu64 "\n", rows[i].kind, rows[i].max);
    gauge(p, "saldo_ledger_memory_bytes", FIGURES_GET(&f->memory_bytes),
          "Memory that the ledger's rows have taken so far; indexes come on top.");
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    bool known = statm != NULL && fscanf(statm, "%*u %lu", &pages) == 1;
    if (statm != NULL)
        fclose(statm);
    if (known)
        gauge(p, "process_resident_memory_bytes", pages * (uint64_t)sysconf(_SC_PAGESIZE),
              "Memory of the ledger process; the gate is another one.");
}

size_t metrics_write(const struct figures *f, const struct metrics_facts *facts,
                     const struct metrics_now *now, char *out)
{
    struct page p = {out, 0};
    write_build(&p, facts);
    write_work(&p, f);
    write_network(&p, f);
    write_journal(&p, f, facts);
    write_tables(&p, f, facts, now);
    write_memory(&p, f, facts);
    gauge(&p, "saldo_healthy", metrics_health(f, facts, now) == 0, "Whether /healthz answers 200.");
    return p.len;
}
