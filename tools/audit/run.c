/* run.c - the journal from the first entry to the last, through every check. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/audit.h"
#include "audit/decide.h"
#include "audit/verifier.h"
#include "base/arena.h"
#include "calendar.h"
#include "progress.h"
#include "tables/tables.h"
#include "wire.h"

struct run {
    const struct audit_asked *asked;
    struct audit_result *out;
    struct copy *copy;
    struct chain_room room;
    struct receipts receipts;
    struct signers signers;
    struct verifier *verifier;
    struct decide *decide;
    struct sums *sums;
    struct tables *tables;
    struct hash tables_head;
    struct progress progress;
    struct arena arena;
    void *arena_memory;
    struct answer *answers;
    uint8_t digest_key[16];
    int64_t time_ms; /* of the entry before */
    uint32_t level;
    int rc;
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#define AT(kind, n) ((struct flaw_place){FLAW_##kind, (n)})

/* ---- One entry ---------------------------------------------------------------------------- */

static bool read_entry(struct run *r, const struct journal_record *rec,
                       const struct chain_item *item, struct request *request,
                       struct decision *decision)
{
    struct flaws *f = &r->out->findings;
    enum purpose purpose = item->envelope.purpose;

    if (!item->parsed)
        return false; /* said by chain.c */
    arena_reset(&r->arena);
    if (purpose == PURPOSE_QUERY || purpose == PURPOSE_HEAD ||
        !codec_decode(purpose, item->envelope.payload, item->envelope.payload_len, r->digest_key,
                      &r->arena, request)) {
        flaws_add(f, AT(ENTRY, rec->number), "the request is none that a journal may hold");
        return false;
    }
    memcpy(request->key_id, item->envelope.key_id, sizeof(request->key_id));
    if (!codec_decision_read(rec->decision, rec->decision_len, decision, r->answers)) {
        flaws_add(f, AT(ENTRY, rec->number), "the decision is not canonical");
        return false;
    }
    if (decision->number != rec->number || decision->count != request->count) {
        flaws_add(f, AT(ENTRY, rec->number),
                  "the decision has number %" PRIu64 " and %" PRIu32 " answers for %" PRIu32
                  " items",
                  decision->number, decision->count, request->count);
        return false;
    }
    return true;
}

/* Number, time and day are the sequencer's: deciding again takes them as they are, so they are
 * judged here. False: the ledger cannot take them. */
static bool check_stamp(struct run *r, const struct request *request, const struct decision *d)
{
    struct flaws *f = &r->out->findings;
    int64_t asked = request->recorded_at_ms;
    int32_t day = d->time_ms == 0 ? 0 : calendar_local_day(d->time_ms);

    if (d->time_ms < r->time_ms) {
        flaws_add(f, AT(ENTRY, d->number), "its time is before that of the entry before");
        return false;
    }
    if (r->out->genesis.simulated ? d->time_ms != (asked > r->time_ms ? asked : r->time_ms)
                                  : asked != 0)
        flaws_add(f, AT(ENTRY, d->number), "its time is not what the request allows");
    if (d->business_day != day) {
        flaws_add(f, AT(ENTRY, d->number), "its business day is not the day of its time");
        return false;
    }
    r->time_ms = d->time_ms;
    if (r->out->first_ms == 0)
        r->out->first_ms = d->time_ms;
    r->out->last_ms = d->time_ms;
    return true;
}

static void check_signature(struct run *r, uint64_t number, const struct chain_item *item,
                            const struct signer *signer)
{
    struct verifier_job job = {number, item->envelope.purpose, item->payload, {0}, {0}};

    if (signer == NULL) {
        flaws_add(&r->out->findings, AT(SIGNATURE, number),
                  "no key with the id it names was registered before it");
        return;
    }
    memcpy(job.signature, item->envelope.signature, sizeof(job.signature));
    memcpy(job.key, signer->key, sizeof(job.key));
    verifier_put(r->verifier, &job);
}

static void decide_again(struct run *r, const struct journal_record *rec,
                         const struct request *request, const struct decision *d)
{
    char how[FLAW_TEXT_MAX];
    bool same;
    enum fault f = decide_entry(r->decide, d, request, rec, &same);

    if (f != FAULT_NONE) {
        r->rc = tool_fail(TOOL_INTERNAL,
                          "audit: entry %" PRIu64 " cannot be decided again: %s; more memory is "
                          "needed than there is",
                          d->number, fault_text(f));
        return;
    }
    if (same) {
        r->out->decisions++;
        r->out->decided_to = d->number;
        return;
    }
    decide_difference(r->decide, d, how, sizeof(how));
    flaws_add(&r->out->findings, AT(DECISION, d->number), "%s", how);
    r->out->decided = false;
}

