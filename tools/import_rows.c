#include "import_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "columns.h"
#include "import_kinds.h"
#include "outcome.h"
#include "tool.h"

const char *import_kind_name(const struct import_kind *kind)
{
    return kind->name;
}

/* ---- Rows of one key ------------------------------------------------------------------------ */

static const char *row_key(const struct column_map *map, const struct csv_row *row,
                           struct slab *slab)
{
    size_t size = 1;

    for (size_t i = 0; i < map->count; i++)
        if ((map->columns[i].flags & COLUMN_KEY) != 0)
            size += strlen(column_text_of(map, i, row)) + 1;
    char *key = slab_alloc(slab, size);
    char *to = key;
    for (size_t i = 0; i < map->count; i++) {
        if ((map->columns[i].flags & COLUMN_KEY) == 0)
            continue;
        to = stpcpy(to, column_text_of(map, i, row));
        *to++ = 0x1f;
    }
    return key;
}

/* By key, and in the order of the file within one. */
static int compare_keys(const void *a, const void *b)
{
    const struct import_row *const *x = a, *const *y = b;
    int order = strcmp((*x)->key, (*y)->key);

    if (order != 0)
        return order;
    return (*x)->line < (*y)->line ? -1 : (*x)->line > (*y)->line;
}

/* Both are without a request id, so their bytes are their content. */
static bool same_content(const Saldo__V1__Command *a, const Saldo__V1__Command *b)
{
    size_t size = saldo__v1__command__get_packed_size(a);
    bool same = false;

    if (size != saldo__v1__command__get_packed_size(b))
        return false;
    uint8_t *bytes = tool_alloc(2, size);
    saldo__v1__command__pack(a, bytes);
    saldo__v1__command__pack(b, bytes + size);
    same = memcmp(bytes, bytes + size, size) == 0;
    free(bytes);
    return same;
}

/* The ledger would take the first and refuse the second, and the file would be in by half. */
static void find_conflicts(const struct import_table *t, struct report *report)
{
    const struct import_row **sorted = tool_alloc(t->count, sizeof(*sorted));

    for (size_t i = 0; i < t->count; i++)
        sorted[i] = &t->rows[i];
    qsort(sorted, t->count, sizeof(*sorted), compare_keys);
    for (size_t i = 1; i < t->count; i++) {
        const struct import_row *a = sorted[i - 1], *b = sorted[i];
        if (strcmp(a->key, b->key) != 0 || same_content(&a->command, &b->command))
            continue;
        report_at(report, b->line, t->kind->columns[0].name,
                  "line %zu has the same key and other content: keep one of them", a->line);
    }
    free(sorted);
}

/* ---- Reading -------------------------------------------------------------------------------- */

static bool validity_in_order(const struct import_kind *kind, const void *message,
                              const struct column_site *site)
{
    int32_t from, to;

    if (kind->from == 0)
        return true;
    memcpy(&from, (const char *)message + kind->from, sizeof(from));
    memcpy(&to, (const char *)message + kind->to, sizeof(to));
    if (to == 0 || to >= from)
        return true;
    report_at(site->report, site->line, kind->to_name,
              "the last day lies before the first: correct one of them");
    return false;
}

static void read_row(struct import_table *t, const struct column_map *map,
                     const struct csv_row *row, struct report *report)
{
    const struct import_kind *kind = t->kind;
    struct column_site site = {report, row->line, &t->slab};
    ProtobufCMessage *message = slab_alloc(&t->slab, kind->message->sizeof_message);

    protobuf_c_message_init(kind->message, message);
    if (!column_row(map, row, message, report, &t->slab) ||
        !validity_in_order(kind, message, &site) ||
        (kind->check != NULL && !kind->check(message, &site)))
        return;
    t->rows = tool_grow(t->rows, t->count, &t->room, sizeof(*t->rows));
    struct import_row *r = &t->rows[t->count++];
    r->line = row->line;
    r->key = row_key(map, row, &t->slab);
    saldo__v1__command__init(&r->command);
    r->command.body_case = kind->body;
    r->command.set_organiser = (void *)message; /* every member of the union is a pointer */
}

bool import_read(struct import_table *t, const struct import_kind *kind, struct csv_reader *csv,
                 struct report *report)
{
    struct column_map map;
    struct csv_row row;
    size_t before = report->count;

    *t = (struct import_table){.kind = kind, .csv = csv};
    if (!column_map(&map, kind->columns, kind->count, csv_reader_header(csv), report))
        return false;
    while (csv_reader_next(csv, &row))
        read_row(t, &map, &row, report);
    find_conflicts(t, report);
    return report->count == before;
}

void import_free(struct import_table *t)
{
    csv_reader_close(t->csv);
    slab_free(&t->slab);
    free(t->rows);
    *t = (struct import_table){0};
}

const char *import_field_of(const struct import_kind *kind, int outcome)
{
    static const struct {
        int outcome;
        const char *names[3]; /* the first one the file has */
    } table[] = {
        {OUTCOME_ORGANISER_UNKNOWN, {"organiser"}},
        {OUTCOME_PROVIDER_UNKNOWN, {"provider", "reserved_for"}},
        {OUTCOME_SERVICE_UNKNOWN, {"service", "services"}},
        {OUTCOME_RATE_CLASS_UNKNOWN, {"class"}},
        {OUTCOME_VOUCHER_UNKNOWN, {"voucher"}},
        {OUTCOME_SECOND_OFFICER_REQUIRED, {"iban"}},
        {OUTCOME_SCOPE_NOT_ALLOWED, {"organiser"}},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        for (size_t n = 0; table[i].outcome == outcome && n < 3 && table[i].names[n]; n++)
            for (size_t f = 0; f < kind->count; f++)
                if (strcmp(kind->columns[f].name, table[i].names[n]) == 0)
                    return kind->columns[f].name;
    return kind->columns[0].name;
}
