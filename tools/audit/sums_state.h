/* sums_state.h - what the auditor's sums remember. Private to sums*.c and compare.c.
 *
 * Places are indexes into the lists; NONE is no place. Amounts are cents, or units where a voucher
 * counts units. */
#ifndef AUDIT_SUMS_STATE_H
#define AUDIT_SUMS_STATE_H

#include "audit/hashes.h"
#include "audit/scratch.h"
#include "audit/sums.h"
#include "base/limits.h"

#define NONE HASHES_NONE

struct s_organiser {
    char code[LIMIT_CODE_BYTES + 1];
    int32_t calendar, payout_day;
    int64_t minimum;
    int32_t grace;
    int64_t pending; /* county shares of charges that no night has settled */
};

struct s_provider {
    char id[LIMIT_CODE_BYTES + 1];
    bool blocked, business_id, iban, account_name;
    bool noted; /* a change of account waits for the second officer */
    bool bank_hold;
};

struct s_service {
    uint32_t organiser;
    char code[LIMIT_CODE_BYTES + 1];
    bool review;
};

struct s_commitment { /* of a cost code and a year of service */
    uint32_t organiser;
    char code[LIMIT_CODE_BYTES + 1];
    int32_t year;
    int64_t used;
    int64_t limit; /* -1: none set */
};

struct s_version {
    int32_t from, valid_to;
    int64_t amount; /* or quota */
};

struct s_voucher {
    int32_t digits;
    uint32_t organiser;
    bool units, whole, carry_over;
    int32_t valid_from;
    int32_t closed_on; /* 0: not closed */
    uint32_t cost;     /* place of its code in any year's commitment; NONE: it has none */
    uint32_t bucket;   /* the one looked for last */
    uint32_t changes;  /* of what it is allotted */
    struct s_version now;
    struct s_version *older; /* oldest first */
    size_t older_count, older_room;
};

struct s_bucket {
    uint32_t voucher;
    int32_t period; /* month; 0: all of its validity */
    int64_t pending, settled;
    int64_t allotment; /* as of `changes` of the voucher, for `month` */
    uint32_t changes;
    int32_t month;
    bool fresh; /* the allotment was computed once */
    bool seen;  /* by compare.c */
};

enum s_state { S_IN_REVIEW, S_APPROVED, S_SETTLED, S_DELETED, S_REFUSED };

struct s_charge {
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    uint32_t provider;
    uint32_t bucket;
    int32_t county, quantity; /* at most LIMIT_CHARGE_CENTS, LIMIT_QUANTITY */
    int32_t credited_cents, credited_quantity;
    int32_t day; /* of service */
    int32_t batch_day;
    uint8_t state; /* enum s_state */
    uint8_t organiser;
    bool units; /* its bucket counts them */
};
_Static_assert(LIMIT_ORGANISERS <= UINT8_MAX, "an organiser's place is a byte");

struct s_credit {
    uint32_t charge;
    int32_t cents, quantity;
};

/* What waits for a night. */
struct s_day {
    int32_t day;
    uint32_t *charges; /* that joined it; those deleted since are passed over */
    size_t charge_count, charge_room;
    struct s_credit *credits;
    size_t credit_count, credit_room;
};

struct s_line {
    int32_t day;
    uint32_t organiser, provider;
    int64_t rows, cents, credit_rows, credit_cents;
};

struct s_batch {
    int32_t day;
    uint64_t number;
    int64_t rows, cents;
    uint8_t hash[LIMIT_HASH_BYTES];
};

/* What an organiser owes a provider. */
struct s_account {
    uint32_t organiser, provider;
    int64_t settled, payable, in_payouts, in_transit, bank;
    uint32_t line; /* its last one, if it still stands there */
};

/* As daemon/RULES.md names them. */
enum s_payout_state {
    P_PLANNED,
    P_HELD,
    P_CARRIED,
    P_EXPORTED,
    P_ACCEPTED,
    P_PAID,
    P_REJECTED,
    P_RETURNED,
    P_NAMELESS /* HELD for its payee's name, on its way all the same */
};

struct s_payout {
    int32_t run_day;
    uint32_t account;
    int64_t cents;
    enum s_payout_state state; /* PLANNED ones may stand held: payout_planned() */
    bool prepared;
    int32_t booked_day;
};

struct s_run {
    int32_t day;
    uint32_t organiser;
    uint32_t first, count; /* its payouts stand together */
    bool is_prepared, released;
    int64_t payouts, cents; /* as prepared */
};

