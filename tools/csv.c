#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"
#include "utf8.h"

struct csv_reader {
    char *bytes; /* the file and one more byte, so that the last field has room for its NUL */
    size_t len;
    size_t at;
    size_t line; /* of bytes[at] */
    struct csv_row header;
    struct report *report;
};

/* ---- Lines --------------------------------------------------------------------------------- */

/* Where the physical line at `at` ends: its LF, or the end of the file. */
static size_t line_end(const struct csv_reader *c, size_t at)
{
    const char *lf = memchr(c->bytes + at, '\n', c->len - at);

    return lf != NULL ? (size_t)(lf - c->bytes) : c->len;
}

/* After a complaint: go on behind the line in which the reader stands. */
static void skip_line(struct csv_reader *c)
{
    size_t end = line_end(c, c->at);

    c->at = end < c->len ? end + 1 : end;
    c->line++;
}

static bool empty_line(const struct csv_reader *c)
{
    const char *at = c->bytes + c->at;
    size_t left = c->len - c->at;

    return *at == '\n' || (*at == '\r' && (left == 1 || at[1] == '\n'));
}

/* At the end of a field: step over the comma or the line end. False: neither is there. */
static bool step_over(struct csv_reader *c, bool *row_ends)
{
    char *at = c->bytes + c->at;
    size_t left = c->len - c->at;

    *row_ends = true;
    if (left == 0)
        return true;
    if (*at == ',') {
        *row_ends = false;
        c->at++;
        return true;
    }
    if (*at == '\r' && (left == 1 || at[1] == '\n'))
        c->at += left == 1 ? 1 : 2;
    else if (*at == '\n')
        c->at++;
    else
        return false;
    c->line++;
    return true;
}

/* ---- Fields -------------------------------------------------------------------------------- */

/* Control characters are judged by whoever reads the field; no character holds such a byte, so
 * what stands between them can be judged piece by piece. */
static bool well_formed(const uint8_t *bytes, size_t len)
{
    size_t from = 0;

    for (size_t at = 0; at <= len; at++) {
        if (at < len && bytes[at] >= 0x20 && bytes[at] != 0x7f)
            continue;
        if (!utf8_clean(bytes + from, at - from))
            return false;
        from = at + 1;
    }
    return true;
}

static const char *bad_bytes(const struct csv_reader *c, size_t from, size_t to)
{
    if (memchr(c->bytes + from, '\0', to - from) != NULL)
        return "a NUL byte: the file is damaged, or not saved as UTF-8";
    if (!well_formed((const uint8_t *)c->bytes + from, to - from))
        return "not UTF-8: save the file as UTF-8";
    return NULL;
}

/* Where the quoted text that begins at `at` is closed; the file's length if it is not, within
 * the longest row. */
static size_t closing_quote(const struct csv_reader *c, size_t at)
{
    size_t end = c->len - at > CSV_ROW_BYTES_MAX ? at + CSV_ROW_BYTES_MAX : c->len;

    for (; at < end; at++) {
        if (c->bytes[at] != '"')
            continue;
        if (at + 1 == c->len || c->bytes[at + 1] != '"')
            return at;
        at++;
    }
    return c->len;
}

/* A quoted field is unquoted where it stands; it only gets shorter. Nothing is moved before the
 * field is known to be good, so that after a complaint the next line is still whole. */
static const char *take_quoted(struct csv_reader *c, char **field, char **end)
{
    size_t close = closing_quote(c, c->at + 1);

    if (close == c->len)
        return "a quote is opened and not closed: close it, or double it where it is text";
    const char *wrong = bad_bytes(c, c->at, close);
    if (wrong != NULL)
        return wrong;

    char *to = *field = c->bytes + c->at + 1;
    for (size_t at = c->at + 1; at < close; at++) {
        if (c->bytes[at] == '"')
            at++; /* the first of two */
        if (c->bytes[at] == '\n')
            c->line++;
        *to++ = c->bytes[at];
    }
    *end = to;
    c->at = close + 1;
    return NULL;
}

static const char *take_plain(struct csv_reader *c, char **field, char **end)
{
    *field = c->bytes + c->at;
    for (; c->at < c->len; c->at++) {
        char ch = c->bytes[c->at];
        if (ch == ',' || ch == '\n' || ch == '\r')
            break;
        if (ch == '"')
            return "a quote stands inside a field: put the whole field in quotes and double it";
    }
    *end = c->bytes + c->at;
    return NULL;
}

