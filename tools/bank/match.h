/* match.h - which payout a line of the bank's file is about.
 *
 * A pure function of the lines, the payouts and what the ledger has heard before: the order in
 * which files were read or lines stand does not matter, and neither does it into how many calls
 * they were parted, as the lines that stayed open are among the input of the next call. Each line
 * gets exactly one status, and its amount counts under that status only. Each payout is debited
 * once and returned once. Amounts agree to the cent or not at all.
 *
 * In this order, each step for all lines before the next one begins:
 *  1. the line itself: its identity is known, or stands twice in the input;
 *  2. the person: lines assigned by hand;
 *  3. exact keys: EndToEndId, InstrId, PmtInfId of a run of one payment, structured reference and
 *     amount; for returned money last;
 *  4. a lump, which is no payment by itself: its details stand in a notification, the other kind of
 *     message tells the same entry, or the sums that name a run are all that it paid;
 *  5. a suggestion for a person: IBAN, amount and five days.
 * Two candidates are never guessed between. What a status report rejects counts as rejected unless
 * a line of step 3 books it. One thread. */
#ifndef TOOLS_BANK_MATCH_H
#define TOOLS_BANK_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MATCH_LINE_BYTES = 32, MATCH_SUGGEST_DAYS = 5 };
#define MATCH_NONE SIZE_MAX

#define MATCH_STATUS_LIST(X)                                                                       \
    X(MATCH_MATCHED, "matched")     /* a payout; the ledger has not heard of it */                 \
    X(MATCH_REPEATED, "repeated")   /* a payout; the other kind of message has told it too */      \
    X(MATCH_DETAILED, "detailed")   /* a sum whose payments are told one by one */                 \
    X(MATCH_KNOWN, "known")         /* recorded before, or twice in the input */                   \
    X(MATCH_WAITING, "waiting")     /* a lump without its details, a return before its booking */  \
    X(MATCH_SUGGESTED, "suggested") /* one candidate, for a person to decide */                    \
    X(MATCH_AMBIGUOUS, "ambiguous") /* two or more candidates */                                   \
    X(MATCH_CONFLICT, "conflict")   /* a payout that is in no state for it */                      \
    X(MATCH_UNMATCHED, "unmatched") /* booked, and no payout */                                    \
    X(MATCH_FOREIGN, "foreign")     /* on an account of no organiser */                            \
    X(MATCH_CURRENCY, "currency")   /* on an organiser's account, and not in euros */

#define MATCH_STATUS_ENUM(name, text) name,
enum match_status { MATCH_UNDECIDED, MATCH_STATUS_LIST(MATCH_STATUS_ENUM) MATCH_STATUSES };
#undef MATCH_STATUS_ENUM

const char *match_status_text(enum match_status s);
/* Is nothing left to do about it? */
bool match_status_settled(enum match_status s);
/* Is it none of what the ledger counts: FOREIGN or CURRENCY? */
bool match_status_outside(enum match_status s);

/* What the ledger has of a line. The order is that in which equal lines count. */
enum match_record {
    MATCH_TOLD_LUMP, /* final, and a lump */
    MATCH_TOLD,      /* final, or closed by a person */
    MATCH_TOLD_OPEN, /* recorded, and to be matched again */
    MATCH_NEW,
};

/* A booked line: an entry without details, or a detail. Texts are borrowed, never NULL. */
struct match_line {
    uint8_t id[MATCH_LINE_BYTES];
    bool notification; /* camt.054: the details of what a statement books */
    bool credit;
    bool returned;
    bool whole; /* an entry without details */
    const char *account;
    const char *currency;
    const char *end_to_end_id;
    const char *instruction_id;
    const char *payment_id;
    const char *reference;
    const char *iban;      /* the other side's */
    const char *entry_ref; /* AcctSvcrRef of the entry */
    int64_t entry_cents;   /* of the entry that the line is part of */
    int64_t cents;
    int32_t day;
    enum match_record record;
    size_t assigned; /* a payout named by a person; MATCH_NONE */
    /* the result; of a final line what the ledger has */
    enum match_status status;
    size_t payout;    /* what it is about, or the one candidate; MATCH_NONE */
    size_t run;       /* a payout of the run that a lump is of; MATCH_NONE: of none, or not known */
    bool run_whole;   /* and the lump is the whole sum of it */
    int64_t told;     /* of a lump that waits: what its run's payments that were told come to */
    size_t same_as;   /* the line of the input that this one says again; MATCH_NONE */
    const char *note; /* why, for people; "" */
};

enum match_state {
    MATCH_NOT_SENT, /* planned, carried, held before its release */
    MATCH_SENT,     /* in transit */
    MATCH_REJECTED,
    MATCH_PAID,
    MATCH_RETURNED,
};

/* Which kinds of message have told it. */
struct match_told {
    bool statement, notification;
};

struct match_payout {
    const char *account; /* of the organiser */
    const char *iban;    /* of the provider */
    const char *end_to_end_id;
    const char *reference;
    const char *payment_id; /* PmtInfId of its run */
    int32_t execution_day;
    int64_t cents;
    enum match_state state;
    bool accepted;          /* sent, and the bank has said yes */
    bool held;              /* sent, and held for the payee's name */
    const char *message_id; /* MsgId of its run */
    struct match_told booked, returned;
    struct match_told run_debited; /* all of its run, in one sum */
    bool refused;                  /* a status report of this input rejects it */
    /* the result: lines of this input, MATCH_NONE */
    size_t booked_by;
    size_t returned_by;
};

/* All payouts of a run are there, or none. */
struct match_input {
    struct match_line *lines;
    size_t line_count;
    struct match_payout *payouts;
    size_t payout_count;
    const char *const *accounts; /* of the organisers */
    size_t account_count;
};

void match_lines(struct match_input *in);

/* Has the bank refused it: now, or before? */
bool match_rejected(const struct match_payout *p);

/* The one payout with this EndToEndId; MATCH_NONE. Linear: for words on a command line. */
size_t match_find(const struct match_input *in, const char *end_to_end_id);

/* A reference in the form in which references are compared: without spaces and padding, RF and its
 * check digits taken off, capitals. Writes at most `size` bytes; returns `out`. */
const char *match_reference(const char *text, char *out, size_t size);

#endif
