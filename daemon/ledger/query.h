/* query.h - what the queries share. Private to query*.c.
 *
 * A query reads; it may bring rows in from the tables, and let clean ones go for them, which no
 * decision can notice. Whatever is asked again inside one query may therefore have moved: items
 * found before a fetch are not used after it. */
#ifndef LEDGER_QUERY_H
#define LEDGER_QUERY_H

#include "base/arena.h"
#include "ledger/rows.h"

struct query {
    struct ledger *ledger;
    const struct ledger_source *source;
    const struct ledger_key *key;
    int64_t time_ms;
    int32_t today; /* its local day */
    struct arena *arena;
    enum fault fault; /* the source's first; FAULT_FULL: no room for a row, BUSY */
    bool full;        /* the arena was full once: LIMIT_REACHED */
};

/* ---- Answers in the arena. Where it is full: NULL, or an empty text. ------------------------ */

void *query_alloc(struct query *q, size_t size);
void *query_message(struct query *q, const ProtobufCMessageDescriptor *descriptor);
#define QUERY_NEW(q, type) query_message(q, &saldo__v1__##type##__descriptor)
char *query_text(struct query *q, const char *text);
char *query_hex(struct query *q, const uint8_t *bytes, size_t len);
ProtobufCBinaryData query_bytes(struct query *q, const uint8_t *bytes, size_t len);
char *query_number(struct query *q, int32_t digits);   /* a voucher's */
char *query_organiser(struct query *q, uint32_t item); /* codes; empty for 0 */
char *query_provider(struct query *q, uint32_t item);
char *query_service(struct query *q, uint32_t item);
int32_t query_day(int32_t day);                                /* open is 0 */
Saldo__V1__Value *query_value(struct query *q, int64_t value); /* -1: none */
char *query_person(struct query *q, uint32_t owner);           /* their name; empty for 0 */

/* A list that grows. Adding NULL does nothing: the query has failed already. */
struct pile {
    void **items;
    size_t count;
    size_t room;
};
void pile_add(struct query *q, struct pile *p, void *item);

/* ---- Who asks ------------------------------------------------------------------------------- */

static inline bool query_is_provider(const struct query *q)
{
    return q->key->role == SALDO__V1__ROLE__PROVIDER;
}

static inline bool query_in_scope(const struct query *q, uint32_t organiser)
{
    return q->key->organiser == 0 || q->key->organiser == organiser;
}

/* Those who see all money of their scope. */
static inline bool query_is_office(const struct query *q)
{
    return ledger_key_is_office(q->key);
}

/* May a line of this pair be shown? */
static inline bool query_may_see(const struct query *q, uint32_t organiser, uint32_t provider)
{
    return query_in_scope(q, organiser) && (!query_is_provider(q) || q->key->provider == provider);
}

/* Whom a filter names: the organiser asked for, or the key's own where none is; 0 is all.
 * ORGANISER_UNKNOWN, SCOPE_NOT_ALLOWED. */
enum outcome query_organiser_asked(const struct query *q, const char *code, uint32_t *organiser);
/* The provider asked for; of a provider's key itself, and no other: SCOPE_NOT_ALLOWED, whether
 * there is such a one or not. 0 is all. PROVIDER_UNKNOWN. */
enum outcome query_provider_asked(const struct query *q, const char *id, uint32_t *provider);

/* Days, both included; a `to` of 0 is the last there is. False: FIELD_INVALID. */
bool query_days(int32_t from_asked, int32_t to_asked, int32_t *from, int32_t *to);

/* ---- Rows ----------------------------------------------------------------------------------- */

/* As fetch_*(), making room where there is none; the fault goes into the query. 0: none. */
uint32_t query_voucher_row(struct query *q, int32_t digits);
uint32_t query_bucket_row(struct query *q, int32_t period, int32_t digits);
uint32_t query_charge_row(struct query *q, const uint8_t *id, uint32_t provider);
uint32_t query_batch_row(struct query *q, int32_t day);
uint32_t query_bank_line_row(struct query *q, const uint8_t line[LIMIT_HASH_BYTES]);
/* The voucher that a text names, if it may be seen; 0: VOUCHER_UNKNOWN. */
uint32_t query_voucher_named(struct query *q, const char *number);

