/* county.h - the little county that fuzz_ledger.c asks, and the streams of requests it takes.
 *
 * A stream is a byte that says which clock the ledger has, then records: what it is and whose
 * (1 byte), how many ms have passed (4), a length (2, big-endian) and so many bytes; a length that
 * goes too far means the rest. The county is that of traffic.h with its first vouchers. One thread;
 * aborts when memory runs out. */
#ifndef FUZZ_COUNTY_H
#define FUZZ_COUNTY_H

#include "tests/support/keys.h"
#include "tests/support/world.h"

enum stream_act {
    STREAM_FRAME = 0, /* an envelope as it stands */
    /* 1 to 5: a payload for that purpose, signed by the target */
    STREAM_CHECKPOINT = 6, /* of the tables: a slice of rows, as many as the first byte says */
    STREAM_RESTART = 7,    /* from the tables, and the entries since then once more */
};

struct stream_record {
    enum stream_act act;
    unsigned who; /* below COUNTY_KEYS */
    uint32_t pass_ms;
    const uint8_t *bytes; /* borrowed */
    size_t len;
};

enum { STREAM_RECORDS = 128, STREAM_SIMULATED = 1, COUNTY_KEYS = 32 };

struct stream {
    uint8_t mode; /* STREAM_SIMULATED: the clock comes from the requests */
    size_t count; /* what follows the last of STREAM_RECORDS is not looked at */
    struct stream_record records[STREAM_RECORDS];
};

void stream_read(const uint8_t *bytes, size_t size, struct stream *s);
/* Leaves out the records at the end that do not fit. Returns the length. */
size_t stream_write(const struct stream *s, uint8_t *bytes, size_t size);

/* The county: never changed, made with the first call. */
const struct world *county(void);
/* The key of somebody in it, or of a stranger. */
void county_key(unsigned who, struct test_key *out);

/* A stream that goes on from there: charges, corrections, nights, payouts, the bank. Returns its
 * length. */
size_t county_days(uint64_t seed, uint8_t *bytes, size_t size);

#endif
