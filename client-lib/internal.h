/* internal.h - what the files of libsaldo share; not installed.
 *
 * home.c, key.c     the home folder: saldo.conf and keys
 * connection.c      the ZeroMQ socket: open, send, receive, replace
 * request.c         from charges and commands to a signed frame
 * retry.c           requests under way: send, send again, finish
 * receipt.c         what a reply proves
 * submit.c, query.c the calls of saldo.h on top of these
 * handle.c          the life of a struct saldo, and its errors
 *
 * Invariants: (1) the frame of a request is built and signed once and sent again byte for byte, so
 * the ledger sees one signed request however often it arrives; (2) an answer reaches the caller
 * only after its receipt was verified; (3) every function here but client_init() belongs to the
 * thread that uses the struct saldo.
 * Names of this file start with client_, so that a static libsaldo clashes with nothing. */
#ifndef CLIENT_LIB_INTERNAL_H
#define CLIENT_LIB_INTERNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "codec.h"
#include "envelope.h"
#include "merkle.h"
#include "saldo.h"

enum {
    CLIENT_KEY_NAME_MAX = 64,
    CLIENT_ENDPOINT_MAX = 150, /* inih reads lines of 200 bytes */
    CLIENT_DETAIL_MAX = 400,
    CLIENT_STARTED_MAX = 64,                     /* requests of saldo_start() under way */
    CLIENT_PENDING_MAX = CLIENT_STARTED_MAX + 1, /* and the one of a blocking call */
    CLIENT_DEADLINE_MS = 30000,
    CLIENT_RETRY_MS = 2000,
    CLIENT_RETRY_GROWTH = 8, /* the pause doubles up to so many times retry_ms */
    CLIENT_BUSY_MS = 50,     /* first pause after BUSY, doubling */
    CLIENT_BUSY_MS_MAX = 2000,
    CLIENT_REPLACE_MS = 5000, /* without a connection before the socket is made anew */
    CLIENT_REPLACE_MS_MAX = 30000,
};

/* ---- The home folder ---------------------------------------------------------------------- */

struct client_home {
    char path[PATH_MAX];
    char endpoint[CLIENT_ENDPOINT_MAX + 1];
    uint8_t transport_key[LIMIT_KEY_BYTES]; /* the daemon's */
    uint8_t ledger_id[LEDGER_ID_BYTES];
    uint8_t ledger_key[LIMIT_KEY_BYTES];
    bool simulated;
    char key[CLIENT_KEY_NAME_MAX + 1]; /* the default key's name */
};

/* Where a function says in words what is wrong. */
struct client_detail {
    char text[CLIENT_DETAIL_MAX];
};
__attribute__((format(printf, 2, 3))) void client_explain(struct client_detail *d,
                                                          const char *format, ...);

/* `home`, else $SALDO_HOME, else ~/.saldo. Errors: CONFIG. */
enum saldo_error client_home_path(const char *home, char path[PATH_MAX], struct client_detail *d);
/* Read saldo.conf below h->path. Errors: CONFIG, with file and line. */
enum saldo_error client_home_read(struct client_home *h, struct client_detail *d);

/* Exactly `len` bytes as hexadecimal digits. */
bool client_hex_read(const char *text, uint8_t *bytes, size_t len);

struct client_key {
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    uint8_t sign_public[LIMIT_KEY_BYTES];
    uint8_t sign_secret[64];
    uint8_t transport_public[LIMIT_KEY_BYTES];
    uint8_t transport_secret[32];
};

bool client_key_name_valid(const char *name);
/* Read keys/NAME.key below `path` and derive the pairs. Errors: KEY, with errno set.
 * The caller wipes *out. */
enum saldo_error client_key_read(const char *path, const char *name, struct client_key *out,
                                 struct client_detail *d);

/* ---- Requests under way ------------------------------------------------------------------- */

/* A signed frame and what its answer has to fit. Owns `bytes`. */
struct client_frame {
    uint8_t *bytes;
    size_t len;
    enum purpose purpose;
    uint32_t count;           /* items in it, answers expected; 0: a query */
    struct hash request_hash; /* as in the receipt's leaf */
};

struct client_pending {
    uint64_t ticket; /* also the correlation id; 0: slot is free */
    struct client_frame frame;
    struct saldo_answer *answers; /* room for frame.count; owned */
    int64_t deadline_ms;          /* monotonic, like all of these */
    int64_t due_ms;               /* when to send (again) */
    uint32_t sends;
    uint32_t busy; /* how many of them were answered BUSY */
    saldo_done *done;
    void *arg;
};

