/* camt.h - a bank's statements (camt.053) and notifications (camt.054) as plain lists.
 *
 * Taken are the versions .02, .04 and .08. No schema is asked: real files of banks fail it. What is
 * asked is arithmetic, and a file that fails it is refused as a whole, with line and element:
 *  - a statement's opening balance and its booked entries make its closing balance;
 *  - the details of an entry make the entry, where all of them have an amount;
 *  - a batch's total and a notification's summary are those of what stands in them.
 * Counts (NbOfTxs, NbOfNtries) are wrong in good files, as are the summaries of statements: where
 * the sums hold these are only noted.
 *
 * An entry's status is BOOK or it does not count; a statement's entry without one is booked, as its
 * balances say. One thread. */
#ifndef TOOLS_ISO20022_CAMT_H
#define TOOLS_ISO20022_CAMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"
#include "slab.h"

enum { CAMT_DETAILS_MAX = 500000 };            /* and as many entries */
#define CAMT_CENTS_MAX INT64_C(10000000000000) /* sums of as many stay in 64 bits */

enum camt_sign { CAMT_UNSIGNED, CAMT_CREDIT, CAMT_DEBIT };

/* Texts are never NULL; those the bank did not give are "". They live in the file's slab. */
struct camt_refs {
    const char *account_ref;   /* AcctSvcrRef: the bank's own */
    const char *end_to_end_id; /* "" also for NOTPROVIDED */
    const char *instruction_id;
    const char *payment_id; /* PmtInfId, of the details or of their batch */
    const char *reference;  /* structured creditor reference */
    const char *iban;       /* the other side's */
};

/* TxDtls. */
struct camt_detail {
    struct camt_refs refs;
    int64_t cents;      /* -1: none in the account's currency */
    bool credit;        /* of its own, or its entry's */
    bool returned;      /* RtrInf, or a bank transaction code of returns */
    const char *reason; /* of the return */
};

struct camt_entry {
    struct camt_refs refs;
    const char *entry_ref; /* NtryRef */
    int64_t cents;
    bool credit;
    bool booked;
    bool returned;
    const char *reason;
    int32_t day; /* of the booking */
    size_t line; /* in the file */
    size_t detail_first, detail_count;
};

struct camt_statement {
    const char *id;
    const char *sequence; /* electronic, else legal */
    const char *account;  /* IBAN, or what stands in its place */
    const char *currency;
    size_t line;
    size_t entry_first, entry_count;
    int64_t opening, closing; /* 0 in a notification */
};

struct camt_file {
    bool notification;
    const char *message_id;
    struct camt_statement *statements; /* all three owned */
    struct camt_entry *entries;
    struct camt_detail *details;
    size_t statement_count, statement_room;
    size_t entry_count, entry_room;
    size_t detail_count, detail_room;
    struct slab slab;
};

/* False after complaints to `report`; nothing of the file may then be used. Oddities that do no
 * harm go to `notes`. camt_free() in any case. */
bool camt_read(struct camt_file *f, const char *path, struct report *report, struct report *notes);
bool camt_read_bytes(struct camt_file *f, const void *bytes, size_t len, struct report *report,
                     struct report *notes);
void camt_free(struct camt_file *f);

#endif
