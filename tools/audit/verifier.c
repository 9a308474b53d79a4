#include "audit/verifier.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

enum { THREADS_MAX = 64, JOBS = 1024 };

struct verifier {
    uint8_t ledger_id[LEDGER_ID_BYTES];
    pthread_t threads[THREADS_MAX];
    unsigned thread_count;
    pthread_mutex_t lock;
    pthread_cond_t work; /* there is a job, or the end */
    bool ended;
    struct verifier_job jobs[JOBS]; /* a ring */
    uint64_t put, taken;
    uint64_t good;
    uint64_t *bad; /* numbers */
    size_t bad_count, bad_room;
};

static bool is_right(const struct verifier *v, const struct verifier_job *job)
{
    return envelope_verify(job->purpose, v->ledger_id, job->payload.bytes, job->signature,
                           job->key);
}

/* With the lock held. */
static void note(struct verifier *v, const struct verifier_job *job, bool right)
{
    if (right) {
        v->good++;
        return;
    }
    v->bad = tool_grow(v->bad, v->bad_count, &v->bad_room, sizeof(*v->bad));
    v->bad[v->bad_count++] = job->number;
}

static void *work(void *arg)
{
    struct verifier *v = arg;

    pthread_mutex_lock(&v->lock);
    for (;;) {
        while (v->taken == v->put && !v->ended)
            pthread_cond_wait(&v->work, &v->lock);
        if (v->taken == v->put)
            break;
        const struct verifier_job job = v->jobs[v->taken++ % JOBS];
        pthread_mutex_unlock(&v->lock);
        bool right = is_right(v, &job);
        pthread_mutex_lock(&v->lock);
        note(v, &job, right);
    }
    pthread_mutex_unlock(&v->lock);
    return NULL;
}

struct verifier *verifier_new(const uint8_t ledger_id[LEDGER_ID_BYTES], unsigned threads)
{
    struct verifier *v = tool_alloc(1, sizeof(*v));

    memcpy(v->ledger_id, ledger_id, sizeof(v->ledger_id));
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->work, NULL);
    while (v->thread_count + 1 < threads && v->thread_count < THREADS_MAX &&
           pthread_create(&v->threads[v->thread_count], NULL, work, v) == 0)
        v->thread_count++;
    return v;
}

void verifier_put(struct verifier *v, const struct verifier_job *job)
{
    pthread_mutex_lock(&v->lock);
    bool room = v->thread_count > 0 && v->put - v->taken < JOBS;
    if (room) {
        v->jobs[v->put++ % JOBS] = *job;
        pthread_cond_signal(&v->work);
    }
    pthread_mutex_unlock(&v->lock);
    if (room)
        return;
    bool right = is_right(v, job);
    pthread_mutex_lock(&v->lock);
    note(v, job, right);
    pthread_mutex_unlock(&v->lock);
}

uint64_t verifier_end(struct verifier *v, struct flaws *f)
{
    pthread_mutex_lock(&v->lock);
    v->ended = true;
    pthread_cond_broadcast(&v->work);
    pthread_mutex_unlock(&v->lock);
    for (unsigned i = 0; i < v->thread_count; i++)
        pthread_join(v->threads[i], NULL);

    uint64_t good = v->good;
    for (size_t i = 0; i < v->bad_count; i++)
        flaws_add(f, (struct flaw_place){FLAW_SIGNATURE, v->bad[i]},
                  "the signature is not that of the key it names");
    pthread_cond_destroy(&v->work);
    pthread_mutex_destroy(&v->lock);
    free(v->bad);
    free(v);
    return good;
}
