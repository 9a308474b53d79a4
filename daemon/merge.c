#include "merge.h"

#include <inttypes.h>

#include "base/check.h"
#include "clock.h"
#include "log.h"

void merge_init(struct merge *m, struct books *books, struct ring *ring)
{
    struct hash head;
    *m = (struct merge){.books = books, .ring = ring};
    pthread_mutex_init(&m->lock, NULL);
    m->fault = tables_watermark(books->tables, &m->watermark, &head);
}

void merge_close(struct merge *m)
{
    CHECK(m->state == MERGE_IDLE);
    pthread_mutex_destroy(&m->lock);
}

bool merge_begin(struct merge *m, uint64_t number)
{
    CHECK(m->state == MERGE_IDLE);
    m->wanted = false;
    if (number <= m->watermark)
        return true; /* the tables have it all */
    m->rows = checkpoint_new();
    if (m->rows == NULL) {
        log_warning("checkpoint-memory");
        return false;
    }
    m->number = number;
    m->head_known = false;
    m->written = false;
    m->began_us = clock_monotonic_us();
    ledger_freeze_sink(m->books->ledger, checkpoint_put, m->rows);
    ledger_freeze(m->books->ledger);
    m->state = MERGE_HANDING;
    return true;
}

void merge_durable(struct merge *m, uint64_t number, const struct hash *head)
{
    if (m->state == MERGE_IDLE || m->head_known)
        return;
    CHECK(number == m->number); /* no later group was submitted in between */
    m->head = *head;
    m->head_known = true;
}

void merge_hurry(struct merge *m)
{
    if (m->rows != NULL)
        checkpoint_hurry(m->rows);
}

static void *writer_main(void *arg)
{
    struct merge *m = arg;
    enum fault f = checkpoint_write(m->books->tables, m->rows, m->number, &m->head);
    if (f != FAULT_NONE)
        log_error("checkpoint fault=\"%s\" file=%s/tables detail=\"%s\" "
                  "do=\"see to the disk, then start again: the journal has it all\"",
                  fault_text(f), m->books->config->dir, tables_error(m->books->tables));
    pthread_mutex_lock(&m->lock);
    m->write_fault = f;
    m->written = true;
    pthread_mutex_unlock(&m->lock);
    ring_notify(m->ring);
    return NULL;
}

static bool start_writing(struct merge *m)
{
    m->fault = checkpoint_ready(m->rows);
    if (m->fault == FAULT_NONE && pthread_create(&m->writer, NULL, writer_main, m) != 0)
        m->fault = FAULT_MEMORY;
    m->state = MERGE_WRITING;
    return m->fault == FAULT_NONE;
}

static bool finish_writing(struct merge *m)
{
    pthread_mutex_lock(&m->lock);
    bool written = m->written;
    pthread_mutex_unlock(&m->lock);
    if (!written)
        return false;
    pthread_join(m->writer, NULL);
    checkpoint_free(m->rows);
    m->rows = NULL;
    m->fault = m->write_fault;
    if (m->fault == FAULT_NONE)
        m->fault = tables_refresh(m->books->tables);
    if (m->fault != FAULT_NONE)
        return false;
    m->watermark = m->number;
    ledger_thaw(m->books->ledger);
    m->state = MERGE_EVICTING;
    return true;
}

bool merge_step(struct merge *m, uint32_t rows)
{
    switch (m->state) {
    case MERGE_IDLE:
        return false;
    case MERGE_HANDING:
        if (ledger_freeze_step(m->books->ledger, rows))
            m->state = MERGE_DURABLE;
        return true;
    case MERGE_DURABLE:
        return m->head_known && start_writing(m);
    case MERGE_WRITING:
        return finish_writing(m);
    case MERGE_EVICTING:
        if (!ledger_evict_step(m->books->ledger, rows))
            return true;
        m->ended++;
        m->took_us = clock_monotonic_us() - m->began_us;
        m->ended_ms = clock_now_ms();
        log_info("checkpoint number=%" PRIu64 " ms=%" PRId64, m->number, m->took_us / 1000);
        m->state = MERGE_IDLE;
        return true;
    }
    return false;
}
