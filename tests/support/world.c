/* world.c - applying entries to the ledger and to the model. */
#include "tests/support/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/state.h"
#include "tests/support/keys.h"

/* Of a tag: a thousand places, and eight items that differ in each. */
#define CROWDED (UINT32_C(0x3ff) << 22 | 7)

static const struct ledger_limits REPLAY_LIMITS = {
    .charges = 1 << 20, .vouchers = 1 << 14, .buckets = 1 << 18};

/* Few tags, so that rows meet. What stands in the index goes where it would have been put. */
static void crowd(struct index *ix, uint32_t use)
{
    struct index_slot held[64]; /* the administrator's key, and its names */
    uint32_t count = 0;
    for (size_t i = 0; count < ix->held; i++) {
        if (ix->slots[i].item == 0)
            continue;
        if (count == sizeof(held) / sizeof(held[0]))
            abort();
        held[count++] = ix->slots[i];
    }
    index_clear(ix);
    ix->use = use;
    for (uint32_t i = 0; i < count; i++)
        index_put(ix, (uint64_t)held[i].tag << 32, held[i].item);
}

static struct ledger *new_ledger(const struct world *w, const struct ledger_limits *limits)
{
    struct ledger *l = NULL;
    if (ledger_new(limits, &w->genesis, &l) != FAULT_NONE)
        abort();
    if (w->crowded) {
        static const enum row_kind kinds[] = {
            ROW_DATED,  ROW_TALLY, ROW_CHARGE, ROW_VOUCHER, ROW_BUCKET, ROW_COMMITMENT,
            ROW_PAYOUT, ROW_RUN,   ROW_LAPSE,  ROW_HISTORY, ROW_BATCH,
        };
        crowd(&l->names, CROWDED);
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            crowd(&l->table[kinds[i]].index, CROWDED);
        crowd(&l->table[ROW_ACCOUNT].index, UINT32_C(0x3f) << 26 | 7);
    }
    return l;
}

void world_crowd(struct world *w)
{
    w->crowded = true;
    ledger_free(w->ledger);
    w->ledger = new_ledger(w, &w->limits);
}

struct world *world_new(const struct ledger_limits *limits, int32_t day)
{
    struct world *w = calloc(1, sizeof(*w));
    struct test_key administrator;
    if (w == NULL)
        abort();
    test_key("administrator", &administrator);
    w->genesis = (struct ledger_genesis){.simulated = true, .clock_skew_ms = 300000};
    memcpy(w->genesis.administrator_key, administrator.public, LIMIT_KEY_BYTES);
    memcpy(w->genesis.administrator_transport_key, administrator.public, LIMIT_KEY_BYTES);
    w->limits = *limits;
    w->level = LEDGER_LEVEL;
    w->model = model_new(&w->genesis); /* sets the time zone */
    w->now_ms = model_instant(day, 0, 0);
    w->tables = memory_source_new();
    w->source = memory_source_reader(w->tables);
    w->ledger = new_ledger(w, limits);
    return w;
}

void world_free(struct world *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->tape.count; i++)
        free(w->decided[i]);
    free(w->decided);
    tape_clear(&w->tape);
    ledger_free(w->ledger);
    model_free(w->model);
    memory_source_free(w->tables);
    free(w);
}

static void print_answer(const char *who, const struct answer *a)
{
    fprintf(stderr, "  %s: %s have %" PRId64 " need %" PRId64 " pays_on %d%s\n", who,
            outcome_name(a->code), a->have, a->need, a->pays_on, a->duplicate ? " duplicate" : "");
}

static bool same_answer(const struct answer *a, const struct answer *b)
{
    return a->code == b->code && a->have == b->have && a->need == b->need &&
           a->pays_on == b->pays_on && a->duplicate == b->duplicate;
}

