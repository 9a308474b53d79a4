#include "events.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "fields.h"
#include "saldo.pb-c.h"
#include "tool.h"

#define AT(name) offsetof(struct event, name)

static bool read_bool(const struct field *f, char *text, void *target,
                      const struct field_site *site)
{
    struct field number = *f;
    protobuf_c_boolean flag = 0;

    number.offset = 0;
    if (!field_flag(&number, text, &flag, site))
        return false;
    *(bool *)((char *)target + f->offset) = flag;
    return true;
}

static bool read_act(const struct field *f, char *text, void *target, const struct field_site *site)
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

static const struct field fields[] = {
    {"recorded_at", field_time, AT(recorded_at_ms), FIELD_NEEDED, 0, 0, NULL},
    {"act", read_act, 0, FIELD_NEEDED, 0, 0, NULL},
    {"provider", field_code, AT(provider), FIELD_NEEDED, 0, CODE, NULL},
    {"request_id", field_id, AT(charge.request_id), FIELD_NEEDED, 0, 0, NULL},
    {"voucher", field_text, AT(charge.voucher), 0, 0, LIMIT_VOUCHER_BYTES, NULL},
    {"service", field_text, AT(charge.service), 0, 0, CODE, NULL},
    {"class", field_class, AT(charge.rate_class), 0, 0, CODE, NULL},
    {"unit", field_word, AT(charge.unit), 0, 0, 0, &saldo__v1__unit__descriptor},
    {"start", field_time, AT(charge.start_ms), 0, 0, 0, NULL},
    {"end", field_time, AT(charge.end_ms), 0, 0, 0, NULL},
    {"quantity", field_int64, AT(charge.quantity), 0, INT64_MIN, INT64_MAX, NULL},
    {"price_cents", field_int64, AT(charge.price_cents), 0, INT64_MIN, INT64_MAX, NULL},
    {"county_cents", field_int64, AT(charge.county_cents), 0, INT64_MIN, INT64_MAX, NULL},
    {"copay_cents", field_int64, AT(charge.copay_cents), 0, INT64_MIN, INT64_MAX, NULL},
    {"identity_checked", read_bool, AT(charge.identity_checked), 0, 0, 0, NULL},
    {"reference", field_text, AT(charge.reference), 0, 0, LIMIT_REFERENCE_BYTES, NULL},
};

bool events_read(struct events *e, const char *path, struct report *report)
{
    struct field_map map;
    struct csv_row row;
    size_t before = report->count;

    *e = (struct events){.csv = csv_open(path, report)};
    if (e->csv == NULL ||
        !field_map(&map, fields, sizeof(fields) / sizeof(fields[0]), csv_header(e->csv), report))
        return false;
    while (csv_next(e->csv, &row)) {
        e->list = tool_grow(e->list, e->count, &e->room, sizeof(*e->list));
        struct event *event = &e->list[e->count];
        *event = (struct event){.line = row.line};
        e->count += field_row(&map, &row, event, report, &e->slab);
    }
    return report->count == before;
}

void events_free(struct events *e)
{
    csv_close(e->csv);
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
    crypto_generichash_final(&state, hash, sizeof(hash));
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)((uint64_t)e->recorded_at_ms >> (40 - 8 * i));
    memcpy(id + 6, hash, 10);
}
