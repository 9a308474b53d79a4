#include "top/view.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "text.h"
#include "utf8.h"

enum { LABEL = 10, LINE_BYTES = 2048, BAR = 20, CODES_MAX = 128 };

enum tint { PLAIN, GOOD, WARN, BAD, DIM };
static const char *const sgr[] = {
    [PLAIN] = "0", [GOOD] = "1;32", [WARN] = "1;33", [BAD] = "1;37;41", [DIM] = "2"};

/* ---- A line of so many columns ---- */

struct screen {
    const struct view *v;
    const struct scrape *before; /* NULL: no rates */
    const struct scrape *now;
    FILE *out;
    int rows; /* written */
    int used; /* columns of this line */
};

/* Cut at the screen's edge; one column a character. What a daemon says of itself may not act on the
 * terminal. */
__attribute__((format(printf, 3, 4))) static void put(struct screen *s, enum tint tint,
                                                      const char *format, ...)
{
    char text[LINE_BYTES];
    va_list args;
    if (s->rows >= s->v->rows)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!utf8_clean((const uint8_t *)text, strlen(text)))
        for (char *c = text; *c != '\0'; c++)
            *c = *c >= 0x20 && *c < 0x7f ? *c : '?';
    size_t len = 0;
    for (; text[len] != '\0' && s->used <= s->v->columns; len++) {
        const bool starts = ((unsigned char)text[len] & 0xc0) != 0x80;
        if (starts && s->used == s->v->columns)
            break;
        s->used += starts;
    }
    const bool coloured = s->v->colour && tint != PLAIN;
    if (coloured)
        fprintf(s->out, "\033[%sm", sgr[tint]);
    fwrite(text, 1, len, s->out);
    if (coloured)
        fputs("\033[0m", s->out);
}

/* The last row is not ended: that would scroll. */
static void end(struct screen *s)
{
    if (s->rows < s->v->rows) {
        if (s->v->colour)
            fputs("\033[K", s->out);
        fputc('\n', s->out);
    }
    s->rows++;
    s->used = 0;
}

static void label(struct screen *s, const char *text)
{
    put(s, DIM, "%-*s", LABEL, text);
}

/* ---- Numbers ---- */

/* No more than anything here can be, so that it has few digits; 0 for what is no number. */
static double bounded(double value)
{
    return fmin(fmax(value, 0), 1e15);
}

static const char *grouped(double value, char out[40])
{
    char digits[32];
    const int len = snprintf(digits, sizeof(digits), "%.0f", bounded(value));
    int at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ' ';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static const char *rate(double value, char out[40])
{
    if (value > 0 && value < 9.95) {
        snprintf(out, 40, "%.1f", value);
        return out;
    }
    return grouped(value, out);
}

static const char *bytes(double value, char out[40])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t u = 0;
    for (; value >= 1000 && u < 4; u++)
        value /= 1000;
    snprintf(out, 40, u == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[u]);
    return out;
}

static const char *span(double seconds, char out[40])
{
    const long s = (long)bounded(seconds);
    if (s >= 86400)
        snprintf(out, 40, "%ld d %ld h", s / 86400, s % 86400 / 3600);
    else if (s >= 3600)
        snprintf(out, 40, "%ld h %02ld min", s / 3600, s % 3600 / 60);
    else if (s >= 60)
        snprintf(out, 40, "%ld min %02ld s", s / 60, s % 60);
    else
        snprintf(out, 40, seconds < 10 ? "%.1f s" : "%.0f s", seconds < 0 ? 0 : seconds);
    return out;
}

/* ---- Figures ---- */

static double value(const struct screen *s, const char *sample)
{
    return scrape_value(s->now, sample);
}

/* What was added since the scrape before. A daemon that started anew counts from 0. */
static double delta(const struct scrape *before, const struct scrape *now, const char *sample)
{
    const double was = scrape_value(before, sample), is = scrape_value(now, sample);
    return is >= was ? is - was : is;
}

static double a_second(const struct screen *s, const char *sample)
{
    if (s->before == NULL || s->now->at_us <= s->before->at_us)
        return 0;
    return delta(s->before, s->now, sample) * 1e6 / (double)(s->now->at_us - s->before->at_us);
}

