/* clients.h - well-behaved clients in threads: providers that charge and delete, a case worker who
 * grants and amends, each over a connection of its own, through libsaldo.
 *
 * Nobody gives up: what was not answered is sent again with the same ids, over a new connection if
 * need be, until it is. An answer is on file before it counts. What no daemon may answer ends
 * the process with a message. The ledger's folder is that of tests/scenario/ledger.sh. */
#ifndef TESTS_SUPPORT_CLIENTS_H
#define TESTS_SUPPORT_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/acks.h"

enum { CLIENTS_PROVIDERS = 4, CLIENTS_MAX = 16, CLIENTS_CASE_WORKER = CLIENTS_PROVIDERS };

struct clients;

struct clients_options {
    const char *home;
    const char *acks; /* file to append to; NULL: none */
    uint64_t seed;
    uint32_t providers; /* connections of providers, at most CLIENTS_MAX - 1 */
    uint32_t pause_us;  /* each client rests up to so long between two requests */
    int64_t attempt_ms; /* how long to wait for an answer before it is a timeout */
    /* Called by each client's thread for each answer it has; NULL: nobody wants to know. */
    void (*told)(void *arg, const struct ack *a);
    void *arg;
};

/* They start at once, and wait for clients_connect(). */
struct clients *clients_new(const struct clients_options *o);
/* The time of a simulated ledger. Never called: a real one. */
void clients_set_time(struct clients *c, int64_t time_ms);
/* The daemon is up again: everybody opens a new connection. */
void clients_connect(struct clients *c);
/* Everybody waits for the answers that are due, and rests. False: not within that time. */
bool clients_rest(struct clients *c, int timeout_ms);
void clients_go_on(struct clients *c);
/* Ends them, answered or not, and frees. */
void clients_free(struct clients *c);

uint64_t clients_answered(const struct clients *c); /* requests so far */
uint64_t clients_timeouts(const struct clients *c); /* attempts without an answer */
/* The 99th percentile of the requests since the last call, in microseconds; 0: there were none.
 * From the first sending to the verified receipt. */
uint32_t clients_p99_us(struct clients *c);

/* ---- One request ---- */

/* A handle of an owner: provider 0 .. CLIENTS_PROVIDERS - 1, or CLIENTS_CASE_WORKER. */
struct saldo *clients_open(const char *home, uint32_t owner, int64_t deadline_ms);
/* Send the items of `a` (either charges, or one command) and fill in answers and receipt. */
enum saldo_error clients_send(struct saldo *s, int64_t recorded_at_ms, struct ack *a);

#endif