/* The fields of one row. NULL, or what is wrong with it; then the row's end is not yet passed. */
static const char *take_fields(struct csv_reader *c, struct csv_row *row)
{
    size_t row_at = c->at;
    bool row_ends = false;

    while (!row_ends) {
        char *field, *end;
        if (row->count == CSV_FIELDS_MAX)
            return "the line has more than 64 fields";
        const char *wrong = c->at < c->len && c->bytes[c->at] == '"' ? take_quoted(c, &field, &end)
                                                                     : take_plain(c, &field, &end);
        if (wrong != NULL)
            return wrong;
        if (c->at - row_at > CSV_ROW_BYTES_MAX)
            return "the line is longer than 65,536 bytes";
        bool carriage = c->at < c->len && c->bytes[c->at] == '\r';
        if (!step_over(c, &row_ends))
            return carriage ? "a carriage return stands alone: end lines with LF or CRLF"
                            : "text follows a closing quote: only a comma may";
        *end = '\0'; /* only now: it may stand on the comma or the line end */
        row->fields[row->count++] = field;
    }
    return NULL;
}

/* One row, or a complaint. Bytes are judged before they are moved. */
static bool take_row(struct csv_reader *c, struct csv_row *row)
{
    const char *wrong = bad_bytes(c, c->at, line_end(c, c->at));

    row->line = c->line;
    row->count = 0;
    if (wrong == NULL)
        wrong = take_fields(c, row);
    if (wrong == NULL)
        return true;
    report_at(c->report, row->line, NULL, "%s", wrong);
    skip_line(c);
    return false;
}

bool csv_reader_next(struct csv_reader *c, struct csv_row *row)
{
    while (c->at < c->len) {
        if (empty_line(c)) {
            skip_line(c);
            continue;
        }
        if (!take_row(c, row))
            continue;
        if (row->count == c->header.count)
            return true;
        report_at(c->report, row->line, NULL, "%zu fields, but the header line names %zu",
                  row->count, c->header.count);
    }
    return false;
}

/* ---- Opening ------------------------------------------------------------------------------- */

/* Takes `bytes`, which has room for one byte more than `len`. */
static struct csv_reader *reader_start(char *bytes, size_t len, struct report *report)
{
    struct csv_reader *c = tool_alloc(1, sizeof(*c));

    *c = (struct csv_reader){.bytes = bytes, .len = len, .line = 1, .report = report};
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        c->at = 3;
    if (c->at == len || empty_line(c)) {
        report_at(report, 1, NULL, "the first line must name the columns, but it is empty");
        goto err_csv;
    }
    if (!take_row(c, &c->header))
        goto err_csv;
    return c;

err_csv:
    csv_reader_close(c);
    return NULL;
}

struct csv_reader *csv_reader_from(const void *bytes, size_t len, struct report *report)
{
    char *copy = tool_alloc(len + 1, 1);

    if (len > 0)
        memcpy(copy, bytes, len);
    return reader_start(copy, len, report);
}

static bool read_all(int fd, char *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* the file became shorter while it was read */
            return false;
        }
        done += (size_t)n;
    }
    return true;
}

struct csv_reader *csv_reader_open(const char *path, struct report *report)
{
    struct stat st;
    char *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) != 0)
        goto err_file;
    if (!S_ISREG(st.st_mode) || st.st_size > CSV_FILE_BYTES_MAX) {
        report_at(report, 0, NULL, "not a plain file of at most 1 GiB");
        goto err_said;
    }
    bytes = tool_alloc((size_t)st.st_size + 1, 1);
    if (!read_all(fd, bytes, (size_t)st.st_size))
        goto err_file;
    close(fd);
    return reader_start(bytes, (size_t)st.st_size, report);

err_file:
    report_at(report, 0, NULL, "cannot be read: %s", strerror(errno));
err_said:
    free(bytes);
    if (fd >= 0)
        close(fd);
    return NULL;
}

void csv_reader_close(struct csv_reader *c)
{
    if (c == NULL)
        return;
    free(c->bytes);
    free(c);
}

const struct csv_row *csv_reader_header(const struct csv_reader *c)
{
    return &c->header;
}
