#include "audit/decide.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "audit/shelf.h"
#include "config.h"
#include "outcome.h"

enum { ROWS_MOST = 1 << 27 };

/* More than that leave the memory; those of one commit still fit. With a fifth of it the vouchers
 * and buckets of each day went and came back several times: a quarter more processor time. */
enum { CHARGES_KEPT = 1000000 };

struct decide {
    struct ledger *ledger;
    struct shelf *shelf;
    struct ledger_source source;
    struct answer *answers;
    uint32_t count; /* of the last entry's answers */
    uint8_t *decision;
    size_t decision_size;
};

/* What has not left the memory fits twice over. Buckets stay while something of them is
 * unsettled, which may be of three months of each voucher. */
static enum fault limits_of(struct decide_size size, struct ledger_limits *out)
{
    uint64_t open = 3 * (size.vouchers < size.charges ? size.vouchers : size.charges);

    if (open > ROWS_MOST - 2 * CONFIG_BUCKETS_MIN)
        return FAULT_FULL;
    *out = (struct ledger_limits){
        .charges = 2 * CHARGES_KEPT + CONFIG_CHARGES_MIN,
        .vouchers = 2 * CONFIG_VOUCHERS_MIN,
        .buckets = 2 * CONFIG_BUCKETS_MIN + (uint32_t)open,
    };
    randombytes_buf(&out->seed, sizeof(out->seed)); /* whoever wrote the journal did not know it */
    return FAULT_NONE;
}

/* Address space; the files have only what is written. */
static struct shelf_size shelf_of(struct decide_size size)
{
    return (struct shelf_size){.charges = size.charges,
                               .bytes = ((uint64_t)1 << 30) + 32 * size.journal_bytes,
                               .all = size.tables};
}

enum fault decide_new(const struct genesis *g, struct decide_size size, struct decide **out)
{
    struct ledger_limits limits;
    struct ledger_genesis genesis = {.simulated = g->simulated,
                                     .clock_skew_ms = (int32_t)g->clock_skew_ms};
    struct decide *d = calloc(1, sizeof(*d));

    *out = d;
    if (d == NULL)
        return FAULT_MEMORY;
    memcpy(genesis.ledger_id, g->ledger_id, sizeof(genesis.ledger_id));
    memcpy(genesis.public_key, g->ledger_key, sizeof(genesis.public_key));
    memcpy(genesis.administrator_key, g->administrator_signing_key,
           sizeof(genesis.administrator_key));
    memcpy(genesis.administrator_transport_key, g->administrator_transport_key,
           sizeof(genesis.administrator_transport_key));
    d->decision_size = codec_decision_size(LIMIT_BATCH_ITEMS);
    d->answers = calloc(LIMIT_BATCH_ITEMS, sizeof(*d->answers));
    d->decision = malloc(d->decision_size);
    enum fault f = d->answers == NULL || d->decision == NULL ? FAULT_MEMORY : FAULT_NONE;
    if (f == FAULT_NONE)
        f = limits_of(size, &limits);
    if (f == FAULT_NONE)
        f = ledger_new(&limits, &genesis, &d->ledger);
    if (f == FAULT_NONE)
        f = (d->shelf = shelf_new(shelf_of(size))) == NULL ? FAULT_IO : FAULT_NONE;
    if (f == FAULT_NONE) {
        d->source = shelf_source(d->shelf);
        return f;
    }
    decide_free(d);
    *out = NULL;
    return f;
}

void decide_free(struct decide *d)
{
    if (d == NULL)
        return;
    ledger_free(d->ledger);
    shelf_free(d->shelf);
    free(d->answers);
    free(d->decision);
    free(d);
}

enum fault decide_entry(struct decide *d, const struct decision *recorded,
                        const struct request *request, const struct journal_record *record,
                        bool *same)
{
    const struct ledger_entry e = {recorded->number, recorded->time_ms, recorded->business_day,
                                   request, record->level};
    size_t decided = 0;

    d->count = request->count;
    enum fault f =
        apply_entry(d->ledger, &d->source, &e, d->answers, d->decision, d->decision_size, &decided);
    *same = f == FAULT_NONE && decided == record->decision_len &&
            memcmp(d->decision, record->decision, decided) == 0;
    return f;
}

/* ---- Onto the shelf ----------------------------------------------------------------------- */

bool decide_is_much(const struct decide *d)
{
    struct ledger_stats stats;

    ledger_stats(d->ledger, &stats);
    return stats.overlay_charges > CHARGES_KEPT || stats.full_percent > 50;
}

void decide_put_away(struct decide *d)
{
    ledger_freeze_sink(d->ledger, shelf_put, d->shelf);
    ledger_freeze(d->ledger);
    while (!ledger_freeze_step(d->ledger, UINT32_MAX))
        ;
    ledger_thaw(d->ledger);
    while (!ledger_evict_step(d->ledger, UINT32_MAX))
        ;
    shelf_rest(d->shelf);
}

/* ---- What differs ------------------------------------------------------------------------- */

static bool same_answer(const struct answer *a, const struct answer *b)
{
    return a->code == b->code && a->duplicate == b->duplicate && a->pays_on == b->pays_on &&
           a->have == b->have && a->need == b->need;
}

void decide_difference(const struct decide *d, const struct decision *recorded, char *text,
                       size_t size)
{
    uint32_t both = d->count < recorded->count ? d->count : recorded->count;

    for (uint32_t i = 0; i < both; i++) {
        const struct answer *want = &d->answers[i], *have = &recorded->answers[i];
        if (same_answer(want, have))
            continue;
        (void)snprintf(text, size,
                       "place %" PRIu32 " was answered %s (have %" PRId64 ", need %" PRId64
                       "); the rules give %s (have %" PRId64 ", need %" PRId64 ")",
                       i, outcome_name(have->code), have->have, have->need,
                       outcome_name(want->code), want->have, want->need);
        return;
    }
    if (both != d->count || both != recorded->count)
        (void)snprintf(text, size, "%" PRIu32 " answers for %" PRIu32 " items", recorded->count,
                       d->count);
    else
        (void)snprintf(text, size, "the batch or another field is not what the rules give");
}

const struct ledger *decide_ledger(const struct decide *d)
{
    return d->ledger;
}

struct ledger_source decide_source(const struct decide *d)
{
    return d->source;
}

struct ledger_source decide_rows(const struct decide *d)
{
    return shelf_rows(d->shelf);
}