struct s_bank_line {
    uint8_t line[LIMIT_HASH_BYTES];
    bool open; /* told as UNMATCHED: it may be told once more as what it is */
};

#define S_LIST(type, name)                                                                         \
    type *name;                                                                                    \
    size_t name##_count, name##_room

struct sums {
    uint8_t ledger_id[LEDGER_ID_BYTES];
    struct flaws *findings;
    uint64_t seed; /* ids are chosen by others */
    /* of the entry under way */
    uint64_t number;
    int32_t day;
    const struct signer *signer;

    S_LIST(struct s_organiser, organisers);
    S_LIST(struct s_provider, providers);
    S_LIST(struct s_service, services);
    S_LIST(struct s_commitment, commitments);
    S_LIST(struct s_voucher, vouchers);
    struct scratch_list bucket_list, charge_list;
    struct s_bucket *buckets; /* their items */
    struct s_charge *charges;
    S_LIST(struct s_day, days); /* open ones, in no order */
    S_LIST(struct s_line, lines);
    S_LIST(struct s_batch, batches);
    S_LIST(struct s_account, accounts);
    S_LIST(struct s_payout, payouts);
    S_LIST(struct s_run, runs);
    S_LIST(struct s_bank_line, bank_lines);
    struct hashes provider_ids, service_codes, commitment_keys, voucher_digits, bucket_keys,
        charge_ids, account_pairs, payout_keys, bank_line_hashes;
    uint32_t last_service; /* charges of a batch are often alike */
    struct sums_totals totals;
};

/* A new element, cleared. */
#define S_ADD(s, name)                                                                             \
    ((s)->name = tool_grow((s)->name, (s)->name##_count, &(s)->name##_room, sizeof(*(s)->name)),   \
     memset(&(s)->name[(s)->name##_count], 0, sizeof(*(s)->name)),                                 \
     &(s)->name[(s)->name##_count++])
#define S_PLACE(s, name, element) ((uint32_t)((element) - (s)->name))

__attribute__((format(printf, 2, 3))) void sums_wrong(struct sums *s, const char *format, ...);

/* ---- Names: sums_names.c ------------------------------------------------------------------ */

uint32_t sums_organiser(const struct sums *s, const char *code);
uint32_t sums_provider(const struct sums *s, const char *id);
/* Does the service of a charge ask for a review? */
bool sums_review(struct sums *s, uint32_t organiser, struct text service);
void sums_name_command(struct sums *s, const Saldo__V1__Command *c, const struct answer *a);
/* Made where it is not there. */
struct s_commitment *sums_commitment(struct sums *s, uint32_t organiser, const char *code,
                                     int32_t year);

/* ---- Vouchers: sums_voucher.c ------------------------------------------------------------- */

uint32_t sums_voucher_hash(int32_t digits);
uint32_t sums_voucher(const struct sums *s, int32_t digits);
uint32_t sums_bucket_find(const struct sums *s, uint32_t voucher, int32_t period);
uint32_t sums_bucket(struct sums *s, uint32_t voucher, int32_t month);
/* Allotment for a service in `month`, and the first day on which the bucket's rest is gone. */
int64_t sums_allotment(struct sums *s, struct s_bucket *b, int32_t month);
int32_t sums_lapse_day(const struct sums *s, const struct s_bucket *b);
void sums_voucher_command(struct sums *s, const Saldo__V1__Command *c);

/* ---- Charges: sums_charge.c --------------------------------------------------------------- */

void sums_charges(struct sums *s, const struct sums_entry *e);
void sums_charge_command(struct sums *s, const Saldo__V1__Command *c);
struct s_day *sums_day(struct sums *s, int32_t day); /* made where it is not there */

/* ---- Nights: sums_night.c ----------------------------------------------------------------- */

void sums_settle(struct sums *s, int32_t day, const struct batch_summary *batch);
/* The lines a day has now, at the end of s->lines; returns the place of the first. */
size_t sums_lines(struct sums *s, const struct s_day *d);
struct s_account *sums_account(struct sums *s, uint32_t organiser, uint32_t provider);

/* ---- Payments: sums_pay.c ----------------------------------------------------------------- */

void sums_run(struct sums *s, uint32_t organiser, int32_t day);
void sums_pay_command(struct sums *s, const Saldo__V1__Command *c);
uint32_t sums_payout(const struct sums *s, int32_t run_day, uint32_t account);

#endif
