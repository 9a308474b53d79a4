#include "books.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "base/check.h"
#include "clock.h"
#include "log.h"

#define PROGRESS_US 2000000

struct replay {
    struct books *books;
    uint64_t to;         /* last entry to apply in this stretch */
    uint64_t done;       /* last one applied */
    bool stop_when_full; /* end the stretch for a checkpoint */
    enum fault fault;
    uint64_t last; /* of all, for the progress */
    int64_t told_us;
    struct arena arena;
    void *arena_memory;
    struct answer *answers;
    struct answer *recorded; /* answers as they stand in the journal */
    uint8_t *decision;
    size_t decision_size;
};

static void refuse(struct replay *r, uint64_t number, const char *why)
{
    log_error("replay-failed entry=%" PRIu64 " detail=\"%s\"", number, why);
    r->fault = FAULT_CORRUPT;
}

static bool decode(struct replay *r, const struct journal_record *rec, struct request *request)
{
    struct envelope e;
    arena_reset(&r->arena);
    if (!envelope_parse(rec->request, rec->request_len, &e) ||
        !codec_decode(e.purpose, e.payload, e.payload_len, r->books->digest_key, &r->arena,
                      request))
        return false;
    memcpy(request->key_id, e.key_id, LIMIT_KEY_ID_BYTES);
    return e.purpose == PURPOSE_CHARGE || e.purpose == PURPOSE_COMMAND ||
           e.purpose == PURPOSE_SETTLEMENT;
}

/* Apply one recorded entry; its decision has to come out again, byte for byte. */
static bool replay_entry(struct replay *r, const struct journal_record *rec)
{
    struct request request;
    struct decision recorded;
    size_t len = 0;
    if (!codec_decision_read(rec->decision, rec->decision_len, &recorded, r->recorded) ||
        recorded.number != rec->number || !decode(r, rec, &request)) {
        refuse(r, rec->number, "the entry cannot be read");
        return false;
    }
    const struct ledger_entry e = {recorded.number, recorded.time_ms, recorded.business_day,
                                   &request};
    r->fault = apply_entry(r->books->ledger, &r->books->source, &e, r->answers, r->decision,
                           r->decision_size, &len);
    if (r->fault != FAULT_NONE) {
        log_error("replay-failed entry=%" PRIu64 " fault=\"%s\"", rec->number,
                  fault_text(r->fault));
        return false;
    }
    if (len != rec->decision_len || memcmp(r->decision, rec->decision, len) != 0) {
        refuse(r, rec->number, "the decision is not the one that was recorded");
        return false;
    }
    return true;
}

static bool visit(void *arg, const struct journal_record *rec)
{
    struct replay *r = arg;
    struct ledger_stats stats;
    if (rec->number > r->to || !replay_entry(r, rec))
        return false;
    r->done = rec->number;
    if (clock_monotonic_us() - r->told_us > PROGRESS_US) {
        r->told_us = clock_monotonic_us();
        log_info("replay entry=%" PRIu64 " of=%" PRIu64, r->done, r->last);
    }
    if (r->done == r->to)
        return false;
    if (!r->stop_when_full)
        return true;
    ledger_stats(r->books->ledger, &stats);
    return stats.full_percent <= 50;
}

static enum fault stretch(struct replay *r, uint64_t to, bool verify)
{
    if (r->done >= to)
        return FAULT_NONE;
    r->to = to;
    enum fault f = journal_read(r->books->journal, r->done + 1, verify, visit, r);
    if (f != FAULT_NONE)
        log_error("journal-read fault=\"%s\" detail=\"%s\"", fault_text(f),
                  journal_error(r->books->journal));
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
    return f != FAULT_NONE ? f : books_checkpoint(r->books, r->done);
}

static enum fault replay_memory(struct replay *r)
{
    size_t size = codec_arena_size(LIMIT_REQUEST_BYTES);
    r->decision_size = codec_decision_size(LIMIT_BATCH_ITEMS);
    r->arena_memory = malloc(size);
    r->answers = calloc(LIMIT_BATCH_ITEMS, sizeof(*r->answers));
    r->recorded = calloc(LIMIT_BATCH_ITEMS, sizeof(*r->recorded));
    r->decision = malloc(r->decision_size);
    if (r->arena_memory == NULL || r->answers == NULL || r->recorded == NULL || r->decision == NULL)
        return FAULT_MEMORY;
    arena_init(&r->arena, r->arena_memory, size);
    return FAULT_NONE;
}

enum fault books_replay(struct books *b, uint64_t from, uint64_t to, bool verify)
{
    CHECK(from > 1); /* the genesis is no request */
    struct replay r = {.books = b, .done = from - 1, .last = to, .stop_when_full = true};
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
    free(r.arena_memory);
    free(r.answers);
    free(r.recorded);
    free(r.decision);
    return f;
}
