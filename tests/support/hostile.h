/* hostile.h - a client that keeps to no rule: frames of its own making over a real connection.
 *
 * It has a key like any other, signs what it likes, and reads what comes back, if anything.
 * Aborts where the machine fails. One thread a handle. */
#ifndef TESTS_SUPPORT_HOSTILE_H
#define TESTS_SUPPORT_HOSTILE_H

#include "internal.h"

struct hostile {
    struct client_home home;
    struct client_key key;
    void *context;
    bool joined; /* the context is another's */
    void *socket;
    uint64_t correlation; /* of the last request */
};

/* With keys/NAME.key of the home folder. `lazy`: hardly anything is buffered on this side, so what
 * is not read stays with the daemon. */
void hostile_open(struct hostile *h, const char *home, const char *name, bool lazy);
/* One more connection of the same key, in the first one's context: hundreds need no threads of
 * their own. To be closed before the first one. */
void hostile_join(struct hostile *h, const struct hostile *first, bool lazy);
void hostile_close(struct hostile *h);
/* Is there a connection within so much time? */
bool hostile_connected(struct hostile *h, int timeout_ms);

/* One message of `count` frames; empty ones are NULL. False: the socket takes nothing. */
struct hostile_frame {
    const void *bytes;
    size_t len;
};
bool hostile_frames(struct hostile *h, const struct hostile_frame *frames, size_t count);
/* A correlation of its own, and an envelope. */
bool hostile_send(struct hostile *h, const void *envelope, size_t len);

struct hostile_reply {
    uint64_t correlation;
    int32_t code;    /* of the whole, or of the first answer */
    int32_t answers; /* 0: refused as a whole, or a query */
    bool duplicate;  /* the first answer */
};
/* False: nothing came. */
bool hostile_receive(struct hostile *h, int timeout_ms, struct hostile_reply *out);

/* An envelope of `purpose` round a payload, signed for `signed_as` with the key of `signer`.
 * Returns its length. */
struct hostile_signing {
    const struct client_key *signer;
    int purpose;
    int signed_as;
};
size_t hostile_sign(const struct hostile *h, const struct hostile_signing *how,
                    const uint8_t *payload, size_t len, uint8_t *envelope, size_t size);

#endif
