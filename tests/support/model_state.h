/* model_state.h - what the model remembers. Private to tests/support/model*.c. */
#ifndef TESTS_SUPPORT_MODEL_STATE_H
#define TESTS_SUPPORT_MODEL_STATE_H

#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "tests/support/model.h"

#define NOT_SET   (-1)    /* an optional number that is not set */
#define NOBODY    (-1)    /* no such index */
#define DAY_OPEN  2000000 /* "no last day": far behind every date */
#define NAME_SIZE 600     /* room for the longest text */
#define CLASS_ALL ""

struct m_organiser {
    char code[NAME_SIZE], name[NAME_SIZE], business_id[NAME_SIZE], iban[NAME_SIZE];
    char account_name[NAME_SIZE];
    char former[LIMIT_FORMER_IBANS][NAME_SIZE]; /* IBANs, newest first */
    int calendar;
    int payout_day;
    int64_t minimum;
    int grace;
};

struct m_service {
    int organiser;
    char code[NAME_SIZE];
    int unit;
    int increment;
    bool copay_allowed, prior_approval, review, overlap_allowed;
    int share_rule;
    int64_t max_charge;
};

struct m_window {
    int organiser;
    char rate_class[NAME_SIZE];
    int kind, from, to;
};

/* A rate, an approval or a price. */
enum m_row_kind { M_RATE, M_APPROVAL, M_PRICE };
struct m_row {
    enum m_row_kind kind;
    int provider; /* NOBODY for rates */
    int organiser;
    char service[NAME_SIZE];
    char rate_class[NAME_SIZE];
    int from, to;
    int64_t value, cap, copay; /* a price stands in value */
    char source[NAME_SIZE];
};

struct m_provider {
    char id[NAME_SIZE], name[NAME_SIZE], business_id[NAME_SIZE], iban[NAME_SIZE];
    char account_name[NAME_SIZE];
    bool blocked;
    bool noted; /* a change of account waits for the second officer */
    char noted_iban[NAME_SIZE], noted_name[NAME_SIZE], noted_by[NAME_SIZE];
    bool bank_hold; /* a payment came back and nobody has looked at it */
};

struct m_key {
    uint8_t id[LIMIT_KEY_ID_BYTES];
    uint8_t signing_key[LIMIT_KEY_BYTES];
    uint8_t transport_key[LIMIT_KEY_BYTES];
    char owner[NAME_SIZE];
    int role;
    int organiser; /* NOBODY: all */
    int64_t from_ms, to_ms;
    bool revoked;
};

struct m_commitment {
    int organiser;
    char cost_code[NAME_SIZE];
    int year;
    int64_t cents;
};

struct m_version {
    int from; /* first day in force */
    int valid_to;
    int64_t allotment; /* amount or quota */
    int64_t unit_value;
    int services[LIMIT_VOUCHER_SERVICES];
    int service_count;
    char decision[NAME_SIZE];
};

struct m_interval {
    int from, to;
    int service; /* of a prior approval */
    char by[NAME_SIZE];
};

struct m_voucher {
    char number[NAME_SIZE];
    int organiser;
    char client[NAME_SIZE], cost_code[NAME_SIZE];
    int kind, period;
    int valid_from;
    bool carry_over;
    int reserved_for;
    int granted_for; /* reserved_for of the grant */
    struct m_version *versions;
    size_t version_count;
    struct m_interval *suspensions;
    size_t suspension_count;
    struct m_interval *priors;
    size_t prior_count;
    int closed_on; /* 0: not closed */
    bool voided;
    bool opened;
    int last_service_day; /* of all charges ever accepted */
    int newest_charge;    /* list through m_charge.older */
};

enum m_state { M_IN_REVIEW, M_APPROVED, M_DELETED, M_REFUSED };

/* An accepted charge. */
struct m_charge {
    int provider;
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    int voucher;
    int older; /* of the same voucher */
    char service[LIMIT_CODE_BYTES + 1];
    int service_day;
    int64_t start_ms, end_ms;
    int64_t quantity;
    int64_t county;
    enum m_state state;
    int batch_day; /* once APPROVED */
    bool settled;
    int64_t credited_cents, credited_quantity;             /* decided */
    int64_t credit_settled_cents, credit_settled_quantity; /* and settled */
};

