/* command.h - what the files of the commands share: values that no state could make right, names
 * that must be known, and the steps that a grant, a closing and a conversion have in common.
 *
 * Private to daemon/ledger. The field_ functions know no state; the _judge functions change none.
 */
#ifndef LEDGER_COMMAND_H
#define LEDGER_COMMAND_H

#include "ledger/state.h"

/* ---- command_field.c ------------------------------------------------------------------------- */

bool field_code(const char *s);          /* 1..LIMIT_CODE_BYTES letters, digits, '.', '_', '-' */
bool field_code_optional(const char *s); /* or empty */
bool field_class(const char *s);         /* a code but not "ALL", or empty, which is ALL */
bool field_name(const char *s);          /* a text of at most LIMIT_NAME_BYTES */
bool field_account_name(const char *s);  /* a name with a letter a-z or a digit; may be empty */
bool field_reference(const char *s);     /* a text of at most LIMIT_REFERENCE_BYTES */
bool field_business_id(const char *s);   /* empty, or with the right check digit */
bool field_iban(const char *s);          /* empty, or with the right check digits */
bool field_day(int32_t day);
bool field_services(char *const *codes, size_t count); /* codes, no more than a voucher may have */
bool field_amount(int64_t amount, int64_t most);
bool field_value(const Saldo__V1__Value *v, int64_t most); /* NULL, or an amount */

/* A first and a last day; a last day of 0 is open. */
struct span {
    int32_t from;
    int32_t to;
};
bool field_span(struct span s);
int32_t span_end(int32_t to); /* CALENDAR_DAY_OPEN for 0 */

static inline int64_t value_or(const Saldo__V1__Value *v, int64_t none)
{
    return v == NULL ? none : v->value;
}

/* 0 where there is none, or where the check character is wrong. */
uint32_t voucher_named(const struct ledger *l, const char *number);

/* Is it a person who acts, by whatever key? Four eyes: from LEVEL_PAYEES on names that differ only
 * in the case of a-z are one person's. */
bool act_is_of(const struct ledger *l, const struct act *a, uint32_t owner);

/* An organiser that the key may act for. ORGANISER_UNKNOWN, SCOPE_NOT_ALLOWED. */
enum outcome organiser_named(const struct ledger *l, const struct act *a, const char *code,
                             uint32_t *organiser);

/* What a rate, an approval or a price is of, or the outcome that tells which is unknown, in the
 * order of the texts, or SCOPE_NOT_ALLOWED. A provider or class that is NULL is not asked for. */
struct offer_names {
    const char *provider, *organiser, *service, *rate_class;
};
struct offer {
    uint32_t provider;
    uint32_t organiser;
    uint32_t service;
    uint32_t rate_class;
};
enum outcome offer_named(const struct ledger *l, const struct act *a, struct offer_names names,
                         struct offer *out);

/* Services of a voucher's version, of one organiser; the unused places are zero. False: one of
 * them is unknown. At most LIMIT_VOUCHER_SERVICES of them. */
struct service_names {
    size_t count;
    char *const *codes;
};
bool services_named(const struct ledger *l, uint32_t organiser, struct service_names names,
                    struct version *out);
/* The unit in which all services of a version count; UNIT_NONE: they count in several. */
int32_t services_unit(const struct ledger *l, const struct version *version);

/* The item of a cost code, made if it is new; 0 for an empty one. */
uint32_t cost_code_make(struct ledger *l, uint32_t organiser, struct text code);

/* ---- command_grant.c: what GrantVoucher and ConvertVoucher have in common -------------------- */

struct grant {
    const Saldo__V1__GrantVoucher *c;
    int32_t digits;
    uint32_t organiser;
    uint32_t reserved_for;
    struct version version;
};

bool grant_fields(const Saldo__V1__GrantVoucher *c);
/* Fill `out`, or tell what is unknown. */
enum outcome grant_named(const struct ledger *l, const Saldo__V1__GrantVoucher *c,
                         struct grant *out);
/* The state's part, of one grant; and whether there is room for what several bring. */
enum outcome grant_judge(const struct ledger *l, const struct grant *g);
bool grants_fit(const struct ledger *l, const struct grant *grants, size_t count);
/* A grant that exists already is left as it is. */
void grant_apply(struct ledger *l, const struct act *a, const struct grant *g);

/* ---- command_amend.c ------------------------------------------------------------------------- */

/* The months whose buckets can still change: from the recording window to the act's day. */
struct months {
    int32_t first;
    int32_t last;
};
struct months months_open(const struct act *a, const struct voucher *v);
/* The versions or the end have changed: all open buckets anew. */
void voucher_reallot(struct ledger *l, const struct act *a, struct voucher *v);

#endif
