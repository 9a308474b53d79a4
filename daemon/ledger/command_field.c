/* command_field.c - values of commands that no state could make right, and names to be known. */
#include "ledger/command.h"

static bool code_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool field_code_optional(const char *s)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < len; i++) {
        if (!code_char(s[i]))
            return false;
    }
    return len <= LIMIT_CODE_BYTES;
}

bool field_code(const char *s)
{
    return s[0] != '\0' && field_code_optional(s);
}

bool field_class(const char *s)
{
    return field_code_optional(s) && !text_is(text_of("ALL"), s);
}

bool field_name(const char *s)
{
    return strlen(s) <= LIMIT_NAME_BYTES;
}

/* A bank carries no other letters surely, and the payment file is written after the release. */
bool field_account_name(const char *s)
{
    bool empty = s[0] == '\0', carried = false;

    for (const char *at = s; *at != '\0'; at++)
        carried = carried || (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                  (*at >= '0' && *at <= '9');
    return (empty || carried) && field_name(s);
}

bool field_reference(const char *s)
{
    return strlen(s) <= LIMIT_REFERENCE_BYTES;
}

bool field_business_id(const char *s)
{
    return s[0] == '\0' || identifier_business_id_valid(s, strlen(s));
}

bool field_iban(const char *s)
{
    return s[0] == '\0' || identifier_iban_valid(s, strlen(s));
}

bool field_day(int32_t day)
{
    return day >= LIMIT_DAY_FIRST && day <= LIMIT_DAY_LAST;
}

bool field_span(struct span s)
{
    return field_day(s.from) && (s.to == 0 || (field_day(s.to) && s.to >= s.from));
}

int32_t span_end(int32_t to)
{
    return to == 0 ? CALENDAR_DAY_OPEN : to;
}

bool field_amount(int64_t amount, int64_t most)
{
    return amount >= 0 && amount <= most;
}

bool field_value(const Saldo__V1__Value *v, int64_t most)
{
    return v == NULL || field_amount(v->value, most);
}

/* One that is named twice would count once and read as two. */
bool field_services(char *const *codes, size_t count)
{
    if (count > LIMIT_VOUCHER_SERVICES)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!field_code(codes[i]))
            return false;
        for (size_t before = 0; before < i; before++) {
            if (text_is(text_of(codes[i]), codes[before]))
                return false;
        }
    }
    return true;
}

/* ---- Names ----------------------------------------------------------------------------------- */

uint32_t voucher_named(const struct ledger *l, const char *number)
{
    return voucher_find(l, identifier_voucher_digits(number, strlen(number)));
}

enum outcome organiser_named(const struct ledger *l, const struct act *a, const char *code,
                             uint32_t *organiser)
{
    *organiser = organiser_find(l, text_of(code));
    if (*organiser == 0)
        return OUTCOME_ORGANISER_UNKNOWN;
    return act_in_scope(a, *organiser) ? OUTCOME_ACCEPTED : OUTCOME_SCOPE_NOT_ALLOWED;
}

enum outcome offer_named(const struct ledger *l, const struct act *a, struct offer_names names,
                         struct offer *out)
{
    *out = (struct offer){0};
    if (names.provider != NULL) {
        out->provider = provider_find(l, text_of(names.provider));
        if (out->provider == 0)
            return OUTCOME_PROVIDER_UNKNOWN;
    }
    out->organiser = organiser_find(l, text_of(names.organiser));
    if (out->organiser == 0)
        return OUTCOME_ORGANISER_UNKNOWN;
    out->service = service_find(l, out->organiser, text_of(names.service));
    if (out->service == 0)
        return OUTCOME_SERVICE_UNKNOWN;
    if (names.rate_class != NULL)
        out->rate_class = class_find(l, out->organiser, text_of(names.rate_class));
    if (out->rate_class == UINT32_MAX)
        return OUTCOME_RATE_CLASS_UNKNOWN;
    return act_in_scope(a, out->organiser) ? OUTCOME_ACCEPTED : OUTCOME_SCOPE_NOT_ALLOWED;
}

bool services_named(const struct ledger *l, uint32_t organiser, struct service_names names,
                    struct version *out)
{
    CHECK(names.count <= LIMIT_VOUCHER_SERVICES);
    memset(out->services, 0, sizeof(out->services));
    for (size_t i = 0; i < names.count; i++) {
        uint32_t item = service_find(l, organiser, text_of(names.codes[i]));
        if (item == 0)
            return false;
        CHECK(item <= UINT16_MAX);
        out->services[i] = (uint16_t)item;
    }
    out->service_count = (uint32_t)names.count;
    return true;
}

int32_t services_unit(const struct ledger *l, const struct version *version)
{
    int32_t unit = SALDO__V1__UNIT__UNIT_NONE;
    for (uint32_t i = 0; i < version->service_count; i++) {
        const struct service *s = ROW_AT(service, l, ROW_SERVICE, version->services[i]);
        if (i > 0 && s->unit != unit)
            return SALDO__V1__UNIT__UNIT_NONE;
        unit = s->unit;
    }
    return unit;
}

uint32_t cost_code_make(struct ledger *l, uint32_t organiser, struct text code)
{
    if (code.len == 0)
        return 0;
    uint32_t item = cost_code_find(l, organiser, code);
    if (item != 0)
        return item;
    item = row_new(l, ROW_COST_CODE);
    struct cost_code *c = ROW_AT(cost_code, l, ROW_COST_CODE, item);
    text_copy(c->code.text, sizeof(c->code.text), code);
    c->organiser = organiser;
    catalogue_index(l, ROW_COST_CODE, item);
    return item;
}
