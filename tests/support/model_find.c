/* model_find.c - finding rows by walking all of them, and checks of single fields. */
#include "tests/support/model_state.h"

void *m_grow(void *list, size_t *count, size_t size)
{
    if ((*count & (*count - 1)) == 0) { /* 0 or a power of two: full */
        list = realloc(list, (*count == 0 ? 1 : 2 * *count) * size);
        if (list == NULL)
            abort();
    }
    memset((char *)list + *count * size, 0, size);
    (*count)++;
    return list;
}

void m_copy(char to[NAME_SIZE], const char *from)
{
    size_t len = strlen(from);
    if (len >= NAME_SIZE)
        abort(); /* the checks of fields let nothing longer in */
    memset(to, 0, NAME_SIZE);
    memcpy(to, from, len);
}

int m_organiser(const struct model *m, const char *code)
{
    for (size_t i = 0; i < m->organisers_count; i++)
        if (strcmp(m->organisers[i].code, code) == 0)
            return (int)i;
    return NOBODY;
}

int m_service(const struct model *m, int organiser, const char *code)
{
    for (size_t i = 0; i < m->services_count; i++)
        if (m->services[i].organiser == organiser && strcmp(m->services[i].code, code) == 0)
            return (int)i;
    return NOBODY;
}

int m_provider(const struct model *m, const char *id)
{
    for (size_t i = 0; i < m->providers_count; i++)
        if (strcmp(m->providers[i].id, id) == 0)
            return (int)i;
    return NOBODY;
}

int m_voucher(const struct model *m, const char *number)
{
    for (size_t i = 0; i < m->vouchers_count; i++)
        if (strcmp(m->vouchers[i].number, number) == 0)
            return (int)i;
    return NOBODY;
}

bool m_class_known(const struct model *m, int organiser, const char *rate_class)
{
    if (strcmp(rate_class, CLASS_ALL) == 0)
        return true;
    for (size_t i = 0; i < m->windows_count; i++)
        if (m->windows[i].organiser == organiser &&
            strcmp(m->windows[i].rate_class, rate_class) == 0)
            return true;
    return false;
}

const struct m_row *m_row_on(const struct model *m, const struct m_row *key, int day)
{
    const struct m_row *best = NULL;
    for (size_t i = 0; i < m->rows_count; i++) {
        const struct m_row *r = &m->rows[i];
        if (r->kind == key->kind && r->provider == key->provider &&
            r->organiser == key->organiser && r->from <= day && day <= r->to &&
            strcmp(r->service, key->service) == 0 && strcmp(r->rate_class, key->rate_class) == 0 &&
            (best == NULL || r->from > best->from))
            best = r;
    }
    return best;
}

static size_t id_slot(const uint8_t *id)
{
    return ((size_t)id[4] ^ id[15]) << 8 | (size_t)(id[5] ^ id[14]);
}

struct m_id *m_id_find(struct model *m, const uint8_t *id, const char *owner)
{
    for (int i = m->id_head[id_slot(id)]; i != 0; i = m->ids[i - 1].next) {
        struct m_id *used = &m->ids[i - 1];
        if (memcmp(used->id, id, LIMIT_REQUEST_ID_BYTES) == 0 && strcmp(used->owner, owner) == 0)
            return used;
    }
    return NULL;
}

bool m_voucher_number_valid(const char *number)
{
    long value = 0;
    for (int i = 0; i < 9; i++) {
        if (number[i] < '0' || number[i] > '9')
            return false;
        value = value * 10 + (number[i] - '0');
    }
    return number[9] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[value % 31] && number[10] == '\0';
}

/* ISO 13616: country to the end, letters as two digits, remainder 1. */
static bool mod97_valid(const char *text, size_t len)
{
    int rest = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[(i + 4) % len];
        if (c >= '0' && c <= '9')
            rest = (rest * 10 + (c - '0')) % 97;
        else if (c >= 'A' && c <= 'Z')
            rest = (rest * 100 + (c - 'A' + 10)) % 97;
        else
            return false;
    }
    return rest == 1;
}

/* A Finnish account number ends in a digit by Luhn's rule. */
static bool luhn_valid(const char *digits, size_t len)
{
    int sum = 0;
    for (size_t i = 0; i < len; i++) {
        int d = digits[len - 1 - i] - '0';
        int twice = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += i % 2 == 1 ? twice : d;
    }
    return sum % 10 == 0;
}

bool m_iban_valid(const char *iban)
{
    size_t len = strlen(iban);
    if (len < 15 || len > 34 || !mod97_valid(iban, len))
        return false;
    return strncmp(iban, "FI", 2) != 0 || (len == 18 && luhn_valid(iban + 4, 14));
}

bool m_business_id_valid(const char *id)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    if (strlen(id) != 9 || id[7] != '-')
        return false;
    for (int i = 0; i < 7; i++) {
        if (id[i] < '0' || id[i] > '9')
            return false;
        sum += weights[i] * (id[i] - '0');
    }
    int rest = sum % 11;
    return rest != 1 && id[8] == (rest == 0 ? '0' : (char)('0' + 11 - rest));
}

bool m_code_ok(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(text);
    return len >= 1 && len <= LIMIT_CODE_BYTES && strspn(text, letters) == len;
}

bool m_code_or_none(const char *text)
{
    return text[0] == '\0' || m_code_ok(text);
}

bool m_text_ok(const char *text, size_t max)
{
    return strlen(text) <= max;
}

bool m_class_ok(const char *text)
{
    return text[0] == '\0' || (m_code_ok(text) && strcmp(text, "ALL") != 0);
}

static bool field_enums_ok(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *message)
{
    const char *at = (const char *)message + f->offset;
    if (f->type == PROTOBUF_C_TYPE_ENUM)
        return protobuf_c_enum_descriptor_get_value(f->descriptor,
                                                    *(const int *)(const void *)at) != NULL;
    if (f->type != PROTOBUF_C_TYPE_MESSAGE)
        return true;
    const ProtobufCMessage *one = NULL, *const *list = &one;
    size_t count = 1;
    memcpy(f->label == PROTOBUF_C_LABEL_REPEATED ? (void *)&list : (void *)&one, at,
           sizeof(void *));
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        memcpy(&count, (const char *)message + f->quantifier_offset, sizeof(count));
    for (size_t i = 0; i < count; i++)
        if (list[i] != NULL && !m_enums_ok(list[i]))
            return false;
    return true;
}

bool m_enums_ok(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *d = message->descriptor;
    for (unsigned i = 0; i < d->n_fields; i++)
        if (!field_enums_ok(&d->fields[i], message))
            return false;
    return true;
}

bool m_day_ok(int day)
{
    return day >= LIMIT_DAY_FIRST && day <= LIMIT_DAY_LAST;
}

bool m_span_ok(int from, int to)
{
    return m_day_ok(from) && (to == 0 || (m_day_ok(to) && to >= from));
}

bool m_value_ok(const Saldo__V1__Value *v, int64_t max)
{
    return v == NULL || (v->value >= 0 && v->value <= max);
}

int m_last_day(int to)
{
    return to == 0 ? DAY_OPEN : to;
}

int64_t m_value(const Saldo__V1__Value *v)
{
    return v == NULL ? NOT_SET : v->value;
}
