/* office.h - what finance officers and their bank do, in short words; and where the money is then.
 */
#ifndef TESTS_SUPPORT_OFFICE_H
#define TESTS_SUPPORT_OFFICE_H

#include "tests/support/market.h"

/* The night that morning() has settled, for all that is not told otherwise. */
#define NIGHT on(2026, 3, 31)

enum payees { PAYEES_NOW, PAYEES_PREPARED, PAYEES_NONE, PAYEES_OTHER }; /* that were seen */
struct sign { /* the organiser is COUNTY and the day NIGHT unless they are named */
    const char *key;
    int64_t payouts, cents;
    const char *organiser;
    int32_t day;
    enum payees payees;
};
#define SIGN(who, count, sum) ((struct sign){.key = who, .payouts = count, .cents = sum})
enum outcome office_prepare(struct world *w, struct sign s);
enum outcome office_release(struct world *w, struct sign s);
/* What is to be signed of a run as the model has it; zeros: there is none. */
void office_payees(struct world *w, const char *organiser, int32_t day,
                   uint8_t hash[LIMIT_HASH_BYTES]);
enum outcome office_start(struct world *w, const char *key, const char *organiser);

struct held {
    const char *key, *organiser, *provider;
    int32_t day;
    const char *reason;
};
enum outcome office_unhold(struct world *w, struct held h);

#define KIND(name) SALDO__V1__BANK_EVENT_KIND__BANK_##name

enum event_facts { FACTS_OF_KIND, FACTS_MISSING, FACTS_TOLD }; /* as the kind asks, or not */
struct event {      /* 0 or NULL: of FINANCE_1, COUNTY, P1 and NIGHT */
    int kind, line; /* -1: a line of 31 bytes */
    int64_t cents;
    int32_t booked;
    bool credit;
    const char *reason, *file, *key, *organiser, *provider;
    int32_t day;
    enum event_facts facts;
    bool notification, by_hand;
    int64_t entry_cents;       /* 0: the line's */
    const char *end_to_end_id; /* among the facts */
};
enum outcome office_bank(struct world *w, struct event e);

/* Close a line; 0 and NULL as above. */
struct closing {
    int line;
    const char *reason, *key;
};
enum outcome office_close(struct world *w, struct closing c);

/* The account of P1. */
enum outcome office_account(struct world *w, const char *key, const char *iban);

/* From now on the county's runs are started by officers. */
void office_pays_on_command(struct world *w);

/* 76.00 for P1 and 50.00 for P2, settled on NIGHT; it is the morning after. The county pays
 * nightly, or on command. */
struct world *office_morning(bool on_command);
struct world *office_morning_of(uint32_t level); /* the same by older rules */
/* The same, and its run is released. */
struct world *office_released(void);
/* Cents of voucher 1, an hour ago. */
void office_charge(struct world *w, const char *provider, int64_t cents);
/* Another county, with "finance-kymi", an officer who may act for it alone. */
void office_elsewhere(struct world *w);

/* The county's settled money; ledger and model are compared too. */
struct money {
    int64_t payable, in_transit, bank;
};
void expect_money(struct world *w, struct money want, const char *file, int line);
#define MONEY_IS(w, payable, in_transit, bank)                                                     \
    expect_money(w, (struct money){payable, in_transit, bank}, __FILE__, __LINE__)

#endif
