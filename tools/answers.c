#include "answers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outcome.h"
#include "text.h"

struct kept {
    bool given;
    int code;
    int64_t have, need;
};

struct answers {
    const struct events *events;
    struct answers_options options;
    struct output *list;
    struct kept *kept; /* one for each event */
    size_t written;
};

struct answers *answers_open(const struct events *events, const struct answers_options *options)
{
    static const char *const columns[] = {"line", "act", "request_id", "code", "have", "need"};
    struct answers *a = tool_alloc(1, sizeof(*a));

    *a = (struct answers){.events = events, .options = *options};
    a->kept = tool_alloc(events->count, sizeof(*a->kept));
    a->list =
        output_open(options->file, options->format, &(struct output_shape){columns, 6, false});
    return a;
}

/* ---- The list -------------------------------------------------------------------------------- */

/* Only some answers have figures; the others' zeros would look like some. */
static bool has_figures(const struct event *e, int code)
{
    static const int with[] = {
        OUTCOME_ACCEPTED,        OUTCOME_PRICE_ABOVE_CAP,      OUTCOME_COPAY_NOT_ALLOWED,
        OUTCOME_AMOUNT_MISMATCH, OUTCOME_AMOUNT_LIMIT,         OUTCOME_QUANTITY_TIME_MISMATCH,
        OUTCOME_QUOTA_EXCEEDED,  OUTCOME_INSUFFICIENT_BALANCE,
    };

    for (size_t i = 0; !e->deletes && i < sizeof(with) / sizeof(with[0]); i++)
        if (with[i] == code)
            return true;
    return false;
}

static void write_row(struct answers *a, size_t index)
{
    const struct event *e = &a->events->list[index];
    const struct kept *k = &a->kept[index];

    output_number(a->list, (int64_t)index + 1);
    output_text(a->list, e->act);
    output_hex(a->list, e->charge.request_id, sizeof(e->charge.request_id));
    output_text(a->list, outcome_name(k->code));
    if (has_figures(e, k->code)) {
        output_number(a->list, k->have);
        output_number(a->list, k->need);
    } else {
        output_empty(a->list);
        output_empty(a->list);
    }
}

void answers_give(struct answers *a, size_t index, const struct saldo_answer *answer)
{
    a->kept[index] = (struct kept){true, answer->code, answer->have, answer->need};
    while (a->written < a->events->count && a->kept[a->written].given)
        write_row(a, a->written++);
}

bool answers_close(struct answers *a)
{
    bool good = output_close(a->list);

    free(a->kept);
    free(a);
    return good;
}

/* ---- Counts ---------------------------------------------------------------------------------- */

static int compare_kept(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    return x->code < y->code ? -1 : x->code > y->code;
}

static void count_act(const struct answers *a, bool deletes, struct kept *sorted, struct output *o)
{
    size_t count = 0;

    for (size_t i = 0; i < a->events->count; i++)
        if (a->kept[i].given && a->events->list[i].deletes == deletes)
            sorted[count++] = a->kept[i];
    qsort(sorted, count, sizeof(*sorted), compare_kept);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && sorted[end].code == sorted[i].code; end++)
            ;
        output_text(o, deletes ? "delete" : "charge");
        output_text(o, outcome_name(sorted[i].code));
        output_number(o, (int64_t)(end - i));
        output_text(o, outcome_text(sorted[i].code));
    }
}

bool answers_counts(const struct answers *a, FILE *file, enum output_format format)
{
    static const char *const columns[] = {"act", "code", "events", "meaning"};
    struct kept *sorted = tool_alloc(a->events->count, sizeof(*sorted));
    struct output *o = output_open(file, format, &(struct output_shape){columns, 4, false});

    count_act(a, false, sorted, o);
    count_act(a, true, sorted, o);
    free(sorted);
    return output_close(o);
}

/* ---- Receipts ---------------------------------------------------------------------------------
 */

static bool write_new(const char *path, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd < 0)
        return false;
    ssize_t written = write(fd, bytes, len);
    if (written >= 0 && (size_t)written < len)
        errno = ENOSPC;
    bool good = written >= 0 && (size_t)written == len && fsync(fd) == 0;
    int saved = errno;
    if (close(fd) != 0 && good)
        return false;
    errno = saved;
    return good;
}

/* A receipt is evidence and never overwritten: a repetition's stands beside the first one's, with
 * its entry number in the name. */
bool answers_receipt(struct answers *a, size_t index, const struct saldo *s, uint64_t number)
{
    const struct event *e = &a->events->list[index];
    char path[PATH_MAX], hex[TEXT_HEX_MAX];
    uint8_t id[16];
    const void *bytes;
    size_t len;

    if (a->options.receipts == NULL)
        return true;
    memcpy(id, e->charge.request_id, sizeof(id));
    if (e->deletes)
        event_command_id(e, id);
    if (saldo_receipt(s, &bytes, &len) != SALDO_OK) {
        tool_fail(0, "no receipt: %s", saldo_error_detail(s));
        return false;
    }
    text_hex(id, sizeof(id), hex);
    snprintf(path, sizeof(path), "%s/%s.receipt", a->options.receipts, hex);
    bool good = write_new(path, bytes, len);
    if (!good && errno == EEXIST) {
        snprintf(path, sizeof(path), "%s/%s-%" PRIu64 ".receipt", a->options.receipts, hex, number);
        good = write_new(path, bytes, len) || errno == EEXIST;
    }
    if (!good)
        tool_fail(0, "%s: %s", path, strerror(errno));
    return good;
}