/* Rules only grow: an entry that is judged by older ones than the one before it was let off. */
static void check_level(struct run *r, const struct journal_record *rec)
{
    if (rec->level < r->level)
        flaws_add(&r->out->findings, AT(ENTRY, rec->number),
                  "it is of level %" PRIu32 ", the entry before of level %" PRIu32, rec->level,
                  r->level);
    if (rec->level > r->level && r->out->levels_count < LEDGER_LEVEL)
        r->out->levels[r->out->levels_count++] = (struct audit_level){rec->level, rec->number};
    r->level = rec->level;
}

static void entry(struct run *r, const struct journal_record *rec, const struct chain_item *item)
{
    struct request request;
    struct decision d;

    check_level(r, rec);

    if (rec->number == 1)
        return;
    if (!read_entry(r, rec, item, &request, &d)) {
        r->out->decided = r->out->summed = false;
        return;
    }
    const struct signer *signer = signers_find(&r->signers, request.key_id);
    check_signature(r, rec->number, item, signer);
    if (!check_stamp(r, &request, &d))
        r->out->decided = false;
    if (r->out->decided)
        decide_again(r, rec, &request, &d);
    if (r->out->summed)
        sums_entry(r->sums, &(struct sums_entry){&d, &request, signer});
    signers_learn(&r->signers, &request, d.answers, rec->number);
}

/* ---- One group ---------------------------------------------------------------------------- */

/* What was decided leaves the memory: when it is much, and where the tables are looked at. */
static void put_away(struct run *r, bool now)
{
    if (!now && !decide_is_much(r->decide))
        return;
    decide_put_away(r->decide);
    sums_rest(r->sums);
}

static void check_tables(struct run *r, const struct copy_group *g)
{
    struct audit_result *out = r->out;
    const bool here = r->tables != NULL && g->last == out->watermark;

    if (!out->decided || r->rc != TOOL_OK)
        return;
    put_away(r, here);
    if (!here)
        return;
    const struct ledger_source rows = decide_source(r->decide), copy = tables_source(r->tables);
    if (memcmp(&r->tables_head, &r->out->chain.head, sizeof(r->tables_head)) != 0) {
        flaws_add(&out->findings, AT(TABLES, g->last),
                  "the tables were written at another head than this one");
        return;
    }
    enum fault f = compare_tables(&rows, &copy, &out->findings, &out->tables);
    if (f != FAULT_NONE)
        flaws_add(&out->findings, AT(TABLES, g->last), "the tables cannot be read: %s",
                  tables_error(r->tables));
    out->tables_compared = true;
}

static void check_known_head(struct run *r, const struct copy_group *g)
{
    const struct audit_asked *asked = r->asked;

    if (!asked->head_given || asked->head_number < g->head.first || asked->head_number > g->last)
        return;
    if (asked->head_number == g->last &&
        memcmp(&asked->head, &r->out->chain.head, sizeof(asked->head)) == 0)
        r->out->head_found = true;
    else
        flaws_add(&r->out->findings, AT(FORK, asked->head_number),
                  "the journal had another head there when it was written down");
}

static void group(struct run *r, const struct copy_group *g)
{
    struct audit_result *out = r->out;

    out->last = g->last;
    if (g->head.first != out->chain.last + 1)
        out->decided = out->summed = false; /* entries in between cannot be read */
    chain_group(&out->chain, g, &r->room, &out->findings);
    receipts_group(&r->receipts, g, &out->chain.head, r->room.leaves, &out->findings);
    check_known_head(r, g);
    for (uint32_t i = 0; i < g->head.count && r->rc == TOOL_OK; i++)
        entry(r, &g->records[i], &r->room.items[i]);
    if (out->decided && g->last > 1 && g->head.time_ms != r->time_ms)
        flaws_add(&out->findings, AT(ENTRY, g->last),
                  "the head's time is not that of its last entry");
    check_tables(r, g);
    progress_add(&r->progress, g->head.count);
}

/* ---- Before and after --------------------------------------------------------------------- */

