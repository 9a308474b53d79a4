/* saldo.h - libsaldo, the client library of the Saldo voucher ledger.
 *
 * It connects, signs, submits and retries charges so that none is ever counted twice, verifies
 * the ledger's receipts, checks voucher numbers and computes shares with the ledger's own
 * arithmetic. The one public header; all names start with saldo_ or SALDO_.
 *
 * Units: cents of euro; minutes for HOUR services, whole units otherwise; UTC milliseconds since
 * 1970; days since 1970-01-01 as local dates of Europe/Helsinki.
 * Threads: a struct saldo belongs to one thread at a time; different ones are independent.
 * Memory: what a function hands out is valid as its comment says; inputs are only read during
 * the call. Strings are UTF-8.
 * Errors: functions return enum saldo_error; saldo_error_detail() gives a sentence. Business
 * answers (accepted, refused and why) are not errors: they stand in struct saldo_answer. */
#ifndef SALDO_H
#define SALDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SALDO_VERSION   "0.1.0"
#define SALDO_BATCH_MAX 8192

struct saldo;

enum saldo_error {
    SALDO_OK = 0,
    SALDO_ERROR_MEMORY,    /* out of memory */
    SALDO_ERROR_CONFIG,    /* the home folder or an option is not usable: detail names it */
    SALDO_ERROR_KEY,       /* a key file is missing, unreadable or damaged */
    SALDO_ERROR_ARGUMENT,  /* a field has no usable value: detail names it */
    SALDO_ERROR_NETWORK,   /* the socket failed */
    SALDO_ERROR_TIMEOUT,   /* no answer before the deadline: the outcome is unknown, call again
                              with the same request ids */
    SALDO_ERROR_BUSY,      /* the daemon has too much to do: try again later, same ids */
    SALDO_ERROR_READ_ONLY, /* the daemon records nothing at the moment */
    SALDO_ERROR_REFUSED,   /* the request as a whole was refused: saldo_error_code() has the code */
    SALDO_ERROR_PROOF,     /* a reply or receipt does not verify: do not trust it, keep it */
    SALDO_ERROR_PROTOCOL,  /* a reply cannot be understood */
};

const char *saldo_error_text(enum saldo_error e); /* never NULL */

/* ---- Connecting -------------------------------------------------------------------------- */

struct saldo_options {
    const char *home;     /* folder with saldo.conf and keys/; NULL: $SALDO_HOME, ~/.saldo */
    const char *key;      /* name of a key in keys/, without ".key"; NULL: the one in saldo.conf */
    int64_t deadline_ms;  /* of each blocking call; 0: 30,000 */
    int64_t retry_ms;     /* resend after this long without an answer, and then after twice
                             as long each time, up to 8 times; 0: 2,000 */
    bool no_local_checks; /* send wrong voucher numbers too: the ledger refuses them */
};

/* Reads the home folder and the key; connects in the background. On success the caller owns *out
 * and must saldo_close() it. On an error *out is still set (unless MEMORY), only for
 * saldo_error_detail() and saldo_close(). Errors: MEMORY, CONFIG, KEY, NETWORK. */
enum saldo_error saldo_open(const struct saldo_options *options, struct saldo **out);
void saldo_close(struct saldo *s); /* NULL is fine; waits at most a second for unsent frames */

/* Of the last call that did not return SALDO_OK; valid until the next call. Never NULL. In a
 * saldo_done callback: of that request. */
const char *saldo_error_detail(const struct saldo *s);
int saldo_error_code(const struct saldo *s); /* outcome number with SALDO_ERROR_REFUSED, else 0 */

bool saldo_is_simulated(const struct saldo *s);
/* A simulated ledger's clock for the next submits and deletes; 0 leaves it where it is. With a
 * real ledger anything but 0 makes them ARGUMENT. */
void saldo_set_recorded_at(struct saldo *s, int64_t time_ms);

/* ---- Charges ----------------------------------------------------------------------------- */

enum saldo_unit {
    SALDO_HOUR = 1,
    SALDO_DAY = 2,
    SALDO_VISIT = 3,
    SALDO_WEEK = 4,
    SALDO_MONTH = 5,
    SALDO_PIECE = 6
};

