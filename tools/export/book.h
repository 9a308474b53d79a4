/* book.h - the accounts of an export, and the entries that are booked on them.
 *
 * The ledger's accounts of an organiser O, with their signs turned as a bookkeeper has them:
 *
 *   Expenses:County:O:Commitment      what the county stands for: all that was settled
 *   Liabilities:County:O:Allotted     to vouchers
 *   Liabilities:County:O:Pending      charged and not settled
 *   Liabilities:County:O:Payable:P    settled and owed to provider P
 *   Assets:County:O:InTransit         in a payment file, and not booked by the bank
 *   Assets:County:O:Bank              paid
 *
 * What is allotted and not used, and what waits for the night or a review, is no entry of these
 * books: only a night makes one. So Allotted and Pending are passed through and close with 0.
 *
 * O and P are codes of the ledger as hledger, ledger and beancount all take them: a capital or a
 * digit first, then letters, digits and hyphens. Two codes never get the same name:
 *
 *   a small first letter becomes a capital                  kainuu  -> Kainuu
 *   a first letter of the other size than that of the rest  Kainuu  -> Kainuu-c    p1 -> P1-c
 *   hyphen, dot and underscore                              a-b.c_d -> A--b-dc-ud
 *   one of these three as the first character               _a      -> 0-z-ua
 *
 * where "the rest" is small if it has a small letter, and capital otherwise.
 * Invariant: the postings of an entry sum to zero. One thread. */
#ifndef TOOLS_EXPORT_BOOK_H
#define TOOLS_EXPORT_BOOK_H

#include <stddef.h>
#include <stdint.h>

#include "slab.h"

enum book_place {
    BOOK_COMMITMENT,
    BOOK_ALLOTTED,
    BOOK_PENDING,
    BOOK_PAYABLE,
    BOOK_IN_TRANSIT,
    BOOK_BANK,
};

enum { BOOK_PART_MAX = 96, BOOK_ACCOUNT_MAX = 240, BOOK_POSTINGS_MAX = 3 };

struct book_account {
    const char *organiser; /* codes of the ledger */
    const char *provider;  /* "" where the place is the organiser's own */
    enum book_place place;
    char name[BOOK_ACCOUNT_MAX];
    int64_t opening; /* cents, before the first day */
    int64_t debit;   /* of the period, both 0 or more */
    int64_t credit;
};

/* A party, by its code and name together: "P0001 Hoivakoti ry". */
struct book_payee {
    const char *code;
    const char *text;
};

/* All zeros: empty. Texts and accounts live in the slab. */
struct book {
    int32_t from, to;
    struct book_account **accounts; /* owned list */
    size_t count, room;
    size_t *buckets; /* owned; index + 1 of an account, 0: free */
    size_t buckets_count;
    struct book_payee *payees; /* owned list, sorted by code once book_sort() ran */
    size_t payees_count, payees_room;
    struct slab slab;
};

struct book_posting {
    struct book_account *account;
    int64_t cents; /* debit is positive */
};

/* Texts are borrowed and never NULL; "" where an entry has none. */
struct book_entry {
    int32_t day;
    const char *kind; /* one word: opening, use, charge, charges, credits, payout, ... */
    const char *text; /* a few words of this program, no colon: it would make a tag */
    const char *payee;
    const char *voucher;
    const char *service;
    const char *request_id; /* 32 hexadecimal digits */
    const char *end_to_end_id;
    const char *reference;
    const char *reason;
    uint64_t number; /* journal entry that proves it; 0: there is no single one */
    struct book_posting *postings;
    size_t count;
};

/* The part of an account's name for a code; returns `out`. */
const char *book_part(const char *code, char out[BOOK_PART_MAX]);
/* A code, which may be "", and a text for people, without what one of the formats would read as its
 * own; in the slab. */
const char *book_clean(struct book *b, const char *code, const char *name);

/* The account, made where there is none. `provider` is "" for all places but PAYABLE. */
struct book_account *book_account(struct book *b, const char *organiser, enum book_place place,
                                  const char *provider);
void book_add_payee(struct book *b, const char *code, const char *name);
/* Of the code, or the code itself. */
const char *book_payee(const struct book *b, const char *code);

/* Put accounts in the order of their names and payees in that of their codes. */
void book_sort(struct book *b);

int64_t book_balance(const struct book_account *a);
/* Move the accounts by the entry. Before the period: their openings. */
void book_post(const struct book *b, const struct book_entry *e);

void book_free(struct book *b);

#endif