struct saldo {
    struct client_home home;
    struct client_key key; /* locked in memory where the system allows it */
    bool open;             /* false: saldo_open() failed */
    bool no_local_checks;
    int64_t deadline_ms;
    int64_t retry_ms;
    int64_t recorded_at_ms;

    void *context;
    void *socket;       /* used by the owner's thread only */
    int epoll;          /* watches the socket's descriptor, survives its replacement */
    bool blocked;       /* something is due that the socket does not take */
    int64_t blocked_ms; /* since when nothing can be sent; 0: it can */
    int64_t replace_ms; /* how long that may last */

    struct client_pending pending[CLIENT_PENDING_MAX];
    uint64_t last_ticket;
    uint64_t waiting; /* ticket of the blocking call, 0: none */
    bool more;        /* work was left for the next saldo_process() */
    bool in_callback;

    struct answer *scratch; /* room for LIMIT_BATCH_ITEMS */
    uint8_t *receipt;       /* of the last answer */
    size_t receipt_len;
    struct client_frame receipt_frame; /* what it is about */
    uint8_t *reply;                    /* of the last query */
    size_t reply_len;
    struct client_detail detail;
    int code;
};

/* Once per process: libsodium and the seed of rand(). Any thread. False: no random numbers. */
bool client_init(void);
int64_t client_now_ms(void); /* monotonic */

/* Note what went wrong; returns `e`. */
__attribute__((format(printf, 3, 4))) enum saldo_error
client_fail(struct saldo *s, enum saldo_error e, const char *format, ...);
/* Forget the last error; ARGUMENT or the error of saldo_open() where no call can be made. */
enum saldo_error client_begin(struct saldo *s);
/* The same for a call that waits, which a callback may not make: nothing would wake it. */
enum saldo_error client_begin_call(struct saldo *s);

/* ---- connection.c ------------------------------------------------------------------------- */

enum saldo_error client_connect(struct saldo *s);
void client_disconnect(struct saldo *s);
/* Throw the socket away and connect anew; what it had not sent is lost, the retries send it. */
enum saldo_error client_reconnect(struct saldo *s);

enum client_io { CLIENT_IO_DONE, CLIENT_IO_AGAIN, CLIENT_IO_FAILED };
enum client_io client_send(struct saldo *s, uint64_t ticket, const void *bytes, size_t len);
/* One message. DONE with *reply_len 0: it was none of ours. On DONE the caller owns *reply (an
 * empty one is NULL). */
enum client_io client_receive(struct saldo *s, uint64_t *ticket, uint8_t **reply,
                              size_t *reply_len);
bool client_readable(struct saldo *s);
bool client_writable(struct saldo *s);
/* Until something can be done, or so many ms passed. */
void client_sleep(struct saldo *s, int wait_ms);

/* ---- request.c ---------------------------------------------------------------------------- */

/* Sign `payload`. On success *out owns its bytes: client_frame_free(). Errors: MEMORY, ARGUMENT
 * (too long). */
enum saldo_error client_frame_sign(struct saldo *s, enum purpose purpose, const uint8_t *payload,
                                   size_t payload_len, uint32_t count, struct client_frame *out);
enum saldo_error client_frame_charges(struct saldo *s, const struct saldo_charge *charges,
                                      size_t count, struct client_frame *out);
/* The same for the bytes of a CommandRequest or QueryRequest, after the check the ledger would make
 * of them. */
enum saldo_error client_frame_message(struct saldo *s, enum purpose purpose, const uint8_t *payload,
                                      size_t payload_len, struct client_frame *out);
void client_frame_free(struct client_frame *f);

/* ---- retry.c ------------------------------------------------------------------------------ */

/* Take over the frame, even on an error. `blocking` uses the slot kept for blocking calls.
 * Errors: MEMORY, BUSY (all slots taken). */
enum saldo_error client_pending_add(struct saldo *s, struct client_frame *frame, bool blocking,
                                    saldo_done *done, void *arg, uint64_t *ticket);
/* Send the frame (taken over), wait for its end, copy at most `room` answers. */
enum saldo_error client_call(struct saldo *s, struct client_frame *frame,
                             struct saldo_answer *answers, size_t room);
void client_pending_free(struct client_pending *p);

/* ---- receipt.c ---------------------------------------------------------------------------- */

/* Verify the reply to a frame and fill `answers` (room for frame->count). s->receipt then holds the
 * receipt, also one that does not verify, and s->receipt_frame the frame's bytes, which are gone
 * from `frame`. Errors: MEMORY, PROOF. */
enum saldo_error client_receipt_take(struct saldo *s, struct client_frame *frame,
                                     const Saldo__V1__Reply *reply, struct saldo_answer *answers);

#endif