static double of_kind(const struct scrape *s, const char *kind, bool accepted)
{
    char wanted[48];
    const int len = snprintf(wanted, sizeof(wanted), "kind=\"%s\",", kind);
    const char *at = NULL;
    struct scrape_sample found;
    double sum = 0;
    while (scrape_next(s, "saldo_answers_total", &at, &found)) {
        const char *code = found.labels + len;
        if (strncmp(found.labels, wanted, (size_t)len) == 0 &&
            (strncmp(code, "code=\"ACCEPTED\"", 15) == 0) == accepted)
            sum += found.value;
    }
    return sum;
}

static double kind_a_second(const struct scrape *before, const struct scrape *now, const char *kind,
                            bool accepted)
{
    if (before == NULL || now->at_us <= before->at_us)
        return 0;
    const double was = of_kind(before, kind, accepted), is = of_kind(now, kind, accepted);
    return (is >= was ? is - was : is) * 1e6 / (double)(now->at_us - before->at_us);
}

/* The bound below which so much of a histogram's new values lie; infinite past the last one. */
static double quantile(const struct screen *s, const char *name, double part)
{
    char bucket[96];
    const char *at = NULL;
    struct scrape_sample found;
    snprintf(bucket, sizeof(bucket), "%s_count", name);
    const double count = s->before == NULL ? 0 : delta(s->before, s->now, bucket);
    snprintf(bucket, sizeof(bucket), "%s_bucket", name);
    while (count > 0 && scrape_next(s->now, bucket, &at, &found)) {
        char sample[128];
        snprintf(sample, sizeof(sample), "%s{%.*s}", bucket, (int)found.labels_len, found.labels);
        if (delta(s->before, s->now, sample) >= part * count)
            return strtod(found.labels + strlen("le=\""), NULL);
    }
    return count > 0 ? INFINITY : 0;
}

/* ---- Pictures ---- */

static void bar(struct screen *s, double part)
{
    char text[BAR + 1];
    const int full = (int)(fmin(bounded(part), 1) * BAR + 0.5);
    memset(text, '.', BAR);
    memset(text, '#', (size_t)full);
    text[BAR] = '\0';
    put(s, PLAIN, "[");
    put(s, part >= 0.75 ? BAD : part >= 0.5 ? WARN : GOOD, "%s", text);
    put(s, PLAIN, "] %3.0f %%", 100 * part);
}

static void history(struct screen *s)
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄",
                                         "▅", "▆", "▇", "█"};
    static const char plain[] = " .:-=+*#@";
    const int room = s->v->columns - s->used - 1;
    const int count = s->v->history_count < room ? s->v->history_count : room;
    double most = 1;
    for (int i = s->v->history_count - count; i < s->v->history_count; i++)
        most = s->v->history[i] > most ? s->v->history[i] : most;
    put(s, PLAIN, " ");
    for (int i = s->v->history_count - count; i < s->v->history_count; i++) {
        const int step = s->v->history[i] <= 0 ? 0 : 1 + (int)(s->v->history[i] / most * 7);
        if (s->v->utf8)
            put(s, GOOD, "%s", blocks[step > 8 ? 8 : step]);
        else
            put(s, GOOD, "%c", plain[step > 8 ? 8 : step]);
    }
}

/* ---- The lines ---- */

static void write_title(struct screen *s)
{
    char version[32] = "", ledger[40] = "", simulated[4] = "", up[40];
    scrape_label(s->now, "saldo_build_info", "version", version, sizeof(version));
    scrape_label(s->now, "saldo_build_info", "ledger", ledger, sizeof(ledger));
    scrape_label(s->now, "saldo_build_info", "simulated", simulated, sizeof(simulated));
    put(s, PLAIN, "saldod %s   ledger %.16s%s   up %s", version, ledger,
        simulated[0] == '1' ? " (simulated)" : "",
        span((double)s->v->time_ms / 1000 - value(s, "process_start_time_seconds"), up));
    end(s);
}

static void write_health(struct screen *s)
{
    json_t *root = json_loads(s->now->health, 0, NULL);
    const json_t *reasons = json_object_get(root, "reasons");
    size_t i;
    json_t *reason;
    label(s, "Health");
    if (json_is_true(json_object_get(root, "healthy")))
        put(s, GOOD, "well");
    json_array_foreach(reasons, i, reason)
    {
        const char *detail = json_string_value(json_object_get(reason, "detail"));
        if (i > 0) {
            end(s);
            label(s, "");
        }
        put(s, BAD, "%s", json_string_value(json_object_get(reason, "reason")));
        put(s, PLAIN, "  %s", detail == NULL ? "" : detail);
    }
    end(s);
    json_decref(root);
}

