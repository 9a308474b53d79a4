/* sheet.c - one line at a time, fields cut in place. */
#include "tests/support/sheet.h"

#include <stdlib.h>
#include <string.h>

/* Cut a line into fields; quotes are taken off where a field has them. */
static size_t split(char *line, char *fields[SHEET_FIELDS_MAX])
{
    size_t count = 0;
    char *p = line;
    line[strcspn(line, "\r\n")] = '\0';
    while (count < SHEET_FIELDS_MAX) {
        bool quoted = *p == '"';
        fields[count++] = quoted ? ++p : p;
        p += strcspn(p, quoted ? "\"" : ",");
        if (quoted && *p == '"')
            *p++ = '\0';
        if (*p == '\0')
            return count;
        *p++ = '\0';
    }
    abort();
}

void sheet_open(struct sheet *c, const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    memset(c, 0, sizeof(*c));
    c->file = fopen(path, "r");
    if (c->file == NULL || fgets(c->header_line, sizeof(c->header_line), c->file) == NULL) {
        fprintf(stderr, "cannot read %s (run from the top of the project)\n", path);
        abort();
    }
    c->columns = split(c->header_line, c->header);
}

bool sheet_next(struct sheet *c)
{
    if (fgets(c->line, sizeof(c->line), c->file) == NULL) {
        fclose(c->file);
        c->file = NULL;
        return false;
    }
    c->number++;
    if (split(c->line, c->field) != c->columns)
        abort();
    return true;
}

char *sheet_text(const struct sheet *c, const char *column)
{
    static char none[1];
    for (size_t i = 0; i < c->columns; i++)
        if (strcmp(c->header[i], column) == 0)
            return c->field[i];
    return none;
}

int64_t sheet_number(const struct sheet *c, const char *column)
{
    return strtoll(sheet_text(c, column), NULL, 10);
}
