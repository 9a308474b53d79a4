/* groups.h - journal groups with content that follows from the entry's number, so that a test can
 * say of any record whether it is the one that was written. */
#ifndef SUPPORT_GROUPS_H
#define SUPPORT_GROUPS_H

#include "journal/journal.h"

struct made_group {
    struct journal_group group;
    struct hash hash; /* of the head: the next group's previous */
    struct journal_record *records;
    uint8_t *bytes;
};

struct group_spec {
    uint64_t epoch;
    uint64_t last; /* number before the group */
    struct hash previous;
    uint32_t count;
    size_t payload_bytes; /* of each request */
    /* Charges in each request, which can be decoded then, and answered by a decision with the time
     * 1000 * number; 0: payloads and decisions of no meaning. With `payload_bytes` as room. */
    uint32_t charges;
    uint32_t shift; /* decisions name a number that is so much higher than their entry's */
};

/* Aborts where memory is short. Entry 1 is a genesis without a decision. */
void group_make(const struct group_spec *spec, struct made_group *out);
void group_drop(struct made_group *g);

/* Is it the record that group_make() makes for its number? */
bool group_record_is_made(const struct journal_record *r, size_t payload_bytes);

#endif
