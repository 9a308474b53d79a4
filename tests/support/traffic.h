/* traffic.h - a random county: commands and charges with honest mistakes of every kind.
 *
 * Two organisers, a dozen providers, vouchers granted as time goes by, nights settled late. What a
 * provider signs is mostly right (model_quote) and then sometimes spoiled in one place. The same
 * seed gives the same traffic. Every function returns false where ledger and model disagree. */
#ifndef TESTS_SUPPORT_TRAFFIC_H
#define TESTS_SUPPORT_TRAFFIC_H

#include "tests/support/dice.h"
#include "tests/support/world.h"

#define TRAFFIC_VOUCHERS 4096
#define TRAFFIC_CHARGES  2048 /* remembered; a ring */
#define TRAFFIC_CODES    128

struct traffic_voucher {
    char number[LIMIT_VOUCHER_BYTES + 1];
    int organiser;
    bool units;
    int32_t from, to;
    int services[4]; /* of the organiser's */
    int service_count;
};

struct traffic_charge {
    char provider[16];
    char voucher[LIMIT_VOUCHER_BYTES + 1];
    char service[16];
    char rate_class[16];
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    Saldo__V1__Charge
        message; /* its texts point into this struct once traffic_recall() was asked */
    bool accepted;
};

struct traffic {
    struct world *w;
    struct dice dice;
    int64_t seen[TRAFFIC_CODES]; /* answers by code */
    struct traffic_voucher vouchers[TRAFFIC_VOUCHERS];
    uint32_t voucher_count;
    struct traffic_charge charges[TRAFFIC_CHARGES];
    uint32_t charge_count; /* ever */
    uint32_t keys;         /* registered so far, for new names */
    uint32_t lines;        /* of the bank, for new ones */
    int32_t next_day;      /* to settle */
};

#define TRAFFIC_ORGANISERS 2
#define TRAFFIC_SERVICES   8 /* of each organiser: s0 .. s7 */
#define TRAFFIC_PROVIDERS  10

struct traffic *traffic_new(uint64_t seed, int32_t day);
void traffic_free(struct traffic *t);

/* Set up the catalogue, then make steps. */
bool traffic_begin(struct traffic *t);
bool traffic_step(struct traffic *t);

/* ---- between traffic*.c -------------------------------------------------------------------------
 */

uint32_t roll(struct traffic *t, uint32_t below);
bool chance(struct traffic *t, uint32_t percent);
/* Apply one command, keep count of the answer. */
bool traffic_command(struct traffic *t, const char *key, Saldo__V1__Command__BodyCase body,
                     void *message);
void traffic_count(struct traffic *t);
int32_t traffic_today(const struct traffic *t);
/* A voucher, mostly one of the newest; NULL while there is none. */
struct traffic_voucher *traffic_voucher(struct traffic *t);
/* One of the last charges, with its texts in place; NULL while there is none. */
struct traffic_charge *traffic_recall(struct traffic *t);
/* "o0", "s3", "p7", ... in a buffer of the caller's. */
struct traffic_name {
    char text[16];
};
struct traffic_name traffic_name(char letter, uint32_t number);
/* A number with its check character. */
void traffic_number(int32_t digits, char number[LIMIT_VOUCHER_BYTES + 1]);
int traffic_unit(int service);

bool traffic_charge(struct traffic *t);     /* new ones, one or several in a request */
bool traffic_retry(struct traffic *t);      /* an old one again, sometimes with other content */
bool traffic_correction(struct traffic *t); /* delete, review, credit */
bool traffic_case_work(struct traffic *t);  /* vouchers */
bool traffic_grant(struct traffic *t);
bool traffic_administration(struct traffic *t); /* catalogue, keys, commitments, accounts */
bool traffic_catalogue(struct traffic *t);      /* everything that traffic_begin() needs */
bool traffic_night(struct traffic *t);
bool traffic_payment(struct traffic *t); /* runs, four eyes, the bank */

const char *traffic_officer(struct traffic *t); /* mostly one of finance */
/* A place in a list; where that is long, mostly one of its end. */
size_t traffic_recent(struct traffic *t, size_t count);
size_t traffic_payouts(const struct traffic *t); /* how many the model has */
/* A payout, if possible in one of two states. False: there is none at all. */
bool traffic_pick(struct traffic *t, const char *one, const char *other, struct model_payout *out);
bool traffic_start_run(struct traffic *t);
bool traffic_bank(struct traffic *t); /* what the bank says, and what officers make of it */

#endif