/* The genesis, and whether it is the ledger that was asked for. */
static int open_genesis(struct run *r)
{
    const struct audit_asked *asked = r->asked;
    struct audit_result *out = r->out;
    struct flaws ignored = {0};
    struct copy_group g;
    bool good = copy_next(r->copy, &ignored, &g) && g.head.first == 1 && g.head.count == 1 &&
                g.records[0].request != NULL &&
                genesis_read(g.records[0].request, g.records[0].request_len, &out->genesis);

    copy_rewind(r->copy);
    flaws_free(&ignored);
    if (!good)
        return tool_fail(TOOL_USAGE, "%s: no journal begins here: its first entry is no genesis",
                         asked->journal);
    memcpy(out->chain.ledger_id, asked->key_given ? asked->ledger_id : out->genesis.ledger_id,
           LEDGER_ID_BYTES);
    memcpy(out->chain.public_key, asked->key_given ? asked->public_key : out->genesis.ledger_key,
           LIMIT_KEY_BYTES);
    if (memcmp(out->chain.ledger_id, out->genesis.ledger_id, LEDGER_ID_BYTES) != 0 ||
        memcmp(out->chain.public_key, out->genesis.ledger_key, LIMIT_KEY_BYTES) != 0)
        flaws_add(&out->findings, AT(LEDGER, 1),
                  "the genesis names another ledger or another public key than those given");
    return TOOL_OK;
}

/* How many answers a decision has, without taking them apart. */
static uint64_t count_answers(const struct journal_record *rec)
{
    struct wire w = wire_of(rec->decision, rec->decision_len);
    struct wire_span ignored;
    uint64_t count = 0;

    for (unsigned field = 1; field <= 4; field++)
        (void)wire_u64(&w, WIRE_VARINT(field));
    while (wire_message(&w, WIRE_LENGTH(5), &ignored))
        count++;
    return count;
}

/* Vouchers that a request would grant. */
static uint64_t count_vouchers(struct run *r, const struct envelope *e)
{
    struct request request;
    uint64_t count = 0;

    arena_reset(&r->arena);
    if (e->purpose != PURPOSE_COMMAND ||
        !codec_decode(e->purpose, e->payload, e->payload_len, r->digest_key, &r->arena, &request))
        return 0;
    for (uint32_t i = 0; i < request.count; i++) {
        const Saldo__V1__Command *c = request.commands[i].message;
        count += c->body_case == SALDO__V1__COMMAND__BODY_GRANT_VOUCHER;
        if (c->body_case == SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER)
            count += c->convert_voucher->n_into;
    }
    return count;
}

static void measure_record(struct run *r, const struct journal_record *rec,
                           struct decide_size *size)
{
    struct envelope e;

    if (rec->number == 1 || rec->request == NULL ||
        !envelope_parse(rec->request, rec->request_len, &e))
        return;
    size->journal_bytes += rec->request_len + rec->decision_len;
    if (e.purpose == PURPOSE_CHARGE)
        size->charges += count_answers(rec);
    else
        size->vouchers += count_vouchers(r, &e);
}

/* What has to be reserved. */
static struct decide_size measure(struct run *r)
{
    struct decide_size size = {.tables = r->tables != NULL};
    struct flaws ignored = {0};
    struct copy_group g;

    while (copy_next(r->copy, &ignored, &g))
        for (uint32_t i = 0; i < g.head.count; i++)
            measure_record(r, &g.records[i], &size);
    copy_rewind(r->copy);
    flaws_free(&ignored);
    return size;
}

static int open_tables(struct run *r)
{
    const struct tables_options options = {
        .read_only = true, .allow_unsafe_fs = true, .unlocked = true};

    if (r->asked->tables == NULL)
        return TOOL_OK;
    enum fault f = tables_open(r->asked->tables, &options, &r->tables);
    if (f == FAULT_NONE)
        f = tables_watermark(r->tables, &r->out->watermark, &r->tables_head);
    if (f != FAULT_NONE)
        return tool_fail(TOOL_USAGE, "%s: %s: %s", r->asked->tables, fault_text(f),
                         tables_error(NULL));
    return TOOL_OK;
}

