/* pain001.h - the payment file of a run: pain.001.001.09, or .03 for a bank that asks for it.
 *
 * Written payment by payment, in memory that does not grow with their number. Nothing in it comes
 * from a clock or from chance: the same run gives the same bytes. No postal address, no BIC: within
 * SEPA the IBAN is enough. The other half of the module reads such a file, of whatever origin, and
 * says what a bank would refuse. One thread each. */
#ifndef TOOLS_ISO20022_PAIN001_H
#define TOOLS_ISO20022_PAIN001_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "progress.h"
#include "report.h"

enum {
    PAIN_ID_BYTES = 36,          /* 35 characters and NUL */
    PAIN_PAYMENTS_MAX = 1000000, /* of one file */
    PAIN_FINDINGS_MAX = 1000,    /* then a check reads no further */
};

#define PAIN_PAYMENT_CENTS_MAX INT64_C(99999999999) /* 999,999,999.99 euros, by SEPA's rules */

enum pain_version { PAIN_VERSION_03 = 3, PAIN_VERSION_09 = 9 };

/* ---- Ids ----------------------------------------------------------------------------------- */

/* What makes a run one of its kind. */
struct pain_key {
    uint8_t ledger_id[16];
    const char *organiser;
    int32_t run_day;
};

struct pain_ids {
    char message[PAIN_ID_BYTES];     /* MsgId */
    char information[PAIN_ID_BYTES]; /* PmtInfId */
};

/* "SLDM" or "SLDP", yymmdd of the run day, and 20 characters of base32 (A-Z2-7) of BLAKE2b-256 of
 * "saldo/v1/message" or "saldo/v1/payment", NUL, ledger id, run day (4 bytes, big-endian), length
 * of the organiser's code (1 byte), the code. A bank takes a MsgId once: both versions of a run's
 * file have the same. */
void pain001_ids(const struct pain_key *key, struct pain_ids *ids);

/* ---- Writing ------------------------------------------------------------------------------- */

struct pain_payment {
    const char *provider; /* its id, for complaints */
    const char *name;     /* of the account's holder, any UTF-8 and worse */
    const char *iban;
    const char *reference; /* RF, or a national reference number */
    const char *end_to_end_id;
    int64_t cents;
};

struct pain_run {
    struct pain_ids ids;
    int64_t created_ms; /* the release */
    int32_t execution_day;
    const char *name; /* of the debtor */
    const char *iban;
    size_t count; /* what was released: number and sum */
    int64_t cents;
    /* Payment 0 .. count - 1, in this order and more than once from the start; its texts live until
     * the next call. False: there is none, and it was said why. */
    bool (*payment)(const void *arg, size_t index, struct pain_payment *out);
    const void *arg;
};

/* Can a file be made of it? Complaints name the provider and say what to do. */
bool pain001_judge(const struct pain_run *run, struct report *report);
/* Write a run that was judged. `progress` counts the payments. False: writing failed. What was
 * written must be read back with pain_check_file() before anybody gets it. */
bool pain001_write(const struct pain_run *run, enum pain_version version, FILE *file,
                   struct progress *progress);

/* ---- Checking ------------------------------------------------------------------------------ */

struct pain_totals {
    int version; /* 3 or 9; 0: not recognised */
    size_t payments;
    int64_t cents;
};

struct pain_checker; /* opaque: the ids seen so far, which must not come again in another file */

/* Complaints go to `report`, which must outlive the checker. Never NULL; the caller owns it. */
struct pain_checker *pain_checker_open(struct report *report);
void pain_checker_close(struct pain_checker *c); /* NULL is fine */

/* Read a payment file, whose name the report holds, and complain about everything a bank would
 * refuse: structure as far as money depends on it, counts, sums, ids that stand twice, check
 * digits, bank days, characters, lengths, currency and charges. True: nothing was found. The totals
 * are those of the payments read. */
bool pain_check_file(struct pain_checker *c, const char *path, struct pain_totals *totals);
bool pain_check_bytes(struct pain_checker *c, const void *bytes, size_t len,
                      struct pain_totals *totals);

#endif
