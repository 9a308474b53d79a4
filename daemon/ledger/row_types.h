/* row_types.h - the rows of ledger.h as they stand in memory. Private to daemon/ledger.
 *
 * Every row that lives in a pool starts with a struct row_head. Codes of organisers, services,
 * classes and providers are turned into small indexes ("organiser 3") that are stable for ever:
 * they are given in the order of the entries that created the rows, and are part of the rows. */
#ifndef LEDGER_ROW_TYPES_H
#define LEDGER_ROW_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "ledger/ledger.h"

struct row_head {
    uint32_t dirty; /* epoch in which it was last changed; 0: as in the tables */
    uint32_t out;   /* epoch of the last freeze that handed it out */
};

/* ---- Catalogue: always in memory ------------------------------------------------------------- */

/* A short string with its bound inside the struct, NUL-terminated. */
struct code {
    char text[LIMIT_CODE_BYTES + 1];
};
struct name {
    char text[LIMIT_NAME_BYTES + 1];
};

struct organiser {
    struct row_head head;
    struct code code;
    struct name name;
    struct name account_name;
    char business_id[12];
    char iban[36];
    char former[LIMIT_FORMER_IBANS][36]; /* IBANs, newest first; the unused ones empty */
    int32_t payout_calendar;             /* Saldo__V1__PayoutCalendar */
    int32_t payout_day;
    int64_t payout_minimum;
    int32_t grace_days;
    int32_t pays_on_from; /* cache of account_pays_on(): for this settle day ... */
    int32_t pays_on;      /* ... this execution day. Not part of the row. */
};

struct service {
    struct row_head head;
    struct code code;
    struct name group;
    struct name name_fi;
    struct name name_en;
    uint32_t organiser; /* item */
    int32_t unit;       /* Saldo__V1__Unit */
    int32_t increment;
    int32_t share_rule;
    bool copay_allowed;
    bool prior_approval;
    bool review;
    bool overlap_allowed;
    int64_t max_charge; /* -1: none */
};

struct rate_class { /* item 0 of this pool means the class ALL */
    struct row_head head;
    struct code code;
    uint32_t organiser;
    uint32_t windows; /* list; not part of the row */
};

struct window {
    struct row_head head;
    uint32_t rate_class;
    int32_t day_kind; /* enum day_kind */
    int32_t from_minute;
    int32_t to_minute;
    uint32_t next; /* not part of the row */
};

struct provider {
    struct row_head head;
    struct code id;
    struct name name;
    struct name account_name;
    char business_id[12];
    char iban[36];
    bool blocked;
    /* An account change that waits for the second officer. */
    bool change_noted;
    char new_iban[36];
    struct name new_account_name;
    uint32_t change_owner; /* who noted it */
    bool bank_hold;        /* the bank sent its last payment back, or the name did not fit */
};

enum dated_kind { DATED_RATE = 1, DATED_APPROVAL = 2, DATED_PRICE = 3 };

/* A rate, an approval or a price, valid from..to, both included. */
struct dated {
    struct row_head head;
    int32_t kind;
    uint32_t provider;   /* 0 for rates */
    uint32_t service;    /* knows its organiser */
    uint32_t rate_class; /* 0: ALL; 0 for approvals */
    int32_t from;
    int32_t to;         /* CALENDAR_DAY_OPEN: open */
    int64_t value;      /* rate: unit value, -1 none; price: cents */
    int64_t cap;        /* rate: price cap, -1 none */
    int64_t copay;      /* rate: copay per unit, -1 none */
    struct code source; /* approval: its register */
    uint32_t next;      /* same key, next earlier `from`; not part of the row */
};

struct signing_key {
    struct row_head head;
    struct ledger_key key;
    uint32_t owner; /* provider item, or LEDGER_OWNER_PERSON | item of the owner's first key */
};
#define LEDGER_OWNER_PERSON UINT32_C(0x80000000)

struct cost_code {
    struct row_head head;
    struct code code;
    uint32_t organiser;
};

struct commitment { /* of a cost code and a year of service */
    struct row_head head;
    uint32_t cost_code;
    int32_t year;
    int64_t limit; /* -1: none set */
    int64_t used;
};

