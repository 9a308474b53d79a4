#include "audit/decide.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "outcome.h"

enum { ROWS_LEAST = 1 << 16, ROWS_MOST = 1 << 27 };

struct decide {
    struct ledger *ledger;
    struct answer *answers;
    uint32_t count; /* of the last entry's answers */
    uint8_t *decision;
    size_t decision_size;
};

static uint32_t rows(uint64_t wanted)
{
    return (uint32_t)(wanted + ROWS_LEAST);
}

/* A charge touches at most two buckets, a command those of the open months. A correction is a row
 * of its own, and its charge may stand twice. */
static enum fault limits_of(struct decide_size size, struct ledger_limits *out)
{
    uint64_t charges = size.charges + 2 * size.commands;
    uint64_t buckets = 2 * size.charges + 4 * size.commands;

    if (charges > ROWS_MOST - ROWS_LEAST || buckets > ROWS_MOST - ROWS_LEAST)
        return FAULT_FULL;
    *out = (struct ledger_limits){
        .charges = rows(charges),
        .vouchers = rows(4 * size.commands < ROWS_MOST / 2 ? 4 * size.commands : ROWS_MOST / 2),
        .buckets = rows(buckets),
    };
    randombytes_buf(&out->seed, sizeof(out->seed)); /* whoever wrote the journal did not know it */
    return FAULT_NONE;
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
        return f;
    decide_free(d);
    *out = NULL;
    return f;
}

void decide_free(struct decide *d)
{
    if (d == NULL)
        return;
    ledger_free(d->ledger);
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
    enum fault f = apply_entry(d->ledger, &ledger_no_rows, &e, d->answers, d->decision,
                               d->decision_size, &decided);
    *same = f == FAULT_NONE && decided == record->decision_len &&
            memcmp(d->decision, record->decision, decided) == 0;
    return f;
}

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

struct ledger *decide_ledger(struct decide *d)
{
    return d->ledger;
}
