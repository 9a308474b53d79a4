#include "count.h"

#include "clock.h"

#define WALK_US 1000000 /* between looks at all pools */

static enum figures_kind kind_of(const struct request *request)
{
    if (request->purpose == PURPOSE_CHARGE)
        return FIGURES_CHARGE;
    return request->purpose == PURPOSE_SETTLEMENT ? FIGURES_SETTLEMENT : FIGURES_COMMAND;
}

void count_entry(struct pipeline *p, const struct request *request)
{
    struct figures *f = p->figures;
    const enum figures_kind kind = kind_of(request);
    uint64_t duplicates = 0;
    for (uint32_t i = 0; i < request->count; i++) {
        figures_add(&f->answers[kind][(uint32_t)p->answers[i].code % FIGURES_CODES], 1);
        duplicates += p->answers[i].duplicate;
    }
    figures_add(&f->requests[kind], 1);
    figures_add(&f->duplicates, duplicates);
}

static void count_merge(struct figures *f, const struct merge *m)
{
    FIGURES_SET(&f->watermark, m->watermark);
    FIGURES_SET(&f->checkpoint_began_us, m->state == MERGE_IDLE ? 0 : m->began_us);
    FIGURES_SET(&f->checkpoints, m->ended);
    FIGURES_SET(&f->checkpoint_us, (uint64_t)m->took_us);
    FIGURES_SET(&f->checkpoint_ms, m->ended_ms);
}

void count_ledger(struct pipeline *p)
{
    struct figures *f = p->figures;
    struct ledger_stats stats;
    const int64_t now_us = clock_monotonic_us();
    ledger_stats(p->books->ledger, &stats);
    FIGURES_SET(&f->last, p->sequence.number);
    FIGURES_SET(&f->overlay_charges, stats.overlay_charges);
    FIGURES_SET(&f->overlay_vouchers, stats.overlay_vouchers);
    FIGURES_SET(&f->overlay_buckets, stats.overlay_buckets);
    FIGURES_SET(&f->settled_through, stats.settled_through);
    count_merge(f, &p->merge);
    if (p->counted_us == 0 || now_us - p->counted_us >= WALK_US) {
        p->counted_us = now_us;
        FIGURES_SET(&f->memory_bytes, ledger_memory(p->books->ledger));
    }
}

void count_commit(struct pipeline *p, uint32_t entries, int64_t us)
{
    struct figures *f = p->figures;
    if (entries == 0)
        return; /* queries only: nothing was written */
    figures_put(&f->commit_us, figures_commit_us_bounds, us < 0 ? 0 : (uint64_t)us);
    figures_put(&f->commit_entries, figures_commit_entries_bounds, entries);
    FIGURES_SET(&f->durable, p->commit.last);
}

void count_space(struct pipeline *p, const struct journal_space *space)
{
    struct figures *f = p->figures;
    FIGURES_SET(&f->journal_used_bytes, space->used_bytes);
    FIGURES_SET(&f->journal_map_bytes, space->map_bytes);
    FIGURES_SET(&f->disk_free_bytes, space->disk_free_bytes);
    FIGURES_SET(&f->reader_lag, space->reader_lag);
    FIGURES_SET(&f->read_only, atomic_load(&p->read_only) || atomic_load(&p->clock_wrong));
}