/* ---- Vouchers and buckets: held while needed --------------------------------------------------
 */

struct version {
    int32_t effective_from;
    int32_t valid_to;
    int32_t recorded_day; /* business day of the entry that brought it */
    int64_t amount;       /* cents (BALANCE) or units (QUANTITY) per period */
    int64_t unit_value;   /* -1: none of its own */
    uint32_t older;       /* item in versions, 0: none */
    uint32_t service_count;
    uint16_t services[LIMIT_VOUCHER_SERVICES]; /* service items, in the order given */
};

enum extra_kind { EXTRA_SUSPENSION = 1, EXTRA_PRIOR_APPROVAL = 2 };

struct extra {
    uint32_t next; /* newest first */
    int32_t kind;
    int32_t from;
    int32_t to; /* included; CALENDAR_DAY_OPEN: open */
    uint32_t service;
    struct code approved_by;
};

struct voucher {
    struct row_head head;
    int32_t digits; /* the nine digits of its number */
    uint32_t organiser;
    uint8_t kind;   /* Saldo__V1__VoucherKind */
    uint8_t period; /* Saldo__V1__Period */
    bool carry_over;
    bool voided;
    bool opened; /* a charge was accepted once */
    bool used;   /* looked at since the last sweep; not part of the row */
    uint16_t version_count;
    int32_t valid_from;
    int32_t closed_on;        /* CALENDAR_DAY_OPEN: not closed */
    uint32_t reserved_for;    /* provider item, 0: nobody */
    uint32_t cost_code;       /* item, 0: none */
    uint32_t live_charges;    /* accepted, not deleted, refused or fully credited */
    int32_t last_service_day; /* latest service date ever accepted; deletions do not lower it */
    uint32_t extras;          /* list */
    struct version now;       /* the newest */
    char client[LIMIT_REFERENCE_BYTES + 1];
    char decision[LIMIT_REFERENCE_BYTES + 1];
    /* As granted, whatever was amended and reserved since: what a repeated grant must say. */
    uint32_t granted_for; /* provider item, 0: nobody */
    char granted_decision[LIMIT_REFERENCE_BYTES + 1];
};

/* A month of a voucher, or its whole validity (period 0). It holds money or units (in the bucket
 * the voucher's period asks for) and the intervals of live charges (always in the month's). */
struct bucket {
    struct row_head head;
    int32_t period; /* month, 0: WHOLE */
    int32_t digits;
    bool allotted; /* the allotment was posted */
    bool used;     /* as in struct voucher */
    int32_t lapse_day;
    int64_t allotment;
    int64_t pending;
    int64_t settled;
    uint32_t open;           /* list of struct open_total through next_of_bucket */
    uint32_t intervals;      /* list of struct interval_chunk */
    uint32_t interval_count; /* not part of the row, as the next */
    uint32_t busy_until;     /* no interval ends later */
};
_Static_assert(sizeof(struct bucket) == 64, "a cache line");

/* What a bucket took on one day that is not settled yet. */
struct open_total {
    uint32_t bucket;
    int32_t day;
    int64_t taken;  /* approved charges */
    int64_t credit; /* given back by credits */
    uint32_t next_of_bucket;
    uint32_t next_of_day;
};

/* Milliseconds since 00:00 local of the month's first day. */
struct interval {
    uint32_t from;
    uint32_t to; /* exclusive */
};
struct interval_minutes {
    uint16_t from;
    uint16_t to;
};
#define INTERVALS_PER_CHUNK 3
struct interval_chunk { /* see interval.h */
    uint32_t next;
    uint8_t count;
    bool in_minutes;
    union {
        struct interval exact[INTERVALS_PER_CHUNK];
        struct interval_minutes minute[2 * INTERVALS_PER_CHUNK];
    };
};
_Static_assert(sizeof(struct interval_chunk) == 32, "half a cache line");

/* ---- Charges and answered commands -------------------------------------------------------------
 */

enum charge_state {
    CHARGE_REJECTED = 0,
    CHARGE_IN_REVIEW = 1,
    CHARGE_APPROVED = 2, /* settled once settle_day <= settled_through */
    CHARGE_DELETED = 3,
    CHARGE_REFUSED = 4, /* by the reviewer */
};