static int prepare(struct run *r)
{
    struct audit_result *out = r->out;
    size_t arena = codec_arena_size(LIMIT_REQUEST_BYTES);
    const struct receipts_ledger ledger = {out->chain.ledger_id, out->chain.public_key};

    r->room.items = tool_alloc(LIMIT_GROUP_ENTRIES, sizeof(*r->room.items));
    r->room.leaves = tool_alloc(LIMIT_GROUP_ENTRIES, sizeof(*r->room.leaves));
    r->room.scratch = tool_alloc(LIMIT_GROUP_ENTRIES, sizeof(*r->room.scratch));
    r->answers = tool_alloc(LIMIT_BATCH_ITEMS, sizeof(*r->answers));
    r->arena_memory = tool_alloc(arena, 1);
    arena_init(&r->arena, r->arena_memory, arena);
    codec_digest_key(out->genesis.ledger_id, r->digest_key);
    signers_start(&r->signers, out->genesis.administrator_signing_key);
    r->verifier = verifier_new(out->genesis.ledger_id, r->asked->threads);
    const struct decide_size size = measure(r);
    r->sums = sums_new(out->genesis.ledger_id, size.charges, &out->findings);
    if (r->sums == NULL)
        return TOOL_INTERNAL;
    out->decided = out->summed = true;
    enum fault f = decide_new(&out->genesis, size, &r->decide);
    if (f == FAULT_FULL || f == FAULT_MEMORY)
        return tool_fail(TOOL_INTERNAL, "audit: the journal needs more memory than there is: %s",
                         fault_text(f));
    if (f != FAULT_NONE)
        return TOOL_INTERNAL;
    if (r->asked->receipts != NULL)
        return receipts_read(&r->receipts, r->asked->receipts, &ledger, &out->findings);
    return TOOL_OK;
}

static void finish(struct run *r)
{
    struct audit_result *out = r->out;

    receipts_end(&r->receipts, out->last, &out->findings);
    if (out->last != out->chain.last || out->last != copy_last(r->copy))
        out->decided = out->summed = false;
    if (r->asked->head_given && r->asked->head_number > out->last)
        flaws_add(&out->findings, AT(OMISSION, r->asked->head_number),
                  "the journal went up to here when it was written down; this copy ends with "
                  "%" PRIu64,
                  out->last);
    if (r->tables != NULL && out->decided && !out->tables_compared)
        flaws_add(&out->findings, AT(TABLES, 0),
                  "the tables are of entry %" PRIu64 ", where no head of this journal ends",
                  out->watermark);
    if (out->decided && out->summed) {
        const struct ledger_source rows = decide_rows(r->decide);
        enum fault f = compare_ledger(r->sums, decide_ledger(r->decide), &rows, &out->compare);
        if (f != FAULT_NONE)
            r->rc =
                tool_fail(TOOL_INTERNAL, "audit: the books cannot be compared: %s", fault_text(f));
        out->compared = f == FAULT_NONE;
    }
    sums_totals(r->sums, &out->totals);
    out->receipt_files = r->receipts.files;
    out->receipt_others = r->receipts.others;
    out->receipts_found = r->receipts.found;
}

static void clean_up(struct run *r)
{
    if (r->verifier != NULL)
        r->out->signatures = verifier_end(r->verifier, &r->out->findings);
    receipts_free(&r->receipts);
    signers_free(&r->signers);
    decide_free(r->decide);
    sums_free(r->sums);
    tables_close(r->tables);
    copy_close(r->copy);
    free(r->room.items);
    free(r->room.leaves);
    free(r->room.scratch);
    free(r->answers);
    free(r->arena_memory);
}

int audit_run(const struct audit_asked *asked, struct audit_result *out)
{
    struct run r = {.asked = asked, .out = out};
    struct copy_group g;
    int64_t began_ms = clock_ms(CLOCK_MONOTONIC);

    *out = (struct audit_result){0};
    r.rc = copy_open(asked->journal, asked->live, &r.copy);
    if (r.rc == TOOL_OK)
        r.rc = open_genesis(&r);
    if (r.rc != TOOL_OK || out->findings.total > 0) { /* not the ledger that was asked for */
        copy_close(r.copy);
        return r.rc;
    }
    r.rc = open_tables(&r);
    if (r.rc == TOOL_OK)
        r.rc = prepare(&r);
    if (r.rc == TOOL_OK) {
        progress_start(&r.progress, "audit", copy_last(r.copy), asked->quiet);
        while (r.rc == TOOL_OK && copy_next(r.copy, &out->findings, &g))
            group(&r, &g);
        progress_end(&r.progress);
    }
    if (r.rc == TOOL_OK)
        finish(&r);
    clean_up(&r);
    flaws_sort(&out->findings);
    out->took_ms = clock_ms(CLOCK_MONOTONIC) - began_ms;
    out->cpu_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    return r.rc;
}
