/* request.h - a signed request, taken apart.
 *
 * Texts and command structs point into the request's own bytes or arena and live as long as it.
 * Pure data; owned by whoever owns the request. */
#ifndef PROTO_REQUEST_H
#define PROTO_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "saldo.pb-c.h"

/* A string that is not NUL-terminated; borrowed. */
struct text {
    const char *bytes;
    uint32_t len;
};

enum purpose {
    PURPOSE_CHARGE = 1,
    PURPOSE_COMMAND = 2,
    PURPOSE_SETTLEMENT = 3,
    PURPOSE_QUERY = 4,
    PURPOSE_HEAD = 5,
};

/* One charge, as signed. Ranges are not judged here; that is the ledger's work. */
struct charge {
    uint8_t id[LIMIT_REQUEST_ID_BYTES];
    uint64_t digest; /* SipHash of the charge's own bytes: a retry or a conflict */
    struct text voucher;
    struct text service;
    struct text rate_class; /* empty: ALL */
    struct text reference;
    int64_t start_ms; /* 0: not set */
    int64_t end_ms;
    int64_t quantity;
    int64_t price_cents;
    int64_t county_cents;
    int64_t copay_cents;
    uint8_t unit; /* Saldo__V1__Unit */
    bool identity_checked;
};

struct command {
    const Saldo__V1__Command *message;
    uint64_t digest; /* of the command's own bytes, as for a charge */
};

/* A decoded payload. By purpose, `charges` or `commands` holds `count` items, or `query`. */
struct request {
    enum purpose purpose;
    uint8_t key_id[LIMIT_KEY_ID_BYTES];
    int64_t recorded_at_ms;
    uint32_t count;
    const struct charge *charges;
    const struct command *commands;
    const Saldo__V1__QueryRequest *query;
};

#endif