struct m_credit {
    int charge;
    int64_t cents, quantity;
    int day;
    bool settled;
};

/* A used request id. */
struct m_id {
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    char owner[LIMIT_CODE_BYTES + 1];
    uint64_t digest;
    struct answer answer;
    int charge; /* NOBODY: none was accepted with it */
    int next;
};
#define ID_HEADS 65536

/* A payout run that made something. */
struct m_run {
    int day;
    int organiser;
    size_t first, end; /* its payouts: those from first on, before end */
    char prepared_by[NAME_SIZE], released_by[NAME_SIZE]; /* empty: nobody */
    int64_t payouts, cents;                              /* as prepared */
    uint8_t payees[LIMIT_HASH_BYTES];
    char iban[NAME_SIZE], account_name[NAME_SIZE]; /* as released */
    bool debited_by[2];
};

struct m_batch {
    struct batch_summary summary;
};

/* Growing arrays: `count` used, room doubled as needed. */
#define LIST(type, name)                                                                           \
    type *name;                                                                                    \
    size_t name##_count

struct model {
    struct ledger_genesis genesis;
    int settled_through; /* 0: nothing */
    LIST(struct m_organiser, organisers);
    LIST(struct m_service, services);
    LIST(struct m_window, windows);
    LIST(struct m_row, rows);
    LIST(struct m_provider, providers);
    LIST(struct m_key, keys);
    LIST(struct m_commitment, commitments);
    LIST(struct m_voucher, vouchers);
    LIST(struct m_charge, charges);
    LIST(struct m_credit, credits);
    LIST(struct m_id, ids);
    LIST(struct m_batch, batches);
    LIST(struct model_line, lines);
    LIST(struct model_payout, payouts);
    LIST(struct m_run, runs);
    LIST(struct model_bank_line, bank_lines);
    LIST(struct model_correction, corrections);
    int id_head[ID_HEADS]; /* index + 1 */
};

