#include "report/chart.h"

#include <inttypes.h>

#include "calendar.h"

static const char *const fills[] = {"solid", "hatch", "dots"};

/* "12.34": a share in hundredths of a percent, as SVG wants it. */
static void put_percent(FILE *file, int64_t hundredths)
{
    fprintf(file, "%" PRId64 ".%02d%%", hundredths / 100, (int)(hundredths % 100));
}

static int64_t within(int64_t hundredths)
{
    return hundredths < 0 ? 0 : hundredths > 10000 ? 10000 : hundredths;
}

static void put_slice(FILE *file, int64_t from, int64_t width, enum chart_fill fill)
{
    fputs("<rect x=\"", file);
    put_percent(file, from);
    fputs("\" width=\"", file);
    put_percent(file, width);
    fprintf(file, "\" height=\"100%%\" fill=\"url(#%s)\" stroke=\"#1c3d5e\"/>", fills[fill]);
}

void chart_bar(struct paper *p, struct ratio r, enum chart_fill fill)
{
    int64_t width = within(figure_share(r));
    char figure[FIGURE_MAX];

    fputs("<span class=\"share\"><svg class=\"bar\" aria-hidden=\"true\">", p->file);
    if (width > 0)
        put_slice(p->file, 0, width, fill);
    fputs("</svg><span>", p->file);
    paper_text(p, figure_percent(p->language, r, figure));
    fputs("</span></span>", p->file);
}

/* ---- Slices ---------------------------------------------------------------------------------- */

void chart_stack(struct paper *p, enum word caption, const struct chart_slice *legend,
                 size_t slices)
{
    fputs("<figure><figcaption>", p->file);
    paper_word(p, caption);
    fputs("</figcaption>\n<ul class=\"legend\">", p->file);
    for (size_t i = 0; i < slices; i++) {
        fputs("<li><svg aria-hidden=\"true\">", p->file);
        put_slice(p->file, 0, 10000, legend[i].fill);
        fputs("</svg>", p->file);
        paper_word(p, legend[i].name);
        fputs("</li>", p->file);
    }
    fputs("</ul>\n<div class=\"stack\">\n", p->file);
}

void chart_stack_bar(struct paper *p, const char *label, const char *last,
                     const struct chart_slice *list, size_t slices)
{
    int64_t whole = 0, before = 0;

    for (size_t i = 0; i < slices; i++)
        whole += list[i].value > 0 ? list[i].value : 0;
    fputs("<span>", p->file);
    paper_text(p, label);
    fputs("</span><svg class=\"bar\" aria-hidden=\"true\">", p->file);
    for (size_t i = 0; i < slices; i++) {
        if (list[i].value <= 0)
            continue;
        int64_t from = figure_share((struct ratio){before, whole});
        before += list[i].value;
        int64_t to = figure_share((struct ratio){before, whole});
        put_slice(p->file, from, to - from, list[i].fill);
    }
    fputs("</svg><span class=\"n\">", p->file);
    paper_text(p, last);
    fputs("</span>\n", p->file);
}

void chart_stack_end(struct paper *p)
{
    fputs("</div></figure>\n", p->file);
}

/* ---- Columns --------------------------------------------------------------------------------- */

enum { COLUMNS_TOP = 16, COLUMNS_HEIGHT = 130 };

/* The next of 1, 2, 5, 10, 20, ... euros: what the highest line stands for. */
static int64_t round_top(int64_t cents)
{
    int64_t step = 100;

    for (int i = 0; step < cents && step < INT64_MAX / 10; i++)
        step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    return step;
}

static void put_line(struct paper *p, int y)
{
    fprintf(p->file, "<line x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\" stroke=\"#c8d0d8\"/>", y, y);
}

static void put_label(struct paper *p, int64_t cents, int y)
{
    fprintf(p->file, "<text x=\"0\" y=\"%d\">", y - 4);
    paper_euros(p, cents);
    fputs("</text>", p->file);
}

static void put_column(struct paper *p, const struct chart_days *c, size_t i, int64_t top)
{
    int64_t step = 10000 / (int64_t)c->count;
    int64_t at = (int64_t)i * 10000 / (int64_t)c->count;
    int height =
        (int)(within(figure_share((struct ratio){c->cents[i], top})) * COLUMNS_HEIGHT / 10000);
    int day = calendar_date(c->first + (int32_t)i).day;

    fputs("<rect x=\"", p->file);
    put_percent(p->file, at + step / 8);
    fputs("\" width=\"", p->file);
    put_percent(p->file, step * 3 / 4);
    fprintf(p->file, "\" y=\"%d\" height=\"%d\" fill=\"#1c3d5e\"/>",
            COLUMNS_TOP + COLUMNS_HEIGHT - height, height);
    if (day != 1 && day % 5 != 0)
        return;
    fputs("<text text-anchor=\"middle\" x=\"", p->file);
    put_percent(p->file, at + step / 2);
    fprintf(p->file, "\" y=\"%d\">%d.</text>", COLUMNS_TOP + COLUMNS_HEIGHT + 15, day);
}

void chart_days(struct paper *p, const struct chart_days *c)
{
    const int middle = COLUMNS_TOP + COLUMNS_HEIGHT / 2;
    int64_t most = 0;

    for (size_t i = 0; i < c->count; i++)
        if (c->cents[i] > most)
            most = c->cents[i];
    int64_t top = round_top(most);
    fputs("<figure><figcaption>", p->file);
    paper_word(p, c->caption);
    fprintf(p->file, "</figcaption>\n<svg width=\"100%%\" height=\"%d\" aria-hidden=\"true\">",
            COLUMNS_TOP + COLUMNS_HEIGHT + 20);
    put_line(p, COLUMNS_TOP);
    put_line(p, middle);
    for (size_t i = 0; i < c->count; i++)
        put_column(p, c, i, top);
    put_label(p, top, COLUMNS_TOP);
    put_label(p, top / 2, middle);
    fprintf(p->file,
            "<line x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\" stroke=\"#17212b\"/></svg></figure>\n",
            COLUMNS_TOP + COLUMNS_HEIGHT, COLUMNS_TOP + COLUMNS_HEIGHT);
}