/* One delivered service. Zero and NULL mean "not set". */
struct saldo_charge {
    uint8_t request_id[16]; /* from saldo_request_id(); store it before you send */
    const char *voucher;
    const char *service;
    const char *rate_class; /* NULL, "" or "ALL" where the service has no classes */
    enum saldo_unit unit;
    int64_t start_ms;
    int64_t end_ms;
    int64_t quantity;
    int64_t price_cents;
    int64_t county_cents;
    int64_t copay_cents;
    bool identity_checked;
    const char *reference; /* your own, at most 40 bytes */
};

struct saldo_answer {
    int code;        /* outcome number; 0 is ACCEPTED; saldo_outcome_name() */
    int64_t have;    /* ACCEPTED: available after it. Refusals: see the manual page */
    int64_t need;    /* ACCEPTED: what it took */
    int32_t pays_on; /* day the payout is due; 0: not on a calendar, or not accepted */
    bool duplicate;  /* the answer given to the same request before */
    uint64_t number; /* journal entry that answered */
    int64_t time_ms; /* when it was recorded */
    int32_t business_day;
    bool simulated;
};

/* A fresh id: the time now (or the given instant) and 80 random bits. */
void saldo_request_id(uint8_t id[16]);
void saldo_request_id_at(int64_t time_ms, uint8_t id[16]);

/* Send `count` (1..SALDO_BATCH_MAX) charges under one signature and wait for the answers, one
 * each in order. Sent again with the same ids until answered or the deadline; the ledger answers
 * a repetition with the first answer, so calling again after TIMEOUT, BUSY, NETWORK or a crash is
 * safe as long as the ids and fields are the same. The receipt is verified before SALDO_OK.
 * Errors: ARGUMENT, MEMORY, NETWORK, TIMEOUT, BUSY, READ_ONLY, REFUSED, PROOF, PROTOCOL. */
enum saldo_error saldo_submit(struct saldo *s, const struct saldo_charge *charges, size_t count,
                              struct saldo_answer *answers);
/* Take back one's own charge, until it is settled. `command_id` as a charge's request id. */
enum saldo_error saldo_delete(struct saldo *s, const uint8_t command_id[16],
                              const uint8_t charge_id[16], struct saldo_answer *answer);

/* The receipt of the last submit, delete or command that returned SALDO_OK (in a saldo_done
 * callback: of that request), as bytes to store: proof for a third party, together with the
 * ledger's public key. Valid until the next call. After SALDO_ERROR_PROOF: what did not verify, as
 * evidence. Errors: ARGUMENT (there is none). */
enum saldo_error saldo_receipt(const struct saldo *s, const void **bytes, size_t *len);
/* The signed request (a saldo.v1.Envelope) that this receipt is about, valid as long. A receipt
 * names its request by a hash only: store both to show later what was charged. Errors: as above. */
enum saldo_error saldo_receipt_request(const struct saldo *s, const void **bytes, size_t *len);
/* Is the receipt about this request? Says nothing about whether the receipt itself verifies. */
bool saldo_receipt_covers(const void *receipt, size_t receipt_len, const void *request,
                          size_t request_len);
/* Verify stored receipt bytes against a ledger id and public key (no connection needed).
 * Fills the facts it proves. Errors: PROOF, PROTOCOL, MEMORY. */
struct saldo_proof {
    uint64_t number;
    int64_t time_ms;
    int32_t business_day;
    bool simulated;
    uint32_t answers;    /* how many; read them with saldo_receipt_answer() */
    uint64_t tree_first; /* numbers of the entries under the same signature */
    uint32_t tree_count;
    uint8_t head[32]; /* this head, and the one before: the chain shows forks and gaps */
    uint8_t previous[32];
};
enum saldo_error saldo_receipt_verify(const void *bytes, size_t len, const uint8_t ledger_id[16],
                                      const uint8_t public_key[32], struct saldo_proof *out);
/* One answer out of a receipt that was verified. Errors: PROTOCOL, ARGUMENT (no such index),
 * MEMORY. */
enum saldo_error saldo_receipt_answer(const void *bytes, size_t len, uint32_t index,
                                      struct saldo_answer *out);
/* Ledger id and public key from the home folder, for saldo_receipt_verify(). */
void saldo_ledger(const struct saldo *s, uint8_t ledger_id[16], uint8_t public_key[32]);

/* ---- For event loops --------------------------------------------------------------------- */

/* Called once for each finished request, from saldo_process() or from a blocking call that happens
 * to be waiting; answers are valid during the call. It may call saldo_start() and what needs no
 * connection, but no other function on the same handle. saldo_close() drops what is under way
 * without calling it. */