/* A new zeroed element at the end of a list. */
void *m_grow(void *list, size_t *count, size_t size);
#define ADD(list)                                                                                  \
    ((list) = m_grow((list), &list##_count, sizeof(*(list))), &(list)[list##_count - 1])

/* Who acts, and when. */
struct m_act {
    uint64_t number; /* of the entry; and the item's place in it */
    uint32_t index;
    const struct m_key *key;
    int64_t time_ms;
    int day;
    uint32_t level; /* of the rules */
    enum purpose purpose;
    struct batch_summary *batch;
    int accepted_charge; /* set by an accepted charge */
    int64_t have, need;  /* of a refused command; most have none */
    bool run_too_many;   /* the request names enough payout runs before it */
};

/* ---- model_time.c -----------------------------------------------------------------------------
 */

struct m_date {
    int year, month, day;
};
struct m_date m_date_of(int day);
int m_month(int day); /* year * 12 + month - 1 */
int m_month_first(int month);
int m_month_days(int month);
int m_weekday(int day);       /* 1 Monday .. 7 Sunday */
int m_day_kind(int day);      /* Saldo__V1__DayKind */
int m_bank_day_from(int day); /* that day or the first later one open in Finland and TARGET */
int m_window_first(int day);
int m_lapse_day(int month);
int m_local_day(int64_t time_ms); /* clamped to +-DAY_OPEN outside the calendar */
int64_t m_midnight(int day);
/* Every minute of [start, end) lies in a window of the class. */
bool m_minutes_in_windows(const struct model *m, int organiser, const char *rate_class,
                          int64_t start_ms, int64_t end_ms);

/* ---- model_find.c ------------------------------------------------------------------------------
 */

void m_copy(char to[NAME_SIZE], const char *from);
int m_organiser(const struct model *m, const char *code);
int m_service(const struct model *m, int organiser, const char *code);
int m_provider(const struct model *m, const char *id);
int m_voucher(const struct model *m, const char *number);
bool m_class_known(const struct model *m, int organiser, const char *rate_class);
/* The row with this key in force on a day with the latest `from`; NULL: none. */
const struct m_row *m_row_on(const struct model *m, const struct m_row *key, int day);
struct m_id *m_id_find(struct model *m, const uint8_t *id, const char *owner);
bool m_voucher_number_valid(const char *number);
bool m_iban_valid(const char *iban);
bool m_business_id_valid(const char *id);

/* ---- model_bucket.c ----------------------------------------------------------------------------
 */

int64_t m_round_part(__int128 numerator, int64_t denominator);     /* half up */
int m_end(const struct m_voucher *v);                              /* last day of service */
int m_final_day(const struct model *m, const struct m_voucher *v); /* first day of FINAL */
const struct m_version *m_version_on(const struct m_voucher *v, int day);
int m_period(const struct m_voucher *v, int service_day);
int64_t m_allotment(const struct m_voucher *v, int month);
/* Taken from the bucket of `month` and not given back: settled, and not yet settled. */
struct m_used {
    int64_t settled, pending;
};
struct m_used m_used(const struct model *m, const struct m_voucher *v, int month);
int64_t m_available(const struct model *m, const struct m_voucher *v, int month);
bool m_live(const struct m_charge *c);
int m_live_count(const struct model *m, const struct m_voucher *v);
const char *m_voucher_state(const struct model *m, const struct m_voucher *v, int today);
int64_t m_committed(const struct model *m, int organiser, const char *cost_code, int year);
/* ALLOTMENT_TOO_LOW: some bucket holds more than it is allotted on `today`. */
bool m_overdrawn(const struct model *m, const struct m_voucher *v, int today);

/* ---- the acts
 * ------------------------------------------------------------------------------------ */

void m_charge(struct model *m, struct m_act *a, const struct charge *c, struct answer *out);
enum outcome m_catalogue_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c);
enum outcome m_voucher_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c);
enum outcome m_correction_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c);
enum outcome m_key_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c);
enum outcome m_settle_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c);
int m_pays_on(const struct m_organiser *o, int day);

/* ---- model_payment.c ---------------------------------------------------------------------------
 */

enum outcome m_payment_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c);
/* Does a command prepare or release a run that is the ninth of its request, or a later one? */
bool m_run_too_many(const struct request *r, uint32_t index);
void m_run_payouts(struct model *m, int organiser, int day);
struct m_run *m_find_run(struct model *m, int organiser, int day);
struct model_payout *m_find_payout(struct model *m, const char *organiser, const char *provider,
                                   int day);
/* ---- model_bank.c */
enum outcome m_bank_command(struct model *m, struct m_act *a, const Saldo__V1__Command *c);
/* After any change of a provider: hold what is planned for it, or let it go again. */
void m_hold_again(struct model *m);

/* Is who acts a person of that name? From level 2 on case does not tell two apart. */
bool m_same_person(const struct m_act *a, const char *name);

static inline bool m_in_scope(const struct m_act *a, int organiser)
{
    return a->key->organiser == NOBODY || a->key->organiser == organiser;
}

/* ---- stateless checks of fields
 * ------------------------------------------------------------------- */

bool m_code_ok(const char *text); /* 1..40 bytes */
bool m_code_or_none(const char *text);
bool m_text_ok(const char *text, size_t max);            /* 0..max bytes */
bool m_class_ok(const char *text);                       /* a code but not ALL, or empty */
bool m_enums_ok(const ProtobufCMessage *message);        /* values that they have a name for */
bool m_day_ok(int day);                                  /* within the calendar */
bool m_span_ok(int from, int to);                        /* to: 0 or not before from */
bool m_value_ok(const Saldo__V1__Value *v, int64_t max); /* not set, or 0..max */
int m_last_day(int to);                                  /* 0 is open */
int64_t m_value(const Saldo__V1__Value *v);              /* NOT_SET where it is not */

#endif
