/* traffic.h - what the benchmarks charge: one provider, one service by the hour, and vouchers.
 *
 * The same catalogue, vouchers and signed frames whether they go to a daemon (bench_load) or to
 * a ledger in the same process (bench_apply). One thread. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "envelope.h"

#define TRAFFIC_PROVIDER "BENCH"

/* Say what is wrong and end the process. */
__attribute__((noreturn)) void traffic_fail(const char *what, const char *why);
double traffic_now_s(void); /* monotonic */

/* ---- Catalogue and vouchers ------------------------------------------------------------------ */

struct traffic_setup {
    int32_t vouchers;
    const uint8_t *signing_key; /* of the provider */
    const uint8_t *transport_key;
    /* Has to get a CommandRequest with `count` commands accepted. */
    void (*send)(void *arg, const uint8_t *payload, size_t len, uint32_t count);
    void *arg;
};

/* Register the provider and its price, and grant the vouchers. */
void traffic_setup(const struct traffic_setup *s);

/* ---- Signed charges -------------------------------------------------------------------------- */

struct traffic {
    uint8_t ledger_id[LEDGER_ID_BYTES];
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    uint8_t sign_secret[64];
    int32_t vouchers;
    int32_t day;         /* of recording */
    uint32_t salt;       /* of a run: its ids and hours are its own */
    uint16_t slots;      /* quarters of an hour a run has of each voucher; 0: 144. With `salt` they
                          * fit a month of 28 days: (salt + 1) * slots <= 2688 */
    uint16_t *next_slot; /* per voucher: its next free quarter of an hour; owned */
    uint64_t random;
    uint64_t made;
};

/* The fields up to `slots` are set by the caller. */
void traffic_begin(struct traffic *t);
void traffic_end(struct traffic *t);

struct traffic_frame {
    uint8_t *bytes; /* malloc'ed: the caller's */
    size_t len;
    uint32_t count;
};

/* A signed envelope with `count` charges of random vouchers. */
struct traffic_frame traffic_frame(struct traffic *t, uint32_t count);

#endif