typedef bool query_row(void *arg, const uint8_t *key, size_t key_len, const uint8_t *value,
                       size_t value_len);
/* Rows of the tables whose keys begin with `prefix`, from `start` on; a fault goes into the query.
 */
struct scan {
    enum row_kind kind;
    const uint8_t *prefix;
    size_t prefix_len;
    const uint8_t *start;
    size_t start_len;
};
void query_scan(struct query *q, struct scan s, query_row *row, void *arg);
/* What a scan was given, as the kind's struct. False: FAULT_CORRUPT. */
bool query_peek(struct query *q, enum row_kind kind, struct row_bytes bytes, void *row);

/* Rows that the tables do not have, or have as they were: visit each, in any order. */
typedef void query_visit(struct query *q, uint32_t item, void *arg);
void query_changed_rows(struct query *q, enum row_kind kind, query_visit *visit, void *arg);
/* Is this item one of those? 0 is none. */
static inline bool query_row_changed(const struct query *q, enum row_kind kind, uint32_t item)
{
    return item != 0 && row_changed(q->ledger, kind, item);
}

/* ---- Charges, for both of their queries ------------------------------------------------------ */

/* A scoped key sees the charges of its organiser's vouchers. May bring in the voucher. */
bool query_charge_in_scope(struct query *q, const struct charge_row *c);
void query_charge_fill(struct query *q, const struct charge_row *c, Saldo__V1__ChargeStatus *out);

/* ---- The queries: each fills the reply's result, or returns why not ------------------------- */

enum outcome query_balance(struct query *q, const Saldo__V1__BalanceQuery *in,
                           Saldo__V1__Reply *reply);
/* The voucher as the key may see it; NULL: the arena is full. */
Saldo__V1__Voucher *query_voucher_shown(struct query *q, uint32_t item);
enum outcome query_voucher(struct query *q, const Saldo__V1__VoucherQuery *in,
                           Saldo__V1__Reply *reply);
enum outcome query_charge(struct query *q, const Saldo__V1__ChargeQuery *in,
                          Saldo__V1__Reply *reply);
enum outcome query_batch(struct query *q, const Saldo__V1__BatchQuery *in, Saldo__V1__Reply *reply);
enum outcome query_payouts(struct query *q, const Saldo__V1__PayoutsQuery *in,
                           Saldo__V1__Reply *reply);
enum outcome query_runs(struct query *q, const Saldo__V1__RunsQuery *in, Saldo__V1__Reply *reply);
enum outcome query_payables(struct query *q, const Saldo__V1__PayablesQuery *in,
                            Saldo__V1__Reply *reply);
enum outcome query_status(struct query *q, Saldo__V1__Reply *reply);
enum outcome query_keys(struct query *q, const Saldo__V1__KeysQuery *in, Saldo__V1__Reply *reply);
enum outcome query_bank_lines(struct query *q, const Saldo__V1__BankLinesQuery *in,
                              Saldo__V1__Reply *reply);
enum outcome query_charges(struct query *q, const Saldo__V1__ChargesQuery *in,
                           Saldo__V1__Reply *reply);
enum outcome query_corrections(struct query *q, const Saldo__V1__CorrectionsQuery *in,
                               Saldo__V1__Reply *reply);
enum outcome query_terms(struct query *q, const Saldo__V1__TermsQuery *in, Saldo__V1__Reply *reply);
enum outcome query_catalogue(struct query *q, Saldo__V1__Reply *reply);
enum outcome query_check(struct query *q, const Saldo__V1__CheckQuery *in, Saldo__V1__Reply *reply);

#endif