static void write_charges(struct screen *s)
{
    char a[40], r[40], d[40];
    const double accepted = kind_a_second(s->before, s->now, "charge", true);
    const double refused = kind_a_second(s->before, s->now, "charge", false);
    label(s, "Charges");
    put(s, PLAIN, "%9s/s", rate(accepted + refused, a));
    history(s);
    end(s);
    label(s, "");
    put(s, PLAIN, "%9s/s accepted  %9s/s refused  %9s/s sent again", rate(accepted, a),
        rate(refused, r), rate(a_second(s, "saldo_duplicates_total"), d));
    end(s);
    label(s, "Others");
    put(s, PLAIN, "%9s/s commands  %9s/s queries",
        rate(a_second(s, "saldo_requests_total{kind=\"command\"}"), a),
        rate(a_second(s, "saldo_requests_total{kind=\"query\"}"), r));
    end(s);
}

static void write_commits(struct screen *s)
{
    char n[40], q[40], b[40], d[40];
    const double commits =
        s->before == NULL ? 0 : delta(s->before, s->now, "saldo_commit_seconds_count");
    const double entries =
        s->before == NULL ? 0 : delta(s->before, s->now, "saldo_commit_entries_sum");
    label(s, "Commits");
    put(s, PLAIN, "%9s/s", rate(a_second(s, "saldo_commit_seconds_count"), n));
    if (commits > 0)
        put(s, PLAIN, "  half within %g ms, 99 %% within %g ms, %.1f entries each",
            1000 * quantile(s, "saldo_commit_seconds", 0.5),
            1000 * quantile(s, "saldo_commit_seconds", 0.99), entries / commits);
    end(s);
    label(s, "Queue");
    put(s, PLAIN, "%9s requests", grouped(value(s, "saldo_queue_requests"), q));
    const double busy = a_second(s, "saldo_refused_total{code=\"BUSY\"}");
    const double dropped =
        a_second(s, "saldo_replies_dropped_total") + a_second(s, "saldo_gate_dropped_total");
    put(s, busy > 0 ? WARN : PLAIN, "  %s/s BUSY", rate(busy, b));
    put(s, dropped > 0 ? WARN : PLAIN, "  %s/s dropped", rate(dropped, d));
    end(s);
    label(s, "Gate");
    put(s, value(s, "saldo_gate_up") > 0 ? PLAIN : BAD, "%9s",
        value(s, "saldo_gate_up") > 0 ? "up" : "down");
    put(s, PLAIN, "  %s connections, %s starts", grouped(value(s, "saldo_gate_connections"), b),
        grouped(value(s, "saldo_gate_starts_total"), d));
    end(s);
}

static void write_space(struct screen *s)
{
    char n[40], u[40], m[40], f[40];
    const double used = value(s, "saldo_journal_used_bytes"),
                 max = value(s, "saldo_journal_max_bytes");
    const double least = value(s, "saldo_disk_free_min_bytes"),
                 left = value(s, "saldo_disk_free_bytes");
    label(s, "Journal");
    bar(s, max > 0 ? used / max : 0);
    put(s, PLAIN, "  entry %s, %s of %s", grouped(value(s, "saldo_journal_last"), n),
        bytes(used, u), bytes(max, m));
    end(s);
    label(s, "Disk");
    put(s, left < 4 * least ? BAD : PLAIN, "%s free", bytes(left, f));
    put(s, DIM, "  read-only below %s", bytes(least, m));
    if (value(s, "saldo_read_only") > 0)
        put(s, BAD, "  READ-ONLY");
    if (value(s, "saldo_journal_reader_lag") > 1000)
        put(s, WARN, "  a reader holds %s commits back",
            grouped(value(s, "saldo_journal_reader_lag"), n));
    end(s);
}

static void write_nights(struct screen *s)
{
    char n[40], took[40], ago[40], day[TEXT_DAY_MAX];
    const double running = value(s, "saldo_checkpoint_running_seconds");
    const double last = value(s, "saldo_checkpoint_last_timestamp_seconds");
    const double late = value(s, "saldo_night_late_seconds");
    label(s, "Tables");
    put(s, PLAIN, "%s entries since the checkpoint",
        grouped(value(s, "saldo_entries_since_checkpoint"), n));
    if (last > 0)
        put(s, PLAIN, " %s ago, which took %s", span((double)s->v->time_ms / 1000 - last, ago),
            span(value(s, "saldo_checkpoint_seconds"), took));
    if (running > 0)
        put(s, WARN, "  one is under way, %s", span(running, took));
    end(s);
    const double last_day = value(s, "saldo_settled_through_day");
    const int32_t through = last_day > 0 && last_day <= LIMIT_DAY_LAST ? (int32_t)last_day : 0;
    label(s, "Night");
    put(s, PLAIN, through == 0 ? "no day is settled yet" : "settled through %s",
        text_day(through, day));
    if (late > 0)
        put(s, WARN, "  the next day waits since %s", span(late, ago));
    end(s);
}

