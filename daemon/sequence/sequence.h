/* sequence.h - number, time and business day: given here once, and then only read.
 *
 * A real ledger's time is the clock's, a simulated one's comes from the requests; neither ever
 * runs backwards. On a simulated ledger the nights between two days are settled by requests that
 * are made and signed here. Pure but for the signature; the ledger thread's. */
#ifndef SEQUENCE_SEQUENCE_H
#define SEQUENCE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "envelope.h"
#include "request.h"

struct sequence {
    bool simulated;
    uint64_t number; /* of the last entry */
    int64_t time_ms;
    int32_t day; /* of the last entry; 0: no entry had a time yet */
};

struct sequence_stamp {
    uint64_t number;
    int64_t time_ms;
    int32_t day;
};

/* The stamp of the next entry. `clock_ms` is the clock's time; not used on a simulated ledger. */
struct sequence_stamp sequence_next(const struct sequence *s, const struct request *request,
                                    int64_t clock_ms);
/* The entry with that stamp was applied. */
void sequence_advance(struct sequence *s, const struct sequence_stamp *stamp);

/* On a simulated ledger: the day that has to be settled before an entry of `day`, or 0. */
int32_t sequence_night(const struct sequence *s, int32_t settled_through, int32_t day);

#define SEQUENCE_NIGHT_BYTES 256

/* The signed request that settles `day`, at the midnight that ends it. Returns its length. */
size_t sequence_night_request(int32_t day, const uint8_t ledger_id[LEDGER_ID_BYTES],
                              const uint8_t signing_secret[64],
                              const uint8_t signing_key[LIMIT_KEY_BYTES],
                              uint8_t frame[SEQUENCE_NIGHT_BYTES]);

#endif
