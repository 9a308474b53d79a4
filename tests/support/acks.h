/* acks.h - what clients were told, on file before it counts: the answers and their receipt.
 *
 * The file is a row of records in this machine's own byte order; nobody else reads it. A record is
 * one write, so several threads may append (under their own lock or not) and a reader never
 * meets half of one. */
#ifndef TESTS_SUPPORT_ACKS_H
#define TESTS_SUPPORT_ACKS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "saldo.h"

enum { ACK_ITEMS_MAX = 16, ACK_RECEIPT_MAX = 8192 };

enum act { ACT_CHARGE = 1, ACT_DELETE, ACT_GRANT, ACT_AMEND };

/* One thing that was asked for, with all that is needed to ask for it again. */
struct ack_item {
    uint8_t id[16];
    uint8_t target[16]; /* DELETE: the charge */
    enum act act;
    int32_t voucher; /* its nine digits */
    int32_t day;     /* when it was asked for; from then on an amendment is in force */
    int64_t start_ms;
    int64_t cents; /* county share, or amount of the voucher */
};

struct ack {
    uint32_t owner; /* which key signed */
    uint32_t count;
    struct ack_item items[ACK_ITEMS_MAX];
    struct saldo_answer answers[ACK_ITEMS_MAX];
    uint32_t receipt_len;
    uint8_t receipt[ACK_RECEIPT_MAX];
};

int acks_create(const char *path); /* a descriptor to append to; aborts where it cannot be */
void acks_append(int fd, const struct ack *a);
/* False: the end, for now. Aborts on what is no record. */
bool acks_next(FILE *in, struct ack *out);

#endif
