#include "books.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ahead.h"
#include "apply.h"
#include "base/check.h"
#include "clock.h"
#include "log.h"

#define PROGRESS_US 2000000

/* A checkpoint at rest takes far longer than the entries that it is for, and callers wait for it:
 * where the end is near, the daemon makes one beside its work. */
#define FULL_PERCENT      50
#define FULL_MOST_PERCENT 75

struct replay {
    struct books *books;
    uint64_t done;       /* last one applied */
    uint64_t since;      /* last one in the tables */
    bool stop_when_full; /* end the stretch for a checkpoint */
    enum fault fault;
    uint64_t last; /* of all, for the progress */
    int64_t told_us;
    struct answer *answers;
    uint8_t *decision;
    size_t decision_size;
};

static void refuse(struct replay *r, uint64_t number, const char *why)
{
    log_error("replay-failed entry=%" PRIu64 " detail=\"%s\"", number, why);
    r->fault = FAULT_CORRUPT;
}

/* Apply one recorded entry; its decision has to come out again, byte for byte. */
static bool replay_entry(struct replay *r, const struct ahead_entry *e)
{
    const uint64_t number = e->applied.number;
    size_t len = 0;
    if (!e->readable) {
        refuse(r, number, "the entry cannot be read");
        return false;
    }
    r->fault = apply_entry(r->books->ledger, &r->books->source, &e->applied, r->answers,
                           r->decision, r->decision_size, &len);
    if (r->fault != FAULT_NONE) {
        log_error("replay-failed entry=%" PRIu64 " fault=\"%s\"", number, fault_text(r->fault));
        return false;
    }
    if (len != e->decision_len || memcmp(r->decision, e->decision, len) != 0) {
        refuse(r, number, "the decision is not the one that was recorded");
        return false;
    }
    return true;
}

/* Of twice the least, the rest is still half the least: any one commit fits. */
static uint32_t full_most(const struct ledger_limits *l)
{
    return l->charges >= 2 * CONFIG_CHARGES_MIN && l->vouchers >= 2 * CONFIG_VOUCHERS_MIN &&
                   l->buckets >= 2 * CONFIG_BUCKETS_MIN
               ? FULL_MOST_PERCENT
               : FULL_PERCENT;
}

/* Is a checkpoint to be made before more is applied? Not if what is to come will fill no more than
 * half of what the entries since the last one did, and there is room for that. */
static bool full(const struct replay *r)
{
    struct ledger_stats stats;
    ledger_stats(r->books->ledger, &stats);
    if (stats.full_percent <= FULL_PERCENT)
        return false;
    return stats.full_percent > full_most(&r->books->config->limits) ||
           r->last - r->done > (r->done - r->since) / 2;
}

static bool visit(void *arg, const struct ahead_entry *e)
{
    struct replay *r = arg;
    if (!replay_entry(r, e))
        return false;
    r->done = e->applied.number;
    if (clock_monotonic_us() - r->told_us > PROGRESS_US) {
        r->told_us = clock_monotonic_us();
        log_info("replay entry=%" PRIu64 " of=%" PRIu64, r->done, r->last);
    }
    return !r->stop_when_full || !full(r);
}

static enum fault stretch(struct replay *r, uint64_t to, bool verify)
{
    char detail[AHEAD_DETAIL_BYTES];
    if (r->done >= to)
        return FAULT_NONE;
    const struct ahead_options options = {.journal = r->books->journal,
                                          .digest_key = r->books->digest_key,
                                          .from = r->done + 1,
                                          .to = to,
                                          .verify = verify,
                                          .threaded = r->books->config->workers > 1};
    enum fault f = ahead_read(&options, visit, r, detail);
    if (f != FAULT_NONE)
        log_error("journal-read fault=\"%s\" detail=\"%s\"", fault_text(f), detail);
    return f != FAULT_NONE ? f : r->fault;
}

/* Room again: go on to the end of the group, the only place a checkpoint can be, and make one. */
static enum fault make_room(struct replay *r, bool verify)
{
    struct head h;
    uint8_t signature[LIMIT_SIGNATURE_BYTES];
    uint32_t count;
    struct hash *leaves = calloc(LIMIT_GROUP_ENTRIES, sizeof(*leaves));
    if (leaves == NULL)
        return FAULT_MEMORY;
    enum fault f = journal_group_of(r->books->journal, r->done, &h, signature, leaves, &count);
    free(leaves);
    r->stop_when_full = false;
    if (f == FAULT_NONE)
        f = stretch(r, h.first + h.count - 1, verify);
    r->stop_when_full = true;
    r->since = r->done;
    return f != FAULT_NONE ? f : books_checkpoint(r->books, r->done);
}

static enum fault replay_memory(struct replay *r)
{
    r->decision_size = codec_decision_size(LIMIT_BATCH_ITEMS);
    r->answers = calloc(LIMIT_BATCH_ITEMS, sizeof(*r->answers));
    r->decision = malloc(r->decision_size);
    return r->answers == NULL || r->decision == NULL ? FAULT_MEMORY : FAULT_NONE;
}

enum fault books_replay(struct books *b, uint64_t from, uint64_t to, bool verify)
{
    CHECK(from > 1); /* the genesis is no request */
    struct replay r = {
        .books = b, .done = from - 1, .since = from - 1, .last = to, .stop_when_full = true};
    int64_t began_us = clock_monotonic_us();
    r.told_us = began_us;
    enum fault f = replay_memory(&r);
    while (f == FAULT_NONE && r.done < to) {
        f = stretch(&r, to, verify);
        if (f == FAULT_NONE && r.done < to)
            f = make_room(&r, verify);
    }
    if (f == FAULT_NONE && to >= from)
        log_info("replayed from=%" PRIu64 " to=%" PRIu64 " ms=%" PRId64, from, to,
                 (clock_monotonic_us() - began_us) / 1000);
    free(r.answers);
    free(r.decision);
    return f;
}
