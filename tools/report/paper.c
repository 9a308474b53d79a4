#include "report/paper.h"

static void put(struct paper *p, const char *markup)
{
    fputs(markup, p->file);
}

void paper_text(struct paper *p, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            put(p, "&amp;");
            break;
        case '<':
            put(p, "&lt;");
            break;
        case '>':
            put(p, "&gt;");
            break;
        case '"':
            put(p, "&quot;");
            break;
        case '\'':
            put(p, "&#39;");
            break;
        default:
            if ((unsigned char)*text < 0x20 || *text == 0x7f)
                put(p, "\ufffd"); /* HTML has no place for control characters */
            else
                fputc(*text, p->file);
        }
    }
}

void paper_word(struct paper *p, enum word w)
{
    paper_text(p, word(p->language, w));
}

void paper_euros(struct paper *p, int64_t cents)
{
    char out[FIGURE_MAX];

    paper_text(p, figure_euros(p->language, cents, out));
}

void paper_count(struct paper *p, int64_t count)
{
    char out[FIGURE_MAX];

    paper_text(p, figure_count(p->language, count, out));
}

void paper_day(struct paper *p, int32_t day)
{
    char out[FIGURE_MAX];

    paper_text(p, figure_day(p->language, day, out));
}

void paper_note(struct paper *p, const char *text)
{
    put(p, "<p class=\"note\">");
    paper_text(p, text);
    put(p, "</p>\n");
}

/* ---- The page -------------------------------------------------------------------------------- */

void paper_begin(struct paper *p, const struct paper_head *head)
{
    fprintf(p->file,
            "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" "
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>",
            language_code(p->language));
    paper_word(p, head->title);
    paper_text(p, " \u2013 ");
    paper_text(p, head->name);
    paper_text(p, " \u2013 ");
    paper_text(p, head->period);
    put(p, "</title>\n<style>\n");
    put(p, paper_style);
    put(p, "</style>\n</head>\n<body>\n");
    put(p, paper_fills);
    put(p, "<main>\n<header>\n<p class=\"whose\">");
    paper_text(p, head->name);
    put(p, "</p>\n<h1>");
    paper_word(p, head->title);
    put(p, "</h1>\n<p class=\"period\">");
    paper_text(p, head->period);
    put(p, "</p>\n");
    if (head->simulated) {
        put(p, "<p class=\"simulated\">");
        paper_word(p, WORD_SIMULATED);
        put(p, "</p>\n");
    }
    put(p, "</header>\n");
}

void paper_end(struct paper *p, const char *foot)
{
    put(p, "<footer>");
    paper_text(p, foot);
    put(p, "</footer>\n</main>\n</body>\n</html>\n");
}

void paper_list(struct paper *p, enum paper_list kind)
{
    put(p, kind == PAPER_FACTS ? "<dl class=\"facts\">\n" : "<dl class=\"figures\">\n");
}

void paper_item(struct paper *p, enum word name, const char *value)
{
    put(p, "<div><dt>");
    paper_word(p, name);
    put(p, "</dt><dd>");
    paper_text(p, value);
    put(p, "</dd></div>\n");
}

void paper_list_end(struct paper *p)
{
    put(p, "</dl>\n");
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* A card is no table to a browser any more: the roles keep it one for those who listen. */
static const char *role(const struct paper *p, const char *markup)
{
    return p->table->wide ? markup : "";
}

static void close_cell(struct paper *p)
{
    if (p->in_cell)
        put(p, p->column == 1 ? "</th>" : "</td>");
    p->in_cell = false;
}

static void close_row(struct paper *p)
{
    close_cell(p);
    if (p->in_row)
        put(p, "</tr>\n");
    p->in_row = false;
}

static void close_group(struct paper *p)
{
    close_row(p);
    if (p->in_group)
        put(p, "</tbody>\n");
    p->in_group = false;
}

static void open_group(struct paper *p)
{
    fprintf(p->file, "<tbody%s>\n", role(p, " role=\"rowgroup\""));
    p->in_group = true;
}

void paper_table(struct paper *p, const struct paper_table *table)
{
    p->table = table;
    fprintf(p->file, "<table%s>\n<caption>", table->wide ? " class=\"wide\" role=\"table\"" : "");
    paper_word(p, table->caption);
    fprintf(p->file, "</caption>\n<thead%s><tr%s>", role(p, " role=\"rowgroup\""),
            role(p, " role=\"row\""));
    for (size_t i = 0; i < table->count; i++) {
        fprintf(p->file, "<th scope=\"col\"%s%s>", role(p, " role=\"columnheader\""),
                table->columns[i].number ? " class=\"n\"" : "");
        paper_word(p, table->columns[i].title);
        put(p, "</th>");
    }
    put(p, "</tr></thead>\n");
}

void paper_group(struct paper *p)
{
    close_group(p);
    open_group(p);
    fprintf(p->file, "<tr class=\"group\"%s><th scope=\"rowgroup\" colspan=\"%zu\"%s>",
            role(p, " role=\"row\""), p->table->count, role(p, " role=\"rowheader\""));
    p->in_row = p->in_cell = true;
    p->column = 1;
}

void paper_row(struct paper *p, enum paper_row kind)
{
    static const char *const classes[] = {"", " class=\"sum\"", " class=\"total\""};

    if (kind == PAPER_TOTAL)
        close_group(p);
    close_row(p);
    if (!p->in_group)
        open_group(p);
    fprintf(p->file, "<tr%s%s>", classes[kind], role(p, " role=\"row\""));
    p->in_row = true;
    p->column = 0;
}

void paper_cell(struct paper *p)
{
    close_cell(p);
    const struct paper_column *c = &p->table->columns[p->column++];
    fprintf(p->file, "<%s%s", p->column == 1 ? "th scope=\"row\"" : "td",
            c->number ? " class=\"n\"" : "");
    if (p->table->wide) {
        put(p, p->column == 1 ? " role=\"rowheader\"" : " role=\"cell\"");
        put(p, " data-label=\"");
        paper_word(p, c->title);
        put(p, "\"");
    }
    put(p, ">");
    p->in_cell = true;
}

void paper_cells(struct paper *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        paper_cell(p);
}

void paper_table_end(struct paper *p)
{
    close_group(p);
    put(p, "</table>\n");
    p->table = NULL;
}

void paper_cell_text(struct paper *p, const char *text)
{
    paper_cell(p);
    paper_text(p, text);
}

void paper_cell_euros(struct paper *p, int64_t cents)
{
    paper_cell(p);
    paper_euros(p, cents);
}

void paper_cell_count(struct paper *p, int64_t count)
{
    paper_cell(p);
    paper_count(p, count);
}

void paper_cell_small(struct paper *p, const char *text)
{
    put(p, "<small>");
    paper_text(p, text);
    put(p, "</small>");
}

void paper_cell_id(struct paper *p, const char *text)
{
    put(p, "<small class=\"id\">");
    paper_text(p, text);
    put(p, "</small>");
}
