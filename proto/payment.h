/* payment.h - the names a payout has at the bank: made of what the ledger says, the same for ever.
 *
 * Pure; any thread. FORMAT.md gives the bytes. */
#ifndef PROTO_PAYMENT_H
#define PROTO_PAYMENT_H

#include <sodium/crypto_generichash.h>
#include <stdint.h>

#include "envelope.h"
#include "request.h"

/* A payout of a ledger. Codes have at most LIMIT_CODE_BYTES. */
struct payment {
    const uint8_t *ledger_id; /* LEDGER_ID_BYTES; borrowed */
    int32_t run_day;
    struct text organiser;
    struct text provider;
};

#define PAYMENT_ID_SIZE        36 /* with the NUL; a bank takes 35 characters */
#define PAYMENT_REFERENCE_SIZE 26

/* The EndToEndId: "SLD", yymmdd of the run day, 20 characters A-Z and 2-7. No two payouts of any
 * two ledgers have the same. */
void payment_end_to_end_id(const struct payment *p, char id[PAYMENT_ID_SIZE]);

/* The creditor reference (ISO 11649) of the national reference number of yymmdd and the provider's
 * row number in five digits. `provider` is 1..99999. */
void payment_reference(int32_t run_day, uint32_t provider, char text[PAYMENT_REFERENCE_SIZE]);

/* The hash that two officers sign of a run: which account is debited, and every payout that is
 * PLANNED, in the order of the ledger's provider numbers, which is that of PayoutsQuery. */
struct payees {
    crypto_generichash_state state;
};
struct payees_run {
    struct text organiser;
    int32_t run_day;
    struct text iban; /* the organiser's */
};
struct payee {
    struct text provider;
    int64_t cents;
    struct text iban;
    struct text account_name;
    struct text business_id;
    struct text end_to_end_id;
    struct text reference;
};
void payees_begin(struct payees *p, const struct payees_run *run);
void payees_add(struct payees *p, const struct payee *to);
void payees_end(struct payees *p, uint8_t hash[LIMIT_HASH_BYTES]);

#endif
