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

void chart_bar(struct paper *p, struct ratio r, int64_t longest)
{
    int64_t width = within(figure_share((struct ratio){r.part, longest}));
    char figure[FIGURE_MAX];

    fputs("<span class=\"share\"><svg class=\"bar\" aria-hidden=\"true\">", p->file);
    if (width > 0)
        put_slice(p->file, 0, width, CHART_SOLID);
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

/* The next of 1, 2, 5, 10, 20, ... euros: what an outer line stands for. */
static int64_t round_up(int64_t cents)
{
    int64_t step = 100;

    for (int i = 0; step < cents && step < INT64_MAX / 10; i++)
        step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    return step;
}

/* From the lowest line to the highest, in cents; zero lies between them or on the lowest. */
struct scale {
    int64_t low, high;
};

static struct scale scale_of(const struct chart_days *c)
{
    int64_t least = 0, most = 0;

    for (size_t i = 0; i < c->count; i++) {
        least = c->cents[i] < least ? c->cents[i] : least;
        most = c->cents[i] > most ? c->cents[i] : most;
    }
    return (struct scale){least < 0 ? -round_up(-least) : 0,
                          most > 0 || least == 0 ? round_up(most) : 0};
}

static int height_of(const struct scale *s, int64_t cents)
{
    int64_t share = figure_share((struct ratio){cents - s->low, s->high - s->low});

    return COLUMNS_TOP + COLUMNS_HEIGHT - (int)(within(share) * COLUMNS_HEIGHT / 10000);
}

static void put_line(struct paper *p, int y, const char *colour)
{
    fprintf(p->file, "<line x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\" stroke=\"%s\"/>", y, y,
            colour);
}

static void put_label(struct paper *p, const struct scale *s, int64_t cents)
{
    char figure[FIGURE_MAX];

    fprintf(p->file, "<text x=\"100%%\" text-anchor=\"end\" y=\"%d\">", height_of(s, cents) + 4);
    paper_text(p, figure_whole_euros(p->language, cents, figure));
    fputs("</text>", p->file);
}

/* The labels stand beside the columns: over them nobody could read either. */
static void put_axis(struct paper *p, const struct scale *s)
{
    fprintf(p->file, "<svg class=\"axis\" height=\"%d\" aria-hidden=\"true\">",
            COLUMNS_TOP + COLUMNS_HEIGHT + 20);
    if (s->high > 0)
        put_label(p, s, s->high);
    if (s->low == 0)
        put_label(p, s, s->high / 2);
    put_label(p, s, 0);
    if (s->low < 0)
        put_label(p, s, s->low);
    fputs("</svg>", p->file);
}

static void put_column(struct paper *p, const struct chart_days *c, size_t i, const struct scale *s)
{
    int64_t step = 10000 / (int64_t)c->count;
    int64_t at = (int64_t)i * 10000 / (int64_t)c->count;
    int zero = height_of(s, 0), end = height_of(s, c->cents[i]);
    int day = calendar_date(c->first + (int32_t)i).day;

    fputs("<rect x=\"", p->file);
    put_percent(p->file, at + step / 8);
    fputs("\" width=\"", p->file);
    put_percent(p->file, step * 3 / 4);
    fprintf(p->file, "\" y=\"%d\" height=\"%d\" fill=\"url(#%s)\" stroke=\"#1c3d5e\"/>",
            end < zero ? end : zero, end < zero ? zero - end : end - zero,
            fills[c->cents[i] < 0 ? CHART_HATCH : CHART_SOLID]);
    if (day != 1 && day % 5 != 0)
        return;
    fputs("<text text-anchor=\"middle\" x=\"", p->file);
    put_percent(p->file, at + step / 2);
    fprintf(p->file, "\" y=\"%d\">%d%s</text>", COLUMNS_TOP + COLUMNS_HEIGHT + 15, day,
            p->language == LANGUAGE_FI ? "." : "");
}

void chart_days(struct paper *p, const struct chart_days *c)
{
    const struct scale scale = scale_of(c);

    fputs("<figure><figcaption>", p->file);
    paper_word(p, c->caption);
    fputs("</figcaption>\n<div class=\"plot\">", p->file);
    put_axis(p, &scale);
    fprintf(p->file, "<svg height=\"%d\" aria-hidden=\"true\">", COLUMNS_TOP + COLUMNS_HEIGHT + 20);
    put_line(p, height_of(&scale, scale.high), "#c8d0d8");
    put_line(p, height_of(&scale, scale.low < 0 ? scale.low : scale.high / 2), "#c8d0d8");
    for (size_t i = 0; i < c->count; i++)
        put_column(p, c, i, &scale);
    put_line(p, height_of(&scale, 0), "#17212b");
    fputs("</svg></div></figure>\n", p->file);
}
