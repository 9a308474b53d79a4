#include "columns.h"

#include <string.h>

#include "base/limits.h"
#include "identifier.h"
#include "saldo.h"
#include "saldo.pb-c.h"
#include "text.h"

/* ---- Rows ---------------------------------------------------------------------------------- */

static size_t find_column(const struct column *columns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(columns[i].name, name) == 0)
            return i;
    return COLUMN_ABSENT;
}

bool column_map(struct column_map *map, const struct column *columns, size_t count,
                const struct csv_row *header, struct report *report)
{
    size_t before = report->count;

    map->columns = columns;
    map->count = count;
    for (size_t i = 0; i < count; i++)
        map->place[i] = COLUMN_ABSENT;
    for (size_t i = 0; i < header->count; i++) {
        size_t at = find_column(columns, count, header->fields[i]);
        if (at == COLUMN_ABSENT)
            report_at(report, header->line, header->fields[i],
                      "is no column of this file: correct or remove it");
        else if (map->place[at] != COLUMN_ABSENT)
            report_at(report, header->line, header->fields[i], "the column is there twice");
        else
            map->place[at] = i;
    }
    for (size_t i = 0; i < count; i++)
        if (map->place[i] == COLUMN_ABSENT && (columns[i].flags & COLUMN_NEEDED) != 0)
            report_at(report, header->line, columns[i].name, "the column is missing: add it");
    return report->count == before;
}

bool column_row(const struct column_map *map, const struct csv_row *row, void *target,
                struct report *report, struct slab *slab)
{
    struct column_site site = {report, row->line, slab};
    bool good = true;

    for (size_t i = 0; i < map->count; i++) {
        const struct column *f = &map->columns[i];
        if (map->place[i] == COLUMN_ABSENT)
            continue;
        char *text = row->fields[map->place[i]];
        if (text[0] != '\0') {
            good &= f->read(f, text, target, &site);
        } else if ((f->flags & COLUMN_NEEDED) != 0) {
            report_at(report, row->line, f->name, "is empty: a value is needed");
            good = false;
        }
    }
    return good;
}

const char *column_text_of(const struct column_map *map, size_t index, const struct csv_row *row)
{
    return map->place[index] == COLUMN_ABSENT ? "" : row->fields[map->place[index]];
}

/* ---- Readers ------------------------------------------------------------------------------- */

/* Complain about `text`, with advice; always false. */
static bool wrong(const struct column *f, const char *text, const struct column_site *site,
                  const char *advice)
{
    char quoted[REPORT_QUOTE_BYTES];

    report_at(site->report, site->line, f->name, "%s %s", report_quote(text, quoted), advice);
    return false;
}

static void *member(const struct column *f, void *target)
{
    return (char *)target + f->offset;
}

static bool set_text(const struct column *f, char *text, void *target)
{
    memcpy(member(f, target), &text, sizeof(text));
    return true;
}

bool column_text(const struct column *f, char *text, void *target, const struct column_site *site)
{
    if (strlen(text) > (size_t)f->high) {
        char quoted[REPORT_QUOTE_BYTES];
        report_at(site->report, site->line, f->name, "%s is %zu bytes long: at most %d are taken",
                  report_quote(text, quoted), strlen(text), (int)f->high);
        return false;
    }
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return wrong(f, "", site, "holds a control character: remove it");
    return set_text(f, text, target);
}

bool column_code(const struct column *f, char *text, void *target, const struct column_site *site)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    if (strchr(plain, text[0]) == NULL && (unsigned char)text[0] < 0x80)
        return wrong(f, text, site, "is not a code: it begins with a letter or a digit");
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x80 && strchr(plain, *c) == NULL && strchr("-_.", *c) == NULL)
            return wrong(f, text, site, "is not a code: use letters, digits and -_. only");
    return column_text(f, text, target, site);
}

bool column_class(const struct column *f, char *text, void *target, const struct column_site *site)
{
    if (strcmp(text, "ALL") != 0)
        return column_code(f, text, target, site);
    text[0] = '\0'; /* in the row too, so that both spellings are one key */
    return set_text(f, text, target);
}

bool column_voucher(const struct column *f, char *text, void *target,
                    const struct column_site *site)
{
    if (!identifier_voucher_valid(text, strlen(text)))
        return wrong(f, text, site,
                     "is not a voucher number: nine digits and the check character that fits");
    return set_text(f, text, target);
}

