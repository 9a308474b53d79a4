/* pain002.h - what a bank says about a payment file (pain.002 .03 and .10) as a plain list.
 *
 * A status stands at one of three levels: the whole message, a PmtInf of it, or one transaction.
 * The reader gives them all, each with the identifiers it names; what a status of a group means
 * for its payments is for the matching to say. Where a status has an amount, it is given; where the
 * counts of a group do not fit what stands in it, that is only noted. One thread. */
#ifndef TOOLS_ISO20022_PAIN002_H
#define TOOLS_ISO20022_PAIN002_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"
#include "slab.h"

enum { PAIN002_STATUSES_MAX = 500000 };

enum pain002_level { PAIN002_GROUP, PAIN002_PAYMENT, PAIN002_TRANSACTION };

enum pain002_verdict {
    PAIN002_SILENT, /* received, pending, partly: nothing is decided by it */
    PAIN002_COPY,   /* refused because the bank has it already: the first one may well be paid */
    PAIN002_ACCEPTED,
    PAIN002_NAME_MISMATCH, /* RVNM, RVMC: the payee's name does not fit, or not quite */
    PAIN002_REJECTED,      /* whatever for, a name too */
};

/* Texts are never NULL. They live in the file's slab. */
struct pain002_status {
    enum pain002_level level;
    enum pain002_verdict verdict;
    const char *payment_id;    /* OrgnlPmtInfId; "" at the level of the group */
    const char *end_to_end_id; /* "" also for NOTPROVIDED */
    const char *instruction_id;
    const char *status; /* the bank's code */
    const char *reason; /* "" where there is none */
    bool copy;          /* a reason calls it one */
    int64_t cents;      /* -1: not there, or not in euros */
    size_t line;
};

struct pain002_file {
    const char *message_id;
    const char *original_id;     /* OrgnlMsgId: of the payment file */
    struct pain002_status *list; /* owned */
    size_t count, room;
    struct slab slab;
};

/* False after complaints to `report`; nothing of the file may then be used. pain002_free() in any
 * case. */
bool pain002_read(struct pain002_file *f, const char *path, struct report *report);
bool pain002_read_bytes(struct pain002_file *f, const void *bytes, size_t len,
                        struct report *report);
void pain002_free(struct pain002_file *f);

#endif
