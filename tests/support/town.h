/* town.h - short words for setting a scene: a county, its services, providers and vouchers.
 *
 * Everything here is a command signed and applied like any other, to the ledger and to the model,
 * and fails the test (cmocka) where the two do not agree or where a scene cannot be set. */
#ifndef TESTS_SUPPORT_TOWN_H
#define TESTS_SUPPORT_TOWN_H

#include "tests/support/world.h"

#define COUNTY      "kainuu"
#define ADMIN       "administrator"
#define CASE_WORKER "case-worker"
#define FINANCE_1   "finance-1"
#define FINANCE_2   "finance-2"
#define SETTLEMENT  "settlement"

/* For members of a message: protobuf-c's strings are not const, and nobody writes to them. */
char *town_text(const char *s);

/* A world on that day with the county (paying nightly), the keys above, and providers P1, P2, P3
 * with keys. 00:00 local; town_time() moves the clock. */
struct world *town_new(int32_t day);
struct world *town_small(const struct ledger_limits *limits, int32_t day);
/* The county once more, with another least payout. */
void town_county(struct world *w, int64_t payout_minimum_cents);
/* Audits the books, replays everything, and frees. */
void town_free(struct world *w);

int32_t on(int year, int month, int day);
int64_t at(int year, int month, int day, int hour, int minute);
/* Move the clock forward; settles nothing. */
void town_time(struct world *w, int64_t time_ms);
/* The clock to 00:00 of the next day and SettleDay for the one that ended. */
void town_night(struct world *w);
enum outcome town_settle(struct world *w, int32_t day);

/* A command by a key; the body is one of saldo.pb-c.h's messages. Never fails on a refusal. */
enum outcome town_command(struct world *w, const char *key, Saldo__V1__Command__BodyCase body,
                          void *message);
/* The same, and it must be accepted. */
void town_do(struct world *w, Saldo__V1__Command__BodyCase body, void *message);

struct key_of {
    const char *name;  /* of the key pair */
    const char *owner; /* NULL: as the name */
    int role;
    const char *organiser; /* NULL: all */
    int64_t from_ms, to_ms;
};
enum outcome town_key(struct world *w, const char *by, const struct key_of *k);

struct service_of {
    const char *code;
    int unit;      /* 0: HOUR */
    int increment; /* 0: 1 */
    bool free;     /* no copay allowed */
    bool prior_approval, review, overlap_allowed;
    int share_rule;
    int64_t max_cents; /* 0: none */
};
void town_service(struct world *w, const struct service_of *s);

struct rate_of { /* of all fields 0 or NULL: none */
    const char *service, *rate_class;
    int32_t from, to; /* 0: from 2018 on, open */
    int64_t value, cap, copay;
};
void town_rate(struct world *w, const struct rate_of *r);
void town_window(struct world *w, const char *rate_class, int day_kind, int32_t from_minute,
                 int32_t to_minute);

/* A price, and the approval for the service from 2018 on where there is none yet. */
struct price_of {
    const char *provider, *service, *rate_class;
    int32_t from, to;
    int64_t cents;
};
void town_price(struct world *w, const struct price_of *p);

struct voucher_of {
    int32_t digits;
    const char *services[4];
    int64_t amount;     /* a BALANCE voucher ... */
    int64_t quota;      /* ... or a QUANTITY one */
    bool whole;         /* else monthly */
    int32_t from, to;   /* 0: the year 2026 */
    int64_t unit_value; /* 0: none */
    const char *cost_code, *reserved_for;
    bool carry_over;
};
/* Fill the message; `store` holds what it points to. */
struct grant_store {
    char number[LIMIT_VOUCHER_BYTES + 1];
    char *services[4];
    Saldo__V1__Value unit_value;
};
void town_grant_fill(const struct voucher_of *v, struct grant_store *store,
                     Saldo__V1__GrantVoucher *g);
/* Grant it; the number, valid until the next call with other digits has gone round 8 times. */
const char *town_voucher(struct world *w, const struct voucher_of *v);
const char *town_number(int32_t digits);

/* By the case worker. */
enum outcome town_close(struct world *w, const char *voucher, int32_t day);
enum outcome town_withdraw(struct world *w, const char *voucher);
struct amend_of {
    int32_t from, to; /* 0: the last day stays */
    int64_t cents;
};
enum outcome town_amend(struct world *w, const char *voucher, struct amend_of a);

struct charge_of {
    const char *provider; /* NULL: P1 */
    const char *voucher, *service, *rate_class;
    int unit; /* 0: HOUR */
    int64_t start_ms, end_ms;
    int64_t quantity;
    int64_t price, county, copay;
    const uint8_t *id; /* NULL: a new one */
};
struct answer town_charge(struct world *w, const struct charge_of *c);

/* The id of the last charge that town_charge() gave one. */
const uint8_t *town_last_id(void);
enum outcome town_delete(struct world *w, const char *provider, const uint8_t *id);
enum outcome town_review(struct world *w, const uint8_t *id, bool accept, const char *reason);

/* Of P1 unless `provider` is set; quantity and text as in the message. */
struct credit_of {
    const char *provider;
    const uint8_t *id;
    int64_t cents, quantity;
    int reason; /* 0: NOT_DELIVERED; -1: none */
    const char *text;
};
enum outcome town_credit(struct world *w, const struct credit_of *c);

/* Balance of a voucher now, as the model has it; the ledger's is compared with it. */
struct model_balance town_balance(struct world *w, const char *voucher);
struct model_balance town_balance_on(struct world *w, const char *voucher, int32_t day);

/* ---- What must come out
 * ---------------------------------------------------------------------------- */

void expect_outcome(enum outcome got, enum outcome want, const char *file, int line);
#define EXPECT(want, got) expect_outcome(got, OUTCOME_##want, __FILE__, __LINE__)

struct want {
    enum outcome code;
    int64_t have, need;
};
void expect_charge(struct world *w, const struct charge_of *c, struct want want, const char *file,
                   int line);
#define TAKES(w, charge, have, need)                                                               \
    expect_charge(w, charge, (struct want){OUTCOME_ACCEPTED, have, need}, __FILE__, __LINE__)
#define REFUSES(w, charge, code, have, need)                                                       \
    expect_charge(w, charge, (struct want){OUTCOME_##code, have, need}, __FILE__, __LINE__)

void expect_balance(struct world *w, const char *voucher, int64_t posted, int64_t pending,
                    const char *file, int line);
#define BALANCE_IS(w, voucher, posted, pending)                                                    \
    expect_balance(w, voucher, posted, pending, __FILE__, __LINE__)

#endif
