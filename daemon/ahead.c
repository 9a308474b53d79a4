#include "ahead.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "codec.h"
#include "envelope.h"

_Static_assert((int)JOURNAL_LEVEL == (int)LEDGER_LEVEL, "an entry's level names its rules");

enum {
    PIECES = 3, /* one is filled, one visited, and one lets the two be uneven */
    PIECE_ENTRIES = 512,
    PIECE_BYTES =
        1 << 20, /* with so much in it a piece is full: one large batch, or many singles */
};

struct piece {
    struct arena arena; /* its memory is the piece's */
    struct ahead_entry entries[PIECE_ENTRIES];
    uint32_t count;
};

struct ahead {
    const struct ahead_options *options;
    bool (*visit)(void *arg, const struct ahead_entry *e);
    void *arg;
    struct piece pieces[PIECES];
    /* The reader's, until it has ended */
    struct answer *answers; /* of the entry that is being read */
    enum fault fault;
    char *detail;
    /* Under the lock */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t filled;  /* pieces that the reader has passed on; it fills the next one */
    uint64_t visited; /* pieces that it has back */
    bool ended;       /* no piece comes any more */
    bool enough;      /* no piece is wanted any more */
};

/* ---- Reading ---- */

/* All that is kept of the record is copied into the arena, which has room for any. */
static bool entry_read(struct ahead *a, struct arena *arena, const struct journal_record *rec,
                       struct ahead_entry *e)
{
    struct envelope frame;
    struct decision recorded;
    uint8_t *request = arena_alloc(arena, rec->request_len);
    uint8_t *decision = arena_alloc(arena, rec->decision_len);
    e->applied =
        (struct ledger_entry){.number = rec->number, .request = &e->request, .level = rec->level};
    if (request == NULL || decision == NULL)
        return false;
    memcpy(request, rec->request, rec->request_len);
    memcpy(decision, rec->decision, rec->decision_len);
    if (!codec_decision_read(decision, rec->decision_len, &recorded, a->answers) ||
        recorded.number != rec->number || !envelope_parse(request, rec->request_len, &frame) ||
        !codec_decode(frame.purpose, frame.payload, frame.payload_len, a->options->digest_key,
                      arena, &e->request))
        return false;
    memcpy(e->request.key_id, frame.key_id, LIMIT_KEY_ID_BYTES);
    e->applied.time_ms = recorded.time_ms;
    e->applied.day = recorded.business_day;
    e->decision = decision;
    e->decision_len = rec->decision_len;
    return frame.purpose == PURPOSE_CHARGE || frame.purpose == PURPOSE_COMMAND ||
           frame.purpose == PURPOSE_SETTLEMENT;
}

static struct piece *piece_at(struct ahead *a, uint64_t number)
{
    return &a->pieces[number % PIECES];
}

/* Visit what a piece holds, and empty it. False: that was enough. */
static bool piece_visit(struct ahead *a, struct piece *p)
{
    bool more = true;
    for (uint32_t i = 0; more && i < p->count; i++)
        more = a->visit(a->arg, &p->entries[i]);
    p->count = 0;
    arena_reset(&p->arena);
    return more;
}

/* Pass on the piece that was filled, and wait for an empty one. False: none is wanted any more. */
static bool pass_on(struct ahead *a)
{
    if (!a->options->threaded) {
        a->enough = !piece_visit(a, piece_at(a, 0)) || a->enough;
        return !a->enough;
    }
    pthread_mutex_lock(&a->lock);
    a->filled++;
    pthread_cond_signal(&a->moved);
    while (a->filled - a->visited == PIECES && !a->enough)
        pthread_cond_wait(&a->moved, &a->lock);
    const bool more = !a->enough;
    pthread_mutex_unlock(&a->lock);
    return more;
}

static bool take(void *arg, const struct journal_record *rec)
{
    struct ahead *a = arg;
    struct piece *p = piece_at(a, a->filled);
    struct ahead_entry *e = &p->entries[p->count++];
    e->readable = entry_read(a, &p->arena, rec, e);
    if (!e->readable || rec->number == a->options->to)
        return false;
    return (p->count < PIECE_ENTRIES && p->arena.used < PIECE_BYTES) || pass_on(a);
}

static void *read_all(void *arg)
{
    struct ahead *a = arg;
    const struct ahead_options *o = a->options;
    a->fault = journal_read(o->journal, o->from, o->verify, take, a);
    if (a->fault != FAULT_NONE) /* the text is kept for the thread that asks: this one */
        snprintf(a->detail, AHEAD_DETAIL_BYTES, "%s", journal_error(o->journal));
    (void)pass_on(a); /* what was read before the fault, or before the end */
    pthread_mutex_lock(&a->lock);
    a->ended = true;
    pthread_cond_signal(&a->moved);
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* ---- Visiting ---- */

static void visit_all(struct ahead *a)
{
    pthread_mutex_lock(&a->lock);
    while (!a->enough) {
        while (a->visited == a->filled && !a->ended)
            pthread_cond_wait(&a->moved, &a->lock);
        if (a->visited == a->filled)
            break;
        struct piece *p = piece_at(a, a->visited);
        pthread_mutex_unlock(&a->lock);
        const bool more = piece_visit(a, p);
        pthread_mutex_lock(&a->lock);
        a->visited++;
        a->enough = !more;
        pthread_cond_signal(&a->moved);
    }
    pthread_mutex_unlock(&a->lock);
}

/* ---- Both ---- */

/* Address space for the worst that a piece may have to take when it is not yet full. */
static size_t piece_size(void)
{
    return PIECE_BYTES + envelope_size(LIMIT_REQUEST_BYTES) +
           codec_decision_size(LIMIT_BATCH_ITEMS) + codec_arena_size(LIMIT_REQUEST_BYTES);
}

static bool ahead_memory(struct ahead *a)
{
    a->answers = calloc(LIMIT_BATCH_ITEMS, sizeof(*a->answers));
    for (int i = 0; i < PIECES; i++) {
        void *memory = mmap(NULL, piece_size(), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
            return false;
        arena_init(&a->pieces[i].arena, memory, piece_size());
    }
    return a->answers != NULL;
}

static void ahead_free(struct ahead *a)
{
    for (int i = 0; i < PIECES; i++)
        if (a->pieces[i].arena.memory != NULL)
            munmap(a->pieces[i].arena.memory, piece_size());
    free(a->answers);
    free(a);
}

static enum fault run(struct ahead *a)
{
    pthread_t reader;
    if (!ahead_memory(a))
        return FAULT_MEMORY;
    if (!a->options->threaded) {
        read_all(a);
    } else if (pthread_create(&reader, NULL, read_all, a) != 0) {
        return FAULT_MEMORY;
    } else {
        visit_all(a);
        pthread_join(reader, NULL);
    }
    return a->enough ? FAULT_NONE : a->fault;
}

enum fault ahead_read(const struct ahead_options *o,
                      bool (*visit)(void *arg, const struct ahead_entry *e), void *arg,
                      char detail[AHEAD_DETAIL_BYTES])
{
    CHECK(o->from > 1);
    CHECK(o->to >= o->from);
    snprintf(detail, AHEAD_DETAIL_BYTES, "out of memory");
    struct ahead *a = calloc(1, sizeof(*a));
    if (a == NULL)
        return FAULT_MEMORY;
    a->options = o;
    a->visit = visit;
    a->arg = arg;
    a->detail = detail;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->moved, NULL);
    enum fault f = run(a);
    pthread_cond_destroy(&a->moved);
    pthread_mutex_destroy(&a->lock);
    ahead_free(a);
    return f;
}
