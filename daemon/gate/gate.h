/* gate.h - the network front, a process of its own that may die at any moment.
 *
 * Invariants
 *  1. It holds the transport key and nothing else: no ledger, no journal, no signing key. What it
 *     says is believed by nobody; what it forwards is proved by signatures.
 *  2. Nobody is admitted before the ledger process has sent the list of transport keys, and every
 *     single frame is checked against the newest list again.
 *  3. Frames that are not [correlation, 8 bytes][envelope] from a routing id of ROUTER's own making
 *     are dropped. Whatever else is not forwarded is answered with BUSY or BAD_SIGNATURE.
 *  4. Requests under way, their bytes, connections, replies that nobody reads and the process's
 *     memory are bounded. A transport key, over however many connections, is told BUSY while it
 *     has a sixteenth of the requests that are free, or a quarter of the bytes or of the unread
 *     replies: one that floods leaves 16 of 17 places to the others, n have one in n + 16 each.
 *  5. It ends with the process that started it, at LINK_STOP, or when it is killed.
 *
 * Threads: one, and those of ZeroMQ. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <stdint.h>

#include "base/limits.h"
#include "flow/link.h"

struct gate_options {
    const char *const *listen; /* tcp endpoints */
    uint32_t listen_count;
    const char *ipc;  /* ipc endpoint for clients, NULL: none */
    const char *link; /* ipc endpoint of the ledger process */
    uint8_t incarnation[LINK_GATE_BYTES];
    uint8_t transport_secret[LIMIT_KEY_BYTES];
    int parent; /* process id of the ledger process */
};

/* Serve until told to stop. Returns the exit code: 0 after LINK_STOP, 1 if it cannot serve. */
int gate_run(const struct gate_options *options);

/* ---- Who may come in (allow.c) ----------------------------------------------------------------
 */

struct allow;

struct allow *allow_new(void); /* nobody; NULL: out of memory */
void allow_free(struct allow *a);
/* Replace the list by `count` keys of 32 bytes. False: out of memory, the old list stays. */
bool allow_set(struct allow *a, const uint8_t *keys, size_t count);
bool allow_empty(const struct allow *a); /* as long as no list has come */
bool allow_has(const struct allow *a, const uint8_t key[LIMIT_KEY_BYTES]);

/* ---- What each transport key has under way (peer.c) --------------------------------------------
 */

#define PEERS_NO_PLACE UINT32_MAX

struct peers;

struct peers *peers_new(void);    /* NULL: out of memory */
void peers_free(struct peers *p); /* after the sockets: replies that were lent point to it */
/* The place of an admitted key, the same until the end; PEERS_NO_PLACE: LIMIT_KEYS others have one,
 * and then nothing is taken. */
uint32_t peers_place(struct peers *p, const uint8_t key[LIMIT_KEY_BYTES]);
/* Count a request of `len` bytes. False: the key has its share under way or reads nothing: BUSY. */
bool peers_take(struct peers *p, uint32_t place, uint32_t len);
/* A request that was taken has its answer. */
void peers_give_back(struct peers *p, uint32_t place, uint32_t len);
/* Count a reply from now until the library has sent it or given it up. False: the key leaves too
 * much unread, or there is no memory; the reply is to be dropped then. */
bool peers_lend(struct peers *p, uint32_t place, zmq_msg_t *reply);

/* ---- ZAP, RFC 27 (zap.c) -----------------------------------------------------------------------
 */

#define ZAP_DOMAIN_NAME "saldo"

/* Bind the handler; NULL: not possible, and then nothing may be served. */
void *zap_bind(void *context);
/* Answer what is asked. `closed`: too many connections, refuse for the moment. */
void zap_answer(void *socket, const struct allow *a, bool closed);
/* The transport key that was admitted for the connection a frame came from. */
bool zap_peer(zmq_msg_t *frame, uint8_t key[LIMIT_KEY_BYTES]);

#endif