typedef void saldo_done(void *arg, uint64_t ticket, enum saldo_error error,
                        const struct saldo_answer *answers, size_t count);

/* Send without waiting; *ticket names the request in the callback. Retries happen inside
 * saldo_process(). Errors: as saldo_submit(), BUSY also when 64 are under way. */
enum saldo_error saldo_start(struct saldo *s, const struct saldo_charge *charges, size_t count,
                             saldo_done *done, void *arg, uint64_t *ticket);
/* A descriptor that becomes readable when saldo_process() has work: for poll(2) and the like, never
 * to be read. It stays the same until saldo_close(). -1: saldo_open() had failed. */
int saldo_fd(const struct saldo *s);
/* Handle what arrived and what is due; never blocks. Call it when the descriptor is readable, after
 * every saldo_start() and blocking call, and at the latest after saldo_wait_ms().
 * Errors: NETWORK, ARGUMENT (from a callback). */
enum saldo_error saldo_process(struct saldo *s);
int saldo_wait_ms(const struct saldo *s); /* until something is due; -1: nothing is */

/* ---- Anything else: commands and queries as protobuf bytes ------------------------------- */

/* Sign and send `len` bytes of a canonical saldo.v1.CommandRequest (settlement: a single
 * settle_day), wait, verify the receipt, and fill at most `count` answers. Errors as
 * saldo_submit(). */
enum saldo_error saldo_command(struct saldo *s, const void *bytes, size_t len, bool settlement,
                               struct saldo_answer *answers, size_t count);
/* Sign and send a saldo.v1.QueryRequest; the reply is a saldo.v1.Reply, valid until the next call.
 * Nothing proves it but the encrypted connection. Errors as saldo_submit(), but for PROOF. */
enum saldo_error saldo_query(struct saldo *s, const void *bytes, size_t len, const void **reply,
                             size_t *reply_len);

/* A voucher's balance now. Errors as saldo_query(); REFUSED with VOUCHER_UNKNOWN. */
struct saldo_balance {
    int32_t bucket; /* year * 12 + month - 1; 0: the whole validity */
    bool units;     /* units instead of cents */
    int64_t posted; /* what the last night left */
    int64_t pending;
    int64_t available;
};
enum saldo_error saldo_balance(struct saldo *s, const char *voucher, struct saldo_balance *out);

/* ---- Arithmetic and names, without a connection ------------------------------------------ */

/* Does the check character fit? A typing error stops here, before anything is sent. */
bool saldo_voucher_valid(const char *number);

struct saldo_terms {
    bool copay_first; /* the service's share rule */
    bool is_hour;     /* quantity is minutes */
    int64_t price_cents;
    int64_t unit_value_cents; /* the voucher's own, else the rate's, else -1 */
    int64_t copay_cents;      /* per unit, with copay_first */
    int64_t quantity;
};
/* County share and copay as the ledger computes them. False on amounts that do not fit. */
bool saldo_shares(const struct saldo_terms *terms, int64_t *county_cents, int64_t *copay_cents);

const char *saldo_outcome_name(int code); /* "INSUFFICIENT_BALANCE"; never NULL */
const char *saldo_outcome_text(int code); /* a sentence; never NULL */

/* Days, months and instants: "YYYY-MM-DD" and RFC 3339 with an offset. False: not a date. */
bool saldo_day_parse(const char *text, int32_t *day);
void saldo_day_format(int32_t day, char text[11]);
bool saldo_time_parse(const char *text, int64_t *time_ms);

/* ---- Keys -------------------------------------------------------------------------------- */

/* Make a key and write it to keys/NAME.key in the home folder (mode 0600; never overwrites), and
 * give its public halves for enrolment. Makes the folders where they are missing. A name has 1 to
 * 64 of A-Z a-z 0-9 . _ - and does not start with a dot. Errors: CONFIG (a folder), KEY; errno says
 * why: EEXIST, EINVAL (the name), or what the system said. */
enum saldo_error saldo_keygen(const char *home, const char *name, uint8_t signing_key[32],
                              uint8_t transport_key[32]);
/* The public halves of an existing key file. Errors: CONFIG, KEY; errno as above, EPERM where
 * others may read the file, EBADMSG where it is damaged. */
enum saldo_error saldo_key_public(const char *home, const char *name, uint8_t signing_key[32],
                                  uint8_t transport_key[32]);

#ifdef __cplusplus
}
#endif

#endif
