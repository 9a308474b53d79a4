/* limits.h - every bound of the system, in one place. Over a limit is an outcome, not a crash. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    LIMIT_BATCH_ITEMS = 8192,            /* charges or commands under one signature */
    LIMIT_REQUEST_RUNS = 8,              /* payout runs that one request prepares or releases */
    LIMIT_REQUEST_BYTES = 4 << 20,       /* one envelope */
    LIMIT_REPLY_BYTES = 2 << 20,         /* one reply */
    LIMIT_ENTRY_PIECE = 1 << 20,         /* of an envelope, in the reply to an EntryQuery */
    LIMIT_REQUEST_ID_BYTES = 16,
    LIMIT_KEY_ID_BYTES = 8,
    LIMIT_HASH_BYTES = 32,
    LIMIT_SIGNATURE_BYTES = 64,
    LIMIT_KEY_BYTES = 32,
    LIMIT_CODE_BYTES = 40,               /* codes of organisers, services, classes, providers */
    LIMIT_NAME_BYTES = 140,
    LIMIT_REFERENCE_BYTES = 40,          /* charge reference, decision, client */
    LIMIT_TEXT_BYTES = 500,              /* explanations */
    LIMIT_VOUCHER_BYTES = 10,            /* nine digits and a check character */
    LIMIT_VOUCHER_SERVICES = 64,         /* services one voucher covers */
    LIMIT_VOUCHER_VERSIONS = 64,
    LIMIT_VOUCHER_EXTRAS = 128,          /* suspensions and prior approvals of one voucher */
    LIMIT_CONVERT_INTO = 4,
    LIMIT_QUERY_ROWS = 1000,
    LIMIT_QUERY_EXAMINED = 8192,         /* rows a filter looks at before it answers */
    LIMIT_FORMER_IBANS = 8,              /* of an organiser */
    LIMIT_OPEN_LINES = 1 << 20,          /* bank lines that nobody has explained yet */
    LIMIT_ORGANISERS = 64,
    LIMIT_SERVICES = 8192,
    LIMIT_CLASSES = 2048,
    LIMIT_WINDOWS = 16384,
    LIMIT_PROVIDERS = 65536,
    LIMIT_KEYS = 131072,
    LIMIT_DATED_ROWS = 4 << 20,          /* rates, approvals and prices */
    LIMIT_CONNECTIONS = 4096,
    LIMIT_IN_FLIGHT = 8192,              /* requests between intake and reply; a power of two */
    LIMIT_IN_FLIGHT_BYTES = 256 << 20,
    LIMIT_UNREAD_BYTES = 256 << 20,      /* replies that have not left the gate */
    LIMIT_GROUP_ENTRIES = 4096,          /* entries of one commit */
    LIMIT_GROUP_BYTES = 8 << 20,
};

/* Money of one charge stays far from the end of 64 bits: sums of a century cannot overflow. */
#define LIMIT_CHARGE_CENTS INT64_C(1000000000)        /* 10 million euros */
#define LIMIT_VOUCHER_CENTS INT64_C(100000000000)     /* a billion euros */
#define LIMIT_QUANTITY INT64_C(1000000000)            /* units of one charge */
#define LIMIT_QUOTA INT64_C(1000000000)

#define LIMIT_QUERY_BYTES (8 * LIMIT_REPLY_BYTES) /* an answer, before it is packed */

/* Dates from 1996-01-01, when the present summer-time rule began, to 2100-12-31. */
#define LIMIT_DAY_FIRST 9496
#define LIMIT_DAY_LAST 47846

#endif
