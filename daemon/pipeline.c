#include "pipeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "clock.h"
#include "count.h"
#include "exits.h"
#include "log.h"
#include "pipeline_inside.h"

#define TICK_MS      1000
#define SAY_AGAIN_US INT64_C(3600000000)

static enum fault new_ring(struct pipeline *p)
{
    const struct ring_options options = {.slots = LIMIT_IN_FLIGHT,
                                         .bytes_max = LIMIT_IN_FLIGHT_BYTES,
                                         .arena_bytes = codec_arena_size(LIMIT_REQUEST_BYTES),
                                         .arenas = 16 + p->books->config->workers};
    return ring_new(&options, &p->ring);
}

static enum fault new_memory(struct pipeline *p)
{
    p->answers = calloc(LIMIT_BATCH_ITEMS, sizeof(*p->answers));
    p->query_memory = malloc(LIMIT_QUERY_BYTES);
    p->verify.keys = verify_keys_new();
    p->figures = figures_new();
    if (p->answers == NULL || p->query_memory == NULL || p->verify.keys == NULL ||
        p->figures == NULL)
        return FAULT_MEMORY;
    arena_init(&p->query_arena, p->query_memory, LIMIT_QUERY_BYTES);
    return FAULT_NONE;
}

enum fault pipeline_new(const struct pipeline_options *o, struct pipeline **out)
{
    struct ledger_stats stats;
    struct books *b = o->books;
    *out = NULL;
    struct pipeline *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return FAULT_MEMORY;
    p->books = b;
    p->night_key = o->night_key;
    pthread_mutex_init(&p->keys_lock, NULL);
    ledger_stats(b->ledger, &stats);
    p->settled_through = stats.settled_through;
    p->sequence = (struct sequence){b->genesis.simulated, b->last, stats.time_ms, stats.day};
    clock_watch_begin(&p->clock);
    p->verify.simulated = b->genesis.simulated;
    memcpy(p->verify.ledger_id, b->genesis.ledger_id, LEDGER_ID_BYTES);
    memcpy(p->verify.digest_key, b->digest_key, sizeof(b->digest_key));
    enum fault f = new_ring(p);
    if (f == FAULT_NONE)
        f = new_memory(p);
    if (f == FAULT_NONE)
        f = commit_open(b->journal, b->genesis.ledger_id, o->ledger_key, &p->commit);
    if (f == FAULT_NONE) {
        CHECK(p->commit.last == b->last);
        p->head = p->commit.previous;
        merge_init(&p->merge, b, p->ring);
        f = p->merge.fault;
    }
    if (f == FAULT_NONE)
        f = serve_publish_keys(p);
    if (f != FAULT_NONE)
        pipeline_free(p);
    else
        *out = p;
    return f;
}

void pipeline_free(struct pipeline *p)
{
    if (p == NULL)
        return;
    ring_free(p->ring);
    commit_close(&p->commit);
    verify_keys_free(p->verify.keys);
    pthread_mutex_destroy(&p->keys_lock);
    free(p->transport_keys);
    free(p->query_memory);
    free(p->answers);
    free(p->figures);
    free(p);
}

/* ---- Space ---- */

/* What stays true is said when it begins, and then once an hour. */
static bool say_again(bool is_so, int64_t *said_us)
{
    const int64_t now_us = clock_monotonic_us();
    if (!is_so) {
        *said_us = 0;
        return false;
    }
    if (*said_us != 0 && now_us - *said_us < SAY_AGAIN_US)
        return false;
    *said_us = now_us;
    return true;
}

/* ---- Threads ---- */

static void *worker_main(void *arg)
{
    struct pipeline *p = arg;
    struct flow_slot *s;
    while ((s = ring_claim(p->ring)) != NULL) {
        verify_slot(&p->verify, s);
        ring_verified(p->ring, s);
    }
    return NULL;
}

void pipeline_guard(struct pipeline *p)
{
    struct journal_space space;
    enum fault f = journal_space(p->commit.journal, &space);
    if (f != FAULT_NONE) {
        log_error("journal-space fault=\"%s\"", fault_text(f));
        atomic_store(&p->read_only, true);
        FIGURES_SET(&p->figures->read_only, 1);
        return;
    }
    bool full = space.used_bytes / 3 > space.map_bytes / 4 ||
                space.disk_free_bytes < p->books->config->disk_free_min_bytes;
    if (full != atomic_load(&p->read_only))
        log_warning("read-only on=%d file=%s/journal used_mb=%" PRIu64 " map_mb=%" PRIu64
                    " free_mb=%" PRIu64 " free_min_mb=%" PRIu64 " do=\"%s\"",
                    full, p->books->config->dir, space.used_bytes >> 20, space.map_bytes >> 20,
                    space.disk_free_bytes >> 20, p->books->config->disk_free_min_bytes >> 20,
                    full ? "free the disk, or give the journal a larger map" : "nothing");
    if (say_again(space.used_bytes > space.map_bytes / 2, &p->half_full_us))
        log_warning("journal-half-full used_mb=%" PRIu64, space.used_bytes >> 20);
    if (say_again(space.reader_lag > 1000, &p->reader_us))
        log_warning("journal-reader lag=%" PRIu64, space.reader_lag);
    atomic_store(&p->read_only, full);
    count_space(p, &space);
}

