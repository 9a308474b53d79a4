#include "events.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "columns.h"
#include "saldo.pb-c.h"
#include "tool.h"

#define AT(name) offsetof(struct event, name)

static bool read_bool(const struct column *f, char *text, void *target,
                      const struct column_site *site)
{
    struct column number = *f;
    protobuf_c_boolean flag = 0;

    number.offset = 0;
    if (!column_flag(&number, text, &flag, site))
        return false;
    *(bool *)((char *)target + f->offset) = flag;
    return true;
}

static bool read_act(const struct column *f, char *text, void *target,
                     const struct column_site *site)
{
    struct event *e = target;

    if (strcmp(text, "charge") != 0 && strcmp(text, "delete") != 0) {
        char quoted[REPORT_QUOTE_BYTES];
        report_at(site->report, site->line, f->name, "%s is not one of charge delete",
                  report_quote(text, quoted));
        return false;
    }
    e->act = text;
    e->deletes = text[0] == 'd';
    return true;
}

enum { CODE = LIMIT_CODE_BYTES };

static const struct column columns[] = {
    {"recorded_at", column_time, AT(recorded_at_ms), COLUMN_NEEDED, 0, 0, NULL},
    {"act", read_act, 0, COLUMN_NEEDED, 0, 0, NULL},
    {"provider", column_code, AT(provider), COLUMN_NEEDED, 0, CODE, NULL},
    {"request_id", column_id, AT(charge.request_id), COLUMN_NEEDED, 0, 0, NULL},
    {"voucher", column_text, AT(charge.voucher), 0, 0, LIMIT_VOUCHER_BYTES, NULL},
    {"service", column_text, AT(charge.service), 0, 0, CODE, NULL},
    {"class", column_class, AT(charge.rate_class), 0, 0, CODE, NULL},
    {"unit", column_word, AT(charge.unit), 0, 0, 0, &saldo__v1__unit__descriptor},
    {"start", column_time, AT(charge.start_ms), 0, 0, 0, NULL},
    {"end", column_time, AT(charge.end_ms), 0, 0, 0, NULL},
    {"quantity", column_int64, AT(charge.quantity), 0, INT64_MIN, INT64_MAX, NULL},
    {"price_cents", column_int64, AT(charge.price_cents), 0, INT64_MIN, INT64_MAX, NULL},
    {"county_cents", column_int64, AT(charge.county_cents), 0, INT64_MIN, INT64_MAX, NULL},
    {"copay_cents", column_int64, AT(charge.copay_cents), 0, INT64_MIN, INT64_MAX, NULL},
    {"identity_checked", read_bool, AT(charge.identity_checked), 0, 0, 0, NULL},
    {"reference", column_text, AT(charge.reference), 0, 0, LIMIT_REFERENCE_BYTES, NULL},
};

/* Two deletions of a charge at one instant are two requests, and sending the file again repeats
 * both: so each counts those before it. */
static void count_repeats(const struct events *e, struct event *event)
{
    for (size_t i = e->count; event->deletes && i-- > 0;) {
        const struct event *older = &e->list[i];
        if (older->recorded_at_ms != event->recorded_at_ms)
            return;
        if (older->deletes && strcmp(older->provider, event->provider) == 0 &&
            memcmp(older->charge.request_id, event->charge.request_id, 16) == 0)
            event->repeats++;
    }
}

bool events_read(struct events *e, const char *path, struct report *report)
{
    struct column_map map;
    struct csv_row row;
    size_t before = report->count;

    *e = (struct events){.csv = csv_reader_open(path, report)};
    if (e->csv == NULL || !column_map(&map, columns, sizeof(columns) / sizeof(columns[0]),
                                      csv_reader_header(e->csv), report))
        return false;
    while (csv_reader_next(e->csv, &row)) {
        e->list = tool_grow(e->list, e->count, &e->room, sizeof(*e->list));
        struct event *event = &e->list[e->count];
        *event = (struct event){.line = row.line};
        if (!column_row(&map, &row, event, report, &e->slab))
            continue;
        count_repeats(e, event);
        e->count++;
    }
    return report->count == before;
}

void events_free(struct events *e)
{
    csv_reader_close(e->csv);
    slab_free(&e->slab);
    free(e->list);
    *e = (struct events){0};
}

void event_command_id(const struct event *e, uint8_t id[16])
{
    crypto_generichash_state state;
    uint8_t hash[32];

    crypto_generichash_init(&state, NULL, 0, sizeof(hash));
    crypto_generichash_update(&state, (const uint8_t *)"delete", 6);
    crypto_generichash_update(&state, (const uint8_t *)e->provider, strlen(e->provider));
    crypto_generichash_update(&state, e->charge.request_id, sizeof(e->charge.request_id));
    if (e->repeats > 0)
        crypto_generichash_update(&state, &e->repeats, sizeof(e->repeats));
    crypto_generichash_final(&state, hash, sizeof(hash));
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)((uint64_t)e->recorded_at_ms >> (40 - 8 * i));
    memcpy(id + 6, hash, 10);
}