bool column_iban(const struct column *f, char *text, void *target, const struct column_site *site)
{
    if (!identifier_iban_valid(text, strlen(text)))
        return wrong(f, text, site,
                     "is not an IBAN: look for a wrong digit, write it without spaces");
    return set_text(f, text, target);
}

bool column_business_id(const struct column *f, char *text, void *target,
                        const struct column_site *site)
{
    if (!identifier_business_id_valid(text, strlen(text)))
        return wrong(f, text, site, "is not a business id: 1234567-8 with a check digit that fits");
    return set_text(f, text, target);
}

static bool integer(const struct column *f, const char *text, int64_t *value,
                    const struct column_site *site)
{
    char quoted[REPORT_QUOTE_BYTES];

    if (text_integer(text, f->low, f->high, value))
        return true;
    report_at(site->report, site->line, f->name, "%s is not a whole number from %lld to %lld",
              report_quote(text, quoted), (long long)f->low, (long long)f->high);
    return false;
}

bool column_int64(const struct column *f, char *text, void *target, const struct column_site *site)
{
    return integer(f, text, member(f, target), site);
}

bool column_int32(const struct column *f, char *text, void *target, const struct column_site *site)
{
    int64_t value;

    if (!integer(f, text, &value, site))
        return false;
    *(int32_t *)member(f, target) = (int32_t)value;
    return true;
}

bool column_value(const struct column *f, char *text, void *target, const struct column_site *site)
{
    int64_t value;

    if (!integer(f, text, &value, site))
        return false;
    Saldo__V1__Value *message = slab_alloc(site->slab, sizeof(*message));
    saldo__v1__value__init(message);
    message->value = value;
    memcpy(member(f, target), &message, sizeof(message));
    return true;
}

bool column_day(const struct column *f, char *text, void *target, const struct column_site *site)
{
    int32_t *day = member(f, target);

    if (!saldo_day_parse(text, day))
        return wrong(f, text, site, "is not a date: write it as YYYY-MM-DD");
    if (*day < LIMIT_DAY_FIRST || *day > LIMIT_DAY_LAST)
        return wrong(f, text, site, "is too far away: dates from 1996-01-01 to 2100-12-31");
    return true;
}

bool column_time(const struct column *f, char *text, void *target, const struct column_site *site)
{
    if (!saldo_time_parse(text, member(f, target)))
        return wrong(f, text, site, "is not an instant: write it as 2018-09-01T12:30:00+03:00");
    return true;
}

static int two_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    return (text[0] - '0') * 10 + text[1] - '0';
}

bool column_minute(const struct column *f, char *text, void *target, const struct column_site *site)
{
    int hour = strlen(text) == 5 && text[2] == ':' ? two_digits(text) : -1;
    int minute = hour >= 0 ? two_digits(text + 3) : -1;
    int32_t value = hour * 60 + minute;

    if (hour < 0 || minute < 0 || minute > 59 || value < f->low || value > f->high)
        return wrong(f, text, site, "is not a time of day: write it as HH:MM");
    *(int32_t *)member(f, target) = value;
    return true;
}

bool column_flag(const struct column *f, char *text, void *target, const struct column_site *site)
{
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        return wrong(f, text, site, "is not 1 for yes or 0 for no");
    *(protobuf_c_boolean *)member(f, target) = text[0] == '1';
    return true;
}

/* The name of "not set" ends so; it is no value of a file. */
static bool is_none(const char *name)
{
    size_t len = strlen(name);

    return len >= 4 && strcmp(name + len - 4, "NONE") == 0;
}

bool column_word(const struct column *f, char *text, void *target, const struct column_site *site)
{
    char advice[160] = "is not one of";

    for (unsigned i = 0; i < f->words->n_values; i++) {
        const ProtobufCEnumValue *v = &f->words->values[i];
        if (is_none(v->name))
            continue;
        if (strcmp(v->name, text) == 0) {
            memcpy(member(f, target), &v->value, sizeof(v->value));
            return true;
        }
        strncat(advice, " ", sizeof(advice) - strlen(advice) - 1);
        strncat(advice, v->name, sizeof(advice) - strlen(advice) - 1);
    }
    return wrong(f, text, site, advice);
}

bool column_id(const struct column *f, char *text, void *target, const struct column_site *site)
{
    if (!text_unhex(text, member(f, target), 16))
        return wrong(f, text, site, "is not a request id: 32 hexadecimal digits");
    return true;
}