/* What was sequenced may or may not be on disk: leave, without one more reply. */
__attribute__((noreturn)) static void commit_failed(struct pipeline *p, enum journal_result result)
{
    struct journal_space space = {0};
    bool stale = result == JOURNAL_STALE;
    log_error("commit-failed result=%s file=%s/journal detail=\"%s\" do=\"%s\"",
              stale ? "stale" : "unknown", p->books->config->dir, journal_error(p->commit.journal),
              stale ? "another process has written: find out which, and stop one of them"
                    : "see to the disk, then start again: what was answered is there");
    if (!stale && journal_space(p->commit.journal, &space) == FAULT_NONE)
        log_error("commit-failed-space free_mb=%" PRIu64 " used_mb=%" PRIu64,
                  space.disk_free_bytes >> 20, space.used_bytes >> 20); /* LMDB says EIO for full */
    _exit(stale ? EXITS_FENCED : EXITS_WRITE);
}

void pipeline_commit(struct pipeline *p, struct flow_group *g)
{
    int64_t began_us = clock_monotonic_us();
    enum journal_result result = g->count == 0 ? JOURNAL_OK : commit_group(&p->commit, g);
    if (result != JOURNAL_OK)
        commit_failed(p, result);
    count_commit(p, g->count, clock_monotonic_us() - began_us);
    ring_durable(p->ring);
}

static void *journal_main(void *arg)
{
    struct pipeline *p = arg;
    struct flow_group *g;
    enum ring_turn turn;
    int64_t guarded_us = clock_monotonic_us();
    while ((turn = ring_take(p->ring, TICK_MS, &g)) != RING_END) {
        int64_t now_us = clock_monotonic_us();
        FIGURES_SET(&p->figures->journal_seen_us, now_us);
        if (turn == RING_GROUP)
            pipeline_commit(p, g);
        if (now_us - guarded_us >= TICK_MS * 1000) {
            guarded_us = now_us;
            pipeline_guard(p);
        }
    }
    return NULL;
}

enum fault pipeline_start(struct pipeline *p)
{
    pipeline_guard(p); /* before the first request, not a second after it */
    FIGURES_SET(&p->figures->ledger_seen_us, clock_monotonic_us());
    FIGURES_SET(&p->figures->journal_seen_us, clock_monotonic_us());
    FIGURES_SET(&p->figures->durable, p->commit.last);
    count_ledger(p);
    if (pthread_create(&p->journal_thread, NULL, journal_main, p) != 0)
        return FAULT_MEMORY;
    p->journal_started = true;
    if (pthread_create(&p->ledger_thread, NULL, serve_main, p) != 0)
        return FAULT_MEMORY;
    p->ledger_started = true;
    for (uint32_t i = 0; i < p->books->config->workers; i++) {
        if (pthread_create(&p->workers[i], NULL, worker_main, p) != 0)
            return FAULT_MEMORY;
        p->workers_started++;
    }
    return FAULT_NONE;
}

void pipeline_stop(struct pipeline *p)
{
    atomic_store(&p->finish, true);
    ring_notify(p->ring);
    if (p->ledger_started)
        pthread_join(p->ledger_thread, NULL);
    ring_stop(p->ring);
    if (p->journal_started)
        pthread_join(p->journal_thread, NULL);
    for (uint32_t i = 0; i < p->workers_started; i++)
        pthread_join(p->workers[i], NULL);
}

struct ring *pipeline_ring(struct pipeline *p)
{
    return p->ring;
}

struct figures *pipeline_figures(struct pipeline *p)
{
    return p->figures;
}

bool pipeline_keys(struct pipeline *p, uint64_t *version, zmq_msg_t *out)
{
    if (atomic_load(&p->transport_version) == *version)
        return false;
    pthread_mutex_lock(&p->keys_lock);
    size_t len = p->transport_count * LIMIT_KEY_BYTES;
    bool made = zmq_msg_init_size(out, len) == 0;
    if (made) {
        memcpy(zmq_msg_data(out), p->transport_keys, len);
        *version = atomic_load(&p->transport_version);
    }
    pthread_mutex_unlock(&p->keys_lock);
    return made;
}
