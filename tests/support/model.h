/* model.h - the rules a second time: slow, obvious, and sharing no code with the ledger.
 *
 * Written from daemon/RULES.md alone. It keeps every charge for ever in one list and sums over
 * that list each time it is asked how much is left, so it has no running totals that could be
 * wrong. Its calendar is libc's, with TZ=Europe/Helsinki, which it sets. It takes the same entries
 * as the ledger and gives the same answers; where it does not, one of the two is wrong.
 * Aborts when memory runs out. One thread. */
#ifndef TESTS_SUPPORT_MODEL_H
#define TESTS_SUPPORT_MODEL_H

#include "ledger/ledger.h"

struct model; /* opaque */

struct model *model_new(const struct ledger_genesis *genesis);
/* One that goes on from there by itself. */
struct model *model_copy(const struct model *m);
void model_free(struct model *m);

/* Decide and apply an entry; `answers` with room for all its items. `batch` is what a SettleDay
 * settled (without number and hash), not present otherwise. */
void model_apply(struct model *m, const struct ledger_entry *e, struct answer *answers,
                 struct batch_summary *batch);

/* ---- What it knows, for comparison -------------------------------------------------------------
 */

struct model_balance {
    char voucher[LIMIT_VOUCHER_BYTES + 1];
    int32_t bucket; /* month, 0 for WHOLE */
    bool units;
    int64_t posted;
    int64_t pending;
    int64_t available;
};
size_t model_voucher_count(const struct model *m);
/* Of the bucket that `day` falls in, as it is now on `today`. Vouchers in the order they came. */
void model_balance(const struct model *m, size_t voucher, int32_t day, int32_t today,
                   struct model_balance *out);

struct model_voucher {
    char number[LIMIT_VOUCHER_BYTES + 1];
    const char *state; /* GRANTED, OPEN, CLOSED, FINAL, VOID */
    int32_t closed_on;
    int32_t live_charges;
};
void model_voucher(const struct model *m, size_t voucher, int32_t today, struct model_voucher *out);

struct model_line { /* of a batch */
    int32_t day;
    char organiser[LIMIT_CODE_BYTES + 1];
    char provider[LIMIT_CODE_BYTES + 1];
    int64_t rows;
    int64_t cents;
    int64_t credit_rows;
    int64_t credit_cents;
};
/* Lines in the order of the nights; NULL behind the last. */
const struct model_line *model_line(const struct model *m, size_t index);

struct model_payout {
    int32_t run_day;
    char organiser[LIMIT_CODE_BYTES + 1];
    char provider[LIMIT_CODE_BYTES + 1];
    int32_t execution_day;
    int64_t cents;
    const char *state;  /* as a query shows it */
    const char *reason; /* BLOCKED, NO_ACCOUNT, ...; empty */
    char bank_reason[LIMIT_CODE_BYTES + 1];
    int32_t booked_day;
    bool planned;  /* it goes, unless its provider is held at the moment */
    bool prepared; /* among those that the first officer signed for */
    bool left;     /* it was released with its run, and these are the payee's of then */
    char iban[LIMIT_CODE_BYTES + 1];
    char account_name[LIMIT_NAME_BYTES + 1];
    char business_id[LIMIT_CODE_BYTES + 1];
    bool booked_by[2], returned_by[2]; /* a statement, a notification */
};
/* EXPORTED, ACCEPTED, or HELD for its payee's name. */
bool model_payout_under_way(const struct model_payout *p);
const struct model_payout *model_payout(const struct model *m, size_t index); /* as model_line */

struct model_run {
    int32_t day;
    char organiser[LIMIT_CODE_BYTES + 1];
    int64_t payouts; /* planned ones; after the release those that were */
    int64_t cents;
    const char *state;       /* OPEN, PREPARED, RELEASED */
    const char *prepared_by; /* empty: nobody */
    const char *released_by;
    const char *iban; /* the payer's, of the release; before, as they stand now */
    const char *account_name;
    bool debited_by[2];                 /* in one sum: told by a statement, a notification */
    uint8_t prepared[LIMIT_HASH_BYTES]; /* payees, as they were signed; zeros: nobody has */
};
size_t model_run_count(const struct model *m);
/* False behind the last. */
bool model_run(const struct model *m, size_t index, struct model_run *out);
/* The payees that are to be signed of a run there is; after the release those that were. */
void model_payees(const struct model *m, size_t index, uint8_t hash[LIMIT_HASH_BYTES]);

#define MODEL_FACT_TEXTS 7
struct model_facts {
    bool told; /* the others are empty otherwise */
    bool notification, returned, whole;
    int64_t entry_cents;
    /* account, end_to_end_id, instruction_id, payment_id, reference, iban, entry_ref */
    char text[MODEL_FACT_TEXTS][LIMIT_CODE_BYTES + 1];
};

struct model_bank_line {
    uint8_t line[LIMIT_HASH_BYTES];
    int kind;
    char organiser[LIMIT_CODE_BYTES + 1];
    char provider[LIMIT_CODE_BYTES + 1];
    int32_t run_day;
    int64_t cents;
    bool credit;
    int32_t day;
    char reason[LIMIT_CODE_BYTES + 1];
    char file[LIMIT_CODE_BYTES + 1];
    bool by_hand;
    struct model_facts facts;
    uint64_t number, decided_number;
    bool closed;
    char closed_reason[LIMIT_NAME_BYTES + 1];
    char closed_by[LIMIT_CODE_BYTES + 1];
};
const struct model_bank_line *model_bank_line(const struct model *m, size_t index);

/* An organiser's IBANs of before, newest first; NULL behind the last. */
const char *model_former_iban(const struct model *m, const char *organiser, size_t index);

/* What was done to a charge after it was decided. */
struct model_correction {
    uint64_t number; /* entry */
    uint32_t index;
    int kind; /* Saldo__V1__CorrectionKind */
    char organiser[LIMIT_CODE_BYTES + 1];
    char provider[LIMIT_CODE_BYTES + 1];
    char voucher[LIMIT_VOUCHER_BYTES + 1];
    char service[LIMIT_CODE_BYTES + 1];
    char by[LIMIT_CODE_BYTES + 1];
    uint8_t charge[LIMIT_REQUEST_ID_BYTES];
    int64_t cents, quantity;
    int reason; /* Saldo__V1__CreditReason */
    char text[LIMIT_TEXT_BYTES + 1];
    int32_t day, settle_day;
    int64_t time_ms;
};
/* In the order in which they were done; NULL behind the last. */
const struct model_correction *model_correction(const struct model *m, size_t index);

/* Where an organiser's settled money is. */
struct model_money {
    int64_t payable, in_transit, bank;
};
struct model_money model_money(const struct model *m, const char *organiser);

struct model_payable {
    int64_t cents;      /* settled and in no payout */
    int64_t in_payouts; /* PLANNED and HELD */
};
struct model_payable model_payable(const struct model *m, const char *organiser,
                                   const char *provider);

int32_t model_settled_through(const struct model *m);

/* What an honest provider's software would sign: fill in the listed price (unless none is listed)
 * and both shares of a charge. */
void model_quote(const struct model *m, const char *provider, Saldo__V1__Charge *c);

/* The model's own calendar, for tests that need dates without asking proto/calendar.h. */
int32_t model_day(int year, int month, int day);
int64_t model_instant(int32_t day, int hour, int minute); /* of local wall time */
int32_t model_local_day(int64_t time_ms);

#endif
