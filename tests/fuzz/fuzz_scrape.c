/* What `saldo top` makes of a daemon's /metrics and /healthz: no crash, a screen that is not wider
 * than the terminal, and nothing on it that a terminal would act on. The pages of two scrapes, and
 * the health of the second, stand behind each other with a NUL between them; the first two bytes
 * say how large the terminal is. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "top/view.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A part up to its NUL into `out`; returns what follows it. */
static size_t take(const uint8_t *data, size_t size, char *out, size_t out_size)
{
    const uint8_t *end = memchr(data, '\0', size);
    const size_t len = end == NULL ? size : (size_t)(end - data);
    const size_t kept = len < out_size ? len : out_size - 1;
    memcpy(out, data, kept);
    out[kept] = '\0';
    return end == NULL ? size : len + 1;
}

static void check_screen(const char *text, size_t len, const struct view *v)
{
    const char *end;
    int lines = 0;
    for (const char *line = text; (end = memchr(line, '\n', len)) != NULL; line = end + 1) {
        const size_t bytes = (size_t)(end - line);
        int width = 0;
        CHECK(utf8_clean((const uint8_t *)line, bytes));
        for (size_t i = 0; i < bytes; i++)
            width += ((unsigned char)line[i] & 0xc0) != 0x80; /* the first byte of a character */
        CHECK(width <= v->columns);
        CHECK(++lines <= v->rows);
        len -= bytes + 1;
    }
    CHECK(len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scrape before, now;
    char label[64];
    struct view v = {.utf8 = true, .time_ms = INT64_C(1764000000000)};
    char *text = NULL;
    size_t len = 0;
    if (size < 2 || size > 1 << 16)
        return 0;
    v.columns = VIEW_COLUMNS_MIN + data[0] % (VIEW_COLUMNS_MAX - VIEW_COLUMNS_MIN + 1);
    v.rows = 1 + data[1] % 80;
    size_t at = 2;
    before.good = now.good = true;
    before.at_us = 1000000;
    now.at_us = 2000000;
    at += take(data + at, size - at, before.metrics, sizeof(before.metrics));
    at += take(data + at, size - at, now.metrics, sizeof(now.metrics));
    take(data + at, size - at, now.health, sizeof(now.health));
    if (scrape_label(&now, "saldo_build_info", "version", label, sizeof(label)))
        CHECK(strlen(label) < sizeof(label));
    FILE *out = open_memstream(&text, &len);
    CHECK(out != NULL);
    view_note(&v, &before, &now);
    view_write(&v, &before, &now, out);
    fclose(out);
    check_screen(text, len, &v);
    free(text);
    return 0;
}