static void print_item(const struct request *r, uint32_t i)
{
    if (r->purpose == PURPOSE_CHARGE) {
        const struct charge *c = &r->charges[i];
        fprintf(stderr,
                "  charge of %.*s, %.*s class '%.*s' unit %d: start %" PRId64 " end %" PRId64
                " quantity %" PRId64 " price %" PRId64 " county %" PRId64 " copay %" PRId64 "\n",
                (int)c->voucher.len, c->voucher.bytes, (int)c->service.len, c->service.bytes,
                (int)c->rate_class.len, c->rate_class.bytes, c->unit, c->start_ms, c->end_ms,
                c->quantity, c->price_cents, c->county_cents, c->copay_cents);
        return;
    }
    const ProtobufCMessageDescriptor *d = r->commands[i].message->base.descriptor;
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field(d, r->commands[i].message->body_case);
    fprintf(stderr, "  command %s\n", f == NULL ? "without a body" : f->name);
}

/* What a CheckQuery would have said just before. */
static bool as_checked(const struct world *w, const struct ledger_entry *e)
{
    if (!w->checked || same_answer(&w->trial, &w->answers[0]))
        return true;
    fprintf(stderr, "entry %" PRIu64 " on day %d is not decided as it was checked:\n", e->number,
            e->day);
    print_item(e->request, 0);
    print_answer("check ", &w->trial);
    print_answer("ledger", &w->answers[0]);
    return false;
}

bool world_agree(const struct world *w, const struct ledger_entry *e)
{
    if (!as_checked(w, e))
        return false;
    for (uint32_t i = 0; i < e->request->count; i++) {
        if (same_answer(&w->answers[i], &w->expected[i]))
            continue;
        fprintf(stderr, "entry %" PRIu64 " item %u on day %d at %" PRId64 ":\n", e->number, i,
                e->day, e->time_ms);
        print_item(e->request, i);
        print_answer("ledger", &w->answers[i]);
        print_answer("model ", &w->expected[i]);
        return false;
    }
    const struct batch_summary *a = &w->decision.batch;
    const struct batch_summary *b = &w->expected_batch;
    if (b->present &&
        (!a->present || a->day != b->day || a->rows != b->rows || a->cents != b->cents)) {
        fprintf(stderr,
                "batch of day %d: ledger %d %" PRId64 " rows %" PRId64 " cents, model %" PRId64
                " rows %" PRId64 " cents\n",
                b->day, a->present, a->rows, a->cents, b->rows, b->cents);
        return false;
    }
    return true;
}

/* What a check may not change: how many rows there are, and how many wait for a checkpoint. */
static uint64_t rows_held(const struct ledger *l)
{
    uint64_t held = l->versions.live + l->extras.live + l->totals.live + l->chunks.live;
    for (int kind = 0; kind < ROW_KIND_COUNT; kind++)
        held += (uint64_t)l->table[kind].pool.live + l->table[kind].dirty.count;
    return held;
}

static void check_alone(struct world *w, const struct tape_request *r)
{
    uint64_t held = rows_held(w->ledger);
    ledger_check(w->ledger, &r->entry, 0, &w->trial);
    if (rows_held(w->ledger) == held)
        return;
    fprintf(stderr, "a check has changed something\n");
    abort();
}

/* Prepare and apply; a full overlay is emptied by a checkpoint, as the daemon would. */
static void ledger_takes(struct world *w, const struct tape_request *r)
{
    enum fault f = ledger_prepare(w->ledger, &r->entry, &w->source);
    if (f == FAULT_FULL) {
        world_checkpoint(w);
        f = ledger_prepare(w->ledger, &r->entry, &w->source);
    }
    if (f != FAULT_NONE) {
        fprintf(stderr, "ledger_prepare: %s\n", fault_text(f));
        abort();
    }
    /* Several: the later ones build on the earlier. A check knows today's rules only. */
    w->checked = r->request.count == 1 && w->level == LEDGER_LEVEL;
    if (w->checked)
        check_alone(w, r);
    memset(w->answers, 0xa5, r->request.count * sizeof(w->answers[0]));
    ledger_apply(w->ledger, &r->entry, w->answers, &w->decision);
    w->applied = r->entry.number;
}

static void keep_decision(struct world *w, uint32_t count)
{
    size_t n = w->tape.count;
    if ((n & (n - 1)) == 0)
        w->decided = realloc(w->decided, 2 * n * sizeof(*w->decided));
    if (w->decided == NULL || (w->decided[n - 1] = malloc(count * sizeof(struct answer))) == NULL)
        abort();
    memcpy(w->decided[n - 1], w->answers, count * sizeof(struct answer));
}