static void write_memory(struct screen *s)
{
    static const char *const kinds[] = {"charge", "voucher", "bucket"};
    char n[40], m[40];
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char held[64], max[64];
        snprintf(held, sizeof(held), "saldo_overlay_rows{kind=\"%s\"}", kinds[i]);
        snprintf(max, sizeof(max), "saldo_overlay_rows_max{kind=\"%s\"}", kinds[i]);
        label(s, i == 0 ? "In memory" : "");
        bar(s, value(s, max) > 0 ? value(s, held) / value(s, max) : 0);
        put(s, PLAIN, "  %s %ss of %s", grouped(value(s, held), n), kinds[i],
            grouped(value(s, max), m));
        end(s);
    }
    label(s, "");
    put(s, PLAIN, "rows %s, the process %s", bytes(value(s, "saldo_ledger_memory_bytes"), n),
        bytes(value(s, "process_resident_memory_bytes"), m));
    end(s);
}

/* ---- Why not ---- */

struct reason {
    const char *code; /* borrowed, not ended */
    int len;
    double count, new;
};

static int by_count(const void *a, const void *b)
{
    const struct reason *x = a, *y = b;
    if (x->new != y->new)
        return x->new < y->new ? 1 : -1;
    return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

/* What charges were refused for: most of it lately first, and as many as there is room for. */
static void write_reasons(struct screen *s)
{
    static const char kind[] = "kind=\"charge\",code=\"";
    struct reason list[CODES_MAX];
    size_t count = 0;
    const char *at = NULL;
    struct scrape_sample found;
    char n[40], a[40];
    while (count < CODES_MAX && scrape_next(s->now, "saldo_answers_total", &at, &found)) {
        const char *code = found.labels + strlen(kind);
        if (strncmp(found.labels, kind, strlen(kind)) != 0 || found.value <= 0 ||
            strncmp(code, "ACCEPTED\"", 9) == 0)
            continue;
        char sample[160];
        snprintf(sample, sizeof(sample), "saldo_answers_total{%.*s}", (int)found.labels_len,
                 found.labels);
        list[count++] = (struct reason){code, (int)strcspn(code, "\""), found.value,
                                        s->before == NULL ? 0 : a_second(s, sample)};
    }
    qsort(list, count, sizeof(list[0]), by_count);
    end(s);
    put(s, DIM, "%-28s %12s %10s", "Charges refused", "since start", "a second");
    end(s);
    if (count == 0) {
        put(s, PLAIN, "none");
        end(s);
    }
    for (size_t i = 0; i < count; i++) {
        put(s, PLAIN, "%-28.*s %12s %10s", list[i].len, list[i].code, grouped(list[i].count, n),
            list[i].new > 0 ? rate(list[i].new, a) : "");
        end(s);
    }
}

/* ---- The whole ---- */

void view_note(struct view *v, const struct scrape *before, const struct scrape *now)
{
    if (v->history_count == VIEW_HISTORY) {
        memmove(v->history, v->history + 1, (VIEW_HISTORY - 1) * sizeof(v->history[0]));
        v->history_count--;
    }
    v->history[v->history_count++] = !before->good || !now->good
                                         ? 0
                                         : bounded(kind_a_second(before, now, "charge", true) +
                                                   kind_a_second(before, now, "charge", false));
}

void view_write(const struct view *v, const struct scrape *before, const struct scrape *now,
                FILE *out)
{
    struct screen s = {.v = v, .now = now, .out = out};
    s.before = before != NULL && before->good ? before : NULL;
    if (!now->good) {
        put(&s, BAD, "%s", now->error);
        end(&s);
        return;
    }
    write_title(&s);
    write_health(&s);
    end(&s);
    write_charges(&s);
    write_commits(&s);
    write_space(&s);
    write_nights(&s);
    write_memory(&s);
    write_reasons(&s);
}