/* One answered charge or command, refused ones too; in memory as a cell (charge_store.h). */
struct charge_row {
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    uint64_t digest;
    uint64_t number; /* entry number << 13 | index in its request */
    int64_t recorded_ms;
    int64_t start_ms;
    int64_t end_ms;
    int64_t have;
    int64_t need;
    uint32_t owner;   /* as struct signing_key.owner */
    int32_t digits;   /* voucher; -1 unknown or none */
    int32_t quantity; /* clamped to 32 bits where the charge was refused */
    int32_t county;
    int32_t copay;
    int32_t credited_cents;
    int32_t credited_quantity;
    int32_t settle_day; /* CALENDAR_DAY_OPEN while not approved */
    int32_t pays_on;
    uint16_t service;
    uint16_t rate_class;
    uint16_t code; /* outcome */
    uint8_t state; /* enum charge_state */
    bool is_command;
};
#define LEDGER_INDEX_BITS 13

/* What was done to a charge after it was decided: one for each command that did it. Never changes.
 */
struct correction {
    struct row_head head;
    int32_t business_day; /* of the command, as everything up to `reason` */
    uint64_t number;      /* entry number << 13 | index in its request */
    int64_t time_ms;
    uint32_t by; /* as struct signing_key.owner */
    int32_t kind;
    int32_t reason; /* Saldo__V1__CreditReason */
    uint8_t charge[LIMIT_REQUEST_ID_BYTES];
    uint64_t charge_number; /* as struct charge_row.number */
    uint32_t organiser;
    uint32_t provider;
    int32_t digits;
    uint16_t service;
    int32_t cents;
    int32_t quantity;
    int32_t settle_day; /* of a credit; 0 */
    char text[LIMIT_TEXT_BYTES + 1];
};

/* ---- Settlement and money ----------------------------------------------------------------------
 */

/* A provider's line of one day, and after the night of its batch. */
struct tally {
    struct row_head head;
    int32_t day;
    uint32_t organiser;
    uint32_t provider;
    int64_t rows;  /* charges and credits */
    int64_t cents; /* charges less credits */
    int64_t credit_rows;
    int64_t credit_cents;
    uint32_t next_of_day; /* not part of the row */
};

struct batch {
    struct row_head head;
    int32_t day;
    int64_t rows;
    int64_t cents;
    uint8_t hash[LIMIT_HASH_BYTES];
    uint64_t number;
};

struct history {
    struct row_head head;
    int32_t period;
    int32_t digits;
    int32_t day;
    int64_t posted;
    int64_t pending;
    int64_t settled; /* for carry-over, whose posted grows with the months without a night */
};

struct open_day {
    int32_t day;
    uint32_t totals;  /* list of open_total */
    uint32_t tallies; /* list of tally */
    uint32_t next;    /* later day */
};

/* Double entry: provider 0 is the organiser's own account sheet, where commitment + allotted +
 * pending + payable + in_transit + bank is 0. On every sheet settled = payable + in_transit + bank:
 * what the nights brought is still owed, on its way or paid (the control identity). */
struct account {
    struct row_head head;
    uint32_t organiser;
    uint32_t provider;
    int64_t commitment; /* provider 0 only; negative: what was committed */
    int64_t allotted;   /* provider 0 only */
    int64_t pending;    /* provider 0 only */
    int64_t payable;    /* provider 0: the sum of all providers' */
    int64_t
        in_payouts; /* part of payable that stands in a PLANNED or HELD payout; not provider 0 */
    int64_t in_transit; /* released, and not heard of as booked */
    int64_t bank;       /* paid */
    int64_t settled;    /* cents of all batches */
};

enum payout_state {
    PAYOUT_PLANNED = 1,
    PAYOUT_HELD = 2,
    PAYOUT_CARRIED = 3,
    PAYOUT_EXPORTED = 4, /* its run is released */
    PAYOUT_ACCEPTED = 5, /* by the bank */
    PAYOUT_PAID = 6,
    PAYOUT_REJECTED = 7,
    PAYOUT_RETURNED = 8,
};
enum payout_reason {
    PAYOUT_REASON_NONE = 0,
    PAYOUT_REASON_BLOCKED = 1,
    PAYOUT_REASON_NO_ACCOUNT = 2,
    PAYOUT_REASON_ACCOUNT_CHANGE = 3,
    PAYOUT_REASON_NOT_POSITIVE = 4,
    PAYOUT_REASON_MINIMUM = 5,
    PAYOUT_REASON_BANK = 6, /* the bank sent the provider's last payment back */
    PAYOUT_REASON_NAME = 7, /* HELD after the release, in transit: its payee's name does not fit */
};