bool world_apply(struct world *w, const char *key, enum purpose purpose,
                 const ProtobufCMessage *message)
{
    struct test_key signer;
    struct tape_request r;
    struct tape_entry e = {.time_ms = w->now_ms,
                           .day = model_local_day(w->now_ms),
                           .level = w->level,
                           .purpose = purpose};
    test_key(key, &signer);
    memcpy(e.key_id, signer.id, sizeof(e.key_id));
    tape_unpack(tape_add(&w->tape, &e, message), &r);
    model_apply(w->model, &r.entry, w->expected, &w->expected_batch);
    ledger_takes(w, &r);
    keep_decision(w, r.request.count);
    bool agree = world_agree(w, &r.entry);
    tape_release(&r);
    return agree;
}

/* ---- Checkpoints
 * ---------------------------------------------------------------------------------- */

void world_freeze(struct world *w)
{
    if (w->freezing || w->evicting)
        return;
    ledger_freeze_sink(w->ledger, memory_source_put, w->tables);
    ledger_freeze(w->ledger);
    w->freezing = true;
    w->frozen_at = w->applied;
}

void world_freeze_step(struct world *w, uint32_t rows)
{
    if (!w->freezing || !ledger_freeze_step(w->ledger, rows))
        return;
    memory_source_commit(w->tables);
    w->watermark = w->frozen_at;
    ledger_thaw(w->ledger);
    w->freezing = false;
    w->evicting = true;
}

void world_evict_step(struct world *w, uint32_t rows)
{
    if (w->evicting && ledger_evict_step(w->ledger, rows))
        w->evicting = false;
}

void world_checkpoint(struct world *w)
{
    while (w->evicting)
        world_evict_step(w, 1000);
    world_freeze(w);
    while (w->freezing)
        world_freeze_step(w, 1000);
    while (w->evicting)
        world_evict_step(w, 1000);
}

static bool replay_from(struct world *w, size_t from)
{
    bool same = true;
    w->applied = from;
    for (size_t i = from; same && i < w->tape.count; i++) {
        struct tape_request r;
        tape_unpack(&w->tape.entries[i], &r);
        ledger_takes(w, &r);
        for (uint32_t k = 0; same && k < r.request.count; k++) {
            same = same_answer(&w->answers[k], &w->decided[i][k]);
            if (!same) {
                fprintf(stderr, "replay of entry %" PRIu64 " item %u differs:\n", r.entry.number,
                        k);
                print_item(&r.request, k);
                print_answer("first ", &w->decided[i][k]);
                print_answer("replay", &w->answers[k]);
            }
        }
        tape_release(&r);
    }
    return same;
}

bool world_restart(struct world *w)
{
    memory_source_abandon(w->tables);
    w->freezing = false;
    w->evicting = false;
    ledger_free(w->ledger);
    w->ledger = new_ledger(w, &w->limits);
    if (ledger_load(w->ledger, &w->source) != FAULT_NONE)
        abort();
    return replay_from(w, w->watermark);
}

void world_digest(struct world *w, uint8_t hash[LIMIT_HASH_BYTES])
{
    world_checkpoint(w); /* the rest of the one under way ... */
    world_checkpoint(w); /* ... and what came after its freeze */
    memory_source_digest(w->tables, hash);
}

bool world_replays(struct world *w)
{
    uint8_t here[LIMIT_HASH_BYTES];
    uint8_t again[LIMIT_HASH_BYTES];
    struct memory_source *tables = memory_source_new();
    world_digest(w, here);

    struct world twin = *w; /* shares the tape and what was decided */
    twin.tables = tables;
    twin.source = memory_source_reader(tables);
    twin.limits = REPLAY_LIMITS;
    twin.ledger = new_ledger(w, &twin.limits);
    twin.watermark = 0;
    bool same = replay_from(&twin, 0);
    world_digest(&twin, again);
    if (same && memcmp(here, again, sizeof(here)) != 0) {
        fprintf(stderr, "rows differ between this ledger (left) and its replay (right):\n");
        memory_source_diff(w->tables, tables);
        same = false;
    }
    ledger_free(twin.ledger);
    memory_source_free(tables);
    return same;
}
