#include "report.h"

#include <stdarg.h>
#include <string.h>

void report_at(struct report *r, size_t line, const char *field, const char *format, ...)
{
    va_list list;

    r->count++;
    fprintf(r->out, "%s:", r->file);
    if (line > 0)
        fprintf(r->out, "%zu:", line);
    if (field != NULL)
        fprintf(r->out, "%s:", field);
    fputc(' ', r->out);
    va_start(list, format);
    vfprintf(r->out, format, list);
    va_end(list);
    fputc('\n', r->out);
}

const char *report_quote(const char *text, char out[REPORT_QUOTE_BYTES])
{
    const size_t most = REPORT_QUOTE_BYTES - 6; /* two quotes, three dots, the end */
    size_t len = strlen(text);
    const char *rest = "";

    if (len > most) {
        len = most;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
        rest = "...";
    }
    snprintf(out, REPORT_QUOTE_BYTES, "\"%.*s%s\"", (int)len, text, rest);
    return out;
}