/* Which kind of the bank's messages tells: each tells a booking once. */
enum teller { TOLD_BY_STATEMENT = 0, TOLD_BY_NOTIFICATION = 1, TELLERS = 2 };

struct payout {
    struct row_head head;
    int32_t run_day;
    uint32_t organiser;
    uint32_t provider;
    int32_t execution_day;
    int64_t cents;
    int32_t state;      /* as stored; payout_standing() tells how it stands now */
    int32_t reason;     /* enum payout_reason: why it is, or was, HELD or CARRIED */
    int32_t booked_day; /* by the bank; of the return where it came back */
    struct code bank_reason;
    /* The payee as it was when the payout left; empty: it has not left. */
    char iban[36];
    struct name account_name;
    char business_id[12];
    bool booked_by[TELLERS];
    bool returned_by[TELLERS];
};

/* What four eyes sign. `mark` tells sets apart that have the same number and sum: all that entries
 * of level 1 have beside these. */
struct run_figures {
    int64_t payouts;
    int64_t cents;
    uint64_t mark;
    uint8_t payees[LIMIT_HASH_BYTES]; /* the hash of FORMAT.md */
};

/* An organiser's payout run of a day. It is there if it made a payout, of whatever state. */
struct run {
    struct row_head head;
    int32_t day;
    uint32_t organiser;
    int32_t execution_day;
    struct run_figures prepared; /* and released */
    uint32_t prepared_by;        /* as struct signing_key.owner; 0: not prepared */
    uint32_t released_by;        /* 0: not released */
    uint64_t prepared_number;    /* journal entries */
    uint64_t released_number;
    int64_t released_ms;
    char iban[36]; /* the payer as it was then */
    struct name account_name;
    bool debited_by[TELLERS]; /* in one sum */
    uint32_t in_transit;      /* how many of its payouts are */
    int64_t booked;           /* cents of those that the bank has booked, returned since or not */
};

enum fact_text {
    FACT_ACCOUNT,
    FACT_END_TO_END_ID,
    FACT_INSTRUCTION_ID,
    FACT_PAYMENT_ID,
    FACT_REFERENCE,
    FACT_IBAN,
    FACT_ENTRY_REF,
    FACT_TEXTS,
};

/* Saldo__V1__BankLineFacts; all zero in a line of a pain.002. */
struct bank_facts {
    bool notification;
    bool returned;
    bool whole;
    int64_t entry_cents; /* 0: there are no facts */
    struct code text[FACT_TEXTS];
};

struct bank_line {
    struct row_head head;
    uint8_t line[LIMIT_HASH_BYTES];
    int32_t kind; /* Saldo__V1__BankEventKind */
    uint32_t organiser;
    uint32_t provider; /* 0: UNMATCHED, LUMP */
    int32_t run_day;
    int64_t cents;
    bool credit;
    bool by_hand;
    int32_t day;
    struct code reason;
    struct code file;
    struct bank_facts facts;
    uint64_t number;         /* journal entry that told it first */
    uint64_t decided_number; /* that gave an open line its kind, or closed it; 0: none */
    uint32_t closed_by;      /* as struct signing_key.owner; 0: not closed */
    struct name closed_reason;
};

/* A bank line that is UNMATCHED and not closed: the list of those, which is always in memory. One
 * that was decided is gone for good; its row stands until the tables have heard of it. */
struct open_line {
    struct row_head head;
    uint8_t line[LIMIT_HASH_BYTES];
    uint32_t organiser;
    int32_t day;
    bool gone; /* not part of the row: the row is deleted */
};

struct lapse { /* cents of open allotments that lapse on a day */
    struct row_head head;
    uint32_t organiser;
    int32_t day;
    int64_t cents;
};

#endif
